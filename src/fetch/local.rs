//! Feeds in local files: read whole each time, with the same caps as a body from
//! the network. Nothing is taken from times or sizes, which can stay the same
//! when a file changes; that a document has not changed is seen by its hash.

use super::body::{Reader, Stop, Whole};
use super::failure::{Failure, FailureKind};
use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Reads at most `max` bytes, such as a feed from standard input; `None` where there are more.
///
/// # Errors
/// Whatever reading says.
pub fn read_capped(from: impl Read, max: u64) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    from.take(max.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64 <= max).then_some(bytes))
}

/// A file as it was and decoded, read off the runtime's threads.
pub(super) async fn read(path: PathBuf, max: u64) -> Result<(u64, Whole), Failure> {
    let reading = tokio::task::spawn_blocking(move || read_now(&path, max));
    reading
        .await
        .unwrap_or_else(|error| Err(Failure::new(FailureKind::File, format!("reading it was given up: {error}"))))
}

fn read_now(path: &Path, max: u64) -> Result<(u64, Whole), Failure> {
    let failed = |error: io::Error| Failure::new(FailureKind::File, words(path, &error));
    // Looked at before it is opened: opening a pipe would wait for its writer.
    let found = std::fs::metadata(path).map_err(failed)?;
    if !found.is_file() {
        return Err(Failure::new(FailureKind::File, format!("{} is {}, not a file", path.display(), kind(&found))));
    }
    let bytes = File::open(path).and_then(|file| read_capped(file, max)).map_err(failed)?;
    let Some(bytes) = bytes else { return Err(Failure::too_large(path.display(), max)) };
    let mut reader = Reader::new(Vec::new(), max);
    if let Err(Stop::Limit(failure)) = reader.push(&bytes) {
        return Err(failure);
    }
    Ok((bytes.len() as u64, reader.finish()?))
}

fn kind(found: &Metadata) -> &'static str {
    if found.is_dir() { "a directory" } else { "a pipe, socket or device" }
}

fn words(path: &Path, error: &io::Error) -> String {
    let path = path.display();
    match error.kind() {
        io::ErrorKind::NotFound => format!("{path} does not exist; check the path, or what should write it"),
        io::ErrorKind::PermissionDenied => {
            format!("{path} may not be read by the user that newswatch runs as; check its permissions and its folders'")
        }
        _ => format!("{path} cannot be read: {error}"),
    }
}
