//! Where words may begin and end in a folded text, as bit sets: every place
//! where an anchor can stand, and a few more. What is a boundary is decided
//! later, on the original text.

use crate::text::chars::{Class, class};
use crate::text::fold::Folded;
use wide::u8x16;

/// Bits in a block.
pub(super) const BLOCK: usize = 64;

/// Bit sets over the bytes of one folded text; buffers that are used again.
#[derive(Debug, Default)]
pub(super) struct Words {
    /// Bytes of words of scripts with spaces.
    word: Vec<u64>,
    /// Further beginnings and ends of words, empty where there are none.
    extra: Vec<u64>,
}

impl Words {
    /// Finds the words of `folded`.
    pub(super) fn mark(&mut self, folded: &Folded) {
        let text = folded.text();
        self.word.clear();
        self.extra.clear();
        self.word.extend(text.as_bytes().chunks(BLOCK).map(|block| mask(block, is_word_byte)));
        self.word.push(0);
        let mut last = Last::default();
        for (nth, block) in text.as_bytes().chunks(BLOCK).enumerate() {
            if !block.is_ascii() {
                let leads = mask(block, |byte| byte >= 0xC0);
                Bits(leads).for_each(|bit| self.mark_char(text, nth * BLOCK + bit, &mut last));
            }
        }
        for range in folded.soft() {
            let chars = text.get(range.clone()).unwrap_or_default().char_indices();
            let inside = chars.map(|(at, _)| range.start + at);
            inside.chain([range.end]).for_each(|at| self.add_extra(at));
        }
    }

    /// The bits of a character that is not ASCII; `last` is the one before it.
    fn mark_char(&mut self, text: &str, at: usize, last: &mut Last) {
        let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) else { return };
        let class = class(c);
        let end = at + c.len_utf8();
        // `MI6가`: a word may end before Hangul.
        let goes_on = at.checked_sub(1).is_some_and(|before| get(&self.word, before));
        if class == Class::Hangul && goes_on && *last != (Last { end: at, class: Class::Hangul }) {
            self.add_extra(at);
        }
        if class.is_spaced_word() {
            (at..end).for_each(|byte| set(&mut self.word, byte));
        }
        *last = Last { end, class };
    }

    fn add_extra(&mut self, at: usize) {
        self.extra.resize(self.word.len(), 0);
        set(&mut self.extra, at);
    }

    /// The bytes of words of scripts with spaces, in blocks of [`BLOCK`].
    pub(super) fn bytes(&self) -> &[u64] {
        &self.word
    }

    /// Replaces the contents of `words` by where each word begins and where it ends; those
    /// that can end in several places are in `soft`.
    pub(super) fn list(&self, words: &mut Places, soft: &mut Places) {
        soft.keep(0);
        if self.extra.is_empty() {
            // Each byte begins or ends a word at most; one block more is written to.
            let most = (self.word.len() + 1) * BLOCK / 2;
            let count = self.list_plain(words.room(most).as_flattened_mut());
            words.keep(count);
        } else {
            self.list_soft(words, soft);
        }
    }

    /// [`Self::list`] for a text in which each word has one beginning and one end.
    #[expect(clippy::cast_possible_truncation, reason = "offsets of a folded text fit 32 bits: `fold::MAX_TEXT`")]
    fn list_plain(&self, edges: &mut [u32]) -> usize {
        let (mut before, mut count) = (0, 0);
        for (block, word) in self.word.iter().enumerate() {
            let changes = word ^ (word << 1 | before);
            before = word >> (BLOCK - 1);
            if let Some(room) = edges.get_mut(count..).and_then(|rest| rest.first_chunk_mut()) {
                list_bits(changes, (block * BLOCK) as u32, room);
            }
            count += changes.count_ones() as usize;
        }
        count / 2
    }

    /// [`Self::list`] for any text.
    #[expect(clippy::cast_possible_truncation, reason = "offsets of a folded text fit 32 bits: `fold::MAX_TEXT`")]
    fn list_soft(&self, words: &mut Places, soft: &mut Places) {
        words.keep(0);
        let mut before = 0;
        for (block, word) in self.word.iter().enumerate() {
            let extra = self.extra.get(block).copied().unwrap_or(0);
            let starts = word & !(word << 1 | before) | extra & word;
            before = word >> (BLOCK - 1);
            for bit in Bits(starts) {
                let at = block * BLOCK + bit;
                let end = at + self.word_len(at);
                let list = if end == at { &mut *soft } else { &mut *words };
                list.push([at as u32, end as u32]);
            }
        }
    }

    /// Calls `each` with the lengths, up to `longest`, at which a word that begins
    /// at `start` may end.
    pub(super) fn for_each_end(&self, start: usize, longest: usize, mut each: impl FnMut(usize)) {
        for len in 1..=longest {
            let goes_on = get(&self.word, start + len);
            if !goes_on || get(&self.extra, start + len) {
                each(len);
            }
            if !goes_on {
                return;
            }
        }
    }

    /// The length of the word at `start`, 0 where it can end in several places.
    #[inline]
    fn word_len(&self, start: usize) -> usize {
        let len = (!window(&self.word, start)).trailing_zeros() as usize;
        let ends_once = self.extra.is_empty() || (window(&self.extra, start) & !1).trailing_zeros() as usize > len;
        if len < BLOCK && ends_once { len } else { 0 }
    }
}

