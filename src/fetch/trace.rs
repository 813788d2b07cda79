//! What the `fetch` command shows of a request: each hop, and what was done
//! about caching. Nothing in it is secret.

use std::net::SocketAddr;
use std::time::Duration;

/// One request and its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hop {
    /// Where to, without user, password and fragment.
    pub url: String,
    /// The request's headers, in order; the values of the source's own are `***`.
    pub sent: Vec<(String, String)>,
    /// The status; `None` where no answer came.
    pub status: Option<u16>,
    /// `HTTP/1.1` or `HTTP/2.0`.
    pub version: Option<String>,
    /// The answer's headers that matter for a feed, in order.
    pub received: Vec<(String, String)>,
    /// The address that was dialled; the proxy's behind a proxy.
    pub remote: Option<SocketAddr>,
    /// Whether a proxy was asked.
    pub proxied: bool,
    /// Until the headers were there.
    pub elapsed: Duration,
    /// What there is to say about it, in words: credentials left out, an encoding misnamed.
    pub notes: Vec<String>,
}

/// What was done about caching.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caching {
    /// No validators were there to send.
    Unconditional,
    /// They were sent, and the server said that nothing changed.
    NotModified,
    /// They were sent, and a new document came.
    Modified,
    /// They were sent, and no document came.
    Unanswered,
}

impl Caching {
    /// For people.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Unconditional => "no validators known: asked for the whole document",
            Self::NotModified => "validators sent: not modified, nothing to read",
            Self::Modified => "validators sent: the document changed, or the server ignores them",
            Self::Unanswered => "validators sent: no answer to them",
        }
    }
}
