//! The only clock: everything else is told what time it is.

use jiff::Timestamp;

/// The wall clock, in whole milliseconds: what the store and the payload can hold.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is the clock")]
pub fn now() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
}
