//! What a caller may ask of the daemon at once: how many requests, how large, how slow.

use super::problem::Problem;
use axum::body::{Body, HttpBody as _};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::Response;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

/// Requests that are worked on at a time.
const REQUESTS: usize = 64;

/// The most bytes of a body.
const BODY: usize = 4 << 20;

/// How long a body may take to come.
const BODY_TIME: Duration = Duration::from_secs(20);

/// Leave to work on requests.
#[derive(Debug, Clone)]
pub(super) struct Limits(Arc<Semaphore>);

impl Limits {
    pub(super) fn new() -> Self {
        Self(Arc::new(Semaphore::new(REQUESTS)))
    }
}

/// Takes a request in, whole, or refuses it.
pub(super) async fn check(State(limits): State<Limits>, request: Request, next: Next) -> Result<Response, Problem> {
    let Ok(_permit) = limits.0.try_acquire() else {
        return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "too many requests at a time; try again"));
    };
    let (parts, body) = request.into_parts();
    let body = if body.is_end_stream() { body } else { take(body).await? };
    Ok(next.run(Request::from_parts(parts, body)).await)
}

async fn take(body: Body) -> Result<Body, Problem> {
    let too_large = || Problem::new(StatusCode::PAYLOAD_TOO_LARGE, format!("a body may have {} MiB", BODY >> 20));
    if body.size_hint().lower() > BODY as u64 {
        return Err(too_large());
    }
    match tokio::time::timeout(BODY_TIME, axum::body::to_bytes(body, BODY)).await {
        Ok(Ok(bytes)) => Ok(Body::from(bytes)),
        Ok(Err(error)) if std::error::Error::source(&error).is_some_and(<dyn std::error::Error>::is::<LengthLimit>) => {
            Err(too_large())
        }
        Ok(Err(error)) => Err(Problem::new(StatusCode::BAD_REQUEST, format!("the body did not come whole: {error}"))),
        Err(_) => Err(Problem::new(StatusCode::REQUEST_TIMEOUT, "the body came too slowly")),
    }
}

/// What [`axum::body::to_bytes`] says of a body that is too large.
type LengthLimit = http_body_util::LengthLimitError;
