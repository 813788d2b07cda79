//! The alerts, for programs: lists of them, and one with all that is known of it.

use super::extract::{Path, Query};
use super::problem::Problem;
use super::{Api, why};
use crate::config::units;
use crate::daemon::clock;
use crate::sink::payload::{self, Envelope, Severity};
use crate::store::alert::{Fate, StoredAlert};
use crate::store::search::AlertFilter;
use crate::store::{Error, Store};
use crate::watchlist::definition;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt::Display;
use std::sync::{Arc, Mutex, PoisonError};
use tracing::error;

/// Which alerts are asked for: all that is said must hold.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AlertQuery {
    /// Name of the watchlist.
    pub watchlist: Option<String>,
    /// This severity or a higher one.
    pub severity: Option<Severity>,
    /// Id of a rule that fired.
    pub rule: Option<String>,
    /// Id of an entity that was found.
    pub entity: Option<String>,
    /// Name of the feed.
    pub feed: Option<String>,
    /// Words of the item's title or text: all of them, each as the beginning of a word.
    pub q: Option<String>,
    /// Since then: a time (2026-11-24T06:00:00Z), a day (UTC), or a duration before now (7d).
    pub since: Option<String>,
    /// Before then, likewise.
    pub until: Option<String>,
    /// How many at most: 1 to 200; 50 where absent.
    pub limit: Option<usize>,
    /// Of a list: `next` of the page before. Of a stream: begin behind this id, as with the
    /// header `Last-Event-ID`, which goes before it; 0 is the beginning.
    pub cursor: Option<String>,
    /// Whether the items' texts go along; `false` leaves `item.text` null.
    pub text: Option<bool>,
}

/// A page of alerts, the newest first.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AlertPage {
    /// The alerts.
    pub alerts: Vec<Document>,
    /// `cursor` of the next page; `null` where this is the last one.
    pub next: Option<String>,
    /// `cursor` of a stream that goes on where this list ends.
    pub newest: String,
    /// The ids of those that belong here and cannot be shown: what is stored of them is damaged.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub damaged: Vec<String>,
}

/// Alerts of one page as they are stored, the newest first.
#[derive(Debug)]
pub(super) struct Found {
    /// The alerts.
    pub(super) alerts: Vec<StoredAlert>,
    /// As in an [`AlertPage`].
    pub(super) next: Option<String>,
    /// As in an [`AlertPage`].
    pub(super) newest: String,
}

/// The alerts whose documents were found damaged. Each is logged once, and those behind it are
/// served. Clones share it.
#[derive(Debug, Clone, Default)]
pub(super) struct Damaged(Arc<Mutex<HashSet<i64>>>);

/// One alert and all that is known of it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AlertDetail {
    /// The alert.
    pub alert: Document,
    /// Why it fired, by the watchlists as they are now: each rule of its watchlist as a tree.
    pub explanations: Vec<why::Explained>,
    /// What other items carried the story, the first one first.
    pub sources: Vec<Source>,
    /// How many feeds these are, without its own; a program can tell by them.
    #[serde(skip)]
    pub other_feeds: usize,
    /// What became of it at each sink.
    pub deliveries: Vec<AlertDelivery>,
}

/// Another item of an alert's story.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Source {
    /// `itm_…`
    pub item: String,
    /// Key of its feed: the name, else the URL.
    pub feed: String,
    /// Its title; `null` where its text is kept no more.
    pub title: Option<String>,
    /// Its link.
    pub link: Option<String>,
    /// When it was first read.
    #[schemars(with = "payload::Time")]
    pub first_seen: Timestamp,
}

/// A delivery of one alert.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AlertDelivery {
    /// The sink.
    pub sink: String,
    /// `delivered`, `dropped`, `pending`, `in_flight` or `dead`.
    pub state: String,
    /// Attempts made.
    pub attempts: u32,
    /// When it arrived or was dropped.
    #[schemars(with = "Option<payload::Time>")]
    pub ended: Option<Timestamp>,
    /// When it is tried next.
    #[schemars(with = "Option<payload::Time>")]
    pub next: Option<Timestamp>,
    /// Why the last attempt failed.
    pub error: Option<String>,
    /// The id of the delivery where it is not ended: `dlv_…`
    pub id: Option<String>,
}

