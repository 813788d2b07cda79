//! The lock on a state directory: one daemon, or one command that writes, at a time.

use super::error::LockError;
use jiff::Timestamp;
use rustix::fs::{FlockOperation, flock};
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::thread;
use std::time::Duration;

/// The lock file's name in the state directory.
const FILE_NAME: &str = "lock";

/// Tries, and the pause between them: [`StateLock::holder`] holds the lock for an instant.
const TRIES: u32 = 10;
const PAUSE: Duration = Duration::from_millis(20);

/// Who holds a state directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holder {
    /// Its process id.
    pub pid: u32,
    /// Since when.
    pub since: Timestamp,
}

/// Held until it is dropped, or the process ends however it ends. The file stays:
/// to remove it would let two processes lock two files of one name.
#[derive(Debug)]
pub struct StateLock {
    _file: File,
}

impl StateLock {
    /// Locks `dir`, which is made (mode 0700) where it is missing. Blocks for a fifth of a second at most.
    pub fn acquire(dir: &Path, now: Timestamp) -> Result<Self, LockError> {
        let path = dir.join(FILE_NAME);
        let failed = |error| LockError::Io { path: path.clone(), error };
        let made = DirBuilder::new().recursive(true).mode(0o700).create(dir);
        made.map_err(|error| LockError::Io { path: dir.to_owned(), error })?;
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false).mode(0o600);
        let mut file = options.open(&path).map_err(failed)?;
        for attempt in 1..=TRIES {
            if try_lock(&file, FlockOperation::NonBlockingLockExclusive).map_err(failed)? {
                sign(&mut file, now).map_err(failed)?;
                return Ok(Self { _file: file });
            }
            if attempt < TRIES {
                thread::sleep(PAUSE);
            }
        }
        Err(LockError::Held { dir: dir.to_owned(), holder: read(&mut file) })
    }

    /// Who holds `dir`; `None`: nobody. Changes nothing.
    pub fn holder(dir: &Path) -> Result<Option<Holder>, LockError> {
        let path = dir.join(FILE_NAME);
        let failed = |error| LockError::Io { path: path.clone(), error };
        let mut file = match File::open(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            opened => opened.map_err(failed)?,
        };
        for _ in 0..TRIES {
            if try_lock(&file, FlockOperation::NonBlockingLockShared).map_err(failed)? {
                return Ok(None);
            }
            if let Some(holder) = read(&mut file) {
                return Ok(Some(holder));
            }
            thread::sleep(PAUSE);
        }
        Err(LockError::Held { dir: dir.to_owned(), holder: None })
    }
}

/// `false`: somebody else holds it.
fn try_lock(file: &File, operation: FlockOperation) -> io::Result<bool> {
    match flock(file, operation) {
        Ok(()) => Ok(true),
        Err(rustix::io::Errno::WOULDBLOCK) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

fn sign(file: &mut File, now: Timestamp) -> io::Result<()> {
    file.set_len(0)?;
    writeln!(file, "{} {now:.0}", std::process::id())
}

/// `None`: the holder has not signed yet.
fn read(file: &mut File) -> Option<Holder> {
    let mut text = String::new();
    file.rewind().ok()?;
    file.read_to_string(&mut text).ok()?;
    let (pid, since) = text.trim_end().split_once(' ')?;
    Some(Holder { pid: pid.parse().ok()?, since: since.parse().ok()? })
}
