//! From the raw inside of an element, or a JSON string, to plain text.
//!
//! A field may be plain, HTML, escaped HTML, HTML escaped twice, XHTML, base64 or
//! text that was encoded twice; which of them is partly declared and partly guessed.

use super::charset::{demoronize, undouble};
use super::entity;
use super::repair::{RepairKind, Repairs};
use super::xml::{Scanner, Token, section_end};
use super::{MAX_LANGUAGE, MAX_TEXT, MAX_TITLE};
use crate::text::html;
use base64::Engine as _;
use memchr::{memchr, memchr2};
use std::borrow::Cow;

/// The most bytes of markup that are read for one field: enough for [`MAX_TEXT`]
/// bytes of text with a lot of tags around them.
const MAX_MARKUP: usize = 4 * MAX_TEXT;

/// How a field is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Markup {
    /// Said to be plain, or nothing is said: HTML only where it surely is.
    Plain,
    /// HTML, once its references are decoded.
    Html,
    /// XHTML, written inline.
    Xhtml,
}

/// The inside of an element.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Inside<'a> {
    pub(super) raw: &'a str,
    /// It has elements in it.
    pub(super) has_tags: bool,
    /// It has CDATA sections, comments or instructions in it.
    pub(super) has_sections: bool,
}

impl<'a> Inside<'a> {
    /// The characters in it, references decoded; tags are left out.
    pub(super) fn characters(&self, repairs: &mut Repairs) -> Cow<'a, str> {
        if !self.has_tags && !self.has_sections {
            return entity::decode(self.raw.trim_ascii(), repairs);
        }
        if let Some(text) = self.only_section() {
            return Cow::Borrowed(text);
        }
        let mut out = String::with_capacity(self.raw.len());
        self.pieces(|piece| match piece {
            Piece::Text(text) => out.push_str(&entity::decode(text, repairs)),
            Piece::CData(text) => out.push_str(text),
            Piece::Tag(_) => {}
        });
        Cow::Owned(out)
    }

    /// The inside of the CDATA section that is all there is in it.
    fn only_section(&self) -> Option<&'a str> {
        let text = self.raw.trim_ascii().strip_prefix("<![CDATA[")?.strip_suffix("]]>")?;
        section_end(text).is_none().then_some(text)
    }

    /// The markup in it as HTML; references are left for HTML to decode.
    fn inline(&self, markup: Markup) -> Cow<'a, str> {
        if !self.has_sections {
            return Cow::Borrowed(self.raw);
        }
        let mut out = String::with_capacity(self.raw.len());
        self.pieces(|piece| match piece {
            // In XHTML it is text; elsewhere it is where people put their HTML.
            Piece::CData(text) if markup == Markup::Xhtml => {
                out.push_str(&text.replace('&', "&amp;").replace('<', "&lt;"));
            }
            Piece::Text(text) | Piece::CData(text) | Piece::Tag(text) => out.push_str(text),
        });
        Cow::Owned(out)
    }

    fn pieces(&self, mut take: impl FnMut(Piece<'a>)) {
        let mut scanner = Scanner::new(self.raw, 0);
        // What is wrong here was counted when the element was found.
        let mut counted = Repairs::default();
        loop {
            match scanner.next(&mut counted) {
                Token::Eof => break,
                Token::Text(text) => take(Piece::Text(text)),
                Token::CData(text) => take(Piece::CData(text)),
                Token::Start(_) | Token::End(_) => {
                    take(Piece::Tag(self.raw.get(scanner.start()..scanner.position()).unwrap_or_default()));
                }
            }
        }
    }

    /// The field as plain text with its line breaks.
    pub(super) fn text(&self, markup: Markup, repairs: &mut Repairs) -> String {
        let capped = Self { raw: cut(self.raw, MAX_MARKUP, repairs), ..*self };
        if self.has_tags {
            let html = recode(capped.inline(markup), repairs);
            return finish(html::to_text(&html), repairs);
        }
        // In XHTML, characters without elements are the text itself.
        let markup = if markup == Markup::Xhtml { Markup::Plain } else { markup };
        plain(&capped.characters(repairs), markup, repairs)
    }

    /// The field as plain text on one line.
    pub(super) fn line(&self, markup: Markup, repairs: &mut Repairs) -> String {
        one_line(self.text(markup, repairs), repairs)
    }

    /// The field as plain text, from base64; as it stands where it is none. What
    /// is base64 of something other than text is empty.
    pub(super) fn base64(&self, markup: Markup, repairs: &mut Repairs) -> String {
        let characters = self.characters(repairs);
        let code: String = characters.chars().filter(char::is_ascii_graphic).collect();
        let text = match base64::engine::general_purpose::STANDARD.decode(&code).map(String::from_utf8) {
            Ok(Ok(text)) => Cow::Owned(text),
            Ok(Err(_)) if code.len() > LONGEST_WORD => return String::new(),
            _ => characters,
        };
        plain(&text, markup, repairs)
    }
}

