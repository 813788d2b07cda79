//! Opening the database: the file, its pragmas, what is refused and why.

use super::{Access, OpenError, Store};
use std::path::Path;

impl Store {
    /// Opens the state in `dir`. To write, the directory (mode 0700) and the database are
    /// made where they are missing, and an older database is migrated. Blocks.
    pub fn open(dir: &Path, access: Access) -> Result<Self, OpenError> {
        let _ = access;
        Err(OpenError::NoState(dir.to_owned()))
    }

    /// An empty store that is never written to disk (`--dry-run`).
    pub fn in_memory() -> Result<Self, OpenError> {
        Err(OpenError::NoState(":memory:".into()))
    }

    /// Waits until all that was asked before is written and closes the files. Other
    /// handles answer [`super::Error::Closed`] from now on.
    pub async fn close(self) {}
}
