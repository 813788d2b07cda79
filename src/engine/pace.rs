//! How a sink is spared: which alerts are collected for a digest, and when the
//! digest is made. Pure; what is collected stands in the store.

use jiff::{SignedDuration, Timestamp};

/// How a sink is spared; the default lets everything through at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pace {
    /// Alerts are collected for so long after the first, then sent as one.
    pub digest: Option<SignedDuration>,
    /// Within any hour no more alerts and digests are let through than these; at
    /// least 1. What comes beyond is collected.
    pub max_per_hour: Option<u32>,
}

/// What a sink has had, as far as its [`Pace`] is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Passed {
    /// When the first of the alerts that are collected now was; `None`: none is.
    pub collecting_since: Option<Timestamp>,
    /// When the `max_per_hour`th last was let through; `None`: there were not so many.
    pub limiting: Option<Timestamp>,
}

/// What becomes of an alert for a sink.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// It is sent on its own, at once.
    Pass,
    /// It is collected; the digest is planned for then.
    Collect(Timestamp),
}

/// What `max_per_hour` counts in.
const HOUR: SignedDuration = SignedDuration::from_hours(1);

impl Pace {
    /// Whether nothing is ever collected.
    #[must_use]
    pub const fn is_free(&self) -> bool {
        self.digest.is_none() && self.max_per_hour.is_none()
    }

    /// What becomes of one more alert. One that comes while others are collected joins
    /// them: it must not overtake them.
    #[must_use]
    pub fn admit(&self, passed: Passed, now: Timestamp) -> Admission {
        let limited = passed.limiting.is_some_and(|time| is_recent(time, now));
        if self.digest.is_none() && passed.collecting_since.is_none() && !limited {
            return Admission::Pass;
        }
        Admission::Collect(now.saturating_add(self.left(passed, now)).unwrap_or(now))
    }

    /// How long until the digest of what is collected is made: when its window is over
    /// and the limit allows it. Never more than the longer of the two, whatever the
    /// clock was when those times were written down.
    #[must_use]
    pub fn left(&self, passed: Passed, now: Timestamp) -> SignedDuration {
        let window = self.digest.unwrap_or_default();
        let since = passed.collecting_since.unwrap_or(now);
        let open = window.saturating_sub(now.duration_since(since)).clamp(SignedDuration::ZERO, window);
        let limiting = passed.limiting.filter(|time| is_recent(*time, now));
        let limited = limiting.map(|time| HOUR.saturating_sub(now.duration_since(time)));
        open.max(limited.unwrap_or_default().clamp(SignedDuration::ZERO, HOUR))
    }
}

/// Whether a time is less than an hour from now. One that lies ahead is of another poll
/// a moment ago, or of a clock that was put back: further ahead than an hour it is void.
fn is_recent(time: Timestamp, now: Timestamp) -> bool {
    now.duration_since(time).abs() < HOUR
}
