//! ntfy: publishing as JSON (<https://docs.ntfy.sh/publish/#publish-as-json>).

use super::markup::{Page, Plain, json_bytes, utf16};
use super::{head, rest, with};
use crate::sink::message::Message;
use crate::sink::payload::Severity;
use serde_json::{Value, json};

/// Bytes of a message; a longer one would be refused, since the server takes twice as many of JSON.
const LIMIT: usize = 4096;
/// Characters of a title.
const TITLE: usize = 250;

pub(super) fn body(message: &Message, topic: &str) -> Value {
    let plain = Plain { weigh: utf16 };
    let mut title = Page::new(&plain, TITLE);
    title.line(&message.title);
    let plain = Plain { weigh: json_bytes };
    let mut text = Page::new(&plain, LIMIT);
    text.line(&head(message));
    rest(&mut text, message);
    let body = json!({
        "topic": topic,
        "title": title.finish(),
        "message": text.finish(),
        "priority": priority(message.severity),
        "tags": ["newspaper", message.badge().to_lowercase()],
    });
    with(body, "click", message.link.as_deref())
}

const fn priority(severity: Severity) -> u8 {
    match severity {
        Severity::Info => 1,
        Severity::Low => 2,
        Severity::Medium => 3,
        Severity::High => 4,
        Severity::Critical => 5,
    }
}
