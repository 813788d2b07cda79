//! Decides whether a form found in a folded text is an occurrence of its term:
//! the whole form stands there, at word boundaries, in the case that is asked for.

use super::entry::Entry;
use super::form::{self, Needs, SEPARATOR};
use super::index::Index;
use crate::text::boundary::{Compound, View};
use crate::text::chars::{class, is_apostrophe, is_hyphen, is_ignorable};
use crate::text::segment::is_blank_line;
use std::ops::Range;

/// A run of white space longer than this separates: bounded work on any text.
const LONGEST_SPACE: usize = 4096;

/// No more characters than this of a neighbouring word are looked at.
const LONGEST_NEIGHBOUR: usize = 64;

/// Why a form that stands in the text is no occurrence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Refused {
    /// A word goes on to the left.
    Left,
    /// A word goes on to the right.
    Right,
    /// Upper and lower case differ.
    Case,
    /// An acronym among words in capitals.
    Capitals,
}

/// An occurrence, in both texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) folded: Range<usize>,
    pub(super) original: Range<usize>,
}

/// Where the whole form stands in the folded text, given where its anchor does.
pub(super) fn locate(index: &Index, entry: &Entry, anchor: &Range<usize>, text: &[u8]) -> Option<Range<usize>> {
    let folded = index.folded(entry);
    let range = entry.anchor_range();
    let start = backward(text, anchor.start, folded.get(..range.start)?)?;
    let end = forward(text, anchor.end, folded.get(range.end..)?)?;
    let is_anchor = text.get(anchor.clone())?.iter().eq(folded.get(range)?);
    is_anchor.then_some(start..end)
}

/// Judges a form that stands at `at` of the folded text.
pub(super) fn judge(view: View<'_>, index: &Index, entry: &Entry, at: Range<usize>) -> (Found, Result<(), Refused>) {
    let compound = if entry.needs.has(Needs::JOIN) { Compound::Whole } else { Compound::Split };
    let (at, inside_longer) = with_dots(view, entry, at);
    let found = extend(view, entry, at.clone(), compound);
    let (begins, ends) = if view.is_apart(&found.original) {
        (true, true)
    } else {
        let (first, last) = view.edges(found.original.clone());
        let begins = view.starts_word(found.folded.start, first, compound);
        (begins, view.ends_word(found.folded.end, last, compound))
    };
    let verdict = if inside_longer || !begins {
        Err(Refused::Left)
    } else if splits_mark(view, entry, at.end) || lacks_word(index, entry, &at, &found) || !ends {
        Err(Refused::Right)
    } else {
        judge_case(view.original, index, entry, &found.original)
    };
    (found, verdict)
}

/// Whether a form whose case counts cannot be an occurrence at `at`, by its first
/// character alone: `us` is most often not the US.
pub(super) fn is_lower(view: View<'_>, index: &Index, entry: &Entry, at: &Range<usize>) -> bool {
    let is_capital = index.exact(entry).as_bytes().first().is_some_and(u8::is_ascii_uppercase);
    is_capital && view.folded.cased().get(at.start).is_some_and(u8::is_ascii_lowercase)
}

/// For a dotted acronym: takes in the last dot, and says whether the acronym is
/// the end of a longer one (`S.A.` in `U.S.A.`).
fn with_dots(view: View<'_>, entry: &Entry, at: Range<usize>) -> (Range<usize>, bool) {
    if !entry.needs.has(Needs::DOTTED) {
        return (at, false);
    }
    let is_dot = |end: usize| view.folded.text().get(at.end..end) == Some(".");
    // Not the first of the three that an ellipsis becomes.
    let end = view.after(at.end).map(|(_, end)| end).filter(|end| is_dot(*end)).unwrap_or(at.end);
    let dot = view.before(at.start).filter(|(c, _)| *c == '.');
    let longer = dot.and_then(|(_, start)| view.before(start)).is_some_and(|(c, _)| class(c).is_word());
    (at.start..end, longer)
}

/// Widens a form to whole characters, a prefix to the end of its word.
fn extend(view: View<'_>, entry: &Entry, at: Range<usize>, compound: Compound) -> Found {
    let (folded, original) = view.folded.widen(at.clone());
    if !entry.needs.has(Needs::PREFIX) {
        return Found { folded, original };
    }
    let (_, last) = view.edges(original);
    let end = view.word_end(folded.end, last, compound);
    let (folded, original) = view.folded.widen(at.start..end);
    Found { folded, original }
}

/// Whether a mark follows that folding kept: then the last letter is another one (か in が).
fn splits_mark(view: View<'_>, entry: &Entry, end: usize) -> bool {
    let next = view.folded.text().get(end..).and_then(|rest| rest.chars().next());
    !entry.needs.has(Needs::PREFIX) && next.is_some_and(|c| class(c).is_mark())
}

/// Whether a prefix that ends with a separator has no word after it.
fn lacks_word(index: &Index, entry: &Entry, at: &Range<usize>, found: &Found) -> bool {
    entry.needs.has(Needs::PREFIX) && index.folded(entry).last() == Some(&SEPARATOR) && found.folded.end == at.end
}

/// Whether a form that stands at `found` is in the case that is asked for.
pub(super) fn has_case(index: &Index, entry: &Entry, original: &str, found: &Found) -> bool {
    judge_case(original, index, entry, &found.original) != Err(Refused::Case)
}

