//! From the bytes of a document to text: which character encoding they are in,
//! why it is thought so, and the decoding.
//!
//! The order is: byte-order mark; patterns of zero bytes; valid UTF-8; the HTTP
//! header; the XML declaration; `<meta>`; statistics. It differs from RFC 7303
//! where servers and documents lie: what is valid UTF-8 is UTF-8, whoever says otherwise.

use super::code_page::{Page, page_of};
use super::repair::{RepairKind, Repairs};
use super::{Hints, ebcdic};
use crate::text::windows_1252;
use encoding_rs::{Encoding, REPLACEMENT, UTF_8, UTF_16BE, UTF_16LE};
use std::borrow::Cow;

/// The character encoding that a document was read in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Charset {
    /// The name in the WHATWG Encoding Standard (`UTF-8`, `windows-1251`), or
    /// that of one which the standard leaves out (`UTF-32LE`).
    pub label: &'static str,
    /// What decided it.
    pub source: CharsetSource,
}

/// What decided the character encoding, strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CharsetSource {
    /// A byte-order mark.
    ByteOrderMark,
    /// The zero bytes of UTF-16 or UTF-32, or the first letters of EBCDIC.
    Pattern,
    /// The bytes are valid UTF-8 with at least one character beyond ASCII, or ASCII throughout.
    ValidUtf8,
    /// `charset` in the HTTP `Content-Type`.
    Http,
    /// `encoding` in the XML declaration.
    Declaration,
    /// `charset` in an HTML `<meta>`.
    Meta,
    /// Statistics of the bytes.
    Detection,
}

impl CharsetSource {
    /// In words, for the trace: "byte-order mark", "HTTP header".
    #[must_use]
    pub const fn describe(self) -> &'static str {
        match self {
            Self::ByteOrderMark => "byte-order mark",
            Self::Pattern => "pattern of the first bytes",
            Self::ValidUtf8 => "the bytes are valid UTF-8",
            Self::Http => "HTTP header",
            Self::Declaration => "XML declaration",
            Self::Meta => "meta element",
            Self::Detection => "detection",
        }
    }
}

/// How far into a document its declarations are looked for, in bytes.
const HEAD: usize = 1024;

/// Text and the character encoding that it was read in.
pub(super) struct Decoded<'a> {
    pub(super) text: Cow<'a, str>,
    pub(super) charset: Charset,
}

/// Decodes a document; never fails, since what cannot be decoded becomes U+FFFD.
/// Characters that neither XML nor JSON allow are dropped.
pub(super) fn decode<'a>(bytes: &'a [u8], hints: Hints<'_>, repairs: &mut Repairs) -> Decoded<'a> {
    let mut decoded = by_mark(bytes, repairs)
        .or_else(|| by_pattern(bytes, repairs))
        .or_else(|| as_utf8(bytes, hints, repairs))
        .unwrap_or_else(|| as_declared(bytes, hints, repairs));
    drop_controls(&mut decoded.text, repairs);
    decoded
}

fn by_mark<'a>(bytes: &'a [u8], repairs: &mut Repairs) -> Option<Decoded<'a>> {
    let source = CharsetSource::ByteOrderMark;
    match bytes {
        [0xff, 0xfe, 0, 0, rest @ ..] => Some(utf32(rest, u32::from_le_bytes, "UTF-32LE", source, repairs)),
        [0, 0, 0xfe, 0xff, rest @ ..] => Some(utf32(rest, u32::from_be_bytes, "UTF-32BE", source, repairs)),
        _ => {
            let (encoding, length) = Encoding::for_bom(bytes)?;
            Some(with(encoding, bytes.get(length..).unwrap_or_default(), source, repairs))
        }
    }
}

