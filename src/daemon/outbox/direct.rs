//! The worker of a sink that sends each delivery on its own. Some are claimed ahead, and
//! what has ended is written down beside the other attempts, as many at a time as have ended
//! by then. A crash between sending and settling repeats the delivery, with the same id and
//! bytes.

use super::test::Test;
use super::{Desk, Pause};
use crate::daemon::clock;
use crate::engine::retry::{Breaker, Closed, Permit};
use crate::sink::{self, Direct, Outcome};
use crate::store::outbox::{Delivery, Settled, Settlement};
use crate::store::{Error, crash_point};
use jiff::SignedDuration;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::{JoinError, JoinSet};
use tokio::time::Instant;

/// Deliveries that are claimed beyond those that are sent just now.
const AHEAD: usize = 32;

/// What came of writing down; with what could not be written.
type Written = Result<(), (Vec<Settlement>, Error)>;

/// An attempt that has ended.
struct Ended {
    delivery: Delivery,
    /// How old the delivery is, counted by the monotonic clock since it was claimed.
    age: SignedDuration,
    permit: Permit,
    outcome: Outcome,
}

/// The attempts under way and the state of the sink.
struct Bench {
    sink: Arc<Direct>,
    concurrency: usize,
    breaker: Breaker,
    /// Claimed, and not begun.
    ready: VecDeque<Delivery>,
    attempts: JoinSet<Ended>,
    /// Ended, and not written down.
    ended: Vec<Settlement>,
    /// Writes down what ended before; one at a time.
    writing: JoinSet<Written>,
    /// So many.
    being_written: usize,
    /// The origin of the breaker's time.
    origin: Instant,
    /// The destination is gone: nothing more is sent.
    stopped: bool,
    /// Where each delivery is tried once: those that failed, settled when all were tried, so
    /// that none is claimed a second time.
    deferred: Option<Vec<Settlement>>,
}

/// Works until the desk is told to stop; attempts under way are finished.
pub(super) async fn work(mut desk: Desk, sink: Direct, concurrency: usize) {
    let mut bench = Bench::new(sink, concurrency);
    let mut commits = desk.commits();
    let mut nudges = desk.nudges();
    while !desk.stop.is_cancelled() {
        commits.borrow_and_update();
        desk.look_at_window().await;
        let pause = bench.begin(&mut desk).await;
        tokio::select! {
            biased;
            () = desk.stop.cancelled() => break,
            Some(ended) = bench.attempts.join_next() => bench.ended(&mut desk, ended.ok()).await,
            Some(written) = bench.writing.join_next() => bench.written(&mut desk, written).await,
            Some(wish) = desk.tests.recv() => {
                tokio::spawn(test(Arc::clone(&bench.sink), wish));
            }
            _ = commits.changed() => desk.window.committed(),
            () = desk.window.pause().over() => desk.close_window().await,
            _ = nudges.changed() => bench.breaker = Breaker::default(),
            () = pause.over() => {}
        }
    }
    bench.give_back(&mut desk).await;
    while let Some(ended) = bench.attempts.join_next().await {
        bench.ended(&mut desk, ended.ok()).await;
    }
    bench.write_all(&mut desk).await;
}

/// Tries each delivery once, also one that waits for its retry, and what is collected; none of a
/// sink that is held.
pub(super) async fn once(mut desk: Desk, sink: Direct, concurrency: usize) {
    let mut bench = Bench::new(sink, concurrency);
    bench.deferred = Some(Vec::new());
    desk.close_window().await;
    desk.make_due().await;
    loop {
        let free = bench.concurrency.saturating_sub(bench.attempts.len());
        if !bench.stopped && !desk.stop.is_cancelled() {
            for delivery in desk.claim(free).await.unwrap_or_default() {
                bench.attempt(&mut desk, delivery, Permit::Normal).await;
            }
        }
        match bench.attempts.join_next().await {
            Some(ended) => bench.ended(&mut desk, ended.ok()).await,
            None => break,
        }
    }
    desk.settle(bench.deferred.take().unwrap_or_default()).await;
}

/// Sends a test alert, whatever the breaker says, and without a word to it.
pub(super) async fn test(sink: Arc<Direct>, test: Test) {
    let outcome = sink.send(&test.delivery(), clock::now()).await;
    test.ended(outcome);
}

impl Bench {
    fn new(sink: Direct, concurrency: usize) -> Self {
        Self {
            sink: Arc::new(sink),
            concurrency: concurrency.max(1),
            breaker: Breaker::default(),
            ready: VecDeque::new(),
            attempts: JoinSet::new(),
            ended: Vec::new(),
            writing: JoinSet::new(),
            being_written: 0,
            origin: Instant::now(),
            stopped: false,
            deferred: None,
        }
    }

    fn time(&self) -> Duration {
        self.origin.elapsed()
    }

    /// Begins as many attempts as may be begun; says what to wait for then.
    async fn begin(&mut self, desk: &mut Desk) -> Pause {
        if self.stopped {
            self.give_back(desk).await;
            return Pause::Event;
        }
        // What has ended and is not written down would be sent again after a crash: it keeps its
        // place, so that never more are than may be in flight.
        let taken = self.attempts.len() + self.ended.len() + self.being_written;
        let free = self.concurrency.saturating_sub(taken);
        if free == 0 {
            return Pause::Event;
        }
        let permit = match self.breaker.ask(self.time()) {
            Ok(permit) => permit,
            Err(closed) => {
                self.give_back(desk).await;
                return match closed {
                    Closed::Until(time) => Pause::Until(self.origin + time),
                    Closed::Probing => Pause::Event,
                };
            }
        };
        let most = if permit == Permit::Probe { 1 } else { free };
        if self.ready.len() < most {
            let limit = if permit == Permit::Probe { 1 } else { free.saturating_add(AHEAD) };
            match desk.claim(limit).await {
                Ok(claimed) => self.ready.extend(claimed),
                Err(pause) => {
                    self.breaker.abandoned(permit);
                    return Pause::Until(Instant::now() + pause);
                }
            }
        }
        let begun: Vec<Delivery> = self.ready.drain(..most.min(self.ready.len())).collect();
        if begun.is_empty() {
            self.breaker.abandoned(permit);
        }
        // Fewer than could be sent: nothing else is due now.
        let idle = begun.len() < most;
        for delivery in begun {
            self.attempt(desk, delivery, permit).await;
        }
        if idle { Pause::before_next(desk).await } else { Pause::Event }
    }

