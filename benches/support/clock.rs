//! Time for benchmarks.

use std::time::Instant;

/// Measures the time this thread runs on a processor where the system tells it,
/// so that a busy machine matters less; else the time that passes.
pub(crate) struct Clock(Instant, Option<u64>);

impl Clock {
    /// Begins to measure.
    pub(crate) fn start() -> Self {
        Self(Instant::now(), on_processor())
    }

    /// Seconds since then.
    pub(crate) fn seconds(&self) -> f64 {
        match (self.1, on_processor()) {
            (Some(before), Some(now)) => (now - before) as f64 / 1e9,
            _ => self.0.elapsed().as_secs_f64(),
        }
    }
}

/// Nanoseconds that this thread has run (Linux, `proc(5)`).
fn on_processor() -> Option<u64> {
    std::fs::read_to_string("/proc/thread-self/schedstat").ok()?.split(' ').next()?.parse().ok()
}
