//! The matcher against the plain reference, on random texts and terms.

#![allow(clippy::indexing_slicing, clippy::string_slice, reason = "a test may fail loudly")]

use super::alphabet::{ATOMS, BETWEEN, PIECES};
use super::reference::{self, Place};
use newswatch::watchlist::matcher::{Matcher, MatcherBuilder, Scratch};
use newswatch::watchlist::term::{Case, Document, Hyphen, Occurrence, Term, TermId};
use proptest::prelude::*;
use proptest::sample::select;

fn atoms(most: usize) -> impl Strategy<Value = String> {
    prop::collection::vec(select(ATOMS), 1..most).prop_map(|atoms| atoms.concat())
}

fn pieces(most: usize) -> impl Strategy<Value = String> {
    let piece = (select(PIECES), select(BETWEEN)).prop_map(|(piece, between)| format!("{piece}{between}"));
    (select(BETWEEN), prop::collection::vec(piece, 1..most))
        .prop_map(|(first, pieces)| first.to_owned() + &pieces.concat())
}

fn plain_term() -> impl Strategy<Value = String> {
    (pieces(4), select(&["", "", "", "*"][..])).prop_map(|(text, star)| text + star)
}

fn term() -> impl Strategy<Value = Term> {
    let case = select(&[Case::Smart, Case::Smart, Case::Fold, Case::Exact, Case::Proper][..]);
    let hyphen = select(&[Hyphen::Split, Hyphen::Join][..]);
    let few = || prop::collection::vec(plain_term(), 0..2);
    (plain_term(), case, any::<bool>(), hyphen, any::<bool>(), few(), few(), 0_u32..6).prop_map(
        |(text, case, plural, hyphen, swap, except, near, within)| Term {
            text,
            case,
            plural,
            hyphen,
            swap,
            except,
            near,
            within,
        },
    )
}

fn matcher(terms: &[Term]) -> (Matcher, Vec<(TermId, Term)>) {
    let mut builder = MatcherBuilder::default();
    let added = terms.iter().filter_map(|term| Some((builder.add(term).ok()?, term.clone()))).collect();
    (builder.build(), added)
}

fn find(matcher: &Matcher, text: &str, scratch: &mut Scratch) -> Vec<Occurrence> {
    let mut found = Vec::new();
    matcher.find(&Document { body: text, ..Document::default() }, scratch, &mut found);
    found
}

/// So many cases, or what `PROPTEST_CASES` says.
fn config(cases: u32) -> ProptestConfig {
    let asked = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    ProptestConfig { cases: asked.unwrap_or(cases), failure_persistence: None, ..ProptestConfig::default() }
}

/// What fuzzing found to differ.
#[test]
fn equals_the_reference_where_it_once_did_not() {
    // A literal hyphen before a separator.
    compare("が--company", &[Term { case: Case::Exact, ..Term::new(" - company") }]).unwrap();
}

/// Compares what is found of each of `terms` with what the reference finds.
fn compare(text: &str, terms: &[Term]) -> Result<(), TestCaseError> {
    let (matcher, added) = matcher(terms);
    let found = find(&matcher, text, &mut Scratch::default());
    for (id, term) in added {
        let of_term: Vec<Place> = found.iter().filter(|found| found.term == id).map(Place::of).collect();
        prop_assert_eq!(of_term, reference::find(text, &term), "{:?} in {:?}", term, text);
    }
    Ok(())
}

proptest! {
    #![proptest_config(config(512))]

    #[test]
    fn equals_the_reference(
        text in prop::collection::vec(pieces(3), 1..10),
        mut terms in prop::collection::vec(term(), 1..6),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 6),
        pad in 0_usize..70,
    ) {
        // Half of the terms are taken from the text, so that they stand in it.
        for (term, cut) in terms.iter_mut().zip(&cuts).step_by(2) {
            term.text.clone_from(&text[cut.index(text.len())]);
        }
        compare(&(" ".repeat(pad) + &text.concat()), &terms)?;
    }

    #[test]
    fn equals_the_reference_on_hard_characters(
        text in atoms(10),
        mut terms in prop::collection::vec(term(), 4),
        texts in prop::collection::vec(atoms(4), 4),
        star in select(&["", "", "*"][..]),
        pad in 55_usize..65,
    ) {
        for (term, text) in terms.iter_mut().zip(&texts) {
            *term = Term { text: text.clone() + star, near: Vec::new(), ..term.clone() };
        }
        compare(&text, &terms)?;
        // Across the border of two blocks of 64 bytes.
        compare(&(" ".repeat(pad) + &text), &terms)?;
    }

    #[test]
    fn any_text_and_term_is_harmless(text in any::<String>(), more in any::<String>(), term in any::<String>(), at in any::<prop::sample::Index>()) {
        let chars: Vec<char> = text.chars().collect();
        let cut: String = if chars.is_empty() { String::new() } else { chars[at.index(chars.len())..].iter().take(3).collect() };
        let (matcher, _) = matcher(&[Term::new(term), Term { plural: true, swap: true, ..Term::new(cut) }]);
        let mut scratch = Scratch::default();
        for text in [&text, &more, &text] {
            for found in find(&matcher, text, &mut scratch) {
                prop_assert!(text.get(found.span()).is_some_and(|surface| !surface.is_empty()));
            }
        }
        let misses = matcher.near_misses(&Document { title: &text, body: &more, ..Document::default() });
        prop_assert!(misses.iter().all(|miss| miss.place.start < miss.place.end));
    }
}
