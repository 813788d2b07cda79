//! Folding: what makes two spellings equal (case, accents, width, ligatures,
//! quotation marks, invisible characters), with a way back to the exact bytes
//! of the original. White space and hyphens are left as they are: what stands
//! between two words is the matcher's business.
//!
//! NFKD; the combining marks of Latin, Greek and Cyrillic, Arabic harakat and
//! Hebrew niqqud dropped; Indic vowel signs kept; Hangul composed; full case
//! folding and `ł đ ø æ œ þ ð`; default-ignorable code points deleted.

mod offsets;
pub(in crate::text) mod table;

use super::chars::{Class, class, is_dropped_mark, is_ignorable};
use offsets::{Kind, Offsets};
use std::ops::Range;
use table::{Mapping, Shape};
use unicode_normalization::char::{canonical_combining_class, compose};
use wide::u8x16;

/// Texts are searched up to this many bytes, so that offsets fit 32 bits
/// whatever folding makes of them (one character becomes eleven times as long
/// at most).
pub const MAX_TEXT: usize = 128 << 20;

/// No more marks than this are put in canonical order behind one letter (the
/// limit of the Stream-Safe Text Format, UAX #15).
const MAX_MARKS: usize = 30;

/// A folded text and the way back to its original. Made to be used again: its
/// buffers stay.
#[derive(Debug, Default)]
pub struct Folded {
    text: String,
    /// The text before its ASCII letters were made lower case.
    cased: String,
    offsets: Offsets,
    piece: String,
    unspaced: bool,
}

/// The folded form of `text`.
#[must_use]
pub fn fold_to_string(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let mut folded = Folded::default();
    folded.fold(text);
    folded.text
}

/// The words of a folded text: runs of letters, digits, marks and underscores;
/// each character of a script without spaces (with its marks) is one.
pub fn words(folded: &str) -> impl Iterator<Item = &str> {
    let mut rest = folded;
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches(|c| !class(c).is_word());
        let first = class(rest.chars().next()?);
        let goes_on = |c: char| if first.is_unspaced() { class(c).is_mark() } else { class(c).is_spaced_word() };
        let end = rest.char_indices().skip(1).find(|(_, c)| !goes_on(*c)).map_or(rest.len(), |(at, _)| at);
        let (word, tail) = rest.split_at_checked(end)?;
        rest = tail;
        Some(word)
    })
}

impl Folded {
    /// Replaces the contents by the folded form of `original`, of which no more
    /// than [`MAX_TEXT`] bytes are taken.
    pub fn fold(&mut self, original: &str) {
        self.cased.clear();
        self.offsets.clear();
        self.unspaced = false;
        let original = original.get(..original.floor_char_boundary(MAX_TEXT)).unwrap_or_default();
        self.cased.reserve(original.len());
        let mut rest = original;
        while let Some((ascii, tail)) = rest.split_at_checked(ascii_len(rest.as_bytes())) {
            self.push_ascii(ascii, offset(original.len() - rest.len()));
            let Some(c) = tail.chars().next() else { break };
            self.push(c, offset(original.len() - tail.len()));
            rest = tail.get(c.len_utf8()..).unwrap_or_default();
        }
        // All at once is faster than run by run; what is folded already stays as it is.
        self.text.clone_from(&self.cased);
        self.text.make_ascii_lowercase();
        self.offsets.finish(offset(self.text.len()), offset(original.len()));
    }

    /// The folded text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The bytes of the folded text, with ASCII letters in upper case where the original
    /// has no lower-case ASCII letter there.
    #[must_use]
    pub fn cased(&self) -> &[u8] {
        self.cased.as_bytes()
    }

    /// Whether it holds a character of a script without spaces.
    #[must_use]
    pub fn has_unspaced(&self) -> bool {
        self.unspaced
    }

    /// The folded ranges of characters inside which, or beside which, a word may
    /// begin or end although the folded text does not show it.
    pub fn soft(&self) -> impl Iterator<Item = Range<usize>> {
        self.offsets.soft().map(|range| range.start as usize..range.end as usize)
    }

    /// `range` of the folded text, wider where it begins or ends inside what one
    /// original character became; and the bytes of the original it stands for.
    #[must_use]
    pub fn widen(&self, range: Range<usize>) -> (Range<usize>, Range<usize>) {
        let Some(last) = range.end.checked_sub(1).filter(|last| *last >= range.start) else {
            return (range.clone(), range);
        };
        // Nearly all ranges lie in one stretch of bytes that stand for themselves.
        if let Some((Kind::Linear, folded, original)) = self.offsets.stretch(offset(range.start))
            && range.end <= folded.end as usize
        {
            let moved = |at: usize| original.start as usize + (at - folded.start as usize);
            return (range.clone(), moved(range.start)..moved(range.end));
        }
        let (folded_start, original_start) = self.character(range.start, range.start, Edge::Start);
        let (folded_end, original_end) = self.character(last, range.end, Edge::End);
        (folded_start..folded_end, original_start..original_end)
    }

