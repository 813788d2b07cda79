//! The wire format of digests and of what newswatch tells of itself, and what a person sees of it.

use super::{envelope, sample, time};
use expect_test::{Expect, expect, expect_file};
use jiff::tz::TimeZone;
use newswatch::engine::alert::AlertFeed;
use newswatch::engine::health::{Change, Failure, HealthEvent, Subject};
use newswatch::sink::event::{self, Document};
use newswatch::sink::pretty::{Colour, Look};
use newswatch::sink::stdout::{Format, document};
use std::fmt::Write as _;

fn digest() -> Document {
    let mut other = envelope(&sample());
    "alt_other".clone_into(&mut other.id);
    other.data.item.text = None;
    Document::Digest(event::digest(vec![envelope(&sample()), other], "desk", "desk-1", time("2026-11-24T02:25:04Z")))
}

fn feed() -> Subject {
    Subject::Feed(AlertFeed {
        name: "example-world".to_owned(),
        title: "Example World News".to_owned(),
        url: "https://news.example.org/world/rss.xml".to_owned(),
        tags: vec!["world".to_owned()],
    })
}

fn sink() -> Subject {
    Subject::Sink { name: "desk".to_owned(), kind: "webhook" }
}

fn health(change: Change, subject: Subject, tries: u32) -> Document {
    let since = time("2026-11-23T23:15:04.5Z");
    let failure = Failure { since, reason: "the server answered 500 \u{1b}[2J".to_owned(), tries };
    event::health(&HealthEvent::new(change, subject, failure, time("2026-11-24T02:15:04.123Z")), "desk-1")
}

/// One of each.
fn all() -> Vec<Document> {
    let many = || Subject::Feeds { count: 12, of: 50 };
    vec![
        health(Change::Failing, feed(), 3),
        health(Change::Recovered, feed(), 9),
        health(Change::Failing, many(), 3),
        health(Change::Recovered, many(), 3),
        health(Change::Failing, sink(), 5),
        health(Change::Recovered, sink(), 1),
    ]
}

#[test]
fn the_bytes_are_fixed() {
    let mut text = String::new();
    for document in std::iter::once(digest()).chain(all()) {
        writeln!(text, "{}", String::from_utf8(document.to_json()).unwrap()).unwrap();
    }
    expect_file!["../../golden/events-v1.jsonl"].assert_eq(&text);
}

#[test]
fn what_is_written_is_read() {
    let alert = Document::Alert(Box::new(envelope(&sample())));
    for document in all().into_iter().chain([digest(), alert]) {
        let bytes = document.to_json();
        let value: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        assert_eq!((value["id"].as_str(), value["type"].as_str()), (Some(document.id()), Some(document.kind())));
        assert_eq!(event::parse(&bytes), Ok(document));
    }
    assert!(event::parse(b"{\"type\": \"newswatch.digest.v9\"}").unwrap_err().to_string().contains("digest.v9"));
}

#[test]
fn an_id_tells_events_apart_and_the_same_one_again() {
    let id = |change, subject, tries| health(change, subject, tries).id().to_owned();
    let one = id(Change::Failing, feed(), 3);
    assert_eq!(one, id(Change::Failing, feed(), 4), "the same failure, told again");
    assert_ne!(one, id(Change::Recovered, feed(), 3));
    assert_ne!(one, id(Change::Failing, sink(), 3));
    let other = event::digest(vec![envelope(&sample())], "desk", "desk-1", time("2026-11-24T02:25:04Z"));
    assert_ne!(other.id, digest().id());
}

fn shown(format: Format, documents: &[Document], expected: &Expect) {
    let look = Look { colour: Colour::Never, width: 80, zone: TimeZone::UTC };
    let shown = documents.iter().flat_map(|it| document(format, &it.to_json(), &look)).collect();
    expected.assert_eq(&String::from_utf8(shown).unwrap());
}

#[test]
fn a_person_sees_what_fails_and_why() {
    shown(
        Format::Pretty,
        &all(),
        &expect![[r"
        2026-11-24 02:15:04 MEDIUM The feed example-world cannot be read
          3 polls in a row failed since 2026-11-23 23:15: the server answered 500
            \x1b[2J
          https://news.example.org/world/rss.xml

        2026-11-24 02:15:04 MEDIUM The feed example-world works again
          9 polls in a row had failed since 2026-11-23 23:15: the server answered 500
            \x1b[2J
          https://news.example.org/world/rss.xml

        2026-11-24 02:15:04 HIGH 12 of 50 feeds cannot be read
          3 polls in a row failed since 2026-11-23 23:15: the server answered 500
            \x1b[2J

        2026-11-24 02:15:04 HIGH Feeds work again: 12 of 50 had failed
          3 polls in a row had failed since 2026-11-23 23:15: the server answered 500
            \x1b[2J

        2026-11-24 02:15:04 HIGH The sink desk takes no alerts
          5 attempts in a row failed since 2026-11-23 23:15: the server answered 500
            \x1b[2J

        2026-11-24 02:15:04 HIGH The sink desk takes alerts again
          1 attempt in a row had failed since 2026-11-23 23:15: the server answered
            500 \x1b[2J

    "]],
    );
    shown(
        Format::Journal,
        &all(),
        &expect![[r"
        <4>medium newswatch: The feed example-world cannot be read: 3 polls in a row failed since 2026-11-23T23:15:04Z: the server answered 500 \x1b[2J
        <4>medium newswatch: The feed example-world works again: 9 polls in a row had failed since 2026-11-23T23:15:04Z: the server answered 500 \x1b[2J
        <3>high newswatch: 12 of 50 feeds cannot be read: 3 polls in a row failed since 2026-11-23T23:15:04Z: the server answered 500 \x1b[2J
        <3>high newswatch: Feeds work again: 12 of 50 had failed: 3 polls in a row had failed since 2026-11-23T23:15:04Z: the server answered 500 \x1b[2J
        <3>high newswatch: The sink desk takes no alerts: 5 attempts in a row failed since 2026-11-23T23:15:04Z: the server answered 500 \x1b[2J
        <3>high newswatch: The sink desk takes alerts again: 1 attempt in a row had failed since 2026-11-23T23:15:04Z: the server answered 500 \x1b[2J
    "]],
    );
}

#[test]
fn a_digest_shows_its_alerts() {
    let both = |format| {
        let look = Look { colour: Colour::Never, width: 80, zone: TimeZone::UTC };
        let one = document(format, &Document::Alert(Box::new(envelope(&sample()))).to_json(), &look);
        assert_eq!(document(format, &digest().to_json(), &look), [one.clone(), one].concat());
    };
    both(Format::Pretty);
    both(Format::Journal);
}
