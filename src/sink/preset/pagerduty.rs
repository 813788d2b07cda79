//! PagerDuty: Events API, version 2
//! (<https://developer.pagerduty.com/docs/send-alert-event>). What has recovered resolves
//! the incident that its failure opened.

use super::markup::{Page, Plain, utf16};
use super::{rest, with};
use crate::config::secret::Secret;
use crate::sink::message::{Line, Message, State, Style};
use crate::sink::payload::Severity;
use bytes::Bytes;
use serde_json::{Value, json};

/// Characters of a summary.
const SUMMARY: usize = 1024;
/// Characters of an incident's key.
const KEY: usize = 255;
/// Characters of the details: an event has 512 KB.
const DETAILS: usize = 16_000;

/// The event, without its key: that never rests on the disk, see [`with_key`].
pub(super) fn body(message: &Message) -> Value {
    let key: String = message.incident.chars().take(KEY).collect();
    if message.state == State::Resolved {
        return json!({ "event_action": "resolve", "dedup_key": key });
    }
    let payload = json!({
        "summary": summary(message),
        "source": message.source,
        "severity": severity(message.severity),
        "component": message.feed,
        "group": message.heading,
        "custom_details": { "text": details(message) },
    });
    let payload = with(payload, "timestamp", message.time.as_deref());
    let links: Vec<Value> = message.link.iter().map(|link| json!({ "href": link, "text": "Read" })).collect();
    json!({
        "event_action": "trigger",
        "dedup_key": key,
        "client": "newswatch",
        "links": links,
        "payload": payload,
    })
}

/// The event with its key, which stands first.
pub(super) fn with_key(body: &Bytes, key: &Secret) -> Bytes {
    let Some(rest) = body.strip_prefix(b"{") else { return body.clone() };
    let key = Value::from(key.expose()).to_string();
    [format!("{{\"routing_key\":{key},").as_bytes(), rest].concat().into()
}

fn summary(message: &Message) -> String {
    let plain = Plain { weigh: utf16 };
    let mut page = Page::new(&plain, SUMMARY);
    let mut line = Line::plain(&format!("{} {}: ", message.badge(), message.heading));
    line.0.extend(message.title.0.iter().cloned());
    // A summary is for the telephone: nothing in it stands out.
    line.0.iter_mut().for_each(|piece| piece.style = Style::Plain);
    page.line(&line);
    page.finish()
}

fn details(message: &Message) -> String {
    let plain = Plain { weigh: utf16 };
    let mut page = Page::new(&plain, DETAILS);
    page.line(&message.title);
    rest(&mut page, message);
    page.finish()
}

const fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Info | Severity::Low => "info",
        Severity::Medium => "warning",
        Severity::High => "error",
        Severity::Critical => "critical",
    }
}
