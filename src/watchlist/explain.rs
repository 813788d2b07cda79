//! Why a rule fired, or did not: the tree of its condition with each node true,
//! false or unchecked, and what nearly matched.

use super::found::Found;
use super::matcher::{NearMiss, Reason};
use super::proximity::closest;
use super::query::{Proximity, Reach, Relation};
use super::rule::{Condition, Kind, Passages, Scope, Subject, Truth};
use super::term::{Document, Occurrence};
use super::{Match, Origin, Rule, RuleIx, Scratch, Watchlist, WatchlistIx, Watchlists};
use crate::text::chars::{class, is_apostrophe, is_hyphen, is_ignorable};
use crate::text::count::count;
use std::ops::Range;

/// A reason names no more occurrences than this.
const NAMED: usize = 3;

/// A word that is longer, in bytes, is not shown: it is none.
const LONGEST_WORD: usize = 80;

/// Why one rule fires on an item or does not.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleExplanation {
    /// The rule.
    pub rule: RuleIx,
    /// Its condition as written; for a watchlist without rules, in words.
    pub when: String,
    /// The feed and language filters of its watchlist, if it has any: unchecked where feed or language are not known.
    pub filters: Vec<Explanation>,
    /// Its condition.
    pub condition: Explanation,
}

impl RuleExplanation {
    /// What filters and condition come to together.
    #[must_use]
    pub fn truth(&self) -> Truth {
        self.filters.iter().chain([&self.condition]).map(|part| part.truth).min().unwrap_or(Truth::False)
    }

    /// Whether the rule fires.
    #[must_use]
    pub fn fires(&self) -> bool {
        self.truth() != Truth::False
    }
}

/// A part of a condition and what became of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// The part, as written.
    pub text: String,
    /// Its place: byte range in [`RuleExplanation::when`]; empty where it is not written there.
    pub span: Range<usize>,
    /// What it comes to.
    pub truth: Truth,
    /// Why, in words: what was found, which distance was measured. Empty where the parts say it all.
    pub why: String,
    /// The occurrences that made it true, in order.
    pub matches: Vec<Match>,
    /// How many places nearly matched, where it is a term or a name that is not found.
    pub near_misses: usize,
    /// Its parts.
    pub parts: Vec<Explanation>,
}

impl Explanation {
    /// Whether anything of it is found, or nearly.
    #[must_use]
    pub fn touches(&self) -> bool {
        !self.matches.is_empty() || self.near_misses > 0 || self.parts.iter().any(Self::touches)
    }

    /// The reasons of the smallest parts that keep a condition from holding.
    #[must_use]
    pub fn obstacles(&self) -> Vec<&Self> {
        if self.truth != Truth::False {
            return Vec::new();
        }
        let below: Vec<_> = self.parts.iter().flat_map(Self::obstacles).collect();
        if below.is_empty() { vec![self] } else { below }
    }
}

/// Explains every rule of every watchlist that is no library, in order.
#[must_use]
pub fn explain(
    watchlists: &Watchlists,
    document: &Document<'_>,
    origin: Origin<'_>,
    scratch: &mut Scratch,
) -> Vec<RuleExplanation> {
    watchlists.matcher.find(document, &mut scratch.matcher, &mut scratch.occurrences);
    let found = Found::new(&scratch.occurrences, &mut scratch.by_term);
    let passages = Passages::new(document);
    let near_misses = &watchlists.matcher.near_misses(document);
    let mut explanations = Vec::new();
    for (index, list) in (0..).zip(&watchlists.lists) {
        let subject = Subject { watchlists, watchlist: WatchlistIx(index), origin, found, passages: &passages };
        let rules = list.rules.iter().filter_map(|&rule| Some((rule, watchlists.rules.get(rule.0 as usize)?)));
        explanations
            .extend(rules.map(|(index, rule)| Explainer { subject, document, rule, near_misses }.rule(index, list)));
    }
    explanations
}

struct Explainer<'a> {
    subject: Subject<'a>,
    document: &'a Document<'a>,
    rule: &'a Rule,
    near_misses: &'a [NearMiss],
}

