//! What commands share: where the configuration is, the state it names, and a
//! runtime to ask with.

use super::exit::Failure;
use super::output;
use crate::config::environment::Environment;
use crate::config::{self, Loaded, Purpose, units};
use crate::daemon::clock;
use crate::store::{Access, OpenError, Store};
use crate::telemetry::Verbosity;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use std::future::Future;
use std::path::PathBuf;
use tracing::Level;

/// What every command is given.
pub(super) struct Context {
    /// `--config`, if it was given.
    pub(super) config: Option<PathBuf>,
    /// How much to say on stderr beside data; 0 is the usual.
    pub(super) verbosity: Verbosity,
}

/// Where a configuration is looked for when nobody says.
const PLACES: [&str; 2] = ["config/newswatch.toml", "/etc/newswatch/newswatch.toml"];

impl Context {
    /// `--config`, else `$NEWSWATCH_CONFIG`, else the first of [`PLACES`] that exists.
    pub(super) fn config_path(&self) -> Result<PathBuf, Failure> {
        if let Some(path) = &self.config {
            return Ok(path.clone());
        }
        if let Some(path) = Environment::of_process().get("NEWSWATCH_CONFIG") {
            return Ok(PathBuf::from(path));
        }
        PLACES.iter().map(PathBuf::from).find(|path| path.exists()).ok_or_else(|| {
            Failure::config(format!(
                "no configuration: neither {} nor {} exists\n  help: name one with --config FILE or $NEWSWATCH_CONFIG",
                PLACES[0], PLACES[1]
            ))
        })
    }

    /// Reads the configuration; its warnings are for `check` and `run` to show.
    pub(super) fn load(&self, purpose: Purpose) -> Result<Loaded, Failure> {
        let path = self.config_path()?;
        config::load(&path, &Environment::of_process(), purpose).map_err(Failure::from)
    }

    /// Where the state is, also where the configuration is otherwise bad: a daemon may
    /// run on the one before.
    pub(super) fn state_dir(&self) -> Result<PathBuf, Failure> {
        let path = self.config_path()?;
        config::state_dir(&path, &Environment::of_process()).map_err(Failure::from)
    }

    /// Opens the state to be read; `None`: there is none yet.
    pub(super) fn state(&self) -> Result<(Loaded, Option<Store>), Failure> {
        let loaded = self.load(Purpose::Look)?;
        match Store::open(&loaded.state_dir, Access::ReadOnly) {
            Ok(store) => Ok((loaded, Some(store))),
            Err(OpenError::NoState(_)) => Ok((loaded, None)),
            Err(error) => Err(Failure::io(error)),
        }
    }

    /// Says something that is not data, unless `-q` was given.
    pub(super) fn note(&self, message: &str) {
        self.shown(Level::INFO, message);
    }

    /// Shows a text that is not data, unless `-q` was given.
    pub(super) fn shown(&self, level: Level, text: &str) {
        if self.verbosity.0 >= 0 {
            output::shown(level, text);
        }
    }
}

/// Runs a command's questions to their end on this thread.
pub(super) fn block_on<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::io(format!("cannot start: {error}")))?
        .block_on(work)
}

/// How long ago something was, or how long until it is, in the two largest units.
pub(super) fn span(duration: SignedDuration) -> String {
    let seconds = duration.as_secs().unsigned_abs();
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3600 => format!("{}m", seconds / 60),
        3600..86_400 => format!("{}h {}m", seconds / 3600, seconds / 60 % 60),
        _ => format!("{}d {}h", seconds / 86_400, seconds / 3600 % 24),
    }
}

/// `5m ago`, or `-` where it never was.
pub(super) fn ago(then: Option<Timestamp>, now: Timestamp) -> String {
    then.map_or_else(|| "-".to_owned(), |then| format!("{} ago", span(now.duration_since(then))))
}

/// `in 5m`, `now`, or `-` where it is not planned.
pub(super) fn until(then: Option<Timestamp>, now: Timestamp) -> String {
    match then {
        None => "-".to_owned(),
        Some(then) if then <= now => "now".to_owned(),
        Some(then) => format!("in {}", span(then.duration_since(now))),
    }
}

/// A point in time: a duration before now (`7d`), or a date.
pub(super) fn since(text: &str) -> Result<Timestamp, String> {
    let expected = "a duration (7d, 12h, 30m) or a date (2026-11-24, 2026-11-24T06:00:00Z) is expected";
    units::parse_moment(text, clock::now(), &TimeZone::system(), expected)
}
