//! What can be used but is probably not what was meant: terms that are too
//! broad, superfluous, never found, or that look like an operator.

use super::definition::{Definition, Problem};

/// Warnings for all watchlists, in the order of the files.
#[must_use]
pub fn lint(definitions: &[Definition]) -> Vec<Problem> {
    let _ = definitions;
    Vec::new()
}
