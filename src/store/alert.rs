//! Reading the alerts that were stored.

use super::{Error, Store};
use crate::watchlist::definition::Severity;
use jiff::Timestamp;

/// An alert as it was committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAlert {
    /// Its place in the order of commits, from 1.
    pub seq: i64,
    /// `alt_…`
    pub id: String,
    /// When it was decided.
    pub time: Timestamp,
    /// The watchlist's name.
    pub watchlist: String,
    /// Its severity.
    pub severity: Severity,
    /// The feed's name.
    pub feed: String,
    /// The story's id.
    pub story: String,
    /// The item's id.
    pub item: String,
    /// The rendered JSON document.
    pub body: Vec<u8>,
}

/// Which alerts to read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AlertQuery {
    /// Only those decided at this time or later.
    pub since: Option<Timestamp>,
    /// Only those committed after the one with this [`StoredAlert::seq`].
    pub after: Option<i64>,
}

/// What became of an alert at one sink.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    /// The sink's name.
    pub sink: String,
    /// How it ended.
    pub fate: Fate,
    /// When.
    pub time: Timestamp,
    /// Attempts made.
    pub attempts: u32,
}

/// How a delivery ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fate {
    /// The destination has it.
    Delivered,
    /// A person dropped it.
    Dropped,
}

impl Store {
    /// A page of alerts in the order of their commits; the next begins after the last one's `seq`.
    pub async fn alerts(&self, query: AlertQuery, limit: usize) -> Result<Vec<StoredAlert>, Error> {
        let _ = (query, limit);
        Err(Error::Closed)
    }

    /// The newest alerts, in the order of their commits.
    pub async fn latest_alerts(&self, limit: usize) -> Result<Vec<StoredAlert>, Error> {
        let _ = limit;
        Err(Error::Closed)
    }

    /// One alert.
    pub async fn alert(&self, id: &str) -> Result<Option<StoredAlert>, Error> {
        let _ = id;
        Err(Error::Closed)
    }

    /// Where an alert has arrived, or was dropped, by sink; what is still on its way is among the letters.
    pub async fn arrivals(&self, alert: &str) -> Result<Vec<Arrival>, Error> {
        let _ = alert;
        Err(Error::Closed)
    }
}
