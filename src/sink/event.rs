//! The wire format of what is no alert: the digest, which carries several, and
//! what newswatch tells of itself. Each is a CloudEvents 1.0 event like the alert
//! ([`super::payload`]), of a type and version of its own.

use super::payload::{self, ALERT_TYPE, Envelope, Feed, ParseError, Severity, Time};
use crate::engine::health::{Change, HealthEvent, Subject};
use crate::engine::item::Key;
use crate::text::count::count;
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// The `type` of a digest.
pub const DIGEST_TYPE: &str = "newswatch.digest.v1";
/// The `type` of what tells that feeds fail.
pub const FEED_FAILING_TYPE: &str = "newswatch.feed.failing.v1";
/// The `type` of what tells that feeds work again.
pub const FEED_RECOVERED_TYPE: &str = "newswatch.feed.recovered.v1";
/// The `type` of what tells that a sink fails.
pub const SINK_FAILING_TYPE: &str = "newswatch.sink.failing.v1";
/// The `type` of what tells that a sink works again.
pub const SINK_RECOVERED_TYPE: &str = "newswatch.sink.recovered.v1";

/// Everything that is sent, by its type.
#[derive(Debug, Clone, PartialEq)]
pub enum Document {
    /// `newswatch.alert.v1`
    Alert(Box<Envelope>),
    /// `newswatch.digest.v1`
    Digest(Event<Digest>),
    /// `newswatch.feed.failing.v1` and `newswatch.feed.recovered.v1`
    Feed(Change, Event<FeedHealth>),
    /// `newswatch.sink.failing.v1` and `newswatch.sink.recovered.v1`
    Sink(Change, Event<SinkHealth>),
}

/// An event as it is sent: what all types have in common.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event<D> {
    /// Version of CloudEvents.
    pub specversion: String,
    /// `dig_…` or `evt_…`: the same event, sent again, has the same id. Deduplicate on it.
    pub id: String,
    /// The machine that raised it: `newswatch/HOST`.
    pub source: String,
    /// What this event is, with its version.
    #[serde(rename = "type")]
    pub kind: String,
    /// Name of the sink or feed; `feeds` where it is about many.
    pub subject: String,
    /// When it was decided, UTC.
    pub time: Time,
    /// The same as `time`, for receivers that follow Standard Webhooks.
    pub timestamp: Time,
    /// Media type of `data`.
    pub datacontenttype: String,
    /// What it tells.
    pub data: D,
}

/// Several alerts in one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Digest {
    /// How many; at least one.
    pub count: u64,
    /// The alerts, each as it would have been sent alone, in the order of their commits.
    pub alerts: Vec<Envelope>,
}

/// That a feed fails or works again, or many at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedHealth {
    /// How bad it is.
    pub severity: Severity,
    /// The feed; `null` where it is about many.
    pub feed: Option<Feed>,
    /// How many feeds it is about.
    pub count: u32,
    /// Of how many; `null` where it is about one.
    pub of: Option<u32>,
    /// Since when it fails, or had failed.
    pub since: Time,
    /// Why, in words: the last reason.
    pub reason: String,
    /// How many polls failed in a row.
    pub tries: u32,
}

/// That a sink fails or works again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SinkHealth {
    /// How bad it is.
    pub severity: Severity,
    /// The sink.
    pub sink: Sink,
    /// Since when it fails, or had failed.
    pub since: Time,
    /// Why, in words: the last reason.
    pub reason: String,
    /// How many attempts failed in a row.
    pub tries: u32,
}

/// A sink.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sink {
    /// Its name in the configuration.
    pub name: String,
    /// `stdout`, `file` or `webhook`.
    pub kind: String,
}

/// The digest of `alerts` for a sink. `host` names the machine. Its id is derived
/// from the sink and the alerts, which are never collected twice.
#[must_use]
pub fn digest(alerts: Vec<Envelope>, sink: &str, host: &str, now: Timestamp) -> Event<Digest> {
    let parts: Vec<&str> = std::iter::once(sink).chain(alerts.iter().map(|alert| alert.id.as_str())).collect();
    let id = format!("dig_{}", Key::of("digest", &parts).letters());
    let data = Digest { count: alerts.len() as u64, alerts };
    Event::new(id, DIGEST_TYPE, sink.to_owned(), host, now, data)
}

/// What newswatch tells of itself, as it is sent. `host` names the machine.
#[must_use]
pub fn health(event: &HealthEvent, host: &str) -> Document {
    let (severity, since) = (event.severity.into(), Time(event.since));
    let (reason, tries) = (event.reason.clone(), event.tries);
    let (feed, count, of, subject) = match &event.subject {
        Subject::Sink { name, kind } => {
            let sink = Sink { name: name.clone(), kind: (*kind).to_owned() };
            let data = SinkHealth { severity, sink, since, reason, tries };
            let kind = match event.change {
                Change::Failing => SINK_FAILING_TYPE,
                Change::Recovered => SINK_RECOVERED_TYPE,
            };
            let event_of = Event::new(event.id.clone(), kind, name.clone(), host, event.time, data);
            return Document::Sink(event.change, event_of);
        }
        Subject::Feed(feed) => (Some(Feed::from(feed)), 1, None, feed.name.clone()),
        Subject::Feeds { count, of } => (None, *count, Some(*of), "feeds".to_owned()),
    };
    let data = FeedHealth { severity, feed, count, of, since, reason, tries };
    let kind = match event.change {
        Change::Failing => FEED_FAILING_TYPE,
        Change::Recovered => FEED_RECOVERED_TYPE,
    };
    Document::Feed(event.change, Event::new(event.id.clone(), kind, subject, host, event.time, data))
}

