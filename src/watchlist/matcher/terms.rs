//! Keeps the terms themselves, in little memory: texts in one string, options
//! shared by all terms that have the same.

use crate::watchlist::term::{Case, Hyphen, Term, TermId};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Terms by [`TermId`].
#[derive(Debug, Default)]
pub(super) struct Terms {
    texts: String,
    /// Where each text ends in `texts`.
    ends: Vec<u32>,
    /// By term: which of `options`.
    option_of: Vec<u32>,
    options: Vec<Options>,
}

/// All of a term but its text.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(super) struct Options {
    case: Case,
    plural: bool,
    hyphen: Hyphen,
    swap: bool,
    pub(super) except: Vec<String>,
    pub(super) near: Vec<String>,
    pub(super) within: u32,
}

impl Options {
    fn of(term: &Term) -> Self {
        Self {
            case: term.case,
            plural: term.plural,
            hyphen: term.hyphen,
            swap: term.swap,
            except: term.except.clone(),
            near: term.near.clone(),
            within: term.within,
        }
    }
}

impl Terms {
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Bytes of all texts together.
    pub(super) fn size(&self) -> usize {
        self.texts.len()
    }

    pub(super) fn text(&self, id: TermId) -> Option<&str> {
        let at = id.0 as usize;
        let start = at.checked_sub(1).map_or(Some(0), |before| self.ends.get(before).copied())?;
        self.texts.get(start as usize..*self.ends.get(at)? as usize)
    }

    /// The number of a term's options, an index into [`Self::options`].
    pub(super) fn option_of(&self, id: TermId) -> Option<u32> {
        self.option_of.get(id.0 as usize).copied()
    }

    /// All different options.
    pub(super) fn options(&self) -> &[Options] {
        &self.options
    }

    pub(super) fn get(&self, id: TermId) -> Option<Term> {
        let text = self.text(id)?.to_owned();
        let options = self.options.get(self.option_of(id)? as usize)?.clone();
        let Options { case, plural, hyphen, swap, except, near, within } = options;
        Some(Term { text, case, plural, hyphen, swap, except, near, within })
    }
}

/// Collects terms; equal ones share an id.
#[derive(Debug, Default)]
pub(super) struct TermsBuilder {
    pub(super) terms: Terms,
    options: HashMap<Options, u32>,
    /// By hash of text and options; further terms of the same hash stand in `collisions`.
    known: HashMap<u64, u32>,
    collisions: Vec<u32>,
}

impl TermsBuilder {
    /// The id of `term`, and whether it is new.
    pub(super) fn add(&mut self, term: &Term) -> (TermId, bool) {
        let options = self.intern(term);
        let hash = hash(&term.text, options);
        let candidates = self.known.get(&hash).into_iter().chain(&self.collisions).copied();
        for id in candidates.map(TermId) {
            if self.terms.option_of(id) == Some(options) && self.terms.text(id) == Some(&term.text) {
                return (id, false);
            }
        }
        let id = u32::try_from(self.terms.len()).unwrap_or(u32::MAX);
        match self.known.entry(hash) {
            Entry::Occupied(_) => self.collisions.push(id),
            Entry::Vacant(vacant) => {
                vacant.insert(id);
            }
        }
        self.terms.texts.push_str(&term.text);
        self.terms.ends.push(u32::try_from(self.terms.texts.len()).unwrap_or(u32::MAX));
        self.terms.option_of.push(options);
        (TermId(id), true)
    }

    fn intern(&mut self, term: &Term) -> u32 {
        let options = Options::of(term);
        if let Some(known) = self.options.get(&options) {
            return *known;
        }
        let number = u32::try_from(self.terms.options.len()).unwrap_or(u32::MAX);
        self.terms.options.push(options.clone());
        self.options.insert(options, number);
        number
    }
}

fn hash(text: &str, options: u32) -> u64 {
    let mut hasher = DefaultHasher::new();
    (text, options).hash(&mut hasher);
    hasher.finish()
}
