//! What nearly matched, and why it did not: for the person who asks why a rule
//! did not fire. Walks from every character, so it is for one text at a time.

use super::{Company, Found, Matcher, Refused, Scratch, Taken, TermId, View, occurrence, settle, verify};
use crate::watchlist::term::{Document, Field, Occurrence};

/// A place where a term stands but does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NearMiss {
    /// Where, and which term.
    pub place: Occurrence,
    /// Why not.
    pub reason: Reason,
}

/// Why a place where a term stands is no occurrence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// A word begins there, or ends there, but not both (`Russia` in `Russian`).
    Boundary,
    /// Upper and lower case differ.
    Case,
    /// It is an acronym among words in capitals.
    Capitals,
    /// It stands in a span that `except` masks.
    Except,
    /// None of `near` is near enough.
    Near,
}

impl Matcher {
    /// The places in `document` where a term stands but does not count, sorted
    /// by field, start, end and term. Not those inside an occurrence of the same
    /// term, and not those where a word goes on at both ends.
    #[must_use]
    pub fn near_misses(&self, document: &Document<'_>) -> Vec<NearMiss> {
        let mut scratch = Scratch::default();
        let mut misses = Vec::new();
        for field in Field::ALL {
            self.near_misses_in(field, document.text(field), &mut scratch, &mut misses);
        }
        let mut found = Vec::new();
        let company = |term: TermId| -> Option<&Company> { self.company(term) };
        settle::settle(&mut scratch.raw, self.public, company, &mut found, |place, taken| {
            let reason = match taken {
                Taken::Masked => Reason::Except,
                Taken::Alone => Reason::Near,
            };
            misses.push(NearMiss { place: *place, reason });
        });
        let covers = |place: &Occurrence| {
            found.iter().any(|other| {
                (other.term, other.field) == (place.term, place.field)
                    && other.start <= place.start
                    && place.end <= other.end
            })
        };
        misses.retain(|miss| miss.place.term.0 < self.public && !covers(&miss.place));
        misses.sort_by_key(|miss| (miss.place.field, miss.place.start, miss.place.end, miss.place.term));
        misses.dedup_by_key(|miss| (miss.place.field, miss.place.start, miss.place.end, miss.place.term));
        misses
    }

    /// Adds the places of one field that are refused to `misses`, the others to `scratch.raw`.
    fn near_misses_in(&self, field: Field, text: &str, scratch: &mut Scratch, misses: &mut Vec<NearMiss>) {
        let Scratch { folded, words, positions, raw, .. } = scratch;
        folded.fold(text);
        words.mark(folded);
        positions.number(folded, words);
        let view = View { original: text, folded };
        let bytes = folded.text().as_bytes();
        let mut judge = |anchor: &super::Anchor| {
            for entry in self.index.entries(anchor.first) {
                let Some(at) = verify::locate(&self.index, &entry, &anchor.at, bytes) else { continue };
                let (found, verdict) = verify::judge(view, &self.index, &entry, at);
                let place = |found: &Found| occurrence(field, view, positions, TermId(entry.term), found);
                match verdict {
                    Ok(()) => raw.push(place(&found)),
                    Err(refused) => {
                        let reason = self.reason(view, &entry, &found, refused);
                        misses.extend(reason.map(|reason| NearMiss { place: place(&found), reason }));
                    }
                }
            }
        };
        for (at, _) in folded.text().char_indices() {
            for len in 1..=self.index.longest_word().min(bytes.len() - at) {
                self.index.look_up(bytes, &[], at..at + len, |anchor| judge(&anchor));
            }
            self.index.walk(bytes, at, |anchor| judge(&anchor));
        }
        self.index.search_loose(bytes, folded.has_unspaced(), |anchor| judge(&anchor));
    }

    /// The reason that is worth telling, if any.
    fn reason(&self, view: View<'_>, entry: &super::entry::Entry, found: &Found, refused: Refused) -> Option<Reason> {
        match refused {
            Refused::Case => Some(Reason::Case),
            Refused::Capitals => Some(Reason::Capitals),
            Refused::Right => verify::has_case(&self.index, entry, view.original, found).then_some(Reason::Boundary),
            Refused::Left => {
                let last = view.edges(found.original.clone()).1;
                let ends = view.ends_word(found.folded.end, last, crate::text::boundary::Compound::Split);
                (ends && verify::has_case(&self.index, entry, view.original, found)).then_some(Reason::Boundary)
            }
        }
    }
}
