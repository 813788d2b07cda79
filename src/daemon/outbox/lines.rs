//! The worker of a file sink. What is about to be written is committed before
//! it is written, so that a crash neither doubles nor tears a line: at start
//! the file itself says how far the last write got.

use super::test::Test;
use super::{Desk, Pause};
use crate::daemon::clock;
use crate::daemon::trouble::Change;
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
    /// Lines were written; there may be more.
    Wrote,
    /// Nothing is due.
    Idle,
    /// It does not work now; try again after this long.
    Wait(Duration),
}

/// Works until the desk is told to stop; a write under way is finished.
pub(super) async fn work(mut desk: Desk, mut sink: Option<FileSink>, config: &file::Config) {
    let mut commits = desk.commits();
    let mut nudges = desk.nudges();
    let mut recovered = false;
    while !desk.stop.is_cancelled() {
        commits.borrow_and_update();
        let step =
            if recovered { write_some(&mut desk, &mut sink, config).await } else { recover(&mut desk, config).await };
        let pause = match step {
            Step::Wrote => {
                recovered = true;
                if let Ok(wish) = desk.tests.try_recv() {
                    test(&mut desk, &mut sink, config, wish).await;
                }
                continue;
            }
            Step::Idle => Pause::before_next(&mut desk).await,
            Step::Wait(delay) => Pause::Until(Instant::now() + delay),
        };
        let trouble = matches!(step, Step::Wait(_));
        tokio::select! {
            biased;
            () = desk.stop.cancelled() => {}
            Some(wish) = desk.tests.recv() => test(&mut desk, &mut sink, config, wish).await,
            _ = commits.changed(), if !trouble => {}
            _ = nudges.changed() => {}
            () = pause.over() => {}
        }
    }
}

/// Tries each delivery once, also one that waits for its retry.
pub(super) async fn once(mut desk: Desk, mut sink: Option<FileSink>, config: &file::Config) {
    desk.make_due().await;
    let mut step = recover(&mut desk, config).await;
    // A write that fails ends it: the rest would fail, too.
    while matches!(step, Step::Wrote) && !desk.stop.is_cancelled() {
        step = write_some(&mut desk, &mut sink, config).await;
    }
}

/// Writes a test alert, and tells whoever asked how it went.
pub(super) async fn test(desk: &mut Desk, sink: &mut Option<FileSink>, config: &file::Config, test: Test) {
    let outcome = write_test(desk, sink, config, test.delivery().body).await;
    test.ended(outcome);
}

async fn write_test(desk: &mut Desk, sink: &mut Option<FileSink>, config: &file::Config, line: Bytes) -> Outcome {
    // What a crash left is put right first: another line after it would hide it.
    if let Step::Wait(_) = recover(desk, config).await {
        return not_now("what a crash left in the file cannot be put right yet, see the log");
    }
    let lines = vec![line];
    let write = match plan(sink, config, lines.clone()).await {
        Ok(write) => write,
        Err(outcome) => return outcome,
    };
    // Recorded like any write, though of no delivery: a crash in the middle is cut off at the next start.
    if record(desk, &write, &[]).await.is_err() {
        return not_now("the write cannot be recorded in the state, see the log");
    }
    let outcome = with(sink, move |sink| sink.append(&write, &lines)).await.unwrap_or_else(not_open);
    if outcome == Outcome::Delivered {
        settle_write(desk, Vec::new()).await;
    }
    outcome
}

/// Settles the write that a crash interrupted, if any.
async fn recover(desk: &mut Desk, config: &file::Config) -> Step {
    let (store, name) = (desk.tools.store.clone(), desk.name.clone());
    let pending = match desk.ask_store(async move { store.pending_write(&name).await }).await {
        Ok(Some(pending)) => pending,
        Ok(None) => return Step::Wrote,
        Err(pause) => return Step::Wait(pause),
    };
    let PendingWrite { write, deliveries } = pending;
    let (bodies, place, config) = (bodies(&deliveries), place(&write), config.clone());
    match blocking(move || file::recover(&config, &place, &bodies)).await {
        Ok(whole) => {
            let there = whole.iter().filter(|whole| **whole).count();
            info!(sink = desk.name, lines = deliveries.len(), there, "a write was interrupted; the file was put right");
            let settlements = deliveries.iter().zip(whole).map(|(delivery, whole)| Settlement {
                id: delivery.id,
                outcome: if whole { Settled::Delivered } else { Settled::Release },
            });
            settle_write(desk, settlements.collect()).await;
            Step::Wrote
        }
        Err(outcome) => Step::Wait(troubled(desk, &outcome)),
    }
}

