//! `newswatch alerts`: what was alerted, newest last.

use super::context::{Context, block_on, since};
use super::exit::{Exit, Failure};
use super::output;
use crate::serve::alerts::Document;
use crate::sink::payload;
use crate::sink::pretty::{self, Look};
use crate::store::alert::{AlertQuery, StoredAlert};
use crate::store::{Access, OpenError, Store};
use jiff::Timestamp;
use std::path::Path;
use std::time::Duration;

/// Prints the stored alerts, newest last
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Only those since then: 7d, 12h, or 2026-11-24[T06:00:00Z]
    #[arg(long, value_name = "WHEN", value_parser = since)]
    since: Option<Timestamp>,
    /// Only the last N
    #[arg(short = 'n', long, value_name = "N")]
    last: Option<usize>,
    /// Go on with those that come
    #[arg(short, long)]
    follow: bool,
    /// Print one JSON document a line, as it was sent; `silence` says what kept it from that
    #[arg(long)]
    json: bool,
}

/// Alerts read at once: memory stays flat however many there are.
const PAGE: usize = 200;

/// How often `--follow` looks for more.
const FOLLOW: Duration = Duration::from_millis(300);

/// How often a store that appears may be looked at while it is being made.
const MAKING: u32 = 30;

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit, Failure> {
    let (loaded, store) = context.state()?;
    let state = loaded.state_dir.display();
    if store.is_none() && !arguments.follow {
        context.note(&format!("no alerts yet: no daemon ever ran on {state}"));
        return Ok(Exit::Fine);
    }
    block_on(async {
        let (store, mut after) = if let Some(store) = store {
            // What is there already and not asked for is not to be followed by and by either.
            let newest = store.latest_alerts(1).await.map_err(Failure::io)?.last().map_or(0, |alert| alert.seq);
            let shown = show(arguments, &store).await?;
            if shown.is_none() && !arguments.follow {
                context.note("no alerts");
            }
            (store, shown.unwrap_or(newest))
        } else {
            context.note(&format!("no alerts yet: no daemon ever ran on {state}; waiting for one"));
            // Whatever it holds by then has come meanwhile.
            (store_to_come(&loaded.state_dir).await?, 0)
        };
        while arguments.follow && !output::closed() {
            tokio::time::sleep(FOLLOW).await;
            let query = AlertQuery { since: None, after: Some(after) };
            after = page_by_page(arguments, &store, query).await?.unwrap_or(after);
        }
        Ok(Exit::Fine)
    })
}

/// The store, when a daemon has made it.
async fn store_to_come(state_dir: &Path) -> Result<Store, Failure> {
    let mut failed = 0;
    loop {
        tokio::time::sleep(FOLLOW).await;
        match Store::open(state_dir, Access::ReadOnly) {
            Ok(store) => return Ok(store),
            Err(OpenError::NoState(_)) => failed = 0,
            // One that is being made just now has not yet all that it will have.
            Err(error) if failed == MAKING => return Err(Failure::io(error)),
            Err(_) => failed += 1,
        }
    }
}

/// Shows what is there already; the place of the last one.
async fn show(arguments: &Arguments, store: &Store) -> Result<Option<i64>, Failure> {
    match arguments.last {
        None => page_by_page(arguments, store, AlertQuery { since: arguments.since, after: None }).await,
        Some(last) => {
            let alerts = store.latest_alerts(last).await.map_err(Failure::io)?;
            let wanted = |alert: &&StoredAlert| arguments.since.is_none_or(|since| alert.time >= since);
            print(arguments, alerts.iter().filter(wanted))?;
            Ok(alerts.last().map(|alert| alert.seq))
        }
    }
}

async fn page_by_page(arguments: &Arguments, store: &Store, mut query: AlertQuery) -> Result<Option<i64>, Failure> {
    loop {
        let page = store.alerts(query.clone(), PAGE).await.map_err(Failure::io)?;
        let Some(last) = page.last() else { return Ok(query.after) };
        query.after = Some(last.seq);
        print(arguments, page.iter())?;
        if output::closed() {
            return Ok(query.after);
        }
    }
}

fn print<'a>(arguments: &Arguments, alerts: impl Iterator<Item = &'a StoredAlert>) -> Result<(), Failure> {
    let look = output::look();
    for alert in alerts {
        if arguments.json {
            match Document::of(alert, true) {
                Ok(document) => {
                    output::text(&format!("{}\n", document.json()))?;
                }
                // Those behind it can be read.
                Err(error) => output::warning(&error.to_string()),
            }
        } else {
            output::text(&for_a_person(alert, &look))?;
        }
    }
    Ok(())
}

fn for_a_person(alert: &StoredAlert, look: &Look) -> String {
    let shown = match payload::parse(&alert.body) {
        Ok(envelope) => pretty::alert(&envelope, look),
        Err(error) => format!("{}: {error}\n", alert.id),
    };
    match alert.silence {
        None => shown,
        Some(silence) => format!("{}\n  silenced by {silence}, sent nowhere\n\n", shown.trim_end()),
    }
}
