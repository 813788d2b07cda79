//! When feeds are polled, over simulated time.

use jiff::{SignedDuration, Timestamp};
use newswatch::engine::schedule::{FeedState, Freshness, Outcome, PollFacts, PollSettings, after_poll, due_on_load};
use newswatch::engine::{Feed, FirstPoll};
use newswatch::feed::Pace;
use proptest::prelude::*;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

fn settings() -> PollSettings {
    PollSettings {
        interval: SignedDuration::from_mins(15),
        min_interval: SignedDuration::from_mins(5),
        max_interval: SignedDuration::from_hours(24),
    }
}

fn feed(interval: Option<i64>) -> Feed {
    Feed {
        key: "world".to_owned(),
        name: "world".to_owned(),
        url: "https://example.org/rss".to_owned(),
        tags: Vec::new(),
        interval: interval.map(SignedDuration::from_secs),
        first_poll: FirstPoll::Recent,
        enabled: true,
    }
}

/// Monday 2026-11-23, midnight UTC, and so many seconds.
fn at(seconds: i64) -> Timestamp {
    "2026-11-23T00:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_secs(seconds)
}

fn facts(outcome: &Outcome) -> PollFacts<'_> {
    PollFacts { outcome, freshness: Freshness::default(), pace: None, moved_to: None, items: 0, new_items: 0 }
}

/// Seconds until the next poll of a feed that answered once, at midnight.
fn wait(feed: &Feed, facts: &PollFacts<'_>) -> i64 {
    let state = after_poll(feed, None, facts, &settings(), at(0));
    state.next_poll.unwrap().duration_since(at(0)).as_secs()
}

/// A wait that is `asked` and at most a tenth of `gap` later: the feed's own jitter.
#[track_caller]
fn check_wait(wait: i64, asked: i64, gap: i64) {
    assert!((asked..=asked + gap / 10).contains(&wait), "{wait} s, asked were {asked} s");
}

#[test]
fn the_next_poll_is_the_latest_of_what_is_asked() {
    let read = Outcome::Read;
    let plain = facts(&read);
    let pace = |seconds| Some(Pace { at_least_seconds: Some(seconds), ..Pace::default() });
    let fresh = |max_age, retry_after| Freshness { max_age, retry_after };
    let quarter = 15 * MINUTE;
    // interval, facts, asked, gap
    for (interval, facts, asked, gap) in [
        (None, plain, quarter, quarter),
        (Some(2 * MINUTE), plain, 2 * MINUTE, 2 * MINUTE),
        (None, PollFacts { pace: pace(3600), ..plain }, HOUR, quarter),
        (Some(2 * MINUTE), PollFacts { pace: pace(3600), ..plain }, HOUR, 2 * MINUTE),
        (None, PollFacts { freshness: fresh(Some(7200), None), ..plain }, 2 * HOUR, quarter),
        (None, PollFacts { freshness: fresh(Some(60), None), ..plain }, quarter, quarter),
        (None, PollFacts { pace: pace(3600), freshness: fresh(Some(7200), None), ..plain }, 2 * HOUR, quarter),
        // max_interval caps what feeds and servers ask for …
        (None, PollFacts { pace: pace(30 * 86_400), ..plain }, DAY, quarter),
        (None, PollFacts { freshness: fresh(Some(u32::MAX), None), ..plain }, DAY, quarter),
    ] {
        check_wait(wait(&feed(interval), &facts), asked, gap);
    }
    // … save Retry-After, which is kept to the second.
    let facts = PollFacts { freshness: fresh(None, Some(5 * 86_400)), ..plain };
    assert_eq!(wait(&feed(None), &facts), 5 * DAY);
    let facts = PollFacts { freshness: fresh(None, Some(1)), ..plain };
    check_wait(wait(&feed(None), &facts), quarter, quarter);
}

#[test]
fn a_304_keeps_what_the_document_asked() {
    let pace = Pace { at_least_seconds: Some(7200), ..Pace::default() };
    let read =
        after_poll(&feed(None), None, &PollFacts { pace: Some(pace), ..facts(&Outcome::Read) }, &settings(), at(0));
    let unchanged = after_poll(&feed(None), Some(&read), &facts(&Outcome::Unchanged), &settings(), at(7200));
    check_wait(unchanged.next_poll.unwrap().duration_since(at(7200)).as_secs(), 7200, HOUR);
    assert_eq!(unchanged.last_success, Some(at(7200)));
}

