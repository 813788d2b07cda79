//! The file sink: whole JSON lines, each alert exactly once.
//!
//! The caller commits what is about to be written before it is written:
//! [`FileSink::plan`] says where, [`FileSink::append`] writes there and nowhere
//! else, and after a crash [`recover`] says which lines are in the file. All of
//! it blocks: keep it off the threads of the runtime.
//!
//! The promise needs a file of the sink's own: one sink, one daemon, nobody else
//! appending. Renaming it (logrotate) is expected at any time.

use super::{Outcome, Problem};
use rustix::fs::OFlags;
use std::fs::{self, DirBuilder, File, Metadata, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, FileExt as _, FileTypeExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// `[file.NAME]`, compiled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Absolute.
    pub path: PathBuf,
    /// Whether each batch is `fsync`ed before it counts as delivered.
    pub fsync: bool,
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
    /// How many bytes will be written: all lines, and a newline before them where
    /// the file does not end in one.
    pub length: u64,
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

    /// Says where `batch` would be written; opens the file anew where it was
    /// renamed or removed since.
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
        if let Some(offset) = self.torn_at {
            self.open.file.set_len(offset)?;
            self.torn_at = None;
        }
        if !self.open.is_at(&self.config.path)? {
            self.open = OpenFile::open(&self.config)?;
        }
        let offset = self.open.file.metadata()?.len();
        let newline = u64::from(ends_inside_a_line(&self.open.file, offset)?);
        Ok(Write {
            path: self.open.path.clone(),
            device: self.open.device,
            inode: self.open.inode,
            offset,
            length: newline + lines_length(batch),
        })
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
            self.torn_at = self.open.file.set_len(write.offset).err().map(|_| write.offset);
        }
        written
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.open.file.write_all(bytes)?;
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

/// After a crash: which of the batch are whole in the file, in the order of
/// `batch`. A torn last line is cut off, so the others can be planned anew.
///
/// The file is found again after a rename by its device and inode, among the
/// files of its folder; copies of it (`copytruncate`) are found by its name.
/// Lines of `batch` may be missing (dropped since the write was planned).
///
/// # Errors
/// [`Outcome::Retry`] where the files cannot be looked at; nothing may be written
/// to the sink before they can.
pub fn recover(config: &Config, write: &Write, batch: &[impl AsRef<[u8]>]) -> Result<Vec<bool>, Outcome> {
    try_recover(config, write, batch).map_err(|error| hold(&write.path, &error))
}

fn try_recover(config: &Config, write: &Write, batch: &[impl AsRef<[u8]>]) -> io::Result<Vec<bool>> {
    let mut whole = vec![false; batch.len()];
    for (path, metadata) in candidates(write)? {
        let is_the_file = (metadata.dev(), metadata.ino()) == (write.device, write.inode);
        let file = match File::open(&path) {
            Ok(file) => file,
            // A backup that is not ours to read, or that was rotated away: no reason to wait for ever.
            Err(_) if !is_the_file => continue,
            Err(error) => return Err(error),
        };
        let region = read_region(&file, write)?;
        let (lines, tail) = split_lines(&region);
        let mut found = false;
        for (known, line) in whole.iter_mut().zip(batch) {
            if lines.contains(&line.as_ref()) {
                *known = true;
                found = true;
            }
        }
        let at_the_end = metadata.len() <= write.offset.saturating_add(write.length);
        if is_the_file && at_the_end && is_torn(tail, write, batch) {
            let length = write.offset + (region.len() - tail.len()) as u64;
            OpenOptions::new().write(true).open(&path)?.set_len(length)?;
        }
        if found && config.fsync {
            file.sync_data()?;
        }
    }
    Ok(whole)
}

/// The files that may hold the write: the one with its identity, and those whose
/// names begin with its name, as rotation makes them.
fn candidates(write: &Write) -> io::Result<Vec<(PathBuf, Metadata)>> {
    let entries = match fs::read_dir(folder(&write.path)) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let name = write.path.file_name().unwrap_or_default().as_encoded_bytes();
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry?;
        // Gone between listing and looking: rotation at work, and a file less to look at.
        let Ok(metadata) = entry.metadata() else { continue };
        let is_the_file = (metadata.dev(), metadata.ino()) == (write.device, write.inode);
        let is_named_so = entry.file_name().as_encoded_bytes().starts_with(name);
        if metadata.is_file() && metadata.len() > write.offset && (is_the_file || is_named_so) {
            found.push((entry.path(), metadata));
        }
    }
    Ok(found)
}

