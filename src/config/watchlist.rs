//! What a watchlist file says, as a [`Definition`]. Whether its rules make sense
//! is for `watchlist::compile`.

use super::import::Import;
use super::section::{FromToml, Reader, Required, in_order, section};
use super::value::{Count, Name};
use crate::watchlist::definition::{At, Definition, EntityDefinition, Pos, RuleDefinition, Severity, TestDefinition};
use crate::watchlist::term::{Case, Hyphen, Term};
use schemars::{Schema, SchemaGenerator, json_schema};
use std::path::PathBuf;
use toml::Spanned;
use toml::de::DeValue;

section! {
    /// A watchlist of newswatch: keywords, entities and rules with a severity and their sinks.
    Watchlist {
        /// What it is called; unique. Where absent, the file's name without its ending.
        name: Option<At<Name>>,
        /// What alerts call it.
        title: Option<At<String>>,
        /// Of its alerts; a rule can have its own.
        severity: At<Severity> = Severity::Medium,
        /// Only items of these feeds: names, patterns or tag:NAME. Absent: all.
        feeds: Option<At<Vec<At<String>>>>,
        /// Only to these sinks: names or patterns. Absent: every sink that takes it.
        sinks: Option<At<Vec<At<String>>>>,
        /// Only items in these languages, such as "en". Absent: all.
        languages: Option<At<Vec<At<Language>>>>,
        /// It never fires itself; its entities and terms serve other watchlists.
        library: At<bool> = false,
        /// Words, phrases and prefixes to look for.
        keywords: Option<At<Vec<At<WrittenTerm>>>>,
        /// Named groups of terms, used in rules as $NAME.
        terms: Option<At<Groups>>,
        /// People, organizations, places, products with their names.
        entity: Vec<Entity>,
        /// Entities from other files.
        import: Vec<Import>,
        /// Conditions over terms and entities.
        rule: Vec<Rule>,
        /// Texts that must fire, or must not.
        test: Vec<At<Test>>,
    }
}

section! {
    /// A term with options.
    TermTable {
        /// A word, a phrase, or a prefix with a final *.
        term: Required<String>,
        /// How letter case counts: "smart", "fold", "exact" or "proper".
        case: Option<At<Case>>,
        /// Whether its regular English plural is found too.
        plural: Option<At<bool>>,
        /// "join": a compound with a hyphen is one word; "split": it is not.
        hyphen: Option<At<Hyphen>>,
        /// Whether "Richard Moore" also finds "Moore, Richard".
        swap: Option<At<bool>>,
        /// Longer texts that do not count.
        except: Option<At<Vec<At<String>>>>,
        /// It only counts beside one of these.
        near: Option<At<Vec<At<String>>>>,
        /// How many words away `near` reaches; 30 where absent.
        within: Option<At<Count>>,
    }
}

section! {
    /// A person, organization, place or thing. The options hold for all its names.
    Entity {
        /// Used in rules as @ID; unique in the file.
        id: Required<String>,
        /// Any word; person, organization, place and product are usual.
        r#type: Required<String>,
        /// What alerts call it; the first of its names where absent.
        name: Option<At<String>>,
        /// Its names.
        names: Required<Vec<At<WrittenTerm>>>,
        /// How letter case counts: "smart", "fold", "exact" or "proper".
        case: Option<At<Case>>,
        /// Whether regular English plurals are found too.
        plural: Option<At<bool>>,
        /// "join": a compound with a hyphen is one word; "split": it is not.
        hyphen: Option<At<Hyphen>>,
        /// Whether "Richard Moore" also finds "Moore, Richard".
        swap: Option<At<bool>>,
        /// Longer texts that do not count.
        except: Option<At<Vec<At<String>>>>,
        /// A name only counts beside one of these.
        near: Option<At<Vec<At<String>>>>,
        /// How many words away `near` reaches; 30 where absent.
        within: Option<At<Count>>,
    }
}

section! {
    /// A condition over terms and entities.
    Rule {
        /// Unique in the file.
        id: Required<Name>,
        /// What alerts call it.
        title: Option<At<String>>,
        /// That of the watchlist where absent.
        severity: Option<At<Severity>>,
        /// Carried by the alert.
        tags: Option<At<Vec<String>>>,
        /// The condition, in the rule language.
        when: Required<String>,
    }
}

