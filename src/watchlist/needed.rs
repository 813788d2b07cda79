//! What must occur for a condition to hold: the rules that an item touches are
//! found by it, and a rule that needs nothing is a mistake.

use super::query::Relation;
use super::rule::{Condition, Kind, Selector};
use super::term::TermId;

/// A condition can only hold where one of these occurs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Needed<'a> {
    /// Any of these terms.
    Terms(&'a [TermId]),
    /// A name of any of these entities.
    Names(Selector),
    /// Any of several.
    Any(Vec<Needed<'a>>),
}

impl<'a> Needed<'a> {
    /// What `condition` needs; `None`: it may hold without any term.
    pub(super) fn by(condition: &'a Condition) -> Option<Self> {
        match &condition.kind {
            Kind::Terms(terms) => Some(Self::Terms(terms)),
            Kind::Entities(selector) => Some(Self::Names(*selector)),
            Kind::In(_, inner) | Kind::Count(inner, _) | Kind::AtLeastMembers(_, inner) => Self::by(inner),
            Kind::Feed(_) | Kind::Lang(_) | Kind::Not(_) => None,
            Kind::And(parts) => Self::rarest(parts.iter()),
            Kind::Or(parts) => parts.iter().map(Self::by).collect::<Option<_>>().map(Self::Any),
            Kind::Near(proximity, left, _) if proximity.relation == Relation::Apart => Self::by(left),
            Kind::Near(_, left, right) => Self::rarest([left, right].into_iter().map(AsRef::as_ref)),
            Kind::AtLeast(least, parts) => {
                // Without any term, only those can hold that need none.
                let needs: Vec<_> = parts.iter().filter_map(Self::by).collect();
                (parts.len() - needs.len() < *least).then_some(Self::Any(needs))
            }
        }
    }

    /// Where several must hold, any one will do: that of the fewest terms.
    fn rarest(parts: impl Iterator<Item = &'a Condition>) -> Option<Self> {
        parts.filter_map(Self::by).min_by_key(Self::weight)
    }

    /// About how many terms it is.
    fn weight(&self) -> usize {
        match self {
            Self::Terms(terms) => terms.len(),
            Self::Names(Selector::One(_)) => 1,
            // Of the entities of a type there may be a million.
            Self::Names(_) => 1_000_000,
            Self::Any(needs) => needs.iter().map(Self::weight).sum(),
        }
    }

    /// All its terms, given the names of entities.
    pub(super) fn terms(&self, names_of: &impl Fn(Selector) -> Vec<TermId>) -> Vec<TermId> {
        match self {
            Self::Terms(terms) => terms.to_vec(),
            Self::Names(selector) => names_of(*selector),
            Self::Any(needs) => needs.iter().flat_map(|need| need.terms(names_of)).collect(),
        }
    }
}
