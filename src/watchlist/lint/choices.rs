//! What a part of a condition looks for, as the terms of which any one will do:
//! the names in it are looked up as the compiler does.

use super::cover::covering;
use crate::watchlist::definition::{At, Definition, EntityDefinition};
use crate::watchlist::query::{Expr, ExprKind, Relation};
use crate::watchlist::term::{Field, Term};

/// A term that a part of a condition looks for.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Choice<'a> {
    pub(super) term: Term,
    /// The only field that it is looked for in; `None`: title and body.
    field: Option<Field>,
    /// The part that names it: the term itself, or what stands for it.
    pub(super) part: &'a Expr,
}

impl Choice<'_> {
    /// Whether it is written in the rule itself.
    pub(super) fn is_written(&self) -> bool {
        matches!(self.part.kind, ExprKind::Term { .. })
    }

    /// Whether it is the same term in the same field.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        (&self.term, self.field) == (&other.term, other.field)
    }

    /// Whether it is looked for wherever `other` is.
    fn is_as_wide_as(&self, other: &Self) -> bool {
        match self.field {
            Some(_) => self.field == other.field,
            None => matches!(other.field, None | Some(Field::Title | Field::Body)),
        }
    }
}

/// Pairs of a choice and another that is found wherever it is, of those that `counts`.
pub(super) fn covered<'c, 'a>(
    choices: &'c [Choice<'a>],
    counts: impl Fn(&Choice<'a>, &Choice<'a>) -> bool,
) -> Vec<(&'c Choice<'a>, &'c Choice<'a>)> {
    let pair = |special, general| choices.get(special).zip(choices.get(general));
    let terms: Vec<_> = choices.iter().map(|choice| &choice.term).collect();
    let pairs = covering(&terms, |special, general| {
        pair(special, general)
            .is_some_and(|(special, general)| general.is_as_wide_as(special) && counts(special, general))
    });
    pairs.into_iter().filter_map(|(special, general)| pair(special, general)).collect()
}

/// The definitions in which names are looked up: the rule's own, then the libraries.
#[derive(Debug, Clone)]
pub(super) struct Names<'a>(Vec<&'a Definition>);

impl<'a> Names<'a> {
    pub(super) fn new(own: &'a Definition, all: &'a [Definition]) -> Self {
        let libraries = all.iter().filter(|other| other.library && !std::ptr::eq(*other, own));
        Self(std::iter::once(own).chain(libraries).collect())
    }

    /// The terms of which any one makes `expr` hold; `None`: it is more than that, or not all of
    /// them are known.
    pub(super) fn choices<'e>(&self, expr: &'e Expr, field: Option<Field>) -> Option<Vec<Choice<'e>>> {
        let named = |terms: Vec<&At<Term>>| {
            let choice = |term: &At<Term>| Choice { term: term.value.clone(), field, part: expr };
            terms.into_iter().map(choice).collect()
        };
        match &expr.kind {
            ExprKind::Term { text, case } => {
                let term = Term { case: *case, ..Term::new(text.as_str()) };
                Some(vec![Choice { term, field, part: expr }])
            }
            ExprKind::In(field, inner) => self.choices(inner, Some(*field)),
            ExprKind::Or(parts) => {
                let parts: Option<Vec<_>> = parts.iter().map(|part| self.choices(part, field)).collect();
                Some(parts?.into_iter().flatten().collect())
            }
            ExprKind::Keywords => Some(named(self.0.first()?.keywords.iter().collect())),
            ExprKind::Group(name) => {
                let mut groups = self.0.iter().flat_map(|definition| &definition.groups);
                let (_, terms) = groups.find(|(known, _)| known.value == *name)?;
                Some(named(terms.iter().collect()))
            }
            ExprKind::Entity(id) => {
                let entity = self.entities().find(|entity| entity.id.value == *id)?;
                Some(named(entity.names.iter().collect()))
            }
            ExprKind::EntityType(kind) => self.names_of(|entity| entity.kind.value == *kind).map(named),
            ExprKind::AnyEntity => self.names_of(|_| true).map(named),
            _ => None,
        }
    }

    /// Sets of terms of which each must have one that occurs, for `expr` to hold.
    pub(super) fn required<'e>(&self, expr: &'e Expr, field: Option<Field>) -> Vec<Vec<Choice<'e>>> {
        match &expr.kind {
            ExprKind::In(field, inner) => self.required(inner, Some(*field)),
            ExprKind::Count(inner, _) => self.required(inner, field),
            ExprKind::And(parts) => parts.iter().flat_map(|part| self.required(part, field)).collect(),
            ExprKind::Near(proximity, left, _) if proximity.relation == Relation::Apart => self.required(left, field),
            ExprKind::Near(_, left, right) => {
                [left, right].into_iter().flat_map(|side| self.required(side, field)).collect()
            }
            _ => self.choices(expr, field).into_iter().collect(),
        }
    }

    fn entities(&self) -> impl Iterator<Item = &'a EntityDefinition> {
        self.0.iter().flat_map(|definition| &definition.entities)
    }

    /// The names of the entities that are meant; `None` where imports may hold more of them.
    fn names_of(&self, means: impl Fn(&EntityDefinition) -> bool) -> Option<Vec<&'a At<Term>>> {
        let known = self.0.iter().all(|definition| definition.imports.is_empty());
        known.then(|| self.entities().filter(|entity| means(entity)).flat_map(|entity| &entity.names).collect())
    }
}
