//! What the rules of a watchlist look for, for people: matching has its own index.

use super::query::Relation;
use super::rule::{Condition, Kind, Selector};
use super::term::TermId;
use super::{EntityIx, WatchlistIx, Watchlists};
use std::collections::HashSet;

/// What the conditions of a watchlist name, outside `NOT`.
#[derive(Debug, Default)]
struct Named {
    terms: Vec<TermId>,
    entities: HashSet<EntityIx>,
    /// Selectors that mean many entities; each once.
    wide: Vec<Selector>,
}

impl Named {
    fn add(&mut self, condition: &Condition) {
        match &condition.kind {
            Kind::Terms(terms) => self.terms.extend(terms),
            Kind::Entities(Selector::One(entity)) => {
                self.entities.insert(*entity);
            }
            Kind::Entities(wide) if !self.wide.contains(wide) => self.wide.push(*wide),
            Kind::And(parts) | Kind::Or(parts) | Kind::AtLeast(_, parts) => {
                parts.iter().for_each(|part| self.add(part));
            }
            Kind::In(_, inner) | Kind::AtLeastMembers(_, inner) | Kind::Count(inner, _) => self.add(inner),
            Kind::Near(proximity, left, _) if proximity.relation == Relation::Apart => self.add(left),
            Kind::Near(_, left, right) => [left, right].into_iter().for_each(|side| self.add(side)),
            Kind::Entities(_) | Kind::Not(_) | Kind::Feed(_) | Kind::Lang(_) => {}
        }
    }
}

impl Watchlists {
    /// The terms by which a watchlist can fire, each once, in the order of the files: those
    /// that stand only under a `NOT` are none. Looks at every term once, which takes tens of
    /// milliseconds for a million names.
    pub fn sought(&self, list: WatchlistIx) -> impl Iterator<Item = &str> {
        let mut named = Named::default();
        let rules = self.lists.get(list.0 as usize).map_or(&[][..], |list| &list.rules);
        for rule in rules.iter().filter_map(|rule| self.rules.get(rule.0 as usize)) {
            named.add(&rule.condition);
        }
        let Named { mut terms, entities, wide } = named;
        if !entities.is_empty() || !wide.is_empty() {
            let means = |entity: &EntityIx| {
                entities.contains(entity) || wide.iter().any(|wide| self.selects(*wide, list, *entity))
            };
            let all = (0..u32::try_from(self.matcher.len()).unwrap_or(u32::MAX)).map(TermId);
            terms.extend(all.filter(|term| self.entities.named(*term).iter().any(means)));
        }
        terms.sort_unstable();
        terms.dedup();
        terms.into_iter().filter_map(|term| self.matcher.text(term))
    }
}
