//! HTML to plain text: inline tags vanish, block tags become paragraph breaks
//! (a blank line), `<br>` a newline; scripts, styles and comments are dropped,
//! entities decoded, white space collapsed save in `<pre>`.
//!
//! It also judges whether a text that should be plain is HTML after all. Which
//! field is taken for what is for `feed` to say.

use html5gum::{Emitter, State, Tokenizer, naive_next_state};
use std::convert::Infallible;

/// The plain text of an HTML fragment, without white space at its ends.
///
/// The result is never longer than the input by more than a few bytes, and the
/// time is linear in it. A tag written as empty (`<script/>`) is taken as empty,
/// as XHTML has it.
///
/// ```
/// use newswatch::text::html::to_text;
/// assert_eq!(to_text("<p>Fish &amp; <b>ch</b>ips<p>5&nbsp;&pound;<br>only"), "Fish & chips\n\n5 £\nonly");
/// ```
#[must_use]
pub fn to_text(html: &str) -> String {
    read(html).text
}

/// What an HTML fragment says, and whether it has any markup in it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reading {
    /// The plain text.
    pub text: String,
    /// The fragment has at least one tag.
    pub has_tags: bool,
}

/// Reads an HTML fragment, as [`to_text`] does.
#[must_use]
pub fn read(html: &str) -> Reading {
    let mut text = TextEmitter { out: Vec::with_capacity(html.len()), ..TextEmitter::default() };
    let Ok(()) = Tokenizer::new_with_emitter(html, Sink(&mut text)).finish();
    for _ in 0..MAX_MISSING_QUOTES {
        let Some(swallowed) = text.swallowed() else { break };
        let Ok(()) = Tokenizer::new_with_emitter(swallowed.as_str(), Sink(&mut text)).finish();
    }
    let has_tags = text.has_tags;
    Reading { text: into_string(text.out), has_tags }
}

/// How many times a missing quote is put right in one fragment.
const MAX_MISSING_QUOTES: usize = 4;

/// The input is UTF-8 and is cut only beside ASCII, so nothing is lost here.
fn into_string(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into())
}

/// Whether a text that is nominally plain is HTML: it has an end tag, an empty
/// element, an attribute or a character reference, and no tag that HTML does not know.
///
/// It errs on the side of plain text, since taking text for markup loses words.
#[must_use]
pub fn looks_like_html(text: &str) -> bool {
    let mut evidence = has_reference(text);
    for (at, _) in text.match_indices('<') {
        match Tag::read(text.get(at + 1..).unwrap_or_default()) {
            Some(tag) if !is_element(tag.name) => return false,
            Some(tag) => evidence |= tag.certain,
            None => {}
        }
    }
    evidence
}

/// Whether HTML knows an element of this name, in any case of letters.
#[must_use]
pub fn is_element(name: &str) -> bool {
    let mut lower = [0; 12];
    let Some(lower) = lower.get_mut(..name.len()) else { return false };
    lower.copy_from_slice(name.as_bytes());
    lower.make_ascii_lowercase();
    effect_of(lower) != Effect::Unknown
}

struct Tag<'a> {
    name: &'a str,
    /// Nobody writes such a thing in plain text.
    certain: bool,
}

impl<'a> Tag<'a> {
    /// Reads what follows a `<`, if it is a tag.
    fn read(after: &'a str) -> Option<Self> {
        let (is_end, rest) = after.strip_prefix('/').map_or((false, after), |rest| (true, rest));
        let length = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
        let (name, rest) = rest.split_at_checked(length)?;
        let inside = rest.split(['<', '>']).next().unwrap_or_default();
        let is_closed = rest.get(inside.len()..).is_some_and(|tail| tail.starts_with('>'));
        name.starts_with(|c: char| c.is_ascii_alphabetic())
            .then_some(Self { name, certain: is_closed && (is_end || inside.contains('=') || is_void(name)) })
    }
}

fn is_void(name: &str) -> bool {
    ["br", "hr", "img", "wbr"].iter().any(|void| name.eq_ignore_ascii_case(void))
}

