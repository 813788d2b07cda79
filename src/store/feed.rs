//! The feeds: their schedule and health, and which of them are still configured.

use super::{Error, Store};
use crate::engine::schedule::FeedState;
use jiff::Timestamp;

/// A feed that is configured, whether polled or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfiguredFeed {
    /// [`crate::engine::Feed::key`].
    pub key: String,
    /// Its URL as configured: a feed known by it keeps its state when it is given a name.
    pub url: String,
}

/// What a feed did over some days.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FeedActivity {
    /// [`FeedState::key`].
    pub key: String,
    /// Polls.
    pub polls: u64,
    /// Polls that failed.
    pub failed: u64,
    /// Polls that brought nothing new (304, or the same bytes).
    pub unchanged: u64,
    /// New items.
    pub items: u64,
    /// Bytes read.
    pub bytes: u64,
    /// Repairs.
    pub repairs: u64,
}

impl Store {
    /// Takes note of which feeds are configured and returns the state of those that
    /// were polled before. A feed that is not among them keeps its history until
    /// retention; one that comes back finds it.
    pub async fn sync_feeds(&self, feeds: Vec<ConfiguredFeed>, now: Timestamp) -> Result<Vec<FeedState>, Error> {
        let _ = (feeds, now);
        Err(Error::Closed)
    }

    /// The states of all configured feeds that were ever polled, by key.
    pub async fn feed_states(&self) -> Result<Vec<FeedState>, Error> {
        Err(Error::Closed)
    }

    /// The state of one feed.
    pub async fn feed_state(&self, key: &str) -> Result<Option<FeedState>, Error> {
        let _ = key;
        Err(Error::Closed)
    }

    /// What each feed did since the day (UTC) of `since`, by key.
    pub async fn feed_activity(&self, since: Timestamp) -> Result<Vec<FeedActivity>, Error> {
        let _ = since;
        Err(Error::Closed)
    }
}
