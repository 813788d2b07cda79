//! The outbox and the dead letters, for people and programs: what waits, and
//! what is to be tried again or given up.

use super::problem::Problem;
use super::sinks::unknown;
use crate::daemon::clock;
use crate::daemon::control::Handle;
use crate::store::letter::{Changed, Letter, Selection};
use crate::store::outbox::DeliveryId;
use crate::store::{Error, Store};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashSet};

/// A delivery that has not arrived, as `deliveries --json` prints it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
    pub next: Option<jiff::Timestamp>,
    /// Why the last attempt failed.
    pub error: Option<String>,
}

/// What to do with which deliveries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// What to do.
    pub action: Action,
    /// Which.
    pub selection: Chosen,
}

/// What can be done with a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// Try it again now, also where it is dead.
    Retry,
    /// Give it up for good.
    Drop,
}

/// Which deliveries are meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// How many were changed.
    pub changed: u64,
    /// Those that do not exist, have arrived, or are in flight just now.
    pub passed_over: Vec<String>,
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
    Ok(Done { changed, passed_over: passed_over.iter().map(ToString::to_string).collect() })
}

/// `POST /api/v1/deliveries`: a [`Change`]; the answer is [`Done`].
pub(super) async fn post(State(handle): State<Handle>, Json(wish): Json<Change>) -> Result<Json<Done>, Problem> {
    let retries = wish.action == Action::Retry;
    let sinks: Vec<String> = handle.live.load().sinks.iter().map(|sink| sink.name.clone()).collect();
    match change(&handle.store, &sinks, wish).await {
        Ok(done) => {
            if retries {
                handle.try_at_once();
            }
            Ok(Json(done))
        }
        Err(Refusal::Id(id)) => Err(Problem::new(StatusCode::BAD_REQUEST, format!("{id:?} is no id of a delivery"))),
        Err(Refusal::Sink(unknown)) => Err(Problem::new(StatusCode::NOT_FOUND, unknown)),
        Err(Refusal::Store(error)) => Err(Problem::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string())),
    }
}
