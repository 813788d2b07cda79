//! What the `fetch` command shows of a request: each hop, and what was done
//! about caching. Nothing in it is secret, save what the operator put in a URL's query.

use super::redirect;
use http::HeaderMap;
use std::net::SocketAddr;
use std::time::Duration;
use url::Url;

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
    /// The answer's headers that matter for a feed.
    pub received: Vec<(String, String)>,
    /// The address that was dialled; the proxy's behind a proxy.
    pub remote: Option<SocketAddr>,
    /// Whether a proxy was asked.
    pub proxied: bool,
    /// Until the headers were there, or the request failed.
    pub elapsed: Duration,
    /// What there is to say about it: credentials left out, an encoding misnamed.
    pub notes: Vec<String>,
}

impl Hop {
    /// A request that is about to be sent.
    pub(super) fn new(url: &Url, proxied: bool, sent: Vec<(String, String)>) -> Self {
        Self {
            url: shown(url),
            sent,
            status: None,
            version: None,
            received: Vec::new(),
            remote: None,
            proxied,
            elapsed: Duration::ZERO,
            notes: Vec::new(),
        }
    }

    /// The answer's head.
    pub(super) fn answered(&mut self, answer: &reqwest::Response, elapsed: Duration) {
        self.status = Some(answer.status().as_u16());
        self.version = Some(format!("{:?}", answer.version()));
        self.received = received(answer.headers());
        self.remote = answer.remote_addr();
        self.elapsed = elapsed;
    }
}

/// What was done about caching.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caching {
    /// No validators were there to send.
    Unconditional,
    /// They were sent, and the server said that nothing changed.
    NotModified,
    /// They were sent, and a document came.
    Modified,
    /// They were sent, and no answer to them came.
    Unanswered,
}

impl Caching {
    /// For people.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Unconditional => "no validators known: asked for the whole document",
            Self::NotModified => "validators sent: not modified, nothing to read",
            Self::Modified => "validators sent: a document came, it changed or the server ignores them",
            Self::Unanswered => "validators sent: no answer to them",
        }
    }
}

/// A URL as it may be shown.
pub(super) fn shown(url: &Url) -> String {
    let mut url = url.clone();
    redirect::bare(&mut url);
    url.into()
}

/// The host of a URL, with its port where it is not the usual one: all of a URL
/// that stands in a sentence.
pub(super) fn host_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// `Location` is left out: the next hop shows it, and it could hold a password.
const OF_INTEREST: [&str; 12] = [
    "content-type",
    "content-encoding",
    "content-length",
    "etag",
    "last-modified",
    "cache-control",
    "expires",
    "age",
    "date",
    "retry-after",
    "vary",
    "im",
];

fn received(headers: &HeaderMap) -> Vec<(String, String)> {
    let values = OF_INTEREST.iter().flat_map(|name| headers.get_all(*name).iter().map(move |value| (name, value)));
    values.map(|(name, value)| ((*name).to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())).collect()
}
