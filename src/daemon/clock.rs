//! The only clock: everything else is told what time it is.
//!
//! It is the wall clock as of the start, and goes with the monotonic one from
//! there: while the daemon runs, delays are as long as was meant, whatever the
//! wall clock does. When that jumps, `housekeeping` moves all that waits and this
//! clock along with it, within seconds.

use crate::engine::steady::Steady;
use crate::fault::clock_point;
use jiff::{SignedDuration, Timestamp};
use std::sync::{LazyLock, PoisonError, RwLock};
use std::time::{Duration, Instant};

static STEADY: LazyLock<RwLock<Steady>> = LazyLock::new(|| RwLock::new(Steady::new(wall(), monotonic())));

/// The time, in whole milliseconds: what the store and the payload can hold.
#[must_use]
pub fn now() -> Timestamp {
    let steady = *STEADY.read().unwrap_or_else(PoisonError::into_inner);
    whole_milliseconds(steady.now(monotonic()))
}

/// How far the wall clock has jumped; `None`: not by a second.
pub(super) fn jump() -> Option<SignedDuration> {
    let steady = *STEADY.read().unwrap_or_else(PoisonError::into_inner);
    steady.jump(wall(), monotonic())
}

/// Goes along with a jump of the wall clock.
pub(super) fn shift(by: SignedDuration) {
    STEADY.write().unwrap_or_else(PoisonError::into_inner).shift(by);
}

#[expect(clippy::disallowed_methods, reason = "this is the clock")]
fn wall() -> Timestamp {
    let wrong = SignedDuration::from_secs(clock_point("clock.wall"));
    let wall = Timestamp::now();
    whole_milliseconds(wall.checked_add(wrong).unwrap_or(wall))
}

/// Since its first reading.
#[expect(clippy::disallowed_methods, reason = "this is the clock")]
fn monotonic() -> Duration {
    static BEGINNING: LazyLock<Instant> = LazyLock::new(Instant::now);
    BEGINNING.elapsed()
}

fn whole_milliseconds(time: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(time.as_millisecond()).unwrap_or(time)
}
