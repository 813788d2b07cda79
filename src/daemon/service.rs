//! The daemon's tasks: started in order, turned until something ends them, and
//! stopped in order.

use super::control::{Handle, Live, TestRequest};
use super::generation::Generation;
use super::outbox::{Outbox, Unopened};
use super::poller::{Command, Mode, Poller};
use super::reload::{self, Reloader};
use super::tools::Tools;
use super::trial::Trials;
use super::{Effect, Options, StartError, clock, heart, housekeeping, systemd};
use crate::config::{Loaded, Unjudged};
use crate::serve::listener::Listener;
use crate::serve::{self, Api};
use crate::sink::heartbeat::Heartbeat;
use crate::store::Store;
use crate::store::overview::Overview;
use arc_swap::ArcSwap;
use jiff::SignedDuration;
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tracing::{error, info, warn};

/// How long deliveries under way may take when the daemon stops.
const GRACE: Duration = Duration::from_secs(10);

/// The longest that a delivery waits for its retry, as a destination may ask; what the disk says
/// beyond is a clock that was wrong.
const LONGEST_RETRY: SignedDuration = SignedDuration::from_hours(24 * 31);

/// A daemon whose parts are all live.
pub(super) struct Service {
    mode: Mode,
    effect: Effect,
    tools: Tools,
    live: Arc<ArcSwap<Live>>,
    poller: JoinHandle<()>,
    /// Lets the poller begin: not before everything is live and said to be.
    go: Option<oneshot::Sender<()>>,
    commands: mpsc::Sender<Command>,
    reloader: Reloader,
    /// What calls the heartbeat, until it begins.
    heartbeat: Option<(Heartbeat, Duration)>,
    tests: mpsc::Receiver<TestRequest>,
    signals: Signals,
}

/// The signals that it obeys.
pub(super) struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hangup: Signal,
}

impl Signals {
    /// Listens from now on.
    pub(super) fn new() -> Result<Self, StartError> {
        let listen = |kind| signal(kind).map_err(|error| StartError::Io(format!("cannot listen for signals: {error}")));
        Ok(Self {
            terminate: listen(SignalKind::terminate())?,
            interrupt: listen(SignalKind::interrupt())?,
            hangup: listen(SignalKind::hangup())?,
        })
    }
}

impl Service {
    /// Starts everything, in the order in which one thing needs another.
    pub(super) async fn start(
        options: Options,
        loaded: &Loaded,
        store: Store,
        signals: Signals,
    ) -> Result<Self, StartError> {
        let (mode, effect) = (options.mode, options.effect);
        let now = clock::now();
        let generation = Arc::new(Generation::new(1, loaded).map_err(StartError::io)?);
        let routes = reload::open_sinks(loaded, &options.look, Unopened::Retry).map_err(StartError::Io)?;
        let heartbeat = heart::open(loaded).map_err(StartError::Io)?;
        begin(&store, effect).await?;
        let states = store.sync_feeds(reload::configured(loaded), now).await.map_err(StartError::io)?;
        let tools = Tools::new(store);
        tools.silences.refresh(&tools.store, &loaded.runtime).await.map_err(StartError::io)?;
        let listener = match &loaded.listen {
            Some(listen) if mode == Mode::Forever && effect == Effect::Real => {
                Some(Listener::bind(listen).await.map_err(StartError::Io)?)
            }
            _ => None,
        };
        let first = Live { listen: listener.as_ref().map(Listener::address), ..reload::live(loaded, 1, now, now) };
        let live = Arc::new(ArcSwap::from_pointee(first));
        tools.meters.expect(&loaded.runtime);
        let (commands, inbox) = mpsc::channel(16);
        let (reloads, wishes) = mpsc::channel(16);
        let (test_requests, tests) = mpsc::channel(16);
        let handle = Handle {
            store: tools.store.clone(),
            live: Arc::clone(&live),
            reloads,
            alerts: tools.alerts.subscribe(),
            meters: Arc::clone(&tools.meters),
            trials: Trials::new(options.config.clone(), options.environment.clone()),
            nudge: tools.nudge.clone(),
            gone: Arc::clone(&tools.gone),
            tests: test_requests,
            silences: Arc::clone(&tools.silences),
        };
        let api = Api::new(handle.clone(), tools.stop.clone());
        if effect == Effect::Real {
            let socket = serve::socket::bind(&loaded.state_dir);
            let socket = socket.map_err(|error| StartError::Io(format!("cannot make the control socket: {error}")))?;
            tokio::spawn(serve::run(socket, api.clone()));
        }
        let outbox = Outbox::new(tools.clone());
        let mut reloader = Reloader::new(options, outbox, commands.clone(), Arc::clone(&live), wishes, api);
        reloader.waiting = routes;
        reloader.listener = listener;
        if mode == Mode::Forever {
            reloader.watch(loaded);
        }
        let poller = Poller::new(mode, tools.clone(), generation, &states);
        let (go, gone) = oneshot::channel();
        let poller = tokio::spawn(async move {
            if gone.await.is_ok() {
                poller.run(inbox).await;
            }
        });
        Ok(Self { mode, effect, tools, live, poller, go: Some(go), commands, reloader, heartbeat, tests, signals })
    }

