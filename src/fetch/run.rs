//! What is known of a request while it runs, so that a request that is given up
//! can say how far it came; and the result made of it.

use super::body::Whole;
use super::failure::{Failure, FailureKind};
use super::status::{self, Meaning};
use super::trace::{Hop, host_of};
use super::{Ask, Caching, Fetched, Hold, Location, Outcome, Source, Validators, freshness, hosts};
use crate::engine::schedule::Freshness;
use http::StatusCode;
use http::header::{self, HeaderMap, HeaderName};
use std::time::Duration;
use tokio::time::Instant;
use url::Url;

/// How long a host is left alone that answers 429 or 503 without `Retry-After`.
const HOLD: Duration = Duration::from_mins(1);

/// A validator is kept for years and sent with each request; what is longer is not kept.
const LONGEST_VALIDATOR: usize = 8 * 1024;

/// A request that runs.
pub(super) struct Run<'a> {
    ask: &'a Ask<'a>,
    /// The source's own URL; `None` for a file.
    home: Option<&'a Url>,
    /// The host that is asked now; empty while none is.
    host: String,
    /// Since when.
    asked: Instant,
    stage: Stage,
    /// The source's credentials or headers were kept from the host that is asked now.
    left_out: bool,
    /// Of the last answer; `None` where none came.
    status: Option<StatusCode>,
    /// Filled where they are asked for.
    hops: Vec<Hop>,
    /// It began at [`Ask::adopted`], or was redirected.
    moved: bool,
    /// By permanent redirects only.
    permanent: bool,
    landed: Option<Url>,
    freshness: Freshness,
    validators: Validators,
    wire_bytes: u64,
    decoded_bytes: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Waiting,
    Reading,
}

impl<'a> Run<'a> {
    pub(super) fn new(source: &'a Source, ask: &'a Ask<'a>) -> Self {
        let home = match &source.location {
            Location::Url(url) => Some(url),
            Location::File(_) => None,
        };
        Self::from_home(home, ask)
    }

    fn from_home(home: Option<&'a Url>, ask: &'a Ask<'a>) -> Self {
        Self {
            ask,
            home,
            host: String::new(),
            asked: Instant::now(),
            stage: Stage::Waiting,
            left_out: false,
            status: None,
            hops: Vec::new(),
            moved: false,
            permanent: true,
            landed: None,
            freshness: Freshness::default(),
            validators: Validators::default(),
            wire_bytes: 0,
            decoded_bytes: 0,
        }
    }

    pub(super) fn begin_adopted(&mut self) {
        self.moved = true;
    }

    /// What the adopted URL answered is of no account; its hops stay in the trace.
    pub(super) fn begin_home(&mut self) {
        let hops = std::mem::take(&mut self.hops);
        *self = Self { hops, ..Self::from_home(self.home, self.ask) };
    }

    /// A request is about to be sent; `hop` is made where it is shown.
    pub(super) fn asking(&mut self, url: &Url, left_out: bool, hop: impl FnOnce() -> Hop) {
        self.host = host_of(url);
        self.asked = Instant::now();
        self.stage = Stage::Waiting;
        self.left_out = left_out;
        self.status = None;
        if self.ask.traced {
            self.hops.push(hop());
        }
    }

    pub(super) fn answered(&mut self, answer: &reqwest::Response) {
        self.status = Some(answer.status());
        if let Some(hop) = self.hops.last_mut() {
            hop.answered(answer, self.asked.elapsed());
        }
    }

    pub(super) fn unanswered(&mut self) {
        if let Some(hop) = self.hops.last_mut() {
            hop.elapsed = self.asked.elapsed();
        }
    }

    pub(super) fn redirected(&mut self, by: Meaning) {
        self.moved = true;
        self.permanent &= by == Meaning::Permanent;
    }

