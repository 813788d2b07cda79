//! Logs: `tracing` events to stderr. One line an event, made for people in a
//! terminal, for journald (priority prefixes, no second time stamp) under systemd,
//! and on request for programs (JSON). Text of feeds stays text: control characters
//! are escaped.

mod json;

use anstyle::{AnsiColor, Style};
use serde_json::Value;
use std::fmt::{self, Write as _};
use std::io::{self, IsTerminal as _};
use std::os::fd::AsFd as _;
use std::sync::OnceLock;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt as _;

/// How much is logged: the count of `-v` less the count of `-q`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Verbosity(pub i8);

impl Verbosity {
    fn level(self) -> LevelFilter {
        match self.0 {
            i8::MIN..=-2 => LevelFilter::ERROR,
            -1 => LevelFilter::WARN,
            0 => LevelFilter::INFO,
            1 => LevelFilter::DEBUG,
            2..=i8::MAX => LevelFilter::TRACE,
        }
    }
}

/// What is written to stderr.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Format {
    /// Text for people; with priorities where it goes to journald
    #[default]
    Text,
    /// One JSON object a line
    Json,
}

static FORMAT: OnceLock<Format> = OnceLock::new();

/// Whether all that is written to stderr is to be lines of JSON.
#[must_use]
pub fn is_json() -> bool {
    FORMAT.get() == Some(&Format::Json)
}

/// What a command says to whoever called it, as a line of JSON without its end; `fields` is an object.
#[must_use]
pub fn said(level: Level, message: &str, fields: &Value) -> String {
    json::line(level, "newswatch::cli", message, fields)
}

/// Starts logging to stderr, once a process. Does nothing where it has started.
pub fn init(verbosity: Verbosity, format: Format) {
    if FORMAT.set(format).is_err() {
        return;
    }
    let level = verbosity.level();
    // Libraries speak up only when something is wrong, unless everything is asked for.
    let others = if level == LevelFilter::TRACE { LevelFilter::DEBUG } else { LevelFilter::ERROR.min(level) };
    let filter = Targets::new().with_default(others).with_target("newswatch", level);
    let layer = tracing_subscriber::fmt::layer().with_writer(io::stderr).event_format(Line::detect(format));
    let _ = tracing_subscriber::registry().with(filter).with(layer).try_init();
    if format == Format::Json {
        std::panic::set_hook(Box::new(|panic| {
            let message = panic.payload_as_str().unwrap_or("a value that is no text");
            let place = panic.location().map(ToString::to_string);
            tracing::error!(target: "newswatch", place, "panicked: {message}");
        }));
    }
}

/// Who reads the lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Line {
    /// journald: it knows the time, and wants the priority.
    Journal,
    /// A terminal that shows colours.
    Colour,
    /// A file, a pipe, or a terminal without colours.
    Plain,
    /// Whoever asked for it.
    Json,
}

impl Line {
    fn detect(format: Format) -> Self {
        if format == Format::Json {
            Self::Json
        } else if stderr_is_journal() {
            Self::Journal
        } else if io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()) {
            Self::Colour
        } else {
            Self::Plain
        }
    }
}

/// Whether stderr goes to journald: `$JOURNAL_STREAM` names its device and inode
/// (systemd.exec(5)). The variable alone is not enough: it is inherited by children
/// whose stderr was redirected.
fn stderr_is_journal() -> bool {
    let Ok(stream) = std::env::var("JOURNAL_STREAM") else { return false };
    let Some((device, inode)) = stream.split_once(':') else { return false };
    let Ok(stat) = rustix::fs::fstat(io::stderr().as_fd()) else { return false };
    device.parse() == Ok(stat.st_dev) && inode.parse() == Ok(stat.st_ino)
}

impl<S, N> FormatEvent<S, N> for Line
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, _: &FmtContext<'_, S, N>, mut out: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let level = *event.metadata().level();
        match self {
            Self::Journal => write!(out, "<{}>", priority(level))?,
            Self::Colour => {
                let (dim, style) = (Style::new().dimmed(), style(level));
                write!(out, "{dim}{}{dim:#} {style}{level:>5}{style:#} ", time_of_day())?;
            }
            Self::Plain => write!(out, "{:.3} {level:>5} ", crate::daemon::clock::now())?,
            Self::Json => return writeln!(out, "{}", json::event(event)),
        }
        let mut fields = Fields { message: String::new(), rest: String::new() };
        event.record(&mut fields);
        writeln!(out, "{}{}", fields.message, fields.rest)
    }
}

fn time_of_day() -> String {
    let local = crate::daemon::clock::now().to_zoned_datetime(jiff::tz::TimeZone::system());
    local.strftime("%H:%M:%S").to_string()
}

/// syslog(3): err, warning, info, debug.
fn priority(level: Level) -> u8 {
    match level {
        Level::ERROR => 3,
        Level::WARN => 4,
        Level::INFO => 6,
        Level::DEBUG | Level::TRACE => 7,
    }
}

fn style(level: Level) -> Style {
    let style = Style::new();
    match level {
        Level::ERROR => style.bold().fg_color(Some(AnsiColor::Red.into())),
        Level::WARN => style.fg_color(Some(AnsiColor::Yellow.into())),
        Level::INFO => style.fg_color(Some(AnsiColor::Green.into())),
        Level::DEBUG | Level::TRACE => style.dimmed(),
    }
}

/// Collects an event's fields: the message first, the others as `name=value`.
struct Fields {
    message: String,
    rest: String,
}

impl Fields {
    fn put(&mut self, field: &Field, value: &str) {
        if field.name() == "message" {
            escape_into(&mut self.message, value);
            return;
        }
        let _ = write!(self.rest, " {}=", field.name());
        if value.is_empty() || value.contains([' ', '"', '=']) {
            self.rest.push('"');
            escape_into(&mut self.rest, &value.replace('"', "\\\""));
            self.rest.push('"');
        } else {
            escape_into(&mut self.rest, value);
        }
    }
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field, &format!("{value:?}"));
    }
}

/// Control characters, and what ends lines or changes the direction of writing.
fn is_unsafe(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// What is unsafe becomes visible.
fn escape_into(out: &mut String, text: &str) {
    for c in text.chars() {
        if is_unsafe(c) {
            let _ = write!(out, "{}", c.escape_default());
        } else {
            out.push(c);
        }
    }
}