/// `&amp;`, `&#39;`, `&eacute;`: with its semicolon, and known.
fn has_reference(text: &str) -> bool {
    text.match_indices('&').any(|(at, _)| {
        let rest = text.get(at..).unwrap_or_default();
        let Some(end) = rest.bytes().take(40).position(|b| b == b';') else { return false };
        let name = rest.get(..=end).unwrap_or_default();
        let digits = name.trim_matches(['&', ';', '#']).trim_start_matches(['x', 'X']);
        match name.as_bytes().get(1) {
            Some(b'#') => !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_hexdigit()),
            _ => htmlize::ENTITIES.contains_key(name.as_bytes()),
        }
    })
}

/// What a tag does to the text around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Effect {
    /// It vanishes.
    Inline,
    /// A newline where it stands.
    Line,
    /// A blank line where it begins and where it ends.
    Block,
    /// A block whose white space counts.
    Preformatted,
    /// It is dropped with all that is in it.
    Dropped,
    /// HTML does not know it; it vanishes.
    Unknown,
}

/// By the rendering section of the HTML standard; a table's cells stand on lines of their own.
fn effect_of(name: &[u8]) -> Effect {
    match name {
        b"p" | b"div" | b"li" | b"ul" | b"ol" | b"h1" | b"h2" | b"h3" | b"h4" | b"h5" | b"h6" | b"blockquote"
        | b"table" | b"tr" | b"tbody" | b"thead" | b"tfoot" | b"caption" | b"section" | b"article" | b"aside"
        | b"header" | b"footer" | b"main" | b"nav" | b"figure" | b"figcaption" | b"dl" | b"dt" | b"dd" | b"hr"
        | b"address" | b"center" | b"details" | b"summary" | b"fieldset" | b"legend" | b"form" | b"hgroup" | b"dir"
        | b"menu" | b"dialog" | b"search" | b"body" | b"html" | b"head" | b"title" | b"frameset" | b"optgroup" => {
            Effect::Block
        }
        b"pre" | b"listing" | b"xmp" | b"plaintext" => Effect::Preformatted,
        b"br" | b"td" | b"th" | b"option" => Effect::Line,
        b"script" | b"style" | b"noscript" | b"iframe" | b"noembed" | b"noframes" | b"template" => Effect::Dropped,
        b"a" | b"abbr" | b"acronym" | b"applet" | b"area" | b"audio" | b"b" | b"base" | b"basefont" | b"bdi"
        | b"bdo" | b"big" | b"blink" | b"button" | b"canvas" | b"cite" | b"code" | b"col" | b"colgroup" | b"data"
        | b"datalist" | b"del" | b"dfn" | b"em" | b"embed" | b"font" | b"frame" | b"i" | b"img" | b"input" | b"ins"
        | b"kbd" | b"label" | b"link" | b"map" | b"mark" | b"marquee" | b"math" | b"meta" | b"meter" | b"nobr"
        | b"object" | b"output" | b"param" | b"picture" | b"progress" | b"q" | b"rp" | b"rt" | b"ruby" | b"s"
        | b"samp" | b"select" | b"slot" | b"small" | b"source" | b"span" | b"strike" | b"strong" | b"sub" | b"sup"
        | b"svg" | b"textarea" | b"time" | b"track" | b"tt" | b"u" | b"var" | b"video" | b"wbr" => Effect::Inline,
        _ => Effect::Unknown,
    }
}

/// What tag is being read.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum TagKind {
    #[default]
    None,
    Start,
    /// `<br/>`.
    Empty,
    End,
}

/// Writes the text as the tokenizer reads it; nothing is allocated for a tag.
#[derive(Debug, Default)]
struct TextEmitter {
    out: Vec<u8>,
    /// Newlines to write before the next word; at most 2.
    newlines: u8,
    /// White space to write before the next word, unless a newline is due.
    space: bool,
    /// The first byte of a character is still to be written.
    has_half: bool,
    /// Open elements whose white space counts.
    preformatted: u32,
    has_tags: bool,
    tag: Vec<u8>,
    kind: TagKind,
    /// The value of the attribute that is being read.
    value: Vec<u8>,
    /// The element that is being dropped; empty where none is.
    dropping: Vec<u8>,
    /// The last start tag: only its end tag ends a `<script>`.
    last_start: Vec<u8>,
}

