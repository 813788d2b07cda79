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

impl Company {
    /// Whether there is any.
    pub(super) fn is_needed(&self) -> bool {
        !self.except.is_empty() || !self.near.is_empty()
    }
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
/// terms below `public`, sorted. `company` gives the needs of a term; `taken` is
/// told of each occurrence that is taken back.
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
        match company(first.term) {
            None => {
                out.extend_from_slice(of_term);
                keep_longest(out, from);
            }
            Some(company) => keep_accompanied(raw, of_term, company, out, &mut taken),
        }
    }
    out.sort_unstable_by_key(|found| (found.field, found.start, found.end, found.term));
}

/// Adds what counts of one term in one field, `of_term`, by its `company`.
fn keep_accompanied(
    raw: &[Occurrence],
    of_term: &[Occurrence],
    company: &Company,
    out: &mut Vec<Occurrence>,
    taken: &mut impl FnMut(&Occurrence, Taken),
) {
    let Some(field) = of_term.first().map(|found| found.field) else { return };
    let masks = masks(company.except.iter().map(|id| group(raw, *id, field)));
    let (masked, mut kept): (Vec<_>, Vec<_>) = of_term.iter().copied().partition(|found| is_masked(&masks, found));
    for found in &masked {
        taken(found, Taken::Masked);
    }
    keep_longest(&mut kept, 0);
    if company.near.is_empty() {
        out.append(&mut kept);
        return;
    }
    let near: Vec<Vec<Occurrence>> = company.near.iter().map(|id| longest(group(raw, *id, field))).collect();
    for found in kept {
        if near.iter().any(|others| has_near(others, &found, company.within)) {
            out.push(found);
        } else {
            taken(&found, Taken::Alone);
        }
    }
}

/// All places of one term in one field; `raw` is sorted.
fn group(raw: &[Occurrence], term: u32, field: Field) -> &[Occurrence] {
    let key = (TermId(term), field);
    let start = raw.partition_point(|found| (found.term, found.field) < key);
    let rest = raw.get(start..).unwrap_or_default();
    let len = rest.partition_point(|found| (found.term, found.field) <= key);
    rest.get(..len).unwrap_or_default()
}

/// The spans of all `groups`, united where they overlap, in order.
fn masks<'o>(groups: impl Iterator<Item = &'o [Occurrence]>) -> Vec<(u32, u32)> {
    let mut spans: Vec<(u32, u32)> = groups.flatten().map(|found| (found.start, found.end)).collect();
    spans.sort_unstable();
    spans.dedup_by(|next, last| {
        let overlap = next.0 < last.1;
        if overlap {
            last.1 = last.1.max(next.1);
        }
        overlap
    });
    spans
}

/// Whether `found` shares a byte with one of `masks`, which are in order and apart.
fn is_masked(masks: &[(u32, u32)], found: &Occurrence) -> bool {
    let before = masks.partition_point(|(start, _)| *start < found.end);
    before.checked_sub(1).and_then(|last| masks.get(last)).is_some_and(|(_, end)| *end > found.start)
}

/// Whether one of `others`, which are in order and apart, is at most `within` words
/// away from `found` and shares no byte with it.
fn has_near(others: &[Occurrence], found: &Occurrence, within: u32) -> bool {
    let left = others.partition_point(|other| other.end <= found.start).checked_sub(1);
    let right = others.partition_point(|other| other.start < found.end);
    let left = left.and_then(|at| others.get(at)).map(|other| found.first_word.saturating_sub(other.last_word));
    let right = others.get(right).map(|other| other.first_word.saturating_sub(found.last_word));
    left.into_iter().chain(right).any(|distance| distance <= within)
}

/// [`keep_longest`] of a sorted group.
fn longest(group: &[Occurrence]) -> Vec<Occurrence> {
    let mut kept = group.to_vec();
    keep_longest(&mut kept, 0);
    kept
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
