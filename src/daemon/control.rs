//! How the API asks the running daemon: a handle that its handlers hold.

use super::meters::Meters;
use super::silences::InForce;
use super::trial::Trials;
use crate::config::diagnostic::Diagnostic;
use crate::config::{Remarks, Retention};
use crate::engine::Runtime;
use crate::sink::Outcome;
use crate::store::{Error, Store};
use arc_swap::ArcSwap;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use tokio::sync::{mpsc, oneshot, watch};

/// What the API's handlers hold of the daemon. Clones share it.
#[derive(Debug, Clone)]
pub struct Handle {
    /// The state.
    pub store: Store,
    /// What is live now.
    pub live: Arc<ArcSwap<Live>>,
    /// Changes when alerts were committed.
    pub alerts: watch::Receiver<u64>,
    /// What the daemon counts.
    pub meters: Arc<Meters>,
    /// Tries watchlists.
    pub trials: Trials,
    pub(super) reloads: mpsc::Sender<ReloadRequest>,
    pub(super) nudge: watch::Sender<u64>,
    pub(super) gone: Arc<ArcSwap<BTreeSet<String>>>,
    pub(super) tests: mpsc::Sender<TestRequest>,
    pub(super) silences: Arc<InForce>,
}

/// What is live; replaced whole at a reload.
#[derive(Debug, Clone)]
pub struct Live {
    /// When the daemon started.
    pub started: Timestamp,
    /// Where its state is.
    pub state_dir: PathBuf,
    /// Counts configurations; the first is 1.
    pub generation: u64,
    /// Feeds that are polled.
    pub feeds: usize,
    /// Terms that are looked for.
    pub terms: usize,
    /// Entities.
    pub entities: usize,
    /// Rules.
    pub rules: usize,
    /// Watchlists.
    pub watchlists: usize,
    /// The sinks.
    pub sinks: Vec<LiveSink>,
    /// Where the API listens.
    pub listen: Option<SocketAddr>,
    /// What deciding depends on.
    pub runtime: Arc<Runtime>,
    /// What is probably not meant, by watchlist; unset until it was looked through, which is
    /// done where there is a page that shows it.
    pub remarks: Arc<OnceLock<BTreeMap<String, Remarks>>>,
    /// How many terms each watchlist looks for, by [`crate::watchlist::WatchlistIx`]; counted
    /// when it is first asked for, since of a million names that takes a while.
    pub sought: Arc<OnceLock<Vec<usize>>>,
    /// The file of each watchlist, by its name.
    pub watchlist_files: Arc<BTreeMap<String, PathBuf>>,
    /// The files that watchlists import.
    pub imports: Arc<[PathBuf]>,
    /// How long things are kept.
    pub retention: Retention,
    /// How long an item can join a story.
    pub stories: SignedDuration,
    /// When the configuration was loaded last.
    pub loaded: Timestamp,
    /// When a reload failed last, and why; `None` where the last one worked.
    pub reload_error: Option<(Timestamp, String)>,
}

/// A sink that is live.
#[derive(Debug, Clone)]
pub struct LiveSink {
    /// Its name.
    pub name: String,
    /// After this long a delivery is a dead letter; `None`: it waits for ever.
    pub max_age: Option<SignedDuration>,
}

/// A wish to reload, and where the answer goes.
#[derive(Debug)]
pub(super) struct ReloadRequest {
    pub(super) answer: Option<oneshot::Sender<ReloadResult>>,
}

/// How a reload ended.
#[derive(Debug, Clone)]
pub enum ReloadResult {
    /// The new configuration is live.
    Live {
        /// Its number.
        generation: u64,
        /// What is probably not meant.
        warnings: Vec<Diagnostic>,
    },
    /// It is bad; the one before is still in service.
    Kept {
        /// What is wrong.
        errors: Vec<Diagnostic>,
    },
    /// It is good, and could not be put into service (a file that cannot be opened); the one before is.
    Failed(String),
}

/// A wish to send a test alert to a sink, and where the answer goes.
#[derive(Debug)]
pub(super) struct TestRequest {
    pub(super) sink: String,
    pub(super) answer: oneshot::Sender<TestResult>,
}

/// How a test alert fared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestResult {
    /// The id that it was sent with.
    pub alert: String,
    /// How its one attempt ended.
    pub outcome: Outcome,
}

impl Handle {
    /// A person wants deliveries to be tried: the sinks' workers look at once, also where
    /// they had left a failing sink alone.
    pub fn try_at_once(&self) {
        self.nudge.send_modify(|nudges| *nudges = nudges.wrapping_add(1));
    }

    /// The sinks that are sent nothing before a reload, because their destination is gone.
    #[must_use]
    pub fn gone_sinks(&self) -> Arc<BTreeSet<String>> {
        self.gone.load_full()
    }

    /// A silence was added or ended: what the store has is in force when this returns.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub async fn refresh_silences(&self) -> Result<(), Error> {
        let live = self.live.load_full();
        self.silences.refresh(&self.store, &live.runtime).await
    }

    /// Has the worker of a sink send a test alert; `None`: no worker sends for it now.
    pub async fn test(&self, sink: &str) -> Option<TestResult> {
        let (answer, result) = oneshot::channel();
        self.tests.send(TestRequest { sink: sink.to_owned(), answer }).await.ok()?;
        result.await.ok()
    }

    /// Asks for a reload and does not wait for it.
    pub async fn reload(&self) {
        let _ = self.reloads.send(ReloadRequest { answer: None }).await;
    }

    /// Asks for a reload and waits; `None`: the daemon is stopping.
    pub async fn reload_and_wait(&self) -> Option<ReloadResult> {
        let (answer, result) = oneshot::channel();
        self.reloads.send(ReloadRequest { answer: Some(answer) }).await.ok()?;
        result.await.ok()
    }
}
