//! Whose turn it is: the limits of requests in flight, in all and to one host,
//! and the gap between two requests to one host. Pure: time comes in as a value.
//!
//! A due feed waits here, in the queue of its host, and not as a task. A host's
//! feeds are asked in the order they became due; hosts that may be asked take
//! turns. A feed takes one of the `concurrency` places only when its host may be
//! asked, so a host that hangs holds its own `per_host` places and never one
//! that others wait for. A host without a waiting feed, a request or a gap to
//! keep takes no memory.
//!
//! How the poller uses it, with one loop and one timer:
//!
//! 1. a feed falls due: [`Hosts::due`] with its [`host_key`]; a host that is held says
//!    when to offer the feed again;
//! 2. then, as long as [`Hosts::next`] says [`Next::Ask`], start that fetch.
//!    [`Next::At`] is when to call again if nothing else happens; [`Next::Wait`]: only a
//!    new due feed or an ended request changes anything;
//! 3. a fetch ends: [`Hosts::done`]; where it brought a [`Hold`], also [`Hosts::hold`],
//!    which hands back the feeds that waited for that host: schedule them for its end;
//! 4. the configuration was reloaded: [`Hosts::clear`] forgets the waiting feeds, whose
//!    numbers are no longer valid, and keeps gaps, holds and places in use.

use super::{Hold, Location};
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};
use url::Url;

/// The longest hold. Longer ones keep their feed away by its own schedule.
const LONGEST_HOLD: Duration = Duration::from_hours(366 * 24);

/// The key of a feed's host: host and port of a URL; a file has one to itself.
#[must_use]
pub fn host_key(location: &Location) -> String {
    match location {
        Location::Url(url) => url_host_key(url),
        Location::File(path) => format!("file:{}", path.display()),
    }
}

/// The key of the host of a URL: host and port, without the dot that may end a full name.
#[must_use]
pub fn url_host_key(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default().trim_end_matches('.');
    format!("{host}:{}", url.port_or_known_default().unwrap_or_default())
}

/// What may be done now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next<F> {
    /// Ask this feed; its places are taken until [`Hosts::done`] is called with its host.
    Ask {
        /// The feed.
        feed: F,
        /// Its host.
        host: Arc<str>,
    },
    /// Nothing before this time; feeds wait for it.
    At(Instant),
    /// Nothing until a feed falls due or a request ends.
    Wait,
}

/// Feeds that have to wait for a host that is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Postponed<F> {
    /// Until when.
    pub until: Instant,
    /// Which, in the order they became due.
    pub feeds: Vec<F>,
}

/// The feeds that are due, by host, and what each host may still be asked.
#[derive(Debug)]
pub struct Hosts<F> {
    concurrency: usize,
    per_host: usize,
    gap: Duration,
    in_flight: usize,
    /// Feeds in all queues.
    waiting: usize,
    by_key: HashMap<Arc<str>, Host<F>>,
    /// Those that may be asked now, each once, in turn.
    ready: VecDeque<Arc<str>>,
    /// When the rest of a host ends; at most one a host.
    timers: BinaryHeap<Reverse<(Instant, Arc<str>)>>,
}

#[derive(Debug)]
struct Host<F> {
    waiting: VecDeque<F>,
    in_flight: usize,
    /// Not to be asked before: the gap, or a hold.
    rest: Option<Instant>,
    /// A 429 or 503 holds it until then.
    held: Option<Instant>,
    in_ready: bool,
    in_timers: bool,
}

impl<F> Host<F> {
    fn new() -> Self {
        Self { waiting: VecDeque::new(), in_flight: 0, rest: None, held: None, in_ready: false, in_timers: false }
    }

    fn rest_until(&mut self, until: Option<Instant>) {
        self.rest = self.rest.max(until);
    }
}

impl<F> Hosts<F> {
    /// No host, no feed. A `concurrency` or `per_host` of 0 counts as 1.
    #[must_use]
    pub fn new(concurrency: usize, per_host: usize, gap: Duration) -> Self {
        Self {
            concurrency: concurrency.max(1),
            per_host: per_host.max(1),
            gap,
            in_flight: 0,
            waiting: 0,
            by_key: HashMap::new(),
            ready: VecDeque::new(),
            timers: BinaryHeap::new(),
        }
    }

    /// Puts a feed in the queue of its host.
    ///
    /// # Errors
    /// The host is held: the feed was not taken, offer it again at the given time.
    pub fn due(&mut self, host: &str, feed: F, now: Instant) -> Result<(), Instant> {
        let key = self.key(host);
        let entry = self.by_key.entry(Arc::clone(&key)).or_insert_with(Host::new);
        if let Some(until) = entry.held.filter(|until| *until > now) {
            return Err(until);
        }
        entry.waiting.push_back(feed);
        self.waiting += 1;
        self.settle(&key, now);
        Ok(())
    }

