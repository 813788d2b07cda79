//! How a command ends: the exit statuses of the contract, and the message that
//! goes with a failure.

use super::output;
use crate::daemon::StartError;
use crate::sink::terminal;
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
            StartError::Config(found) => Self::config(found.render(output::diagnostic_colour())),
            StartError::Io(message) => Self::io(message),
        }
    }
}

/// A command that could not do its work.
#[derive(Debug)]
pub(super) struct Failure {
    exit: Exit,
    /// What is shown on stderr, ready to print; empty: it was shown already.
    message: String,
}

impl Failure {
    /// An I/O failure (74).
    pub(super) fn io(message: impl Display) -> Self {
        Self { exit: Exit::Io, message: error(&message) }
    }

    /// Bad usage (64) that clap could not see.
    pub(super) fn usage(message: impl Display) -> Self {
        Self { exit: Exit::Usage, message: error(&message) }
    }

    /// Something that was asked for is not there (1).
    pub(super) fn found(message: impl Display) -> Self {
        Self { exit: Exit::Found, message: error(&message) }
    }

    /// Whether it is of the status 1: other things that were asked for may still be done.
    pub(super) fn is_found(&self) -> bool {
        self.exit == Exit::Found
    }

    /// Bad configuration (78); `diagnostics` as they are to be shown.
    pub(super) fn config(diagnostics: String) -> Self {
        Self { exit: Exit::Config, message: diagnostics }
    }

    /// Shows the message and gives the status.
    pub(super) fn report(self) -> ExitCode {
        if !self.message.is_empty() {
            output::note(&self.message);
        }
        self.exit.into()
    }
}

/// `error: …`, line by line: what is named in it (a file, a server's answer) can hold anything.
fn error(message: &impl Display) -> String {
    let text = format!("error: {message}");
    text.lines().map(terminal::visible).collect::<Vec<_>>().join("\n")
}