    /// The last answer's head is there.
    pub(super) fn landed(&mut self, url: &Url, headers: &HeaderMap) {
        self.stage = Stage::Reading;
        self.landed = Some(url.clone());
        self.freshness = freshness::read(headers, self.ask.now);
        let bytes = |name: &HeaderName| {
            headers.get(name).map(|value| value.as_bytes().to_vec()).filter(|value| value.len() <= LONGEST_VALIDATOR)
        };
        self.validators = Validators { etag: bytes(&header::ETAG), last_modified: bytes(&header::LAST_MODIFIED) };
    }

    pub(super) fn received(&mut self, wire: usize, decoded: u64) {
        self.wire_bytes += wire as u64;
        self.decoded_bytes = decoded;
    }

    pub(super) fn read(&mut self, whole: &Whole) {
        self.decoded_bytes = whole.bytes.len() as u64;
        if let Some(hop) = self.hops.last_mut() {
            hop.notes.extend(whole.note.map(str::to_owned));
        }
    }

    pub(super) fn is_conditional(&self) -> bool {
        *self.ask.validators != Validators::default()
    }

    pub(super) fn is_permanent(&self) -> bool {
        self.permanent
    }

    /// Adds to a refusal what only the way to it explains.
    pub(super) fn explained(&self, mut refusal: Failure) -> Failure {
        let refused = [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN];
        if self.left_out && self.status.is_some_and(|status| refused.contains(&status)) {
            refusal.reason.push_str(
                "; a redirect led to another origin, which is not sent the feed's credentials: use the URL it leads to",
            );
        }
        refusal
    }

    pub(super) fn timed_out(&mut self, limit: Duration) -> Failure {
        if self.stage == Stage::Waiting {
            self.unanswered();
        }
        let host = if self.host.is_empty() { "the file" } else { &self.host };
        let how_far = match self.stage {
            Stage::Waiting => "did not answer".to_owned(),
            Stage::Reading => format!("sent no more than {} bytes of the body", self.wire_bytes),
        };
        let reason = format!(
            "{host} {how_far} within the timeout of {limit:?}; it is slow or down, or [poll] timeout too short"
        );
        Failure::new(FailureKind::Timeout, reason)
    }

    /// The result.
    pub(super) fn fetched(self, outcome: Outcome, elapsed: Duration) -> Fetched {
        let is_success = matches!(outcome, Outcome::Body(_) | Outcome::NotModified);
        let caching = self.caching(&outcome);
        let hold = self.hold();
        let status = self.status.map(|status| status.as_u16());
        let moved_to = self.landed.filter(|url| is_success && self.moved && self.permanent && Some(url) != self.home);
        let freshness = if is_success { self.freshness } else { Freshness { max_age: None, ..self.freshness } };
        let validators = match &outcome {
            Outcome::Body(body) if body.cut.is_none() => self.validators,
            Outcome::NotModified => Validators {
                etag: self.validators.etag.or_else(|| self.ask.validators.etag.clone()),
                last_modified: self.validators.last_modified.or_else(|| self.ask.validators.last_modified.clone()),
            },
            _ => Validators::default(),
        };
        let (hops, wire_bytes, decoded_bytes) = (self.hops, self.wire_bytes, self.decoded_bytes);
        Fetched {
            outcome,
            status,
            freshness,
            validators,
            moved_to,
            hold,
            caching,
            hops,
            wire_bytes,
            decoded_bytes,
            elapsed,
        }
    }

    fn caching(&self, outcome: &Outcome) -> Caching {
        match outcome {
            _ if !self.is_conditional() => Caching::Unconditional,
            Outcome::NotModified => Caching::NotModified,
            Outcome::Body(_) => Caching::Modified,
            Outcome::Gone | Outcome::Failed(_) => Caching::Unanswered,
        }
    }

    fn hold(&self) -> Option<Hold> {
        let url = self.landed.as_ref()?;
        self.status.filter(|status| status::holds_host(*status))?;
        let wait = self.freshness.retry_after.map_or(HOLD, |seconds| Duration::from_secs(seconds.into()));
        Some(Hold { host: hosts::url_host_key(url), wait })
    }
}
