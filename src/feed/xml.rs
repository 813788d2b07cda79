//! Markup to tokens, whatever is wrong with it: this is no XML parser but a
//! scanner that finds where tags begin and end, and reads their attributes.
//!
//! It is our own because the readers at hand stop at the first error, or rescan
//! the rest of the document after each one. Every byte here is looked at a fixed
//! number of times, however hostile the input. What the elements mean is for
//! `walk`; references are decoded by `entity`, and only where someone wants the text.

use super::entity;
use super::repair::{RepairKind, Repairs};
use memchr::{memchr, memmem};
use std::borrow::Cow;

/// How many bytes after the first `<` or `>` inside a quoted value its closing
/// quote is looked for. Beyond it, the quote is taken to be missing.
const QUOTE_REACH: usize = 2048;

/// The most attributes of one element that are read.
const MAX_ATTRIBUTES: usize = 128;

/// A piece of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// `<name …>` or `<name …/>`.
    Start(Tag<'a>),
    /// `</name>`; the name is as written.
    End(&'a str),
    /// Text between tags, references not decoded.
    Text(&'a str),
    /// The inside of a CDATA section.
    CData(&'a str),
    /// The end of the document.
    Eof,
}

/// A start tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tag<'a> {
    /// As written, with its prefix.
    pub(super) name: &'a str,
    /// What stands between the name and `>` or `/>`.
    attributes: &'a str,
    /// Written `<name/>`.
    pub(super) is_empty: bool,
}

/// Reads a document token by token. Comments, instructions and declarations are
/// passed over; nothing in them has an effect.
#[derive(Debug, Clone)]
pub(super) struct Scanner<'a> {
    source: &'a str,
    /// Where the next token begins.
    position: usize,
    /// Where the last token began.
    start: usize,
    /// The document ended inside a tag or CDATA section.
    is_cut: bool,
    /// No comment ends after here: looking again would take quadratic time.
    no_comment_ends: bool,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(source: &'a str, position: usize) -> Self {
        Self { source, position, start: position, is_cut: false, no_comment_ends: false }
    }

    /// Where the next token begins.
    pub(super) fn position(&self) -> usize {
        self.position
    }

    /// Where the last token began.
    pub(super) fn start(&self) -> usize {
        self.start
    }

    /// The document ended inside a piece of markup.
    pub(super) fn is_cut(&self) -> bool {
        self.is_cut
    }

    /// Makes the next token the last one again.
    pub(super) fn put_back(&mut self) {
        self.position = self.start;
    }

    /// The next token.
    pub(super) fn next(&mut self, repairs: &mut Repairs) -> Token<'a> {
        loop {
            self.start = self.position;
            let rest = self.rest();
            if rest.is_empty() {
                return Token::Eof;
            }
            if !Markup::begins(rest) {
                return self.text(repairs);
            }
            if let Some(token) = self.markup(repairs) {
                return token;
            }
        }
    }

    fn rest(&self) -> &'a str {
        self.source.get(self.position..).unwrap_or_default()
    }

    fn text(&mut self, repairs: &mut Repairs) -> Token<'a> {
        let rest = self.rest();
        let mut length = 0;
        loop {
            let tail = rest.get(length..).unwrap_or_default();
            if Markup::begins(tail) || tail.is_empty() {
                break;
            }
            let bare = usize::from(tail.starts_with('<'));
            repairs.add(RepairKind::BareLessThan, bare);
            length +=
                tail.get(bare..).and_then(|tail| memchr(b'<', tail.as_bytes())).map_or(tail.len(), |at| bare + at);
        }
        Token::Text(self.take(length))
    }

    fn take(&mut self, length: usize) -> &'a str {
        let rest = self.rest();
        let taken = rest.get(..length).unwrap_or(rest);
        self.position += taken.len();
        taken
    }

    /// Reads the markup that begins here; `None` where it has no meaning.
    fn markup(&mut self, repairs: &mut Repairs) -> Option<Token<'a>> {
        match Markup::of(self.rest())? {
            Markup::Start => Some(self.start_tag(repairs)),
            Markup::End => Some(self.end_tag(repairs)),
            Markup::CData => Some(self.cdata(repairs)),
            Markup::Comment => self.comment(repairs),
            // The `?` before the `>` is often forgotten.
            Markup::Instruction => self.skip_past(">", repairs),
            Markup::Declaration => self.declaration(repairs),
        }
    }

    fn start_tag(&mut self, repairs: &mut Repairs) -> Token<'a> {
        let rest = self.rest();
        let name_end = name_length(rest, 1);
        let end = tag_end(rest, name_end);
        self.finish_tag(rest, end, repairs);
        let name = rest.get(1..name_end).unwrap_or_default();
        let inside = rest.get(name_end..end.at).unwrap_or_default();
        let (attributes, is_empty) = match inside.strip_suffix('/') {
            Some(attributes) => (attributes, true),
            None => (inside, false),
        };
        Token::Start(Tag { name, attributes, is_empty })
    }

    fn end_tag(&mut self, repairs: &mut Repairs) -> Token<'a> {
        let rest = self.rest();
        let name_end = name_length(rest, 2);
        let end = tag_end(rest, name_end);
        self.finish_tag(rest, end, repairs);
        Token::End(rest.get(2..name_end).unwrap_or_default())
    }

    fn finish_tag(&mut self, rest: &str, end: TagEnd, repairs: &mut Repairs) {
        self.position += end.at + usize::from(end.is_closed);
        if !end.is_closed {
            self.is_cut = end.at == rest.len();
            repairs.note(RepairKind::UnclosedTag);
        }
    }

    fn cdata(&mut self, repairs: &mut Repairs) -> Token<'a> {
        self.take("<![CDATA[".len());
        let rest = self.rest();
        let length = memmem::find(rest.as_bytes(), b"]]>").unwrap_or_else(|| {
            repairs.note(RepairKind::UnclosedMarkup);
            self.is_cut = true;
            rest.len()
        });
        self.take(length + "]]>".len());
        Token::CData(rest.get(..length).unwrap_or_default())
    }

    /// A comment ends with `-->`, or where there is none with the next `>`.
    fn comment(&mut self, repairs: &mut Repairs) -> Option<Token<'a>> {
        self.take("<!--".len());
        let end = if self.no_comment_ends { None } else { self.rest().find("-->") };
        let Some(length) = end else {
            self.no_comment_ends = true;
            repairs.note(RepairKind::UnclosedMarkup);
            return self.skip_past(">", repairs);
        };
        self.take(length + "-->".len());
        None
    }

    /// `<!DOCTYPE …>`, its internal subset included.
    fn declaration(&mut self, repairs: &mut Repairs) -> Option<Token<'a>> {
        let rest = self.rest();
        let length = rest.find(['>', '[']).unwrap_or(rest.len());
        if rest.get(length..).is_some_and(|tail| tail.starts_with('[')) {
            self.skip_past("]", repairs);
        }
        self.skip_past(">", repairs)
    }

    /// Goes on after the next `close`, or at the end of the document.
    fn skip_past(&mut self, close: &str, repairs: &mut Repairs) -> Option<Token<'a>> {
        let rest = self.rest();
        let end = rest.find(close);
        repairs.add(RepairKind::UnclosedMarkup, usize::from(end.is_none()));
        self.take(end.map_or(rest.len(), |at| at + close.len()));
        None
    }
}

