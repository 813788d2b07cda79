//! How a sink is: what is remembered of its failures, and told on the other sinks.

use super::{Channel, Desk, Route};
use crate::daemon::{clock, documents};
use crate::engine::health::{Change, HealthEvent, SinkHealth, Subject};
use crate::engine::route::{RoutedEvent, route_event};
use crate::engine::{SinkIx, SinkRoute};
use crate::sink::Direct;
use crate::sink::body::Body;
use std::collections::BTreeSet;
use std::sync::Arc;
use tracing::info;

/// What is known of a sink's health.
#[derive(Debug)]
pub(super) struct Health {
    /// All sinks, to be told.
    sinks: Arc<[(SinkRoute, Body)]>,
    /// What the sink is.
    kind: &'static str,
    /// It fails.
    state: Option<SinkHealth>,
    /// Something has changed that is not written down yet.
    changed: bool,
    /// What is to be told of it.
    events: Vec<HealthEvent>,
}

impl Health {
    /// Of a sink among all; what the store remembers is not known yet.
    pub(super) fn new(route: &Route, sinks: Arc<[(SinkRoute, Body)]>) -> Self {
        let kind = match &route.channel {
            Channel::Direct(Direct::Stdout(_), _) => "stdout",
            Channel::Direct(Direct::Webhook(_), _) => "webhook",
            Channel::File(..) => "file",
        };
        Self { sinks, kind, state: None, changed: false, events: Vec::new() }
    }

    fn tell(&mut self, change: Change, sink: &str, health: &SinkHealth) {
        let subject = Subject::Sink { name: sink.to_owned(), kind: self.kind };
        self.events.push(HealthEvent::new(change, subject, health.failure.clone(), clock::now()));
    }
}

impl Desk {
    /// Remembers how the sink was before the start.
    pub(super) async fn remember_health(&mut self) {
        let (store, name) = (self.tools.store.clone(), self.name.clone());
        if let Ok(state) = self.ask_store(async move { store.sink_health(&name).await }).await {
            self.health.state = state;
        }
    }

    /// Whether nothing is sent any more, for those who want to know.
    pub(super) fn is_gone(&self, gone: bool) {
        self.tools.gone.rcu(|sinks| {
            let mut sinks = BTreeSet::clone(sinks);
            if gone {
                sinks.insert(self.name.clone())
            } else {
                sinks.remove(&self.name)
            };
            sinks
        });
    }

    /// An attempt failed: it will be tried again.
    pub(super) fn sink_failed(&mut self, reason: &str) {
        self.fails(SinkHealth::failed(self.health.state.as_ref(), reason, clock::now()));
    }

    /// The destination is gone for good. A closed standard output ends the daemon, and is no news.
    pub(super) fn sink_gone(&mut self, reason: &str) {
        if self.health.kind != "stdout" {
            self.fails(SinkHealth::gone(self.health.state.as_ref(), reason, clock::now()));
        }
    }

    fn fails(&mut self, now: SinkHealth) {
        let was_told = self.health.state.as_ref().is_some_and(|before| before.told);
        if now.told && !was_told {
            self.health.tell(Change::Failing, &self.name, &now);
        }
        self.health.state = Some(now);
        self.health.changed = true;
    }

    /// The destination took something.
    pub(super) fn sink_worked(&mut self) {
        let Some(before) = self.health.state.take() else { return };
        if before.told {
            self.health.tell(Change::Recovered, &self.name, &before);
        }
        self.health.changed = true;
    }

    /// Writes down what has changed, and queues what is told of it. Before the attempts are
    /// settled: should a crash come between, the attempt is made again, and told once.
    pub(super) async fn note_health(&mut self) {
        if !std::mem::take(&mut self.health.changed) {
            return;
        }
        let mut queued = Vec::new();
        for event in std::mem::take(&mut self.health.events) {
            info!(sink = self.name, event = event.id, "the other sinks are told");
            let sinks = &self.health.sinks;
            let routed = RoutedEvent { sinks: route_event(sinks.iter().map(|(route, _)| route), &event), event };
            let sink = |ix: SinkIx| sinks.get(ix.0 as usize).map(|(route, body)| (route, body));
            queued.extend(documents::event(&routed, &sink, &self.tools.host));
        }
        let (store, name, state) = (self.tools.store.clone(), self.name.clone(), self.health.state.clone());
        self.persist(|| store.note_sink(&name, state.clone(), queued.clone(), clock::now())).await;
        if !queued.is_empty() {
            self.tools.outbox.send_modify(|commits| *commits = commits.wrapping_add(1));
        }
    }
}
