//! The silences, those that are over included until retention.

use super::row::{Millis, Span, Sql};
use super::{Error, Store};
use crate::engine::silence::{Scope, Silence, SilenceId};
use jiff::{SignedDuration, Timestamp};
use rusqlite::types::{FromSql, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Result as SqlResult, Row};

impl Store {
    /// Adds a silence that begins now.
    pub async fn add_silence(
        &self,
        scope: Scope,
        comment: String,
        now: Timestamp,
        expires: Timestamp,
    ) -> Result<Silence, Error> {
        self.write(move |connection| {
            let sql = "INSERT INTO silence (watchlist, rule, entity, feed, query, comment, created, expires)
                       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
                       RETURNING id, watchlist, rule, entity, feed, query, comment, created, expires";
            let Scope { watchlist, rule, entity, feed, query } = scope;
            let row = (watchlist, rule, entity, feed, query, comment, Millis(now), Millis(expires));
            let added = connection.one(sql, row, read)?;
            added.ok_or_else(|| Error::Defect("a silence that was added is not there".to_owned()))
        })
        .await
    }

    /// The silences that end after a time, the oldest first.
    pub async fn silences(&self, after: Timestamp) -> Result<Vec<Silence>, Error> {
        self.read(move |connection| {
            let sql = "SELECT id, watchlist, rule, entity, feed, query, comment, created, expires FROM silence
                       WHERE expires > ?1";
            let mut silences = connection.all(sql, [Millis(after)], read)?;
            silences.sort_by_key(|silence| silence.id);
            Ok(silences)
        })
        .await
    }

    /// The clock has jumped by so much from `now`: what holds goes along, and lasts as long as was meant.
    pub async fn shift_silences(&self, by: SignedDuration, now: Timestamp) -> Result<(), Error> {
        self.write(move |connection| {
            let sql = "UPDATE silence SET created = created + ?1, expires = expires + ?1 WHERE expires > ?2";
            connection.run(sql, (Span(by), Millis(now)))?;
            Ok(())
        })
        .await
    }

    /// Ends a silence now. Whether it had not ended yet.
    pub async fn expire_silence(&self, id: SilenceId, now: Timestamp) -> Result<bool, Error> {
        self.write(move |connection| {
            let sql = "UPDATE silence SET expires = ?2 WHERE id = ?1 AND expires > ?2";
            Ok(connection.run(sql, (id, Millis(now)))? > 0)
        })
        .await
    }
}

fn read(row: &Row<'_>) -> SqlResult<Silence> {
    let scope =
        Scope { watchlist: row.get(1)?, rule: row.get(2)?, entity: row.get(3)?, feed: row.get(4)?, query: row.get(5)? };
    let (created, expires) = (row.get::<_, Millis>(7)?.0, row.get::<_, Millis>(8)?.0);
    Ok(Silence { id: row.get(0)?, scope, comment: row.get(6)?, created, expires })
}

impl ToSql for SilenceId {
    fn to_sql(&self) -> SqlResult<ToSqlOutput<'_>> {
        Ok(self.0.into())
    }
}

impl FromSql for SilenceId {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        value.as_i64().map(Self)
    }
}
