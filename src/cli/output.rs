//! What is printed: data to stdout, everything else to stderr; colours only on
//! a terminal. A reader that closes the pipe ends the program quietly.

use super::exit::{Exit, Failure};
use crate::config::diagnostic::{self, Diagnostics};
use crate::sink::pretty::{self, Look};
use crate::sink::terminal::{self, Span};
use crate::telemetry;
use anstyle::Style;
use jiff::tz::TimeZone;
use serde::Serialize;
use serde_json::json;
use std::io::{self, IsTerminal as _, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};
use tracing::Level;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// Whoever read stdout has gone.
static CLOSED: AtomicBool = AtomicBool::new(false);

/// Whether whoever read stdout has gone: what prints more can end.
pub(super) fn closed() -> bool {
    CLOSED.load(Ordering::Relaxed)
}

/// Writes data to stdout.
pub(super) fn bytes(data: &[u8]) -> Result<Exit, Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(data).and_then(|()| out.flush()) {
        Ok(()) => Ok(Exit::Fine),
        // `newswatch alerts | head`: the reader has what it wanted.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
            CLOSED.store(true, Ordering::Relaxed);
            Ok(Exit::Fine)
        }
        Err(error) => Err(Failure::io(format!("cannot write to stdout: {error}"))),
    }
}

/// Writes a text to stdout.
pub(super) fn text(data: &str) -> Result<Exit, Failure> {
    bytes(data.as_bytes())
}

/// Writes one JSON document and a newline to stdout.
pub(super) fn json(data: &impl Serialize) -> Result<Exit, Failure> {
    text(&line(data)?)
}

/// One JSON document and a newline.
pub(super) fn line(data: &impl Serialize) -> Result<String, Failure> {
    let document = serde_json::to_string(data).map_err(|error| Failure::io(format!("cannot write JSON: {error}")))?;
    Ok(document + "\n")
}

/// Says something to the person, on stderr.
pub(super) fn note(message: &str) {
    shown(Level::INFO, message);
}

/// Shows a text as it is.
pub(super) fn shown(level: Level, text: &str) {
    say(level, text, || text.to_owned());
}

/// Warns of something, which can hold any character.
pub(super) fn warning(message: &str) {
    say(Level::WARN, message, || format!("warning: {}", terminal::visible(message)));
}

/// Says what went wrong, `error: …`, line by line: what is named in it (a file, a server's
/// answer) can hold anything.
pub(super) fn error(message: &str) {
    let lines = || message.lines().map(terminal::visible).collect::<Vec<_>>().join("\n");
    say(Level::ERROR, message, || format!("error: {}", lines()));
}

/// Shows what is wrong with a configuration; of JSON each is a line.
pub(super) fn diagnostics(found: &Diagnostics) {
    if !telemetry::is_json() {
        let colour = if colour(&io::stderr()) { diagnostic::Colour::On } else { diagnostic::Colour::Off };
        let text = found.render(colour);
        if !text.is_empty() {
            stderr(text.trim_end());
        }
        return;
    }
    for (level, list) in [(Level::ERROR, &found.errors), (Level::WARN, &found.warnings)] {
        for diagnostic in list {
            let fields = json!({
                "file": diagnostic.file.to_string_lossy(),
                "line": diagnostic.line,
                "column": diagnostic.column,
                "help": diagnostic.help,
            });
            stderr(&telemetry::said(level, &diagnostic.summary(), &fields));
        }
    }
}

/// A message, as a line of the log where that is JSON, else as this text.
fn say(level: Level, message: &str, text: impl FnOnce() -> String) {
    stderr(&if telemetry::is_json() { telemetry::said(level, message, &json!({})) } else { text() });
}

fn stderr(line: &str) {
    // Where even stderr is closed there is nobody to tell.
    let _ = writeln!(io::stderr().lock(), "{line}");
}

fn colour(stream: &impl io::IsTerminal) -> bool {
    obeys(stream) && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// Whether what is written there is seen on a terminal that obeys escape sequences.
fn obeys(stream: &impl io::IsTerminal) -> bool {
    stream.is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// Whether lines on stderr can be drawn over.
pub(super) fn draws_on_stderr() -> bool {
    obeys(&io::stderr()) && !telemetry::is_json()
}

/// The columns of the terminal on stdout; 80 where there is none.
pub(super) fn columns() -> usize {
    let terminal = io::stdout().is_terminal().then(|| rustix::termios::tcgetwinsize(io::stdout()).ok()).flatten();
    terminal.map_or(80, |size| usize::from(size.ws_col)).clamp(40, 120)
}

/// How alerts look on stdout here.
pub(super) fn look() -> Look {
    Look {
        colour: if colour(&io::stdout()) { pretty::Colour::Always } else { pretty::Colour::Never },
        width: columns(),
        zone: TimeZone::system(),
    }
}

/// A text cut or filled to so many columns, safe on a terminal.
pub(super) fn fit(text: &str, width: usize) -> String {
    let text = terminal::visible(text);
    let mut short = text.into_owned();
    if short.width() > width {
        let mut used = 1;
        let fits = |c: &char| {
            used += c.width().unwrap_or(0);
            used <= width
        };
        short = short.chars().take_while(fits).chain(['…']).collect();
    }
    let fill = width.saturating_sub(short.width());
    format!("{short}{:fill$}", "")
}

/// A text safe on a terminal, broken into lines that fit beside `indent` columns; the lines
/// after the first are indented.
pub(super) fn wrapped(text: &str, indent: usize) -> String {
    let spans = [Span::new(&terminal::visible(text), Style::new())];
    let lines = terminal::wrap(&spans, columns().saturating_sub(indent));
    let lines = lines.iter().map(|line| line.iter().map(|span| span.text.as_str()).collect::<String>());
    lines.collect::<Vec<_>>().join(&format!("\n{:indent$}", ""))
}
