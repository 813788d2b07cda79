//! The bytes that each sink is sent, rendered before they are committed.

use crate::engine::Runtime;
use crate::engine::decide::RoutedAlert;
use crate::sink::payload::{self, TextMode};
use crate::store::poll::{AlertDocument, NewDelivery};

/// The bytes of an alert, and of each delivery where they differ.
pub(super) fn alert(routed: &RoutedAlert, runtime: &Runtime, host: &str) -> AlertDocument {
    let body = payload::render(&routed.alert, host, TextMode::Full);
    let sinks = routed.sinks.iter().filter_map(|ix| runtime.sinks.get(ix.0 as usize));
    let deliveries = sinks
        .map(|sink| NewDelivery {
            sink: sink.name.clone(),
            body: (!sink.text).then(|| payload::render(&routed.alert, host, TextMode::Omitted)),
        })
        .collect();
    AlertDocument { body, deliveries }
}
