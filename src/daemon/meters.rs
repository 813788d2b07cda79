//! What the daemon counts while it runs, for the metrics. Each starts at 0 with the
//! process; what stands in the store is no business of these.
//!
//! Labels hold names of the configuration and words of ours, never what a feed says:
//! there are as many series as there are watchlists and sinks.

use crate::engine::Runtime;
use crate::engine::decide::ItemWrite;
use crate::store::outbox::{Settled, Settlement};
use crate::store::poll::{PollReceipt, Traffic};
use crate::watchlist::definition::Severity;
use jiff::Timestamp;
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};
use std::collections::BTreeSet;
use std::fmt::{self, Write as _};
use std::time::Duration;

/// The counters, and the registry that they are read by.
#[derive(Debug)]
pub struct Meters {
    /// What they are encoded from.
    pub registry: Registry,
    polls: Family<Poll, Counter>,
    bytes: Counter,
    items: Family<Items, Counter>,
    repairs: Counter,
    matches: Family<OfWatchlist, Counter>,
    lateness: Histogram,
    poll_time: Histogram,
    commit_time: Histogram,
    alerts: Family<Alert, Counter>,
    silenced: Counter,
    suppressed: Counter,
    attempts: Family<Attempt, Counter>,
    delay: Histogram,
    reloads: Family<Reload, Counter>,
    requests: Family<Request, Counter>,
}

/// How a poll ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelValue)]
#[expect(non_camel_case_types, reason = "the names are those of the label's values")]
pub(super) enum Polled {
    /// A feed was read.
    read,
    /// The server said that nothing had changed (304).
    not_modified,
    /// The same bytes came again.
    same,
    /// It failed.
    failed,
    /// 410.
    gone,
    /// It could not be stored, and is made again.
    refused,
    /// A defect of newswatch.
    panicked,
}

impl Polled {
    const ALL: [Self; 7] =
        [Self::read, Self::not_modified, Self::same, Self::failed, Self::gone, Self::refused, Self::panicked];
}

