//! The silences, for people and programs: adding one, ending one, seeing them.

use super::Api;
use super::extract::{Json, Path, Query};
use super::problem::Problem;
use crate::config::units;
use crate::daemon::clock;
use crate::engine::Runtime;
use crate::engine::silence::{Scope, Silence, SilenceId};
use crate::sink::payload::Time;
use crate::store::{Error, Store};
use axum::extract::State;
use axum::http::StatusCode;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A silence, as `silence list --json` prints it. What is `null` is no condition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SilenceRow {
    /// `sil_…`
    pub id: String,
    /// Name of the watchlist, or a pattern.
    pub watchlist: Option<String>,
    /// Id of the rule, or a pattern.
    pub rule: Option<String>,
    /// Id of the entity, or a pattern.
    pub entity: Option<String>,
    /// Name of the feed, a pattern, or `tag:NAME`.
    pub feed: Option<String>,
    /// A query that the item must meet.
    pub query: Option<String>,
    /// Why.
    pub comment: String,
    /// When it began, RFC 3339.
    #[schemars(with = "Time")]
    pub created: Timestamp,
    /// When it ends or ended.
    #[schemars(with = "Time")]
    pub expires: Timestamp,
    /// Whether it holds now.
    pub active: bool,
}

/// A wish for a silence that begins now.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct NewSilence {
    /// Name of the watchlist, or a pattern.
    pub watchlist: Option<String>,
    /// Id of the rule, or a pattern.
    pub rule: Option<String>,
    /// Id of the entity, or a pattern.
    pub entity: Option<String>,
    /// Name of the feed, a pattern, or `tag:NAME`.
    pub feed: Option<String>,
    /// A query that the item must meet.
    pub query: Option<String>,
    /// For how long: `2h`.
    #[serde(rename = "for")]
    pub duration: String,
    /// Why.
    pub comment: String,
}

/// Why something was not done.
#[derive(Debug)]
pub enum Refusal {
    /// What was asked for makes no sense.
    Bad(String),
    /// There is no such silence, or it has ended.
    NotThere(String),
    /// The store failed.
    Store(Error),
}

impl SilenceRow {
    /// A silence as it stands at `now`.
    #[must_use]
    pub fn new(silence: Silence, now: Timestamp) -> Self {
        let active = silence.is_active(now);
        let Silence { id, scope, comment, created, expires } = silence;
        let Scope { watchlist, rule, entity, feed, query } = scope;
        Self { id: id.to_string(), watchlist, rule, entity, feed, query, comment, created, expires, active }
    }
}

/// A wish that can be granted.
struct Sound {
    scope: Scope,
    comment: String,
    now: Timestamp,
    expires: Timestamp,
}

impl Sound {
    fn new(runtime: &Runtime, wish: NewSilence) -> Result<Self, Refusal> {
        let NewSilence { watchlist, rule, entity, feed, query, duration, comment } = wish;
        let scope = Scope { watchlist, rule, entity, feed, query };
        scope.check(runtime).map_err(|invalid| Refusal::Bad(invalid.to_string()))?;
        let duration = units::parse_duration(&duration)
            .map_err(|reason| Refusal::Bad(format!("for: expected a duration such as \"2h\": {reason}")))?;
        let now = clock::now();
        let expires = now.checked_add(duration).ok().filter(|expires| *expires > now);
        let expires = expires.ok_or_else(|| Refusal::Bad("for: a silence must last for some time".to_owned()))?;
        Ok(Self { scope, comment, now, expires })
    }
}

/// Whether a silence can be added: what it names must be in the configuration.
///
/// # Errors
/// [`Refusal::Bad`]
pub(super) fn check(runtime: &Runtime, wish: NewSilence) -> Result<(), Refusal> {
    Sound::new(runtime, wish).map(drop)
}

/// Adds a silence to a store. What it names must be in the configuration.
///
/// # Errors
/// See [`Refusal`].
pub async fn add(store: &Store, runtime: &Runtime, wish: NewSilence) -> Result<SilenceRow, Refusal> {
    let Sound { scope, comment, now, expires } = Sound::new(runtime, wish)?;
    let added = store.add_silence(scope, comment, now, expires).await.map_err(Refusal::Store)?;
    Ok(SilenceRow::new(added, now))
}

/// Ends a silence of a store now.
///
/// # Errors
/// See [`Refusal`].
pub async fn expire(store: &Store, id: &str) -> Result<(), Refusal> {
    let parsed: SilenceId = id.parse().map_err(Refusal::Bad)?;
    match store.expire_silence(parsed, clock::now()).await {
        Ok(true) => Ok(()),
        Ok(false) => Err(Refusal::NotThere(format!("there is no silence {id}, or it has ended"))),
        Err(error) => Err(Refusal::Store(error)),
    }
}

/// The silences of a store; those that have ended too, where `all` says so.
///
/// # Errors
/// Where the store cannot be read.
pub async fn list(store: &Store, which: Which) -> Result<Vec<SilenceRow>, Error> {
    let now = clock::now();
    let after = match which {
        Which::Active => now,
        Which::All => Timestamp::MIN,
    };
    Ok(store.silences(after).await?.into_iter().map(|silence| SilenceRow::new(silence, now)).collect())
}

/// Which silences are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// Those that have not ended.
    Active,
    /// All that are remembered.
    All,
}

/// What `GET /api/v1/silences` can be asked.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ListQuery {
    #[serde(default)]
    all: bool,
}

/// `GET /api/v1/silences`: those that hold; with `?all=true` those that have ended, too.
pub(super) async fn get(
    State(api): State<Api>,
    Query(query): Query<ListQuery>,
) -> Result<axum::Json<Vec<SilenceRow>>, Problem> {
    let which = if query.all { Which::All } else { Which::Active };
    list(&api.handle.store, which).await.map(axum::Json).map_err(|error| Refusal::Store(error).into())
}

/// `POST /api/v1/silences`: a [`NewSilence`]; the answer is the [`SilenceRow`], in force.
pub(super) async fn post(
    State(api): State<Api>,
    Json(wish): Json<NewSilence>,
) -> Result<axum::Json<SilenceRow>, Problem> {
    let runtime = api.handle.live.load_full().runtime.clone();
    let row = add(&api.handle.store, &runtime, wish).await?;
    api.handle.refresh_silences().await.map_err(Refusal::Store)?;
    Ok(axum::Json(row))
}

/// `DELETE /api/v1/silences/{id}`: ends it.
pub(super) async fn delete(State(api): State<Api>, Path(id): Path<String>) -> Result<axum::Json<()>, Problem> {
    expire(&api.handle.store, &id).await?;
    api.handle.refresh_silences().await.map_err(Refusal::Store)?;
    Ok(axum::Json(()))
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Bad(detail) => Self::new(StatusCode::BAD_REQUEST, detail),
            Refusal::NotThere(detail) => Self::new(StatusCode::NOT_FOUND, detail),
            Refusal::Store(error) => Self::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()),
        }
    }
}
