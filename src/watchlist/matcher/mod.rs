//! Finds terms in texts: every rule of what counts as an occurrence (folding,
//! boundaries, apostrophes, case, options, overlap) is here, and `aho-corasick`
//! does the searching.
//!
//! [`form`] spells a term in all the ways that are looked for. [`index`] hangs
//! each spelling on its rarest word. A text is folded, [`words`] finds where its
//! words begin, a [`filter`] drops nearly all of them, the automaton is walked
//! from the few that remain, and [`verify`] judges on the original text.
//! [`settle`] then applies what concerns several occurrences.

mod automaton;
mod entry;
mod filter;
mod form;
mod index;
mod lexicon;
mod near_miss;
mod position;
mod settle;
mod terms;
mod verify;
mod words;

use super::term::{Document, Field, Occurrence, Term, TermId};
use crate::text::boundary::View;
use crate::text::chars::class;
use crate::text::fold::Folded;
use automaton::Anchor;
use entry::Entry;
use index::{Candidates, Index, IndexBuilder};
pub use near_miss::{NearMiss, Reason};
use position::Positions;
use settle::{Company, Taken};
use std::ops::Range;
use terms::{Terms, TermsBuilder};
use verify::{Found, Refused};
use words::{BLOCK, Words, get, set};

/// All texts of terms together are no longer than this, so that offsets and
/// states of the automaton fit 32 bits.
const MAX_TERMS_SIZE: usize = 256 << 20;

/// Collects terms; equal terms share one id.
#[derive(Debug, Default)]
pub struct MatcherBuilder {
    terms: TermsBuilder,
}

/// Why a term cannot be searched for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TermError {
    /// What is wrong, in words.
    pub message: String,
    /// What to do about it.
    pub help: String,
}

impl MatcherBuilder {
    /// Adds a term.
    ///
    /// # Errors
    /// Where nothing is left of it, or of one of its `except` and `near`, to look for
    /// (empty, only ignorable characters, a lone `*`); where it is too long.
    pub fn add(&mut self, term: &Term) -> Result<TermId, TermError> {
        form::base(term)?;
        for (text, option) in helpers(term) {
            form::base(&Term::new(text)).map_err(|error| TermError {
                message: format!("in `{option}`, {text:?}: {}", error.message),
                help: error.help,
            })?;
        }
        if self.terms.terms.size() + term.text.len() > MAX_TERMS_SIZE {
            return Err(TermError {
                message: format!("all terms together are longer than {} MiB", MAX_TERMS_SIZE >> 20),
                help: "leave some out".to_owned(),
            });
        }
        Ok(self.terms.add(term).0)
    }

    /// Compiles what was added.
    #[must_use]
    pub fn build(mut self) -> Matcher {
        let public = u32::try_from(self.terms.terms.len()).unwrap_or(u32::MAX);
        let company: Vec<Company> =
            self.terms.terms.options().to_vec().iter().map(|options| self.company(options)).collect();
        let terms = self.terms.terms;
        let mut accompanied = vec![0; terms.len().div_ceil(BLOCK)];
        for id in 0..public {
            let company = terms.option_of(TermId(id)).and_then(|option| company.get(option as usize));
            if company.is_some_and(Company::is_needed) {
                set(&mut accompanied, id as usize);
            }
        }
        let mut index = IndexBuilder::default();
        each_form(&terms, |_, form| index.count(form));
        each_form(&terms, |term, form| index.add(term, form));
        Matcher { terms, public, company, accompanied, index: index.build() }
    }

    /// Adds the terms of `except` and `near` as internal ones.
    fn company(&mut self, options: &terms::Options) -> Company {
        let mut ids = |texts: &[String]| texts.iter().map(|text| self.terms.add(&Term::new(text)).0.0).collect();
        Company { except: ids(&options.except), near: ids(&options.near), within: options.within }
    }
}

/// The texts that must, or must not, stand beside a term, each with its option.
fn helpers(term: &Term) -> impl Iterator<Item = (&str, &'static str)> {
    let except = term.except.iter().map(|text| (text.as_str(), "except"));
    except.chain(term.near.iter().map(|text| (text.as_str(), "near")))
}

/// Calls `each` with every form of every term.
fn each_form(terms: &Terms, mut each: impl FnMut(u32, &form::Form)) {
    for id in 0..u32::try_from(terms.len()).unwrap_or(u32::MAX) {
        let forms = terms.get(TermId(id)).and_then(|term| form::forms(&term).ok());
        for form in forms.unwrap_or_default() {
            each(id, &form);
        }
    }
}

/// Compiled terms, immutable, shared by all threads.
#[derive(Debug)]
pub struct Matcher {
    terms: Terms,
    /// Terms from this id on are internal: they stand in an `except` or a `near`.
    public: u32,
    /// By the number of a term's options.
    company: Vec<Company>,
    /// A bit for each term: whether it needs company. Asked of each that is found, and small,
    /// unlike the numbers of their options.
    accompanied: Vec<u64>,
    index: Index,
}

impl Default for Matcher {
    fn default() -> Self {
        MatcherBuilder::default().build()
    }
}

