//! Finds terms in texts: every rule of what counts as an occurrence (folding,
//! boundaries, apostrophes, case, options, overlap) is here, and `aho-corasick`
//! does the searching.

use super::term::{Document, Occurrence, Term, TermId};

/// Collects terms; equal terms share one id.
#[derive(Debug, Default)]
pub struct MatcherBuilder {
    terms: Vec<Term>,
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
    /// Where nothing is left of it to look for (empty, only ignorable characters, a lone `*`).
    pub fn add(&mut self, term: &Term) -> Result<TermId, TermError> {
        let id = u32::try_from(self.terms.len()).unwrap_or(u32::MAX);
        self.terms.push(term.clone());
        Ok(TermId(id))
    }

    /// Compiles what was added.
    #[must_use]
    pub fn build(self) -> Matcher {
        Matcher { terms: self.terms }
    }
}

/// Compiled terms, immutable, shared by all threads.
#[derive(Debug, Default)]
pub struct Matcher {
    terms: Vec<Term>,
}

/// Buffers that are used again from item to item; one for each thread.
#[derive(Debug, Default)]
pub struct Scratch {}

impl Matcher {
    /// How many different terms there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.terms.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// The term with this id, as it was added.
    #[must_use]
    pub fn term(&self, id: TermId) -> Option<&Term> {
        self.terms.get(id.0 as usize)
    }

    /// Replaces the contents of `out` with all occurrences in `document`, sorted
    /// (by field, start, end, term).
    pub fn find(&self, document: &Document<'_>, scratch: &mut Scratch, out: &mut Vec<Occurrence>) {
        let _ = (document, scratch);
        out.clear();
    }
}
