//! The alert: one item that fired at least one rule of one watchlist. Plain
//! values; the wire format is `sink::payload`'s.

use super::Feed;
use super::assess::{AssessedItem, Joined};
use super::item::{self, Item, Key};
use super::story::story_id;
use crate::watchlist::definition::Severity;
use crate::watchlist::term::{Document, Field};
use crate::watchlist::{Hit, Match, RuleHit, Watchlists};
use jiff::Timestamp;
use std::ops::Range;

/// An alert, complete: nothing else is needed to render it.
#[derive(Debug, Clone, PartialEq)]
pub struct Alert {
    /// `alt_…`, derived from item, watchlist and revision: the same alert found
    /// again has the same id.
    pub id: String,
    /// When it was decided.
    pub time: Timestamp,
    /// The highest of `rules`.
    pub severity: Severity,
    /// Sent by `send-test`.
    pub test: bool,
    /// Name of the watchlist.
    pub watchlist: String,
    /// Its title.
    pub watchlist_title: String,
    /// The rules that fire now and had not fired on this item or story before.
    pub rules: Vec<AlertRule>,
    /// The occurrences that made them true, by field and position.
    pub matches: Vec<AlertMatch>,
    /// The item.
    pub item: Item,
    /// Where it came from.
    pub feed: AlertFeed,
    /// The story it belongs to.
    pub story: AlertStory,
}

/// A rule that fired.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertRule {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its severity.
    pub severity: Severity,
    /// Its tags.
    pub tags: Vec<String>,
}

/// An occurrence that made a rule true.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertMatch {
    /// The term as the watchlist writes it.
    pub term: String,
    /// Whose name it is.
    pub entity: Option<AlertEntity>,
    /// The field it was found in.
    pub field: Field,
    /// First byte in that field's text.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
    /// The text found.
    pub text: String,
    /// It with some words around it, white space folded, `…` where cut.
    pub context: String,
}

/// The entity a match names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertEntity {
    /// Its id.
    pub id: String,
    /// Its type.
    pub kind: String,
    /// Its name.
    pub name: String,
}

/// The feed an alert's item came from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AlertFeed {
    /// Its name.
    pub name: String,
    /// Its own title.
    pub title: String,
    /// Its URL, without password.
    pub url: String,
    /// Its tags.
    pub tags: Vec<String>,
}

impl AlertFeed {
    /// A configured feed, which calls itself `title`.
    #[must_use]
    pub fn of(feed: &Feed, title: &str) -> Self {
        let Feed { name, url, tags, .. } = feed;
        Self { name: name.clone(), title: title.to_owned(), url: url.clone(), tags: tags.clone() }
    }
}

/// The story an alert's item belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AlertStory {
    /// `sty_…`
    pub id: String,
    /// The story had no alert of this watchlist before.
    pub first: bool,
    /// Names of the other feeds that carried it before.
    pub also_in: Vec<String>,
}

impl Item {
    /// An item as it is first seen.
    #[must_use]
    pub fn new(id: String, assessed: &AssessedItem, now: Timestamp) -> Self {
        let parsed = &assessed.parsed;
        Self {
            id,
            guid: parsed.id.clone(),
            link: parsed.link.clone(),
            canonical_link: assessed.canonical_link.clone(),
            title: parsed.title.clone(),
            summary: parsed.summary.clone(),
            text: parsed.text.clone(),
            authors: parsed.authors.clone(),
            categories: parsed.categories.clone(),
            language: assessed.language.clone(),
            published: item::trusted_date(parsed.published, now),
            updated: item::trusted_date(parsed.updated, now),
            first_seen: now,
            revision: 1,
        }
    }
}

impl Alert {
    /// The alert of one watchlist on one item. `rules` are those of a [`Hit`] that
    /// fire now and had not before.
    #[must_use]
    pub fn new(
        item: Item,
        assessed: &AssessedItem,
        hit: &Hit,
        watchlists: &Watchlists,
        feed: AlertFeed,
        story: AlertStory,
        now: Timestamp,
    ) -> Self {
        let list = watchlists.lists().get(hit.watchlist.0 as usize);
        let watchlist = list.map_or_else(String::new, |list| list.name.clone());
        let rules: Vec<AlertRule> = hit.rules.iter().filter_map(|fired| rule(fired, watchlists)).collect();
        Self {
            id: alert_id(&item, &watchlist),
            time: now,
            severity: rules.iter().map(|rule| rule.severity).max().unwrap_or_default(),
            test: false,
            watchlist_title: list.map_or_else(String::new, |list| list.title.clone()),
            watchlist,
            rules,
            matches: matches(hit, assessed, watchlists),
            item,
            feed,
            story,
        }
    }

