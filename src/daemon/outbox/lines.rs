//! The worker of a file sink. What is about to be written is committed before
//! it is written, so that a crash neither doubles nor tears a line: at start,
//! and after a write that failed, the file itself says how far the last one got.

use super::test::Test;
use super::tidying::Tidying;
use super::{Desk, Pause};
use crate::daemon::clock;
use crate::daemon::trouble::{Change, Trouble};
use crate::sink::Outcome;
use crate::sink::file::{self, FileSink, Write};
use crate::store::crash_point;
use crate::store::outbox::{Delivery, FileWrite, PendingWrite, Settled, Settlement};
use bytes::Bytes;
use std::time::Duration;
use tokio::time::Instant;
use tracing::{info, warn};

/// Lines of one write: enough to share an `fsync`, few enough to settle soon.
const BATCH: usize = 256;

/// What one step came to.
enum Step {
    /// It went on; there may be more to do.
    Again,
    /// Nothing is due.
    Idle,
    /// It does not work now; try again after this long.
    Wait(Duration),
}

/// A file sink at work.
struct Lines {
    desk: Desk,
    config: file::Config,
    /// `None`: the file could not be opened yet.
    sink: Option<FileSink>,
    /// Every write that was recorded is settled. Where it is not, the file is asked first
    /// how far it got; only where it is, the file may be put aside.
    settled: bool,
    /// The file cannot be put aside.
    rotation_trouble: Trouble,
    tidying: Tidying,
}

/// Works until the desk is told to stop; a write under way is finished.
pub(super) async fn work(desk: Desk, sink: Option<FileSink>, config: &file::Config) {
    let mut lines = Lines::new(desk, sink, config);
    let mut commits = lines.desk.commits();
    let mut nudges = lines.desk.nudges();
    // A crash may have left something half done.
    lines.tidying.begin(config);
    while !lines.desk.stop.is_cancelled() {
        commits.borrow_and_update();
        lines.tidying.look(&lines.desk.name, config);
        let step = lines.step().await;
        let pause = match step {
            Step::Again => {
                if let Ok(wish) = lines.desk.tests.try_recv() {
                    lines.test(wish).await;
                }
                continue;
            }
            Step::Idle => Pause::before_next(&mut lines.desk).await,
            Step::Wait(delay) => Pause::Until(Instant::now() + delay),
        };
        let trouble = matches!(step, Step::Wait(_));
        tokio::select! {
            biased;
            () = lines.desk.stop.cancelled() => {}
            Some(wish) = lines.desk.tests.recv() => lines.test(wish).await,
            () = lines.tidying.ended() => {}
            _ = commits.changed(), if !trouble => {}
            _ = nudges.changed() => {}
            () = pause.over() => {}
        }
    }
    lines.tidying.stop().await;
}

/// Tries each delivery once, also one that waits for its retry.
pub(super) async fn once(mut desk: Desk, sink: Option<FileSink>, config: &file::Config) {
    desk.make_due().await;
    let mut lines = Lines::new(desk, sink, config);
    // A write that fails ends it: the rest would fail, too.
    while matches!(lines.step().await, Step::Again) && !lines.desk.stop.is_cancelled() {}
    lines.tidying.finish(&lines.desk.name, config).await;
}

/// Writes a test alert where no worker does, and tells whoever asked how it went.
pub(super) async fn test_alone(desk: Desk, sink: Option<FileSink>, config: &file::Config, test: Test) {
    Lines::new(desk, sink, config).test(test).await;
}

impl Lines {
    fn new(desk: Desk, sink: Option<FileSink>, config: &file::Config) -> Self {
        Self {
            desk,
            config: config.clone(),
            sink,
            settled: false,
            rotation_trouble: Trouble::default(),
            tidying: Tidying::default(),
        }
    }

    async fn step(&mut self) -> Step {
        if self.settled { self.write_some().await } else { self.recover().await }
    }

