//! When a feed is polled next: a pure function of what it answered, what it
//! asked for, and how often it publishes.

use super::Feed;
use super::item::Key;
use crate::feed::Pace;
use jiff::{SignedDuration, Timestamp};
use std::borrow::Cow;

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
    /// When people were told that it fails; `None`: they were not, or that it works again.
    pub told: Option<Timestamp>,
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

/// What a poll came to, as far as the schedule is concerned.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PollFacts<'a> {
    /// How it ended.
    pub outcome: &'a Outcome,
    /// What the answer's headers ask for.
    pub freshness: Freshness,
    /// What the document asks for; `None` where none was read.
    pub pace: Option<Pace>,
    /// Where a chain of only permanent redirects led.
    pub moved_to: Option<&'a str>,
    /// Items in the document.
    pub items: u32,
    /// Of these, never seen before.
    pub new_items: u32,
}

/// Polls in a row that a permanent redirect must have led to the same place before
/// that is asked instead: a misconfigured server may say 301 for an hour.
const ADOPT_AFTER: u32 = 3;

/// After this long, what was seen of a feed's pace counts for a third.
const MEMORY: SignedDuration = SignedDuration::from_hours(24);

/// A feed that is silent for longer is simply silent.
const LONGEST_MEAN: SignedDuration = SignedDuration::from_hours(24 * 365);

impl FeedState {
    /// The state as it counts for `feed`: where the configuration now names
    /// another URL, whatever was learnt from the old one (validators, redirects,
    /// failures, times) is dropped, and what was read stays read.
    #[must_use]
    pub fn at(&self, feed: &Feed) -> Cow<'_, Self> {
        if self.url == feed.url {
            return Cow::Borrowed(self);
        }
        let state = Self {
            key: self.key.clone(),
            url: feed.url.clone(),
            title: self.title.clone(),
            first_read: self.first_read,
            items: self.items,
            ..Self::default()
        };
        if self.told.is_none() {
            return Cow::Owned(state);
        }
        // People wait to hear that it works again, and another URL may be what mends it.
        Cow::Owned(Self {
            failures: self.failures,
            failing_since: self.failing_since,
            last_error: self.last_error.clone(),
            told: self.told,
            ..state
        })
    }
}

/// The feed's state after a poll, save what the answer says of itself (validators, title,
/// link). The next poll is at the latest of what interval, document and headers
/// ask for, but no later than `max_interval`; `Retry-After` is always kept.
#[must_use]
pub fn after_poll(
    feed: &Feed,
    before: Option<&FeedState>,
    facts: &PollFacts<'_>,
    settings: &PollSettings,
    now: Timestamp,
) -> FeedState {
    let mut state = before.cloned().unwrap_or_default();
    state.key.clone_from(&feed.key);
    state.url.clone_from(&feed.url);
    state.last_poll = Some(now);
    state.gone = *facts.outcome == Outcome::Gone;
    if let Some(pace) = facts.pace {
        state.pace = pace;
    }
    match facts.outcome {
        Outcome::Read | Outcome::Unchanged => succeeded(&mut state, before, facts, usual(feed, settings), now),
        Outcome::Gone => failed(&mut state, "the server says that the feed is gone (410)", now),
        Outcome::Failed(reason) => failed(&mut state, reason, now),
    }
    plan(&mut state, feed, facts, settings, now);
    state
}

fn succeeded(
    state: &mut FeedState,
    before: Option<&FeedState>,
    facts: &PollFacts<'_>,
    usual: SignedDuration,
    now: Timestamp,
) {
    state.last_success = Some(now);
    state.failures = 0;
    state.failing_since = None;
    state.last_error = None;
    state.items = state.items.saturating_add(u64::from(facts.new_items));
    if *facts.outcome == Outcome::Read {
        state.first_read.get_or_insert(now);
    }
    // What the first poll holds was published over any length of time: it says nothing.
    if let Some(last) = before.filter(|state| state.first_read.is_some()).and_then(|state| state.last_success) {
        let elapsed = now.duration_since(last).as_secs_f64().max(1.0);
        // A feed of which nothing is known publishes as often as its interval supposes.
        let mean = state.mean_gap.unwrap_or(usual.as_secs_f64().max(1.0) * 2.0);
        state.mean_gap = Some(mean_gap(mean, elapsed, facts.new_items));
    }
    follow(state, facts.moved_to);
}

