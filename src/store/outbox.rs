//! The outbox as the workers of the sinks use it: deliveries are claimed in the
//! order of their commits, and settled. It knows sinks by name only.

use super::alert::Fate;
use super::row::{self, Millis, Sql, signed};
use super::{Error, Store, crash_point};
use jiff::Timestamp;
use rusqlite::{Connection, Row};
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fmt;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::PathBuf;
use std::str::FromStr;

/// A delivery's id: `dlv_…` for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DeliveryId(pub i64);

impl fmt::Display for DeliveryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "dlv_{}", self.0)
    }
}

impl FromStr for DeliveryId {
    type Err = String;

    /// Reads `dlv_42`; the error says what an id looks like.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let number = text.strip_prefix("dlv_").and_then(|digits| digits.parse().ok());
        number.map(Self).ok_or_else(|| format!("`{text}` is no delivery: ids look like dlv_42"))
    }
}

/// One alert, or another document, on its way to one sink.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Its id, growing in the order of commits.
    pub id: DeliveryId,
    /// The id that receivers deduplicate on: the alert's, or the digest's or event's.
    pub alert: String,
    /// What to send, fixed when it was committed; empty where nothing could be made of the
    /// alert then: see [`Store::fix`].
    pub body: Vec<u8>,
    /// Attempts already made.
    pub attempts: u32,
    /// When it was queued.
    pub queued: Timestamp,
    /// When the item of its alert was published, where that is known.
    pub published: Option<Timestamp>,
}

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settlement {
    /// Which delivery.
    pub id: DeliveryId,
    /// How.
    pub outcome: Settled,
}

/// How an attempt ended. Each but [`Settled::Release`] counts as an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settled {
    /// The destination has it.
    Delivered,
    /// It waits, and is due again at a time.
    Retry {
        /// When.
        at: Timestamp,
        /// Why, in words, without secrets.
        reason: String,
    },
    /// It becomes a dead letter.
    Dead {
        /// Why, in words, without secrets.
        reason: String,
    },
    /// It was claimed and not tried: due as before.
    Release,
}

/// What a file sink is about to append, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileWrite {
    /// The file.
    pub path: PathBuf,
    /// The device it lies on.
    pub device: u64,
    /// Its inode there.
    pub inode: u64,
    /// Its length before the write: where the write begins.
    pub offset: u64,
    /// Bytes that will be written.
    pub length: u64,
    /// The deliveries whose lines they are, in their order.
    pub deliveries: Vec<DeliveryId>,
}

/// A write that was begun and not settled: a crash came between.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingWrite {
    /// The record.
    pub write: FileWrite,
    /// Its deliveries with their bytes, in the order of the record.
    pub deliveries: Vec<Delivery>,
}

impl Store {
    /// At start: deliveries that were in flight are due again (it is not known whether they
    /// arrived), the attempt counted, and no wait reaches beyond `latest` (the clock may have been put back).
    /// Returns how many were in flight.
    pub async fn recover_outbox(&self, latest: Timestamp) -> Result<u64, Error> {
        self.write(move |connection| {
            connection.run("UPDATE delivery SET due = ?1 WHERE state = 1 AND due > ?1", [Millis(latest)])?;
            connection.run("UPDATE sink_hold SET until = ?1 WHERE until > ?1", [Millis(latest)])?;
            give_back(connection)
        })
        .await
    }

    /// A sink's destination asked to be left alone until a time: nothing is claimed before,
    /// after a restart neither.
    pub async fn hold(&self, sink: &str, until: Timestamp) -> Result<(), Error> {
        let sink = sink.to_owned();
        self.write(move |connection| {
            connection.run("INSERT OR REPLACE INTO sink_hold (sink, until) VALUES (?1, ?2)", (sink, Millis(until)))?;
            Ok(())
        })
        .await
    }

