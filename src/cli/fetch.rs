//! `newswatch fetch`: one feed, and everything that was done to read it.

use super::context::{Context, block_on};
use super::exit::{Exit, Failure};
use super::input::{self, Input};
use super::output;
use crate::config;
use crate::daemon::{clock, poll};
use crate::feed::{self, Hints, ParsedFeed, ParsedItem, Repair};
use crate::fetch::{self, Ask, Client, Fetched, Hop, Validators};
use crate::sink::terminal;
use serde_json::{Value, json};
use std::fmt::Write as _;
use url::Url;

/// Fetches and parses one feed and shows how
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// A URL, a file, or - for standard input
    #[arg(value_name = "URL|FILE|-")]
    source: String,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

/// What came, and how.
struct Document {
    bytes: Vec<u8>,
    content_type: Option<String>,
    url: Option<String>,
    cut: Option<String>,
}

/// Items that are listed for a person; `--json` prints all.
const LISTED: usize = 20;

pub(super) fn run(arguments: &Arguments, _: &Context) -> Result<Exit, Failure> {
    let (trace, document) = get(&arguments.source)?;
    let read = document.and_then(|document| {
        let hints = Hints { content_type: document.content_type.as_deref(), url: document.url.as_deref() };
        match feed::parse(&document.bytes, hints) {
            Ok((parsed, repairs)) => Ok((parsed, repairs, document.cut)),
            Err(not_a_feed) => Err(document.cut.unwrap_or_else(|| poll::explain(&not_a_feed))),
        }
    });
    match (&read, arguments.json) {
        (Ok((parsed, repairs, _)), true) => output::json(&as_json(parsed, repairs, &trace)),
        (Ok((parsed, repairs, cut)), false) => {
            output::text(&page(parsed, repairs, &trace, cut.as_deref(), &arguments.source))
        }
        (Err(reason), true) => {
            output::json(&json!({ "feed": null, "items": [], "repairs": [], "trace": trace, "error": reason }))?;
            Err(unread(reason))
        }
        (Err(reason), false) => {
            output::note(&steps(&trace));
            Err(unread(reason))
        }
    }
}

fn unread(reason: &str) -> Failure {
    Failure::io(format!("nothing could be read as a feed: {}", terminal::visible(reason)))
}

/// The trace, and the document or why there is none.
fn get(source: &str) -> Result<(Vec<Value>, Result<Document, String>), Failure> {
    if let Ok(url) = Url::parse(source)
        && matches!(url.scheme(), "http" | "https")
    {
        return block_on(async { get_url(url).await });
    }
    let input = Input::of(source);
    let bytes = input::read(&input)?;
    let trace = vec![json!({ "step": "read", "source": input.name(), "bytes": bytes.len() })];
    let url = input.path().and_then(|path| Url::from_file_path(path).ok()).map(String::from);
    Ok((trace, Ok(Document { bytes, content_type: None, url, cut: None })))
}

async fn get_url(url: Url) -> Result<(Vec<Value>, Result<Document, String>), Failure> {
    let client = Client::new(&config::fetch_defaults()).map_err(Failure::io)?;
    let source = config::source_at(url);
    let ask = Ask { validators: &Validators::default(), adopted: None, now: clock::now() };
    let fetched = client.get(&source, &ask).await;
    let mut trace: Vec<Value> = fetched.hops.iter().map(request).collect();
    trace.push(json!({ "step": "caching", "decision": fetched.caching.words() }));
    let validators = |bytes: &Option<Vec<u8>>| bytes.as_ref().map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    trace.push(json!({
        "step": "validators",
        "etag": validators(&fetched.validators.etag),
        "last_modified": validators(&fetched.validators.last_modified),
    }));
    let cut = match &fetched.outcome {
        fetch::Outcome::Body(body) => body.cut.as_deref(),
        _ => None,
    };
    trace.push(json!({
        "step": "body",
        "wire_bytes": fetched.wire_bytes,
        "decoded_bytes": fetched.decoded_bytes,
        "cut": cut,
        "milliseconds": u64::try_from(fetched.elapsed.as_millis()).unwrap_or(u64::MAX),
    }));
    Ok((trace, document(fetched)))
}

