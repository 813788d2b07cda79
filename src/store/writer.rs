//! The writer.
#[derive(Debug)]
pub(super) struct Writer;
