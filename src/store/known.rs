//! Loads what is known that matters for one poll: [`Known`] says what belongs to it.

use super::poll::PollLookup;
use super::row::{Millis, Sql};
use super::{Error, feed, health};
use crate::engine::decide::{Fired, Known, KnownItem, KnownStory};
use crate::engine::item::{ItemKeys, Key};
use crate::engine::story::Signature;
use jiff::Timestamp;
use rusqlite::{Connection, Params, Row};
use std::cmp::Reverse;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// Items of one key that are looked at, the latest first: a key that more have in
/// common identifies nothing.
const PER_KEY: i64 = 100;

/// Stories of one link, title or probe that are looked at, the latest first: what more
/// have in common (a link to a live page, the standing words of an agency) tells little.
const PER_ITEM: i64 = 20;
const PER_PROBE: i64 = 20;

/// Stories that an item is compared with for its text.
const MOST_ALIKE: usize = 8;

/// What a probe weighs that one story has alone.
const WEIGHT: usize = 1000;

/// Where what was loaded stands, so that writing need not look for it.
#[derive(Debug, Default)]
pub(super) struct Rows {
    /// The feed.
    pub(super) feed: Option<i64>,
    /// The items, by their ids.
    pub(super) items: HashMap<String, ItemRow>,
}

/// Where an item stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct ItemRow {
    /// Its row.
    pub(super) id: i64,
    /// It had left its feed.
    pub(super) gone: bool,
}

/// Loads it, inside the transaction that will write what is decided on it.
pub(super) fn load(connection: &Connection, lookup: &PollLookup) -> Result<(Known, Rows), Error> {
    let (mut known, mut rows) = (Known::default(), Rows::default());
    let mut stories = BTreeSet::new();
    if let Some((feed, state)) = feed::find(connection, &lookup.feed)? {
        known.feed = Some(state);
        rows.feed = Some(feed);
        known.spoiled = spoiled(connection, feed, &lookup.wanted.items)?;
        for (id, Found { item, gone, story }) in items(connection, feed, &lookup.wanted.items, &known.spoiled)? {
            rows.items.insert(item.id.clone(), ItemRow { id, gone });
            known.items.push(item);
            stories.extend(story);
        }
    }
    known.health = health::feeds(connection, &lookup.feed, lookup.failed)?;
    joinable(connection, lookup, &mut stories)?;
    known.stories = stories.into_iter().map(|id| story(connection, id)).collect::<Result<_, _>>()?;
    Ok((known, rows))
}

fn spoiled(connection: &Connection, feed: i64, wanted: &[ItemKeys]) -> Result<HashSet<Key>, Error> {
    // Few feeds ever used a key twice.
    if !connection.statement("SELECT 1 FROM spoiled_key WHERE feed = ?1 LIMIT 1")?.exists([feed])? {
        return Ok(HashSet::new());
    }
    let mut statement = connection.statement("SELECT 1 FROM spoiled_key WHERE feed = ?1 AND key = ?2")?;
    let mut spoiled = HashSet::new();
    for key in wanted.iter().flat_map(ItemKeys::all) {
        if statement.exists((feed, key))? {
            spoiled.insert(key);
        }
    }
    Ok(spoiled)
}

/// A known item.
struct Found {
    item: KnownItem,
    /// It had left its feed.
    gone: bool,
    /// The row of its story.
    story: Option<i64>,
}

/// The items that have a wanted key, by their rows. Most of a document is known and has not
/// changed: what is found by its strongest key with all the others is not looked for by those.
fn items(
    connection: &Connection,
    feed: i64,
    wanted: &[ItemKeys],
    spoiled: &HashSet<Key>,
) -> Result<BTreeMap<i64, Found>, Error> {
    let mut statement =
        connection.statement("SELECT item FROM item_key WHERE feed = ?1 AND key = ?2 ORDER BY item DESC LIMIT ?3")?;
    let mut found: BTreeMap<i64, Found> = BTreeMap::new();
    for keys in wanted {
        let mut same = None;
        for key in keys.all().filter(|key| !spoiled.contains(key)) {
            if let Some(known) = same.and_then(|id| found.get_mut(&id)) {
                known.item.led.push(key);
                continue;
            }
            for id in statement.query_map((feed, key, PER_KEY), |row| row.get(0))? {
                let id: i64 = id?;
                let known = match found.entry(id) {
                    Entry::Occupied(known) => known.into_mut(),
                    Entry::Vacant(place) => place.insert(item(connection, id)?),
                };
                known.item.led.push(key);
                if known.item.keys == *keys {
                    same = Some(id);
                }
            }
        }
    }
    Ok(found)
}

