//! `newswatch status`: is it running, and how is it.

use super::context::{Context, ago, block_on, span};
use super::exit::{Exit, Failure};
use super::output;
use crate::config::Purpose;
use crate::daemon::clock;
use crate::serve::STATUS;
use crate::serve::client::{Client, ClientError};
use crate::serve::status::Status;
use crate::store::{Access, OpenError, Store};
use crate::text::count::count;
use jiff::Timestamp;
use std::fmt::Write as _;
use std::path::Path;

/// Shows whether the daemon runs, and what is failing
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

/// Failing feeds that are listed; `feeds` lists all.
const LISTED: usize = 10;

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit, Failure> {
    let state_dir = context.state_dir()?;
    // The configuration may be bad: a daemon may run on the one before.
    let feeds = || context.load(Purpose::Look).ok().map(|loaded| loaded.runtime.polled_feeds());
    let status = block_on(async { ask(&state_dir, feeds).await })?;
    if arguments.json {
        return output::json(&status);
    }
    output::text(&page(&status, clock::now()))
}

/// From the running daemon, or from the store; then `feeds` says how many the configuration polls.
async fn ask(state_dir: &Path, feeds: impl Fn() -> Option<usize>) -> Result<Status, Failure> {
    if let Ok(client) = Client::new(state_dir) {
        match client.get(STATUS).await {
            Ok(status) => return Ok(status),
            Err(ClientError::NotRunning) => {}
            Err(error) => return Err(Failure::io(error)),
        }
    }
    let shown = state_dir.display().to_string();
    match Store::open(state_dir, Access::ReadOnly) {
        Ok(store) => Status::of_store(&store, shown, feeds()).await.map_err(Failure::io),
        Err(OpenError::NoState(_)) => Ok(Status::nothing(shown, feeds())),
        Err(error) => Err(Failure::io(error)),
    }
}

fn page(status: &Status, now: Timestamp) -> String {
    let mut text = String::new();
    let mut line = |name: &str, value: String| {
        let _ = writeln!(text, "{name:<12} {}", output::wrapped(&value, 13));
    };
    line("newswatch", state(status, now));
    line("state", status.state_dir.clone());
    if let Some(live) = &status.configuration {
        line(
            "watching",
            format!(
                "{}, {}, {} in {}",
                count(live.terms, "term"),
                count(live.entities, "entity"),
                count(live.rules, "rule"),
                count(live.watchlists, "watchlist")
            ),
        );
        line("sinks", live.sinks.join(", "));
        if let Some(address) = &live.listen {
            line("listening", format!("http://{address}"));
        }
        if let Some(reason) = &live.reload_error {
            line("reload", format!("FAILED, the configuration before is in service: {reason}"));
        }
    }
    let feeds = status.feeds;
    let gone = if feeds.gone == 0 { String::new() } else { format!(", {} gone", feeds.gone) };
    line("feeds", format!("{} well, {} failing, {} not polled yet{gone}", feeds.healthy, feeds.failing, feeds.waiting));
    line("last poll", ago(status.last_poll, now));
    line("items", format!("{} stored", status.items));
    line("alerts", format!("{} stored, {} in the last 24 hours", status.alerts.stored, status.alerts.last_day));
    if status.queues.is_empty() {
        line("queue", "empty".to_owned());
    }
    for queue in &status.queues {
        let oldest = queue.oldest.map_or_else(String::new, |then| format!(", the oldest {}", ago(Some(then), now)));
        let waiting = queue.pending + queue.in_flight;
        let error = queue.error.as_ref().map_or_else(String::new, |error| format!("; last error: {error}"));
        line("queue", format!("{}: {waiting} waiting, {} dead{oldest}{error}", queue.sink, queue.dead));
    }
    if status.silences > 0 {
        line("silences", format!("{}: `newswatch silence` lists them", status.silences));
    }
    for feed in status.failing.iter().take(LISTED) {
        line("failing", format!("{}, {}: {}", feed.feed, ago(feed.since, now), feed.reason));
    }
    if let Some(more) = status.failing.len().checked_sub(LISTED).filter(|more| *more > 0) {
        line("", format!("and {more} more: `newswatch feeds` lists them"));
    }
    text
}

fn state(status: &Status, now: Timestamp) -> String {
    let since = |then: Option<Timestamp>| then.map_or_else(|| "?".to_owned(), |then| span(now.duration_since(then)));
    match (status.running, status.started, status.stopped) {
        (true, started, _) => format!(
            "running for {}, version {}, process {}",
            since(started),
            status.version.as_deref().unwrap_or("?"),
            status.pid.unwrap_or_default()
        ),
        (false, None, _) => "not running; it never ran on this state".to_owned(),
        (false, _, Some(stopped)) => format!("not running; stopped {}", ago(Some(stopped), now)),
        (false, Some(started), None) => {
            format!("not running; killed after it started {}; nothing is lost", ago(Some(started), now))
        }
    }
}
