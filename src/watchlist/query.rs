//! The rule language: a `when` string in, an [`Expr`] out, or every error with
//! the characters it is about. Knows the grammar, not what names mean.

mod cursor;
mod operator;
mod parser;
mod token;

use super::term::{Case, Field};
use std::ops::Range;

/// A condition, or a part of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expr {
    /// What it says.
    pub kind: ExprKind,
    /// Its bytes in the string.
    pub span: Range<usize>,
}

/// What a condition says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExprKind {
    /// `word`, `"a phrase"`, `prefix*`; with `=` in exact case.
    Term {
        /// The text without its quotes.
        text: String,
        /// [`Case::Smart`], or [`Case::Exact`] after `=`.
        case: Case,
    },
    /// `@id`
    Entity(String),
    /// `@type:word`
    EntityType(String),
    /// `@any`
    AnyEntity,
    /// `$group`
    Group(String),
    /// `$keywords`
    Keywords,
    /// `title:…` and so on: the part, searched in that field only.
    In(Field, Box<Expr>),
    /// `feed:…`: a name, a glob or `tag:NAME`.
    Feed(String),
    /// `lang:…`
    Lang(String),
    /// All of them; two or more.
    And(Vec<Expr>),
    /// Any of them; two or more.
    Or(Vec<Expr>),
    /// The opposite.
    Not(Box<Expr>),
    /// `a NEAR/n b` and its like. Both sides have positions, see [`Expr::has_position`].
    Near(Proximity, Box<Expr>, Box<Expr>),
    /// `n OF (…)`: at least `n` different ones; at least 1.
    AtLeast(usize, Vec<Expr>),
    /// `COUNT(…) >= n`: at least `n` occurrences, at least 1. The inside has positions.
    Count(Box<Expr>, usize),
}

/// What a proximity operator asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proximity {
    /// How the two are to lie.
    pub relation: Relation,
    /// How far apart they may be.
    pub reach: Reach,
}

/// How the two sides of a proximity operator are to lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// Together, in any order.
    Together,
    /// Together, the left side first.
    InOrder,
    /// The left side without the right one beside it.
    Apart,
}

/// How far a proximity operator reaches; always inside one field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Word positions from the last word of the one to the first of the other; at least 1, adjacent is 1.
    Words(u32),
    /// One sentence.
    Sentence,
    /// One paragraph.
    Paragraph,
}

impl Expr {
    /// Whether it stands at places in the text, so that a distance to it can be
    /// measured and its occurrences counted: terms, entities, groups, proximity
    /// expressions, and any of them in a field or joined by `OR`.
    #[must_use]
    pub fn has_position(&self) -> bool {
        self.without_position().is_none()
    }

    /// The first part that has no position.
    fn without_position(&self) -> Option<&Self> {
        match &self.kind {
            ExprKind::In(_, inner) => inner.without_position(),
            ExprKind::Or(parts) => parts.iter().find_map(Self::without_position),
            ExprKind::Term { .. }
            | ExprKind::Entity(_)
            | ExprKind::EntityType(_)
            | ExprKind::AnyEntity
            | ExprKind::Group(_)
            | ExprKind::Keywords
            | ExprKind::Near(..) => None,
            ExprKind::Feed(_)
            | ExprKind::Lang(_)
            | ExprKind::And(_)
            | ExprKind::Not(_)
            | ExprKind::AtLeast(..)
            | ExprKind::Count(..) => Some(self),
        }
    }

    /// Whether it is one name that stands for many terms or entities.
    #[must_use]
    pub fn is_set(&self) -> bool {
        match &self.kind {
            ExprKind::Group(_) | ExprKind::Keywords | ExprKind::EntityType(_) | ExprKind::AnyEntity => true,
            ExprKind::In(_, inner) => inner.is_set(),
            _ => false,
        }
    }
}

/// What is wrong with a condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryError {
    /// The bytes it is about.
    pub span: Range<usize>,
    /// What is wrong, without a final stop.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

impl QueryError {
    pub(super) fn new(span: Range<usize>, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { span, message: message.into(), help: Some(help.into()) }
    }
}

/// How deeply parentheses, `NOT` and fields may be nested.
pub const MAX_NESTING: usize = 32;

/// How many proximity operators may follow each other without parentheses.
pub const MAX_CHAIN: usize = 8;

/// Parses a condition.
///
/// # Errors
/// All that is wrong with it, in the order of the string; at least one. What
/// follows an error only because of it is left out.
pub fn parse(when: &str) -> Result<Expr, Vec<QueryError>> {
    parser::parse(when)
}

/// Whether this word before a colon names a field, a feed or a language.
pub(super) fn is_field(name: &str) -> bool {
    operator::FIELDS.contains(&name)
}
