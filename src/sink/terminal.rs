//! Text that is safe on a terminal and fits it: what a feed says stays text,
//! whatever it holds.

use anstyle::Style;
use std::borrow::Cow;
use std::fmt::Write as _;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// A text with every character made visible that a terminal would obey or that
/// would make the text look like another: controls (C0, C1, DEL), the line and
/// paragraph separators, all that changes the direction of writing, and invisible
/// characters that carry nothing. They are written `\x1b` or `\u{202e}`.
///
/// Line breaks and tabs are controls too: what comes back is one line.
#[must_use]
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            // Writing to a string does not fail.
            c if is_unsafe(c) && c <= '\u{ff}' => drop(write!(out, "\\x{:02x}", u32::from(c))),
            c if is_unsafe(c) => drop(write!(out, "\\u{{{:x}}}", u32::from(c))),
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// Whether a character is none that a terminal shows as itself. The joiners
/// (U+200C, U+200D) and variation selectors stay: scripts and emoji need them.
pub(super) fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c,
            // Directions: marks, embeddings and overrides, isolates.
            '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
            // Separators of lines and paragraphs.
            | '\u{2028}' | '\u{2029}'
            // Invisible: soft hyphen, zero width space, word joiner and its like, byte order mark.
            | '\u{00ad}' | '\u{200b}' | '\u{2060}'..='\u{2065}' | '\u{206a}'..='\u{206f}' | '\u{feff}'
            // Annotations and tags.
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// At most `limit` characters of a text; `…` stands for what was cut.
#[must_use]
pub fn shortened(text: &str, limit: usize) -> Cow<'_, str> {
    match text.char_indices().nth(limit) {
        None => Cow::Borrowed(text),
        Some((end, _)) => Cow::Owned(format!("{}…", text.get(..end).unwrap_or_default())),
    }
}

/// A piece of a line, in one style.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// Its text.
    pub text: String,
    /// How it looks.
    pub style: Style,
}

impl Span {
    /// A piece whose text has been made [`visible`].
    #[must_use]
    pub fn new(text: &str, style: Style) -> Self {
        Self { text: visible(text).into_owned(), style }
    }

    /// The columns it takes.
    #[must_use]
    pub fn width(&self) -> usize {
        self.text.width()
    }
}

/// A word that is not broken where a line is: pieces without a space between them.
type Word = Vec<Span>;

/// Breaks a text at its spaces into lines of at most `width` columns. A word that
/// is longer than a line is broken where the line ends.
#[must_use]
pub fn wrap(spans: &[Span], width: usize) -> Vec<Vec<Span>> {
    let width = width.max(2);
    let mut lines = Vec::new();
    let mut line: Vec<Span> = Vec::new();
    let mut used = 0;
    for word in words(spans).into_iter().flat_map(|word| broken(word, width)) {
        let wide: usize = word.iter().map(Span::width).sum();
        if used > 0 && used + 1 + wide > width {
            lines.push(std::mem::take(&mut line));
            used = 0;
        }
        if used > 0 {
            let style = gap_style(&line, &word);
            append(&mut line, Span { text: " ".to_owned(), style });
            used += 1;
        }
        used += wide;
        for span in word {
            append(&mut line, span);
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

/// Pieces of one style that follow each other are one.
fn append(line: &mut Vec<Span>, span: Span) {
    match line.last_mut() {
        Some(last) if last.style == span.style => last.text.push_str(&span.text),
        _ => line.push(span),
    }
}

/// A space inside a highlighted phrase looks as the phrase does.
fn gap_style(line: &[Span], word: &[Span]) -> Style {
    match (line.last(), word.first()) {
        (Some(before), Some(after)) if before.style == after.style => before.style,
        _ => Style::new(),
    }
}

fn words(spans: &[Span]) -> Vec<Word> {
    let mut words = vec![Word::new()];
    for span in spans {
        for (index, piece) in span.text.split(' ').enumerate() {
            if index > 0 {
                words.push(Word::new());
            }
            if let (Some(word), false) = (words.last_mut(), piece.is_empty()) {
                word.push(Span { text: piece.to_owned(), style: span.style });
            }
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// A word in parts of at most `width` columns each.
fn broken(word: Word, width: usize) -> Vec<Word> {
    if word.iter().map(Span::width).sum::<usize>() <= width {
        return vec![word];
    }
    let mut parts = vec![Word::new()];
    let mut used = 0;
    for span in word {
        let mut rest = String::new();
        for c in span.text.chars() {
            let wide = c.width().unwrap_or(0);
            if used + wide > width {
                push(&mut parts, std::mem::take(&mut rest), span.style);
                parts.push(Word::new());
                used = 0;
            }
            used += wide;
            rest.push(c);
        }
        push(&mut parts, rest, span.style);
    }
    parts
}

fn push(parts: &mut [Word], text: String, style: Style) {
    if let (Some(part), false) = (parts.last_mut(), text.is_empty()) {
        part.push(Span { text, style });
    }
}