    /// Looks the first configuration through for what is probably not meant.
    pub(super) fn judge(&self, unjudged: Option<Unjudged>) {
        reload::judge(unjudged, &self.live.load());
    }

    /// What the store holds already; `None` where it cannot say.
    pub(super) async fn stored(&self) -> Option<Overview> {
        self.tools.store.overview(clock::now()).await.ok()
    }

    /// Turns until something ends it.
    pub(super) async fn run(mut self) {
        let _ = self.go.take().map(|go| go.send(()));
        if self.mode == Mode::Forever {
            // By `Mode::Once` they are needed when all feeds were polled.
            let routes = std::mem::take(&mut self.reloader.waiting);
            self.reloader.outbox.exchange(routes);
            self.reloader.beat(self.heartbeat.take());
            self.reloader.listen();
        }
        if self.effect == Effect::Real && self.mode == Mode::Forever {
            housekeeping::start(&self.tools, &self.live, self.commands.clone());
        }
        systemd::ready(&housekeeping::status_line(&self.live.load(), 0));
        loop {
            tokio::select! {
                biased;
                _ = self.signals.terminate.recv() => break info!("SIGTERM: stopping"),
                _ = self.signals.interrupt.recv() => break info!("SIGINT: stopping"),
                _ = self.signals.hangup.recv(), if self.mode == Mode::Forever => self.reloader.reload("SIGHUP").await,
                Some(()) = self.reloader.changes.recv() => self.reloader.reload("a file of the configuration changed").await,
                () = self.tools.stop.cancelled() => break info!("whoever read the alerts has gone: stopping"),
                ended = &mut self.poller => {
                    if ended.is_err_and(|error| error.is_panic()) {
                        error!("the poller panicked: a defect of newswatch; please report it");
                    }
                    break;
                }
                wish = self.reloader.wishes.recv(), if self.mode == Mode::Forever => match wish {
                    Some(wish) => self.reloader.answer(wish).await,
                    None => break,
                },
                Some(request) = self.tests.recv() => self.reloader.outbox.test(request),
            }
        }
        self.stop().await;
    }

    /// Stops polling, finishes what is being written, gives deliveries their grace.
    async fn stop(mut self) {
        systemd::stopping();
        if self.mode == Mode::Once && self.poller.is_finished() {
            let routes = std::mem::take(&mut self.reloader.waiting);
            let tools = self.tools.clone();
            tokio::select! {
                () = Outbox::once(&tools, routes) => self.beat_once().await,
                _ = self.signals.terminate.recv() => {}
                _ = self.signals.interrupt.recv() => {}
            }
        }
        self.tools.stop.cancel();
        if !self.poller.is_finished() {
            let _ = (&mut self.poller).await;
        }
        self.reloader.outbox.stop(GRACE).await;
        if self.effect == Effect::Real {
            if let Err(error) = self.tools.store.end_run(clock::now()).await {
                warn!(%error, "the end of this run could not be recorded");
            }
            serve::socket::remove(&self.live.load().state_dir);
        }
        self.tools.store.close().await;
    }
}

impl Service {
    /// At the end of a run that was to end.
    async fn beat_once(&self) {
        if let (Effect::Real, Some((heartbeat, _))) = (self.effect, &self.heartbeat) {
            heart::once(heartbeat, &self.reloader.vitals(None)).await;
        }
    }
}

/// Takes the outbox over from the run before.
async fn begin(store: &Store, effect: Effect) -> Result<(), StartError> {
    if effect != Effect::Real {
        return Ok(());
    }
    let now = clock::now();
    let latest = now.saturating_add(LONGEST_RETRY).unwrap_or(now);
    let in_flight = store.recover_outbox(latest).await.map_err(StartError::io)?;
    let before = store.begin_run(std::process::id(), env!("CARGO_PKG_VERSION"), now).await.map_err(StartError::io)?;
    if let Some(before) = before.filter(|run| run.stopped.is_none()) {
        warn!(pid = before.pid, started = %before.started, in_flight, "the run before did not end in good order; nothing is lost");
    }
    Ok(())
}
