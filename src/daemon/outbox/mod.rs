//! Delivers what the store has queued: one worker a sink, so that one bad sink
//! delays no other. A worker claims what is due, sends the bytes as they were
//! committed, and settles; the queue itself stays on disk.

pub(super) mod claim;
mod direct;
mod health;
mod lines;
mod test;
mod tidying;
mod window;

use super::clock;
use super::control::{TestRequest, TestResult};
use super::poller::Mode;
use super::tools::Tools;
use super::trouble::{Change, Trouble};
use crate::engine::SinkRoute;
use crate::engine::retry::{Attempt, Next, next_attempt};
use crate::sink::body::Body;
use crate::sink::file::{self, FileSink};
use crate::sink::pretty::Look;
use crate::sink::stdout::StdoutSink;
use crate::sink::webhook::WebhookSink;
use crate::sink::{self, Direct, Outcome};
use crate::store::outbox::{Delivery, Settled, Settlement};
use crate::store::{Error, crash_point};
use health::Health;
use jiff::{SignedDuration, Timestamp};
use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use test::Test;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};
use window::Window;

/// A sink and how it is delivered to.
#[derive(Debug)]
pub(super) struct Route {
    /// What reaches it, and how.
    pub(super) sink: SinkRoute,
    /// What it is sent.
    pub(super) body: Body,
    /// How its deliveries are driven.
    pub(super) channel: Channel,
}

/// How the deliveries of a sink are driven.
#[derive(Debug)]
pub(super) enum Channel {
    /// Each on its own, so many attempts at once.
    Direct(Direct, usize),
    /// In batches whose write is recorded first; `None`: the file could not be opened yet.
    File(Option<FileSink>, file::Config),
}

/// What becomes of a file sink whose file cannot be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unopened {
    /// It is an error: at a reload, the configuration before stays in service.
    Refuse,
    /// Its deliveries wait, and it is tried again: at a start, everything else goes on.
    Retry,
}

impl Route {
    /// Opens a sink.
    ///
    /// # Errors
    /// What keeps it from working at all.
    pub(super) fn open(
        route: &SinkRoute,
        config: &sink::Config,
        look: &Look,
        unopened: Unopened,
    ) -> Result<Self, sink::Problem> {
        let channel = match config {
            sink::Config::Stdout(config) => {
                Channel::Direct(Direct::Stdout(StdoutSink::open(*config, look.clone())?), 1)
            }
            sink::Config::Webhook(config) => {
                Channel::Direct(Direct::Webhook(Box::new(WebhookSink::open(config)?)), config.concurrency)
            }
            sink::Config::File(config) => match FileSink::open(config) {
                Err(problem) if unopened == Unopened::Refuse => return Err(problem),
                opened => Channel::File(opened.ok(), config.clone()),
            },
        };
        Ok(Self { sink: route.clone(), body: config.body(), channel })
    }
}

/// All workers.
#[derive(Debug)]
pub(super) struct Outbox {
    tools: Tools,
    workers: HashMap<String, Worker>,
}

/// A worker that runs.
#[derive(Debug)]
struct Worker {
    stop: CancellationToken,
    task: JoinHandle<()>,
    tests: mpsc::Sender<Test>,
    body: Body,
}

/// What the worker of one sink works with.
#[derive(Debug)]
struct Desk {
    tools: Tools,
    name: String,
    sink: SinkRoute,
    body: Body,
    window: Window,
    health: Health,
    mode: Mode,
    /// No new attempt is begun once this is cancelled.
    stop: CancellationToken,
    /// Test alerts to be sent.
    tests: mpsc::Receiver<Test>,
    /// The sink itself fails.
    trouble: Trouble,
    /// The store fails.
    store_trouble: Trouble,
}

/// Test alerts that wait for a worker at most.
const TESTS: usize = 16;

/// How often a run that is to end tries to write something down.
const TRIES: u32 = 3;

