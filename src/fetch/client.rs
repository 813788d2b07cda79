//! [`Client`]: one question to one feed, within one time limit; redirects are
//! followed by hand, so that each hop is guarded, traced and given only the
//! headers that are meant for it.

use super::body::{Reader, Stop, Whole};
use super::failure::{Failure, FailureKind, broken_off};
use super::guard::{Network, Reach, SystemNetwork};
use super::headers::{self, Credentials};
use super::run::Run;
use super::status::{self, Meaning};
use super::trace::{Hop, host_of};
use super::transport::Transport;
use super::{Ask, Body, Fetched, Location, Outcome, Settings, Source, coding, local, redirect};
use http::header;
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use url::Url;

/// The HTTP client for feeds. Clones share everything.
#[derive(Debug, Clone)]
pub struct Client {
    transport: Arc<Transport>,
    user_agent: Arc<str>,
    timeout: Duration,
    max_body: u64,
}

/// Why no client can be made: in words, naming the setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unusable(pub String);

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unusable {}

/// What every hop of a request needs to know of its beginning.
struct Errand<'a> {
    source: &'a Source,
    ask: &'a Ask<'a>,
    /// The source's own URL: credentials are for its origin only.
    home: &'a Url,
}

impl Client {
    /// A client over the system's resolver.
    /// Without CA certificates on the system it still serves http.
    ///
    /// # Errors
    /// The proxy cannot be used.
    pub fn new(settings: &Settings) -> Result<Self, Unusable> {
        Self::over(settings, Arc::new(SystemNetwork))
    }

    /// A client over a given network.
    ///
    /// # Errors
    /// As [`Client::new`].
    pub fn over(settings: &Settings, network: Arc<dyn Network>) -> Result<Self, Unusable> {
        Ok(Self {
            transport: Arc::new(Transport::new(settings, network)?),
            user_agent: settings.user_agent.as_str().into(),
            timeout: settings.timeout,
            max_body: settings.max_body,
        })
    }

    /// Asks a feed. How it went is the result, also where it failed. It ends
    /// within [`Settings::timeout`]; dropping it ends the request.
    pub async fn get(&self, source: &Source, ask: &Ask<'_>) -> Fetched {
        let begun = Instant::now();
        let mut run = Run::new(source, ask);
        let asking = self.pursue(source, ask, &mut run);
        let ended = tokio::time::timeout(self.timeout, asking).await;
        let outcome = ended.unwrap_or_else(|_| Err(run.timed_out(self.timeout))).unwrap_or_else(Outcome::Failed);
        run.fetched(outcome, begun.elapsed())
    }

    async fn pursue(&self, source: &Source, ask: &Ask<'_>, run: &mut Run<'_>) -> Result<Outcome, Failure> {
        let home = match &source.location {
            Location::File(path) => return self.read_file(path, run).await,
            Location::Url(home) => home,
        };
        let errand = Errand { source, ask, home };
        if let Some(adopted) = ask.adopted.filter(|adopted| *adopted != home) {
            run.begin_adopted();
            let reach = self.transport.reach_after(home);
            let ended = self.follow(&errand, adopted.clone(), reach, run).await;
            if !asks_home_after_all(&ended) {
                return ended;
            }
            run.begin_home();
        }
        self.follow(&errand, home.clone(), Reach::Anywhere, run).await
    }

    /// Asks a URL and those that it leads to.
    async fn follow(&self, errand: &Errand<'_>, url: Url, reach: Reach, run: &mut Run<'_>) -> Result<Outcome, Failure> {
        let mut url = url;
        redirect::bare(&mut url);
        let mut visited = vec![url];
        let mut reach = reach;
        while let Some(url) = visited.last() {
            let (answer, proxied) = self.ask(errand, url, reach, run).await?;
            let meaning = status::meaning(answer.status());
            if !matches!(meaning, Meaning::Permanent | Meaning::Temporary) {
                return self.take(meaning, answer, url.clone(), run).await;
            }
            run.redirected(meaning);
            reach = self.transport.reach_from(url, proxied, answer.remote_addr());
            let location = answer.headers().get(header::LOCATION).map(header::HeaderValue::as_bytes);
            visited.push(redirect::next(&visited, location)?);
        }
        Err(Failure::new(FailureKind::Redirect, "nowhere to ask"))
    }

