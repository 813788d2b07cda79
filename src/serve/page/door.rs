//! Who may look at the page, and who may change something there: whom the API answers, and
//! a browser that has shown the token once. It keeps a cookie that is made of the token, so
//! that another token makes it worthless, and that other sites cannot send along.

use super::super::access::{Token, judge};
use super::assets::{ASSETS, hex};
use super::form::Form;
use super::template::{self, Place};
use super::{Failure, Page};
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::uri::{Authority, Uri};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Serialize;
use subtle::ConstantTimeEq as _;

/// `POST`: the token, for a cookie.
pub(super) const SESSION: &str = "/session";

/// How long a browser keeps the cookie, in seconds: 90 days.
const KEPT: u32 = 90 * 24 * 60 * 60;

/// A browser that has shown the token.
struct Session {
    /// Cookies know hosts and no ports: two daemons of one machine have each its own.
    name: String,
    value: String,
}

impl Session {
    fn of(token: &Token) -> Option<Self> {
        let derived = token.derived(b"newswatch page")?;
        let (name, value) = derived.split_at_checked(4)?;
        Some(Self { name: format!("newswatch-{}", hex(name)), value: hex(value) })
    }

    fn is_shown(&self, headers: &HeaderMap) -> bool {
        let cookies = headers.get_all(header::COOKIE).iter().filter_map(|cookies| cookies.to_str().ok());
        let mut pairs = cookies.flat_map(|cookies| cookies.split(';')).filter_map(|pair| pair.trim().split_once('='));
        pairs.any(|(name, value)| name == self.name && bool::from(value.as_bytes().ct_eq(self.value.as_bytes())))
    }

    /// The header that gives it to a browser, or takes it away.
    fn cookie(&self, value: &str, seconds: u32, headers: &HeaderMap) -> Option<HeaderValue> {
        // The listener speaks plain HTTP; where something before it speaks HTTPS, the browser says so.
        let https = headers.get(header::ORIGIN).is_some_and(|origin| origin.as_bytes().starts_with(b"https://"));
        let secure = if https { "; Secure" } else { "" };
        let name = &self.name;
        format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}").parse().ok()
    }
}

/// Lets a request pass, asks for the token, or refuses.
pub(super) async fn check(State(page): State<Page>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    // It must not be held while the call is under way: then it could not go.
    let token = page.token.load_full();
    let admitted = admit(token.as_deref(), &parts);
    if let Some(token) = token {
        parts.extensions.insert(token.revoked());
    }
    match admitted {
        Ok(()) => next.run(Request::from_parts(parts, body)).await,
        Err(failure) if failure.0.status == StatusCode::UNAUTHORIZED => ask(&parts),
        Err(failure) => failure.into_response(),
    }
}

fn admit(token: Option<&Token>, request: &Parts) -> Result<(), Failure> {
    let path = request.uri.path();
    let judged = judge(token, request);
    let foreign = ![Method::GET, Method::HEAD].contains(&request.method) && !is_ours(&request.headers);
    let refused = || {
        Failure::new(
            StatusCode::FORBIDDEN,
            "this form was sent by another site, or by a browser that does not say by which; nothing was changed",
        )
    };
    let Some(token) = token else {
        judged?;
        // No cookie tells a page of ours from that of another site.
        return if foreign { Err(refused()) } else { Ok(()) };
    };
    if judged.is_ok() || path.starts_with(ASSETS) {
        return Ok(());
    }
    if foreign {
        return Err(refused());
    }
    if path == SESSION || Session::of(token).is_some_and(|session| session.is_shown(&request.headers)) {
        return Ok(());
    }
    Ok(judged?)
}

/// Whether a page of ours sends this, by what the browser says of it
/// (<https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header>; over plain HTTP to other
/// machines there is only the origin).
fn is_ours(headers: &HeaderMap) -> bool {
    if let Some(site) = headers.get("sec-fetch-site") {
        return site == "same-origin";
    }
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let origin = text(header::ORIGIN).and_then(|origin| origin.parse::<Uri>().ok());
    let host = text(header::HOST).and_then(|host| host.parse::<Authority>().ok());
    match (origin.as_ref().and_then(Uri::authority), host) {
        (Some(origin), Some(host)) => *origin == host,
        _ => false,
    }
}

/// The page that asks for the token.
#[derive(Debug, Serialize)]
struct Question {
    /// Where to go on.
    to: String,
    /// What was wrong with what was shown.
    error: Option<&'static str>,
}

impl Question {
    fn put(self) -> Response {
        match template::page(Place::new("Sign in"), "enter.html", &self) {
            Ok(page) => (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, "Bearer")], page).into_response(),
            Err(problem) => problem.into_response(),
        }
    }
}

fn ask(request: &Parts) -> Response {
    let reads = request.method == Method::GET && request.uri.path() != "/live";
    let to = request.uri.path_and_query().filter(|_| reads).map_or("/", |to| to.as_str());
    let mut response = Question { to: to.to_owned(), error: None }.put();
    // Who comes by a link of another site brings no cookie: coming once more, from here, does.
    if reads && request.headers.get("sec-fetch-site").is_some_and(|site| site == "cross-site") {
        response.headers_mut().insert(header::REFRESH, HeaderValue::from_static("0"));
    }
    response
}

/// `POST /session`: `token`, and `to`: where to go on.
pub(super) async fn enter(State(page): State<Page>, headers: HeaderMap, form: Form) -> Response {
    let to = form.get("to").filter(|to| is_here(to)).unwrap_or("/").to_owned();
    let token = page.token.load();
    let shown = form.get("token").unwrap_or_default().trim();
    let session = token.as_deref().filter(|token| token.is(shown.as_bytes())).and_then(Session::of);
    let cookie = session.and_then(|session| session.cookie(&session.value, KEPT, &headers));
    match cookie {
        Some(cookie) => ([(header::SET_COOKIE, cookie)], Redirect::to(&to)).into_response(),
        None => Question { to, error: Some("This is not the token of [listen].") }.put(),
    }
}

/// `POST /session/end`: the browser forgets.
pub(super) async fn leave(State(page): State<Page>, headers: HeaderMap) -> Response {
    let session = page.token.load().as_deref().and_then(Session::of);
    let cookie = session.and_then(|session| session.cookie("", 0, &headers));
    (cookie.map(|cookie| [(header::SET_COOKIE, cookie)]), Redirect::to("/")).into_response()
}

/// Whether an address stays here: browsers take `//` and `/\` for another host, and pass over
/// white space in between.
fn is_here(to: &str) -> bool {
    let path = to.strip_prefix('/').is_some_and(|rest| !rest.starts_with('/'));
    path && to.chars().all(|c| c.is_ascii_graphic() && c != '\\')
}
