//! All forms of all terms, found by their rarest words: which word to look for,
//! what finds it, and the forms that hang on it.
//!
//! A whole word is looked up in a [`Lexicon`]; the `aho-corasick` automaton finds
//! what has no fixed end (prefixes, Hangul), what holds punctuation (acronyms with
//! dots), and, unanchored, what has no word at all (scripts without spaces).

use super::automaton::{Anchor, Anchors, Automaton};
use super::entry::{Entry, Kind, chain, lay_out};
use super::filter::{Filter, head};
use super::form::{Form, Needs, SEPARATOR};
use super::lexicon::{Beside, Lexicon};
use super::words::Places;
use crate::text::chars::{Class, class};
use crate::text::fold::Folded;
use std::collections::HashMap;
use std::ops::Range;

/// Collects forms; see [`Index`].
#[derive(Debug, Default)]
pub(super) struct IndexBuilder {
    bytes: Vec<u8>,
    entries: Vec<Entry>,
    words: HashMap<u64, u32>,
}

impl IndexBuilder {
    /// First for all forms: counts words, so that [`Self::add`] knows the rare ones.
    pub(super) fn count(&mut self, form: &Form) {
        for piece in pieces(form) {
            *self.words.entry(hash(form.folded.as_bytes(), &piece.range)).or_default() += 1;
        }
    }

    /// Then for all forms: adds one.
    pub(super) fn add(&mut self, term: u32, form: &Form) {
        let Some(piece) = self.anchor(form) else { return };
        let short = |value: usize| u16::try_from(value).unwrap_or(u16::MAX);
        self.entries.push(Entry {
            term,
            at: u32::try_from(self.bytes.len()).unwrap_or(u32::MAX),
            folded_len: short(form.folded.len()),
            exact_len: short(form.exact.len()),
            anchor_at: short(piece.range.start),
            anchor_len: short(piece.range.len()),
            needs: form.needs,
            kind: piece.kind,
            more: false,
        });
        self.bytes.extend_from_slice(form.folded.as_bytes());
        self.bytes.extend_from_slice(form.exact.as_bytes());
    }

    /// The piece of a form that is rarest among all forms; of equal ones the longest.
    fn anchor(&self, form: &Form) -> Option<Piece> {
        let rarity = |piece: &Piece| {
            let count = self.words.get(&hash(form.folded.as_bytes(), &piece.range)).copied().unwrap_or(0);
            let common = piece.range.len() <= 2 || is_common(form.folded.get(piece.range.clone()).unwrap_or_default());
            (piece.kind, common, count, usize::MAX - piece.range.len())
        };
        pieces(form).into_iter().min_by_key(rarity)
    }

    pub(super) fn build(self) -> Index {
        let Self { bytes: letters, mut entries, words } = self;
        drop(words);
        entries.sort_unstable_by(|a, b| {
            let order = a.kind.cmp(&b.kind).then_with(|| a.anchor(&letters).cmp(b.anchor(&letters)));
            order.then_with(|| a.term.cmp(&b.term))
        });
        for at in 1..entries.len() {
            let same = |(a, b): (&Entry, &Entry)| a.kind == b.kind && a.anchor(&letters) == b.anchor(&letters);
            let more = entries.get(at - 1).zip(entries.get(at)).is_some_and(same);
            if let Some(entry) = entries.get_mut(at - 1) {
                entry.more = more;
            }
        }
        let (starts, bytes) = lay_out(&mut entries, &letters);
        drop(letters);
        let open_from = entries.partition_point(|entry| entry.kind < Kind::Open);
        let loose_from = entries.partition_point(|entry| entry.kind < Kind::Loose);
        let anchors = |range| anchors(&entries, &starts, range, &bytes);
        let whole = anchors(0..open_from);
        let open = anchors(open_from..loose_from);
        let loose = anchors(loose_from..entries.len());
        Index {
            lexicon: Lexicon::new(whole.patterns.iter().zip(&whole.first).map(|(word, first)| {
                let forms = chain(&bytes, *first as usize);
                let beside = forms.map(|entry| entry.beside(&bytes)).reduce(Beside::common);
                (*word, *first, beside.unwrap_or_default())
            })),
            filter: filter(&whole.patterns, entries.get(open_from..loose_from).unwrap_or_default(), &bytes),
            symbols: symbols(&loose.patterns),
            has_dotted: entries.iter().any(|entry| entry.needs.has(Needs::DOTTED)),
            open: Automaton::new(open),
            loose: Automaton::new(loose),
            bytes,
        }
    }
}

