//! Which items of a document are known, under which keys, and which are new.
//!
//! The first key that exists identifies: guid, canonical link, hash of title and
//! text. Two items of one document that claim the same guid or link show that it
//! identifies nothing there, and so does a guid that has left its item for another
//! one. An item that is not known by its key, but by its folded title and path, has
//! changed its guid or moved, and is known.

use super::assess::AssessedItem;
use super::decide::{Known, KnownItem};
use super::item::{self, ItemKeys, Key};
use std::collections::{HashMap, HashSet};

/// What an item of a document is.
#[derive(Debug, Clone, Copy)]
pub(super) enum Identity<'a> {
    /// Never seen; the key that it will be known by.
    New(Key),
    /// Seen before.
    Known(&'a KnownItem),
    /// The same as another item of the document.
    Repeated,
}

/// The keys that this document shows to identify nothing in this feed: guids and
/// links that it uses for two different items, and guids that are no names.
#[must_use]
pub(super) fn spoiled(items: &[AssessedItem], known: &Known) -> HashSet<Key> {
    let mut spoiled = doubled(items);
    let moved = moved(items, known, &known.spoiled.union(&spoiled).copied().collect());
    spoiled.extend(moved);
    spoiled
}

/// The guids and links that a document uses for two different items.
fn doubled(items: &[AssessedItem]) -> HashSet<Key> {
    let mut content_of: HashMap<Key, Key> = HashMap::new();
    let mut doubled = HashSet::new();
    for item in items {
        for key in [item.keys.guid, item.keys.link].into_iter().flatten() {
            if *content_of.entry(key).or_insert(item.keys.content) != item.keys.content {
                doubled.insert(key);
            }
        }
    }
    doubled
}

/// The guids of a document that are no names but, say, places in a list: where one has
/// left its item for another, all those are that did not stay with theirs. A guid has
/// left its item where that stands under another guid now, or where it is on a known
/// item that had another guid.
fn moved(items: &[AssessedItem], known: &Known, spoiled: &HashSet<Key>) -> Vec<Key> {
    let likeness = Likeness::new(spoiled);
    let owners: HashMap<Key, &KnownItem> =
        known.items.iter().filter_map(|item| Some((item.keys.guid?, item))).collect();
    let owner = |item: &AssessedItem| owners.get(&item.keys.guid.filter(|guid| !spoiled.contains(guid))?).copied();
    let stays = |item: &AssessedItem| owner(item).is_some_and(|owner| likeness.agree(&item.keys, &owner.keys));
    let (settled, strayed): (Vec<_>, Vec<_>) = items.iter().partition(|item| stays(item));
    // Mostly: the others are new.
    if !strayed.iter().any(|item| owner(item).is_some()) {
        return Vec::new();
    }

    let at_home: HashSet<&str> = settled.iter().filter_map(|item| owner(item)).map(|owner| owner.id.as_str()).collect();
    let homeless: HashSet<Key> = strayed.iter().flat_map(|item| likeness.of(&item.keys)).collect();
    let missed = known.items.iter().filter(|item| !at_home.contains(item.id.as_str()));
    let missed: HashSet<Key> = missed.flat_map(|item| likeness.of(&item.keys)).collect();
    let has_left = |item: &AssessedItem| {
        let Some(owner) = owner(item) else { return false };
        // It does not look like its owner: whatever looks like that, or like this, is another.
        likeness.of(&owner.keys).any(|key| homeless.contains(&key))
            || likeness.of(&item.keys).any(|key| missed.contains(&key))
    };
    if !strayed.iter().any(|item| has_left(item)) {
        return Vec::new();
    }
    strayed.iter().filter_map(|item| item.keys.guid).collect()
}

/// By what an item is recognized beside its guid.
struct Likeness<'a> {
    /// Keys that identify nothing.
    spoiled: &'a HashSet<Key>,
    /// The content of an item without title and text.
    blank: Key,
}

impl<'a> Likeness<'a> {
    fn new(spoiled: &'a HashSet<Key>) -> Self {
        Self { spoiled, blank: item::blank_content() }
    }

    /// The keys of its content, its link, and its title and path.
    fn of(&self, keys: &ItemKeys) -> impl Iterator<Item = Key> + use<> {
        [self.content(keys), self.link(keys), self.second(keys)].into_iter().flatten()
    }

    fn content(&self, keys: &ItemKeys) -> Option<Key> {
        Some(keys.content).filter(|content| *content != self.blank)
    }

    fn link(&self, keys: &ItemKeys) -> Option<Key> {
        keys.link.filter(|link| !self.spoiled.contains(link))
    }

    /// Under a link that many items share, the same title is no proof: a new incident may have it.
    fn second(&self, keys: &ItemKeys) -> Option<Key> {
        keys.second.filter(|_| keys.link == self.link(keys))
    }

    fn agree(&self, one: &ItemKeys, other: &ItemKeys) -> bool {
        self.of(one).any(|key| self.of(other).any(|other| other == key))
    }
}

