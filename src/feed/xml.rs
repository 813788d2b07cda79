//! Markup to tokens, whatever is wrong with it: this is no XML parser but a
//! scanner that finds where tags begin and end, and reads their attributes.
//!
//! It is our own because the readers at hand stop at the first error, or rescan
//! the rest of the document after each one. Every byte here is looked at a fixed
//! number of times, however hostile the input. What the elements mean is for
//! `walk`; references are decoded by `entity`, and only where someone wants the text.

use super::entity;
use super::repair::{RepairKind, Repairs};
use crate::text::scan::{SPACE, Set, near};
use memchr::{memchr, memchr_iter, memchr2, memchr2_iter, memchr3};
use std::borrow::Cow;

/// How many bytes after the first `<` or `>` inside a quoted value its closing
/// quote is looked for. Beyond it, the quote is taken to be missing.
const QUOTE_REACH: usize = 2048;

/// The most attributes of one element that are read.
const MAX_ATTRIBUTES: usize = 128;

/// What ends the name of a tag or an attribute.
const NAME_END: Set = Set::of(b" \t\n\r\x0c></\"'=");

/// What may end a tag, or begin a value in which a `>` does not.
const TAG_STOP: Set = Set::of(b"<>\"'");

/// What stands between attributes, and is no part of one.
const BETWEEN: Set = Set::of(b" \t\n\r\x0c/\"'=");

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
            match Markup::of(rest.as_bytes()) {
                Some(Markup::Start) => return self.start_tag(rest, repairs),
                Some(Markup::End) => return self.end_tag(rest, repairs),
                Some(Markup::CData) => return self.cdata(repairs),
                Some(Markup::Comment) => self.comment(repairs),
                Some(Markup::Instruction) => self.instruction(repairs),
                Some(Markup::Declaration) => self.declaration(repairs),
                None if rest.is_empty() => return Token::Eof,
                None => return self.text(rest, repairs),
            }
        }
    }

    fn rest(&self) -> &'a str {
        self.source.get(self.position..).unwrap_or_default()
    }

    /// Reads text, which goes on where a `<` begins no markup.
    fn text(&mut self, rest: &'a str, repairs: &mut Repairs) -> Token<'a> {
        let bytes = rest.as_bytes();
        let mut length = 0;
        loop {
            let bare = usize::from(bytes.get(length) == Some(&b'<'));
            repairs.add(RepairKind::BareLessThan, bare);
            let tail = bytes.get(length + bare..).unwrap_or_default();
            length = near(b'<', tail).map_or(bytes.len(), |at| length + bare + at);
            let next = bytes.get(length..).unwrap_or_default();
            if next.is_empty() || Markup::of(next).is_some() {
                return Token::Text(self.take(length));
            }
        }
    }

    fn take(&mut self, length: usize) -> &'a str {
        let rest = self.rest();
        let taken = rest.get(..length).unwrap_or(rest);
        self.position += taken.len();
        taken
    }

    fn start_tag(&mut self, rest: &'a str, repairs: &mut Repairs) -> Token<'a> {
        let name_end = NAME_END.position(rest.as_bytes(), 1);
        let end = TagEnd::find(rest.as_bytes(), name_end);
        self.finish_tag(rest, end, repairs);
        let name = rest.get(1..name_end).unwrap_or_default();
        let inside = rest.get(name_end..end.at).unwrap_or_default();
        let (attributes, is_empty) = match inside.strip_suffix('/') {
            Some(attributes) => (attributes, true),
            None => (inside, false),
        };
        Token::Start(Tag { name, attributes, is_empty })
    }

    fn end_tag(&mut self, rest: &'a str, repairs: &mut Repairs) -> Token<'a> {
        let name_end = NAME_END.position(rest.as_bytes(), 2);
        let end = TagEnd::find(rest.as_bytes(), name_end);
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
        let length = section_end(rest).unwrap_or_else(|| {
            repairs.note(RepairKind::UnclosedMarkup);
            self.is_cut = true;
            rest.len()
        });
        self.take(length + "]]>".len());
        Token::CData(rest.get(..length).unwrap_or_default())
    }

    /// A comment ends with `-->`, or where there is none with the next `>`.
    fn comment(&mut self, repairs: &mut Repairs) {
        self.take("<!--".len());
        let end = if self.no_comment_ends { None } else { comment_end(self.rest()) };
        let Some(end) = end else {
            self.no_comment_ends = true;
            repairs.note(RepairKind::UnclosedMarkup);
            return self.skip_past(b'>', repairs);
        };
        self.take(end + "-->".len());
    }

    /// An instruction ends with `?>`. The `?` is often forgotten: then it ends with the
    /// first `>`, if there is no `?>` before the next instruction.
    fn instruction(&mut self, repairs: &mut Repairs) {
        let rest = self.rest().as_bytes();
        let mut end = None;
        for at in memchr2_iter(b'>', b'<', rest.get(2..).unwrap_or_default()).map(|at| 2 + at) {
            match (rest.get(at - 1), rest.get(at), rest.get(at + 1)) {
                (Some(b'?'), Some(b'>'), _) => {
                    end = Some(at);
                    break;
                }
                (_, Some(b'<'), Some(b'?')) => break,
                (_, Some(b'>'), _) => end = end.or(Some(at)),
                _ => {}
            }
        }
        repairs.add(RepairKind::UnclosedMarkup, usize::from(end.is_none()));
        self.take(end.map_or(rest.len(), |at| at + 1));
    }

    /// `<!DOCTYPE …>`, its internal subset included.
    fn declaration(&mut self, repairs: &mut Repairs) {
        let rest = self.rest().as_bytes();
        let end = memchr2(b'>', b'[', rest).and_then(|at| rest.get(at));
        if end == Some(&b'[') {
            self.skip_past(b']', repairs);
        }
        self.skip_past(b'>', repairs);
    }

    /// Goes on after the next `close`, or at the end of the document.
    fn skip_past(&mut self, close: u8, repairs: &mut Repairs) {
        let rest = self.rest();
        let end = memchr(close, rest.as_bytes());
        repairs.add(RepairKind::UnclosedMarkup, usize::from(end.is_none()));
        self.take(end.map_or(rest.len(), |at| at + 1));
    }
}

/// Where the CDATA section ends that `text` is in.
pub(super) fn section_end(text: &str) -> Option<usize> {
    let text = text.as_bytes();
    memchr_iter(b']', text).find(|&at| text.get(at..).is_some_and(|rest| rest.starts_with(b"]]>")))
}

/// Where the comment ends that `text` is in.
pub(super) fn comment_end(text: &str) -> Option<usize> {
    let text = text.as_bytes();
    let is_end = |at: &usize| text.get(..*at).is_some_and(|comment| comment.ends_with(b"--"));
    memchr_iter(b'>', text).find(is_end).map(|at| at - 2)
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
    fn of(text: &[u8]) -> Option<Self> {
        let [b'<', next, ..] = text else { return None };
        match next {
            b'/' if text.get(2).copied().is_some_and(is_name_start) => Some(Self::End),
            b'?' => Some(Self::Instruction),
            b'!' if text.starts_with(b"<!--") => Some(Self::Comment),
            b'!' if text.starts_with(b"<![CDATA[") => Some(Self::CData),
            b'!' if text.get(2).is_some_and(u8::is_ascii_alphabetic) => Some(Self::Declaration),
            next if is_name_start(*next) => Some(Self::Start),
            _ => None,
        }
    }
}

/// XML allows most of Unicode in names; the first byte of such a character will do.
fn is_name_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || matches!(byte, b'_' | b':') || byte >= 0x80
}

