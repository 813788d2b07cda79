//! Reload: everything that can fail happens before anything is swapped; then
//! engine, feeds and sinks are exchanged. A bad configuration leaves the one
//! before in service.

use super::control::{Live, LiveSink, ReloadRequest, ReloadResult};
use super::generation::Generation;
use super::heart::{self, Heart, Vitals};
use super::meters::Reloaded;
use super::outbox::{Outbox, Route, Unopened};
use super::poller::Command;
use super::watch::{self, Watch};
use super::{Effect, Options, clock, housekeeping, memory, systemd};
use crate::config::{self, Loaded, Purpose, Unjudged, Watched};
use crate::engine::{Runtime, SinkRoute};
use crate::serve::Api;
use crate::serve::listener::{self, Listener};
use crate::sink;
use crate::sink::heartbeat::Heartbeat;
use crate::sink::pretty::Look;
use crate::store::feed::ConfiguredFeed;
use crate::text::count::count;
use arc_swap::ArcSwap;
use jiff::Timestamp;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tracing::{error, info, warn};

/// How often it is looked whether the last poll under a configuration that is past has ended.
const LOOK: Duration = Duration::from_secs(1);

/// Exchanges configurations.
pub(super) struct Reloader {
    options: Options,
    /// The workers of the sinks.
    pub(super) outbox: Outbox,
    /// Sinks whose workers are not started yet.
    pub(super) waiting: Vec<Route>,
    /// Wishes to reload.
    pub(super) wishes: mpsc::Receiver<ReloadRequest>,
    /// Files of the configuration that have changed.
    pub(super) changes: mpsc::Receiver<()>,
    /// Calls the heartbeat while it is held.
    pub(super) heart: Option<Heart>,
    /// What serves the API.
    pub(super) listener: Option<Listener>,
    /// Where the watcher says so.
    noticed: mpsc::Sender<()>,
    /// What changes the configuration in service.
    watched: Watched,
    watch: Option<Watch>,
    commands: mpsc::Sender<Command>,
    live: Arc<ArcSwap<Live>>,
    api: Api,
}

impl Reloader {
    /// A reloader for a daemon whose first configuration is in service.
    pub(super) fn new(
        options: Options,
        outbox: Outbox,
        commands: mpsc::Sender<Command>,
        live: Arc<ArcSwap<Live>>,
        wishes: mpsc::Receiver<ReloadRequest>,
        api: Api,
    ) -> Self {
        let (noticed, raw) = mpsc::channel(1);
        let (settled, changes) = mpsc::channel(1);
        tokio::spawn(watch::settle(raw, settled));
        Self {
            options,
            outbox,
            waiting: Vec::new(),
            wishes,
            changes,
            heart: None,
            listener: None,
            noticed,
            watched: Watched::default(),
            watch: None,
            commands,
            live,
            api,
        }
    }

    /// Notices from now on when a file of this configuration changes.
    pub(super) fn watch(&mut self, loaded: &Loaded) {
        // The old one first: both would tell of the same change.
        self.watch = None;
        self.watched = loaded.watch.clone();
        if loaded.watch_config {
            self.watch = Watch::of(&self.watched, &self.noticed);
        }
    }

    /// Notices from now on also when a configuration that was refused may have been mended.
    fn watch_too(&mut self, refused: Watched) {
        if self.watch.take().is_some() {
            let Watched { mut folders, mut files } = refused;
            folders.extend(self.watched.folders.iter().cloned());
            files.extend(self.watched.files.iter().cloned());
            self.watch = Watch::of(&Watched { folders, files }, &self.noticed);
        }
    }

    /// Serves the API from now on, where it is to be served.
    pub(super) fn listen(&mut self) {
        if let Some(listener) = &mut self.listener {
            listener.serve(&self.api);
        }
    }

