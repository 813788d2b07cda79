//! Whole words as anchors: a bit set that drops nearly all words of a text, and
//! a hash table for those that pass it.

use super::filter::{Bits, hash_word};

/// Anchors that are whole words, numbered in the order in which they were given.
#[derive(Debug)]
pub(super) struct Lexicon {
    filter: Bits,
    /// Open addressing, linear probing; 0 where free. The high half is a part of
    /// the hash, the low half the number of the anchor and one more.
    slots: Vec<u64>,
    longest: usize,
}

impl Lexicon {
    /// From distinct words.
    pub(super) fn new(words: &[&[u8]]) -> Self {
        // No more than half of the slots are taken.
        let mut lexicon = Self {
            filter: Bits::new(words.len()),
            slots: vec![0; (words.len() * 2).next_power_of_two()],
            longest: words.iter().map(|word| word.len()).max().unwrap_or(0),
        };
        for (number, word) in (1..).zip(words) {
            let hash = hash_word(word, 0, word.len());
            lexicon.filter.insert(hash);
            lexicon.insert(hash, number);
        }
        lexicon
    }

    /// The length in bytes of the longest one.
    pub(super) fn longest(&self) -> usize {
        self.longest
    }

    /// Whether the word of `len` bytes at `start` may be an anchor.
    #[inline]
    pub(super) fn may_hold(&self, text: &[u8], start: usize, len: usize) -> bool {
        self.filter.contains(hash_word(text, start, len))
    }

    /// Calls `found` with the numbers of the anchors that may be the word of
    /// `len` bytes at `start`: hardly ever a wrong one.
    pub(super) fn look_up(&self, text: &[u8], start: usize, len: usize, mut found: impl FnMut(usize)) {
        let hash = hash_word(text, start, len);
        let mut at = self.slot(hash);
        while let Some(slot) = self.slots.get(at).filter(|slot| **slot != 0) {
            if (slot ^ hash) >> 32 == 0 {
                found(usize::try_from(slot & 0xFFFF_FFFF).unwrap_or(0).saturating_sub(1));
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
    }

    fn insert(&mut self, hash: u64, number: u64) {
        let mut at = self.slot(hash);
        while self.slots.get(at).is_some_and(|slot| *slot != 0) {
            at = (at + 1) & (self.slots.len() - 1);
        }
        if let Some(slot) = self.slots.get_mut(at) {
            *slot = hash >> 32 << 32 | number;
        }
    }

    /// Where the search for a hash begins: by bits that are good and, for up to a
    /// million words, not in the tag.
    fn slot(&self, hash: u64) -> usize {
        usize::try_from(hash >> 12 & 0xFFFF_FFFF).unwrap_or(0) & (self.slots.len() - 1)
    }
}
