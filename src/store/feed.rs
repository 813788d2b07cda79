//! The feeds: their schedule and health, and which of them are still configured.

use super::row::{Millis, Span, Sql, day, signed, unsigned};
use super::{Error, Store};
use crate::engine::schedule::FeedState;
use crate::feed::Pace;
use jiff::Timestamp;
use rusqlite::{Connection, Row, params};
use std::collections::{HashMap, HashSet};

/// A feed that is configured, whether polled or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfiguredFeed {
    /// [`crate::engine::Feed::key`].
    pub key: String,
    /// Its URL as configured: a feed known by it keeps its state when it is given a name.
    pub url: String,
    /// Whether it is polled.
    pub polled: bool,
}

/// What a feed did over some days.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FeedActivity {
    /// [`FeedState::key`].
    pub key: String,
    /// Polls.
    pub polls: u64,
    /// Polls that failed.
    pub failed: u64,
    /// Polls that brought nothing new (304, or the same bytes).
    pub unchanged: u64,
    /// New items.
    pub items: u64,
    /// Bytes read.
    pub bytes: u64,
    /// Repairs.
    pub repairs: u64,
}

impl Store {
    /// Takes note of which feeds are configured and returns the states of those that
    /// were polled before, by key. A feed that was given another name keeps its state, by its
    /// URL. One that is configured no more keeps its history until retention, and finds
    /// it again if it comes back.
    pub async fn sync_feeds(&self, feeds: Vec<ConfiguredFeed>, now: Timestamp) -> Result<Vec<FeedState>, Error> {
        self.write(move |connection| {
            let configured: HashSet<&str> = feeds.iter().map(|feed| feed.key.as_str()).collect();
            let known = presence(connection)?;
            for feed in &feeds {
                match known.get(&feed.key) {
                    // Written only where it changes: there may be very many.
                    Some(presence) if *presence == Presence { removed: false, polled: feed.polled } => {}
                    Some(_) => present(connection, &feed.key, feed)?,
                    None => adopt(connection, feed, &configured)?,
                }
            }
            part_with_others(connection, &configured, now)?;
            states(connection)
        })
        .await
    }

    /// The keys of all feeds of which anything is left, those included that are configured no more.
    pub async fn feed_keys(&self) -> Result<Vec<String>, Error> {
        self.read(|connection| Ok(connection.all("SELECT key FROM feed", [], |row| row.get(0))?)).await
    }

    /// The states of all configured feeds that were ever polled, by key.
    pub async fn feed_states(&self) -> Result<Vec<FeedState>, Error> {
        self.read(states).await
    }

    /// What each feed did since the day (UTC) of `since`, by key.
    pub async fn feed_activity(&self, since: Timestamp) -> Result<Vec<FeedActivity>, Error> {
        self.read(move |connection| {
            let sql = "SELECT feed, sum(polls), sum(failed), sum(unchanged), sum(items), sum(bytes), sum(repairs)
                       FROM daily_feed WHERE day >= ?1 GROUP BY feed ORDER BY feed";
            Ok(connection.all(sql, [day(since)], |row| {
                let count = |column| row.get(column).map(unsigned);
                Ok(FeedActivity {
                    key: row.get(0)?,
                    polls: count(1)?,
                    failed: count(2)?,
                    unchanged: count(3)?,
                    items: count(4)?,
                    bytes: count(5)?,
                    repairs: count(6)?,
                })
            })?)
        })
        .await
    }
}

/// How a feed stood in the configuration before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Presence {
    removed: bool,
    polled: bool,
}

/// All feeds that are known, by key.
fn presence(connection: &Connection) -> Result<HashMap<String, Presence>, Error> {
    let known = connection.all("SELECT key, removed IS NOT NULL, polled FROM feed", [], |row| {
        Ok((row.get(0)?, Presence { removed: row.get(1)?, polled: row.get(2)? }))
    })?;
    Ok(known.into_iter().collect())
}

/// A feed that is known under this key is configured so.
fn present(connection: &Connection, key: &str, feed: &ConfiguredFeed) -> Result<(), Error> {
    let sql = "UPDATE feed SET key = ?2, removed = NULL, polled = ?3 WHERE key = ?1";
    connection.run(sql, (key, &feed.key, feed.polled))?;
    Ok(())
}

/// A configured feed that may be known by its URL, under a key that is configured no more.
fn adopt(connection: &Connection, feed: &ConfiguredFeed, configured: &HashSet<&str>) -> Result<(), Error> {
    let named: Vec<String> =
        connection.all("SELECT key FROM feed WHERE url = ?1 ORDER BY last_poll DESC", [&feed.url], |row| row.get(0))?;
    if let Some(old) = named.iter().find(|key| !configured.contains(key.as_str())) {
        present(connection, old, feed)?;
        connection.run("UPDATE OR IGNORE daily_feed SET feed = ?2 WHERE feed = ?1", (old, &feed.key))?;
    }
    Ok(())
}

