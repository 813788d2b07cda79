//! How the values of the domain stand in columns.

use super::Error;
use super::alert::Fate;
use super::outbox::DeliveryId;
use crate::engine::item::Key;
use crate::watchlist::definition::Severity;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use rusqlite::{CachedStatement, Connection, OptionalExtension, Params, Result, Row};

/// A time as a column: whole milliseconds since 1970, rounded down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Millis(pub(super) Timestamp);

impl ToSql for Millis {
    fn to_sql(&self) -> Result<ToSqlOutput<'_>> {
        Ok(self.0.as_nanosecond().div_euclid(1_000_000).try_into().unwrap_or(i64::MAX).into())
    }
}

impl FromSql for Millis {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let millis = value.as_i64()?;
        Timestamp::from_millisecond(millis).map(Self).map_err(|_| FromSqlError::OutOfRange(millis))
    }
}

/// The day (UTC) of a time, counted from 1970.
pub(super) fn day(time: Timestamp) -> i64 {
    time.as_second().div_euclid(86_400)
}

/// The day with this number.
pub(super) fn date(day: i64) -> Date {
    let begin = Timestamp::from_second(day.saturating_mul(86_400)).unwrap_or_default();
    TimeZone::UTC.to_datetime(begin).date()
}

/// A span as a column: whole milliseconds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span(pub(super) SignedDuration);

impl ToSql for Span {
    fn to_sql(&self) -> Result<ToSqlOutput<'_>> {
        Ok(i64::try_from(self.0.as_millis()).unwrap_or(i64::MAX).into())
    }
}

impl FromSql for Span {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        value.as_i64().map(SignedDuration::from_millis).map(Self)
    }
}

impl ToSql for Key {
    fn to_sql(&self) -> Result<ToSqlOutput<'_>> {
        Ok(self.0.as_slice().into())
    }
}

impl FromSql for Key {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        <[u8; 16]>::column_result(value).map(Self)
    }
}

impl ToSql for DeliveryId {
    fn to_sql(&self) -> Result<ToSqlOutput<'_>> {
        Ok(self.0.into())
    }
}

impl FromSql for DeliveryId {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        value.as_i64().map(Self)
    }
}

impl ToSql for Fate {
    fn to_sql(&self) -> Result<ToSqlOutput<'_>> {
        Ok((*self as i64).into())
    }
}

impl FromSql for Fate {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        match value.as_i64()? {
            0 => Ok(Self::Delivered),
            1 => Ok(Self::Dropped),
            other => Err(FromSqlError::OutOfRange(other)),
        }
    }
}

impl ToSql for Severity {
    fn to_sql(&self) -> Result<ToSqlOutput<'_>> {
        Ok((*self as i64).into())
    }
}

impl FromSql for Severity {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let rank = value.as_i64()?;
        Self::ALL.into_iter().find(|severity| *severity as i64 == rank).ok_or(FromSqlError::OutOfRange(rank))
    }
}

/// A number that the domain counts without sign; SQLite has 63 bits for it.
pub(super) fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// A count, or another number that was written by [`signed`].
pub(super) fn unsigned(value: i64) -> u64 {
    u64::try_from(value).unwrap_or(0)
}

/// A `LIMIT`.
pub(super) fn limit(value: usize) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// A list of texts as a column: a JSON array.
pub(super) fn list(texts: &[String]) -> Result<String, Error> {
    serde_json::to_string(texts).map_err(|error| Error::Defect(error.to_string()))
}

/// Reads what [`list`] wrote.
pub(super) fn read_list(column: &str) -> Result<Vec<String>, Error> {
    serde_json::from_str(column).map_err(|error| Error::Corrupt(format!("a list of texts: {error}")))
}

/// Shorthand over cached statements, so that no statement is compiled twice.
pub(super) trait Sql {
    /// The statement.
    fn statement(&self, sql: &str) -> Result<CachedStatement<'_>>;

    /// Runs an insertion and returns its row; `None`: it did nothing. `RETURNING` would open a
    /// table of its own for that.
    fn insert(&self, sql: &str, params: impl Params) -> Result<Option<i64>>;

    /// Runs it and returns how many rows it changed.
    fn run(&self, sql: &str, params: impl Params) -> Result<u64> {
        self.statement(sql)?.execute(params).map(|rows| rows as u64)
    }

    /// Its only row, if any.
    fn one<T>(&self, sql: &str, params: impl Params, read: impl FnOnce(&Row<'_>) -> Result<T>) -> Result<Option<T>> {
        self.statement(sql)?.query_row(params, read).optional()
    }

    /// All its rows.
    fn all<T>(&self, sql: &str, params: impl Params, read: impl FnMut(&Row<'_>) -> Result<T>) -> Result<Vec<T>> {
        self.statement(sql)?.query_map(params, read)?.collect()
    }
}

impl Sql for Connection {
    fn statement(&self, sql: &str) -> Result<CachedStatement<'_>> {
        self.prepare_cached(sql)
    }

    fn insert(&self, sql: &str, params: impl Params) -> Result<Option<i64>> {
        Ok((self.run(sql, params)? > 0).then(|| self.last_insert_rowid()))
    }
}
