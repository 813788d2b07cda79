//! Stories: the same news carried by several items. Which signature a text has,
//! and which two are near enough.

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
