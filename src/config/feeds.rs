//! From `[[feed]]` to a feed of the runtime and what is needed to read it: names,
//! keys, credentials. A secret URL shows only its host.

use super::credentials::{Fetched, Origin, RequiredSource, Sourced, UNKNOWN_URL, Vault};
use super::file::{Basic, BasicAuth, Feed};
use super::problem::{error, warning};
use super::secret::Secret;
use super::section::Section;
use crate::engine::{self, FirstPoll};
use crate::feed::opml::Outline;
use crate::fetch::{Location, Source};
use crate::watchlist::definition::{At, Pos};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use jiff::SignedDuration;
use sha2::{Digest, Sha256};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};
use url::Url;

/// Compiles feeds, one after the other.
#[derive(Debug)]
pub(super) struct FeedCompiler<'v, 'e> {
    /// Reads their secrets, and keeps every problem.
    pub(super) vault: &'v mut Vault<'e>,
    /// Of `[poll]`.
    pub(super) first_poll: FirstPoll,
    /// What is compiled so far.
    pub(super) feeds: Vec<engine::Feed>,
    /// What is needed to read each.
    pub(super) sources: Vec<Source>,
    names: Names,
    keys: BTreeSet<String>,
    urls: BTreeSet<String>,
}

/// Where a feed is, and how that may be shown.
pub(super) struct Place {
    pub(super) location: Location,
    /// User and password of the URL.
    authorization: Option<Secret>,
    /// Without any secret.
    pub(super) shown: String,
    /// What a feed without a name is called.
    pub(super) label: String,
    pos: Pos,
}

/// The names of feeds: no two are the same.
#[derive(Debug, Default)]
pub(super) struct Names {
    taken: HashSet<String>,
    /// By name, the number of its last double: thousands of them take no time.
    doubles: HashMap<String, u32>,
}

impl Names {
    /// Takes a name; whether it was free.
    pub(super) fn take(&mut self, name: &str) -> bool {
        self.taken.insert(name.to_owned())
    }

    /// Takes a name, numbered where it is not free.
    pub(super) fn take_free(&mut self, name: &str) -> String {
        if self.take(name) {
            return name.to_owned();
        }
        let mut number = self.doubles.get(name).copied().unwrap_or(1);
        loop {
            number = number.saturating_add(1);
            let numbered = format!("{name}-{number}");
            if self.take(&numbered) {
                self.doubles.insert(name.to_owned(), number);
                return numbered;
            }
        }
    }
}

impl<'v, 'e> FeedCompiler<'v, 'e> {
    /// Begins.
    #[must_use]
    pub(super) fn new(vault: &'v mut Vault<'e>, first_poll: FirstPoll) -> Self {
        let (names, keys, urls) = (Names::default(), BTreeSet::new(), BTreeSet::new());
        Self { vault, first_poll, feeds: Vec::new(), sources: Vec::new(), names, keys, urls }
    }

    /// Takes the names that are given, so that none that is derived takes one of them.
    pub(super) fn reserve(&mut self, feed: &Feed) {
        let Some(name) = &feed.name else { return };
        if !self.names.take(&name.value.0) {
            let help = "feeds need different names".to_owned();
            self.error(&name.pos, format!("duplicate feed name `{}`", name.value.0), Some(help));
        }
    }

    /// Compiles one feed of a file in `folder`. What is wrong with it is reported.
    pub(super) fn add(&mut self, feed: Feed, folder: &Path) {
        let Some(place) = self.place(&feed.url, folder) else { return };
        self.check_file(&place);
        let authorization = self.authorization(&feed, &place);
        let headers = feed.headers.map(|at| at.value).unwrap_or_default();
        let headers = self.vault.headers(headers);
        let key = feed.name.as_ref().map_or_else(|| place.shown.clone(), |name| name.value.0.clone());
        if !self.keys.insert(key.clone()) && feed.name.is_none() {
            let help = "give it a name if it is really another one".to_owned();
            return self.error(&place.pos, format!("duplicate feed {key}"), Some(help));
        }
        self.urls.insert(place.shown.clone());
        let name = feed.name.map_or_else(|| self.names.take_free(&place.label), |name| name.value.0);
        self.feeds.push(engine::Feed {
            key,
            name,
            url: place.shown,
            tags: feed.tags.map(|at| at.value.into_iter().map(|at| at.value).collect()).unwrap_or_default(),
            interval: feed.interval.map(|at| SignedDuration::try_from(at.value.0.0).unwrap_or(SignedDuration::MAX)),
            first_poll: feed.first_poll.map_or(self.first_poll, |at| at.value),
            enabled: feed.enabled.value,
        });
        self.sources.push(Source { location: place.location, headers, authorization });
    }

