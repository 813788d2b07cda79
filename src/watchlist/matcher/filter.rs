//! Small filters that tell of nearly every word that no form is anchored on it.

use super::words::Places;
use std::ops::Range;

/// How many bytes of a word are read at a time.
const WIDTH: usize = 8;

/// The lengths by which the beginnings of words are hashed, shortest first: each
/// beginning by the longest that it has.
const LENGTHS: [usize; 5] = [1, 2, 3, 4, 6];

/// Bits of a bit set for each entry, at least; one word in thirty passes by chance at most.
const BITS_PER_ENTRY: usize = 10;

/// A bit set has at least so many bits (half a kilobyte).
const LEAST_BITS: usize = 65536;

/// And so many words of 64 bits at most (8 MiB).
const MOST_WORDS: usize = 1 << 20;

/// A hash of the first eight bytes of a word of `len` bytes, which `head` begins with:
/// for filters, which may err.
#[inline]
fn hash_head(head: u64, len: usize) -> u64 {
    mix(head & mask(len))
}

/// A hash of all of the word that stands `at` in `text`.
#[inline]
pub(super) fn hash_word(text: &[u8], at: &Range<usize>) -> u64 {
    let len = at.len();
    // The last eight bytes too, which are all of nearly every word; no branch.
    let tail = head(text, at.end.saturating_sub(WIDTH).max(at.start)) & mask(len);
    let hash = stir(hash_head(head(text, at.start), len) ^ tail.rotate_left(32) ^ len as u64);
    if len <= 2 * WIDTH { hash } else { hash_between(text, at, hash) }
}

/// Adds the bytes between the first and the last eight of a word to their `hash`.
#[cold]
fn hash_between(text: &[u8], at: &Range<usize>, hash: u64) -> u64 {
    let between = text.get(at.start + WIDTH..at.end - WIDTH).unwrap_or_default();
    between.iter().fold(hash, |hash, byte| stir(hash ^ u64::from(*byte)))
}

/// Whether a word is one of many words, or begins with one of many beginnings.
#[derive(Debug)]
pub(super) struct Filter {
    /// Of words and beginnings: asked of every word of a text.
    all: Bits,
    /// Of beginnings: asked of the few that are left.
    begin: Bits,
    /// Of each of [`LENGTHS`] that there is: so many of the lowest bytes.
    beginnings: Vec<u64>,
}

impl Filter {
    /// An empty filter for so many words and beginnings.
    pub(super) fn new(words: usize, beginnings: usize) -> Self {
        Self { all: Bits::new(words + beginnings), begin: Bits::new(beginnings), beginnings: Vec::new() }
    }

    pub(super) fn insert_word(&mut self, word: &[u8]) {
        self.all.insert(hash_head(head(word, 0), word.len()));
    }

    pub(super) fn insert_beginning(&mut self, beginning: &[u8]) {
        let Some(length) = LENGTHS.into_iter().rfind(|length| *length <= beginning.len()) else { return };
        let mask = mask(length);
        if !self.beginnings.contains(&mask) {
            self.beginnings.push(mask);
        }
        let hash = mix(head(beginning, 0) & mask);
        self.all.insert(hash);
        self.begin.insert(hash);
    }

    /// Whether a word whose first bytes are `head` may begin with one of the beginnings.
    #[inline]
    pub(super) fn may_begin(&self, head: u64) -> bool {
        self.beginnings.iter().fold(false, |any, mask| any | self.begin.contains(mix(head & mask)))
    }

    /// Replaces the contents of `kept` by those of `words` that may be one, or begin with one.
    pub(super) fn sift(&self, text: &[u8], words: &Places, kept: &mut Places) {
        let is_one = |head, len| self.all.contains(hash_head(head, len));
        let begins = |head, mask| self.all.contains(mix(head & mask));
        match *self.beginnings.as_slice() {
            [] => kept.copy(words, |start, len| is_one(head(text, start), len)),
            // So it is with most lists.
            [mask] => kept.copy(words, |start, len| {
                let head = head(text, start);
                is_one(head, len) | begins(head, mask)
            }),
            ref masks => kept.copy(words, |start, len| {
                let head = head(text, start);
                masks.iter().fold(is_one(head, len), |any, mask| any | begins(head, *mask))
            }),
        }
    }
}

/// The first eight bytes at `start`, zeros beyond the end.
#[inline]
pub(super) fn head(text: &[u8], start: usize) -> u64 {
    let eight = text.get(start..start.wrapping_add(WIDTH)).and_then(<[u8]>::first_chunk);
    eight.map_or_else(|| head_of_last(text, start), |eight| u64::from_le_bytes(*eight))
}

/// [`head`] where there are no eight bytes.
#[cold]
#[inline(never)]
fn head_of_last(text: &[u8], start: usize) -> u64 {
    let tail = text.get(start..).unwrap_or_default();
    tail.iter().take(WIDTH).rev().fold(0, |word, byte| word << 8 | u64::from(*byte))
}

/// So many of the lowest bytes, all eight where there are more (of 64, 128 and so on,
/// something else: it is only to be the same for the same length). Looked up: how long a
/// word is the processor cannot guess, so there is no branch.
#[inline]
fn mask(len: usize) -> u64 {
    MASKS.get(len % MASKS.len()).copied().unwrap_or(u64::MAX)
}

/// By length: so many of the lowest bytes.
#[expect(clippy::indexing_slicing, reason = "evaluated when it is compiled")]
const MASKS: [u64; 64] = {
    let mut masks = [u64::MAX; 64];
    let mut len = 0;
    while len < WIDTH {
        masks[len] = (1 << (8 * len)) - 1;
        len += 1;
    }
    masks
};

/// Mixes by the multiplier of Fibonacci hashing, 2^64 by the golden ratio: the upper
/// half is good.
#[inline]
fn mix(word: u64) -> u64 {
    word.wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

/// Mixes so that all bits are good.
#[inline]
fn stir(word: u64) -> u64 {
    let product = mix(word);
    mix(product ^ product >> 32)
}

/// A Bloom filter whose two bits of an entry stand in the same word of 64: one look at
/// memory. Of a hash it takes the upper half: 20 bits for the word, six for each of the two.
#[derive(Debug)]
struct Bits {
    /// A power of two, 2^20 at most.
    words: Vec<u64>,
}

impl Bits {
    /// An empty filter for so many entries.
    fn new(entries: usize) -> Self {
        let words = ((entries * BITS_PER_ENTRY).max(LEAST_BITS) / 64).next_power_of_two();
        Self { words: vec![0; words.min(MOST_WORDS)] }
    }

    fn insert(&mut self, hash: u64) {
        let place = self.place(hash);
        if let Some(word) = self.words.get_mut(place) {
            *word |= 1 << (hash >> 38 & 63) | 1 << (hash >> 32 & 63);
        }
    }

    /// Whether `hash` may be entered. No branch, which the processor would often guess wrong.
    #[inline]
    fn contains(&self, hash: u64) -> bool {
        let word = self.words.get(self.place(hash)).copied().unwrap_or(0);
        word >> (hash >> 38 & 63) & word >> (hash >> 32 & 63) & 1 != 0
    }

    #[inline]
    fn place(&self, hash: u64) -> usize {
        usize::try_from(hash >> 44).unwrap_or(0) & (self.words.len() - 1)
    }
}
