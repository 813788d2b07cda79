//! Takes newswatch's alerts, checks their signatures with the stock library, and prints
//! them: `cargo run --example receiver` and a sink with `url = "http://127.0.0.1:9000/"`.

#![allow(clippy::print_stdout, reason = "printing is what it is for")]

use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use axum::{Router, routing::post};
use serde_json::Value;
use standardwebhooks::Webhook;

const SECRET: &str = "whsec_bmV3c3dhdGNoLXJlYWRtZS1leGFtcGxlLXNlY3JldC0wMQ==";

async fn take(headers: HeaderMap, body: Bytes) -> StatusCode {
    let genuine = Webhook::new(SECRET).and_then(|webhook| webhook.verify(&body, &headers));
    if genuine.is_err() {
        return StatusCode::UNAUTHORIZED;
    }
    let Ok(event) = serde_json::from_slice::<Value>(&body) else { return StatusCode::BAD_REQUEST };
    // The same alert may come twice: deduplicate on webhook-id.
    let text = |pointer| event.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    println!("{} {}", text("/data/severity"), text("/data/item/title"));
    StatusCode::NO_CONTENT
}

pub(crate) fn receiver() -> Router {
    Router::new().route("/", post(take))
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:9000").await?;
    axum::serve(listener, receiver()).await
}
