//! The worker of a sink that sends each delivery on its own. A crash between
//! sending and settling repeats the delivery, with the same id and bytes.

use super::test::Test;
use super::{Desk, Pause};
use crate::daemon::clock;
use crate::engine::retry::{Breaker, Closed, Permit};
use crate::sink::{self, Direct, Outcome};
use crate::store::outbox::{Delivery, Settled, Settlement};
use jiff::SignedDuration;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::Instant;

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
    attempts: JoinSet<Ended>,
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
            Some(wish) = desk.tests.recv() => {
                tokio::spawn(test(Arc::clone(&bench.sink), wish));
            }
            _ = commits.changed() => desk.window.committed(),
            () = desk.window.pause().over() => desk.close_window().await,
            _ = nudges.changed() => bench.breaker = Breaker::default(),
            () = pause.over() => {}
        }
    }
    while let Some(ended) = bench.attempts.join_next().await {
        bench.ended(&mut desk, ended.ok()).await;
    }
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
            attempts: JoinSet::new(),
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
        let free = self.concurrency.saturating_sub(self.attempts.len());
        if free == 0 || self.stopped {
            return Pause::Event;
        }
        let permit = match self.breaker.ask(self.time()) {
            Ok(permit) => permit,
            Err(Closed::Until(time)) => return Pause::Until(self.origin + time),
            Err(Closed::Probing) => return Pause::Event,
        };
        let limit = if permit == Permit::Probe { 1 } else { free };
        let claimed = match desk.claim(limit).await {
            Ok(claimed) => claimed,
            Err(pause) => {
                self.breaker.abandoned(permit);
                return Pause::Until(Instant::now() + pause);
            }
        };
        if claimed.is_empty() {
            self.breaker.abandoned(permit);
            return Pause::before_next(desk).await;
        }
        let full = claimed.len() == free;
        for delivery in claimed {
            self.attempt(desk, delivery, permit).await;
        }
        // Fewer than asked for: nothing else is due now.
        if full || permit == Permit::Probe { Pause::Event } else { Pause::before_next(desk).await }
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

    /// Settles an attempt that has ended, and whatever else has ended with it.
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
        desk.settle(settlements).await;
        if closed {
            desk.make_due().await;
        }
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
