//! The counters of each day (UTC), which pages and reports read.

use super::poll::Traffic;
use super::row::{Millis, Sql, date, day, signed, unsigned};
use super::{Error, Store};
use crate::engine::alert::Alert;
use crate::engine::decide::PollPlan;
use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::{Connection, Row};
use std::collections::HashMap;

/// How often something happened on a day (UTC).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayCount {
    /// Who or what: a watchlist, a rule, a feed.
    pub of: String,
    /// The day.
    pub day: Date,
    /// How often.
    pub count: u64,
}

/// What a feed did on a day (UTC).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedDay {
    /// Its key.
    pub feed: String,
    /// The day.
    pub day: Date,
    /// Polls.
    pub polls: u64,
    /// Of these, polls that were answered with 304.
    pub not_modified: u64,
    /// New items.
    pub items: u64,
    /// Bytes read.
    pub bytes: u64,
}

/// A term that was found in an alert of a watchlist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FiredTerm {
    /// The term as the watchlist writes it.
    pub term: String,
    /// Its matches since the day that was asked for.
    pub matches: u64,
}

impl Store {
    /// Alerts a day since the day of `since`, by the name of their watchlist: of one, or of all.
    pub async fn alerts_a_day(&self, watchlist: Option<&str>, since: Timestamp) -> Result<Vec<DayCount>, Error> {
        let watchlist = watchlist.map(str::to_owned);
        self.read(move |connection| {
            let since = Millis(begin(since));
            let sql = "SELECT min(seq) FROM alert WHERE time >= ?1";
            let first: Option<i64> = connection.one(sql, [since], |row| row.get(0))?.flatten();
            let Some(first) = first else { return Ok(Vec::new()) };
            // The index holds all that is counted, in the order of commits, which is nearly that of time.
            let sql = "SELECT watchlist, time / 86400000, count(*) FROM alert INDEXED BY alert_list
                       WHERE seq >= ?1 AND time >= ?2 AND watchlist = ifnull(?3, watchlist) GROUP BY 1, 2";
            Ok(connection.all(sql, (first, since, watchlist), read)?)
        })
        .await
    }

    /// Alerts a day of each rule of a watchlist since the day of `since`, by the rule's id.
    pub async fn rules_a_day(&self, watchlist: &str, since: Timestamp) -> Result<Vec<DayCount>, Error> {
        let watchlist = watchlist.to_owned();
        self.read(move |connection| {
            let sql = "SELECT rule, day, alerts FROM daily_rule WHERE day >= ?1 AND watchlist = ?2";
            Ok(connection.all(sql, (day(since), watchlist), read)?)
        })
        .await
    }

    /// The day on which each watchlist last fired, by its name.
    pub async fn last_fired(&self) -> Result<HashMap<String, Date>, Error> {
        self.read(|connection| {
            let sql = "SELECT watchlist, max(day) FROM daily_rule GROUP BY watchlist";
            let found = connection.all(sql, [], |row| Ok((row.get(0)?, date(row.get(1)?))))?;
            Ok(found.into_iter().collect())
        })
        .await
    }

    /// Every term that was ever found in an alert of a watchlist, as far as the counters go
    /// back, those with the most matches since the day of `since` first.
    pub async fn fired_terms(&self, watchlist: &str, since: Timestamp) -> Result<Vec<FiredTerm>, Error> {
        let watchlist = watchlist.to_owned();
        self.read(move |connection| {
            let mut terms: HashMap<String, u64> = HashMap::new();
            let since = day(since);
            // One search a day: the counters of other watchlists are not read.
            let sql = "SELECT term, matches FROM daily_term WHERE day = ?1 AND watchlist = ?2";
            let mut statement = connection.statement(sql)?;
            let mut next = following(connection, i64::MIN)?;
            while let Some(day) = next {
                let mut rows = statement.query((day, &watchlist))?;
                while let Some(row) = rows.next()? {
                    let matches = if day >= since { unsigned(row.get(1)?) } else { 0 };
                    *terms.entry(row.get(0)?).or_default() += matches;
                }
                next = following(connection, day)?;
            }
            let mut terms: Vec<_> = terms.into_iter().map(|(term, matches)| FiredTerm { term, matches }).collect();
            terms.sort_unstable_by(|one, other| (other.matches, &one.term).cmp(&(one.matches, &other.term)));
            Ok(terms)
        })
        .await
    }

