//! Random conditions on random texts, against an evaluator that is plain and
//! slow; and random strings, which must not upset the parser.

use super::spans::check_spans;
use super::{compiled, sample};
use newswatch::watchlist::query::{Expr, ExprKind, Reach, Relation, parse};
use newswatch::watchlist::term::{Document, Field};
use newswatch::watchlist::{Origin, Scratch};
use proptest::prelude::*;
use std::collections::BTreeSet;

/// One word of a text; words are the terms of the conditions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Word<'a> {
    field: Field,
    position: usize,
    sentence: usize,
    text: &'a str,
}

/// All ways to choose occurrences for something that has a position.
type Ways<'a> = BTreeSet<BTreeSet<Word<'a>>>;

/// The words of `a b. c`, sentences by their full stops.
fn words(field: Field, text: &str) -> Vec<Word<'_>> {
    let mut sentence = 0;
    let mut words = Vec::new();
    for (position, word) in text.split_whitespace().enumerate() {
        words.push(Word { field, position, sentence, text: word.trim_end_matches('.') });
        sentence += usize::from(word.ends_with('.'));
    }
    words
}

fn scope(field: Option<Field>, word: &Word<'_>) -> bool {
    field.map_or(matches!(word.field, Field::Title | Field::Body), |field| word.field == field)
}

fn ways<'a>(expr: &Expr, text: &[Word<'a>], field: Option<Field>) -> Ways<'a> {
    match &expr.kind {
        ExprKind::Term { text: term, .. } => {
            let found = text.iter().filter(|word| scope(field, word) && word.text.eq_ignore_ascii_case(term));
            found.map(|word| BTreeSet::from([*word])).collect()
        }
        ExprKind::In(field, inner) => ways(inner, text, Some(*field)),
        ExprKind::Or(parts) => parts.iter().flat_map(|part| ways(part, text, field)).collect(),
        ExprKind::Near(proximity, left, right) => {
            let (left, right) = (ways(left, text, field), ways(right, text, field));
            let near = |a: &BTreeSet<Word<'a>>, b: &BTreeSet<Word<'a>>| {
                let (first, second) = (a.last().unwrap(), b.first().unwrap());
                let pair = |x: &Word<'_>, y: &Word<'_>| {
                    x.field == y.field
                        && match proximity.reach {
                            Reach::Words(words) => x.position.abs_diff(y.position) <= words as usize,
                            Reach::Sentence => x.sentence == y.sentence,
                            Reach::Paragraph => true,
                        }
                };
                match proximity.relation {
                    Relation::InOrder => first < second && pair(first, second),
                    _ => a.is_disjoint(b) && a.iter().any(|x| b.iter().any(|y| pair(x, y))),
                }
            };
            if proximity.relation == Relation::Apart {
                return left.into_iter().filter(|a| !right.iter().any(|b| near(a, b))).collect();
            }
            let pairs = left.iter().flat_map(|a| right.iter().map(move |b| (a, b)));
            pairs.filter(|(a, b)| near(a, b)).map(|(a, b)| a.union(b).copied().collect()).collect()
        }
        other => panic!("{other:?} has no position"),
    }
}

fn holds(expr: &Expr, text: &[Word<'_>], field: Option<Field>) -> bool {
    match &expr.kind {
        ExprKind::In(field, inner) => holds(inner, text, Some(*field)),
        ExprKind::And(parts) => parts.iter().all(|part| holds(part, text, field)),
        ExprKind::Or(parts) => parts.iter().any(|part| holds(part, text, field)),
        ExprKind::Not(inner) => !holds(inner, text, field),
        ExprKind::AtLeast(least, parts) => {
            let different: BTreeSet<_> = parts.iter().map(|part| format!("{:?}", part.kind)).collect();
            let holding = parts.iter().filter(|part| holds(part, text, field));
            let holding: BTreeSet<_> = holding.map(|part| format!("{:?}", part.kind)).collect();
            assert!(different.len() >= *least);
            holding.len() >= *least
        }
        ExprKind::Count(inner, least) => {
            let ends = |way: BTreeSet<Word<'_>>| {
                let (begin, end) = (*way.first().unwrap(), *way.last().unwrap());
                (end.field, end.position, begin.position)
            };
            // By their ends: each that does not overlap the one before it.
            let mut free = (Field::Title, 0);
            let mut count = 0;
            for (field, last, first) in ways(inner, text, field).into_iter().map(ends).collect::<BTreeSet<_>>() {
                if field != free.0 || first >= free.1 {
                    count += 1;
                    free = (field, last + 1);
                }
            }
            count >= *least
        }
        _ => !ways(expr, text, field).is_empty(),
    }
}

fn term() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => prop::sample::select(vec!["k1", "k2", "k3", "k4"]).prop_map(str::to_owned),
        1 => prop::sample::select(vec!["title:k1", "body:k2", "title:k3"]).prop_map(str::to_owned),
    ]
}