/// The mean seconds between two items: the inverse of the rate of items, in which what
/// was seen counts the less the longer ago it was.
fn mean_gap(mean: f64, elapsed: f64, new_items: u32) -> f64 {
    let fading = (-elapsed / MEMORY.as_secs_f64()).exp();
    let rate = fading / mean + (1.0 - fading) * f64::from(new_items) / elapsed;
    (1.0 / rate).min(LONGEST_MEAN.as_secs_f64())
}

/// Permanent redirects are adopted after they have been seen unchanged several times.
fn follow(state: &mut FeedState, moved_to: Option<&str>) {
    match moved_to {
        None => (state.moved_to, state.moved_seen, state.adopted) = (None, 0, None),
        Some(target) if state.moved_to.as_deref() == Some(target) => {
            state.moved_seen = state.moved_seen.saturating_add(1);
        }
        Some(target) => (state.moved_to, state.moved_seen) = (Some(target.to_owned()), 1),
    }
    if state.moved_seen >= ADOPT_AFTER {
        state.adopted.clone_from(&state.moved_to);
    }
}

fn failed(state: &mut FeedState, reason: &str, now: Timestamp) {
    state.failures = state.failures.saturating_add(1);
    state.failing_since.get_or_insert(now);
    state.last_error = Some(reason.to_owned());
    // The place it moved to may be what fails: the configured one is asked again.
    (state.moved_to, state.moved_seen, state.adopted) = (None, 0, None);
}

fn plan(state: &mut FeedState, feed: &Feed, facts: &PollFacts<'_>, settings: &PollSettings, now: Timestamp) {
    let after = |seconds: u32| now.saturating_add(SignedDuration::from_secs(i64::from(seconds))).unwrap_or(now);
    state.retry_until = facts.freshness.retry_after.map(after).filter(|until| *until > now);
    let most = longest(feed, settings);
    let gap = match facts.outcome {
        Outcome::Failed(_) | Outcome::Gone => backoff(usual(feed, settings), state.failures, most),
        Outcome::Read | Outcome::Unchanged => adapted(feed, state.mean_gap, settings),
    };
    state.gap = Some(gap);
    // How long an error page may be cached says nothing of the feed.
    let max_age = facts.freshness.max_age.filter(|_| state.failures == 0);
    let asked = state.pace.at_least_seconds.max(max_age).unwrap_or(0);
    let delay = gap.max(SignedDuration::from_secs(i64::from(asked)));
    let delay = delay.saturating_add(jitter(&feed.key, gap)).min(most);
    let within = |delay| now.saturating_add(delay).unwrap_or(Timestamp::MAX);
    let due = skip(within(delay), &state.pace, within(most));
    let due = state.retry_until.map_or(due, |until| due.max(until));
    state.next_poll = (!state.gone).then_some(due);
}

/// The gap of a feed of which nothing more is known.
fn usual(feed: &Feed, settings: &PollSettings) -> SignedDuration {
    feed.interval.unwrap_or(settings.interval)
}

/// What caps every wait but `Retry-After`; a longer fixed interval is kept.
fn longest(feed: &Feed, settings: &PollSettings) -> SignedDuration {
    settings.max_interval.max(usual(feed, settings))
}

/// Half the mean gap between two items, so that an item waits half of it at most; a fixed
/// interval is not adapted.
fn adapted(feed: &Feed, mean_gap: Option<f64>, settings: &PollSettings) -> SignedDuration {
    let (Some(mean), None) = (mean_gap, feed.interval) else { return usual(feed, settings) };
    let half = SignedDuration::try_from_secs_f64(mean / 2.0).unwrap_or(settings.max_interval);
    half.clamp(settings.min_interval, settings.max_interval.max(settings.min_interval))
}

/// Doubles with each failure in a row.
fn backoff(usual: SignedDuration, failures: u32, most: SignedDuration) -> SignedDuration {
    let doublings = failures.saturating_sub(1).min(20);
    let factor = 1_i32.checked_shl(doublings).unwrap_or(i32::MAX);
    usual.checked_mul(factor).unwrap_or(most).min(most)
}

