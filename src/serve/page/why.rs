//! Why an alert fired, for a person: the rules as trees, with the words that make their
//! parts true.

use super::super::problem::Problem;
use super::super::why::{Explained, Outcome, Part};
use super::template::Markup;
use crate::sink::payload::{Item, field_text};
use serde::Serialize;

/// Rules and what each comes to on an item.
///
/// # Errors
/// As [`Markup::of`].
pub(super) fn trees<'a>(explained: impl Iterator<Item = &'a Explained>, item: &Item) -> Result<Markup, Problem> {
    #[derive(Serialize)]
    struct View {
        reasons: Vec<Reason>,
    }
    Markup::of("why.html", &View { reasons: explained.map(|rule| Reason::new(rule, item)).collect() })
}

/// A rule and what it comes to.
#[derive(Debug, Serialize)]
struct Reason {
    rule: String,
    fires: bool,
    when: String,
    /// The filters of its watchlist, then its condition.
    parts: Vec<Node>,
}

/// A part of a condition.
#[derive(Debug, Serialize)]
struct Node {
    text: String,
    truth: Outcome,
    why: String,
    /// The texts that make it true, each once.
    found: Vec<String>,
    near_misses: usize,
    parts: Vec<Self>,
}

/// The most texts that are shown of a part.
const MOST: usize = 5;

impl Reason {
    fn new(explained: &Explained, item: &Item) -> Self {
        let parts = explained.filters.iter().chain([&explained.condition]);
        Self {
            rule: explained.rule.clone(),
            fires: explained.fires,
            when: explained.when.clone(),
            parts: parts.map(|part| Node::new(part, item)).collect(),
        }
    }
}

impl Node {
    fn new(part: &Part, item: &Item) -> Self {
        let mut found: Vec<String> = Vec::new();
        for span in &part.matches {
            let text = field_text(item, span.field).unwrap_or_default();
            let text = text.get(span.start as usize..span.end as usize).unwrap_or_default();
            if found.len() < MOST && !text.is_empty() && !found.iter().any(|known| known == text) {
                found.push(text.to_owned());
            }
        }
        Self {
            text: part.text.clone(),
            truth: part.truth,
            why: part.why.clone(),
            found,
            near_misses: part.near_misses,
            parts: part.parts.iter().map(|part| Self::new(part, item)).collect(),
        }
    }
}
