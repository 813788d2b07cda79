//! The file sink: whole JSON lines, each alert exactly once.
//!
//! The caller commits what is about to be written before it is written:
//! [`FileSink::plan`] says where, [`FileSink::append`] writes there and nowhere
//! else, and after a crash or a failure [`recover`] says which lines are in the
//! file. Only with every write settled that was committed, the file may be put
//! aside ([`FileSink::rotate`]); [`tidy`] takes care of it then. All of it
//! blocks: keep it off the threads of the runtime.
//!
//! The promise needs a file of the sink's own: one sink, one daemon, nobody else
//! appending. Renaming it (logrotate) is expected at any time.

mod archive;
mod error;
mod recover;
mod rotation;

pub use archive::tidy;
pub use recover::recover;
pub use rotation::{Rotation, When};

use super::{Outcome, Problem};
use crate::fault::{crash_point, io_point};
use error::{Changed, hold, problem, refuse_irregular, words};
use jiff::Timestamp;
use rustix::fs::OFlags;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, FileExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// `[file.NAME]`, compiled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Absolute.
    pub path: PathBuf,
    /// Whether each batch is `fsync`ed before it counts as delivered.
    pub fsync: bool,
    /// When a new file is begun, and what becomes of the one before; `None`: never.
    pub rotation: Option<Rotation>,
}

/// What is about to be written, and where. The caller keeps it until the batch is
/// delivered or the sink's next plan takes its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Write {
    /// Where the file was, without symbolic links.
    pub path: PathBuf,
    /// The device it is on.
    pub device: u64,
    /// Its inode.
    pub inode: u64,
    /// Where in it the batch begins, in bytes: the length that it had.
    pub offset: u64,
    /// How many bytes will be written: the lines, and a newline before them where
    /// the file does not end in one.
    pub length: u64,
    /// How many lines of the batch these are, from its beginning.
    pub lines: usize,
}

/// An open file.
#[derive(Debug)]
pub struct FileSink {
    config: Config,
    open: OpenFile,
    /// A write failed and could not be taken back: the file is to be cut here first.
    torn_at: Option<u64>,
}

#[derive(Debug)]
struct OpenFile {
    file: File,
    path: PathBuf,
    device: u64,
    inode: u64,
}

impl Config {
    /// What can be known to be wrong without creating anything.
    ///
    /// # Errors
    /// Where the path names something that is no regular file.
    pub fn check(&self) -> Result<(), Problem> {
        match fs::metadata(&self.path) {
            Ok(metadata) => refuse_irregular(&metadata).map_err(|error| problem(&self.path, &error)),
            Err(error) if error.kind() == io::ErrorKind::NotADirectory => Err(problem(&self.path, &error)),
            // It is created when the sink is opened, or it can only be seen by the daemon's user.
            Err(_) => Ok(()),
        }
    }
}

impl FileSink {
    /// Opens the file for appending; creates it (mode 0640) and its folders (0750) where
    /// they do not exist.
    ///
    /// # Errors
    /// Where that cannot be done, or it is no regular file.
    pub fn open(config: &Config) -> Result<Self, Problem> {
        let open = OpenFile::open(config).map_err(|error| problem(&config.path, &error))?;
        Ok(Self { config: config.clone(), open, torn_at: None })
    }

    /// Takes back what a write that failed has left in the file, as far as that was not
    /// possible at once.
    ///
    /// # Errors
    /// [`Outcome::Retry`] that holds the sink, where that is still not possible.
    pub fn mend(&mut self) -> Result<(), Outcome> {
        let Some(offset) = self.torn_at else { return Ok(()) };
        self.open.file.set_len(offset).map_err(|error| hold(&self.config.path, &error))?;
        self.torn_at = None;
        Ok(())
    }

    /// Puts the file aside and begins a new one, where it is time for that before `next`
    /// (a line) is written; whether it did. Every write must be settled that was recorded.
    ///
    /// # Errors
    /// Why it could not, in words. The file can be written to all the same.
    pub fn rotate(&mut self, next: &[u8], now: Timestamp) -> Result<bool, String> {
        let Some(rotation) = self.config.rotation else { return Ok(false) };
        self.try_rotate(rotation.when, next, now).map_err(|error| {
            let (message, help) = words(&self.config.path, &error);
            format!("{message}; {help}")
        })
    }

    /// Says where the lines of `batch` would be written, or as many of them as the file may
    /// still take; opens the file anew where it was renamed or removed since.
    ///
    /// # Errors
    /// [`Outcome::Retry`] that holds the sink, where the file cannot be opened.
    pub fn plan(&mut self, batch: &[impl AsRef<[u8]>]) -> Result<Write, Outcome> {
        self.try_plan(batch).map_err(|error| hold(&self.config.path, &error))
    }

    /// Writes `batch`, one line each, exactly as planned. Either all of it is in
    /// the file ([`Outcome::Delivered`]), or none and it is to be planned anew
    /// ([`Outcome::Retry`] that holds the sink).
    pub fn append(&mut self, write: &Write, batch: &[impl AsRef<[u8]>]) -> Outcome {
        match self.try_append(write, batch) {
            Ok(()) => Outcome::Delivered,
            Err(error) => hold(&self.config.path, &error),
        }
    }

