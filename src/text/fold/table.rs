//! What each character folds to: a table for the Basic Multilingual Plane, made
//! once from the Unicode data, and the general rule it is made with.

use crate::text::chars::{Class, class_of, is_apostrophe, is_double_quote, is_dropped_mark, is_ignorable};
use std::sync::LazyLock;
use unicode_normalization::char::{canonical_combining_class, decompose_compatible};

/// How one character folds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mapping {
    /// To one character of as many bytes and the same class.
    Linear(char),
    /// To one character of another length, or of another class ([`Shape::Soft`]).
    Single(char, Shape),
    /// In a way that depends on its neighbours, or to none or several characters.
    Special,
}

/// Whether words can be told from the folded text alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// One folded character of the same class: its edges are those of the original.
    Firm,
    /// Several folded characters, or another class: a word may also end here.
    Soft,
}

/// The characters of the Basic Multilingual Plane, packed: the folded character
/// in the low 16 bits, its class in the next four, its [`Mapping`] in the next two.
struct Table(Vec<u32>);

static TABLE: LazyLock<Table> = LazyLock::new(Table::new);

const CLASSES: [Class; 6] =
    [Class::Other, Class::Word, Class::Hangul, Class::Unspaced, Class::Mark, Class::UnspacedMark];
const CLASS_SHIFT: u32 = 16;
const MAPPING_SHIFT: u32 = 20;
const LINEAR: u32 = 0;
const FIRM: u32 = 1;
const SOFT: u32 = 2;
const SPECIAL: u32 = 3;

impl Table {
    fn new() -> Self {
        Self((0..=0xFFFF).map(|code| char::from_u32(code).map_or(0, pack)).collect())
    }
}

/// The class and the mapping of `c` in one word.
fn pack(c: char) -> u32 {
    let (to, mapping) = match mapping_of(c) {
        Mapping::Linear(to) => (to, LINEAR),
        Mapping::Single(to, Shape::Firm) => (to, FIRM),
        Mapping::Single(to, Shape::Soft) => (to, SOFT),
        Mapping::Special => ('\0', SPECIAL),
    };
    // Never lossy: a mapping out of the plane is special.
    (u32::from(to) & 0xFFFF) | (class_of(c) as u32) << CLASS_SHIFT | mapping << MAPPING_SHIFT
}

/// The class of a character that is not ASCII.
pub(in crate::text) fn class(c: char) -> Class {
    match TABLE.0.get(c as usize) {
        Some(entry) => unpack_class(*entry),
        None => class_of(c),
    }
}

fn unpack_class(entry: u32) -> Class {
    CLASSES.get((entry >> CLASS_SHIFT & 0xF) as usize).copied().unwrap_or(Class::Other)
}

/// How `c` folds, and its class.
pub(super) fn mapping(c: char) -> (Mapping, Class) {
    let Some(&entry) = TABLE.0.get(c as usize) else { return (mapping_of(c), class_of(c)) };
    let to = char::from_u32(entry & 0xFFFF).unwrap_or(c);
    let mapping = match entry >> MAPPING_SHIFT {
        LINEAR => Mapping::Linear(to),
        FIRM => Mapping::Single(to, Shape::Firm),
        SOFT => Mapping::Single(to, Shape::Soft),
        _ => Mapping::Special,
    };
    (mapping, unpack_class(entry))
}

/// [`mapping`] from the Unicode data.
fn mapping_of(c: char) -> Mapping {
    let mut only = None;
    let mut count = 0;
    expand(c, |folded| {
        only = Some(folded);
        count += 1;
    });
    match only {
        Some(to) if count == 1 && !needs_context(to) => {
            let same_class = class_of(c) == class_of(to);
            match (same_class, to.len_utf8() == c.len_utf8(), to.len_utf8() <= 3 || to == c) {
                (_, _, false) => Mapping::Special,
                (true, true, _) => Mapping::Linear(to),
                (true, false, _) => Mapping::Single(to, Shape::Firm),
                (false, _, _) => Mapping::Single(to, Shape::Soft),
            }
        }
        _ => Mapping::Special,
    }
}

/// Whether a folded character may combine with, or change place with, the one before it.
fn needs_context(folded: char) -> bool {
    is_dropped_mark(folded)
        || is_ignorable(folded)
        || matches!(folded, '\u{1161}'..='\u{1175}' | '\u{11A8}'..='\u{11C2}')
        || canonical_combining_class(folded) != 0
}

/// Passes what `c` folds to, character by character, to `emit`; nothing where
/// `c` is ignorable or a dropped mark. Composition of Hangul and the order of
/// marks are left to the caller.
pub(super) fn expand(c: char, mut emit: impl FnMut(char)) {
    if is_ignorable(c) || is_dropped_mark(c) {
        return;
    }
    if matches!(c, '\u{AC00}'..='\u{D7A3}') {
        return emit(c);
    }
    decompose_compatible(c, |part| {
        if !is_ignorable(part) && !is_dropped_mark(part) {
            fold_part(part, &mut emit);
        }
    });
}

/// Folds one character that does not decompose any further.
fn fold_part(c: char, emit: &mut impl FnMut(char)) {
    match c {
        _ if is_apostrophe(c) => emit('\''),
        _ if is_double_quote(c) => emit('"'),
        '\u{2010}' => emit('-'),
        '\u{85}' | '\u{2028}' => emit('\n'),
        // A paragraph separator is a blank line.
        '\u{2029}' => "\n\n".chars().for_each(emit),
        _ if !c.is_ascii() && c.is_whitespace() => emit(' '),
        _ => fold_case(c, emit),
    }
}

/// Full case folding. Lower, upper, lower again meets every class of
/// `CaseFolding.txt` (ẞ goes by ß and SS, ς by Σ, ı by I); then the letters that
/// have no decomposition but are written without their stroke elsewhere.
fn fold_case(c: char, emit: &mut impl FnMut(char)) {
    let folded = c.to_lowercase().flat_map(char::to_uppercase).flat_map(char::to_lowercase);
    for letter in folded {
        match letter {
            'ł' => emit('l'),
            'đ' | 'ð' => emit('d'),
            'ø' => emit('o'),
            'æ' => "ae".chars().for_each(&mut *emit),
            'œ' => "oe".chars().for_each(&mut *emit),
            'þ' => "th".chars().for_each(&mut *emit),
            _ => emit(letter),
        }
    }
}
