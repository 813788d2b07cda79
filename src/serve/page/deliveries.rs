//! The sinks with their queues, and what has not arrived: tried again or given up.

use super::super::deliveries::{self as api_deliveries, Action, Change, Chosen, DeliveryQuery, DeliveryRow};
use super::super::extract::Json;
use super::super::status::{Queue, Status};
use super::extract::Query;
use super::form::{Form, Question};
use super::marks::address;
use super::template::{self, Place};
use super::{Failure, Moment, Page};
use crate::engine::health::SinkHealth;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What is asked for, and what was just done.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Wanted {
    sink: Option<String>,
    cursor: Option<String>,
    retried: Option<u64>,
    dropped: Option<u64>,
    passed: Option<u64>,
}

#[derive(Debug, Serialize)]
struct View {
    writable: bool,
    retried: Option<u64>,
    dropped: Option<u64>,
    passed: u64,
    sinks: Vec<Sink>,
    sink: Option<String>,
    rows: Vec<Row>,
    next: Option<String>,
}

/// A sink.
#[derive(Debug, Serialize)]
struct Sink {
    name: String,
    address: String,
    /// `ok`, `waiting`, `dead letters`, `failing` or `removed`.
    state: &'static str,
    pending: u64,
    in_flight: u64,
    dead: u64,
    oldest: Option<Moment>,
    since: Option<Moment>,
    /// Why it fails, or why its latest dead letter did not arrive.
    reason: Option<String>,
}

/// What has not arrived.
#[derive(Debug, Serialize)]
struct Row {
    id: String,
    sink: String,
    alert: String,
    state: String,
    attempts: u32,
    next: Option<Moment>,
    error: Option<String>,
}

impl From<DeliveryRow> for Row {
    fn from(row: DeliveryRow) -> Self {
        let DeliveryRow { id, sink, alert, state, attempts, next, error } = row;
        Self { id, sink, alert, state, attempts, next: next.map(Moment::from), error }
    }
}

impl Sink {
    fn new(name: &str, configured: bool, queue: Option<&Queue>, health: Option<SinkHealth>) -> Self {
        let (pending, in_flight, dead) = queue.map_or((0, 0, 0), |it| (it.pending, it.in_flight, it.dead));
        Self {
            name: name.to_owned(),
            address: address("/deliveries", [("sink", name)]),
            state: match health {
                _ if !configured => "removed",
                Some(_) => "failing",
                None if dead > 0 => "dead letters",
                None if pending > 0 => "waiting",
                None => "ok",
            },
            pending,
            in_flight,
            dead,
            oldest: queue.and_then(|queue| queue.oldest).map(Moment::from),
            since: health.as_ref().map(|health| health.failure.since.into()),
            reason: health.map(|health| health.failure.reason).or_else(|| queue.and_then(|queue| queue.error.clone())),
        }
    }
}

/// `GET /deliveries`
pub(super) async fn list(State(page): State<Page>, Query(wanted): Query<Wanted>) -> Result<Html<String>, Failure> {
    let store = &page.api.handle.store;
    let queues = Status::running(&page.api.handle).await?.queues;
    let live = page.api.handle.live.load_full();
    let configured: BTreeSet<&str> = live.sinks.iter().map(|sink| sink.name.as_str()).collect();
    let names: BTreeSet<&str> = queues.iter().map(|queue| queue.sink.as_str()).chain(configured.clone()).collect();
    let mut sinks = Vec::new();
    for name in names {
        let queue = queues.iter().find(|queue| queue.sink == name);
        sinks.push(Sink::new(name, configured.contains(name), queue, store.sink_health(name).await?));
    }
    let query = DeliveryQuery { sink: wanted.sink.clone(), cursor: wanted.cursor, limit: None };
    let found = api_deliveries::page(store, &query).await?;
    let next = found.next.map(|next| {
        let sink = wanted.sink.as_deref().map(|sink| ("sink", sink));
        address("/deliveries", sink.into_iter().chain([("cursor", next.as_str())]))
    });
    let view = View {
        writable: page.is_writable(),
        retried: wanted.retried,
        dropped: wanted.dropped,
        passed: wanted.passed.unwrap_or(0),
        sinks,
        sink: wanted.sink,
        rows: found.deliveries.into_iter().map(Row::from).collect(),
        next,
    };
    Ok(template::page(Place::at("deliveries", "Deliveries", page.is_writable()), "deliveries.html", &view)?)
}

/// `POST /deliveries`: `action`, and `id`s or a `sink`.
pub(super) async fn change(State(page): State<Page>, form: Form) -> Result<Response, Failure> {
    let bad = |detail: &str| Failure::new(StatusCode::BAD_REQUEST, detail);
    let action = match form.get("action") {
        Some("retry") => Action::Retry,
        Some("drop") => Action::Drop,
        _ => return Err(bad("action: expected retry or drop")),
    };
    let ids: Vec<String> = form.all("id").map(str::to_owned).collect();
    let (selection, what) = match (form.get("sink"), ids.len()) {
        (Some(sink), 0) => (Chosen::Sink(sink.to_owned()), format!("all deliveries of {sink}")),
        (None, 1) => (Chosen::Ids(ids), "this delivery".to_owned()),
        (None, 2..) => (Chosen::Ids(ids), format!("these {} deliveries", form.all("id").count())),
        _ => return Err(bad("choose the deliveries that are meant, then what to do with them")),
    };
    if !form.is_sure() {
        return Ok(question(action, &what).ask(&form)?.into_response());
    }
    let axum::Json(done) = api_deliveries::post(State(page.api), Json(Change { action, selection })).await?;
    let done_as = if action == Action::Retry { "retried" } else { "dropped" };
    let (changed, passed) = (done.changed.to_string(), done.passed_over.len().to_string());
    Ok(Redirect::to(&address("/deliveries", [(done_as, changed.as_str()), ("passed", passed.as_str())]))
        .into_response())
}

fn question(action: Action, what: &str) -> Question<'static> {
    let (what, consequence, button) = match action {
        Action::Retry => {
            (format!("Try {what} again?"), "They are sent as soon as their sink can take them.", "Try again")
        }
        Action::Drop => (format!("Drop {what}?"), "They will never be sent. This cannot be undone.", "Drop"),
    };
    Question { what, consequence, button, action: "/deliveries".to_owned(), back: "/deliveries" }
}