fn item(connection: &Connection, id: i64) -> Result<Found, Error> {
    let fired = fired(connection, "SELECT watchlist, key FROM item_fired WHERE item = ?1", id)?;
    let mut statement = connection.statement(
        "SELECT item.name, guid_key, link_key, content_key, second_key, revision, first_seen, gone_since IS NOT NULL,
             story.name, story.id
         FROM item LEFT JOIN story ON story.id = item.story WHERE item.id = ?1",
    )?;
    Ok(statement.query_row([id], |row| {
        let keys = ItemKeys { guid: row.get(1)?, link: row.get(2)?, content: row.get(3)?, second: row.get(4)? };
        let first_seen = row.get::<_, Millis>(6)?.0;
        let (id, led) = (row.get(0)?, Vec::new());
        let item = KnownItem { id, keys, led, revision: row.get(5)?, first_seen, story: row.get(8)?, fired };
        Ok(Found { item, gone: row.get(7)?, story: row.get(9)? })
    })?)
}

fn fired(connection: &Connection, sql: &str, id: i64) -> Result<HashSet<Fired>, Error> {
    let read = |row: &Row<'_>| Ok(Fired { watchlist: row.get(0)?, key: row.get(1)? });
    Ok(connection.statement(sql)?.query_map([id], read)?.collect::<rusqlite::Result<_>>()?)
}

/// The stories that are not over and share a link or a title, or with one item the most probes.
fn joinable(connection: &Connection, lookup: &PollLookup, stories: &mut BTreeSet<i64>) -> Result<(), Error> {
    let since = Millis(lookup.stories_since);
    let by_link = "SELECT id FROM story WHERE link = ?1 AND started >= ?2 ORDER BY started DESC LIMIT ?3";
    for link in &lookup.wanted.links {
        collect(connection, by_link, (link, since, PER_ITEM), stories)?;
    }
    let by_title = "SELECT id FROM story WHERE title = ?1 AND started >= ?2 ORDER BY started DESC LIMIT ?3";
    for title in &lookup.wanted.titles {
        collect(connection, by_title, (title, since, PER_ITEM), stories)?;
    }
    for probes in &lookup.wanted.probes {
        for id in alike(connection, probes)? {
            collect(connection, "SELECT id FROM story WHERE id = ?1 AND started >= ?2", (id, since), stories)?;
        }
    }
    Ok(())
}

/// The stories that share the most probes, the latest of those that share as much. What few
/// share says more than the standing words of an agency.
fn alike(connection: &Connection, probes: &[u64]) -> Result<impl Iterator<Item = i64> + use<>, Error> {
    let sql = "SELECT story FROM story_probe WHERE probe = ?1 ORDER BY story DESC LIMIT ?2";
    let mut shared: HashMap<i64, usize> = HashMap::new();
    for probe in probes {
        let stories: Vec<i64> = connection.all(sql, (probe.cast_signed(), PER_PROBE), |row| row.get(0))?;
        for story in &stories {
            *shared.entry(*story).or_default() += WEIGHT / stories.len();
        }
    }
    let mut ranked: Vec<(usize, i64)> = shared.into_iter().map(|(story, weight)| (weight, story)).collect();
    ranked.sort_unstable_by_key(|rank| Reverse(*rank));
    Ok(ranked.into_iter().take(MOST_ALIKE).map(|(_, story)| story))
}

fn collect(connection: &Connection, sql: &str, params: impl Params, ids: &mut BTreeSet<i64>) -> Result<(), Error> {
    for id in connection.statement(sql)?.query_map(params, |row| row.get(0))? {
        ids.insert(id?);
    }
    Ok(())
}

fn story(connection: &Connection, id: i64) -> Result<KnownStory, Error> {
    let fired = fired(connection, "SELECT watchlist, key FROM story_fired WHERE story = ?1", id)?;
    let feeds =
        connection.all("SELECT feed, name FROM story_feed WHERE story = ?1 ORDER BY position", [id], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    let mut statement =
        connection.statement("SELECT name, started, link, title, minima, numbers, probes FROM story WHERE id = ?1")?;
    Ok(statement.query_row([id], |row| {
        let started: Timestamp = row.get::<_, Millis>(1)?.0;
        let signature = signature(row.get(4)?, row.get(5)?, row.get(6)?);
        Ok(KnownStory { id: row.get(0)?, started, link: row.get(2)?, title: row.get(3)?, signature, feeds, fired })
    })?)
}

/// Reads what [`small`] and [`probes`] wrote.
fn signature(minima: Option<Vec<u8>>, numbers: Option<Vec<u8>>, probes: Option<Vec<u8>>) -> Option<Signature> {
    let read = |column: &[u8]| column.as_chunks().0.iter().map(|bytes| u32::from_le_bytes(*bytes)).collect();
    let (minima, numbers) = (read(&minima?), read(&numbers?));
    Some(Signature { minima, numbers, probes: read_probes(&probes?) })
}

/// The minima or numbers of a signature as a column.
pub(super) fn small(hashes: &[u32]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| hash.to_le_bytes()).collect()
}

/// The probes of a signature as a column.
pub(super) fn probes(probes: &[u64]) -> Vec<u8> {
    probes.iter().flat_map(|probe| probe.to_le_bytes()).collect()
}

/// Reads what [`probes`] wrote.
pub(super) fn read_probes(column: &[u8]) -> Vec<u64> {
    column.as_chunks().0.iter().map(|bytes| u64::from_le_bytes(*bytes)).collect()
}
