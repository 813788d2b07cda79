//! Which words are operators, and which were probably meant as one.

use super::{Reach, Relation};

/// The names before a colon.
pub(super) const FIELDS: [&str; 7] = ["title", "body", "author", "category", "link", "feed", "lang"];

/// A word that joins expressions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    And,
    Or,
    Not,
    Near(Relation, Reach),
}

/// The operator that is spelt like this.
pub(super) fn operator(word: &str) -> Option<Operator> {
    let words = |n: &str| n.parse().ok().filter(|&n: &u32| n > 0).map(Reach::Words);
    match word {
        "AND" => Some(Operator::And),
        "OR" => Some(Operator::Or),
        "NOT" => Some(Operator::Not),
        "SENT" => Some(Operator::Near(Relation::Together, Reach::Sentence)),
        "PARA" => Some(Operator::Near(Relation::Together, Reach::Paragraph)),
        _ => {
            let (name, n) = word.split_once('/')?;
            match name {
                "NEAR" => Some(Operator::Near(Relation::Together, words(n)?)),
                "ONEAR" => Some(Operator::Near(Relation::InOrder, words(n)?)),
                _ => None,
            }
        }
    }
}

/// What a word between two expressions was probably meant as, and how that is spelt.
pub(super) fn meant_operator(word: &str) -> Option<(Operator, String)> {
    const DISTANCE: Reach = Reach::Words(10);
    if operator(word).is_some() {
        return None;
    }
    let upper = word.to_ascii_uppercase();
    if let Some(operator) = operator(&upper) {
        return Some((operator, upper));
    }
    let name = upper.split_once('/').map_or(upper.as_str(), |(name, _)| name);
    match name {
        "&&" | "&" => Some((Operator::And, "AND".to_owned())),
        "||" | "|" => Some((Operator::Or, "OR".to_owned())),
        "NEAR" => Some((Operator::Near(Relation::Together, DISTANCE), "NEAR/10 (a number of 1 or more)".to_owned())),
        "ONEAR" => Some((Operator::Near(Relation::InOrder, DISTANCE), "ONEAR/10 (a number of 1 or more)".to_owned())),
        "W" if upper.contains('/') => Some((Operator::Near(Relation::Together, DISTANCE), "NEAR/10".to_owned())),
        _ => None,
    }
}
