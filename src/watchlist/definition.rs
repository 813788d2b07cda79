//! A watchlist as its file says it, before it is compiled: plain values, each
//! with the place it was written at.

use super::import::Imported;
use super::term::Term;
use std::ops::Range;

/// A place in a configuration file: file number and byte range of the value.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pos {
    /// Index into the list of files that were read.
    pub file: u32,
    /// Byte range of the value (with its quotes, where it is a string) in that file.
    pub span: Range<usize>,
}

/// A value and where it was written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct At<T> {
    /// The value.
    pub value: T,
    /// Its place.
    pub pos: Pos,
}

/// How bad an alert is. The order is the order of severity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Severity {
    /// `info`
    Info,
    /// `low`
    Low,
    /// `medium`; what a watchlist has that says nothing.
    #[default]
    Medium,
    /// `high`
    High,
    /// `critical`
    Critical,
}

impl Severity {
    /// All, mildest first.
    pub const ALL: [Self; 5] = [Self::Info, Self::Low, Self::Medium, Self::High, Self::Critical];

    /// The name used everywhere.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    /// The severity of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|severity| severity.name() == name)
    }
}

/// A watchlist file, read but not compiled.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Definition {
    /// `name`, or the file's stem.
    pub name: At<String>,
    /// `title`; the name where absent.
    pub title: Option<String>,
    /// `severity`.
    pub severity: Severity,
    /// `feeds`: names, globs or `tag:NAME`; `None`: all feeds.
    pub feeds: Option<Vec<At<String>>>,
    /// `sinks`; `None`: every sink that takes it.
    pub sinks: Option<Vec<At<String>>>,
    /// `languages`: BCP 47 primary subtags, lower case; `None`: all.
    pub languages: Option<Vec<At<String>>>,
    /// `library`: its entities and terms serve others, it never fires.
    pub library: bool,
    /// `keywords`.
    pub keywords: Vec<At<Term>>,
    /// `[terms]`: the named groups.
    pub groups: Vec<(At<String>, Vec<At<Term>>)>,
    /// `[[entity]]`.
    pub entities: Vec<EntityDefinition>,
    /// `[[import]]`: the entities of each file, which may be a million.
    pub imports: Vec<Imported>,
    /// `[[rule]]`.
    pub rules: Vec<RuleDefinition>,
    /// `[[test]]`.
    pub tests: Vec<TestDefinition>,
}

/// An `[[entity]]`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EntityDefinition {
    /// `id`, unique in its file.
    pub id: At<String>,
    /// `type`: any word.
    pub kind: At<String>,
    /// `name`: what it is called in alerts; the first of its names where absent.
    pub name: Option<String>,
    /// `names`, with the options of the entity already applied to each.
    pub names: Vec<At<Term>>,
}

/// A `[[rule]]`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RuleDefinition {
    /// `id`, unique in its file.
    pub id: At<String>,
    /// `title`; the id where absent.
    pub title: Option<String>,
    /// `severity`; that of the watchlist where absent.
    pub severity: Option<Severity>,
    /// `tags`, carried by the alert.
    pub tags: Vec<String>,
    /// `when`: the condition, as the decoded string.
    pub when: At<String>,
}

/// A `[[test]]`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TestDefinition {
    /// Where the block begins.
    pub pos: Pos,
    /// `title`: the item's title.
    pub title: String,
    /// `text`: the item's body, plain text.
    pub text: String,
    /// `feed`: the name of the feed it comes from.
    pub feed: Option<String>,
    /// `author`.
    pub author: Option<String>,
    /// `language`.
    pub language: Option<String>,
    /// `fires`: exactly these rules.
    pub fires: Option<At<Vec<At<String>>>>,
    /// `matches`: exactly these surfaces, as a set.
    pub matches: Option<At<Vec<String>>>,
}

/// Something to tell the person who wrote the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// An error stops the configuration from being used; a warning does not.
    pub level: Level,
    /// The value it is about.
    pub pos: Pos,
    /// Where the value is a string: the byte range inside the decoded string.
    pub within: Option<Range<usize>>,
    /// What is wrong, without a final stop.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

/// Whether a [`Problem`] stops the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Level {
    /// It cannot be used.
    Error,
    /// It can be used, but is probably not what was meant.
    Warning,
}

impl Problem {
    /// An error about a value.
    #[must_use]
    pub fn error(pos: &Pos, message: impl Into<String>) -> Self {
        Self { level: Level::Error, pos: pos.clone(), within: None, message: message.into(), help: None }
    }

    /// A warning about a value.
    #[must_use]
    pub fn warning(pos: &Pos, message: impl Into<String>) -> Self {
        Self { level: Level::Warning, ..Self::error(pos, message) }
    }

    /// Says what to do.
    #[must_use]
    pub fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }

    /// Points at a part of the decoded string.
    #[must_use]
    pub fn within(self, range: Range<usize>) -> Self {
        Self { within: Some(range), ..self }
    }
}
