//! Small filters that tell of nearly every word that no form is anchored on it.

/// How many bytes of a word are read at a time.
const WIDTH: usize = 8;

/// The lengths by which the beginnings of words are hashed, shortest first: each
/// beginning by the longest that it has.
const LENGTHS: [usize; 5] = [1, 2, 3, 4, 6];

/// Bits of a bit set for each entry, at least; one word in thirty passes by chance at most.
const BITS_PER_ENTRY: usize = 10;

/// A bit set has at least so many bits (half a kilobyte).
const LEAST_BITS: usize = 4096;

/// A hash of the word of `len` bytes at `start` of `text`, from its first eight
/// bytes and its length: for filters, which may err.
#[inline]
pub(super) fn hash_head(text: &[u8], start: usize, len: usize) -> u64 {
    mix(lowest(load(text, start), len.min(WIDTH)) ^ (len as u64) << 57)
}

/// A hash of all of a word.
#[inline]
pub(super) fn hash_word(word: &[u8]) -> u64 {
    let (eights, tail) = word.as_chunks();
    let hash = eights.iter().fold(0, |hash, eight| mix(hash ^ u64::from_le_bytes(*eight)));
    mix(hash ^ load(tail, 0) ^ (word.len() as u64) << 57)
}

/// Whether a word begins with one of many beginnings.
#[derive(Debug)]
pub(super) struct Beginnings {
    hashes: Bits,
    /// Which of [`LENGTHS`] there are, as a bit set.
    lengths: u8,
}

impl Beginnings {
    /// An empty filter for so many entries.
    pub(super) fn new(entries: usize) -> Self {
        Self { hashes: Bits::new(entries), lengths: 0 }
    }

    pub(super) fn insert(&mut self, beginning: &[u8]) {
        let fitting = LENGTHS.iter().enumerate().rfind(|(_, length)| **length <= beginning.len());
        let Some((nth, length)) = fitting else { return };
        self.lengths |= 1 << nth;
        self.hashes.insert(hash_beginning(load(beginning, 0), *length));
    }

    /// 1 where the word at `start` of `text` may begin with one, else 0.
    #[inline]
    pub(super) fn may_begin(&self, text: &[u8], start: usize) -> u64 {
        let bytes = load(text, start);
        // Which lengths there are is the same for every word: no wrong guess.
        let may = |(nth, length): (usize, &usize)| {
            if self.lengths & (1 << nth) == 0 { 0 } else { self.hashes.contains(hash_beginning(bytes, *length)) }
        };
        LENGTHS.iter().enumerate().fold(0, |any, length| any | may(length))
    }
}

#[inline]
fn hash_beginning(bytes: u64, len: usize) -> u64 {
    mix(lowest(bytes, len) ^ (len as u64) << 61)
}

/// The first eight bytes at `start`, zeros beyond the end.
#[inline]
fn load(text: &[u8], start: usize) -> u64 {
    let eight = text.get(start..).and_then(|rest| rest.first_chunk());
    eight.map_or_else(|| load_last(text, start), |eight| u64::from_le_bytes(*eight))
}

/// [`load`] where there are no eight bytes.
#[cold]
fn load_last(text: &[u8], start: usize) -> u64 {
    let tail = text.get(start..).unwrap_or_default();
    tail.iter().take(WIDTH).rev().fold(0, |word, byte| word << 8 | u64::from(*byte))
}

/// The lowest `len` bytes of `word`, `len` being 1 to 8.
#[inline]
fn lowest(word: u64, len: usize) -> u64 {
    word & (u64::MAX >> ((64 - 8 * len) & 63))
}

/// Mixes by the multiplier of Fibonacci hashing, 2^64 by the golden ratio: then the
/// high bits are good, and made to serve the low ones.
#[inline]
fn mix(word: u64) -> u64 {
    let product = word.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    product ^ product >> 32
}

/// A Bloom filter whose two bits of an entry stand in the same word of 64: one
/// look at memory. The high bits of the hash choose the word, its low bits the two.
#[derive(Debug)]
pub(super) struct Bits {
    words: Vec<u64>,
    shift: u32,
}

impl Bits {
    /// An empty filter for so many entries.
    pub(super) fn new(entries: usize) -> Self {
        let words = ((entries * BITS_PER_ENTRY).max(LEAST_BITS) / 64).next_power_of_two();
        Self { words: vec![0; words], shift: 64 - words.trailing_zeros() }
    }

    pub(super) fn insert(&mut self, hash: u64) {
        if let Some(word) = usize::try_from(hash >> self.shift).ok().and_then(|at| self.words.get_mut(at)) {
            *word |= pair(hash);
        }
    }

    /// 1 where `hash` may be entered, 0 where it is not: a number, and no branch that
    /// the processor would often guess wrong.
    #[inline]
    pub(super) fn contains(&self, hash: u64) -> u64 {
        let word = usize::try_from(hash >> self.shift).ok().and_then(|at| self.words.get(at)).copied().unwrap_or(0);
        let (first, second) = bits(hash);
        word >> first & word >> second & 1
    }
}

/// The two bits of an entry.
#[inline]
fn bits(hash: u64) -> (u64, u64) {
    (hash & 63, hash >> 6 & 63)
}

fn pair(hash: u64) -> u64 {
    let (first, second) = bits(hash);
    1 << first | 1 << second
}