/// Something with positions.
fn positional() -> impl Strategy<Value = String> {
    let operator = prop_oneof![
        3 => (1..6u32).prop_map(|n| format!("NEAR/{n}")),
        3 => (1..6u32).prop_map(|n| format!("ONEAR/{n}")),
        1 => (1..4u32).prop_map(|n| format!("NOT NEAR/{n}")),
        1 => Just("SENT".to_owned()),
        1 => Just("PARA".to_owned()),
        1 => Just("NOT SENT".to_owned()),
    ];
    term().prop_recursive(3, 6, 2, move |inner| {
        prop_oneof![
            1 => (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} OR {b})")),
            4 => (inner.clone(), operator.clone(), inner).prop_map(|(a, op, b)| format!("({a} {op} {b})")),
        ]
    })
}

fn condition() -> impl Strategy<Value = String> {
    positional().prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} AND {b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} OR {b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} NOT {b})")),
            (inner.clone(), inner.clone(), term()).prop_map(|(a, b, c)| format!("1 OF ({a}, {b}, {c})")),
            (positional(), 1..4usize).prop_map(|(a, n)| format!("COUNT({a}) >= {n}")),
            (inner, prop::sample::select(vec!["k1", "k2"])).prop_map(|(a, b)| format!("{a} AND 2 OF ({b}, k3, k4)")),
        ]
    })
}

fn text() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec!["k1", "k2", "k3", "k4", "K1", "xx", "yy", "Zz.", "K2."]);
    prop::collection::vec(word, 0..14).prop_map(|words| words.join(" "))
}

proptest! {
    #[test]
    fn conditions_hold_as_the_plain_evaluator_says(when in condition(), title in text(), body in text()) {
        // A full stop ends a sentence only before a capital letter or the end: keep to that.
        let body: String = body.split(". ").map(|part| part[..1.min(part.len())].to_uppercase() + part.get(1..).unwrap_or_default()).collect::<Vec<_>>().join(". ");
        let expr = parse(&when).unwrap();
        let words: Vec<_> = words(Field::Title, &title).into_iter().chain(words(Field::Body, &body)).collect();
        let watchlists = compiled(&[sample(&[("r", &when)])]);
        let document = Document { title: &title, body: &body, ..Document::default() };
        let hits = watchlists.scan(&document, Origin::default(), &mut Scratch::default());
        prop_assert_eq!(!hits.is_empty(), holds(&expr, &words, None), "{} on {:?} / {:?}", when, title, body);
    }

    #[test]
    fn one_proximity_is_true_by_all_that_take_part(a in term(), n in 1..5u32, b in term(), body in text()) {
        let when = format!("{a} NEAR/{n} {b}");
        let words = words(Field::Body, &body);
        let watchlists = compiled(&[sample(&[("r", &when)])]);
        let document = Document { body: &body, ..Document::default() };
        let hits = watchlists.scan(&document, Origin::default(), &mut Scratch::default());
        let matches = hits.first().map(|hit| hit.rules[0].matches.clone()).unwrap_or_default();
        let found: BTreeSet<_> = matches.iter().map(|found| found.occurrence.first_word as usize).collect();
        let expected: BTreeSet<_> = ways(&parse(&when).unwrap(), &words, None).into_iter().flatten().map(|word| word.position).collect();
        prop_assert_eq!(found, expected, "{} on {:?}", when, body);
    }

    #[test]
    fn distances_hold_as_the_plain_evaluator_says(when in positional(), body in text()) {
        let words = words(Field::Body, &body);
        let watchlists = compiled(&[sample(&[("r", &when)])]);
        let document = Document { body: &body, ..Document::default() };
        let hits = watchlists.scan(&document, Origin::default(), &mut Scratch::default());
        let matches = hits.first().map(|hit| hit.rules[0].matches.clone()).unwrap_or_default();
        let found: BTreeSet<_> = matches.iter().map(|found| found.occurrence.first_word as usize).collect();
        let ways = ways(&parse(&when).unwrap(), &words, None);
        let expected: BTreeSet<_> = ways.into_iter().flatten().map(|word| word.position).collect();
        prop_assert_eq!(found, expected, "{} on {:?}", when, body);
    }

    #[test]
    fn any_string_is_parsed_or_refused(when in "\\PC{0,40}") {
        check_spans(&when);
    }

    #[test]
    fn any_tokens_are_parsed_or_refused(tokens in prop::collection::vec(prop::sample::select(vec![
        "a", "\"b c\"", "AND", "OR", "NOT", "NEAR/3", "ONEAR/2", "SENT", "(", ")", ",", "2", "OF", "COUNT", ">=", "3", "and",
        "title:", "feed:x", "@mi6", "$g", "=", "*", "é*", "\"", "near", "ｘ", "lang:(",
    ]), 0..16)) {
        check_spans(&tokens.join(" "));
        check_spans(&tokens.concat());
    }
}
