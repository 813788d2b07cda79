//! The spellings a term is looked for in: folded, with one space for each
//! separator; its plural, its surname-first order, the dotted form of an acronym.

use super::TermError;
use crate::text::chars::{class, is_apostrophe, is_double_quote, is_hyphen, is_ignorable};
use crate::text::fold::fold_to_string;
use crate::watchlist::term::{Case, Hyphen, Term};
use unicode_normalization::UnicodeNormalization;

/// A separator inside a form: white space, a hyphen or an en dash in the text.
pub(super) const SEPARATOR: u8 = b' ';

/// No form is longer than this in bytes of folded text.
const LONGEST: usize = 1000;

/// Particles that belong to the surname after them.
const PARTICLES: &[&str] = &[
    "al", "bin", "da", "de", "del", "della", "den", "der", "di", "do", "dos", "du", "el", "la", "le", "ter", "van",
    "von",
];

/// What must hold of an occurrence of a form, as a set of flags.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Needs(u8);

impl Needs {
    /// It goes on to the end of the word.
    pub(super) const PREFIX: Self = Self(1);
    /// It is an acronym with dots, and the last one may follow.
    pub(super) const DOTTED: Self = Self(2);
    /// It counts only where its case says something.
    pub(super) const CONTEXT: Self = Self(4);
    /// It begins with a capital.
    pub(super) const PROPER: Self = Self(8);
    /// A compound is one word.
    pub(super) const JOIN: Self = Self(16);

    pub(super) const fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// As a number, and back.
    pub(super) const fn bits(self) -> u8 {
        self.0
    }

    pub(super) const fn from_bits(bits: u8) -> Self {
        Self(bits)
    }

    const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

/// One spelling of a term.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Form {
    /// Folded, a [`SEPARATOR`] for each separator.
    pub(super) folded: String,
    /// Where case counts: the spelling to compare with, see [`exact`].
    pub(super) exact: String,
    pub(super) needs: Needs,
}

/// All spellings of `term`; never none.
pub(super) fn forms(term: &Term) -> Result<Vec<Form>, TermError> {
    let base = base(term)?;
    let mut forms = vec![base.clone()];
    if base.needs.has(Needs::PREFIX) {
        return Ok(forms);
    }
    if is_acronym(term) {
        forms.push(dotted(&base));
    }
    if term.plural {
        forms.extend(plurals(&base));
    }
    if term.swap {
        forms.extend(swapped(&base, &term.text));
    }
    Ok(forms)
}

/// The term as it is written, without its final `*`.
///
/// # Errors
/// Where nothing is left to look for, or too much.
pub(super) fn base(term: &Term) -> Result<Form, TermError> {
    let text = term.text.trim();
    let stem = text.trim_end_matches('*');
    let is_prefix = stem.len() < text.len();
    let acronym = is_acronym(term);
    let mut needs = Needs::default();
    if is_prefix {
        needs = needs.with(Needs::PREFIX);
    }
    if acronym && !stem.chars().any(char::is_numeric) && !is_prefix {
        needs = needs.with(Needs::CONTEXT);
    }
    if term.case == Case::Proper {
        needs = needs.with(Needs::PROPER);
    }
    if term.hyphen == Hyphen::Join {
        needs = needs.with(Needs::JOIN);
    }
    let case_counts = acronym || term.case == Case::Exact;
    // `anti-*` is any word after the separator.
    let words = if is_prefix { stem.trim_end_matches(is_separator) } else { stem };
    let tail = if words.len() < stem.len() { " " } else { "" };
    let form = Form {
        folded: separate(&fold_to_string(words)) + tail,
        exact: if case_counts { separate(&exact_string(words)) } else { String::new() },
        needs,
    };
    check(&form)?;
    Ok(form)
}

fn check(form: &Form) -> Result<(), TermError> {
    let says_something = |c: char| !class(c).is_mark() && !is_separator(c);
    if !form.folded.chars().any(says_something) {
        return Err(TermError {
            message: "the term has nothing to look for".to_owned(),
            help: "write at least one letter, digit or symbol".to_owned(),
        });
    }
    if form.folded.len() > LONGEST {
        return Err(TermError {
            message: format!("the term is longer than {LONGEST} bytes"),
            help: "look for a shorter part of it".to_owned(),
        });
    }
    Ok(())
}

/// Whether smart case takes the term for an acronym: two to five characters, the
/// first a capital letter, the rest capitals or digits.
fn is_acronym(term: &Term) -> bool {
    let text = term.text.trim().trim_end_matches('*');
    let is_short = |text: &str| (2..=5).contains(&text.chars().count());
    let is_upper = |text: &str| {
        let mut chars = text.chars();
        chars.next().is_some_and(char::is_uppercase) && chars.all(|c| c.is_uppercase() || c.is_numeric())
    };
    if term.case != Case::Smart || text.is_ascii() {
        return term.case == Case::Smart && is_short(text) && is_upper(text);
    }
    let text = exact_string(text);
    is_short(&text) && is_upper(&text)
}

/// A text as exact case compares it: NFKC without default-ignorable code points;
/// straight quotation marks.
pub(super) fn exact(text: &str) -> impl Iterator<Item = char> {
    text.chars().filter(|c| !is_ignorable(*c)).nfkc().map(|c| match c {
        _ if is_apostrophe(c) => '\'',
        _ if is_double_quote(c) => '"',
        _ => c,
    })
}

