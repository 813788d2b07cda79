//! The spellings that the reference looks for.

use super::{Text, fold_char, is_apostrophe, is_hyphen, is_ignorable, is_word, kind};
use newswatch::watchlist::term::{Case, Term};
use unicode_normalization::UnicodeNormalization;

/// One spelling: one space for each separator.
pub(super) struct Form {
    pub(super) folded: String,
    pub(super) exact: Option<String>,
    pub(super) prefix: bool,
    pub(super) dotted: bool,
    pub(super) context: bool,
}

pub(super) fn forms(term: &Term) -> Vec<Form> {
    let text = term.text.trim();
    let stem = text.trim_end_matches('*');
    let prefix = stem != text;
    let separator = |c: char| c.is_whitespace() || is_hyphen(c);
    let words = if prefix { stem.trim_end_matches(separator) } else { stem };
    let tail = if words == stem { "" } else { " " };
    let short = exact(stem);
    let acronym = term.case == Case::Smart
        && (2..=5).contains(&short.chars().count())
        && short.chars().next().unwrap().is_uppercase()
        && short.chars().all(|c| c.is_uppercase() || c.is_numeric());
    let folded: String = Text::new(words).folded.iter().map(|f| f.c).collect();
    let base = separated(&folded) + tail;
    let exact = (acronym || term.case == Case::Exact).then(|| separated(&exact(words)));
    let form = |folded: String, exact: Option<String>| Form { folded, exact, prefix, dotted: false, context: false };
    let context = acronym && !prefix && !stem.chars().any(char::is_numeric);
    let mut forms = vec![Form { context, ..form(base.clone(), exact.clone()) }];
    if prefix {
        return forms;
    }
    if acronym {
        let letters: Vec<String> = short.chars().map(|c| fold_char(c).into_iter().collect()).collect();
        let dotted = letters.join(".");
        forms.push(Form { dotted: true, ..form(dotted, exact.clone()) });
    }
    if term.plural {
        for (cut, ending) in plural_endings(&base, acronym || term.case == Case::Exact) {
            let extend = |text: &String| {
                let chars: Vec<char> = text.chars().collect();
                chars[..chars.len() - cut].iter().collect::<String>() + ending
            };
            forms.push(form(extend(&base), exact.as_ref().map(extend)));
        }
    }
    if term.swap && base.contains(' ') && base.split(' ').all(|w| w.chars().any(|c| is_word(kind(c)))) {
        for between in [", ", " "] {
            let swap = |text: &String| text.rsplit_once(' ').map_or(text.clone(), |(a, b)| format!("{b}{between}{a}"));
            forms.push(Form { context: false, ..form(swap(&base), exact.as_ref().map(swap)) });
        }
        if let Some((head, tail)) = words.rsplit_once(char::is_whitespace) {
            let parts = |text: &str| {
                separated(&Text::new(text).folded.iter().map(|f| f.c).collect::<String>()).split(' ').count()
            };
            let (head, tail) = (parts(head), parts(tail));
            if tail > 1 && head + tail == base.split(' ').count() {
                for between in [", ", " "] {
                    let swap = |text: &String| {
                        let words: Vec<_> = text.split(' ').collect();
                        format!("{}{between}{}", words[head..].join(" "), words[..head].join(" "))
                    };
                    forms.push(Form { context: false, ..form(swap(&base), exact.as_ref().map(swap)) });
                }
            }
        }
    }
    forms
}

fn plural_endings(base: &str, case_counts: bool) -> Vec<(usize, &'static str)> {
    let word = base.rsplit(' ').next().unwrap();
    let Some(last) = word.chars().last().filter(char::is_ascii_alphanumeric) else { return Vec::new() };
    let vowel = word.chars().rev().nth(1).is_none_or(|c| "aeiou".contains(c));
    match last {
        'y' if word.ends_with("quy") => vec![(1, "ies")],
        'y' if !vowel => vec![(1, "ies"), (0, "s")],
        'o' if !vowel => vec![(0, "s"), (0, "es")],
        's' | 'x' | 'z' if case_counts => vec![(0, "es"), (0, "s")],
        'z' if word.ends_with("iz") => vec![(0, "zes"), (0, "es")],
        's' | 'x' | 'z' => vec![(0, "es")],
        _ if word.ends_with("ch") => vec![(0, "es"), (0, "s")],
        _ if word.ends_with("sh") => vec![(0, "es")],
        _ => vec![(0, "s")],
    }
}

pub(super) fn exact(text: &str) -> String {
    let visible = text.chars().filter(|c| !is_ignorable(*c));
    visible
        .nfkc()
        .map(|c| {
            if is_apostrophe(c) {
                '\''
            } else if "“”„‟".contains(c) {
                '"'
            } else {
                c
            }
        })
        .collect()
}

/// One space for each separator between two other characters.
pub(super) fn separated(text: &str) -> String {
    let chars: Vec<char> = text.trim().chars().collect();
    let separator = |c: char| c.is_whitespace() || is_hyphen(c);
    let mut out = String::new();
    let mut at = 0;
    while at < chars.len() {
        let run = chars[at..].iter().take_while(|c| separator(**c)).count();
        let all_space = chars[at..at + run].iter().all(|c| c.is_whitespace());
        if run == 0 {
            out.push(chars[at]);
        } else if at > 0 && at + run < chars.len() && (run == 1 || all_space) {
            out.push(' ');
        } else {
            for c in &chars[at..at + run] {
                if !c.is_whitespace() {
                    out.push(*c);
                } else if !out.ends_with(' ') {
                    out.push(' ');
                }
            }
        }
        at += run.max(1);
    }
    out
}
