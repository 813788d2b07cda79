//! The readers.
#[derive(Debug)]
pub(super) struct Readers;
