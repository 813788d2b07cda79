//! A small filter that tells of nearly every word that no form holds it, before
//! the automaton is asked: a bit set, small enough for the nearest cache where
//! there are few terms, and a table of tags for the words that pass it.

/// How many bytes of a word are read at a time.
const WIDTH: usize = 8;

/// The lengths by which the beginnings of words are hashed.
const PREFIX_LENGTHS: [usize; 5] = [1, 2, 3, 4, 6];

/// Bits of a bit set for each entry; one word in thirty passes by chance at most.
const BITS_PER_ENTRY: usize = 32;

/// A bit set has at least so many bits (half a kilobyte).
const LEAST_BITS: usize = 4096;

/// An acronym with dots begins with a word of so many bytes at most: one character.
const LONGEST_INITIAL: usize = 4;

/// What words may begin or be an anchor.
#[derive(Debug)]
pub(super) struct Filter {
    /// Hashes of whole words.
    whole: Bits,
    /// The same hashes, precisely.
    tags: Tags,
    /// Hashes of beginnings, for anchors that a word may go on after.
    open: Bits,
    /// Which of [`PREFIX_LENGTHS`] there are, as a bit set.
    lengths: u8,
    /// Whether there are acronyms with dots.
    dotted: bool,
}

impl Filter {
    /// A filter for so many whole and open anchors.
    pub(super) fn new(whole: usize, open: usize) -> Self {
        Self { whole: Bits::new(whole), tags: Tags::new(whole), open: Bits::new(open), lengths: 0, dotted: false }
    }

    pub(super) fn add_whole(&mut self, word: &[u8]) {
        let hash = hash_word(word, 0, load(word, 0), word.len());
        self.whole.set(hash);
        self.tags.insert(hash);
    }

    pub(super) fn add_dotted(&mut self) {
        self.dotted = true;
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
    #[inline]
    pub(super) fn may_hold(&self, text: &[u8], start: usize, len: usize) -> bool {
        let bytes = load(text, start);
        let hash = hash_word(text, start, bytes, len);
        (self.whole.get(hash) && self.tags.contains(hash))
            || (self.lengths != 0 && self.may_begin(bytes))
            || (self.dotted && len <= LONGEST_INITIAL && text.get(start + len) == Some(&b'.'))
    }

    #[inline]
    fn may_begin(&self, bytes: u64) -> bool {
        PREFIX_LENGTHS
            .iter()
            .enumerate()
            .any(|(bit, length)| self.lengths & (1 << bit) != 0 && self.open.get(hash_beginning(bytes, *length)))
    }
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

/// Mixes the first eight bytes of a word, `head`, with its last ones and its length.
#[inline]
fn hash_word(text: &[u8], start: usize, head: u64, len: usize) -> u64 {
    let tail = if len > WIDTH { load(text, start + len - WIDTH) } else { 0 };
    mix(lowest(head, len) ^ tail.rotate_left(23) ^ (len as u64) << 59)
}

#[inline]
fn hash_beginning(bytes: u64, len: usize) -> u64 {
    mix(lowest(bytes, len) ^ (len as u64) << 61)
}

/// The multiplier of Fibonacci hashing, 2^64 by the golden ratio; the high bits are good.
#[inline]
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
        let bits = (entries * BITS_PER_ENTRY).next_power_of_two().max(LEAST_BITS);
        Self { words: vec![0; bits / 64], shift: 64 - bits.trailing_zeros() }
    }

    fn set(&mut self, hash: u64) {
        let bit = hash >> self.shift;
        if let Some(word) = usize::try_from(bit / 64).ok().and_then(|at| self.words.get_mut(at)) {
            *word |= 1 << (bit % 64);
        }
    }

    #[inline]
    fn get(&self, hash: u64) -> bool {
        let bit = hash >> self.shift;
        usize::try_from(bit / 64).ok().and_then(|at| self.words.get(at)).is_some_and(|word| word >> (bit % 64) & 1 != 0)
    }
}

/// A hash set that keeps 16 bits of each hash: open addressing, linear probing.
#[derive(Debug)]
struct Tags {
    /// A tag, or 0 where there is none; at most half of them are taken.
    slots: Vec<u16>,
}

impl Tags {
    fn new(entries: usize) -> Self {
        Self { slots: vec![0; (entries * 2).next_power_of_two()] }
    }

    fn insert(&mut self, hash: u64) {
        if self.contains(hash) {
            return;
        }
        let (mut at, tag) = self.place(hash);
        while self.slots.get(at).is_some_and(|slot| *slot != 0) {
            at = (at + 1) & (self.slots.len() - 1);
        }
        if let Some(slot) = self.slots.get_mut(at) {
            *slot = tag;
        }
    }

    fn contains(&self, hash: u64) -> bool {
        let (mut at, tag) = self.place(hash);
        while let Some(slot) = self.slots.get(at).filter(|slot| **slot != 0) {
            if *slot == tag {
                return true;
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
        false
    }

    /// The first slot of a hash, and its tag. Neither uses the bits that the other does.
    fn place(&self, hash: u64) -> (usize, u16) {
        let [.., low, high] = hash.to_le_bytes();
        let tag = u16::from_le_bytes([low, high]).max(1);
        (usize::try_from(hash >> 16 & 0xFFFF_FFFF).unwrap_or(0) & (self.slots.len() - 1), tag)
    }
}
