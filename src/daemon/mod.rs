//! Every task, timer and signal of the running daemon. What is decided, it asks
//! `engine`; what is written, it gives to `store`; it owns when things happen.

pub mod backtest;
pub mod clock;
pub mod control;
mod documents;
mod generation;
mod heart;
mod housekeeping;
mod memory;
pub mod meters;
mod outbox;
pub(crate) mod poll;
mod poller;
mod recall;
mod reload;
mod round;
mod service;
mod silences;
mod systemd;
mod tools;
pub mod trial;
mod trouble;
mod watch;

pub use poller::Mode;

use crate::config::environment::Environment;
use crate::config::{self, Loaded, Purpose, diagnostic::Diagnostics};
use crate::engine::pace::Pace;
use crate::sink::pretty::Look;
use crate::sink::{self, stdout};
use crate::store::overview::Overview;
use crate::store::{Access, OpenError, StateLock, Store};
use crate::text::count::count;
use control::TestResult;
use outbox::{Outbox, Route, Unopened};
use service::{Service, Signals};
use std::fmt;
use std::path::PathBuf;
use tools::Tools;
use tracing::info;

/// What a daemon is started with.
#[derive(Debug)]
pub struct Options {
    /// The configuration file.
    pub config: PathBuf,
    /// What the configuration depends on besides.
    pub environment: Environment,
    /// How long it goes on.
    pub mode: Mode,
    /// Where alerts go, and what is remembered.
    pub effect: Effect,
    /// How `pretty` alerts look.
    pub look: Look,
}

/// Where alerts go, and what is remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// To the configured sinks; everything is remembered.
    Real,
    /// To stdout only, in this format or else that of the first configured stdout sink; nothing
    /// is remembered, and no lock is taken.
    DryRun(Option<stdout::Format>),
}

impl Effect {
    /// By a dry run: all alerts to one stdout sink, whatever sinks are configured.
    fn apply(self, loaded: &mut Loaded) {
        let Self::DryRun(format) = self else { return };
        let configured = || {
            loaded.sinks.iter().find_map(|sink| match sink {
                sink::Config::Stdout(config) => Some(config.format),
                _ => None,
            })
        };
        let format = format.or_else(configured).unwrap_or_default();
        let route = crate::engine::SinkRoute {
            name: "dry-run".to_owned(),
            min_severity: crate::watchlist::definition::Severity::Info,
            accepts: vec![true; loaded.runtime.watchlists.lists().len()],
            max_age: None,
            pace: Pace::default(),
        };
        loaded.runtime = std::sync::Arc::new(loaded.runtime.with_sinks(vec![route]));
        loaded.sinks = vec![sink::Config::Stdout(stdout::Config { format })];
    }
}

/// What is live, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// How many feeds.
    pub feeds: String,
    /// How many watchlists, and what is in them.
    pub watchlists: String,
    /// Their names and kinds.
    pub sinks: String,
    /// Where the state is.
    pub state: String,
    /// What it holds already; `None` where no feed was polled yet.
    pub stored: Option<String>,
}

/// Why a daemon did not start.
#[derive(Debug)]
pub enum StartError {
    /// The configuration is bad.
    Config(Diagnostics),
    /// The state directory, a sink or the runtime cannot be used; in words that say what to do.
    Io(String),
}

impl StartError {
    fn io(error: impl fmt::Display) -> Self {
        Self::Io(error.to_string())
    }
}

/// Runs a daemon to its end: a signal, a closed stdout, or by [`Mode::Once`] one round.
///
/// `started` is called when everything is live.
///
/// # Errors
/// See [`StartError`]. Once it has started it does not fail.
pub fn run(options: Options, started: impl FnOnce(&Summary, &Loaded)) -> Result<(), StartError> {
    // Two threads carry everything; what blocks or computes has threads of its own.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("newswatch")
        .enable_all()
        .build()
        .map_err(|error| StartError::Io(format!("cannot start threads: {error}")))?;
    let ended = runtime.block_on(start(options, started));
    // A poll that still resolves a name, or a reader of stdout that does not read, is not waited for.
    runtime.shutdown_background();
    ended
}

