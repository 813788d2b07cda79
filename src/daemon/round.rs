//! What is said of polls: a summary of the first round, and failures when they
//! start, change and end. Many that start together are one line: then the cause
//! is here and not there.

use crate::engine::decide::PollCounts;
use crate::store::poll::PollReceipt;
use crate::text::count::count;
use std::collections::HashMap;
use std::time::Duration;
use tokio::time::Instant;
use tracing::{debug, info, warn};

/// How long failures are collected before they are told.
const COLLECT: Duration = Duration::from_secs(3);

/// Takes note of polls.
#[derive(Debug, Default)]
pub(super) struct Round {
    /// Feeds that are polled.
    feeds: usize,
    /// Polls until the first round is over; `None`: it is.
    left: Option<usize>,
    sums: PollCounts,
    polled: usize,
    failed: usize,
    unchanged: usize,
    /// Names and reasons of feeds that began to fail, and since when they are collected.
    failing: Vec<(String, String)>,
    tell_at: Option<Instant>,
}

impl Round {
    /// The daemon starts: so many feeds are polled, so many of them are due. The first round is summed up.
    pub(super) fn begin(&mut self, feeds: usize, due: usize) {
        *self = Self { feeds, left: Some(due), ..Self::default() };
    }

    /// Another configuration is in service.
    pub(super) fn exchange(&mut self, feeds: usize) {
        self.feeds = feeds;
        // Its feeds are no longer those that the first round was to sum up.
        self.left = None;
    }

    /// When [`Round::tell`] is to be called.
    pub(super) fn tell_at(&self) -> Option<Instant> {
        self.tell_at
    }

    /// A poll was committed.
    pub(super) fn committed(&mut self, name: &str, receipt: &PollReceipt, now: Instant) {
        let (state, counts) = (&receipt.plan.feed, receipt.plan.counts);
        add(&mut self.sums, counts);
        debug!(feed = name, items = counts.items, new = counts.new, alerts = counts.alerts, "polled");
        let before = receipt.plan.before.as_ref().filter(|state| state.failures > 0);
        let cause_before = before.and_then(|state| state.last_error.as_deref());
        match &state.last_error {
            Some(reason) if state.failures > 0 || state.gone => {
                self.failed += 1;
                // The first time after a start it is told, too: it may be what the operator waits to see.
                if self.left.is_some() || cause_before != Some(reason.as_str()) {
                    self.collect(name, reason, now);
                }
            }
            _ => {
                self.unchanged += usize::from(counts.items == 0);
                if cause_before.is_some() {
                    info!(feed = name, "the feed works again");
                }
            }
        }
        self.count_down();
    }

    /// A poll ended without a result.
    pub(super) fn failed(&mut self, name: &str, reason: &str, now: Instant) {
        self.failed += 1;
        self.collect(name, reason, now);
        self.count_down();
    }

    /// A poll was not made.
    pub(super) fn skipped(&mut self) {
        self.polled = self.polled.saturating_sub(1);
        self.count_down();
    }

    fn count_down(&mut self) {
        self.polled += 1;
        if let Some(left) = &mut self.left {
            *left = left.saturating_sub(1);
        }
    }

    fn collect(&mut self, name: &str, reason: &str, now: Instant) {
        self.failing.push((name.to_owned(), reason.to_owned()));
        self.tell_at.get_or_insert(now + COLLECT);
    }

    /// Tells what was collected, and how the first round went where it is over.
    pub(super) fn tell(&mut self, next_poll: Option<Duration>, now: Instant) {
        let over = self.left == Some(0);
        if over || self.tell_at.is_some_and(|at| at <= now) {
            self.tell_failures();
        }
        if over {
            self.left = None;
            self.tell_round(next_poll);
        }
    }

    fn tell_failures(&mut self) {
        self.tell_at = None;
        let failing = std::mem::take(&mut self.failing);
        // Half a handful of feeds may fail at once by chance; a fifth of many does not.
        if failing.len() <= 3.max(self.feeds / 5) {
            for (feed, reason) in failing {
                warn!(feed, "the feed cannot be read: {reason}");
            }
            return;
        }
        let mut reasons: HashMap<&str, usize> = HashMap::new();
        for (_, reason) in &failing {
            *reasons.entry(reason).or_default() += 1;
        }
        let most = reasons.iter().max_by_key(|(reason, count)| (**count, **reason)).map_or("", |(reason, _)| reason);
        warn!(
            "{} of {} cannot be read, so look here before there: is this machine online? (most often: {most}) \
             `newswatch feeds` lists them",
            failing.len(),
            count(self.feeds, "feed")
        );
    }

    fn tell_round(&self, next_poll: Option<Duration>) {
        let next = next_poll.map_or_else(String::new, |delay| format!("; next poll in {}", in_words(delay)));
        if self.polled == 0 {
            info!("no feed is due yet, all were polled before{next}");
            return;
        }
        let PollCounts { items, new, alerts, .. } = self.sums;
        let seen = items.saturating_sub(new);
        let mut asides = Vec::new();
        if self.failed > 0 {
            asides.push(format!("{} failed", self.failed));
        }
        if self.unchanged > 0 {
            asides.push(format!("{} with nothing new", self.unchanged));
        }
        let asides = if asides.is_empty() { String::new() } else { format!(" ({})", asides.join(", ")) };
        info!(
            "polled {}{asides}: {}, {new} new, {seen} seen before; {}{next}",
            count(self.polled, "feed"),
            count(items, "item"),
            count(alerts, "alert")
        );
    }
}

fn add(sums: &mut PollCounts, counts: PollCounts) {
    sums.items += counts.items;
    sums.new += counts.new;
    sums.revised += counts.revised;
    sums.skipped += counts.skipped;
    sums.alerts += counts.alerts;
    sums.suppressed += counts.suppressed;
}

/// A delay for people: `45s`, `15m`, `2h`.
fn in_words(delay: Duration) -> String {
    match delay.as_secs() {
        seconds @ 0..120 => format!("{seconds}s"),
        seconds @ 120..7200 => format!("{}m", seconds / 60),
        seconds => format!("{}h", seconds / 3600),
    }
}
