//! The wire format.

use super::{envelope, sample, time};
use expect_test::expect_file;
use newswatch::engine::alert::{Alert, AlertMatch};
use newswatch::sink::payload::{self, TextMode};
use newswatch::watchlist::definition::Severity;
use newswatch::watchlist::term;
use proptest::prelude::*;
use serde_json::{Value, json};

#[test]
fn the_bytes_of_an_alert_are_fixed() {
    let bytes = payload::render(&sample(), "desk-1", TextMode::Full);
    expect_file!["../../golden/alert-v1.json"].assert_eq(std::str::from_utf8(&bytes).unwrap());
}

#[test]
fn the_schema_is_fixed() {
    let schema = serde_json::to_string_pretty(&payload::schema()).unwrap() + "\n";
    expect_file!["../../golden/alert-v1.schema.json"].assert_eq(&schema);
}

#[test]
fn the_schema_names_every_member_and_requires_it() {
    let schema = serde_json::to_value(payload::schema()).unwrap();
    let alert = serde_json::to_value(envelope(&sample())).unwrap();
    let mut checked = 0;
    compare(&alert, &schema, &schema, "alert", &mut checked);
    assert!(checked > 40, "{checked} members");
}

/// Checks that each member of an object is in the schema's properties and required, all the way down.
fn compare(value: &Value, schema: &Value, root: &Value, at: &str, checked: &mut usize) {
    let schema = match schema.get("$ref").and_then(Value::as_str) {
        Some(reference) => root.pointer(reference.trim_start_matches('#')).expect("a known definition"),
        None => schema.get("anyOf").map_or(schema, |either| &either[0]),
    };
    if schema.get("$ref").is_some() {
        return compare(value, schema, root, at, checked);
    }
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                *checked += 1;
                let property = schema.pointer(&format!("/properties/{name}"));
                let property = property.unwrap_or_else(|| panic!("{at}.{name} is not in the schema"));
                compare(member, property, root, &format!("{at}.{name}"), checked);
            }
            let mut required: Vec<&str> =
                schema["required"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
            let mut names: Vec<&str> = members.keys().map(String::as_str).collect();
            required.sort_unstable();
            names.sort_unstable();
            assert_eq!(required, names, "{at}");
        }
        Value::Array(values) => values.iter().for_each(|value| compare(value, &schema["items"], root, at, checked)),
        _ => {}
    }
}

/// The attributes of CloudEvents 1.0 as its specification has them
/// (<https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md#context-attributes>).
fn cloud_events() -> Value {
    let text = json!({ "type": "string", "minLength": 1 });
    json!({
        "type": "object",
        "required": ["id", "source", "specversion", "type"],
        "properties": {
            "id": text,
            "source": { "type": "string", "minLength": 1, "format": "uri-reference" },
            "specversion": { "const": "1.0" },
            "type": text,
            "datacontenttype": text,
            "dataschema": { "type": "string", "format": "uri" },
            "subject": text,
            "time": { "type": "string", "format": "date-time" },
        },
        // Names of attributes, extensions included; their values are simple.
        "patternProperties": { "^(?!data$)": { "type": ["string", "integer", "boolean"] } },
        "propertyNames": { "pattern": "^[a-z0-9]+$", "maxLength": 20 },
    })
}

#[test]
fn payloads_are_valid_by_their_schema_and_by_cloud_events() {
    let schemas = [serde_json::to_value(payload::schema()).unwrap(), cloud_events()];
    let validators = schemas.map(|schema| jsonschema::options().should_validate_formats(true).build(&schema).unwrap());
    let mut bare = sample();
    bare.matches.clear();
    bare.item.link = None;
    bare.item.guid = None;
    bare.item.language = None;
    bare.item.published = None;
    let real = [sample(), bare, Alert::test("desk", time("2026-11-24T02:15:04Z"))];
    let mut documents: Vec<Vec<u8>> = real.iter().map(|it| payload::render(it, "desk-1", TextMode::Full)).collect();
    documents.push(payload::render(&sample(), "desk-1", TextMode::Omitted));
    // What templates are tried on is no less real.
    documents.extend(["full", "bare"].map(|name| std::fs::read(format!("src/sink/template/{name}.json")).unwrap()));
    for document in &documents {
        let document: Value = serde_json::from_slice(document).unwrap();
        for validator in &validators {
            let wrong: Vec<String> =
                validator.iter_errors(&document).map(|error| format!("{}: {error}", error.instance_path())).collect();
            assert_eq!(wrong, [""; 0], "{document}");
        }
        for (member, wrong) in [("/id", json!(7)), ("/time", json!("yesterday")), ("/data/severity", json!("bad"))] {
            let mut document = document.clone();
            *document.pointer_mut(member).unwrap() = wrong;
            assert!(!validators[0].is_valid(&document), "{member}");
        }
    }
}

