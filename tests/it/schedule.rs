//! When feeds are polled, over simulated time.

use jiff::{SignedDuration, Timestamp};
use newswatch::engine::schedule::{
    FeedState, Freshness, Outcome, PollFacts, PollSettings, after_poll, due_on_load, left_alone_until,
};
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
    // A weekend from now is further off than max_interval: once a day all the same.
    assert_eq!(skipping(0, 0b011), at(DAY));
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
    // The clock was put back by a year: within a day all the same.
    assert_eq!(load(&planned(at(365 * DAY)), at(0)), at(DAY));
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

#[test]
fn retry_after_survives_a_restart_however_long_it_is() {
    let (feed, settings) = (feed(None), settings());
    let failed = Outcome::Failed("answered 503".to_owned());
    for days in [1, 31, 40, 366, 20_000] {
        let seconds = u32::try_from(days * DAY).unwrap();
        let facts = PollFacts { freshness: Freshness { retry_after: Some(seconds), max_age: None }, ..facts(&failed) };
        let state = after_poll(&feed, None, &facts, &settings, at(0));
        let load = |now| due_on_load(&feed, Some(&state), &settings, 10, now);
        assert_eq!(load(at(HOUR)), at(days * DAY), "{days} days, as the server asked");
        // The clock was wrong when the server asked; it is as long from now as it was then.
        assert_eq!(load(at(-1000 * DAY)), at((days - 1000) * DAY), "{days} days, the clock put back");
        assert_eq!(load(at(days * DAY + 1)), at(days * DAY + 1), "{days} days, over");
    }
}

#[test]
fn a_restart_moves_no_poll_unless_the_interval_is_shorter_now() {
    let failed = Outcome::Failed("refused".to_owned());
    let read = Outcome::Read;
    let pace = Some(Pace { at_least_seconds: Some(2 * 3600), ..Pace::default() });
    let at_night = Some(Pace { skip_hours: 0b1111_1111, ..Pace::default() });
    let fresh = Freshness { max_age: Some(2 * 3600), retry_after: None };
    let (before, after) = (feed(Some(10 * MINUTE)), feed(Some(MINUTE)));
    for (what, facts, sooner) in [
        ("its own gap", facts(&read), true),
        ("ttl", PollFacts { pace, ..facts(&read) }, false),
        ("skipHours", PollFacts { pace: at_night, ..facts(&read) }, false),
        ("max-age", PollFacts { freshness: fresh, ..facts(&read) }, false),
        ("a failure", facts(&failed), false),
    ] {
        let state = after_poll(&before, None, &facts, &settings(), at(0));
        let planned = state.next_poll.unwrap();
        for minutes in 0..10 {
            let now = at(minutes * MINUTE);
            assert_eq!(due_on_load(&before, Some(&state), &settings(), 1000, now), planned, "{what}");
            let due = due_on_load(&after, Some(&state), &settings(), 1000, now);
            let latest = if sooner { planned.min(at(minutes * MINUTE + MINUTE + MINUTE / 10)) } else { planned };
            assert!(due <= latest && (sooner || due == planned), "{what}: {due}, planned {planned}");
        }
    }
}

