//! One form as the index keeps it: a header before its letters, so that both are mostly
//! one look at memory.

use super::form::{Needs, SEPARATOR};
use super::lexicon::Beside;
use std::ops::Range;

/// One form, by ranges of the bytes it is laid out in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    /// The term it belongs to.
    pub(super) term: u32,
    /// Where its folded bytes begin; the exact ones follow.
    pub(super) at: u32,
    pub(super) folded_len: u16,
    pub(super) exact_len: u16,
    /// Where the anchor stands in the folded bytes.
    pub(super) anchor_at: u16,
    pub(super) anchor_len: u16,
    pub(super) needs: Needs,
    pub(super) kind: Kind,
    /// Whether the next entry hangs on the same anchor.
    pub(super) more: bool,
}

/// How the anchor of a form is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// As a whole word.
    Whole,
    /// At the beginning of a word.
    Open,
    /// At the beginning of a word that ends with a dot: an acronym with dots.
    Dotted,
    /// Anywhere: it has no word of a script with spaces.
    Loose,
}

impl Kind {
    /// All kinds, by their numbers.
    const ALL: [Self; 4] = [Self::Whole, Self::Open, Self::Dotted, Self::Loose];
}

/// Bytes of an entry's header.
const HEADER: usize = 16;

impl Entry {
    /// As it is written before its bytes: all its fields but `at`, side by side.
    fn header(&self) -> [u8; HEADER] {
        let shorts = [self.folded_len, self.exact_len, self.anchor_at, self.anchor_len];
        let flags = u128::from(self.needs.bits()) << 96 | (self.kind as u128) << 104 | u128::from(self.more) << 112;
        let sizes = (1_u32..).zip(shorts).fold(0, |sizes, (nth, short)| sizes | u128::from(short) << (16 + 16 * nth));
        (u128::from(self.term) | sizes | flags).to_le_bytes()
    }

    /// The one that was written at `start` of `bytes`.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "what is beside a field is shifted out, or cut off")]
    fn read(bytes: &[u8], start: usize) -> Option<Self> {
        let header = u128::from_le_bytes(*bytes.get(start..)?.first_chunk()?);
        Some(Self {
            term: header as u32,
            at: (start + HEADER) as u32,
            folded_len: (header >> 32) as u16,
            exact_len: (header >> 48) as u16,
            anchor_at: (header >> 64) as u16,
            anchor_len: (header >> 80) as u16,
            needs: Needs::from_bits((header >> 96) as u8),
            kind: *Kind::ALL.get(usize::from((header >> 104) as u8))?,
            more: header >> 112 != 0,
        })
    }

    /// Where its bytes end, and the next entry begins.
    fn end(&self) -> usize {
        self.at as usize + usize::from(self.folded_len) + usize::from(self.exact_len)
    }

    pub(super) fn folded<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
        let start = self.at as usize;
        bytes.get(start..start + usize::from(self.folded_len)).unwrap_or_default()
    }

    pub(super) fn exact<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
        let start = self.at as usize + usize::from(self.folded_len);
        bytes.get(start..start + usize::from(self.exact_len)).unwrap_or_default()
    }

    pub(super) fn anchor<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
        self.folded(bytes).get(self.anchor_range()).unwrap_or_default()
    }

    /// The letters of the words beside the anchor, 0 where something else stands there, and
    /// whether only a capital will do at its beginning.
    pub(super) fn beside(&self, bytes: &[u8]) -> Beside {
        let folded = self.folded(bytes);
        let Range { start, end } = self.anchor_range();
        let byte = |at: Option<usize>| at.and_then(|at| folded.get(at)).copied().unwrap_or(0);
        let letter = |near: u8, far: u8| if near == SEPARATOR && far.is_ascii_alphanumeric() { far } else { 0 };
        Beside {
            before: letter(byte(start.checked_sub(1)), byte(start.checked_sub(2))),
            after: letter(byte(Some(end)), byte(Some(end + 1))),
            capital: start == 0 && self.exact(bytes).first().is_some_and(u8::is_ascii_uppercase),
        }
    }

    /// Where the anchor stands in the folded form.
    pub(super) fn anchor_range(&self) -> Range<usize> {
        let start = usize::from(self.anchor_at);
        start..start + usize::from(self.anchor_len)
    }
}

/// The entries from `first` on that hang on one anchor.
#[inline]
pub(super) fn chain(bytes: &[u8], first: usize) -> impl Iterator<Item = Entry> {
    let mut next = Some(first);
    std::iter::from_fn(move || {
        let entry = Entry::read(bytes, next?)?;
        next = entry.more.then(|| entry.end());
        Some(entry)
    })
}

/// Writes entries and their bytes one after the other; returns where each begins, and all.
pub(super) fn lay_out(entries: &mut [Entry], bytes: &[u8]) -> (Vec<u32>, Vec<u8>) {
    let mut starts = Vec::with_capacity(entries.len());
    let mut all = Vec::with_capacity(bytes.len() + entries.len() * HEADER);
    for entry in entries {
        let (folded, exact) = (entry.folded(bytes), entry.exact(bytes));
        let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        starts.push(offset(all.len()));
        entry.at = offset(all.len() + HEADER);
        all.extend_from_slice(&entry.header());
        all.extend_from_slice(folded);
        all.extend_from_slice(exact);
    }
    (starts, all)
}
