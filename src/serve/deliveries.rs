//! The outbox and the dead letters, for people and programs: what waits, and
//! what is to be tried again or given up.

use super::Api;
use super::extract::{Json, Query};
use super::problem::Problem;
use super::sinks::unknown;
use crate::daemon::clock;
use crate::sink::payload::Time;
use crate::store::letter::{Changed, Letter, Selection};
use crate::store::outbox::DeliveryId;
use crate::store::{Error, Store};
use axum::extract::State;
use axum::http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashSet};

/// A delivery that has not arrived, as `deliveries --json` prints it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DeliveryRow {
    /// `dlv_…`
    pub id: String,
    /// The sink.
    pub sink: String,
    /// The alert's id.
    pub alert: String,
    /// `pending`, `in_flight` or `dead`.
    pub state: String,
    /// Attempts made.
    pub attempts: u32,
    /// When it is tried next, RFC 3339; `null` where it is in flight or dead.
    #[schemars(with = "Option<Time>")]
    pub next: Option<jiff::Timestamp>,
    /// Why the last attempt failed.
    pub error: Option<String>,
}

/// What to do with which deliveries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Change {
    /// What to do.
    pub action: Action,
    /// Which.
    pub selection: Chosen,
}

/// What can be done with a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// Try it again now, also where it is dead.
    Retry,
    /// Give it up for good.
    Drop,
}

/// Which deliveries are meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Chosen {
    /// These.
    Ids(Vec<String>),
    /// Those of a sink.
    Sink(String),
    /// All.
    All,
}

/// What became of a [`Change`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Done {
    /// How many were changed.
    pub changed: u64,
    /// Those that do not exist, have arrived, or are in flight just now.
    pub passed_over: Vec<String>,
    /// Sinks of which they may be that are sent nothing before a reload: their destination is gone.
    #[serde(default)]
    pub after_reload: Vec<String>,
}

/// Why a change was not made.
#[derive(Debug)]
pub enum Refusal {
    /// This is no id of a delivery.
    Id(String),
    /// There is no such sink: in words, with those that there are.
    Sink(String),
    /// The store failed.
    Store(Error),
}

impl From<Letter> for DeliveryRow {
    fn from(letter: Letter) -> Self {
        Self {
            id: letter.id.to_string(),
            sink: letter.sink,
            alert: letter.alert,
            state: letter.state.name().to_owned(),
            attempts: letter.attempts,
            next: letter.next,
            error: letter.error,
        }
    }
}

/// That there is such a sink: a configured one, or one that was and still has deliveries.
///
/// # Errors
/// [`Refusal::Sink`], or the store failed.
pub async fn check_sink(store: &Store, configured: &[String], sink: &str) -> Result<(), Refusal> {
    let mut known: BTreeSet<String> = store.queued_sinks().await.map_err(Refusal::Store)?.into_iter().collect();
    known.extend(configured.iter().cloned());
    if known.contains(sink) { Ok(()) } else { Err(Refusal::Sink(unknown(sink, known.iter().map(String::as_str)))) }
}

/// Makes a change in a store; `configured` are the names of the sinks that there are.
///
/// # Errors
/// See [`Refusal`].
pub async fn change(store: &Store, configured: &[String], change: Change) -> Result<Done, Refusal> {
    let selection = match change.selection {
        Chosen::All => Selection::All,
        Chosen::Sink(sink) => {
            check_sink(store, configured, &sink).await?;
            Selection::Sink(sink)
        }
        Chosen::Ids(ids) => {
            let parse = |id: String| id.parse::<DeliveryId>().map_err(|_| Refusal::Id(id));
            let mut ids = ids.into_iter().map(parse).collect::<Result<Vec<_>, _>>()?;
            // Asked for twice is asked for.
            let mut seen = HashSet::new();
            ids.retain(|id| seen.insert(*id));
            Selection::Ids(ids)
        }
    };
    let now = clock::now();
    let changed = match change.action {
        Action::Retry => store.retry_letters(selection, now).await,
        Action::Drop => store.drop_letters(selection, now).await,
    };
    let Changed { changed, passed_over } = changed.map_err(Refusal::Store)?;
    Ok(Done { changed, passed_over: passed_over.iter().map(ToString::to_string).collect(), after_reload: Vec::new() })
}

/// Which deliveries are asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct DeliveryQuery {
    /// Only those of this sink.
    pub sink: Option<String>,
    /// How many at most: 1 to 500; 100 where absent.
    pub limit: Option<usize>,
    /// `next` of the page before.
    pub cursor: Option<String>,
}

/// A page of what has not arrived, the oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DeliveryPage {
    /// The deliveries.
    pub deliveries: Vec<DeliveryRow>,
    /// `cursor` of the next page; `null` where this is the last one.
    pub next: Option<String>,
}

/// Deliveries of a page where nothing is said, and at most.
const USUAL: usize = 100;
const MOST: usize = 500;

/// A page of what has not arrived.
///
/// # Errors
/// What makes no sense in the query, or why the store does not answer.
pub async fn page(store: &Store, query: &DeliveryQuery) -> Result<DeliveryPage, Problem> {
    let bad = |detail: String| Problem::new(StatusCode::BAD_REQUEST, detail);
    let limit = query.limit.unwrap_or(USUAL);
    if !(1..=MOST).contains(&limit) {
        return Err(bad(format!("limit: expected a number from 1 to {MOST}")));
    }
    let after = query.cursor.as_deref().map(str::parse::<DeliveryId>).transpose();
    let after = after.map_err(|_| bad("cursor: expected `next` of the page before".to_owned()))?;
    let mut letters = store.letters(query.sink.as_deref(), after, limit.saturating_add(1)).await?;
    let more = letters.len() > limit;
    letters.truncate(limit);
    let next = letters.last().filter(|_| more).map(|last| last.id.to_string());
    Ok(DeliveryPage { deliveries: letters.into_iter().map(DeliveryRow::from).collect(), next })
}

/// `GET /api/v1/deliveries`
pub(super) async fn get(
    State(api): State<Api>,
    Query(query): Query<DeliveryQuery>,
) -> Result<axum::Json<DeliveryPage>, Problem> {
    page(&api.handle.store, &query).await.map(axum::Json)
}

/// `POST /api/v1/deliveries`: a [`Change`]; the answer is [`Done`].
pub(super) async fn post(State(api): State<Api>, Json(wish): Json<Change>) -> Result<axum::Json<Done>, Problem> {
    let retries = wish.action == Action::Retry;
    let sinks: Vec<String> = api.handle.live.load().sinks.iter().map(|sink| sink.name.clone()).collect();
    let sink = if let Chosen::Sink(sink) = &wish.selection { Some(sink.clone()) } else { None };
    match change(&api.handle.store, &sinks, wish).await {
        Ok(mut done) => {
            if retries {
                let queued = api.handle.store.queued_sinks().await.unwrap_or_default();
                let is_meant = |name: &&String| sink.as_ref().is_none_or(|sink| sink == *name) && queued.contains(name);
                done.after_reload = api.handle.gone_sinks().iter().filter(is_meant).cloned().collect();
                api.handle.try_at_once();
            }
            Ok(axum::Json(done))
        }
        Err(Refusal::Id(id)) => Err(Problem::new(StatusCode::BAD_REQUEST, format!("{id:?} is no id of a delivery"))),
        Err(Refusal::Sink(unknown)) => Err(Problem::new(StatusCode::NOT_FOUND, unknown)),
        Err(Refusal::Store(error)) => Err(error.into()),
    }
}
