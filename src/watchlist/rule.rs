//! A compiled condition and its evaluation over the occurrences of one item.
//!
//! Work is bounded: a part of a condition looks at each occurrence a bounded
//! number of times (binary searches beside), whatever the text.

use super::filter::{FeedPattern, check_language};
use super::found::Found;
use super::proximity::{Places, join};
use super::query::Proximity;
use super::term::{Document, Field, TermId};
use super::{EntityIx, Match, Origin, WatchlistIx, Watchlists};
use crate::text::segment::Segments;
use std::cell::OnceCell;
use std::ops::Range;

/// What a condition comes to. The order is that of three-valued logic: `AND` is
/// the least, `OR` the greatest. A rule fires unless it is `False`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Truth {
    /// It does not hold.
    False,
    /// It depends on a feed or language that is not known, and passes.
    Unchecked,
    /// It holds.
    True,
}

impl From<bool> for Truth {
    fn from(holds: bool) -> Self {
        if holds { Self::True } else { Self::False }
    }
}

impl std::ops::Not for Truth {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            Self::False => Self::True,
            Self::Unchecked => Self::Unchecked,
            Self::True => Self::False,
        }
    }
}

/// A condition whose names are ids.
#[derive(Debug, Clone)]
pub(super) struct Condition {
    pub(super) kind: Kind,
    /// Its bytes in the `when` string.
    pub(super) span: Range<usize>,
}

/// The forms of [`super::query::ExprKind`], resolved.
#[derive(Debug, Clone)]
pub(super) enum Kind {
    /// Any of these terms; sorted.
    Terms(Box<[TermId]>),
    /// Any of these entities.
    Entities(Selector),
    In(Field, Box<Condition>),
    Feed(FeedPattern),
    /// A primary subtag.
    Lang(String),
    And(Vec<Condition>),
    Or(Vec<Condition>),
    Not(Box<Condition>),
    Near(Proximity, Box<Condition>, Box<Condition>),
    AtLeast(usize, Vec<Condition>),
    /// `n OF` one set: that many different members of it.
    AtLeastMembers(usize, Box<Condition>),
    Count(Box<Condition>, usize),
}

/// Which entities.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Selector {
    /// This one.
    One(EntityIx),
    /// Those of a type, of the watchlist itself and of libraries.
    Kind(u32),
    /// All, of the watchlist itself and of libraries.
    Any,
    /// All of the watchlist itself.
    Own,
}

/// The fields that are searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// Without a field: title and body.
    Text,
    /// In one field.
    Only(Field),
}

impl Scope {
    pub(super) fn contains(self, field: Field) -> bool {
        match self {
            Self::Text => matches!(field, Field::Title | Field::Body),
            Self::Only(only) => field == only,
        }
    }
}

/// The sentences and paragraphs of an item, found when a rule asks for them.
#[derive(Debug)]
pub(super) struct Passages<'a> {
    document: &'a Document<'a>,
    fields: [OnceCell<Segments>; Field::ALL.len()],
}

impl<'a> Passages<'a> {
    pub(super) fn new(document: &'a Document<'a>) -> Self {
        Self { document, fields: Default::default() }
    }

    pub(super) fn of(&self, field: Field) -> Option<&Segments> {
        let cell = self.fields.get(field as usize)?;
        Some(cell.get_or_init(|| Segments::new(self.document.text(field))))
    }
}

/// One item, as the rules of one watchlist see it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Subject<'a> {
    pub(super) watchlists: &'a Watchlists,
    pub(super) watchlist: WatchlistIx,
    pub(super) origin: Origin<'a>,
    pub(super) found: Found<'a>,
    pub(super) passages: &'a Passages<'a>,
}

