//! Whole words as anchors: a bit set that drops nearly all words of a text, and
//! a hash table for those that pass it.

use super::filter::{Bits, hash_head, hash_word};
use super::form::SEPARATOR;
use std::ops::Range;

/// Anchors that are whole words, each with the number of its first form.
#[derive(Debug)]
pub(super) struct Lexicon {
    filter: Bits,
    /// Open addressing, linear probing.
    slots: Vec<Slot>,
    longest: usize,
}

/// An anchor in the table. Eight bytes, so that hardly a word of a text that is no
/// occurrence costs more than one look at memory.
#[derive(Debug, Clone, Copy, Default)]
struct Slot {
    /// The number of the first form and one more; 0 where the slot is free.
    number: u32,
    /// A part of the hash.
    tag: u16,
    beside: Beside,
}

/// The letters that all forms of an anchor have in the words beside it: the last one
/// of the word before, the first one of the word after; 0 where they differ or where
/// no word stands there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Beside {
    pub(super) before: u8,
    pub(super) after: u8,
}

impl Beside {
    /// What this one and `other` have in common.
    pub(super) fn common(self, other: Self) -> Self {
        let same = |a: u8, b: u8| if a == b { a } else { 0 };
        Self { before: same(self.before, other.before), after: same(self.after, other.after) }
    }

    /// Whether it may be what stands beside `at` in `text`. A separator may be several
    /// things: only what is beyond a single byte of it is judged.
    #[inline]
    fn fits(self, text: &[u8], at: &Range<usize>) -> bool {
        let byte = |at: usize| text.get(at).copied().unwrap_or(0);
        let fits = |expected: u8, near: u8, far: u8| {
            expected == 0 || far == expected || (near != SEPARATOR && near != b'-') || far <= SEPARATOR
        };
        fits(self.before, byte(at.start.wrapping_sub(1)), byte(at.start.wrapping_sub(2)))
            & fits(self.after, byte(at.end), byte(at.end + 1))
    }
}

impl Lexicon {
    /// From distinct words, each with the number of its first form and what all its
    /// forms have beside it.
    pub(super) fn new<'w>(words: impl ExactSizeIterator<Item = (&'w [u8], u32, Beside)>) -> Self {
        let count = words.len();
        // A slot in four is free at least.
        let slots = vec![Slot::default(); (count * 4 / 3 + 1).next_power_of_two()];
        let mut lexicon = Self { filter: Bits::new(count), slots, longest: 0 };
        for (word, first, beside) in words {
            lexicon.longest = lexicon.longest.max(word.len());
            lexicon.filter.insert(hash_head(word, 0, word.len()));
            let hash = hash_word(word);
            lexicon.insert(hash, Slot { number: first.saturating_add(1), tag: tag(hash), beside });
        }
        lexicon
    }

    /// The length in bytes of the longest one.
    pub(super) fn longest(&self) -> usize {
        self.longest
    }

    /// 1 where the word of `len` bytes at `start` may be an anchor, else 0.
    #[inline]
    pub(super) fn may_hold(&self, text: &[u8], start: usize, len: usize) -> u64 {
        self.filter.contains(hash_head(text, start, len))
    }

    /// 1 where the table holds anything in the place of `word`, else 0. Asked of many
    /// words before any is looked up, so that the processor waits for the memory of all
    /// of them at once.
    #[inline]
    pub(super) fn is_taken(&self, word: &[u8]) -> u64 {
        u64::from(self.slots.get(self.home(hash_word(word))).is_some_and(|slot| slot.number != 0))
    }

    /// Calls `found` with the numbers of the first forms of the anchors that may be
    /// the word that stands `at` in `text`: seldom a wrong one.
    #[inline]
    pub(super) fn look_up(&self, text: &[u8], at: &Range<usize>, mut found: impl FnMut(usize)) {
        let hash = hash_word(text.get(at.clone()).unwrap_or_default());
        let mut home = self.home(hash);
        while let Some(slot) = self.slots.get(home).filter(|slot| slot.number != 0) {
            if (slot.tag == tag(hash)) & slot.beside.fits(text, at) {
                found(slot.number as usize - 1);
            }
            home = (home + 1) & (self.slots.len() - 1);
        }
    }

    fn insert(&mut self, hash: u64, new: Slot) {
        let mut at = self.home(hash);
        while self.slots.get(at).is_some_and(|slot| slot.number != 0) {
            at = (at + 1) & (self.slots.len() - 1);
        }
        if let Some(slot) = self.slots.get_mut(at) {
            *slot = new;
        }
    }

    /// Where the search for a hash begins.
    fn home(&self, hash: u64) -> usize {
        usize::try_from(hash >> 16 & 0xFFFF_FFFF).unwrap_or(0) & (self.slots.len() - 1)
    }
}

/// The part of a hash that a slot keeps.
fn tag(hash: u64) -> u16 {
    (hash >> 48) as u16
}
