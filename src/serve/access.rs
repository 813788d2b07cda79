//! Who may call what. The control socket is open to whoever can open it, and that is
//! the daemon's own user. At the listener a token decides, where there is one; without
//! one, only programs of this machine call, they change nothing, and a page that a
//! browser shows cannot reach it under a name of its own (DNS rebinding).

use super::page::TRY;
use super::problem::Problem;
use super::{HEALTH, MATCH};
use crate::config::secret::Secret;
use arc_swap::ArcSwapOption;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};
use std::net::IpAddr;
use std::sync::Arc;
use subtle::ConstantTimeEq as _;
use tokio_util::sync::{CancellationToken, DropGuard};

/// Which way a call comes.
#[derive(Debug, Clone)]
pub(super) enum Door {
    /// The control socket.
    Socket,
    /// The listener, and the token it asks for; a reload exchanges it.
    Listener(Arc<ArcSwapOption<Token>>),
}

/// What callers must show. Only its hash is kept: hashes have one length, and comparing
/// them takes the same time whatever is shown.
#[derive(Debug)]
pub(super) struct Token {
    hash: [u8; 32],
    good: CancellationToken,
    /// Ends what was let in by it when it goes.
    _revoke: DropGuard,
}

/// Cancelled when the token that let a call in is good no more; in the extensions of its request.
#[derive(Debug, Clone)]
pub(super) struct Revoked(pub(super) CancellationToken);

impl Token {
    pub(super) fn new(secret: &Secret) -> Self {
        let good = CancellationToken::new();
        let revoke = good.clone().drop_guard();
        Self { hash: Sha256::digest(secret.expose()).into(), good, _revoke: revoke }
    }

    /// Whether this is it.
    pub(super) fn is(&self, shown: &[u8]) -> bool {
        let shown: [u8; 32] = Sha256::digest(shown).into();
        self.hash.ct_eq(&shown).into()
    }

    /// What the extensions of a request tell that it let in.
    pub(super) fn revoked(&self) -> Revoked {
        Revoked(self.good.clone())
    }

    /// What a browser keeps instead of the token: it changes with it, and does not tell it.
    pub(super) fn derived(&self, purpose: &[u8]) -> Option<[u8; 32]> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.hash).ok()?;
        mac.update(purpose);
        Some(mac.finalize().into_bytes().into())
    }
}

/// Lets a request pass, or refuses it.
pub(super) async fn check(State(door): State<Door>, request: Request, next: Next) -> Result<Response, Problem> {
    if let Door::Listener(token) = &door {
        let (mut parts, body) = request.into_parts();
        let token = token.load();
        judge(token.as_deref(), &parts)?;
        if let Some(token) = token.as_ref() {
            parts.extensions.insert(token.revoked());
        }
        // It must not be held while the call is under way: then it could not go.
        drop(token);
        return Ok(next.run(Request::from_parts(parts, body)).await);
    }
    Ok(next.run(request).await)
}

/// Whether a request may pass by what it shows of itself.
pub(super) fn judge(token: Option<&Token>, request: &Parts) -> Result<(), Problem> {
    let health = request.uri.path().starts_with(HEALTH);
    match token {
        Some(_) if health => Ok(()),
        Some(token) => match bearer(&request.headers) {
            Some(shown) if token.is(shown) => Ok(()),
            Some(_) => Err(Problem::new(StatusCode::UNAUTHORIZED, "this is not the token of [listen]")),
            None => {
                Err(Problem::new(StatusCode::UNAUTHORIZED, "show the token of [listen]: `Authorization: Bearer TOKEN`"))
            }
        },
        None if !is_local(request) => Err(Problem::new(
            StatusCode::MISDIRECTED_REQUEST,
            "without a token, only calls to localhost, 127.0.0.1 or [::1] are answered; to be called by another \
             name, set `token_file` in [listen]",
        )),
        None if changes(request) => Err(Problem::new(
            StatusCode::FORBIDDEN,
            "this call changes something: set `token_file` in [listen] and show the token, or use the command line",
        )),
        None => Ok(()),
    }
}

/// Whether a call may change something.
fn changes(request: &Parts) -> bool {
    let reads = [Method::GET, Method::HEAD, Method::OPTIONS].contains(&request.method);
    let path = request.uri.path();
    let tries = path.strip_prefix(TRY).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    !reads && path != MATCH && !tries
}

fn bearer(headers: &HeaderMap) -> Option<&[u8]> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.as_bytes().split_at_checked(7)?;
    scheme.eq_ignore_ascii_case(b"bearer ").then(|| token.trim_ascii())
}

/// Whether a request means this machine, in every place where it says whom it means.
fn is_local(request: &Parts) -> bool {
    let mut hosts = request.headers.get_all(header::HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else { return false };
    let named = host.to_str().ok().and_then(|host| host.parse::<Authority>().ok());
    named.as_ref().is_some_and(is_loopback) && request.uri.authority().is_none_or(is_loopback)
}

fn is_loopback(authority: &Authority) -> bool {
    let host = authority.host();
    if authority.as_str().contains('@') {
        return false;
    }
    let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    host.eq_ignore_ascii_case("localhost") || address.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}
