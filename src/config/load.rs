//! Reads the files of a configuration: the first one and what it includes, each
//! for what it is. What they come to together is `compile`'s.

use super::draft::{Draft, Imports};
use super::file::Root;
use super::files::Files;
use super::include::{self, Found};
use super::problem::{error, warning};
use super::section::{FromToml, Reader, closest, did_you_mean};
use super::subscription;
use super::syntax::{Repaired, repair};
use super::watchlist::Watchlist;
use crate::feed::opml::Outline;
use crate::watchlist::definition::{At, Definition, Pos, Problem};
use std::collections::BTreeSet;
use std::ops::Range;
use std::path::{Path, PathBuf};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Keys that make a file a watchlist.
pub(super) const WATCHLIST_KEYS: [&str; 6] = ["keywords", "terms", "entity", "import", "rule", "test"];

/// Keys that make a file configuration.
const CONFIG_KEYS: [&str; 12] = [
    "state_dir",
    "include",
    "watch_config",
    "poll",
    "feed",
    "stories",
    "retention",
    "stdout",
    "file",
    "webhook",
    "heartbeat",
    "listen",
];

/// Everything that the files say.
#[derive(Debug, Default)]
pub(super) struct Reading {
    /// The files.
    pub(super) files: Files,
    /// What is wrong with them, each by itself.
    pub(super) problems: Vec<Problem>,
    /// The configuration files, each with its folder; the first one is first.
    pub(super) roots: Vec<(Root, PathBuf)>,
    /// The feeds of OPML files.
    pub(super) listed: Vec<Listed>,
    /// The watchlists, in the order they were read.
    pub(super) definitions: Vec<Definition>,
    /// The files that watchlists import.
    pub(super) imports: Vec<PathBuf>,
    /// The folders that hold the files, or would hold new ones.
    pub(super) folders: BTreeSet<PathBuf>,
    /// Files beside `files` on which it depends, whether they could be read or not: lists that
    /// are imported, templates, secrets.
    pub(super) named: Vec<PathBuf>,
    /// Some file is no TOML in places: what seems to be missing may only be illegible.
    pub(super) damaged: bool,
}

/// A feed of an OPML file.
#[derive(Debug)]
pub(super) struct Listed {
    /// The feed.
    pub(super) feed: At<Outline>,
    /// The folder of the file.
    pub(super) folder: PathBuf,
}

/// Reads a configuration file, without what it includes.
#[must_use]
pub(super) fn read_first(path: &Path) -> Reading {
    let mut reading = Reading::default();
    reading.file(path, Role::First, None);
    reading
}

/// Reads a configuration file and what it includes.
#[must_use]
pub(super) fn read(path: &Path) -> Reading {
    read_but(path, BTreeSet::new())
}

/// The same without some of the files that it includes.
fn read_but(path: &Path, mut seen: BTreeSet<PathBuf>) -> Reading {
    let mut reading = read_first(path);
    seen.insert(canonical(path));
    for (pattern, pos) in reading.patterns() {
        let folder = folder_of(path);
        match include::find(&folder, &pattern) {
            Ok(found) => reading.include(&pattern, found, pos.as_ref(), &mut seen),
            Err(message) => reading.error(&pos.unwrap_or_default(), message, None),
        }
    }
    reading
}

/// The same, as if there were one file more among those that it includes.
#[must_use]
pub(super) fn read_with(path: &Path, file: &Path, text: String) -> Reading {
    let mut reading = read(path);
    reading.toml(file, Role::Included, text);
    reading
}

/// A configuration in which one watchlist is another one.
pub(super) struct Edited {
    /// What the files say then.
    pub(super) reading: Reading,
    /// The name of that watchlist, and whether it is a library; `None` where it is no watchlist.
    pub(super) watchlist: Option<(String, bool)>,
    /// There is one of that name or at that place without the edit.
    pub(super) known: bool,
}

