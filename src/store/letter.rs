//! The outbox as people see it: what waits, what is dead, to be replayed or dropped.

use super::outbox::DeliveryId;
use super::{Error, Store};
use jiff::Timestamp;

/// A delivery that has not arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// Its id.
    pub id: DeliveryId,
    /// The sink's name.
    pub sink: String,
    /// The alert's id.
    pub alert: String,
    /// Where it stands.
    pub state: LetterState,
    /// Attempts made.
    pub attempts: u32,
    /// When it is tried next; `None` where it is in flight or dead.
    pub next: Option<Timestamp>,
    /// Why the last attempt failed.
    pub error: Option<String>,
    /// When it was queued.
    pub queued: Timestamp,
}

/// Where a delivery stands that has not arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LetterState {
    /// It waits.
    Pending,
    /// It is being sent.
    InFlight,
    /// It is given up, until a person retries it.
    Dead,
}

impl LetterState {
    /// The name used everywhere.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::InFlight => "in_flight",
            Self::Dead => "dead",
        }
    }
}

/// Which deliveries a person means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    /// These.
    Ids(Vec<DeliveryId>),
    /// All of a sink.
    Sink(String),
    /// All.
    All,
}

/// What became of a request on deliveries.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Changed {
    /// How many were changed.
    pub changed: u64,
    /// Those asked for by id that do not exist, have arrived, or are in flight just now.
    pub passed_over: Vec<DeliveryId>,
}

impl Store {
    /// Up to `limit` deliveries that have not arrived, of one sink or of all, by id, from the one after `after`.
    pub async fn letters(
        &self,
        sink: Option<&str>,
        after: Option<DeliveryId>,
        limit: usize,
    ) -> Result<Vec<Letter>, Error> {
        let _ = (sink, after, limit);
        Err(Error::Closed)
    }

    /// Makes deliveries due now, dead ones too; their age counts anew.
    pub async fn retry_letters(&self, selection: Selection, now: Timestamp) -> Result<Changed, Error> {
        let _ = (selection, now);
        Err(Error::Closed)
    }

    /// Gives up deliveries for good; the alert keeps a note of it.
    pub async fn drop_letters(&self, selection: Selection, now: Timestamp) -> Result<Changed, Error> {
        let _ = (selection, now);
        Err(Error::Closed)
    }
}