    /// Takes up to `limit` due deliveries of a sink, in the order of their commits,
    /// and marks them in flight. One that waits for its retry holds up no later one; a sink
    /// under [`Store::hold`] has none that is due.
    /// Whoever claims is to settle: what is in flight is not claimed again before [`Store::recover_outbox`].
    pub async fn claim(&self, sink: &str, now: Timestamp, limit: usize) -> Result<Vec<Delivery>, Error> {
        let sink = sink.to_owned();
        let claimed = self
            .write(move |connection| {
                if held_until(connection, &sink)?.is_some_and(|until| until > now) {
                    return Ok(Vec::new());
                }
                // Some of them: a claim takes as long and as much memory however many wait.
                let due = "UPDATE delivery SET state = 0 WHERE id IN
                           (SELECT id FROM delivery WHERE state = 1 AND sink = ?1 AND due <= ?2 ORDER BY due LIMIT ?3)";
                connection.run(due, (&sink, Millis(now), signed(STEP)))?;
                let sql = format!("{SELECT} WHERE state = 0 AND sink = ?1 ORDER BY delivery.id LIMIT ?2");
                let deliveries = connection.all(&sql, (&sink, row::limit(limit)), read)?;
                for delivery in &deliveries {
                    connection.run("UPDATE delivery SET state = 2 WHERE id = ?1", [delivery.id])?;
                }
                Ok(deliveries)
            })
            .await?;
        crash_point("store.claim.committed");
        Ok(claimed)
    }

    /// Writes down how attempts ended at `now`. A delivery that has arrived already is passed over.
    pub async fn settle(&self, settlements: Vec<Settlement>, now: Timestamp) -> Result<(), Error> {
        self.write(move |connection| settle_all(connection, &settlements, now)).await?;
        crash_point("store.settle.committed");
        Ok(())
    }

    /// The document of the alert that a delivery is about.
    pub async fn document(&self, id: DeliveryId) -> Result<Vec<u8>, Error> {
        self.read(move |connection| {
            let sql = "SELECT alert.body FROM delivery JOIN alert ON alert.seq = delivery.alert WHERE delivery.id = ?1";
            let found = connection.one(sql, [id], |row| row.get(0))?;
            found.ok_or_else(|| Error::Defect(format!("{id} is in flight and not in the outbox")))
        })
        .await
    }

    /// Fixes the bytes of a delivery that has none.
    pub async fn fix(&self, id: DeliveryId, body: Vec<u8>) -> Result<(), Error> {
        self.write(move |connection| {
            connection.run("UPDATE delivery SET body = ?2 WHERE id = ?1", (id, body))?;
            Ok(())
        })
        .await
    }

    /// When a sink's next delivery is due, not before the end of a [`Store::hold`]: in the
    /// past where one is due already; `None`: nothing waits.
    pub async fn next_due(&self, sink: &str) -> Result<Option<Timestamp>, Error> {
        let sink = sink.to_owned();
        self.read(move |connection| {
            let due = "SELECT due FROM delivery WHERE state = 0 AND sink = ?1 ORDER BY id LIMIT 1";
            let waiting = "SELECT due FROM delivery WHERE state = 1 AND sink = ?1 ORDER BY due LIMIT 1";
            let time = |row: &Row<'_>| Ok(row.get::<_, Millis>(0)?.0);
            let next = match connection.one(due, [&sink], time)? {
                Some(due) => Some(due),
                None => connection.one(waiting, [&sink], time)?,
            };
            let held = held_until(connection, &sink)?;
            Ok(next.map(|next| held.map_or(next, |until| until.max(next))))
        })
        .await
    }

    /// Makes all that waits for a sink due: its breaker has closed. Returns how many waited. Nothing
    /// of the sink may be settled meanwhile.
    pub async fn make_due(&self, sink: &str) -> Result<u64, Error> {
        let mut waited = 0;
        loop {
            let sink = sink.to_owned();
            let step = self.write(move |connection| {
                let sql = "UPDATE delivery SET state = 0
                           WHERE id IN (SELECT id FROM delivery WHERE state = 1 AND sink = ?1 ORDER BY due LIMIT ?2)";
                Ok(connection.run(sql, (sink, signed(STEP)))?)
            });
            let step = step.await?;
            waited += step;
            if step < STEP {
                return Ok(waited);
            }
        }
    }

    /// Makes dead letters of the deliveries of a sink that were queued before
    /// `queued_before` and are not in flight. Returns how many.
    pub async fn expire(&self, sink: &str, queued_before: Timestamp) -> Result<u64, Error> {
        let mut expired = 0;
        loop {
            let sink = sink.to_owned();
            let step = self.write(move |connection| expire_some(connection, &sink, queued_before)).await?;
            expired += step;
            if step < STEP {
                return Ok(expired);
            }
        }
    }

