//! Every key of the configuration: in the schema, in `config/newswatch.toml`, and in
//! `docs/config.md`, whose tables are made of the schema (`UPDATE_EXPECT=1 cargo test
//! config_docs` renews them).

use crate::tidy::root;
use expect_test::expect_file;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;

/// What can stand behind the name of a key that holds a secret.
const SOURCES: [&str; 3] = ["_file", "_env", "_credential"];

fn schema() -> Value {
    newswatch::config::schema()
}

/// A section of the schema: its keys in order, those that only say where a secret is left out.
fn keys(section: &Value) -> Vec<(String, Value)> {
    let all = section["properties"].as_object().unwrap();
    let is_source = |key: &str| SOURCES.iter().any(|end| key.strip_suffix(end).is_some_and(|it| all.contains_key(it)));
    all.iter().filter(|(key, _)| !is_source(key)).map(|(key, value)| (key.clone(), value.clone())).collect()
}

fn is_sourced(section: &Value, key: &str) -> bool {
    section["properties"].as_object().unwrap().contains_key(&format!("{key}_file"))
}

fn section(schema: &Value, name: &str) -> Value {
    if name == "Root" { schema.clone() } else { schema["$defs"][name].clone() }
}

/// The table of a section.
fn table(schema: &Value, name: &str) -> String {
    let section = section(schema, name);
    let mut table = "| key | default | |\n|---|---|---|\n".to_owned();
    for (key, value) in keys(&section) {
        let default = match &value["default"] {
            Value::Null => String::new(),
            default => format!("`{default}`"),
        };
        let mark = if is_sourced(&section, &key) { " …" } else { "" };
        let words = value["description"].as_str().unwrap().replace('|', "\\|");
        let _ = writeln!(table, "| `{key}`{mark} | {default} | {words} |");
    }
    table
}

#[test]
fn the_tables_are_those_of_the_schema_and_none_is_missing() {
    let schema = schema();
    let text = fs::read_to_string(root().join("docs/config.md")).unwrap();
    let (mut renewed, mut named) = (String::new(), BTreeSet::new());
    let mut inside = false;
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("<!-- keys of ").and_then(|rest| rest.strip_suffix(" -->")) {
            inside = true;
            named.insert(name.to_owned());
            let _ = write!(renewed, "{line}\n{}", table(&schema, name));
        } else if !inside || line == "<!-- end -->" {
            inside = false;
            let _ = writeln!(renewed, "{line}");
        }
    }
    let defined = schema["$defs"].as_object().unwrap().keys().cloned();
    let expected: BTreeSet<String> = defined.chain(["Root".to_owned()]).collect();
    assert_eq!(named, expected, "sections that docs/config.md has, and those of the schema");
    expect_file!["../../docs/config.md"].assert_eq(&renewed);
}

/// The keys that a configuration shows, commented out or not, by the kind of their section.
fn shown(toml: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut shown: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut kind = "Root".to_owned();
    for line in toml.lines() {
        let line = line.trim_start_matches(['#', ' ']);
        if let Some(head) = line.strip_prefix('[').and_then(|rest| rest.split([']', '.']).next()) {
            let head = head.trim_start_matches('[');
            let first: String = head.chars().take(1).flat_map(char::to_uppercase).collect();
            kind = first + &head[1..];
            continue;
        }
        let Some((key, _)) = line.split_once('=') else { continue };
        let key = key.trim();
        if !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') {
            shown.entry(kind.clone()).or_default().insert(key.to_owned());
        }
    }
    shown
}

#[test]
fn the_shipped_configuration_shows_every_key_and_no_other() {
    let schema = schema();
    let shown = shown(&fs::read_to_string(root().join("config/newswatch.toml")).unwrap());
    let mut wrong = Vec::new();
    for name in ["Root", "Poll", "Stories", "Retention", "Heartbeat", "Listen", "Stdout", "File", "Webhook", "Feed"] {
        let section = section(&schema, name);
        let there = shown.get(name).cloned().unwrap_or_default();
        let forms = |key: &str| [key.to_owned()].into_iter().chain(SOURCES.map(|end| format!("{key}{end}")));
        let tables = ["poll", "feed", "stories", "retention", "heartbeat", "listen", "stdout", "file", "webhook"];
        let keys =
            keys(&section).into_iter().map(|(key, _)| key).filter(|key| name != "Root" || !tables.contains(&&**key));
        let missing = keys.filter(|key| !forms(key).any(|form| there.contains(&form)));
        wrong.extend(missing.map(|key| format!("{name}: {key} is not shown")));
        let known = section["properties"].as_object().unwrap();
        let stale = there.iter().filter(|key| !known.contains_key(*key));
        wrong.extend(stale.map(|key| format!("{name}: {key} is no key")));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
