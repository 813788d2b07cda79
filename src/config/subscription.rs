//! Lists of feeds in OPML, from and for other programs: reading one, what it
//! adds to a configuration, and the feeds of a configuration as a list. Which
//! file any of it is written to is for the caller.

use super::credentials::Vault;
use super::diagnostic::Diagnostics;
use super::environment::Environment;
use super::feeds::{FeedCompiler, Names, Place, listed};
use super::files::Files;
use super::load::folder_of;
use super::problem::{error, warning};
use super::value::Name;
use super::{Loaded, Purpose};
use crate::engine::FirstPoll;
use crate::feed::RepairKind;
use crate::feed::opml::{self, Outline};
use crate::fetch::{Location, Source};
use crate::sink::terminal;
use crate::watchlist::definition::{At, Pos, Problem};
use std::collections::HashMap;
use std::fmt::Write as _;
use std::ops::Range;
use std::path::Path;
use url::Url;

/// The longest name that is made of a title, in characters.
const LONGEST_NAME: usize = 200;

/// What a list adds to a configuration.
#[derive(Debug)]
pub struct Import {
    /// The new feeds, in the order of the list.
    pub feeds: Vec<Listed>,
    /// Those that are left out, because they are there already.
    pub skipped: Vec<Skipped>,
    /// Those that are left out because they are none (errors), and what is wrong with the list.
    pub problems: Diagnostics,
}

/// A new feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// What it is called.
    pub name: String,
    /// Whether that is what it would be called without a name.
    is_derived: bool,
    /// Its URL as it may be shown.
    pub url: String,
    /// Its URL with user and password.
    whole_url: String,
    /// Its tags.
    pub tags: Vec<String>,
    /// Whether it is polled.
    pub enabled: bool,
}

/// A feed that is there already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// Its URL as it may be shown.
    pub url: String,
    /// The name of the feed that is there; it may stand further up in the list.
    pub known_as: String,
}

/// The feeds of a configuration as a list.
#[derive(Debug, Default)]
pub struct Export {
    /// The feeds.
    pub outlines: Vec<Outline>,
    /// The names of those that are left out because their URL is a secret.
    pub secret: Vec<String>,
    /// The names of those whose credentials are left out.
    pub without_credentials: Vec<String>,
}

/// Compares a list with a configuration. `path` is what the list is called in diagnostics;
/// its folder is where relative paths start.
///
/// # Errors
/// It is no list.
pub fn import(loaded: &Loaded, path: &Path, bytes: &[u8]) -> Result<Import, Diagnostics> {
    let mut files = Files::default();
    let mut problems = Vec::new();
    let outlines = read(&mut files, path, bytes, &mut problems);
    let found = files.diagnostics(problems.clone());
    if !found.errors.is_empty() {
        return Err(found);
    }
    // A list names no file, variable or credential.
    let environment = Environment::default();
    let mut vault = Vault::new(&environment, Purpose::Look);
    let mut compiler = FeedCompiler::new(&mut vault, FirstPoll::default());
    let mut known = Known::of(loaded);
    let (mut feeds, mut skipped) = (Vec::new(), Vec::new());
    for outline in &outlines {
        let Some(place) = compiler.place(&listed(outline).url, &folder_of(path)) else { continue };
        match known.get(&place) {
            Some(known_as) => skipped.push(Skipped { url: place.shown, known_as: known_as.clone() }),
            None => feeds.push(known.add(place, &outline.value)),
        }
    }
    problems.append(&mut vault.problems);
    Ok(Import { feeds, skipped, problems: files.diagnostics(problems) })
}

impl Import {
    /// The new feeds as a configuration file. `list` is what the list is called.
    #[must_use]
    pub fn toml(&self, list: &str) -> String {
        let mut text = format!("# Feeds imported from {}.\n", terminal::visible(list));
        for feed in &self.feeds {
            // Writing to a string does not fail.
            let _ = write!(text, "\n[[feed]]\nurl = {}\n", quoted(&feed.whole_url));
            if !feed.is_derived {
                let _ = writeln!(text, "name = {}", quoted(&feed.name));
            }
            if !feed.tags.is_empty() {
                let tags: Vec<String> = feed.tags.iter().map(|tag| quoted(tag)).collect();
                let _ = writeln!(text, "tags = [{}]", tags.join(", "));
            }
            if !feed.enabled {
                text.push_str("enabled = false\n");
            }
        }
        text
    }
}

