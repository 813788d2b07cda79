//! The HTTP API: its routes, over the control socket and the listener. Handlers read
//! the store or ask the daemon; they decide nothing. What each answers with is made by a
//! plain function beside it, which a page can call as well.

mod access;
pub mod alerts;
pub mod client;
mod days;
pub mod deliveries;
mod extract;
pub mod feeds;
mod limits;
pub mod listener;
pub mod matching;
mod metrics;
mod openapi;
mod page;
pub mod problem;
pub mod rss;
pub mod silences;
pub mod sinks;
pub mod socket;
pub mod status;
mod stream;
pub mod watchlists;
pub mod why;

use crate::daemon::control::{Handle, ReloadResult};
use access::Door;
use alerts::Damaged;
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use axum::routing::{delete, get, post};
use axum::{Json, Router, middleware};
use extract::Query;
use limits::Limits;
use problem::Problem;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use status::Status;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::UnixListener;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tracing::error;

/// `GET`: the daemon and its state in numbers, a [`Status`].
pub const STATUS: &str = "/api/v1/status";

/// `POST`: reload; with `?wait=true` the answer is a [`Reloaded`], or a [`Problem`] with the diagnostics.
pub const RELOAD: &str = "/api/v1/reload";

/// `POST`: a [`deliveries::Change`]; the answer is [`deliveries::Done`].
pub const DELIVERIES: &str = "/api/v1/deliveries";

/// `GET`: the [`silences::SilenceRow`]s; `POST`: a [`silences::NewSilence`]; `DELETE` of one below it ends it.
pub const SILENCES: &str = "/api/v1/silences";

/// `GET`: an [`alerts::AlertPage`]; one of them below it is an [`alerts::AlertDetail`].
pub const ALERTS: &str = "/api/v1/alerts";

/// `GET`: the alerts as they come, as Server-Sent Events.
pub const STREAM: &str = "/api/v1/alerts/stream";

/// `GET`: the [`feeds::FeedRow`]s.
pub const FEEDS: &str = "/api/v1/feeds";

/// `GET`: the [`watchlists::WatchlistRow`]s; one of them below it is a [`watchlists::WatchlistDetail`].
pub const WATCHLISTS: &str = "/api/v1/watchlists";

/// `POST`: a [`matching::Text`]; the answer is [`matching::Matched`].
pub const MATCH: &str = "/api/v1/match";

/// `GET`: the alerts as an RSS feed.
pub const RSS: &str = "/alerts.rss";

/// `GET`: this API, described in OpenAPI 3.1.
pub const OPENAPI: &str = "/api/v1/openapi.json";

/// `GET`: what is counted, as OpenMetrics.
pub const METRICS: &str = "/metrics";

/// Below it: `live` and `ready`, for whoever asks.
pub const HEALTH: &str = "/health/";

/// `POST`: sends a test alert to the sink of this name; the answer is [`sinks::Tested`].
#[must_use]
pub fn sink_test(name: &str) -> String {
    format!("/api/v1/sinks/{}/test", segment(name))
}

/// `DELETE`: ends the silence of this id.
#[must_use]
pub fn silence(id: &str) -> String {
    format!("{SILENCES}/{}", segment(id))
}

/// A name as a segment of a path.
fn segment(name: &str) -> String {
    // In a path a `+` is itself, and no space.
    url::form_urlencoded::byte_serialize(name.as_bytes()).collect::<String>().replace('+', "%20")
}

/// The answer to a reload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Reloaded {
    /// Which configuration is live, counted from 1; `None`: it was not waited for.
    pub generation: Option<u64>,
    /// What is probably not meant, as `check` shows it.
    pub warnings: Vec<String>,
}

/// What all handlers work with. Clones share it.
#[derive(Debug, Clone)]
pub struct Api {
    /// What there is of the daemon.
    pub handle: Handle,
    /// Cancelled when the daemon stops.
    stop: CancellationToken,
    /// Room for event streams.
    streams: Arc<Semaphore>,
    /// What was found damaged.
    damaged: Damaged,
}

/// Event streams at a time.
const STREAMS: usize = 64;

impl Api {
    /// The API of a daemon that ends with `stop`.
    #[must_use]
    pub fn new(handle: Handle, stop: CancellationToken) -> Self {
        Self { handle, stop, streams: Arc::new(Semaphore::new(STREAMS)), damaged: Damaged::default() }
    }
}

