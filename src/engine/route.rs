//! Which sinks take an alert.

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
    (0..).zip(sinks).filter(|(_, sink)| takes(sink)).map(|(ix, _)| SinkIx(ix)).collect()
}