impl Subject<'_> {
    /// What `condition` comes to; unless it is false, the occurrences that made
    /// it so are added to `out` (none under a `NOT`), in no order, some perhaps twice.
    pub(super) fn evaluate(&self, condition: &Condition, scope: Scope, out: &mut Vec<Match>) -> Truth {
        let mark = out.len();
        let truth = match &condition.kind {
            Kind::Terms(_) | Kind::Entities(_) => {
                self.find(condition, scope, out);
                Truth::from(out.len() > mark)
            }
            Kind::In(field, inner) => self.evaluate(inner, Scope::Only(*field), out),
            Kind::Feed(feed) => feed.check(self.origin),
            Kind::Lang(language) => check_language(language, self.origin),
            Kind::And(parts) => self.all(parts, scope, out),
            Kind::Or(parts) => self.each(parts, scope, out).max().unwrap_or(Truth::False),
            Kind::Not(inner) => {
                let truth = !self.evaluate(inner, scope, out);
                out.truncate(mark);
                truth
            }
            Kind::Near(..) => {
                out.extend(self.places(condition, scope).into_matches());
                Truth::from(out.len() > mark)
            }
            Kind::AtLeast(least, parts) => {
                let mut truths: Vec<Truth> = self.each(parts, scope, out).collect();
                // The n-th best decides: true if n are, false if fewer could be.
                truths.sort_unstable_by(|a, b| b.cmp(a));
                least.checked_sub(1).and_then(|nth| truths.get(nth)).copied().unwrap_or(Truth::False)
            }
            Kind::AtLeastMembers(least, set) => {
                self.find(set, scope, out);
                Truth::from(members(out.get(mark..).unwrap_or_default()) >= *least)
            }
            Kind::Count(inner, least) => {
                let places = self.places(inner, scope);
                let mentions = places.mentions();
                out.extend(places.into_matches());
                Truth::from(mentions >= *least)
            }
        };
        if truth == Truth::False {
            out.truncate(mark);
        }
        truth
    }

    /// `AND` stops at the first part that is false.
    fn all(&self, parts: &[Condition], scope: Scope, out: &mut Vec<Match>) -> Truth {
        let mut least = Truth::True;
        for part in parts {
            least = least.min(self.evaluate(part, scope, out));
            if least == Truth::False {
                break;
            }
        }
        least
    }

    /// Each part in turn: all that hold give their occurrences.
    fn each(&self, parts: &[Condition], scope: Scope, out: &mut Vec<Match>) -> impl Iterator<Item = Truth> {
        parts.iter().map(move |part| self.evaluate(part, scope, out))
    }

    /// Adds the occurrences of a set of terms or entities.
    pub(super) fn find(&self, set: &Condition, scope: Scope, out: &mut Vec<Match>) {
        match &set.kind {
            Kind::Terms(terms) => {
                let found = self.found.any_of(terms).filter(|occurrence| scope.contains(occurrence.field));
                out.extend(found.map(|occurrence| Match { occurrence: *occurrence, entity: None }));
            }
            Kind::Entities(selector) => self.find_entities(*selector, scope, out),
            Kind::In(field, inner) => self.find(inner, Scope::Only(*field), out),
            _ => {}
        }
    }

    fn find_entities(&self, selector: Selector, scope: Scope, out: &mut Vec<Match>) {
        for (term, occurrences) in self.found.by_term() {
            for &entity in self.watchlists.entities.named(term) {
                if !self.watchlists.selects(selector, self.watchlist, entity) {
                    continue;
                }
                let inside = occurrences.clone().filter(|occurrence| scope.contains(occurrence.field));
                out.extend(inside.map(|occurrence| Match { occurrence: *occurrence, entity: Some(entity) }));
            }
        }
    }

    /// Whether `term` is a name of an entity that `selector` means.
    pub(super) fn means(&self, selector: Selector, term: TermId) -> bool {
        let named = self.watchlists.entities.named(term);
        named.iter().any(|&entity| self.watchlists.selects(selector, self.watchlist, entity))
    }

    /// Where a condition that has positions stands.
    pub(super) fn places(&self, condition: &Condition, scope: Scope) -> Places {
        match &condition.kind {
            Kind::In(field, inner) => self.places(inner, Scope::Only(*field)),
            Kind::Or(parts) => {
                parts.iter().map(|part| self.places(part, scope)).fold(Places::default(), Places::and_also)
            }
            Kind::Near(proximity, left, right) => {
                let left = self.places(left, scope);
                // Nothing can be near, or only be away from, what is not there.
                if left.is_empty() {
                    return left;
                }
                join(*proximity, &left, &self.places(right, scope), self.passages)
            }
            _ => {
                let mut found = Vec::new();
                self.find(condition, scope, &mut found);
                Places::from(found)
            }
        }
    }
}

/// How many different terms or entities there are among `matches`.
pub(super) fn members(matches: &[Match]) -> usize {
    let mut members: Vec<_> = matches
        .iter()
        .map(|found| match found.entity {
            Some(entity) => (Some(entity), None),
            None => (None, Some(found.occurrence.term)),
        })
        .collect();
    members.sort_unstable();
    members.dedup();
    members.len()
}
