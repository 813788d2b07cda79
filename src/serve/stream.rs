//! The alerts as they come: Server-Sent Events
//! (<https://html.spec.whatwg.org/multipage/server-sent-events.html>).
//!
//! The id of an event is the alert's place in the order of commits. Whoever comes back
//! with the last one it saw goes on behind it, without a gap or a repeat, for the order
//! never changes. An event that is only an id says that up to there nothing was asked for.

use super::Api;
use super::access::Revoked;
use super::alerts::{AlertQuery, Document};
use super::extract::Query;
use super::problem::Problem;
use crate::daemon::clock;
use crate::store::Error;
use crate::store::alert::StoredAlert;
use crate::store::search::AlertFilter;
use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::sse::Event;
use axum::response::{IntoResponse, Sse};
use futures_util::stream;
use std::collections::VecDeque;
use std::convert::Infallible;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio_util::sync::CancellationToken;
use tracing::warn;

/// Alerts that are read at once: what waits for a slow reader is never more, and each may
/// have a text of 256 KiB.
const PAGE: usize = 8;

/// How often a quiet stream says that it is alive.
const ALIVE: Duration = Duration::from_secs(15);

/// When a client that lost its stream comes back.
const RETRY: Duration = Duration::from_secs(2);

/// The header that says what a client saw last.
const LAST_EVENT_ID: &str = "last-event-id";

/// What is told of an alert.
type Told = Box<dyn Fn(&StoredAlert) -> Result<String, Error> + Send + Sync>;

/// One client's stream.
struct Follower {
    api: Api,
    filter: AlertFilter,
    told: Told,
    /// Up to here everything was looked at.
    last: i64,
    /// What was read and not sent yet.
    ready: VecDeque<Event>,
    /// Changes when there are more.
    more: watch::Receiver<u64>,
    /// The token that let it in is good no more.
    revoked: CancellationToken,
    _room: OwnedSemaphorePermit,
}

/// `GET /api/v1/alerts/stream`
pub(super) async fn alerts(
    State(api): State<Api>,
    Query(query): Query<AlertQuery>,
    headers: HeaderMap,
    revoked: Option<Extension<Revoked>>,
) -> Result<impl IntoResponse, Problem> {
    let text = query.text.unwrap_or(true);
    let told = move |alert: &StoredAlert| Ok(Document::of(alert, text)?.json().to_owned());
    follow(api, &query, &headers, revoked, Box::new(told)).await
}

/// A stream of the alerts of a query, in the words of `told`.
pub(super) async fn follow(
    api: Api,
    query: &AlertQuery,
    headers: &HeaderMap,
    revoked: Option<Extension<Revoked>>,
    told: Told,
) -> Result<impl IntoResponse + use<>, Problem> {
    let full = |_| Problem::new(StatusCode::TOO_MANY_REQUESTS, "too many event streams at a time");
    let room = api.streams.clone().try_acquire_owned().map_err(full)?;
    // Watched from before it is read: what is committed in between is not slept over.
    let more = api.handle.alerts.clone();
    let last = match last_seen(headers)?.or(query.place()?) {
        Some(last) => last,
        None => api.handle.store.newest_alert().await?,
    };
    let follower = Follower {
        filter: query.filter(clock::now())?,
        told,
        last,
        ready: VecDeque::from([place(last).retry(RETRY)]),
        more,
        revoked: revoked.map(|Extension(Revoked(token))| token).unwrap_or_default(),
        api,
        _room: room,
    };
    let events = stream::unfold(follower, async |mut follower| {
        let event = follower.next().await?;
        Some((Ok::<_, Infallible>(event), follower))
    });
    // nginx would collect events before it passes them on.
    Ok(([("x-accel-buffering", "no")], Sse::new(events)))
}

fn last_seen(headers: &HeaderMap) -> Result<Option<i64>, Problem> {
    let Some(seen) = headers.get(LAST_EVENT_ID) else { return Ok(None) };
    let seen = seen.to_str().ok().and_then(|seen| seen.trim().parse().ok());
    let bad = || Problem::new(StatusCode::BAD_REQUEST, "Last-Event-ID: expected the id of an event of this stream");
    seen.map(Some).ok_or_else(bad)
}

/// Says where the stream is, and nothing else.
fn place(last: i64) -> Event {
    Event::default().id(last.to_string()).comment("")
}

impl Follower {
    /// The next event; `None`: the stream ends, and the client comes back.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if self.revoked.is_cancelled() {
                return None;
            }
            if let Some(event) = self.ready.pop_front() {
                return Some(event);
            }
            self.more.borrow_and_update();
            if let Err(error) = self.read().await {
                warn!(%error, "a stream of alerts ended");
                return None;
            }
            if !self.ready.is_empty() {
                continue;
            }
            tokio::select! {
                () = self.api.stop.cancelled() => return None,
                () = self.revoked.cancelled() => return None,
                changed = self.more.changed() => changed.ok()?,
                () = tokio::time::sleep(ALIVE) => return Some(place(self.last)),
            }
        }
    }

    async fn read(&mut self) -> Result<(), Error> {
        let following = self.api.handle.store.alerts_after(self.filter.clone(), self.last, PAGE).await?;
        for alert in &following.alerts {
            // One that is damaged is passed over; whoever comes back goes on behind it.
            let event = match self.api.damaged.pass_over(alert, (self.told)(alert))? {
                Some(told) => Event::default().event("alert").id(alert.seq.to_string()).data(told),
                None => place(alert.seq),
            };
            self.ready.push_back(event);
        }
        self.last = following.last;
        Ok(())
    }
}