/// Reads a document of any type; members that this version does not know are ignored.
///
/// # Errors
/// Where the bytes are not JSON, of an unknown type or version, or lack a member.
pub fn parse(bytes: &[u8]) -> Result<Document, ParseError> {
    Ok(match payload::kind(bytes)?.as_ref() {
        DIGEST_TYPE => Document::Digest(read(bytes)?),
        FEED_FAILING_TYPE => Document::Feed(Change::Failing, read(bytes)?),
        FEED_RECOVERED_TYPE => Document::Feed(Change::Recovered, read(bytes)?),
        SINK_FAILING_TYPE => Document::Sink(Change::Failing, read(bytes)?),
        SINK_RECOVERED_TYPE => Document::Sink(Change::Recovered, read(bytes)?),
        _ => Document::Alert(Box::new(payload::parse(bytes)?)),
    })
}

fn read<D: DeserializeOwned>(bytes: &[u8]) -> Result<Event<D>, ParseError> {
    serde_json::from_slice(bytes).map_err(|error| ParseError::new(&error))
}

impl<D> Event<D> {
    fn new(id: String, kind: &str, subject: String, host: &str, now: Timestamp, data: D) -> Self {
        Self {
            specversion: "1.0".to_owned(),
            id,
            source: format!("newswatch/{host}"),
            kind: kind.to_owned(),
            subject,
            time: Time(now),
            timestamp: Time(now),
            datacontenttype: "application/json".to_owned(),
            data,
        }
    }
}

impl Document {
    /// What a receiver deduplicates on.
    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            Self::Alert(alert) => &alert.id,
            Self::Digest(event) => &event.id,
            Self::Feed(_, event) => &event.id,
            Self::Sink(_, event) => &event.id,
        }
    }

    /// Its `type`.
    #[must_use]
    pub fn kind(&self) -> &str {
        match self {
            Self::Alert(_) => ALERT_TYPE,
            Self::Digest(event) => &event.kind,
            Self::Feed(_, event) => &event.kind,
            Self::Sink(_, event) => &event.kind,
        }
    }

    /// How bad it is: of a digest, the worst of its alerts.
    #[must_use]
    pub fn severity(&self) -> Severity {
        match self {
            Self::Alert(alert) => alert.data.severity,
            Self::Digest(event) => {
                event.data.alerts.iter().map(|alert| alert.data.severity).max().unwrap_or(Severity::Info)
            }
            Self::Feed(_, event) => event.data.severity,
            Self::Sink(_, event) => event.data.severity,
        }
    }

    /// What it is about, for people: one line of plain text.
    #[must_use]
    pub fn headline(&self) -> String {
        match self {
            Self::Alert(alert) => alert.data.item.title.clone(),
            Self::Digest(event) => match event.data.count {
                1 => "1 alert".to_owned(),
                count => format!("{count} alerts"),
            },
            Self::Feed(change, Event { data: FeedHealth { feed: Some(feed), .. }, .. }) => match change {
                Change::Failing => format!("The feed {} cannot be read", feed.name),
                Change::Recovered => format!("The feed {} works again", feed.name),
            },
            Self::Feed(change, Event { data: FeedHealth { count, of, .. }, .. }) => match change {
                Change::Failing => format!("{count} of {} feeds cannot be read", of.unwrap_or(*count)),
                Change::Recovered => format!("Feeds work again: {count} of {} had failed", of.unwrap_or(*count)),
            },
            Self::Sink(change, Event { data: SinkHealth { sink, .. }, .. }) => match change {
                Change::Failing => format!("The sink {} takes no alerts", sink.name),
                Change::Recovered => format!("The sink {} takes alerts again", sink.name),
            },
        }
    }

    /// Of what newswatch tells of itself, the rest for people: how often it failed, since when
    /// (as `shown` writes times), and why. `None` for alerts and digests.
    #[must_use]
    pub fn failure(&self, shown: impl FnOnce(Time) -> String) -> Option<String> {
        let (change, since, tries, reason, what) = match self {
            Self::Alert(_) | Self::Digest(_) => return None,
            Self::Feed(change, Event { data, .. }) => (change, data.since, data.tries, &data.reason, "poll"),
            Self::Sink(change, Event { data, .. }) => (change, data.since, data.tries, &data.reason, "attempt"),
        };
        let had = if *change == Change::Recovered { "had " } else { "" };
        Some(format!("{} in a row {had}failed since {}: {reason}", count(tries, what), shown(since)))
    }

    /// Its bytes: one JSON document on one line, without its newline.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        match self {
            Self::Alert(alert) => payload::to_json(alert),
            Self::Digest(event) => payload::to_json(event),
            Self::Feed(_, event) => payload::to_json(event),
            Self::Sink(_, event) => payload::to_json(event),
        }
    }
}
