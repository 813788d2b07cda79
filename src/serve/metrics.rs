//! `GET /metrics`: what the daemon counts, and the state in numbers, as OpenMetrics
//! (<https://prometheus.io/docs/specs/om/open_metrics_spec/>). docs/monitoring/ says what
//! each means.

use super::problem::Problem;
use super::{Api, STREAMS};
use crate::daemon::clock;
use crate::daemon::control::Live;
use crate::store::overview::{Overview, Queue};
use crate::store::{Error, FILE_NAME};
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::{SignedDuration, Timestamp};
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};
use std::collections::HashSet;
use std::sync::atomic::AtomicU64;

/// The media type of the text.
pub(super) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// A number of seconds.
type Seconds = Gauge<f64, AtomicU64>;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfSink {
    sink: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct InQueue {
    sink: String,
    state: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct InState {
    state: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfKind {
    kind: &'static str,
}

/// The state in numbers, at one moment.
struct Snapshot {
    overview: Overview,
    sinks_failing: usize,
    silences: usize,
    store_bytes: u64,
    streams: usize,
    live: std::sync::Arc<Live>,
    now: Timestamp,
}

/// `GET /metrics`
pub(super) async fn get(State(api): State<Api>) -> Result<Response, Problem> {
    let state = Snapshot::take(&api).await?;
    let mut out = String::new();
    let encoded = text::encode_registry(&mut out, &api.handle.meters.registry)
        .and_then(|()| text::encode_registry(&mut out, &state.registry()))
        .and_then(|()| text::encode_eof(&mut out));
    match encoded {
        Ok(()) => Ok(([(header::CONTENT_TYPE, CONTENT_TYPE)], out).into_response()),
        Err(error) => Err(Problem::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string())),
    }
}

impl Snapshot {
    async fn take(api: &Api) -> Result<Self, Error> {
        let (store, live, now) = (&api.handle.store, api.handle.live.load_full(), clock::now());
        let yesterday = now.checked_sub(SignedDuration::from_hours(24)).unwrap_or(now);
        let sinks = live.sinks.iter().map(|sink| sink.name.clone()).collect();
        let mut store_bytes = 0;
        for name in [FILE_NAME.to_owned(), format!("{FILE_NAME}-wal")] {
            store_bytes += tokio::fs::metadata(live.state_dir.join(name)).await.map_or(0, |file| file.len());
        }
        Ok(Self {
            overview: store.overview(yesterday).await?,
            sinks_failing: store.failing_sinks(sinks).await?,
            silences: store.silences(now).await?.iter().filter(|silence| silence.is_active(now)).count(),
            store_bytes,
            streams: STREAMS.saturating_sub(api.streams.available_permits()),
            live,
            now,
        })
    }

    fn registry(&self) -> Registry {
        let mut registry = Registry::with_prefix("newswatch");
        self.feeds(&mut registry);
        self.queues(&mut registry);
        self.configuration(&mut registry);
        let overview = &self.overview;
        number(&mut registry, "stored_items", "Items whose text is stored", overview.items);
        number(&mut registry, "stored_alerts", "Alerts that are stored", overview.alerts);
        registry.register_with_unit("store", "The size of the database", Unit::Bytes, gauge(self.store_bytes));
        number(&mut registry, "silences", "Silences that hold", self.silences as u64);
        number(&mut registry, "event_streams", "Event streams that are open", self.streams as u64);
        registry
    }

    fn feeds(&self, registry: &mut Registry) {
        let feeds = Family::<InState, Gauge>::default();
        let totals = self.overview.feeds.of(self.live.feeds);
        for (state, count) in [
            ("healthy", totals.healthy),
            ("failing", totals.failing),
            ("gone", totals.gone),
            ("waiting", totals.waiting),
        ] {
            feeds.get_or_create(&InState { state }).set(signed(count));
        }
        registry.register("feeds", "Configured feeds, by state", feeds);
        let last = Seconds::default();
        last.set(self.overview.last_poll.map_or(0.0, seconds));
        registry.register_with_unit("last_poll_timestamp", "When a feed was polled last", Unit::Seconds, last);
    }

    fn queues(&self, registry: &mut Registry) {
        let (queued, dead) = (Family::<InQueue, Gauge>::default(), Family::<OfSink, Gauge>::default());
        let oldest = Family::<OfSink, Seconds>::default();
        for queue in self.all_queues() {
            let sink = || queue.sink.clone();
            for (state, count) in [("pending", queue.pending), ("in_flight", queue.in_flight)] {
                queued.get_or_create(&InQueue { sink: sink(), state }).set(signed(count));
            }
            dead.get_or_create(&OfSink { sink: sink() }).set(signed(queue.dead));
            let age = queue.oldest.map_or(0.0, |oldest| self.now.duration_since(oldest).as_secs_f64().max(0.0));
            oldest.get_or_create(&OfSink { sink: sink() }).set(age);
        }
        registry.register("queued_deliveries", "Deliveries that have not arrived, by sink and state", queued);
        registry.register("dead_letters", "Deliveries that were given up, by sink", dead);
        registry.register_with_unit(
            "oldest_delivery_age",
            "The age of the oldest delivery that has not arrived, by sink",
            Unit::Seconds,
            oldest,
        );
        number(registry, "sinks_failing", "Sinks that take no alerts", self.sinks_failing as u64);
    }

    /// Those of the configured sinks, empty ones too, and of sinks that were.
    fn all_queues(&self) -> Vec<Queue> {
        let mut queues = self.overview.queues.clone();
        let known: HashSet<String> = queues.iter().map(|queue| queue.sink.clone()).collect();
        let empty = self.live.sinks.iter().filter(|sink| !known.contains(&sink.name));
        queues.extend(empty.map(|sink| Queue { sink: sink.name.clone(), ..Queue::default() }));
        queues
    }

    fn configuration(&self, registry: &mut Registry) {
        let live = &self.live;
        let configured = Family::<OfKind, Gauge>::default();
        for (kind, count) in [
            ("feed", live.feeds),
            ("watchlist", live.watchlists),
            ("rule", live.rules),
            ("entity", live.entities),
            ("term", live.terms),
            ("sink", live.sinks.len()),
        ] {
            configured.get_or_create(&OfKind { kind }).set(signed(count as u64));
        }
        registry.register("configured", "What is configured, by kind", configured);
        let good = u64::from(live.reload_error.is_none());
        number(registry, "last_reload_successful", "1 where the last reload worked, or none was", good);
        for (name, help, time) in [
            ("config_timestamp", "When the live configuration was loaded", live.loaded),
            ("start_timestamp", "When the daemon started", live.started),
        ] {
            let gauge = Seconds::default();
            gauge.set(seconds(time));
            registry.register_with_unit(name, help, Unit::Seconds, gauge);
        }
    }
}

fn number(registry: &mut Registry, name: &str, help: &str, value: u64) {
    registry.register(name, help, gauge(value));
}

fn gauge(value: u64) -> Gauge {
    let gauge = Gauge::default();
    gauge.set(signed(value));
    gauge
}

fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds of this century")]
fn seconds(time: Timestamp) -> f64 {
    time.as_millisecond() as f64 / 1000.0
}
