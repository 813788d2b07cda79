//! Definitions to [`super::Watchlists`]: names become ids, terms become one
//! automaton, and every mistake becomes a [`super::definition::Problem`].

use super::definition::{At, Definition, EntityDefinition, Level, Pos, Problem, RuleDefinition};
use super::entities::Entities;
use super::filter::{FeedPattern, Filters, primary_subtag};
use super::import::Imported;
use super::matcher::MatcherBuilder;
use super::needed::Needed;
use super::query::{self, QueryError};
use super::resolve::{FEED_HELP, Known, LANGUAGE_HELP, Resolver};
use super::rows::Rows;
use super::rule::{Condition, Kind, Selector};
use super::suggest::did_you_mean;
use super::term::{Term, TermId};
use super::{ANY, EntityIx, Rule, RuleIx, Watchlist, WatchlistIx, Watchlists};
use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

/// Compiles the watchlists of a configuration: one [`super::Watchlist`] for each
/// definition, in their order. All problems at once; if there is an error among
/// them, the watchlists are not to be used.
#[must_use]
pub fn compile(definitions: &[Definition]) -> (Watchlists, Vec<Problem>) {
    let mut compiler = Compiler::default();
    compiler.check_names(definitions);
    let names: Vec<_> = definitions.iter().map(|definition| compiler.declare(definition)).collect();
    for (list, definition) in definitions.iter().enumerate() {
        compiler.list(list, definition, definitions, &names);
    }
    compiler.finish()
}

/// The names that rules use for what one watchlist defines.
#[derive(Debug, Default)]
pub(super) struct Names<'a> {
    /// The name of the watchlist.
    pub(super) list: &'a str,
    pub(super) keywords: Box<[TermId]>,
    pub(super) groups: HashMap<&'a str, Box<[TermId]>>,
    /// Hashes of the ids of its entities, sorted: a map of a million strings would be four times as large.
    ids: Vec<(u64, EntityIx)>,
}

impl Names<'_> {
    /// The entity with that id.
    pub(super) fn entity(&self, id: &str, entities: &Entities) -> Option<EntityIx> {
        let hash = hash(id);
        let start = self.ids.partition_point(|(known, _)| *known < hash);
        let same = self.ids.iter().skip(start).take_while(|(known, _)| *known == hash).map(|(_, entity)| *entity);
        same.into_iter().find(|&entity| entities.get(entity).is_some_and(|entity| entity.id == id))
    }
}

fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