    /// Sends one request and waits for the head of its answer.
    async fn ask(
        &self,
        errand: &Errand<'_>,
        url: &Url,
        reach: Reach,
        run: &mut Run<'_>,
    ) -> Result<(reqwest::Response, bool), Failure> {
        let route = self.transport.route(url, reach)?;
        let credentials = Credentials::for_hop(errand.home, url);
        let sent = headers::request(errand.source, errand.ask.validators, &self.user_agent, credentials)?;
        let left_out = headers::left_out(errand.source, credentials);
        run.asking(url, left_out.is_some(), || {
            let mut hop = Hop::new(url, route.proxied, headers::shown(&sent));
            hop.notes.extend(left_out.map(str::to_owned));
            hop
        });
        match route.client.get(url.clone()).headers(sent).send().await {
            Ok(answer) => {
                run.answered(&answer);
                Ok((answer, route.proxied))
            }
            Err(error) => {
                run.unanswered();
                Err(Failure::unanswered(&error.without_url(), &host_of(url)))
            }
        }
    }

    /// The answer that no redirect follows.
    async fn take(
        &self,
        meaning: Meaning,
        answer: reqwest::Response,
        url: Url,
        run: &mut Run<'_>,
    ) -> Result<Outcome, Failure> {
        let status = answer.status();
        run.landed(&url, answer.headers());
        match meaning {
            Meaning::NotModified if run.is_conditional() => Ok(Outcome::NotModified),
            Meaning::Gone if run.is_permanent() => Ok(Outcome::Gone),
            Meaning::Document | Meaning::Delta | Meaning::Part => self.read(meaning, answer, url, run).await,
            _ => Err(run.explained(status::failure(status, &host_of(&url)))),
        }
    }

    async fn read(
        &self,
        meaning: Meaning,
        mut answer: reqwest::Response,
        url: Url,
        run: &mut Run<'_>,
    ) -> Result<Outcome, Failure> {
        let content_type = answer.headers().get(header::CONTENT_TYPE).map(|value| latin1(value.as_bytes()));
        let mut reader = Reader::new(coding::codings(answer.headers()), self.max_body);
        let mut cut = (meaning == Meaning::Part).then(|| "the server sent a part only (206)".to_owned());
        loop {
            let chunk = match answer.chunk().await {
                Ok(Some(chunk)) => chunk,
                Ok(None) => break,
                Err(error) => {
                    cut = Some(broken_off(&error.without_url()));
                    break;
                }
            };
            let pushed = reader.push(&chunk);
            run.received(chunk.len(), reader.decoded());
            match pushed {
                Ok(()) => {}
                Err(Stop::Limit(failure)) => return Err(failure),
                Err(Stop::Damaged) => break,
            }
        }
        let whole = reader.finish()?;
        let delta = meaning == Meaning::Delta;
        document(whole, cut, run)
            .map(|(bytes, cut)| Outcome::Body(Body { bytes, content_type, url: url.into(), cut, delta }))
    }

    async fn read_file(&self, path: &Path, run: &mut Run<'_>) -> Result<Outcome, Failure> {
        let (read, whole) = local::read(path.to_owned(), self.max_body).await?;
        run.received(usize::try_from(read).unwrap_or(usize::MAX), whole.bytes.len() as u64);
        let url = Url::from_file_path(path).map(String::from).unwrap_or_default();
        let (bytes, cut) = document(whole, None, run)?;
        Ok(Outcome::Body(Body { bytes, content_type: None, url, cut, delta: false }))
    }
}

/// What was read, and why it may end early; nothing at all because it ended early is a failure.
fn document(whole: Whole, cut: Option<String>, run: &mut Run<'_>) -> Result<(Vec<u8>, Option<String>), Failure> {
    run.read(&whole);
    let cut = cut.or_else(|| whole.damaged.then(|| "the compressed body is damaged or ends early".to_owned()));
    match cut {
        Some(cut) if whole.bytes.is_empty() => {
            Err(Failure::new(FailureKind::Protocol, format!("nothing could be read: {cut}")))
        }
        cut => Ok((whole.bytes, cut)),
    }
}

/// An adopted URL must neither stop the feed nor keep it from where the operator said it is.
fn asks_home_after_all(ended: &Result<Outcome, Failure>) -> bool {
    match ended {
        Ok(outcome) => matches!(outcome, Outcome::Gone),
        Err(failure) => failure.kind == FailureKind::Blocked,
    }
}

fn latin1(bytes: &[u8]) -> String {
    encoding_rs::mem::decode_latin1(bytes).into_owned()
}