/// Where a tag ends.
#[derive(Debug, Clone, Copy)]
struct TagEnd {
    /// The offset of its `>`, or of the `<` that shows that it has none.
    at: usize,
    is_closed: bool,
}

impl TagEnd {
    /// Finds the end of the tag at the start of `text`, whose name ends at `from`. A
    /// `>` inside a quoted value does not count, unless the closing quote is missing.
    #[inline]
    fn find(text: &[u8], from: usize) -> Self {
        match text.get(from) {
            Some(b'>') => Self { at: from, is_closed: true },
            _ => Self::find_after_attributes(text, from),
        }
    }

    fn find_after_attributes(text: &[u8], from: usize) -> Self {
        let mut at = from;
        loop {
            at = TAG_STOP.position(text, at);
            match text.get(at) {
                Some(&quote @ (b'"' | b'\'')) if follows_equals_sign(text, from, at) => {
                    match value_end(text, at + 1, quote) {
                        Ok(end) => at = end + 1,
                        Err(end) => return Self::at(text, end),
                    }
                }
                Some(b'"' | b'\'') => at += 1,
                _ => return Self::at(text, at),
            }
        }
    }

    fn at(text: &[u8], at: usize) -> Self {
        Self { at, is_closed: text.get(at) == Some(&b'>') }
    }
}