/// The identity of each item of a document, in its order. `spoiled` are the keys
/// that identify nothing in this feed.
#[must_use]
pub(super) fn identify<'a>(items: &[AssessedItem], known: &'a Known, spoiled: &'a HashSet<Key>) -> Vec<Identity<'a>> {
    let firsts: Vec<Key> = items.iter().map(|item| item.keys.first(|key| spoiled.contains(&key))).collect();
    let mut seen: HashSet<Key> = HashSet::new();
    let mut identities: Vec<Option<Identity<'a>>> =
        firsts.iter().map(|first| (!seen.insert(*first)).then_some(Identity::Repeated)).collect();
    let mut search = Search::new(known, spoiled);
    for proof in Proof::STRONGEST_FIRST {
        for ((item, first), identity) in items.iter().zip(&firsts).zip(&mut identities) {
            if identity.is_none() {
                *identity = search.claim(proof, &item.keys, *first).map(Identity::Known);
            }
        }
    }
    let mut copies: HashSet<(Key, Key)> = HashSet::new();
    for (item, identity) in items.iter().zip(&identities) {
        if matches!(identity, Some(Identity::Known(_))) {
            copies.extend(copy_key(&item.keys));
        }
    }
    let resolve = |((item, first), identity): ((&AssessedItem, &Key), Option<Identity<'a>>)| {
        let mut is_copy = || copy_key(&item.keys).is_some_and(|key| !copies.insert(key));
        identity.unwrap_or_else(|| if is_copy() { Identity::Repeated } else { Identity::New(*first) })
    };
    items.iter().zip(&firsts).zip(identities).map(resolve).collect()
}

/// Link and content: two items of a document that have both in common say the same thing.
fn copy_key(keys: &ItemKeys) -> Option<(Key, Key)> {
    keys.link.map(|link| (link, keys.content))
}

/// What shows that an item of a document is a known one.
#[derive(Debug, Clone, Copy)]
enum Proof {
    /// The known one has the key that identifies it.
    Own,
    /// It has the link or the content that identifies the known one, whose guid is none.
    Theirs,
    /// The known one had that key once. A guid that is given away leads to nothing
    /// that looks otherwise.
    Former,
    /// Title, path and text are the same.
    SameText,
    /// Title and path are the same.
    SameTitle,
}

impl Proof {
    const STRONGEST_FIRST: [Self; 5] = [Self::Own, Self::Theirs, Self::Former, Self::SameText, Self::SameTitle];
}

/// Known items in the order of keys that lead to them, which several may share.
struct ByKey<'a>(Vec<(Key, &'a KnownItem)>);

impl<'a> ByKey<'a> {
    fn of(pairs: impl Iterator<Item = (Key, &'a KnownItem)>) -> Self {
        let mut pairs: Vec<_> = pairs.collect();
        pairs.sort_by_key(|(key, _)| *key);
        Self(pairs)
    }

    /// Those of a key, in the order in which they are known.
    fn get(&self, key: Key) -> impl Iterator<Item = &'a KnownItem> {
        let from = self.0.partition_point(|(other, _)| *other < key);
        self.0.iter().skip(from).take_while(move |(other, _)| *other == key).map(|(_, item)| *item)
    }
}

/// The known items by their keys; each is found once.
struct Search<'a> {
    likeness: Likeness<'a>,
    by_key: ByKey<'a>,
    by_former_key: ByKey<'a>,
    claimed: HashSet<&'a str>,
}

impl<'a> Search<'a> {
    fn new(known: &'a Known, spoiled: &'a HashSet<Key>) -> Self {
        let items = || known.items.iter();
        Self {
            likeness: Likeness::new(spoiled),
            by_key: ByKey::of(items().flat_map(|item| item.keys.all().map(move |key| (key, item)))),
            by_former_key: ByKey::of(items().flat_map(|item| item.led.iter().map(move |key| (*key, item)))),
            claimed: HashSet::new(),
        }
    }

    /// Finds a known item that nobody has claimed: of several the one with the same
    /// text, else the latest. `first` is what identifies the item with these keys.
    fn claim(&mut self, proof: Proof, keys: &ItemKeys, first: Key) -> Option<&'a KnownItem> {
        let likeness = &self.likeness;
        let asked = match proof {
            Proof::Own | Proof::Former => [Some(first), None],
            Proof::Theirs => [likeness.link(keys), likeness.content(keys)],
            Proof::SameText => [keys.second, None],
            Proof::SameTitle => [likeness.second(keys), None],
        };
        let same_text = |known: &KnownItem| known.keys.content == keys.content;
        let proven = |known: &KnownItem| match proof {
            Proof::Own | Proof::SameTitle => true,
            Proof::Theirs => asked.contains(&Some(known.keys.first(|key| likeness.spoiled.contains(&key)))),
            Proof::Former => keys.guid != Some(first) || likeness.agree(keys, &known.keys),
            Proof::SameText => same_text(known),
        };
        let by_key = if matches!(proof, Proof::Former) { &self.by_former_key } else { &self.by_key };
        let candidates = asked.into_iter().flatten().flat_map(|key| by_key.get(key));
        let free = candidates.filter(|known| !self.claimed.contains(known.id.as_str()) && proven(known));
        let best = free.max_by_key(|known| (same_text(known), known.first_seen))?;
        self.claimed.insert(&best.id);
        Some(best)
    }
}