/// Polls a feed for so many days; each poll's facts are what `answer` says of its time,
/// in seconds since the start. The times of the polls.
fn simulate(
    feed: &Feed,
    settings: &PollSettings,
    days: i64,
    mut answer: impl FnMut(i64, &mut PollFacts<'_>),
) -> Vec<i64> {
    let mut state: Option<FeedState> = None;
    let (mut now, mut polls) = (0, Vec::new());
    while now < days * DAY {
        let read = Outcome::Read;
        let mut facts = PollFacts { items: 20, ..facts(&read) };
        answer(now, &mut facts);
        let next = after_poll(feed, state.as_ref(), &facts, settings, at(now));
        polls.push(now);
        now = next.next_poll.unwrap().duration_since(at(0)).as_secs();
        state = Some(next);
    }
    polls
}

fn gaps(polls: &[i64]) -> Vec<i64> {
    polls.windows(2).map(|pair| pair[1] - pair[0]).collect()
}

#[test]
fn no_gap_of_weeks_is_longer_than_allowed_or_shorter_than_asked() {
    let hour = settings().max_interval.as_secs() / 24;
    let pace = |seconds: u32| Pace { at_least_seconds: Some(seconds), ..Pace::default() };
    // fixed interval, what the document and the server ask for, the shortest and the longest gap
    for (interval, ttl, max_age, least, most) in [
        (None, None, None, 15 * MINUTE, DAY),
        (Some(MINUTE), None, None, MINUTE, MINUTE + 6),
        (Some(MINUTE), Some(3600), None, hour, hour + 6),
        (Some(MINUTE), None, Some(7200), 2 * hour, 2 * hour + 6),
        (Some(DAY), None, None, DAY, DAY),
        (Some(3 * DAY), None, None, 3 * DAY, 3 * DAY),
        (None, Some(30 * 86_400), None, DAY, DAY),
        (None, None, Some(u32::MAX), DAY, DAY),
        (None, Some(23 * 3600), None, 23 * hour, DAY),
    ] {
        let polls = simulate(&feed(interval), &settings(), 28, |_, facts| {
            facts.pace = ttl.map(pace);
            facts.freshness.max_age = max_age;
        });
        for gap in gaps(&polls) {
            assert!((least..=most).contains(&gap), "{interval:?} {ttl:?} {max_age:?}: {gap} s");
        }
    }
}

#[test]
fn nights_and_weekends_are_left_alone_for_weeks() {
    let is_night = |now: i64| now % DAY < 6 * HOUR;
    // Monday is the first day.
    let is_weekend = |now: i64| now % (7 * DAY) >= 5 * DAY;
    let three_days = PollSettings { max_interval: SignedDuration::from_hours(72), ..settings() };
    for (settings, hours, days) in [(settings(), 0b11_1111, 0), (three_days, 0b11_1111, 0b110_0000)] {
        let pace = Pace { skip_hours: hours, skip_days: days, at_least_seconds: None };
        let polls = simulate(&feed(Some(10 * MINUTE)), &settings, 28, |_, facts| facts.pace = Some(pace));
        // The first poll cannot know.
        assert!(polls[1..].iter().all(|now| !is_night(*now)), "{polls:?}");
        assert!(days == 0 || polls[1..].iter().all(|now| !is_weekend(*now)), "{polls:?}");
        assert!(polls.len() > 28 * 5 / 7 * 90, "and by day it is polled: {} times", polls.len());
    }
    // Where max_interval is shorter than a weekend, it is polled once a day.
    let pace = Pace { skip_days: 0b110_0000, ..Pace::default() };
    let polls = simulate(&feed(Some(10 * MINUTE)), &settings(), 28, |_, facts| facts.pace = Some(pace));
    let weekends = polls.iter().filter(|now| is_weekend(**now)).count();
    assert!((4..=8).contains(&weekends), "{weekends} polls in four weekends");
    assert!(gaps(&polls).iter().all(|gap| *gap <= DAY));
}

#[test]
fn an_item_waits_no_longer_for_a_feed_that_sleeps_at_night() {
    // An item each five minutes from 8 to 20 o'clock, none at night.
    let published = |now: i64| {
        let (days, rest) = (now / DAY, now % DAY);
        days * 144 + ((rest - 8 * HOUR).clamp(0, 12 * HOUR) / (5 * MINUTE))
    };
    let mut last = 0;
    let polls = simulate(&feed(None), &settings(), 28, |now, facts| {
        facts.new_items = u32::try_from(published(now) - published(last)).unwrap();
        last = now;
    });
    let gaps = gaps(&polls);
    let week = &gaps[gaps.len() / 2..];
    assert!(week.iter().all(|gap| *gap <= 20 * MINUTE), "what was learnt by day outlasts a night: {week:?}");
}

#[test]
fn a_storm_that_ends_is_forgotten_within_days() {
    // A day of a breaking story, an item a minute; then one item a day.
    let polls = simulate(&feed(None), &settings(), 15, |now, facts| {
        facts.new_items = if now < DAY { 5 } else { u32::from(now % DAY < 30 * MINUTE) };
    });
    let gap_after = |day: i64| gaps(&polls)[polls.iter().position(|now| *now >= day * DAY).unwrap()];
    assert!(gap_after(1) <= 10 * MINUTE, "{}", gap_after(1));
    assert!(gap_after(10) >= HOUR, "{}", gap_after(10));
}

#[test]
fn feeds_that_fail_together_do_not_come_back_together() {
    // The network is down for two days; a thousand feeds have been asked at the same second.
    let failed = Outcome::Failed("no route".to_owned());
    let mut due: Vec<i64> = (0..1000)
        .map(|number| {
            let feed = Feed { key: format!("feed-{number}"), ..feed(None) };
            let (mut state, mut now) = (None, 0);
            while now < 2 * DAY {
                let next = after_poll(&feed, state.as_ref(), &facts(&failed), &settings(), at(now));
                now = next.next_poll.unwrap().duration_since(at(0)).as_secs();
                state = Some(next);
            }
            now
        })
        .collect();
    due.sort_unstable();
    let most =
        (0..due.len()).map(|first| due[first..].iter().take_while(|at| **at < due[first] + MINUTE).count()).max();
    assert!(most <= Some(50), "{most:?} of 1000 feeds within a minute");
}

#[test]
fn an_outage_of_72_hours_costs_few_polls_and_the_feed_comes_back() {
    let (feed, settings) = (feed(None), settings());
    let (failed, read) = (Outcome::Failed("no answer".to_owned()), Outcome::Read);
    let mut state: Option<FeedState> = None;
    let (mut now, mut polls) = (0, 0);
    while now < 3 * DAY {
        let next = after_poll(&feed, state.as_ref(), &facts(&failed), &settings, at(now));
        now = next.next_poll.unwrap().duration_since(at(0)).as_secs();
        state = Some(next);
        polls += 1;
    }
    assert!((8..=12).contains(&polls), "{polls} polls in 72 hours");
    assert!(now <= 4 * DAY + DAY / 10, "it is asked again within a day");
    let back = after_poll(&feed, state.as_ref(), &facts(&read), &settings, at(now));
    check_wait(back.next_poll.unwrap().duration_since(at(now)).as_secs(), 15 * MINUTE, 15 * MINUTE);
}

proptest! {
    /// After a restart with the clock set by minutes to years, no feed waits longer than it may, and
    /// none is asked before a `Retry-After` of the clock's own time.
    #[test]
    fn a_clock_that_was_set_between_two_runs_stops_no_feed(
        set in -200_000_000..200_000_000_i64, asked in prop::option::of(1..5 * 86_400_u32), failures in 0..40_u32,
    ) {
        let before = FeedState { url: feed(None).url, failures, ..FeedState::default() };
        let outcome = if failures > 0 { Outcome::Failed("x".to_owned()) } else { Outcome::Read };
        let facts = PollFacts { freshness: Freshness { max_age: None, retry_after: asked }, ..facts(&outcome) };
        let state = after_poll(&feed(None), Some(&before), &facts, &settings(), at(0));
        let now = at(set);
        let due = due_on_load(&feed(None), Some(&state), &settings(), 1, now);
        let until = left_alone_until(&feed(None), &state, now);
        prop_assert!(due >= now);
        prop_assert!(until.is_none_or(|until| due >= until));
        let latest = now + SignedDuration::from_secs(DAY + DAY / 10);
        prop_assert!(due <= until.map_or(latest, |until| latest.max(until)), "due {due}, now {now}");
    }

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
            prop_assert!(next.duration_since(now) <= SignedDuration::from_secs(DAY));
        }
        let _ = due_on_load(&feed(None), Some(&state), &settings(), 1, now);
    }
}
