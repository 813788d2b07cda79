//! After a crash, or a write that failed: the file itself says how far the write
//! got, wherever it has been moved since.

use super::error::hold;
use super::{Config, Write, folder, lines_length, rotation};
use crate::sink::Outcome;
use flate2::read::MultiGzDecoder;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::PathBuf;

/// Which of the batch are whole in the file, in the order of `batch`. A torn last
/// line is cut off, so the others can be planned anew.
///
/// The file is found again after a rename by its device and inode, among the
/// files of its folder; copies of it (`copytruncate`) and what `gzip` made of it
/// are found by its name. Lines of `batch` may be missing (dropped since the
/// write was planned).
///
/// # Errors
/// [`Outcome::Retry`] where the files cannot be looked at; nothing may be written
/// to the sink before they can.
pub fn recover(config: &Config, write: &Write, batch: &[impl AsRef<[u8]>]) -> Result<Vec<bool>, Outcome> {
    try_recover(config, write, batch).map_err(|error| hold(&write.path, &error))
}

fn try_recover(config: &Config, write: &Write, batch: &[impl AsRef<[u8]>]) -> io::Result<Vec<bool>> {
    let mut whole = vec![false; batch.len()];
    let siblings = siblings(write)?;
    let mut may_be_compressed = true;
    for Sibling { path, metadata, is_the_file } in siblings.iter().filter(|it| it.metadata.len() > write.offset) {
        let file = match File::open(path) {
            Ok(file) => file,
            // A backup that is not ours to read, or that was rotated away: no reason to wait for ever.
            Err(_) if !is_the_file => continue,
            Err(error) => return Err(error),
        };
        may_be_compressed &= !is_the_file;
        let region = read_region(&file, write)?;
        let (lines, tail) = split_lines(&region);
        let found =
            if *is_the_file { mark(&mut whole, &lines, batch) } else { mark(&mut whole, &all_lines(&region), batch) };
        let at_the_end = metadata.len() <= write.offset.saturating_add(write.length);
        if *is_the_file && at_the_end && is_torn(tail, write, batch) {
            let length = write.offset + (region.len() - tail.len()) as u64;
            OpenOptions::new().write(true).open(path)?.set_len(length)?;
        }
        if found && config.fsync {
            file.sync_data()?;
        }
    }
    // The file is gone, or cut or begun anew: another program may have compressed what it held.
    if may_be_compressed {
        for sibling in siblings.iter().filter(|sibling| sibling.is_compressed(write)) {
            if whole.contains(&false)
                && let Some(region) = read_compressed(sibling, write)
            {
                mark(&mut whole, &all_lines(&region), batch);
            }
        }
    }
    Ok(whole)
}

/// Takes note of the lines that are there; whether any is.
fn mark(whole: &mut [bool], lines: &[&[u8]], batch: &[impl AsRef<[u8]>]) -> bool {
    let mut found = false;
    for (known, line) in whole.iter_mut().zip(batch) {
        if lines.contains(&line.as_ref()) {
            *known = true;
            found = true;
        }
    }
    found
}

/// A file that may hold the write.
struct Sibling {
    path: PathBuf,
    metadata: Metadata,
    /// By its identity; the others only have names like those that rotation gives.
    is_the_file: bool,
}

impl Sibling {
    /// Whether it can be what another program made of the file: files that newswatch put
    /// aside and compressed were settled before.
    fn is_compressed(&self, write: &Write) -> bool {
        let name = self.path.file_name().unwrap_or_default();
        name.as_encoded_bytes().ends_with(b".gz") && !rotation::is_ours(name, &write.path)
    }
}

/// The files that may hold the write: the one with its identity, and those whose
/// names begin with its name, as rotation makes them.
fn siblings(write: &Write) -> io::Result<Vec<Sibling>> {
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
        if metadata.is_file() && (is_the_file || is_named_so) {
            found.push(Sibling { path: entry.path(), metadata, is_the_file });
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

/// The same of a compressed file; `None` where it is another one, or cannot be read.
fn read_compressed(sibling: &Sibling, write: &Write) -> Option<Vec<u8>> {
    let file = File::open(&sibling.path).ok()?;
    // Nothing was written after the write that a crash interrupted: the file ended with it, or in
    // the middle of it. The length modulo 4 GiB stands at the end (RFC 1952), which spares us to
    // unpack files that are another's.
    let mut length = [0; 4];
    file.read_exact_at(&mut length, sibling.metadata.len().checked_sub(4)?).ok()?;
    let beyond = u32::from_le_bytes(length).wrapping_sub(low(write.offset));
    if beyond == 0 || u64::from(beyond) > write.length {
        return None;
    }
    let mut text = MultiGzDecoder::new(file);
    io::copy(&mut (&mut text).take(write.offset), &mut io::sink()).ok()?;
    let mut region = Vec::new();
    text.take(write.length).read_to_end(&mut region).ok()?;
    Some(region)
}

#[expect(clippy::cast_possible_truncation, reason = "the lower half is what is compared")]
fn low(value: u64) -> u32 {
    value as u32
}

/// The whole lines, without their newlines, and what follows the last one.
fn split_lines(region: &[u8]) -> (Vec<&[u8]>, &[u8]) {
    let mut lines: Vec<&[u8]> = region.split(|byte| *byte == b'\n').collect();
    let tail = lines.pop().unwrap_or_default();
    (lines, tail)
}

/// The lines of a file that nothing more is written to: its last one needs no newline to count.
fn all_lines(region: &[u8]) -> Vec<&[u8]> {
    region.split(|byte| *byte == b'\n').collect()
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
