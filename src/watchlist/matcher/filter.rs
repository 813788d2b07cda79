//! A small filter that tells of nearly every word that no form holds it, before
//! the automaton is asked: a Bloom filter with one hash.

/// How many bytes of a word are read at a time.
const WIDTH: usize = 8;

/// The lengths by which the beginnings of words are hashed.
const PREFIX_LENGTHS: [usize; 5] = [1, 2, 3, 4, 6];

/// Bits for each word, so that about one word in sixteen passes by chance at most.
const BITS_PER_WORD: usize = 16;

/// What words may begin or be an anchor.
#[derive(Debug)]
pub(super) struct Filter {
    /// Hashes of whole words.
    whole: Bits,
    /// Hashes of beginnings, for anchors that a word may go on after.
    open: Bits,
    /// Which of [`PREFIX_LENGTHS`] there are, as a bit set.
    lengths: u8,
}

impl Filter {
    /// A filter for so many whole and open anchors.
    pub(super) fn new(whole: usize, open: usize) -> Self {
        Self { whole: Bits::new(whole), open: Bits::new(open), lengths: 0 }
    }

    pub(super) fn add_whole(&mut self, word: &[u8]) {
        self.whole.set(hash_word(word, 0, word.len()));
    }

    pub(super) fn add_open(&mut self, beginning: &[u8]) {
        let longest = PREFIX_LENGTHS.iter().rposition(|length| *length <= beginning.len());
        if let Some(length) = longest {
            self.lengths |= 1 << length;
            self.open.set(hash_beginning(load(beginning, 0), PREFIX_LENGTHS.get(length).copied().unwrap_or(1)));
        }
    }

    /// Whether the word of `len` bytes at `start` of `text` may be an anchor, or
    /// begin with an open one.
    pub(super) fn may_hold(&self, text: &[u8], start: usize, len: usize) -> bool {
        self.whole.get(hash_word(text, start, len)) || (self.lengths != 0 && self.may_begin(load(text, start)))
    }

    fn may_begin(&self, bytes: u64) -> bool {
        PREFIX_LENGTHS
            .iter()
            .enumerate()
            .any(|(bit, length)| self.lengths & (1 << bit) != 0 && self.open.get(hash_beginning(bytes, *length)))
    }
}

/// The first eight bytes at `start`, zeros beyond the end.
fn load(text: &[u8], start: usize) -> u64 {
    if let Some(bytes) = text.get(start..start + WIDTH).and_then(|bytes| bytes.try_into().ok()) {
        return u64::from_le_bytes(bytes);
    }
    let tail = text.get(start..).unwrap_or_default();
    tail.iter().take(WIDTH).rev().fold(0, |word, byte| word << 8 | u64::from(*byte))
}

/// The lowest `len` bytes of `word`, `len` being 1 to 8.
fn lowest(word: u64, len: usize) -> u64 {
    word & (u64::MAX >> (8 * (WIDTH - len.clamp(1, WIDTH))))
}

/// Mixes the first and the last eight bytes of a word with its length.
fn hash_word(text: &[u8], start: usize, len: usize) -> u64 {
    let head = lowest(load(text, start), len);
    let tail = if len > WIDTH { load(text, start + len - WIDTH) } else { 0 };
    mix(head ^ tail.rotate_left(23) ^ (len as u64) << 59)
}

fn hash_beginning(bytes: u64, len: usize) -> u64 {
    mix(lowest(bytes, len) ^ (len as u64) << 61)
}

/// The multiplier of Fibonacci hashing, 2^64 by the golden ratio; the high bits are good.
fn mix(word: u64) -> u64 {
    (word ^ word >> 29).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

/// A bit set addressed by the high bits of a hash.
#[derive(Debug)]
struct Bits {
    words: Vec<u64>,
    shift: u32,
}

impl Bits {
    fn new(entries: usize) -> Self {
        let bits = (entries * BITS_PER_WORD).next_power_of_two().max(64);
        Self { words: vec![0; bits / 64], shift: 64 - bits.trailing_zeros() }
    }

    fn set(&mut self, hash: u64) {
        let bit = hash >> self.shift;
        if let Some(word) = usize::try_from(bit / 64).ok().and_then(|at| self.words.get_mut(at)) {
            *word |= 1 << (bit % 64);
        }
    }

    fn get(&self, hash: u64) -> bool {
        let bit = hash >> self.shift;
        usize::try_from(bit / 64).ok().and_then(|at| self.words.get(at)).is_some_and(|word| word >> (bit % 64) & 1 != 0)
    }
}
