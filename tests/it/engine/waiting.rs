//! Retries, the breaker and the steady clock, over days of simulated time: 72 hours
//! of outage, clocks that jump. No flood, nothing early, nothing lost inside `max_age`.

use jiff::{SignedDuration, Timestamp};
use newswatch::engine::retry::{Attempt, Breaker, Closed, Next, Permit, next_attempt};
use newswatch::engine::steady::Steady;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

fn signed(span: Duration) -> SignedDuration {
    span.try_into().unwrap()
}

/// What a destination answers.
#[derive(Debug, Clone, Copy)]
enum Answer {
    Takes,
    Fails,
    /// With a `Retry-After`; of the whole sink, where it holds.
    Asks {
        after: Duration,
        hold: bool,
    },
}

/// What a destination answers at a time.
type Sink = fn(Duration) -> Answer;

/// A delivery as the store has it.
#[derive(Debug, Clone, Copy)]
struct Delivery {
    queued: Timestamp,
    due: Timestamp,
    attempts: u32,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Waits,
    InFlight { ends: Duration, permit: Permit },
    Arrived,
    Dead,
}

/// One sink, its worker and the store, in a time of its own.
struct World {
    /// Monotonic.
    now: Duration,
    steady: Steady,
    /// When the wall clock is set, and by how much.
    jumps: Vec<(Duration, SignedDuration)>,
    /// How wrong the wall clock is.
    wrong: SignedDuration,
    deliveries: Vec<Delivery>,
    hold: Timestamp,
    breaker: Breaker,
    max_age: Option<Duration>,
    sink: Sink,
    chance: u64,
    /// When which delivery was tried.
    tried: Vec<(Duration, usize)>,
    arrived: BTreeMap<usize, Duration>,
    dead: BTreeMap<usize, Duration>,
}

/// Requests at once, and how long each takes.
const CONCURRENCY: usize = 4;
const LATENCY: Duration = Duration::from_millis(40);

impl World {
    fn new(sink: Sink, max_age: Option<Duration>) -> Self {
        let begin: Timestamp = "2026-11-24T02:15:04Z".parse().unwrap();
        Self {
            now: Duration::ZERO,
            steady: Steady::new(begin, Duration::ZERO),
            jumps: Vec::new(),
            wrong: SignedDuration::ZERO,
            deliveries: Vec::new(),
            hold: Timestamp::MIN,
            breaker: Breaker::default(),
            max_age,
            sink,
            chance: 7,
            tried: Vec::new(),
            arrived: BTreeMap::new(),
            dead: BTreeMap::new(),
        }
    }

    /// So many deliveries more.
    fn queue(&mut self, count: usize) {
        let now = self.steady.now(self.now);
        let delivery = Delivery { queued: now, due: now, attempts: 0, state: State::Waits };
        self.deliveries.extend(std::iter::repeat_n(delivery, count));
    }

    /// Goes on until a time, from one event to the next.
    fn run(&mut self, until: Duration) {
        while self.now < until {
            self.follow_clock();
            self.end_attempts();
            self.expire();
            let wake = self.begin();
            let ends = self.deliveries.iter().filter_map(|it| match it.state {
                State::InFlight { ends, .. } => Some(ends),
                _ => None,
            });
            // The wall clock is looked at each second; whether it jumped counts only then.
            let looks = (!self.jumps.is_empty()).then(|| next(self.now, SECOND));
            let expires = self.max_age.map(|_| next(self.now, MINUTE));
            let events = ends.chain(wake).chain(looks).chain(expires);
            self.now = events.chain([until]).min().unwrap().max(self.now + Duration::from_millis(1)).min(until);
        }
    }

