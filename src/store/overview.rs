//! The state in numbers, for `status` and the metrics, and the record of the daemon's runs.

use super::row::{Millis, Sql, unsigned};
use super::{Error, Store, outbox};
use jiff::Timestamp;
use rusqlite::{Connection, Params, Row};
use std::collections::BTreeMap;

/// The state in numbers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Overview {
    /// Configured feeds.
    pub feeds: FeedTotals,
    /// By sink, sorted by name; a sink with an empty queue is absent.
    pub queues: Vec<Queue>,
    /// When a feed was polled last.
    pub last_poll: Option<Timestamp>,
    /// Alerts stored.
    pub alerts: u64,
    /// Of these, decided at `today` or later.
    pub alerts_today: u64,
    /// Items whose text is stored.
    pub items: u64,
    /// The latest run of the daemon.
    pub run: Option<Run>,
}

/// Feeds by state; each is counted once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FeedTotals {
    /// Their last poll brought a feed, or that nothing changed.
    pub healthy: u64,
    /// Their last poll failed.
    pub failing: u64,
    /// They answered 410.
    pub gone: u64,
    /// Not polled yet. Of these, the store knows those that were polled before and have begun anew;
    /// see [`FeedTotals::of`].
    pub waiting: u64,
    /// Of all these, those that the latest configuration polls.
    pub polled: u64,
}

impl FeedTotals {
    /// With those of `configured` feeds that are polled of which nothing is stored: a feed is when
    /// its first poll has ended.
    #[must_use]
    pub fn of(self, configured: usize) -> Self {
        let configured = u64::try_from(configured).unwrap_or(u64::MAX);
        Self { waiting: self.waiting + configured.saturating_sub(self.polled), ..self }
    }
}

/// The queue of one sink.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Queue {
    /// The sink's name.
    pub sink: String,
    /// Deliveries that wait, those that are collected for a digest included.
    pub pending: u64,
    /// Deliveries that are being sent.
    pub in_flight: u64,
    /// Dead letters.
    pub dead: u64,
    /// When the oldest of those that wait or are being sent was queued.
    pub oldest: Option<Timestamp>,
    /// Why the sink fails; where it does not, why its latest dead letter did not arrive.
    pub error: Option<String>,
}

/// One run of the daemon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Its process id.
    pub pid: u32,
    /// Its version.
    pub version: String,
    /// When it started.
    pub started: Timestamp,
    /// When it stopped in good order; `None`: it runs, or was killed. The state lock tells which.
    pub stopped: Option<Timestamp>,
}

impl Store {
    /// The state in numbers; `today` is the beginning of the day to count.
    pub async fn overview(&self, today: Timestamp) -> Result<Overview, Error> {
        self.read(move |connection| {
            let (feeds, last_poll) = feeds(connection)?;
            Ok(Overview {
                feeds,
                queues: queues(connection)?,
                last_poll,
                alerts: count(connection, "SELECT count(*) FROM alert", [])?,
                alerts_today: count(connection, "SELECT count(*) FROM alert WHERE time >= ?1", [Millis(today)])?,
                items: count(connection, "SELECT count(*) FROM item_text", [])?,
                run: latest_run(connection)?,
            })
        })
        .await
    }

    /// The daemon starts. Returns the run before, whose `stopped` tells whether it ended in good order.
    pub async fn begin_run(&self, pid: u32, version: &str, now: Timestamp) -> Result<Option<Run>, Error> {
        let version = version.to_owned();
        self.write(move |connection| {
            let before = latest_run(connection)?;
            connection
                .run("INSERT INTO run (pid, version, started) VALUES (?1, ?2, ?3)", (pid, version, Millis(now)))?;
            connection.run("DELETE FROM run WHERE id <= (SELECT max(id) FROM run) - ?1", [RUNS])?;
            Ok(before)
        })
        .await
    }

    /// Shows that the store can write: the run that goes on was alive now.
    pub async fn show_alive(&self, now: Timestamp) -> Result<(), Error> {
        self.write(move |connection| {
            connection.run("UPDATE run SET alive = ?1 WHERE id = (SELECT max(id) FROM run)", [Millis(now)])?;
            Ok(())
        })
        .await
    }

