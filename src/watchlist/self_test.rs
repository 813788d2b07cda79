//! Runs the `[[test]]` blocks of watchlists: what should fire on a text, and
//! what does.

use super::definition::{Definition, Problem, TestDefinition};
use super::explain::{RuleExplanation, explain};
use super::term::Document;
use super::{FeedLabel, Hit, Origin, RuleHit, Scratch, WatchlistIx, Watchlists};
use std::collections::BTreeSet;

/// A failed test names no more reasons than this.
const REASONS: usize = 4;

/// Runs every test of `definitions`, from which `watchlists` was compiled, and
/// returns an error for each expectation that is not met. `tags` knows the tags
/// of a feed by its name.
#[must_use]
pub fn run<'a>(
    definitions: &[Definition],
    watchlists: &Watchlists,
    tags: impl Fn(&str) -> &'a [String],
) -> Vec<Problem> {
    let mut scratch = Scratch::default();
    let mut problems = Vec::new();
    for (list, definition) in (0..).map(WatchlistIx).zip(definitions) {
        for test in &definition.tests {
            let feed = test.feed.as_deref().map(|name| FeedLabel { name, tags: tags(name) });
            let origin = Origin { feed, language: test.language.as_deref() };
            problems.extend(Run { watchlists, list, test, origin }.problems(&mut scratch));
        }
    }
    problems
}

/// One test.
struct Run<'a> {
    watchlists: &'a Watchlists,
    list: WatchlistIx,
    test: &'a TestDefinition,
    origin: Origin<'a>,
}

impl<'a> Run<'a> {
    fn problems(&self, scratch: &mut Scratch) -> Vec<Problem> {
        let document = self.document();
        let hits = self.watchlists.scan(&document, self.origin, scratch);
        let hit = hits.into_iter().find(|hit| hit.watchlist == self.list);
        let fired = hit.as_ref().map(|Hit { rules, .. }| rules.as_slice()).unwrap_or_default();
        let mut problems = self.check_rules(fired, scratch);
        problems.extend(self.check_matches(fired));
        if self.test.fires.is_none() && self.test.matches.is_none() {
            let problem = Problem::error(&self.test.pos, "this test expects nothing");
            problems.push(problem.help("write fires = [\"RULE\"], or fires = [] where none is to fire"));
        }
        problems
    }

    fn document(&self) -> Document<'a> {
        let TestDefinition { title, text, author, .. } = self.test;
        Document { title, body: text, author: author.as_deref().unwrap_or_default(), ..Document::default() }
    }

    fn id(&self, fired: &RuleHit) -> &'a str {
        self.watchlists.rules().get(fired.rule.0 as usize).map_or("", |rule| rule.id.as_str())
    }

    fn check_rules(&self, fired: &[RuleHit], scratch: &mut Scratch) -> Vec<Problem> {
        let Some(expected) = &self.test.fires else { return Vec::new() };
        let mut problems = Vec::new();
        for unexpected in fired.iter().filter(|hit| !expected.value.iter().any(|id| id.value == self.id(hit))) {
            let surfaces = quoted(&self.surfaces(std::slice::from_ref(unexpected)));
            let message = format!("the test failed: {} fired by {surfaces}", self.id(unexpected));
            problems.push(Problem::error(&expected.pos, message).help("correct the rule, or add it to fires"));
        }
        let missing: Vec<_> =
            expected.value.iter().filter(|id| !fired.iter().any(|hit| self.id(hit) == id.value)).collect();
        if missing.is_empty() {
            return problems;
        }
        let explanations = explain(self.watchlists, &self.document(), self.origin, scratch);
        for id in missing {
            let reason = explanations.iter().find(|rule| self.is(rule, &id.value)).map(obstacles).unwrap_or_default();
            let message = format!("the test failed: {} did not fire{reason}", id.value);
            problems.push(Problem::error(&id.pos, message));
        }
        problems
    }

    fn is(&self, explanation: &RuleExplanation, id: &str) -> bool {
        let rule = self.watchlists.rules().get(explanation.rule.0 as usize);
        rule.is_some_and(|rule| rule.watchlist == self.list && rule.id == id)
    }

    fn check_matches(&self, fired: &[RuleHit]) -> Option<Problem> {
        let matches = self.test.matches.as_ref()?;
        let expected: BTreeSet<_> = matches.value.iter().map(String::as_str).collect();
        let found = self.surfaces(fired);
        if expected == found {
            return None;
        }
        let missing: BTreeSet<_> = expected.difference(&found).copied().collect();
        let surplus: BTreeSet<_> = found.difference(&expected).copied().collect();
        let mut parts = Vec::new();
        if !missing.is_empty() {
            parts.push(format!("{} did not match", quoted(&missing)));
        }
        if !surplus.is_empty() {
            parts.push(format!("{} matched too", quoted(&surplus)));
        }
        Some(Problem::error(&matches.pos, format!("the test failed: {}", parts.join("; "))))
    }

    /// The different texts that made rules fire.
    fn surfaces(&self, fired: &[RuleHit]) -> BTreeSet<&'a str> {
        let document = self.document();
        let occurrences = fired.iter().flat_map(|hit| &hit.matches).map(|found| found.occurrence);
        occurrences.filter_map(|at| document.text(at.field).get(at.span())).collect()
    }
}

fn quoted(surfaces: &BTreeSet<&str>) -> String {
    let quoted: Vec<_> = surfaces.iter().map(|surface| format!("“{surface}”")).collect();
    quoted.join(", ")
}

/// What kept a rule from firing, in words.
fn obstacles(rule: &RuleExplanation) -> String {
    let parts = rule.filters.iter().chain([&rule.condition]).flat_map(|part| part.obstacles());
    let mut reasons: Vec<_> = parts.map(|part| format!("{} {}", part.text, part.why)).collect();
    if reasons.len() > REASONS {
        let more = reasons.split_off(REASONS).len();
        reasons.push(format!("{more} more"));
    }
    if reasons.is_empty() { String::new() } else { format!(": {}", reasons.join("; ")) }
}
