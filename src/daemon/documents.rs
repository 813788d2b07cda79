//! The bytes that each sink is sent, rendered before they are committed.

use crate::engine::decide::RoutedAlert;
use crate::engine::route::RoutedEvent;
use crate::engine::{SinkIx, SinkRoute};
use crate::sink::body::{Body, Original};
use crate::sink::event::{self, Document};
use crate::sink::payload::{self, TextMode};
use crate::store::digest::{Collected, Composed};
use crate::store::poll::{AlertDocument, NewDelivery, NewDocument};
use jiff::Timestamp;
use tracing::warn;

/// A digest is no longer than this: receivers have their limits. What does not fit goes into
/// another one.
const LARGEST_DIGEST: usize = 4 << 20;

/// The bytes of an alert, and of each delivery where they differ. Where none can be made,
/// none are there: the sink's worker tries again, and says why where it cannot either.
pub(super) fn alert<'s>(
    routed: &RoutedAlert,
    sink: &impl Fn(SinkIx) -> Option<(&'s SinkRoute, &'s Body)>,
    host: &str,
) -> AlertDocument {
    let body = payload::render(&routed.alert, host, TextMode::Full);
    let document = Original::new(&body);
    let deliveries = routed.sinks.iter().filter_map(|ix| sink(*ix)).map(|(sink, form)| NewDelivery {
        sink: sink.name.clone(),
        body: form.render(&document).unwrap_or_else(|_| Some(Vec::new())),
        pace: sink.pace,
    });
    let deliveries = deliveries.collect();
    AlertDocument { body, deliveries }
}

/// The bytes of what newswatch tells of itself, for each sink that is told.
pub(super) fn event<'s>(
    routed: &RoutedEvent,
    sink: &impl Fn(SinkIx) -> Option<(&'s SinkRoute, &'s Body)>,
    host: &str,
) -> Vec<NewDocument> {
    let document = event::health(&routed.event, host);
    let told = routed.sinks.iter().filter_map(|ix| sink(*ix));
    let new = |(sink, form): (&SinkRoute, &Body)| NewDocument {
        sink: sink.name.clone(),
        id: document.id().to_owned(),
        body: in_form(document.to_json(), form),
    };
    told.map(new).collect()
}

/// A document in the form of a sink. A template that cannot render it leaves it as it is:
/// it is told all the same.
fn in_form(document: Vec<u8>, form: &Body) -> Vec<u8> {
    form.render(&Original::new(&document)).ok().flatten().unwrap_or(document)
}

/// A digest for a sink of as many of the collected alerts as it holds; at least one. What
/// is no alert of a version that this one reads goes on its own, and so do all where a
/// template cannot render the digest: their own bytes are what the receiver knows.
pub(super) fn digest(
    collected: &mut dyn Iterator<Item = Collected>,
    sink: &str,
    form: &Body,
    host: &str,
    now: Timestamp,
) -> Composed {
    let with_text = !matches!(form, Body::Document(TextMode::Omitted));
    let mut composed = Composed::default();
    let (mut alerts, mut size) = (Vec::new(), 0);
    for Collected { id, alert } in collected {
        let Ok(mut envelope) = payload::parse(&alert) else {
            composed.alone.push(id);
            continue;
        };
        let text = if with_text { None } else { envelope.data.item.text.take() };
        size += alert.len().saturating_sub(text.map_or(0, |text| text.len()));
        if size > LARGEST_DIGEST && !alerts.is_empty() {
            break;
        }
        composed.carried.push(id);
        alerts.push(envelope);
    }
    if alerts.is_empty() {
        return composed;
    }
    let digest = Document::Digest(event::digest(alerts, sink, host, now));
    let bytes = digest.to_json();
    match form.render(&Original::new(&bytes)) {
        Ok(own) => composed.digest = Some((digest.id().to_owned(), own.unwrap_or(bytes))),
        Err(reason) => {
            warn!(sink, "what was collected is sent one by one, for there can be no digest: {reason}");
            composed.alone.append(&mut composed.carried);
        }
    }
    composed
}
