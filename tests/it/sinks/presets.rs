//! Presets: what each service is sent of each kind of document, and what no feed can do there.

pub(crate) mod hostile;

use super::sample;
use expect_test::expect_file;
use newswatch::config::secret::Secret;
use newswatch::engine::alert::Alert;
use newswatch::sink::body::{Body, Original};
use newswatch::sink::payload::{self, TextMode};
use newswatch::sink::preset::{ChatId, Preset};
use serde_json::{Value, json};
use std::fmt::Write as _;

/// A preset of each kind, by its name.
fn presets() -> Vec<(&'static str, Preset)> {
    vec![
        ("slack", Preset::Slack),
        ("discord", Preset::Discord),
        ("teams", Preset::Teams),
        ("telegram", Preset::Telegram { chat_id: ChatId::Number(-100_123) }),
        ("matrix", Preset::Matrix { room: "!room:example.org".to_owned() }),
        ("ntfy", Preset::Ntfy { topic: "alerts".to_owned() }),
        ("pagerduty", Preset::PagerDuty { routing_key: Secret::new("never-in-a-body") }),
    ]
}

fn alert(alert: &Alert) -> Value {
    serde_json::to_value(payload::envelope(alert, "desk-1", TextMode::Full)).unwrap()
}

/// What a preset makes of a document.
fn body(preset: &Preset, document: &Value) -> Value {
    let bytes = document.to_string().into_bytes();
    let body = Body::Preset(preset.clone()).render(&Original::new(&bytes)).unwrap().unwrap();
    serde_json::from_slice(&body).unwrap()
}

fn digest(members: &[Value]) -> Value {
    json!({
        "specversion": "1.0", "id": "dig_1", "source": "newswatch/desk-1", "type": "newswatch.digest.v1",
        "subject": "desk", "time": "2026-11-24T02:30:00.000Z", "timestamp": "2026-11-24T02:30:00.000Z",
        "datacontenttype": "application/json", "data": { "count": members.len(), "alerts": members },
    })
}

/// The events whose bytes are fixed.
fn events() -> Vec<Value> {
    let golden = include_str!("../../golden/events-v1.jsonl");
    golden.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A document of each kind.
fn documents() -> Vec<(&'static str, Value)> {
    let mut bare = sample();
    bare.severity = newswatch::watchlist::definition::Severity::Info;
    bare.matches.clear();
    bare.item.title.clear();
    bare.item.summary.clear();
    bare.item.link = None;
    bare.item.published = None;
    bare.feed.title.clear();
    bare.story.also_in.clear();
    let mut carried = sample();
    carried.item.revision = 2;
    carried.matches.truncate(2);
    carried.story.also_in = ["a", "b", "c", "d", "e", "f", "g"].map(str::to_owned).to_vec();
    let test = Alert::test("desk", super::time("2026-11-24T02:15:04.123Z"));
    let mut documents = vec![
        ("an alert", alert(&sample())),
        ("a bare alert", alert(&bare)),
        ("an alert that many carry", alert(&carried)),
        ("a test", alert(&test)),
        ("a digest", digest(&[alert(&sample()), alert(&bare), alert(&carried)])),
        ("something of a later version", json!({ "type": "newswatch.weather.v7", "subject": "rain", "id": "wea_1" })),
    ];
    let names = [
        "a digest as it is sent",
        "a feed that fails",
        "a feed that works again",
        "many feeds that fail",
        "many feeds that work again",
        "a sink that fails",
        "a sink that works again",
    ];
    documents.extend(std::iter::zip(names, events()));
    documents
}

#[test]
fn each_kind_of_document_in_each_preset() {
    for (name, preset) in presets() {
        let mut shown = String::new();
        for (what, document) in documents() {
            writeln!(shown, "== {what}\n{:#}", body(&preset, &document)).unwrap();
        }
        let golden = format!("{}/tests/golden/presets/{name}.txt", env!("CARGO_MANIFEST_DIR"));
        expect_file![golden].assert_eq(&shown);
    }
}

#[test]
fn no_preset_carries_a_secret_in_what_is_stored() {
    for (name, preset) in presets() {
        let body = body(&preset, &alert(&sample()));
        assert!(!body.to_string().contains("never-in-a-body"), "{name}");
    }
}

#[test]
fn what_has_recovered_resolves_the_incident_that_its_failure_opened() {
    let pagerduty = &presets()[6].1;
    let bodies: Vec<Value> = events().iter().skip(1).map(|event| body(pagerduty, event)).collect();
    let mut incidents = Vec::new();
    for pair in bodies.chunks(2) {
        let [failing, recovered] = pair else { panic!("{pair:?}") };
        assert_eq!((&failing["event_action"], &recovered["event_action"]), (&json!("trigger"), &json!("resolve")));
        assert_eq!(failing["dedup_key"], recovered["dedup_key"]);
        incidents.push(failing["dedup_key"].to_string());
    }
    incidents.sort();
    incidents.dedup();
    assert_eq!(incidents.len(), 3, "a feed, many feeds, a sink: {incidents:?}");
}

#[test]
fn a_digest_that_is_too_long_says_how_many_more_there_are() {
    let mut one = sample();
    one.item.title = "A title that is as long as many titles of news are, and then a little longer".to_owned();
    let members: Vec<Value> = (0..500).map(|_| alert(&one)).collect();
    let digest = digest(&members);
    for (name, preset) in presets() {
        let body = body(&preset, &digest);
        let text = hostile::strings(&body).join("\n");
        let titles = text.matches("as long as many").count();
        let more = text.split("… and ").nth(1).and_then(|rest| rest.split(' ').next()).unwrap_or_default();
        // Matrix says all of it twice.
        let per_text = if name == "matrix" { hostile::occurrences(&body["body"], "as long as many") } else { titles };
        assert_eq!(per_text + more.parse::<usize>().unwrap(), 500, "{name}: {titles} titles, {more} more");
        assert!(per_text >= 10, "{name}: {per_text}");
        hostile::check(name, &body);
    }
}

#[test]
fn the_document_itself_goes_to_those_who_have_no_preset() {
    let document = alert(&sample()).to_string().into_bytes();
    let render = |mode| Body::Document(mode).render(&Original::new(&document)).unwrap();
    assert_eq!(render(TextMode::Full), None);
    let without = render(TextMode::Omitted).unwrap();
    assert_eq!(without, payload::render(&sample(), "desk-1", TextMode::Omitted));
    let members = digest(&[alert(&sample())]).to_string().into_bytes();
    let without = Body::Document(TextMode::Omitted).render(&Original::new(&members)).unwrap().unwrap();
    let without: Value = serde_json::from_slice(&without).unwrap();
    assert_eq!(without["data"]["alerts"][0]["data"]["item"]["text"], Value::Null);
}
