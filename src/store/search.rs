//! Finding alerts: by watchlist, severity, rule, entity, feed, time and words.
//!
//! Lists are read in the order of commits over an index that holds what they choose
//! by (`alert_list`), so that only alerts that are given out are read themselves.

use super::alert::{self, StoredAlert};
use super::row::{self, Millis, Sql};
use super::{Error, Store};
use crate::engine::alert::Alert;
use crate::text::chars::class;
use crate::watchlist::definition::Severity;
use jiff::Timestamp;
use rusqlite::types::Value;
use rusqlite::{Connection, ToSql, params_from_iter};
use std::collections::BTreeSet;

/// Which alerts are meant: all that is said must hold.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AlertFilter {
    /// Name of the watchlist.
    pub watchlist: Option<String>,
    /// Of this severity or a higher one.
    pub severity: Option<Severity>,
    /// Id of a rule that fired.
    pub rule: Option<String>,
    /// Id of an entity that was found.
    pub entity: Option<String>,
    /// Name of the feed.
    pub feed: Option<String>,
    /// Words that title or text of the item hold, all of them, each as the beginning of a word;
    /// neither case nor accents count.
    pub words: Option<String>,
    /// Decided at this time or later.
    pub since: Option<Timestamp>,
    /// Decided before this time.
    pub until: Option<Timestamp>,
}

/// Alerts that were found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The alerts, in the order that was asked for.
    pub alerts: Vec<StoredAlert>,
    /// The place in the order of commits up to which all were looked at: what is committed
    /// later follows it.
    pub last: i64,
}

impl Store {
    /// The newest alerts first, from the one before `before` (a [`StoredAlert::seq`]).
    pub async fn alerts_before(&self, filter: AlertFilter, before: Option<i64>, limit: usize) -> Result<Found, Error> {
        self.read(move |connection| {
            let last = newest(connection)?;
            let mut wanted = Wanted::new(filter);
            wanted.also("seq < ?", before.unwrap_or(i64::MAX));
            Ok(Found { alerts: wanted.read(connection, "DESC", limit)?, last })
        })
        .await
    }

    /// The alerts that follow the one of a place, in the order of commits.
    pub async fn alerts_after(&self, filter: AlertFilter, after: i64, limit: usize) -> Result<Found, Error> {
        self.read(move |connection| {
            let newest = newest(connection)?;
            let mut wanted = Wanted::new(filter);
            wanted.also("seq > ?", after);
            let alerts = wanted.read(connection, "ASC", limit)?;
            let last = match alerts.last() {
                Some(last) if alerts.len() >= limit => last.seq,
                _ => newest.max(after),
            };
            Ok(Found { alerts, last })
        })
        .await
    }

    /// The place of the newest alert in the order of commits; 0 where there is none.
    pub async fn newest_alert(&self) -> Result<i64, Error> {
        self.read(newest).await
    }
}

fn newest(connection: &Connection) -> Result<i64, Error> {
    Ok(connection.one("SELECT ifnull(max(seq), 0) FROM alert", [], |row| row.get(0))?.unwrap_or(0))
}

/// Takes note of what an alert is about, to be found by it.
pub(super) fn index(connection: &Connection, seq: i64, alert: &Alert) -> Result<(), Error> {
    let rules: BTreeSet<_> = alert.rules.iter().map(|rule| (0, &rule.id)).collect();
    let entities: BTreeSet<_> =
        alert.matches.iter().filter_map(|found| Some((1, &found.entity.as_ref()?.id))).collect();
    for (kind, name) in rules.into_iter().chain(entities) {
        connection.run("INSERT INTO alert_about (kind, name, alert) VALUES (?1, ?2, ?3)", (kind, name, seq))?;
    }
    let sql = "INSERT INTO alert_text (rowid, title, body) VALUES (?1, ?2, ?3)";
    connection.run(sql, (seq, spaced(&alert.item.title), spaced(&alert.item.text)))?;
    Ok(())
}

/// The conditions of a query and their values, in order.
struct Wanted {
    conditions: Vec<&'static str>,
    values: Vec<Value>,
    /// No alert meets it.
    nothing: bool,
}

impl Wanted {
    fn new(filter: AlertFilter) -> Self {
        let AlertFilter { watchlist, severity, rule, entity, feed, words, since, until } = filter;
        let mut wanted = Self { conditions: Vec::new(), values: Vec::new(), nothing: false };
        wanted.perhaps("watchlist = ?", watchlist);
        wanted.perhaps("severity >= ?", severity.map(|severity| severity as i64));
        wanted.perhaps("feed = ?", feed);
        wanted.perhaps("time >= ?", since.map(millis));
        wanted.perhaps("time < ?", until.map(millis));
        wanted.perhaps("seq IN (SELECT alert FROM alert_about WHERE kind = 0 AND name = ?)", rule);
        wanted.perhaps("seq IN (SELECT alert FROM alert_about WHERE kind = 1 AND name = ?)", entity);
        let phrases = words.map(|words| phrases(&words));
        wanted.nothing = phrases.as_ref().is_some_and(String::is_empty);
        wanted.perhaps("seq IN (SELECT rowid FROM alert_text WHERE alert_text MATCH ?)", phrases);
        wanted
    }

    fn also(&mut self, condition: &'static str, value: impl Into<Value>) {
        self.conditions.push(condition);
        self.values.push(value.into());
    }

    fn perhaps(&mut self, condition: &'static str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.also(condition, value);
        }
    }

    fn read(self, connection: &Connection, order: &str, limit: usize) -> Result<Vec<StoredAlert>, Error> {
        if self.nothing {
            return Ok(Vec::new());
        }
        let sql = format!(
            "{} WHERE seq IN (SELECT seq FROM alert INDEXED BY alert_list WHERE {} ORDER BY seq {order} LIMIT ?)
             ORDER BY seq {order}",
            alert::SELECT,
            self.conditions.join(" AND ")
        );
        let values = self.values.into_iter().chain([Value::from(row::limit(limit))]);
        Ok(connection.all(&sql, params_from_iter(values), alert::read)?)
    }
}

fn millis(time: Timestamp) -> Value {
    match Millis(time).to_sql() {
        Ok(rusqlite::types::ToSqlOutput::Owned(value)) => value,
        // A time is a number.
        _ => Value::Null,
    }
}

/// Each word as a phrase whose last part may go on, in the language of FTS5
/// (<https://www.sqlite.org/fts5.html#full_text_query_syntax>); empty where nothing is a word.
fn phrases(words: &str) -> String {
    let words = words.split_whitespace().filter(|word| word.chars().any(|c| class(c).is_word()));
    let phrases = words.map(|word| format!("\"{}\"*", spaced(word).replace('"', " ")));
    phrases.collect::<Vec<_>>().join(" AND ")
}

/// A text whose letters of scripts without spaces stand alone, so that words in it are found.
pub(super) fn spaced(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        let alone = class(c).is_unspaced() && !class(c).is_mark();
        if alone {
            out.push(' ');
        }
        out.push(c);
        if alone {
            out.push(' ');
        }
    }
    out
}