fn index(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

/// What has been compiled so far.
#[derive(Default)]
struct Compiler {
    problems: Vec<Problem>,
    builder: MatcherBuilder,
    entities: Entities,
    /// Entities with their names, in the order of the entities.
    named: Vec<(EntityIx, TermId)>,
    lists: Vec<Watchlist>,
    rules: Vec<Rule>,
    touched: Vec<(u32, RuleIx)>,
}

/// Watchlists, keywords, groups and entities.
impl Compiler {
    fn check_names(&mut self, definitions: &[Definition]) {
        let mut seen = HashSet::new();
        for name in definitions.iter().map(|definition| &definition.name) {
            if name.value.is_empty() {
                self.problems.push(Problem::error(&name.pos, "a watchlist needs a name").help("write name = \"…\""));
            } else if !seen.insert(&name.value) {
                self.duplicate("watchlist", name);
            }
        }
    }

    fn duplicate(&mut self, what: &str, name: &At<String>) {
        let problem = Problem::error(&name.pos, format!("the {what} {} is already defined", name.value));
        self.problems.push(problem.help("give one of them another name"));
    }

    fn declare<'a>(&mut self, definition: &'a Definition) -> Names<'a> {
        let first = index(self.entities.len());
        for entity in &definition.entities {
            self.entity(entity);
        }
        for import in &definition.imports {
            self.import(import);
        }
        self.entities.end_list();
        let ids = self.index_ids(first, definition);
        let keywords = self.terms(&definition.keywords);
        Names { list: &definition.name.value, keywords, groups: self.groups(definition), ids }
    }

    fn groups<'a>(&mut self, definition: &'a Definition) -> HashMap<&'a str, Box<[TermId]>> {
        let mut groups = HashMap::new();
        for (name, terms) in &definition.groups {
            self.check_word("group", name);
            let ids = self.terms(terms);
            if terms.is_empty() {
                let problem = Problem::error(&name.pos, format!("the group {} is empty", name.value));
                self.problems.push(problem.help("add terms, or remove it"));
            } else if name.value == "keywords" {
                let problem = Problem::error(&name.pos, "$keywords already means the keywords");
                self.problems.push(problem.help("give the group another name"));
            } else if groups.insert(name.value.as_str(), ids).is_some() {
                self.duplicate("group", name);
            }
        }
        groups
    }

    /// A name that stands in rules after `@` or `$`.
    fn check_word(&mut self, what: &str, name: &At<String>) {
        let stops = |c: char| c.is_whitespace() || "\"“”„(),<>".contains(c);
        if name.value.is_empty() || name.value.contains(stops) {
            let problem = Problem::error(&name.pos, format!("{:?} cannot name a {what} in a rule", name.value));
            self.problems.push(problem.help("use letters, digits and hyphens"));
        }
    }

    /// Sorted, without duplicates.
    fn terms(&mut self, terms: &[At<Term>]) -> Box<[TermId]> {
        let mut ids: Vec<_> = terms.iter().filter_map(|term| self.term(term)).collect();
        ids.sort_unstable();
        ids.dedup();
        ids.into_boxed_slice()
    }

    fn term(&mut self, term: &At<Term>) -> Option<TermId> {
        let added = self.builder.add(&term.value);
        added.map_err(|error| self.problems.push(Problem::error(&term.pos, error.message).help(error.help))).ok()
    }

    fn entity(&mut self, definition: &EntityDefinition) {
        self.check_word("entity", &definition.id);
        self.check_kind(definition);
        if definition.id.value == "any" || definition.id.value.starts_with("type:") {
            let problem = Problem::error(&definition.id.pos, format!("@{} already has a meaning", definition.id.value));
            self.problems.push(problem.help("give the entity another id"));
        }
        let first = definition.names.first().map(|name| name.value.text.as_str());
        if first.is_none() {
            let problem =
                Problem::error(&definition.id.pos, format!("the entity {} has no names", definition.id.value));
            self.problems.push(problem.help("write names = [\"…\"]"));
        }
        let name = definition.name.as_deref().or(first).unwrap_or_default();
        let entity = self.entities.push(&definition.id.value, &definition.kind.value, name);
        let terms: Vec<_> = definition.names.iter().filter_map(|name| self.term(name)).collect();
        self.named.extend(terms.into_iter().map(|term| (entity, term)));
    }

    fn check_kind(&mut self, definition: &EntityDefinition) {
        if !definition.kind.value.is_empty() {
            return self.check_word("type", &definition.kind);
        }
        let problem = Problem::error(&definition.id.pos, format!("the entity {} has no type", definition.id.value));
        self.problems.push(problem.help("write type = \"person\", \"organization\" or any other word"));
    }

    /// Names that cannot be looked for are left out, with one warning.
    fn import(&mut self, import: &Imported) {
        let mut refused = 0_usize;
        let mut example = None;
        for imported in import.entities() {
            let mut names = imported.names().peekable();
            let name = names.peek().copied().unwrap_or_default();
            let entity = self.entities.push(imported.id, imported.kind, name);
            for name in names {
                match self.builder.add(&Term::new(name)) {
                    Ok(term) => self.named.push((entity, term)),
                    Err(error) => {
                        refused += 1;
                        example.get_or_insert_with(|| format!("{name:?} of {}: {}", imported.id, error.message));
                    }
                }
            }
        }
        if let Some(example) = example {
            let message = format!("{refused} of its names cannot be looked for, the first is {example}");
            self.problems.push(Problem::warning(&import.pos, message).help("correct them in the file"));
        }
    }

    /// The ids of the entities from `first` on, sorted by hash; complains of those that come again.
    fn index_ids(&mut self, first: u32, definition: &Definition) -> Vec<(u64, EntityIx)> {
        let all = (first..index(self.entities.len())).map(EntityIx);
        let mut ids: Vec<_> = all.filter_map(|entity| Some((hash(self.entities.get(entity)?.id), entity))).collect();
        ids.sort_unstable();
        let mut again = Vec::new();
        for same in ids.chunk_by(|a, b| a.0 == b.0) {
            let mut seen = HashSet::new();
            let id = |entity: EntityIx| self.entities.get(entity).map(|entity| entity.id);
            again.extend(same.iter().map(|(_, entity)| *entity).filter(|&entity| !seen.insert(id(entity))));
        }
        again.sort_unstable();
        self.entities.repeat_id(&again);
        self.report_duplicates(first, definition, &again);
        ids
    }

    /// One error for each `[[entity]]`, one warning for each import.
    fn report_duplicates(&mut self, first: u32, definition: &Definition, again: &[EntityIx]) {
        let mut start = first as usize + definition.entities.len();
        for &EntityIx(entity) in again {
            let own = (entity as usize).checked_sub(first as usize);
            if let Some(own) = own.and_then(|own| definition.entities.get(own)) {
                self.duplicate("entity", &own.id);
            }
        }
        for import in &definition.imports {
            let range = start..start + import.len();
            start = range.end;
            let mut inside = again.iter().filter(|entity| range.contains(&(entity.0 as usize)));
            let Some(entity) = inside.next().and_then(|&entity| self.entities.get(entity)) else { continue };
            let message = format!("{} of its ids are already there, the first is {}", inside.count() + 1, entity.id);
            self.problems.push(Problem::warning(&import.pos, message).help("rules find the first of each"));
        }
    }
}