/// Many words are base64 by chance; none is as long as this.
const LONGEST_WORD: usize = 40;

enum Piece<'a> {
    Text(&'a str),
    CData(&'a str),
    Tag(&'a str),
}

/// Plain text from characters whose references are decoded; where they are HTML,
/// its tags and references are taken away too.
pub(super) fn plain(characters: &str, markup: Markup, repairs: &mut Repairs) -> String {
    let characters = recode(Cow::Borrowed(cut(characters, MAX_MARKUP, repairs)), repairs);
    let is_html = markup != Markup::Plain || html::looks_like_html(&characters);
    finish(if is_html { from_html(&characters) } else { tidy(&characters) }, repairs)
}

/// Text that is surely plain, whatever it looks like.
pub(super) fn verbatim(text: &str, repairs: &mut Repairs) -> String {
    let text = recode(Cow::Borrowed(cut(text, MAX_TEXT, repairs)), repairs);
    tidy(&text)
}

/// HTML, or where it has no tag and what it says is HTML again, that.
fn from_html(characters: &str) -> String {
    if memchr(b'<', characters.as_bytes()).is_none() {
        let once = htmlize::unescape(characters);
        return if html::looks_like_html(&once) { html::to_text(&once) } else { tidy(&once) };
    }
    let reading = html::read(characters);
    if !reading.has_tags && html::looks_like_html(&reading.text) { html::to_text(&reading.text) } else { reading.text }
}

/// Puts right what was encoded twice, and the C1 controls, which nobody means:
/// they are windows-1252 that was taken for Latin-1.
fn recode<'a>(text: Cow<'a, str>, repairs: &mut Repairs) -> Cow<'a, str> {
    if let Some(decoded) = undouble(&text) {
        repairs.note(RepairKind::DoubleEncoded);
        return Cow::Owned(decoded);
    }
    match demoronize(&text) {
        Some(decoded) => Cow::Owned(decoded),
        None => text,
    }
}

fn finish(mut text: String, repairs: &mut Repairs) -> String {
    let length = cut(&text, MAX_TEXT, repairs).len();
    text.truncate(length);
    text
}

/// At most `most` bytes, cut at a character.
pub(super) fn cut<'a>(text: &'a str, most: usize, repairs: &mut Repairs) -> &'a str {
    if text.len() <= most {
        return text;
    }
    repairs.note(RepairKind::TextCut);
    text.get(..text.floor_char_boundary(most)).unwrap_or_default()
}

/// A language tag; what is longer than any (RFC 5646, section 4.4.1) is none.
pub(super) fn language(text: &str) -> Option<String> {
    let text = text.trim();
    (1..=MAX_LANGUAGE).contains(&text.len()).then(|| text.to_owned())
}

/// Folds white space to single spaces, and cuts to [`MAX_TITLE`].
pub(super) fn one_line(text: String, repairs: &mut Repairs) -> String {
    let mut line = if is_one_line(text.as_bytes()) { text } else { fold(&text) };
    let length = cut(&line, MAX_TITLE, repairs).trim_end().len();
    line.truncate(length);
    line
}

/// It is words of ASCII with single spaces between them.
#[expect(clippy::needless_bitwise_bool, reason = "without a branch for each byte, the compiler looks at many at once")]
fn is_one_line(text: &[u8]) -> bool {
    let ([first, next @ ..], [.., last]) = (text, text) else { return true };
    let is_plain = |b: u8| (b > b' ') & (b < 0x80);
    let is_even = |(&byte, &next): (&u8, &u8)| is_plain(byte) | ((byte == b' ') & (next != b' '));
    is_plain(*first) && is_plain(*last) && text.iter().zip(next).fold(true, |all, pair| all & is_even(pair))
}

fn fold(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    line
}

/// Plain text: no white space at the ends of lines, at most one blank line in a row.
fn tidy(text: &str) -> String {
    let text = text.trim();
    if memchr2(b'\n', b'\r', text.as_bytes()).is_none() {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut breaks = 0_usize;
    for line in text.lines().map(str::trim) {
        if !line.is_empty() {
            out.extend(std::iter::repeat_n('\n', breaks.min(2)));
            out.push_str(line);
            breaks = 0;
        }
        breaks += 1;
    }
    out
}
