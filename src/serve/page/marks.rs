//! Texts with what was found in them, and the links that may be offered for a click.

use crate::sink::payload::{Field, Item, Match, field_text};
use crate::sink::{in_context, safe_link};
use serde::Serialize;
use std::collections::BTreeMap;
use std::ops::Range;
use url::{Url, form_urlencoded};

/// A piece of a text.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Piece {
    text: String,
    /// What was found there; `None`: nothing.
    mark: Option<String>,
}

/// A link to elsewhere.
#[derive(Debug, Serialize)]
pub(super) struct Link {
    href: String,
    /// The host that it leads to.
    host: String,
}

impl Link {
    /// What may be clicked of what a feed calls a link.
    pub(super) fn of(link: &str) -> Option<Self> {
        let href = safe_link(link)?;
        let host = Url::parse(&href).ok()?.host_str()?.to_owned();
        Some(Self { href, host })
    }
}

/// A text in pieces; marks that overlap are one, and those that are not in the text are none.
pub(super) fn pieces(text: &str, marks: impl IntoIterator<Item = (Range<usize>, String)>) -> Vec<Piece> {
    let mut ends: BTreeMap<usize, (usize, String)> = BTreeMap::new();
    for (range, said) in marks {
        if range.is_empty() || text.get(range.clone()).is_none() {
            continue;
        }
        let longest = ends.entry(range.start).or_insert((range.end, said.clone()));
        if range.end > longest.0 {
            *longest = (range.end, said);
        }
    }
    let mut joined: Vec<(Range<usize>, String)> = Vec::new();
    for (start, (end, said)) in ends {
        match joined.last_mut().filter(|(before, _)| start < before.end) {
            Some((before, _)) => before.end = before.end.max(end),
            None => joined.push((start..end, said)),
        }
    }
    let mut pieces = Vec::new();
    let mut add = |range: Range<usize>, mark: Option<String>| {
        if let Some(text) = text.get(range).filter(|text| !text.is_empty()) {
            pieces.push(Piece { text: text.to_owned(), mark });
        }
    };
    let mut done = 0;
    for (range, said) in joined {
        add(done..range.start, None);
        done = range.end;
        add(range, Some(said));
    }
    add(done..text.len(), None);
    pieces
}

/// A field of an item with its matches.
pub(super) fn marked(item: &Item, field: Field, matches: &[Match]) -> Vec<Piece> {
    let found = matches.iter().filter(|found| found.field == field);
    pieces(
        &field_text(item, field).unwrap_or_default(),
        found.map(|found| (found.start as usize..found.end as usize, name(found))),
    )
}

/// The words around a match, with it in them.
pub(super) fn quoted(found: &Match) -> Vec<Piece> {
    let place = in_context(&found.context, &found.text, found.start);
    pieces(&found.context, place.map(|place| (place, name(found))))
}

fn name(found: &Match) -> String {
    found.entity.as_ref().map_or_else(|| found.term.clone(), |entity| format!("{} ({})", found.term, entity.name))
}

/// An address of ours with a query.
pub(super) fn address<'a>(path: &str, pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}
