//! Why a rule fires or not, for programs: its condition as a tree, each part true, false
//! or unchecked.

use super::alerts::envelope;
use crate::engine::Runtime;
use crate::engine::assess::Joined;
use crate::feed::ParsedItem;
use crate::sink::payload::{self, Envelope, Field};
use crate::store::Error;
use crate::store::alert::StoredAlert;
use crate::watchlist::explain::{Explanation, RuleExplanation, explain};
use crate::watchlist::rule::Truth;
use crate::watchlist::{FeedLabel, Match, Origin, Scratch, Watchlists};
use schemars::JsonSchema;
use serde::Serialize;
use std::sync::Arc;

/// Why one rule fires on an item or does not.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Explained {
    /// Name of the watchlist.
    pub watchlist: String,
    /// Id of the rule.
    pub rule: String,
    /// Whether it fires.
    pub fires: bool,
    /// Its condition as written.
    pub when: String,
    /// The feed and language filters of its watchlist.
    pub filters: Vec<Part>,
    /// Its condition.
    pub condition: Part,
}

/// A part of a condition and what it comes to.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Part {
    /// The part, as written.
    pub text: String,
    /// First byte of it in `when`; `start` and `end` are the same where it is not written there.
    pub start: usize,
    /// One past its last byte.
    pub end: usize,
    /// What it comes to.
    pub truth: Outcome,
    /// Why, in words; empty where the parts say it all.
    pub why: String,
    /// The occurrences that make it true.
    pub matches: Vec<Span>,
    /// How many places nearly match.
    pub near_misses: usize,
    /// Its parts.
    pub parts: Vec<Self>,
}

/// What a part comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It holds.
    True,
    /// It does not.
    False,
    /// It depends on a feed or language that is not known, and passes.
    Unchecked,
}

/// A place in a field of the item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Span {
    /// The field.
    pub field: Field,
    /// First byte of it in the UTF-8 text of that field.
    pub start: u32,
    /// One past its last byte.
    pub end: u32,
}

impl Explained {
    /// An explanation, with the names of what it is about.
    #[must_use]
    pub fn new(explanation: &RuleExplanation, watchlists: &Watchlists) -> Self {
        let rule = watchlists.rules().get(explanation.rule.0 as usize);
        Self {
            watchlist: watchlists.list_of(explanation.rule).map_or_else(String::new, |list| list.name.clone()),
            rule: rule.map_or_else(String::new, |rule| rule.id.clone()),
            fires: explanation.fires(),
            when: explanation.when.clone(),
            filters: explanation.filters.iter().map(Part::new).collect(),
            condition: Part::new(&explanation.condition),
        }
    }
}

impl Part {
    fn new(explanation: &Explanation) -> Self {
        Self {
            text: explanation.text.clone(),
            start: explanation.span.start,
            end: explanation.span.end,
            truth: match explanation.truth {
                Truth::True => Outcome::True,
                Truth::False => Outcome::False,
                Truth::Unchecked => Outcome::Unchecked,
            },
            why: explanation.why.clone(),
            matches: explanation.matches.iter().map(Span::new).collect(),
            near_misses: explanation.near_misses,
            parts: explanation.parts.iter().map(Self::new).collect(),
        }
    }
}

impl Span {
    fn new(found: &Match) -> Self {
        let occurrence = found.occurrence;
        Self { field: occurrence.field.into(), start: occurrence.start, end: occurrence.end }
    }
}

/// Explains the rules of an alert's watchlist on its item, by the watchlists as they are
/// now: none where the watchlist is there no more.
///
/// # Errors
/// Where its document cannot be read.
pub async fn of_alert(runtime: Arc<Runtime>, alert: &StoredAlert) -> Result<Vec<Explained>, Error> {
    let envelope = envelope(alert)?;
    let explaining = tokio::task::spawn_blocking(move || of_document(&runtime.watchlists, envelope));
    explaining.await.map_err(|error| Error::Panicked(error.to_string()))
}

fn of_document(watchlists: &Watchlists, envelope: Envelope) -> Vec<Explained> {
    let payload::Data { item, feed, .. } = envelope.data;
    let language = item.language.clone();
    let item = ParsedItem {
        title: item.title,
        link: item.link,
        authors: item.authors,
        categories: item.categories,
        text: item.text.unwrap_or_default(),
        ..ParsedItem::default()
    };
    let joined = Joined::of(&item);
    let origin = Origin { feed: Some(FeedLabel { name: &feed.name, tags: &feed.tags }), language: language.as_deref() };
    let explained = explain(watchlists, &joined.document(&item), origin, &mut Scratch::default());
    let explained = explained.iter().map(|explanation| Explained::new(explanation, watchlists));
    explained.filter(|explanation| explanation.watchlist == envelope.subject).collect()
}
