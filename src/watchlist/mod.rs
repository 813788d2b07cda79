//! Watchlists: what people look for. Terms are found by the [`matcher`], rules
//! are parsed by [`query`] and evaluated by [`rule`], and [`explain`] says why.
//!
//! One [`Watchlists`] serves all watchlists of a configuration: terms are
//! shared, compiled once by [`compile`], and never changed afterwards. Pure: no
//! I/O, no clock, no panic on any input.

pub mod compile;
pub mod definition;
mod entities;
pub mod explain;
mod filter;
mod found;
pub mod import;
pub mod lint;
pub mod matcher;
mod needed;
mod proximity;
pub mod query;
mod resolve;
mod rows;
pub mod rule;
pub mod self_test;
mod sought;
pub mod standalone;
pub mod strings;
pub(crate) mod suggest;
pub mod term;

use definition::Severity;
use entities::Entities;
pub use filter::FeedPattern;
use filter::Filters;
use found::Found;
use matcher::Matcher;
use rows::Rows;
use rule::{Condition, Passages, Scope, Selector, Subject, Truth};
use term::{Document, Occurrence};

/// A watchlist of a [`Watchlists`]; dense from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct WatchlistIx(pub u32);

/// A rule of a [`Watchlists`], over all watchlists; dense from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RuleIx(pub u32);

/// An entity of a [`Watchlists`], over all watchlists; dense from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EntityIx(pub u32);

/// The rule id of a watchlist that has no rule of its own and fires on any
/// keyword or entity.
pub const ANY: &str = "any";

/// All watchlists of a configuration, compiled. Complete or absent.
#[derive(Debug, Default)]
pub struct Watchlists {
    lists: Vec<Watchlist>,
    rules: Vec<Rule>,
    entities: Entities,
    matcher: Matcher,
    /// By term, the rules that it may make true: a rule fires only if one of them occurs.
    touched: Rows<RuleIx>,
}

/// A compiled watchlist.
#[derive(Debug, Clone)]
pub struct Watchlist {
    /// Its unique name.
    pub name: String,
    /// Its title for people.
    pub title: String,
    /// The severity of rules that set none.
    pub severity: Severity,
    /// The names of the sinks it wants; `None`: every sink that takes it.
    pub sinks: Option<Vec<String>>,
    /// It only serves others.
    pub library: bool,
    /// Its rules; a watchlist without any has the one rule [`ANY`].
    pub rules: Vec<RuleIx>,
    filters: Filters,
}

/// A compiled rule.
#[derive(Debug)]
pub struct Rule {
    /// The watchlist it belongs to.
    pub watchlist: WatchlistIx,
    /// Its id, unique in its watchlist.
    pub id: String,
    /// Its title for people.
    pub title: String,
    /// Its severity.
    pub severity: Severity,
    /// Its tags.
    pub tags: Vec<String>,
    /// It is the rule [`ANY`] that the watchlist did not write.
    pub implicit: bool,
    /// Its condition as written.
    when: String,
    condition: Condition,
}

/// A compiled entity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entity<'a> {
    /// Its id, unique in its file.
    pub id: &'a str,
    /// Its type: `person`, `organization`, any word.
    pub kind: &'a str,
    /// What it is called in alerts.
    pub name: &'a str,
}

/// How much there is to look for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Watchlists, libraries included.
    pub watchlists: usize,
    /// Rules, the implicit ones included.
    pub rules: usize,
    /// Entities.
    pub entities: usize,
    /// Different terms.
    pub terms: usize,
}

/// Buffers that are used again from item to item; one for each thread.
#[derive(Debug, Default)]
pub struct Scratch {
    matcher: matcher::Scratch,
    occurrences: Vec<Occurrence>,
    by_term: Vec<u32>,
    touched: Vec<RuleIx>,
}

/// What is known of an item's origin when it is matched.
#[derive(Debug, Clone, Copy, Default)]
pub struct Origin<'a> {
    /// The feed; `None` where there is none (`match` without `--feed`, tests):
    /// then every feed filter passes.
    pub feed: Option<FeedLabel<'a>>,
    /// The item's language, a BCP 47 tag; `None`: unknown, every language filter passes.
    pub language: Option<&'a str>,
}

/// What the feed filters of watchlists and rules look at.
#[derive(Debug, Clone, Copy)]
pub struct FeedLabel<'a> {
    /// The feed's name.
    pub name: &'a str,
    /// Its tags.
    pub tags: &'a [String],
}

/// What one watchlist says of one item.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// The watchlist.
    pub watchlist: WatchlistIx,
    /// Its rules that fire, in the order of the file; never empty.
    pub rules: Vec<RuleHit>,
}

/// A rule that fires on an item.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleHit {
    /// The rule.
    pub rule: RuleIx,
    /// The occurrences that made it true (none under a `NOT`), sorted, without duplicates.
    pub matches: Vec<Match>,
}

/// A term found at one place, for one entity if it is a name of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Match {
    /// Where and what.
    pub occurrence: Occurrence,
    /// Whose name it is; `None` for keywords and terms of rules.
    pub entity: Option<EntityIx>,
}

impl Watchlists {
    /// The compiled watchlists, indexed by [`WatchlistIx`].
    #[must_use]
    pub fn lists(&self) -> &[Watchlist] {
        &self.lists
    }

    /// The compiled rules, indexed by [`RuleIx`].
    #[must_use]
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The watchlist that a rule belongs to.
    #[must_use]
    pub fn list_of(&self, rule: RuleIx) -> Option<&Watchlist> {
        self.lists.get(self.rules.get(rule.0 as usize)?.watchlist.0 as usize)
    }