    /// The alert that `send-test` sends to a sink: marked as a test, and each one new to its receiver.
    #[must_use]
    pub fn test(sink: &str, now: Timestamp) -> Self {
        const TITLE: &str = "newswatch test alert";
        const NAME: &str = "test";
        let letters = Key::of("send-test", &[sink, &now.to_string()]).letters();
        let summary = format!("Sent by `newswatch send-test {sink}`: the sink works. No feed carried this.");
        let rule =
            AlertRule { id: NAME.to_owned(), title: TITLE.to_owned(), severity: Severity::Info, tags: Vec::new() };
        let item = Item {
            id: format!("itm_{letters}"),
            guid: None,
            link: None,
            canonical_link: None,
            title: TITLE.to_owned(),
            text: summary.clone(),
            summary,
            authors: Vec::new(),
            categories: Vec::new(),
            language: Some("en".to_owned()),
            published: None,
            updated: None,
            first_seen: now,
            revision: 1,
        };
        Self {
            id: format!("alt_{letters}"),
            time: now,
            severity: Severity::Info,
            test: true,
            watchlist: NAME.to_owned(),
            watchlist_title: TITLE.to_owned(),
            rules: vec![rule],
            matches: Vec::new(),
            feed: AlertFeed { name: NAME.to_owned(), title: TITLE.to_owned(), ..AlertFeed::default() },
            story: AlertStory { id: story_id(&item.id), first: true, also_in: Vec::new() },
            item,
        }
    }
}

/// The item and the alerts of a text that stands alone: no store, no first poll,
/// no story; what `match` shows. `feed` describes where it came from, or is empty.
#[must_use]
pub fn alerts_of(
    assessed: &AssessedItem,
    feed: &AlertFeed,
    watchlists: &Watchlists,
    now: Timestamp,
) -> (Item, Vec<Alert>) {
    let item = Item::new(item::item_id(&feed.name, assessed.keys.first(|_| false)), assessed, now);
    let story = AlertStory { id: story_id(&item.id), first: true, also_in: Vec::new() };
    let alert = |hit: &Hit| Alert::new(item.clone(), assessed, hit, watchlists, feed.clone(), story.clone(), now);
    let alerts = assessed.hits.iter().map(alert).collect();
    (item, alerts)
}

/// The same alert found again has the same id.
fn alert_id(item: &Item, watchlist: &str) -> String {
    format!("alt_{}", Key::of("alert", &[&item.id, watchlist, &item.revision.to_string()]).letters())
}

fn rule(fired: &RuleHit, watchlists: &Watchlists) -> Option<AlertRule> {
    let rule = watchlists.rules().get(fired.rule.0 as usize)?;
    Some(AlertRule { id: rule.id.clone(), title: rule.title.clone(), severity: rule.severity, tags: rule.tags.clone() })
}

/// Matches that an alert carries at most: a text that repeats a keyword is no reason for
/// an alert of megabytes.
const MOST_MATCHES: usize = 1000;

/// The matches of all rules, each once, in the order of the text.
fn matches(hit: &Hit, assessed: &AssessedItem, watchlists: &Watchlists) -> Vec<AlertMatch> {
    let mut all: Vec<Match> = hit.rules.iter().flat_map(|rule| &rule.matches).copied().collect();
    all.sort_unstable();
    all.dedup();
    all.truncate(MOST_MATCHES);
    let joined = Joined::of(&assessed.parsed);
    let document = joined.document(&assessed.parsed);
    all.iter().map(|found| alert_match(found, &document, watchlists)).collect()
}

/// A match as an alert carries it.
pub(super) fn alert_match(found: &Match, document: &Document<'_>, watchlists: &Watchlists) -> AlertMatch {
    let occurrence = &found.occurrence;
    let text = document.text(occurrence.field);
    let entity = found.entity.and_then(|entity| watchlists.entity(entity)).map(|entity| AlertEntity {
        id: entity.id.to_owned(),
        kind: entity.kind.to_owned(),
        name: entity.name.to_owned(),
    });
    AlertMatch {
        term: watchlists.matcher().term(occurrence.term).map_or_else(String::new, |term| term.text.clone()),
        entity,
        field: occurrence.field,
        start: occurrence.start,
        end: occurrence.end,
        text: text.get(occurrence.span()).unwrap_or_default().to_owned(),
        context: context(text, occurrence.span()),
    }
}

/// Bytes of context on either side, before it is cut to whole words.
pub const CONTEXT: usize = 60;

/// A span with some words around it, white space folded, `…` where cut.
fn context(text: &str, span: Range<usize>) -> String {
    let from = text.floor_char_boundary(span.start.saturating_sub(CONTEXT));
    let to = text.ceil_char_boundary(span.end.saturating_add(CONTEXT).min(text.len()));
    let before = text.get(from..span.start).unwrap_or_default();
    let after = text.get(span.end..to).unwrap_or_default();
    let (cut_before, cut_after) = (from > 0, to < text.len());
    // A word that the cut has halved goes.
    let before =
        if cut_before { before.split_once(char::is_whitespace).map_or(before, |(_, rest)| rest) } else { before };
    let after = if cut_after { after.rsplit_once(char::is_whitespace).map_or(after, |(rest, _)| rest) } else { after };
    let whole = format!("{before}{}{after}", text.get(span).unwrap_or_default());
    let folded = whole.split_whitespace().collect::<Vec<_>>().join(" ");
    let mark = |cut| if cut { "…" } else { "" };
    format!("{}{folded}{}", mark(cut_before), mark(cut_after))
}