/// A `<` and what follows it, in an encoding that is not a superset of ASCII
/// (appendix F of the XML specification); white space may stand before it.
fn by_pattern<'a>(bytes: &'a [u8], repairs: &mut Repairs) -> Option<Decoded<'a>> {
    let source = CharsetSource::Pattern;
    match *bytes {
        [b'<' | b'{' | b' ' | b'\n' | b'\r', 0, 0, 0, ..] => {
            Some(utf32(bytes, u32::from_le_bytes, "UTF-32LE", source, repairs))
        }
        [0, 0, 0, b'<' | b'{' | b' ' | b'\n' | b'\r', ..] => {
            Some(utf32(bytes, u32::from_be_bytes, "UTF-32BE", source, repairs))
        }
        [b'<' | b'{' | b' ' | b'\n' | b'\r', 0, _, 0, ..] => Some(with(UTF_16LE, bytes, source, repairs)),
        [0, b'<' | b'{' | b' ' | b'\n' | b'\r', 0, _, ..] => Some(with(UTF_16BE, bytes, source, repairs)),
        _ if bytes.starts_with(&ebcdic::BEGIN) => Some(as_ebcdic(bytes, repairs)),
        _ => None,
    }
}

fn as_ebcdic<'a>(bytes: &[u8], repairs: &mut Repairs) -> Decoded<'a> {
    let page = ebcdic::declared(bytes.get(..HEAD).unwrap_or(bytes)).unwrap_or_else(|| {
        repairs.note(RepairKind::UnknownCharset);
        ebcdic::Page::usual()
    });
    let charset = Charset { label: page.name, source: CharsetSource::Pattern };
    Decoded { text: Cow::Owned(page.decode(bytes)), charset }
}

/// UTF-8 where the bytes are valid, or nearly so: a document with many good
/// sequences and few bad bytes has lost a byte, not changed its encoding.
fn as_utf8<'a>(bytes: &'a [u8], hints: Hints<'_>, repairs: &mut Repairs) -> Option<Decoded<'a>> {
    let charset = Charset { label: UTF_8.name(), source: CharsetSource::ValidUtf8 };
    let declared = || declared(bytes, hints).next().map(|(label, _)| label);
    let Ok(text) = std::str::from_utf8(bytes) else {
        let quality = Utf8Quality::of(bytes);
        let is_said = declared() == Some(Label::Standard(UTF_8));
        // Where nothing is said, anything else would be a guess.
        let is_likely = declared().is_none() && quality.good > 0 && quality.good >= 2 * quality.bad;
        return (quality.good > 10 * quality.bad || is_said && quality.good > quality.bad || is_likely)
            .then(|| with(UTF_8, bytes, CharsetSource::ValidUtf8, repairs));
    };
    if text.is_ascii() {
        // Seven bits say nothing against an encoding that shifts by escape sequences.
        let may_shift = memchr::memchr(0x1b, bytes).is_some() && declared().is_some();
        return (!may_shift).then_some(Decoded { text: Cow::Borrowed(text), charset });
    }
    if declared().is_some_and(|label| label != Label::Standard(UTF_8)) {
        repairs.note(RepairKind::WrongCharset);
    }
    Some(Decoded { text: Cow::Borrowed(text), charset })
}

/// How many sequences beyond ASCII are valid UTF-8, and how many are not.
struct Utf8Quality {
    good: usize,
    bad: usize,
}

impl Utf8Quality {
    fn of(bytes: &[u8]) -> Self {
        let mut quality = Self { good: 0, bad: 0 };
        for chunk in bytes.utf8_chunks() {
            quality.good += chunk.valid().bytes().filter(|&b| b >= 0xc0).count();
            quality.bad += usize::from(!chunk.invalid().is_empty());
            // It will not become UTF-8 again.
            if quality.bad > 100 && quality.good < quality.bad {
                break;
            }
        }
        quality
    }
}

