//! Reading the alerts that were stored.

use super::row::{self, Millis, Sql};
use super::{Error, Store};
use crate::engine::silence::SilenceId;
use crate::watchlist::definition::Severity;
use jiff::Timestamp;
use rusqlite::{Connection, Row};

/// An alert as it was committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAlert {
    /// Its place in the order of commits, from 1.
    pub seq: i64,
    /// `alt_…`
    pub id: String,
    /// When it was decided.
    pub time: Timestamp,
    /// The watchlist's name.
    pub watchlist: String,
    /// Its severity.
    pub severity: Severity,
    /// The feed's name.
    pub feed: String,
    /// The story's id.
    pub story: String,
    /// The item's id.
    pub item: String,
    /// What silenced it: it went nowhere.
    pub silence: Option<SilenceId>,
    /// The rendered JSON document.
    pub body: Vec<u8>,
}

/// Which alerts to read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AlertQuery {
    /// Only those decided at this time or later.
    pub since: Option<Timestamp>,
    /// Only those committed after the one with this [`StoredAlert::seq`].
    pub after: Option<i64>,
}

/// What became of an alert at one sink.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    /// The sink's name.
    pub sink: String,
    /// How it ended.
    pub fate: Fate,
    /// When.
    pub time: Timestamp,
    /// Attempts made.
    pub attempts: u32,
}

/// An item that carries a story.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoryItem {
    /// `itm_…`
    pub item: String,
    /// The key of its feed.
    pub feed: String,
    /// Its title; `None` where its text is kept no more.
    pub title: Option<String>,
    /// Its link, likewise.
    pub link: Option<String>,
    /// When it was first read.
    pub first_seen: Timestamp,
}

/// How a delivery ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fate {
    /// The destination has it.
    Delivered = 0,
    /// A person dropped it.
    Dropped = 1,
}

impl Store {
    /// A page of alerts in the order of their commits; the next begins after the last one's `seq`.
    pub async fn alerts(&self, query: AlertQuery, limit: usize) -> Result<Vec<StoredAlert>, Error> {
        self.read(move |connection| {
            let since = query.since.unwrap_or(Timestamp::MIN);
            let after = query.after.map_or_else(|| before_first(connection, since), Ok)?;
            let sql = format!("{SELECT} WHERE seq > ?1 AND time >= ?2 ORDER BY seq LIMIT ?3");
            Ok(connection.all(&sql, (after, Millis(since), row::limit(limit)), read)?)
        })
        .await
    }

    /// The newest alerts, in the order of their commits.
    pub async fn latest_alerts(&self, limit: usize) -> Result<Vec<StoredAlert>, Error> {
        self.read(move |connection| {
            let sql = format!("{SELECT} ORDER BY seq DESC LIMIT ?1");
            let mut alerts = connection.all(&sql, [row::limit(limit)], read)?;
            alerts.reverse();
            Ok(alerts)
        })
        .await
    }

    /// One alert.
    pub async fn alert(&self, id: &str) -> Result<Option<StoredAlert>, Error> {
        let id = id.to_owned();
        self.read(move |connection| Ok(connection.one(&format!("{SELECT} WHERE id = ?1"), [&id], read)?)).await
    }

    /// Where an alert has arrived, or was dropped, by sink; what is still on its way is among the letters.
    pub async fn arrivals(&self, alert: &str) -> Result<Vec<Arrival>, Error> {
        let alert = alert.to_owned();
        self.read(move |connection| {
            let sql = "SELECT sink, fate, arrival.time, attempts FROM arrival JOIN alert ON alert.seq = alert
                       WHERE alert.id = ?1 ORDER BY sink";
            Ok(connection.all(sql, [&alert], read_arrival)?)
        })
        .await
    }

    /// The items of a story (`sty_…`), in the order they were first read.
    pub async fn story_items(&self, story: &str) -> Result<Vec<StoryItem>, Error> {
        let story = story.to_owned();
        self.read(move |connection| {
            let sql = "SELECT item.name, feed.key, item_text.title, item_text.link, first_seen FROM story
                       JOIN item ON item.story = story.id JOIN feed ON feed.id = item.feed
                       LEFT JOIN item_text ON item_text.item = item.id
                       WHERE story.name = ?1 LIMIT ?2";
            let mut items = connection.all(sql, (&story, STORY), read_item)?;
            items.sort_by(|one, other| (one.first_seen, &one.item).cmp(&(other.first_seen, &other.item)));
            Ok(items)
        })
        .await
    }
}

impl Store {
    /// For each of these pairs of a story (`sty_…`) and an item of it (`itm_…`): how many other
    /// feeds than that of the item carry the story.
    pub async fn other_feeds(&self, items: &[(&str, &str)]) -> Result<Vec<u64>, Error> {
        let wanted = serde_json::to_string(items).map_err(|error| Error::Defect(error.to_string()))?;
        self.read(move |connection| {
            let sql = "SELECT (SELECT count(DISTINCT item.feed) - ifnull(max(item.name = wanted.value ->> 1), 0)
                           FROM story JOIN item ON item.story = story.id WHERE story.name = wanted.value ->> 0)
                       FROM json_each(?1) AS wanted ORDER BY wanted.key";
            Ok(connection.all(sql, [&wanted], |row| row.get(0).map(row::unsigned))?)
        })
        .await
    }
}

/// Items of a story that are read at most.
const STORY: i64 = 500;

fn read_item(row: &Row<'_>) -> rusqlite::Result<StoryItem> {
    Ok(StoryItem {
        item: row.get(0)?,
        feed: row.get(1)?,
        title: row.get(2)?,
        link: row.get(3)?,
        first_seen: row.get::<_, Millis>(4)?.0,
    })
}

/// The place before the first alert of a time or later; by the index of times,
/// since the clock may have been put back between.
fn before_first(connection: &Connection, since: Timestamp) -> Result<i64, Error> {
    let sql = "SELECT ifnull(min(seq) - 1, 0) FROM alert WHERE time >= ?1";
    Ok(connection.one(sql, [Millis(since)], |row| row.get(0))?.unwrap_or(0))
}

pub(super) const SELECT: &str =
    "SELECT seq, id, time, watchlist, severity, feed, story, item, silence, body FROM alert";

pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<StoredAlert> {
    Ok(StoredAlert {
        seq: row.get(0)?,
        id: row.get(1)?,
        time: row.get::<_, Millis>(2)?.0,
        watchlist: row.get(3)?,
        severity: row.get(4)?,
        feed: row.get(5)?,
        story: row.get(6)?,
        item: row.get(7)?,
        silence: row.get(8)?,
        body: row.get(9)?,
    })
}

fn read_arrival(row: &Row<'_>) -> rusqlite::Result<Arrival> {
    Ok(Arrival { sink: row.get(0)?, fate: row.get(1)?, time: row.get::<_, Millis>(2)?.0, attempts: row.get(3)? })
}
