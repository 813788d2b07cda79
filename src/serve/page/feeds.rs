//! The feeds with their health: what fails first.

use super::super::days::Days;
use super::super::feeds::{self, FeedRow};
use super::super::problem::Problem;
use super::chart::{Size, chart};
use super::extract::Query;
use super::marks::address;
use super::template::{self, Markup, Place};
use super::{Failure, Moment, Page};
use crate::daemon::clock;
use crate::store::Store;
use crate::store::daily::{DayCount, FeedDay};
use crate::store::feed::FeedActivity;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Html;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};

/// Feeds of a page.
const PAGE: usize = 100;

/// Days whose items are shown, and whose answers 304 count as saved.
const DAYS: u16 = 14;

/// Days whose other answers say how large one is: of a quiet feed they are few.
const MEAN_DAYS: u16 = 90;

/// What is asked for.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Wanted {
    /// A part of name, title, URL or tag.
    #[serde(default)]
    q: String,
    /// A state.
    #[serde(default)]
    state: String,
    /// The last feed of the page before, as [`After`] writes it.
    after: Option<String>,
}

#[derive(Debug, Serialize)]
struct View {
    q: String,
    state: String,
    states: [&'static str; 5],
    /// How many feeds there are of each state.
    counts: BTreeMap<String, usize>,
    rows: Vec<Row>,
    /// How many days the charts show.
    days: u16,
    /// It does not begin with the first one.
    after: bool,
    /// How many more there are, and where.
    more: usize,
    next: Option<String>,
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
    chart: Markup,
    /// Bytes that answers 304 saved, estimated; `None`: nothing says how large an answer is.
    saved: Option<u64>,
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
    let after = wanted.after.as_deref().map(After::read).transpose()?;
    let mut found: Vec<_> = feeds.into_iter().filter(|(row, _)| wanted.fits(row)).collect();
    found.sort_by_cached_key(|(row, _)| After::of(row));
    // By place and not by number: what changes its state meanwhile shifts no other.
    found.retain(|(row, _)| after.as_ref().is_none_or(|after| After::of(row) > *after));
    let more = found.len().saturating_sub(PAGE);
    found.truncate(PAGE);
    let next = found.last().filter(|_| more > 0).map(|(row, _)| {
        let said =
            [("q", wanted.q.as_str()), ("state", &wanted.state)].into_iter().filter(|(_, said)| !said.is_empty());
        address("/feeds", said.chain([("after", After::of(row).text().as_str())]))
    });
    let days = Days::until(now, DAYS);
    let mut traffic = Traffic::of(&handle.store, found.iter().map(|(_, activity)| &activity.key), &days, now).await?;
    let row = |(row, activity): (FeedRow, FeedActivity)| {
        let traffic = traffic.remove(&activity.key).unwrap_or_default();
        Row::new(row, &activity, &traffic, &days)
    };
    let view = View {
        rows: found.into_iter().map(row).collect::<Result<_, _>>()?,
        q: wanted.q,
        state: wanted.state,
        states: STATES,
        counts,
        days: DAYS,
        after: after.is_some(),
        more,
        next,
    };
    Ok(template::page(Place::at("feeds", "Feeds", page.is_writable()), "feeds.html", &view)?)
}

/// The place of a feed in the list: its state's, since when it fails, its name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct After(usize, i64, String);

impl After {
    fn of(row: &FeedRow) -> Self {
        let state = STATES.iter().position(|state| *state == row.state).unwrap_or(STATES.len());
        Self(state, row.failing_since.map_or(0, Timestamp::as_second), row.name.clone())
    }

    fn text(&self) -> String {
        format!("{}.{}.{}", STATES.get(self.0).unwrap_or(&""), self.1, self.2)
    }

    fn read(text: &str) -> Result<Self, Failure> {
        let bad = || Failure::new(StatusCode::BAD_REQUEST, "after: expected what a page of feeds gave");
        let mut parts = text.splitn(3, '.');
        let mut part = || parts.next().ok_or_else(bad);
        let (state, since, name) = (part()?, part()?, part()?);
        let state = STATES.iter().position(|known| *known == state).ok_or_else(bad)?;
        Ok(Self(state, since.parse().map_err(|_| bad())?, name.to_owned()))
    }
}

/// What a feed brought on each day, and what its answers 304 saved.
#[derive(Debug, Default)]
struct Traffic {
    items: Vec<u64>,
    saved: Option<u64>,
}

impl Traffic {
    async fn of(
        store: &Store,
        keys: impl Iterator<Item = &String>,
        days: &Days,
        now: Timestamp,
    ) -> Result<HashMap<String, Self>, Failure> {
        let read = store.feed_days(keys.cloned().collect(), Days::until(now, MEAN_DAYS).since()).await?;
        let mut sums: HashMap<String, Sum> = HashMap::new();
        for day in &read {
            sums.entry(day.feed.clone()).or_default().add(day, days);
        }
        let items = read.into_iter().map(|FeedDay { feed: of, day, items: count, .. }| DayCount { of, day, count });
        let mut items = days.series(items.collect());
        let traffic = |(key, sum): (String, Sum)| {
            let items = items.remove(&key).unwrap_or_default();
            (key, Self { items, saved: sum.saved() })
        };
        Ok(sums.into_iter().map(traffic).collect())
    }
}

/// The answers of a feed.
#[derive(Debug, Default)]
struct Sum {
    /// Answers 304 of the days that are shown.
    not_modified: u64,
    /// Bytes and number of all other polls, failed ones included, of the days that say how
    /// large one is.
    bytes: u64,
    others: u64,
}

impl Sum {
    fn add(&mut self, day: &FeedDay, shown: &Days) {
        self.bytes = self.bytes.saturating_add(day.bytes);
        self.others += day.polls.saturating_sub(day.not_modified);
        if shown.dates().first().is_some_and(|first| day.day >= *first) {
            self.not_modified += day.not_modified;
        }
    }

    /// The answers 304, each as large as the mean of the others.
    fn saved(&self) -> Option<u64> {
        self.bytes.checked_div(self.others).map(|mean| mean.saturating_mul(self.not_modified))
    }
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
    fn new(row: FeedRow, activity: &FeedActivity, traffic: &Traffic, days: &Days) -> Result<Self, Problem> {
        Ok(Self {
            address: address("/", [("feed", row.name.as_str())]),
            chart: chart(&format!("New items of {}", row.name), days.dates(), &traffic.items, Size::Small)?,
            saved: traffic.saved,
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
            unchanged: activity.unchanged.saturating_mul(100).checked_div(activity.polls),
            repairs: activity.repairs,
        })
    }
}
