//! What keeps a file from being written, in words that say what to do.

use super::Problem;
use crate::sink::Outcome;
use std::fs::Metadata;
use std::io;
use std::os::unix::fs::FileTypeExt as _;
use std::path::Path;

/// The file is not as it was when the write was planned.
#[derive(Debug)]
pub(super) struct Changed;

/// What a path leads to instead of a regular file.
#[derive(Debug)]
struct Irregular(&'static str);

/// Refuses what is no regular file.
pub(super) fn refuse_irregular(metadata: &Metadata) -> io::Result<()> {
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

/// What is wrong with the key `path`.
pub(super) fn problem(path: &Path, error: &io::Error) -> Problem {
    let (message, help) = words(path, error);
    Problem { key: "path", message, help: help.to_owned() }
}

/// The sink has to wait.
pub(super) fn hold(path: &Path, error: &io::Error) -> Outcome {
    let (message, help) = words(path, error);
    Outcome::Retry { reason: format!("{message}; {help}"), after: None, hold: true }
}

/// What happened, and what to do about it.
pub(super) fn words(path: &Path, error: &io::Error) -> (String, &'static str) {
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