fn exact_string(text: &str) -> String {
    // ASCII is its own NFKC form.
    if text.is_ascii() { text.to_owned() } else { exact(text).collect() }
}

fn is_separator(c: char) -> bool {
    c.is_whitespace() || is_hyphen(c)
}

/// Puts one space for each separator inside `text`: a run of white space, or
/// one hyphen or en dash. Other hyphens, and those at its ends, are literal.
fn separate(text: &str) -> String {
    let text = text.trim();
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(is_separator) {
        let (before, tail) = rest.split_at_checked(start).unwrap_or((rest, ""));
        let end = tail.find(|c| !is_separator(c)).unwrap_or(tail.len());
        let (run, after) = tail.split_at_checked(end).unwrap_or((tail, ""));
        out.push_str(before);
        let inside = !out.is_empty() && !after.is_empty();
        if inside && (run.chars().count() == 1 || run.trim().is_empty()) {
            out.push(' ');
        } else {
            run.chars().for_each(|c| push_literal(c, &mut out));
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

/// One character of a run that mixes separators.
fn push_literal(c: char, out: &mut String) {
    if !c.is_whitespace() {
        out.push(c);
    } else if !out.ends_with(' ') {
        out.push(' ');
    }
}

/// `U.S` for `US`; the last dot is looked for where the form is found.
fn dotted(base: &Form) -> Form {
    let letters: Vec<String> = base.exact.chars().map(|c| fold_to_string(c.encode_utf8(&mut [0; 4]))).collect();
    let needs = base.needs.without(Needs::CONTEXT).with(Needs::DOTTED);
    Form { folded: letters.join("."), exact: base.exact.clone(), needs }
}

/// The regular English plurals of the last word; both where spelling alone
/// cannot tell (heroes, photos; companies, Kennedys; churches, oligarchs).
fn plurals(base: &Form) -> Vec<Form> {
    let word = base.folded.rsplit(' ').next().unwrap_or_default();
    let mut letters = word.chars().rev();
    let Some(last) = letters.next().filter(char::is_ascii_alphanumeric) else { return Vec::new() };
    let after_vowel = letters.next().is_none_or(|c| matches!(c, 'a' | 'e' | 'i' | 'o' | 'u'));
    let endings: &[(usize, &str)] = match last {
        'y' if word.ends_with("quy") => &[(1, "ies")],
        'y' if !after_vowel => &[(1, "ies"), (0, "s")],
        'o' if !after_vowel => &[(0, "s"), (0, "es")],
        's' | 'x' | 'z' if !base.exact.is_empty() => &[(0, "es"), (0, "s")],
        'z' if word.ends_with("iz") => &[(0, "zes"), (0, "es")],
        's' | 'x' | 'z' => &[(0, "es")],
        'h' if word.ends_with("ch") => &[(0, "es"), (0, "s")],
        'h' if word.ends_with("sh") => &[(0, "es")],
        _ => &[(0, "s")],
    };
    endings.iter().map(|(cut, ending)| plural(base, *cut, ending)).collect()
}

fn plural(base: &Form, cut: usize, ending: &str) -> Form {
    let extend = |text: &str| {
        let kept = text.char_indices().rev().take(cut).last().map_or(text.len(), |(at, _)| at);
        text.get(..kept).unwrap_or(text).to_owned() + ending
    };
    let exact = if base.exact.is_empty() { String::new() } else { extend(&base.exact) };
    Form { folded: extend(&base.folded), exact, needs: base.needs.without(Needs::CONTEXT) }
}

/// Surname first, with and without a comma: `Moore, Richard`, `Orbán Viktor`. A surname is
/// the last word of `text`, what hyphens join to it (`Smith-Jones, Mary`), and what stands
/// after a particle.
fn swapped(base: &Form, text: &str) -> Vec<Form> {
    let words: Vec<&str> = base.folded.split(' ').collect();
    let is_word = |word: &&str| word.chars().any(|c| class(c).is_word());
    let Some(last) = words.len().checked_sub(1).filter(|last| *last > 0) else { return Vec::new() };
    if !words.iter().all(is_word) {
        return Vec::new();
    }
    let particle = words.iter().skip(1).take(last - 1).position(|word| PARTICLES.contains(word));
    let cuts = [Some(last), particle.map(|at| at + 1), before_compound(text, words.len())];
    let orders = cuts.into_iter().flatten().flat_map(|cut| [(cut, ", "), (cut, " ")]);
    orders
        .map(|(cut, between)| Form {
            folded: swap(&base.folded, cut, between),
            exact: if base.exact.is_empty() { String::new() } else { swap(&base.exact, cut, between) },
            needs: base.needs,
        })
        .collect()
}

/// `text` with the words from number `cut` on first.
/// Of `words` words, those before the last one of `text`, where hyphens make that several.
fn before_compound(text: &str, words: usize) -> Option<usize> {
    let count = |part: &str| separate(&fold_to_string(part)).split(' ').count();
    let (before, compound) = text.trim().rsplit_once(char::is_whitespace)?;
    let (before, compound) = (count(before), count(compound));
    (compound > 1 && before + compound == words).then_some(before)
}

fn swap(text: &str, cut: usize, between: &str) -> String {
    let Some((space, _)) = text.match_indices(' ').nth(cut.saturating_sub(1)) else { return text.to_owned() };
    let (given, surname) = text.split_at_checked(space).unwrap_or((text, ""));
    format!("{}{between}{given}", surname.trim_start())
}
