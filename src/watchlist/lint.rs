//! What can be used but is probably not what was meant: terms that are too
//! broad, superfluous, never found, or that look like an operator.

mod choices;
mod cover;
mod rules;

use super::definition::{At, Definition, Problem};
use super::term::{Case, Term};
use choices::Names;
use cover::{covers_list, same_text};
use std::collections::HashSet;

/// One word a line; lines that begin with `#` say where they come from.
const COMMON_WORDS: &str = include_str!("common-words.txt");

/// A prefix of fewer letters begins too many words.
const PREFIX_LETTERS: usize = 4;

/// Warnings for all watchlists, in the order of the files. What is wrong with a
/// definition is [`super::compile::compile`]'s to say.
#[must_use]
pub fn lint(definitions: &[Definition]) -> Vec<Problem> {
    let mut linter = Linter { common: COMMON_WORDS.lines().collect(), warnings: Vec::new() };
    for definition in definitions {
        linter.definition(definition, &Names::new(definition, definitions));
    }
    linter.warnings.sort_by_key(|warning| {
        let within = warning.within.as_ref().map_or(0, |within| within.start);
        (warning.pos.file, warning.pos.span.start, within)
    });
    linter.warnings
}

struct Linter {
    common: HashSet<&'static str>,
    warnings: Vec<Problem>,
}

/// What is wrong with a term, and what to do.
struct Finding {
    message: String,
    help: String,
}

impl Finding {
    fn new(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { message: message.into(), help: help.into() }
    }
}

impl Linter {
    fn definition(&mut self, definition: &Definition, names: &Names<'_>) {
        let lists = definition.groups.iter().map(|(_, terms)| terms).chain([&definition.keywords]);
        for terms in lists {
            self.terms(terms);
            let values: Vec<_> = terms.iter().map(|term| &term.value).collect();
            let pairs: HashSet<_> = covers_list(&values).into_iter().collect();
            // Of two that cover each other one is to stay: the first.
            let superfluous_ones =
                pairs.iter().filter(|(special, general)| general < special || !pairs.contains(&(*general, *special)));
            for &(special, general) in superfluous_ones {
                if let Some((special, general)) = terms.get(special).zip(terms.get(general)) {
                    self.warn(special, &superfluous(&special.value, &general.value));
                }
            }
        }
        for entity in &definition.entities {
            self.terms(&entity.names);
        }
        for rule in &definition.rules {
            self.rule(definition, rule, names);
        }
    }

    fn terms(&mut self, terms: &[At<Term>]) {
        for term in terms {
            let broad = self.common_word(&term.value).or_else(|| one_character(&term.value));
            let broad = broad.or_else(|| short_prefix(&term.value));
            let findings = [broad, looks_like_operator(&term.value.text), never_found(&term.value)];
            findings.into_iter().flatten().for_each(|finding| self.warn(term, &finding));
        }
    }

    fn warn(&mut self, term: &At<Term>, finding: &Finding) {
        self.warnings.push(Problem::warning(&term.pos, finding.message.clone()).help(finding.help.clone()));
    }

    /// One word alone that most items hold.
    fn common_word(&self, term: &Term) -> Option<Finding> {
        let folded =
            matches!(term.case, Case::Smart | Case::Fold) && !(term.case == Case::Smart && is_acronym(&term.text));
        let word = term.text.trim().to_lowercase().replace('’', "'");
        (folded && term.near.is_empty() && self.common.contains(word.as_str())).then(|| {
            Finding::new(
                format!("{:?} is too broad: it is one of the commonest words", term.text),
                "make it a phrase, give it case = \"exact\" or near = […], or join it with another term in a rule",
            )
        })
    }
}

/// Whether smart case takes it as an acronym, which is found in capitals only.
fn is_acronym(text: &str) -> bool {
    let mut chars = text.chars();
    (2..=5).contains(&text.chars().count())
        && chars.next().is_some_and(char::is_uppercase)
        && chars.all(|c| c.is_uppercase() || c.is_numeric())
}

/// One letter or digit alone. A Han, Kana or Hangul character is a word.
fn one_character(term: &Term) -> Option<Finding> {
    let mut characters = term.text.trim().chars();
    let one = characters.next().filter(|c| c.is_alphanumeric() && *c < '\u{2E80}' && characters.next().is_none());
    let alone = one.is_some() && term.near.is_empty();
    alone.then(|| {
        let message = format!("{:?} is too broad: one character stands in many texts", term.text);
        Finding::new(message, "make it a phrase, give it near = […], or join it with another term in a rule")
    })
}

fn short_prefix(term: &Term) -> Option<Finding> {
    let stem = term.text.trim().strip_suffix('*')?;
    // A Han, Kana or Hangul character says as much as two letters.
    let letters: usize =
        stem.chars().filter(|c| c.is_alphanumeric()).map(|c| if c >= '\u{2E80}' { 2 } else { 1 }).sum();
    (letters < PREFIX_LETTERS).then(|| {
        Finding::new(
            format!("{:?} is too broad: a prefix of fewer than {PREFIX_LETTERS} letters begins many words", term.text),
            "write more letters, or the words themselves",
        )
    })
}

/// Text that is searched for as it stands, but reads like a rule.
fn looks_like_operator(text: &str) -> Option<Finding> {
    let is_operator = |word: &str| {
        let distance = |rest: &str| rest.bytes().all(|byte| byte.is_ascii_digit());
        matches!(word, "AND" | "OR" | "NOT" | "NEAR" | "ONEAR" | "SENT" | "PARA")
            || word.strip_prefix("NEAR/").or_else(|| word.strip_prefix("ONEAR/")).is_some_and(distance)
    };
    let sign = text.starts_with(['@', '$', '=']) && text.chars().nth(1).is_some_and(char::is_alphabetic);
    let field = text.split_once(':').is_some_and(|(name, _)| super::query::is_field(name));
    let operator = text.split_whitespace().any(is_operator);
    (sign || field || operator).then(|| {
        Finding::new(
            format!("{text:?} looks like an operator, but is searched for as it stands"),
            "a condition belongs in the `when` of a [[rule]], outside quotes",
        )
    })
}

fn never_found(term: &Term) -> Option<Finding> {
    if let Some(except) = term.except.iter().find(|except| same_text(except, &term.text)) {
        let message = format!("{:?} can never match: its own except masks it", term.text);
        return Some(Finding::new(message, format!("make except longer than the term, or remove {except:?}")));
    }
    let before_end = term.text.trim().strip_suffix('*').unwrap_or(&term.text);
    let inside = before_end.contains('*') && before_end.chars().any(char::is_alphabetic);
    inside.then(|| {
        let message =
            format!("{:?} can never match as a pattern: only a * at the end stands for more letters", term.text);
        Finding::new(message, "write the words themselves, or a prefix*")
    })
}

fn superfluous(special: &Term, general: &Term) -> Finding {
    let message = if special == general {
        format!("{:?} is superfluous: it is there twice", special.text)
    } else {
        format!("{:?} is superfluous: {:?} is found wherever it is", special.text, general.text)
    };
    Finding::new(message, "remove it")
}
