//! The feeds with their health: what fails first.

use super::super::feeds::{self, FeedRow};
use super::template::{self, Place};
use super::{Failure, Moment, Page};
use crate::daemon::clock;
use axum::extract::{Query, State};
use axum::response::Html;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};

/// Feeds of a page: the others are found by name.
const MOST: usize = 500;

/// Over how many days repairs and answers are counted, today included.
const DAYS: i64 = 7;

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
    let feeds = feeds::rows(&runtime, Some(&handle.store), now).await?;
    let since = now.checked_sub(SignedDuration::from_hours(24 * (DAYS - 1))).unwrap_or(now);
    let activity = handle.store.feed_activity(since).await?;
    let activity: HashMap<_, _> = activity.iter().map(|activity| (activity.key.as_str(), activity)).collect();
    let mut counts = BTreeMap::new();
    feeds.iter().for_each(|feed| *counts.entry(feed.state.clone()).or_insert(0) += 1);
    // The rows are in the order of the feeds.
    let mut found: Vec<_> = feeds.into_iter().zip(&runtime.feeds).filter(|(row, _)| wanted.fits(row)).collect();
    found.sort_by_key(|(row, _)| {
        (STATES.iter().position(|state| *state == row.state), row.failing_since.map(Timestamp::as_second))
    });
    let more = found.len().saturating_sub(MOST);
    let rows = found.into_iter().take(MOST).map(|(row, feed)| {
        let activity = activity.get(feed.key.as_str());
        Row {
            unchanged: activity.and_then(|it| it.unchanged.saturating_mul(100).checked_div(it.polls)),
            repairs: activity.map_or(0, |it| it.repairs),
            ..Row::new(row)
        }
    });
    let rows = rows.collect();
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
    fn new(row: FeedRow) -> Self {
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
            unchanged: None,
            repairs: 0,
        }
    }
}
