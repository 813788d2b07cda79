//! Looks at one parsed feed: keys, language, matches and shingles of each item.
//! Runs in parallel for many feeds; knows nothing of what was seen before.

use super::item::{ItemKeys, Key};
use super::story::Signature;
use crate::feed::ParsedItem;
use crate::watchlist::Hit;

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
    /// Changes when its title or text changes: a new revision.
    pub content: Key,
    /// What fires on it.
    pub hits: Vec<Hit>,
    /// Its near-duplicate signature; only computed where something fires.
    pub signature: Option<Signature>,
}