/// Writes a batch of what is due.
async fn write_some(desk: &mut Desk, sink: &mut Option<FileSink>, config: &file::Config) -> Step {
    let deliveries = match desk.claim(BATCH).await {
        Ok(deliveries) => deliveries,
        Err(pause) => return Step::Wait(pause),
    };
    if deliveries.is_empty() {
        return Step::Idle;
    }
    let lines = bodies(&deliveries);
    let write = match plan(sink, config, lines.clone()).await {
        Ok(write) => write,
        Err(outcome) => return Step::Wait(give_back(desk, &deliveries, &outcome).await),
    };
    if let Err(pause) = record(desk, &write, &deliveries).await {
        release(desk, &deliveries).await;
        return Step::Wait(pause);
    }
    crash_point("outbox.file.recorded");
    let outcome = with(sink, move |sink| sink.append(&write, &lines)).await.unwrap_or_else(not_open);
    crash_point("outbox.file.written");
    if outcome != Outcome::Delivered {
        // The record stays until the next plan takes its place: a crash before that must find it.
        return Step::Wait(give_back(desk, &deliveries, &outcome).await);
    }
    let settlements = deliveries.iter().map(|delivery| desk.conclude(delivery, Outcome::Delivered)).collect();
    settle_write(desk, settlements).await;
    Step::Wrote
}

/// Opens the file where it is not open yet, and says where the lines will stand in it.
async fn plan(sink: &mut Option<FileSink>, config: &file::Config, lines: Vec<Bytes>) -> Result<Write, Outcome> {
    if sink.is_none() {
        let config = config.clone();
        let opened = blocking(move || FileSink::open(&config)).await;
        *sink = Some(opened.map_err(|problem| Outcome::Retry {
            reason: format!("{}; {}", problem.message, problem.help),
            after: None,
            hold: true,
        })?);
    }
    with(sink, move |sink| sink.plan(&lines)).await.unwrap_or_else(|| Err(not_open()))
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
    }
}

async fn record(desk: &mut Desk, write: &Write, deliveries: &[Delivery]) -> Result<(), Duration> {
    let record = FileWrite {
        path: write.path.clone(),
        device: write.device,
        inode: write.inode,
        offset: write.offset,
        length: write.length,
        deliveries: deliveries.iter().map(|delivery| delivery.id).collect(),
    };
    let (store, name) = (desk.tools.store.clone(), desk.name.clone());
    desk.ask_store(async move { store.record_write(&name, record).await }).await
}

/// Like [`Desk::settle`], and the record of the write is cleared with it.
async fn settle_write(desk: &mut Desk, settlements: Vec<Settlement>) {
    let (store, name) = (desk.tools.store.clone(), desk.name.clone());
    desk.persist(|| store.settle_write(&name, settlements.clone(), clock::now())).await;
}

/// Claimed, and nothing was tried.
async fn release(desk: &mut Desk, deliveries: &[Delivery]) {
    let release = |delivery: &Delivery| Settlement { id: delivery.id, outcome: Settled::Release };
    desk.settle(deliveries.iter().map(release).collect()).await;
}

/// All of a batch waits, and keeps its order: the same time for all.
async fn give_back(desk: &mut Desk, deliveries: &[Delivery], outcome: &Outcome) -> Duration {
    let pause = troubled(desk, outcome);
    let now = clock::now();
    let at = now.saturating_add(pause).unwrap_or(now);
    let reason = words(outcome);
    let wait =
        |delivery: &Delivery| Settlement { id: delivery.id, outcome: Settled::Retry { at, reason: reason.clone() } };
    desk.settle(deliveries.iter().map(wait).collect()).await;
    pause
}

fn troubled(desk: &mut Desk, outcome: &Outcome) -> Duration {
    if desk.trouble.failed(&words(outcome)) == Change::Began {
        warn!(sink = desk.name, "the file cannot be written, alerts wait on disk: {}", words(outcome));
    }
    desk.trouble.pause()
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
