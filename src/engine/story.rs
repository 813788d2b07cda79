//! Stories: the same news carried by several items. What of a text is kept to
//! recognize it by, and which two are near enough.
//!
//! Of each text the smallest hashes of its shingles (runs of six folded words) are
//! kept. Every text is sampled alike, so that up to the smaller of their greatest
//! hashes two samples say which shingles the texts share: of both together, and of
//! either alone (Broder, "On the resemblance and containment of documents", 1997;
//! <https://www.cs.princeton.edu/courses/archive/spring13/cos598C/broder97resemblance.pdf>).
//! Copies differ in whole passages and forms in single words here and there: long
//! shingles tell them apart. What is left of forms differs in its numbers.
//!
//! Candidates are looked up by the very smallest hashes, the probes: an item costs
//! the same however many stories there are. Signatures are stored: what they are
//! made of must not change without a migration.

use super::item::Key;
use crate::text::fold::{fold_to_string, words};
use jiff::SignedDuration;
use std::collections::BTreeSet;

/// The id of the story that an item begins.
#[must_use]
pub fn story_id(item: &str) -> String {
    format!("sty_{}", Key::of("story", &[item]).letters())
}

/// `[stories]`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StorySettings {
    /// How long after its first item an item can join a story.
    pub window: SignedDuration,
    /// The least similarity, 0 to 1; 0 turns near-duplicate detection off.
    pub similarity: f64,
}

/// What a text is recognized by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// The smallest hashes of its shingles, ascending, 128 at most.
    pub minima: Vec<u32>,
    /// The smallest hashes of the numbers in it, ascending, 32 at most.
    pub numbers: Vec<u32>,
    /// What candidates are looked up by: the very smallest hashes, whole; 12 at most, none
    /// of a text with fewer than 40 words.
    pub probes: Vec<u64>,
}

/// Hashes of a sample: a share of 0.7 is then off by 0.04 as a rule.
const MINIMA: usize = 128;

/// Numbers of a sample; few texts have more.
const NUMBERS: usize = 32;

/// Two texts of which half of the shingles are common share none of so many probes in 1
/// case of 4,000; a text and its first fifth in 1 of 15.
const PROBES: usize = 12;

/// So many numbers at least say which report of a form a text is.
const SPEAKING_NUMBERS: usize = 3;

/// Words in a shingle.
const SHINGLE: usize = 6;

/// A text with fewer words says nothing: it is known by its title, if at all.
const SAYS_NOTHING: usize = 8;

/// A text with fewer words alone proves nothing: it has no probes.
const PROVES: usize = 40;

/// Words that are looked at.
const LONGEST: usize = 5000;

/// Of a text that is much longer than the other little is left to compare: fewer common
/// shingles in the samples may be chance.
const LEAST_COMMON: usize = 8;

impl Signature {
    /// The signature of a text; `None` where it has fewer than 8 words.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        let folded = fold_to_string(text);
        let hashes: Vec<u64> = words(&folded).take(LONGEST).map(|word| hash(word.bytes())).collect();
        if hashes.len() < SAYS_NOTHING {
            return None;
        }
        let mut shingles: Vec<u64> =
            hashes.windows(SHINGLE).map(|words| words.iter().fold(0, |all, word| mix(all ^ word))).collect();
        shingles.sort_unstable();
        shingles.dedup();
        let mut minima: Vec<u32> = shingles.iter().map(|hash| high(*hash)).collect();
        minima.dedup();
        minima.truncate(MINIMA);
        let numbers: BTreeSet<u32> = numbers(&folded).collect();
        shingles.truncate(if hashes.len() < PROVES { 0 } else { PROBES });
        Some(Self { minima, numbers: numbers.into_iter().take(NUMBERS).collect(), probes: shingles })
    }

    /// How much of this text another one has already told, 0 to 1: the share of its shingles
    /// that the other has too, or of both together, whichever is more. 0 where it has other numbers.
    #[must_use]
    pub fn told_by(&self, other: &Self) -> f64 {
        if self.probes.is_empty() || other.probes.is_empty() || !self.has_numbers_of(other) {
            return 0.0;
        }
        let Overlap { common, one, other } = self.overlap(other);
        if common < LEAST_COMMON {
            return 0.0;
        }
        // A cut copy tells nothing new; one with an addition has all that was told before.
        share(common, one).max(share(2 * common, one + other))
    }

    /// Whether nothing speaks against two texts of the same title telling the same: of the
    /// shorter one, half is in the other, and half of its numbers.
    #[must_use]
    pub fn may_tell(&self, other: &Self) -> bool {
        let Overlap { common, one, other: others } = self.overlap(other);
        common > 0 && 2 * common >= one.min(others) && self.has_numbers_of(other)
    }

    /// The share of their shingles that two texts have in common, 0 to 1.
    #[must_use]
    pub fn resemblance(&self, other: &Self) -> f64 {
        let Overlap { common, one, other } = self.overlap(other);
        share(common, one + other - common)
    }

    fn overlap(&self, other: &Self) -> Overlap {
        overlap(&self.minima, &other.minima, MINIMA)
    }

    /// Half of the numbers of whichever has fewer. A time or a byline adds some and a cut
    /// takes some away; the next report of the same form has all of them anew. One or two say
    /// nothing: they may be the time that each desk puts there.
    fn has_numbers_of(&self, other: &Self) -> bool {
        let Overlap { common, one, other } = overlap(&self.numbers, &other.numbers, NUMBERS);
        let fewer = one.min(other);
        fewer < SPEAKING_NUMBERS || 2 * common >= fewer
    }
}

/// What two samples say: how many hashes they have in common, and each has, up to where both are whole.
struct Overlap {
    common: usize,
    one: usize,
    other: usize,
}

fn overlap(one: &[u32], other: &[u32], size: usize) -> Overlap {
    let whole_to = |sample: &[u32]| sample.last().copied().filter(|_| sample.len() >= size).unwrap_or(u32::MAX);
    let limit = whole_to(one).min(whole_to(other));
    let within = |sample: &[u32]| sample.partition_point(|hash| *hash <= limit);
    let common = one.iter().take_while(|hash| **hash <= limit).filter(|hash| other.binary_search(hash).is_ok()).count();
    Overlap { common, one: within(one), other: within(other) }
}

fn share(part: usize, whole: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a few hundred")]
    let share = part as f64 / whole.max(1) as f64;
    share
}

/// The numbers of a folded text, hashed: `7,512.4`, `7.512,4` and `75124` are one.
fn numbers(folded: &str) -> impl Iterator<Item = u32> {
    let is_number = |c: char| c.is_ascii_digit() || matches!(c, '.' | ',' | ':');
    let runs = folded.split(move |c| !is_number(c)).filter(|run| run.bytes().any(|byte| byte.is_ascii_digit()));
    runs.map(|run| high(mix(hash(run.bytes().filter(u8::is_ascii_digit)))))
}

/// FNV-1a, which is the same everywhere and for ever.
fn hash(bytes: impl Iterator<Item = u8>) -> u64 {
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
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
