//! The feeds with their health, for people and programs.

use super::Api;
use super::problem::Problem;
use crate::daemon::clock;
use crate::engine::schedule::FeedState;
use crate::engine::{Feed, Runtime};
use crate::sink::payload::Time;
use crate::store::feed::FeedActivity;
use crate::store::{Error, Store};
use axum::Json;
use axum::extract::State;
use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// One feed, as `feeds --json` prints it. Times are RFC 3339, UTC.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FeedRow {
    /// Its name.
    pub name: String,
    /// Its URL, without password.
    pub url: String,
    /// Its own title.
    pub title: String,
    /// Its tags.
    pub tags: Vec<String>,
    /// Whether it is polled.
    pub enabled: bool,
    /// `ok`, `failing`, `gone`, `waiting` (not polled yet) or `disabled`.
    pub state: String,
    /// When it was polled last.
    #[schemars(with = "Option<Time>")]
    pub last_poll: Option<Timestamp>,
    /// When that worked last.
    #[schemars(with = "Option<Time>")]
    pub last_success: Option<Timestamp>,
    /// When it is polled next.
    #[schemars(with = "Option<Time>")]
    pub next_poll: Option<Timestamp>,
    /// The gap between two polls, in seconds.
    pub interval: Option<i64>,
    /// Failures in a row.
    pub failures: u32,
    /// Since when it fails.
    #[schemars(with = "Option<Time>")]
    pub failing_since: Option<Timestamp>,
    /// Why it failed last.
    pub error: Option<String>,
    /// Items that it ever brought.
    pub items: u64,
    /// New items a day, over the last week.
    pub items_per_day: f64,
}

/// Over how many days items a day are averaged.
const DAYS: u32 = 7;

/// Every configured feed with its health, in the order of the configuration; `store` is
/// `None` where no daemon ever ran.
///
/// # Errors
/// Where the store does not answer.
pub async fn rows(runtime: &Runtime, store: Option<&Store>, now: Timestamp) -> Result<Vec<FeedRow>, Error> {
    Ok(with_activity(runtime, store, now).await?.into_iter().map(|(row, _)| row).collect())
}

/// [`rows`], each with what its feed did over the last [`DAYS`], today included.
pub(super) async fn with_activity(
    runtime: &Runtime,
    store: Option<&Store>,
    now: Timestamp,
) -> Result<Vec<(FeedRow, FeedActivity)>, Error> {
    let since = now.checked_sub(SignedDuration::from_hours(24 * i64::from(DAYS - 1))).unwrap_or(now);
    let (mut states, mut activity) = (HashMap::new(), HashMap::new());
    if let Some(store) = store {
        states.extend(store.feed_states().await?.into_iter().map(|state| (state.key.clone(), state)));
        activity.extend(store.feed_activity(since).await?.into_iter().map(|row| (row.key.clone(), row)));
    }
    let feeds = runtime.feeds.iter();
    Ok(feeds
        .map(|feed| {
            let idle = || FeedActivity { key: feed.key.clone(), ..FeedActivity::default() };
            let activity = activity.remove(&feed.key).unwrap_or_else(idle);
            (row(feed, states.remove(&feed.key), activity.items), activity)
        })
        .collect())
}

fn row(feed: &Feed, state: Option<FeedState>, items: u64) -> FeedRow {
    #[expect(clippy::cast_precision_loss, reason = "items of a week")]
    let items_per_day = items as f64 / f64::from(DAYS);
    let health = health(feed, state.as_ref()).to_owned();
    let known = state.as_ref();
    FeedRow {
        name: feed.name.clone(),
        url: feed.url.clone(),
        tags: feed.tags.clone(),
        enabled: feed.enabled,
        state: health,
        last_poll: known.and_then(|state| state.last_poll),
        last_success: known.and_then(|state| state.last_success),
        next_poll: known.filter(|_| feed.enabled).and_then(|state| state.next_poll),
        interval: known.and_then(|state| state.gap).or(feed.interval).map(|gap| gap.as_secs()),
        failures: known.map_or(0, |state| state.failures),
        failing_since: known.and_then(|state| state.failing_since),
        items: known.map_or(0, |state| state.items),
        items_per_day: (items_per_day * 10.0).round() / 10.0,
        title: known.map_or_else(String::new, |state| state.title.clone()),
        error: state.and_then(|state| state.last_error),
    }
}

fn health(feed: &Feed, state: Option<&FeedState>) -> &'static str {
    match state {
        _ if !feed.enabled => "disabled",
        None => "waiting",
        Some(state) if state.gone => "gone",
        Some(state) if state.failures > 0 => "failing",
        Some(state) if state.last_poll.is_none() => "waiting",
        Some(_) => "ok",
    }
}

/// `GET /api/v1/feeds`
pub(super) async fn list(State(api): State<Api>) -> Result<Json<Vec<FeedRow>>, Problem> {
    let runtime = api.handle.live.load().runtime.clone();
    Ok(Json(rows(&runtime, Some(&api.handle.store), clock::now()).await?))
}
