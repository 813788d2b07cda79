//! Character references in HTML text: `&amp;`, `&#8217;`, `&copy` without its
//! semicolon. By the standard's sections on character references
//! (<https://html.spec.whatwg.org/multipage/parsing.html#character-reference-state>).

use crate::text::windows_1252;
use htmlize::{BARE_ENTITY_MAX_LENGTH, ENTITIES, ENTITY_MAX_LENGTH, ENTITY_MIN_LENGTH};

/// What a reference stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    Character(char),
    /// Of a name, which may stand for two characters.
    Text(&'static str),
}

/// The reference at the start of `text`, which begins with `&`, and its length;
/// `None` where the `&` stands for itself.
pub(super) fn read(text: &str) -> Option<(Meaning, usize)> {
    let bytes = text.as_bytes();
    match bytes {
        [_, b'a', b'm', b'p', b';', ..] => Some((Meaning::Character('&'), 5)),
        [_, b'n', b'b', b's', b'p', b';', ..] => Some((Meaning::Character('\u{a0}'), 6)),
        [_, b'q', b'u', b'o', b't', b';', ..] => Some((Meaning::Character('"'), 6)),
        [_, b'l', b't', b';', ..] => Some((Meaning::Character('<'), 4)),
        [_, b'g', b't', b';', ..] => Some((Meaning::Character('>'), 4)),
        [_, b'#', b'x' | b'X', digits @ ..] => numeric(digits, 16).map(|(meaning, length)| (meaning, 3 + length)),
        [_, b'#', digits @ ..] => numeric(digits, 10).map(|(meaning, length)| (meaning, 2 + length)),
        _ => named(bytes),
    }
}

/// A number and its semicolon, which may be missing.
fn numeric(digits: &[u8], radix: u32) -> Option<(Meaning, usize)> {
    let mut code = 0_u32;
    let mut length = 0;
    while let Some(digit) = digits.get(length).and_then(|&b| char::from(b).to_digit(radix)) {
        code = code.saturating_mul(radix).saturating_add(digit);
        length += 1;
    }
    let has_end = digits.get(length) == Some(&b';');
    (length > 0).then(|| (Meaning::Character(character(code)), length + usize::from(has_end)))
}

fn character(code: u32) -> char {
    match code {
        0 => char::REPLACEMENT_CHARACTER,
        0x80..0xa0 => windows_1252::character(code.to_le_bytes()[0]),
        code => char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER),
    }
}

fn named(bytes: &[u8]) -> Option<(Meaning, usize)> {
    let name = bytes.iter().skip(1).take(ENTITY_MAX_LENGTH).position(|b| !b.is_ascii_alphanumeric());
    let end = name.map_or(bytes.len().min(ENTITY_MAX_LENGTH), |length| 1 + length);
    let known = |length: usize| {
        let meaning = ENTITIES.get(bytes.get(..length)?)?;
        Some((Meaning::Text(std::str::from_utf8(meaning).ok()?), length))
    };
    // Whole, or one of the old names that need no semicolon; none of these is
    // the beginning of another one.
    let whole = if bytes.get(end) == Some(&b';') { known(end + 1) } else { None };
    whole.or_else(|| (ENTITY_MIN_LENGTH..=end.min(BARE_ENTITY_MAX_LENGTH)).find_map(known))
}
