//! Alerts that are collected for a sink, and the digests that are made of them. A
//! collected alert is a delivery like any other; a digest is one that carries them.

use super::outbox::DeliveryId;
use super::row::{Millis, Sql};
use super::{Error, Store, crash_point};
use crate::engine::pace::{Pace, Passed};
use jiff::Timestamp;
use rusqlite::{Connection, Row};

/// An alert that was collected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collected {
    /// Its delivery.
    pub id: DeliveryId,
    /// The alert's document.
    pub alert: Vec<u8>,
}

/// A digest, and what it is made of.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Composed {
    /// Its id and its bytes; `None`: there is none.
    pub digest: Option<(String, Vec<u8>)>,
    /// The deliveries that it carries.
    pub carried: Vec<DeliveryId>,
    /// Those that cannot be carried: each is sent on its own.
    pub alone: Vec<DeliveryId>,
}

impl Store {
    /// What a sink has had, and whether alerts are collected for it.
    pub async fn passed(&self, sink: &str, pace: Pace) -> Result<Passed, Error> {
        let sink = sink.to_owned();
        self.read(move |connection| passed(connection, &sink, pace)).await
    }

    /// Closes the window of a sink: makes digests of all that is collected for it now, in the
    /// order of commits, and queues them. `compose` takes of what it is given as much as one
    /// digest holds, at least one; it is called until nothing is left, each time in a
    /// transaction of its own. However many they are, they count as one.
    /// Returns how many were made.
    pub async fn close_window<F>(&self, sink: &str, pace: Pace, now: Timestamp, compose: F) -> Result<u32, Error>
    where
        F: Fn(&mut dyn Iterator<Item = Collected>) -> Composed + Clone + Send + 'static,
    {
        let mut made = 0;
        let mut until = None;
        loop {
            let (sink, compose) = (sink.to_owned(), compose.clone());
            let step = self.write(move |connection| {
                let Some(last) = until.map_or_else(|| last_collected(connection, &sink), |last| Ok(Some(last)))? else {
                    return Ok(None);
                };
                let composed = step(connection, &sink, last, now, compose)?;
                if composed.is_some() && until.is_none() {
                    note(connection, &sink, pace, now)?;
                }
                crash_point("store.digest.written");
                Ok(composed.map(|digests| (last, digests)))
            });
            let Some((last, digests)) = step.await? else { return Ok(made) };
            crash_point("store.digest.committed");
            until = Some(last);
            made += digests;
        }
    }

    /// What was collected for a sink that is not spared any more is due, each alert on its own.
    pub async fn release_collected(&self, sink: &str) -> Result<u64, Error> {
        let sink = sink.to_owned();
        self.write(move |connection| {
            Ok(connection.run("UPDATE delivery SET state = 0 WHERE state = 4 AND sink = ?1", [&sink])?)
        })
        .await
    }
}

/// What a sink has had; nothing is looked up that its pace does not ask for.
pub(super) fn passed(connection: &Connection, sink: &str, pace: Pace) -> Result<Passed, Error> {
    if pace.is_free() {
        return Ok(Passed::default());
    }
    let time = |row: &Row<'_>| Ok(row.get::<_, Millis>(0)?.0);
    let first = "SELECT queued FROM delivery WHERE state = 4 AND sink = ?1 ORDER BY id LIMIT 1";
    let collecting_since = connection.one(first, [sink], time)?;
    let limiting = match pace.max_per_hour {
        None => None,
        Some(most) => {
            let sql = "SELECT time FROM sink_passed WHERE sink = ?1
                       AND number = (SELECT max(number) FROM sink_passed WHERE sink = ?1) - ?2 + 1";
            connection.one(sql, (sink, most.max(1)), time)?
        }
    };
    Ok(Passed { collecting_since, limiting })
}

/// Takes note that something was let through to a sink, as far as its limit asks for it.
pub(super) fn note(connection: &Connection, sink: &str, pace: Pace, now: Timestamp) -> Result<(), Error> {
    let Some(most) = pace.max_per_hour else { return Ok(()) };
    let sql = "INSERT INTO sink_passed (sink, number, time)
               SELECT ?1, ifnull(max(number), 0) + 1, ?2 FROM sink_passed WHERE sink = ?1 RETURNING number";
    let number: Option<i64> = connection.one(sql, (sink, Millis(now)), |row| row.get(0))?;
    let past = number.unwrap_or(0).saturating_sub(i64::from(most));
    connection.run("DELETE FROM sink_passed WHERE sink = ?1 AND number <= ?2", (sink, past))?;
    Ok(())
}

/// The last of the alerts that are collected for a sink.
fn last_collected(connection: &Connection, sink: &str) -> Result<Option<i64>, Error> {
    let sql = "SELECT id FROM delivery WHERE state = 4 AND sink = ?1 ORDER BY id DESC LIMIT 1";
    Ok(connection.one(sql, [sink], |row| row.get(0))?)
}

/// Makes one digest of what was collected, no further than `last`. How many were made, 0
/// where all went on their own; `None`: nothing was left.
fn step<F>(connection: &Connection, sink: &str, last: i64, now: Timestamp, compose: F) -> Result<Option<u32>, Error>
where
    F: Fn(&mut dyn Iterator<Item = Collected>) -> Composed,
{
    let composed = read(connection, sink, last, compose)?;
    if composed.carried.is_empty() && composed.alone.is_empty() {
        return Ok(None);
    }
    for id in &composed.alone {
        connection.run("UPDATE delivery SET state = 0 WHERE id = ?1", [id])?;
    }
    let Some((document, body)) = composed.digest else { return Ok(Some(0)) };
    let sql = "INSERT INTO delivery (sink, document, state, due, queued, attempts, body)
               VALUES (?1, ?2, 0, ?3, ?3, 0, ?4) RETURNING id";
    let carrier: Option<i64> = connection.one(sql, (sink, document, Millis(now), body), |row| row.get(0))?;
    for id in &composed.carried {
        // Of an alert's own bytes for this sink, if any, nothing is needed any more.
        connection.run("UPDATE delivery SET state = 5, carrier = ?2, body = NULL WHERE id = ?1", (id, carrier))?;
    }
    Ok(Some(1))
}

/// Gives `compose` what was collected, row by row: it may be much.
fn read<F>(connection: &Connection, sink: &str, last: i64, compose: F) -> Result<Composed, Error>
where
    F: Fn(&mut dyn Iterator<Item = Collected>) -> Composed,
{
    let sql = "SELECT delivery.id, alert.body FROM delivery JOIN alert ON alert.seq = delivery.alert
               WHERE state = 4 AND sink = ?1 AND delivery.id <= ?2 ORDER BY delivery.id";
    let mut statement = connection.statement(sql)?;
    let rows = statement.query_map((sink, last), |row| Ok(Collected { id: row.get(0)?, alert: row.get(1)? }))?;
    let mut failed = None;
    let mut good = rows.map_while(|row| row.map_err(|error| failed = Some(error)).ok());
    let composed = compose(&mut good);
    drop(good);
    failed.map_or(Ok(composed), |error| Err(error.into()))
}
