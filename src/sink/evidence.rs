//! Which matches of an alert a person is shown, and where they stand in the text
//! around them. How they are marked is for those who write.

use super::payload::{Field, Item, Match};
use super::terminal::shortened;
use crate::engine::alert::CONTEXT;
use std::ops::Range;

/// The most characters that are shown of a title, a name or a context.
pub(super) const LONGEST: usize = 600;
/// The most groups of matches that are shown, and the most matches in one of them.
const MOST_MATCHES: usize = 6;

/// The most bytes by which folding white space moves a match towards another one in a context.
const FOLDED: usize = 24;

/// Matches that are shown together: those of the title, or those that stand in the context of
/// the first.
pub(super) struct Evidence<'a> {
    /// The field they were found in.
    pub(super) field: Field,
    /// The context of the first, white space folded.
    pub(super) context: String,
    /// The matches, each text and entity once.
    pub(super) found: Vec<&'a Match>,
    /// Where the first begins in its field, and where it stands in the context.
    first: (u32, Option<Range<usize>>),
    /// Where matches stand in the context.
    marks: Vec<Range<usize>>,
}

/// The groups that show the matches, and how many matches are in none of them.
pub(super) fn evidence(matches: &[Match]) -> (Vec<Evidence<'_>>, usize) {
    let mut groups: Vec<Evidence<'_>> = Vec::new();
    let mut more = 0;
    for found in matches {
        if groups.iter_mut().any(|group| group.takes(found)) {
            continue;
        }
        if groups.len() < MOST_MATCHES {
            groups.push(Evidence::of(found));
        } else {
            more += 1;
        }
    }
    (groups, more)
}

impl<'a> Evidence<'a> {
    fn of(first: &'a Match) -> Self {
        let context = shortened(&first.context, LONGEST).into_owned();
        let place = in_context(&context, &first.text, first.start);
        let marks = place.clone().into_iter().collect();
        Self { field: first.field, context, found: vec![first], first: (first.start, place), marks }
    }

    /// Adds a match that belongs here: one of the title, one that stands in the context, or one
    /// that says nothing else.
    fn takes(&mut self, found: &'a Match) -> bool {
        if self.field != found.field {
            return false;
        }
        let place = self.place(found);
        let same = self.found.iter().any(|other| (&other.text, &other.entity) == (&found.text, &found.entity));
        let takes = same || place.is_some() || self.field == Field::Title;
        if takes && !same && self.found.len() < MOST_MATCHES {
            self.found.push(found);
        }
        self.marks.extend(place);
        takes
    }

    /// Where a match stands in the context, by how far it is from the first.
    fn place(&self, found: &Match) -> Option<Range<usize>> {
        let (start, place) = &self.first;
        let distance = (found.start as usize).checked_sub(*start as usize)?;
        let expected = place.as_ref()?.start + distance;
        if expected > self.context.len() + FOLDED {
            return None;
        }
        nearest(&self.context, &one_line(&found.text), expected).filter(|at| at.start.abs_diff(expected) <= FOLDED)
    }

    /// Where the matches stand in the context.
    pub(super) fn marks(&self) -> Vec<Range<usize>> {
        self.marks.clone()
    }
}

/// Where a text that was found at a byte of its field stands in the words around it, whose
/// white space is folded. Of several places it is the one that stands as far from where the
/// context begins.
#[must_use]
pub fn in_context(context: &str, found: &str, start: u32) -> Option<Range<usize>> {
    let cut = context.starts_with('…');
    nearest(context, &one_line(found), if cut { CONTEXT } else { start as usize })
}

fn nearest(text: &str, found: &str, expected: usize) -> Option<Range<usize>> {
    // An empty text would be found everywhere.
    let starts = text.match_indices(found).map(|(start, _)| start).filter(|_| !found.is_empty());
    starts.min_by_key(|start| start.abs_diff(expected)).map(|start| start..start + found.len())
}

/// Where the matches of the title stand in it.
pub(super) fn title_marks(matches: &[Match]) -> Vec<Range<usize>> {
    let in_title = matches.iter().filter(|found| found.field == Field::Title);
    in_title.map(|found| found.start as usize..found.end as usize).collect()
}

/// The title as it is shown.
pub(super) fn title(item: &Item) -> &str {
    if item.title.is_empty() { "(no title)" } else { &item.title }
}

/// A text cut where its marks begin and end: each piece, and whether it is marked.
/// Overlapping marks are one, and those that do not fit the text are passed over.
pub(super) fn pieces(text: &str, mut marks: Vec<Range<usize>>) -> Vec<(&str, bool)> {
    marks.retain(|mark| text.get(mark.clone()).is_some_and(|marked| !marked.is_empty()));
    marks.sort_by_key(|mark| mark.start);
    marks.dedup_by(|next, kept| {
        let overlap = next.start < kept.end;
        kept.end = if overlap { kept.end.max(next.end) } else { kept.end };
        overlap
    });
    let mut pieces = Vec::new();
    let mut at = 0;
    for mark in marks {
        pieces.push((at..mark.start, false));
        at = mark.end;
        pieces.push((mark, true));
    }
    pieces.push((at..text.len(), false));
    let slice = |(range, marked)| (text.get(range).unwrap_or_default(), marked);
    pieces.into_iter().map(slice).filter(|(piece, _)| !piece.is_empty()).collect()
}

/// White space folded, as a context has it.
fn one_line(text: &str) -> String {
    shortened(text, LONGEST).split_whitespace().collect::<Vec<_>>().join(" ")
}
