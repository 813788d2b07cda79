//! What becomes of files that were put aside: the oldest go, the others are
//! compressed. A file is put aside when every line in it is settled, so nothing
//! here can lose or double one: `NAME.gz` appears whole, and then `NAME` goes.

use super::rotation::{self, Forms, GZIP, PLAIN, Rotation, UNFINISHED};
use crate::fault::{crash_point, io_point};
use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

/// Bytes that are compressed between two looks at `stop`.
const PIECE: usize = 256 * 1024;

/// Removes and compresses the files that were put aside for the one at `path`, and ends
/// what a crash interrupted. Takes seconds for each 100 MiB; when `stop` becomes true,
/// the file at hand is left as it is, for the next time.
///
/// # Errors
/// Where that cannot be done. Nothing is lost: the next call begins where this one ended.
pub fn tidy(path: &Path, rotation: &Rotation, stop: &AtomicBool) -> io::Result<()> {
    // Where the file really is: its name may be a symbolic link.
    let path = &match fs::canonicalize(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        found => found?,
    };
    let mut files = rotation::put_aside(path)?;
    for (time, forms) in &mut files {
        undo_halves(path, *time, forms)?;
    }
    remove_oldest(path, &mut files, rotation.keep)?;
    if rotation.compress {
        for (time, _) in files.iter().filter(|(_, forms)| forms.plain) {
            compress(path, *time, stop)?;
        }
    }
    Ok(())
}

/// What a crash left of compressing: the file itself counts as long as it is there.
fn undo_halves(path: &Path, time: Timestamp, forms: &mut Forms) -> io::Result<()> {
    if forms.unfinished {
        fs::remove_file(rotation::name(path, time, UNFINISHED))?;
        forms.unfinished = false;
    }
    if forms.plain && forms.gzip {
        fs::remove_file(rotation::name(path, time, GZIP))?;
        forms.gzip = false;
    }
    Ok(())
}

fn remove_oldest(path: &Path, files: &mut BTreeMap<Timestamp, Forms>, keep: Option<usize>) -> io::Result<()> {
    while keep.is_some_and(|keep| files.len() > keep)
        && let Some((time, forms)) = files.pop_first()
    {
        for (there, suffix) in [(forms.plain, PLAIN), (forms.gzip, GZIP)] {
            if there {
                fs::remove_file(rotation::name(path, time, suffix))?;
            }
        }
    }
    Ok(())
}

fn compress(path: &Path, time: Timestamp, stop: &AtomicBool) -> io::Result<()> {
    let [plain, gzip, unfinished] = [PLAIN, GZIP, UNFINISHED].map(|suffix| rotation::name(path, time, suffix));
    let packed = pack(&plain, &unfinished, stop);
    if !matches!(packed, Ok(true)) {
        // On a full disk it must not stay in the way.
        let _ = fs::remove_file(&unfinished);
        return packed.map(drop);
    }
    crash_point("file.compress.packed");
    fs::rename(&unfinished, &gzip)?;
    // The new name is to survive a power cut before the old one goes.
    File::open(super::folder(path))?.sync_all()?;
    crash_point("file.compress.renamed");
    fs::remove_file(&plain)?;
    crash_point("file.compress.removed");
    Ok(())
}

/// Writes `from` to `to`, compressed and synchronised; `false`: it was stopped.
fn pack(from: &Path, to: &Path, stop: &AtomicBool) -> io::Result<bool> {
    let mut source = File::open(from)?;
    let metadata = source.metadata()?;
    let target = OpenOptions::new().write(true).create_new(true).mode(0o600).open(to)?;
    // It holds the same alerts: the same people may read it.
    target.set_permissions(metadata.permissions())?;
    crash_point("file.compress.begun");
    let mut encoder = GzEncoder::new(target, Compression::default());
    let mut piece = vec![0; PIECE];
    loop {
        if stop.load(Ordering::Relaxed) {
            return Ok(false);
        }
        let length = source.read(&mut piece)?;
        let Some(read) = piece.get(..length).filter(|read| !read.is_empty()) else { break };
        io_point("file.compress.write")?;
        encoder.write_all(read)?;
    }
    let target = encoder.finish()?;
    target.set_modified(metadata.modified()?)?;
    target.sync_all()?;
    Ok(true)
}
