//! A failure that repeats is logged when it starts, when its cause changes, and
//! when it ends; nothing in between.

use std::time::Duration;

/// What is to be logged of one more result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    /// It begins, or its cause is another now.
    Began,
    /// It is over.
    Ended,
    /// Nothing new.
    Same,
}

/// One thing that can fail again and again.
#[derive(Debug, Default)]
pub(super) struct Trouble {
    cause: Option<String>,
    failures: u32,
}

impl Trouble {
    /// It failed, for this cause.
    pub(super) fn failed(&mut self, cause: &str) -> Change {
        self.failures = self.failures.saturating_add(1);
        if self.cause.as_deref() == Some(cause) {
            return Change::Same;
        }
        self.cause = Some(cause.to_owned());
        Change::Began
    }

    /// It worked.
    pub(super) fn worked(&mut self) -> Change {
        self.failures = 0;
        if self.cause.take().is_some() { Change::Ended } else { Change::Same }
    }

    /// How often it failed in a row.
    pub(super) fn failures(&self) -> u32 {
        self.failures
    }

    /// How long to wait before the next try: 1 s, doubling, a minute at most.
    pub(super) fn pause(&self) -> Duration {
        let doublings = self.failures.saturating_sub(1).min(6);
        Duration::from_secs(1 << doublings).min(Duration::from_mins(1))
    }
}
