//! When a delivery is tried again, and when a sink is left alone, with time and
//! chance as values.

use jiff::SignedDuration;
use newswatch::engine::retry::{Attempt, Breaker, Closed, Next, Permit, backoff, next_attempt};
use proptest::prelude::*;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_hours(1);
const DAYS: Duration = Duration::from_hours(72);

/// A delivery that may take three days.
fn attempt(attempts: u32, retry_after: Option<Duration>) -> Attempt {
    let age = SignedDuration::ZERO;
    Attempt { attempts, age, max_age: Some(SignedDuration::from_hours(72)), retry_after }
}

/// It, so many seconds after its commit.
fn aged(attempt: Attempt, seconds: i64) -> Attempt {
    Attempt { age: SignedDuration::from_secs(seconds), ..attempt }
}

#[test]
fn the_ceiling_of_the_backoff_doubles_up_to_an_hour() {
    for (attempts, ceiling) in
        [(0, 1), (1, 1), (2, 2), (3, 4), (4, 8), (11, 1024), (12, 2048), (13, 3600), (u32::MAX, 3600)]
    {
        let ceiling = Duration::from_secs(ceiling);
        assert_eq!(backoff(attempts, 1.0), ceiling, "{attempts}");
        assert_eq!(backoff(attempts, 0.5), ceiling / 2, "{attempts}");
        assert_eq!(backoff(attempts, 0.0), Duration::ZERO, "{attempts}");
    }
    for odd in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -1.0, 2.0] {
        assert!(backoff(3, odd) <= 4 * SECOND, "{odd}");
    }
}

#[test]
fn a_delivery_is_tried_again_until_its_time_is_up() {
    let days = 72 * 3600;
    for (what, attempt, now, expect) in [
        ("the first time", attempt(1, None), 1, Next::Retry(SECOND)),
        ("later", attempt(20, None), 3600, Next::Retry(HOUR)),
        ("what is asked is obeyed", attempt(1, Some(7 * HOUR)), 1, Next::Retry(7 * HOUR)),
        ("at once, too", attempt(20, Some(Duration::ZERO)), 3600, Next::Retry(Duration::ZERO)),
        ("the last one at the end", attempt(20, None), days - 60, Next::Retry(60 * SECOND)),
        ("then no more", attempt(20, None), days, Next::Dead),
        ("nor after that", attempt(20, None), 10 * days, Next::Dead),
        ("asked for beyond the end", attempt(1, Some(DAYS)), 1, Next::Dead),
        ("asked for up to the end", attempt(1, Some(DAYS)), 0, Next::Retry(DAYS)),
        ("a clock that was put back", attempt(1, None), -days, Next::Retry(SECOND)),
        ("one that may wait for ever", Attempt { max_age: None, ..attempt(20, None) }, 100 * days, Next::Retry(HOUR)),
    ] {
        assert_eq!(next_attempt(&aged(attempt, now), 1.0), expect, "{what}");
    }
}

/// What happens to a breaker, in order.
#[derive(Debug, Clone, Copy)]
enum Step {
    /// At this second, leave is given.
    Asks(u64, Permit),
    /// At this second, it is not before another one.
    Waits(u64, u64),
    /// A probe is under way.
    Probing(u64),
    /// An attempt fails; whether that opens it.
    Fails(u64, Permit, bool),
    /// An attempt is answered; whether that closes it.
    Answers(bool),
    Abandons,
    /// It is held from now until then.
    Holds(u64),
}

use Step::{Abandons, Answers, Asks, Fails, Holds, Probing, Waits};

fn check(steps: &[Step]) {
    let mut breaker = Breaker::default();
    for (line, step) in steps.iter().enumerate() {
        let at = Duration::from_secs;
        match *step {
            Asks(now, permit) => assert_eq!(breaker.ask(at(now)), Ok(permit), "line {line}"),
            Waits(now, until) => assert_eq!(breaker.ask(at(now)), Err(Closed::Until(at(until))), "line {line}"),
            Probing(now) => assert_eq!(breaker.ask(at(now)), Err(Closed::Probing), "line {line}"),
            Fails(now, permit, opens) => assert_eq!(breaker.failed(permit, at(now)), opens, "line {line}"),
            Answers(closes) => assert_eq!(breaker.answered(), closes, "line {line}"),
            Abandons => breaker.abandoned(Permit::Probe),
            Holds(until) => breaker.hold(at(until)),
        }
    }
}

const FIVE_FAILURES: [Step; 5] = [
    Fails(0, Permit::Normal, false),
    Fails(0, Permit::Normal, false),
    Fails(0, Permit::Normal, false),
    Fails(0, Permit::Normal, false),
    Fails(0, Permit::Normal, true),
];

fn opened(steps: &[Step]) -> Vec<Step> {
    [&FIVE_FAILURES[..], steps].concat()
}

#[test]
fn five_failures_in_a_row_open_a_breaker() {
    check(&opened(&[Waits(0, 1), Asks(1, Permit::Probe), Probing(1), Answers(true), Asks(1, Permit::Normal)]));
    let four = &FIVE_FAILURES[..4];
    check(&[four, &[Answers(false)], four, &[Asks(0, Permit::Normal)]].concat());
}

#[test]
fn the_gap_between_probes_doubles_up_to_a_minute() {
    let mut steps = opened(&[]);
    let mut now = 1;
    for gap in [2, 4, 8, 16, 32, 60, 60] {
        steps.extend([Asks(now, Permit::Probe), Fails(now, Permit::Probe, false), Waits(now, now + gap)]);
        now += gap;
    }
    // After an answer it begins anew.
    steps.extend([Asks(now, Permit::Probe), Answers(true)]);
    check(&[steps, opened(&[Waits(0, 1)])].concat());
}

#[test]
fn what_was_under_way_when_it_opened_says_nothing_new() {
    check(&opened(&[
        Fails(5, Permit::Normal, false),
        Waits(0, 1),
        Asks(1, Permit::Probe),
        Fails(1, Permit::Normal, false),
        Probing(1),
    ]));
}

#[test]
fn a_probe_that_is_abandoned_is_made_again() {
    check(&opened(&[Asks(1, Permit::Probe), Abandons, Asks(1, Permit::Probe)]));
}

#[test]
fn a_sink_that_asks_to_be_left_alone_is() {
    check(&[Holds(30), Waits(0, 30), Waits(29, 30), Asks(30, Permit::Normal)]);
    // A hold is never shortened, and an answer that was under way does not end it.
    check(&[Holds(30), Holds(10), Answers(false), Waits(10, 30), Asks(30, Permit::Normal)]);
    check(&opened(&[Holds(30), Waits(1, 30), Asks(30, Permit::Probe)]));
}

proptest! {
    /// Whatever comes: a delivery is tried again within its time, or is dead.
    #[test]
    fn no_retry_lies_beyond_the_end(
        attempts in any::<u32>(), now in -1_000_000..1_000_000_i64, random in any::<f64>(),
        asked in prop::option::of(any::<u32>()),
    ) {
        let attempt = attempt(attempts, asked.map(|seconds| Duration::from_secs(seconds.into())));
        match next_attempt(&aged(attempt, now), random) {
            Next::Dead => prop_assert!(now >= 72 * 3600 || asked.is_some()),
            Next::Retry(delay) => {
                // Not before its commit, where the clock was put back.
                let age = SignedDuration::from_secs(now.max(0));
                prop_assert!(age + SignedDuration::try_from(delay).unwrap() <= SignedDuration::from_hours(72));
            }
        }
    }
}