async fn start(options: Options, started: impl FnOnce(&Summary, &Loaded)) -> Result<(), StartError> {
    // First of all: a signal that comes while it starts is to end it in good order, too.
    let signals = Signals::new()?;
    let mut loaded = config::load(&options.config, &options.environment, Purpose::Run).map_err(StartError::Config)?;
    options.effect.apply(&mut loaded);
    let (store, lock) = match options.effect {
        Effect::Real => open(&loaded)?,
        Effect::DryRun(_) => (Store::in_memory().map_err(StartError::io)?, None),
    };
    let service = Service::start(options, &loaded, store, signals).await?;
    let stored = service.stored().await.filter(|_| lock.is_some());
    started(&summary(&loaded, stored.as_ref()), &loaded);
    service.judge(loaded.unjudged.take());
    // What is needed of it is in service.
    tokio::task::spawn_blocking(move || {
        drop(loaded);
        memory::give_back();
    });
    service.run().await;
    drop(lock);
    Ok(())
}

/// Sends a test alert to a sink where no daemon runs; `None`: there is no sink of that name.
///
/// # Errors
/// Where the state is locked or cannot be used, or the sink cannot be opened.
pub async fn send_test(loaded: &Loaded, sink: &str, look: &Look) -> Result<Option<TestResult>, StartError> {
    let mut sinks = loaded.runtime.sinks.iter().zip(&loaded.sinks);
    let Some((route, config)) = sinks.find(|(route, _)| route.name == sink) else { return Ok(None) };
    let (store, _lock) = open(loaded)?;
    let route = Route::open(route, config, look, Unopened::Retry)
        .map_err(|problem| StartError::Io(format!("sink {sink}: {problem}")))?;
    let result = Outbox::test_alone(&Tools::new(store.clone()), route).await;
    store.close().await;
    Ok(result)
}

fn open(loaded: &Loaded) -> Result<(Store, Option<StateLock>), StartError> {
    let lock = StateLock::acquire(&loaded.state_dir, clock::now()).map_err(StartError::io)?;
    if let Err(OpenError::Older(_)) = Store::open(&loaded.state_dir, Access::ReadOnly) {
        systemd::status("bringing the store up to date for this version");
        info!("bringing the store up to date for this version: a large one takes minutes");
    }
    let store = Store::open(&loaded.state_dir, Access::ReadWrite).map_err(StartError::io)?;
    Ok((store, Some(lock)))
}

/// `stored` is what the store holds already; `None` for a dry run.
fn summary(loaded: &Loaded, stored: Option<&Overview>) -> Summary {
    let feeds = &loaded.runtime.feeds;
    let enabled = loaded.runtime.polled_feeds();
    let disabled = if enabled == feeds.len() { String::new() } else { format!(", {} disabled", feeds.len() - enabled) };
    let counts = loaded.runtime.watchlists.counts();
    let kinds = loaded.runtime.sinks.iter().zip(&loaded.sinks).map(|(route, config)| match config {
        sink::Config::Stdout(_) => format!("{} (stdout)", route.name),
        sink::Config::File(config) => format!("{} (file {})", route.name, config.path.display()),
        sink::Config::Webhook(config) => {
            format!("{} (webhook to {})", route.name, config.url.host_str().unwrap_or("?"))
        }
    });
    Summary {
        feeds: format!("{enabled}{disabled}"),
        watchlists: format!(
            "{} with {}, {}, {}",
            counts.watchlists,
            count(counts.terms, "term"),
            count(counts.entities, "entity"),
            count(counts.rules, "rule")
        ),
        sinks: kinds.collect::<Vec<_>>().join(", "),
        state: match stored {
            Some(_) => loaded.state_dir.display().to_string(),
            None => "none: a dry run remembers nothing".to_owned(),
        },
        stored: stored.filter(|stored| stored.last_poll.is_some()).map(|stored| {
            let (items, alerts) = (count(stored.items, "item"), count(stored.alerts, "alert"));
            format!("{items} and {alerts}: `newswatch alerts` shows them")
        }),
    }
}