/// How a reload ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelValue)]
#[expect(non_camel_case_types, reason = "the names are those of the label's values")]
pub(super) enum Reloaded {
    /// The new configuration is live.
    live,
    /// The one before stays.
    kept,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Poll {
    outcome: Polled,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Items {
    kind: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfWatchlist {
    watchlist: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Alert {
    watchlist: String,
    severity: Level,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Attempt {
    sink: String,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Reload {
    outcome: Reloaded,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Request {
    status: &'static str,
}

/// A severity by the name that is used everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Level(Severity);

impl EncodeLabelValue for Level {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> fmt::Result {
        encoder.write_str(self.0.name())
    }
}

/// How an attempt to deliver ends.
const ATTEMPTS: [&str; 3] = ["delivered", "retry", "dead"];

/// Seconds that a poll takes, and a commit.
const POLL_TIMES: [f64; 8] = [0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0];
const COMMIT_TIMES: [f64; 8] = [0.001, 0.005, 0.01, 0.025, 0.1, 0.5, 1.0, 5.0];
/// Seconds that a poll begins late, and between a publication and its arrival at a sink.
const LATENESS: [f64; 8] = [0.1, 1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3_600.0];
const DELAYS: [f64; 9] = [10.0, 60.0, 300.0, 900.0, 1_800.0, 3_600.0, 14_400.0, 86_400.0, 604_800.0];

impl Meters {
    /// All at 0.
    #[must_use]
    pub(super) fn new() -> Self {
        let mut meters = Self {
            registry: Registry::with_prefix("newswatch"),
            polls: Family::default(),
            bytes: Counter::default(),
            items: Family::default(),
            repairs: Counter::default(),
            matches: Family::default(),
            lateness: Histogram::new(LATENESS),
            poll_time: Histogram::new(POLL_TIMES),
            commit_time: Histogram::new(COMMIT_TIMES),
            alerts: Family::default(),
            silenced: Counter::default(),
            suppressed: Counter::default(),
            attempts: Family::default(),
            delay: Histogram::new(DELAYS),
            reloads: Family::default(),
            requests: Family::default(),
        };
        meters.register();
        for outcome in Polled::ALL {
            drop(meters.polls.get_or_create(&Poll { outcome }));
        }
        for outcome in [Reloaded::live, Reloaded::kept] {
            drop(meters.reloads.get_or_create(&Reload { outcome }));
        }
        for kind in ["new", "revised"] {
            drop(meters.items.get_or_create(&Items { kind }));
        }
        for status in STATUSES {
            drop(meters.requests.get_or_create(&Request { status }));
        }
        meters
    }

    fn register(&mut self) {
        let registry = &mut self.registry;
        registry.register("build", "The version that runs", Info::new(vec![("version", env!("CARGO_PKG_VERSION"))]));
        registry.register("polls", "Polls, by how they ended", self.polls.clone());
        registry.register_with_unit("received", "Bytes of feeds, as they came", Unit::Bytes, self.bytes.clone());
        registry.register("items", "Items that were new or had another text", self.items.clone());
        registry.register("repairs", "What had to be repaired in feeds", self.repairs.clone());
        registry.register("matches", "New and changed items that a watchlist matched", self.matches.clone());
        registry.register_with_unit(
            "poll_lateness",
            "How long after its due time a poll began",
            Unit::Seconds,
            self.lateness.clone(),
        );
        registry.register_with_unit(
            "poll_duration",
            "From the request to the commit",
            Unit::Seconds,
            self.poll_time.clone(),
        );
        registry.register_with_unit(
            "commit_duration",
            "What a poll waits until it is stored",
            Unit::Seconds,
            self.commit_time.clone(),
        );
        registry.register("alerts", "Alerts, by watchlist and severity", self.alerts.clone());
        registry.register("silenced", "Alerts that a silence kept from being sent", self.silenced.clone());
        registry.register("suppressed", "Hits on stories that had alerted before", self.suppressed.clone());
        registry.register("attempts", "Attempts to deliver, by sink and how they ended", self.attempts.clone());
        registry.register_with_unit(
            "delivery_delay",
            "From the publication of an item to the delivery of its alert",
            Unit::Seconds,
            self.delay.clone(),
        );
        registry.register("reloads", "Reloads, by how they ended", self.reloads.clone());
        registry.register("http_requests", "Requests to the API, by class of status", self.requests.clone());
    }

    /// What is configured is there from the beginning, at 0: what only appears with the first
    /// event has no increase to be seen.
    pub(super) fn expect(&self, runtime: &Runtime) {
        for list in runtime.watchlists.lists().iter().filter(|list| !list.library) {
            drop(self.matches.get_or_create(&OfWatchlist { watchlist: list.name.clone() }));
            for rule in list.rules.iter().filter_map(|rule| runtime.watchlists.rules().get(rule.0 as usize)) {
                drop(
                    self.alerts.get_or_create(&Alert { watchlist: list.name.clone(), severity: Level(rule.severity) }),
                );
            }
        }
        for sink in &runtime.sinks {
            for outcome in ATTEMPTS {
                drop(self.attempts.get_or_create(&Attempt { sink: sink.name.clone(), outcome }));
            }
        }
    }

    /// A poll was stored.
    pub(super) fn polled(&self, outcome: Polled, traffic: Traffic, receipt: &PollReceipt, took: Duration) {
        self.poll_ended(outcome);
        self.bytes.inc_by(traffic.bytes);
        self.repairs.inc_by(traffic.repairs.into());
        self.poll_time.observe(took.as_secs_f64());
        let counts = receipt.plan.counts;
        self.items.get_or_create(&Items { kind: "new" }).inc_by(counts.new.into());
        self.items.get_or_create(&Items { kind: "revised" }).inc_by(counts.revised.into());
        self.suppressed.inc_by(counts.suppressed.into());
        for item in &receipt.plan.items {
            for watchlist in matching(item) {
                self.matches.get_or_create(&OfWatchlist { watchlist: watchlist.to_owned() }).inc();
            }
        }
        let new = receipt.plan.alerts.iter().zip(&receipt.seqs).filter(|(_, seq)| seq.is_some());
        for (routed, _) in new {
            let (watchlist, severity) = (routed.alert.watchlist.clone(), Level(routed.alert.severity));
            self.alerts.get_or_create(&Alert { watchlist, severity }).inc();
            self.silenced.inc_by(routed.silence.is_some().into());
        }
    }

    /// A poll began so long after its due time.
    pub(super) fn began(&self, late: Duration) {
        self.lateness.observe(late.as_secs_f64());
    }

    /// An alert has arrived whose item was published at a time. A date ahead says nothing.
    pub(super) fn arrived(&self, published: Timestamp, now: Timestamp) {
        if let Ok(delay) = Duration::try_from(now.duration_since(published)) {
            self.delay.observe(delay.as_secs_f64());
        }
    }

    /// A poll ended, whether it was stored or not.
    pub(super) fn poll_ended(&self, outcome: Polled) {
        self.polls.get_or_create(&Poll { outcome }).inc();
    }

    /// A poll was stored after it waited for so long.
    pub(super) fn committed(&self, took: Duration) {
        self.commit_time.observe(took.as_secs_f64());
    }

    /// Attempts of a sink have ended.
    pub(super) fn settled(&self, sink: &str, settlements: &[Settlement]) {
        for settlement in settlements {
            let outcome = match settlement.outcome {
                Settled::Delivered => "delivered",
                Settled::Retry { .. } => "retry",
                Settled::Dead { .. } => "dead",
                Settled::Release => continue,
            };
            self.attempts.get_or_create(&Attempt { sink: sink.to_owned(), outcome }).inc();
        }
    }

    /// A reload has ended.
    pub(super) fn reloaded(&self, outcome: Reloaded) {
        self.reloads.get_or_create(&Reload { outcome }).inc();
    }

    /// The API has answered.
    pub fn answered(&self, status: u16) {
        let class = usize::from(status / 100).checked_sub(2).and_then(|class| STATUSES.get(class));
        if let Some(status) = class {
            self.requests.get_or_create(&Request { status }).inc();
        }
    }
}

/// The watchlists that match an item and had not, each once.
fn matching(item: &ItemWrite) -> BTreeSet<&str> {
    match item {
        ItemWrite::New { fired, .. } | ItemWrite::Revised { fired, .. } => {
            fired.iter().map(|fired| fired.watchlist.as_str()).collect()
        }
        ItemWrite::Rekeyed { .. } | ItemWrite::Seen { .. } => BTreeSet::new(),
    }
}

/// Classes of statuses, from 200 on.
const STATUSES: [&str; 4] = ["2xx", "3xx", "4xx", "5xx"];