/// How a worker that has nothing to do goes on.
#[derive(Debug, Clone, Copy)]
enum Pause {
    /// Until an attempt ends or something is queued.
    Event,
    /// Until then at the latest.
    Until(Instant),
}

impl Pause {
    /// Until the next delivery is due.
    async fn before_next(desk: &mut Desk) -> Self {
        match desk.next_due().await {
            Ok(None) => Self::Event,
            Ok(Some(due)) => {
                let delay = Duration::try_from(due.duration_since(clock::now())).unwrap_or_default();
                // Not at once: what is due and was not claimed fell due this instant.
                Self::Until(Instant::now() + delay.max(Duration::from_millis(20)))
            }
            Err(pause) => Self::Until(Instant::now() + pause),
        }
    }

    async fn over(self) {
        match self {
            Self::Event => std::future::pending().await,
            Self::Until(at) => tokio::time::sleep_until(at).await,
        }
    }
}

impl Outbox {
    /// No worker yet.
    pub(super) fn new(tools: Tools) -> Self {
        Self { tools, workers: HashMap::new() }
    }

    /// What all workers work with.
    pub(super) fn tools(&self) -> &Tools {
        &self.tools
    }

    /// Goes on with these sinks. The workers before begin nothing new; the worker of a sink
    /// begins when the one before it, if any, has ended, so that no two write to one destination.
    pub(super) fn exchange(&mut self, routes: Vec<Route>) {
        let all = all(&routes);
        let mut before = std::mem::take(&mut self.workers);
        for worker in before.values() {
            worker.stop.cancel();
        }
        for route in routes {
            let predecessor = before.remove(&route.sink.name).map(|worker| worker.task);
            let (name, body, stop) = (route.sink.name.clone(), route.body.clone(), CancellationToken::new());
            let (tests, inbox) = mpsc::channel(TESTS);
            let health = Health::new(&route, Arc::clone(&all));
            let desk = Desk::new(self.tools.clone(), &route, health, Mode::Forever, stop.clone(), inbox);
            let task = tokio::spawn(async move {
                if let Some(predecessor) = predecessor {
                    // However it ended, it writes no more.
                    let _ = predecessor.await;
                }
                // In a task of its own, so that a panic is told when it happens.
                report_panic(tokio::spawn(work(desk, route)).await);
            });
            self.workers.insert(name, Worker { stop, task, tests, body });
        }
        // A sink that was removed and comes back before its last attempt has ended must find it.
        before.retain(|_, worker| !worker.task.is_finished());
        self.workers.extend(before);
    }

    /// Tries each delivery once, and ends.
    pub(super) async fn once(tools: &Tools, routes: Vec<Route>) {
        let mut tasks = tokio::task::JoinSet::new();
        let all = all(&routes);
        for route in routes {
            let (_, inbox) = mpsc::channel(TESTS);
            let health = Health::new(&route, Arc::clone(&all));
            let mut desk = Desk::new(tools.clone(), &route, health, Mode::Once, tools.stop.child_token(), inbox);
            tasks.spawn(async move {
                desk.open().await;
                match route.channel {
                    Channel::Direct(sink, concurrency) => direct::once(desk, sink, concurrency).await,
                    Channel::File(sink, config) => lines::once(desk, sink, &config).await,
                }
            });
        }
        while let Some(ended) = tasks.join_next().await {
            report_panic(ended);
        }
    }

    /// Has the worker of a sink send a test alert. Where none can, the answer is dropped.
    pub(super) fn test(&self, request: TestRequest) {
        if let Some(worker) = self.workers.get(&request.sink)
            && let Some(test) = Test::new(&request.sink, &worker.body, &self.tools.host, request.answer)
        {
            let _ = worker.tests.try_send(test);
        }
    }