    fn try_plan(&mut self, batch: &[impl AsRef<[u8]>]) -> io::Result<Write> {
        if !self.open.is_at(&self.config.path)? {
            self.open = OpenFile::open(&self.config)?;
        }
        let offset = self.open.file.metadata()?.len();
        let newline = u64::from(ends_inside_a_line(&self.open.file, offset)?);
        let lines = match self.config.rotation {
            Some(rotation) => rotation.when.fitting(offset + newline, batch.iter().map(line_length)),
            None => batch.len(),
        };
        Ok(Write {
            path: self.open.path.clone(),
            device: self.open.device,
            inode: self.open.inode,
            offset,
            length: newline + batch.iter().take(lines).map(line_length).sum::<u64>(),
            lines,
        })
    }

    fn try_rotate(&mut self, when: When, next: &[u8], now: Timestamp) -> io::Result<bool> {
        let metadata = self.open.file.metadata()?;
        let written = Timestamp::try_from(metadata.modified()?).map_err(io::Error::other)?;
        // A file that another program has renamed is put aside already.
        if !when.is_due(metadata.len(), written, line_length(&next), now) || !self.open.is_at(&self.config.path)? {
            return Ok(false);
        }
        let aside = rotation::next_name(&self.open.path, now)?;
        io_point("file.rotate")?;
        crash_point("file.rotate.begin");
        fs::rename(&self.open.path, aside)?;
        crash_point("file.rotate.renamed");
        self.open = OpenFile::open(&self.config)?;
        // Whoever was let read the one before may read this one. It can be written to in any case.
        let _ = self.open.file.set_permissions(metadata.permissions());
        crash_point("file.rotate.opened");
        Ok(true)
    }

    fn try_append(&mut self, write: &Write, batch: &[impl AsRef<[u8]>]) -> io::Result<()> {
        let metadata = self.open.file.metadata()?;
        let same_file = (self.open.device, self.open.inode) == (write.device, write.inode);
        if !same_file || self.torn_at.is_some() || metadata.nlink() == 0 || metadata.len() != write.offset {
            return Err(io::Error::other(Changed));
        }
        let bytes = joined(batch, write)?;
        let written = self.write(&bytes);
        if written.is_err() {
            let cut = io_point("file.cut").and_then(|()| self.open.file.set_len(write.offset));
            self.torn_at = cut.err().map(|_| write.offset);
        }
        written
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        io_point("file.write")?;
        self.open.file.write_all(bytes)?;
        io_point("file.sync")?;
        // A failed fsync leaves the pages in an unknown state; the caller cuts them off and writes them again.
        if self.config.fsync { self.open.file.sync_data() } else { Ok(()) }
    }
}

impl OpenFile {
    fn open(config: &Config) -> io::Result<Self> {
        match fs::metadata(&config.path) {
            Ok(metadata) => refuse_irregular(&metadata)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => create_folders(&config.path)?,
            Err(error) => return Err(error),
        }
        let file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .mode(0o640)
            // Opening a FIFO that took its place since must not wait for a reader.
            .custom_flags(OFlags::NONBLOCK.bits().cast_signed())
            .open(&config.path)?;
        let metadata = file.metadata()?;
        refuse_irregular(&metadata)?;
        let path = fs::canonicalize(&config.path)?;
        if config.fsync {
            // The file's name is to survive a power cut too.
            File::open(folder(&path))?.sync_all()?;
        }
        Ok(Self { file, path, device: metadata.dev(), inode: metadata.ino() })
    }

    /// Whether the path still leads to this file.
    fn is_at(&self, path: &Path) -> io::Result<bool> {
        match fs::metadata(path) {
            Ok(metadata) => Ok((metadata.dev(), metadata.ino()) == (self.device, self.inode)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }
}

fn lines_length(batch: &[impl AsRef<[u8]>]) -> u64 {
    batch.iter().map(line_length).sum()
}

/// With its newline.
fn line_length(line: &impl AsRef<[u8]>) -> u64 {
    line.as_ref().len() as u64 + 1
}

/// The bytes of a batch as its plan has them.
fn joined(batch: &[impl AsRef<[u8]>], write: &Write) -> io::Result<Vec<u8>> {
    let mut bytes = match write.length.checked_sub(lines_length(batch)) {
        Some(0) => Vec::new(),
        Some(1) => vec![b'\n'],
        _ => return Err(io::Error::other(Changed)),
    };
    for line in batch {
        bytes.extend_from_slice(line.as_ref());
        bytes.push(b'\n');
    }
    Ok(bytes)
}

fn ends_inside_a_line(file: &File, length: u64) -> io::Result<bool> {
    let Some(last) = length.checked_sub(1) else { return Ok(false) };
    let mut byte = [0];
    file.read_exact_at(&mut byte, last)?;
    Ok(byte != *b"\n")
}

fn create_folders(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o750).create(folder(path))
}

fn folder(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new("/"))
}