#[test]
fn the_text_is_null_where_it_is_not_carried() {
    let bytes = payload::render(&sample(), "desk-1", TextMode::Omitted);
    let value: Value = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(value["data"]["item"]["text"], Value::Null);
    assert_eq!(value["data"]["matches"].as_array().unwrap().len(), 4);
    assert_eq!(payload::parse(&bytes).unwrap(), payload::envelope(&sample(), "desk-1", TextMode::Omitted));
}

#[test]
fn an_item_without_text_has_an_empty_one() {
    let mut alert = sample();
    alert.item.text.clear();
    assert_eq!(envelope(&alert).data.item.text.as_deref(), Some(""));
}

#[test]
fn times_have_milliseconds_in_utc() {
    let check = |given: &str, expect: &str| {
        let written = serde_json::to_string(&payload::Time(time(given))).unwrap();
        assert_eq!(written, format!("\"{expect}\""), "{given}");
        assert!(serde_json::from_str::<payload::Time>(&written).is_ok());
    };
    check("2026-11-24T02:15:04Z", "2026-11-24T02:15:04.000Z");
    check("2026-11-24T03:15:04.1+01:00", "2026-11-24T02:15:04.100Z");
    check("2026-11-24T02:15:04.999999999Z", "2026-11-24T02:15:04.999Z");
    check("1969-12-31T23:59:59.5Z", "1969-12-31T23:59:59.500Z");
    check("0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z");
}

#[test]
fn severities_and_fields_keep_their_names() {
    for severity in Severity::ALL {
        let wire = payload::Severity::from(severity);
        assert_eq!(wire.name(), severity.name());
        assert_eq!(serde_json::to_value(wire).unwrap(), severity.name());
    }
    for field in term::Field::ALL {
        let wire = payload::Field::from(field);
        assert_eq!(wire.name(), field.name());
        assert_eq!(serde_json::to_value(wire).unwrap(), field.name());
    }
}

#[test]
fn what_a_later_version_adds_is_ignored() {
    let mut value = serde_json::to_value(envelope(&sample())).unwrap();
    value["traceparent"] = "00-x".into();
    value["data"]["item"]["media"] = Value::Array(Vec::new());
    assert_eq!(payload::parse(value.to_string().as_bytes()), Ok(envelope(&sample())));
}

#[test]
fn other_documents_are_refused_in_words() {
    let check = |bytes: &[u8], words: &str| {
        let error = payload::parse(bytes).unwrap_err().to_string();
        assert!(error.contains(words), "{error:?} does not say {words:?}");
    };
    check(b"", "EOF");
    check(b"{}", "missing field `type`");
    check(b"{\"type\": 1}", "expected a string");
    check(br#"{"type": "newswatch.alert.v2"}"#, "the type is \"newswatch.alert.v2\", not newswatch.alert.v1");
    check(br#"{"type": "newswatch.alert.v1"}"#, "missing field");
    check(b"\xff\xfe", "not a document");
}

/// An alert with these texts and one match somewhere in each.
fn with_matches(texts: &[String], spans: &[(usize, usize)]) -> Alert {
    let mut alert = sample();
    alert.item.title.clone_from(&texts[0]);
    alert.item.text.clone_from(&texts[1]);
    alert.item.authors = texts[2..4].to_vec();
    alert.item.categories = texts[4..6].to_vec();
    alert.item.link = Some(texts[6].clone());
    let carried =
        [texts[0].clone(), texts[1].clone(), texts[2..4].join("\n\n"), texts[4..6].join("\n\n"), texts[6].clone()];
    alert.matches = std::iter::zip(term::Field::ALL, carried)
        .zip(spans)
        .map(|((field, text), (a, b))| {
            let floor = |at: usize| (0..=at % (text.len() + 1)).rev().find(|at| text.is_char_boundary(*at)).unwrap();
            let (start, end) = (floor(*a).min(floor(*b)), floor(*a).max(floor(*b)));
            AlertMatch {
                term: "x".to_owned(),
                entity: None,
                field,
                start: u32::try_from(start).unwrap(),
                end: u32::try_from(end).unwrap(),
                text: text[start..end].to_owned(),
                context: String::new(),
            }
        })
        .collect();
    alert
}

proptest! {
    #[test]
    fn offsets_slice_the_text_that_is_carried(
        texts in prop::collection::vec(any::<String>(), 7),
        spans in prop::collection::vec(any::<(usize, usize)>(), 5),
    ) {
        let bytes = payload::render(&with_matches(&texts, &spans), "desk-1", TextMode::Full);
        prop_assert!(!bytes.contains(&b'\n'));
        let data = payload::parse(&bytes).unwrap().data;
        prop_assert_eq!(data.matches.len(), 5);
        for found in &data.matches {
            let text = payload::field_text(&data.item, found.field).unwrap();
            prop_assert_eq!(text.get(found.start as usize..found.end as usize), Some(found.text.as_str()));
        }
    }

    #[test]
    fn parsing_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = payload::parse(&bytes);
    }
}