    /// Sends a test alert to a sink that has no worker; the caller holds the state's lock.
    pub(super) async fn test_alone(tools: &Tools, route: Route) -> Option<TestResult> {
        let (answer, result) = oneshot::channel();
        let test = Test::new(&route.sink.name, &route.body, &tools.host, answer);
        let (_, inbox) = mpsc::channel(TESTS);
        let health = Health::new(&route, Arc::default());
        let desk = Desk::new(tools.clone(), &route, health, Mode::Once, tools.stop.child_token(), inbox);
        match (test, route.channel) {
            (Some(test), Channel::Direct(sink, _)) => direct::test(Arc::new(sink), test).await,
            (Some(test), Channel::File(sink, config)) => lines::test_alone(desk, sink, &config, test).await,
            (None, _) => {}
        }
        result.await.ok()
    }

    /// Begins nothing new and waits for the attempts that are under way, for `grace` at most.
    pub(super) async fn stop(self, grace: Duration) {
        for worker in self.workers.values() {
            worker.stop.cancel();
        }
        let all = async {
            for worker in self.workers.into_values() {
                report_panic(worker.task.await);
            }
        };
        if tokio::time::timeout(grace, all).await.is_err() {
            warn!("deliveries under way were left after {} s; they are sent again at the next start", grace.as_secs());
        }
    }
}

fn report_panic(ended: Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended
        && error.is_panic()
    {
        error!(%error, "the worker of a sink panicked, and rests until a reload: a defect of newswatch; please report it");
    }
}

/// All sinks, in their order.
fn all(routes: &[Route]) -> Arc<[(SinkRoute, Body)]> {
    routes.iter().map(|route| (route.sink.clone(), route.body.clone())).collect()
}

async fn work(mut desk: Desk, route: Route) {
    desk.open().await;
    match route.channel {
        Channel::Direct(sink, concurrency) => direct::work(desk, sink, concurrency).await,
        Channel::File(sink, config) => lines::work(desk, sink, &config).await,
    }
}

impl Desk {
    fn new(
        tools: Tools,
        route: &Route,
        health: Health,
        mode: Mode,
        stop: CancellationToken,
        tests: mpsc::Receiver<Test>,
    ) -> Self {
        Self {
            tools,
            name: route.sink.name.clone(),
            sink: route.sink.clone(),
            body: route.body.clone(),
            window: Window::Unknown,
            health,
            mode,
            stop,
            tests,
            trouble: Trouble::default(),
            store_trouble: Trouble::default(),
        }
    }

    /// Takes up what the run, or the configuration, before has left.
    async fn open(&mut self) {
        self.is_gone(false);
        self.remember_health().await;
        self.release_collected().await;
    }

    /// What changes when something new may be due.
    fn commits(&self) -> watch::Receiver<u64> {
        self.tools.outbox.subscribe()
    }

    /// What changes when a person wants deliveries to be tried at once.
    fn nudges(&self) -> watch::Receiver<u64> {
        self.tools.nudge.subscribe()
    }

    /// When the next delivery is due; `None`: nothing waits.
    async fn next_due(&mut self) -> Result<Option<Timestamp>, Duration> {
        let (store, name) = (self.tools.store.clone(), self.name.clone());
        self.ask_store(async move { store.next_due(&name).await }).await
    }

    /// A question to the store that may be asked again later.
    async fn ask_store<T>(&mut self, question: impl Future<Output = Result<T, Error>>) -> Result<T, Duration> {
        match question.await {
            Ok(answer) => {
                self.store_works();
                Ok(answer)
            }
            Err(error) => Err(self.store_failed(&error)),
        }
    }

    /// All that waits for the sink is due now.
    async fn make_due(&mut self) {
        if let Err(error) = self.tools.store.make_due(&self.name).await {
            self.store_failed(&error);
        }
    }

    /// The destination wants to be left alone: remembered over a restart.
    async fn hold(&mut self, hold: Duration) {
        let now = clock::now();
        let until = now.saturating_add(hold).unwrap_or(now);
        if let Err(error) = self.tools.store.hold(&self.name, until).await {
            self.store_failed(&error);
        }
    }

