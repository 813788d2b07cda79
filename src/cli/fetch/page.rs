//! What `fetch` shows a person: each step of the way, what was read, and the
//! items. All of it comes from servers and feeds, and is made safe for a terminal.

use crate::cli::context::span;
use crate::cli::output;
use crate::feed::{Pace, ParsedFeed, Repair};
use crate::sink::terminal;
use crate::text::count::count;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use std::fmt::Write as _;

/// Items that are listed; `--json` prints all.
const LISTED: usize = 20;

/// The steps, the feed, what was repaired, the items.
pub(super) fn page(
    parsed: &ParsedFeed,
    repairs: &[Repair],
    trace: &[Value],
    cut: Option<&str>,
    source: &str,
) -> String {
    let mut text = steps(trace);
    line(&mut text, "charset", &format!("{} ({})", parsed.charset.label, parsed.charset.source.describe()));
    if let Some(pace) = pace(&parsed.pace) {
        line(&mut text, "pace", &pace);
    }
    for repair in repairs {
        line(&mut text, "repaired", &format!("{}, {}", repair.kind.name(), count(repair.count, "time")));
    }
    let title = if parsed.title.is_empty() { source } else { &parsed.title };
    let partial = if parsed.partial { ", ends early" } else { "" };
    let items = count(parsed.items.len(), "item");
    let _ = writeln!(text, "\n{}", output::wrapped(title, 0));
    let _ = writeln!(text, "  {}, {items}{partial}", parsed.format.name());
    if let Some(cut) = cut {
        let _ = writeln!(text, "  {}", output::wrapped(&format!("the document is not whole: {cut}"), 2));
    }
    for item in parsed.items.iter().take(LISTED) {
        let date = item.published.or(item.updated).map_or_else(|| "no date".to_owned(), local);
        let title = if item.title.is_empty() { "(no title)" } else { &item.title };
        let _ = writeln!(text, "\n  {}\n  {date}", output::wrapped(title, 2));
        if let Some(link) = &item.link {
            let _ = writeln!(text, "  {}", terminal::visible(link));
        }
    }
    if let Some(more) = parsed.items.len().checked_sub(LISTED).filter(|more| *more > 0) {
        let _ = writeln!(text, "\n  and {more} more: --json prints them all");
    }
    text
}

/// The steps up to the document, or to why there is none.
pub(super) fn steps(trace: &[Value]) -> String {
    let mut text = String::new();
    let mut sent = None;
    for step in trace {
        let words = |key: &str| step.get(key).map_or_else(String::new, plain);
        match step.get("step").and_then(Value::as_str) {
            Some("request") => {
                let before = sent.replace(step.get("sent"));
                request(&mut text, step, before == sent);
            }
            Some("caching") => line(&mut text, "caching", &words("decision")),
            Some("freshness") => line(&mut text, "freshness", &freshness(step)),
            Some("validators") => {
                let both = format!("etag {}, last-modified {}", words("etag"), words("last_modified"));
                line(&mut text, "validators", &both);
            }
            Some("body") => {
                let sizes = format!(
                    "{} bytes, {} decoded, {} ms in all",
                    words("wire_bytes"),
                    words("decoded_bytes"),
                    words("milliseconds")
                );
                line(&mut text, "body", &sizes);
            }
            _ => line(&mut text, "read", &format!("{}, {} bytes", words("source"), words("bytes"))),
        }
    }
    text
}

/// A step with its name; what does not fit is continued under it.
fn line(text: &mut String, name: &str, what: &str) {
    let _ = writeln!(text, "{name:<11} {}", output::wrapped(what, 12));
}

/// A request as `curl -v` shows it; headers that were sent before are not repeated.
fn request(text: &mut String, step: &Value, sent_before: bool) {
    let words = |key: &str| step.get(key).map_or_else(String::new, plain);
    let _ = writeln!(text, "GET {}", terminal::visible(&words("url")));
    headers(text, '>', step.get("sent").filter(|_| !sent_before));
    let proxy = if step.get("proxied") == Some(&Value::Bool(true)) { " by a proxy" } else { "" };
    let outcome = match step.get("status") {
        None | Some(Value::Null) => format!("no answer{proxy}, {} ms", words("milliseconds")),
        Some(status) => {
            format!("{status} {} from {}{proxy}, {} ms", words("version"), words("remote"), words("milliseconds"))
        }
    };
    let _ = writeln!(text, "  < {}", output::wrapped(&outcome, 4));
    headers(text, '<', step.get("received"));
    for note in step.get("notes").and_then(Value::as_array).into_iter().flatten() {
        let _ = writeln!(text, "  ! {}", output::wrapped(&plain(note), 4));
    }
}

fn headers(text: &mut String, mark: char, list: Option<&Value>) {
    for header in list.and_then(Value::as_array).into_iter().flatten() {
        let words = |key: &str| header.get(key).map_or_else(String::new, plain);
        let _ = writeln!(text, "  {mark} {}", output::wrapped(&format!("{}: {}", words("name"), words("value")), 4));
    }
}

/// What the server says of when to ask again.
fn freshness(step: &Value) -> String {
    let seconds =
        |key: &str| step.get(key).and_then(Value::as_i64).map(|seconds| span(SignedDuration::from_secs(seconds)));
    match (seconds("max_age"), seconds("retry_after")) {
        (None, None) => "the server does not say when to ask again".to_owned(),
        (Some(fresh), None) => format!("fresh for {fresh}"),
        (None, Some(wait)) => format!("asks to be left alone for {wait}"),
        (Some(fresh), Some(wait)) => format!("fresh for {fresh}, and asks to be left alone for {wait}"),
    }
}

/// What the document says of when to ask again.
fn pace(pace: &Pace) -> Option<String> {
    let mut wishes = Vec::new();
    if let Some(seconds) = pace.at_least_seconds {
        wishes.push(format!("wants {} between two polls", span(SignedDuration::from_secs(seconds.into()))));
    }
    if pace.skip_hours != 0 {
        wishes.push(format!("skips {} of the day", count(pace.skip_hours.count_ones(), "hour")));
    }
    if pace.skip_days != 0 {
        wishes.push(format!("skips {} of the week", count(pace.skip_days.count_ones(), "day")));
    }
    (!wishes.is_empty()).then(|| wishes.join(", "))
}

fn local(time: Timestamp) -> String {
    time.to_zoned_datetime(output::look().zone).strftime("%Y-%m-%d %H:%M").to_string()
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
