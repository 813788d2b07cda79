//! Which term is found wherever another one is.

use super::is_acronym;
use crate::watchlist::term::{Case, Hyphen, Term};
use std::collections::HashMap;

/// Whether two texts are the same but for case and white space.
pub(super) fn same_text(a: &str, b: &str) -> bool {
    words(a) == words(b)
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_lowercase).collect()
}

/// Whether `general` is certainly found wherever `special` is.
pub(super) fn covers(general: &Term, special: &Term) -> bool {
    !covering(&[general, special], |special, _| special == 1).is_empty()
}

/// Pairs of a term of a list and one that covers it, by index; of two equal ones the later is
/// covered. Every covered term is named once.
pub(super) fn covers_list(terms: &[&Term]) -> Vec<(usize, usize)> {
    covering(terms, |special, general| terms.get(special) != terms.get(general) || general < special)
}

/// Pairs of a term and another that covers it, by index, of those that `counts` (the covered
/// one first). Every covered term is named once.
pub(super) fn covering(terms: &[&Term], counts: impl Fn(usize, usize) -> bool) -> Vec<(usize, usize)> {
    let split: Vec<Vec<String>> = terms.iter().map(|term| words(&term.text)).collect();
    let mut by_first_word: HashMap<&str, Vec<usize>> = HashMap::new();
    for (index, words) in split.iter().enumerate() {
        let first = words.first().map(String::as_str).unwrap_or_default();
        by_first_word.entry(first).or_default().push(index);
    }
    let mut pairs = Vec::new();
    for (special, (term, words)) in terms.iter().zip(&split).enumerate() {
        let starts = (0..words.len()).filter_map(|start| words.get(start..));
        let mut candidates = starts.flat_map(|rest| beginnings(rest).map(move |first| (first, rest)));
        let cover = candidates.find_map(|(first, rest)| {
            let generals = by_first_word.get(first.as_str())?.iter();
            let matching = |&&general: &&usize| {
                let words = split.get(general).map(Vec::as_slice).unwrap_or_default();
                let other = terms.get(general);
                general != special
                    && other.is_some_and(|other| other == term || covers_at(other, words, term, rest))
                    && counts(special, general)
            };
            generals.take(BUCKET).find(matching).copied()
        });
        pairs.extend(cover.map(|general| (special, general)));
    }
    pairs
}

/// No more terms that begin alike are compared.
const BUCKET: usize = 64;

/// What a term that is found at the beginning of `rest` may begin with.
fn beginnings(rest: &[String]) -> impl Iterator<Item = String> {
    let word = rest.first().map(String::as_str).unwrap_or_default();
    let stem = word.strip_suffix('*').unwrap_or(word);
    let prefixes = stem.char_indices().map(|(at, c)| format!("{}*", stem.get(..at + c.len_utf8()).unwrap_or_default()));
    std::iter::once(word.to_owned()).chain(prefixes.collect::<Vec<_>>())
}

/// Whether `general`, of these words, is found at the beginning of `rest`, the end of the words of `special`.
fn covers_at(general: &Term, words: &[String], special: &Term, rest: &[String]) -> bool {
    let folded = match general.case {
        Case::Fold => true,
        Case::Smart => !is_acronym(&general.text),
        Case::Exact | Case::Proper => false,
    };
    let plain = folded && general.except.is_empty() && general.near.is_empty() && general.hyphen == Hyphen::Split;
    if !plain || special.swap || words.len() > rest.len() {
        return false;
    }
    let reaches_end = words.len() == rest.len();
    let open_end = words.last().is_some_and(|word| word.ends_with('*'));
    if reaches_end && special.plural && !general.plural && !open_end {
        return false;
    }
    words.iter().zip(rest).all(|(general, special)| match general.strip_suffix('*') {
        Some(stem) => special.strip_suffix('*').unwrap_or(special).starts_with(stem),
        None => general == special,
    })
}
