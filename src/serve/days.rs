//! A span of days (UTC) that ends today, and what was counted on each of them.

use crate::store::daily::DayCount;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use std::collections::HashMap;

/// Days one after the other, the last of them today.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Days {
    since: Timestamp,
    dates: Vec<Date>,
}

impl Days {
    /// So many days up to that of `now`.
    pub(super) fn until(now: Timestamp, count: u16) -> Self {
        let before = |days: u16| now.checked_sub(SignedDuration::from_hours(24 * i64::from(days))).unwrap_or(now);
        let dates = (0..count).rev().map(|days| TimeZone::UTC.to_datetime(before(days)).date()).collect();
        Self { since: before(count.saturating_sub(1)), dates }
    }

    /// A time of the first day.
    pub(super) fn since(&self) -> Timestamp {
        self.since
    }

    /// Each day, the first one first.
    pub(super) fn dates(&self) -> &[Date] {
        &self.dates
    }

    /// What was counted on each day, by who or what it was.
    pub(super) fn series(&self, counts: Vec<DayCount>) -> HashMap<String, Vec<u64>> {
        let mut series: HashMap<String, Vec<u64>> = HashMap::new();
        for DayCount { of, day, count } in counts {
            let Ok(place) = self.dates.binary_search(&day) else { continue };
            let counts = series.entry(of).or_insert_with(|| vec![0; self.dates.len()]);
            if let Some(total) = counts.get_mut(place) {
                *total = total.saturating_add(count);
            }
        }
        series
    }
}
