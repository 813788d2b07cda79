//! The rule language: parsing, evaluation, explanation; compiling, linting and
//! testing of watchlists; imports.

mod evaluation;
mod languages;
mod lists;
mod parsing;
mod random;
mod spans;

use newswatch::watchlist::compile::compile;
use newswatch::watchlist::definition::{At, Definition, EntityDefinition, Pos, Problem, RuleDefinition};
use newswatch::watchlist::term::{Document, Term};
use newswatch::watchlist::{Match, Origin, Scratch, Watchlists};

/// A value at a place of its own: the `number`-th byte.
fn at<T>(value: T, number: usize) -> At<T> {
    At { value, pos: Pos { file: 0, span: number..number + 1 } }
}

fn terms(texts: &[&str]) -> Vec<At<Term>> {
    texts.iter().map(|text| at(Term::new(*text), 0)).collect()
}

fn entity(id: &str, kind: &str, names: &[&str]) -> EntityDefinition {
    EntityDefinition { id: at(id.to_owned(), 0), kind: at(kind.to_owned(), 0), name: None, names: terms(names) }
}

fn rule(id: &str, when: &str) -> RuleDefinition {
    RuleDefinition { id: at(id.to_owned(), 0), when: at(when.to_owned(), 0), ..RuleDefinition::default() }
}

/// A watchlist with keywords, a group, three entities and these rules.
fn sample(rules: &[(&str, &str)]) -> Definition {
    Definition {
        name: at("sample".to_owned(), 0),
        keywords: terms(&["sabotage", "arson", "incendiary device*"]),
        groups: vec![(at("weapons".to_owned(), 0), terms(&["Storm Shadow", "Oreshnik", "drone*"]))],
        entities: vec![
            entity("mi6", "organization", &["MI6", "Secret Intelligence Service"]),
            entity("gchq", "organization", &["GCHQ"]),
            entity("moore", "person", &["Richard Moore", "Moore"]),
        ],
        rules: rules.iter().map(|(id, when)| rule(id, when)).collect(),
        ..Definition::default()
    }
}

fn compiled(definitions: &[Definition]) -> Watchlists {
    let (watchlists, problems) = compile(definitions);
    assert!(problems.is_empty(), "{problems:#?}");
    watchlists
}

fn surface<'a>(document: &Document<'a>, found: &Match) -> &'a str {
    &document.text(found.occurrence.field)[found.occurrence.span()]
}

/// What fires: `watchlist/rule: surfaces`.
fn fired(watchlists: &Watchlists, document: &Document<'_>, origin: Origin<'_>) -> Vec<String> {
    let mut lines = Vec::new();
    for hit in watchlists.scan(document, origin, &mut Scratch::default()) {
        for rule in &hit.rules {
            let list = &watchlists.lists()[hit.watchlist.0 as usize].name;
            let surfaces: Vec<_> = rule.matches.iter().map(|found| surface(document, found)).collect();
            lines.push(format!("{list}/{}: {}", watchlists.rules()[rule.rule.0 as usize].id, surfaces.join(", ")));
        }
    }
    lines
}

/// `level message / help [characters]` of each problem.
fn messages(problems: &[Problem]) -> Vec<String> {
    let line = |problem: &Problem| {
        let within =
            problem.within.as_ref().map(|range| format!(" [{}..{}]", range.start, range.end)).unwrap_or_default();
        let help = problem.help.as_ref().map(|help| format!(" / {help}")).unwrap_or_default();
        format!("{:?} {}{help}{within}", problem.level, problem.message)
    };
    problems.iter().map(line).collect()
}