section! {
    /// A text that must fire exactly these rules.
    Test {
        /// The title of the item.
        title: Option<At<String>>,
        /// Its body.
        text: Option<At<String>>,
        /// The feed that it comes from.
        feed: Option<At<String>>,
        /// Its author.
        author: Option<At<String>>,
        /// Its language.
        language: Option<At<String>>,
        /// Exactly these rules; [] for none.
        fires: Option<At<Vec<At<String>>>>,
        /// Exactly these texts match.
        matches: Option<At<Vec<String>>>,
    }
}

/// A term as it is written: a text, or a table with options.
#[derive(Debug, Clone)]
pub(super) struct WrittenTerm {
    term: Term,
    /// The options that the term itself sets, before those of its entity.
    options: Options,
}

/// The options of a term or an entity, as far as they are given.
#[derive(Debug, Clone, Default)]
struct Options {
    case: Option<Case>,
    plural: Option<bool>,
    hyphen: Option<Hyphen>,
    swap: Option<bool>,
    except: Vec<String>,
    near: Vec<String>,
    within: Option<u32>,
}

macro_rules! options_of {
    ($section:expr) => {
        Options {
            case: $section.case.map(|at| at.value),
            plural: $section.plural.map(|at| at.value),
            hyphen: $section.hyphen.map(|at| at.value),
            swap: $section.swap.map(|at| at.value),
            except: texts($section.except),
            near: texts($section.near),
            within: $section.within.map(|at| at.value.0),
        }
    };
}

impl FromToml for WrittenTerm {
    fn from_toml(value: &Spanned<DeValue<'_>>, reader: &mut Reader<'_>) -> Option<Self> {
        if value.get_ref().is_table() {
            let table = TermTable::from_toml(value, reader)?;
            let term = Term::new(table.term.0?.value);
            return Some(Self { term, options: options_of!(table) });
        }
        let Some(text) = value.get_ref().as_str() else {
            reader.expected(value, "a term: a text in quotes, or { term = \"…\", … }");
            return None;
        };
        Some(Self { term: Term::new(text), options: Options::default() })
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        let table = TermTable::schema(generator);
        json_schema!({ "anyOf": [{ "type": "string", "minLength": 1 }, table] })
    }
}

impl WrittenTerm {
    /// The term, with the options of its entity where it sets none. Exceptions add up.
    fn with(self, entity: &Options) -> Term {
        let own = self.options;
        let mut except = own.except;
        except.extend(entity.except.iter().filter(|it| !except.contains(it)).cloned().collect::<Vec<_>>());
        Term {
            text: self.term.text,
            case: own.case.or(entity.case).unwrap_or_default(),
            plural: own.plural.or(entity.plural).unwrap_or_default(),
            hyphen: own.hyphen.or(entity.hyphen).unwrap_or_default(),
            swap: own.swap.or(entity.swap).unwrap_or_default(),
            except,
            near: if own.near.is_empty() { entity.near.clone() } else { own.near },
            within: own.within.or(entity.within).unwrap_or(Term::WITHIN),
        }
    }
}

/// `[terms]`: named groups.
#[derive(Debug, Clone, Default)]
pub(super) struct Groups(Vec<(At<String>, Vec<At<WrittenTerm>>)>);

impl FromToml for Groups {
    fn from_toml(value: &Spanned<DeValue<'_>>, reader: &mut Reader<'_>) -> Option<Self> {
        let Some(table) = value.get_ref().as_table() else {
            let help = "write keywords = […] for terms without a group".to_owned();
            reader.error(value.span(), "expected a table of named groups", Some(help));
            return None;
        };
        let mut groups = Vec::new();
        for (key, value) in in_order(table) {
            let name = At { value: key.get_ref().clone().into_owned(), pos: reader.pos(key.span()) };
            groups.extend(Vec::from_toml(value, reader).map(|terms| (name, terms)));
        }
        Some(Self(groups))
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        let terms = Vec::<WrittenTerm>::schema(generator);
        json_schema!({ "type": "object", "additionalProperties": terms })
    }
}

/// A BCP 47 primary subtag, in lower case.
#[derive(Debug, Clone)]
pub(super) struct Language(String);

