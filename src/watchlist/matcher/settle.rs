//! From the places where forms stand to the occurrences of terms: `except`
//! masks, the longest of a term wins, `near` must be near.

use crate::watchlist::term::{Field, Occurrence, TermId};
use std::collections::BTreeMap;

/// What a term needs beside itself, in internal term ids.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Company {
    pub(super) except: Vec<u32>,
    pub(super) near: Vec<u32>,
    pub(super) within: u32,
}

/// Why an occurrence was taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Taken {
    /// It stands in a span that `except` masks.
    Masked,
    /// None of `near` is near.
    Alone,
}

/// Reduces `raw`, all places where forms stand, to the occurrences that count of
/// terms below `public`. `company` gives the needs of a term.
/// `taken` is told of each that is taken back.
pub(super) fn settle<'c>(
    raw: &mut Vec<Occurrence>,
    public: u32,
    company: impl Fn(TermId) -> Option<&'c Company>,
    out: &mut Vec<Occurrence>,
    mut taken: impl FnMut(&Occurrence, Taken),
) {
    raw.sort_unstable_by_key(|found| (found.term, found.field, found.start, found.end));
    raw.dedup_by_key(|found| (found.term, found.field, found.start, found.end));
    for of_term in raw.chunk_by(|a, b| (a.term, a.field) == (b.term, b.field)) {
        let Some(first) = of_term.first().filter(|first| first.term.0 < public) else { continue };
        let from = out.len();
        let company = company(first.term);
        let is_masked = |found: &Occurrence| {
            company.is_some_and(|company| company.except.iter().any(|id| overlaps(group(raw, *id, found.field), found)))
        };
        let is_alone = |found: &Occurrence| {
            company.is_some_and(|company| {
                let is_near = |id: &u32| has_near(group(raw, *id, found.field), found, company.within);
                !company.near.is_empty() && !company.near.iter().any(is_near)
            })
        };
        for found in of_term {
            if is_masked(found) {
                taken(found, Taken::Masked);
            } else {
                out.push(*found);
            }
        }
        keep_longest(out, from);
        let mut kept = from;
        for at in from..out.len() {
            let Some(found) = out.get(at).copied() else { break };
            if is_alone(&found) {
                taken(&found, Taken::Alone);
            } else if let Some(slot) = out.get_mut(kept) {
                *slot = found;
                kept += 1;
            }
        }
        out.truncate(kept);
    }
    out.sort_unstable_by_key(|found| (found.field, found.start, found.end, found.term));
}

/// All places of one term in one field; `raw` is sorted.
fn group(raw: &[Occurrence], term: u32, field: Field) -> &[Occurrence] {
    let key = (TermId(term), field);
    let start = raw.partition_point(|found| (found.term, found.field) < key);
    let rest = raw.get(start..).unwrap_or_default();
    let len = rest.partition_point(|found| (found.term, found.field) <= key);
    rest.get(..len).unwrap_or_default()
}

/// Whether any of `others`, sorted by start, shares a byte with `found`.
fn overlaps(others: &[Occurrence], found: &Occurrence) -> bool {
    let before = others.partition_point(|other| other.start < found.end);
    let candidates = others.get(..before).unwrap_or_default();
    candidates.iter().rev().any(|other| other.end > found.start)
}

/// Whether any of `others` is at most `within` words away from `found`, and apart from it.
fn has_near(others: &[Occurrence], found: &Occurrence, within: u32) -> bool {
    let from = others.partition_point(|other| other.first_word.saturating_add(within) < found.first_word);
    let candidates = others.get(from..).unwrap_or_default();
    let reach = found.last_word.saturating_add(within);
    candidates.iter().take_while(|other| other.first_word <= reach).any(|other| is_near(other, found, within))
}

fn is_near(other: &Occurrence, found: &Occurrence, within: u32) -> bool {
    if other.end <= found.start {
        found.first_word.saturating_sub(other.last_word) <= within
    } else {
        found.end <= other.start && other.first_word.saturating_sub(found.last_word) <= within
    }
}

/// Of the occurrences from `from` on, which are of one term and sorted, keeps the
/// longest where several overlap; the first of equally long ones.
fn keep_longest(out: &mut Vec<Occurrence>, from: usize) {
    let found = out.get(from..).unwrap_or_default();
    if found.is_sorted_by(|a, b| a.end <= b.start) {
        return;
    }
    let mut by_length = found.to_vec();
    by_length.sort_by_key(|found| (u32::MAX - (found.end - found.start), found.start));
    let mut kept: BTreeMap<u32, Occurrence> = BTreeMap::new();
    for found in by_length {
        let before = kept.range(..found.end).next_back();
        if before.is_none_or(|(_, other)| other.end <= found.start) {
            kept.insert(found.start, found);
        }
    }
    out.truncate(from);
    out.extend(kept.into_values());
}
