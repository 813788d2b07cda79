//! A watchlist as it would be: what stands in for a file, and what it may read.

use super::Loaded;
use std::path::{Path, PathBuf};

/// A text that stands in for the watchlist of its name, or for the file at its place.
#[derive(Debug, Clone)]
pub struct Draft {
    /// Its place, which need not be there: relative paths in the text start from its folder.
    pub file: PathBuf,
    /// The text.
    pub text: String,
    /// What it may import.
    pub imports: Imports,
}

/// Which files a watchlist may import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Imports {
    /// Every one: whoever wrote it can read them anyway.
    Any,
    /// These, each once: it comes from somebody who need not be allowed to read files here,
    /// and would see by what is found, or found wrong, what is in them.
    Only(Vec<PathBuf>),
}

impl Imports {
    /// What speaks against the next import, after those `before` it.
    pub(super) fn refuse(&self, file: &Path, before: &[PathBuf]) -> Option<&'static str> {
        match self {
            Self::Only(known) if !known.iter().any(|it| it == file) => {
                Some("imports cannot be added here: no watchlist of the configuration in service has this one")
            }
            Self::Only(_) if before.iter().any(|it| it == file) => Some("this file is imported above"),
            Self::Any | Self::Only(_) => None,
        }
    }
}

/// A configuration in which one watchlist was edited.
#[derive(Debug)]
pub struct Edited {
    /// It with that watchlist.
    pub loaded: Loaded,
    /// The name of the watchlist.
    pub name: String,
    /// It only serves others.
    pub library: bool,
    /// There is one of that name or at that place without the edit.
    pub known: bool,
}
