//! All forms of all terms, found by their rarest words: which word to look for,
//! what finds it, and the forms that hang on it.
//!
//! A whole word is looked up in a [`Lexicon`]; the `aho-corasick` automaton finds
//! what has no fixed end (prefixes, Hangul), what holds punctuation (acronyms with
//! dots), and, unanchored, what has no word at all (scripts without spaces).

use super::filter::Beginnings;
use super::form::{Form, Needs, SEPARATOR};
use super::lexicon::Lexicon;
use crate::text::chars::{Class, class};
use aho_corasick::automaton::{Automaton as _, StateID};
use aho_corasick::nfa::contiguous::NFA;
use aho_corasick::{Anchored, MatchKind};
use std::collections::HashMap;
use std::ops::Range;

/// One form, by ranges of [`Index::bytes`].
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    /// The term it belongs to.
    pub(super) term: u32,
    /// Where its folded bytes begin; the exact ones follow.
    at: u32,
    folded_len: u16,
    exact_len: u16,
    /// Where the anchor stands in the folded bytes.
    anchor_at: u16,
    anchor_len: u16,
    pub(super) needs: Needs,
    kind: Kind,
}

/// How the anchor of a form is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    /// As a whole word.
    Whole,
    /// At the beginning of a word.
    Open,
    /// At the beginning of a word that ends with a dot: an acronym with dots.
    Dotted,
    /// Anywhere: it has no word of a script with spaces.
    Loose,
}

/// An anchor found in a text.
#[derive(Debug, Clone)]
pub(super) struct Anchor {
    /// Where, in the folded text.
    pub(super) at: Range<usize>,
    /// The forms that hang on it.
    pub(super) forms: Range<usize>,
}

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
        let Self { bytes, mut entries, words } = self;
        drop(words);
        entries.sort_unstable_by(|a, b| {
            let order = a.kind.cmp(&b.kind).then_with(|| a.anchor(&bytes).cmp(b.anchor(&bytes)));
            order.then_with(|| a.term.cmp(&b.term))
        });
        let open_from = entries.partition_point(|entry| entry.kind < Kind::Open);
        let loose_from = entries.partition_point(|entry| entry.kind < Kind::Loose);
        let whole = Anchors::new(&entries, 0..open_from, &bytes);
        let open = Anchors::new(&entries, open_from..loose_from, &bytes);
        let loose = Anchors::new(&entries, loose_from..entries.len(), &bytes);
        Index {
            lexicon: Lexicon::new(&whole.patterns),
            whole: whole.first,
            beginnings: beginnings(entries.get(open_from..loose_from).unwrap_or_default(), &bytes),
            symbols: symbols(&loose.patterns),
            has_dotted: entries.iter().any(|entry| entry.needs.has(Needs::DOTTED)),
            open: Automaton::new(open),
            loose: Automaton::new(loose),
            entries,
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
    bytes: Vec<u8>,
    entries: Vec<Entry>,
    lexicon: Lexicon,
    /// By anchor of the lexicon: where its forms begin in `entries`; one more at the end.
    whole: Vec<u32>,
    open: Automaton,
    beginnings: Beginnings,
    has_dotted: bool,
    loose: Automaton,
    /// First bytes of loose anchors without a character of a script without spaces.
    symbols: Vec<u8>,
}

impl Index {
    /// The forms of a range that an [`Anchor`] names.
    pub(super) fn entries(&self, forms: Range<usize>) -> &[Entry] {
        self.entries.get(forms).unwrap_or_default()
    }

    /// The folded bytes of a form.
    pub(super) fn folded(&self, entry: &Entry) -> &[u8] {
        entry.folded(&self.bytes)
    }

    /// The spelling to compare with where case counts, else an empty one.
    pub(super) fn exact(&self, entry: &Entry) -> &str {
        let start = entry.at as usize + usize::from(entry.folded_len);
        let bytes = self.bytes.get(start..start + usize::from(entry.exact_len)).unwrap_or_default();
        std::str::from_utf8(bytes).unwrap_or_default()
    }

    /// The length of the longest anchor that is a whole word.
    pub(super) fn longest_word(&self) -> usize {
        self.lexicon.longest()
    }

    /// Calls `found` with the anchor that the word of `len` bytes at `start` is.
    #[inline]
    pub(super) fn look_up(&self, text: &[u8], start: usize, len: usize, mut found: impl FnMut(Anchor)) {
        if !self.lexicon.may_hold(text, start, len) {
            return;
        }
        self.lexicon.look_up(text, start, len, |number| {
            let Some((from, to)) = self.whole.get(number).zip(self.whole.get(number + 1)) else { return };
            let anchor = Anchor { at: start..start + len, forms: *from as usize..*to as usize };
            let entry = self.entries.get(anchor.forms.start);
            if entry.is_some_and(|entry| text.get(anchor.at.clone()) == Some(entry.anchor(&self.bytes))) {
                found(anchor);
            }
        });
    }

