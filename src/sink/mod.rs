//! Where alerts go: stdout, files, webhooks; one file a sink holds its
//! configuration, its checks and its sending. [`payload`] is the wire format.
//! Sinks do not know the store: they are given bytes and say how it went.

pub mod file;
pub mod payload;
pub mod stdout;
pub mod webhook;

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
