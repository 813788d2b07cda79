//! Writes the items and stories of a poll.

use super::Error;
use super::known::{self, ItemRow};
use super::row::{Millis, Sql, limit, list};
use crate::engine::decide::{Fired, ItemWrite, KnownStory, StoryWrite};
use crate::engine::item::{Item, ItemKeys, Key};
use jiff::Timestamp;
use rusqlite::{CachedStatement, Connection};
use std::collections::{HashMap, HashSet};

/// Takes note of keys that identify nothing.
pub(super) fn spoil(connection: &Connection, feed: i64, keys: &[Key]) -> Result<(), Error> {
    for key in keys {
        connection.run("INSERT OR IGNORE INTO spoiled_key (feed, key) VALUES (?1, ?2)", (feed, key))?;
    }
    Ok(())
}

/// Writes the stories; before the items, which refer to them.
pub(super) fn stories(connection: &Connection, writes: &[StoryWrite]) -> Result<(), Error> {
    for write in writes {
        match write {
            StoryWrite::Begin(story) => begin(connection, story)?,
            StoryWrite::Join { id, feed, fired } => join(connection, id, feed, fired)?,
        }
    }
    Ok(())
}

fn begin(connection: &Connection, story: &KnownStory) -> Result<(), Error> {
    let signature = story.signature.as_ref();
    let minima = signature.map(|signature| known::small(&signature.minima));
    let numbers = signature.map(|signature| known::small(&signature.numbers));
    let probes = signature.map(|signature| known::probes(&signature.probes));
    // A story of that id is known where an item is taken for new once more: it is the same story.
    let begun = connection.insert(
        "INSERT OR IGNORE INTO story (name, started, link, title, minima, numbers, probes)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        (&story.id, Millis(story.started), story.link, story.title, minima, numbers, probes),
    )?;
    let row = begun.map_or_else(|| story_row(connection, &story.id), Ok)?;
    for probe in signature.iter().filter(|_| begun.is_some()).flat_map(|signature| &signature.probes) {
        connection.run("INSERT INTO story_probe (probe, story) VALUES (?1, ?2)", (probe.cast_signed(), row))?;
    }
    for feed in &story.feeds {
        carry(connection, row, feed)?;
    }
    story_fired(connection, row, &story.fired)
}

fn join(connection: &Connection, id: &str, feed: &(String, String), fired: &[Fired]) -> Result<(), Error> {
    let row = story_row(connection, id)?;
    carry(connection, row, feed)?;
    story_fired(connection, row, fired)
}

fn story_row(connection: &Connection, id: &str) -> Result<i64, Error> {
    let row = connection.one("SELECT id FROM story WHERE name = ?1", [id], |row| row.get(0))?;
    row.ok_or_else(|| Error::Defect(format!("story {id} is written before it began")))
}

fn carry(connection: &Connection, story: i64, (key, name): &(String, String)) -> Result<(), Error> {
    // Not in one statement: that would copy the table's answer into one of its own.
    let next =
        connection.one("SELECT max(position) + 1 FROM story_feed WHERE story = ?1", [story], |row| row.get(0))?;
    let position: i64 = next.flatten().unwrap_or(0);
    connection.run(
        "INSERT OR IGNORE INTO story_feed (story, position, feed, name) VALUES (?1, ?2, ?3, ?4)",
        (story, position, key, name),
    )?;
    Ok(())
}

fn story_fired<'a>(
    connection: &Connection,
    story: i64,
    fired: impl IntoIterator<Item = &'a Fired>,
) -> Result<(), Error> {
    for Fired { watchlist, key } in fired {
        connection.run(
            "INSERT OR IGNORE INTO story_fired (story, watchlist, key) VALUES (?1, ?2, ?3)",
            (story, watchlist, key),
        )?;
    }
    Ok(())
}

/// Writes the items and returns their rows.
pub(super) fn items(
    connection: &Connection,
    feed: i64,
    writes: &[ItemWrite],
    rows: &HashMap<String, ItemRow>,
    now: Timestamp,
) -> Result<HashSet<i64>, Error> {
    let mut items = Items::new(connection, feed, rows, now)?;
    writes.iter().map(|write| items.write(write)).collect()
}

/// Writes the items of one poll: its statements are looked up once, for there are many items.
struct Items<'a> {
    connection: &'a Connection,
    feed: i64,
    /// Those that were loaded.
    rows: &'a HashMap<String, ItemRow>,
    now: Timestamp,
    insert: CachedStatement<'a>,
    key: CachedStatement<'a>,
    text: CachedStatement<'a>,
}

