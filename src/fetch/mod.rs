//! The HTTP client for feeds: conditional GET, caps on decoded bytes,
//! redirects, the address guard; and local files. [`Client::get`] answers one
//! question, "what does this feed say now?", within one time limit; [`Hosts`]
//! says whose turn it is to be asked.
//!
//! It decides nothing about feeds: when to ask again, whether a body is news
//! and what to remember are for `engine`; the poller joins them.

mod body;
mod client;
mod coding;
mod failure;
mod freshness;
mod guard;
mod headers;
mod hosts;
mod local;
mod redirect;
mod run;
mod status;
mod trace;
mod transport;

pub use client::{Client, Unusable};
pub use failure::{Failure, FailureKind};
pub use guard::{Looking, Network, SystemNetwork, is_private};
pub use hosts::{Hosts, Next, Postponed, host_key, url_host_key};
pub use local::read_capped;
pub use trace::{Caching, Hop};

use crate::config::secret::Secret;
use crate::engine::schedule::Freshness;
use jiff::Timestamp;
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

/// What a feed gave us to recognize its document by: opaque bytes, sent back
/// unchanged (RFC 9110, section 13.1).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Validators {
    /// `ETag`, sent as `If-None-Match`.
    pub etag: Option<Vec<u8>>,
    /// `Last-Modified`, sent as `If-Modified-Since`.
    pub last_modified: Option<Vec<u8>>,
}

/// What one request starts from, beside its [`Source`].
#[derive(Debug, Clone)]
pub struct Ask<'a> {
    /// Those of the last answer; empty: the document is wanted in any case.
    pub validators: &'a Validators,
    /// Where the feed has moved for good, by [`Fetched::moved_to`] seen often
    /// enough. It is asked instead of the source's own URL, but as a redirect
    /// is: guarded (unless the source's URL is a private address itself), and
    /// without credentials on another origin. Where it may not be dialled or
    /// answers 410, the source's own URL is asked after all.
    pub adopted: Option<&'a Url>,
    /// The time of day, for a `Retry-After` date in an answer without `Date`.
    pub now: Timestamp,
    /// Whether [`Fetched::hops`] is wanted: to write it down allocates for each header.
    pub traced: bool,
}

/// How one request for a feed went.
#[derive(Debug, Clone)]
pub struct Fetched {
    /// How it ended.
    pub outcome: Outcome,
    /// The status of the last request; `None` for files and where no answer came.
    pub status: Option<u16>,
    /// When the server wants to be asked again: `retry_after` of any answer,
    /// `max_age` of one that brings a document or says that nothing changed.
    pub freshness: Freshness,
    /// To store with the items and to send next time. After a 304 that does not
    /// repeat them, those that were sent. Empty unless `outcome` is a whole
    /// [`Outcome::Body`] or [`Outcome::NotModified`].
    pub validators: Validators,
    /// Where the document is for good: every hop from the source's own URL to it
    /// was a 301 or 308, or was [`Ask::adopted`]. `None`: at the source's own URL,
    /// or not known after a failure.
    /// It may carry a secret in its query: store it, do not show it.
    pub moved_to: Option<Url>,
    /// A host that answered 429 or 503, and how long to leave it alone:
    /// for [`Hosts::hold`].
    pub hold: Option<Hold>,
    /// What was done about caching, for people.
    pub caching: Caching,
    /// Each request and its answer, in order, where [`Ask::traced`]; empty for files.
    pub hops: Vec<Hop>,
    /// Bytes of the body as they came.
    pub wire_bytes: u64,
    /// Bytes of the body after decompression.
    pub decoded_bytes: u64,
    /// From the start to the end, redirects included.
    pub elapsed: Duration,
}

/// How a request ended, sorted by what the caller does next.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// A document came: parse it.
    Body(Body),
    /// 304: nothing changed.
    NotModified,
    /// 410, and no temporary redirect led there: the feed is no more.
    Gone,
    /// Anything else: back off.
    Failed(Failure),
}

/// A document.
#[derive(Debug, Clone)]
pub struct Body {
    /// After decompression.
    pub bytes: Vec<u8>,
    /// `Content-Type` as sent; bytes beyond ASCII read as Latin-1.
    pub content_type: Option<String>,
    /// Where it came from: the base of relative links. Without user, password and fragment.
    pub url: String,
    /// Why the document may end early (the connection broke, a wrong length,
    /// broken chunking, damaged compression): in words. What came is worth
    /// reading; where it cannot be read, this is the reason of the failure.
    pub cut: Option<String>,
    /// 226: items that are not in it may still be in the feed (RFC 3229).
    pub delta: bool,
}

/// A host that asks to be left alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// By [`host_key`].
    pub host: String,
    /// From now; `Retry-After`, or a minute where the answer has none.
    pub wait: Duration,
}
