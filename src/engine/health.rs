//! What newswatch tells of itself: that a feed or a sink fails, and that it works
//! again. The thresholds that keep one hiccup from making noise are here; who is
//! told is [`super::route`]'s, the wire format `sink::event`'s.

use super::alert::AlertFeed;
use super::item::Key;
use crate::watchlist::definition::Severity;
use jiff::Timestamp;

/// An alert of newswatch's own, complete: nothing else is needed to render it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HealthEvent {
    /// `evt_…`, derived from what it tells: told again, it has the same id.
    pub id: String,
    /// When it was decided.
    pub time: Timestamp,
    /// How bad it is. Both ends of one failure have the same, so that who hears of
    /// the one hears of the other.
    pub severity: Severity,
    /// Which end of the failure it is.
    pub change: Change,
    /// What failed.
    pub subject: Subject,
    /// Since when it fails, or had failed.
    pub since: Timestamp,
    /// Why, in words, without secrets: the last reason.
    pub reason: String,
    /// How many tries failed in a row.
    pub tries: u32,
}

/// Which end of a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Change {
    /// It fails.
    Failing,
    /// It works again.
    Recovered,
}

/// What fails, or works again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// One feed.
    Feed(AlertFeed),
    /// Many at once: the cause is here and not there.
    Feeds {
        /// How many failed when it was told.
        count: u32,
        /// Of how many that are polled.
        of: u32,
    },
    /// A sink.
    Sink {
        /// Its name.
        name: String,
        /// `stdout`, `file` or `webhook`.
        kind: &'static str,
    },
}

/// Since when something fails, why, and how often it was tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Since when.
    pub since: Timestamp,
    /// Why, in words, without secrets.
    pub reason: String,
    /// Tries that failed in a row.
    pub tries: u32,
}

impl HealthEvent {
    /// That `subject` fails, or works again after `failure`.
    #[must_use]
    pub fn new(change: Change, subject: Subject, failure: Failure, now: Timestamp) -> Self {
        let (kind, name, severity) = match &subject {
            Subject::Feed(feed) => ("feed", feed.name.as_str(), Severity::Medium),
            Subject::Feeds { .. } => ("feeds", "", Severity::High),
            Subject::Sink { name, .. } => ("sink", name.as_str(), Severity::High),
        };
        let end = match change {
            Change::Failing => "failing",
            Change::Recovered => "recovered",
        };
        let letters = Key::of("event", &[kind, end, name, &failure.since.as_millisecond().to_string()]).letters();
        let Failure { since, reason, tries } = failure;
        Self { id: format!("evt_{letters}"), time: now, severity, change, subject, since, reason, tries }
    }
}
