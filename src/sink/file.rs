//! The file sink: whole JSON lines, each alert exactly once.

use std::path::PathBuf;

/// `[file.NAME]`, compiled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Absolute.
    pub path: PathBuf,
    /// Whether each batch is `fsync`ed before it counts as delivered.
    pub fsync: bool,
}
