//! An [`Expr`] to a [`Condition`]: names become ids, looked up in the watchlist
//! itself and then in the libraries.

use super::compile::Names;
use super::entities::Entities;
use super::filter::{FeedPattern, primary_subtag};
use super::matcher::MatcherBuilder;
use super::query::{Expr, ExprKind, QueryError};
use super::rule::{Condition, Kind, Selector};
use super::suggest::did_you_mean;
use super::term::{Case, Term};
use super::{EntityIx, WatchlistIx};
use std::ops::Range;

/// A mistyped id is compared with no more known ones than this.
const SUGGESTIONS: usize = 20_000;

/// The names that may stand in the rules of one watchlist, and all others.
#[derive(Clone, Copy)]
pub(super) struct Known<'a> {
    /// Those of the watchlist itself and then of the libraries: where names are looked up.
    pub(super) visible: &'a [(WatchlistIx, &'a Names<'a>)],
    /// Those of all watchlists.
    pub(super) all: &'a [Names<'a>],
}

/// Resolves the conditions of one watchlist.
pub(super) struct Resolver<'a> {
    pub(super) known: Known<'a>,
    pub(super) entities: &'a Entities,
    pub(super) builder: &'a mut MatcherBuilder,
    pub(super) errors: Vec<QueryError>,
}

