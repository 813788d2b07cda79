//! Numbers the words of a text, for everything that is measured in words.

use super::words::{BLOCK, Bits, Words, mask, set};
use crate::text::chars::{Class, class};
use crate::text::fold::Folded;
use std::ops::Range;

/// Where the words of one folded text begin. Buffers that are used again.
///
/// A word is a run of letters, digits, marks and underscores; an apostrophe or a
/// full stop between two of them does not end it (`MI6's`, `U.S.`), nor does a
/// comma between digits. Each character of a script without spaces is a word.
#[derive(Debug, Default)]
pub(super) struct Positions {
    /// A bit for each byte: a word begins there.
    starts: Vec<u64>,
    /// By block: how many words begin before it.
    before: Vec<u32>,
}

impl Positions {
    /// Numbers the words of `folded`, whose words are marked in `words`.
    pub(super) fn number(&mut self, folded: &Folded, words: &Words) {
        self.starts.clear();
        self.before.clear();
        let mut last = Carry::default();
        let text = folded.text().as_bytes();
        for (nth, (block, word)) in text.chunks(BLOCK).zip(words.bytes()).enumerate() {
            self.starts.push(starts(text, nth, block, *word, &mut last));
        }
        if folded.has_unspaced() {
            let unspaced = folded.text().char_indices().filter(|(_, c)| class(*c) == Class::Unspaced);
            unspaced.for_each(|(at, _)| set(&mut self.starts, at));
        }
        let mut count = 0;
        for block in &self.starts {
            self.before.push(count);
            count += block.count_ones();
        }
        self.before.push(count);
        self.starts.push(0);
    }

    /// The numbers of the first and the last word of a range of the folded text;
    /// `starts_with_word`: its first character is part of a word.
    pub(super) fn of(&self, range: &Range<usize>, starts_with_word: bool) -> (u32, u32) {
        let last = self.begun(range.end).saturating_sub(1);
        let first =
            if starts_with_word { self.begun(range.start + 1).saturating_sub(1) } else { self.begun(range.start) };
        (first.min(last), last)
    }

    /// How many words begin before the folded offset `at`.
    fn begun(&self, at: usize) -> u32 {
        let block = self.starts.get(at / BLOCK).copied().unwrap_or(0);
        let before = self.before.get(at / BLOCK).copied().unwrap_or(0);
        before + (block & !(u64::MAX << (at % BLOCK))).count_ones()
    }
}

/// What the block before says of the first bytes of the next one.
#[derive(Default)]
struct Carry {
    word: u64,
    joint: u64,
}

/// The bytes of the block `nth` of `text` at which a word begins, given its bytes of words.
fn starts(text: &[u8], nth: usize, block: &[u8], word: u64, last: &mut Carry) -> u64 {
    let joint = mask(block, |byte| matches!(byte, b'\'' | b'.' | b','));
    let after = |bits: u64, last: u64, by: usize| bits << by | last >> (BLOCK - by);
    let starts = word & !after(word, last.word, 1);
    // A byte of a word, something that may join, a beginning: seldom.
    let doubtful = starts & after(joint, last.joint, 1) & after(word, last.word, 2);
    *last = Carry { word, joint };
    let joined = Bits(doubtful).filter(|bit| joins(text, nth * BLOCK + bit)).fold(0, |bits, bit| bits | 1 << bit);
    starts & !joined
}

/// Whether what stands before `at` joins the word before it with the one that begins there.
fn joins(text: &[u8], at: usize) -> bool {
    let is_digit = |at: usize| text.get(at).is_some_and(u8::is_ascii_digit);
    text.get(at.wrapping_sub(1)) != Some(&b',') || (is_digit(at) && is_digit(at.wrapping_sub(2)))
}
