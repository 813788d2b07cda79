//! Polls feeds when they are due: a heap of due times, seeded from the store and
//! kept in memory, so that no poll scans a table; [`Hosts`] for whose turn it
//! is; one task for each poll. A feed that has answered makes room for the next
//! request at once: what it said is read, matched and committed beside that.
//!
//! Due times are wall-clock times in the store and monotonic ones here: a clock
//! that jumps moves no poll that is already planned.

use super::clock;
use super::generation::Generation;
use super::meters;
use super::poll::{self, Answered, Ended, Job};
use super::recall::Recall;
use super::round::Round;
use super::tools::Tools;
use super::trouble::{Change, Trouble};
use crate::engine::FeedIx;
use crate::engine::schedule::{FeedState, due_on_load, left_alone_until};
use crate::fetch::{Hold, Hosts, Next, host_key, url_host_key};
use crate::store::poll::PollReceipt;
use jiff::Timestamp;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::Instant;
use tracing::{debug, error, info};

/// What the poller can be asked while it runs.
#[derive(Debug)]
pub(super) enum Command {
    /// Go on with another configuration; answered when it is in service.
    Exchange {
        /// The configuration.
        generation: Arc<Generation>,
        /// What is known of its feeds.
        states: Vec<FeedState>,
        /// When it is in service.
        done: oneshot::Sender<()>,
    },
    /// Answer, to show that the loop turns.
    Ping(oneshot::Sender<()>),
}

/// How long the daemon goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Until it is told to stop.
    Forever,
    /// Every enabled feed once, each delivery once.
    Once,
}

/// The poller.
#[derive(Debug)]
pub(super) struct Poller {
    mode: Mode,
    tools: Tools,
    generation: Arc<Generation>,
    /// Feeds that wait for their time.
    heap: BinaryHeap<Reverse<(Instant, FeedIx)>>,
    /// Feeds that are due and wait for their host's turn.
    hosts: Hosts<Due>,
    /// What is remembered of each feed of the generation; `None`: nothing yet.
    recalls: Vec<Option<Arc<Recall>>>,
    tasks: JoinSet<Half>,
    /// What each task is about: one that panicked cannot say so itself.
    running: HashMap<Id, Running>,
    /// Polls that have their answer. When as many as may be in flight wait for a core or the
    /// store, no further feed is asked: each holds its document.
    finishing: usize,
    /// Parsing and matching keep a core busy; no more of them at once than there are cores.
    cores: Arc<Semaphore>,
    /// The store may refuse every poll alike (a full disk): said once.
    store_trouble: Trouble,
    round: Round,
}

/// A feed that is due.
#[derive(Debug, Clone, Copy)]
struct Due {
    feed: FeedIx,
    /// Since when.
    since: Instant,
}

/// A poll under way.
#[derive(Debug)]
struct Running {
    key: String,
    name: String,
    /// The host that is being asked; `None`: it has answered.
    asking: Option<Arc<str>>,
    /// Of the configuration that it began under.
    generation: u64,
}

/// How a task of a poll ended.
enum Half {
    /// The feed has answered.
    Answered(Box<Answered>),
    /// The poll is over.
    Over(Ended),
}

impl Poller {
    /// A poller for a configuration and what is known of its feeds.
    pub(super) fn new(mode: Mode, tools: Tools, generation: Arc<Generation>, states: &[FeedState]) -> Self {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        let settings = &generation.settings;
        let mut poller = Self {
            mode,
            tools,
            hosts: Hosts::new(settings.concurrency, settings.per_host, settings.host_gap),
            generation,
            heap: BinaryHeap::new(),
            recalls: Vec::new(),
            tasks: JoinSet::new(),
            running: HashMap::new(),
            finishing: 0,
            cores: Arc::new(Semaphore::new(cores)),
            store_trouble: Trouble::default(),
            round: Round::default(),
        };
        poller.hold_hosts(states);
        let (feeds, due) = poller.plan(states);
        poller.round.begin(feeds, due);
        poller
    }

    /// A host that refused a feed, and said for how long, is left alone after a start as before it.
    fn hold_hosts(&mut self, states: &[FeedState]) {
        let (wall, now) = (clock::now(), Instant::now());
        let generation = Arc::clone(&self.generation);
        for state in states.iter().filter(|state| state.failures > 0) {
            let Some(ix) = generation.feed(&state.key) else { continue };
            let feed = generation.runtime.feeds.get(ix.0 as usize);
            let until = feed.and_then(|feed| left_alone_until(feed, state, wall));
            if let (Some(until), Some(host)) = (until, self.host(ix)) {
                // No feed waits there yet that would be handed back.
                self.hosts.hold(&Hold { host, wait: delay(until, wall) }, now.into_std());
            }
        }
    }

