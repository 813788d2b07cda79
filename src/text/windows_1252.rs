//! Windows-1252, which is Latin-1 save where that has the C1 controls: what
//! references to these mean in HTML, and what text that was taken for Latin-1 was.

/// The character of a byte.
#[must_use]
pub fn character(byte: u8) -> char {
    let known = byte.checked_sub(0x80).and_then(|at| C1.get(usize::from(at)));
    known.copied().unwrap_or(char::from(byte))
}

/// The byte of a character, if it has one.
#[must_use]
pub fn byte(c: char) -> Option<u8> {
    match u8::try_from(c) {
        Ok(byte) => Some(byte),
        Err(_) => (0x80..).zip(C1).find_map(|(byte, known)| (known == c).then_some(byte)),
    }
}

/// From 80 to 9F; the unused bytes stand for themselves.
const C1: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', //
    '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];