/// Where words begin and end. A buffer that is used again, and not cleared before.
#[derive(Debug, Default)]
pub(super) struct Places {
    places: Vec<[u32; 2]>,
    count: usize,
}

impl Places {
    pub(super) fn get(&self) -> &[[u32; 2]] {
        self.places.get(..self.count).unwrap_or_default()
    }

    /// At least so many places to write to; [`Self::keep`] then says how many hold.
    pub(super) fn room(&mut self, most: usize) -> &mut [[u32; 2]] {
        if self.places.len() < most {
            self.places.resize(most, [0; 2]);
        }
        &mut self.places
    }

    pub(super) fn keep(&mut self, count: usize) {
        self.count = count;
    }

    pub(super) fn push(&mut self, place: [u32; 2]) {
        let at = self.count;
        if let Some(slot) = self.room(at + 1).get_mut(at) {
            *slot = place;
        }
        self.count = at + 1;
    }

    /// Replaces the contents by those of `from` that `keep` is true of, given where each
    /// begins and its length. A place is always copied and then kept or not, so that the
    /// processor need not guess which ones pass: `keep` should not branch either.
    #[inline]
    pub(super) fn copy(&mut self, from: &Self, keep: impl Fn(usize, usize) -> bool) {
        let mut count = 0;
        let room = self.room(from.count);
        for place in from.get() {
            if let Some(slot) = room.get_mut(count) {
                *slot = *place;
            }
            let [start, end] = *place;
            count += usize::from(keep(start as usize, end.wrapping_sub(start) as usize));
        }
        self.count = count;
    }
}

/// The last character that is not ASCII.
#[derive(PartialEq)]
struct Last {
    end: usize,
    class: Class,
}

impl Default for Last {
    fn default() -> Self {
        Self { end: 0, class: Class::Other }
    }
}

/// An ASCII letter (lower case, as the text is folded), digit or underscore.
fn is_word_byte(byte: u8) -> bool {
    byte.wrapping_sub(b'a') < 26 || byte.wrapping_sub(b'0') < 10 || byte == b'_'
}

/// The bytes of a block that `holds` is true of, as bits.
#[inline]
pub(super) fn mask(block: &[u8], holds: impl Fn(u8) -> bool) -> u64 {
    // Of known length, so that the compiler makes it wide.
    let mut padded = [0; BLOCK];
    let block = block.first_chunk().unwrap_or_else(|| {
        padded.iter_mut().zip(block).for_each(|(to, byte)| *to = *byte);
        &padded
    });
    let flags: [u8; BLOCK] = block.map(|byte| if holds(byte) { 0xFF } else { 0 });
    let (sixteens, _) = flags.as_chunks();
    sixteens
        .iter()
        .enumerate()
        .fold(0, |bits, (nth, sixteen)| bits | u64::from(u8x16::new(*sixteen).to_bitmask()) << (16 * nth))
}

/// The 64 bits from `start` on.
fn window(bits: &[u64], start: usize) -> u64 {
    let (block, shift) = (start / BLOCK, start % BLOCK);
    let low = bits.get(block).copied().unwrap_or(0) >> shift;
    let high = bits.get(block + 1).copied().unwrap_or(0);
    if shift == 0 { low } else { low | high << (BLOCK - shift) }
}

pub(super) fn get(bits: &[u64], at: usize) -> bool {
    bits.get(at / BLOCK).is_some_and(|block| block >> (at % BLOCK) & 1 != 0)
}

pub(super) fn set(bits: &mut [u64], at: usize) {
    if let Some(block) = bits.get_mut(at / BLOCK) {
        *block |= 1 << (at % BLOCK);
    }
}

/// Writes the positions of the set bits of `bits`, counted from `base`, to the
/// front of `room`, lowest first; what follows them there is of no use.
#[inline]
fn list_bits(mut bits: u64, base: u32, room: &mut [u32; BLOCK]) {
    // As many as there mostly are without a question, so that the processor seldom has
    // to guess how many there are.
    let (usual, others) = room.split_at_mut(USUAL);
    let mut list = |slots: &mut [u32]| {
        for slot in slots {
            *slot = base + bits.trailing_zeros();
            bits &= bits.wrapping_sub(1);
        }
        bits
    };
    let mut left = list(usual);
    for eight in others.as_chunks_mut::<8>().0 {
        if left == 0 {
            return;
        }
        left = list(eight);
    }
}

/// A block mostly has no more beginnings and ends of words than this.
const USUAL: usize = 24;

/// The positions of the set bits of a word, lowest first.
pub(super) struct Bits(pub(super) u64);

impl Iterator for Bits {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        let bit = self.0.trailing_zeros() as usize;
        self.0 &= self.0.wrapping_sub(1);
        (bit < BLOCK).then_some(bit)
    }
}
