//! Stories: the same news carried by several items. Which signature a text has,
//! and which two are near enough.
//!
//! Texts are compared by `MinHash` over shingles of folded words
//! (<https://www.cs.princeton.edu/courses/archive/spring13/cos598C/broder97resemblance.pdf>):
//! the share of equal minima estimates the share of common shingles. Minima are
//! grouped into bands, and only texts that have a whole band in common are ever
//! compared, so an item costs the same however many stories there are. Signatures
//! are stored: what they are made of must not change without a migration.

use crate::text::fold::{fold_to_string, words};
use jiff::SignedDuration;

/// `[stories]`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StorySettings {
    /// How long after its first item an item can join a story.
    pub window: SignedDuration,
    /// The least similarity, 0 to 1; 0 turns near-duplicate detection off.
    pub similarity: f64,
}

/// The near-duplicate signature of one item's text (`MinHash` over shingles of folded words).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// The minima, one a hash function; its similarity to another is the share of equal ones.
    pub minima: Vec<u32>,
    /// The bands that candidates are looked up by.
    pub bands: Vec<u64>,
}

/// Hash functions: the estimate of a similarity of 0.7 is then off by 0.04 as a rule.
const MINIMA: usize = 128;

/// Minima in a band: two texts with 0.7 of their shingles in common share none of the
/// 32 bands in 1 case of 6,000; two with 0.2 share one in 1 of 20.
const ROWS: usize = 4;

/// Words in a shingle.
const SHINGLE: usize = 3;

/// A text with fewer words is too short to be compared.
const SHORTEST: usize = 40;

/// Words that are looked at: a story is recognized by its beginning.
const LONGEST: usize = 5000;

impl Signature {
    /// The signature of a text; `None` where it has fewer than 40 words.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        let folded = fold_to_string(text);
        let hashes: Vec<u64> = words(&folded).take(LONGEST).map(hash).collect();
        if hashes.len() < SHORTEST {
            return None;
        }
        let mut minima = vec![u32::MAX; MINIMA];
        for shingle in hashes.windows(SHINGLE) {
            let shingle = shingle.iter().fold(0, |all, word| mix(all ^ word));
            for (minimum, function) in minima.iter_mut().zip(1_u64..) {
                *minimum = (*minimum).min(high(mix(shingle ^ function.wrapping_mul(GOLDEN))));
            }
        }
        let bands = (0_u64..).zip(minima.chunks(ROWS)).map(|(number, rows)| band(number, rows)).collect();
        Some(Self { minima, bands })
    }

    /// The estimated share of common shingles, 0 to 1.
    #[must_use]
    pub fn similarity(&self, other: &Self) -> f64 {
        let all = self.minima.len().max(other.minima.len()).max(1);
        let equal = self.minima.iter().zip(&other.minima).filter(|(one, other)| one == other).count();
        #[expect(clippy::cast_precision_loss, reason = "a hundred or so")]
        let share = equal as f64 / all as f64;
        share
    }
}

/// 2⁶⁴ divided by the golden ratio, the increment of `SplitMix64`.
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// FNV-1a, which is the same everywhere and for ever.
fn hash(word: &str) -> u64 {
    word.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// The finalizer of `SplitMix64`.
fn mix(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

fn high(bits: u64) -> u32 {
    (bits >> 32) as u32
}

fn band(number: u64, rows: &[u32]) -> u64 {
    rows.iter().fold(mix(number ^ GOLDEN), |band, row| mix(band ^ u64::from(*row)))
}