#[test]
fn skipped_hours_and_days_are_obeyed() {
    let skipping = |hours: u32, days: u8| {
        let pace = Pace { skip_hours: hours, skip_days: days, ..Pace::default() };
        let facts = PollFacts { pace: Some(pace), ..facts(&Outcome::Read) };
        after_poll(&feed(Some(10 * MINUTE)), None, &facts, &settings(), at(0)).next_poll.unwrap()
    };
    // Hours 0 to 5 are skipped: not before 06:00.
    assert_eq!(skipping(0b11_1111, 0), at(6 * HOUR));
    // Monday is skipped.
    assert_eq!(skipping(0, 1), at(DAY));
    // Hours around midnight wrap.
    assert_eq!(skipping(1 | 1 << 23, 0), at(HOUR));
    // A feed that skips all of it is polled all the same.
    check_wait(skipping((1 << 24) - 1, 0).duration_since(at(0)).as_secs(), 10 * MINUTE, 10 * MINUTE);
    check_wait(skipping(0, 0x7f).duration_since(at(0)).as_secs(), 10 * MINUTE, 10 * MINUTE);
}

#[test]
fn failures_back_off_and_never_stop_the_feed() {
    let failed = Outcome::Failed("no answer".to_owned());
    let (feed, settings) = (feed(Some(10 * MINUTE)), settings());
    let mut state: Option<FeedState> = None;
    let mut now = at(0);
    for (number, asked) in [10, 20, 40, 80, 160, 320, 640, 1280, 1440, 1440].into_iter().enumerate() {
        let next = after_poll(&feed, state.as_ref(), &facts(&failed), &settings, now);
        assert_eq!(next.failures as usize, number + 1);
        assert_eq!(next.failing_since, Some(at(0)));
        assert_eq!(next.last_error.as_deref(), Some("no answer"));
        let wait = next.next_poll.unwrap().duration_since(now).as_secs();
        check_wait(wait, asked * MINUTE, asked * MINUTE);
        now = next.next_poll.unwrap();
        state = Some(next);
    }
    let well = after_poll(&feed, state.as_ref(), &facts(&Outcome::Unchanged), &settings, now);
    assert_eq!((well.failures, well.failing_since, well.last_error), (0, None, None));
    check_wait(well.next_poll.unwrap().duration_since(now).as_secs(), 10 * MINUTE, 10 * MINUTE);
}

#[test]
fn a_feed_that_is_gone_is_tried_once_more_after_a_restart() {
    let state = after_poll(&feed(None), None, &facts(&Outcome::Gone), &settings(), at(0));
    assert!(state.gone && state.next_poll.is_none());
    assert_eq!(due_on_load(&feed(None), Some(&state), &settings(), 1, at(HOUR)), at(HOUR));
}

#[test]
fn a_permanent_redirect_is_adopted_when_it_has_lasted_and_given_up_when_it_fails() {
    let (feed, settings) = (feed(None), settings());
    let mut state: Option<FeedState> = None;
    let mut poll = |outcome: Outcome, moved_to: Option<&str>| {
        let facts = PollFacts { moved_to, ..facts(&outcome) };
        let next = after_poll(&feed, state.as_ref(), &facts, &settings, at(0));
        state = Some(next.clone());
        next.adopted
    };
    assert_eq!(poll(Outcome::Read, Some("https://new.example/")), None);
    assert_eq!(poll(Outcome::Unchanged, Some("https://new.example/")), None);
    // Another target: it counts anew.
    assert_eq!(poll(Outcome::Read, Some("https://other.example/")), None);
    assert_eq!(poll(Outcome::Read, Some("https://new.example/")), None);
    assert_eq!(poll(Outcome::Read, Some("https://new.example/")), None);
    assert_eq!(poll(Outcome::Read, Some("https://new.example/")).as_deref(), Some("https://new.example/"));
    assert_eq!(poll(Outcome::Failed("refused".to_owned()), None), None);
}