    /// The next feed that may be asked, or when to call again.
    pub fn next(&mut self, now: Instant) -> Next<F> {
        self.end_rests(now);
        while self.in_flight < self.concurrency {
            let Some(key) = self.ready.pop_front() else { return self.next_rest() };
            if let Some(feed) = self.take(&key, now) {
                return Next::Ask { feed, host: key };
            }
        }
        Next::Wait
    }

    /// A request that [`Hosts::next`] allowed has ended.
    pub fn done(&mut self, host: &str, now: Instant) {
        let key = self.key(host);
        let gap = self.rest_from(now);
        if let Some(entry) = self.by_key.get_mut(&key)
            && entry.in_flight > 0
        {
            entry.in_flight -= 1;
            self.in_flight = self.in_flight.saturating_sub(1);
            entry.rest_until(gap);
            self.settle(&key, now);
        }
    }

    /// Leaves a host alone for a while; a hold is never shortened. The feeds
    /// that waited for it are handed back.
    pub fn hold(&mut self, hold: &Hold, now: Instant) -> Postponed<F> {
        let key = self.key(&hold.host);
        let entry = self.by_key.entry(Arc::clone(&key)).or_insert_with(Host::new);
        let asked = now + hold.wait.min(LONGEST_HOLD);
        let until = entry.held.map_or(asked, |held| held.max(asked));
        entry.held = Some(until);
        entry.rest_until(Some(until));
        let feeds: Vec<F> = entry.waiting.drain(..).collect();
        self.waiting -= feeds.len();
        self.settle(&key, now);
        Postponed { until, feeds }
    }

    /// Until when a host is held, or was.
    #[must_use]
    pub fn held(&self, host: &str) -> Option<Instant> {
        self.by_key.get(host)?.held
    }

    /// Forgets every waiting feed; gaps, holds and places in use remain.
    pub fn clear(&mut self) {
        self.waiting = 0;
        self.ready.clear();
        for (key, entry) in &mut self.by_key {
            entry.waiting = VecDeque::new();
            entry.in_ready = false;
            if let Some(until) = entry.rest.filter(|_| !entry.in_timers) {
                entry.in_timers = true;
                self.timers.push(Reverse((until, Arc::clone(key))));
            }
        }
        self.by_key.retain(|_, entry| entry.in_flight > 0 || entry.in_timers);
    }

    /// Goes on with other limits; what is in flight, rests or waits is not affected.
    pub fn limit(&mut self, concurrency: usize, per_host: usize, gap: Duration) {
        (self.concurrency, self.per_host, self.gap) = (concurrency.max(1), per_host.max(1), gap);
    }

    /// How many requests are in flight.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.in_flight
    }

    /// How many hosts take memory.
    #[must_use]
    pub fn remembered(&self) -> usize {
        self.by_key.len()
    }

    fn key(&self, host: &str) -> Arc<str> {
        self.by_key.get_key_value(host).map_or_else(|| Arc::from(host), |(key, _)| Arc::clone(key))
    }

    fn rest_from(&self, now: Instant) -> Option<Instant> {
        (!self.gap.is_zero()).then(|| now + self.gap)
    }

    /// When nothing waits, the end of a rest is no reason to wake up.
    fn next_rest(&self) -> Next<F> {
        match self.timers.peek() {
            Some(Reverse((at, _))) if self.waiting > 0 => Next::At(*at),
            _ => Next::Wait,
        }
    }

    fn end_rests(&mut self, now: Instant) {
        while let Some(Reverse((at, key))) = self.timers.pop() {
            if at > now {
                self.timers.push(Reverse((at, key)));
                return;
            }
            if let Some(entry) = self.by_key.get_mut(&key) {
                entry.in_timers = false;
            }
            self.settle(&key, now);
        }
    }

    /// The first feed of a host that was ready; a hold may have come between.
    fn take(&mut self, key: &Arc<str>, now: Instant) -> Option<F> {
        let rest = self.rest_from(now);
        let entry = self.by_key.get_mut(key)?;
        entry.in_ready = false;
        let resting = entry.rest.is_some_and(|until| until > now);
        let feed = if resting || entry.in_flight >= self.per_host { None } else { entry.waiting.pop_front() };
        if feed.is_some() {
            entry.in_flight += 1;
            self.in_flight += 1;
            self.waiting -= 1;
            entry.rest_until(rest);
        }
        self.settle(key, now);
        feed
    }

    /// Puts a host where it belongs: among the timers, among the ready, or nowhere.
    fn settle(&mut self, key: &Arc<str>, now: Instant) {
        let Some(entry) = self.by_key.get_mut(key) else { return };
        if entry.in_timers || entry.in_ready {
            return;
        }
        if let Some(until) = entry.rest.filter(|until| *until > now) {
            entry.in_timers = true;
            self.timers.push(Reverse((until, Arc::clone(key))));
        } else if !entry.waiting.is_empty() && entry.in_flight < self.per_host {
            entry.in_ready = true;
            self.ready.push_back(Arc::clone(key));
        } else if entry.waiting.is_empty() && entry.in_flight == 0 {
            self.by_key.remove(key);
        }
    }
}