    /// Compiles one feed of an OPML file. One that the configuration has is left out.
    pub(super) fn add_listed(&mut self, outline: &At<Outline>, folder: &Path) {
        let feed = listed(outline);
        let Some(place) = self.place(&feed.url, folder) else { return };
        if self.urls.contains(&place.shown) {
            let message = format!("there is a feed {} already: this one is left out", place.shown);
            self.vault.problems.push(warning(&place.pos, message, None));
        } else {
            self.add(feed, folder);
        }
    }

    /// Where a feed of a file in `folder` is. What is wrong with that is reported.
    pub(super) fn place(&mut self, url: &RequiredSource, folder: &Path) -> Option<Place> {
        let Some(origin) = &url.0 else { return None };
        let pos = origin.pos.clone();
        let (text, public) = match self.vault.fetch(origin) {
            Fetched::Known(text) => (text, matches!(origin.value, Origin::Inline(_))),
            Fetched::Absent => (Secret::new(UNKNOWN_URL), false),
            Fetched::Failed => return None,
        };
        let text = text.expose();
        let place = match Url::parse(text) {
            Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => {
                Ok(at_url(url, public, pos.clone()))
            }
            Ok(url) if url.scheme() == "file" => url
                .to_file_path()
                .map_err(|()| "this names no local file".to_owned())
                .map(|path| at_file(&path, folder, pos.clone())),
            Ok(url) if text.contains("://") => Err(format!("a feed cannot be read over {}", url.scheme())),
            Err(error) if text.contains("://") => Err(format!("this is no URL: {error}")),
            Ok(_) | Err(_) => Ok(at_file(Path::new(text), folder, pos.clone())),
        };
        place
            .map_err(|message| {
                let help = "write an http or https URL, or the path of a local file".to_owned();
                self.error(&pos, message, Some(help));
            })
            .ok()
    }

    /// Warns of a local file that cannot be read, where that is asked for: it may still come.
    fn check_file(&mut self, place: &Place) {
        let Location::File(path) = &place.location else { return };
        if let Some(reason) = self.vault.unreadable(path) {
            let help = "a URL begins with https:// or http://".to_owned();
            let message = format!("{} cannot be read: {reason}", path.display());
            self.vault.problems.push(warning(&place.pos, message, Some(help)));
        }
    }

    /// The `Authorization` header, of at most one of the three that can give it.
    fn authorization(&mut self, feed: &Feed, place: &Place) -> Option<Secret> {
        let own = place.authorization.clone().map(|secret| (secret, place.pos.clone()));
        let mut given: Vec<_> = [own, self.basic(&feed.basic_auth), self.bearer(feed)].into_iter().flatten().collect();
        given.sort_by_key(|(_, pos)| pos.span.start);
        for (_, pos) in given.iter().skip(1) {
            let help = "keep one: the URL's own user, `basic_auth` or `bearer`".to_owned();
            self.error(pos, "this feed has another authorization already".to_owned(), Some(help));
        }
        given.into_iter().next().map(|(secret, _)| secret)
    }

    fn bearer(&mut self, feed: &Feed) -> Option<(Secret, Pos)> {
        let origin = feed.bearer.0.as_ref()?;
        let token = self.vault.header_value(origin)?;
        Some((Secret::new(format!("Bearer {}", token.expose())), origin.pos.clone()))
    }

    fn basic(&mut self, auth: &Basic) -> Option<(Secret, Pos)> {
        match auth {
            Basic::Table(Some(table)) => Some((self.basic_table(&table.value)?, table.pos.clone())),
            Basic::Whole(Sourced(Some(whole))) => Some((self.basic_whole(whole)?, whole.pos.clone())),
            Basic::Table(None) | Basic::Whole(Sourced(None)) => None,
        }
    }