/// The last byte before `at` that is no white space is an equals sign.
fn follows_equals_sign(text: &[u8], from: usize, at: usize) -> bool {
    text.get(from..at).is_some_and(|before| before.trim_ascii_end().ends_with(b"="))
}

/// Where the quoted value that begins at `from` ends; where its closing quote is
/// missing, the error is where the tag ends instead.
fn value_end(text: &[u8], from: usize, quote: u8) -> Result<usize, usize> {
    let mut at = from;
    let mut doubt = None;
    loop {
        let end = doubt.map_or(text.len(), |doubt: usize| text.len().min(doubt + QUOTE_REACH + 2));
        let found = text.get(at..end).and_then(|value| memchr3(quote, b'<', b'>', value));
        let Some(found) = found.map(|found| at + found) else { return Err(doubt.unwrap_or(text.len())) };
        if text.get(found) == Some(&quote) {
            return Ok(found);
        }
        let doubt = *doubt.get_or_insert(found);
        // Nobody writes an end tag in a value: the closing quote is missing.
        if text.get(found..).is_some_and(|rest| rest.starts_with(b"</")) {
            return Err(doubt);
        }
        at = found + 1;
    }
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

    /// The first attribute with each of these names, whatever its case and prefix.
    pub(super) fn find_all<const N: usize>(&self, names: [&str; N]) -> [Option<Attribute<'a>>; N] {
        let mut found = [None; N];
        for attribute in self.attributes() {
            let local = local_name(attribute.name);
            for (name, place) in names.iter().zip(&mut found) {
                if place.is_none() && name.eq_ignore_ascii_case(local) {
                    *place = Some(attribute);
                }
            }
        }
        found
    }

    /// Counts what is wrong with the attributes; returns what those in XML's own
    /// vocabulary are about.
    pub(super) fn check(&self, repairs: &mut Repairs) -> Declares {
        let mut attributes = Attributes { rest: self.attributes, unquoted: 0 };
        let (mut count, mut declares) = (0, Declares::default());
        for attribute in attributes.by_ref().take(MAX_ATTRIBUTES) {
            count += 1;
            let Some((start, rest)) = attribute.name.as_bytes().split_first_chunk::<3>() else { continue };
            if start.eq_ignore_ascii_case(b"xml") {
                declares.prefixes |= rest == b"ns" || rest.starts_with(b"ns:");
                declares.base |= rest.eq_ignore_ascii_case(b":base");
                declares.language |= rest.eq_ignore_ascii_case(b":lang");
            }
        }
        repairs.add(RepairKind::UnquotedAttribute, attributes.unquoted);
        repairs.add(RepairKind::TooManyAttributes, usize::from(count == MAX_ATTRIBUTES));
        declares
    }
}

/// What the attributes of a tag declare for the elements inside.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Declares {
    /// What prefixes are bound to.
    pub(super) prefixes: bool,
    /// `xml:base`.
    pub(super) base: bool,
    /// `xml:lang`.
    pub(super) language: bool,
}

/// The part of a name after its prefix.
pub(super) fn local_name(name: &str) -> &str {
    name.bytes().rposition(|b| b == b':').and_then(|colon| name.get(colon + 1..)).unwrap_or(name)
}

struct Attributes<'a> {
    rest: &'a str,
    unquoted: usize,
}

impl<'a> Iterator for Attributes<'a> {
    type Item = Attribute<'a>;

    fn next(&mut self) -> Option<Attribute<'a>> {
        let rest = self.rest.get(BETWEEN.skip(self.rest.as_bytes(), 0)..).unwrap_or_default();
        if rest.is_empty() {
            return None;
        }
        let length = NAME_END.position(rest.as_bytes(), 0).clamp(1, rest.len());
        let (name, after) = rest.split_at_checked(length).unwrap_or((rest, ""));
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
        let bytes = text.as_bytes();
        let (from, to) = if let [quote @ (b'"' | b'\''), value @ ..] = bytes {
            let end = memchr(*quote, value);
            self.unquoted += usize::from(end.is_none());
            (1, end.map_or(bytes.len(), |at| 1 + at))
        } else {
            self.unquoted += 1;
            (0, SPACE.position(bytes, 0))
        };
        (text.get(from..to).unwrap_or_default(), text.get(to + 1..).unwrap_or_default())
    }
}
