//! The HTTP client for feeds: conditional GET, caps on decoded bytes,
//! redirects, the address guard; and local files.

use crate::config::secret::Secret;
use std::path::PathBuf;
use std::time::Duration;
use url::Url;

/// `[poll]`, as far as fetching is concerned.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The whole request, redirects included.
    pub timeout: Duration,
    /// Requests in flight.
    pub concurrency: usize,
    /// Requests in flight to one host (URL host and port).
    pub per_host: usize,
    /// Least time between two requests to one host.
    pub host_gap: Duration,
    /// The most bytes of a body after decompression.
    pub max_body: u64,
    /// The `User-Agent` header.
    pub user_agent: String,
    /// A proxy; `None`: the usual environment variables.
    pub proxy: Option<Secret>,
}

/// Where a feed is and what is needed to read it.
#[derive(Debug, Clone)]
pub struct Source {
    /// Where.
    pub location: Location,
    /// Further headers, in order.
    pub headers: Vec<(String, Secret)>,
    /// `Authorization`, ready to send; not sent to another origin.
    pub authorization: Option<Secret>,
}

/// A URL or a local file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// `http` or `https`; user and password have been moved to `authorization`.
    Url(Url),
    /// An absolute path.
    File(PathBuf),
}
