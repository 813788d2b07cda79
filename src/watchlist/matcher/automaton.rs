//! The `aho-corasick` automaton over anchors: walked from one place, or over a whole
//! text where words have no beginnings.

use aho_corasick::automaton::{Automaton as _, StateID};
use aho_corasick::nfa::contiguous::NFA;
use aho_corasick::{Anchored, MatchKind};
use std::ops::Range;

/// An anchor found in a text.
#[derive(Debug, Clone)]
pub(super) struct Anchor {
    /// Where, in the folded text.
    pub(super) at: Range<usize>,
    /// The first of the forms that hang on it; see [`super::index::Index::entries`].
    pub(super) first: usize,
}

/// Distinct anchors and the forms of each.
#[derive(Debug, Default)]
pub(super) struct Anchors<'b> {
    pub(super) patterns: Vec<&'b [u8]>,
    /// By pattern: the first of its forms; see [`super::index::Index::entries`].
    pub(super) first: Vec<u32>,
}

/// An automaton that finds anchors.
#[derive(Debug)]
pub(super) struct Automaton {
    nfa: Option<NFA>,
    /// See [`Anchors::first`].
    first: Vec<u32>,
}

impl Automaton {
    pub(super) fn new(anchors: Anchors<'_>) -> Self {
        let builder = NFA::builder().match_kind(MatchKind::Standard).prefilter(false).clone();
        let nfa = if anchors.patterns.is_empty() { None } else { builder.build(anchors.patterns).ok() };
        Self { nfa, first: anchors.first }
    }

    /// Calls `found` with each anchor that begins at `start`.
    pub(super) fn walk(&self, text: &[u8], start: usize, mut found: impl FnMut(Anchor)) {
        let Some(nfa) = &self.nfa else { return };
        let Ok(mut state) = nfa.start_state(Anchored::Yes) else { return };
        for (at, byte) in text.iter().enumerate().skip(start) {
            state = nfa.next_state(Anchored::Yes, state, *byte);
            if nfa.is_special(state) {
                if nfa.is_dead(state) {
                    return;
                }
                self.report(nfa, state, at + 1, |anchor| {
                    // A state also knows the anchors that end it and begin later.
                    if anchor.at.start == start {
                        found(anchor);
                    }
                });
            }
        }
    }

    /// Calls `found` with each anchor in `text`.
    pub(super) fn search(&self, text: &[u8], mut found: impl FnMut(Anchor)) {
        let Some(nfa) = &self.nfa else { return };
        let Ok(mut state) = nfa.start_state(Anchored::No) else { return };
        for (at, byte) in text.iter().enumerate() {
            state = nfa.next_state(Anchored::No, state, *byte);
            if nfa.is_special(state) {
                self.report(nfa, state, at + 1, &mut found);
            }
        }
    }

    /// Calls `found` with each anchor that ends at `end`, where `state` is.
    fn report(&self, nfa: &NFA, state: StateID, end: usize, mut found: impl FnMut(Anchor)) {
        if !nfa.is_match(state) {
            return;
        }
        for nth in 0..nfa.match_len(state) {
            let pattern = nfa.match_pattern(state, nth);
            if let Some(first) = self.first.get(pattern.as_usize()) {
                let start = end.saturating_sub(nfa.pattern_len(pattern));
                found(Anchor { at: start..end, first: *first as usize });
            }
        }
    }
}