/// Buffers that are used again from item to item; one for each thread.
#[derive(Debug, Default)]
pub struct Scratch {
    folded: Folded,
    words: Words,
    candidates: Candidates,
    anchors: Vec<Anchor>,
    forms: Vec<(Range<usize>, Entry)>,
    positions: Positions,
    found: Vec<(TermId, Found)>,
    raw: Vec<Occurrence>,
}

impl Matcher {
    /// How many different terms there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.public as usize
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.public == 0
    }

    /// The term with this id, as it was added.
    #[must_use]
    pub fn term(&self, id: TermId) -> Option<Term> {
        if id.0 < self.public { self.terms.get(id) } else { None }
    }

    /// The text of the term with this id, as it was added.
    #[must_use]
    pub fn text(&self, id: TermId) -> Option<&str> {
        if id.0 < self.public { self.terms.text(id) } else { None }
    }

    /// Replaces the contents of `out` with all occurrences in `document`, sorted
    /// (by field, start, end, term).
    pub fn find(&self, document: &Document<'_>, scratch: &mut Scratch, out: &mut Vec<Occurrence>) {
        out.clear();
        scratch.raw.clear();
        for field in Field::ALL {
            self.find_in(field, document.text(field), scratch);
        }
        if !scratch.raw.is_empty() {
            settle::settle(&mut scratch.raw, self.public, |term| self.company(term), out, |_, _| {});
        }
    }

    /// Adds the places where forms stand in one field to `scratch.raw`.
    fn find_in(&self, field: Field, text: &str, scratch: &mut Scratch) {
        if text.is_empty() {
            return;
        }
        let Scratch { folded, words, candidates, anchors, forms, positions, found, raw } = scratch;
        folded.fold(text);
        found.clear();
        let view = View { original: text, folded };
        words.mark(folded);
        self.search(folded, words, candidates, anchors);
        self.accept(view, anchors, forms, found);
        if !found.is_empty() {
            positions.number(folded, words);
            raw.extend(found.drain(..).map(|(term, found)| occurrence(field, view, positions, term, &found)));
        }
    }

    /// Fills `anchors` with those that may stand in a folded text, whose words are
    /// marked in `words`.
    fn search(&self, folded: &Folded, words: &Words, candidates: &mut Candidates, anchors: &mut Vec<Anchor>) {
        anchors.clear();
        let (text, cased) = (folded.text().as_bytes(), folded.cased());
        words.list(&mut candidates.words, &mut candidates.soft);
        self.index.sift(folded, candidates);
        let mut add = |anchor| anchors.push(anchor);
        for [start, end] in candidates.words.get() {
            self.index.look_up(text, cased, *start as usize..*end as usize, &mut add);
        }
        for [start, _] in candidates.soft.get() {
            let (start, longest) = (*start as usize, self.index.longest_word());
            words.for_each_end(start, longest, |len| self.index.look_up(text, cased, start..start + len, &mut add));
        }
        for [start, _] in candidates.open.get().iter().chain(candidates.soft.get()) {
            self.index.walk(text, *start as usize, &mut add);
        }
        self.index.search_loose(text, folded.has_unspaced(), add);
    }

    /// Adds what holds of the forms that hang on `anchors`.
    fn accept(
        &self,
        view: View<'_>,
        anchors: &[Anchor],
        forms: &mut Vec<(Range<usize>, Entry)>,
        found: &mut Vec<(TermId, Found)>,
    ) {
        // First all forms, then their letters: what the processor waits for from memory it
        // waits for at once.
        forms.clear();
        for anchor in anchors {
            forms.extend(self.index.entries(anchor.first).map(|entry| (anchor.at.clone(), entry)));
        }
        for (anchor, entry) in &*forms {
            let Some(at) = verify::locate(&self.index, entry, anchor, view.folded.text().as_bytes()) else {
                continue;
            };
            if verify::is_lower(view, &self.index, entry, &at) {
                continue;
            }
            if let (place, Ok(())) = verify::judge(view, &self.index, entry, at) {
                found.push((TermId(entry.term), place));
            }
        }
    }

    /// What a term needs beside itself, if anything.
    fn company(&self, term: TermId) -> Option<&Company> {
        if get(&self.accompanied, term.0 as usize) {
            self.company.get(self.terms.option_of(term)? as usize)
        } else {
            None
        }
    }
}

/// A place as an occurrence, its words numbered.
fn occurrence(field: Field, view: View<'_>, positions: &Positions, term: TermId, found: &Found) -> Occurrence {
    let starts_with_word = starts_with_word(view, &found.folded);
    let (first_word, last_word) = positions.of(&found.folded, starts_with_word);
    let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    let Range { start, end } = found.original;
    Occurrence { field, start: offset(start), end: offset(end), term, first_word, last_word }
}

fn starts_with_word(view: View<'_>, folded: &Range<usize>) -> bool {
    let text = view.folded.text().get(folded.clone()).unwrap_or_default();
    text.chars().next().is_some_and(|c| class(c).is_word())
}
