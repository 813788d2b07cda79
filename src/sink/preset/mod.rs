//! Presets: what a webhook sends to a chat or paging service, and how. Each has a file
//! that says what its body looks like; its escape rule is a [`markup::Markup`], unless
//! the service takes text as text.

mod discord;
pub(super) mod html;
pub(super) mod markup;
mod matrix;
mod ntfy;
mod pagerduty;
pub(super) mod slack;
mod teams;
mod telegram;

use super::message::{Line, Message, State, Style};
use super::payload::Severity;
use crate::config::secret::Secret;
use bytes::Bytes;
use markup::{Markup, Page, Plain, utf16};
use reqwest::Method;
use serde_json::Value;
use std::time::Duration;
use url::Url;

/// The name of a preset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The document itself.
    Generic,
    /// A Slack incoming webhook.
    Slack,
    /// A Discord webhook.
    Discord,
    /// A Microsoft Teams workflow.
    Teams,
    /// `sendMessage` of the Telegram Bot API.
    Telegram,
    /// A room of a Matrix homeserver.
    Matrix,
    /// A topic of an ntfy server.
    Ntfy,
    /// The PagerDuty Events API, version 2.
    PagerDuty,
}

impl Kind {
    /// All, with what the configuration calls them.
    pub const ALL: &'static [(&'static str, Self)] = &[
        ("generic", Self::Generic),
        ("slack", Self::Slack),
        ("discord", Self::Discord),
        ("teams", Self::Teams),
        ("telegram", Self::Telegram),
        ("matrix", Self::Matrix),
        ("ntfy", Self::Ntfy),
        ("pagerduty", Self::PagerDuty),
    ];

    /// What the configuration calls it.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, kind)| *kind == self).map_or("", |(name, _)| name)
    }
}

/// A preset with what it needs to send. `Debug` shows no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Preset {
    /// A Slack incoming webhook.
    Slack,
    /// A Discord webhook.
    Discord,
    /// A Microsoft Teams workflow.
    Teams,
    /// `sendMessage` of the Telegram Bot API; the URL holds the bot's token.
    Telegram {
        /// Who gets it.
        chat_id: ChatId,
    },
    /// A room of a Matrix homeserver.
    Matrix {
        /// The room's id, `!…`.
        room: String,
    },
    /// A topic of an ntfy server.
    Ntfy {
        /// The topic.
        topic: String,
    },
    /// The PagerDuty Events API, version 2.
    PagerDuty {
        /// The integration's key.
        routing_key: Secret,
    },
}

/// A Telegram chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChatId {
    /// The number of a person, group or channel.
    Number(i64),
    /// The name of a public channel, `@…`, or a number in quotes.
    Name(String),
}

impl Preset {
    /// The media type of every body.
    pub(super) const CONTENT_TYPE: &'static str = "application/json";

    /// What is sent of a message: one JSON document, without what is secret in it.
    pub(super) fn body(&self, message: &Message) -> Vec<u8> {
        let body = match self {
            Self::Slack => slack::body(message),
            Self::Discord => discord::body(message),
            Self::Teams => teams::body(message),
            Self::Telegram { chat_id } => telegram::body(message, chat_id),
            Self::Matrix { .. } => matrix::body(message),
            Self::Ntfy { topic } => ntfy::body(message, topic),
            Self::PagerDuty { .. } => pagerduty::body(message),
        };
        body.to_string().into_bytes()
    }

    /// How a document is asked to be taken: method and URL.
    pub(super) fn request(&self, url: &Url, id: &str) -> (Method, Url) {
        match self {
            Self::Matrix { room } => (Method::PUT, matrix::url(url, room, id)),
            _ => (Method::POST, url.clone()),
        }
    }

    /// The body as it goes over the wire: a secret in it never rests on the disk.
    pub(super) fn complete(&self, body: &Bytes) -> Bytes {
        match self {
            Self::PagerDuty { routing_key } => pagerduty::with_key(body, routing_key),
            _ => body.clone(),
        }
    }

    /// What the body of an answer asks to wait.
    pub(super) fn asked_wait(&self, answer: &[u8]) -> Option<Duration> {
        match self {
            Self::Telegram { .. } => asked(answer, "/parameters/retry_after", 1.0),
            Self::Discord => asked(answer, "/retry_after", 1.0),
            Self::Matrix { .. } => asked(answer, "/retry_after_ms", 0.001),
            Self::Slack | Self::Teams | Self::Ntfy { .. } | Self::PagerDuty { .. } => None,
        }
    }
}

fn asked(answer: &[u8], pointer: &str, unit: f64) -> Option<Duration> {
    let answer: Value = serde_json::from_slice(answer).ok()?;
    Duration::try_from_secs_f64(answer.pointer(pointer)?.as_f64()? * unit).ok()
}

/// All of a message on one page: what it belongs to, its title and link, the texts around
/// what was found, what a digest collects, why it was raised and where it comes from.
fn page<M: Markup>(message: &Message, markup: &M, limit: usize) -> String {
    let mut page = Page::new(markup, limit);
    page.line(&head(message));
    page.linked(&message.title, message.link.as_deref());
    rest(&mut page, message);
    page.finish()
}

/// All of a message as plain text, however long that is.
pub(super) fn text_of(message: &Message) -> String {
    page(message, &Plain { weigh: utf16 }, usize::MAX / 2)
}

/// Of the same what follows the title.
fn rest<M: Markup>(page: &mut Page<'_, M>, message: &Message) {
    message.quotes.iter().for_each(|quote| page.quote(quote));
    page.members(&message.members, lead);
    message.facts.iter().for_each(|fact| page.line(&Line::plain(fact)));
}

/// An object and one member more, where there is one.
fn with(mut object: Value, key: &str, value: Option<impl Into<Value>>) -> Value {
    if let (Value::Object(members), Some(value)) = (&mut object, value) {
        members.insert(key.to_owned(), value.into());
    }
    object
}

/// Severity, and what the message belongs to.
fn head(message: &Message) -> Line {
    Line::plain(sign(message))
        .with(" ", Style::Plain)
        .with(&message.badge(), Style::Strong)
        .with(&format!(" · {}", message.heading), Style::Plain)
}

/// What stands before a member of a digest.
fn lead(member: &Message) -> String {
    format!("{} {} ", sign(member), member.badge())
}

/// How bad it is, at a glance.
fn sign(message: &Message) -> &'static str {
    match (message.state, message.severity) {
        (State::Resolved, _) => "🟢",
        (State::Raised, Severity::Info) => "⚪",
        (State::Raised, Severity::Low) => "🔵",
        (State::Raised, Severity::Medium) => "🟡",
        (State::Raised, Severity::High) => "🟠",
        (State::Raised, Severity::Critical) => "🔴",
    }
}