/// Up to a tenth later, always the same for a feed: feeds that began together do not stay together.
fn jitter(key: &str, gap: SignedDuration) -> SignedDuration {
    let tenth = gap.as_millis() / 10;
    let [first, second, ..] = Key::of("jitter", &[key]).0;
    let share = i128::from(u16::from_be_bytes([first, second]));
    SignedDuration::from_millis(i64::try_from(tenth * share / i128::from(u16::MAX)).unwrap_or(0))
}

/// The first full hour that is not skipped where `due` falls into one that is, but no
/// later than `latest`. A feed that skips all hours would never be polled: it is not obeyed.
fn skip(due: Timestamp, pace: &Pace, latest: Timestamp) -> Timestamp {
    if !is_skipped(due, pace) {
        return due;
    }
    let past = SignedDuration::from_millis(due.as_millisecond().rem_euclid(3_600_000));
    let hours = (1..=HOURS_OF_A_WEEK).map(SignedDuration::from_hours);
    let mut starts = hours.map_while(|hours| due.checked_sub(past).and_then(|hour| hour.checked_add(hours)).ok());
    starts.find(|start| !is_skipped(*start, pace)).map_or(due, |start| start.min(latest))
}

/// What is skipped repeats after that.
const HOURS_OF_A_WEEK: i64 = 7 * 24;

fn is_skipped(at: Timestamp, pace: &Pace) -> bool {
    let utc = at.to_zoned_datetime(jiff::tz::TimeZone::UTC);
    let hour = u32::try_from(utc.hour()).unwrap_or(0);
    let day = u32::try_from(utc.weekday().to_monday_zero_offset()).unwrap_or(0);
    pace.skip_hours >> hour & 1 == 1 || u32::from(pace.skip_days) >> day & 1 == 1
}

/// Feeds that may all be asked at once at a start.
const AT_ONCE: usize = 50;

/// Feeds that are asked in a second beyond those, at a start.
const A_SECOND: usize = 50;

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
    let left_alone = state.and_then(|state| left_alone_until(feed, state, now));
    let state = state.map(|state| state.at(feed)).unwrap_or_default();
    let planned = state.next_poll.filter(|planned| *planned > now && !state.gone);
    let due = match planned {
        Some(planned) => {
            let most = longest(feed, settings);
            // The wait that the feed would have now, or what it asked for, at its longest.
            let latest = match feed.interval {
                Some(interval) if waits_for_its_gap(feed, &state) => {
                    interval.saturating_add(jitter(&feed.key, interval)).min(most)
                }
                _ => most,
            };
            planned.min(now.saturating_add(latest).unwrap_or(planned))
        }
        None => now.saturating_add(spread(feed, settings, feeds)).unwrap_or(now),
    };
    left_alone.map_or(due, |until| due.max(until))
}

/// Until when `Retry-After` forbids asking a feed. It was said at the last poll: where that
/// lies ahead, the clock was put back since, and the server's wish with it.
#[must_use]
pub fn left_alone_until(feed: &Feed, state: &FeedState, now: Timestamp) -> Option<Timestamp> {
    let state = state.at(feed);
    let until = state.retry_until?;
    let put_back = state.last_poll.map_or(SignedDuration::ZERO, |last| last.duration_since(now));
    let until = until.checked_sub(put_back.max(SignedDuration::ZERO)).unwrap_or(until);
    (until > now).then_some(until)
}

/// Nothing but its own gap made the feed wait: no failure, no wish of document or server.
fn waits_for_its_gap(feed: &Feed, state: &FeedState) -> bool {
    let (Some(last), Some(gap), Some(next)) = (state.last_poll, state.gap, state.next_poll) else { return true };
    state.failures == 0 && next.duration_since(last) <= gap.saturating_add(jitter(&feed.key, gap))
}

fn spread(feed: &Feed, settings: &PollSettings, feeds: usize) -> SignedDuration {
    let Some(beyond) = feeds.checked_sub(AT_ONCE).filter(|beyond| *beyond > 0) else { return SignedDuration::ZERO };
    let over = SignedDuration::from_secs(i64::try_from(beyond / A_SECOND).unwrap_or(i64::MAX));
    let over = over.min(usual(feed, settings));
    // Ten times the jitter of a gap is its share of the whole.
    jitter(&feed.key, over.checked_mul(10).unwrap_or(over))
}
