//! A feed and its items while they are being read: of several claims to a field
//! the best one wins, and the earlier of equals.

use super::repair::{RepairKind, Repairs};
use super::{Format, MAX_INHERITED, MAX_INHERITED_NAME, MAX_ITEMS, MAX_LABELS, Pace, ParsedFeed, ParsedItem, field};
use crate::feed::Charset;
use jiff::Timestamp;
use memchr::memchr_iter;

/// A value and how good its claim is.
#[derive(Debug, Clone)]
pub(super) struct Ranked<T> {
    rank: u32,
    value: Option<T>,
}

impl<T> Default for Ranked<T> {
    fn default() -> Self {
        Self { rank: 0, value: None }
    }
}

impl<T> Ranked<T> {
    /// Takes the value if its rank, from 1 up, is higher than that of what there is.
    pub(super) fn offer(&mut self, rank: u32, value: Option<T>) {
        if rank > self.rank && value.is_some() {
            *self = Self { rank, value };
        }
    }

    /// A value of at least this rank is there.
    pub(super) fn has(&self, rank: u32) -> bool {
        self.rank >= rank
    }
}

/// An item while it is being read.
#[derive(Debug, Default)]
pub(super) struct ItemDraft {
    pub(super) id: Ranked<String>,
    pub(super) title: Ranked<String>,
    pub(super) link: Ranked<String>,
    pub(super) published: Ranked<Timestamp>,
    pub(super) updated: Ranked<Timestamp>,
    pub(super) authors: Labels,
    pub(super) categories: Labels,
    pub(super) summary: Ranked<String>,
    pub(super) content: Ranked<String>,
    pub(super) language: Option<String>,
}

impl ItemDraft {
    /// There is something to know it again by, and something to read.
    pub(super) fn is_substantial(&self) -> bool {
        self.title.has(1) && (self.link.has(1) || self.id.has(1) || self.summary.has(1))
    }

    fn finish(self, feed: &FeedDraft, repairs: &mut Repairs) -> ParsedItem {
        let summary = self.summary.value.unwrap_or_default();
        let content = self.content.value.unwrap_or_default();
        let mut authors = self.authors;
        if authors.0.is_empty() && matches!(feed.format, Some(Format::Atom | Format::Json)) {
            // RFC 4287, section 4.2.1, and JSON Feed: the feed's authors are those of its entries.
            let short = feed.authors.0.iter().filter(|name| name.len() <= MAX_INHERITED_NAME);
            authors.0.extend(short.take(MAX_INHERITED).cloned());
        }
        ParsedItem {
            id: self.id.value,
            title: self.title.value.unwrap_or_default(),
            link: self.link.value,
            published: self.published.value,
            updated: self.updated.value,
            authors: authors.0,
            categories: self.categories.0,
            text: body(&summary, content, repairs),
            summary,
            language: self.language.or_else(|| feed.language.clone()),
        }
    }
}

/// The content, preceded by the summary where it does not contain it.
fn body(summary: &str, content: String, repairs: &mut Repairs) -> String {
    if content.is_empty() {
        return summary.to_owned();
    }
    if contains(&content, summary) {
        return content;
    }
    let mut text = String::with_capacity(summary.len() + content.len() + 2);
    text.extend([summary, "\n\n", &content]);
    let length = field::cut(&text, super::MAX_TEXT, repairs).len();
    text.truncate(length);
    text
}

/// Whether the content says what the summary does. White space does not count,
/// nor does the mark with which content systems end a summary that they cut.
fn contains(content: &str, summary: &str) -> bool {
    let summary = summary.trim_end_matches(['.', '…', ' ', '[', ']', '\u{a0}']).trim_start();
    let Some(&first) = summary.as_bytes().first() else { return true };
    // Mostly the first few bytes show that it is not here.
    let mut looks = content.len();
    for at in memchr_iter(first, content.as_bytes()) {
        let rest = begins_with(content.get(at..).unwrap_or_default(), summary);
        if rest.is_empty() {
            return true;
        }
        looks = looks.saturating_sub(summary.len() - rest.len());
        if looks == 0 {
            // A text of repetitions: this takes the same time for any text.
            let squeeze = |text: &str| text.split_whitespace().collect::<String>();
            return squeeze(content).contains(&squeeze(summary));
        }
    }
    false
}

/// What is left of `wanted` where `text` begins to differ from it by more than white space.
fn begins_with<'a>(mut text: &str, mut wanted: &'a str) -> &'a str {
    loop {
        let same = text.floor_char_boundary(common_length(text.as_bytes(), wanted.as_bytes()));
        let (text_rest, wanted_rest) = (text.get(same..).unwrap_or_default(), wanted.get(same..).unwrap_or_default());
        (text, wanted) = (text_rest.trim_start(), wanted_rest.trim_start());
        if wanted.is_empty() || text.len() == text_rest.len() && wanted.len() == wanted_rest.len() {
            return wanted;
        }
    }
}

/// How many bytes at the front are the same.
fn common_length(one: &[u8], other: &[u8]) -> usize {
    const CHUNK: usize = 16;
    let (chunks, _) = one.as_chunks::<CHUNK>();
    let (others, _) = other.as_chunks::<CHUNK>();
    let from = CHUNK * chunks.iter().zip(others).take_while(|(one, other)| one == other).count();
    let rest = one.iter().zip(other).skip(from);
    from + rest.take_while(|(one, other)| one == other).count()
}

/// Names or labels, in order, without duplicates, at most [`MAX_LABELS`].
#[derive(Debug, Default, Clone)]
pub(super) struct Labels(pub(super) Vec<String>);

impl Labels {
    pub(super) fn add(&mut self, label: String) {
        if !label.is_empty() && self.0.len() < MAX_LABELS && !self.0.contains(&label) {
            self.0.push(label);
        }
    }
}

/// A feed while it is being read.
#[derive(Debug, Default)]
pub(super) struct FeedDraft {
    pub(super) format: Option<Format>,
    pub(super) title: Ranked<String>,
    pub(super) link: Ranked<String>,
    pub(super) language: Option<String>,
    pub(super) authors: Labels,
    pub(super) pace: Pace,
    /// Seconds and divisor of `sy:updatePeriod` and `sy:updateFrequency`.
    pub(super) update_period: Option<u32>,
    pub(super) update_frequency: Option<u32>,
    pub(super) items: Vec<ParsedItem>,
    pub(super) partial: bool,
}

impl FeedDraft {
    pub(super) fn push(&mut self, item: ItemDraft, repairs: &mut Repairs) {
        if self.items.len() >= MAX_ITEMS {
            return repairs.note(RepairKind::TooManyItems);
        }
        let item = item.finish(self, repairs);
        self.items.push(item);
    }

    /// The feed, if it is one.
    pub(super) fn finish(self, charset: Charset) -> Option<ParsedFeed> {
        let mut pace = self.pace;
        let by_module = self.update_period.map(|seconds| seconds / self.update_frequency.unwrap_or(1).max(1));
        pace.at_least_seconds = pace.at_least_seconds.max(by_module);
        Some(ParsedFeed {
            format: self.format?,
            charset,
            title: self.title.value.unwrap_or_default(),
            link: self.link.value,
            language: self.language,
            pace,
            items: self.items,
            partial: self.partial,
        })
    }
}
