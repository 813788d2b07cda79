//! The bytes that each sink is sent, rendered before they are committed.

use crate::engine::decide::RoutedAlert;
use crate::engine::route::RoutedEvent;
use crate::engine::{Runtime, SinkRoute};
use crate::sink::event::{self, Document};
use crate::sink::payload::{self, TextMode};
use crate::store::digest::{Collected, Composed};
use crate::store::poll::{AlertDocument, NewDelivery, NewDocument};
use jiff::Timestamp;

/// A digest is no longer than this: receivers have their limits. What does not fit goes into
/// another one.
const LARGEST_DIGEST: usize = 4 << 20;

/// The bytes of an alert, and of each delivery where they differ.
pub(super) fn alert(routed: &RoutedAlert, runtime: &Runtime, host: &str) -> AlertDocument {
    let body = payload::render(&routed.alert, host, TextMode::Full);
    let sinks = routed.sinks.iter().filter_map(|ix| runtime.sinks.get(ix.0 as usize));
    let deliveries = sinks
        .map(|sink| NewDelivery {
            sink: sink.name.clone(),
            body: (!sink.text).then(|| payload::render(&routed.alert, host, TextMode::Omitted)),
            pace: sink.pace,
        })
        .collect();
    AlertDocument { body, deliveries }
}

/// The bytes of what newswatch tells of itself, for each sink that is told.
pub(super) fn event(routed: &RoutedEvent, sinks: &[SinkRoute], host: &str) -> Vec<NewDocument> {
    let document = event::health(&routed.event, host);
    let told = routed.sinks.iter().filter_map(|ix| sinks.get(ix.0 as usize));
    let new = |sink: &SinkRoute| NewDocument {
        sink: sink.name.clone(),
        id: document.id().to_owned(),
        body: document.to_json(),
    };
    told.map(new).collect()
}

/// A digest for a sink of as many of the collected alerts as it holds; at least one. What
/// is no alert of a version that this one reads goes on its own.
pub(super) fn digest(
    collected: &mut dyn Iterator<Item = Collected>,
    sink: &SinkRoute,
    host: &str,
    now: Timestamp,
) -> Composed {
    let mut composed = Composed::default();
    let (mut alerts, mut size) = (Vec::new(), 0);
    for Collected { id, alert } in collected {
        let Ok(mut envelope) = payload::parse(&alert) else {
            composed.alone.push(id);
            continue;
        };
        let text = if sink.text { None } else { envelope.data.item.text.take() };
        size += alert.len().saturating_sub(text.map_or(0, |text| text.len()));
        if size > LARGEST_DIGEST && !alerts.is_empty() {
            break;
        }
        composed.carried.push(id);
        alerts.push(envelope);
    }
    if !alerts.is_empty() {
        let digest = Document::Digest(event::digest(alerts, &sink.name, host, now));
        composed.digest = Some((digest.id().to_owned(), digest.to_json()));
    }
    composed
}
