//! The feeds with their health: what fails first.

use super::super::feeds::{self, FeedRow};
use super::template::{self, Place};
use super::{Failure, Moment, Page};
use crate::daemon::clock;
use crate::store::feed::FeedActivity;
use axum::extract::{Query, State};
use axum::response::Html;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Feeds of a page: the others are found by name.
const MOST: usize = 500;

/// What is asked for.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Wanted {
    /// A part of name, title, URL or tag.
    #[serde(default)]
    q: String,
    /// A state.
    #[serde(default)]
    state: String,
}

#[derive(Debug, Serialize)]
struct View {
    q: String,
    state: String,
    states: [&'static str; 5],
    /// How many feeds there are of each state.
    counts: BTreeMap<String, usize>,
    rows: Vec<Row>,
    /// How many more were found.
    more: usize,
}

/// A feed.
#[derive(Debug, Serialize)]
struct Row {
    name: String,
    title: String,
    url: String,
    state: String,
    reason: Option<String>,
    failures: u32,
    since: Option<Moment>,
    last_success: Option<Moment>,
    next_poll: Option<Moment>,
    items_per_day: f64,
    /// Of 100 polls of the last days, those that brought nothing new.
    unchanged: Option<u64>,
    repairs: u64,
    address: String,
}

/// The states, in the order in which they are shown.
const STATES: [&str; 5] = ["failing", "gone", "waiting", "ok", "disabled"];

/// `GET /feeds`
pub(super) async fn list(State(page): State<Page>, Query(wanted): Query<Wanted>) -> Result<Html<String>, Failure> {
    let (handle, now) = (&page.api.handle, clock::now());
    let runtime = handle.live.load().runtime.clone();
    let feeds = feeds::with_activity(&runtime, Some(&handle.store), now).await?;
    let mut counts = BTreeMap::new();
    feeds.iter().for_each(|(row, _)| *counts.entry(row.state.clone()).or_insert(0) += 1);
    let mut found: Vec<_> = feeds.into_iter().filter(|(row, _)| wanted.fits(row)).collect();
    found.sort_by_key(|(row, _)| {
        (STATES.iter().position(|state| *state == row.state), row.failing_since.map(Timestamp::as_second))
    });
    let more = found.len().saturating_sub(MOST);
    let rows = found.into_iter().take(MOST).map(|(row, activity)| Row::new(row, activity.as_ref())).collect();
    let view = View { q: wanted.q, state: wanted.state, states: STATES, counts, rows, more };
    Ok(template::page(Place::at("feeds", "Feeds", page.is_writable()), "feeds.html", &view)?)
}

impl Wanted {
    fn fits(&self, row: &FeedRow) -> bool {
        let part = self.q.trim().to_lowercase();
        let mut texts = [&row.name, &row.title, &row.url].into_iter().chain(&row.tags);
        (self.state.is_empty() || self.state == row.state)
            && (part.is_empty() || texts.any(|text| text.to_lowercase().contains(&part)))
    }
}

impl Row {
    fn new(row: FeedRow, activity: Option<&FeedActivity>) -> Self {
        Self {
            address: super::marks::address("/", [("feed", row.name.as_str())]),
            name: row.name,
            title: row.title,
            url: row.url,
            reason: row.error.filter(|_| row.failures > 0 || row.state == "gone"),
            state: row.state,
            failures: row.failures,
            since: row.failing_since.map(Moment::from),
            last_success: row.last_success.map(Moment::from),
            next_poll: row.next_poll.map(Moment::from),
            items_per_day: row.items_per_day,
            unchanged: activity.and_then(|it| it.unchanged.saturating_mul(100).checked_div(it.polls)),
            repairs: activity.map_or(0, |it| it.repairs),
        }
    }
}
