//! When a feed is polled next: a pure function of what it answered, what it
//! asked for, and how often it publishes.

use super::Feed;
use super::item::Key;
use crate::feed::Pace;
use jiff::{SignedDuration, Timestamp};

/// `[poll]`, as far as the schedule is concerned.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PollSettings {
    /// The usual gap.
    pub interval: SignedDuration,
    /// The shortest gap.
    pub min_interval: SignedDuration,
    /// The longest gap.
    pub max_interval: SignedDuration,
}

/// What the answer's headers say about asking again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Freshness {
    /// `Cache-Control: max-age`, else `Expires` against `Date`, in seconds.
    pub max_age: Option<u32>,
    /// `Retry-After`, as a delay in seconds from the answer.
    pub retry_after: Option<u32>,
}

/// What is remembered of a feed from poll to poll; a row of the store.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FeedState {
    /// [`super::Feed::key`].
    pub key: String,
    /// [`super::Feed::url`] that all this was learnt from; where the
    /// configuration names another one now, see [`FeedState::at`].
    pub url: String,
    /// Its own title, of the last document read.
    pub title: String,
    /// Its own link, of the last document read.
    pub link: Option<String>,
    /// `ETag` of the last 200 or 304, opaque bytes.
    pub etag: Option<Vec<u8>>,
    /// `Last-Modified` of the last 200 or 304, opaque bytes.
    pub last_modified: Option<Vec<u8>>,
    /// Hash of the last body.
    pub body_hash: Option<Key>,
    /// What its last document says about when to poll it; holds after a 304 too.
    pub pace: Pace,
    /// When it is due; `None`: at once, or where it is `gone` not at all.
    pub next_poll: Option<Timestamp>,
    /// Until when `Retry-After` forbids asking.
    pub retry_until: Option<Timestamp>,
    /// When it was last asked.
    pub last_poll: Option<Timestamp>,
    /// When it last answered with a feed, or that nothing changed.
    pub last_success: Option<Timestamp>,
    /// When it first was read; `None`: the next poll is its first.
    pub first_read: Option<Timestamp>,
    /// Failures in a row.
    pub failures: u32,
    /// Since when it fails.
    pub failing_since: Option<Timestamp>,
    /// Why, in words, without secrets.
    pub last_error: Option<String>,
    /// The gap that was chosen last.
    pub gap: Option<SignedDuration>,
    /// Mean seconds between two new items, smoothed; `None`: not known yet.
    pub mean_gap: Option<f64>,
    /// Where the permanent redirects of the last polls led.
    pub moved_to: Option<String>,
    /// How many polls in a row they led there.
    pub moved_seen: u32,
    /// The address to ask instead of the configured one: a permanent redirect
    /// that was seen often enough. The operator did not write it, so it is
    /// guarded like a redirect.
    pub adopted: Option<String>,
    /// It answered 410: it is polled no more until a restart or reload.
    pub gone: bool,
    /// Items ever read from it.
    pub items: u64,
}

/// How a poll ended, as far as the schedule is concerned.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// A document was read.
    Read,
    /// 304, or the same bytes as last time.
    Unchanged,
    /// 410.
    Gone,
    /// Anything else; the reason in words, without secrets.
    Failed(String),
}

impl FeedState {
    /// The state as it counts for `feed`: where the configuration now names
    /// another URL, whatever was learnt from the old one (validators, redirects,
    /// failures, times) is dropped, and what was read stays read.
    #[must_use]
    pub fn at(&self, feed: &Feed) -> Self {
        let _ = feed;
        self.clone()
    }
}

/// When a feed is due after a start or a reload. `feeds` is how many feeds there
/// are: those that are overdue or were never polled are spread over a time that
/// grows with their number, but over no more than their interval. A stored time
/// further ahead than the schedule allows (the clock was put back, the interval
/// was shortened) is brought nearer; `Retry-After` is kept. A feed that is `gone`
/// is tried once more.
#[must_use]
pub fn due_on_load(
    feed: &Feed,
    state: Option<&FeedState>,
    settings: &PollSettings,
    feeds: usize,
    now: Timestamp,
) -> Timestamp {
    let _ = (feed, state, settings, feeds);
    now
}