/// Reads a configuration as if the text of a draft were the watchlist of its name, or the file
/// at its place.
#[must_use]
pub(super) fn read_edited(path: &Path, draft: Draft) -> Edited {
    let Draft { file, text, imports } = draft;
    let mut reading = read_but(path, BTreeSet::from([canonical(&file)]));
    let lists = reading.definitions.len();
    reading.toml(&file, Role::Edited(&imports), text);
    let edited = reading.definitions.get(lists).map(|list| (list.name.value.clone(), list.library));
    let Some((name, _)) = &edited else { return Edited { reading, watchlist: None, known: false } };
    let replaced = reading.definitions.iter().take(lists).position(|list| list.name.value == *name);
    if let Some(replaced) = replaced.map(|place| reading.definitions.remove(place)) {
        reading.problems.retain(|problem| problem.pos.file != replaced.name.pos.file);
    }
    let known = replaced.is_some() || includes(path, &file);
    Edited { reading, watchlist: edited, known }
}

/// Whether a configuration file includes such a file, which need not be there.
#[must_use]
pub(super) fn includes(path: &Path, file: &Path) -> bool {
    let folder = folder_of(path);
    read_first(path).patterns().iter().any(|(pattern, _)| include::takes(&folder, pattern, file))
}

/// How a file came to be read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role<'a> {
    /// It was named: it is configuration, whatever it looks like.
    First,
    /// It was included.
    Included,
    /// It stands in for a watchlist, and may import so much.
    Edited(&'a Imports),
}

/// What a file is by its keys.
enum Kind {
    Config,
    Watchlist,
    /// Both; the place where the second kind begins.
    Both(Range<usize>),
    Neither,
}

impl Reading {
    fn patterns(&self) -> Vec<(String, Option<Pos>)> {
        let include = self.roots.first().and_then(|(root, _)| root.include.as_ref());
        match include {
            Some(list) => list.value.iter().map(|at| (at.value.clone(), Some(at.pos.clone()))).collect(),
            None => include::DEFAULT.iter().map(|pattern| ((*pattern).to_owned(), None)).collect(),
        }
    }

    fn include(&mut self, pattern: &str, found: Found, pos: Option<&Pos>, seen: &mut BTreeSet<PathBuf>) {
        self.folders.extend(found.folders);
        if let Some(pos) = pos.filter(|_| found.files.is_empty() && !include::DEFAULT.contains(&pattern)) {
            self.problems.push(warning(pos, "no file matches this pattern", None));
        }
        for file in found.files {
            if seen.insert(canonical(&file)) {
                self.file(&file, Role::Included, pos.filter(|_| found.literal));
            }
        }
    }