fn document(fetched: Fetched) -> Result<Document, String> {
    match fetched.outcome {
        fetch::Outcome::Body(body) => {
            Ok(Document { bytes: body.bytes, content_type: body.content_type, url: Some(body.url), cut: body.cut })
        }
        fetch::Outcome::NotModified => Err("the server says that nothing changed, though it was not asked".to_owned()),
        fetch::Outcome::Gone => Err("the server says that the feed is gone (410)".to_owned()),
        fetch::Outcome::Failed(failure) => Err(failure.reason),
    }
}

fn request(hop: &Hop) -> Value {
    let headers = |list: &[(String, String)]| {
        list.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect::<Vec<_>>()
    };
    json!({
        "step": "request",
        "url": hop.url,
        "status": hop.status,
        "version": hop.version,
        "remote": hop.remote.map(|address| address.to_string()),
        "proxied": hop.proxied,
        "milliseconds": u64::try_from(hop.elapsed.as_millis()).unwrap_or(u64::MAX),
        "sent": headers(&hop.sent),
        "received": headers(&hop.received),
        "notes": hop.notes,
    })
}

fn as_json(parsed: &ParsedFeed, repairs: &[Repair], trace: &[Value]) -> Value {
    let repairs: Vec<Value> =
        repairs.iter().map(|repair| json!({ "kind": repair.kind.name(), "count": repair.count })).collect();
    let mut trace = trace.to_vec();
    trace.push(charset(parsed));
    json!({
        "feed": { "title": parsed.title, "link": parsed.link, "format": parsed.format.name() },
        "items": parsed.items.iter().map(item).collect::<Vec<_>>(),
        "repairs": repairs,
        "trace": trace,
    })
}

fn charset(parsed: &ParsedFeed) -> Value {
    json!({ "step": "charset", "charset": parsed.charset.label, "source": parsed.charset.source.describe() })
}

fn item(item: &ParsedItem) -> Value {
    json!({
        "id": item.id,
        "title": item.title,
        "link": item.link,
        "published": item.published.map(|time| time.to_string()),
        "updated": item.updated.map(|time| time.to_string()),
        "authors": item.authors,
        "categories": item.categories,
        "summary": item.summary,
        "text": item.text,
    })
}

/// For a person: the steps, the feed, what was repaired, the items.
fn page(parsed: &ParsedFeed, repairs: &[Repair], trace: &[Value], cut: Option<&str>, source: &str) -> String {
    let mut text = steps(trace);
    let _ = writeln!(text, "\n{}", terminal::visible(if parsed.title.is_empty() { source } else { &parsed.title }));
    let partial = if parsed.partial { ", ends early" } else { "" };
    let _ = writeln!(
        text,
        "  {} in {} ({}), {} items{partial}",
        parsed.format.name(),
        parsed.charset.label,
        parsed.charset.source.describe(),
        parsed.items.len()
    );
    if let Some(cut) = cut {
        let _ = writeln!(text, "  the document is not whole: {}", terminal::visible(cut));
    }
    for repair in repairs {
        let _ = writeln!(text, "  repaired {} ({} times)", repair.kind.name(), repair.count);
    }
    for item in parsed.items.iter().take(LISTED) {
        let date = item.published.or(item.updated).map_or_else(|| "no date".to_owned(), |time| time.to_string());
        let _ = writeln!(text, "\n  {}\n  {date}", terminal::visible(&item.title));
        if let Some(link) = &item.link {
            let _ = writeln!(text, "  {}", terminal::visible(link));
        }
    }
    if let Some(more) = parsed.items.len().checked_sub(LISTED).filter(|more| *more > 0) {
        let _ = writeln!(text, "\n  and {more} more: --json prints them all");
    }
    text
}

fn steps(trace: &[Value]) -> String {
    let mut text = String::new();
    for step in trace {
        let words = |key: &str| step.get(key).map_or_else(String::new, plain);
        let line = match step.get("step").and_then(Value::as_str) {
            Some("request") => format!(
                "GET {}\n  {} {}  {} ms",
                words("url"),
                words("version"),
                words("status"),
                words("milliseconds")
            ),
            Some("caching") => format!("  {}", words("decision")),
            Some("validators") => format!("  etag {}, last-modified {}", words("etag"), words("last_modified")),
            Some("body") => format!(
                "  {} bytes, {} decoded, {} ms",
                words("wire_bytes"),
                words("decoded_bytes"),
                words("milliseconds")
            ),
            _ => format!("{}: {} bytes", words("source"), words("bytes")),
        };
        let _ = writeln!(text, "{}", line.lines().map(terminal::visible).collect::<Vec<_>>().join("\n"));
    }
    text
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
