//! An HTML fragment to pieces, by the tokenization section of the HTML standard
//! (<https://html.spec.whatwg.org/multipage/parsing.html#tokenization>), less
//! what has no effect on text: names and values of attributes are passed over.
//!
//! Every byte is looked at a fixed number of times. A tag whose quote is never
//! closed would take the rest of the fragment with it; its end is guessed
//! instead, in at most [`MAX_MISSING_QUOTES`] tags.

use super::element::Content;
use crate::text::scan::{SPACE, Set, near};
use memchr::{memchr, memchr_iter};

/// How many times a missing quote is put right in one fragment: each costs a
/// search to its end.
const MAX_MISSING_QUOTES: u32 = 4;

/// What ends the name of a tag, its prefix, the name of an attribute, and a value
/// without quotes.
const NAME_END: Set = Set::of(b" \t\n\r\x0c/>");
const PREFIX_END: Set = Set::of(b" \t\n\r\x0c/>:");
const ATTRIBUTE_END: Set = Set::of(b" \t\n\r\x0c/>=");
const VALUE_END: Set = Set::of(b" \t\n\r\x0c>");

/// A piece of a fragment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// Text whose references are to be decoded.
    Text(&'a str),
    /// Text that is to be taken as it stands.
    Verbatim(&'a str),
    /// A tag.
    Tag(Tag<'a>),
}

/// A tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tag<'a> {
    /// As written, without the prefix that XHTML may give it.
    pub(super) name: &'a str,
    /// It has such a prefix, and so is XML, where what is in any element is markup.
    has_prefix: bool,
    pub(super) kind: TagKind,
}

/// The kinds of tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TagKind {
    Start,
    /// `<br/>`; it is taken as empty whatever its name, as XHTML has it.
    Empty,
    End,
}

/// Reads a fragment piece by piece. Comments, declarations and instructions are
/// passed over.
pub(super) struct Markup<'a> {
    rest: &'a str,
    /// The front of `rest` that is no markup, and how it is to be read.
    raw: Option<(usize, Content)>,
    missing_quotes: u32,
}

impl<'a> Markup<'a> {
    pub(super) fn new(html: &'a str) -> Self {
        Self { rest: html, raw: None, missing_quotes: 0 }
    }

    fn take(&mut self, length: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at_checked(length).unwrap_or((self.rest, ""));
        self.rest = rest;
        taken
    }

    /// The next piece, whatever element it is in.
    #[inline]
    fn piece(&mut self) -> Option<Piece<'a>> {
        loop {
            let bytes = self.rest.as_bytes();
            let (name, kind) = match bytes {
                [] => return None,
                [b'<', b'a'..=b'z' | b'A'..=b'Z', ..] => (1, TagKind::Start),
                [b'<', b'/', b'a'..=b'z' | b'A'..=b'Z', ..] => (2, TagKind::End),
                [b'<', b'!', b'-', b'-', comment @ ..] => {
                    self.take(comment_end(comment).map_or(bytes.len(), |end| "<!--".len() + end));
                    continue;
                }
                // Declarations and CDATA sections, too, end at the first `>`.
                [b'<', b'!' | b'?', ..] | [b'<', b'/', _, ..] => {
                    self.take(memchr(b'>', bytes).map_or(bytes.len(), |at| at + 1));
                    continue;
                }
                // A `<` that begins no markup is text.
                [_, text @ ..] => {
                    let length = near(b'<', text).map_or(bytes.len(), |at| at + 1);
                    return Some(Piece::Text(self.take(length)));
                }
            };
            return self.tag(name, kind).map(Piece::Tag);
        }
    }

    /// Reads the tag whose name begins at `from`; a tag that does not end is dropped.
    #[inline]
    fn tag(&mut self, mut from: usize, kind: TagKind) -> Option<Tag<'a>> {
        let bytes = self.rest.as_bytes();
        let mut name_end = PREFIX_END.position(bytes, from);
        let has_prefix = bytes.get(name_end) == Some(&b':');
        if has_prefix {
            from = name_end + 1;
            name_end = NAME_END.position(bytes, from);
        }
        let name = self.rest.get(from..name_end).unwrap_or_default();
        let (length, is_empty) = match TagEnd::find(bytes, name_end) {
            TagEnd::Closed { length, is_empty } => (length, is_empty),
            TagEnd::InValue(at) if self.missing_quotes < MAX_MISSING_QUOTES => {
                self.missing_quotes += 1;
                let value = bytes.get(at..).unwrap_or_default();
                (at + memchr(b'>', value).unwrap_or(value.len()) + 1, false)
            }
            TagEnd::InValue(_) | TagEnd::Cut => (bytes.len() + 1, false),
        };
        if length > bytes.len() {
            self.rest = "";
            return None;
        }
        self.take(length);
        let kind = if is_empty && kind == TagKind::Start { TagKind::Empty } else { kind };
        Some(Tag { name, has_prefix, kind })
    }

    /// Passes over what is in an element and its end tag.
    pub(super) fn skip_element(&mut self, name: &str) {
        if let Some((length, _)) = self.raw.take() {
            self.take(length);
        }
        while let Some(piece) = self.piece() {
            if matches!(piece, Piece::Tag(tag) if tag.kind == TagKind::End && tag.name.eq_ignore_ascii_case(name)) {
                return;
            }
        }
    }
}

