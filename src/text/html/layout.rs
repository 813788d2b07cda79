//! Where words, lines and paragraphs of plain text stand: white space is
//! collapsed, save in `<pre>`, and written only between two words.

use super::element::Effect;
use super::markup::{Tag, TagKind};
use super::reference::{self, Meaning};
use crate::text::scan::is_even;
use memchr::memchr;

/// Writes the text of a fragment.
#[derive(Debug, Default)]
pub(super) struct Layout {
    out: String,
    /// Newlines to write before the next word; at most 2.
    newlines: u8,
    /// White space to write before the next word, unless a newline is due.
    space: bool,
    /// Open elements whose white space counts.
    preformatted: u32,
}

impl Layout {
    pub(super) fn with_capacity(capacity: usize) -> Self {
        Self { out: String::with_capacity(capacity), ..Self::default() }
    }

    pub(super) fn into_string(mut self) -> String {
        self.trim_end();
        self.out
    }

    /// Takes off the white space that a `<pre>` ended with: what follows begins a line of its own.
    fn trim_end(&mut self) {
        self.out.truncate(self.out.trim_end_matches(is_space).len());
    }

    /// Takes text, and decodes the references in it.
    pub(super) fn text(&mut self, text: &str) {
        let mut rest = text;
        while !rest.is_empty() {
            let (words, after) = if self.preformatted > 0 {
                let length = memchr(b'&', rest.as_bytes()).unwrap_or(rest.len());
                let (lines, after) = rest.split_at_checked(length).unwrap_or((rest, ""));
                self.verbatim(lines);
                ("", after)
            } else {
                rest = self.skip_space(rest);
                rest.split_at_checked(stretch_length(rest.as_bytes())).unwrap_or((rest, ""))
            };
            self.words(words);
            rest = if after.starts_with('&') { self.reference(after) } else { after };
        }
    }

    /// Takes the reference at the front, or an `&` that begins none; returns the rest.
    fn reference<'a>(&mut self, text: &'a str) -> &'a str {
        let (meaning, length) = reference::read(text).unwrap_or((Meaning::Character('&'), 1));
        let mut buffer = [0; 4];
        let meaning = match meaning {
            Meaning::Character(character) => character.encode_utf8(&mut buffer),
            Meaning::Text(text) => text,
        };
        if self.preformatted > 0 {
            self.verbatim(meaning);
        } else if meaning.trim_start_matches(is_space).is_empty() {
            self.space = true;
        } else {
            self.words(meaning);
        }
        text.get(length..).unwrap_or_default()
    }

    /// Writes words with single spaces between them.
    fn words(&mut self, words: &str) {
        if !words.is_empty() {
            self.write_gap();
            self.out.push_str(words);
        }
    }

    /// Takes white space off the front and remembers that there was some.
    fn skip_space<'a>(&mut self, text: &'a str) -> &'a str {
        let mut bytes = text.as_bytes();
        while let [b' ' | b'\t' | b'\n' | b'\r' | 0x0c, rest @ ..] | [NO_BREAK_SPACE, 0xa0, rest @ ..] = bytes {
            self.space = true;
            bytes = rest;
        }
        text.get(text.len() - bytes.len()..).unwrap_or_default()
    }

    /// Takes text as it stands; line breaks become those of Unix.
    pub(super) fn verbatim(&mut self, text: &str) {
        let text = if self.out.is_empty() {
            text.trim_start_matches(is_space)
        } else if self.newlines > 0 {
            // Those at the front are part of the break that is due anyway.
            text.trim_start_matches(['\r', '\n'])
        } else {
            text
        };
        if text.is_empty() {
            return;
        }
        self.write_gap();
        let mut rest = text;
        while let Some((line, after)) = memchr(b'\r', rest.as_bytes()).and_then(|at| rest.split_at_checked(at)) {
            self.out.push_str(line);
            self.out.push('\n');
            let after = after.get(1..).unwrap_or_default();
            rest = after.strip_prefix('\n').unwrap_or(after);
        }
        self.out.push_str(rest);
    }

    fn write_gap(&mut self) {
        if self.newlines > 0 {
            self.trim_end();
        }
        if !self.out.is_empty() {
            match self.newlines {
                0 if self.space => self.out.push(' '),
                0 => {}
                1 => self.out.push('\n'),
                _ => self.out.push_str("\n\n"),
            }
        }
        self.newlines = 0;
        self.space = false;
    }

    /// Takes the effect of a tag.
    pub(super) fn tag(&mut self, tag: &Tag<'_>, effect: Effect) {
        match effect {
            Effect::Block => self.newlines = 2,
            Effect::Preformatted => {
                self.newlines = 2;
                self.preformatted = match tag.kind {
                    TagKind::Start => self.preformatted.saturating_add(1),
                    TagKind::Empty => self.preformatted,
                    TagKind::End => self.preformatted.saturating_sub(1),
                };
            }
            // `</br>` is a `<br>` to browsers; `</td>` adds nothing to the `<td>` that follows.
            Effect::Break => self.newlines = (self.newlines + 1).min(2),
            Effect::Line => self.newlines = self.newlines.max(1),
            Effect::Inline | Effect::Unknown | Effect::Dropped => {}
        }
    }
}

/// What is collapsed: the white space of HTML, and the no-break space.
fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{c}' | '\u{a0}')
}

/// The first byte of U+00A0 in UTF-8, and of other characters.
const NO_BREAK_SPACE: u8 = 0xc2;

/// The bytes that can be written as they are: up to a reference, or to white space
/// that is more than one space between two words. The text does not begin with
/// white space.
fn stretch_length(text: &[u8]) -> usize {
    let mut at = 0;
    while at < text.len() {
        if is_even::<16>(text, at, is_odd) {
            at += 16;
            continue;
        }
        if is_even::<8>(text, at, is_odd) {
            at += 8;
        }
        let end = at + 8;
        while at < end {
            match text.get(at..).unwrap_or_default() {
                [] => return at,
                [b' ', next, ..] if !is_special(*next) => at += 2,
                [b' ' | b'\t' | b'\n' | b'\r' | 0x0c | b'&', ..] | [NO_BREAK_SPACE, 0xa0, ..] => {
                    // A space before it is the last byte of an even chunk.
                    return at - usize::from(at > 0 && text.get(at - 1) == Some(&b' '));
                }
                _ => at += 1,
            }
        }
    }
    text.len()
}

/// A control, a reference, or what may be a no-break space.
#[expect(clippy::needless_bitwise_bool, reason = "without a branch for each byte, the compiler looks at all at once")]
fn is_odd(byte: u8) -> bool {
    (byte < b' ') | (byte == NO_BREAK_SPACE) | (byte == b'&')
}

fn is_special(byte: u8) -> bool {
    byte <= b' ' || byte == NO_BREAK_SPACE || byte == b'&'
}
