//! Where alerts go: stdout, files, webhooks; one file a sink holds its
//! configuration, its checks and its sending. [`payload`] and [`event`] are the wire
//! format, [`body`] what a sink is sent of it, [`pretty`] what a person sees of it.
//!
//! Sinks do not know the store: they are given bytes and say how it went. When a
//! delivery is tried again, and what is recorded of it, is for the caller.

mod answer;
pub mod body;
pub mod event;
mod evidence;
pub mod file;
pub mod heartbeat;
mod message;
pub mod payload;
pub mod preset;
pub mod pretty;
pub mod signature;
pub mod stdout;
pub mod template;
pub mod terminal;
pub mod tls;
pub mod webhook;

pub use evidence::in_context;
pub use message::safe_link;

use body::Body;
use bytes::Bytes;
use jiff::Timestamp;
use std::fmt;
use std::time::Duration;

/// A sink's own part of the configuration, compiled.
#[derive(Debug, Clone)]
pub enum Config {
    /// `[stdout.NAME]`
    Stdout(stdout::Config),
    /// `[file.NAME]`
    File(file::Config),
    /// `[webhook.NAME]`
    Webhook(Box<webhook::Config>),
}

/// An open sink that sends each delivery on its own; a crash in between repeats it.
/// [`file::FileSink`] is none: it writes batches that are recorded first.
#[derive(Debug)]
pub enum Direct {
    /// `[stdout.NAME]`
    Stdout(stdout::StdoutSink),
    /// `[webhook.NAME]`
    Webhook(Box<webhook::WebhookSink>),
}

/// One attempt to deliver one alert to one sink.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The alert's id, by which a receiver recognizes a repetition.
    pub alert: String,
    /// 1 for the first attempt.
    pub attempt: u32,
    /// The payload, the same bytes at every attempt.
    pub body: Bytes,
}

/// How an attempt to deliver ended, sorted by what the caller does next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The destination has it.
    Delivered,
    /// Try again later.
    Retry {
        /// Why, in words, without secrets.
        reason: String,
        /// What the destination asked to wait (`Retry-After`); obeyed exactly.
        after: Option<Duration>,
        /// The whole sink is to wait, not only this delivery (429, 503, a full disk).
        hold: bool,
    },
    /// This delivery will never be taken: a dead letter. No failure of the sink.
    Reject {
        /// Why, in words, without secrets.
        reason: String,
    },
    /// The destination is gone (410, a closed pipe): nothing more goes there until a reload.
    Stop {
        /// Why, in words, without secrets.
        reason: String,
    },
}

/// What is wrong with a sink's configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The key of the sink's table that it is about.
    pub key: &'static str,
    /// What is wrong, without a final stop and without secrets.
    pub message: String,
    /// What to do about it.
    pub help: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}; {}", self.key, self.message, self.help)
    }
}

impl std::error::Error for Problem {}

impl Config {
    /// What the sink is sent of a document.
    #[must_use]
    pub fn body(&self) -> Body {
        match self {
            Self::Stdout(_) | Self::File(_) => Body::default(),
            Self::Webhook(config) => config.body.clone(),
        }
    }

    /// What can be known to be wrong without sending or creating anything; for `check`.
    #[must_use]
    pub fn check(&self) -> Vec<Problem> {
        match self {
            Self::Stdout(_) => Vec::new(),
            Self::File(config) => config.check().err().into_iter().collect(),
            Self::Webhook(config) => config.check(),
        }
    }
}

impl Direct {
    /// Makes one attempt. `now` dates the signature and reads `Retry-After`.
    ///
    /// Dropping the future abandons the attempt; what was already sent stays sent.
    pub async fn send(&self, delivery: &Delivery, now: Timestamp) -> Outcome {
        match self {
            Self::Stdout(sink) => sink.send(delivery).await,
            Self::Webhook(sink) => sink.send(delivery, now).await,
        }
    }
}
