//! References in XML text (`&amp;`, `&#8217;`, `&eacute;`) to characters.
//!
//! HTML's named entities are taken wherever they stand, since feeds use them
//! without declaring them. Entities that a document declares itself are never
//! expanded: they are how a few bytes become a gigabyte.

use super::charset::is_forbidden;
use super::repair::{RepairKind, Repairs};
use crate::text::scan::near;
use crate::text::windows_1252;
use memchr::memchr;
use std::borrow::Cow;

/// The longest reference, `&` and `;` included: that of HTML is
/// `&CounterClockwiseContourIntegral;`.
const LONGEST: usize = 40;

/// Decodes the references in a piece of XML text or in an attribute's value. An
/// `&` that begins none stands for itself.
pub(super) fn decode<'a>(text: &'a str, repairs: &mut Repairs) -> Cow<'a, str> {
    let Some(first) = memchr(b'&', text.as_bytes()) else { return Cow::Borrowed(text) };
    let mut out = String::with_capacity(text.len());
    let (before, mut rest) = text.split_at_checked(first).unwrap_or((text, ""));
    out.push_str(before);
    while !rest.is_empty() {
        // `rest` begins with `&`.
        let from = decode_one(rest, &mut out, repairs);
        let tail = rest.get(from..).unwrap_or_default();
        let (plain, after) = near(b'&', tail.as_bytes()).and_then(|at| tail.split_at_checked(at)).unwrap_or((tail, ""));
        out.push_str(plain);
        rest = after;
    }
    Cow::Owned(out)
}

/// Writes what the reference at the start of `text` stands for; returns its length.
fn decode_one(text: &str, out: &mut String, repairs: &mut Repairs) -> usize {
    // Escaped HTML is full of these.
    let common = match text.as_bytes() {
        [b'&', b'l', b't', b';', ..] => Some(('<', 4)),
        [b'&', b'g', b't', b';', ..] => Some(('>', 4)),
        [b'&', b'a', b'm', b'p', b';', ..] => Some(('&', 5)),
        [b'&', b'q', b'u', b'o', b't', b';', ..] => Some(('"', 6)),
        _ => None,
    };
    if let Some((character, length)) = common {
        out.push(character);
        return length;
    }
    let Some(name) = reference(text) else {
        repairs.note(RepairKind::BareAmpersand);
        out.push('&');
        return 1;
    };
    let length = name.len() + "&;".len();
    match name {
        "apos" => out.push('\''),
        _ if name.starts_with('#') => {
            let after = text.get(length..).unwrap_or_default();
            return length + number(name, after, out, repairs);
        }
        _ => named(text.get(..length).unwrap_or_default(), out, repairs),
    }
    length
}

/// The name between `&` and `;`, if there is one.
fn reference(text: &str) -> Option<&str> {
    let bytes = text.as_bytes();
    let from = 1 + usize::from(bytes.get(1) == Some(&b'#'));
    let length = bytes.iter().skip(from).take(LONGEST).position(|b| !b.is_ascii_alphanumeric())?;
    let end = from + length;
    if length > 0 && bytes.get(end) == Some(&b';') { text.get(1..end) } else { None }
}

/// Writes the character with this number; returns the length of a second reference
/// that it takes from `after` for the second half of a character of UTF-16.
fn number(name: &str, after: &str, out: &mut String, repairs: &mut Repairs) -> usize {
    let Some(code) = code(name) else {
        repairs.note(RepairKind::UnknownEntity);
        out.extend(["&", name, ";"]);
        return 0;
    };
    match code {
        0..0x20 if is_forbidden(code.to_le_bytes()[0]) => repairs.note(RepairKind::ControlCharacter),
        // The C1 controls mean windows-1252 there, as in HTML.
        0x80..0xa0 => out.push(windows_1252::character(code.to_le_bytes()[0])),
        _ => match char::from_u32(code) {
            Some(character) => out.push(character),
            None => return half(code, after, out, repairs),
        },
    }
    0
}

/// Takes a number that is no character's: half of one in UTF-16, or too large.
fn half(code: u32, after: &str, out: &mut String, repairs: &mut Repairs) -> usize {
    repairs.note(RepairKind::NoCharacter);
    let second = if after.starts_with("&#") { reference(after) } else { None };
    let units = second.and_then(|second| Some([u16::try_from(code).ok()?, u16::try_from(self::code(second)?).ok()?]));
    let whole = units.and_then(|units| char::decode_utf16(units).next()?.ok());
    out.push(whole.unwrap_or(char::REPLACEMENT_CHARACTER));
    second.filter(|_| whole.is_some()).map_or(0, |second| second.len() + "&;".len())
}

/// The number in `#8217` or `#x2019`.
fn code(name: &str) -> Option<u32> {
    let digits = name.strip_prefix('#')?;
    match digits.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16).ok(),
        None => digits.parse().ok(),
    }
}

/// `reference` is the name with its `&` and `;`.
fn named(reference: &str, out: &mut String, repairs: &mut Repairs) {
    let known = htmlize::ENTITIES.get(reference.as_bytes()).and_then(|bytes| std::str::from_utf8(bytes).ok());
    repairs.note(if known.is_some() { RepairKind::HtmlEntity } else { RepairKind::UnknownEntity });
    out.push_str(known.unwrap_or(reference));
}