    /// As `housekeeping` does.
    fn follow_clock(&mut self) {
        let now = self.now;
        self.wrong += self.jumps.iter().filter(|(at, _)| *at <= now).map(|(_, by)| *by).sum::<SignedDuration>();
        self.jumps.retain(|(at, _)| *at > now);
        if self.now.subsec_nanos() != 0 {
            return;
        }
        let begin: Timestamp = "2026-11-24T02:15:04Z".parse().unwrap();
        let wall = begin + signed(self.now) + self.wrong;
        if let Some(by) = self.steady.jump(wall, self.now) {
            for delivery in &mut self.deliveries {
                delivery.due += by;
                delivery.queued += by;
            }
            self.hold = self.hold.checked_add(by).unwrap_or(self.hold);
            self.steady.shift(by);
        }
    }

    fn expire(&mut self) {
        if let Some(max_age) = self.max_age.filter(|_| self.now.as_millis().is_multiple_of(MINUTE.as_millis())) {
            let now = self.steady.now(self.now);
            for (ix, delivery) in self.deliveries.iter_mut().enumerate() {
                if delivery.state == State::Waits && now.duration_since(delivery.queued) > signed(max_age) {
                    delivery.state = State::Dead;
                    self.dead.insert(ix, self.now);
                }
            }
        }
    }

    /// As the worker of a sink does; when to look again.
    fn begin(&mut self) -> Option<Duration> {
        let in_flight = self.deliveries.iter().filter(|it| matches!(it.state, State::InFlight { .. })).count();
        let free = CONCURRENCY - in_flight;
        if free == 0 {
            return None;
        }
        let permit = match self.breaker.ask(self.now) {
            Ok(permit) => permit,
            Err(Closed::Until(at)) => return Some(at),
            Err(Closed::Probing) => return None,
        };
        let limit = if permit == Permit::Probe { 1 } else { free };
        let now = self.steady.now(self.now);
        let due = |it: &Delivery| it.state == State::Waits && it.due <= now && self.hold <= now;
        let claimed: Vec<usize> =
            (0..self.deliveries.len()).filter(|ix| due(&self.deliveries[*ix])).take(limit).collect();
        if claimed.is_empty() {
            self.breaker.abandoned(permit);
        }
        for ix in &claimed {
            self.deliveries[*ix].state = State::InFlight { ends: self.now + LATENCY, permit };
            self.tried.push((self.now, *ix));
        }
        if claimed.len() == free || permit == Permit::Probe && !claimed.is_empty() {
            return None;
        }
        let waiting = self.deliveries.iter().filter(|it| it.state == State::Waits);
        let next = waiting.map(|it| it.due.max(self.hold)).min()?;
        let delay = Duration::try_from(next.duration_since(now)).unwrap_or_default();
        Some(self.now + delay.max(Duration::from_millis(20)))
    }

    fn end_attempts(&mut self) {
        for ix in 0..self.deliveries.len() {
            let State::InFlight { ends, permit } = self.deliveries[ix].state else { continue };
            if ends > self.now {
                continue;
            }
            self.deliveries[ix].attempts += 1;
            let (after, hold) = match (self.sink)(self.now) {
                Answer::Takes => {
                    self.deliveries[ix].state = State::Arrived;
                    assert_eq!(self.arrived.insert(ix, self.now), None, "it arrived twice");
                    if self.breaker.answered() {
                        let now = self.steady.now(self.now);
                        let waiting = self.deliveries.iter_mut().filter(|it| it.state == State::Waits);
                        waiting.for_each(|it| it.due = it.due.min(now));
                    }
                    continue;
                }
                Answer::Fails => (None, false),
                Answer::Asks { after, hold } => (Some(after), hold),
            };
            self.breaker.failed(permit, self.now);
            let now = self.steady.now(self.now);
            if let Some(after) = after.filter(|_| hold) {
                self.breaker.hold(self.now + after);
                self.hold = now + signed(after);
            }
            let delivery = &mut self.deliveries[ix];
            let attempt = Attempt {
                attempts: delivery.attempts,
                age: now.duration_since(delivery.queued),
                max_age: self.max_age.map(signed),
                retry_after: after,
            };
            self.chance = self.chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            #[expect(clippy::cast_precision_loss, reason = "any number from 0 to 1 will do")]
            let random = (self.chance >> 11) as f64 / (1_u64 << 53) as f64;
            match next_attempt(&attempt, random) {
                Next::Retry(delay) => (delivery.due, delivery.state) = (now + signed(delay), State::Waits),
                Next::Dead => {
                    delivery.state = State::Dead;
                    self.dead.insert(ix, self.now);
                }
            }
        }
    }