impl TextEmitter {
    /// What a value has swallowed whose closing quote is missing, where the
    /// fragment ended in it: HTML drops that, and a feed's text may be in it.
    fn swallowed(&mut self) -> Option<String> {
        let end = self.value.iter().position(|&b| b == b'>').filter(|_| self.kind != TagKind::None)?;
        self.end_tag();
        let rest = self.value.split_off(end + 1);
        Some(into_string(rest))
    }

    fn text(&mut self, text: &[u8]) {
        if !self.dropping.is_empty() {
            return;
        }
        if self.preformatted > 0 {
            return self.verbatim(text);
        }
        let mut rest = self.take_half(text);
        while !rest.is_empty() {
            let (word, after) = rest.split_at(stretch_length(rest));
            self.word(word);
            rest = self.skip_space(after);
        }
    }

    /// The tokenizer may cut a text inside a character. The first half of what
    /// may be a no-break space is kept until the second comes.
    fn take_half<'a>(&mut self, text: &'a [u8]) -> &'a [u8] {
        let mut rest = text;
        if !text.is_empty() && std::mem::take(&mut self.has_half) {
            match text {
                [0xa0, after @ ..] => {
                    self.space = true;
                    rest = after;
                }
                _ => self.word(&[NO_BREAK_SPACE]),
            }
        }
        if let [before @ .., NO_BREAK_SPACE] = rest {
            self.has_half = true;
            rest = before;
        }
        rest
    }

    /// Takes white space off the front and remembers that there was some.
    fn skip_space<'a>(&mut self, mut text: &'a [u8]) -> &'a [u8] {
        while let [b' ' | b'\t' | b'\n' | b'\r' | 0x0c, rest @ ..] | [NO_BREAK_SPACE, 0xa0, rest @ ..] = text {
            self.space = true;
            text = rest;
        }
        text
    }

    fn word(&mut self, word: &[u8]) {
        if word.is_empty() {
            return;
        }
        self.write_gap();
        self.out.extend_from_slice(word);
    }

    fn verbatim(&mut self, text: &[u8]) {
        let text = if self.newlines > 0 { text.strip_prefix(b"\n").unwrap_or(text) } else { text };
        self.word(text);
    }

    fn write_gap(&mut self) {
        if !self.out.is_empty() {
            match self.newlines {
                0 if self.space => self.out.push(b' '),
                0 => {}
                count => self.out.extend((0..count).map(|_| b'\n')),
            }
        }
        self.newlines = 0;
        self.space = false;
    }

    fn begin_tag(&mut self, kind: TagKind) {
        self.tag.clear();
        self.value.clear();
        self.kind = kind;
    }

    /// Takes the tag that has been read, and returns how the tokenizer is to go on.
    fn end_tag(&mut self) -> Option<State> {
        let next = self.take_tag();
        self.kind = TagKind::None;
        next
    }

    fn take_tag(&mut self) -> Option<State> {
        self.has_tags = true;
        // XHTML may carry a prefix: `<html:p>`.
        if let Some(colon) = self.tag.iter().position(|&b| b == b':') {
            self.tag.drain(..=colon);
        }
        if !self.dropping.is_empty() {
            if self.kind == TagKind::End && self.tag == self.dropping {
                self.dropping.clear();
            }
            return None;
        }
        let effect = effect_of(&self.tag);
        self.apply(effect);
        if self.kind != TagKind::Start {
            return None;
        }
        self.last_start.clone_from(&self.tag);
        if effect == Effect::Dropped {
            self.dropping.clone_from(&self.tag);
        }
        naive_next_state(&self.tag)
    }

    fn apply(&mut self, effect: Effect) {
        match effect {
            Effect::Block => self.newlines = 2,
            Effect::Preformatted => {
                self.newlines = 2;
                self.preformatted = match self.kind {
                    TagKind::Start => self.preformatted.saturating_add(1),
                    TagKind::Empty | TagKind::None => self.preformatted,
                    TagKind::End => self.preformatted.saturating_sub(1),
                };
            }
            // `</td>` adds nothing to the `<td>` that follows; `</br>` is a `<br>` to browsers.
            Effect::Line if self.tag == b"br" => self.newlines = (self.newlines + 1).min(2),
            Effect::Line => self.newlines = self.newlines.max(1),
            Effect::Inline | Effect::Unknown | Effect::Dropped => {}
        }
    }
}

