//! Time for benchmarks.

use rustix::time::{ClockId, clock_gettime};

/// Measures the time this thread runs on a processor, so that a busy machine
/// matters less.
pub(crate) struct Clock(f64);

impl Clock {
    /// Begins to measure.
    pub(crate) fn start() -> Self {
        Self(on_processor())
    }

    /// Seconds since then.
    pub(crate) fn seconds(&self) -> f64 {
        on_processor() - self.0
    }
}

/// Seconds that this thread has run.
fn on_processor() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}
