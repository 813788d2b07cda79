//! Reading the items whose text is still kept: history, for backtests.

use super::row::{self, Millis, Sql};
use super::{Error, Store};
use crate::engine::item::Item;
use jiff::Timestamp;
use rusqlite::Row;

/// An item with its text.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredItem {
    /// Its place in the order in which items were first stored.
    pub seq: i64,
    /// The item.
    pub item: Item,
    /// The key of its feed.
    pub feed: String,
}

/// Which items to read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ItemQuery {
    /// Only those first seen at this time or later.
    pub since: Option<Timestamp>,
    /// Only those stored after the one with this [`StoredItem::seq`].
    pub after: Option<i64>,
}

impl Store {
    /// A page of stored items in the order they came; the next begins after the last one's `seq`.
    pub async fn items(&self, query: ItemQuery, limit: usize) -> Result<Vec<StoredItem>, Error> {
        self.read(move |connection| {
            let since = Millis(query.since.unwrap_or(Timestamp::MIN));
            let sql = "SELECT item.id, item.name, feed.key, first_seen, revision, guid, item_text.link, canonical_link,
                           authors, categories, language, published, updated, item_text.title, summary, text, lead
                       FROM item_text JOIN item ON item.id = item_text.item JOIN feed ON feed.id = item.feed
                       WHERE item_text.item > ?1 AND first_seen >= ?2 ORDER BY item_text.item LIMIT ?3";
            let rows = connection.all(sql, (query.after.unwrap_or(0), since, row::limit(limit)), read)?;
            rows.into_iter().map(Stored::finish).collect()
        })
        .await
    }
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
    let item = StoredItem { seq: row.get(0)?, item, feed: row.get(2)? };
    Ok(Stored { item, authors: row.get(8)?, categories: row.get(9)? })
}