    /// Writes down how attempts ended, however long it takes: what was sent must not be sent again.
    async fn settle(&mut self, settlements: Vec<Settlement>) {
        self.tools.meters.settled(&self.name, &settlements);
        self.note_health().await;
        if !settlements.is_empty() {
            crash_point("outbox.sent");
            self.write_down(settlements).await;
        }
    }

    /// The writing of [`Self::settle`] alone.
    async fn write_down(&mut self, settlements: Vec<Settlement>) {
        let store = self.tools.store.clone();
        self.persist(|| store.settle(settlements.clone(), clock::now())).await;
    }

    /// Writes something down, however long it takes; whether it did. By [`Mode::Once`] it is given
    /// up after a few tries: what is in flight then is sent again at the next start.
    async fn persist<W: Future<Output = Result<(), Error>>>(&mut self, write: impl Fn() -> W) -> bool {
        while let Err(error) = write().await {
            let pause = self.store_failed(&error);
            let enough = self.mode == Mode::Once && self.store_trouble.failures() >= TRIES;
            if enough || error == Error::Closed {
                return false;
            }
            tokio::time::sleep(pause).await;
        }
        self.store_works();
        true
    }

    fn store_failed(&mut self, error: &Error) -> Duration {
        if self.store_trouble.failed(&error.to_string()) == Change::Began {
            error!(sink = self.name, %error, "deliveries cannot be recorded: they wait until they can");
        }
        self.store_trouble.pause()
    }

    fn store_works(&mut self) {
        if self.store_trouble.worked() == Change::Ended {
            info!(sink = self.name, "deliveries are recorded again");
        }
    }

    /// What becomes of a delivery after an attempt, and what is said about it.
    fn conclude(&mut self, delivery: &Delivery, age: SignedDuration, outcome: Outcome) -> Settlement {
        let settled = match outcome {
            Outcome::Delivered => return self.arrived(delivery),
            Outcome::Reject { reason } => {
                error!(sink = self.name, alert = delivery.alert, "a dead letter: {reason}");
                Settled::Dead { reason }
            }
            Outcome::Retry { reason, after, .. } => self.retry(delivery, age, reason, after),
            Outcome::Stop { reason } => {
                error!(sink = self.name, "nothing more is sent there until a reload or restart: {reason}");
                self.sink_gone(&reason);
                self.is_gone(true);
                // It waits as it is: what comes after the reload may take it.
                Settled::Retry { at: clock::now(), reason }
            }
        };
        Settlement { id: delivery.id, outcome: settled }
    }

    /// The destination has it.
    fn arrived(&mut self, delivery: &Delivery) -> Settlement {
        self.sink_worked();
        if let Some(published) = delivery.published {
            self.tools.meters.arrived(published, clock::now());
        }
        if self.trouble.worked() == Change::Ended {
            info!(sink = self.name, "the sink takes alerts again");
        }
        Settlement { id: delivery.id, outcome: Settled::Delivered }
    }

    fn retry(
        &mut self,
        delivery: &Delivery,
        age: SignedDuration,
        reason: String,
        retry_after: Option<Duration>,
    ) -> Settled {
        self.sink_failed(&reason);
        if self.trouble.failed(&reason) == Change::Began {
            warn!(sink = self.name, "the sink does not take alerts, they wait on disk: {reason}");
        }
        let now = clock::now();
        let attempt =
            Attempt { attempts: delivery.attempts.saturating_add(1), age, max_age: self.sink.max_age, retry_after };
        match next_attempt(&attempt, fastrand::f64()) {
            Next::Retry(delay) => Settled::Retry { at: now.saturating_add(delay).unwrap_or(now), reason },
            Next::Dead => {
                error!(sink = self.name, alert = delivery.alert, "a dead letter, its time is up: {reason}");
                Settled::Dead { reason }
            }
        }
    }
}
