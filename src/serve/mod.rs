//! The HTTP API: its routes, over the control socket. Handlers read the store
//! or ask the daemon; they decide nothing.

pub mod client;
pub mod deliveries;
pub mod problem;
pub mod silences;
pub mod sinks;
pub mod socket;
pub mod status;

use crate::daemon::control::{Handle, ReloadResult};
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use problem::Problem;
use serde::{Deserialize, Serialize};
use status::Status;
use tokio::net::UnixListener;
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

/// `POST`: sends a test alert to the sink of this name; the answer is [`sinks::Tested`].
#[must_use]
pub fn sink_test(name: &str) -> String {
    // In a path a `+` is itself, and no space.
    let segment: String = url::form_urlencoded::byte_serialize(name.as_bytes()).collect();
    format!("/api/v1/sinks/{}/test", segment.replace('+', "%20"))
}

/// The answer to a reload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reloaded {
    /// Which configuration is live, counted from 1; `None`: it was not waited for.
    pub generation: Option<u64>,
    /// What is probably not meant, as `check` shows it.
    pub warnings: Vec<String>,
}

/// Serves the control socket until the daemon stops.
pub async fn run(socket: UnixListener, handle: Handle, stop: CancellationToken) {
    let served = axum::serve(socket, router(handle)).with_graceful_shutdown(stop.cancelled_owned());
    if let Err(error) = served.await {
        error!(%error, "the control socket failed; commands cannot reach the daemon");
    }
}

fn router(handle: Handle) -> Router {
    Router::new()
        .route(STATUS, get(status))
        .route(RELOAD, post(reload))
        .route(DELIVERIES, post(deliveries::post))
        .route(SILENCES, get(silences::get).post(silences::post))
        .route("/api/v1/silences/{id}", delete(silences::delete))
        .route("/api/v1/sinks/{name}/test", post(sinks::test))
        .fallback(async || Problem::new(StatusCode::NOT_FOUND, "there is no such call"))
        .with_state(handle)
}

async fn status(State(handle): State<Handle>) -> Result<Json<Status>, Problem> {
    let status = Status::running(&handle).await;
    status.map(Json).map_err(|error| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))
}

#[derive(Debug, Deserialize)]
struct ReloadQuery {
    #[serde(default)]
    wait: bool,
}

async fn reload(State(handle): State<Handle>, Query(query): Query<ReloadQuery>) -> Result<Json<Reloaded>, Problem> {
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
