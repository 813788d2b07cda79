//! TOML syntax: a text in; a table, and one problem for each line that is no
//! TOML, out. The table holds everything that the damaged lines leave.
//!
//! A TOML reader that goes on after an error reports what follows from it too
//! (an unclosed bracket makes errors of all lines below). So this one takes the
//! first error only, blanks what is damaged, keeping every place, and reads again.

use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Beyond this many broken lines a file is no TOML, and further ones tell nothing new.
const MAX_ERRORS: usize = 20;

/// A syntax error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SyntaxError {
    /// The bytes it is about.
    pub(super) span: Range<usize>,
    /// What is wrong.
    pub(super) message: String,
    /// What to do about it.
    pub(super) help: Option<String>,
}

/// A text without its broken lines.
#[derive(Debug, Clone)]
pub(super) struct Repaired {
    /// TOML, as long as the text that was given; every place in it is one of that text.
    pub(super) text: String,
    /// What is wrong, at most one for each line, in order.
    pub(super) errors: Vec<SyntaxError>,
    /// What was blanked, in order of discovery.
    pub(super) damage: Vec<Range<usize>>,
}

/// Finds the syntax errors of a text.
#[must_use]
pub(super) fn repair(text: &str) -> Repaired {
    let mut repaired = Repaired { text: text.to_owned(), errors: Vec::new(), damage: Vec::new() };
    while let Some((error, damage)) = first_error(&repaired.text) {
        blank(&mut repaired.text, &damage);
        repaired.errors.push(error);
        repaired.damage.push(damage);
        if repaired.errors.len() == MAX_ERRORS {
            repaired.text.clear();
        }
    }
    repaired
}

/// The first syntax error of a text, and the whole lines to blank so that no other follows from it.
fn first_error(text: &str) -> Option<(SyntaxError, Range<usize>)> {
    let (table, errors) = DeTable::parse_recoverable(text);
    let first = errors.iter().min_by_key(|error| error.span().map_or(0, |span| span.start))?;
    let span = first.span().unwrap_or(0..0);
    let end = text.trim_end().len();
    // At the end of the file, what counts is the last line that says something.
    let at = span.start.min(end);
    let line = line_around(text, at);
    let error = describe(text, first, span);
    let Some(value) = value_around(table.get_ref(), at) else {
        let header = text.get(line.clone()).is_some_and(|line| line.trim_start().starts_with('['));
        // Without its header, what follows would belong to the section before.
        return Some((error, if header { section(text, line.start) } else { line }));
    };
    let opening = text.get(value.clone()).unwrap_or_default();
    let statement = line_around(text, value.start);
    if opening.starts_with("\"\"\"") || opening.starts_with("'''") {
        let error = if error.span.start < end { error } else { unclosed(value.start..value.start + 3) };
        return Some((error, statement.start..line_around(text, value.end).end));
    }
    let reaches_end = |error: &toml::de::Error| error.span().is_some_and(|span| span.start >= end);
    if errors.iter().any(|error| error.message().starts_with("unclosed") && reaches_end(error)) {
        // The first line that does not belong in the brackets is probably good by itself.
        let damage = statement.start..line.start.max(statement.end);
        return Some((unclosed(value.start..value.start + 1), damage));
    }
    Some((error, line))
}

fn unclosed(span: Range<usize>) -> SyntaxError {
    SyntaxError { span, message: "this is never closed".to_owned(), help: None }
}

/// Says what is wrong in a person's words. Nothing of a value is repeated: it may be a secret.
fn describe(text: &str, error: &toml::de::Error, span: Range<usize>) -> SyntaxError {
    let (message, help) = match error.message() {
        "duplicate key" => {
            let key = text.get(span.clone()).unwrap_or_default();
            (format!("duplicate key `{key}`"), Some("keep one of the two"))
        }
        message if message.starts_with("string values must be quoted") => {
            ("a text must stand in quotes".to_owned(), Some("write \"…\" around it"))
        }
        message if message.starts_with("missing escaped value") => (
            "a backslash must be followed by one of b, e, f, n, r, t, \\, \", x, u, U".to_owned(),
            Some("write \\\\ for a backslash, or put the text in single quotes"),
        ),
        "invalid basic string, expected `\"`" | "invalid literal string, expected `'`" => {
            ("the closing quote is missing".to_owned(), None)
        }
        "key with no value, expected `=`" => ("a key must be followed by = and a value".to_owned(), None),
        "unclosed table, expected `]`" => ("the closing bracket is missing".to_owned(), None),
        message => (message.to_owned(), None),
    };
    SyntaxError { span, message, help: help.map(ToOwned::to_owned) }
}

/// The line that holds a byte, with its end.
fn line_around(text: &str, at: usize) -> Range<usize> {
    let at = text.floor_char_boundary(at);
    let start = text.get(..at).and_then(|head| head.rfind('\n')).map_or(0, |newline| newline + 1);
    let end = text.get(at..).and_then(|rest| rest.find('\n')).map_or(text.len(), |newline| at + newline + 1);
    start..end
}

/// From a table header to the next one.
fn section(text: &str, start: usize) -> Range<usize> {
    let rest = text.get(start..).unwrap_or_default();
    let end = rest.match_indices('\n').map(|(newline, _)| newline + 1);
    let next = end
        .into_iter()
        .find(|line| rest.get(*line..).is_some_and(|line| line.trim_start_matches([' ', '\t']).starts_with('[')));
    start..next.map_or(text.len(), |next| start + next)
}

/// The outermost value that is no table with a header and holds a byte (or ends at it).
fn value_around(table: &DeTable<'_>, at: usize) -> Option<Range<usize>> {
    table.iter().find_map(|(key, value)| {
        let span = value.span();
        match value.get_ref() {
            DeValue::Table(inner) if !holds(&span, at) || is_header(key, &span) => value_around(inner, at),
            DeValue::Array(array) if is_header(key, &span) => {
                array.iter().filter_map(|it| it.get_ref().as_table()).find_map(|inner| value_around(inner, at))
            }
            _ => holds(&span, at).then_some(span),
        }
    })
}

/// Whether a value is what a table header or a dotted key opens: it begins at or before its key.
fn is_header<T>(key: &Spanned<T>, value: &Range<usize>) -> bool {
    value.start <= key.span().start
}

fn holds(span: &Range<usize>, at: usize) -> bool {
    span.start <= at && at <= span.end
}

/// Overwrites whole lines with spaces.
fn blank(text: &mut String, lines: &Range<usize>) {
    let blanked: String = text
        .get(lines.clone())
        .unwrap_or_default()
        .bytes()
        .map(|byte| if byte == b'\n' { '\n' } else { ' ' })
        .collect();
    text.replace_range(lines.clone(), &blanked);
}
