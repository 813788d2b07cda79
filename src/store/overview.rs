//! The state in numbers, for `status` and the metrics, and the record of the daemon's runs.

use super::{Error, Store};
use jiff::Timestamp;

/// The state in numbers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Overview {
    /// Configured feeds.
    pub feeds: FeedTotals,
    /// By sink, sorted by name; a sink with an empty queue is absent.
    pub queues: Vec<Queue>,
    /// When a feed was polled last.
    pub last_poll: Option<Timestamp>,
    /// Alerts stored.
    pub alerts: u64,
    /// Of these, decided at `today` or later.
    pub alerts_today: u64,
    /// Items whose text is stored.
    pub items: u64,
    /// The latest run of the daemon.
    pub run: Option<Run>,
}

/// Feeds by state; each is counted once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FeedTotals {
    /// Their last poll brought a feed, or that nothing changed.
    pub healthy: u64,
    /// Their last poll failed.
    pub failing: u64,
    /// They answered 410.
    pub gone: u64,
    /// Not polled yet.
    pub waiting: u64,
}

/// The queue of one sink.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Queue {
    /// The sink's name.
    pub sink: String,
    /// Deliveries that wait.
    pub pending: u64,
    /// Deliveries that are being sent.
    pub in_flight: u64,
    /// Dead letters.
    pub dead: u64,
    /// When the oldest of those that wait or are being sent was queued.
    pub oldest: Option<Timestamp>,
}

/// One run of the daemon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Its process id.
    pub pid: u32,
    /// Its version.
    pub version: String,
    /// When it started.
    pub started: Timestamp,
    /// When it stopped in good order; `None`: it runs, or was killed. The state lock tells which.
    pub stopped: Option<Timestamp>,
}

impl Store {
    /// The state in numbers; `today` is the beginning of the day to count.
    pub async fn overview(&self, today: Timestamp) -> Result<Overview, Error> {
        let _ = today;
        Err(Error::Closed)
    }

    /// The daemon starts. Returns the run before, whose `stopped` tells whether it ended in good order.
    pub async fn begin_run(&self, pid: u32, version: &str, now: Timestamp) -> Result<Option<Run>, Error> {
        let _ = (pid, version, now);
        Err(Error::Closed)
    }

    /// The daemon stops in good order.
    pub async fn end_run(&self, now: Timestamp) -> Result<(), Error> {
        let _ = now;
        Err(Error::Closed)
    }
}