/// By the first declaration that names a known encoding, else by statistics.
fn as_declared<'a>(bytes: &'a [u8], hints: Hints<'_>, repairs: &mut Repairs) -> Decoded<'a> {
    for (label, source) in declared(bytes, hints) {
        match label {
            // Its decoder gives one U+FFFD for the whole document.
            Label::Standard(encoding) if encoding == REPLACEMENT => repairs.note(RepairKind::UnknownCharset),
            Label::Unknown => repairs.note(RepairKind::UnknownCharset),
            // If it were, `as_utf8` or `by_pattern` would have taken it.
            Label::Standard(encoding) if [UTF_8, UTF_16LE, UTF_16BE].contains(&encoding) => {
                repairs.note(RepairKind::WrongCharset);
            }
            Label::Standard(encoding) => return with(encoding, bytes, source, repairs),
            Label::Page(page) => {
                let charset = Charset { label: page.name, source };
                return Decoded { text: Cow::Owned(page.decode(bytes)), charset };
            }
        }
    }
    if bytes.trim_ascii_start().starts_with(b"{") {
        // RFC 8259, section 8.1: JSON is UTF-8.
        return with(UTF_8, bytes, CharsetSource::ValidUtf8, repairs);
    }
    with(detected(bytes), bytes, CharsetSource::Detection, repairs)
}

fn detected(bytes: &[u8]) -> &'static Encoding {
    let mut detector = chardetng::EncodingDetector::new(chardetng::Iso2022JpDetection::Allow);
    detector.feed(bytes, true);
    detector.guess(None, chardetng::Utf8Detection::Deny)
}

/// What a declaration names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Label {
    /// An encoding of the WHATWG standard.
    Standard(&'static Encoding),
    /// A code page.
    Page(&'static Page),
    /// Nothing that is known.
    Unknown,
}

/// What the header, the XML declaration and `<meta>` say, in this order.
fn declared<'a>(bytes: &'a [u8], hints: Hints<'a>) -> impl Iterator<Item = (Label, CharsetSource)> + 'a {
    let head = bytes.get(..HEAD).unwrap_or(bytes);
    let http = move || hints.content_type.and_then(|value| value_of(value.as_bytes(), b"charset"));
    let declaration = move || {
        let rest = head.get(find(head, b"<?xml")?..)?;
        value_of(rest.split(|&b| b == b'>').next()?, b"encoding")
    };
    let meta = move || value_of(head.get(find(head, b"<meta")?..)?, b"charset");
    let label = |label: Option<&[u8]>, source| Some((encoding_of(label?), source));
    std::iter::once_with(move || label(http(), CharsetSource::Http))
        .chain(std::iter::once_with(move || label(declaration(), CharsetSource::Declaration)))
        .chain(std::iter::once_with(move || label(meta(), CharsetSource::Meta)))
        .flatten()
}

/// The encoding of a label: the standard's own, else written with other
/// separators (`windows_1251`, `mac-cyrillic`), else a code page.
fn encoding_of(label: &[u8]) -> Label {
    let tidy = label.to_ascii_lowercase().iter().map(|&b| if b == b'_' { b'-' } else { b }).collect::<Vec<_>>();
    let standard = match tidy.as_slice() {
        b"mac-cyrillic" | b"maccyrillic" => Encoding::for_label(b"x-mac-cyrillic"),
        b"mac-roman" | b"macroman" => Encoding::for_label(b"macintosh"),
        tidy => Encoding::for_label(tidy),
    };
    match (standard, page_of(&tidy)) {
        (Some(encoding), _) => Label::Standard(encoding),
        (None, Some(page)) => Label::Page(page),
        (None, None) => Label::Unknown,
    }
}

/// The value in `name=value`, quoted or not, whatever the case of the name.
fn value_of<'a>(text: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let after = text.get(find(text, name)? + name.len()..)?;
    let value = after.trim_ascii_start().strip_prefix(b"=")?.trim_ascii_start();
    let value = match value {
        [quote @ (b'"' | b'\''), rest @ ..] => rest.split(|b| b == quote).next(),
        _ => value.split(|b| b.is_ascii_whitespace() || b";>?\"'".contains(b)).next(),
    };
    value.map(<[u8]>::trim_ascii).filter(|value| !value.is_empty())
}

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    let (&first, rest) = what.split_first()?;
    memchr::memchr2_iter(first.to_ascii_lowercase(), first.to_ascii_uppercase(), text)
        .find(|&at| text.get(at + 1..at + what.len()).is_some_and(|window| window.eq_ignore_ascii_case(rest)))
}

