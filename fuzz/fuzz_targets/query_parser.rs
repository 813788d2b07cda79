//! The rule language: any string is parsed or refused at its characters, and what
//! is parsed is compiled, linted, evaluated and explained without a panic.

#![no_main]

#[path = "../../tests/it/rules/spans.rs"]
mod spans;

use libfuzzer_sys::fuzz_target;
use newswatch::watchlist::compile::compile;
use newswatch::watchlist::definition::{At, Definition, EntityDefinition, Pos, RuleDefinition};
use newswatch::watchlist::explain::explain;
use newswatch::watchlist::lint::lint;
use newswatch::watchlist::term::{Document, Term};
use newswatch::watchlist::{Origin, Scratch};

fuzz_target!(|when: &str| {
    spans::check_spans(when);
    let definition = definition(when);
    let _ = lint(std::slice::from_ref(&definition));
    let (watchlists, problems) = compile(&[definition]);
    if !problems.is_empty() {
        return;
    }
    // The condition is a text in which some of its words occur.
    let body = format!("{when}\n\nA a b c, MI6 of x1. {when}");
    let document = Document { title: "a b x1", body: &body, author: "Ann", category: "b", link: "https://a/x1" };
    let mut scratch = Scratch::default();
    let hits = watchlists.scan(&document, Origin::default(), &mut scratch);
    let rules = explain(&watchlists, &document, Origin::default(), &mut scratch);
    assert_eq!(!hits.is_empty(), rules.iter().any(|rule| rule.fires()), "{when:?}");
    for found in hits.iter().flat_map(|hit| &hit.rules).flat_map(|rule| &rule.matches) {
        assert!(document.text(found.occurrence.field).get(found.occurrence.span()).is_some());
    }
});

/// A watchlist with this rule, and names that it may use.
fn definition(when: &str) -> Definition {
    let term = |text: &str| at(Term::new(text));
    Definition {
        name: at("fuzz".to_owned()),
        keywords: vec![term("a"), term("b c")],
        groups: vec![(at("g".to_owned()), vec![term("x1"), term("y*")])],
        entities: vec![EntityDefinition {
            id: at("mi6".to_owned()),
            kind: at("service".to_owned()),
            name: None,
            names: vec![term("MI6"), term("Ann")],
        }],
        rules: vec![RuleDefinition { id: at("r".to_owned()), when: at(when.to_owned()), ..RuleDefinition::default() }],
        ..Definition::default()
    }
}

fn at<T>(value: T) -> At<T> {
    At { value, pos: Pos::default() }
}