    /// Reads one file. `named` is the place that names it, where one does.
    fn file(&mut self, path: &Path, role: Role<'_>, named: Option<&Pos>) {
        self.folders.insert(folder_of(path));
        let bytes = match std::fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) => return self.unreadable(path, &error, named),
        };
        let opml = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("opml"));
        if opml && role == Role::Included {
            return self.opml(path, &bytes);
        }
        match String::from_utf8(bytes) {
            Ok(text) => self.toml(path, role, text),
            Err(error) => {
                let at = error.utf8_error().valid_up_to();
                let file = self.files.add(path, String::from_utf8_lossy(error.as_bytes()).into_owned());
                self.damaged = true;
                self.error(&Pos { file, span: at..at }, "this is no UTF-8", None);
            }
        }
    }

    fn unreadable(&mut self, path: &Path, error: &std::io::Error, named: Option<&Pos>) {
        self.damaged = true;
        let message = format!("{} cannot be read: {error}", path.display());
        if let Some(pos) = named {
            return self.error(pos, message, None);
        }
        let file = self.files.add(path, String::new());
        self.error(&Pos { file, span: 0..0 }, format!("this file cannot be read: {error}"), None);
    }

    /// A list of feeds of another program.
    fn opml(&mut self, path: &Path, bytes: &[u8]) {
        let folder = folder_of(path);
        let outlines = subscription::read(&mut self.files, path, bytes, &mut self.problems);
        self.listed.extend(outlines.into_iter().map(|feed| Listed { feed, folder: folder.clone() }));
    }

    fn toml(&mut self, path: &Path, role: Role<'_>, text: String) {
        let repaired = repair(&text);
        let file = self.files.add(path, text);
        self.damaged |= !repaired.errors.is_empty();
        for error in &repaired.errors {
            self.error(&Pos { file, span: error.span.clone() }, error.message.clone(), error.help.clone());
        }
        let (table, _) = DeTable::parse_recoverable(&repaired.text);
        let value = Spanned::new(0..0, DeValue::Table(table.into_inner()));
        let folder = folder_of(path);
        let mut reader = Reader {
            file,
            folder: &folder,
            text: &repaired.text,
            damage: &repaired.damage,
            imports: if let Role::Edited(imports) = role { imports } else { &Imports::Any },
            named: Vec::new(),
            problems: Vec::new(),
        };
        match kind(&value) {
            Kind::Config if matches!(role, Role::Edited(_)) => {
                reader.error(0..0, "this is a configuration, not a watchlist", None);
            }
            Kind::Config => self.config(&value, &mut reader),
            Kind::Neither if role == Role::First => self.config(&value, &mut reader),
            Kind::Watchlist if role == Role::First => {
                let help = "name the configuration that includes it".to_owned();
                reader.error(0..0, "this is a watchlist, not a configuration", Some(help));
            }
            Kind::Watchlist => {
                let stem = path.file_stem().unwrap_or_default().to_string_lossy();
                let watchlist = Watchlist::from_toml(&value, &mut reader);
                if let Some((definition, files)) = watchlist.map(|it| it.define(&stem, &mut reader)) {
                    self.definitions.push(definition);
                    self.imports.extend(files);
                }
            }
            Kind::Both(span) => {
                let help = "move one of the two into a file of its own".to_owned();
                reader.error(span, "a file is either configuration or a watchlist, and this is both", Some(help));
            }
            Kind::Neither => neither(&value, &repaired, &mut reader),
        }
        self.problems.append(&mut reader.problems);
        self.named.append(&mut reader.named);
    }

    fn config(&mut self, value: &Spanned<DeValue<'_>>, reader: &mut Reader<'_>) {
        let Some(root) = Root::from_toml(value, reader) else { return };
        if let Some(At { pos, .. }) = root.include.as_ref().filter(|_| !self.roots.is_empty()) {
            let help = "only the first file includes others: name them all there".to_owned();
            reader.error(pos.span.clone(), "`include` has no effect here", Some(help));
        }
        self.roots.push((root, reader.folder.to_owned()));
    }

    fn error(&mut self, pos: &Pos, message: impl Into<String>, help: Option<String>) {
        self.problems.push(error(pos, message, help));
    }
}

fn kind(value: &Spanned<DeValue<'_>>) -> Kind {
    let Some(table) = value.get_ref().as_table() else { return Kind::Neither };
    let first = |keys: &[&str]| {
        let spans = keys.iter().filter_map(|key| table.get_key_value(*key)).map(|(key, _)| key.span());
        spans.min_by_key(|span| span.start)
    };
    match (first(&CONFIG_KEYS), first(&WATCHLIST_KEYS)) {
        (Some(one), Some(other)) => Kind::Both(if one.start > other.start { one } else { other }),
        (Some(_), None) => Kind::Config,
        (None, Some(_)) => Kind::Watchlist,
        (None, None) => Kind::Neither,
    }
}

fn neither(value: &Spanned<DeValue<'_>>, repaired: &Repaired, reader: &mut Reader<'_>) {
    if !repaired.errors.is_empty() {
        return;
    }
    let possible: Vec<&str> = CONFIG_KEYS.into_iter().chain(WATCHLIST_KEYS).collect();
    let keys = value.get_ref().as_table().into_iter().flat_map(|table| table.keys());
    let slip =
        keys.filter_map(|key| Some((key, closest(key.get_ref(), &possible)?))).min_by_key(|(key, _)| key.span().start);
    if let Some((key, close)) = slip {
        return reader.unknown_key(key, did_you_mean(close));
    }
    let help =
        "configuration has feeds, sinks or settings; a watchlist has keywords, terms, entities or rules".to_owned();
    reader.error(0..0, "this file is neither configuration nor a watchlist", Some(help));
}

/// The folder of a file; empty for one in the working directory.
pub(super) fn folder_of(path: &Path) -> PathBuf {
    path.parent().unwrap_or(Path::new("")).to_owned()
}

/// What makes two paths the same file.
fn canonical(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}
