//! Silences: which alerts go nowhere. A silenced alert is decided, stored and
//! remembered like any other; only its sinks are taken from it.

use super::Runtime;
use super::alert::Alert;
use super::decide::PollPlan;
use crate::watchlist::query::QueryError;
use crate::watchlist::standalone::StandaloneQuery;
use crate::watchlist::suggest::did_you_mean;
use crate::watchlist::term::Document;
use crate::watchlist::{FeedLabel, FeedPattern, Origin, Watchlists};
use globset::{Glob, GlobMatcher};
use jiff::{SignedDuration, Timestamp};
use std::fmt;
use std::str::FromStr;

/// A silence's id: `sil_…` for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SilenceId(pub i64);

impl fmt::Display for SilenceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sil_{}", self.0)
    }
}

impl FromStr for SilenceId {
    type Err = String;

    /// Reads `sil_42`; the error says what an id looks like.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let number = text.strip_prefix("sil_").and_then(|digits| digits.parse().ok());
        number.map(Self).ok_or_else(|| format!("`{text}` is no silence: ids look like sil_42"))
    }
}

/// What a silence covers: all that is said must hold, and something must be said. Names
/// can be patterns (`hybrid-*`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scope {
    /// Name of the watchlist.
    pub watchlist: Option<String>,
    /// Id of the rule, in any watchlist.
    pub rule: Option<String>,
    /// Id of the entity, in any watchlist.
    pub entity: Option<String>,
    /// Name of the feed, or `tag:NAME`.
    pub feed: Option<String>,
    /// A query in the rule language, which the item must meet.
    pub query: Option<String>,
}

/// A mute for a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Silence {
    /// Its id.
    pub id: SilenceId,
    /// What it covers.
    pub scope: Scope,
    /// Why, for people.
    pub comment: String,
    /// When it began.
    pub created: Timestamp,
    /// When it ends.
    pub expires: Timestamp,
}

impl Silence {
    /// Whether it holds now. Before it began it does not: the clock was put back, and who
    /// silenced two hours did not mean a day.
    #[must_use]
    pub fn is_active(&self, now: Timestamp) -> bool {
        now < self.expires && now.duration_since(self.created) > -STEP_BACK
    }
}

/// Clocks are put right by so much without anybody noticing.
const STEP_BACK: SignedDuration = SignedDuration::from_mins(1);

/// What is wrong with a scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invalid {
    /// Which part: `watchlist`, `rule`, `entity`, `feed`, `query`; empty: it says nothing.
    pub part: &'static str,
    /// What is wrong, and what to do.
    pub message: String,
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.part.is_empty() { f.write_str(&self.message) } else { write!(f, "{}: {}", self.part, self.message) }
    }
}

/// Silences, compiled for the watchlists of a configuration.
#[derive(Debug, Default)]
pub struct Silences(Vec<Compiled>);

#[derive(Debug)]
struct Compiled {
    silence: Silence,
    watchlist: Option<Name>,
    rule: Option<Name>,
    entity: Option<Name>,
    feed: Option<FeedPattern>,
    query: Option<StandaloneQuery>,
}

impl Silences {
    /// Compiles silences. Those that cannot be are left out and cover nothing: better noise
    /// than silence. Each comes with what is wrong with it.
    #[must_use]
    pub fn compile(silences: Vec<Silence>, watchlists: &Watchlists) -> (Self, Vec<(SilenceId, Invalid)>) {
        let (mut compiled, mut invalid) = (Vec::new(), Vec::new());
        for silence in silences {
            let id = silence.id;
            match Compiled::new(silence, watchlists) {
                Ok(silence) => compiled.push(silence),
                Err(reason) => invalid.push((id, reason)),
            }
        }
        (Self(compiled), invalid)
    }

    /// Takes the sinks from the alerts of a plan that are silenced, and says so at each.
    pub fn apply(&self, plan: &mut PollPlan, runtime: &Runtime, now: Timestamp) {
        for routed in &mut plan.alerts {
            routed.silence = self.covering(&routed.alert, &runtime.watchlists, now);
            if routed.silence.is_some() {
                routed.sinks.clear();
            }
        }
    }

