//! What an HTTP status means for a feed. Pure.

use super::failure::{Failure, FailureKind};
use http::StatusCode;

/// What to do with an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Read the body.
    Document,
    /// Read the body: only what is new, by `A-IM: feed` (RFC 3229).
    Delta,
    /// Read the body: only a part, though all was asked for.
    Part,
    /// Nothing changed.
    NotModified,
    /// Ask elsewhere, this time.
    Temporary,
    /// Ask elsewhere, from now on.
    Permanent,
    /// The document is no more.
    Gone,
    /// There is no document.
    Refused,
}

/// The meaning of a status.
pub(super) fn meaning(status: StatusCode) -> Meaning {
    match status.as_u16() {
        200 | 203 => Meaning::Document,
        206 => Meaning::Part,
        226 => Meaning::Delta,
        301 | 308 => Meaning::Permanent,
        302 | 303 | 307 => Meaning::Temporary,
        304 => Meaning::NotModified,
        410 => Meaning::Gone,
        _ => Meaning::Refused,
    }
}

/// Whether the status speaks for the whole host.
pub(super) fn holds_host(status: StatusCode) -> bool {
    matches!(status.as_u16(), 429 | 503)
}

/// The failure that a status is, and what to do about it.
pub(super) fn failure(status: StatusCode, host: &str) -> Failure {
    let name = status.canonical_reason().map(|reason| format!(" {reason}")).unwrap_or_default();
    let advice = match status.as_u16() {
        204 | 205 => "there is no document",
        201..=299 => "there is no document yet, or a page that keeps robots out; try the URL in a browser",
        300 => "there are several documents; use the URL of one of them",
        304 => "nothing changed, though the whole document was asked for",
        401 => "give the feed basic_auth, bearer or headers",
        403 => "it refuses this client; the feed may need credentials, or another user_agent",
        404 => "check the URL; the feed may have moved",
        407 => "the proxy wants a user and a password in its URL",
        410 => "the feed is no more; take it out, or look for its new URL",
        429 => "it is asked too often; it is left alone for a while, raise the interval of its feeds",
        451 => "it may not be shown here, by law",
        503 => "it is overloaded or down for a while; it is left alone until it wants to be asked",
        500..=599 => "a fault of the server; it is asked again later",
        _ => "it does not serve the feed; try the URL in a browser",
    };
    Failure::new(FailureKind::Status, format!("{host} answered {}{name}: {advice}", status.as_u16()))
}