    /// Settles the write that a crash or a failure interrupted, if any.
    async fn recover(&mut self) -> Step {
        if let Some(Err(outcome)) = with(&mut self.sink, FileSink::mend).await {
            return Step::Wait(self.troubled(&outcome).await);
        }
        let (store, name) = (self.desk.tools.store.clone(), self.desk.name.clone());
        let pending = match self.desk.ask_store(async move { store.pending_write(&name).await }).await {
            Ok(pending) => pending,
            Err(pause) => return Step::Wait(pause),
        };
        let Some(PendingWrite { write, deliveries }) = pending else {
            self.settled = true;
            return Step::Again;
        };
        let (bodies, place, config) = (bodies(&deliveries), place(&write), self.config.clone());
        match blocking(move || file::recover(&config, &place, &bodies)).await {
            Ok(whole) => {
                let there = whole.iter().filter(|whole| **whole).count();
                // What failed here has been said.
                if there > 0 || self.desk.trouble.failures() == 0 {
                    let (sink, lines) = (&self.desk.name, deliveries.len());
                    info!(sink, lines, there, "a write was interrupted; the file was put right");
                }
                let settlements = deliveries.iter().zip(whole).map(|(delivery, whole)| Settlement {
                    id: delivery.id,
                    outcome: if whole { Settled::Delivered } else { Settled::Release },
                });
                self.settle(settlements.collect()).await
            }
            Err(outcome) => Step::Wait(self.troubled(&outcome).await),
        }
    }

    /// Writes a batch of what is due.
    async fn write_some(&mut self) -> Step {
        let mut deliveries = match self.desk.claim(BATCH).await {
            Ok(deliveries) if deliveries.is_empty() => return Step::Idle,
            Ok(deliveries) => deliveries,
            Err(pause) => return Step::Wait(pause),
        };
        // In several writes, where the file cannot take all of it.
        while !deliveries.is_empty() {
            let lines = match self.write(&deliveries).await {
                Ok(lines) => lines,
                Err(step) => return step,
            };
            deliveries.drain(..lines);
        }
        Step::Again
    }

    /// Writes the first of these deliveries, as many as one write takes, and says how many that
    /// were. Where it fails, all of them are given back.
    async fn write(&mut self, deliveries: &[Delivery]) -> Result<usize, Step> {
        let mut lines = bodies(deliveries);
        let write = match self.plan(lines.clone()).await {
            Ok(write) => write,
            Err(outcome) => return Err(Step::Wait(self.give_back(deliveries, &outcome).await)),
        };
        let count = write.lines;
        lines.truncate(count);
        if let Err(pause) = self.record(&write, deliveries.get(..count).unwrap_or(deliveries)).await {
            self.desk.release(deliveries).await;
            return Err(Step::Wait(pause));
        }
        crash_point("outbox.file.recorded");
        let outcome = with(&mut self.sink, move |sink| sink.append(&write, &lines)).await.unwrap_or_else(not_open);
        crash_point("outbox.file.written");
        if outcome != Outcome::Delivered {
            return Err(Step::Wait(self.give_back(deliveries, &outcome).await));
        }
        let written = deliveries.iter().take(count);
        let settlements = written.map(|delivery| self.desk.arrived(delivery)).collect();
        match self.settle(settlements).await {
            Step::Again => Ok(count),
            step => Err(step),
        }
    }

    /// Writes a test alert, and tells whoever asked how it went.
    async fn test(&mut self, test: Test) {
        let outcome = self.write_test(test.delivery().body).await;
        test.ended(outcome);
    }

    async fn write_test(&mut self, line: Bytes) -> Outcome {
        // What a crash left is put right first: another line after it would hide it.
        while !self.settled {
            if let Step::Wait(_) = self.recover().await {
                return not_now("what a crash left in the file cannot be put right yet, see the log");
            }
        }
        let lines = vec![line];
        let write = match self.plan(lines.clone()).await {
            Ok(write) => write,
            Err(outcome) => return outcome,
        };
        // Recorded like any write, though of no delivery: a crash in the middle is cut off at the next start.
        if self.record(&write, &[]).await.is_err() {
            return not_now("the write cannot be recorded in the state, see the log");
        }
        let outcome = with(&mut self.sink, move |sink| sink.append(&write, &lines)).await.unwrap_or_else(not_open);
        if outcome == Outcome::Delivered {
            self.settle(Vec::new()).await;
        }
        outcome
    }

