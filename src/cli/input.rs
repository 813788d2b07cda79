//! What a command reads: a file, standard input, or the files of a folder.

use super::exit::Failure;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

/// Where input comes from.
pub(super) enum Input {
    /// `-`
    Stdin,
    /// Anything else.
    File(PathBuf),
}

/// More than this is no feed and no article.
const LARGEST: u64 = 64 * 1024 * 1024;

impl Input {
    /// By its name on the command line.
    pub(super) fn of(name: &str) -> Self {
        if name == "-" { Self::Stdin } else { Self::File(PathBuf::from(name)) }
    }

    /// For messages.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Stdin => "standard input".to_owned(),
            Self::File(path) => path.display().to_string(),
        }
    }

    /// The absolute path, where it is a file.
    pub(super) fn path(&self) -> Option<PathBuf> {
        match self {
            Self::Stdin => None,
            Self::File(path) => std::path::absolute(path).ok(),
        }
    }
}

/// Reads all of it.
pub(super) fn read(input: &Input) -> Result<Vec<u8>, Failure> {
    let bytes = match input {
        Input::Stdin => read_all(io::stdin().lock()),
        Input::File(path) => open(path).and_then(read_all),
    };
    bytes.map_err(|error| Failure::io(format!("cannot read {}: {error}", input.name())))
}

/// Reads a file of a folder: nothing that is no file, such as a pipe that nobody may ever write to.
///
/// # Errors
/// Why it cannot be read.
pub(super) fn read_member(path: &Path) -> io::Result<Vec<u8>> {
    if !std::fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is no file"));
    }
    open(path).and_then(read_all)
}

/// What is below a folder.
#[derive(Default)]
pub(super) struct Tree {
    /// The files and whatever else is no folder, sorted by path. Not what is hidden (`.name`).
    pub(super) files: Vec<PathBuf>,
    /// The folders that cannot be read, and why.
    pub(super) closed: Vec<(PathBuf, io::Error)>,
}

/// Lists what is below `folder`. A link to a folder is not followed: it may lead back.
///
/// # Errors
/// Where `folder` itself cannot be read.
pub(super) fn tree(folder: &Path) -> Result<Tree, Failure> {
    let mut tree = Tree::default();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        match entries(&folder) {
            Ok((inner, files)) => {
                folders.extend(inner);
                tree.files.extend(files);
            }
            Err(error) => tree.closed.push((folder, error)),
        }
    }
    tree.files.sort();
    tree.closed.sort_by(|(a, _), (b, _)| a.cmp(b));
    match tree.closed.first() {
        Some((path, error)) if path == folder => Err(Failure::io(format!("cannot read {}: {error}", folder.display()))),
        _ => Ok(tree),
    }
}

/// The folders and the other entries of a folder.
fn entries(folder: &Path) -> io::Result<(Vec<PathBuf>, Vec<PathBuf>)> {
    let (mut folders, mut files) = (Vec::new(), Vec::new());
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let (kind, path) = (entry.file_type()?, entry.path());
        match entry.file_name().as_encoded_bytes() {
            [b'.', ..] => {}
            _ if kind.is_dir() => folders.push(path),
            _ if kind.is_symlink() && path.is_dir() => {}
            _ => files.push(path),
        }
    }
    Ok((folders, files))
}

fn open(path: &Path) -> io::Result<std::fs::File> {
    let file = std::fs::File::open(path)?;
    if file.metadata()?.is_dir() {
        return Err(io::Error::from(io::ErrorKind::IsADirectory));
    }
    Ok(file)
}

fn read_all(source: impl io::Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source.take(LARGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST {
        return Err(io::Error::other(format!("it is larger than {} MiB", LARGEST >> 20)));
    }
    Ok(bytes)
}
