//! The matcher against the plain reference of the tests, on texts and terms that
//! are put together from the same alphabet as there. Each byte is a choice.

#![no_main]

#[path = "../../tests/it/matching/alphabet.rs"]
mod alphabet;
#[path = "../../tests/it/matching/reference/mod.rs"]
mod reference;

use alphabet::{ATOMS, BETWEEN, PIECES};
use libfuzzer_sys::fuzz_target;
use newswatch::watchlist::matcher::{MatcherBuilder, Scratch};
use newswatch::watchlist::term::{Case, Document, Hyphen, Occurrence, Term};
use reference::Place;

fuzz_target!(|choices: &[u8]| {
    let mut choices = Choices(choices);
    let terms: Vec<Term> = (0..1 + choices.below(4)).map(|_| choices.term()).collect();
    let text = " ".repeat(choices.below(70)) + &choices.text(24);
    let mut builder = MatcherBuilder::default();
    let added: Vec<_> = terms.iter().filter_map(|term| Some((builder.add(term).ok()?, term))).collect();
    let matcher = builder.build();
    let document = Document { body: &text, ..Document::default() };
    let mut found = Vec::new();
    matcher.find(&document, &mut Scratch::default(), &mut found);
    for (id, term) in added {
        let of_term: Vec<Place> = found.iter().filter(|found| found.term == id).map(Place::of).collect();
        assert_eq!(of_term, reference::find(&text, term), "{term:?} in {text:?}");
    }
    let misses = matcher.near_misses(&document);
    let hit = |place: &Occurrence| found.iter().any(|found| (found.term, found.span()) == (place.term, place.span()));
    assert!(!misses.iter().any(|miss| hit(&miss.place)), "a near miss is no occurrence: {misses:?} in {text:?}");
});

/// The bytes that are left; all choices are the first one after the end.
struct Choices<'a>(&'a [u8]);

impl Choices<'_> {
    fn below(&mut self, limit: usize) -> usize {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        usize::from(*first) % limit
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }

    fn text(&mut self, most: usize) -> String {
        let hard = self.below(2) == 1;
        let mut text = String::new();
        for _ in 0..1 + self.below(most) {
            if hard {
                text += self.of(ATOMS);
            } else {
                text += self.of(BETWEEN);
                text += self.of(PIECES);
            }
        }
        text
    }

    fn written(&mut self) -> String {
        self.text(3) + self.of(&["", "", "", "*"])
    }

    fn some(&mut self) -> Vec<String> {
        (0..self.below(3).saturating_sub(1)).map(|_| self.written()).collect()
    }

    fn term(&mut self) -> Term {
        Term {
            text: self.written(),
            case: self.of(&[Case::Smart, Case::Fold, Case::Exact, Case::Proper]),
            plural: self.below(2) == 1,
            hyphen: self.of(&[Hyphen::Split, Hyphen::Join]),
            swap: self.below(2) == 1,
            except: self.some(),
            near: self.some(),
            within: self.below(6) as u32,
        }
    }
}