fn is_common(word: &str) -> bool {
    COMMON.binary_search(&word).is_ok()
}

/// Words so common in English news that a phrase is anchored on another one; in order.
const COMMON: &[&str] = &[
    "about",
    "after",
    "all",
    "also",
    "and",
    "any",
    "are",
    "been",
    "before",
    "but",
    "can",
    "could",
    "day",
    "first",
    "for",
    "from",
    "government",
    "group",
    "had",
    "has",
    "have",
    "her",
    "him",
    "his",
    "how",
    "into",
    "its",
    "just",
    "last",
    "like",
    "made",
    "may",
    "more",
    "most",
    "new",
    "news",
    "not",
    "now",
    "off",
    "one",
    "only",
    "other",
    "our",
    "out",
    "over",
    "people",
    "president",
    "said",
    "say",
    "says",
    "she",
    "some",
    "state",
    "such",
    "than",
    "that",
    "the",
    "their",
    "them",
    "then",
    "there",
    "these",
    "they",
    "this",
    "time",
    "two",
    "under",
    "was",
    "were",
    "what",
    "when",
    "where",
    "which",
    "who",
    "will",
    "with",
    "world",
    "would",
    "year",
    "years",
    "you",
    "your",
];

/// All forms; immutable.
#[derive(Debug)]
pub(super) struct Index {
    /// Each form's header, folded bytes and exact ones; those of one anchor one after the other.
    bytes: Vec<u8>,
    lexicon: Lexicon,
    open: Automaton,
    filter: Filter,
    has_dotted: bool,
    loose: Automaton,
    /// First bytes of loose anchors without a character of a script without spaces.
    symbols: Vec<u8>,
}

impl Index {
    /// The forms that hang on one anchor, given where the first of them stands.
    #[inline]
    pub(super) fn entries(&self, first: usize) -> impl Iterator<Item = Entry> {
        chain(&self.bytes, first)
    }

    /// The folded bytes of a form.
    pub(super) fn folded(&self, entry: &Entry) -> &[u8] {
        entry.folded(&self.bytes)
    }

    /// The spelling to compare with where case counts, else an empty one.
    pub(super) fn exact(&self, entry: &Entry) -> &str {
        std::str::from_utf8(entry.exact(&self.bytes)).unwrap_or_default()
    }

    /// The length of the longest anchor that is a whole word.
    pub(super) fn longest_word(&self) -> usize {
        self.lexicon.longest()
    }

    /// Calls `found` with the anchor that the word that stands `at` in `text` is; seldom
    /// with a wrong one, and [`super::verify::locate`] tells it.
    #[inline]
    pub(super) fn look_up(&self, text: &[u8], cased: &[u8], at: Range<usize>, mut found: impl FnMut(Anchor)) {
        self.lexicon.look_up(text, cased, &at, |first| found(Anchor { at: at.clone(), first }));
    }

    /// Of all words of `folded`, those that are to be looked up, by [`Self::look_up`], and
    /// those to walk from, by [`Self::walk`].
    ///
    /// Each pass asks one thing of all words that are left, so that what the processor
    /// waits for from memory it waits for at once, and not word by word.
    pub(super) fn sift(&self, folded: &Folded, candidates: &mut Candidates) {
        let text = folded.text().as_bytes();
        let Candidates { words, few, open, .. } = candidates;
        self.filter.sift(text, words, few);
        open.copy(few, |start, len| self.may_begin(text, start, len));
        words.copy(few, |start, len| self.lexicon.may_hold(text, &(start..start + len)));
    }

    /// Whether an anchor that is not a whole word may begin at `start`, where a word of
    /// `len` bytes stands.
    #[inline]
    fn may_begin(&self, text: &[u8], start: usize, len: usize) -> bool {
        let head = head(text, start);
        self.filter.may_begin(head) | (self.has_dotted && is_initial(text, start, len))
    }

    /// Calls `found` with each anchor that is not a whole word and begins at `start`.
    pub(super) fn walk(&self, text: &[u8], start: usize, found: impl FnMut(Anchor)) {
        self.open.walk(text, start, found);
    }

    /// Calls `found` with each anchor of a form without a word, anywhere in `text`.
    pub(super) fn search_loose(&self, text: &[u8], has_unspaced: bool, found: impl FnMut(Anchor)) {
        let has_symbol = || text.iter().any(|byte| self.symbols.contains(byte));
        if has_unspaced || (!self.symbols.is_empty() && has_symbol()) {
            self.loose.search(text, found);
        }
    }
}

