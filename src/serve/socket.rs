//! The control socket: `STATE_DIR/control.sock`, mode 0600.
//!
//! A socket's path may have 108 bytes (unix(7)) and a state directory more; so
//! both ends reach it through an open descriptor of the directory,
//! `/proc/self/fd/N/control.sock`, where the plain path is too long.

use rustix::fs::{Mode, OFlags};
use std::io;
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::path::{Path, PathBuf};
use tokio::net::UnixListener;

/// The socket's name in the state directory.
pub const NAME: &str = "control.sock";

/// What `sun_path` holds, less the final NUL.
const LONGEST: usize = 107;

/// A path to the socket that is short enough, valid while this lives.
#[derive(Debug)]
pub struct SocketPath {
    path: PathBuf,
    _directory: Option<OwnedFd>,
}

impl SocketPath {
    /// The socket of a state directory.
    ///
    /// # Errors
    /// Where the path is long and the directory cannot be opened.
    pub fn of(state_dir: &Path) -> io::Result<Self> {
        let plain = state_dir.join(NAME);
        if plain.as_os_str().len() <= LONGEST {
            return Ok(Self { path: plain, _directory: None });
        }
        let directory = rustix::fs::open(state_dir, OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
        let path = PathBuf::from(format!("/proc/self/fd/{}", directory.as_raw_fd())).join(NAME);
        Ok(Self { path, _directory: Some(directory) })
    }

    /// The path to bind or connect to.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Binds the socket. Whoever calls holds the state lock, so a socket that is
/// there already was left by a daemon that died, and is replaced.
///
/// # Errors
/// Where the socket cannot be made or protected.
pub fn bind(state_dir: &Path) -> io::Result<UnixListener> {
    let socket = SocketPath::of(state_dir)?;
    match std::fs::remove_file(socket.path()) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(socket.path())?;
    // The state directory is 0700 already; this holds where somebody has opened it up.
    rustix::fs::chmod(socket.path(), Mode::RUSR | Mode::WUSR)?;
    Ok(listener)
}

/// Removes the socket when the daemon ends.
pub fn remove(state_dir: &Path) {
    let _ = SocketPath::of(state_dir).and_then(|socket| std::fs::remove_file(socket.path()));
}
