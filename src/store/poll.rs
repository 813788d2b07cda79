//! One poll as one transaction: what is known is loaded, the caller decides, and
//! all of it is written, or nothing.

use super::known::{self, Rows};
use super::writer::Haste;
use super::{Error, Store, crash_point, daily, feed, health, post, written};
use crate::engine::decide::{Known, PollPlan, Wanted};
use crate::engine::pace::Pace;
use jiff::Timestamp;
use rusqlite::Connection;

/// What one poll has to know.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PollLookup {
    /// Which feed: [`crate::engine::Feed::key`].
    pub feed: String,
    /// What its document asks for.
    pub wanted: Wanted,
    /// Stories that began before are over.
    pub stories_since: Timestamp,
    /// Whether it failed.
    pub failed: bool,
}

/// What one poll writes.
#[derive(Debug, Default)]
pub struct PollCommit {
    /// What was decided.
    pub plan: PollPlan,
    /// The documents of `plan.alerts`, in the same order and number.
    pub documents: Vec<AlertDocument>,
    /// What is told of `plan.health`, for each sink that is told.
    pub events: Vec<NewDocument>,
    /// For the daily counters.
    pub traffic: Traffic,
    /// The time of the transaction: deliveries are queued and items seen at this time.
    pub now: Timestamp,
}

/// An alert's bytes, and where they go.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AlertDocument {
    /// The rendered JSON document.
    pub body: Vec<u8>,
    /// One a sink.
    pub deliveries: Vec<NewDelivery>,
}

/// A delivery to queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDelivery {
    /// The sink's name.
    pub sink: String,
    /// Its bytes, where they are not the alert's; empty where none could be made.
    pub body: Option<Vec<u8>>,
    /// How the sink is spared.
    pub pace: Pace,
}

/// A document of its own to queue: no alert, but what newswatch tells of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDocument {
    /// The sink's name.
    pub sink: String,
    /// What receivers deduplicate on.
    pub id: String,
    /// Its bytes.
    pub body: Vec<u8>,
}

/// What a poll cost and met, for the daily counters of its feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Traffic {
    /// Bytes read, before decompression.
    pub bytes: u64,
    /// Repairs that the reader made.
    pub repairs: u32,
    /// 1 where nothing had changed (304, or the same bytes).
    pub unchanged: u32,
    /// 1 where the answer was 304.
    pub not_modified: u32,
    /// 1 where it failed.
    pub failed: u32,
}

/// A poll that was committed.
#[derive(Debug, Default)]
pub struct PollReceipt {
    /// What was decided and written.
    pub plan: PollPlan,
    /// By position in `plan.alerts`: its place in the order of commits;
    /// `None`: the alert was known, and nothing was doubled.
    pub seqs: Vec<Option<i64>>,
    /// Names of the sinks that got a delivery, sorted, each once.
    pub sinks: Vec<String>,
}

impl Store {
    /// Commits one poll. `decide` runs on the writer, inside the transaction: what
    /// it is given cannot change before what it returns is written. It should not block.
    pub async fn commit_poll<F>(&self, lookup: PollLookup, decide: F) -> Result<PollReceipt, Error>
    where
        F: FnOnce(&Known) -> PollCommit + Send + 'static,
    {
        let is_quiet = lookup.wanted == Wanted::default() && !lookup.failed;
        let receipt = self
            .write_with(if is_quiet { Haste::Patient } else { Haste::AtOnce }, move |connection| {
                crash_point("store.poll.begin");
                let (known, rows) = known::load(connection, &lookup)?;
                crash_point("store.poll.known");
                let receipt = write(connection, decide(&known), &known, &rows)?;
                crash_point("store.poll.written");
                Ok(receipt)
            })
            .await?;
        crash_point("store.poll.committed");
        Ok(receipt)
    }
}

fn write(connection: &Connection, commit: PollCommit, known: &Known, rows: &Rows) -> Result<PollReceipt, Error> {
    let PollCommit { plan, documents, events, traffic, now } = commit;
    if documents.len() != plan.alerts.len() {
        return Err(Error::Defect(format!("{} alerts with {} documents", plan.alerts.len(), documents.len())));
    }
    let url = known.feed.as_ref().map(|state| state.url.as_str());
    let feed = feed::save(connection, rows.feed.zip(url), &plan.feed)?;
    written::spoil(connection, feed, &plan.spoil)?;
    written::stories(connection, &plan.stories)?;
    let present = written::items(connection, feed, &plan.items, &rows.items, now)?;
    if plan.whole {
        written::part_with_others(connection, feed, &present, now)?;
    }
    let mut receipt = PollReceipt { seqs: Vec::with_capacity(documents.len()), ..PollReceipt::default() };
    for (routed, document) in plan.alerts.iter().zip(documents) {
        let seq = post::alert(connection, &routed.alert, routed.silence, &document.body)?;
        if let Some(seq) = seq {
            daily::alert(connection, &routed.alert, now)?;
            for delivery in document.deliveries {
                post::delivery(connection, seq, &delivery, now)?;
                receipt.sinks.push(delivery.sink);
            }
        }
        receipt.seqs.push(seq);
    }
    health::outage(connection, &plan.health.outage)?;
    for event in events {
        post::document(connection, &event, now)?;
        receipt.sinks.push(event.sink);
    }
    daily::poll(connection, &plan, traffic, now)?;
    receipt.sinks.sort_unstable();
    receipt.sinks.dedup();
    receipt.plan = plan;
    Ok(receipt)
}
