//! One poll, from the request to the commit, in two halves: [`ask`] takes a place
//! among the requests in flight, [`finish`] does not. What it finds is decided by
//! `engine`, and everything it writes is one transaction.

use super::generation::Generation;
use super::recall::Recall;
use super::tools::Tools;
use super::{clock, documents, meters};
use crate::engine::assess::{Provenance, assess};
use crate::engine::decide::{self, AssessedPoll, Document};
use crate::engine::item::Key;
use crate::engine::schedule::Outcome;
use crate::engine::{Feed, FeedIx, Runtime};
use crate::feed::{self, Hints, NotAFeed};
use crate::fetch::{self, Ask, Fetched, Hold};
use crate::store::poll::{PollCommit, PollLookup, PollReceipt, Traffic};
use crate::store::{Error, Store, crash_point};
use crate::watchlist::{FeedLabel, Scratch};
use jiff::Timestamp;
use std::cell::RefCell;
use std::sync::Arc;
use tokio::sync::Semaphore;
use tokio::time::Instant;

/// One feed to poll.
pub(super) struct Job {
    /// Under which configuration.
    pub(super) generation: Arc<Generation>,
    /// Which feed of it.
    pub(super) feed: FeedIx,
    /// What is remembered of it.
    pub(super) recall: Arc<Recall>,
    /// What it works with.
    pub(super) tools: Tools,
    /// Leave to keep a core busy.
    pub(super) cores: Arc<Semaphore>,
}

/// What a feed answered, and what is needed to go on with it.
pub(super) struct Answered {
    job: Job,
    fetched: Fetched,
    /// When it was asked.
    began: Instant,
}

impl Answered {
    /// The host asks to be left alone.
    pub(super) fn hold(&self) -> Option<&Hold> {
        self.fetched.hold.as_ref()
    }
}

/// What became of a poll.
#[derive(Debug)]
pub(super) enum Ended {
    /// The daemon is stopping; nothing was written.
    Cancelled,
    /// It was written.
    Committed(Box<PollReceipt>),
    /// The store could not; nothing was written, and the poll is made again.
    Refused(Error),
}

/// Asks one feed.
///
/// # Errors
/// The poll has ended before there was an answer.
pub(super) async fn ask(job: Job) -> Result<Box<Answered>, Ended> {
    let Some(source) = job.generation.sources.get(job.feed.0 as usize) else { return Err(Ended::Cancelled) };
    let began = Instant::now();
    let Recall { validators, adopted, .. } = &*job.recall;
    let ask = Ask { validators, adopted: adopted.as_deref(), now: clock::now(), traced: false };
    let fetched = tokio::select! {
        () = job.tools.stop.cancelled() => return Err(Ended::Cancelled),
        fetched = job.generation.client.get(source, &ask) => fetched,
    };
    crash_point("poll.fetched");
    Ok(Box::new(Answered { job, fetched, began }))
}

/// Reads, matches and commits what a feed answered.
pub(super) async fn finish(answered: Answered) -> Ended {
    let Answered { job, fetched, began } = answered;
    let not_modified = matches!(fetched.outcome, fetch::Outcome::NotModified);
    let Some((assessed, traffic)) = job.assess(fetched).await else { return Ended::Cancelled };
    let outcome = match assessed.outcome {
        Outcome::Read => meters::Polled::read,
        Outcome::Unchanged if not_modified => meters::Polled::not_modified,
        Outcome::Unchanged => meters::Polled::same,
        Outcome::Failed(_) => meters::Polled::failed,
        Outcome::Gone => meters::Polled::gone,
    };
    let ended = commit(&job, assessed, traffic).await;
    if let Ended::Committed(receipt) = &ended {
        job.tools.meters.polled(outcome, traffic, receipt, began.elapsed());
    }
    ended
}

impl Job {
    fn feed(&self) -> Option<&Feed> {
        self.generation.runtime.feeds.get(self.feed.0 as usize)
    }

    /// Reads and matches off the threads that wait for the network, where there is anything to read.
    async fn assess(&self, fetched: Fetched) -> Option<(AssessedPoll, Traffic)> {
        let known_hash = self.recall.body_hash;
        let (runtime, feed) = (Arc::clone(&self.generation.runtime), self.feed);
        if !matches!(fetched.outcome, fetch::Outcome::Body(_)) {
            return Some(read(&runtime, feed, fetched, known_hash));
        }
        let _core = self.cores.acquire().await.ok()?;
        let work = tokio::task::spawn_blocking(move || read(&runtime, feed, fetched, known_hash));
        match work.await {
            Ok(read) => Some(read),
            // A panic is the poll's own: it is caught and counted where polls end.
            Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            Err(_) => None,
        }
    }
}