/// The first byte of U+00A0 in UTF-8, and of other characters.
const NO_BREAK_SPACE: u8 = 0xc2;

/// The bytes that can be written as they are: up to white space that is more
/// than one space between two words.
fn stretch_length(text: &[u8]) -> usize {
    let is_special = |&b: &u8| b <= b' ' || b == NO_BREAK_SPACE;
    let mut from = 0;
    while let Some(at) = text.get(from..).and_then(|rest| rest.iter().position(is_special)) {
        from += at;
        match text.get(from..) {
            Some([b' ', next, ..]) if from > 0 && !is_special(next) => from += 2,
            Some([NO_BREAK_SPACE, 0xa0, ..] | [b' ' | b'\t' | b'\n' | b'\r' | 0x0c, ..]) => return from,
            _ => from += 1,
        }
    }
    text.len()
}

/// Lends a [`TextEmitter`] to the tokenizer, which keeps what it is given.
struct Sink<'a>(&'a mut TextEmitter);

impl Emitter for Sink<'_> {
    type Token = Infallible;

    fn set_last_start_tag(&mut self, last_start_tag: Option<&[u8]>) {
        self.0.last_start = last_start_tag.unwrap_or_default().to_vec();
    }

    fn emit_string(&mut self, text: &[u8]) {
        self.0.text(text);
    }

    fn init_start_tag(&mut self) {
        self.0.begin_tag(TagKind::Start);
    }

    fn init_end_tag(&mut self) {
        self.0.begin_tag(TagKind::End);
    }

    fn push_tag_name(&mut self, name: &[u8]) {
        self.0.tag.extend_from_slice(name);
    }

    fn set_self_closing(&mut self) {
        if self.0.kind == TagKind::Start {
            self.0.kind = TagKind::Empty;
        }
    }

    fn init_attribute(&mut self) {
        self.0.value.clear();
    }

    fn push_attribute_value(&mut self, value: &[u8]) {
        self.0.value.extend_from_slice(value);
    }

    fn emit_current_tag(&mut self) -> Option<State> {
        self.0.end_tag()
    }

    fn current_is_appropriate_end_tag_token(&mut self) -> bool {
        self.0.kind == TagKind::End && !self.0.last_start.is_empty() && self.0.tag == self.0.last_start
    }

    fn should_emit_errors(&mut self) -> bool {
        false
    }

    fn pop_token(&mut self) -> Option<Infallible> {
        None
    }

    fn emit_eof(&mut self) {}
    fn emit_error(&mut self, _: html5gum::Error) {}
    fn init_comment(&mut self) {}
    fn push_comment(&mut self, _: &[u8]) {}
    fn emit_current_comment(&mut self) {}
    fn init_doctype(&mut self) {}
    fn push_doctype_name(&mut self, _: &[u8]) {}
    fn set_force_quirks(&mut self) {}
    fn set_doctype_public_identifier(&mut self, _: &[u8]) {}
    fn set_doctype_system_identifier(&mut self, _: &[u8]) {}
    fn push_doctype_public_identifier(&mut self, _: &[u8]) {}
    fn push_doctype_system_identifier(&mut self, _: &[u8]) {}
    fn emit_current_doctype(&mut self) {}
    fn push_attribute_name(&mut self, _: &[u8]) {}
}