/// What the file holds where the write was to go; shorter where the file ends before.
fn read_region(file: &File, write: &Write) -> io::Result<Vec<u8>> {
    let length = usize::try_from(write.length).map_err(io::Error::other)?;
    let available = file.metadata()?.len().saturating_sub(write.offset);
    let mut region = vec![0; length.min(usize::try_from(available).unwrap_or(length))];
    file.read_exact_at(&mut region, write.offset)?;
    Ok(region)
}

/// The whole lines, without their newlines, and what follows the last one.
fn split_lines(region: &[u8]) -> (Vec<&[u8]>, &[u8]) {
    let mut lines: Vec<&[u8]> = region.split(|byte| *byte == b'\n').collect();
    let tail = lines.pop().unwrap_or_default();
    (lines, tail)
}

/// Whether the end of the file is the beginning of one of our lines. After a power
/// cut zeros can stand where the data was to go.
fn is_torn(tail: &[u8], write: &Write, batch: &[impl AsRef<[u8]>]) -> bool {
    let zeros = tail.iter().rev().take_while(|byte| **byte == 0).count();
    let written = tail.get(..tail.len() - zeros).unwrap_or_default();
    // Where lines of the batch are missing, it may be the beginning of one of those.
    let incomplete = lines_length(batch) + 1 < write.length;
    !tail.is_empty() && (incomplete || batch.iter().any(|line| line.as_ref().starts_with(written)))
}

fn lines_length(batch: &[impl AsRef<[u8]>]) -> u64 {
    batch.iter().map(|line| line.as_ref().len() as u64 + 1).sum()
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

fn refuse_irregular(metadata: &Metadata) -> io::Result<()> {
    let kind = metadata.file_type();
    let what = if kind.is_file() {
        return Ok(());
    } else if kind.is_dir() {
        "a folder"
    } else if kind.is_fifo() {
        "a FIFO"
    } else if kind.is_socket() {
        "a socket"
    } else {
        "a device"
    };
    Err(io::Error::other(Irregular(what)))
}

fn problem(path: &Path, error: &io::Error) -> Problem {
    let (message, help) = words(path, error);
    Problem { key: "path", message, help: help.to_owned() }
}

fn hold(path: &Path, error: &io::Error) -> Outcome {
    let (message, help) = words(path, error);
    Outcome::Retry { reason: format!("{message}; {help}"), after: None, hold: true }
}

/// What happened, and what to do about it.
fn words(path: &Path, error: &io::Error) -> (String, &'static str) {
    use io::ErrorKind as Kind;
    let path = path.display();
    let inner = error.get_ref();
    if let Some(Irregular(what)) = inner.and_then(|inner| inner.downcast_ref()) {
        return (format!("{path} is {what}"), "a file sink needs a regular file: choose another path");
    }
    if inner.and_then(|inner| inner.downcast_ref::<Changed>()).is_some() {
        return (
            format!("{path} was changed by another program while newswatch was about to write to it"),
            "it is tried again; if this keeps coming back, give the sink a file of its own",
        );
    }
    let (what, help) = match error.kind() {
        Kind::PermissionDenied => (
            "permission denied",
            "let newswatch's user write to the file and its folder (under systemd: ReadWritePaths=)",
        ),
        Kind::NotFound => ("no such folder", "create the folder, or mount what holds it"),
        Kind::NotADirectory => ("a part of the path is no folder", "correct the path"),
        Kind::StorageFull => ("the disk is full", "make room: the alerts wait and nothing is lost"),
        Kind::QuotaExceeded => {
            ("the disk quota is used up", "raise it or make room: the alerts wait and nothing is lost")
        }
        Kind::FileTooLarge => ("the file has reached the size limit", "raise the limit or rotate the file"),
        Kind::ReadOnlyFilesystem => (
            "the file system is read-only",
            "mount it writable (under systemd: ReadWritePaths=), or choose another path",
        ),
        _ => return (format!("cannot write to {path}: {error}"), "the alerts wait and nothing is lost"),
    };
    (format!("cannot write to {path}: {what}"), help)
}

/// The file is not as it was when the write was planned.
#[derive(Debug)]
struct Changed;

/// What a path leads to instead of a regular file.
#[derive(Debug)]
struct Irregular(&'static str);

impl std::fmt::Display for Changed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("changed since the write was planned")
    }
}

impl std::fmt::Display for Irregular {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} and no regular file", self.0)
    }
}

impl std::error::Error for Changed {}
impl std::error::Error for Irregular {}