    /// Opens the file where it is not open yet, puts it aside where it is time for that, and
    /// says where the lines will stand in it.
    async fn plan(&mut self, lines: Vec<Bytes>) -> Result<Write, Outcome> {
        if self.sink.is_none() {
            let config = self.config.clone();
            let opened = blocking(move || FileSink::open(&config)).await;
            self.sink = Some(opened.map_err(|problem| Outcome::Retry {
                reason: format!("{}; {}", problem.message, problem.help),
                after: None,
                hold: true,
            })?);
        }
        let now = clock::now();
        let planned = with(&mut self.sink, move |sink| {
            let rotated = lines.first().map_or(Ok(false), |line| sink.rotate(line, now));
            (rotated, sink.plan(&lines))
        });
        let Some((rotated, write)) = planned.await else { return Err(not_open()) };
        match rotated {
            Ok(false) => {}
            Ok(true) => {
                self.rotation_trouble.worked();
                self.tidying.begin(&self.config);
            }
            Err(reason) => {
                if self.rotation_trouble.failed(&reason) == Change::Began {
                    warn!(sink = self.desk.name, "no new file can be begun, the one before grows: {reason}");
                }
            }
        }
        write
    }

    async fn record(&mut self, write: &Write, deliveries: &[Delivery]) -> Result<(), Duration> {
        let record = FileWrite {
            path: write.path.clone(),
            device: write.device,
            inode: write.inode,
            offset: write.offset,
            length: write.length,
            deliveries: deliveries.iter().map(|delivery| delivery.id).collect(),
        };
        // Also where the store fails: it may have it all the same.
        self.settled = false;
        let (store, name) = (self.desk.tools.store.clone(), self.desk.name.clone());
        self.desk.ask_store(async move { store.record_write(&name, record).await }).await
    }

    /// Like [`Desk::settle`], and the record of the write is cleared with it.
    async fn settle(&mut self, settlements: Vec<Settlement>) -> Step {
        self.desk.tools.meters.settled(&self.desk.name, &settlements);
        self.desk.note_health().await;
        let (store, name) = (self.desk.tools.store.clone(), self.desk.name.clone());
        self.settled = self.desk.persist(|| store.settle_write(&name, settlements.clone(), clock::now())).await;
        if self.settled { Step::Again } else { Step::Wait(self.desk.store_trouble.pause()) }
    }

    /// All of a batch waits, and keeps its order: the same time for all. What was recorded of it
    /// stays until the file was asked what became of it.
    async fn give_back(&mut self, deliveries: &[Delivery], outcome: &Outcome) -> Duration {
        let pause = self.troubled(outcome).await;
        let now = clock::now();
        let at = now.saturating_add(pause).unwrap_or(now);
        let reason = words(outcome);
        let wait = |delivery: &Delivery| Settlement {
            id: delivery.id,
            outcome: Settled::Retry { at, reason: reason.clone() },
        };
        self.desk.settle(deliveries.iter().map(wait).collect()).await;
        pause
    }

    async fn troubled(&mut self, outcome: &Outcome) -> Duration {
        let reason = words(outcome);
        self.desk.sink_failed(&reason);
        self.desk.note_health().await;
        if self.desk.trouble.failed(&reason) == Change::Began {
            warn!(sink = self.desk.name, "the file cannot be written, alerts wait on disk: {reason}");
        }
        self.desk.trouble.pause()
    }
}

fn bodies(deliveries: &[Delivery]) -> Vec<Bytes> {
    deliveries.iter().map(|delivery| Bytes::from(delivery.body.clone())).collect()
}

fn place(write: &FileWrite) -> Write {
    Write {
        path: write.path.clone(),
        device: write.device,
        inode: write.inode,
        offset: write.offset,
        length: write.length,
        lines: write.deliveries.len(),
    }
}

fn words(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Delivered => String::new(),
        Outcome::Retry { reason, .. } | Outcome::Reject { reason } | Outcome::Stop { reason } => reason.clone(),
    }
}

fn not_open() -> Outcome {
    not_now("the file is not open")
}

fn not_now(reason: &str) -> Outcome {
    Outcome::Retry { reason: reason.to_owned(), after: None, hold: true }
}

/// Works with the open sink off the threads of the runtime.
async fn with<T: Send + 'static>(
    sink: &mut Option<FileSink>,
    work: impl FnOnce(&mut FileSink) -> T + Send + 'static,
) -> Option<T> {
    let mut open = sink.take()?;
    let (open, result) = blocking(move || {
        let result = work(&mut open);
        (open, result)
    })
    .await;
    *sink = Some(open);
    Some(result)
}

/// Does what blocks off the threads of the runtime.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        // The runtime is shutting down: nothing more happens on this task.
        Err(_) => std::future::pending().await,
    }
}
