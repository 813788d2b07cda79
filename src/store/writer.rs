//! The one thread that writes. Jobs that wait are made one transaction, each in
//! a savepoint: one that fails rolls back alone, and nobody is told of success
//! before the commit.

use super::Error;
use super::row::Sql as _;
use crate::fault::io_point;
use rusqlite::{Connection, TransactionBehavior};
use std::any::Any;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

/// Jobs that may wait; beyond it, callers wait to hand theirs in.
const QUEUE: usize = 256;

/// Jobs of one commit.
const BATCH: usize = 64;

/// Patient jobs that are worth a commit, and how long fewer of them wait for more: most of
/// what a small commit costs is the commit.
const COMPANY: usize = 16;
const PATIENCE: Duration = Duration::from_millis(2);

/// Whether a job can wait a moment for others to be committed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Haste {
    /// Somebody waits for it.
    AtOnce,
    /// It says that nothing happened.
    Patient,
}

/// Tells the caller of a job how it ended, once that is known.
type Answer = Box<dyn FnOnce(Result<(), Error>) + Send>;

/// Does its work in the open transaction, or takes note of why there is none.
/// `Err`: the work failed, and what it wrote is to be rolled back.
type Job = Box<dyn FnOnce(Result<&Connection, Error>) -> (Answer, Result<(), Error>) + Send>;

enum Message {
    Job(Haste, Job),
    Close(oneshot::Sender<()>),
}

/// The way to the writing thread, which ends when the last of these is dropped.
#[derive(Debug)]
pub(super) struct Writer {
    queue: mpsc::Sender<Message>,
}

impl Writer {
    /// Starts the thread.
    pub(super) fn spawn(connection: Connection) -> Result<Self, Error> {
        let (queue, jobs) = mpsc::channel(QUEUE);
        thread::Builder::new().name("store".to_owned()).spawn(move || serve(connection, jobs)).map_err(Error::from)?;
        Ok(Self { queue })
    }

    /// Runs `work` in a transaction and returns what it returned once that is committed.
    pub(super) async fn write<T, F>(&self, haste: Haste, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, Error> + Send + 'static,
    {
        let (sender, receiver) = oneshot::channel();
        let job: Job = Box::new(move |transaction| {
            let (value, ended) = match transaction.and_then(|connection| guarded(|| work(connection))) {
                Ok(value) => (Some(value), Ok(())),
                Err(error) => (None, Err(error)),
            };
            let answer: Answer = Box::new(move |committed| {
                // The caller may have given up waiting.
                let _ = sender.send(committed.and_then(|()| value.ok_or(Error::Closed)));
            });
            (answer, ended)
        });
        self.queue.send(Message::Job(haste, job)).await.map_err(|_| Error::Closed)?;
        receiver.await.map_err(|_| Error::Closed)?
    }

    /// Ends the thread once all that was handed in before is committed.
    pub(super) async fn close(&self) {
        let (sender, closed) = oneshot::channel();
        if self.queue.send(Message::Close(sender)).await.is_ok() {
            let _ = closed.await;
        }
    }
}

/// A panic must cost its own job only, neither the batch nor the thread.
fn guarded<T>(work: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| Err(Error::Panicked(message(&*panic))))
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message").to_owned()
}

fn serve(mut connection: Connection, mut queue: mpsc::Receiver<Message>) {
    let mut waiting = Waiting::default();
    while waiting.closed.is_none()
        && let Some(first) = queue.blocking_recv()
    {
        waiting.add(first);
        waiting.fill(&mut queue);
        if waiting.can_wait() {
            thread::sleep(PATIENCE);
            waiting.fill(&mut queue);
        }
        while !waiting.jobs.is_empty() {
            commit(&mut connection, &mut waiting.jobs);
        }
    }
    // What is still in the queue is answered as closed when the queue goes.
    drop(queue);
    finish(connection);
    if let Some(closed) = waiting.closed {
        let _ = closed.send(());
    }
}

/// What the next commit is made of.
#[derive(Default)]
struct Waiting {
    jobs: VecDeque<(Haste, Job)>,
    /// The last commit: who is told.
    closed: Option<oneshot::Sender<()>>,
}

impl Waiting {
    fn add(&mut self, message: Message) {
        match message {
            Message::Job(haste, job) => self.jobs.push_back((haste, job)),
            Message::Close(sender) => self.closed = Some(sender),
        }
    }

    /// Adds what is in the queue.
    fn fill(&mut self, queue: &mut mpsc::Receiver<Message>) {
        while self.closed.is_none()
            && self.jobs.len() < BATCH
            && let Ok(message) = queue.try_recv()
        {
            self.add(message);
        }
    }

    fn can_wait(&self) -> bool {
        let is_patient = |(haste, _): &(Haste, Job)| *haste == Haste::Patient;
        self.closed.is_none() && self.jobs.len() < COMPANY && self.jobs.iter().all(is_patient)
    }
}

/// Commits the jobs, or those up to one that broke the transaction, and answers them.
fn commit(connection: &mut Connection, jobs: &mut VecDeque<(Haste, Job)>) {
    let mut answers = Vec::new();
    let committed = match connection.transaction_with_behavior(TransactionBehavior::Immediate) {
        Ok(transaction) => work(&transaction, jobs, &mut answers)
            .and_then(|()| Ok(io_point("store.commit")?))
            .and_then(|()| Ok(transaction.commit()?)),
        Err(error) => {
            let error = Error::from(error);
            answers.extend(jobs.drain(..).map(|(_, job)| job(Err(error.clone())).0));
            Err(error)
        }
    };
    for answer in answers {
        answer(committed.clone());
    }
}

/// Does the jobs one after the other. `Err`: SQLite has given up the whole
/// transaction (the disk is full, say), and with it the jobs done before.
fn work(transaction: &Connection, jobs: &mut VecDeque<(Haste, Job)>, answers: &mut Vec<Answer>) -> Result<(), Error> {
    while let Some((_, job)) = jobs.pop_front() {
        let begun = transaction.run("SAVEPOINT job", []).map_err(Error::from);
        let (answer, ended) = job(begun.map(|_| transaction));
        match ended {
            Ok(()) => {
                answers.push(answer);
                transaction.run("RELEASE job", [])?;
            }
            Err(error) => {
                answer(Err(error.clone()));
                if transaction.is_autocommit() {
                    return Err(error);
                }
                transaction.execute_batch("ROLLBACK TO job; RELEASE job")?;
            }
        }
    }
    Ok(())
}

/// Leaves a database whose one file holds everything. Without it nothing is lost:
/// the next to open it finds the rest in the log.
fn finish(connection: Connection) {
    let _ = connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)");
    drop(connection);
}
