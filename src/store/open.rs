//! Opening the database: the file, its pragmas, what is refused and why.

use super::reader::Readers;
use super::writer::{Haste, Writer};
use super::{Access, Error, FILE_NAME, Inner, OpenError, Store, migration};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, FileControl, OpenFlags, Transaction};
use std::fmt::Write as _;
use std::fs::{DirBuilder, OpenOptions};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

/// How long a lock of another process is waited for.
const BUSY: Duration = Duration::from_secs(5);

/// Up to this size the whole database is checked when it is opened to be written;
/// in a larger one, where that would take many seconds, the schedule of feeds is.
const CHECK_WHOLE: u64 = 32 << 20;

/// Tries to begin a read, and the pause between them.
const TRIES: u32 = 200;
const PAUSE: Duration = Duration::from_millis(5);

/// The log is cut to this after it grew beyond (a long read can hold it up).
const WAL_LIMIT: i64 = 64 << 20;

/// KiB that the writer keeps of the database: the pages of a whole batch of polls, or each
/// would be written and read more than once before the commit.
const CACHE: i64 = 4 << 10;

/// Pages of the log (of 4 KiB) that are copied into the database together. What is written
/// again and again until then is copied once.
const CHECKPOINT: i64 = 4096;

/// Statements kept compiled, more than there are.
const STATEMENTS: usize = 256;

impl Store {
    /// Opens the state in `dir`. To write, the directory (mode 0700) and the database are
    /// made where they are missing, and an older database is migrated. Blocks.
    pub fn open(dir: &Path, access: Access) -> Result<Self, OpenError> {
        let path = dir.join(FILE_NAME);
        match access {
            Access::ReadWrite => writable(dir, &path),
            Access::ReadOnly => readable(&path),
        }
    }

    /// An empty store that is never written to disk (`--dry-run`).
    pub fn in_memory() -> Result<Self, OpenError> {
        let path = PathBuf::from(":memory:");
        let explain = |error| explain(&path, error);
        let mut connection = Connection::open_in_memory().map_err(explain)?;
        tune(&connection).map_err(explain)?;
        migration::migrate(&mut connection).map_err(explain)?;
        let writer = Writer::spawn(connection).map_err(|error| OpenError::Failed { path: path.clone(), error })?;
        Ok(Self { inner: Arc::new(Inner { writer: Some(writer), readers: None }) })
    }

    /// Waits until all that was asked before is written and closes the files. Other
    /// handles answer [`super::Error::Closed`] from now on.
    pub async fn close(self) {
        if let Some(readers) = &self.inner.readers {
            readers.close().await;
        }
        if let Some(writer) = &self.inner.writer {
            writer.close().await;
        }
    }

    /// Runs one transaction that writes.
    pub(super) async fn write<T, F>(&self, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, Error> + Send + 'static,
    {
        self.write_with(Haste::AtOnce, work).await
    }

    /// The same, perhaps not quite at once.
    pub(super) async fn write_with<T, F>(&self, haste: Haste, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, Error> + Send + 'static,
    {
        match &self.inner.writer {
            Some(writer) => writer.write(haste, work).await,
            None => Err(Error::ReadOnly),
        }
    }

    /// Runs one transaction that reads.
    pub(super) async fn read<T, F>(&self, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, Error> + Send + 'static,
    {
        match &self.inner.readers {
            Some(readers) => readers.read(work).await,
            None => self.write(work).await,
        }
    }
}

fn writable(dir: &Path, path: &Path) -> Result<Store, OpenError> {
    DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(|error| refused(dir, error))?;
    // For its owner alone, whatever the folder allows: URLs of feeds may hold secrets.
    let made = OpenOptions::new().append(true).create(true).mode(0o600).open(path);
    made.map_err(|error| refused(path, error))?;
    let explain = |error| explain(path, error);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags).map_err(explain)?;
    if connection.is_readonly("main").map_err(explain)? {
        return Err(OpenError::Denied(path.to_owned()));
    }
    refuse(&connection, path)?;
    check(&connection, path)?;
    tune(&connection).map_err(explain)?;
    keep_log(&connection).map_err(explain)?;
    migration::migrate(&mut connection).map_err(explain)?;
    let first = reader(path).map_err(explain)?;
    let writer = Writer::spawn(connection).map_err(|error| OpenError::Failed { path: path.to_owned(), error })?;
    Ok(Store { inner: Arc::new(Inner { writer: Some(writer), readers: Some(Readers::new(path.to_owned(), first)) }) })
}

fn readable(path: &Path) -> Result<Store, OpenError> {
    if !path.exists() {
        return Err(OpenError::NoState(path.to_owned()));
    }
    let explain = |error| explain(path, error);
    let connection = reader(path).map_err(explain)?;
    let transaction = begin_to_read(&connection).map_err(explain)?;
    match refuse(&transaction, path)? {
        // A daemon begins to make it just now, or a crash came in between.
        None => return Err(OpenError::NoState(path.to_owned())),
        Some(version) if version < migration::VERSION => return Err(OpenError::Older(path.to_owned())),
        Some(_) => {}
    }
    drop(transaction);
    Ok(Store { inner: Arc::new(Inner { writer: None, readers: Some(Readers::new(path.to_owned(), connection)) }) })
}

/// A connection that reads and touches no file. [`keep_log`] sees to it that the
/// log and its index are there; where they are not (a copy of the database alone),
/// nobody writes, and the file can be taken as it is.
pub(super) fn reader(path: &Path) -> rusqlite::Result<Connection> {
    let log = with_suffix(path, "-wal").exists() || with_suffix(path, "-shm").exists();
    let mode = if log { "mode=ro&readonly_shm=1" } else { "mode=ro&immutable=1" };
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(uri(path, mode), flags)?;
    connection.busy_timeout(BUSY)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(connection)
}

/// Begins a transaction that reads one moment of the database.
pub(super) fn begin_to_read(connection: &Connection) -> rusqlite::Result<Transaction<'_>> {
    for _ in 1..TRIES {
        match moment(connection) {
            // The daemon was in the middle of a commit, and a reader that may not write to
            // the log's index cannot put it right; the daemon will
            // (<https://www.sqlite.org/rescode.html#readonly_recovery>).
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::ReadOnly) => thread::sleep(PAUSE),
            result => return result,
        }
    }
    moment(connection)
}

