//! What identifies an item: its keys, its canonical link, its revision.

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

/// A 128-bit hash that identifies something (the first half of a SHA-256).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key(pub [u8; 16]);

impl Key {
    /// Of any bytes: two different ones have, for all that matters, different keys.
    #[must_use]
    pub fn of_bytes(bytes: &[u8]) -> Self {
        let digest: [u8; 32] = Sha256::digest(bytes).into();
        Self(digest.first_chunk().copied().unwrap_or_default())
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Key({:032x})", u128::from_be_bytes(self.0))
    }
}

/// All keys of one item; within its feed, save `link`, which is the same in every feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ItemKeys {
    /// Of the feed's own `guid`.
    pub guid: Option<Key>,
    /// Of the canonical link.
    pub link: Option<Key>,
    /// Of title and text, white space folded: changes when they change, which is
    /// a new revision.
    pub content: Key,
    /// Of the folded title and the link's path without its host: finds an item
    /// again whose guid or host changed.
    pub second: Option<Key>,
}

/// An item as the store and the alert have it.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// Ours: `itm_…`, derived from the feed and the identifying key.
    pub id: String,
    /// The feed's own.
    pub guid: Option<String>,
    /// As the feed gives it, absolute.
    pub link: Option<String>,
    /// Without fragment and tracking parameters, host in lower case.
    pub canonical_link: Option<String>,
    /// Plain text.
    pub title: String,
    /// Plain text.
    pub summary: String,
    /// Plain text, the field `body`.
    pub text: String,
    /// Their names.
    pub authors: Vec<String>,
    /// Their labels.
    pub categories: Vec<String>,
    /// Declared, else detected: a BCP 47 tag.
    pub language: Option<String>,
    /// Where the feed gives a trusted one.
    pub published: Option<Timestamp>,
    /// Where the feed gives a trusted one.
    pub updated: Option<Timestamp>,
    /// When newswatch first read it.
    pub first_seen: Timestamp,
    /// 1, and one more for each change of its text.
    pub revision: u32,
}
