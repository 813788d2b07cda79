//! Filters by where an item comes from: feeds by name, glob or tag, and languages.

use super::rule::Truth;
use super::{FeedLabel, Origin};
use globset::{Glob, GlobMatcher};

/// One entry of `feeds`, or one `feed:` of a rule.
#[derive(Debug, Clone)]
pub enum FeedPattern {
    /// `tag:NAME`
    Tag(String),
    /// A name, which may hold `*`, `?`, `[…]` and `{…}`. The name itself always passes.
    Name(String, GlobMatcher),
}

impl FeedPattern {
    /// # Errors
    /// What is wrong with the glob, in words.
    pub fn new(pattern: &str) -> Result<Self, String> {
        match pattern.strip_prefix("tag:") {
            Some("") => Err("tag: names no tag".to_owned()),
            Some(tag) => Ok(Self::Tag(tag.to_owned())),
            None if pattern.is_empty() => Err("an empty name".to_owned()),
            None => {
                let glob = Glob::new(pattern).map_err(|error| error.kind().to_string())?;
                Ok(Self::Name(pattern.to_owned(), glob.compile_matcher()))
            }
        }
    }

    /// Whether it means a feed.
    #[must_use]
    pub fn accepts(&self, feed: FeedLabel<'_>) -> bool {
        match self {
            Self::Tag(tag) => feed.tags.contains(tag),
            Self::Name(name, glob) => feed.name == name || glob.is_match(feed.name),
        }
    }

    /// Whether the item comes from such a feed.
    pub(super) fn check(&self, origin: Origin<'_>) -> Truth {
        origin.feed.map_or(Truth::Unchecked, |feed| self.accepts(feed).into())
    }
}

/// The primary subtag of a BCP 47 tag, in lower case; `None` where it is none.
pub(super) fn primary_subtag(tag: &str) -> Option<String> {
    let first = tag.split(['-', '_']).next()?;
    ((2..=8).contains(&first.len()) && first.bytes().all(|b| b.is_ascii_alphabetic()))
        .then(|| first.to_ascii_lowercase())
}

/// Whether the item is in the language of that primary subtag.
pub(super) fn check_language(wanted: &str, origin: Origin<'_>) -> Truth {
    let language = origin.language.filter(|tag| !tag.eq_ignore_ascii_case("und")).and_then(primary_subtag);
    language.map_or(Truth::Unchecked, |language| (language == wanted).into())
}

/// The filters of a watchlist; `None`: all pass.
#[derive(Debug, Clone, Default)]
pub(super) struct Filters {
    pub(super) feeds: Option<Vec<FeedPattern>>,
    /// Primary subtags.
    pub(super) languages: Option<Vec<String>>,
}

impl Filters {
    pub(super) fn check_feeds(&self, origin: Origin<'_>) -> Truth {
        let Some(feeds) = &self.feeds else { return Truth::True };
        feeds.iter().map(|feed| feed.check(origin)).max().unwrap_or(Truth::False)
    }

    pub(super) fn check_languages(&self, origin: Origin<'_>) -> Truth {
        let Some(languages) = &self.languages else { return Truth::True };
        languages.iter().map(|language| check_language(language, origin)).max().unwrap_or(Truth::False)
    }

    pub(super) fn check(&self, origin: Origin<'_>) -> Truth {
        self.check_feeds(origin).min(self.check_languages(origin))
    }
}