    /// The silence that covers an alert: alone, or where it has several rules with others. An
    /// alert is covered when each of its rules is: by its id, or because it would not fire
    /// without the entities that are silenced.
    #[must_use]
    pub fn covering(&self, alert: &Alert, watchlists: &Watchlists, now: Timestamp) -> Option<SilenceId> {
        let subject = Subject::new(alert);
        let concerned: Vec<&Compiled> =
            self.0.iter().filter(|it| it.silence.is_active(now) && it.concerns(&subject)).collect();
        let mut covered = None;
        for rule in &alert.rules {
            let by = subject.covered(&rule.id, &concerned, watchlists)?;
            covered.get_or_insert(by);
        }
        covered
    }
}

impl Scope {
    /// What is wrong with it: a name that nothing has, a query that cannot be read.
    ///
    /// # Errors
    /// The first thing.
    pub fn check(&self, runtime: &Runtime) -> Result<(), Invalid> {
        let silence = Silence {
            id: SilenceId(0),
            scope: self.clone(),
            comment: String::new(),
            created: Timestamp::UNIX_EPOCH,
            expires: Timestamp::UNIX_EPOCH,
        };
        let compiled = Compiled::new(silence, &runtime.watchlists)?;
        let lists = runtime.watchlists.lists().iter().filter(|list| !list.library).map(|list| list.name.as_str());
        known("watchlist", compiled.watchlist.as_ref(), lists)?;
        known("rule", compiled.rule.as_ref(), runtime.watchlists.rules().iter().map(|rule| rule.id.as_str()))?;
        known("entity", compiled.entity.as_ref(), runtime.watchlists.entity_ids())?;
        let (Some(pattern), Some(text)) = (&compiled.feed, &self.feed) else { return Ok(()) };
        if runtime.feeds.iter().any(|feed| pattern.accepts(FeedLabel { name: &feed.name, tags: &feed.tags })) {
            return Ok(());
        }
        Err(unknown("feed", text, runtime.feeds.iter().map(|feed| feed.name.as_str())))
    }
}

/// A name must be one that something has.
fn known<'a>(
    part: &'static str,
    name: Option<&Name>,
    names: impl Iterator<Item = &'a str> + Clone,
) -> Result<(), Invalid> {
    match name {
        Some(name) if !names.clone().any(|it| name.matches(it)) => Err(unknown(part, &name.text, names)),
        _ => Ok(()),
    }
}

fn unknown<'a>(part: &'static str, text: &str, names: impl Iterator<Item = &'a str>) -> Invalid {
    let help = did_you_mean(text, names).map_or_else(String::new, |name| format!("; did you mean {name}?"));
    Invalid { part, message: format!("there is no {part} {text}{help}") }
}

impl Compiled {
    fn new(silence: Silence, watchlists: &Watchlists) -> Result<Self, Invalid> {
        let Scope { watchlist, rule, entity, feed, query } = &silence.scope;
        if silence.scope == Scope::default() {
            let message = "a silence needs a watchlist, a rule, an entity, a feed or a query".to_owned();
            return Err(Invalid { part: "", message });
        }
        let name = |part, text: &Option<String>| {
            text.as_deref().map(Name::new).transpose().map_err(|message| Invalid { part, message })
        };
        let feed = feed.as_deref().map(FeedPattern::new).transpose();
        let query =
            query.as_deref().map(|when| StandaloneQuery::compile(when, watchlists).map_err(|it| explain(when, &it)));
        Ok(Self {
            watchlist: name("watchlist", watchlist)?,
            rule: name("rule", rule)?,
            entity: name("entity", entity)?,
            feed: feed.map_err(|message| Invalid { part: "feed", message })?,
            query: query.transpose()?,
            silence,
        })
    }

    /// Whether it covers the alert, as far as it says nothing of rules and entities.
    fn concerns(&self, subject: &Subject<'_>) -> bool {
        self.watchlist.as_ref().is_none_or(|name| name.matches(&subject.alert.watchlist))
            && self.feed.as_ref().is_none_or(|feed| feed.accepts(subject.feed))
            && self.query.as_ref().is_none_or(|query| query.holds(&subject.document(), subject.origin()))
    }