    /// The names of all sinks that have deliveries, dead ones included, sorted.
    pub async fn queued_sinks(&self) -> Result<Vec<String>, Error> {
        self.read(|connection| {
            let mut sinks = BTreeSet::new();
            for state in 0..=4 {
                sinks.extend(sinks_in(connection, state)?);
            }
            Ok(sinks.into_iter().collect())
        })
        .await
    }

    /// Records what a file sink is about to write, before it does, in place of what was recorded before.
    pub async fn record_write(&self, sink: &str, write: FileWrite) -> Result<(), Error> {
        let sink = sink.to_owned();
        self.write(move |connection| {
            let ids: Vec<i64> = write.deliveries.iter().map(|id| id.0).collect();
            let ids = serde_json::to_string(&ids).map_err(|error| Error::Defect(error.to_string()))?;
            connection.run(
                "INSERT OR REPLACE INTO file_write (sink, path, device, inode, \"offset\", length, deliveries)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                (
                    sink,
                    write.path.as_os_str().as_bytes(),
                    write.device.cast_signed(),
                    write.inode.cast_signed(),
                    write.offset.cast_signed(),
                    write.length.cast_signed(),
                    ids,
                ),
            )?;
            Ok(())
        })
        .await?;
        crash_point("store.file_write.committed");
        Ok(())
    }

    /// The write of a sink that was recorded and not settled.
    pub async fn pending_write(&self, sink: &str) -> Result<Option<PendingWrite>, Error> {
        let sink = sink.to_owned();
        self.read(move |connection| {
            let sql = "SELECT path, device, inode, \"offset\", length, deliveries FROM file_write WHERE sink = ?1";
            let Some((mut write, ids)) = connection.one(sql, [&sink], read_write)? else { return Ok(None) };
            let ids: Vec<i64> =
                serde_json::from_str(&ids).map_err(|error| Error::Corrupt(format!("a file's record: {error}")))?;
            write.deliveries = ids.into_iter().map(DeliveryId).collect();
            let mut deliveries = Vec::with_capacity(write.deliveries.len());
            let sql = format!("{SELECT} WHERE delivery.id = ?1");
            for id in &write.deliveries {
                deliveries.extend(connection.one(&sql, [id], read)?);
            }
            Ok(Some(PendingWrite { write, deliveries }))
        })
        .await
    }

    /// [`Store::settle`], and the record of the sink's write is cleared with it.
    pub async fn settle_write(&self, sink: &str, settlements: Vec<Settlement>, now: Timestamp) -> Result<(), Error> {
        let sink = sink.to_owned();
        self.write(move |connection| {
            settle_all(connection, &settlements, now)?;
            connection.run("DELETE FROM file_write WHERE sink = ?1", [&sink])?;
            Ok(())
        })
        .await?;
        crash_point("store.settle.committed");
        Ok(())
    }
}

/// Nobody is at work on what is in flight any more: it is due again, and counts as tried, since
/// a receiver may have seen it. What a file got is looked up in the file.
pub(super) fn give_back(connection: &Connection) -> Result<u64, Error> {
    let sql = "UPDATE delivery SET state = 0, attempts = attempts + (sink NOT IN (SELECT sink FROM file_write))
               WHERE state = 2";
    Ok(connection.run(sql, [])?)
}

