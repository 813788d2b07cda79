//! When a delivery is tried again, and when a sink is left alone: the backoff
//! and the breaker, pure. Time and chance come in as parameters.

use jiff::SignedDuration;
use std::time::Duration;

/// The most that the first retry waits; each further one doubles it.
const FIRST: Duration = Duration::from_secs(1);

/// The most that any retry waits by itself.
const LONGEST: Duration = Duration::from_hours(1);

/// What becomes of a delivery whose attempt failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// It is tried again after this long.
    Retry(Duration),
    /// Its time is up: a dead letter.
    Dead,
}

/// A delivery whose attempt failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempt {
    /// Attempts made, this one included; at least 1.
    pub attempts: u32,
    /// How long ago the delivery was committed.
    pub age: SignedDuration,
    /// How long it may take; `None`: for ever.
    pub max_age: Option<SignedDuration>,
    /// What the destination asked to wait; obeyed exactly.
    pub retry_after: Option<Duration>,
}

/// When to try a delivery again: exponential backoff with full jitter
/// (<https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/>)
/// from one second to one hour, or exactly what the destination asked for. The
/// last attempt is made when `max_age` is up. `random` is uniform in `0.0..1.0`.
#[must_use]
pub fn next_attempt(attempt: &Attempt, random: f64) -> Next {
    let left = match attempt.max_age {
        None => Duration::MAX,
        Some(max_age) => match time_left(attempt.age, max_age) {
            Some(left) => left,
            None => return Next::Dead,
        },
    };
    match attempt.retry_after {
        Some(asked) if asked > left => Next::Dead,
        Some(asked) => Next::Retry(asked),
        None => Next::Retry(backoff(attempt.attempts, random).min(left)),
    }
}

/// A delay of the exponential backoff: uniform between nothing and a ceiling
/// that is one second after the first attempt and doubles up to one hour.
#[must_use]
pub fn backoff(attempts: u32, random: f64) -> Duration {
    let doublings = attempts.saturating_sub(1).min(12);
    let ceiling = FIRST.saturating_mul(1 << doublings).min(LONGEST);
    let random = if random.is_finite() { random.clamp(0.0, 1.0) } else { 1.0 };
    ceiling.mul_f64(random)
}

/// What is left of `max_age`; `None`: nothing.
fn time_left(age: SignedDuration, max_age: SignedDuration) -> Option<Duration> {
    // Below nothing where the clock was put back while no daemon ran.
    let left = max_age.checked_sub(age.max(SignedDuration::ZERO))?;
    Duration::try_from(left).ok().filter(|left| !left.is_zero())
}

/// Failures in a row that open a breaker.
const OPENS_AFTER: u32 = 5;

/// The gap before the first probe; each failed probe doubles it.
const FIRST_PROBE: Duration = Duration::from_secs(1);

/// The longest gap between two probes.
const LONGEST_PROBE: Duration = Duration::from_mins(1);

/// Leaves a failing sink alone: after five failures in a row one probe goes
/// through at a time, one second apart, doubling to a minute, until one succeeds.
/// A `now` is any monotonic time, the same origin for all calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Breaker {
    failures: u32,
    open: Option<Open>,
    held_until: Duration,
}

/// An open breaker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Open {
    gap: Duration,
    next_probe: Duration,
    probing: bool,
}

/// Leave to make one attempt; handed back with its result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "an attempt's result is reported with its permit"]
pub enum Permit {
    /// All is well.
    Normal,
    /// To see whether the sink works again.
    Probe,
}

/// Why no attempt may be made now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closed {
    /// Ask again at this time.
    Until(Duration),
    /// A probe is under way: ask again when it has ended.
    Probing,
}

impl Breaker {
    /// Asks for leave to make one attempt.
    ///
    /// # Errors
    /// When to ask again.
    pub fn ask(&mut self, now: Duration) -> Result<Permit, Closed> {
        if now < self.held_until {
            return Err(Closed::Until(self.held_until));
        }
        match &mut self.open {
            None => Ok(Permit::Normal),
            Some(open) if open.probing => Err(Closed::Probing),
            Some(open) if now < open.next_probe => Err(Closed::Until(open.next_probe)),
            Some(open) => {
                open.probing = true;
                Ok(Permit::Probe)
            }
        }
    }

    /// The sink answered: it took the delivery, or rejected it for good, which is
    /// no failure of the sink. Says whether this closed the breaker; then all
    /// that waits for the sink is due.
    pub fn answered(&mut self) -> bool {
        self.failures = 0;
        self.open.take().is_some()
    }

    /// An attempt failed. Says whether this opened the breaker.
    pub fn failed(&mut self, permit: Permit, now: Duration) -> bool {
        self.failures = self.failures.saturating_add(1);
        match &mut self.open {
            None if self.failures >= OPENS_AFTER => {
                self.open =
                    Some(Open { gap: FIRST_PROBE, next_probe: now.saturating_add(FIRST_PROBE), probing: false });
                true
            }
            // Attempts that were under way when it opened say nothing new.
            Some(open) if permit == Permit::Probe => {
                open.gap = open.gap.saturating_mul(2).min(LONGEST_PROBE);
                open.next_probe = now.saturating_add(open.gap);
                open.probing = false;
                false
            }
            _ => false,
        }
    }

    /// A probe ended without a result (the daemon is stopping, it was dropped).
    pub fn abandoned(&mut self, permit: Permit) {
        if let (Permit::Probe, Some(open)) = (permit, &mut self.open) {
            open.probing = false;
        }
    }

    /// The sink asked to be left alone (429, 503): no attempt before `until`.
    pub fn hold(&mut self, until: Duration) {
        self.held_until = self.held_until.max(until);
    }

    /// Whether only probes go through.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// Failures in a row.
    #[must_use]
    pub const fn failures(&self) -> u32 {
        self.failures
    }
}
