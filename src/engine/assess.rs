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
    /// Declared, else detected where anything fires in some language.
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
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Joined {
    author: String,
    category: String,
}

impl Joined {
    /// Joins authors and categories by a blank line, which no phrase crosses.
    #[must_use]
    pub fn of(item: &ParsedItem) -> Self {
        let mut joined = Self::default();
        joined.set(item);
        joined
    }

    /// Becomes that of another item, in the same buffers.
    pub fn set(&mut self, item: &ParsedItem) {
        join(&item.authors, &mut self.author);
        join(&item.categories, &mut self.category);
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

fn join(texts: &[String], into: &mut String) {
    into.clear();
    for (index, text) in texts.iter().enumerate() {
        into.push_str(if index == 0 { "" } else { "\n\n" });
        into.push_str(text);
    }
}

/// Where items come from, as the filters of watchlists see it.
#[derive(Debug, Clone, Copy)]
pub enum Provenance<'a> {
    /// A feed. The language of an item is that which it declares, else that which is detected.
    Feed(FeedLabel<'a>),
    /// A text that stands alone: feed filters pass, and so do language filters unless its
    /// language is given.
    Alone {
        /// A BCP 47 tag.
        language: Option<&'a str>,
    },
}

impl<'a> Provenance<'a> {
    /// The origin of one of the items, whose language is `language`.
    #[must_use]
    pub fn origin(self, language: Option<&'a str>) -> Origin<'a> {
        match self {
            Self::Feed(feed) => Origin { feed: Some(feed), language },
            Self::Alone { language } => Origin { feed: None, language },
        }
    }
}

/// Looks at the items of one document, in its order.
#[must_use]
pub fn assess(
    items: Vec<ParsedItem>,
    provenance: Provenance<'_>,
    watchlists: &Watchlists,
    scratch: &mut Scratch,
) -> Vec<AssessedItem> {
    let mut search = Search { watchlists, scratch, joined: Joined::default() };
    items.into_iter().map(|item| assess_one(item, provenance, &mut search)).collect()
}

/// Finds what fires, item by item in the same buffers: once these have grown, an item that
/// matches nothing allocates nothing.
#[derive(Debug)]
pub struct Search<'a> {
    /// What is looked for.
    pub watchlists: &'a Watchlists,
    /// The buffers of the matcher.
    pub scratch: &'a mut Scratch,
    /// A buffer.
    pub joined: Joined,
}

impl Search<'_> {
    /// What fires on an item.
    pub fn hits(&mut self, item: &ParsedItem, origin: Origin<'_>) -> Vec<Hit> {
        self.joined.set(item);
        self.watchlists.scan(&self.joined.document(item), origin, self.scratch)
    }

    /// What fires on an item, and its language. To detect that takes longer than all the rest,
    /// and is left out where nothing fires anyway: what fires in a language that is known
    /// fires in an unknown one, too.
    fn hits_and_language(&mut self, item: &ParsedItem, provenance: Provenance<'_>) -> (Option<String>, Vec<Hit>) {
        let declared = item::declared_language(item.language.as_deref());
        let hits = self.hits(item, provenance.origin(declared.as_deref()));
        if declared.is_some() || hits.is_empty() {
            return (declared, hits);
        }
        let detected = item::detected_language(&item.title, &item.text);
        if detected.is_none() {
            return (None, hits);
        }
        let hits = self.hits(item, provenance.origin(detected.as_deref()));
        (detected, hits)
    }
}

fn assess_one(parsed: ParsedItem, provenance: Provenance<'_>, search: &mut Search<'_>) -> AssessedItem {
    let canonical_link = parsed.link.as_deref().and_then(item::canonical_link);
    let (language, hits) = search.hits_and_language(&parsed, provenance);
    AssessedItem::new(parsed, language, canonical_link, hits)
}

/// Looks at an item of the past; `None` where nothing fires on it.
pub(super) fn assess_again(
    parsed: ParsedItem,
    canonical_link: Option<String>,
    provenance: Provenance<'_>,
    search: &mut Search<'_>,
) -> Option<AssessedItem> {
    let (language, hits) = search.hits_and_language(&parsed, provenance);
    (!hits.is_empty()).then(|| AssessedItem::new(parsed, language, canonical_link, hits))
}

impl AssessedItem {
    /// Tells the language also where nothing fires: for people who ask why.
    #[must_use]
    pub fn with_language(mut self) -> Self {
        let ParsedItem { language, title, text, .. } = &self.parsed;
        self.language = item::language(language.as_deref(), title, text);
        self
    }

    fn new(parsed: ParsedItem, language: Option<String>, canonical_link: Option<String>, hits: Vec<Hit>) -> Self {
        let fires = !hits.is_empty();
        Self {
            keys: item::keys(&parsed, canonical_link.as_deref()),
            title: fires.then(|| item::title_key(&parsed.title)).flatten(),
            signature: fires.then(|| Signature::of(&parsed.text)).flatten(),
            parsed,
            language,
            canonical_link,
            hits,
        }
    }
}