/// Rules.
impl Compiler {
    fn list<'a>(&mut self, list: usize, definition: &Definition, all: &[Definition], names: &'a [Names<'a>]) {
        let watchlist = WatchlistIx(index(list));
        let filters = self.filters(definition);
        let first = self.rules.len();
        let visible = visible(list, all, names);
        for rule in &definition.rules {
            self.rule(watchlist, definition, rule, Known { visible: &visible, all: names });
        }
        self.check_rules(definition);
        if definition.library {
            self.rules.truncate(first);
            self.touched.retain(|(_, rule)| (rule.0 as usize) < first);
        } else if definition.rules.is_empty() {
            self.implicit_rule(watchlist, definition, visible.first().map(|(_, names)| *names));
        }
        self.lists.push(Watchlist {
            name: definition.name.value.clone(),
            title: definition.title.clone().unwrap_or_else(|| definition.name.value.clone()),
            severity: definition.severity,
            sinks: definition.sinks.as_ref().map(|sinks| sinks.iter().map(|sink| sink.value.clone()).collect()),
            library: definition.library,
            rules: (index(first)..index(self.rules.len())).map(RuleIx).collect(),
            filters,
        });
    }

    fn filters(&mut self, definition: &Definition) -> Filters {
        let feeds = definition.feeds.as_ref().map(|feeds| feeds.iter().filter_map(|feed| self.feed(feed)).collect());
        let languages = definition.languages.as_ref();
        let languages = languages.map(|tags| tags.iter().filter_map(|tag| self.language(tag)).collect());
        Filters { feeds, languages }
    }

    fn feed(&mut self, feed: &At<String>) -> Option<FeedPattern> {
        let problem = |error| Problem::error(&feed.pos, format!("no feed is named by this: {error}")).help(FEED_HELP);
        FeedPattern::new(&feed.value).map_err(|error| self.problems.push(problem(error))).ok()
    }

    fn language(&mut self, tag: &At<String>) -> Option<String> {
        let language = primary_subtag(&tag.value);
        if language.is_none() {
            let problem = Problem::error(&tag.pos, format!("{:?} is no language", tag.value));
            self.problems.push(problem.help(LANGUAGE_HELP));
        }
        language
    }

    fn rule(&mut self, watchlist: WatchlistIx, list: &Definition, rule: &RuleDefinition, known: Known<'_>) {
        let condition = match query::parse(&rule.when.value) {
            Ok(expr) => {
                let (entities, builder) = (&self.entities, &mut self.builder);
                let mut resolver = Resolver { known, entities, builder, errors: Vec::new() };
                resolver.condition(&expr).filter(|_| resolver.errors.is_empty()).ok_or(resolver.errors)
            }
            Err(errors) => Err(errors),
        };
        match condition {
            Ok(condition) => self.push_rule(
                Rule {
                    watchlist,
                    id: rule.id.value.clone(),
                    title: rule.title.clone().unwrap_or_else(|| rule.id.value.clone()),
                    severity: rule.severity.unwrap_or(list.severity),
                    tags: rule.tags.clone(),
                    implicit: false,
                    when: rule.when.value.clone(),
                    condition,
                },
                &rule.when.pos,
            ),
            Err(errors) => self.problems.extend(errors.into_iter().map(|error| at(&rule.when.pos, error))),
        }
    }

    /// Adds a rule to the index of the terms that touch it.
    fn push_rule(&mut self, rule: Rule, pos: &Pos) {
        let names_of = |selector| self.names_of(selector, rule.watchlist);
        let Some(needed) = Needed::by(&rule.condition) else {
            let problem = Problem::error(pos, "this rule can fire without any term present");
            let help = "add a term, an entity or a group that must be there (outside NOT)";
            self.problems.push(problem.within(rule.condition.span.clone()).help(help));
            return;
        };
        let index = RuleIx(index(self.rules.len()));
        self.touched.extend(needed.terms(&names_of).into_iter().map(|term| (term.0, index)));
        self.rules.push(rule);
    }