    /// Begins an attempt; one that cannot be begun has ended.
    async fn attempt(&mut self, desk: &mut Desk, mut delivery: Delivery, permit: Permit) {
        let unable = desk.complete(&mut delivery).await.err();
        let sink = Arc::clone(&self.sink);
        let (age, claimed) = (clock::now().duration_since(delivery.queued), Instant::now());
        self.attempts.spawn(async move {
            if let Some(outcome) = unable {
                return Ended { delivery, age, permit, outcome };
            }
            let attempt = sink::Delivery {
                alert: delivery.alert.clone(),
                attempt: delivery.attempts.saturating_add(1),
                body: delivery.body.clone().into(),
            };
            let outcome = sink.send(&attempt, clock::now()).await;
            let age = age.saturating_add(SignedDuration::try_from(claimed.elapsed()).unwrap_or_default());
            Ended { delivery, age, permit, outcome }
        });
    }

    /// Takes note of an attempt that has ended, and of whatever else has ended with it.
    async fn ended(&mut self, desk: &mut Desk, first: Option<Ended>) {
        let mut settlements = Vec::new();
        let mut closed = false;
        let mut hold = None;
        let mut next = first;
        loop {
            if let Some(ended) = next {
                closed |= self.judge(&ended);
                hold = hold.max(asked_hold(&ended.outcome));
                if self.stopped && matches!(*self.sink, Direct::Stdout(_)) {
                    // Whoever read the alerts has gone: the daemon ends, what is left waits on disk.
                    desk.tools.stop.cancel();
                }
                settlements.push(desk.conclude(&ended.delivery, ended.age, ended.outcome));
            }
            match self.attempts.try_join_next() {
                Some(ended) => next = ended.ok(),
                None => break,
            }
        }
        if let Some(hold) = hold {
            desk.hold(hold).await;
        }
        if let Some(deferred) = &mut self.deferred {
            deferred.extend(settlements.extract_if(.., |it| matches!(it.outcome, Settled::Retry { .. })));
        }
        self.ended.extend(settlements);
        if closed || self.deferred.is_some() {
            self.write_all(desk).await;
        }
        if closed {
            desk.make_due().await;
        }
        self.write(desk).await;
    }

    /// What was claimed ahead waits with the rest again.
    async fn give_back(&mut self, desk: &mut Desk) {
        let release = |delivery: Delivery| Settlement { id: delivery.id, outcome: Settled::Release };
        self.ended.extend(self.ready.drain(..).map(release));
        self.write(desk).await;
    }

    /// Begins to write down what has ended, unless that is being done: then it follows.
    async fn write(&mut self, desk: &mut Desk) {
        if self.ended.is_empty() || !self.writing.is_empty() {
            return;
        }
        desk.tools.meters.settled(&desk.name, &self.ended);
        desk.note_health().await;
        let (store, settlements) = (desk.tools.store.clone(), std::mem::take(&mut self.ended));
        self.being_written = settlements.len();
        self.writing.spawn(async move {
            crash_point("outbox.sent");
            store.settle(settlements.clone(), clock::now()).await.map_err(|error| (settlements, error))
        });
    }

    /// It was written down, or that failed: then nothing else is done until it is.
    async fn written(&mut self, desk: &mut Desk, written: Result<Written, JoinError>) {
        match written {
            Ok(Ok(())) => desk.store_works(),
            Ok(Err((settlements, error))) => {
                desk.store_failed(&error);
                desk.write_down(settlements).await;
            }
            // A panic is the worker's own.
            Err(error) => {
                if let Ok(panic) = error.try_into_panic() {
                    std::panic::resume_unwind(panic);
                }
            }
        }
        self.being_written = 0;
        self.write(desk).await;
    }

    /// Writes down all that has ended.
    async fn write_all(&mut self, desk: &mut Desk) {
        while let Some(written) = self.writing.join_next().await {
            self.written(desk, written).await;
        }
        desk.settle(std::mem::take(&mut self.ended)).await;
    }

    /// What an attempt says of the sink; whether its breaker has closed.
    fn judge(&mut self, ended: &Ended) -> bool {
        let now = self.time();
        match &ended.outcome {
            Outcome::Delivered | Outcome::Reject { .. } => self.breaker.answered(),
            Outcome::Stop { .. } => {
                self.stopped = true;
                self.breaker.abandoned(ended.permit);
                false
            }
            outcome @ Outcome::Retry { .. } => {
                self.breaker.failed(ended.permit, now);
                if let Some(hold) = asked_hold(outcome) {
                    self.breaker.hold(now.saturating_add(hold));
                }
                false
            }
        }
    }
}

/// How long the destination wants all of the sink to wait.
fn asked_hold(outcome: &Outcome) -> Option<Duration> {
    match outcome {
        Outcome::Retry { after, hold: true, .. } => *after,
        _ => None,
    }
}
