//! The stdout sink: `pretty` for people, `json` lines for programs, `journal`
//! lines with priority prefixes.

use super::pretty::{self, Look};
use super::terminal::visible;
use super::{Delivery, Outcome, Problem, event};
use std::fs::File;
use std::io::{self, Write as _};
use std::os::fd::AsFd as _;
use std::thread;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

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
/// not read holds up nothing else, not even the end of the process.
#[derive(Debug)]
pub struct StdoutSink {
    format: Format,
    look: Look,
    jobs: mpsc::Sender<Job>,
}

#[derive(Debug)]
struct Job {
    document: Vec<u8>,
    done: oneshot::Sender<Outcome>,
}

/// How long to wait where somebody made the pipe non-blocking and it is full.
const FULL_PIPE_WAIT: Duration = Duration::from_millis(10);

impl StdoutSink {
    /// Takes the standard output of the process.
    ///
    /// # Errors
    /// Where there is none, or no thread can be started.
    pub fn open(config: Config, look: Look) -> Result<Self, Problem> {
        let stdout = io::stdout().as_fd().try_clone_to_owned().map_err(|error| problem(&error))?;
        Self::to(File::from(stdout), config, look)
    }

    /// Writes to `file` instead of the standard output.
    ///
    /// # Errors
    /// Where no thread can be started.
    pub fn to(file: File, config: Config, look: Look) -> Result<Self, Problem> {
        let (jobs, receiver) = mpsc::channel(1);
        thread::Builder::new()
            .name("stdout".to_owned())
            .spawn(move || work(file, receiver))
            .map_err(|error| problem(&error))?;
        Ok(Self { format: config.format, look, jobs })
    }

    /// Writes one document whole. A closed pipe is [`Outcome::Stop`].
    pub async fn send(&self, delivery: &Delivery) -> Outcome {
        let (done, outcome) = oneshot::channel();
        let job = Job { document: document(self.format, &delivery.body, &self.look), done };
        if self.jobs.send(job).await.is_ok()
            && let Ok(outcome) = outcome.await
        {
            return outcome;
        }
        retry("the thread that writes to the standard output has ended".to_owned())
    }
}

/// What is written for one payload.
#[must_use]
pub fn document(format: Format, body: &[u8], look: &Look) -> Vec<u8> {
    match (format, event::parse(body)) {
        (Format::Json, _) => [body, b"\n"].concat(),
        (Format::Pretty, Ok(document)) => pretty::document(&document, look).into_bytes(),
        (Format::Journal, Ok(document)) => pretty::journal(&document).into_bytes(),
        // Of a version that this one does not know: better shown raw than not at all.
        (_, Err(_)) => format!("{}\n", visible(&String::from_utf8_lossy(body))).into_bytes(),
    }
}

fn work(file: File, mut jobs: mpsc::Receiver<Job>) {
    let mut output = Output { file, torn: Line::Whole };
    while let Some(job) = jobs.blocking_recv() {
        // Nobody waits any more: the caller gave the attempt up, the document is out all the same.
        let _ = job.done.send(output.write(&job.document));
    }
}

struct Output {
    file: File,
    torn: Line,
}

/// Whether the last write that failed left a part of a line behind.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Line {
    Whole,
    Torn,
}

impl Output {
    fn write(&mut self, document: &[u8]) -> Outcome {
        // Other sinks write to the same standard output: one document at a time.
        let _turn = io::stdout().lock();
        if self.torn == Line::Torn
            && let Err(error) = self.write_all(b"\n")
        {
            return failed(&error);
        }
        match self.write_all(document) {
            Ok(()) => Outcome::Delivered,
            Err(error) => failed(&error),
        }
    }

    fn write_all(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            match self.file.write(bytes) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(written) => {
                    bytes = bytes.get(written..).unwrap_or_default();
                    self.torn = Line::Torn;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => thread::sleep(FULL_PIPE_WAIT),
                Err(error) => return Err(error),
            }
        }
        self.torn = Line::Whole;
        Ok(())
    }
}

fn failed(error: &io::Error) -> Outcome {
    match error.kind() {
        io::ErrorKind::BrokenPipe => {
            Outcome::Stop { reason: "the standard output was closed: nobody reads it any more".to_owned() }
        }
        _ => retry(format!("cannot write to the standard output: {error}; the alerts wait and nothing is lost")),
    }
}

fn retry(reason: String) -> Outcome {
    Outcome::Retry { reason, after: None, hold: true }
}

fn problem(error: &io::Error) -> Problem {
    Problem {
        key: "format",
        message: format!("the standard output cannot be used: {error}"),
        help: "start newswatch with an open standard output, or remove this sink".to_owned(),
    }
}