    /// Runs until it is stopped, or by [`Mode::Once`] until every feed was polled.
    /// Polls that have their answer are finished.
    pub(super) async fn run(mut self, mut commands: mpsc::Receiver<Command>) {
        loop {
            let next = self.start_what_is_due();
            self.round.tell(self.next_poll_in(), Instant::now());
            if self.mode == Mode::Once && next.is_none() && self.tasks.is_empty() {
                break;
            }
            let wake = earliest(next, self.round.tell_at());
            tokio::select! {
                biased;
                () = self.tools.stop.cancelled() => break,
                Some(command) = commands.recv() => self.obey(command),
                Some(ended) = self.tasks.join_next_with_id() => self.ended(ended),
                () = sleep_until(wake) => {}
            }
        }
        while let Some(ended) = self.tasks.join_next_with_id().await {
            self.ended(ended);
        }
        self.round.tell(None, Instant::now());
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Ping(answer) => _ = answer.send(()),
            Command::Exchange { generation, states, done } => {
                let settings = &generation.settings;
                self.hosts.limit(settings.concurrency, settings.per_host, settings.host_gap);
                self.generation = generation;
                let (feeds, _) = self.plan(&states);
                self.round.exchange(feeds);
                _ = done.send(());
            }
        }
    }

    /// Fills the heap for the configuration in service; how many feeds it is, and how many are
    /// due. A feed that is being polled comes back when that poll ends.
    fn plan(&mut self, states: &[FeedState]) -> (usize, usize) {
        self.heap.clear();
        self.hosts.clear();
        let states: HashMap<&str, &FeedState> = states.iter().map(|state| (state.key.as_str(), state)).collect();
        let busy: HashSet<&str> = self.running.values().map(|running| running.key.as_str()).collect();
        let (wall, now) = (clock::now(), Instant::now());
        let runtime = &self.generation.runtime;
        let enabled = runtime.polled_feeds();
        self.recalls = vec![None; runtime.feeds.len()];
        let mut planned = Vec::new();
        for ((ix, feed), recall) in (0u32..).map(FeedIx).zip(&runtime.feeds).zip(&mut self.recalls) {
            let state = states.get(feed.key.as_str()).copied();
            *recall = state.map(|state| Arc::new(Recall::of(state, feed)));
            if !feed.enabled || busy.contains(feed.key.as_str()) {
                continue;
            }
            let at = match self.mode {
                Mode::Forever => due_on_load(feed, state, &runtime.poll, enabled, wall),
                Mode::Once if state.is_some_and(|state| left_alone_until(feed, state, wall).is_some()) => continue,
                Mode::Once => wall,
            };
            planned.push((now + delay(at, wall), ix));
        }
        let (mut due, all) = (0, planned.len());
        for (at, ix) in planned {
            let at = if self.mode == Mode::Forever { at.max(self.held_until(ix).unwrap_or(at)) } else { at };
            due += usize::from(at <= now);
            self.heap.push(Reverse((at, ix)));
        }
        (all, due)
    }

    /// Hands due feeds to their hosts, starts what may be started, and says when to look again.
    fn start_what_is_due(&mut self) -> Option<Instant> {
        let now = Instant::now();
        while let Some(&Reverse((at, feed))) = self.heap.peek()
            && at <= now
        {
            self.heap.pop();
            let Some(host) = self.host(feed) else { continue };
            if let Err(free_at) = self.hosts.due(&host, Due { feed, since: at }, now.into_std()) {
                self.postpone(feed, free_at.into());
            }
        }
        let turn = loop {
            if self.finishing >= self.generation.settings.concurrency.max(1) {
                break None;
            }
            match self.hosts.next(now.into_std()) {
                Next::Ask { feed: Due { feed, since }, host } => {
                    self.tools.meters.began(now.saturating_duration_since(since));
                    self.start(feed, host);
                }
                Next::At(at) => break Some(Instant::from(at)),
                Next::Wait => break None,
            }
        };
        let due = self.heap.peek().map(|Reverse((at, _))| *at);
        earliest(turn, due)
    }

    fn next_poll_in(&self) -> Option<Duration> {
        self.heap.peek().map(|Reverse((at, _))| at.saturating_duration_since(Instant::now()))
    }

    /// The host that a feed is asked at: its own, or where it has moved for good.
    fn host(&self, feed: FeedIx) -> Option<String> {
        let recall = self.recalls.get(feed.0 as usize).and_then(Option::as_ref);
        if let Some(adopted) = recall.and_then(|recall| recall.adopted.as_deref()) {
            return Some(url_host_key(adopted));
        }
        self.generation.sources.get(feed.0 as usize).map(|source| host_key(&source.location))
    }

    /// Until when the host of a feed is left alone.
    fn held_until(&self, feed: FeedIx) -> Option<Instant> {
        self.hosts.held(&self.host(feed)?).map(Instant::from)
    }

    fn start(&mut self, ix: FeedIx, host: Arc<str>) {
        let Some(feed) = self.generation.runtime.feeds.get(ix.0 as usize) else { return };
        let (key, name) = (feed.key.clone(), feed.name.clone());
        debug!(feed = name, "polling");
        let job = Job {
            generation: Arc::clone(&self.generation),
            feed: ix,
            recall: self.recalls.get(ix.0 as usize).cloned().flatten().unwrap_or_default(),
            tools: self.tools.clone(),
            cores: Arc::clone(&self.cores),
        };
        let asking = async { poll::ask(job).await.map_or_else(Half::Over, Half::Answered) };
        let id = self.tasks.spawn(asking).id();
        self.running.insert(id, Running { key, name, asking: Some(host), generation: self.generation.number });
    }

    fn ended(&mut self, ended: Result<(Id, Half), JoinError>) {
        let id = match &ended {
            Ok((id, _)) => *id,
            Err(error) => error.id(),
        };
        let Some(mut running) = self.running.remove(&id) else { return };
        let now = Instant::now();
        match running.asking.take() {
            Some(host) => self.hosts.done(&host, now.into_std()),
            None => self.finishing = self.finishing.saturating_sub(1),
        }
        let again = match ended {
            Ok((_, Half::Answered(answered))) => return self.finish(running, *answered, now),
            Ok((_, Half::Over(ended))) => self.settle(&running, ended),
            Err(error) => {
                self.tools.meters.poll_ended(meters::Polled::panicked);
                error!(feed = running.name, %error, "a poll panicked: a defect of newswatch; please report it");
                self.round.failed(&running.name, "a defect of newswatch", now);
                Some(self.usual_gap())
            }
        };
        if let (Mode::Forever, Some(delay), Some(feed)) = (self.mode, again, self.generation.feed(&running.key)) {
            let enabled = self.generation.runtime.feeds.get(feed.0 as usize).is_some_and(|feed| feed.enabled);
            if enabled {
                self.heap.push(Reverse((now + delay, feed)));
            }
        }
    }

    /// A feed has answered: others may be asked while its poll goes on. The other feeds of a
    /// host that asked to be left alone wait.
    fn finish(&mut self, running: Running, answered: Answered, now: Instant) {
        if let Some(hold) = answered.hold() {
            let postponed = self.hosts.hold(hold, now.into_std());
            for due in postponed.feeds {
                self.postpone(due.feed, postponed.until.into());
            }
        }
        self.finishing += 1;
        let finishing = async { Half::Over(poll::finish(answered).await) };
        let id = self.tasks.spawn(finishing).id();
        self.running.insert(id, running);
    }

    /// A host wants to be left alone: its feeds wait, and by [`Mode::Once`] are not polled.
    fn postpone(&mut self, feed: FeedIx, until: Instant) {
        match self.mode {
            Mode::Forever => self.heap.push(Reverse((until, feed))),
            Mode::Once => self.round.skipped(),
        }
    }

    /// Takes note of how a poll ended; when to poll the feed again, `None`: not before a reload.
    fn settle(&mut self, running: &Running, ended: Ended) -> Option<Duration> {
        match ended {
            Ended::Cancelled => None,
            Ended::Refused(error) => {
                self.tools.meters.poll_ended(meters::Polled::refused);
                if self.store_trouble.failed(&error.to_string()) == Change::Began {
                    error!(%error, "polls cannot be stored: they are made again until they can");
                }
                Some(self.store_trouble.pause())
            }
            Ended::Committed(receipt) => {
                if self.store_trouble.worked() == Change::Ended {
                    info!("polls are stored again");
                }
                if !receipt.sinks.is_empty() {
                    self.tools.outbox.send_modify(|commits| *commits = commits.wrapping_add(1));
                }
                if receipt.seqs.iter().any(Option::is_some) {
                    self.tools.alerts.send_modify(|commits| *commits = commits.wrapping_add(1));
                }
                for routed in &receipt.plan.alerts {
                    if let Some(silence) = routed.silence {
                        debug!(feed = running.name, alert = routed.alert.id, %silence, "silenced");
                    }
                }
                self.round.committed(&running.name, &receipt, Instant::now());
                self.remember(&running.key, &receipt.plan.feed);
                self.next_poll(running, &receipt)
            }
        }
    }

    /// Takes note of what the next request to a feed starts from.
    fn remember(&mut self, key: &str, state: &FeedState) {
        let Some(ix) = self.generation.feed(key) else { return };
        let feed = self.generation.runtime.feeds.get(ix.0 as usize);
        if let (Some(feed), Some(recall)) = (feed, self.recalls.get_mut(ix.0 as usize)) {
            *recall = Some(Arc::new(Recall::of(state, feed)));
        }
    }

    fn next_poll(&self, running: &Running, receipt: &PollReceipt) -> Option<Duration> {
        let state = &receipt.plan.feed;
        if state.gone && running.generation == self.generation.number {
            return None;
        }
        let wall = clock::now();
        Some(state.next_poll.map_or_else(|| self.usual_gap(), |at| delay(at, wall)))
    }

    fn usual_gap(&self) -> Duration {
        Duration::try_from(self.generation.runtime.poll.interval).unwrap_or(Duration::from_mins(15))
    }
}

/// How long until a wall-clock time; nothing where it is past.
fn delay(at: Timestamp, wall: Timestamp) -> Duration {
    Duration::try_from(at.duration_since(wall)).unwrap_or_default()
}

fn earliest(one: Option<Instant>, other: Option<Instant>) -> Option<Instant> {
    [one, other].into_iter().flatten().min()
}

/// Sleeps until a time; for ever where there is none.
async fn sleep_until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}