/// The items of a feed that is polled no more have left it, as far as can be known.
fn part_with_others(connection: &Connection, configured: &HashSet<&str>, now: Timestamp) -> Result<(), Error> {
    let present: Vec<(i64, String)> =
        connection.all("SELECT id, key FROM feed WHERE removed IS NULL", [], |row| Ok((row.get(0)?, row.get(1)?)))?;
    for (id, _) in present.iter().filter(|(_, key)| !configured.contains(key.as_str())) {
        connection.run("UPDATE feed SET removed = ?2 WHERE id = ?1", (id, Millis(now)))?;
        connection.run("UPDATE item SET gone_since = ?2 WHERE feed = ?1 AND gone_since IS NULL", (id, Millis(now)))?;
    }
    Ok(())
}

const COLUMNS: &str = "id, key, url, title, link, etag, last_modified, body_hash, at_least, skip_hours, skip_days,
    next_poll, retry_until, last_poll, last_success, first_read, failures, failing_since, last_error, gap, mean_gap,
    moved_to, moved_seen, adopted, gone, items, told";

fn states(connection: &Connection) -> Result<Vec<FeedState>, Error> {
    let sql = format!("SELECT {COLUMNS} FROM feed WHERE removed IS NULL ORDER BY key");
    Ok(connection.all(&sql, [], |row| read(row).map(|(_, state)| state))?)
}

/// The row and the state of a feed.
pub(super) fn find(connection: &Connection, key: &str) -> Result<Option<(i64, FeedState)>, Error> {
    Ok(connection.one(&format!("SELECT {COLUMNS} FROM feed WHERE key = ?1"), [key], read)?)
}

fn read(row: &Row<'_>) -> rusqlite::Result<(i64, FeedState)> {
    let time = |column| Ok::<_, rusqlite::Error>(row.get::<_, Option<Millis>>(column)?.map(|time| time.0));
    let pace = Pace { at_least_seconds: row.get(8)?, skip_hours: row.get(9)?, skip_days: row.get(10)? };
    let state = FeedState {
        key: row.get(1)?,
        url: row.get(2)?,
        title: row.get(3)?,
        link: row.get(4)?,
        etag: row.get(5)?,
        last_modified: row.get(6)?,
        body_hash: row.get(7)?,
        pace,
        next_poll: time(11)?,
        retry_until: time(12)?,
        last_poll: time(13)?,
        last_success: time(14)?,
        first_read: time(15)?,
        failures: row.get(16)?,
        failing_since: time(17)?,
        last_error: row.get(18)?,
        gap: row.get::<_, Option<Span>>(19)?.map(|gap| gap.0),
        mean_gap: row.get(20)?,
        moved_to: row.get(21)?,
        moved_seen: row.get(22)?,
        adopted: row.get(23)?,
        gone: row.get(24)?,
        items: unsigned(row.get(25)?),
        told: time(26)?,
    };
    Ok((row.get(0)?, state))
}

/// Writes the state of a feed and returns its row. `found` is its row and the URL there, where
/// they are known.
pub(super) fn save(connection: &Connection, found: Option<(i64, &str)>, state: &FeedState) -> Result<i64, Error> {
    let FeedState { key, url, title, link, etag, last_modified, body_hash, pace, .. } = state;
    let row = match found {
        Some((row, known)) if known == url => row,
        Some((row, _)) => {
            connection.run("UPDATE feed SET url = ?2 WHERE id = ?1", (row, url))?;
            row
        }
        None => begin(connection, key, url)?,
    };
    // Neither key nor URL is named: their indexes would be written each time.
    let sql = "UPDATE feed SET title = ?2, link = ?3, etag = ?4, last_modified = ?5, body_hash = ?6, at_least = ?7,
            skip_hours = ?8, skip_days = ?9, next_poll = ?10, retry_until = ?11, last_poll = ?12, last_success = ?13,
            first_read = ?14, failures = ?15, failing_since = ?16, last_error = ?17, gap = ?18, mean_gap = ?19,
            moved_to = ?20, moved_seen = ?21, adopted = ?22, gone = ?23, items = ?24, told = ?25
        WHERE id = ?1";
    let params = params![
        row,
        title,
        link,
        etag,
        last_modified,
        body_hash,
        pace.at_least_seconds,
        pace.skip_hours,
        pace.skip_days,
        state.next_poll.map(Millis),
        state.retry_until.map(Millis),
        state.last_poll.map(Millis),
        state.last_success.map(Millis),
        state.first_read.map(Millis),
        state.failures,
        state.failing_since.map(Millis),
        state.last_error,
        state.gap.map(Span),
        state.mean_gap,
        state.moved_to,
        state.moved_seen,
        state.adopted,
        state.gone,
        signed(state.items),
        state.told.map(Millis),
    ];
    connection.run(sql, params)?;
    Ok(row)
}

/// The row of a feed that was not found, with this URL: a new one, save where it is known after all.
fn begin(connection: &Connection, key: &str, url: &str) -> Result<i64, Error> {
    let sql = "INSERT INTO feed (key, url, title, skip_hours, skip_days, failures, moved_seen, gone, items)
               VALUES (?1, ?2, '', 0, 0, 0, 0, 0, 0) ON CONFLICT (key) DO UPDATE SET url = excluded.url";
    connection.run(sql, (key, url))?;
    let row = connection.one("SELECT id FROM feed WHERE key = ?1", [key], |row| row.get(0))?;
    row.ok_or_else(|| Error::Defect(format!("feed {key} has no row")))
}
