//! Whose turn it is, with time as a value.

use super::*;
use newswatch::fetch::{Hosts, Next, host_key};
use proptest::prelude::*;
use std::time::Instant;

/// Time in milliseconds from a start that the test never reads.
#[derive(Clone, Copy)]
struct Clock(Instant);

impl Clock {
    #[expect(clippy::disallowed_methods, reason = "a start to count from; its value is of no account")]
    fn new() -> Self {
        Self(Instant::now())
    }

    fn at(self, ms: u64) -> Instant {
        self.0 + Duration::from_millis(ms)
    }
}

const GAP: Duration = Duration::from_secs(1);

/// What happens, in order; each line of a table.
#[derive(Clone, Copy)]
enum Step {
    /// A feed of a host falls due.
    Due(&'static str, u32),
    /// It is not taken: the host is held until then.
    Held(&'static str, u32, u64),
    /// This feed is asked.
    Asks(u32),
    /// Nothing before this time.
    At(u64),
    /// Nothing until something happens.
    Waits,
    /// A request to a host ends.
    Done(&'static str),
    /// A host is held for so long; these feeds come back.
    Hold(&'static str, u64, &'static [u32]),
    /// Time goes on to this.
    Now(u64),
}

use Step::{Asks, At, Done, Due, Held, Hold as Holds, Now, Waits};

fn check(concurrency: usize, per_host: usize, gap: Duration, steps: &[Step]) -> Hosts<u32> {
    let clock = Clock::new();
    let mut hosts = Hosts::new(concurrency, per_host, gap);
    let mut now = clock.at(0);
    for (line, step) in steps.iter().enumerate() {
        match *step {
            Due(host, feed) => assert_eq!(hosts.due(host, feed, now), Ok(()), "line {line}"),
            Held(host, feed, until) => assert_eq!(hosts.due(host, feed, now), Err(clock.at(until)), "line {line}"),
            Asks(expected) => match hosts.next(now) {
                Next::Ask { feed, .. } => assert_eq!(feed, expected, "line {line}"),
                other => panic!("line {line}: {other:?}"),
            },
            At(until) => assert_eq!(hosts.next(now), Next::At(clock.at(until)), "line {line}"),
            Waits => assert_eq!(hosts.next(now), Next::Wait, "line {line}"),
            Done(host) => hosts.done(host, now),
            Holds(host, wait, expected) => {
                let hold = Hold { host: host.to_owned(), wait: Duration::from_millis(wait) };
                assert_eq!(hosts.hold(&hold, now).feeds, expected, "line {line}");
            }
            Now(at) => now = clock.at(at),
        }
    }
    hosts
}

#[test]
fn a_host_is_asked_one_feed_at_a_time_with_a_gap() {
    check(
        64,
        1,
        GAP,
        &[
            Due("a", 1),
            Due("a", 2),
            Due("a", 3),
            Asks(1),
            At(1000), // to no avail, as long as the request is in flight
            Now(1500),
            Waits,
            Done("a"),
            At(2500),
            Now(2499),
            At(2500),
            Now(2500),
            Asks(2),
            Now(2600),
            Done("a"),
            At(3500), // the first of two reasons to wait; the second follows
            Now(3500),
            At(3600),
            Now(3600),
            Asks(3),
        ],
    );
}

#[test]
fn hosts_take_turns() {
    check(
        64,
        1,
        Duration::ZERO,
        &[
            Due("a", 1),
            Due("a", 2),
            Due("a", 3),
            Due("b", 4),
            Due("b", 5),
            Due("c", 6),
            Asks(1),
            Asks(4),
            Asks(6),
            Waits,
            Done("b"),
            Done("a"),
            Asks(5),
            Asks(2),
            Waits,
        ],
    );
}

#[test]
fn more_requests_to_one_host_where_allowed() {
    check(64, 2, Duration::ZERO, &[Due("a", 1), Due("a", 2), Due("a", 3), Asks(1), Asks(2), Waits, Done("a"), Asks(3)]);
    check(64, 2, GAP, &[Due("a", 1), Due("a", 2), Asks(1), At(1000), Now(1000), Asks(2)]);
}

#[test]
fn the_pool_is_for_hosts_that_may_be_asked() {
    // Host `a` hangs; its other feeds take none of the two places.
    check(
        2,
        1,
        GAP,
        &[
            Due("a", 1),
            Due("a", 2),
            Due("a", 3),
            Due("b", 4),
            Due("c", 5),
            Asks(1),
            Asks(4),
            Waits,
            Done("b"),
            Asks(5),
            Done("c"),
            Now(9000),
            Waits,
            Due("d", 6),
            Asks(6),
        ],
    );
}

#[test]
fn a_hold_sends_the_feeds_of_its_host_away() {
    check(
        64,
        1,
        Duration::ZERO,
        &[
            Due("a", 1),
            Due("a", 2),
            Due("a", 3),
            Due("b", 4),
            Asks(1),
            Done("a"),
            Holds("a", 60_000, &[2, 3]),
            Asks(4),
            Held("a", 2, 60_000),
            Holds("a", 10, &[]), // never shortened
            Held("a", 2, 60_000),
            Holds("a", 90_000, &[]),
            Now(60_000),
            Held("a", 2, 90_000),
            Now(90_000),
            Due("a", 2),
            Due("a", 3),
            Asks(2),
            Waits,
        ],
    );
}

#[test]
fn a_host_may_be_held_that_was_never_asked() {
    check(64, 1, GAP, &[Holds("a", 500, &[]), Held("a", 1, 500), Waits, Now(500), Due("a", 1), Asks(1)]);
}

#[test]
fn what_is_done_twice_counts_once() {
    check(
        1,
        1,
        Duration::ZERO,
        &[Due("a", 1), Asks(1), Due("b", 2), Waits, Done("a"), Done("a"), Done("x"), Asks(2), Due("c", 3), Waits],
    );
}

#[test]
fn a_reload_forgets_feeds_but_not_hosts() {
    let clock = Clock::new();
    let mut hosts =
        check(64, 1, GAP, &[Due("a", 1), Due("a", 2), Due("b", 3), Due("c", 4), Asks(1), Holds("c", 5000, &[4])]);
    hosts.clear();
    assert_eq!((hosts.in_flight(), hosts.remembered()), (1, 2));
    hosts.done("a", clock.at(2000));
    assert_eq!(hosts.in_flight(), 0);
    assert!(hosts.due("c", 9, clock.at(2000)).is_err());
}

#[test]
fn idle_hosts_take_no_memory() {
    let clock = Clock::new();
    let mut hosts = Hosts::new(1000, 1, GAP);
    for feed in 0..1000_u32 {
        hosts.due(&format!("host-{feed}"), feed, clock.at(0)).expect("not held");
    }
    while let Next::Ask { host, .. } = hosts.next(clock.at(0)) {
        hosts.done(&host, clock.at(0));
    }
    assert_eq!(hosts.remembered(), 1000, "their gaps are to be kept");
    assert_eq!(hosts.next(clock.at(1000)), Next::Wait);
    assert_eq!((hosts.remembered(), hosts.in_flight()), (0, 0));
}

#[test]
fn other_limits_hold_from_the_next_request_on() {
    let clock = Clock::new();
    let mut hosts = check(1, 1, GAP, &[Due("a", 1), Due("a", 2), Due("b", 3), Asks(1), Waits]);
    hosts.limit(2, 2, Duration::ZERO);
    assert!(matches!(hosts.next(clock.at(0)), Next::Ask { feed: 3, .. }));
    assert!(matches!(hosts.next(clock.at(5000)), Next::Wait), "the pool is full");
    hosts.done("b", clock.at(5000));
    assert!(matches!(hosts.next(clock.at(5000)), Next::Ask { feed: 2, .. }));
}

#[test]
fn limits_of_nothing_count_as_one() {
    check(0, 0, Duration::ZERO, &[Due("a", 1), Asks(1), Due("b", 2), Waits]);
}

#[test]
fn a_host_is_host_and_port() {
    for (url, expected) in [
        ("http://example.org/feed", "example.org:80"),
        ("https://example.org/feed", "example.org:443"),
        ("https://EXAMPLE.org:443/other?x=1", "example.org:443"),
        ("http://example.org:8080/", "example.org:8080"),
        ("http://example.org./", "example.org:80"),
        ("http://[::1]:81/", "[::1]:81"),
        ("http://bücher.example/", "xn--bcher-kva.example:80"),
    ] {
        assert_eq!(host_key(&Location::Url(Url::parse(url).expect("a URL"))), expected, "{url}");
    }
    assert_eq!(host_key(&Location::File("/feeds/a.xml".into())), "file:/feeds/a.xml");
}

/// One random event: a feed falls due, a request ends, or time goes on.
#[derive(Debug, Clone, Copy)]
enum Event {
    Due(usize),
    Done(usize),
    Pass(u64),
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        4 => (0..NAMES.len()).prop_map(Event::Due),
        2 => any::<usize>().prop_map(Event::Done),
        2 => (0..1500_u64).prop_map(Event::Pass),
    ]
}

const NAMES: [&str; 4] = ["a", "b", "c", "d"];

proptest! {
    /// Whatever happens: no limit is exceeded, no gap is cut short, each host's
    /// feeds are asked in order, and all of them are asked in the end.
    #[test]
    fn limits_hold_and_every_feed_is_asked(
        concurrency in 1..4_usize,
        per_host in 1..3_usize,
        events in prop::collection::vec(event(), 0..80),
    ) {
        let clock = Clock::new();
        let mut hosts = Hosts::new(concurrency, per_host, GAP);
        let (mut now, mut due, mut running) = (0, Vec::new(), Vec::new());
        let mut asked: Vec<Vec<usize>> = vec![Vec::new(); NAMES.len()];
        let mut rested = [None; NAMES.len()];
        // At the end everything that runs ends, again and again, until nothing is left.
        let ending = std::iter::repeat_n([Event::Done(0), Event::Pass(1000)], 300).flatten();
        for event in events.into_iter().chain(ending) {
            match event {
                Event::Due(host) => {
                    hosts.due(NAMES[host], due.len(), clock.at(now)).expect("not held");
                    due.push(host);
                }
                Event::Done(pick) if !running.is_empty() => {
                    let host: usize = running.remove(pick % running.len());
                    hosts.done(NAMES[host], clock.at(now));
                    rested[host] = Some(now + 1000);
                }
                Event::Done(_) => {}
                Event::Pass(ms) => now += ms,
            }
            while let Next::Ask { feed, host } = hosts.next(clock.at(now)) {
                let host = NAMES.iter().position(|name| **name == *host).expect("one of ours");
                prop_assert_eq!(due[feed], host);
                prop_assert!(rested[host].is_none_or(|until| until <= now), "the gap of {}", host);
                rested[host] = Some(now + 1000);
                asked[host].push(feed);
                running.push(host);
                prop_assert!(running.len() <= concurrency);
                prop_assert!(running.iter().filter(|other| **other == host).count() <= per_host);
            }
        }
        prop_assert_eq!(hosts.next(clock.at(now)), Next::Wait);
        prop_assert_eq!((hosts.in_flight(), hosts.remembered()), (0, 0));
        for (host, asked) in asked.iter().enumerate() {
            let expected: Vec<_> = (0..due.len()).filter(|feed| due[*feed] == host).collect();
            prop_assert_eq!(asked, &expected);
        }
    }
}
