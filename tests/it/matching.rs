//! What counts as an occurrence of a term.

use newswatch::watchlist::matcher::{MatcherBuilder, Scratch};
use newswatch::watchlist::term::{Case, Document, Hyphen, Term};
use serde_json::Value;

/// The surfaces of all occurrences of `term` in `text`, in order.
fn surfaces<'t>(text: &'t str, term: &Term) -> Vec<&'t str> {
    let mut builder = MatcherBuilder::default();
    builder.add(term).expect("a term that can be looked for");
    let matcher = builder.build();
    let mut found = Vec::new();
    matcher.find(&Document { body: text, ..Document::default() }, &mut Scratch::default(), &mut found);
    found.iter().map(|found| &text[found.span()]).collect()
}

/// A term from a case's `term` and `opts`.
fn term_of(case: &Value) -> Term {
    let opts = &case["opts"];
    let strings = |key: &str| -> Vec<String> {
        opts[key].as_array().into_iter().flatten().map(|v| v.as_str().unwrap().to_owned()).collect()
    };
    Term {
        case: match opts["case"].as_str() {
            None | Some("smart") => Case::Smart,
            Some("fold") => Case::Fold,
            Some("exact") => Case::Exact,
            Some("proper") => Case::Proper,
            Some(other) => panic!("case {other}"),
        },
        plural: opts["plural"].as_bool().unwrap_or(false),
        hyphen: if opts["hyphen"] == "join" { Hyphen::Join } else { Hyphen::Split },
        swap: opts["swap"].as_bool().unwrap_or(false),
        except: strings("except"),
        near: strings("near"),
        within: opts["within"].as_u64().map_or(Term::WITHIN, |within| within.try_into().unwrap()),
        ..Term::new(case["term"].as_str().unwrap())
    }
}

#[test]
fn worked_cases() {
    let cases: Value = serde_json::from_str(include_str!("data/matching-cases.json")).unwrap();
    let mut failures = Vec::new();
    for case in cases["cases"].as_array().unwrap() {
        let text = case["text"].as_str().unwrap();
        let mut builder = MatcherBuilder::default();
        builder.add(&term_of(case)).unwrap();
        let mut found = Vec::new();
        builder.build().find(&Document { body: text, ..Document::default() }, &mut Scratch::default(), &mut found);
        let spans: Vec<[u64; 2]> = found.iter().map(|found| [found.start.into(), found.end.into()]).collect();
        let expected: Vec<[u64; 2]> = serde_json::from_value(case["spans_bytes"].clone()).unwrap();
        if spans != expected {
            failures.push(format!("{case}: found {spans:?}"));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
