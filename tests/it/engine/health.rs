//! When a feed or a sink is said to fail, and to work again.

use jiff::{SignedDuration, Timestamp};
use newswatch::engine::health::{
    Change, FeedsHealth, HealthPlan, Outage, OutageWrite, SinkHealth, Subject, after_poll,
};
use newswatch::engine::pace::Pace;
use newswatch::engine::schedule::{FeedState, PollSettings};
use newswatch::engine::story::StorySettings;
use newswatch::engine::{Feed, FirstPoll, Runtime, SinkRoute};
use newswatch::watchlist::definition::Severity;
use std::sync::Arc;

fn at(minutes: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + minutes * 60).unwrap()
}

fn feed(number: usize) -> Feed {
    Feed {
        key: format!("feed-{number}"),
        name: format!("feed-{number}"),
        url: format!("https://example.org/{number}"),
        tags: Vec::new(),
        interval: None,
        first_poll: FirstPoll::All,
        enabled: true,
    }
}

/// So many feeds, and three sinks, of which one takes critical alerts only.
fn runtime(feeds: usize) -> Runtime {
    let sink = |name: &str, min_severity| SinkRoute {
        name: name.to_owned(),
        min_severity,
        accepts: Vec::new(),
        max_age: None,
        pace: Pace::default(),
    };
    let gap = SignedDuration::from_mins(15);
    Runtime {
        watchlists: Arc::default(),
        feeds: (0..feeds).map(feed).collect(),
        sinks: vec![sink("a", Severity::Info), sink("pager", Severity::Critical), sink("b", Severity::Medium)],
        poll: PollSettings { interval: gap, min_interval: gap, max_interval: gap },
        stories: StorySettings { window: gap, similarity: 0.7 },
    }
}

/// One feed of many from poll to poll.
struct World {
    runtime: Runtime,
    state: FeedState,
    others: FeedsHealth,
    minute: i64,
}

impl World {
    fn new(feeds: usize) -> Self {
        let state = FeedState { url: feed(0).url, ..FeedState::default() };
        Self { runtime: runtime(feeds), state, others: FeedsHealth::default(), minute: 0 }
    }

    /// A poll a quarter of an hour later: `ok`, `fails` or `gone`; what is told.
    fn poll(&mut self, outcome: &str) -> Vec<String> {
        self.minute += 15;
        let before = self.state.clone();
        let mut after = before.clone();
        if outcome == "ok" {
            (after.failures, after.failing_since, after.last_error) = (0, None, None);
        } else {
            after.failures += 1;
            after.failing_since.get_or_insert(at(self.minute));
            after.last_error = Some(outcome.to_owned());
        }
        after.gone = outcome == "gone";
        let plan = after_poll(&feed(0), Some(&before), &mut after, &self.others, &self.runtime, at(self.minute));
        self.state = after;
        told(plan, &mut self.others)
    }
}

fn told(plan: HealthPlan, others: &mut FeedsHealth) -> Vec<String> {
    match plan.outage {
        OutageWrite::Keep => {}
        OutageWrite::Begin(outage) => others.outage = Some(outage),
        OutageWrite::End => others.outage = None,
    }
    let tell = |routed: newswatch::engine::route::RoutedEvent| {
        let event = routed.event;
        let what = match event.subject {
            Subject::Feed(feed) => feed.name,
            Subject::Feeds { count, of } => format!("{count} of {of}"),
            Subject::Sink { name, .. } => name,
        };
        let change = if event.change == Change::Failing { "fails" } else { "recovered" };
        let sinks: Vec<u32> = routed.sinks.iter().map(|ix| ix.0).collect();
        assert_eq!(sinks, [0, 2], "the pager is for critical alerts");
        let since = event.since.duration_since(at(0)).as_mins();
        format!("{what} {change}, {} since {since}: {}", event.tries, event.reason)
    };
    plan.events.into_iter().map(tell).collect()
}

const NOTHING: [&str; 0] = [];

#[test]
fn a_hiccup_is_no_news() {
    let mut world = World::new(10);
    for outcome in ["ok", "500", "500", "ok", "500", "ok", "500", "500", "ok"] {
        assert_eq!(world.poll(outcome), NOTHING);
    }
}