/// Bytes to an assessed poll.
fn read(runtime: &Runtime, feed: FeedIx, fetched: Fetched, known_hash: Option<Key>) -> (AssessedPoll, Traffic) {
    let mut poll = AssessedPoll {
        feed,
        outcome: Outcome::Unchanged,
        freshness: fetched.freshness,
        etag: fetched.validators.etag,
        last_modified: fetched.validators.last_modified,
        body_hash: known_hash,
        moved_to: fetched.moved_to.map(String::from),
        document: None,
        items: Vec::new(),
    };
    let mut traffic = Traffic { bytes: fetched.wire_bytes, ..Traffic::default() };
    match fetched.outcome {
        fetch::Outcome::NotModified => traffic.not_modified = 1,
        fetch::Outcome::Gone => poll.outcome = Outcome::Gone,
        fetch::Outcome::Failed(failure) => poll.outcome = Outcome::Failed(failure.reason),
        fetch::Outcome::Body(body) => read_body(runtime, &body, &mut poll, &mut traffic),
    }
    match poll.outcome {
        Outcome::Unchanged => traffic.unchanged = 1,
        Outcome::Failed(_) | Outcome::Gone => traffic.failed = 1,
        Outcome::Read => {}
    }
    (poll, traffic)
}

fn read_body(runtime: &Runtime, body: &fetch::Body, poll: &mut AssessedPoll, traffic: &mut Traffic) {
    let hash = Key::of_bytes(&body.bytes);
    if poll.body_hash == Some(hash) && body.cut.is_none() {
        return;
    }
    let hints = Hints { content_type: body.content_type.as_deref(), url: Some(&body.url) };
    match feed::parse(&body.bytes, hints) {
        Err(not_a_feed) => poll.outcome = Outcome::Failed(body.cut.clone().unwrap_or_else(|| explain(&not_a_feed))),
        Ok((parsed, repairs)) => {
            poll.outcome = Outcome::Read;
            traffic.repairs = repairs.iter().map(|repair| repair.count).sum();
            let partial = parsed.partial || body.cut.is_some() || body.delta;
            // A document that was cut is to be read again, even where it comes back cut at the same byte.
            poll.body_hash = (body.cut.is_none()).then_some(hash);
            poll.document = Some(Document { title: parsed.title, link: parsed.link, pace: parsed.pace, partial });
            let provenance = match runtime.feeds.get(poll.feed.0 as usize) {
                Some(feed) => Provenance::Feed(FeedLabel { name: &feed.name, tags: &feed.tags }),
                None => Provenance::Alone { language: None },
            };
            poll.items =
                SCRATCH.with_borrow_mut(|scratch| assess(parsed.items, provenance, &runtime.watchlists, scratch));
        }
    }
}

thread_local! {
    /// The matcher's buffers, used again by every poll that this thread reads.
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

/// Why bytes are no feed, and which URL to use instead.
pub(crate) fn explain(not_a_feed: &NotAFeed) -> String {
    let looks_like = &not_a_feed.looks_like;
    match not_a_feed.feeds.as_slice() {
        [] => format!("no feed was found: it is {looks_like}"),
        [url] => format!("it is {looks_like}; the feed that it names is {url}: use that URL"),
        [url, ..] => format!(
            "it is {looks_like}; it names {} feeds: use one of their URLs, the first is {url}",
            not_a_feed.feeds.len()
        ),
    }
}

async fn commit(job: &Job, poll: AssessedPoll, traffic: Traffic) -> Ended {
    let (generation, host) = (Arc::clone(&job.generation), Arc::clone(&job.tools.host));
    let Some(feed) = job.feed() else { return Ended::Cancelled };
    let store: &Store = &job.tools.store;
    let (silences, now) = (Arc::clone(&job.tools.silences), clock::now());
    let lookup = PollLookup {
        feed: feed.key.clone(),
        wanted: poll.wanted(),
        stories_since: now.checked_sub(generation.runtime.stories.window).unwrap_or(Timestamp::MIN),
        failed: traffic.failed > 0,
    };
    let handed_in = Instant::now();
    let committed = store
        .commit_poll(lookup, move |known| {
            let sink = |ix| generation.sink(ix);
            let mut plan = decide::decide(&poll, known, &generation.runtime, now);
            silences.get().apply(&mut plan, &generation.runtime, now);
            let documents = plan.alerts.iter().map(|routed| documents::alert(routed, &sink, &host)).collect();
            let events = plan.health.events.iter();
            let events = events.flat_map(|event| documents::event(event, &sink, &host)).collect();
            PollCommit { plan, documents, events, traffic, now }
        })
        .await;
    crash_point("poll.committed");
    job.tools.meters.committed(handed_in.elapsed());
    match committed {
        Ok(receipt) => Ended::Committed(Box::new(receipt)),
        Err(error) => Ended::Refused(error),
    }
}