    /// A compiled entity.
    #[must_use]
    pub fn entity(&self, entity: EntityIx) -> Option<Entity<'_>> {
        self.entities.get(entity)
    }

    /// The ids of all entities.
    pub fn entity_ids(&self) -> impl Iterator<Item = &str> + Clone {
        (0u32..).map_while(|entity| Some(self.entity(EntityIx(entity))?.id))
    }

    /// How much there is to look for.
    #[must_use]
    pub fn counts(&self) -> Counts {
        Counts {
            watchlists: self.lists.len(),
            rules: self.rules.len(),
            entities: self.entities.len(),
            terms: self.matcher.len(),
        }
    }

    /// What is remembered as fired when `rule` fires by `found`: the rule's id;
    /// for [`ANY`] the entity or term, `any/@ENTITY` or `any/TERM`, so that a
    /// later copy that names another one still alerts. Where an imported entity has an id
    /// that came before (two lists that both count from 1), its name follows.
    #[must_use]
    pub fn fired_key(&self, rule: RuleIx, found: &Match) -> String {
        let Some(rule) = self.rules.get(rule.0 as usize) else { return String::new() };
        if !rule.implicit {
            return rule.id.clone();
        }
        let entity = found.entity.and_then(|ix| Some((ix, self.entity(ix)?)));
        match entity {
            Some((ix, entity)) if self.entities.repeats_id(ix) => format!("{ANY}/@{}/{}", entity.id, entity.name),
            Some((_, entity)) => format!("{ANY}/@{}", entity.id),
            None => format!("{ANY}/{}", self.matcher.text(found.occurrence.term).unwrap_or_default()),
        }
    }

    /// The terms that are looked for.
    #[must_use]
    pub fn matcher(&self) -> &Matcher {
        &self.matcher
    }

    /// What fires on one item, in the order of the watchlists. An item that
    /// matches nothing allocates nothing.
    pub fn scan(&self, document: &Document<'_>, origin: Origin<'_>, scratch: &mut Scratch) -> Vec<Hit> {
        self.matcher.find(document, &mut scratch.matcher, &mut scratch.occurrences);
        let Scratch { occurrences, by_term, touched, .. } = scratch;
        self.evaluate(occurrences, document, origin, by_term, touched)
    }

    /// What fires where `occurrences`, in their order, are what was found.
    #[must_use]
    pub fn hits(&self, occurrences: &[Occurrence], document: &Document<'_>, origin: Origin<'_>) -> Vec<Hit> {
        self.evaluate(occurrences, document, origin, &mut Vec::new(), &mut Vec::new())
    }

    /// What fires on one item where names of the entities whose ids are `left_out` do not count.
    #[must_use]
    pub fn scan_without(
        &self,
        document: &Document<'_>,
        origin: Origin<'_>,
        left_out: &dyn Fn(&str) -> bool,
    ) -> Vec<Hit> {
        let mut occurrences = Vec::new();
        self.matcher.find(document, &mut matcher::Scratch::default(), &mut occurrences);
        let is_left_out = |entity: &EntityIx| self.entity(*entity).is_some_and(|entity| left_out(entity.id));
        occurrences.retain(|found| !self.entities.named(found.term).iter().any(is_left_out));
        self.hits(&occurrences, document, origin)
    }

    /// Evaluates the rules that are touched, by watchlist.
    fn evaluate(
        &self,
        occurrences: &[Occurrence],
        document: &Document<'_>,
        origin: Origin<'_>,
        by_term: &mut Vec<u32>,
        touched: &mut Vec<RuleIx>,
    ) -> Vec<Hit> {
        let found = Found::new(occurrences, by_term);
        touched.clear();
        touched.extend(found.by_term().flat_map(|(term, _)| self.touched.get(term.0)));
        touched.sort_unstable();
        touched.dedup();
        let passages = Passages::new(document);
        let list_of = |rule: RuleIx| self.rules.get(rule.0 as usize).map(|rule| rule.watchlist);
        let mut hits = Vec::new();
        for group in touched.chunk_by(|&a, &b| list_of(a) == list_of(b)) {
            let Some(watchlist) = group.first().and_then(|&rule| list_of(rule)) else { continue };
            let passes = |list: &Watchlist| list.filters.check(origin) != Truth::False;
            if !self.lists.get(watchlist.0 as usize).is_some_and(passes) {
                continue;
            }
            let subject = Subject { watchlists: self, watchlist, origin, found, passages: &passages };
            let rules: Vec<_> = group.iter().filter_map(|&rule| self.fire(rule, &subject)).collect();
            if !rules.is_empty() {
                hits.push(Hit { watchlist, rules });
            }
        }
        hits
    }

    fn fire(&self, index: RuleIx, subject: &Subject<'_>) -> Option<RuleHit> {
        let rule = self.rules.get(index.0 as usize)?;
        let mut matches = Vec::new();
        if subject.evaluate(&rule.condition, Scope::Text, &mut matches) == Truth::False {
            return None;
        }
        matches.sort_unstable();
        matches.dedup();
        Some(RuleHit { rule: index, matches })
    }

    /// Whether `entity` is one of those that `selector` means in a rule of `watchlist`.
    fn selects(&self, selector: Selector, watchlist: WatchlistIx, entity: EntityIx) -> bool {
        let list = self.entities.list_of(entity);
        let own = list == watchlist;
        let visible = own || self.lists.get(list.0 as usize).is_some_and(|list| list.library);
        match selector {
            Selector::One(one) => one == entity,
            Selector::Kind(kind) => visible && self.entities.kind_of(entity) == Some(kind),
            Selector::Any => visible,
            Selector::Own => own,
        }
    }
}
