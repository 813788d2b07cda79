//! What is probably not meant in the file of each watchlist. The lints take longer than
//! loading: they wait until somebody has time.

use super::diagnostic::Diagnostic;
use super::files::Files;
use super::load::Reading;
use crate::watchlist::definition::{Definition, Level, Problem};
use crate::watchlist::import::Imported;
use crate::watchlist::lint;
use std::collections::BTreeMap;

/// What is probably not meant in the file of a watchlist.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Remarks {
    /// The first of them, in the order of the file.
    pub first: Vec<Diagnostic>,
    /// How many there are.
    pub count: usize,
}

/// Remarks of one file that are kept: a list of a hundred thousand common words has as many.
const KEPT: usize = 200;

/// A configuration that can be used and was not looked through for what is probably not meant.
#[derive(Debug)]
pub struct Unjudged {
    files: Files,
    definitions: Vec<Definition>,
    warnings: Vec<Problem>,
}

impl Unjudged {
    /// All that it takes of what was read; leaves nothing of it.
    pub(super) fn new(reading: &mut Reading, problems: &[Problem]) -> Self {
        let mut definitions = std::mem::take(&mut reading.definitions);
        // Lints ask whether there are imports, not what is in them.
        definitions.iter_mut().flat_map(|it| &mut it.imports).for_each(|import| *import = Imported::default());
        let warnings = problems.iter().filter(|problem| problem.level == Level::Warning).cloned().collect();
        Self { files: std::mem::take(&mut reading.files), definitions, warnings }
    }

    /// What [`super::check`] would warn of in the file of each watchlist, by its name.
    #[must_use]
    pub fn remarks(self) -> BTreeMap<String, Remarks> {
        let mut by_file: BTreeMap<u32, Vec<Problem>> = BTreeMap::new();
        for problem in self.warnings.into_iter().chain(lint::lint(&self.definitions)) {
            by_file.entry(problem.pos.file).or_default().push(problem);
        }
        let remarks = self.definitions.into_iter().map(|definition| {
            let file = definition.name.pos.file;
            let mut found = by_file.remove(&file).unwrap_or_default();
            found.sort_by_key(|problem| problem.pos.span.start);
            found.dedup();
            let count = found.len();
            found.truncate(KEPT);
            let first = self.files.diagnostics(found).warnings;
            (definition.name.value, Remarks { first, count })
        });
        remarks.collect()
    }
}