    /// Whether any anchor may begin at `start`, where a word of `len` bytes stands.
    /// Asked of every word, and nearly always denied; no branch depends on the text.
    #[inline]
    pub(super) fn may_hold(&self, text: &[u8], start: usize, len: usize) -> bool {
        self.lexicon.may_hold(text, start, len)
            | self.beginnings.may_lead(text, start)
            | (self.has_dotted & is_initial(text, start, len))
    }

    /// Whether an anchor that is not a whole word may begin at `start`, where a
    /// word of `len` bytes stands.
    pub(super) fn may_begin(&self, text: &[u8], start: usize, len: usize) -> bool {
        self.beginnings.may_begin(text, start) || (self.has_dotted && is_initial(text, start, len))
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

/// Whether a word of `len` bytes at `start` may be the first letter of an acronym with dots.
#[inline]
fn is_initial(text: &[u8], start: usize, len: usize) -> bool {
    let byte = |at: usize| text.get(at).copied().unwrap_or(0);
    ((len == 1) | !byte(start).is_ascii()) & (byte(start + len) == b'.')
}

impl Entry {
    fn folded<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
        let start = self.at as usize;
        bytes.get(start..start + usize::from(self.folded_len)).unwrap_or_default()
    }

    fn anchor<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
        self.folded(bytes).get(self.anchor_range()).unwrap_or_default()
    }

    /// Where the anchor stands in the folded form.
    pub(super) fn anchor_range(&self) -> Range<usize> {
        let start = usize::from(self.anchor_at);
        start..start + usize::from(self.anchor_len)
    }
}

/// Distinct anchors and the forms of each.
struct Anchors<'b> {
    patterns: Vec<&'b [u8]>,
    /// By pattern: where its forms begin in [`Index::entries`]; one more at the end.
    first: Vec<u32>,
}

impl<'b> Anchors<'b> {
    /// From `entries[range]`, which is sorted by anchor.
    fn new(entries: &[Entry], range: Range<usize>, bytes: &'b [u8]) -> Self {
        let (mut patterns, mut first) = (Vec::new(), Vec::new());
        for (at, entry) in entries.iter().enumerate().take(range.end).skip(range.start) {
            let anchor = entry.anchor(bytes);
            if patterns.last() != Some(&anchor) {
                patterns.push(anchor);
                first.push(u32::try_from(at).unwrap_or(u32::MAX));
            }
        }
        first.push(u32::try_from(range.end).unwrap_or(u32::MAX));
        Self { patterns, first }
    }
}

/// An automaton that finds anchors.
#[derive(Debug)]
struct Automaton {
    nfa: Option<NFA>,
    /// See [`Anchors`].
    first: Vec<u32>,
}

impl Automaton {
    fn new(anchors: Anchors<'_>) -> Self {
        let builder = NFA::builder().match_kind(MatchKind::Standard).prefilter(false).clone();
        let nfa = if anchors.patterns.is_empty() { None } else { builder.build(anchors.patterns).ok() };
        Self { nfa, first: anchors.first }
    }

    fn walk(&self, text: &[u8], start: usize, mut found: impl FnMut(Anchor)) {
        let Some(nfa) = &self.nfa else { return };
        let Ok(mut state) = nfa.start_state(Anchored::Yes) else { return };
        for (at, byte) in text.iter().enumerate().skip(start) {
            state = nfa.next_state(Anchored::Yes, state, *byte);
            if nfa.is_special(state) {
                if nfa.is_dead(state) {
                    return;
                }
                self.report(nfa, state, at + 1, |anchor| {
                    // A state also knows the anchors that end it and begin later.
                    if anchor.at.start == start {
                        found(anchor);
                    }
                });
            }
        }
    }

    fn search(&self, text: &[u8], mut found: impl FnMut(Anchor)) {
        let Some(nfa) = &self.nfa else { return };
        let Ok(mut state) = nfa.start_state(Anchored::No) else { return };
        for (at, byte) in text.iter().enumerate() {
            state = nfa.next_state(Anchored::No, state, *byte);
            if nfa.is_special(state) {
                self.report(nfa, state, at + 1, &mut found);
            }
        }
    }

    /// Calls `found` with each anchor that ends at `end`, where `state` is.
    fn report(&self, nfa: &NFA, state: StateID, end: usize, mut found: impl FnMut(Anchor)) {
        if !nfa.is_match(state) {
            return;
        }
        for nth in 0..nfa.match_len(state) {
            let pattern = nfa.match_pattern(state, nth);
            let forms = self.first.get(pattern.as_usize()).zip(self.first.get(pattern.as_usize() + 1));
            if let Some((from, to)) = forms {
                let start = end.saturating_sub(nfa.pattern_len(pattern));
                found(Anchor { at: start..end, forms: *from as usize..*to as usize });
            }
        }
    }
}

/// The filter for the anchors of `entries` after which a word may go on.
fn beginnings(entries: &[Entry], bytes: &[u8]) -> Beginnings {
    let open = entries.iter().filter(|entry| entry.kind == Kind::Open);
    let mut beginnings = Beginnings::new(open.clone().count());
    open.for_each(|entry| beginnings.insert(entry.anchor(bytes)));
    beginnings
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
