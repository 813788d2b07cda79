//! What can go wrong with the state, in words that say what to do, sorted by
//! what the caller does next.

use jiff::Timestamp;
use std::fmt;
use std::io;
use std::path::PathBuf;

/// A transaction that was not made. Nothing of it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// The disk is full. It can be tried again once there is room.
    Full,
    /// Another process holds the database. It can be tried again.
    Busy,
    /// The disk failed. It can be tried again, and a person should look.
    Io(String),
    /// The database is damaged: stop, and tell a person.
    Corrupt(String),
    /// The state may only be read: it was opened so, or its files cannot be written.
    ReadOnly,
    /// The store was closed before this was done.
    Closed,
    /// The code that was to decide inside the transaction panicked.
    Panicked(String),
    /// What was asked for makes no sense to the database: a defect of newswatch.
    Defect(String),
}

/// A store that could not be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OpenError {
    /// There is no state yet: no daemon ever ran on this directory.
    NoState(PathBuf),
    /// The file is no newswatch database.
    Foreign(PathBuf),
    /// A later newswatch wrote it.
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: u32,
        /// The latest that this build knows.
        known: u32,
    },
    /// It is older than this build, and was opened to be read: the daemon migrates it.
    Older(PathBuf),
    /// The file is damaged.
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What was found.
        detail: String,
    },
    /// The directory or the file may not be read or written.
    Denied(PathBuf),
    /// Anything else: a full disk, a failing one.
    Failed {
        /// The file.
        path: PathBuf,
        /// What happened.
        error: Error,
    },
}

/// A state directory that could not be locked.
#[derive(Debug)]
pub enum LockError {
    /// Another process runs on it.
    Held {
        /// The directory.
        dir: PathBuf,
        /// Who; `None` in the instant in which it has not said so yet.
        holder: Option<super::lock::Holder>,
    },
    /// The lock file cannot be made or opened.
    Io {
        /// The lock file.
        path: PathBuf,
        /// What happened.
        error: io::Error,
    },
}