fn judge_case(original: &str, index: &Index, entry: &Entry, span: &Range<usize>) -> Result<(), Refused> {
    let surface = original.get(span.clone()).unwrap_or_default();
    let exact = index.exact(entry);
    if !exact.is_empty() && !is_spelled(surface, exact, entry.needs) {
        return Err(Refused::Case);
    }
    if entry.needs.has(Needs::PROPER) && begins_lower(surface) {
        return Err(Refused::Case);
    }
    if entry.needs.has(Needs::CONTEXT) && is_among_capitals(original, span) {
        return Err(Refused::Capitals);
    }
    Ok(())
}

/// Whether `surface` is spelled like `exact`, which has one space for each separator.
fn is_spelled(surface: &str, exact: &str, needs: Needs) -> bool {
    // ASCII is its own NFKC form.
    if surface.is_ascii() {
        is_spelled_by(surface.chars(), exact, needs)
    } else {
        is_spelled_by(form::exact(surface), exact, needs)
    }
}

fn is_spelled_by(surface: impl Iterator<Item = char>, exact: &str, needs: Needs) -> bool {
    let mut chars = surface.filter(|c| !needs.has(Needs::DOTTED) || *c != '.').peekable();
    for expected in exact.chars() {
        match chars.next() {
            Some(c) if c == expected && !c.is_whitespace() => {}
            Some(c) if expected == ' ' && (c.is_whitespace() || is_hyphen(c)) => {
                while chars.next_if(|c| c.is_whitespace()).is_some() {}
            }
            _ => return false,
        }
    }
    needs.has(Needs::PREFIX) || chars.next().is_none()
}

/// Whether the first letter could be a capital and is none. Scripts without
/// case have no capitals to ask for.
fn begins_lower(surface: &str) -> bool {
    let first = surface.chars().find(|c| c.is_alphanumeric());
    first.is_some_and(|c| !c.is_uppercase() && !c.to_uppercase().eq([c]) && c.to_lowercase().eq([c]))
}

/// Whether words of two or more capitals stand directly before and after `span`:
/// then its own capitals say nothing (TELL US MORE).
fn is_among_capitals(original: &str, span: &Range<usize>) -> bool {
    let before = original.get(..span.start).unwrap_or_default();
    let after = original.get(span.end..).unwrap_or_default();
    is_shouted(neighbour(before.chars().rev())) && is_shouted(neighbour(after.chars()))
}

/// The word that `chars` lead to over nothing but white space without a blank
/// line, none where they do not.
fn neighbour(chars: impl Iterator<Item = char>) -> impl Iterator<Item = char> {
    let mut chars = chars.take(LONGEST_NEIGHBOUR).filter(|c| !is_ignorable(*c)).peekable();
    let (mut spaces, mut lines) = (0, 0);
    while let Some(c) = chars.next_if(|c| c.is_whitespace()) {
        spaces += 1;
        lines += usize::from(c == '\n');
    }
    chars.take_while(move |c| spaces > 0 && lines < 2 && (class(*c).is_word() || is_apostrophe(*c)))
}

fn is_shouted(word: impl Iterator<Item = char>) -> bool {
    let mut capitals = 0;
    for c in word {
        if c.is_lowercase() {
            return false;
        }
        capitals += usize::from(c.is_uppercase());
    }
    capitals >= 2
}

/// Where `form` ends if it stands at `at`.
fn forward(text: &[u8], mut at: usize, form: &[u8]) -> Option<usize> {
    for expected in form {
        if *expected == SEPARATOR {
            at += separator(text.get(at..)?)?;
        } else if text.get(at) == Some(expected) {
            at += 1;
        } else {
            return None;
        }
    }
    Some(at)
}

/// Where `form` begins if it ends at `at`.
fn backward(text: &[u8], mut at: usize, form: &[u8]) -> Option<usize> {
    for expected in form.iter().rev() {
        if *expected == SEPARATOR {
            at -= separator_before(text.get(..at)?)?;
        } else {
            at = at.checked_sub(1)?;
            if text.get(at) != Some(expected) {
                return None;
            }
        }
    }
    Some(at)
}

/// An en dash in UTF-8.
const EN_DASH: &[u8] = "–".as_bytes();

/// The length of the separator that `text` begins with.
fn separator(text: &[u8]) -> Option<usize> {
    match text.first()? {
        b' ' if text.get(1).is_some_and(|next| !is_space(*next)) => Some(1),
        b'-' => Some(1),
        _ if text.starts_with(EN_DASH) => Some(EN_DASH.len()),
        _ => space(text.iter().take(LONGEST_SPACE).take_while(|byte| is_space(**byte)).count(), |len| text.get(..len)),
    }
}

/// The length of the separator that `text` ends with.
fn separator_before(text: &[u8]) -> Option<usize> {
    match text.last()? {
        b'-' => Some(1),
        _ if text.ends_with(EN_DASH) => Some(EN_DASH.len()),
        _ => {
            let len = text.iter().rev().take(LONGEST_SPACE).take_while(|byte| is_space(**byte)).count();
            space(len, |len| text.get(text.len() - len..))
        }
    }
}

/// `len` where so much white space separates words without a blank line.
fn space<'a>(len: usize, run: impl Fn(usize) -> Option<&'a [u8]>) -> Option<usize> {
    let run = std::str::from_utf8(run(len)?).ok()?;
    (len > 0 && len < LONGEST_SPACE && !is_blank_line(run)).then_some(len)
}

/// White space as it is after folding.
const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}
