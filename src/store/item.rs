//! Reading the items whose text is still kept: history, for backtests.

use super::row::{self, Millis, Sql};
use super::{Error, Store};
use crate::engine::decide::Fired;
use crate::engine::item::Item;
use jiff::Timestamp;
use rusqlite::{Connection, Row};

/// An item with its text.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredItem {
    /// Its place in the order in which items were first stored.
    pub seq: i64,
    /// The item.
    pub item: Item,
    /// The key of its feed.
    pub feed: String,
    /// It came with the first document that was read of its feed.
    pub first_poll: bool,
    /// What has fired on it, whether it raised an alert or not.
    pub fired: Vec<Fired>,
}

/// Which items have a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ItemSpan {
    /// [`StoredItem::seq`] of the first.
    pub first: i64,
    /// That of the last.
    pub last: i64,
    /// When the first one was first seen.
    pub since: Timestamp,
}

/// Which items to read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ItemQuery {
    /// Only those first seen at this time or later.
    pub since: Option<Timestamp>,
    /// Only those stored after the one with this [`StoredItem::seq`].
    pub after: Option<i64>,
}

/// Bytes of text after which a page ends: memory stays flat however long the texts are.
const PAGE: usize = 4 << 20;

impl Store {
    /// A page of stored items in the order they came; the next begins after the last one's
    /// `seq`. It is shorter than `limit` where texts are long, and empty at the end only.
    pub async fn items(&self, query: ItemQuery, limit: usize) -> Result<Vec<StoredItem>, Error> {
        self.read(move |connection| {
            let since = Millis(query.since.unwrap_or(Timestamp::MIN));
            let sql = "SELECT item.id, item.name, feed.key, first_seen, revision, guid, item_text.link, canonical_link,
                           authors, categories, language, published, updated, item_text.title, summary, text, lead,
                           first_seen = ifnull(first_read, -1)
                       FROM item_text JOIN item ON item.id = item_text.item JOIN feed ON feed.id = item.feed
                       WHERE item_text.item > ?1 AND first_seen >= ?2 ORDER BY item_text.item LIMIT ?3";
            let mut statement = connection.statement(sql)?;
            let mut rows = statement.query((query.after.unwrap_or(0), since, row::limit(limit)))?;
            let (mut page, mut size) = (Vec::new(), 0);
            while let Some(row) = rows.next()? {
                let stored = read(row)?.finish()?;
                size += stored.item.title.len() + stored.item.summary.len() + stored.item.text.len();
                page.push(stored);
                if size >= PAGE {
                    break;
                }
            }
            fired(connection, &mut page)?;
            Ok(page)
        })
        .await
    }

    /// Which items have a text; `None`: none has.
    pub async fn item_span(&self) -> Result<Option<ItemSpan>, Error> {
        self.read(|connection| {
            let sql = "SELECT item, first_seen, (SELECT max(item) FROM item_text)
                       FROM item_text JOIN item ON item.id = item ORDER BY item LIMIT 1";
            let read = |row: &Row<'_>| {
                Ok(ItemSpan { first: row.get(0)?, since: row.get::<_, Millis>(1)?.0, last: row.get(2)? })
            };
            Ok(connection.one(sql, [], read)?)
        })
        .await
    }
}

/// Adds what has fired on the items of a page.
fn fired(connection: &Connection, page: &mut [StoredItem]) -> Result<(), Error> {
    let (Some(first), Some(last)) = (page.first(), page.last()) else { return Ok(()) };
    let sql = "SELECT item, watchlist, key FROM item_fired WHERE item BETWEEN ?1 AND ?2 ORDER BY item";
    let mut statement = connection.statement(sql)?;
    let mut rows = statement.query((first.seq, last.seq))?;
    let mut items = page.iter_mut().peekable();
    while let Some(row) = rows.next()? {
        let seq: i64 = row.get(0)?;
        while items.next_if(|stored| stored.seq < seq).is_some() {}
        if let Some(stored) = items.peek_mut().filter(|stored| stored.seq == seq) {
            stored.fired.push(Fired { watchlist: row.get(1)?, key: row.get(2)? });
        }
    }
    Ok(())
}

/// A row whose lists are still text.
struct Stored {
    item: StoredItem,
    authors: String,
    categories: String,
}

impl Stored {
    fn finish(mut self) -> Result<StoredItem, Error> {
        self.item.item.authors = row::read_list(&self.authors)?;
        self.item.item.categories = row::read_list(&self.categories)?;
        Ok(self.item)
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<Stored> {
    let time = |column| Ok::<_, rusqlite::Error>(row.get::<_, Option<Millis>>(column)?.map(|time| time.0));
    let (text, lead): (String, Option<u32>) = (row.get(15)?, row.get(16)?);
    let item = Item {
        id: row.get(1)?,
        guid: row.get(5)?,
        link: row.get(6)?,
        canonical_link: row.get(7)?,
        title: row.get(13)?,
        summary: match lead.and_then(|bytes| text.get(..bytes as usize)) {
            Some(lead) => lead.to_owned(),
            None => row.get(14)?,
        },
        text,
        authors: Vec::new(),
        categories: Vec::new(),
        language: row.get(10)?,
        published: time(11)?,
        updated: time(12)?,
        first_seen: row.get::<_, Millis>(3)?.0,
        revision: row.get(4)?,
    };
    let first_poll = row.get(17)?;
    let item = StoredItem { seq: row.get(0)?, item, feed: row.get(2)?, first_poll, fired: Vec::new() };
    Ok(Stored { item, authors: row.get(8)?, categories: row.get(9)? })
}
