//! Characters to tokens. Which words are operators is the parser's to say.

use super::QueryError;
use std::ops::Range;

/// A token and its bytes in the string.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    pub(super) span: Range<usize>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum TokenKind {
    /// A run of characters without white space, quotes, parentheses, commas and `<` `>`.
    Word(String),
    /// What stood in quotes, without them.
    Phrase(String),
    Open,
    Close,
    Comma,
    /// `>=` and what people write in its place.
    Compare(String),
}

/// Editors like to turn straight quotes into curly ones; both open and close a phrase.
const fn is_quote(c: char) -> bool {
    matches!(c, '"' | '“' | '”' | '„')
}

const fn is_compare(c: char) -> bool {
    matches!(c, '<' | '>')
}

fn ends_word(c: char) -> bool {
    c.is_whitespace() || is_quote(c) || is_compare(c) || matches!(c, '(' | ')' | ',')
}

/// Splits a condition.
///
/// # Errors
/// A phrase whose closing quote is missing.
pub(super) fn tokenize(when: &str) -> Result<Vec<Token>, QueryError> {
    let mut tokens = Vec::new();
    let mut rest = when;
    while let Some(first) = rest.chars().next() {
        let start = when.len() - rest.len();
        if first.is_whitespace() {
            rest = rest.trim_start();
            continue;
        }
        let (kind, len) = token(rest, first).ok_or_else(|| unclosed(start..when.len()))?;
        rest = rest.get(len..).unwrap_or_default();
        tokens.push(Token { kind, span: start..start + len });
    }
    Ok(tokens)
}

/// The token at the beginning of `rest` and its bytes; `None` where a phrase has no end.
fn token(rest: &str, first: char) -> Option<(TokenKind, usize)> {
    Some(match first {
        '(' => (TokenKind::Open, 1),
        ')' => (TokenKind::Close, 1),
        ',' => (TokenKind::Comma, 1),
        _ if is_quote(first) => phrase(rest, first)?,
        _ if is_compare(first) => {
            let end = rest.find(|c| !is_compare(c) && c != '=').unwrap_or(rest.len());
            (TokenKind::Compare(rest.get(..end)?.to_owned()), end)
        }
        _ => {
            let end = rest.find(ends_word).unwrap_or(rest.len());
            (TokenKind::Word(rest.get(..end)?.to_owned()), end)
        }
    })
}

/// A phrase in quotes; `\"` and `\\` stand for a quote and a backslash.
fn phrase(rest: &str, open: char) -> Option<(TokenKind, usize)> {
    let mut text = String::new();
    let mut chars = rest.char_indices().skip(1).peekable();
    let closes = |c: char| if open == '"' { c == '"' } else { matches!(c, '"' | '”' | '“') };
    while let Some((at, c)) = chars.next() {
        if closes(c) {
            return Some((TokenKind::Phrase(text), at + c.len_utf8()));
        }
        let escaped = chars.next_if(|&(_, next)| c == '\\' && (next == '\\' || is_quote(next)));
        text.push(escaped.map_or(c, |(_, next)| next));
    }
    None
}

fn unclosed(span: Range<usize>) -> QueryError {
    QueryError::new(span, "this quote is never closed", "put a closing quote after the phrase")
}
