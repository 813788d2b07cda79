//! `newswatch feeds`: every feed with its health; lists of feeds in and out.

mod list;

use super::context::{Context, ago, block_on, span, until};
use super::exit::{Exit, Failure};
use super::output;
use crate::daemon::clock;
use crate::serve::feeds::{self, FeedRow};
use crate::sink::pretty::Colour;
use crate::text::count::count;
use anstyle::{AnsiColor, Effects, Style};
use jiff::{SignedDuration, Timestamp};
use std::collections::HashMap;
use std::fmt::Write as _;

/// Lists every feed with its health; imports and exports lists of feeds
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    /// Print one JSON document
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Import(list::Import),
    /// Prints the feeds of the configuration as an OPML list: names, URLs and tags
    Export,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit, Failure> {
    match &arguments.command {
        None => health_of_all(arguments, context),
        Some(Command::Import(import)) => list::import(import, arguments.json, context),
        Some(Command::Export) => list::export(arguments.json, context),
    }
}

fn health_of_all(arguments: &Arguments, context: &Context) -> Result<Exit, Failure> {
    let (loaded, store) = context.state()?;
    let now = clock::now();
    let rows = block_on(async { feeds::rows(&loaded.runtime, store.as_ref(), now).await.map_err(Failure::io) })?;
    if arguments.json {
        return output::json(&rows);
    }
    if rows.is_empty() {
        context
            .note("no feed is configured: add [[feed]] to the configuration, or see `newswatch feeds import --help`");
        return Ok(Exit::Fine);
    }
    output::text(&table(&rows, now))?;
    if !output::closed() {
        context.note(&summary(&rows));
    }
    Ok(Exit::Fine)
}

fn by_key<T>(values: Vec<T>, key: fn(&T) -> &String) -> HashMap<String, T> {
    values.into_iter().map(|value| (key(&value).clone(), value)).collect()
}

/// As wide as the terminal, in 80 columns without one; the reason of a failure on a line of its own.
fn table(rows: &[FeedRow], now: Timestamp) -> String {
    let name_width = output::columns().saturating_sub(OTHER_COLUMNS).max(16);
    let coloured = output::look().colour == Colour::Always;
    let mut text = format!(
        "{:<name_width$} {:<8} {:>11} {:>11} {:>7} {:>5} {:>7}\n",
        "FEED", "STATE", "LAST OK", "NEXT", "EVERY", "FAILS", "ITEMS/D"
    );
    for row in rows {
        let every = row.interval.map_or_else(|| "-".to_owned(), |gap| span(SignedDuration::from_secs(gap)));
        let style = if coloured { style(&row.state) } else { Style::new() };
        let _ = writeln!(
            text,
            "{} {style}{:<8}{style:#} {:>11} {:>11} {every:>7} {:>5} {:>7.1}",
            output::fit(&row.name, name_width),
            row.state,
            ago(row.last_success, now),
            until(row.next_poll, now),
            row.failures,
            row.items_per_day
        );
        if let Some(error) = row.error.as_ref().filter(|_| row.failures > 0) {
            let since = row
                .failing_since
                .map_or_else(String::new, |since| format!("for {}: ", span(now.duration_since(since))));
            let _ = writeln!(text, "  {}", output::wrapped(&format!("{since}{error}"), 2));
        }
    }
    text
}

/// The columns beside the name, with the spaces between.
const OTHER_COLUMNS: usize = 55;

fn style(state: &str) -> Style {
    match state {
        "ok" => AnsiColor::Green.on_default(),
        "failing" | "gone" => AnsiColor::Red.on_default(),
        _ => Style::new().effects(Effects::DIMMED),
    }
}

/// How many feeds there are, and in which state: `7 feeds: 5 ok, 2 failing`.
fn summary(rows: &[FeedRow]) -> String {
    let states = ["ok", "failing", "gone", "waiting", "disabled"]
        .map(|state| (state, rows.iter().filter(|row| row.state == state).count()));
    let states = states.iter().filter(|(_, count)| *count > 0).map(|(state, count)| format!("{count} {state}"));
    format!("{}: {}", count(rows.len(), "feed"), states.collect::<Vec<_>>().join(", "))
}