/// Serves the control socket until the daemon stops.
pub async fn run(socket: UnixListener, api: Api) {
    let stop = api.stop.clone();
    let served = axum::serve(socket, router(api, Door::Socket)).with_graceful_shutdown(stop.cancelled_owned());
    if let Err(error) = served.await {
        error!(%error, "the control socket failed; commands cannot reach the daemon");
    }
}

fn router(api: Api, door: Door) -> Router {
    let limits = Limits::new();
    let page = match &door {
        Door::Socket => Router::new(),
        Door::Listener(token) => page::router(api.clone(), Arc::clone(token), &limits),
    };
    Router::new()
        .route("/health/live", get(async || "live\n"))
        .route("/health/ready", get(ready))
        .route(OPENAPI, get(openapi::get))
        .route(METRICS, get(metrics::get))
        .route(ALERTS, get(alerts::list))
        .route(STREAM, get(stream::alerts))
        .route("/api/v1/alerts/{id}", get(alerts::one))
        .route(FEEDS, get(feeds::list))
        .route(WATCHLISTS, get(watchlists::list))
        .route("/api/v1/watchlists/{name}", get(watchlists::one))
        .route(MATCH, post(matching::post))
        .route(RSS, get(rss::get))
        .route(STATUS, get(status))
        .route(RELOAD, post(reload))
        .route(DELIVERIES, get(deliveries::get).post(deliveries::post))
        .route(SILENCES, get(silences::get).post(silences::post))
        .route("/api/v1/silences/{id}", delete(silences::delete))
        .route("/api/v1/sinks/{name}/test", post(sinks::test))
        .fallback(async || Problem::new(StatusCode::NOT_FOUND, "there is no such call"))
        .method_not_allowed_fallback(async || {
            Problem::new(StatusCode::METHOD_NOT_ALLOWED, "this call takes another method: see `allow`")
        })
        .layer(middleware::from_fn_with_state(limits, limits::check))
        .layer(middleware::from_fn_with_state(door, access::check))
        .with_state(api.clone())
        .merge(page)
        .layer(middleware::map_response_with_state(api, careful))
}

/// Nothing that is told here is to be kept by others, or taken for something else.
async fn careful(State(api): State<Api>, mut response: Response) -> Response {
    api.handle.meters.answered(response.status().as_u16());
    for (name, value) in CAREFUL {
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

const CAREFUL: [(HeaderName, &str); 3] = [
    (header::CACHE_CONTROL, "no-store"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
];

/// How long the store may take to show that it answers.
const PATIENCE: Duration = Duration::from_secs(5);

/// What `/health/ready` says where all is well, and where the last reload failed: the daemon does
/// its work then, too. Why it failed is not for everyone; `status` and the log tell.
const READY: &str = "ready\n";
const READY_AS_BEFORE: &str = "ready; the last reload failed, the configuration before it is in service\n";

/// `GET /health/ready`: whether the daemon does its work; why not, the log tells.
async fn ready(State(api): State<Api>) -> Result<&'static str, Problem> {
    let answers = tokio::time::timeout(PATIENCE, api.handle.store.newest_alert());
    match answers.await {
        Ok(Ok(_)) if !api.stop.is_cancelled() => {
            Ok(if api.handle.live.load().reload_error.is_some() { READY_AS_BEFORE } else { READY })
        }
        _ => Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "not ready")),
    }
}

async fn status(State(api): State<Api>) -> Result<Json<Status>, Problem> {
    Ok(Json(Status::running(&api.handle).await?))
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ReloadQuery {
    #[serde(default)]
    wait: bool,
}

async fn reload(State(api): State<Api>, Query(query): Query<ReloadQuery>) -> Result<Json<Reloaded>, Problem> {
    let handle = &api.handle;
    if !query.wait {
        handle.reload().await;
        return Ok(Json(Reloaded { generation: None, warnings: Vec::new() }));
    }
    match handle.reload_and_wait().await {
        Some(ReloadResult::Live { generation, warnings }) => {
            let warnings = warnings.iter().map(|warning| warning.render(COLOUR)).collect();
            Ok(Json(Reloaded { generation: Some(generation), warnings }))
        }
        Some(ReloadResult::Kept { errors }) => {
            let mut problem = Problem::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "the new configuration is bad; the one before stays in service",
            );
            problem.diagnostics = errors.iter().map(|error| error.render(COLOUR)).collect();
            Err(problem)
        }
        Some(ReloadResult::Failed(reason)) => Err(Problem::new(StatusCode::CONFLICT, reason)),
        None => Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "the daemon is stopping")),
    }
}

/// Whoever asked shows them where it likes.
const COLOUR: crate::config::diagnostic::Colour = crate::config::diagnostic::Colour::Off;