/// An alert as it was sent. One that was silenced, and so was not, says by what in `silence`.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct Document(Box<RawValue>);

/// Alerts of a page where nothing is said, and at most.
pub(super) const USUAL: usize = 50;
pub(super) const MOST: usize = 200;

/// What a stored alert says.
///
/// # Errors
/// Where it is no document: the store is damaged.
pub(super) fn envelope(alert: &StoredAlert) -> Result<Envelope, Error> {
    payload::parse(&alert.body).map_err(|error| damaged(alert, &error))
}

fn damaged(alert: &StoredAlert, error: &dyn Display) -> Error {
    Error::Corrupt(format!("alert {}: {error}", alert.id))
}

impl Damaged {
    /// What was read of an alert; `None`: it cannot be read.
    ///
    /// # Errors
    /// Any but that of a damaged document.
    pub(super) fn pass_over<T>(&self, alert: &StoredAlert, read: Result<T, Error>) -> Result<Option<T>, Error> {
        match read {
            Err(Error::Corrupt(detail)) => {
                if self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(alert.seq) {
                    error!(
                        alert = alert.id,
                        "a stored alert is damaged, and lists and streams go on without it: {detail}"
                    );
                }
                Ok(None)
            }
            read => read.map(Some),
        }
    }
}

impl Document {
    /// The document of a stored alert; `text` tells whether its item's text goes along.
    ///
    /// # Errors
    /// Where it is no document: the store is damaged.
    pub fn of(alert: &StoredAlert, text: bool) -> Result<Self, Error> {
        let body = if text {
            payload::expect_alert(&alert.body).map_err(|error| damaged(alert, &error))?;
            String::from_utf8(alert.body.clone()).map_err(|error| damaged(alert, &error))?
        } else {
            let mut envelope = envelope(alert)?;
            envelope.data.item.text = None;
            serde_json::to_string(&envelope).map_err(|error| damaged(alert, &error))?
        };
        let body = match (alert.silence, body.strip_suffix('}')) {
            (Some(silence), Some(head)) => format!("{head},\"silence\":\"{silence}\"}}"),
            _ => body,
        };
        RawValue::from_string(body).map(Self).map_err(|error| damaged(alert, &error))
    }

    /// The JSON, on one line.
    #[must_use]
    pub fn json(&self) -> &str {
        self.0.get()
    }
}

impl JsonSchema for Document {
    fn schema_name() -> Cow<'static, str> {
        "Document".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let envelope = generator.subschema_for::<Envelope>();
        json_schema!({
            "allOf": [envelope],
            "properties": { "silence": { "type": "string", "description": "The silence that kept it from being sent." } },
        })
    }
}

impl AlertQuery {
    /// The place in the order of commits that `cursor` is.
    ///
    /// # Errors
    /// That it is none.
    pub fn place(&self) -> Result<Option<i64>, Problem> {
        let place = self.cursor.as_deref().map(str::parse).transpose();
        place.map_err(|_| bad("cursor: expected a number that an answer gave"))
    }

    /// What the store is asked for.
    ///
    /// # Errors
    /// What makes no sense.
    pub fn filter(&self, now: Timestamp) -> Result<AlertFilter, Problem> {
        let time = |name: &str, text: &Option<String>| {
            let time = text.as_deref().map(|text| time(text, now)).transpose();
            time.map_err(|reason| bad(format!("{name}: {reason}")))
        };
        Ok(AlertFilter {
            watchlist: self.watchlist.clone(),
            severity: self.severity.map(definition::Severity::from),
            rule: self.rule.clone(),
            entity: self.entity.clone(),
            feed: self.feed.clone(),
            words: self.q.clone(),
            since: time("since", &self.since)?,
            until: time("until", &self.until)?,
        })
    }
}

/// A page of alerts as they are stored.
///
/// # Errors
/// What makes no sense in the query, or why the store does not answer.
pub(super) async fn find(store: &Store, query: &AlertQuery) -> Result<Found, Problem> {
    let limit = query.limit.unwrap_or(USUAL);
    if !(1..=MOST).contains(&limit) {
        return Err(bad(format!("limit: expected a number from 1 to {MOST}")));
    }
    let before = query.place()?;
    // One more tells whether there is a next page.
    let found = store.alerts_before(query.filter(clock::now())?, before, limit.saturating_add(1)).await?;
    let mut alerts = found.alerts;
    let more = alerts.len() > limit;
    alerts.truncate(limit);
    let next = alerts.last().filter(|_| more).map(|last| last.seq.to_string());
    Ok(Found { alerts, next, newest: found.last.to_string() })
}

