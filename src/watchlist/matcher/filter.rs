//! Small filters that tell of nearly every word that no form is anchored on it.

/// How many bytes of a word are read at a time.
const WIDTH: usize = 8;

/// The lengths by which the beginnings of words are hashed, shortest first.
const LENGTHS: [usize; 7] = [1, 2, 3, 4, 5, 6, 8];

/// Beginnings at least this long are also hashed by so many bytes, so that one
/// question answers for all of them.
const LEAD: usize = 3;

/// Bits of a bit set for each entry; one word in thirty passes by chance at most.
const BITS_PER_ENTRY: usize = 32;

/// A bit set has at least so many bits (half a kilobyte).
const LEAST_BITS: usize = 4096;

/// A hash of the word of `len` bytes at `start` of `text`, from its first and
/// last eight bytes and its length.
#[inline]
pub(super) fn hash_word(text: &[u8], start: usize, len: usize) -> u64 {
    // Of a short word both are the whole; no branch to guess wrong.
    let head = lowest(load(text, start), len);
    let tail = lowest(load(text, start + len.max(WIDTH) - WIDTH), len);
    mix(head ^ tail.rotate_left(23) ^ (len as u64) << 59)
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
        // Each is entered by its length and by its lead.
        Self { hashes: Bits::new(entries * 2), lengths: 0 }
    }

    pub(super) fn insert(&mut self, beginning: &[u8]) {
        let fitting = LENGTHS.iter().enumerate().rfind(|(_, length)| **length <= beginning.len());
        let Some((nth, length)) = fitting else { return };
        self.lengths |= 1 << nth;
        self.hashes.insert(hash_beginning(load(beginning, 0), *length));
        if *length > LEAD {
            self.hashes.insert(hash_beginning(load(beginning, 0), LEAD));
        }
    }

    /// Whether the word at `start` of `text` may begin with one: a first question
    /// that is quickly answered.
    #[inline]
    pub(super) fn may_lead(&self, text: &[u8], start: usize) -> bool {
        let has_short = self.lengths & ((1 << (LEAD - 1)) - 1) != 0;
        has_short | (self.lengths != 0 && self.hashes.contains(hash_beginning(load(text, start), LEAD)))
    }

    /// Whether the word at `start` of `text` may begin with one.
    #[inline]
    pub(super) fn may_begin(&self, text: &[u8], start: usize) -> bool {
        if self.lengths == 0 {
            return false;
        }
        let bytes = load(text, start);
        let may = |(nth, length): (usize, &usize)| {
            self.lengths & (1 << nth) != 0 && self.hashes.contains(hash_beginning(bytes, *length))
        };
        let (short, long) = LENGTHS.split_at(LEAD - 1);
        short.iter().enumerate().any(may)
            || (self.hashes.contains(hash_beginning(bytes, LEAD)) && (LEAD - 1..).zip(long).any(may))
    }
}

#[inline]
fn hash_beginning(bytes: u64, len: usize) -> u64 {
    mix(lowest(bytes, len) ^ (len as u64) << 61)
}

/// The first eight bytes at `start`, zeros beyond the end.
#[inline]
fn load(text: &[u8], start: usize) -> u64 {
    if let Some(bytes) = text.get(start..start + WIDTH).and_then(|bytes| bytes.try_into().ok()) {
        return u64::from_le_bytes(bytes);
    }
    let tail = text.get(start..).unwrap_or_default();
    tail.iter().take(WIDTH).rev().fold(0, |word, byte| word << 8 | u64::from(*byte))
}

/// The lowest `len` bytes of `word`, `len` being 1 to 8.
#[inline]
fn lowest(word: u64, len: usize) -> u64 {
    word & (u64::MAX >> (8 * (WIDTH - len.clamp(1, WIDTH))))
}

/// The multiplier of Fibonacci hashing, 2^64 by the golden ratio; the high bits are good.
#[inline]
fn mix(word: u64) -> u64 {
    (word ^ word >> 29).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

/// A Bloom filter with one hash: a bit set addressed by the high bits of it.
#[derive(Debug)]
pub(super) struct Bits {
    words: Vec<u64>,
    shift: u32,
}

impl Bits {
    /// An empty filter for so many entries.
    pub(super) fn new(entries: usize) -> Self {
        let bits = (entries * BITS_PER_ENTRY).next_power_of_two().max(LEAST_BITS);
        Self { words: vec![0; bits / 64], shift: 64 - bits.trailing_zeros() }
    }

    pub(super) fn insert(&mut self, hash: u64) {
        let bit = hash >> self.shift;
        if let Some(word) = usize::try_from(bit / 64).ok().and_then(|at| self.words.get_mut(at)) {
            *word |= 1 << (bit % 64);
        }
    }

    #[inline]
    pub(super) fn contains(&self, hash: u64) -> bool {
        let bit = hash >> self.shift;
        usize::try_from(bit / 64).ok().and_then(|at| self.words.get(at)).is_some_and(|word| word >> (bit % 64) & 1 != 0)
    }
}
