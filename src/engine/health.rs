//! What newswatch tells of itself: that a feed or a sink fails, and that it works
//! again. The thresholds that keep one hiccup from making noise are here; who is
//! told is [`super::route`]'s, the wire format `sink::event`'s.

use super::alert::AlertFeed;
use super::item::Key;
use super::route::{RoutedEvent, route_event};
use super::schedule::FeedState;
use super::{Feed, Runtime};
use crate::watchlist::definition::Severity;
use jiff::{SignedDuration, Timestamp};

/// A feed is said to fail when so many polls in a row did. The gap between them doubles:
/// with the usual interval of 15 minutes it has failed for 45.
const POLLS: u32 = 3;

/// A sink is said to fail when so many attempts in a row did …
const ATTEMPTS: u32 = 5;

/// … and the first of them is so long ago: a receiver that is restarted is no news.
const PATIENCE: SignedDuration = SignedDuration::from_secs(30);

/// An alert of newswatch's own, complete: nothing else is needed to render it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HealthEvent {
    /// `evt_…`, derived from what it tells: told again, it has the same id.
    pub id: String,
    /// When it was decided.
    pub time: Timestamp,
    /// How bad it is. Both ends of one failure have the same, so that who hears of
    /// the one hears of the other.
    pub severity: Severity,
    /// Which end of the failure it is.
    pub change: Change,
    /// What failed.
    pub subject: Subject,
    /// Since when it fails, or had failed.
    pub since: Timestamp,
    /// Why, in words, without secrets: the last reason.
    pub reason: String,
    /// How many tries failed in a row.
    pub tries: u32,
}

/// Which end of a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Change {
    /// It fails.
    Failing,
    /// It works again.
    Recovered,
}

/// What fails, or works again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// One feed.
    Feed(AlertFeed),
    /// Many at once: the cause is here and not there.
    Feeds {
        /// How many failed when it was told.
        count: u32,
        /// Of how many that are polled.
        of: u32,
    },
    /// A sink.
    Sink {
        /// Its name.
        name: String,
        /// `stdout`, `file` or `webhook`.
        kind: &'static str,
    },
}

/// Since when something fails, why, and how often it was tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Since when.
    pub since: Timestamp,
    /// Why, in words, without secrets.
    pub reason: String,
    /// Tries that failed in a row.
    pub tries: u32,
}

/// What is known of the other feeds when one is polled. Feeds that people know to fail are
/// not among them: they are no news.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FeedsHealth {
    /// How many of them fail.
    pub failing: u32,
    /// People were told that many fail at once, and it is not over.
    pub outage: Option<Outage>,
}

/// Many feeds fail at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outage {
    /// Since when, why and how often, of the feed by which it was noticed.
    pub failure: Failure,
    /// How many failed when it was told.
    pub count: u32,
}

/// What a poll changes in what people know.
#[derive(Debug, Default)]
pub struct HealthPlan {
    /// What becomes of the outage.
    pub outage: OutageWrite,
    /// What is told, and to which sinks.
    pub events: Vec<RoutedEvent>,
}

/// What becomes of the outage.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum OutageWrite {
    /// All stays as it is.
    #[default]
    Keep,
    /// It begins.
    Begin(Outage),
    /// It is over.
    End,
}

/// What is told after a poll; `after` takes note of it. One that fails is told of when it
/// has failed often enough, or at once where it is gone for good. While many fail at once,
/// they are told of as one.
#[must_use]
pub fn after_poll(
    feed: &Feed,
    before: Option<&FeedState>,
    after: &mut FeedState,
    others: &FeedsHealth,
    runtime: &Runtime,
    now: Timestamp,
) -> HealthPlan {
    let mut plan = HealthPlan::default();
    let mut tell = |change, subject, failure| {
        let event = HealthEvent::new(change, subject, failure, now);
        let sinks = route_event(&runtime.sinks, &event);
        plan.events.push(RoutedEvent { event, sinks });
    };
    let one = |state: &FeedState| Subject::Feed(AlertFeed::of(feed, &state.title));
    // Counted where it matters only: there may be very many.
    let of = || u32::try_from(runtime.polled_feeds()).unwrap_or(u32::MAX);
    if after.failures > 0 {
        let ripe = after.gone || (after.failures >= POLLS && others.outage.is_none());
        if !ripe || after.told.is_some() {
            return plan;
        }
        let failure = failure(after, now);
        let count = others.failing.saturating_add(1);
        if !after.gone && are_many(count, of) {
            let failure = Failure { reason: format!("{}, for one: {}", feed.name, failure.reason), ..failure };
            tell(Change::Failing, Subject::Feeds { count, of: of() }, failure.clone());
            plan.outage = OutageWrite::Begin(Outage { failure, count });
        } else {
            after.told = Some(now);
            tell(Change::Failing, one(after), failure);
        }
        return plan;
    }
    if after.told.take().is_some()
        && let Some(before) = before
    {
        tell(Change::Recovered, one(after), failure(before, now));
    }
    if let Some(Outage { failure, count }) = others.outage.as_ref().filter(|_| !are_many(others.failing, of)) {
        tell(Change::Recovered, Subject::Feeds { count: *count, of: of() }, failure.clone());
        plan.outage = OutageWrite::End;
    }
    plan
}

/// More than a fifth of all.
fn are_many(failing: u32, of: impl FnOnce() -> u32) -> bool {
    failing > 1 && failing.saturating_mul(5) > of()
}

fn failure(state: &FeedState, now: Timestamp) -> Failure {
    Failure {
        since: state.failing_since.or(state.told).unwrap_or(now),
        reason: state.last_error.clone().unwrap_or_default(),
        tries: state.failures,
    }
}

/// A sink that fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SinkHealth {
    /// Since when, why and how often.
    pub failure: Failure,
    /// Whether people know.
    pub told: bool,
}

impl SinkHealth {
    /// After one more attempt that failed.
    #[must_use]
    pub fn failed(before: Option<&Self>, reason: &str, now: Timestamp) -> Self {
        // A beginning that lies ahead is of a clock that was put back.
        let since = before.map_or(now, |before| before.failure.since.min(now));
        let tries = before.map_or(0, |before| before.failure.tries).saturating_add(1);
        let told = tries >= ATTEMPTS && now.duration_since(since) >= PATIENCE;
        let failure = Failure { since, reason: reason.to_owned(), tries };
        Self { failure, told: told || before.is_some_and(|before| before.told) }
    }

    /// After an attempt whose answer was that the destination is gone for good.
    #[must_use]
    pub fn gone(before: Option<&Self>, reason: &str, now: Timestamp) -> Self {
        Self { told: true, ..Self::failed(before, reason, now) }
    }
}

impl HealthEvent {
    /// That `subject` fails, or works again after `failure`.
    #[must_use]
    pub fn new(change: Change, subject: Subject, failure: Failure, now: Timestamp) -> Self {
        let (kind, name, severity) = match &subject {
            Subject::Feed(feed) => ("feed", feed.name.as_str(), Severity::Medium),
            Subject::Feeds { .. } => ("feeds", "", Severity::High),
            Subject::Sink { name, .. } => ("sink", name.as_str(), Severity::High),
        };
        let end = match change {
            Change::Failing => "failing",
            Change::Recovered => "recovered",
        };
        let letters = Key::of("event", &[kind, end, name, &failure.since.as_millisecond().to_string()]).letters();
        let Failure { since, reason, tries } = failure;
        Self { id: format!("evt_{letters}"), time: now, severity, change, subject, since, reason, tries }
    }
}
