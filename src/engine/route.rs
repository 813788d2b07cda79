//! Which sinks take an alert, and which are told what newswatch tells of itself.

use super::health::{HealthEvent, Subject};
use super::{SinkIx, SinkRoute};
use crate::watchlist::WatchlistIx;
use crate::watchlist::definition::Severity;

/// The sinks that take an alert of `watchlist` with this severity, in their
/// order. Empty: it is only stored.
#[must_use]
pub fn route(sinks: &[SinkRoute], watchlist: WatchlistIx, severity: Severity) -> Vec<SinkIx> {
    let takes = |sink: &SinkRoute| {
        let accepted = sink.accepts.get(watchlist.0 as usize).copied().unwrap_or(false);
        accepted && severity >= sink.min_severity
    };
    (0..).zip(sinks).filter(|(_, sink): &(u32, &SinkRoute)| takes(sink)).map(|(ix, _)| SinkIx(ix)).collect()
}

/// What newswatch tells of itself, and to whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoutedEvent {
    /// What it tells.
    pub event: HealthEvent,
    /// To whom.
    pub sinks: Vec<SinkIx>,
}

/// The sinks that are told an event: all whose `min_severity` allows it, whatever watchlists
/// they take, save the one that it is about.
#[must_use]
pub fn route_event<'s>(sinks: impl IntoIterator<Item = &'s SinkRoute>, event: &HealthEvent) -> Vec<SinkIx> {
    let about = |sink: &SinkRoute| matches!(&event.subject, Subject::Sink { name, .. } if *name == sink.name);
    let takes = |sink: &SinkRoute| event.severity >= sink.min_severity && !about(sink);
    (0..).zip(sinks).filter(|(_, sink): &(u32, &SinkRoute)| takes(sink)).map(|(ix, _)| SinkIx(ix)).collect()
}