/// The kinds of markup, by their first characters.
#[derive(Debug, Clone, Copy)]
enum Markup {
    Start,
    End,
    CData,
    Comment,
    Instruction,
    Declaration,
}

impl Markup {
    /// What begins at the start of `text`, if any markup does; a `<` followed by
    /// anything else is text.
    fn of(text: &str) -> Option<Self> {
        match text.as_bytes() {
            [b'<', b'/', next, ..] if is_name_start(*next) => Some(Self::End),
            [b'<', b'?', ..] => Some(Self::Instruction),
            [b'<', b'!', b'-', b'-', ..] => Some(Self::Comment),
            [b'<', b'!', b'[', ..] if text.starts_with("<![CDATA[") => Some(Self::CData),
            [b'<', b'!', next, ..] if next.is_ascii_alphabetic() => Some(Self::Declaration),
            [b'<', next, ..] if is_name_start(*next) => Some(Self::Start),
            _ => None,
        }
    }

    fn begins(text: &str) -> bool {
        Self::of(text).is_some()
    }
}

/// XML allows most of Unicode in names; the first byte of such a character will do.
fn is_name_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || matches!(byte, b'_' | b':') || byte >= 0x80
}

/// Where the name that begins at `from` ends.
fn name_length(text: &str, from: usize) -> usize {
    let is_end = |b: u8| b.is_ascii_whitespace() || matches!(b, b'>' | b'/' | b'<' | b'"' | b'\'' | b'=');
    text.bytes().skip(from).position(is_end).map_or(text.len(), |length| from + length)
}

/// Where a tag ends.
#[derive(Debug, Clone, Copy)]
struct TagEnd {
    /// The offset of its `>`, or of the `<` that shows that it has none.
    at: usize,
    is_closed: bool,
}

