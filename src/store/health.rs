//! What people know of feeds and sinks that fail, and the events that tell them.

use super::poll::NewDocument;
use super::row::{Millis, Sql};
use super::{Error, Store, post};
use crate::engine::health::{Failure, FeedsHealth, Outage, OutageWrite, SinkHealth};
use jiff::Timestamp;
use rusqlite::{Connection, Row};

impl Store {
    /// A sink that fails; `None`: it works, as far as is known.
    pub async fn sink_health(&self, sink: &str) -> Result<Option<SinkHealth>, Error> {
        let sink = sink.to_owned();
        self.read(move |connection| {
            let sql = "SELECT since, reason, tries, told FROM sink_failure WHERE sink = ?1";
            let read = |row: &Row<'_>| Ok(SinkHealth { failure: failure(row)?, told: row.get(3)? });
            Ok(connection.one(sql, [&sink], read)?)
        })
        .await
    }

    /// How many of these sinks are known to fail.
    pub async fn failing_sinks(&self, sinks: Vec<String>) -> Result<usize, Error> {
        self.read(move |connection| {
            let mut statement = connection.statement("SELECT 1 FROM sink_failure WHERE sink = ?1 AND told")?;
            let mut failing = 0;
            for sink in &sinks {
                failing += usize::from(statement.exists([sink])?);
            }
            Ok(failing)
        })
        .await
    }

    /// Takes note of how a sink is (`None`: it works) and queues what is told of it.
    pub async fn note_sink(
        &self,
        sink: &str,
        health: Option<SinkHealth>,
        documents: Vec<NewDocument>,
        now: Timestamp,
    ) -> Result<(), Error> {
        let sink = sink.to_owned();
        self.write(move |connection| {
            match &health {
                None => connection.run("DELETE FROM sink_failure WHERE sink = ?1", [&sink])?,
                Some(SinkHealth { failure: Failure { since, reason, tries }, told }) => connection.run(
                    "INSERT OR REPLACE INTO sink_failure (sink, since, reason, tries, told) VALUES (?1, ?2, ?3, ?4, ?5)",
                    (&sink, Millis(*since), reason, tries, told),
                )?,
            };
            documents.iter().try_for_each(|document| post::document(connection, document, now))
        })
        .await
    }
}

/// How the feeds are besides the one of `key`, as far as it matters: how many fail is
/// asked where one more does, and where an outage may be over.
pub(super) fn feeds(connection: &Connection, key: &str, failed: bool) -> Result<FeedsHealth, Error> {
    let sql = "SELECT since, reason, tries, count FROM outage WHERE id = 1";
    let outage = connection.one(sql, [], |row| Ok(Outage { failure: failure(row)?, count: row.get(3)? }))?;
    if outage.is_some() == failed {
        return Ok(FeedsHealth { failing: 0, outage });
    }
    let sql = "SELECT count(*) FROM feed
               WHERE failures > 0 AND told IS NULL AND gone = 0 AND removed IS NULL AND polled = 1 AND key <> ?1";
    let failing = connection.one(sql, [key], |row| row.get(0))?.unwrap_or(0);
    Ok(FeedsHealth { failing, outage })
}

/// Writes down what becomes of the outage.
pub(super) fn outage(connection: &Connection, write: &OutageWrite) -> Result<(), Error> {
    match write {
        OutageWrite::Keep => {}
        OutageWrite::End => _ = connection.run("DELETE FROM outage WHERE id = 1", [])?,
        OutageWrite::Begin(Outage { failure: Failure { since, reason, tries }, count }) => {
            let sql = "INSERT OR REPLACE INTO outage (id, since, reason, tries, count) VALUES (1, ?1, ?2, ?3, ?4)";
            connection.run(sql, (Millis(*since), reason, tries, count))?;
        }
    }
    Ok(())
}

fn failure(row: &Row<'_>) -> rusqlite::Result<Failure> {
    Ok(Failure { since: row.get::<_, Millis>(0)?.0, reason: row.get(1)?, tries: row.get(2)? })
}