    fn means_rule(&self, id: &str) -> bool {
        self.rule.as_ref().is_none_or(|name| name.matches(id))
    }
}

/// Where in the query it is, counted in characters from 1, and what to do.
fn explain(when: &str, error: &QueryError) -> Invalid {
    let column = when.get(..error.span.start).map_or(0, |before| before.chars().count()) + 1;
    let help = error.help.as_ref().map_or_else(String::new, |help| format!("; {help}"));
    Invalid { part: "query", message: format!("column {column}: {}{help}", error.message) }
}

/// An alert as silences look at it.
struct Subject<'a> {
    alert: &'a Alert,
    feed: FeedLabel<'a>,
    author: String,
    category: String,
}

impl<'a> Subject<'a> {
    fn new(alert: &'a Alert) -> Self {
        Self {
            alert,
            feed: FeedLabel { name: &alert.feed.name, tags: &alert.feed.tags },
            author: alert.item.authors.join("\n\n"),
            category: alert.item.categories.join("\n\n"),
        }
    }

    fn document(&self) -> Document<'_> {
        let item = &self.alert.item;
        Document {
            title: &item.title,
            body: &item.text,
            author: &self.author,
            category: &self.category,
            link: item.link.as_deref().unwrap_or_default(),
        }
    }

    fn origin(&self) -> Origin<'_> {
        Origin { feed: Some(self.feed), language: self.alert.item.language.as_deref() }
    }

    /// What covers one of its rules.
    fn covered(&self, rule: &str, silences: &[&Compiled], watchlists: &Watchlists) -> Option<SilenceId> {
        let meant: Vec<&&Compiled> = silences.iter().filter(|silence| silence.means_rule(rule)).collect();
        if let Some(whole) = meant.iter().find(|silence| silence.entity.is_none()) {
            return Some(whole.silence.id);
        }
        let names = |silence: &Compiled, id: &str| silence.entity.as_ref().is_some_and(|name| name.matches(id));
        let mut entities = self.alert.matches.iter().filter_map(|found| found.entity.as_ref());
        let by = entities.find_map(|entity| meant.iter().find(|silence| names(silence, &entity.id)))?;
        let is_silenced = |id: &str| meant.iter().any(|silence| names(silence, id));
        (!self.fires_without(rule, &is_silenced, watchlists)).then_some(by.silence.id)
    }

    /// Whether a rule would fire where the names of some entities did not count.
    fn fires_without(&self, rule: &str, left_out: &dyn Fn(&str) -> bool, watchlists: &Watchlists) -> bool {
        let hits = watchlists.scan_without(&self.document(), self.origin(), left_out);
        let is_ours =
            |list: u32| watchlists.lists().get(list as usize).is_some_and(|it| it.name == self.alert.watchlist);
        let mut fired = hits.iter().filter(|hit| is_ours(hit.watchlist.0)).flat_map(|hit| &hit.rules);
        fired.any(|hit| {
            let Some(compiled) = watchlists.rules().get(hit.rule.0 as usize) else { return false };
            // Of `any`, every match stands for itself: one of those that are told must be left.
            let told = || {
                hit.matches.iter().any(|found| {
                    let at = &found.occurrence;
                    self.alert.matches.iter().any(|it| (it.field, it.start, it.end) == (at.field, at.start, at.end))
                })
            };
            compiled.id == rule && (!compiled.implicit || told())
        })
    }
}

/// A name, or a pattern of names. The text itself always matches.
#[derive(Debug)]
struct Name {
    text: String,
    glob: GlobMatcher,
}

impl Name {
    fn new(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Err("a name must not be empty".to_owned());
        }
        let glob = Glob::new(text).map_err(|error| format!("this is no name and no pattern: {}", error.kind()))?;
        Ok(Self { text: text.to_owned(), glob: glob.compile_matcher() })
    }

    fn matches(&self, name: &str) -> bool {
        self.text == name || self.glob.is_match(name)
    }
}