/// The feeds of a configuration. `page` gives the page of the feed with a key, where that is known.
#[must_use]
pub fn export(loaded: &Loaded, page: impl Fn(&str) -> Option<String>) -> Export {
    let mut export = Export::default();
    for (feed, source) in loaded.runtime.feeds.iter().zip(loaded.sources.iter()) {
        let xml_url = whole_url(&source.location);
        let is_secret = matches!(&source.location, Location::Url(url) if url.as_str() != feed.url);
        if is_secret {
            export.secret.push(feed.name.clone());
            continue;
        }
        if source.authorization.is_some() || !source.headers.is_empty() {
            export.without_credentials.push(feed.name.clone());
        }
        export.outlines.push(Outline {
            title: feed.name.clone(),
            xml_url,
            html_url: page(&feed.key).filter(|page| page.starts_with("https://") || page.starts_with("http://")),
            tags: feed.tags.clone(),
            is_off: !feed.enabled,
            offset: 0,
        });
    }
    export
}

/// Reads a list. What is wrong with it as a whole is reported.
pub(super) fn read(files: &mut Files, path: &Path, bytes: &[u8], problems: &mut Vec<Problem>) -> Vec<At<Outline>> {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let end = text.len();
    let tag =
        |start: usize| start..text.get(start..).and_then(|rest| rest.find('>')).map_or(start, |end| start + end + 1);
    let parsed = opml::parse(bytes)
        .map(|(outlines, repairs)| (outlines.into_iter().map(|it| (tag(it.offset), it)).collect::<Vec<_>>(), repairs));
    let file = files.add(path, text);
    let pos = |span: Range<usize>| Pos { file, span };
    let (outlines, repairs) = match parsed {
        Ok(read) => read,
        Err(found) => {
            let message = format!("this is no OPML: it looks like {}", found.looks_like);
            problems.push(error(&pos(0..0), message, None));
            return Vec::new();
        }
    };
    for repair in repairs {
        match repair.kind {
            RepairKind::Truncated => {
                problems.push(warning(&pos(end..end), "this list ends early: feeds may be missing", None));
            }
            RepairKind::TooManyItems => {
                let message = format!("only the first {} feeds of this list are taken", outlines.len());
                problems.push(warning(&pos(0..0), message, None));
            }
            _ => {}
        }
    }
    outlines.into_iter().map(|(span, value)| At { value, pos: pos(span) }).collect()
}

/// Which feeds there are already, and the names that are taken.
struct Known {
    feeds: HashMap<String, String>,
    names: Names,
}

impl Known {
    fn of(loaded: &Loaded) -> Self {
        let mut known = Self { feeds: HashMap::new(), names: Names::default() };
        for (Source { location, .. }, feed) in loaded.sources.iter().zip(&loaded.runtime.feeds) {
            known.feeds.insert(whole_url(location), feed.name.clone());
            known.names.take(&feed.name);
        }
        known
    }

    fn get(&self, place: &Place) -> Option<&String> {
        self.feeds.get(&whole_url(&place.location))
    }

    /// A feed that is new. Its title is its name, if it can be one.
    fn add(&mut self, place: Place, outline: &Outline) -> Listed {
        let title = tidy_name(&outline.title);
        let wanted = if Name::check(&title).is_ok() { &title } else { &place.label };
        let name = self.names.take_free(wanted);
        self.feeds.insert(whole_url(&place.location), name.clone());
        Listed {
            is_derived: name == place.label,
            name,
            url: place.shown,
            whole_url: match &place.location {
                Location::Url(_) => Url::parse(&outline.xml_url).map_or_else(|_| outline.xml_url.clone(), String::from),
                Location::File(_) => whole_url(&place.location),
            },
            tags: outline.tags.iter().map(|tag| tidy(tag)).filter(|tag| !tag.is_empty()).collect(),
            enabled: !outline.is_off,
        }
    }
}

/// A location as a URL; without user and password.
fn whole_url(location: &Location) -> String {
    match location {
        Location::Url(url) => url.to_string(),
        Location::File(path) => {
            Url::from_file_path(path).map_or_else(|()| path.to_string_lossy().into_owned(), String::from)
        }
    }
}

/// A title as a name: in one line, without the characters that names do not hold.
fn tidy_name(title: &str) -> String {
    let name: String = title.chars().map(|c| if Name::may_hold(c) { c } else { ' ' }).collect();
    let short: String = tidy(&name).chars().take(LONGEST_NAME).collect();
    short.trim_end().to_owned()
}

/// A text in one line, without what nobody sees.
fn tidy(text: &str) -> String {
    let seen: String = text.chars().map(|c| if terminal::is_unsafe(c) { ' ' } else { c }).collect();
    seen.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A TOML string; what cannot be seen is escaped.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if terminal::is_unsafe(c) => drop(write!(out, "\\U{:08x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