impl<'a> Iterator for Markup<'a> {
    type Item = Piece<'a>;

    #[inline]
    fn next(&mut self) -> Option<Piece<'a>> {
        if let Some((length, content)) = self.raw.take().filter(|(length, _)| *length > 0) {
            let text = self.take(length);
            return Some(if content == Content::Text { Piece::Text(text) } else { Piece::Verbatim(text) });
        }
        let piece = self.piece()?;
        if let Piece::Tag(Tag { name, has_prefix: false, kind: TagKind::Start }) = piece {
            let rest = self.rest.as_bytes();
            self.raw = match Content::of(name) {
                Content::Markup => None,
                Content::Endless => Some((rest.len(), Content::Endless)),
                Content::Script => Some((script_end(rest), Content::Script)),
                content => Some((raw_end(rest, name.as_bytes()), content)),
            };
        }
        Some(piece)
    }
}

/// Where a tag ends.
enum TagEnd {
    /// Its length, `>` included.
    Closed { length: usize, is_empty: bool },
    /// Not outside the quoted value that begins here.
    InValue(usize),
    /// Nowhere.
    Cut,
}

impl TagEnd {
    /// Finds the end of the tag at the start of `bytes` whose name ends at `at`.
    #[inline]
    fn find(bytes: &[u8], at: usize) -> Self {
        match bytes.get(at) {
            Some(b'>') => Self::Closed { length: at + 1, is_empty: false },
            _ => Self::find_after_attributes(bytes, at),
        }
    }

    fn find_after_attributes(bytes: &[u8], mut at: usize) -> Self {
        loop {
            at = SPACE.skip(bytes, at);
            match bytes.get(at..).unwrap_or_default() {
                [] => return Self::Cut,
                [b'>', ..] => return Self::Closed { length: at + 1, is_empty: false },
                [b'/', b'>', ..] => return Self::Closed { length: at + 2, is_empty: true },
                [b'/', ..] => {
                    at += 1;
                    continue;
                }
                _ => {}
            }
            // A name may begin with `=`.
            at = SPACE.skip(bytes, ATTRIBUTE_END.position(bytes, at + 1));
            if bytes.get(at) != Some(&b'=') {
                continue;
            }
            at = SPACE.skip(bytes, at + 1);
            at = match bytes.get(at) {
                Some(&quote @ (b'"' | b'\'')) => {
                    let value = bytes.get(at + 1..).unwrap_or_default();
                    match memchr(quote, value) {
                        Some(length) => at + 1 + length + 1,
                        None => return Self::InValue(at + 1),
                    }
                }
                _ => VALUE_END.position(bytes, at),
            };
        }
    }
}

/// The length of what follows `<!--`, up to and with the end of the comment.
fn comment_end(comment: &[u8]) -> Option<usize> {
    let ends = |at: &usize| {
        let inside = comment.get(..*at).unwrap_or_default();
        // `<!-->` and `<!--->` are comments, too.
        inside.is_empty() || inside == b"-" || inside.ends_with(b"--") || inside.ends_with(b"--!")
    };
    memchr_iter(b'>', comment).find(ends).map(|at| at + 1)
}

/// The length of the text up to the end tag with this name.
fn raw_end(text: &[u8], name: &[u8]) -> usize {
    memchr_iter(b'<', text).find(|&at| is_end_tag(text, at, name)).unwrap_or(text.len())
}

fn is_end_tag(text: &[u8], at: usize, name: &[u8]) -> bool {
    text.get(at + 1) == Some(&b'/') && is_tag_name(text, at + 2, name)
}

/// The name stands here, whole.
fn is_tag_name(text: &[u8], at: usize, name: &[u8]) -> bool {
    let end = at + name.len();
    text.get(at..end).is_some_and(|found| found.eq_ignore_ascii_case(name))
        && text.get(end).is_some_and(|&b| NAME_END.has(b))
}

/// The length of a script. In what looks like a comment, a `<script>` hides the
/// next `</script>`: the "script data escaped" and "double escaped" states.
fn script_end(text: &[u8]) -> usize {
    let name = b"script";
    let (mut is_escaped, mut is_double) = (false, false);
    let mut at = 0;
    while let Some(found) = memchr::memchr2(b'<', b'-', text.get(at..).unwrap_or_default()) {
        at += found;
        let rest = text.get(at..).unwrap_or_default();
        if is_escaped && rest.starts_with(b"-->") {
            (is_escaped, is_double) = (false, false);
        } else if !is_escaped && rest.starts_with(b"<!--") {
            is_escaped = true;
            // `<!-->` ends at once: its dashes count twice.
            at += "<!".len();
            continue;
        } else if !is_double && is_end_tag(text, at, name) {
            return at;
        } else if is_double && is_end_tag(text, at, name) {
            is_double = false;
        } else if is_escaped && rest.starts_with(b"<") && is_tag_name(text, at + 1, name) {
            is_double = true;
        }
        at += 1;
    }
    text.len()
}