#[test]
fn a_feed_that_fails_is_told_once_and_that_it_recovers_too() {
    let mut world = World::new(10);
    for _ in 0..2 {
        assert_eq!(world.poll("500"), NOTHING);
    }
    assert_eq!(world.poll("404"), ["feed-0 fails, 3 since 15: 404"]);
    for _ in 0..5 {
        assert_eq!(world.poll("500"), NOTHING);
    }
    assert_eq!(world.poll("ok"), ["feed-0 recovered, 8 since 15: 500"]);
    assert_eq!(world.poll("ok"), NOTHING);
}

#[test]
fn a_feed_that_is_gone_is_told_at_once() {
    assert_eq!(World::new(10).poll("gone"), ["feed-0 fails, 1 since 15: gone"]);
}

#[test]
fn another_url_that_mends_a_feed_is_told() {
    let mut world = World::new(10);
    for _ in 0..3 {
        world.poll("404");
    }
    let moved = Feed { url: "https://example.org/new".to_owned(), ..feed(0) };
    world.state = world.state.at(&moved).into_owned();
    assert_eq!(world.poll("ok"), ["feed-0 recovered, 3 since 15: 404"]);
}

#[test]
fn many_at_once_are_one_event() {
    let mut world = World::new(10);
    // A fifth is not more than a fifth.
    world.others.failing = 1;
    world.poll("500");
    world.poll("500");
    assert_eq!(world.poll("500"), ["feed-0 fails, 3 since 15: 500"]);

    let mut world = World::new(10);
    world.others.failing = 2;
    world.poll("500");
    world.poll("500");
    assert_eq!(world.poll("500"), ["3 of 10 fails, 3 since 15: feed-0, for one: 500"]);
    // While it lasts, no feed is told of on its own, save one that is gone for good.
    assert_eq!(world.poll("500"), NOTHING);
    assert_eq!(world.poll("ok"), ["3 of 10 recovered, 3 since 15: feed-0, for one: 500"]);
    assert_eq!(world.poll("ok"), NOTHING);
}

#[test]
fn an_outage_is_over_when_few_fail_and_who_still_fails_is_told_then() {
    let mut world = World::new(10);
    let outage = Outage {
        failure: newswatch::engine::health::Failure { since: at(1), reason: "offline".to_owned(), tries: 3 },
        count: 9,
    };
    world.others = FeedsHealth { failing: 8, outage: Some(outage) };
    for _ in 0..4 {
        assert_eq!(world.poll("500"), NOTHING);
    }
    world.others.failing = 3;
    assert_eq!(world.poll("ok"), NOTHING, "three of ten are still too many");
    world.others.failing = 2;
    assert_eq!(world.poll("ok"), ["9 of 10 recovered, 3 since 1: offline"]);
    world.others.failing = 0;
    world.poll("500");
    world.poll("500");
    assert_eq!(world.poll("500"), ["feed-0 fails, 3 since 105: 500"]);
}

#[test]
fn a_single_feed_is_never_many() {
    let mut world = World::new(1);
    world.poll("500");
    world.poll("500");
    assert_eq!(world.poll("500"), ["feed-0 fails, 3 since 15: 500"]);
}

#[test]
fn a_sink_fails_after_five_attempts_and_half_a_minute() {
    let seconds = |seconds| at(0) + SignedDuration::from_secs(seconds);
    let run = |times: &[i64]| {
        let mut state: Option<SinkHealth> = None;
        for time in times {
            state = Some(SinkHealth::failed(state.as_ref(), "500", seconds(*time)));
        }
        state.unwrap()
    };
    for (times, told) in [
        (&[0, 1, 2, 3, 29][..], false),
        (&[0, 1, 2, 3, 30], true),
        (&[0, 0, 0, 0, 0, 0, 0], false),
        (&[0, 100, 200, 300], false),
        (&[0, 1, 2, 3, 40, 41], true),
        // The clock was put back by a day.
        (&[86_400, 0, 1, 2, 3, 31], true),
    ] {
        let state = run(times);
        assert_eq!(state.told, told, "{times:?}");
        assert_eq!(state.failure.tries as usize, times.len());
    }
    assert!(SinkHealth::gone(None, "410", at(0)).told);
}