impl FromToml for Language {
    fn from_toml(value: &Spanned<DeValue<'_>>, reader: &mut Reader<'_>) -> Option<Self> {
        let text = String::from_toml(value, reader)?;
        let primary = text.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
        let plausible = matches!(primary.len(), 2 | 3) && primary.bytes().all(|it| it.is_ascii_lowercase());
        if !plausible || primary.len() != text.len() {
            let help = plausible.then(|| format!("write \"{primary}\": regions are not told apart"));
            reader.error(value.span(), "expected a language of two or three letters, such as \"en\"", help);
            return None;
        }
        Some(Self(primary))
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[A-Za-z]{2,3}$" })
    }
}

impl Watchlist {
    /// The definition, with what it imports, and the files of that. `stem` is the name of its
    /// own file without the ending.
    #[must_use]
    pub(super) fn define(self, stem: &str, reader: &mut Reader<'_>) -> (Definition, Vec<PathBuf>) {
        let start = reader.pos(0..0);
        let (mut imports, mut files) = (Vec::new(), Vec::new());
        for import in self.import {
            if let Some((imported, file)) = import.read(&files, reader) {
                imports.push(imported);
                files.push(file);
            }
        }
        let name = match self.name {
            Some(At { value: Name(value), pos }) => At { value, pos },
            None => At { value: stem.to_owned(), pos: start },
        };
        let plain = Options::default();
        let definition = Definition {
            name,
            title: self.title.map(|at| at.value),
            severity: self.severity.value,
            feeds: self.feeds.map(|at| at.value),
            sinks: self.sinks.map(|at| at.value),
            languages: self.languages.map(|at| at.value.into_iter().map(Language::at).collect()),
            library: self.library.value,
            keywords: terms(self.keywords.map(|at| at.value).unwrap_or_default(), &plain),
            groups: groups(self.terms.map(|at| at.value).unwrap_or_default()),
            imports,
            entities: self.entity.into_iter().filter_map(Entity::define).collect(),
            rules: self.rule.into_iter().filter_map(Rule::define).collect(),
            tests: self.test.into_iter().map(|at| at.value.define(at.pos, reader)).collect(),
        };
        (definition, files)
    }
}

impl Language {
    fn at(at: At<Self>) -> At<String> {
        At { value: at.value.0, pos: at.pos }
    }
}

impl Entity {
    /// `None` where it has no usable id. Where type or names are missing, which has been
    /// reported, the id stands in for them, so that nothing else is said of it.
    fn define(self) -> Option<EntityDefinition> {
        let options = options_of!(self);
        let id = self.id.0?;
        let names = self.names.0.map_or_else(
            || vec![At { value: Term::new(id.value.as_str()), pos: id.pos.clone() }],
            |at| terms(at.value, &options),
        );
        let kind = self.r#type.0.unwrap_or_else(|| id.clone());
        Some(EntityDefinition { kind, name: self.name.map(|at| at.value), names, id })
    }
}

impl Rule {
    /// `None` where it has no usable id or condition.
    fn define(self) -> Option<RuleDefinition> {
        let id = self.id.0?;
        Some(RuleDefinition {
            id: At { value: id.value.0, pos: id.pos },
            title: self.title.map(|at| at.value),
            severity: self.severity.map(|at| at.value),
            tags: self.tags.map(|at| at.value).unwrap_or_default(),
            when: self.when.0?,
        })
    }
}

impl Test {
    fn define(self, pos: Pos, reader: &mut Reader<'_>) -> TestDefinition {
        if self.fires.is_none() && self.matches.is_none() {
            let help = "write fires = [\"RULE\"], or fires = [] where nothing is to fire".to_owned();
            reader.error(pos.span.clone(), "this test expects nothing", Some(help));
        }
        let text = |at: Option<At<String>>| at.map(|at| at.value);
        TestDefinition {
            pos,
            title: text(self.title).unwrap_or_default(),
            text: text(self.text).unwrap_or_default(),
            feed: text(self.feed),
            author: text(self.author),
            language: text(self.language),
            fires: self.fires,
            matches: self.matches,
        }
    }
}

fn groups(groups: Groups) -> Vec<(At<String>, Vec<At<Term>>)> {
    groups.0.into_iter().map(|(name, members)| (name, terms(members, &Options::default()))).collect()
}

fn terms(written: Vec<At<WrittenTerm>>, options: &Options) -> Vec<At<Term>> {
    written.into_iter().map(|at| At { value: at.value.with(options), pos: at.pos }).collect()
}

fn texts(list: Option<At<Vec<At<String>>>>) -> Vec<String> {
    list.map(|at| at.value.into_iter().map(|at| at.value).collect()).unwrap_or_default()
}
