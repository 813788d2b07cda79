//! Where a word may begin and end, judged on the characters of the original
//! text: apostrophes, hyphens, and the scripts that put no space between words.

use super::chars::{Class, class, is_apostrophe, is_hyphen, is_ignorable};
use super::fold::Folded;
use std::ops::Range;

/// What may stand before an apostrophe, folded, so that a word begins after it:
/// the elisions of French, Italian, Catalan and Occitan (l'Ukraine, all'estero).
const ELISIONS: &[&str] = &[
    "l", "d", "j", "m", "n", "s", "t", "c", "qu", "jusqu", "lorsqu", "puisqu", "quoiqu", "quelqu", "presqu", "un",
    "all", "dall", "dell", "nell", "sull", "coll", "quell", "quest", "bell", "sant", "gl", "tutt", "anch", "com",
    "dov", "senz", "mezz", "v",
];

/// No elision is longer than this in bytes.
const LONGEST_ELISION: usize = 6;

/// What a hyphen does at the edge of a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compound {
    /// A hyphen ends a word.
    Split,
    /// A compound is one word.
    Whole,
}

/// A text together with its folded form; offsets are those of the folded one.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    /// The text as it came.
    pub original: &'a str,
    /// Its folded form.
    pub folded: &'a Folded,
}

impl View<'_> {
    /// Whether a range of the original stands between spaces, commas, full stops or the
    /// ends of the text: then a word begins and ends there, whatever it is.
    #[must_use]
    pub fn is_apart(&self, original: &Range<usize>) -> bool {
        let byte = |at: Option<usize>| at.and_then(|at| self.original.as_bytes().get(at));
        let is_free = |byte: Option<&u8>| byte.is_none_or(|byte| matches!(byte, b' ' | b'\n' | b',' | b'.'));
        is_free(byte(original.start.checked_sub(1))) && is_free(byte(Some(original.end)))
    }

    /// Whether a word that begins with a character of class `first` may begin at `at`.
    #[must_use]
    pub fn starts_word(&self, at: usize, first: Class, compound: Compound) -> bool {
        let Some((before, start)) = self.before(at) else { return true };
        if is_apostrophe(before) {
            return !first.is_spaced_word() || self.quotes_or_elides(start);
        }
        if compound == Compound::Whole && is_hyphen(before) && self.is_word_before(start) {
            return false;
        }
        let before = class(before);
        !before.is_word() || before.is_unspaced() || first.is_unspaced()
    }

    /// Whether a word that ends with a character of class `last` may end at `at`.
    #[must_use]
    pub fn ends_word(&self, at: usize, last: Class, compound: Compound) -> bool {
        let Some((after, end)) = self.after(at) else { return true };
        if compound == Compound::Whole && is_hyphen(after) && self.is_word_after(end) {
            return false;
        }
        // An apostrophe is of class `Other`: on the right it is always a boundary.
        match class(after) {
            Class::Other | Class::Unspaced | Class::Hangul => true,
            Class::Mark | Class::UnspacedMark => false,
            Class::Word => last.is_unspaced() || last == Class::Hangul,
        }
    }

    /// Where the word ends in the middle of which, or at the end of which, `at` stands.
    #[must_use]
    pub fn word_end(&self, mut at: usize, mut last: Class, compound: Compound) -> usize {
        while let Some((after, end)) = self.after(at) {
            let next = class(after);
            let hyphen = compound == Compound::Whole && is_hyphen(after) && self.is_word_after(end);
            if !(next.is_mark() || hyphen || (next.is_spaced_word() && !last.is_unspaced())) {
                break;
            }
            last = next;
            at = end;
        }
        at
    }

    /// The character of the original before the folded offset `at`, and where
    /// its folded form begins. Ignorable characters are passed over.
    #[must_use]
    pub fn before(&self, at: usize) -> Option<(char, usize)> {
        let byte = at.checked_sub(1)?;
        let start = self.folded.text().floor_char_boundary(byte);
        let (folded, original) = self.folded.widen(start..at);
        let c = self.original.get(original)?.chars().rev().find(|c| !is_ignorable(*c))?;
        Some((c, folded.start))
    }

    /// The character of the original after the folded offset `at`, and where
    /// its folded form ends.
    #[must_use]
    pub fn after(&self, at: usize) -> Option<(char, usize)> {
        let next = self.folded.text().get(at..)?.chars().next()?;
        let (folded, original) = self.folded.widen(at..at + next.len_utf8());
        Some((self.original.get(original)?.chars().next()?, folded.end))
    }

    /// The classes of the first and the last character of a range of the original.
    #[must_use]
    pub fn edges(&self, original: Range<usize>) -> (Class, Class) {
        let text = self.original.get(original).unwrap_or_default();
        let edge = |c: Option<char>| c.map_or(Class::Other, class);
        (edge(text.chars().find(|c| !is_ignorable(*c))), edge(text.chars().rev().find(|c| !is_ignorable(*c))))
    }

    fn is_word_before(&self, at: usize) -> bool {
        self.before(at).is_some_and(|(c, _)| class(c).is_word())
    }

    fn is_word_after(&self, at: usize) -> bool {
        self.after(at).is_some_and(|(c, _)| class(c).is_word())
    }

    /// Whether the apostrophe at `at`, before a word, is a quotation mark, or
    /// the end of an elision that is itself a word.
    fn quotes_or_elides(&self, at: usize) -> bool {
        let mut start = at;
        while let Some((before, from)) = self.before(start) {
            if !class(before).is_spaced_word() {
                // `rock'n'roll`: what stands before the apostrophe is no word of its own.
                return start == at
                    || (self.is_elision(start..at) && !(is_apostrophe(before) && self.is_word_before(from)));
            }
            if at - from > LONGEST_ELISION {
                return false;
            }
            start = from;
        }
        start == at || self.is_elision(start..at)
    }

    fn is_elision(&self, folded: Range<usize>) -> bool {
        self.folded.text().get(folded).is_some_and(|word| ELISIONS.contains(&word))
    }
}
