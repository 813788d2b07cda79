//! The daemon and its state in numbers: what `status` prints, from the running
//! daemon or, where none runs, from the store.

use crate::daemon::clock;
use crate::daemon::control::Handle;
use crate::engine::schedule::FeedState;
use crate::sink::payload::Time;
use crate::store::overview::{FeedTotals, Overview};
use crate::store::{Error, Store};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The daemon and its state. Times are RFC 3339, UTC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Status {
    /// Whether a daemon runs on this state.
    pub running: bool,
    /// Its process id; of the last one, where none runs.
    pub pid: Option<u32>,
    /// Its version.
    pub version: Option<String>,
    /// Since when it runs; when the last one started, where none runs.
    #[schemars(with = "Option<Time>")]
    pub started: Option<Timestamp>,
    /// When the last one stopped in good order, where none runs.
    #[schemars(with = "Option<Time>")]
    pub stopped: Option<Timestamp>,
    /// Where the state is.
    pub state_dir: String,
    /// What the running daemon is configured with.
    pub configuration: Option<Configuration>,
    /// Feeds by state.
    pub feeds: Feeds,
    /// When a feed was polled last.
    #[schemars(with = "Option<Time>")]
    pub last_poll: Option<Timestamp>,
    /// Items whose text is stored.
    pub items: u64,
    /// Alerts.
    pub alerts: Alerts,
    /// The queue of each sink that has one.
    pub queues: Vec<Queue>,
    /// Feeds that fail, longest first.
    pub failing: Vec<FailingFeed>,
    /// Silences that hold.
    pub silences: u64,
}

/// What the running daemon is configured with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Configuration {
    /// Which configuration since its start, counted from 1.
    pub generation: u64,
    /// When it was loaded.
    #[schemars(with = "Time")]
    pub loaded: Timestamp,
    /// Feeds that are polled.
    pub feeds: usize,
    /// Watchlists.
    pub watchlists: usize,
    /// Terms that are looked for.
    pub terms: usize,
    /// Entities.
    pub entities: usize,
    /// Rules.
    pub rules: usize,
    /// Names of the sinks.
    pub sinks: Vec<String>,
    /// Where the API listens.
    pub listen: Option<String>,
    /// Why the last reload failed, where it did.
    pub reload_error: Option<String>,
}

/// Feeds by state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Feeds {
    /// Their last poll brought a feed, or that nothing changed.
    pub healthy: u64,
    /// Their last poll failed.
    pub failing: u64,
    /// They answered 410.
    pub gone: u64,
    /// Not polled yet.
    pub waiting: u64,
}

/// Alerts that are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Alerts {
    /// All of them.
    pub stored: u64,
    /// Those of the last 24 hours.
    pub last_day: u64,
}

/// The queue of one sink.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Queue {
    /// The sink.
    pub sink: String,
    /// Deliveries that wait.
    pub pending: u64,
    /// Deliveries that are being sent.
    pub in_flight: u64,
    /// Dead letters.
    pub dead: u64,
    /// When the oldest of those not dead was queued.
    #[schemars(with = "Option<Time>")]
    pub oldest: Option<Timestamp>,
    /// Why the sink fails; where it does not, why its latest dead letter did not arrive.
    #[serde(default)]
    pub error: Option<String>,
}

/// A feed that fails.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FailingFeed {
    /// By its key: name, else URL.
    pub feed: String,
    /// Since when.
    #[schemars(with = "Option<Time>")]
    pub since: Option<Timestamp>,
    /// Failures in a row.
    pub failures: u32,
    /// Why, in words.
    pub reason: String,
}

/// How far back `last_day` reaches.
const DAY: jiff::SignedDuration = jiff::SignedDuration::from_hours(24);

impl Status {
    /// Of the daemon that asks itself.
    ///
    /// # Errors
    /// Where the store does not answer.
    pub async fn running(handle: &Handle) -> Result<Self, Error> {
        let live = handle.live.load_full();
        let state_dir = live.state_dir.display().to_string();
        let mut status = Self::of_store(&handle.store, state_dir, Some(live.feeds)).await?;
        status.running = true;
        status.pid = Some(std::process::id());
        status.version = Some(env!("CARGO_PKG_VERSION").to_owned());
        status.started = Some(live.started);
        status.stopped = None;
        status.configuration = Some(Configuration {
            generation: live.generation,
            loaded: live.loaded,
            feeds: live.feeds,
            watchlists: live.watchlists,
            terms: live.terms,
            entities: live.entities,
            rules: live.rules,
            sinks: live.sinks.iter().map(|sink| sink.name.clone()).collect(),
            listen: live.listen.map(|address| address.to_string()),
            reload_error: live.reload_error.as_ref().map(|(_, reason)| reason.clone()),
        });
        Ok(status)
    }

    /// Of a state that no daemon runs on. `feeds` are so many as the configuration polls, where it
    /// is known.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub async fn of_store(store: &Store, state_dir: String, feeds: Option<usize>) -> Result<Self, Error> {
        let now = clock::now();
        let mut overview = store.overview(now.checked_sub(DAY).unwrap_or(now)).await?;
        overview.feeds = overview.feeds.of(feeds.unwrap_or(0));
        let failing = failing(store.feed_states().await?);
        let silences = store.silences(now).await?.iter().filter(|silence| silence.is_active(now)).count() as u64;
        Ok(Self { silences, ..Self::of(overview, failing, state_dir) })
    }

    /// Of no state at all: no daemon ever ran here. `feeds` as for [`Status::of_store`].
    #[must_use]
    pub fn nothing(state_dir: String, feeds: Option<usize>) -> Self {
        let feeds = FeedTotals::default().of(feeds.unwrap_or(0));
        Self::of(Overview { feeds, ..Overview::default() }, Vec::new(), state_dir)
    }

    fn of(overview: Overview, failing: Vec<FailingFeed>, state_dir: String) -> Self {
        let run = overview.run;
        let feeds = overview.feeds;
        Self {
            running: false,
            pid: run.as_ref().map(|run| run.pid),
            version: run.as_ref().map(|run| run.version.clone()),
            started: run.as_ref().map(|run| run.started),
            stopped: run.and_then(|run| run.stopped),
            state_dir,
            configuration: None,
            feeds: Feeds { healthy: feeds.healthy, failing: feeds.failing, gone: feeds.gone, waiting: feeds.waiting },
            last_poll: overview.last_poll,
            items: overview.items,
            alerts: Alerts { stored: overview.alerts, last_day: overview.alerts_today },
            queues: overview
                .queues
                .into_iter()
                .map(|queue| Queue {
                    sink: queue.sink,
                    pending: queue.pending,
                    in_flight: queue.in_flight,
                    dead: queue.dead,
                    oldest: queue.oldest,
                    error: queue.error,
                })
                .collect(),
            failing,
            silences: 0,
        }
    }
}

fn failing(states: Vec<FeedState>) -> Vec<FailingFeed> {
    let failing = states.into_iter().filter(|state| state.failures > 0 || state.gone);
    let mut failing: Vec<FailingFeed> = failing
        .map(|state| FailingFeed {
            feed: state.key,
            since: state.failing_since,
            failures: state.failures,
            reason: state.last_error.unwrap_or_default(),
        })
        .collect();
    failing.sort_by(|one, other| one.since.cmp(&other.since).then_with(|| one.feed.cmp(&other.feed)));
    failing
}