    /// Calls this heartbeat from now on, and no other. A dry run calls none.
    pub(super) fn beat(&mut self, heartbeat: Option<(Heartbeat, Duration)>) {
        // The old one first: two must not beat at once.
        self.heart = None;
        if self.options.effect == Effect::Real {
            self.heart = heartbeat.map(|(heartbeat, interval)| {
                Heart::start(heartbeat, interval, self.vitals(Some(self.commands.clone())))
            });
        }
    }

    /// What is looked at before a beat.
    pub(super) fn vitals(&self, poller: Option<mpsc::Sender<Command>>) -> Vitals {
        let sinks = self.live.load().sinks.iter().map(|sink| sink.name.clone()).collect();
        Vitals { tools: self.outbox.tools().clone(), sinks, poller }
    }

    /// Reloads because of `cause`, and logs how it went.
    pub(super) async fn reload(&mut self, cause: &str) {
        info!("{cause}: reloading");
        self.exchange().await;
    }

    /// Reloads because somebody asked, and tells them how it went.
    pub(super) async fn answer(&mut self, request: ReloadRequest) {
        info!("asked to reload");
        let result = self.exchange().await;
        if let Some(answer) = request.answer {
            // Whoever asked may have gone.
            let _ = answer.send(result);
        }
    }

    async fn exchange(&mut self) -> ReloadResult {
        systemd::reloading();
        let result = self.try_exchange().await;
        let now = clock::now();
        let live = matches!(result, ReloadResult::Live { .. });
        self.api.handle.meters.reloaded(if live { Reloaded::live } else { Reloaded::kept });
        match &result {
            ReloadResult::Live { generation, warnings } => {
                for warning in warnings {
                    warn!("{}", warning.summary());
                }
                let live = self.live.load();
                info!(generation, feeds = live.feeds, terms = live.terms, "the new configuration is live");
            }
            ReloadResult::Kept { errors } => {
                for error in errors {
                    error!("{}", error.summary());
                }
                error!(
                    "the new configuration is bad ({} above); the one before stays in service",
                    count(errors.len(), "error")
                );
                self.remember(now, errors.first().map_or_else(String::new, config::diagnostic::Diagnostic::summary));
            }
            ReloadResult::Failed(reason) => {
                error!("the new configuration cannot be used, the one before stays in service: {reason}");
                self.remember(now, reason.clone());
            }
        }
        systemd::ready(&housekeeping::status_line(&self.live.load(), 0));
        result
    }

    fn remember(&self, now: Timestamp, reason: String) {
        let mut live = Live::clone(&self.live.load());
        live.reload_error = Some((now, reason));
        self.live.store(Arc::new(live));
    }

    async fn try_exchange(&mut self) -> ReloadResult {
        let (path, environment) = (self.options.config.clone(), self.options.environment.clone());
        let work = tokio::task::spawn_blocking(move || config::load(&path, &environment, Purpose::Run));
        let mut loaded = match work.await {
            Ok(Ok(loaded)) => loaded,
            Ok(Err(found)) => {
                self.watch_too(found.watch);
                return ReloadResult::Kept { errors: found.errors };
            }
            Err(error) => return ReloadResult::Failed(format!("a defect of newswatch, please report it: {error}")),
        };
        self.options.effect.apply(&mut loaded);
        let before = Arc::clone(&self.live.load().runtime);
        match self.put_into_service(&loaded).await {
            Ok(generation) => {
                tokio::spawn(part_with(before));
                judge(loaded.unjudged.take(), &self.live.load());
                ReloadResult::Live { generation, warnings: loaded.warnings }
            }
            Err(reason) => {
                self.watch_too(loaded.watch);
                tokio::spawn(part_with(loaded.runtime));
                ReloadResult::Failed(reason)
            }
        }
    }