impl Explainer<'_> {
    fn rule(&self, rule: RuleIx, list: &Watchlist) -> RuleExplanation {
        let origin = self.subject.origin;
        let filter = |name: &str, truth, why| Explanation {
            text: name.to_owned(),
            span: 0..0,
            truth,
            why,
            matches: Vec::new(),
            near_misses: 0,
            parts: Vec::new(),
        };
        let feeds =
            list.filters.feeds.is_some().then(|| filter("feeds", list.filters.check_feeds(origin), self.feed()));
        let checked = list.filters.check_languages(origin);
        let languages = list.filters.languages.is_some().then(|| filter("languages", checked, self.language()));
        RuleExplanation {
            rule,
            when: self.rule.when.clone(),
            filters: feeds.into_iter().chain(languages).collect(),
            condition: self.condition(&self.rule.condition, Scope::Text),
        }
    }

    fn condition(&self, condition: &Condition, scope: Scope) -> Explanation {
        let mut matches = Vec::new();
        let truth = self.subject.evaluate(condition, scope, &mut matches);
        matches.sort_unstable();
        matches.dedup();
        let inside = if let Kind::In(field, _) = &condition.kind { Scope::Only(*field) } else { scope };
        let near = if truth == Truth::False { self.near(condition, scope) } else { Vec::new() };
        Explanation {
            text: self.text(condition),
            span: condition.span.clone(),
            truth,
            why: self.why(condition, scope, truth, &matches, &near),
            matches,
            near_misses: near.len(),
            parts: parts(condition).into_iter().map(|part| self.condition(part, inside)).collect(),
        }
    }

    fn text(&self, condition: &Condition) -> String {
        match &condition.kind {
            // The condition of a watchlist without rules is written nowhere.
            Kind::Terms(_) if self.rule.implicit => "keywords".to_owned(),
            Kind::Entities(_) if self.rule.implicit => "entities".to_owned(),
            _ if self.rule.implicit => self.rule.when.clone(),
            _ => self.rule.when.get(condition.span.clone()).unwrap_or_default().to_owned(),
        }
    }

    fn why(&self, condition: &Condition, scope: Scope, truth: Truth, matches: &[Match], near: &[&NearMiss]) -> String {
        match &condition.kind {
            Kind::Terms(_) | Kind::Entities(_) if truth == Truth::False => self.missing(near),
            Kind::Terms(_) | Kind::Entities(_) => self.surfaces(matches),
            Kind::Feed(_) => self.feed(),
            Kind::Lang(_) => self.language(),
            Kind::Near(proximity, left, right) => {
                let together = (truth != Truth::False) == (proximity.relation != Relation::Apart);
                self.distance(*proximity, together, left, right, scope)
            }
            Kind::AtLeast(least, parts) => {
                let holds = |part: &&Condition| self.subject.evaluate(part, scope, &mut Vec::new()) != Truth::False;
                format!("{} of {} hold, {least} are needed", parts.iter().filter(holds).count(), parts.len())
            }
            Kind::AtLeastMembers(least, set) => {
                let mut found = Vec::new();
                self.subject.find(set, scope, &mut found);
                format!("{} different ones, {least} are needed", super::rule::members(&found))
            }
            Kind::Count(inner, least) => {
                let mentions = self.subject.places(inner, scope).mentions();
                format!("occurrences: {mentions}, needed: {least}")
            }
            Kind::Not(_) if truth == Truth::False => "what it excludes is there".to_owned(),
            Kind::In(..) | Kind::And(_) | Kind::Or(_) | Kind::Not(_) => String::new(),
        }
    }

    fn feed(&self) -> String {
        self.subject
            .origin
            .feed
            .map_or_else(|| "no feed is given".to_owned(), |feed| format!("the feed is {}", feed.name))
    }

    fn language(&self) -> String {
        let language = self.subject.origin.language;
        language
            .map_or_else(|| "the language is not known".to_owned(), |language| format!("the language is {language}"))
    }

    /// The places where a set of terms or entities nearly stands.
    fn near(&self, set: &Condition, scope: Scope) -> Vec<&NearMiss> {
        let means = |term| match &set.kind {
            Kind::Terms(terms) => terms.binary_search(&term).is_ok(),
            Kind::Entities(selector) => self.subject.means(*selector, term),
            _ => false,
        };
        let inside = |miss: &&NearMiss| scope.contains(miss.place.field) && means(miss.place.term);
        self.near_misses.iter().filter(inside).collect()
    }

    /// Why a set of terms or entities is not found: by the places that come near.
    fn missing(&self, near: &[&NearMiss]) -> String {
        let like = |a: &NearMiss, b: &NearMiss| {
            (a.reason, a.place.term) == (b.reason, b.place.term) && self.found(&a.place) == self.found(&b.place)
        };
        let mut different: Vec<&NearMiss> = Vec::new();
        for miss in near {
            if different.len() < NAMED && !different.iter().any(|known| like(known, miss)) {
                different.push(miss);
            }
        }
        let named: Vec<_> = different.iter().map(|miss| self.near_miss(miss)).collect();
        match near.len() - named.len() {
            _ if near.is_empty() => "not found".to_owned(),
            0 => format!("not found, but {}", named.join("; ")),
            more => format!("not found, but {}; and {more} more", named.join("; ")),
        }
    }

    fn near_miss(&self, miss: &NearMiss) -> String {
        let surface = self.surface(&miss.place);
        let term = self.subject.watchlists.matcher.text(miss.place.term).unwrap_or_default();
        match miss.reason {
            Reason::Boundary => match self.word(&miss.place) {
                word if word.len() <= LONGEST_WORD => format!("{surface} is a part of a longer word, “{word}”"),
                _ => format!("{surface} is a part of a longer word"),
            },
            Reason::Case => format!("{surface} differs in upper and lower case from “{term}”"),
            Reason::Capitals => format!("{surface} stands among words in capitals, where “{term}” says nothing"),
            Reason::Except => format!("{surface} is excepted from “{term}”"),
            Reason::Near => format!("{surface} stands beside nothing that “{term}” needs"),
        }
    }

    /// The word or compound that an occurrence is a part of.
    fn word(&self, at: &Occurrence) -> &str {
        let text = self.document.text(at.field);
        let joins = |c: char| is_hyphen(c) || is_apostrophe(c);
        let part = |c: char| class(c).is_word() || is_ignorable(c) || joins(c);
        let before = text.get(..at.start as usize).unwrap_or_default();
        let after = text.get(at.end as usize..).unwrap_or_default();
        let first = before.get(before.trim_end_matches(part).len()..).unwrap_or_default().trim_start_matches(joins);
        let last = after.get(..after.len() - after.trim_start_matches(part).len()).unwrap_or_default();
        let end = at.end as usize + last.trim_end_matches(joins).len();
        text.get(before.len() - first.len()..end).unwrap_or_default()
    }

    fn surface(&self, at: &Occurrence) -> String {
        format!("“{}” in {} at word {}", self.found(at), at.field.name(), at.first_word.saturating_add(1))
    }

    fn found(&self, at: &Occurrence) -> &str {
        self.document.text(at.field).get(at.span()).unwrap_or_default()
    }

    /// What was found, in the item's own words.
    fn surfaces(&self, matches: &[Match]) -> String {
        let named: Vec<_> = matches.iter().take(NAMED).map(|found| self.surface(&found.occurrence)).collect();
        let more = matches.len().saturating_sub(NAMED);
        let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
        format!("{}{rest}", named.join(", "))
    }

    /// How near two sides come, where they stand `together` or do not.
    fn distance(
        &self,
        proximity: Proximity,
        together: bool,
        left: &Condition,
        right: &Condition,
        scope: Scope,
    ) -> String {
        let (left, right) = (self.subject.places(left, scope), self.subject.places(right, scope));
        match (left.is_empty(), right.is_empty()) {
            (true, true) => return "neither side is found".to_owned(),
            (true, false) => return "the left side is not found".to_owned(),
            (false, true) => return "the right side is not found".to_owned(),
            (false, false) => {}
        }
        let order = if proximity.relation == Relation::InOrder { " in this order" } else { "" };
        let Some(words) = closest(proximity.relation, &left, &right, self.subject.passages) else {
            return format!("never in one field{order}");
        };
        let words = count(words, "word");
        let passage = match proximity.reach {
            Reach::Words(limit) => return format!("at best {words} apart{order}, the limit is {limit}"),
            Reach::Sentence => "sentence",
            Reach::Paragraph => "paragraph",
        };
        let verdict = if together { "in one" } else { "never in one" };
        format!("{verdict} {passage}{order}, at best {words} apart")
    }
}

/// The parts that have a truth of their own.
fn parts(condition: &Condition) -> Vec<&Condition> {
    match &condition.kind {
        Kind::And(parts) | Kind::Or(parts) | Kind::AtLeast(_, parts) => parts.iter().collect(),
        Kind::In(_, inner) | Kind::Not(inner) | Kind::Count(inner, _) | Kind::AtLeastMembers(_, inner) => vec![inner],
        Kind::Near(_, left, right) => vec![left, right],
        Kind::Terms(_) | Kind::Entities(_) | Kind::Feed(_) | Kind::Lang(_) => Vec::new(),
    }
}