    /// The first day of which something was counted and is kept.
    pub async fn first_day(&self) -> Result<Option<Date>, Error> {
        self.read(|connection| Ok(following(connection, i64::MIN)?.map(date))).await
    }

    /// What some feeds did on each day since that of `since`, the first day first.
    pub async fn feed_days(&self, feeds: Vec<String>, since: Timestamp) -> Result<Vec<FeedDay>, Error> {
        self.read(move |connection| {
            let mut counts = Vec::new();
            let sql =
                "SELECT feed, day, polls, not_modified, items, bytes FROM daily_feed WHERE day = ?1 AND feed = ?2";
            let mut next = following(connection, day(since).saturating_sub(1))?;
            while let Some(day) = next {
                for feed in &feeds {
                    counts.extend(connection.one(sql, (day, feed), read_feed)?);
                }
                next = following(connection, day)?;
            }
            Ok(counts)
        })
        .await
    }
}

/// The next day of which anything was counted: every alert comes of a poll.
fn following(connection: &Connection, day: i64) -> Result<Option<i64>, Error> {
    Ok(connection.one("SELECT min(day) FROM daily_feed WHERE day > ?1", [day], |row| row.get(0))?.flatten())
}

/// The beginning of a day.
fn begin(time: Timestamp) -> Timestamp {
    Timestamp::from_second(day(time).saturating_mul(86_400)).unwrap_or(time)
}

fn read(row: &Row<'_>) -> rusqlite::Result<DayCount> {
    Ok(DayCount { of: row.get(0)?, day: date(row.get(1)?), count: unsigned(row.get(2)?) })
}

fn read_feed(row: &Row<'_>) -> rusqlite::Result<FeedDay> {
    Ok(FeedDay {
        feed: row.get(0)?,
        day: date(row.get(1)?),
        polls: unsigned(row.get(2)?),
        not_modified: unsigned(row.get(3)?),
        items: unsigned(row.get(4)?),
        bytes: unsigned(row.get(5)?),
    })
}

/// Counts a poll for its feed.
pub(super) fn poll(connection: &Connection, plan: &PollPlan, traffic: Traffic, now: Timestamp) -> Result<(), Error> {
    connection.run(
        "INSERT INTO daily_feed (day, feed, polls, failed, unchanged, items, bytes, repairs, not_modified)
         VALUES (?1, ?2, 1, ?3, ?4, ?5, ?6, ?7, ?8)
         ON CONFLICT DO UPDATE SET polls = polls + 1, failed = failed + ?3, unchanged = unchanged + ?4,
            items = items + ?5, bytes = bytes + ?6, repairs = repairs + ?7, not_modified = not_modified + ?8",
        (
            day(now),
            &plan.feed.key,
            traffic.failed,
            traffic.unchanged,
            plan.counts.new,
            signed(traffic.bytes),
            traffic.repairs,
            traffic.not_modified,
        ),
    )?;
    Ok(())
}

/// Counts an alert for its rules, and its matches for their terms.
pub(super) fn alert(connection: &Connection, alert: &Alert, now: Timestamp) -> Result<(), Error> {
    for rule in &alert.rules {
        connection.run(
            "INSERT INTO daily_rule (day, watchlist, rule, alerts) VALUES (?1, ?2, ?3, 1)
             ON CONFLICT DO UPDATE SET alerts = alerts + 1",
            (day(now), &alert.watchlist, &rule.id),
        )?;
    }
    for found in &alert.matches {
        connection.run(
            "INSERT INTO daily_term (day, watchlist, term, matches) VALUES (?1, ?2, ?3, 1)
             ON CONFLICT DO UPDATE SET matches = matches + 1",
            (day(now), &alert.watchlist, &found.term),
        )?;
    }
    Ok(())
}