impl Resolver<'_> {
    /// `None` after an error.
    pub(super) fn condition(&mut self, expr: &Expr) -> Option<Condition> {
        let kind = match &expr.kind {
            ExprKind::Term { text, case } => self.term(text, *case, &expr.span),
            ExprKind::Entity(id) => self.entity(id, &expr.span),
            ExprKind::EntityType(kind) => self.entity_type(kind, &expr.span),
            ExprKind::AnyEntity => self.any_entity(&expr.span),
            ExprKind::Group(name) => self.group(name, &expr.span),
            ExprKind::Keywords => self.keywords(&expr.span),
            ExprKind::In(field, inner) => Some(Kind::In(*field, self.boxed(inner)?)),
            ExprKind::Feed(pattern) => match FeedPattern::new(pattern) {
                Ok(pattern) => Some(Kind::Feed(pattern)),
                Err(error) => self.fail(&expr.span, format!("no feed is named by this: {error}"), FEED_HELP),
            },
            ExprKind::Lang(tag) => match primary_subtag(tag) {
                Some(language) => Some(Kind::Lang(language)),
                None => self.fail(&expr.span, format!("{tag} is no language"), LANGUAGE_HELP),
            },
            ExprKind::And(parts) => Some(Kind::And(self.parts(parts)?)),
            ExprKind::Or(parts) => Some(Kind::Or(self.parts(parts)?)),
            ExprKind::Not(inner) => Some(Kind::Not(self.boxed(inner)?)),
            ExprKind::Near(proximity, left, right) => {
                let (left, right) = (self.boxed(left), self.boxed(right));
                Some(Kind::Near(*proximity, left?, right?))
            }
            ExprKind::AtLeast(least, parts) => self.at_least(*least, parts, &expr.span),
            ExprKind::Count(inner, least) => Some(Kind::Count(self.boxed(inner)?, *least)),
        }?;
        Some(Condition { kind, span: expr.span.clone() })
    }

    fn boxed(&mut self, expr: &Expr) -> Option<Box<Condition>> {
        self.condition(expr).map(Box::new)
    }

    /// All of them, so that each can have its error.
    fn parts(&mut self, parts: &[Expr]) -> Option<Vec<Condition>> {
        let resolved: Vec<_> = parts.iter().map(|part| self.condition(part)).collect();
        resolved.into_iter().collect()
    }

    fn term(&mut self, text: &str, case: Case, span: &Range<usize>) -> Option<Kind> {
        match self.builder.add(&Term { case, ..Term::new(text) }) {
            Ok(term) => Some(Kind::Terms(Box::from([term]))),
            Err(error) => self.fail(span, error.message, error.help),
        }
    }

    fn entity(&mut self, id: &str, span: &Range<usize>) -> Option<Kind> {
        let found = self.known.visible.iter().find_map(|(_, names)| names.entity(id, self.entities));
        if let Some(entity) = found {
            return Some(Kind::Entities(Selector::One(entity)));
        }
        let known = self.entities().filter_map(|entity| Some(self.entities.get(entity)?.id)).take(SUGGESTIONS);
        let elsewhere = self.elsewhere(|names| names.entity(id, self.entities).is_some());
        let help = elsewhere.or_else(|| did_you_mean(id, known).map(|known| format!("did you mean @{known}?")));
        let help = help.unwrap_or_else(|| "define it in an [[entity]] here or in a library".to_owned());
        self.fail(span, format!("there is no entity {id}"), help)
    }

    fn entity_type(&mut self, kind: &str, span: &Range<usize>) -> Option<Kind> {
        let number = self.entities.kind_number(kind);
        let has = |number| self.entities().any(|entity| self.entities.kind_of(entity) == Some(number));
        if let Some(number) = number.filter(|&number| has(number)) {
            return Some(Kind::Entities(Selector::Kind(number)));
        }
        let help = match did_you_mean(kind, self.entities.kinds()) {
            Some(known) if known != kind => format!("did you mean @type:{known}?"),
            _ => "define one in an [[entity]] here or in a library".to_owned(),
        };
        self.fail(span, format!("there is no entity of the type {kind}"), help)
    }

    fn any_entity(&mut self, span: &Range<usize>) -> Option<Kind> {
        if self.entities().next().is_some() {
            return Some(Kind::Entities(Selector::Any));
        }
        self.fail(span, "there is no entity", "define one in an [[entity]] here or in a library")
    }

    fn group(&mut self, name: &str, span: &Range<usize>) -> Option<Kind> {
        let found = self.known.visible.iter().find_map(|(_, names)| names.groups.get(name));
        if let Some(terms) = found {
            return Some(Kind::Terms(terms.clone()));
        }
        let known = self.known.visible.iter().flat_map(|(_, names)| names.groups.keys().copied());
        let meant = did_you_mean(name, known.chain(["keywords"])).map(|known| format!("did you mean ${known}?"));
        let help = self.elsewhere(|names| names.groups.contains_key(name)).or(meant);
        let help = help.unwrap_or_else(|| "define it under [terms] here or in a library".to_owned());
        self.fail(span, format!("there is no group {name}"), help)
    }

    fn keywords(&mut self, span: &Range<usize>) -> Option<Kind> {
        match self.known.visible.first() {
            Some((_, names)) if !names.keywords.is_empty() => Some(Kind::Terms(names.keywords.clone())),
            _ => self.fail(
                span,
                "this watchlist has no keywords",
                "write keywords = [\"…\"], or name a group of [terms]",
            ),
        }
    }

    fn at_least(&mut self, least: usize, parts: &[Expr], span: &Range<usize>) -> Option<Kind> {
        if let [only] = parts
            && only.is_set()
        {
            let set = self.boxed(only)?;
            let members = self.members(&set);
            return self.enough(least, members, span).map(|()| Kind::AtLeastMembers(least, set));
        }
        let mut different: Vec<&Expr> = Vec::new();
        for part in parts {
            if !different.iter().any(|known| known.kind == part.kind) {
                different.push(part);
            }
        }
        self.enough(least, different.len(), span)?;
        let resolved: Vec<_> = different.into_iter().map(|part| self.condition(part)).collect();
        Some(Kind::AtLeast(least, resolved.into_iter().collect::<Option<_>>()?))
    }

    fn enough(&mut self, least: usize, members: usize, span: &Range<usize>) -> Option<()> {
        if least <= members {
            return Some(());
        }
        let help = format!("ask for {members} or fewer, or add to the list");
        self.fail(span, format!("{least} OF a list of {members} different ones can never hold"), help)
    }

    /// How many members a set has.
    fn members(&self, set: &Condition) -> usize {
        match &set.kind {
            Kind::Terms(terms) => terms.len(),
            Kind::Entities(Selector::Kind(kind)) => {
                self.entities().filter(|&entity| self.entities.kind_of(entity) == Some(*kind)).count()
            }
            Kind::Entities(_) => self.entities().count(),
            Kind::In(_, inner) => self.members(inner),
            _ => 0,
        }
    }

    /// The entities that rules of this watchlist can name.
    fn entities(&self) -> impl Iterator<Item = EntityIx> {
        self.known.visible.iter().flat_map(|(list, _)| self.entities.of_list(*list))
    }

    /// What to do about a name that only a watchlist which is no library defines.
    fn elsewhere(&self, defines: impl Fn(&Names<'_>) -> bool) -> Option<String> {
        let names = self.known.all.iter().find(|names| defines(names))?;
        Some(format!("the watchlist {} defines it: only those with library = true serve others", names.list))
    }

    fn fail<T>(&mut self, span: &Range<usize>, message: impl Into<String>, help: impl Into<String>) -> Option<T> {
        self.errors.push(QueryError::new(span.clone(), message, help));
        None
    }
}

pub(super) const FEED_HELP: &str = "write the name of a feed, a glob such as bbc-*, or tag:NAME";
pub(super) const LANGUAGE_HELP: &str = "write a language code such as en or fr";