/// Words of a text at which an anchor may stand. Buffers that are used again.
#[derive(Debug, Default)]
pub(super) struct Candidates {
    /// First all words that have one end, then those of them that may be an anchor.
    pub(super) words: Places,
    /// Where words begin that can end in several places.
    pub(super) soft: Places,
    /// What the filter leaves of all words.
    few: Places,
    /// Of these, those with which an anchor may begin that is not a whole word.
    pub(super) open: Places,
}

/// Whether a word of `len` bytes at `start` may be the first letter of an acronym with dots.
fn is_initial(text: &[u8], start: usize, len: usize) -> bool {
    let is_letter = len == 1 || text.get(start).is_some_and(|byte| !byte.is_ascii());
    is_letter && text.get(start + len) == Some(&b'.')
}

/// The anchors of `entries[range]`, which is sorted by anchor; `starts`: where each entry is.
fn anchors<'b>(entries: &[Entry], starts: &[u32], range: Range<usize>, bytes: &'b [u8]) -> Anchors<'b> {
    let mut anchors = Anchors::default();
    for (entry, start) in entries.iter().zip(starts).take(range.end).skip(range.start) {
        let anchor = entry.anchor(bytes);
        if anchors.patterns.last() != Some(&anchor) {
            anchors.patterns.push(anchor);
            anchors.first.push(*start);
        }
    }
    anchors
}

/// The filter for all anchors but loose ones: `whole` words, and those of `open` entries,
/// after which a word may go on or a dot comes.
fn filter(whole: &[&[u8]], open: &[Entry], bytes: &[u8]) -> Filter {
    let mut filter = Filter::new(whole.len(), open.len());
    whole.iter().for_each(|word| filter.insert_word(word));
    for entry in open {
        let anchor = entry.anchor(bytes);
        if entry.kind == Kind::Dotted {
            filter.insert_word(anchor.split(|byte| *byte == b'.').next().unwrap_or_default());
        } else {
            filter.insert_beginning(anchor);
        }
    }
    filter
}

/// The first bytes of the loose anchors that a text without unspaced scripts may hold.
fn symbols(anchors: &[&[u8]]) -> Vec<u8> {
    let is_symbol = |anchor: &&&[u8]| {
        let text = std::str::from_utf8(anchor).unwrap_or_default();
        !text.chars().any(|c| class(c).is_unspaced())
    };
    let mut first: Vec<u8> = anchors.iter().filter(is_symbol).filter_map(|anchor| anchor.first().copied()).collect();
    first.sort_unstable();
    first.dedup();
    first
}

/// A part of a form that can be looked for.
#[derive(Debug, Clone)]
struct Piece {
    range: Range<usize>,
    kind: Kind,
}

/// The words of a form; where it has none, what stands between its separators.
fn pieces(form: &Form) -> Vec<Piece> {
    let is_spaced = || form.folded.chars().next().is_some_and(|c| class(c).is_spaced_word());
    if form.needs.has(Needs::DOTTED) && is_spaced() {
        return vec![Piece { range: 0..form.folded.len(), kind: Kind::Dotted }];
    }
    let mut pieces: Vec<Piece> = runs(&form.folded, |c| class(c).is_spaced_word())
        .map(|range| {
            let word = form.folded.get(range.clone()).unwrap_or_default();
            let goes_on = form.needs.has(Needs::PREFIX) && range.end == form.folded.len();
            let open = goes_on || word.chars().any(|c| class(c) == Class::Hangul);
            Piece { range, kind: if open { Kind::Open } else { Kind::Whole } }
        })
        .collect();
    if pieces.is_empty() {
        pieces
            .extend(runs(&form.folded, |c| c != char::from(SEPARATOR)).map(|range| Piece { range, kind: Kind::Loose }));
    }
    pieces
}

/// The longest runs of characters that `belongs` holds of.
fn runs(text: &str, belongs: impl Fn(char) -> bool) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + text.get(at..)?.find(&belongs)?;
        let rest = text.get(start..)?;
        at = start + rest.find(|c| !belongs(c)).unwrap_or(rest.len());
        Some(start..at)
    })
}

/// A hash of a word for counting; a collision only makes an anchor less rare.
fn hash(text: &[u8], range: &Range<usize>) -> u64 {
    let word = text.get(range.clone()).unwrap_or_default();
    word.iter().fold(0xCBF2_9CE4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3))
}
