//! `newswatch fetch`: one feed, and everything that was done to read it.

mod page;

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

/// Why nothing was read.
struct Unread {
    reason: String,
    /// The feeds that a page names, to use instead.
    feeds: Vec<String>,
}

impl From<String> for Unread {
    fn from(reason: String) -> Self {
        Self { reason, feeds: Vec::new() }
    }
}

pub(super) fn run(arguments: &Arguments, _: &Context) -> Result<Exit, Failure> {
    let (trace, document) = get(&arguments.source)?;
    match (read(document), arguments.json) {
        (Ok((parsed, repairs, _)), true) => output::json(&as_json(&parsed, &repairs, &trace)),
        (Ok((parsed, repairs, cut)), false) => {
            output::text(&page::page(&parsed, &repairs, &trace, cut.as_deref(), &arguments.source))
        }
        (Err(unread), true) => {
            output::json(&json!({
                "feed": null,
                "items": [],
                "repairs": [],
                "trace": trace,
                "error": unread.reason,
                "feeds": unread.feeds,
            }))?;
            Err(failure(&unread))
        }
        (Err(unread), false) => {
            output::note(&page::steps(&trace));
            Err(failure(&unread))
        }
    }
}

type Read = (ParsedFeed, Vec<Repair>, Option<String>);

fn read(document: Result<Document, String>) -> Result<Read, Unread> {
    let document = document?;
    let hints = Hints { content_type: document.content_type.as_deref(), url: document.url.as_deref() };
    match feed::parse(&document.bytes, hints) {
        Ok((parsed, repairs)) => Ok((parsed, repairs, document.cut)),
        Err(not_a_feed) => {
            let reason = document.cut.unwrap_or_else(|| match not_a_feed.feeds.len() {
                0 => poll::explain(&not_a_feed),
                1 => format!("it is {} that names a feed", not_a_feed.looks_like),
                feeds => format!("it is {} that names {feeds} feeds", not_a_feed.looks_like),
            });
            Err(Unread { reason, feeds: not_a_feed.feeds })
        }
    }
}

fn failure(unread: &Unread) -> Failure {
    let mut lines = vec![format!("nothing could be read as a feed: {}", unread.reason)];
    if !unread.feeds.is_empty() {
        let which = if unread.feeds.len() == 1 { "this URL" } else { "one of these URLs" };
        lines.push(format!("  help: use {which} instead:"));
    }
    lines.extend(unread.feeds.iter().map(|feed| format!("    {feed}")));
    Failure::io(lines.iter().map(|line| terminal::visible(line)).collect::<Vec<_>>().join("\n"))
}

/// The trace, and the document or why there is none.
fn get(source: &str) -> Result<(Vec<Value>, Result<Document, String>), Failure> {
    if let Ok(url) = Url::parse(source)
        && matches!(url.scheme(), "http" | "https")
    {
        return block_on(async { get_url(url).await });
    }
    let input = match Url::parse(source) {
        Ok(url) if url.scheme() == "file" => {
            let path = url.to_file_path();
            Input::File(path.map_err(|()| Failure::usage(format!("{source} names no local file")))?)
        }
        _ => Input::of(source),
    };
    let bytes = input::read(&input)?;
    let trace = vec![json!({ "step": "read", "source": input.name(), "bytes": bytes.len() })];
    let url = input.path().and_then(|path| Url::from_file_path(path).ok()).map(String::from);
    Ok((trace, Ok(Document { bytes, content_type: None, url, cut: None })))
}

async fn get_url(url: Url) -> Result<(Vec<Value>, Result<Document, String>), Failure> {
    let client = Client::new(&config::fetch_defaults()).map_err(Failure::io)?;
    let source = config::source_at(url);
    let ask = Ask { validators: &Validators::default(), adopted: None, now: clock::now(), traced: true };
    let fetched = client.get(&source, &ask).await;
    let mut trace: Vec<Value> = fetched.hops.iter().map(request).collect();
    trace.push(json!({ "step": "caching", "decision": fetched.caching.words() }));
    if fetched.status.is_some() {
        trace.extend(answer(&fetched));
    }
    Ok((trace, document(fetched)))
}

/// What the last answer says and brings.
fn answer(fetched: &Fetched) -> [Value; 3] {
    let text = |bytes: &Option<Vec<u8>>| bytes.as_ref().map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    let cut = match &fetched.outcome {
        fetch::Outcome::Body(body) => body.cut.as_deref(),
        _ => None,
    };
    let (fresh, validators) = (fetched.freshness, &fetched.validators);
    [
        json!({ "step": "freshness", "max_age": fresh.max_age, "retry_after": fresh.retry_after }),
        json!({
            "step": "validators",
            "etag": text(&validators.etag),
            "last_modified": text(&validators.last_modified),
        }),
        json!({
            "step": "body",
            "wire_bytes": fetched.wire_bytes,
            "decoded_bytes": fetched.decoded_bytes,
            "cut": cut,
            "milliseconds": u64::try_from(fetched.elapsed.as_millis()).unwrap_or(u64::MAX),
        }),
    ]
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
    trace.push(pace(parsed));
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

/// Hours are those of UTC, days count from Monday, 0.
fn pace(parsed: &ParsedFeed) -> Value {
    let pace = parsed.pace;
    let hours: Vec<u32> = (0..24).filter(|hour| pace.skip_hours >> hour & 1 == 1).collect();
    let days: Vec<u32> = (0..7).filter(|day| pace.skip_days >> day & 1 == 1).collect();
    json!({ "step": "pace", "at_least_seconds": pace.at_least_seconds, "skip_hours": hours, "skip_days": days })
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