    async fn put_into_service(&mut self, loaded: &Loaded) -> Result<u64, String> {
        let before = self.live.load_full();
        if loaded.state_dir != before.state_dir {
            return Err(format!(
                "state_dir is {} now and was {}: that needs a restart",
                loaded.state_dir.display(),
                before.state_dir.display()
            ));
        }
        let number = before.generation.saturating_add(1);
        let generation = Arc::new(Generation::new(number, loaded).map_err(|error| error.to_string())?);
        let routes = open_sinks(loaded, &self.options.look, Unopened::Refuse)?;
        let heartbeat = heart::open(loaded)?;
        let now = clock::now();
        let store = self.api.handle.store.clone();
        let states = store.sync_feeds(configured(loaded), now).await.map_err(|error| error.to_string())?;
        let silences = Arc::clone(&self.api.handle.silences);
        silences.refresh(&store, &loaded.runtime).await.map_err(|error| error.to_string())?;
        if self.options.effect == Effect::Real {
            listener::exchange(&mut self.listener, loaded.listen.as_ref(), &self.api).await?;
        }
        // From here on nothing fails.
        self.api.handle.meters.expect(&loaded.runtime);
        let (done, in_service) = oneshot::channel();
        let _ = self.commands.send(Command::Exchange { generation, states, done }).await;
        self.outbox.exchange(routes);
        let _ = in_service.await;
        let listen = self.listener.as_ref().map(Listener::address);
        self.live.store(Arc::new(Live { listen, ..live(loaded, number, before.started, now) }));
        self.watch(loaded);
        self.beat(heartbeat);
        Ok(number)
    }
}

/// Frees a runtime that is out of service on a thread that nothing waits for: of a million
/// names that takes a while. Polls that began under it hold it until they end.
async fn part_with(past: Arc<Runtime>) {
    while Arc::strong_count(&past) > 1 {
        tokio::time::sleep(LOOK).await;
    }
    tokio::task::spawn_blocking(move || {
        drop(past);
        memory::give_back();
    });
}

/// Looks a configuration that is live through for what is probably not meant, on a thread that
/// nothing waits for.
pub(super) fn judge(unjudged: Option<Unjudged>, live: &Live) {
    let Some(unjudged) = unjudged.filter(|_| live.listen.is_some()) else { return };
    let remarks = Arc::clone(&live.remarks);
    tokio::task::spawn_blocking(move || {
        let _ = remarks.set(unjudged.remarks());
        memory::give_back();
    });
}

/// Opens every sink of a configuration; `unopened` says what becomes of a file that cannot be opened.
pub(super) fn open_sinks(loaded: &Loaded, look: &Look, unopened: Unopened) -> Result<Vec<Route>, String> {
    let pairs = loaded.runtime.sinks.iter().zip(&loaded.sinks);
    let open = |(route, config): (&SinkRoute, &sink::Config)| Route::open(route, config, look, unopened);
    pairs.map(|pair| open(pair).map_err(|error| format!("sink {}: {error}", pair.0.name))).collect()
}

/// The feeds of a configuration, for the store.
pub(super) fn configured(loaded: &Loaded) -> Vec<ConfiguredFeed> {
    let feeds = loaded.runtime.feeds.iter();
    feeds.map(|feed| ConfiguredFeed { key: feed.key.clone(), url: feed.url.clone(), polled: feed.enabled }).collect()
}

/// What is live with this configuration.
pub(super) fn live(loaded: &Loaded, generation: u64, started: Timestamp, now: Timestamp) -> Live {
    let counts = loaded.runtime.watchlists.counts();
    Live {
        started,
        state_dir: loaded.state_dir.clone(),
        generation,
        feeds: loaded.runtime.polled_feeds(),
        terms: counts.terms,
        entities: counts.entities,
        rules: counts.rules,
        watchlists: counts.watchlists,
        sinks: loaded
            .runtime
            .sinks
            .iter()
            .map(|sink| LiveSink { name: sink.name.clone(), max_age: sink.max_age })
            .collect(),
        runtime: Arc::clone(&loaded.runtime),
        remarks: Arc::default(),
        sought: Arc::default(),
        watchlist_files: Arc::new(loaded.watchlist_files.clone()),
        imports: loaded.imports.as_slice().into(),
        retention: loaded.retention,
        stories: loaded.runtime.stories.window,
        listen: None,
        loaded: now,
        reload_error: None,
    }
}
