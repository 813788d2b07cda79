//! The outbox as the workers of the sinks use it: deliveries are claimed in the
//! order of their commits, and settled. It knows sinks by name only.

use super::{Error, Store};
use jiff::Timestamp;
use std::path::PathBuf;

/// A delivery's id: `dlv_…` for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DeliveryId(pub i64);

/// One alert on its way to one sink.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Its id, growing in the order of commits.
    pub id: DeliveryId,
    /// The alert's id, which receivers deduplicate on.
    pub alert: String,
    /// What to send, fixed when it was committed.
    pub body: Vec<u8>,
    /// Attempts already made.
    pub attempts: u32,
    /// When it was queued.
    pub queued: Timestamp,
}

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settlement {
    /// Which delivery.
    pub id: DeliveryId,
    /// How.
    pub outcome: Settled,
}

/// How an attempt ended. Each but [`Settled::Release`] counts as an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settled {
    /// The destination has it.
    Delivered,
    /// It waits, and is due again at a time.
    Retry {
        /// When.
        at: Timestamp,
        /// Why, in words, without secrets.
        reason: String,
    },
    /// It becomes a dead letter.
    Dead {
        /// Why, in words, without secrets.
        reason: String,
    },
    /// It was claimed and not tried: due as before.
    Release,
}

/// What a file sink is about to append, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileWrite {
    /// The file.
    pub path: PathBuf,
    /// The device it lies on.
    pub device: u64,
    /// Its inode there.
    pub inode: u64,
    /// Its length before the write: where the write begins.
    pub offset: u64,
    /// Bytes that will be written.
    pub length: u64,
    /// The deliveries whose lines they are, in their order.
    pub deliveries: Vec<DeliveryId>,
}

/// A write that was begun and not settled: a crash came between.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingWrite {
    /// The record.
    pub write: FileWrite,
    /// Its deliveries with their bytes, in the order of the record; those that a
    /// person has dropped since are missing.
    pub deliveries: Vec<Delivery>,
}

impl Store {
    /// At start: deliveries that were in flight are pending again (not known to have
    /// arrived, they are sent again), and no wait reaches beyond `latest` (the clock may have jumped).
    /// Returns how many were in flight.
    pub async fn recover_outbox(&self, latest: Timestamp) -> Result<u64, Error> {
        let _ = latest;
        Err(Error::Closed)
    }

    /// Takes up to `limit` due deliveries of a sink, in the order of their commits,
    /// and marks them in flight. One that waits for its retry holds up no later one.
    pub async fn claim(&self, sink: &str, now: Timestamp, limit: usize) -> Result<Vec<Delivery>, Error> {
        let _ = (sink, now, limit);
        Err(Error::Closed)
    }

    /// Writes down how attempts ended. A delivery that is no longer there (dropped meanwhile) is passed over.
    pub async fn settle(&self, settlements: Vec<Settlement>) -> Result<(), Error> {
        let _ = settlements;
        Err(Error::Closed)
    }

    /// When a sink's next delivery is due: in the past where one is due already;
    /// `None`: nothing waits.
    pub async fn next_due(&self, sink: &str) -> Result<Option<Timestamp>, Error> {
        let _ = sink;
        Err(Error::Closed)
    }

    /// Makes all that waits for a sink due now: its breaker has closed. Returns how many.
    pub async fn make_due(&self, sink: &str) -> Result<u64, Error> {
        let _ = sink;
        Err(Error::Closed)
    }

    /// Makes dead letters of the deliveries of a sink that were queued before
    /// `queued_before` and are not in flight. Returns how many.
    pub async fn expire(&self, sink: &str, queued_before: Timestamp) -> Result<u64, Error> {
        let _ = (sink, queued_before);
        Err(Error::Closed)
    }

    /// The names of all sinks that have deliveries, dead ones included, sorted.
    pub async fn queued_sinks(&self) -> Result<Vec<String>, Error> {
        Err(Error::Closed)
    }

    /// Records what a file sink is about to write, before it does.
    pub async fn record_write(&self, sink: &str, write: FileWrite) -> Result<(), Error> {
        let _ = (sink, write);
        Err(Error::Closed)
    }

    /// The write of a sink that was recorded and not settled.
    pub async fn pending_write(&self, sink: &str) -> Result<Option<PendingWrite>, Error> {
        let _ = sink;
        Err(Error::Closed)
    }

    /// [`Store::settle`], and the record of the sink's write is cleared with it.
    pub async fn settle_write(&self, sink: &str, settlements: Vec<Settlement>) -> Result<(), Error> {
        let _ = (sink, settlements);
        Err(Error::Closed)
    }
}
