//! The time by which waiting is counted: it goes with the monotonic clock, and
//! follows the wall clock only when it is told to. Pure.

use jiff::{SignedDuration, Timestamp};
use std::time::Duration;

/// Smaller differences between the two clocks are let be.
const TOLERANCE: SignedDuration = SignedDuration::from_secs(1);

/// A clock that does not jump when the wall clock does: what waits until a time of it
/// waits as long as was meant. Whoever watches it moves all that waits by
/// [`Steady::jump`], and the clock with it ([`Steady::shift`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Steady {
    /// Its time at the monotonic clock's beginning.
    zero: Timestamp,
}

impl Steady {
    /// A clock that shows `wall` at the monotonic time `at`.
    #[must_use]
    pub fn new(wall: Timestamp, at: Duration) -> Self {
        Self { zero: wall.checked_sub(at).unwrap_or(wall) }
    }

    /// The time it shows.
    #[must_use]
    pub fn now(&self, at: Duration) -> Timestamp {
        self.zero.checked_add(at).unwrap_or(Timestamp::MAX)
    }

    /// How far the wall clock has jumped ahead of it, or back; `None`: by less than a second.
    #[must_use]
    pub fn jump(&self, wall: Timestamp, at: Duration) -> Option<SignedDuration> {
        Some(wall.duration_since(self.now(at))).filter(|jump| jump.abs() >= TOLERANCE)
    }

    /// Goes along with a jump.
    pub fn shift(&mut self, by: SignedDuration) {
        self.zero = self.zero.checked_add(by).unwrap_or(self.zero);
    }
}