fn held_until(connection: &Connection, sink: &str) -> Result<Option<Timestamp>, Error> {
    let sql = "SELECT until FROM sink_hold WHERE sink = ?1";
    Ok(connection.one(sql, [sink], |row: &Row<'_>| Ok(row.get::<_, Millis>(0)?.0))?)
}

/// Deliveries that one transaction changes at most, so that others find their turn and memory stays flat.
const STEP: u64 = 2_000;

const SELECT: &str = "SELECT delivery.id, ifnull(alert.id, document), ifnull(delivery.body, alert.body), attempts,
    queued,
    (SELECT published FROM story JOIN item ON item.story = story.id JOIN item_text ON item_text.item = item.id
     WHERE story.name = alert.story AND item.name = alert.item)
    FROM delivery LEFT JOIN alert ON alert.seq = delivery.alert";

fn read(row: &Row<'_>) -> rusqlite::Result<Delivery> {
    Ok(Delivery {
        id: row.get(0)?,
        alert: row.get(1)?,
        body: row.get(2)?,
        attempts: row.get(3)?,
        queued: row.get::<_, Millis>(4)?.0,
        published: row.get::<_, Option<Millis>>(5)?.map(|time| time.0),
    })
}

/// A write and its deliveries as they are stored.
fn read_write(row: &Row<'_>) -> rusqlite::Result<(FileWrite, String)> {
    let number = |column| row.get::<_, i64>(column).map(i64::cast_unsigned);
    let write = FileWrite {
        path: OsString::from_vec(row.get(0)?).into(),
        device: number(1)?,
        inode: number(2)?,
        offset: number(3)?,
        length: number(4)?,
        deliveries: Vec::new(),
    };
    Ok((write, row.get(5)?))
}

fn settle_all(connection: &Connection, settlements: &[Settlement], now: Timestamp) -> Result<(), Error> {
    crash_point("store.settle.begin");
    for Settlement { id, outcome } in settlements {
        match outcome {
            Settled::Delivered => end(connection, *id, Fate::Delivered, 1, now)?,
            Settled::Retry { at, reason } => {
                let sql = "UPDATE delivery SET state = 1, attempts = attempts + 1, due = ?2, error = ?3 WHERE id = ?1";
                connection.run(sql, (id, Millis(*at), reason))?;
            }
            Settled::Dead { reason } => {
                let sql = "UPDATE delivery SET state = 3, attempts = attempts + 1, error = ?2 WHERE id = ?1";
                connection.run(sql, (id, reason))?;
            }
            Settled::Release => {
                connection.run("UPDATE delivery SET state = 0 WHERE id = ?1 AND state = 2", [id])?;
            }
        }
    }
    crash_point("store.settle.written");
    Ok(())
}

/// Takes a delivery out of the outbox, and where it is a digest those that it carries; each
/// alert keeps a note of how it ended. `more` attempts were made beyond those that are recorded.
pub(super) fn end(connection: &Connection, id: DeliveryId, fate: Fate, more: u32, now: Timestamp) -> Result<(), Error> {
    let read = |row: &Row<'_>| Ok((row.get::<_, Option<i64>>(0)?.is_some(), row.get::<_, i64>(1)?));
    let found = connection.one("SELECT alert, attempts FROM delivery WHERE id = ?1", [id], read)?;
    let Some((is_alert, attempts)) = found else { return Ok(()) };
    let attempts = attempts + i64::from(more);
    let own = "INSERT OR REPLACE INTO arrival (alert, sink, fate, time, attempts)
               SELECT alert, sink, ?2, ?3, ?4 FROM delivery WHERE id = ?1";
    let carried = "INSERT OR REPLACE INTO arrival (alert, sink, fate, time, attempts)
                   SELECT alert, sink, ?2, ?3, ?4 FROM delivery WHERE carrier = ?1";
    connection.run(if is_alert { own } else { carried }, (id, fate, Millis(now), attempts))?;
    if !is_alert {
        connection.run("DELETE FROM delivery WHERE carrier = ?1", [id])?;
    }
    connection.run("DELETE FROM delivery WHERE id = ?1", [id])?;
    Ok(())
}

fn expire_some(connection: &Connection, sink: &str, queued_before: Timestamp) -> Result<u64, Error> {
    let reason = "it waited longer than max_age";
    let sql = "UPDATE delivery SET state = 3, error = iif(error IS NULL, ?3, ?3 || '; the last attempt: ' || error)
               WHERE id IN (SELECT id FROM delivery
                            WHERE state < 2 AND sink = ?1 AND queued < ?2 ORDER BY queued LIMIT ?4)";
    Ok(connection.run(sql, (sink, Millis(queued_before), reason, signed(STEP)))?)
}

/// The sinks that have deliveries in a state: from one name to the next, however long their queues.
fn sinks_in(connection: &Connection, state: i64) -> Result<Vec<String>, Error> {
    // The state is a literal, since a partial index serves no parameter.
    let sql = format!("SELECT sink FROM delivery WHERE state = {state} AND sink > ?1 ORDER BY sink LIMIT 1");
    let mut sinks = Vec::new();
    let mut last = String::new();
    while let Some(sink) = connection.one(&sql, [&last], |row| row.get::<_, String>(0))? {
        last.clone_from(&sink);
        sinks.push(sink);
    }
    Ok(sinks)
}
