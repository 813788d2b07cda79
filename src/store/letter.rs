//! The outbox as people see it: what waits, what is dead, to be replayed or dropped.

use super::alert::Fate;
use super::outbox::{self, DeliveryId};
use super::row::{self, Millis, Sql};
use super::{Error, Store};
use jiff::Timestamp;
use rusqlite::{Connection, Row};

/// A delivery that has not arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// Its id.
    pub id: DeliveryId,
    /// The sink's name.
    pub sink: String,
    /// The id of the alert, or of the digest or event.
    pub alert: String,
    /// Where it stands.
    pub state: LetterState,
    /// Attempts made.
    pub attempts: u32,
    /// When it is tried next; `None` where it is in flight or dead.
    pub next: Option<Timestamp>,
    /// Why the last attempt failed.
    pub error: Option<String>,
    /// When it was queued.
    pub queued: Timestamp,
}

/// Where a delivery stands that has not arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LetterState {
    /// It waits, also for the digest that will carry it.
    Pending,
    /// It is being sent.
    InFlight,
    /// It is given up, until a person retries it.
    Dead,
}

impl LetterState {
    /// The name used everywhere.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::InFlight => "in_flight",
            Self::Dead => "dead",
        }
    }
}

/// Which deliveries a person means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    /// These.
    Ids(Vec<DeliveryId>),
    /// All of a sink.
    Sink(String),
    /// All.
    All,
}

/// What became of a request on deliveries.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Changed {
    /// How many were changed.
    pub changed: u64,
    /// Those asked for by id that do not exist, have arrived, or are in flight just now.
    pub passed_over: Vec<DeliveryId>,
}

impl Store {
    /// Up to `limit` deliveries that have not arrived, of one sink or of all, by id, from the one after `after`.
    pub async fn letters(
        &self,
        sink: Option<&str>,
        after: Option<DeliveryId>,
        limit: usize,
    ) -> Result<Vec<Letter>, Error> {
        let sink = sink.map(str::to_owned);
        self.read(move |connection| {
            let sql = "SELECT delivery.id, sink, ifnull(alert.id, document), state, attempts, due, error, queued
                       FROM delivery LEFT JOIN alert ON alert.seq = delivery.alert
                       WHERE delivery.id > ?1 AND state < 5 AND (?2 IS NULL OR sink = ?2)
                       ORDER BY delivery.id LIMIT ?3";
            Ok(connection.all(sql, (after.map_or(0, |id| id.0), sink, row::limit(limit)), read)?)
        })
        .await
    }

    /// The deliveries of one alert that have not arrived, by id; one that a digest carries stands as that does.
    pub async fn letters_of(&self, alert: &str) -> Result<Vec<Letter>, Error> {
        let alert = alert.to_owned();
        self.read(move |connection| {
            let sql = "SELECT own.id, own.sink, alert.id, ifnull(carrier.state, own.state),
                           ifnull(carrier.attempts, own.attempts), ifnull(carrier.due, own.due),
                           ifnull(carrier.error, own.error), own.queued
                       FROM alert JOIN delivery AS own ON own.alert = alert.seq
                       LEFT JOIN delivery AS carrier ON carrier.id = own.carrier
                       WHERE alert.id = ?1";
            let mut letters = connection.all(sql, [&alert], read)?;
            letters.sort_by_key(|letter| letter.id);
            Ok(letters)
        })
        .await
    }

    /// Makes deliveries due now, dead ones too, collected ones, and those of a sink under [`Store::hold`]:
    /// a person knows better. Their age counts anew. Those in flight are passed over.
    pub async fn retry_letters(&self, selection: Selection, now: Timestamp) -> Result<Changed, Error> {
        self.change(selection, move |connection, id| {
            let sql = "UPDATE delivery SET state = 0, due = ?2, queued = ?2 WHERE id = ?1 AND state NOT IN (2, 5)";
            let changed = connection.run(sql, (id, Millis(now)))?;
            let release = "DELETE FROM sink_hold WHERE sink = (SELECT sink FROM delivery WHERE id = ?1)";
            connection.run(release, [id])?;
            Ok(changed)
        })
        .await
    }

    /// Gives up deliveries for good; the alert keeps a note of it. Those in flight are
    /// passed over, and those that a file sink may have begun to write.
    pub async fn drop_letters(&self, selection: Selection, now: Timestamp) -> Result<Changed, Error> {
        self.change(selection, move |connection, id| {
            let sql = "SELECT 1 FROM delivery WHERE id = ?1 AND state NOT IN (2, 5)
                       AND NOT EXISTS (SELECT 1 FROM file_write, json_each(deliveries) WHERE value = ?1)";
            if connection.one(sql, [id], |_| Ok(()))?.is_none() {
                return Ok(0);
            }
            outbox::end(connection, id, Fate::Dropped, 0, now)?;
            Ok(1)
        })
        .await
    }

    /// Changes the selected deliveries one by one, [`STEP`] in a transaction.
    async fn change<F>(&self, selection: Selection, change: F) -> Result<Changed, Error>
    where
        F: Fn(&Connection, DeliveryId) -> Result<u64, Error> + Clone + Send + 'static,
    {
        let (sink, mut ids) = match selection {
            Selection::Ids(ids) => (None, Some(ids)),
            Selection::Sink(sink) => (Some(sink), None),
            Selection::All => (None, None),
        };
        let asked = ids.is_some();
        let mut total = Changed::default();
        let mut after = 0;
        loop {
            let (sink, change, ids) = (sink.clone(), change.clone(), ids.take());
            let step = self.write(move |connection| {
                let ids = match ids {
                    Some(ids) => ids,
                    None => some_ids(connection, sink.as_deref(), after)?,
                };
                let mut changed = Changed::default();
                for id in &ids {
                    match change(connection, *id)? {
                        0 => changed.passed_over.push(*id),
                        rows => changed.changed += rows,
                    }
                }
                Ok((changed, ids.last().copied()))
            });
            let (step, last) = step.await?;
            total.changed += step.changed;
            if asked {
                total.passed_over = step.passed_over;
                return Ok(total);
            }
            match last {
                Some(last) => after = last.0,
                None => return Ok(total),
            }
        }
    }
}

/// Deliveries that one transaction changes at most, so that others find their turn.
const STEP: i64 = 2_000;

fn some_ids(connection: &Connection, sink: Option<&str>, after: i64) -> Result<Vec<DeliveryId>, Error> {
    let sql = "SELECT id FROM delivery WHERE id > ?1 AND state < 5 AND (?2 IS NULL OR sink = ?2)
               ORDER BY id LIMIT ?3";
    Ok(connection.all(sql, (after, sink, STEP), |row| row.get(0))?)
}

fn read(row: &Row<'_>) -> rusqlite::Result<Letter> {
    let state = match row.get(3)? {
        0 | 1 | 4 => LetterState::Pending,
        2 => LetterState::InFlight,
        3 => LetterState::Dead,
        other => return Err(rusqlite::Error::IntegralValueOutOfRange(3, other)),
    };
    let due = row.get::<_, Millis>(5)?.0;
    Ok(Letter {
        id: row.get(0)?,
        sink: row.get(1)?,
        alert: row.get(2)?,
        state,
        attempts: row.get(4)?,
        next: (state == LetterState::Pending).then_some(due),
        error: row.get(6)?,
        queued: row.get::<_, Millis>(7)?.0,
    })
}