fn moment(connection: &Connection) -> rusqlite::Result<Transaction<'_>> {
    let transaction = connection.unchecked_transaction()?;
    // The moment is that of the first read.
    transaction.prepare_cached("SELECT 1 FROM sqlite_schema LIMIT 1")?.exists([])?;
    Ok(transaction)
}

/// Refuses what is not ours, or not for this build. The version; `None`: it is empty, and ours to fill.
fn refuse(connection: &Connection, path: &Path) -> Result<Option<u32>, OpenError> {
    let explain = |error| explain(path, error);
    let id: i32 = connection.pragma_query_value(None, "application_id", |row| row.get(0)).map_err(explain)?;
    let found = migration::version(connection).map_err(explain)?;
    let objects: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).map_err(explain)?;
    if id != migration::APPLICATION_ID && (id, found, objects) != (0, 0, 0) {
        return Err(OpenError::Foreign(path.to_owned()));
    }
    if found > migration::VERSION {
        return Err(OpenError::Newer { path: path.to_owned(), found, known: migration::VERSION });
    }
    Ok((id == migration::APPLICATION_ID).then_some(found))
}

/// Finds damage before it is built upon.
fn check(connection: &Connection, path: &Path) -> Result<(), OpenError> {
    let explain = |error| explain(path, error);
    let size = std::fs::metadata(path).map_or(0, |metadata| metadata.len());
    let sql = if size <= CHECK_WHOLE { "PRAGMA quick_check(1)" } else { "PRAGMA quick_check(feed)" };
    let detail: String = connection.query_row(sql, [], |row| row.get(0)).map_err(explain)?;
    if detail == "ok" { Ok(()) } else { Err(OpenError::Corrupt { path: path.to_owned(), detail }) }
}

fn tune(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    // Otherwise the planner looks at bound values, and a statement of each poll is compiled again.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // FULL: a commit survives a power cut, not only the end of the process.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.pragma_update(None, "cache_size", -CACHE)?;
    connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT)?;
    connection.pragma_update(None, "journal_size_limit", WAL_LIMIT)
}

/// Leaves the log and its index in place when the last connection closes, so that
/// a reader need not make them: it may belong to another user.
fn keep_log(connection: &Connection) -> rusqlite::Result<()> {
    connection.file_control(None::<&str>, FileControl::PersistWal(&mut 1))
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// The path as SQLite's URI, every byte that could mean something escaped.
fn uri(path: &Path, parameters: &str) -> String {
    let mut uri = String::from("file:");
    for byte in path.as_os_str().as_bytes() {
        if byte.is_ascii_alphanumeric() || b"/-_.".contains(byte) {
            uri.push(char::from(*byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(uri, "%{byte:02x}");
        }
    }
    uri + "?" + parameters
}

fn refused(path: &Path, error: io::Error) -> OpenError {
    let path = path.to_owned();
    match error.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => OpenError::Denied(path),
        _ => OpenError::Failed { path, error: error.into() },
    }
}

fn explain(path: &Path, error: rusqlite::Error) -> OpenError {
    let path = path.to_owned();
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => OpenError::Foreign(path),
        Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied | ErrorCode::ReadOnly) => OpenError::Denied(path),
        _ => match Error::from(error) {
            Error::Corrupt(detail) => OpenError::Corrupt { path, detail },
            error => OpenError::Failed { path, error },
        },
    }
}