    /// The daemon stops in good order. Deliveries that it had to leave are due again.
    pub async fn end_run(&self, now: Timestamp) -> Result<(), Error> {
        self.write(move |connection| {
            connection.run("UPDATE run SET stopped = ?1 WHERE id = (SELECT max(id) FROM run)", [Millis(now)])?;
            outbox::give_back(connection)?;
            Ok(())
        })
        .await
    }
}

/// Runs of which a record is kept.
const RUNS: i64 = 100;

fn count(connection: &Connection, sql: &str, params: impl Params) -> Result<u64, Error> {
    Ok(connection.one(sql, params, |row| row.get(0).map(unsigned))?.unwrap_or(0))
}

fn latest_run(connection: &Connection) -> Result<Option<Run>, Error> {
    let sql = "SELECT pid, version, started, stopped FROM run ORDER BY id DESC LIMIT 1";
    Ok(connection.one(sql, [], |row| {
        Ok(Run {
            pid: row.get(0)?,
            version: row.get(1)?,
            started: row.get::<_, Millis>(2)?.0,
            stopped: row.get::<_, Option<Millis>>(3)?.map(|time| time.0),
        })
    })?)
}

fn feeds(connection: &Connection) -> Result<(FeedTotals, Option<Timestamp>), Error> {
    let sql = "SELECT gone, failures > 0, last_poll IS NULL, count(*), max(last_poll), sum(polled) FROM feed
               WHERE removed IS NULL GROUP BY 1, 2, 3";
    let (mut totals, mut last) = (FeedTotals::default(), None);
    connection.all(sql, [], |row| {
        let total = match (row.get(0)?, row.get(1)?, row.get(2)?) {
            (true, _, _) => &mut totals.gone,
            (_, true, _) => &mut totals.failing,
            (_, _, true) => &mut totals.waiting,
            _ => &mut totals.healthy,
        };
        *total += row.get(3).map(unsigned)?;
        totals.polled += row.get(5).map(unsigned)?;
        last = last.max(row.get::<_, Option<Millis>>(4)?.map(|time| time.0));
        Ok(())
    })?;
    Ok((totals, last))
}

fn queues(connection: &Connection) -> Result<Vec<Queue>, Error> {
    let mut queues: BTreeMap<String, Queue> = BTreeMap::new();
    // One count a state, each over an index that holds no other: the rows themselves,
    // some of them large, are not read.
    for state in 0..=4 {
        let sql = format!("SELECT sink, count(*) FROM delivery WHERE state = {state} GROUP BY sink");
        for (sink, count) in
            connection.all(&sql, [], |row| Ok((row.get::<_, String>(0)?, row.get(1).map(unsigned)?)))?
        {
            let queue = queues.entry(sink).or_default();
            match state {
                2 => queue.in_flight += count,
                3 => queue.dead += count,
                _ => queue.pending += count,
            }
        }
    }
    for (sink, queue) in &mut queues {
        queue.sink.clone_from(sink);
        queue.oldest = oldest(connection, sink)?;
        queue.error = error(connection, sink)?;
    }
    Ok(queues.into_values().collect())
}

/// What is wrong with a sink, as far as anything is.
fn error(connection: &Connection, sink: &str) -> Result<Option<String>, Error> {
    let failing = connection.one("SELECT reason FROM sink_failure WHERE sink = ?1", [sink], |row| row.get(0))?;
    if failing.is_some() {
        return Ok(failing);
    }
    let dead = "SELECT error FROM delivery WHERE state = 3 AND sink = ?1 ORDER BY id DESC LIMIT 1";
    Ok(connection.one(dead, [sink], |row| row.get(0))?.flatten())
}

/// When the oldest delivery that has neither arrived nor died was queued.
fn oldest(connection: &Connection, sink: &str) -> Result<Option<Timestamp>, Error> {
    let time = |row: &Row<'_>| Ok(row.get::<_, Option<Millis>>(0)?.map(|time| time.0));
    let waiting = connection.one("SELECT min(queued) FROM delivery WHERE state < 2 AND sink = ?1", [sink], time)?;
    let sent = connection.one("SELECT min(queued) FROM delivery WHERE state = 2 AND sink = ?1", [sink], time)?;
    Ok([waiting, sent].into_iter().flatten().flatten().min())
}
