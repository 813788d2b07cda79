//! The alert: one item that fired at least one rule of one watchlist. Plain
//! values; the wire format is `sink::payload`'s.

use super::assess::AssessedItem;
use super::item::Item;
use crate::watchlist::Watchlists;
use crate::watchlist::definition::Severity;
use crate::watchlist::term::Field;
use jiff::Timestamp;

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

/// The alerts of an item that stands alone: no store, no first poll, no story;
/// what `match` and `POST /api/v1/match` show. `feed` describes where it came
/// from, or is empty.
#[must_use]
pub fn alerts_of(item: &AssessedItem, feed: &AlertFeed, watchlists: &Watchlists, now: Timestamp) -> (Item, Vec<Alert>) {
    let _ = (item, feed, watchlists, now);
    todo!()
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
