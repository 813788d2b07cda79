//! What kind of thing one character is: its class for word boundaries, and
//! whether folding ignores it. Knows single characters only; what stands beside
//! what is the business of [`super::boundary`].

use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

/// How a character takes part in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Class {
    /// Punctuation, symbols, white space, controls: never part of a word.
    Other,
    /// A letter, a decimal digit or the underscore of a script that puts spaces between words.
    Word,
    /// A Hangul letter: particles may follow it directly.
    Hangul,
    /// A letter or digit of Han, Kana, Thai, Lao, Khmer or Myanmar: words follow each other without spaces.
    Unspaced,
    /// A combining mark.
    Mark,
    /// A combining mark of a script without spaces.
    UnspacedMark,
}

impl Class {
    /// Whether it is a letter, digit, mark or underscore.
    #[must_use]
    pub const fn is_word(self) -> bool {
        !matches!(self, Self::Other)
    }

    /// Whether it belongs to a script without spaces.
    #[must_use]
    pub const fn is_unspaced(self) -> bool {
        matches!(self, Self::Unspaced | Self::UnspacedMark)
    }

    /// Whether it is a combining mark.
    #[must_use]
    pub const fn is_mark(self) -> bool {
        matches!(self, Self::Mark | Self::UnspacedMark)
    }

    /// Whether it is part of a word that ends at a space: not [`Self::Other`], not unspaced.
    #[must_use]
    pub const fn is_spaced_word(self) -> bool {
        matches!(self, Self::Word | Self::Hangul | Self::Mark)
    }
}

/// The class of `c`, from its general category and its script.
#[must_use]
pub fn class(c: char) -> Class {
    if c.is_ascii() {
        return if c.is_ascii_alphanumeric() || c == '_' { Class::Word } else { Class::Other };
    }
    super::fold::table::class(c)
}

/// [`class`] without the table that makes it fast.
pub(super) fn class_of(c: char) -> Class {
    use GeneralCategory as G;
    match c.general_category() {
        // A typewriter's apostrophe in another guise; see `is_apostrophe`.
        _ if is_apostrophe(c) => Class::Other,
        _ if is_kana_voicing(c) => Class::UnspacedMark,
        G::NonspacingMark | G::SpacingMark | G::EnclosingMark if is_unspaced_script(c) => Class::UnspacedMark,
        G::NonspacingMark | G::SpacingMark | G::EnclosingMark => Class::Mark,
        G::UppercaseLetter
        | G::LowercaseLetter
        | G::TitlecaseLetter
        | G::ModifierLetter
        | G::OtherLetter
        | G::DecimalNumber
        | G::LetterNumber
            if is_unspaced_script(c) =>
        {
            Class::Unspaced
        }
        G::ModifierLetter | G::OtherLetter if is_hangul(c) => Class::Hangul,
        G::UppercaseLetter
        | G::LowercaseLetter
        | G::TitlecaseLetter
        | G::ModifierLetter
        | G::OtherLetter
        | G::DecimalNumber
        | G::LetterNumber => Class::Word,
        _ if c == '_' || c == '\u{FF3F}' => Class::Word,
        _ => Class::Other,
    }
}

/// Han, Hiragana, Katakana, Thai, Lao, Khmer, Myanmar (Unicode 16, `Scripts.txt`,
/// with the prolonged sound mark, which `ScriptExtensions.txt` gives to Kana).
fn is_unspaced_script(c: char) -> bool {
    matches!(c,
        '\u{0E01}'..='\u{0E3A}' | '\u{0E40}'..='\u{0E5B}' // Thai
        | '\u{0E80}'..='\u{0EFF}' // Lao
        | '\u{1000}'..='\u{109F}' | '\u{A9E0}'..='\u{A9FE}' | '\u{AA60}'..='\u{AA7F}' // Myanmar
        | '\u{116D0}'..='\u{116E3}' // Myanmar Extended-C
        | '\u{1780}'..='\u{17FF}' | '\u{19E0}'..='\u{19FF}' // Khmer
        | '\u{2E80}'..='\u{2FD5}' | '\u{3005}' | '\u{3007}' | '\u{3021}'..='\u{3029}' | '\u{3038}'..='\u{303B}' // Han
        | '\u{3041}'..='\u{3096}' | '\u{309D}'..='\u{309F}' // Hiragana
        | '\u{30A1}'..='\u{30FA}' | '\u{30FC}'..='\u{30FF}' | '\u{31F0}'..='\u{31FF}' // Katakana
        | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAD9}' // Han
        | '\u{FF66}'..='\u{FF9D}' // half-width Katakana
        | '\u{16FE2}'..='\u{16FF6}' // Han iteration and reading marks
        | '\u{1AFF0}'..='\u{1B16F}' // Kana supplements
        | '\u{20000}'..='\u{3FFFD}') // Han
}