#[test]
fn the_gap_follows_how_often_a_feed_publishes() {
    // Items come every `every` seconds; after three weeks the gap has settled.
    let settled = |every: i64| {
        let (feed, settings) = (feed(None), settings());
        let mut state: Option<FeedState> = None;
        let (mut now, mut last, mut polls) = (0, 0, 0);
        while now < 21 * DAY {
            let new_items = u32::try_from(now / every - last / every).unwrap();
            let facts = PollFacts { items: 20, new_items, ..facts(&Outcome::Read) };
            let next = after_poll(&feed, state.as_ref(), &facts, &settings, at(now));
            last = now;
            now = next.next_poll.unwrap().duration_since(at(0)).as_secs();
            state = Some(next);
            polls += 1;
        }
        (state.unwrap().gap.unwrap().as_secs(), polls)
    };
    let (busy, many) = settled(2 * MINUTE);
    assert_eq!(busy, 5 * MINUTE, "the shortest gap");
    let (hourly, some) = settled(HOUR);
    assert!((10 * MINUTE..=2 * HOUR).contains(&hourly), "{hourly}");
    let (monthly, few) = settled(30 * DAY);
    assert!(monthly > 6 * HOUR, "{monthly}");
    assert!(many > some && some > few, "{many} {some} {few}");
}

#[test]
fn what_is_loaded_is_clamped_to_what_can_be_true() {
    let (feed, settings) = (feed(None), settings());
    let planned = |next: Timestamp| FeedState {
        url: feed.url.clone(),
        next_poll: Some(next),
        gap: Some(settings.interval),
        ..FeedState::default()
    };
    let load = |state: &FeedState, now| due_on_load(&feed, Some(state), &settings, 10, now);
    assert_eq!(load(&planned(at(600)), at(0)), at(600), "as planned");
    assert_eq!(load(&planned(at(-600)), at(0)), at(0), "overdue: at once");
    // The clock was put back by a year: within a day and its jitter all the same.
    assert!(load(&planned(at(365 * DAY)), at(0)) <= at(DAY + DAY / 10));
    let held = FeedState { retry_until: Some(at(3 * DAY)), ..planned(at(3 * DAY)) };
    assert_eq!(load(&held, at(0)), at(3 * DAY), "Retry-After is kept");
    // The configuration names another URL now: what the old one asked does not count.
    let elsewhere = FeedState { url: "https://old.example/".to_owned(), ..held };
    assert_eq!(load(&elsewhere, at(0)), at(0));
}

#[test]
fn many_feeds_are_spread_at_a_start_and_few_are_not() {
    let due = |key: &str, feeds: usize| {
        let feed = Feed { key: key.to_owned(), ..feed(None) };
        due_on_load(&feed, None, &settings(), feeds, at(0)).duration_since(at(0)).as_secs()
    };
    let keys: Vec<String> = (0..1000).map(|n| format!("feed-{n}")).collect();
    assert!(keys.iter().all(|key| due(key, 20) == 0));
    let delays: Vec<i64> = keys.iter().map(|key| due(key, 100_000)).collect();
    assert!(delays.iter().all(|delay| *delay <= 15 * MINUTE));
    // Spread evenly: each quarter of the interval gets about a quarter of them.
    for quarter in 0..4 {
        let from = quarter * 15 * MINUTE / 4;
        let count = delays.iter().filter(|delay| (from..from + 15 * MINUTE / 4).contains(*delay)).count();
        assert!((200..300).contains(&count), "{count} of 1000 in quarter {quarter}");
    }
}

proptest! {
    /// Whatever a server says and whatever the clock shows: there is a next poll, not before now.
    #[test]
    fn there_is_always_a_next_poll(
        seconds in any::<i32>(), ttl in any::<Option<u32>>(), hours in any::<u32>(), days in any::<u8>(),
        max_age in any::<Option<u32>>(), retry_after in any::<Option<u32>>(), failures in any::<u32>(),
        new_items in any::<u32>(), fails in any::<bool>(), extreme in 0..3_u8,
    ) {
        let now = match extreme {
            0 => Timestamp::MIN,
            1 => Timestamp::MAX,
            _ => at(i64::from(seconds)),
        };
        let before = FeedState { url: feed(None).url, failures, last_success: Some(at(0)), first_read: Some(at(0)), ..FeedState::default() };
        let outcome = if fails { Outcome::Failed("x".to_owned()) } else { Outcome::Read };
        let facts = PollFacts {
            outcome: &outcome,
            freshness: Freshness { max_age, retry_after },
            pace: Some(Pace { at_least_seconds: ttl, skip_hours: hours, skip_days: days }),
            moved_to: None,
            items: new_items,
            new_items,
        };
        let state = after_poll(&feed(None), Some(&before), &facts, &settings(), now);
        let next = state.next_poll.unwrap();
        prop_assert!(next >= now);
        if retry_after.is_none() && extreme == 2 {
            prop_assert!(next.duration_since(now) <= SignedDuration::from_secs(DAY + DAY / 10));
        }
        let _ = due_on_load(&feed(None), Some(&state), &settings(), 1, now);
    }
}
