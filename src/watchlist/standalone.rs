//! A query that stands alone, in no watchlist (a silence has one). It can name the
//! entities of all watchlists; groups and keywords, which are of one, it cannot.

use super::compile::compile;
use super::definition::{At, Definition, EntityDefinition, Level, RuleDefinition};
use super::query::{self, Expr, ExprKind, QueryError};
use super::term::{Document, Term, TermId};
use super::{Entity, EntityIx, Origin, Scratch, Watchlists};
use std::collections::BTreeMap;

/// A compiled query.
#[derive(Debug)]
pub struct StandaloneQuery {
    /// One rule, and a library of the entities that it names.
    compiled: Watchlists,
}

/// Entities that one query may name at most, by `@type:` and `@any`: each is compiled anew.
const MOST_ENTITIES: usize = 10_000;

impl StandaloneQuery {
    /// Compiles a query; its entities are those of `known`.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn compile(when: &str, known: &Watchlists) -> Result<Self, QueryError> {
        let expr = query::parse(when).map_err(|errors| first(errors, when))?;
        let mut named = Named::default();
        named.collect(&expr)?;
        let rule = RuleDefinition {
            id: At { value: "query".to_owned(), ..At::default() },
            when: At { value: when.to_owned(), ..At::default() },
            ..RuleDefinition::default()
        };
        let list = Definition {
            name: At { value: "query".to_owned(), ..At::default() },
            rules: vec![rule],
            ..Definition::default()
        };
        let library = Definition {
            name: At { value: "entities".to_owned(), ..At::default() },
            library: true,
            entities: named.definitions(known, when)?,
            ..Definition::default()
        };
        let (compiled, problems) = compile(&[list, library]);
        let error = problems.into_iter().find(|problem| problem.level == Level::Error);
        error.map_or(Ok(Self { compiled }), |problem| {
            let span = problem.within.unwrap_or(0..when.len());
            Err(QueryError { span, message: problem.message, help: problem.help })
        })
    }

    /// Whether it holds for an item.
    #[must_use]
    pub fn holds(&self, document: &Document<'_>, origin: Origin<'_>) -> bool {
        !self.compiled.scan(document, origin, &mut Scratch::default()).is_empty()
    }
}

fn first(errors: Vec<QueryError>, when: &str) -> QueryError {
    let first = errors.into_iter().next();
    first.unwrap_or_else(|| QueryError::new(0..when.len(), "this is no query", "see docs/watchlists.md"))
}

/// The entities that a query names.
#[derive(Debug, Default)]
struct Named<'a> {
    ids: Vec<&'a str>,
    kinds: Vec<&'a str>,
    any: bool,
}

impl<'a> Named<'a> {
    fn collect(&mut self, expr: &'a Expr) -> Result<(), QueryError> {
        match &expr.kind {
            ExprKind::Entity(id) => self.ids.push(id),
            ExprKind::EntityType(kind) => self.kinds.push(kind),
            ExprKind::AnyEntity => self.any = true,
            ExprKind::Group(_) | ExprKind::Keywords => {
                let message = "groups and keywords are known in their watchlist only";
                return Err(QueryError::new(expr.span.clone(), message, "write the words themselves, joined by OR"));
            }
            ExprKind::Term { .. } | ExprKind::Feed(_) | ExprKind::Lang(_) => {}
            ExprKind::In(_, inner) | ExprKind::Not(inner) | ExprKind::Count(inner, _) => self.collect(inner)?,
            ExprKind::Near(_, left, right) => {
                self.collect(left)?;
                self.collect(right)?;
            }
            ExprKind::And(parts) | ExprKind::Or(parts) | ExprKind::AtLeast(_, parts) => {
                parts.iter().try_for_each(|part| self.collect(part))?;
            }
        }
        Ok(())
    }

    fn means(&self, entity: Entity<'_>) -> bool {
        self.any || self.ids.contains(&entity.id) || self.kinds.contains(&entity.kind)
    }

    /// The entities as they were defined. One id in several watchlists is one entity with the names of all.
    fn definitions(&self, known: &Watchlists, when: &str) -> Result<Vec<EntityDefinition>, QueryError> {
        let mut found: BTreeMap<&str, EntityDefinition> = BTreeMap::new();
        if self.ids.is_empty() && self.kinds.is_empty() && !self.any {
            return Ok(Vec::new());
        }
        for (entity, term) in known.names() {
            let Some(entity) = known.entity(entity).filter(|entity| self.means(*entity)) else { continue };
            let definition = found.entry(entity.id).or_insert_with(|| EntityDefinition {
                id: At { value: entity.id.to_owned(), ..At::default() },
                kind: At { value: entity.kind.to_owned(), ..At::default() },
                ..EntityDefinition::default()
            });
            definition.names.push(At { value: term, ..At::default() });
            if found.len() > MOST_ENTITIES {
                let message = format!("this names more than {MOST_ENTITIES} entities");
                return Err(QueryError::new(0..when.len(), message, "name them by their ids, or silence a rule"));
            }
        }
        Ok(found.into_values().collect())
    }
}

impl Watchlists {
    /// Every name of every entity.
    fn names(&self) -> impl Iterator<Item = (EntityIx, Term)> {
        let terms = (0u32..).take(self.matcher.len()).map(TermId);
        let named = terms.flat_map(|term| self.entities.named(term).iter().map(move |entity| (*entity, term)));
        named.filter_map(|(entity, term)| Some((entity, self.matcher.term(term)?)))
    }
}
