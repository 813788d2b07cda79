//! What can go wrong with the state, in words that say what to do, sorted by
//! what the caller does next.

use rusqlite::ErrorCode;
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
    /// The directory or the lock file cannot be made or opened.
    Io {
        /// Which of them.
        path: PathBuf,
        /// What happened.
        error: io::Error,
    },
}

impl Error {
    /// Whether the same transaction may succeed later: the disk was full or failed, or the database was held.
    #[must_use]
    pub const fn is_temporary(&self) -> bool {
        matches!(self, Self::Full | Self::Busy | Self::Io(_))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full => f.write_str("the disk of the state directory is full: make room, nothing was lost"),
            Self::Busy => f.write_str("another process is writing to the state: try again"),
            Self::Io(detail) => write!(f, "the disk of the state directory failed ({detail}): check it"),
            Self::Corrupt(detail) => {
                write!(
                    f,
                    "the state is damaged ({detail}): stop the daemon and restore {} from a backup",
                    super::FILE_NAME
                )
            }
            Self::ReadOnly => {
                f.write_str("the state can only be read: check who owns the state directory and how it is mounted")
            }
            Self::Closed => f.write_str("the state is closed: newswatch is stopping"),
            Self::Panicked(message) => write!(f, "deciding panicked ({message}): please report this"),
            Self::Defect(detail) => write!(f, "the state refused a transaction ({detail}): please report this"),
        }
    }
}

impl std::error::Error for Error {}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::Error as Sqlite;
        let detail = error.to_string();
        match error {
            Sqlite::SqliteFailure(failure, _) => match failure.code {
                ErrorCode::DiskFull => Self::Full,
                ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Self::Busy,
                ErrorCode::ReadOnly | ErrorCode::PermissionDenied => Self::ReadOnly,
                ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => Self::Corrupt(detail),
                ErrorCode::SystemIoFailure | ErrorCode::CannotOpen | ErrorCode::OutOfMemory => Self::Io(detail),
                _ => Self::Defect(detail),
            },
            Sqlite::FromSqlConversionFailure(..) | Sqlite::IntegralValueOutOfRange(..) | Sqlite::Utf8Error(..) => {
                Self::Corrupt(detail)
            }
            _ => Self::Defect(detail),
        }
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full,
            _ => Self::Io(error.to_string()),
        }
    }
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoState(path) => {
                write!(
                    f,
                    "no state yet: {} does not exist; start `newswatch run` first, or check `state_dir`",
                    path.display()
                )
            }
            Self::Foreign(path) => {
                write!(f, "{} is not a newswatch database: move it away, or choose another `state_dir`", path.display())
            }
            Self::Newer { path, found, known } => write!(
                f,
                "{} was written by a newer newswatch (schema {found}, this one knows {known}): upgrade newswatch",
                path.display()
            ),
            Self::Older(path) => {
                write!(
                    f,
                    "{} was written by an older newswatch: start `newswatch run`, which upgrades it",
                    path.display()
                )
            }
            Self::Corrupt { path, detail } => {
                write!(
                    f,
                    "{} is damaged ({detail}): restore it from a backup, or move it away to start anew",
                    path.display()
                )
            }
            Self::Denied(path) => {
                write!(
                    f,
                    "{} may not be read or written: check who owns it and its directory, and how it is mounted",
                    path.display()
                )
            }
            Self::Failed { path, error } => write!(f, "{} cannot be opened: {error}", path.display()),
        }
    }
}

impl std::error::Error for OpenError {}

impl fmt::Display for LockError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Held { dir, holder: Some(holder) } => write!(
                f,
                "{} is in use by process {} since {}: stop it first, or choose another `state_dir`",
                dir.display(),
                holder.pid,
                holder.since
            ),
            Self::Held { dir, holder: None } => {
                write!(
                    f,
                    "{} is in use by another process: stop it first, or choose another `state_dir`",
                    dir.display()
                )
            }
            Self::Io { path, error } => {
                write!(f, "{} cannot be locked: {error}", path.display())?;
                let denied = [io::ErrorKind::PermissionDenied, io::ErrorKind::ReadOnlyFilesystem];
                if denied.contains(&error.kind()) {
                    f.write_str("; check who owns it and its directory, and how it is mounted")?;
                }
                Ok(())
            }
        }
    }
}

impl std::error::Error for LockError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { error, .. } => Some(error),
            Self::Held { .. } => None,
        }
    }
}