    fn basic_whole(&mut self, origin: &At<Origin>) -> Option<Secret> {
        let whole = self.vault.fetch(origin).known()?;
        let Some((user, password)) = whole.expose().split_once(':') else {
            self.error(&origin.pos, "expected USER:PASSWORD".to_owned(), None);
            return None;
        };
        Some(basic(user, password))
    }

    fn basic_table(&mut self, auth: &BasicAuth) -> Option<Secret> {
        let user = auth.user.0.as_ref()?;
        if user.value.contains(':') {
            self.error(&user.pos, "a user name must not hold a colon".to_owned(), None);
        }
        let password = match auth.password.0.as_ref() {
            None => Secret::new(""),
            Some(origin) => match self.vault.fetch(origin) {
                Fetched::Known(password) => password,
                Fetched::Absent | Fetched::Failed => return None,
            },
        };
        Some(basic(&user.value, password.expose()))
    }

    fn error(&mut self, pos: &Pos, message: String, help: Option<String>) {
        self.vault.problems.push(error(pos, message, help));
    }
}

/// A feed of an OPML file as one of the configuration.
pub(super) fn listed(outline: &At<Outline>) -> Feed {
    let at = |text: &String| At { value: text.clone(), pos: outline.pos.clone() };
    let url = Origin::Inline(Secret::new(outline.value.xml_url.as_str()));
    Feed {
        url: RequiredSource(Some(At { value: url, pos: outline.pos.clone() })),
        tags: Some(At { value: outline.value.tags.iter().map(at).collect(), pos: outline.pos.clone() }),
        enabled: At { value: !outline.value.is_off, pos: outline.pos.clone() },
        ..Feed::defaults()
    }
}

fn basic(user: &str, password: &str) -> Secret {
    Secret::new(format!("Basic {}", BASE64_STANDARD.encode(format!("{user}:{password}"))))
}

/// A source at a URL, user and password moved to the authorization.
pub(super) fn source_at(url: Url) -> Source {
    let Place { location, authorization, .. } = at_url(url, true, Pos::default());
    Source { location, headers: Vec::new(), authorization }
}

fn at_url(mut url: Url, public: bool, pos: Pos) -> Place {
    let decode = |text: &str| percent_decode(text);
    let (user, password) = (decode(url.username()), url.password().map(decode));
    let authorization = (!user.is_empty() || password.is_some()).then(|| basic(&user, &password.unwrap_or_default()));
    // These fail for URLs without a host only.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    let host = url.host_str().unwrap_or_default().to_owned();
    let (shown, label) = if public {
        (url.to_string(), format!("{host}{}", url.path().trim_end_matches('/')))
    } else {
        (format!("{}://{host}/#{}", url.scheme(), fingerprint(url.as_str())), host)
    };
    Place { location: Location::Url(url), authorization, shown, label: plain(&label), pos }
}

fn at_file(path: &Path, folder: &Path, pos: Pos) -> Place {
    let path = absolute(&folder.join(path));
    let label = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let shown = path.to_string_lossy().into_owned();
    Place { location: Location::File(path), authorization: None, shown, label: plain(&label), pos }
}

/// Tells secret URLs of one host apart without showing them.
fn fingerprint(url: &str) -> String {
    let digest = Sha256::digest(url.as_bytes());
    let start = digest.iter().take(6).fold(0, |start, byte| start << 8 | u64::from(*byte));
    format!("{start:012x}")
}

/// A derived name without the characters that names do not hold.
fn plain(label: &str) -> String {
    label
        .chars()
        .map(|it| if super::value::Name::check(it.encode_utf8(&mut [0; 4])).is_ok() { it } else { '_' })
        .collect()
}

/// An absolute path; as it is where there is no working directory.
#[must_use]
pub(super) fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// Decodes `%40` and the like.
fn percent_decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let hex = tail.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        let byte = hex.filter(|_| *first == b'%').and_then(|hex| u8::from_str_radix(hex, 16).ok());
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { tail.get(2..).unwrap_or_default() } else { tail };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
