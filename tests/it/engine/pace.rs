//! How a sink is spared: what passes, what is collected, and when the digest is made.

use jiff::{SignedDuration, Timestamp};
use newswatch::engine::pace::{Admission, Pace, Passed};

fn at(minutes: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + minutes * 60).unwrap()
}

fn minutes(minutes: i64) -> SignedDuration {
    SignedDuration::from_mins(minutes)
}

/// `since` and `limiting` are minutes, so is what is expected: `None`, it passes; else when
/// the digest is made. It is minute 0.
fn check(digest: Option<i64>, limit: Option<u32>, since: Option<i64>, limiting: Option<i64>, expected: Option<i64>) {
    let pace = Pace { digest: digest.map(minutes), max_per_hour: limit };
    let passed = Passed { collecting_since: since.map(at), limiting: limiting.map(at) };
    let admission = expected.map_or(Admission::Pass, |when| Admission::Collect(at(when)));
    assert_eq!(pace.admit(passed, at(0)), admission, "{pace:?} {passed:?}");
}

#[test]
fn without_a_pace_everything_passes() {
    check(None, None, None, None, None);
    assert!(Pace::default().is_free());
}

#[test]
fn a_digest_collects_from_the_first_alert_on() {
    check(Some(10), None, None, None, Some(10));
    check(Some(10), None, Some(-4), None, Some(6));
    // The window is over and not yet closed.
    check(Some(10), None, Some(-11), None, Some(0));
    // The clock was put back: no longer than one window.
    check(Some(10), None, Some(600), None, Some(10));
}

#[test]
fn a_limit_collects_what_is_beyond_it_until_the_hour_allows() {
    check(None, Some(3), None, None, None);
    check(None, Some(3), None, Some(-60), None);
    check(None, Some(3), None, Some(-59), Some(1));
    check(None, Some(3), None, Some(0), Some(60));
    // What comes while others wait must not overtake them.
    check(None, Some(3), Some(-5), Some(-60), Some(0));
    // Of another poll a moment ago; then of a clock that was put back, for an hour at most or not at all.
    check(None, Some(3), None, Some(1), Some(60));
    check(None, Some(3), None, Some(59), Some(60));
    check(None, Some(3), None, Some(60), None);
}

#[test]
fn a_digest_waits_for_the_limit_too() {
    check(Some(10), Some(3), Some(-4), Some(-20), Some(40));
    check(Some(10), Some(3), Some(-4), Some(-58), Some(6));
}

#[test]
fn no_time_overflows() {
    let pace = Pace { digest: Some(SignedDuration::MAX), max_per_hour: Some(1) };
    for (since, now) in [(Timestamp::MIN, Timestamp::MAX), (Timestamp::MAX, Timestamp::MIN)] {
        let passed = Passed { collecting_since: Some(since), limiting: Some(since) };
        let _ = (pace.left(passed, now), pace.admit(passed, now));
    }
}
