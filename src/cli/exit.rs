//! How a command ends: the exit statuses of the contract, and the message that
//! goes with a failure.

use super::output;
use crate::config::diagnostic::Diagnostics;
use crate::daemon::StartError;
use std::fmt::Display;
use std::process::ExitCode;

/// The exit statuses (after sysexits.h).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exit {
    /// 0
    Fine,
    /// 1: the command ran and found something wrong.
    Found,
    /// 64: bad usage.
    Usage,
    /// 74: an I/O failure, a locked state directory included.
    Io,
    /// 78: bad configuration.
    Config,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Fine => 0,
            Exit::Found => 1,
            Exit::Usage => 64,
            Exit::Io => 74,
            Exit::Config => 78,
        })
    }
}

impl From<StartError> for Failure {
    fn from(error: StartError) -> Self {
        match error {
            StartError::Config(found) => found.into(),
            StartError::Io(message) => Self::io(message),
        }
    }
}

impl From<Diagnostics> for Failure {
    fn from(found: Diagnostics) -> Self {
        Self { exit: Exit::Config, told: Told::Diagnostics(found) }
    }
}

/// A command that could not do its work.
#[derive(Debug)]
pub(super) struct Failure {
    exit: Exit,
    told: Told,
}

/// What is shown on stderr.
#[derive(Debug)]
enum Told {
    Error(String),
    Diagnostics(Diagnostics),
}

impl Failure {
    /// An I/O failure (74).
    pub(super) fn io(message: impl Display) -> Self {
        Self::new(Exit::Io, &message)
    }

    /// Bad usage (64) that clap could not see.
    pub(super) fn usage(message: impl Display) -> Self {
        Self::new(Exit::Usage, &message)
    }

    /// Something that was asked for is not there (1).
    pub(super) fn found(message: impl Display) -> Self {
        Self::new(Exit::Found, &message)
    }

    /// Bad configuration (78) that is not at a place in a file.
    pub(super) fn config(message: impl Display) -> Self {
        Self::new(Exit::Config, &message)
    }

    fn new(exit: Exit, message: &impl Display) -> Self {
        Self { exit, told: Told::Error(message.to_string()) }
    }

    /// Whether it is of the status 1: other things that were asked for may still be done.
    pub(super) fn is_found(&self) -> bool {
        self.exit == Exit::Found
    }

    /// Shows what went wrong and gives the status.
    pub(super) fn report(self) -> ExitCode {
        match &self.told {
            Told::Error(message) => output::error(message),
            Told::Diagnostics(found) => output::diagnostics(found),
        }
        self.exit.into()
    }
}
