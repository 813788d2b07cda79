//! Retention: texts, keys, stories and alerts go when their time has come, in
//! small steps between which other writes find their turn.

use super::row::{Millis, Sql, day, unsigned};
use super::{Error, Store, known};
use crate::engine::item::Key;
use jiff::{SignedDuration, Timestamp};
use rusqlite::Connection;

/// How long what is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Texts of items.
    pub items: SignedDuration,
    /// Alerts; one that a delivery or a dead letter needs stays.
    pub alerts: SignedDuration,
    /// `[stories] window`: after it a story can no longer be joined.
    pub stories: SignedDuration,
    /// Bytes in use, beyond which the oldest texts go.
    pub max_size: u64,
}

/// What was pruned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pruned {
    /// Texts that were too old.
    pub texts: u64,
    /// Texts that went before their time, the store being larger than `max_size`: worth a warning.
    pub texts_for_size: u64,
    /// Items whose keys were forgotten.
    pub items: u64,
    /// Stories.
    pub stories: u64,
    /// Alerts.
    pub alerts: u64,
    /// Feeds that are no longer configured and of which nothing is left.
    pub feeds: u64,
}

impl Store {
    /// Prunes all that is due, step by step.
    pub async fn prune(&self, retention: Retention, now: Timestamp) -> Result<Pruned, Error> {
        let before = |span: SignedDuration| Millis(now.checked_sub(span).unwrap_or(Timestamp::MIN));
        let (texts, keys, alerts) = (before(retention.items), before(KEYS), before(retention.alerts));
        let joinable = before(retention.stories);
        let mut pruned = Pruned {
            texts: self.repeat(move |c| old_texts(c, texts)).await?,
            items: self.repeat(move |c| gone_items(c, keys)).await?,
            ..Pruned::default()
        };
        self.repeat(move |c| past_stories(c, joinable)).await?;
        pruned.stories = self.repeat(move |c| bare_stories(c, joinable)).await?;
        pruned.alerts = self.repeat(move |c| old_alerts(c, alerts)).await?;
        pruned.feeds = self.repeat(bare_feeds).await?;
        self.write(move |c| old_counters(c, alerts)).await?;
        self.write(move |c| Ok(c.run("DELETE FROM silence WHERE expires < ?1", [alerts])?)).await?;
        pruned.texts_for_size = self.repeat(move |c| oldest_texts(c, retention.max_size)).await?;
        Ok(pruned)
    }

    /// Runs a step until it finds nothing more, and returns how much it found.
    async fn repeat<F>(&self, step: F) -> Result<u64, Error>
    where
        F: Fn(&Connection) -> Result<u64, Error> + Clone + Send + 'static,
    {
        let mut total = 0;
        loop {
            let found = self.write(step.clone()).await?;
            total += found;
            if found == 0 {
                return Ok(total);
            }
        }
    }
}

/// How long what identifies an item outlives its presence in its feed.
const KEYS: SignedDuration = SignedDuration::from_hours(90 * 24);

/// Rows that one transaction deletes at most, so that others find their turn.
const STEP: i64 = 500;

fn old_texts(connection: &Connection, before: Millis) -> Result<u64, Error> {
    let sql = "DELETE FROM item_text WHERE item IN
                   (SELECT item FROM item_text WHERE stored < ?1 ORDER BY stored LIMIT ?2)";
    Ok(connection.run(sql, (before, STEP))?)
}

/// Texts beyond the size that is allowed, the oldest first. Free pages do not
/// count: they are used before the file grows.
fn oldest_texts(connection: &Connection, max_size: u64) -> Result<u64, Error> {
    let sql = "SELECT (page_count - freelist_count) * page_size
               FROM pragma_page_count, pragma_freelist_count, pragma_page_size";
    let size: i64 = connection.query_row(sql, [], |row| row.get(0))?;
    if unsigned(size) <= max_size {
        return Ok(0);
    }
    let sql = "DELETE FROM item_text WHERE item IN (SELECT item FROM item_text ORDER BY stored LIMIT ?1)";
    Ok(connection.run(sql, [STEP_FOR_SIZE])?)
}

/// Texts that go before the size is looked at again.
const STEP_FOR_SIZE: i64 = 50;

fn gone_items(connection: &Connection, before: Millis) -> Result<u64, Error> {
    let gone: Vec<(i64, i64, [Option<Key>; 4])> = connection.all(
        "SELECT id, feed, guid_key, link_key, content_key, second_key FROM item WHERE gone_since < ?1
         AND NOT EXISTS (SELECT 1 FROM item_text WHERE item_text.item = item.id) LIMIT ?2",
        (before, STEP),
        |row| Ok((row.get(0)?, row.get(1)?, [row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?])),
    )?;
    for (item, feed, keys) in &gone {
        let former: Vec<Key> =
            connection.all("SELECT key FROM former_key WHERE item = ?1", [item], |row| row.get(0))?;
        for key in keys.iter().flatten().chain(&former) {
            connection.run("DELETE FROM item_key WHERE feed = ?1 AND key = ?2 AND item = ?3", (feed, key, item))?;
        }
        connection.run("DELETE FROM item WHERE id = ?1", [item])?;
    }
    Ok(gone.len() as u64)
}

/// What only serves to join a story goes when it can no longer be joined.
fn past_stories(connection: &Connection, before: Millis) -> Result<u64, Error> {
    let past: Vec<(i64, Vec<u8>)> = connection.all(
        "SELECT id, probes FROM story WHERE probes IS NOT NULL AND started < ?1 LIMIT ?2",
        (before, STEP),
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    for (story, probes) in &past {
        for probe in known::read_probes(probes) {
            connection.run("DELETE FROM story_probe WHERE probe = ?1 AND story = ?2", (probe.cast_signed(), story))?;
        }
        connection.run("UPDATE story SET minima = NULL, numbers = NULL, probes = NULL WHERE id = ?1", [story])?;
    }
    Ok(past.len() as u64)
}

/// A story goes with its last item: a revision must know what the story has fired.
fn bare_stories(connection: &Connection, before: Millis) -> Result<u64, Error> {
    let sql = "DELETE FROM story WHERE id IN
                   (SELECT id FROM story WHERE started < ?1
                    AND NOT EXISTS (SELECT 1 FROM item WHERE item.story = story.id) LIMIT ?2)";
    Ok(connection.run(sql, (before, STEP))?)
}

fn old_alerts(connection: &Connection, before: Millis) -> Result<u64, Error> {
    let sql = "DELETE FROM alert WHERE seq IN
                   (SELECT seq FROM alert WHERE time < ?1
                    AND NOT EXISTS (SELECT 1 FROM delivery WHERE delivery.alert = alert.seq) LIMIT ?2)";
    Ok(connection.run(sql, (before, STEP))?)
}

fn bare_feeds(connection: &Connection) -> Result<u64, Error> {
    let sql = "DELETE FROM feed WHERE id IN
                   (SELECT id FROM feed WHERE removed IS NOT NULL
                    AND NOT EXISTS (SELECT 1 FROM item WHERE item.feed = feed.id) LIMIT ?1)";
    Ok(connection.run(sql, [STEP])?)
}

fn old_counters(connection: &Connection, before: Millis) -> Result<(), Error> {
    for table in ["daily_rule", "daily_term", "daily_feed"] {
        connection.run(&format!("DELETE FROM {table} WHERE day < ?1"), [day(before.0)])?;
    }
    Ok(())
}
