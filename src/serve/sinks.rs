//! The sinks, for people and programs: a test alert to one of them.

use super::Api;
use super::extract::Path;
use super::problem::Problem;
use crate::daemon::control::TestResult;
use crate::sink::Outcome;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a test alert fared, as `send-test --json` prints it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Tested {
    /// The sink.
    pub sink: String,
    /// The id that the test alert was sent with.
    pub alert: String,
    /// Whether the destination took it.
    pub delivered: bool,
    /// Why it did not; `null` where it did.
    pub reason: Option<String>,
}

impl Tested {
    /// What is told of a test of `sink`.
    #[must_use]
    pub fn new(sink: String, result: TestResult) -> Self {
        let reason = match result.outcome {
            Outcome::Delivered => None,
            Outcome::Retry { reason, .. } | Outcome::Reject { reason } | Outcome::Stop { reason } => Some(reason),
        };
        Self { sink, alert: result.alert, delivered: reason.is_none(), reason }
    }
}

/// That there is no such sink, with the names that exist.
#[must_use]
pub fn unknown<'a>(sink: &str, names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<_> = names.collect();
    let known =
        if names.is_empty() { "none is configured".to_owned() } else { format!("there is {}", names.join(", ")) };
    format!("there is no sink {sink:?}; {known}")
}

/// `POST /api/v1/sinks/{name}/test`: sends a test alert; the answer is [`Tested`].
pub(super) async fn test(State(api): State<Api>, Path(name): Path<String>) -> Result<Json<Tested>, Problem> {
    let live = api.handle.live.load_full();
    if !live.sinks.iter().any(|sink| sink.name == name) {
        let names = live.sinks.iter().map(|sink| sink.name.as_str());
        return Err(Problem::new(StatusCode::NOT_FOUND, unknown(&name, names)));
    }
    match api.handle.test(&name).await {
        Some(result) => Ok(Json(Tested::new(name, result))),
        None => Err(Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "nothing sends to this sink just now: the daemon is starting, reloading or stopping; try again",
        )),
    }
}
