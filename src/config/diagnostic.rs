//! What a person sees when something in a configuration is wrong: the place, the
//! source line with a caret under it, and what to do. Finding mistakes is for others.

use super::Watched;
use crate::sink::terminal;
use crate::watchlist::definition::Level;
use annotate_snippets::{AnnotationKind, Group, Level as AnnotateLevel, Renderer, Snippet};
use std::ops::Range;
use std::path::PathBuf;

/// One error or warning, with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// Whether it stops the configuration.
    pub level: Level,
    /// The file, as it was named.
    pub file: PathBuf,
    /// The line, counted from 1.
    pub line: usize,
    /// The column in characters, counted from 1.
    pub column: usize,
    /// What is wrong, without a final stop.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// The source line, secrets masked; `None` where the file could not be read.
    pub excerpt: Option<Excerpt>,
}

/// A source line and the part of it that a diagnostic is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    /// The line without its end, secrets masked.
    pub line: String,
    /// Byte range in `line`.
    pub marked: Range<usize>,
}

/// Whether text for a terminal is coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// With ANSI colours.
    On,
    /// Plain.
    Off,
}

/// Errors and warnings, each list sorted by file and place.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Diagnostics {
    /// What stops the configuration.
    pub errors: Vec<Diagnostic>,
    /// What is probably not meant.
    pub warnings: Vec<Diagnostic>,
    /// Every error is a failed `[[test]]`: the configuration itself can be used.
    pub only_tests_failed: bool,
    /// What may mend a configuration that could not be loaded.
    pub watch: Watched,
}

impl Diagnostic {
    /// For people: `error: FILE:LINE:COLUMN: message`, the source line with a caret, the help.
    /// Ends with a newline.
    #[must_use]
    pub fn render(&self, colour: Colour) -> String {
        let title = sanitize(&self.summary());
        let level = match self.level {
            Level::Error => AnnotateLevel::ERROR,
            Level::Warning => AnnotateLevel::WARNING,
        };
        let mut group = Group::with_title(level.primary_title(title));
        if let Some(excerpt) = &self.excerpt {
            let mark = AnnotationKind::Primary.span(excerpt.marked.clone());
            group = group.element(Snippet::source(without_c1(&excerpt.line)).line_start(self.line).annotation(mark));
        }
        if let Some(help) = &self.help {
            group = group.element(AnnotateLevel::HELP.message(sanitize(help)));
        }
        let renderer = match colour {
            Colour::On => Renderer::styled(),
            Colour::Off => Renderer::plain(),
        };
        format!("{}\n", renderer.render(&[group]))
    }

    /// For a log: `FILE:LINE:COLUMN: message`, one line.
    #[must_use]
    pub fn summary(&self) -> String {
        format!("{}:{}:{}: {}", self.file.display(), self.line, self.column, self.message)
    }

    /// For programs: `file`, `line`, `column`, `message`, `help` (null where there is none).
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        serde_json::json!({
            "file": self.file.to_string_lossy(),
            "line": self.line,
            "column": self.column,
            "message": self.message,
            "help": self.help,
        })
    }
}

/// The control characters U+0080 to U+009F, some of which terminals obey, made dots: of two
/// bytes, too, so that ranges stay right. The renderer sees to the others.
fn without_c1(line: &str) -> String {
    line.chars().map(|c| if matches!(c, '\u{80}'..='\u{9f}') { '·' } else { c }).collect()
}

impl Diagnostics {
    /// For people: every error, then every warning, a blank line between two.
    #[must_use]
    pub fn render(&self, colour: Colour) -> String {
        let all: Vec<String> = self.errors.iter().chain(&self.warnings).map(|it| it.render(colour)).collect();
        all.join("\n")
    }

    /// For programs: `{"errors": […], "warnings": […]}`.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        let list = |list: &[Diagnostic]| list.iter().map(Diagnostic::to_json).collect::<Vec<_>>();
        serde_json::json!({ "errors": list(&self.errors), "warnings": list(&self.warnings) })
    }
}

/// A message without what would move a terminal's cursor or turn its text: file names and values can hold anything.
fn sanitize(text: &str) -> String {
    let lines: Vec<_> = text.split('\n').map(terminal::visible).collect();
    lines.join("\n")
}
