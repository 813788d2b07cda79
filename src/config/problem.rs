//! How problems are made: at a place, with what to do.

use crate::watchlist::definition::{Level, Pos, Problem};

/// Something that stops the configuration.
pub(super) fn error(pos: &Pos, message: impl Into<String>, help: Option<String>) -> Problem {
    Problem { level: Level::Error, pos: pos.clone(), within: None, message: message.into(), help }
}

/// Something that is probably not meant.
pub(super) fn warning(pos: &Pos, message: impl Into<String>, help: Option<String>) -> Problem {
    Problem { level: Level::Warning, ..error(pos, message, help) }
}
