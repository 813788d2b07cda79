//! Looks at one parsed feed: keys, language, matches and shingles of each item.
//! Runs in parallel for many feeds; knows nothing of what was seen before.

use super::item::{self, ItemKeys, Key};
use super::story::Signature;
use crate::feed::ParsedItem;
use crate::watchlist::term::Document;
use crate::watchlist::{FeedLabel, Hit, Origin, Scratch, Watchlists};

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
    /// What its text is recognized by, where that says enough and something fires.
    pub signature: Option<Signature>,
}

/// The texts of an item's fields that are not a text of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Joined {
    author: String,
    category: String,
}

impl Joined {
    /// Joins authors and categories by a blank line, which no phrase crosses.
    #[must_use]
    pub fn of(item: &ParsedItem) -> Self {
        Self { author: item.authors.join("\n\n"), category: item.categories.join("\n\n") }
    }

    /// The texts of `item`, as they are searched and as the alert carries them.
    #[must_use]
    pub fn document<'a>(&'a self, item: &'a ParsedItem) -> Document<'a> {
        Document {
            title: &item.title,
            body: &item.text,
            author: &self.author,
            category: &self.category,
            link: item.link.as_deref().unwrap_or_default(),
        }
    }
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
    items.into_iter().map(|item| assess_one(item, feed, watchlists, scratch)).collect()
}

fn assess_one(
    parsed: ParsedItem,
    feed: Option<FeedLabel<'_>>,
    watchlists: &Watchlists,
    scratch: &mut Scratch,
) -> AssessedItem {
    let canonical_link = parsed.link.as_deref().and_then(item::canonical_link);
    let language = item::language(parsed.language.as_deref(), &parsed.title, &parsed.text);
    let joined = Joined::of(&parsed);
    let origin = Origin { feed, language: language.as_deref() };
    let hits = watchlists.scan(&joined.document(&parsed), origin, scratch);
    let fires = !hits.is_empty();
    AssessedItem {
        keys: item::keys(&parsed, canonical_link.as_deref()),
        title: fires.then(|| item::title_key(&parsed.title)).flatten(),
        signature: fires.then(|| Signature::of(&parsed.text)).flatten(),
        parsed,
        language,
        canonical_link,
        hits,
    }
}
