//! From a place in a decoded TOML string back to the characters of the file.
//! Follows TOML 1.1: basic and literal strings, on one line or several.

use std::ops::Range;

/// Where the decoded bytes `within` of a string stand in `token`, its source with the quotes.
/// A place at or past the end is that of the closing quotes. Takes any input.
#[must_use]
pub(super) fn source_range(token: &str, within: &Range<usize>) -> Range<usize> {
    let Some(opening) = opening(token) else { return 0..token.len() };
    let closing = token.len().saturating_sub(opening.quotes).max(opening.content);
    let body = token.get(opening.content..closing).unwrap_or_default();
    let place = |decoded: usize| opening.content + if opening.escapes { source_offset(body, decoded) } else { decoded };
    let start = place(within.start).min(closing);
    start..place(within.end).min(closing).max(start)
}

/// How a string token opens.
struct Opening {
    /// Bytes of its quotes at either end.
    quotes: usize,
    /// Where its content begins: a newline right after three quotes does not belong to it.
    content: usize,
    /// A backslash is special.
    escapes: bool,
}

fn opening(token: &str) -> Option<Opening> {
    let quote = token.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    let triple = token.len() >= 6 && token.chars().take(3).all(|other| other == quote);
    let quotes = if triple { 3 } else { 1 };
    let rest = token.get(quotes..).unwrap_or_default();
    let newline = match rest.as_bytes() {
        [b'\n', ..] if triple => 1,
        [b'\r', b'\n', ..] if triple => 2,
        _ => 0,
    };
    Some(Opening { quotes, content: quotes + newline, escapes: quote == '"' })
}

/// Walks over the source of a string with escapes until `wanted` decoded bytes have gone by.
fn source_offset(body: &str, wanted: usize) -> usize {
    let mut decoded = 0;
    let mut rest = body;
    loop {
        let (source, produced) = step(rest);
        // An escaped line end produces nothing: what comes next begins after it.
        if source == 0 || (produced > 0 && decoded + produced > wanted) {
            return body.len() - rest.len();
        }
        decoded += produced;
        rest = rest.get(source..).unwrap_or_default();
    }
}

/// The next character of a string: bytes of source, bytes it decodes to.
fn step(rest: &str) -> (usize, usize) {
    let mut chars = rest.chars();
    match (chars.next(), chars.next()) {
        (None, _) => (0, 0),
        (Some('\\'), Some(code @ ('x' | 'u' | 'U'))) => {
            let digits = match code {
                'x' => 2,
                'u' => 4,
                _ => 8,
            };
            let value = rest.get(2..2 + digits).and_then(|digits| u32::from_str_radix(digits, 16).ok());
            let width = value.and_then(char::from_u32).map_or(1, char::len_utf8);
            ((2 + digits).min(rest.len()), width)
        }
        (Some('\\'), Some(space)) if space.is_ascii_whitespace() => {
            let end = rest.get(1..).unwrap_or_default().trim_start_matches([' ', '\t', '\r', '\n']);
            (rest.len() - end.len(), 0)
        }
        (Some('\\'), Some(code)) => (1 + code.len_utf8(), 1),
        (Some(other), _) => (other.len_utf8(), other.len_utf8()),
    }
}
