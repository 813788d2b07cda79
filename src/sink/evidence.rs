//! Which matches of an alert a person is shown, and where they stand in the text
//! around them. How they are marked is for those who write.

use super::payload::{Field, Item, Match};
use super::terminal::shortened;
use std::ops::Range;

/// The most characters that are shown of a title, a name or a context.
pub(super) const LONGEST: usize = 600;
/// The most groups of matches that are shown, and the most matches in one of them.
const MOST_MATCHES: usize = 6;

/// Matches that are shown together: those of the title, or those that can be seen in
/// the context of the first.
pub(super) struct Evidence<'a> {
    /// The field they were found in.
    pub(super) field: Field,
    /// The context of the first, white space folded.
    pub(super) context: String,
    /// The matches, each text and entity once.
    pub(super) found: Vec<&'a Match>,
}

/// The groups that show the matches, and how many matches are in none of them.
pub(super) fn evidence(matches: &[Match]) -> (Vec<Evidence<'_>>, usize) {
    let mut groups: Vec<Evidence<'_>> = Vec::new();
    let mut more = 0;
    for found in matches {
        if let Some(group) = groups.iter_mut().find(|group| group.shows(found)) {
            group.add(found);
        } else if groups.len() < MOST_MATCHES {
            let context = shortened(&found.context, LONGEST).into_owned();
            groups.push(Evidence { field: found.field, context, found: vec![found] });
        } else {
            more += 1;
        }
    }
    (groups, more)
}

impl<'a> Evidence<'a> {
    fn shows(&self, found: &Match) -> bool {
        self.field == found.field && (self.field == Field::Title || self.context.contains(&one_line(&found.text)))
    }

    fn add(&mut self, found: &'a Match) {
        let same = |other: &&Match| (&other.text, &other.entity) == (&found.text, &found.entity);
        if self.found.len() < MOST_MATCHES && !self.found.iter().any(same) {
            self.found.push(found);
        }
    }

    /// Where the matches stand in the context.
    pub(super) fn marks(&self) -> Vec<Range<usize>> {
        let places = |found: &&Match| {
            let text = one_line(&found.text);
            // An empty text would be found everywhere.
            let places = self.context.match_indices(&text).take_while(|_| !text.is_empty());
            places.map(|(start, text)| start..start + text.len()).collect::<Vec<_>>()
        };
        self.found.iter().flat_map(places).collect()
    }
}

/// Where a text that was found stands in the words around it, whose white space is folded.
#[must_use]
pub fn in_context(context: &str, found: &str) -> Option<Range<usize>> {
    let found = found.split_whitespace().collect::<Vec<_>>().join(" ");
    context.find(&found).filter(|_| !found.is_empty()).map(|start| start..start + found.len())
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
