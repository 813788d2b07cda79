//! `newswatch feeds`: every feed with its health; lists of feeds in and out.

mod list;

use super::context::{Context, ago, block_on, span, until};
use super::exit::{Exit, Failure};
use super::output;
use crate::config::Loaded;
use crate::daemon::clock;
use crate::engine::Feed;
use crate::engine::schedule::FeedState;
use crate::sink::pretty::Colour;
use crate::store::feed::FeedActivity;
use anstyle::{AnsiColor, Effects, Style};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
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

/// Over how many days items a day are averaged.
const DAYS: u32 = 7;

/// One feed, as `--json` prints it. Times are RFC 3339, UTC.
#[derive(Debug, Serialize)]
struct Row<'a> {
    name: &'a str,
    url: &'a str,
    title: &'a str,
    tags: &'a [String],
    enabled: bool,
    /// `ok`, `failing`, `gone`, `waiting` (not polled yet) or `disabled`.
    state: &'static str,
    last_poll: Option<Timestamp>,
    last_success: Option<Timestamp>,
    next_poll: Option<Timestamp>,
    /// Seconds.
    interval: Option<i64>,
    failures: u32,
    failing_since: Option<Timestamp>,
    error: Option<&'a str>,
    items: u64,
    items_per_day: f64,
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
    let since = now.checked_sub(SignedDuration::from_hours(24 * i64::from(DAYS - 1))).unwrap_or(now);
    let (states, activity) = block_on(async {
        let Some(store) = store else { return Ok(Default::default()) };
        let states = store.feed_states().await.map_err(Failure::io)?;
        let activity = store.feed_activity(since).await.map_err(Failure::io)?;
        Ok((by_key(states, |state: &FeedState| &state.key), by_key(activity, |row: &FeedActivity| &row.key)))
    })?;
    let rows = rows(&loaded, &states, &activity);
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

fn rows<'a>(
    loaded: &'a Loaded,
    states: &'a HashMap<String, FeedState>,
    activity: &'a HashMap<String, FeedActivity>,
) -> Vec<Row<'a>> {
    let feeds = loaded.runtime.feeds.iter();
    feeds.map(|feed| row(feed, states.get(&feed.key), activity.get(&feed.key))).collect()
}

fn row<'a>(feed: &'a Feed, state: Option<&'a FeedState>, activity: Option<&FeedActivity>) -> Row<'a> {
    let items = activity.map_or(0, |activity| activity.items);
    #[expect(clippy::cast_precision_loss, reason = "items of a week")]
    let items_per_day = items as f64 / f64::from(DAYS);
    Row {
        name: &feed.name,
        url: &feed.url,
        title: state.map_or("", |state| &state.title),
        tags: &feed.tags,
        enabled: feed.enabled,
        state: health(feed, state),
        last_poll: state.and_then(|state| state.last_poll),
        last_success: state.and_then(|state| state.last_success),
        next_poll: state.filter(|_| feed.enabled).and_then(|state| state.next_poll),
        interval: state.and_then(|state| state.gap).or(feed.interval).map(|gap| gap.as_secs()),
        failures: state.map_or(0, |state| state.failures),
        failing_since: state.and_then(|state| state.failing_since),
        error: state.and_then(|state| state.last_error.as_deref()),
        items: state.map_or(0, |state| state.items),
        items_per_day: (items_per_day * 10.0).round() / 10.0,
    }
}

fn health(feed: &Feed, state: Option<&FeedState>) -> &'static str {
    match state {
        _ if !feed.enabled => "disabled",
        None => "waiting",
        Some(state) if state.gone => "gone",
        Some(state) if state.failures > 0 => "failing",
        Some(state) if state.last_poll.is_none() => "waiting",
        Some(_) => "ok",
    }
}

/// As wide as the terminal, in 80 columns without one; the reason of a failure on a line of its own.
fn table(rows: &[Row<'_>], now: Timestamp) -> String {
    let name_width = output::columns().saturating_sub(OTHER_COLUMNS).max(16);
    let coloured = output::look().colour == Colour::Always;
    let mut text = format!(
        "{:<name_width$} {:<8} {:>11} {:>11} {:>7} {:>5} {:>7}\n",
        "FEED", "STATE", "LAST OK", "NEXT", "EVERY", "FAILS", "ITEMS/D"
    );
    for row in rows {
        let every = row.interval.map_or_else(|| "-".to_owned(), |gap| span(SignedDuration::from_secs(gap)));
        let style = if coloured { style(row.state) } else { Style::new() };
        let _ = writeln!(
            text,
            "{} {style}{:<8}{style:#} {:>11} {:>11} {every:>7} {:>5} {:>7.1}",
            output::fit(row.name, name_width),
            row.state,
            ago(row.last_success, now),
            until(row.next_poll, now),
            row.failures,
            row.items_per_day
        );
        if let Some(error) = row.error.filter(|_| row.failures > 0) {
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
fn summary(rows: &[Row<'_>]) -> String {
    let states = ["ok", "failing", "gone", "waiting", "disabled"]
        .map(|state| (state, rows.iter().filter(|row| row.state == state).count()));
    let states = states.iter().filter(|(_, count)| *count > 0).map(|(state, count)| format!("{count} {state}"));
    let feeds = if rows.len() == 1 { "1 feed".to_owned() } else { format!("{} feeds", rows.len()) };
    format!("{feeds}: {}", states.collect::<Vec<_>>().join(", "))
}
