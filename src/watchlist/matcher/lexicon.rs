//! Whole words as anchors: a bit set that drops nearly all words of a text, and
//! a hash table for those that pass it.

use super::filter::hash_word;
use super::form::SEPARATOR;
use std::ops::Range;

/// Places in a bucket.
const WIDTH: usize = 8;

/// So many places of each bucket are taken on average: one bucket in twenty is full.
const FILLED: usize = 4;

/// Anchors that are whole words, each with the number of its first form.
#[derive(Debug)]
pub(super) struct Lexicon {
    /// A word stands in the bucket of its hash, or in the next one that was not full.
    buckets: Vec<Bucket>,
    longest: usize,
}

/// Anchors whose words have much the same hash. As large as a line of the processor's
/// cache: hardly a word of a text costs more than one look at memory.
#[derive(Debug, Clone, Copy, Default)]
#[repr(align(64))]
struct Bucket {
    /// A part of each hash; 0 where the place is free. Filled from the front.
    tags: [u8; WIDTH],
    beside: [Beside; WIDTH],
    /// The numbers of the first forms.
    first: [u32; WIDTH],
}

/// What all forms of an anchor have in common beside it, and in it: the last letter of
/// the word before, the first one of the word after (0 where they differ or where no
/// word stands there), and whether it begins with a capital.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Beside {
    pub(super) before: u8,
    pub(super) after: u8,
    pub(super) capital: bool,
}

impl Beside {
    /// What this one and `other` have in common.
    pub(super) fn common(self, other: Self) -> Self {
        let same = |a: u8, b: u8| if a == b { a } else { 0 };
        Self {
            before: same(self.before, other.before),
            after: same(self.after, other.after),
            capital: self.capital && other.capital,
        }
    }

    /// Whether it may be what stands `at` in `text`, and beside. A separator may be several
    /// things: only what is beyond a single byte of it is judged.
    #[inline]
    fn fits(self, text: &[u8], cased: &[u8], at: &Range<usize>) -> bool {
        let byte = |at: usize| text.get(at).copied().unwrap_or(0);
        let fits = |expected: u8, near: u8, far: u8| {
            expected == 0 || far == expected || (near != SEPARATOR && near != b'-') || far <= SEPARATOR
        };
        let is_lower = || cased.get(at.start).is_some_and(u8::is_ascii_lowercase);
        !(self.capital && is_lower())
            && fits(self.before, byte(at.start.wrapping_sub(1)), byte(at.start.wrapping_sub(2)))
            && fits(self.after, byte(at.end), byte(at.end + 1))
    }
}

impl Lexicon {
    /// From distinct words, each with the number of its first form and what all its
    /// forms have in common.
    pub(super) fn new<'w>(words: impl ExactSizeIterator<Item = (&'w [u8], u32, Beside)>) -> Self {
        let count = words.len();
        let buckets = vec![Bucket::default(); count / FILLED + 1];
        let mut lexicon = Self { buckets, longest: 0 };
        for (word, first, beside) in words {
            lexicon.longest = lexicon.longest.max(word.len());
            lexicon.insert(hash_word(word, &(0..word.len())), first, beside);
        }
        lexicon
    }

    /// The length in bytes of the longest one.
    pub(super) fn longest(&self) -> usize {
        self.longest
    }

    /// Whether the word that stands `at` in `text` may be an anchor; seldom wrong. Asked of
    /// many words before any is looked up, so that the processor waits for the memory of
    /// all of them at once.
    #[inline]
    pub(super) fn may_hold(&self, text: &[u8], at: &Range<usize>) -> bool {
        let hash = hash_word(text, at);
        let bucket = self.buckets.get(self.home(hash));
        bucket.is_some_and(|bucket| bucket.is_full() | (bucket.equal(tag(hash)) != 0))
    }

    /// Calls `found` with the numbers of the first forms of the anchors that may be the
    /// word that stands `at` in `text`: seldom a wrong one. `cased` is the text as
    /// [`crate::text::fold::Folded::cased`] has it; empty, case is not looked at.
    #[inline]
    pub(super) fn look_up(&self, text: &[u8], cased: &[u8], at: &Range<usize>, mut found: impl FnMut(usize)) {
        let hash = hash_word(text, at);
        let mut home = self.home(hash);
        while let Some(bucket) = self.buckets.get(home) {
            let mut equal = bucket.equal(tag(hash));
            while equal != 0 {
                let nth = (equal.trailing_zeros() / 8) as usize;
                let place = bucket.beside.get(nth).zip(bucket.first.get(nth));
                if let Some((_, first)) = place.filter(|(beside, _)| beside.fits(text, cased, at)) {
                    found(*first as usize);
                }
                equal &= equal - 1;
            }
            if !bucket.is_full() {
                return;
            }
            home = self.next(home);
        }
    }

    fn insert(&mut self, hash: u64, first: u32, beside: Beside) {
        let mut home = self.home(hash);
        while self.buckets.get(home).is_some_and(Bucket::is_full) {
            home = self.next(home);
        }
        if let Some(bucket) = self.buckets.get_mut(home) {
            bucket.insert(tag(hash), first, beside);
        }
    }

    /// The bucket where the search for a hash begins.
    #[inline]
    fn home(&self, hash: u64) -> usize {
        usize::try_from(((hash & u64::from(u32::MAX)) * self.buckets.len() as u64) >> 32).unwrap_or(0)
    }

    fn next(&self, home: usize) -> usize {
        if home + 1 < self.buckets.len() { home + 1 } else { 0 }
    }
}

impl Bucket {
    /// The highest bit of each byte whose place has this tag; of those after the first
    /// one, perhaps also of another.
    #[inline]
    fn equal(&self, tag: u8) -> u64 {
        const ONES: u64 = u64::MAX / 255;
        let differ = u64::from_le_bytes(self.tags) ^ (ONES * u64::from(tag));
        differ.wrapping_sub(ONES) & !differ & ONES << 7
    }

    #[inline]
    fn is_full(&self) -> bool {
        self.tags.last().is_some_and(|tag| *tag != 0)
    }

    fn insert(&mut self, tag: u8, first: u32, beside: Beside) {
        let places = self.tags.iter_mut().zip(&mut self.beside).zip(&mut self.first);
        if let Some(((free_tag, free_beside), free_first)) = { places }.find(|((tag, _), _)| **tag == 0) {
            (*free_tag, *free_beside, *free_first) = (tag, beside, first);
        }
    }
}

/// The part of a hash that a place keeps, never 0.
fn tag(hash: u64) -> u8 {
    (hash >> 56).max(1) as u8
}