    /// The names of the entities that a selector means. Libraries are not told
    /// apart here: a rule touched in vain is evaluated and does not fire.
    fn names_of(&self, selector: Selector, watchlist: WatchlistIx) -> Vec<TermId> {
        let means = |entity: EntityIx| match selector {
            Selector::One(one) => entity == one,
            Selector::Kind(kind) => self.entities.kind_of(entity) == Some(kind),
            Selector::Any => true,
            Selector::Own => self.entities.list_of(entity) == watchlist,
        };
        let start = match selector {
            Selector::One(one) => self.named.partition_point(|(entity, _)| *entity < one),
            _ => 0,
        };
        let rest = self.named.iter().skip(start);
        let known = rest.take_while(|(entity, _)| !matches!(selector, Selector::One(one) if *entity > one));
        known.filter(|(entity, _)| means(*entity)).map(|(_, term)| *term).collect()
    }

    /// The rule of a watchlist that has none: any keyword, any entity of its own.
    fn implicit_rule(&mut self, watchlist: WatchlistIx, definition: &Definition, names: Option<&Names<'_>>) {
        let part = |kind| Condition { kind, span: 0..0 };
        let mut parts = Vec::new();
        let keywords = names.map(|names| names.keywords.clone()).filter(|keywords| !keywords.is_empty());
        parts.extend(keywords.map(|keywords| part(Kind::Terms(keywords))));
        if self.entities.of_list(watchlist).next().is_some() {
            parts.push(part(Kind::Entities(Selector::Own)));
        }
        if parts.is_empty() {
            let problem = Problem::warning(&definition.name.pos, "this watchlist has nothing that could fire");
            self.problems.push(problem.help("add keywords, entities or a [[rule]], or write library = true"));
            return;
        }
        let rule = Rule {
            watchlist,
            id: ANY.to_owned(),
            title: definition.title.clone().unwrap_or_else(|| definition.name.value.clone()),
            severity: definition.severity,
            tags: Vec::new(),
            implicit: true,
            when: "any keyword or entity".to_owned(),
            condition: part(Kind::Or(parts)),
        };
        self.push_rule(rule, &definition.name.pos);
    }

    /// Rule ids, and the ids that tests expect.
    fn check_rules(&mut self, definition: &Definition) {
        let mut ids: Vec<&str> = Vec::new();
        let mut seen = HashSet::new();
        for RuleDefinition { id, .. } in &definition.rules {
            if id.value.is_empty() {
                self.problems.push(Problem::error(&id.pos, "a rule needs an id").help("write id = \"…\""));
            } else if !seen.insert(&id.value) {
                self.duplicate("rule", id);
            }
            ids.push(&id.value);
        }
        if definition.library && !ids.is_empty() {
            let problem = Problem::warning(&definition.name.pos, "a library never fires, but this one has rules");
            self.problems.push(problem.help("move the rules to a watchlist of their own, or remove library = true"));
        }
        if ids.is_empty() {
            ids.push(ANY);
        }
        for fires in definition.tests.iter().filter_map(|test| test.fires.as_ref()) {
            for id in fires.value.iter().filter(|id| !ids.contains(&id.value.as_str())) {
                let problem = Problem::error(&id.pos, format!("there is no rule {}", id.value));
                let help = match did_you_mean(&id.value, ids.iter().copied()) {
                    Some(known) => format!("did you mean {known}?"),
                    None => format!("rules here are {}", ids.join(", ")),
                };
                self.problems.push(problem.help(help));
            }
        }
    }

    fn finish(mut self) -> (Watchlists, Vec<Problem>) {
        self.entities.set_names(self.named.iter().map(|(entity, term)| (term.0, *entity)).collect());
        self.problems
            .sort_by_key(|problem| (problem.pos.file, problem.pos.span.start, problem.level == Level::Warning));
        let watchlists = Watchlists {
            lists: self.lists,
            rules: self.rules,
            entities: self.entities,
            matcher: self.builder.build(),
            touched: Rows::new(self.touched),
        };
        (watchlists, self.problems)
    }
}

/// Where the rules of a watchlist look names up: in itself, then in the libraries.
fn visible<'a>(list: usize, all: &[Definition], names: &'a [Names<'a>]) -> Vec<(WatchlistIx, &'a Names<'a>)> {
    let libraries = all.iter().enumerate().filter(|(other, definition)| *other != list && definition.library);
    let order = std::iter::once(list).chain(libraries.map(|(other, _)| other));
    order.filter_map(|list| Some((WatchlistIx(index(list)), names.get(list)?))).collect()
}

fn at(pos: &Pos, error: QueryError) -> Problem {
    Problem { help: error.help, ..Problem::error(pos, error.message).within(error.span) }
}
