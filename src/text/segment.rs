//! Sentences and paragraphs, for rules that ask whether two things stand in the
//! same one. Built for one text on demand.

use super::chars::{is_apostrophe, is_double_quote, is_ignorable};

/// What is written with a full stop that ends no sentence, in lower case. Words
/// that often end one (no., art., mar.) are left out.
const ABBREVIATIONS: &[&str] = &[
    "adm", "approx", "assoc", "aug", "ave", "brig", "bros", "bzw", "capt", "cf", "cmdr", "co", "col", "corp", "dec",
    "dept", "dr", "etc", "feb", "fig", "ft", "gen", "gov", "hon", "inc", "jan", "jr", "jul", "jun", "lt", "ltd", "maj",
    "messrs", "mlle", "mme", "mr", "mrs", "ms", "mt", "nov", "nr", "oct", "ph.d", "pp", "pres", "prof", "rep", "reps",
    "rev", "sen", "sens", "sep", "sept", "sgt", "sr", "st", "supt", "usw", "vol", "vs",
];

/// What is an abbreviation before a number only (No. 10, Art. 5).
const BEFORE_NUMBERS: &[&str] = &["No", "Nos", "Art", "art", "p", "Para", "para", "Sec", "sec", "Ch", "ch", "Op", "op"];

/// No abbreviation is longer than this in bytes, and no more closing marks than
/// this are looked through: bounded work on any text.
const NEARBY: usize = 16;

/// Where the sentences and paragraphs of one text begin.
///
/// A paragraph ends at a blank line. A sentence ends with its paragraph, and at
/// `. ! ? …` and their like in other scripts where white space follows (quotation
/// marks and brackets may close first), but not after an abbreviation (`U.S.`,
/// `Gen.`) or an initial, nor where the sentence goes on with a small letter after
/// an ellipsis or a quotation (“Why?” he asked). `。 ！ ？` need no white space. A
/// newline alone ends neither. What folding ignores is passed over.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Segments {
    sentences: Vec<usize>,
    paragraphs: Vec<usize>,
}

impl Segments {
    /// Finds the sentences and paragraphs of `text`.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let mut segments = Self::default();
        let mut after_wide_end = false;
        let mut next = 0;
        for (at, c) in text.char_indices() {
            if at < next || is_ignorable(c) {
                continue;
            }
            if c.is_whitespace() {
                next = segments.space(text, at);
                after_wide_end = false;
            } else if is_wide_end(c) {
                after_wide_end = true;
            } else if after_wide_end && !is_closing(c) {
                segments.sentences.push(at);
                after_wide_end = false;
            }
        }
        segments
    }

    /// The number of the sentence that holds the byte at `offset`, counted from 0.
    #[must_use]
    pub fn sentence(&self, offset: usize) -> usize {
        self.sentences.partition_point(|start| *start <= offset)
    }

    /// The number of the paragraph that holds the byte at `offset`, counted from 0.
    #[must_use]
    pub fn paragraph(&self, offset: usize) -> usize {
        self.paragraphs.partition_point(|start| *start <= offset)
    }

    /// Records what the run of white space at `at` ends; returns where the run ends.
    fn space(&mut self, text: &str, at: usize) -> usize {
        let Some((before, rest)) = text.split_at_checked(at) else { return text.len() };
        let after = rest.trim_start_matches(|c: char| c.is_whitespace() || is_ignorable(c));
        let end = text.len() - after.len();
        if is_blank_line(text.get(at..end).unwrap_or_default()) {
            self.paragraphs.push(end);
            self.sentences.push(end);
        } else if ends_sentence(before, after) {
            self.sentences.push(end);
        }
        end
    }
}

/// Whether a run of white space holds a blank line: two line ends, of which
/// `\r\n` is one, or a paragraph separator.
#[must_use]
pub fn is_blank_line(space: &str) -> bool {
    let mut ends = 0;
    let mut previous = ' ';
    for c in space.chars().filter(|c| !is_ignorable(*c)) {
        ends += match c {
            '\n' if previous == '\r' => 0,
            '\n' | '\r' | '\u{85}' | '\u{2028}' => 1,
            '\u{2029}' => 2,
            _ => 0,
        };
        previous = c;
    }
    ends >= 2
}

/// Whether a text ends with the end of a sentence, where white space and `after` follow.
fn ends_sentence(before: &str, after: &str) -> bool {
    let mut tail = before;
    for _ in 0..NEARBY {
        match tail.strip_suffix(|c| is_closing(c) || is_ignorable(c)) {
            Some(shorter) => tail = shorter,
            None => break,
        }
    }
    let goes_on = after.starts_with(char::is_lowercase);
    match tail.chars().next_back() {
        Some('…') => !goes_on,
        Some('.') if tail.ends_with("..") => !goes_on,
        Some('.') => !is_abbreviation(tail.strip_suffix('.').unwrap_or_default(), after),
        Some(c) if is_end(c) || is_wide_end(c) => !(goes_on && before.ends_with(is_closing)),
        _ => false,
    }
}

/// Whether the word at the end of `before`, which a full stop and then `after` follow, is an
/// abbreviation: an initial, letters with stops between them, or a known one.
fn is_abbreviation(before: &str, after: &str) -> bool {
    let is_part = |c: char| c.is_alphabetic() || c == '.' || is_ignorable(c);
    let start = before.char_indices().rev().take(NEARBY).take_while(|(_, c)| is_part(*c)).last();
    let word = start.and_then(|(at, _)| before.get(at..)).unwrap_or_default();
    let word: String = word.chars().filter(|c| !is_ignorable(*c)).collect();
    let mut parts = word.split('.');
    if !word.is_empty() && parts.all(|part| part.chars().count() == 1) {
        return word.chars().count() > 1 || word.chars().all(char::is_uppercase) || is_before_number(&word, after);
    }
    ABBREVIATIONS.iter().any(|known| known.eq_ignore_ascii_case(&word)) || is_before_number(&word, after)
}

fn is_before_number(word: &str, after: &str) -> bool {
    after.starts_with(|c: char| c.is_ascii_digit()) && BEFORE_NUMBERS.contains(&word)
}

/// What ends a sentence where white space follows (the `STerm` of Unicode, as far as it is
/// met in news): Arabic, Urdu, Devanagari, Armenian and Ethiopic among it.
const fn is_end(c: char) -> bool {
    matches!(c, '!' | '?' | '‼' | '‽' | '⁇' | '⁈' | '⁉' | '؟' | '۔' | '।' | '॥' | '։' | '።' | '፧' | '．')
}

/// What ends a sentence also where no white space follows: of the scripts without spaces.
const fn is_wide_end(c: char) -> bool {
    matches!(c, '。' | '！' | '？' | '｡' | '។' | '៕' | '။')
}

/// What may stand between the end of a sentence and the white space after it.
const fn is_closing(c: char) -> bool {
    is_apostrophe(c)
        || is_double_quote(c)
        || matches!(c, ')' | ']' | '}' | '»' | '›' | '」' | '』' | '）' | '】' | '〉' | '》')
}
