//! Sinks: bytes, signatures, files, faults.

mod certificates;
mod events;
mod files;
mod payloads;
pub(crate) mod presets;
mod rotation;
mod signatures;
mod stdout;
mod templates;
mod terminal;
mod webhooks;

use jiff::Timestamp;
use newswatch::engine::alert::{Alert, AlertEntity, AlertFeed, AlertMatch, AlertRule, AlertStory};
use newswatch::engine::item::Item;
use newswatch::sink::payload::{self, Envelope, TextMode};
use newswatch::sink::{Delivery, Outcome};
use newswatch::watchlist::definition::Severity;
use newswatch::watchlist::term::Field;

fn time(text: &str) -> Timestamp {
    text.parse().expect("RFC 3339")
}

/// An alert as a newsroom would get it.
fn sample() -> Alert {
    Alert {
        id: "alt_3b1f8c2e9d7a4c60b5e2f1a09c8d7e6f".to_owned(),
        time: time("2026-11-24T02:15:04.123Z"),
        severity: Severity::High,
        test: false,
        watchlist: "hybrid-threats".to_owned(),
        watchlist_title: "Sabotage and hybrid threats".to_owned(),
        rules: vec![AlertRule {
            id: "sabotage-europe".to_owned(),
            title: "Sabotage in Europe".to_owned(),
            severity: Severity::High,
            tags: vec!["europe".to_owned()],
        }],
        matches: sample_matches(),
        item: sample_item(),
        feed: AlertFeed {
            name: "example-world".to_owned(),
            title: "Example World News".to_owned(),
            url: "https://news.example.org/world/rss.xml".to_owned(),
            tags: vec!["world".to_owned(), "uk".to_owned()],
        },
        story: AlertStory { id: "sty_77aa01".to_owned(), first: true, also_in: vec!["agency-wire".to_owned()] },
    }
}

fn sample_item() -> Item {
    Item {
        id: "itm_5e2f1a09c8d7e6f0".to_owned(),
        guid: Some("https://news.example.org/?p=4711".to_owned()),
        link: Some("https://news.example.org/world/cable-sabotage?utm_source=rss".to_owned()),
        canonical_link: Some("https://news.example.org/world/cable-sabotage".to_owned()),
        title: "Baltic cable cut: the chief of MI6 warns of sabotage".to_owned(),
        summary: "A cable between Łódź and Malmö was cut.".to_owned(),
        text: "A cable between Łódź and Malmö was cut.\n\nThe Secret Intelligence Service calls it sabotage."
            .to_owned(),
        authors: vec!["Ann Example".to_owned(), "Bo Muster".to_owned()],
        categories: vec!["World".to_owned()],
        language: Some("en".to_owned()),
        published: Some(time("2026-11-24T02:02:00Z")),
        updated: None,
        first_seen: time("2026-11-24T02:15:03.987Z"),
        revision: 1,
    }
}

fn sample_matches() -> Vec<AlertMatch> {
    let mi6 = AlertEntity { id: "mi6".to_owned(), kind: "organization".to_owned(), name: "MI6".to_owned() };
    let found = |term: &str, entity: Option<AlertEntity>, field, start, text: &str, context: &str| AlertMatch {
        term: term.to_owned(),
        entity,
        field,
        start,
        end: start + u32::try_from(text.len()).expect("short"),
        text: text.to_owned(),
        context: context.to_owned(),
    };
    let title = "Baltic cable cut: the chief of MI6 warns of sabotage";
    let body = "…between Łódź and Malmö was cut. The Secret Intelligence Service calls it sabotage.";
    let service = "Secret Intelligence Service";
    vec![
        found("MI6", Some(mi6.clone()), Field::Title, 31, "MI6", title),
        found("sabotage*", None, Field::Title, 44, "sabotage", title),
        found(service, Some(mi6), Field::Body, 49, service, body),
        found("sabotage*", None, Field::Body, 86, "sabotage", body),
    ]
}

fn envelope(alert: &Alert) -> Envelope {
    payload::envelope(alert, "desk-1", TextMode::Full)
}

fn delivery(body: impl Into<Vec<u8>>) -> Delivery {
    Delivery { alert: sample().id, attempt: 1, body: body.into().into() }
}

/// What kind of outcome it is: `delivered`, `retry`, `hold`, `reject` or `stop`; and its reason.
fn told(outcome: &Outcome) -> (&'static str, &str) {
    match outcome {
        Outcome::Delivered => ("delivered", ""),
        Outcome::Retry { reason, hold: false, .. } => ("retry", reason),
        Outcome::Retry { reason, hold: true, .. } => ("hold", reason),
        Outcome::Reject { reason } => ("reject", reason),
        Outcome::Stop { reason } => ("stop", reason),
    }
}
