//! Which items of a document are known, under which keys, and which are new.
//!
//! The first key that exists identifies: guid, canonical link, hash of title and
//! text. Two items of one document that claim the same guid or link show that
//! it identifies nothing there. An item that is not known by its key, but by its
//! folded title and path, has changed its guid or moved, and is known.

use super::assess::AssessedItem;
use super::decide::{Known, KnownItem};
use super::item::Key;
use std::collections::{HashMap, HashSet};

/// What an item of a document is.
#[derive(Debug, Clone, Copy)]
pub(super) enum Identity<'a> {
    /// Never seen; the key that it will be known by.
    New(Key),
    /// Seen before.
    Known(&'a KnownItem),
    /// The same as an item further up in the document.
    Repeated,
}

/// The guids and links that a document uses for two different items.
#[must_use]
pub(super) fn spoiled(items: &[AssessedItem]) -> HashSet<Key> {
    let mut content_of: HashMap<Key, Key> = HashMap::new();
    let mut spoiled = HashSet::new();
    for item in items {
        for key in [item.keys.guid, item.keys.link].into_iter().flatten() {
            if *content_of.entry(key).or_insert(item.keys.content) != item.keys.content {
                spoiled.insert(key);
            }
        }
    }
    spoiled
}

/// The identity of each item of a document, in its order. `spoiled` are the keys
/// that identify nothing in this feed.
#[must_use]
pub(super) fn identify<'a>(items: &[AssessedItem], known: &'a Known, spoiled: &HashSet<Key>) -> Vec<Identity<'a>> {
    let firsts: Vec<Key> = items.iter().map(|item| item.keys.first(|key| spoiled.contains(&key))).collect();
    let mut by_key: HashMap<Key, &KnownItem> = HashMap::new();
    for item in &known.items {
        for key in item.keys.all() {
            by_key.entry(key).or_insert(item);
        }
    }
    // A key that an item had once still leads to it, after whoever has it now.
    let mut by_former_key: HashMap<Key, &KnownItem> = HashMap::new();
    for item in &known.items {
        for key in &item.led {
            by_former_key.entry(*key).or_insert(item);
        }
    }
    let mut claimed: HashSet<&str> = HashSet::new();
    let mut seen: HashSet<Key> = HashSet::new();
    // Whoever has the key itself comes before whoever only resembles.
    let mut identities: Vec<Option<Identity<'a>>> = Vec::with_capacity(items.len());
    for first in &firsts {
        let repeated = !seen.insert(*first);
        let found = by_key.get(first).filter(|item| repeated || claimed.insert(&item.id));
        identities.push(match found {
            _ if repeated => Some(Identity::Repeated),
            Some(item) => Some(Identity::Known(item)),
            None => None,
        });
    }
    let resolve = |((item, first), identity): ((&AssessedItem, &Key), Option<Identity<'a>>)| {
        identity.unwrap_or_else(|| {
            if let Some(former) = by_former_key.get(first).filter(|former| claimed.insert(&former.id)) {
                return Identity::Known(former);
            }
            let twin = item.keys.second.and_then(|second| by_key.get(&second).copied());
            // Under a link that many items share, the same title is no proof: a new incident may have it.
            let shared = item.keys.link.is_some_and(|link| spoiled.contains(&link));
            let twin = twin.filter(|twin| !shared || twin.keys.content == item.keys.content);
            match twin.filter(|twin| claimed.insert(&twin.id)) {
                Some(twin) => Identity::Known(twin),
                None => Identity::New(*first),
            }
        })
    };
    items.iter().zip(&firsts).zip(identities).map(resolve).collect()
}