    /// The edge of the original character that the folded byte at `byte` came
    /// from, in both texts; `at` itself where the two run byte for byte.
    fn character(&self, byte: usize, at: usize, edge: Edge) -> (usize, usize) {
        let Some((kind, folded, original)) = self.offsets.stretch(offset(byte)) else { return (at, at) };
        match (kind, edge) {
            (Kind::Linear, _) => (at, original.start as usize + (at - folded.start as usize)),
            (_, Edge::Start) => (folded.start as usize, original.start as usize),
            (_, Edge::End) => (folded.end as usize, original.end as usize),
        }
    }

    /// Appends ASCII, which keeps its length; [`Self::fold`] makes it lower case.
    fn push_ascii(&mut self, ascii: &str, original: u32) {
        if ascii.is_empty() {
            return;
        }
        self.offsets.open_linear(offset(self.cased.len()), original);
        self.cased.push_str(ascii);
    }

    fn push(&mut self, c: char, original: u32) {
        let (mapping, class) = table::mapping(c);
        let at = offset(self.cased.len());
        self.unspaced |= class.is_unspaced();
        match mapping {
            Mapping::Linear(to) => {
                self.offsets.open_linear(at, original);
                self.cased.push(to.to_ascii_uppercase());
            }
            Mapping::Single(to, shape) => {
                self.offsets.open_whole(at, original, if shape == Shape::Soft { Kind::Soft } else { Kind::Firm });
                self.unspaced |= super::chars::class(to).is_unspaced();
                self.cased.push(to.to_ascii_uppercase());
            }
            Mapping::Special if is_dropped_mark(c) => self.push_dropped_mark(c, original),
            Mapping::Special if is_ignorable(c) => self.offsets.open_deleted(at, original),
            Mapping::Special => self.push_special(c, class, original),
        }
    }

    /// A mark that is dropped belongs to the character before it. One that has
    /// nothing to sit on stays.
    fn push_dropped_mark(&mut self, c: char, original: u32) {
        if self.join_last() {
            return;
        }
        let at = offset(self.cased.len());
        if is_ignorable(c) {
            return self.offsets.open_deleted(at, original);
        }
        self.offsets.open_whole(at, original, Kind::Firm);
        self.cased.push(c);
    }

    /// Makes the last folded character one with what follows; `false` where there is none.
    fn join_last(&mut self) -> bool {
        let Some(last) = self.cased.chars().next_back() else { return false };
        self.offsets.join_from(offset(self.cased.len() - last.len_utf8()), Kind::Firm);
        true
    }

    fn push_special(&mut self, c: char, class: Class, original: u32) {
        let mut piece = std::mem::take(&mut self.piece);
        piece.clear();
        table::expand(c, |folded| piece.push(folded));
        let first = piece.chars().next().unwrap_or(c);
        if self.joins_last(first) {
            self.join_last();
        } else {
            let firm = piece.chars().count() == 1 && super::chars::class(first) == class;
            let at = offset(self.cased.len());
            self.offsets.open_whole(at, original, if firm { Kind::Firm } else { Kind::Soft });
        }
        piece.chars().for_each(|folded| self.put(folded));
        self.piece = piece;
    }

    /// Whether `c` composes or changes places with the last folded character.
    fn joins_last(&self, c: char) -> bool {
        let Some(last) = self.cased.chars().next_back() else { return false };
        compose_hangul(last, c).is_some() || goes_before(c, last)
    }

    /// Appends a folded character: Hangul composed, marks in canonical order.
    fn put(&mut self, c: char) {
        self.unspaced |= class(c).is_unspaced();
        let last = self.cased.chars().next_back();
        if let Some(syllable) = last.and_then(|last| compose_hangul(last, c)) {
            self.cased.pop();
            self.cased.push(syllable);
            return;
        }
        let moved = self.cased.chars().rev().take(MAX_MARKS).take_while(|before| goes_before(c, *before));
        let at = self.cased.len() - moved.map(char::len_utf8).sum::<usize>();
        if at < self.cased.len() {
            self.offsets.join_from(offset(at), Kind::Soft);
        }
        self.cased.insert(at, c.to_ascii_uppercase());
    }
}

/// How many bytes at the beginning are ASCII. Runs are short: a search that is set up for
/// long ones (`encoding_rs`) took as long again.
fn ascii_len(bytes: &[u8]) -> usize {
    let (sixteens, tail) = bytes.as_chunks();
    for (nth, sixteen) in sixteens.iter().enumerate() {
        let high = u8x16::new(*sixteen).to_bitmask();
        if high != 0 {
            return nth * sixteen.len() + high.trailing_zeros() as usize;
        }
    }
    bytes.len() - tail.len() + tail.iter().take_while(|byte| byte.is_ascii()).count()
}

#[derive(Clone, Copy)]
enum Edge {
    Start,
    End,
}

/// Whether `mark` stands before `other` in canonical order. Not before one that is dropped
/// as a rule: that stayed because nothing was before it, and nothing is to come there.
fn goes_before(mark: char, other: char) -> bool {
    let class = canonical_combining_class(mark);
    class != 0 && canonical_combining_class(other) > class && !is_dropped_mark(other)
}

/// The syllable of two jamo, or of a syllable and a final one.
fn compose_hangul(first: char, second: char) -> Option<char> {
    let is_second = matches!(second, '\u{1161}'..='\u{1175}' | '\u{11A8}'..='\u{11C2}');
    if is_second { compose(first, second) } else { None }
}

/// An offset as it is stored; texts are capped, so that it always fits.
fn offset(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}
