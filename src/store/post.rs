//! Puts alerts into the store and their deliveries into the outbox.

use super::poll::{NewDelivery, NewDocument};
use super::row::{Millis, Sql};
use super::{Error, digest, search};
use crate::engine::alert::Alert;
use crate::engine::pace::Admission;
use crate::engine::silence::SilenceId;
use jiff::Timestamp;
use rusqlite::Connection;

/// Stores an alert with its document and returns its place in the order of
/// commits. `None`: it is known already, and so are its deliveries.
pub(super) fn alert(
    connection: &Connection,
    alert: &Alert,
    silence: Option<SilenceId>,
    body: &[u8],
) -> Result<Option<i64>, Error> {
    let sql = "INSERT INTO alert (id, time, watchlist, severity, feed, story, item, silence, body)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (id) DO NOTHING";
    let (time, feed, story) = (Millis(alert.time), &alert.feed.name, &alert.story.id);
    let row = (&alert.id, time, &alert.watchlist, alert.severity, feed, story, &alert.item.id, silence, body);
    let seq = connection.insert(sql, row)?;
    if let Some(seq) = seq {
        search::index(connection, seq, alert)?;
    }
    Ok(seq)
}

/// Queues a delivery of an alert: due at once, or collected for a digest where the sink is
/// spared. A sink named twice gets it once.
pub(super) fn delivery(
    connection: &Connection,
    alert: i64,
    delivery: &NewDelivery,
    now: Timestamp,
) -> Result<(), Error> {
    let NewDelivery { sink, body, pace } = delivery;
    let admission = pace.admit(digest::passed(connection, sink, *pace)?, now);
    let (state, due) = match admission {
        Admission::Pass => (0, now),
        Admission::Collect(due) => (4, due),
    };
    let queued = connection.run(
        "INSERT OR IGNORE INTO delivery (sink, alert, state, due, queued, attempts, body)
         VALUES (?1, ?2, ?3, ?4, ?5, 0, ?6)",
        (sink, alert, state, Millis(due), Millis(now), body),
    )?;
    if queued > 0 && admission == Admission::Pass {
        digest::note(connection, sink, *pace, now)?;
    }
    Ok(())
}

/// Queues a document of its own, due at once, whatever the sink's pace. One that waits for
/// the sink already is not doubled.
pub(super) fn document(connection: &Connection, document: &NewDocument, now: Timestamp) -> Result<(), Error> {
    let NewDocument { sink, id, body } = document;
    connection.run(
        "INSERT OR IGNORE INTO delivery (sink, document, state, due, queued, attempts, body)
         VALUES (?1, ?2, 0, ?3, ?3, 0, ?4)",
        (sink, id, Millis(now), body),
    )?;
    Ok(())
}