    /// The most attempts that fell into one minute from `after` on.
    fn busiest_minute(&self, after: Duration) -> usize {
        let mut minutes: BTreeMap<u64, usize> = BTreeMap::new();
        for (at, _) in self.tried.iter().filter(|(at, _)| *at >= after) {
            *minutes.entry(at.as_secs() / 60).or_default() += 1;
        }
        minutes.into_values().max().unwrap_or(0)
    }
}

/// The next whole multiple of a span after a time.
fn next(now: Duration, span: Duration) -> Duration {
    span * (u32::try_from(now.as_millis() / span.as_millis()).unwrap() + 1)
}

fn down_for_72_hours(now: Duration) -> Answer {
    if now < 72 * HOUR { Answer::Fails } else { Answer::Takes }
}

#[test]
fn an_outage_of_72_hours_is_no_flood_and_no_loss() {
    let mut world = World::new(down_for_72_hours, Some(4 * DAY));
    for hour in 0..72 {
        world.queue(10);
        world.run((hour + 1) * HOUR);
    }
    let tried = world.tried.len();
    // One probe a minute, and what it took to find that out.
    assert!(tried <= 72 * 60 + 30, "{tried} attempts in 72 hours");
    assert!(tried >= 71 * 60, "it must be noticed within a minute when it is over: {tried}");
    assert!(world.busiest_minute(5 * MINUTE) <= 2, "{} in a minute", world.busiest_minute(5 * MINUTE));
    world.run(73 * HOUR);
    assert_eq!((world.arrived.len(), world.dead.len()), (720, 0));
    let last = world.arrived.values().max().unwrap();
    assert!(*last <= 72 * HOUR + 2 * MINUTE, "the last arrived at {last:?}");
    assert_eq!(world.tried.len() - tried, 720, "each once");
}

#[test]
fn nothing_is_given_up_before_max_age_and_everything_then() {
    let mut world = World::new(|_| Answer::Fails, Some(3 * DAY));
    for hour in 0..100 {
        world.queue(1);
        world.run((hour + 1) * HOUR);
    }
    // Those of the first 28 hours (the queue's age is counted in whole minutes).
    for (ix, at) in &world.dead {
        let age = at.checked_sub(u32::try_from(*ix).unwrap() * HOUR).unwrap();
        assert!(age >= 72 * HOUR && age <= 72 * HOUR + 2 * MINUTE, "{ix} died at the age of {age:?}");
    }
    assert_eq!(world.dead.len(), 28);
    // A destination that comes back finds the others.
    world.sink = |_| Answer::Takes;
    world.run(101 * HOUR);
    assert_eq!(world.arrived.len(), 72);
}