impl<'a> Items<'a> {
    fn new(
        connection: &'a Connection,
        feed: i64,
        rows: &'a HashMap<String, ItemRow>,
        now: Timestamp,
    ) -> Result<Self, Error> {
        Ok(Self {
            connection,
            feed,
            rows,
            now,
            insert: connection.statement(
                "INSERT INTO item
                    (name, feed, revision, first_seen, story, guid_key, link_key, content_key, second_key)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (feed, name) DO NOTHING",
            )?,
            key: connection.statement("INSERT OR IGNORE INTO item_key (feed, key, item) VALUES (?1, ?2, ?3)")?,
            text: connection.statement(
                "INSERT INTO item_text (item, stored, guid, link, canonical_link, authors, categories,
                    language, published, updated, title, summary, text, lead)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
            )?,
        })
    }

    fn write(&mut self, write: &ItemWrite) -> Result<i64, Error> {
        match write {
            ItemWrite::New { item, keys, story, fired } | ItemWrite::Revised { item, keys, story, fired } => {
                let story = story.as_deref().map(|id| story_row(self.connection, id)).transpose()?;
                let inserted = self.insert(item, keys, story)?;
                let row = inserted.map_or_else(|| self.revise(item, keys, story), Ok)?;
                self.identify(row, keys)?;
                self.text(row, item)?;
                item_fired(self.connection, row, fired)?;
                Ok(row)
            }
            ItemWrite::Rekeyed { id, keys } => {
                let row = self.seen(id)?;
                self.connection.run(
                    "UPDATE item SET guid_key = ?2, link_key = ?3, content_key = ?4, second_key = ?5 WHERE id = ?1",
                    (row, keys.guid, keys.link, keys.content, keys.second),
                )?;
                self.identify(row, keys)?;
                Ok(row)
            }
            ItemWrite::Seen { id } => self.seen(id),
        }
    }

    /// The row of an item that is new; `None`: it is known.
    fn insert(&mut self, item: &Item, keys: &ItemKeys, story: Option<i64>) -> Result<Option<i64>, Error> {
        let ItemKeys { guid, link, content, second } = keys;
        let seen = Millis(item.first_seen);
        let params = (&item.id, self.feed, item.revision, seen, story, guid, link, content, second);
        let inserted = self.insert.execute(params)? > 0;
        Ok(inserted.then(|| self.connection.last_insert_rowid()))
    }

    /// An item that is known, in its new revision and without the text of the one before.
    fn revise(&mut self, item: &Item, keys: &ItemKeys, story: Option<i64>) -> Result<i64, Error> {
        let row = self.seen(&item.id)?;
        let ItemKeys { guid, link, content, second } = keys;
        self.connection.run(
            "UPDATE item SET revision = ?2, story = ifnull(?3, story), guid_key = ?4, link_key = ?5,
                content_key = ?6, second_key = ?7
             WHERE id = ?1",
            (row, item.revision, story, guid, link, content, second),
        )?;
        self.connection.run("DELETE FROM item_text WHERE item = ?1", [row])?;
        Ok(row)
    }

    /// The row of an item that is in its feed; written only where it had been gone,
    /// so that a poll that brings nothing new writes nothing an item.
    fn seen(&self, id: &str) -> Result<i64, Error> {
        let row = self.row(id)?;
        if row.gone {
            self.connection.run("UPDATE item SET gone_since = NULL WHERE id = ?1", [row.id])?;
        }
        Ok(row.id)
    }

    /// Where an item stands that was loaded, or is taken for new once more.
    fn row(&self, id: &str) -> Result<ItemRow, Error> {
        if let Some(row) = self.rows.get(id) {
            return Ok(*row);
        }
        let sql = "SELECT id, gone_since IS NOT NULL FROM item WHERE feed = ?1 AND name = ?2";
        let row =
            self.connection.one(sql, (self.feed, id), |row| Ok(ItemRow { id: row.get(0)?, gone: row.get(1)? }))?;
        row.ok_or_else(|| Error::Defect(format!("item {id} was seen again and is not known")))
    }

    /// Adds keys; those it had before still lead to it.
    fn identify(&mut self, item: i64, keys: &ItemKeys) -> Result<(), Error> {
        for key in keys.all() {
            self.key.execute((self.feed, key, item))?;
        }
        Ok(())
    }

    fn text(&mut self, row: i64, item: &Item) -> Result<(), Error> {
        let lead = item.text.starts_with(&item.summary).then_some(item.summary.len());
        let params = (
            row,
            Millis(self.now),
            &item.guid,
            &item.link,
            &item.canonical_link,
            list(&item.authors)?,
            list(&item.categories)?,
            &item.language,
            item.published.map(Millis),
            item.updated.map(Millis),
            &item.title,
            if lead.is_some() { "" } else { &item.summary },
            &item.text,
            lead.map(limit),
        );
        self.text.execute(params)?;
        Ok(())
    }
}

fn item_fired(connection: &Connection, item: i64, fired: &[Fired]) -> Result<(), Error> {
    for Fired { watchlist, key } in fired {
        connection.run(
            "INSERT OR IGNORE INTO item_fired (item, watchlist, key) VALUES (?1, ?2, ?3)",
            (item, watchlist, key),
        )?;
    }
    Ok(())
}

/// Marks the items of a feed that are not `present` as gone from it.
pub(super) fn part_with_others(
    connection: &Connection,
    feed: i64,
    present: &HashSet<i64>,
    now: Timestamp,
) -> Result<(), Error> {
    let before: Vec<i64> =
        connection.all("SELECT id FROM item WHERE feed = ?1 AND gone_since IS NULL", [feed], |row| row.get(0))?;
    for gone in before.iter().filter(|row| !present.contains(row)) {
        connection.run("UPDATE item SET gone_since = ?2 WHERE id = ?1", (gone, Millis(now)))?;
    }
    Ok(())
}
