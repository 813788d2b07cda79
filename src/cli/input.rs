//! What a command reads: a file, or standard input.

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
    let bytes = bytes.map_err(|error| Failure::io(format!("cannot read {}: {error}", input.name())))?;
    if bytes.len() as u64 > LARGEST {
        return Err(Failure::io(format!("{} is larger than {} MiB", input.name(), LARGEST >> 20)));
    }
    Ok(bytes)
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
    Ok(bytes)
}