/// One alert as it is stored, and with all that is known of it; `None`: there is none of this id.
///
/// # Errors
/// Where the store does not answer, or what it has of the alert is damaged.
pub(super) async fn detail(api: &Api, id: &str) -> Result<Option<(StoredAlert, AlertDetail)>, Error> {
    let store = &api.handle.store;
    let Some(alert) = store.alert(id).await? else { return Ok(None) };
    let runtime = api.handle.live.load().runtime.clone();
    let explanations = why::of_alert(runtime, &alert).await?;
    let carried = store.story_items(&alert.story).await?;
    let own = carried.iter().find(|it| it.item == alert.item).map(|it| it.feed.clone());
    let feeds: HashSet<&str> = carried.iter().map(|it| it.feed.as_str()).collect();
    let other_feeds = feeds.iter().filter(|feed| Some(**feed) != own.as_deref()).count();
    let sources = carried.into_iter().filter(|other| other.item != alert.item).map(|other| Source {
        item: other.item,
        feed: other.feed,
        title: other.title,
        link: other.link,
        first_seen: other.first_seen,
    });
    let detail = AlertDetail {
        alert: Document::of(&alert, true)?,
        explanations,
        sources: sources.collect(),
        other_feeds,
        deliveries: deliveries(store, id).await?,
    };
    Ok(Some((alert, detail)))
}

async fn deliveries(store: &Store, alert: &str) -> Result<Vec<AlertDelivery>, Error> {
    let arrived = store.arrivals(alert).await?.into_iter().map(|arrival| AlertDelivery {
        sink: arrival.sink,
        state: match arrival.fate {
            Fate::Delivered => "delivered".to_owned(),
            Fate::Dropped => "dropped".to_owned(),
        },
        attempts: arrival.attempts,
        ended: Some(arrival.time),
        next: None,
        error: None,
        id: None,
    });
    let waiting = store.letters_of(alert).await?.into_iter().map(|letter| AlertDelivery {
        sink: letter.sink,
        state: letter.state.name().to_owned(),
        attempts: letter.attempts,
        ended: None,
        next: letter.next,
        error: letter.error,
        id: Some(letter.id.to_string()),
    });
    let mut deliveries: Vec<_> = arrived.chain(waiting).collect();
    deliveries.sort_by(|one, other| one.sink.cmp(&other.sink));
    Ok(deliveries)
}

fn bad(detail: impl Into<String>) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, detail)
}

/// A time, a day (UTC), or a duration before `now`.
fn time(text: &str, now: Timestamp) -> Result<Timestamp, String> {
    let expected = "expected a time (2026-11-24T06:00:00Z), a day (2026-11-24) or a duration (7d)";
    units::parse_moment(text, now, &TimeZone::UTC, expected)
}

/// `GET /api/v1/alerts`
pub(super) async fn list(State(api): State<Api>, Query(query): Query<AlertQuery>) -> Result<Json<AlertPage>, Problem> {
    let Found { alerts: stored, next, newest } = find(&api.handle.store, &query).await?;
    let (mut alerts, mut damaged) = (Vec::with_capacity(stored.len()), Vec::new());
    for alert in stored {
        match api.damaged.pass_over(&alert, Document::of(&alert, query.text.unwrap_or(true)))? {
            Some(document) => alerts.push(document),
            None => damaged.push(alert.id),
        }
    }
    Ok(Json(AlertPage { alerts, next, newest, damaged }))
}

/// `GET /api/v1/alerts/{id}`
pub(super) async fn one(State(api): State<Api>, Path(id): Path<String>) -> Result<Json<AlertDetail>, Problem> {
    let detail = detail(&api, &id).await?.map(|(_, detail)| Json(detail));
    detail.ok_or_else(|| Problem::new(StatusCode::NOT_FOUND, format!("there is no alert {id:?}")))
}