/// Finds the end of the tag at the start of `text`, whose name ends at `from`. A
/// `>` inside a quoted value does not count, unless the closing quote is missing.
fn tag_end(text: &str, from: usize) -> TagEnd {
    let mut previous = b' ';
    let mut quote: Option<(u8, Option<usize>)> = None;
    for (at, byte) in text.bytes().enumerate().skip(from) {
        match (&mut quote, byte) {
            (None, b'>') => return TagEnd { at, is_closed: true },
            (None, b'<') => return TagEnd { at, is_closed: false },
            (None, b'"' | b'\'') if previous == b'=' => quote = Some((byte, None)),
            (Some((open, _)), _) if *open == byte => quote = None,
            // Nobody writes an end tag in a value: the closing quote is missing.
            (Some((_, doubt)), b'<') if text.as_bytes().get(at + 1) == Some(&b'/') => {
                doubt.get_or_insert(at);
                break;
            }
            (Some((_, doubt @ None)), b'<' | b'>') => *doubt = Some(at),
            (Some((_, Some(doubt))), _) if at - *doubt > QUOTE_REACH => break,
            _ => {}
        }
        if !byte.is_ascii_whitespace() {
            previous = byte;
        }
    }
    let at = quote.and_then(|(_, doubt)| doubt).unwrap_or(text.len());
    TagEnd { at, is_closed: text.as_bytes().get(at) == Some(&b'>') }
}

/// An attribute; its value is decoded on demand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Attribute<'a> {
    /// As written, with its prefix.
    pub(super) name: &'a str,
    raw: &'a str,
}

impl<'a> Attribute<'a> {
    /// The value, references decoded, white space trimmed.
    pub(super) fn value(&self, repairs: &mut Repairs) -> Cow<'a, str> {
        entity::decode(self.raw.trim_ascii(), repairs)
    }

    /// The value as it stands, white space trimmed.
    pub(super) fn raw(&self) -> &'a str {
        self.raw.trim_ascii()
    }
}

impl<'a> Tag<'a> {
    /// Its attributes in order, as far as they can be read.
    pub(super) fn attributes(&self) -> impl Iterator<Item = Attribute<'a>> + use<'a> {
        Attributes { rest: self.attributes, unquoted: 0 }.take(MAX_ATTRIBUTES)
    }

    /// It may bind prefixes or set `xml:base` or `xml:lang`.
    pub(super) fn has_xml_attributes(&self) -> bool {
        self.attributes.as_bytes().windows(3).any(|window| window.eq_ignore_ascii_case(b"xml"))
    }

    /// It has something after its name.
    pub(super) fn has_attributes(&self) -> bool {
        !self.attributes.is_empty()
    }

    /// The decoded value of the first attribute with this name, whatever its case
    /// and prefix.
    pub(super) fn get(&self, name: &str, repairs: &mut Repairs) -> Option<Cow<'a, str>> {
        self.find(name).map(|attribute| attribute.value(repairs))
    }

    /// The first attribute with this name, whatever its case and prefix.
    pub(super) fn find(&self, name: &str) -> Option<Attribute<'a>> {
        self.attributes().find(|attribute| local_name(attribute.name).eq_ignore_ascii_case(name))
    }

    /// Counts what is wrong with the attributes.
    pub(super) fn check(&self, repairs: &mut Repairs) {
        if !self.has_attributes() {
            return;
        }
        let mut attributes = Attributes { rest: self.attributes, unquoted: 0 };
        let count = attributes.by_ref().take(MAX_ATTRIBUTES).count();
        repairs.add(RepairKind::UnquotedAttribute, attributes.unquoted);
        repairs.add(RepairKind::TooManyAttributes, usize::from(count == MAX_ATTRIBUTES));
    }
}

/// The part of a name after its prefix.
pub(super) fn local_name(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

struct Attributes<'a> {
    rest: &'a str,
    unquoted: usize,
}

impl<'a> Iterator for Attributes<'a> {
    type Item = Attribute<'a>;

    fn next(&mut self) -> Option<Attribute<'a>> {
        let is_junk = |c: char| c.is_ascii_whitespace() || matches!(c, '/' | '"' | '\'' | '=');
        let rest = self.rest.trim_start_matches(is_junk);
        if rest.is_empty() {
            return None;
        }
        let (name, after) = rest.split_at(name_length(rest, 0).max(1).min(rest.len()));
        let Some(value) = after.trim_ascii_start().strip_prefix('=') else {
            self.unquoted += 1;
            self.rest = after;
            return Some(Attribute { name, raw: "" });
        };
        let (raw, rest) = self.value(value.trim_ascii_start());
        self.rest = rest;
        Some(Attribute { name, raw })
    }
}

impl<'a> Attributes<'a> {
    /// Splits a value from what follows it.
    fn value(&mut self, text: &'a str) -> (&'a str, &'a str) {
        if let Some(quote @ ('"' | '\'')) = text.chars().next() {
            let text = text.get(1..).unwrap_or_default();
            if let Some(parts) = text.split_once(quote) {
                return parts;
            }
            self.unquoted += 1;
            return (text, "");
        }
        self.unquoted += 1;
        text.split_once(|c: char| c.is_ascii_whitespace()).unwrap_or((text, ""))
    }
}