#[test]
fn what_a_destination_asks_is_obeyed_exactly() {
    fn asks<const SECONDS: u64, const HOLD: bool>(now: Duration) -> Answer {
        if now <= LATENCY { Answer::Asks { after: Duration::from_secs(SECONDS), hold: HOLD } } else { Answer::Takes }
    }
    let day = |days: i64| SignedDuration::from_hours(24 * days);
    let sinks: [(Sink, u64); 5] = [
        (asks::<0, false>, 0),
        (asks::<7, true>, 7),
        (asks::<3600, false>, 3600),
        (asks::<172_800, true>, 172_800),
        (asks::<172_800, false>, 172_800),
    ];
    for (sink, seconds) in sinks {
        for jump in [0, 1, -1, 365, -365, 36_500, -36_500] {
            let mut world = World::new(sink, None);
            world.jumps = vec![(Duration::from_millis(1700), day(jump)), (3 * HOUR, -day(jump))];
            world.queue(4);
            world.run(3 * DAY);
            let second = world.tried.get(4).map(|(at, _)| *at);
            let asked = LATENCY + Duration::from_secs(seconds);
            assert!(second.is_some_and(|at| at >= asked), "asked {seconds} s, clock set {jump} days: {second:?}");
            assert!(second.is_some_and(|at| at <= asked + Duration::from_millis(50)), "{seconds} {jump}: {second:?}");
            assert_eq!(world.arrived.len(), 4);
        }
    }
}

/// Down, then asking to wait, then up, for hours each.
fn moody(now: Duration) -> Answer {
    match now.as_secs() / 3600 {
        0..3 | 7..11 => Answer::Fails,
        3 => Answer::Asks { after: Duration::from_mins(20), hold: true },
        6 => Answer::Asks { after: Duration::from_secs(90), hold: false },
        _ => Answer::Takes,
    }
}

fn day_of_a_moody_sink(jumps: Vec<(Duration, SignedDuration)>) -> World {
    let mut world = World::new(moody, Some(10 * HOUR));
    world.jumps = jumps;
    for hour in 0..14 {
        world.queue(3);
        world.run((hour + 1) * HOUR);
    }
    world
}

/// By how much a clock is set: minutes to years, forward and back.
fn jump() -> impl Strategy<Value = SignedDuration> {
    let seconds = prop_oneof![60..3600_i64, 3600..100_000_i64, 100_000..200_000_000_i64];
    (seconds, any::<bool>())
        .prop_map(|(seconds, back)| SignedDuration::from_secs(if back { -seconds } else { seconds }))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// A clock that jumps changes nothing: no attempt comes earlier, later or more often.
    #[test]
    fn a_clock_that_jumps_changes_nothing(jumps in prop::collection::vec((0..50_000_000_u64, jump()), 1..6)) {
        let undisturbed = day_of_a_moody_sink(Vec::new());
        let jumps = jumps.into_iter().map(|(at, by)| (Duration::from_millis(at), by)).collect();
        let world = day_of_a_moody_sink(jumps);
        prop_assert_eq!(&world.tried, &undisturbed.tried);
        prop_assert_eq!(&world.arrived, &undisturbed.arrived);
        prop_assert_eq!(&world.dead, &undisturbed.dead);
        prop_assert!(undisturbed.dead.is_empty() && undisturbed.arrived.len() == 42);
    }
}

#[test]
fn a_steady_clock_goes_on_when_the_wall_clock_jumps() {
    let begin: Timestamp = "2026-11-24T02:15:04Z".parse().unwrap();
    let mut steady = Steady::new(begin, 5 * SECOND);
    assert_eq!(steady.now(65 * SECOND), begin + MINUTE);
    for (wall, jump) in [
        (begin + MINUTE, None),
        (begin + MINUTE + Duration::from_millis(999), None),
        (begin + MINUTE - Duration::from_millis(999), None),
        (begin + HOUR, Some(signed(59 * MINUTE))),
        (begin - HOUR, Some(-signed(61 * MINUTE))),
    ] {
        assert_eq!(steady.jump(wall, 65 * SECOND), jump, "{wall}");
    }
    steady.shift(SignedDuration::from_hours(24 * 365));
    assert_eq!(steady.now(65 * SECOND), begin + MINUTE + 365 * DAY);
    // At the ends of time it stays what it is.
    steady.shift(SignedDuration::MAX);
    assert_eq!(steady.now(65 * SECOND), begin + MINUTE + 365 * DAY);
    assert_eq!(steady.now(Duration::MAX), Timestamp::MAX);
}