fn with<'a>(encoding: &'static Encoding, bytes: &'a [u8], source: CharsetSource, repairs: &mut Repairs) -> Decoded<'a> {
    let (text, has_errors) = encoding.decode_without_bom_handling(bytes);
    if has_errors {
        repairs.add(RepairKind::InvalidByte, text.matches('\u{fffd}').count());
    }
    Decoded { text, charset: Charset { label: encoding.name(), source } }
}

/// UTF-32, which the standard leaves out but some old feeds are in.
fn utf32<'a>(
    bytes: &[u8],
    read: fn([u8; 4]) -> u32,
    label: &'static str,
    source: CharsetSource,
    repairs: &mut Repairs,
) -> Decoded<'a> {
    let (units, rest) = bytes.as_chunks::<4>();
    let mut bad = usize::from(!rest.is_empty());
    let text = units
        .iter()
        .map(|unit| {
            char::from_u32(read(*unit)).unwrap_or_else(|| {
                bad += 1;
                char::REPLACEMENT_CHARACTER
            })
        })
        .collect();
    repairs.add(RepairKind::InvalidByte, bad);
    Decoded { text: Cow::Owned(text), charset: Charset { label, source } }
}

/// Neither XML 1.0 nor JSON allows a control character other than tab and line break.
pub(super) fn is_forbidden(byte: u8) -> bool {
    byte < b' ' && byte != b'\t' && byte != b'\n' && byte != b'\r'
}

fn drop_controls(text: &mut Cow<'_, str>, repairs: &mut Repairs) {
    if !has_controls(text.as_bytes()) {
        return;
    }
    repairs.add(RepairKind::ControlCharacter, text.bytes().filter(|&b| is_forbidden(b)).count());
    text.to_mut().retain(|c| !u8::try_from(c).is_ok_and(is_forbidden));
}

fn has_controls(text: &[u8]) -> bool {
    // Without a branch for each byte, the compiler looks at all of a chunk at once.
    // What is left after the last one is looked at again with what is before it.
    let has_some = |chunk: &[u8; 64]| chunk.iter().fold(false, |found, &b| found | is_forbidden(b));
    match text.last_chunk() {
        Some(last) => text.as_chunks().0.iter().any(has_some) || has_some(last),
        None => text.iter().any(|&b| is_forbidden(b)),
    }
}

/// Decodes again a text that was encoded twice: UTF-8 that was taken for Latin-1
/// or windows-1252 and encoded as UTF-8 once more (`Ã©` for `é`).
/// `None` unless the whole text round-trips, which real text does not do.
pub(super) fn undouble(text: &str) -> Option<String> {
    // The first character beyond ASCII must be the first byte of a sequence, and
    // the next one its second.
    let at = first_beyond_ascii(text)?;
    let mut rest = text.get(at..)?.chars();
    if !('\u{c2}'..='\u{f4}').contains(&rest.next()?) {
        return None;
    }
    if !(0x80..0xc0).contains(&windows_1252::byte(rest.next()?)?) {
        return None;
    }
    let mut bytes = Vec::with_capacity(text.len());
    for c in text.chars() {
        bytes.push(windows_1252::byte(c)?);
    }
    String::from_utf8(bytes).ok()
}

/// Where the first character beyond ASCII stands.
fn first_beyond_ascii(text: &str) -> Option<usize> {
    // A chunk is looked at all at once.
    const CHUNK: usize = 64;
    let from = CHUNK * text.as_bytes().chunks(CHUNK).position(|chunk| !chunk.is_ascii())?;
    Some(from + text.bytes().skip(from).position(|b| !b.is_ascii())?)
}

/// Replaces the C1 controls by what their codes mean in windows-1252; `None`
/// where there are none.
pub(super) fn demoronize(text: &str) -> Option<String> {
    // U+0080 to U+009F are the bytes C2 80 to C2 9F.
    let is_c1 = |at: usize| text.as_bytes().get(at + 1).is_some_and(|&b| b < 0xa0);
    if !memchr::memchr_iter(0xc2, text.as_bytes()).any(is_c1) {
        return None;
    }
    Some(text.chars().map(|c| u8::try_from(c).map_or(c, windows_1252::character)).collect())
}
