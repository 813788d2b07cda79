//! What fires on a text, for programs: the same as `match --json`.

use super::Api;
use super::extract::Json;
use super::problem::Problem;
use super::why::Explained;
use crate::daemon::clock;
use crate::engine::Runtime;
use crate::engine::alert::{Alert, AlertFeed, alerts_of};
use crate::engine::assess::{Joined, Provenance, assess};
use crate::engine::item::Item;
use crate::feed::ParsedItem;
use crate::sink::payload::{self, TextMode};
use crate::watchlist::explain::explain;
use crate::watchlist::{FeedLabel, Scratch};
use axum::extract::State;
use axum::http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A text to match; what is absent is empty.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Text {
    /// The title, plain text.
    pub title: String,
    /// The body, plain text.
    pub text: String,
    /// The names of its authors.
    pub authors: Vec<String>,
    /// Its link.
    pub link: Option<String>,
    /// Name of the feed that it is said to come from; filters by feed pass where absent.
    pub feed: Option<String>,
    /// Its language, such as `en`; filters by language pass where neither it nor `feed` is given.
    pub lang: Option<String>,
    /// Only this watchlist.
    pub watchlist: Option<String>,
    /// Whether every rule is explained.
    pub explain: bool,
}

/// What fires on an item.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Matched {
    /// The item.
    pub item: payload::Item,
    /// What it fires.
    pub alerts: Vec<payload::Data>,
    /// Why each rule fires or not, where that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub explanations: Option<Vec<Explained>>,
}

impl Matched {
    /// An item and its alerts.
    #[must_use]
    pub fn new(item: &Item, alerts: &[Alert]) -> Self {
        Self {
            item: payload::item(item, TextMode::Full),
            alerts: alerts.iter().map(|alert| payload::data(alert, TextMode::Full)).collect(),
            explanations: None,
        }
    }
}

/// Matches a text. Computes; not for a thread that waits for the network.
///
/// # Errors
/// That there is no such watchlist.
pub fn match_text(runtime: &Runtime, text: Text) -> Result<Matched, Problem> {
    let watchlists = &runtime.watchlists;
    if let Some(name) = text.watchlist.as_ref().filter(|name| !watchlists.lists().iter().any(|it| it.name == **name)) {
        return Err(Problem::new(StatusCode::NOT_FOUND, format!("there is no watchlist {name:?}")));
    }
    let asks = |watchlist: &str| text.watchlist.as_ref().is_none_or(|name| name == watchlist);
    let feed = text.feed.as_ref().map(|name| feed(runtime, name)).unwrap_or_default();
    let provenance = match &text.feed {
        Some(_) => Provenance::Feed(FeedLabel { name: &feed.name, tags: &feed.tags }),
        None => Provenance::Alone { language: text.lang.as_deref() },
    };
    let parsed = ParsedItem {
        title: text.title,
        text: text.text,
        authors: text.authors,
        link: text.link,
        language: text.lang.clone(),
        ..ParsedItem::default()
    };
    let mut scratch = Scratch::default();
    let Some(assessed) = assess(vec![parsed], provenance, watchlists, &mut scratch).pop() else {
        return Err(Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "the text was not read"));
    };
    let assessed = assessed.with_language();
    let (item, mut alerts) = alerts_of(&assessed, &feed, watchlists, clock::now());
    alerts.retain(|alert| asks(&alert.watchlist));
    let mut matched = Matched::new(&item, &alerts);
    if text.explain {
        let joined = Joined::of(&assessed.parsed);
        let origin = provenance.origin(assessed.language.as_deref());
        let all = explain(watchlists, &joined.document(&assessed.parsed), origin, &mut scratch);
        let all = all.iter().map(|explanation| Explained::new(explanation, watchlists));
        matched.explanations = Some(all.filter(|explanation| asks(&explanation.watchlist)).collect());
    }
    Ok(matched)
}

/// The feed of that name; where none is called so, its name alone is matched.
fn feed(runtime: &Runtime, name: &str) -> AlertFeed {
    let known = runtime.feeds.iter().find(|feed| feed.name == name);
    known.map_or_else(|| AlertFeed { name: name.to_owned(), ..AlertFeed::default() }, |known| AlertFeed::of(known, ""))
}

/// `POST /api/v1/match`
pub(super) async fn post(State(api): State<Api>, Json(text): Json<Text>) -> Result<axum::Json<Matched>, Problem> {
    let runtime = api.handle.live.load().runtime.clone();
    let matching = tokio::task::spawn_blocking(move || match_text(&runtime, text));
    match matching.await {
        Ok(matched) => matched.map(axum::Json),
        Err(error) => Err(Problem::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string())),
    }
}
