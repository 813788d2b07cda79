//! The bytes that each sink is sent, rendered before they are committed.

use crate::engine::decide::RoutedAlert;
use crate::engine::route::RoutedEvent;
use crate::engine::{SinkIx, SinkRoute};
use crate::sink::body::{self, Body};
use crate::sink::event::{self, Document};
use crate::sink::payload::{self, TextMode};
use crate::store::digest::{Collected, Composed};
use crate::store::poll::{AlertDocument, NewDelivery, NewDocument};
use jiff::Timestamp;

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
    let document = body::Document::new(&body);
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
    form.render(&body::Document::new(&document)).ok().flatten().unwrap_or(document)
}

/// A digest for a sink of as many of the collected alerts as it holds; at least one. What
/// is no alert of a version that this one reads goes on its own.
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
    if !alerts.is_empty() {
        let digest = Document::Digest(event::digest(alerts, sink, host, now));
        composed.digest = Some((digest.id().to_owned(), in_form(digest.to_json(), form)));
    }
    composed
}
