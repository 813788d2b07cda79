//! The page: what a person looks at, rendered here and sent as HTML. It asks what the API
//! asks, and decides nothing. It works without a script; the script keeps it live.
//!
//! Everything that comes from a feed is text: templates escape whatever they print, and no
//! page may run, load or be framed by anything of another origin.

mod alerts;
mod assets;
mod chart;
mod deliveries;
mod door;
mod extract;
mod feeds;
mod form;
mod marks;
mod silences;
mod template;
mod trial;
mod watchlists;
mod why;

use super::Api;
use super::access::Token;
use super::limits::{self, Limits};
use super::problem::Problem;
use crate::store::Error;
use arc_swap::ArcSwapOption;
use axum::extract::FromRef;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Router, middleware};
use jiff::Timestamp;
use serde::Serialize;
use std::sync::Arc;
use template::Place;

/// Watchlists are tried here and below; that changes nothing.
pub(super) const TRY: &str = "/try";

/// What the handlers of the page work with.
#[derive(Debug, Clone)]
struct Page {
    api: Api,
    /// What the listener asks for; without one, nothing can be changed.
    token: Arc<ArcSwapOption<Token>>,
}

impl Page {
    /// Whether forms that change something are shown.
    fn is_writable(&self) -> bool {
        self.token.load().is_some()
    }
}

impl FromRef<Page> for Api {
    fn from_ref(page: &Page) -> Self {
        page.api.clone()
    }
}

/// The routes of the page.
pub(super) fn router(api: Api, token: Arc<ArcSwapOption<Token>>, limits: &Limits) -> Router {
    let page = Page { api, token };
    Router::new()
        .route("/", get(alerts::list))
        .route("/alerts/{id}", get(alerts::one))
        .route("/live", get(alerts::live))
        .route("/watchlists", get(watchlists::list))
        .route("/watchlists/{name}", get(watchlists::one))
        .route("/feeds", get(feeds::list))
        .route("/deliveries", get(deliveries::list).post(deliveries::change))
        .route("/silences", get(silences::list).post(silences::add))
        .route("/silences/{id}/end", post(silences::end))
        .route(TRY, get(trial::fresh).post(trial::try_fresh))
        .route("/try/{watchlist}", get(trial::one).post(trial::try_one))
        .route(door::SESSION, post(door::enter))
        .route("/session/end", post(door::leave))
        .route("/assets/{name}", get(assets::get))
        .method_not_allowed_fallback(async || {
            Failure::new(StatusCode::METHOD_NOT_ALLOWED, "this address takes another method: see `allow`")
        })
        .layer(middleware::from_fn_with_state(limits.clone(), limits::check))
        .layer(middleware::from_fn_with_state(page.clone(), door::check))
        .layer(middleware::map_response(strict))
        .with_state(page)
}

/// What a browser may do with a page.
async fn strict(mut response: Response) -> Response {
    for (name, value) in STRICT {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

const STRICT: [(HeaderName, &str); 3] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; \
         form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    // Others are told nothing. With `no-referrer`, forms would be sent with `Origin: null`, and
    // a form of ours could not be told from that of another site
    // (<https://fetch.spec.whatwg.org/#append-a-request-origin-header>).
    (header::REFERRER_POLICY, "same-origin"),
];

/// A problem, as a page.
#[derive(Debug)]
struct Failure(Problem);

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self(error.into())
    }
}

impl Failure {
    fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self(Problem::new(status, detail))
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        match template::page(Place::new(&self.0.title), "problem.html", &self.0) {
            Ok(page) => (status, page).into_response(),
            Err(problem) => problem.into_response(),
        }
    }
}

/// A time, for programs and for people.
#[derive(Debug, Serialize)]
struct Moment {
    /// RFC 3339.
    exact: String,
    /// `2026-11-24 06:00:00 UTC`
    shown: String,
}

impl From<Timestamp> for Moment {
    fn from(time: Timestamp) -> Self {
        Self { exact: format!("{time:.3}"), shown: time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string() }
    }
}
