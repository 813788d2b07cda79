//! The occurrences of one item, in the order of the text and in that of the terms.

use super::term::{Occurrence, TermId};
use std::cmp::Ordering;

/// All occurrences of an item.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found<'a> {
    occurrences: &'a [Occurrence],
    /// Indices into `occurrences`, by term, then by position.
    by_term: &'a [u32],
}

impl<'a> Found<'a> {
    /// Sorts `occurrences`, which are in the order of the text, by term into `buffer`.
    pub(super) fn new(occurrences: &'a [Occurrence], buffer: &'a mut Vec<u32>) -> Self {
        buffer.clear();
        buffer.extend((0..).take(occurrences.len()));
        buffer
            .sort_unstable_by_key(|&index| (occurrences.get(index as usize).map(|occurrence| occurrence.term), index));
        Self { occurrences, by_term: buffer }
    }

    fn at(&self, index: u32) -> Option<&'a Occurrence> {
        self.occurrences.get(index as usize)
    }

    /// The different terms, each with its occurrences.
    pub(super) fn by_term(self) -> impl Iterator<Item = (TermId, impl Iterator<Item = &'a Occurrence> + Clone)> {
        let groups = self.by_term.chunk_by(move |&a, &b| self.at(a).map(|o| o.term) == self.at(b).map(|o| o.term));
        groups.filter_map(move |group| {
            let term = self.at(*group.first()?)?.term;
            Some((term, group.iter().filter_map(move |&index| self.at(index))))
        })
    }

    /// The occurrences of one term.
    fn of(self, term: TermId) -> impl Iterator<Item = &'a Occurrence> {
        let compare = move |index: &u32| self.at(*index).map_or(Ordering::Less, |o| o.term.cmp(&term));
        let start = self.by_term.partition_point(|index| compare(index).is_lt());
        let rest = self.by_term.get(start..).unwrap_or_default();
        rest.iter().map_while(move |&index| self.at(index).filter(|occurrence| occurrence.term == term))
    }

    /// The occurrences of any of `terms`, which are sorted.
    pub(super) fn any_of<'t>(self, terms: &'t [TermId]) -> impl Iterator<Item = &'a Occurrence> + use<'a, 't> {
        // A group may hold a million terms, an item a few.
        let few = terms.len() <= self.by_term.len();
        let by_set = terms.iter().take(if few { terms.len() } else { 0 }).flat_map(move |&term| self.of(term));
        let rest = if few { &[] } else { self.by_term };
        let by_item = rest.iter().filter_map(move |&index| self.at(index));
        by_set.chain(by_item.filter(move |occurrence| terms.binary_search(&occurrence.term).is_ok()))
    }
}