/// The voicing marks of Kana, combining and half-width.
const fn is_kana_voicing(c: char) -> bool {
    matches!(c, '\u{3099}' | '\u{309A}' | '\u{FF9E}' | '\u{FF9F}')
}

/// Syllables and jamo, conjoining, compatible and half-width.
fn is_hangul(c: char) -> bool {
    matches!(c,
        '\u{AC00}'..='\u{D7A3}' | '\u{1100}'..='\u{11FF}' | '\u{3131}'..='\u{318E}'
        | '\u{A960}'..='\u{A97C}' | '\u{D7B0}'..='\u{D7FB}' | '\u{FFA0}'..='\u{FFDC}')
}

/// Whether folding deletes it: `Default_Ignorable_Code_Point` of Unicode 16.
#[must_use]
pub fn is_ignorable(c: char) -> bool {
    matches!(c,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}'..='\u{1160}' | '\u{17B4}'..='\u{17B5}'
        | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}'
        | '\u{FFF0}'..='\u{FFF8}' | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}'
        | '\u{E0000}'..='\u{E0FFF}')
}

/// Whether folding drops it together with what it sits on: the combining marks
/// of Latin, Greek and Cyrillic, Arabic harakat, Hebrew niqqud and accents, and
/// variation selectors. The vowel signs of Indic scripts and the hamza and
/// maddah of Arabic tell letters apart, and stay.
#[must_use]
pub fn is_dropped_mark(c: char) -> bool {
    matches!(c,
        '\u{300}'..='\u{36F}' | '\u{1AB0}'..='\u{1AFF}' | '\u{1DC0}'..='\u{1DFF}' | '\u{20D0}'..='\u{20FF}'
        | '\u{FE20}'..='\u{FE2F}' // Latin and Greek
        | '\u{483}'..='\u{489}' | '\u{2DE0}'..='\u{2DFF}' | '\u{A66F}'..='\u{A672}' | '\u{A674}'..='\u{A67D}'
        | '\u{A69E}'..='\u{A69F}' // Cyrillic
        | '\u{591}'..='\u{5BD}' | '\u{5BF}' | '\u{5C1}'..='\u{5C2}' | '\u{5C4}'..='\u{5C5}' | '\u{5C7}' | '\u{FB1E}'
        | '\u{610}'..='\u{61A}' | '\u{64B}'..='\u{652}' | '\u{656}'..='\u{65F}' | '\u{670}'
        | '\u{6D6}'..='\u{6DC}' | '\u{6DF}'..='\u{6E4}' | '\u{6E7}'..='\u{6E8}' | '\u{6EA}'..='\u{6ED}'
        | '\u{8D3}'..='\u{8E1}' | '\u{8E3}'..='\u{8FF}')
        || is_variation_selector(c)
}

/// Ignorable as well, but part of the character before it.
const fn is_variation_selector(c: char) -> bool {
    matches!(c, '\u{34F}' | '\u{180B}'..='\u{180D}' | '\u{180F}' | '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}')
}

/// Apostrophes and single quotation marks, which are all one character after folding.
#[must_use]
pub const fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '\u{2018}'..='\u{201B}' | '\u{2BC}' | '\u{FF07}')
}

/// Curly and low double quotation marks, which fold to the straight one.
#[must_use]
pub const fn is_double_quote(c: char) -> bool {
    matches!(c, '"' | '\u{201C}'..='\u{201F}' | '\u{FF02}')
}

/// What joins a compound: a hyphen, the hyphens that fold to it, or an en dash.
#[must_use]
pub const fn is_hyphen(c: char) -> bool {
    matches!(c, '-' | '\u{2010}' | '\u{2011}' | '\u{2013}' | '\u{FE32}' | '\u{FE63}' | '\u{FF0D}')
}
