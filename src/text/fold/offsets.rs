//! The way back from folded to original offsets, kept only where the two run
//! differently: a text without accents has a single stretch.

use std::cell::Cell;
use std::ops::Range;

/// How the bytes of one stretch correspond.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Byte for byte.
    Linear,
    /// As a whole: no folded byte inside has an offset of its own.
    Firm,
    /// As a whole, and a word may begin or end at any folded character of it.
    Soft,
}

/// A stretch of folded text, up to the next one; empty where the original was deleted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stretch {
    pub(super) folded: u32,
    pub(super) original: u32,
    pub(super) kind: Kind,
}

/// All stretches of one text, in order.
#[derive(Debug, Default)]
pub(super) struct Offsets {
    stretches: Vec<Stretch>,
    original_len: u32,
    folded_len: u32,
    /// The stretch that was asked for last: who asks goes through the text in order.
    last: Cell<usize>,
}

impl Offsets {
    pub(super) fn clear(&mut self) {
        self.stretches.clear();
        self.last.set(0);
        self.finish(0, 0);
    }

    /// Records the lengths of both texts once they are complete.
    pub(super) fn finish(&mut self, folded_len: u32, original_len: u32) {
        self.folded_len = folded_len;
        self.original_len = original_len;
    }

    /// From here on, byte for byte.
    pub(super) fn open_linear(&mut self, folded: u32, original: u32) {
        if self.stretches.last().is_none_or(|last| last.kind != Kind::Linear) {
            self.stretches.push(Stretch { folded, original, kind: Kind::Linear });
        }
    }

    /// What follows belongs together.
    pub(super) fn open_whole(&mut self, folded: u32, original: u32, kind: Kind) {
        self.stretches.push(Stretch { folded, original, kind });
    }

    /// What follows in the original is deleted.
    pub(super) fn open_deleted(&mut self, folded: u32, original: u32) {
        let already = self.stretches.last().is_some_and(|last| last.folded == folded && last.kind == Kind::Firm);
        if !already {
            self.open_whole(folded, original, Kind::Firm);
        }
    }

    /// Makes everything from `folded` on one stretch, which then goes on.
    /// `folded` is the offset of a character that has been written.
    pub(super) fn join_from(&mut self, folded: u32, kind: Kind) {
        let Some(index) = self.index(folded) else { return };
        self.stretches.truncate(index + 1);
        let Some(last) = self.stretches.last_mut() else { return };
        match last.kind {
            Kind::Linear if last.folded == folded => last.kind = kind,
            Kind::Linear => {
                let original = last.original + (folded - last.folded);
                self.open_whole(folded, original, kind);
            }
            Kind::Firm => last.kind = kind,
            Kind::Soft => {}
        }
    }

    /// The stretch that holds the folded byte at `folded`.
    fn index(&self, folded: u32) -> Option<usize> {
        let last = self.last.get();
        let holds = |index: usize| {
            self.stretches.get(index).is_some_and(|stretch| stretch.folded <= folded)
                && self.stretches.get(index + 1).is_none_or(|next| next.folded > folded)
        };
        if holds(last) {
            return Some(last);
        }
        let index = if holds(last + 1) {
            last + 1
        } else {
            self.stretches.partition_point(|stretch| stretch.folded <= folded).checked_sub(1)?
        };
        self.last.set(index);
        Some(index)
    }

    /// The whole stretches that are soft, as ranges of folded offsets.
    pub(super) fn soft(&self) -> impl Iterator<Item = Range<u32>> {
        let ends = self.stretches.iter().skip(1).map(|next| next.folded).chain([self.folded_len]);
        let pairs = self.stretches.iter().zip(ends);
        pairs.filter(|(stretch, _)| stretch.kind == Kind::Soft).map(|(stretch, end)| stretch.folded..end)
    }

    /// The stretch that holds the folded byte at `folded`, its folded and its original range.
    pub(super) fn stretch(&self, folded: u32) -> Option<(Kind, Range<u32>, Range<u32>)> {
        let index = self.index(folded)?;
        let stretch = self.stretches.get(index)?;
        let next = self.stretches.get(index + 1);
        let folded_end = next.map_or(self.folded_len, |next| next.folded);
        let original_end = next.map_or(self.original_len, |next| next.original);
        Some((stretch.kind, stretch.folded..folded_end, stretch.original..original_end))
    }
}
