//! HTML to plain text: inline tags vanish, block tags become paragraph breaks
//! (a blank line), `<br>` a newline; scripts, styles and comments are dropped,
//! entities decoded, white space collapsed save in `<pre>`.
//!
//! It also judges whether a text that should be plain is HTML after all. Which
//! field is taken for what is for `feed` to say.

mod element;
mod layout;
mod markup;
mod reference;

use self::element::Effect;
use self::layout::Layout;
use self::markup::{Markup, Piece, TagKind};
use htmlize::{ENTITIES, ENTITY_MAX_LENGTH};
use memchr::memchr_iter;

/// The plain text of an HTML fragment, without white space at its ends.
///
/// The result is hardly ever longer than the input, at most by a fifth (`&nGt;` is five
/// bytes for six), and the time is linear in it. A tag written as empty (`<script/>`) is taken as empty,
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
    let mut layout = Layout::with_capacity(html.len());
    let mut markup = Markup::new(html);
    let mut has_tags = false;
    while let Some(piece) = markup.next() {
        match piece {
            Piece::Text(text) => layout.text(text),
            Piece::Verbatim(text) => layout.verbatim(text),
            Piece::Tag(tag) => {
                has_tags = true;
                let effect = Effect::of(tag.name);
                if effect == Effect::Dropped && tag.kind == TagKind::Start {
                    markup.skip_element(tag.name);
                }
                layout.tag(&tag, effect);
            }
        }
    }
    Reading { text: layout.into_string(), has_tags }
}

/// Whether a text that is nominally plain is HTML: it has an end tag, an empty
/// element, an attribute or a character reference, and no tag that HTML does not know.
///
/// It errs on the side of plain text, since taking text for markup loses words.
#[must_use]
pub fn looks_like_html(text: &str) -> bool {
    let mut evidence = has_reference(text);
    for at in memchr_iter(b'<', text.as_bytes()) {
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
    Effect::of(name) != Effect::Unknown
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
    let bytes = text.as_bytes();
    memchr_iter(b'&', bytes).any(|at| {
        let rest = bytes.get(at..).unwrap_or_default();
        let is_end = |b: &u8| !b.is_ascii_alphanumeric() && *b != b'#';
        let Some(length) = rest.iter().skip(1).take(ENTITY_MAX_LENGTH).position(is_end) else { return false };
        let Some((name, [b';', ..])) = rest.split_at_checked(1 + length) else { return false };
        match name {
            [b'&', b'#', b'x' | b'X', digits @ ..] => !digits.is_empty() && digits.iter().all(u8::is_ascii_hexdigit),
            [b'&', b'#', digits @ ..] => !digits.is_empty() && digits.iter().all(u8::is_ascii_digit),
            _ => rest.get(..name.len() + 1).is_some_and(|reference| ENTITIES.contains_key(reference)),
        }
    })
}
