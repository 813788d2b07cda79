//! `fetch`, `schema`, `completions`, `man`, `help`, and how bad usage ends.

use super::{Place, rss};
use crate::support::{Reply, Server};
use serde_json::Value;

/// What `fetch --json` says of a feed.
fn check_feed(found: &Value) {
    let members: Vec<&String> = found.as_object().unwrap().keys().collect();
    assert_eq!(members, ["feed", "items", "repairs", "trace"]);
    let feed = serde_json::json!({ "title": "Local", "link": "https://example.org/", "format": "rss" });
    assert_eq!(found["feed"], feed);
    let item = &found["items"][0];
    let members: Vec<&String> = item.as_object().unwrap().keys().collect();
    let wanted = ["id", "title", "link", "published", "updated", "authors", "categories", "summary", "text"];
    assert_eq!(members, wanted);
    assert_eq!((&item["id"], &item["title"]), (&"1".into(), &"One".into()));
    assert!(!found["trace"].as_array().unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn fetch_reads_urls_files_and_standard_input() {
    let place = Place::new();
    let feed = rss(&[("1", "One")]);
    place.write("one.xml", &feed);
    let server = Server::replies(vec![Reply::status(200).header("etag", "\"v1\"").body(feed.clone())]).await;

    let found = place.expect(0, &["fetch", "--json", &server.url("/rss")]).json();
    check_feed(&found);
    let request = found["trace"].as_array().unwrap().iter().find(|step| step["step"] == "request").unwrap();
    assert_eq!((&request["status"], &request["url"]), (&200.into(), &server.url("/rss").into()));
    check_feed(&place.expect(0, &["fetch", "--json", "one.xml"]).json());
    check_feed(&place.feed(&["fetch", "--json", "-"], feed.as_bytes()).json());
    assert!(place.expect(0, &["fetch", "one.xml"]).out.contains("One"));
}

#[tokio::test(flavor = "multi_thread")]
async fn fetch_says_why_nothing_was_read() {
    let place = Place::new();
    let server = Server::replies(vec![Reply::status(404)]).await;
    place.write("garbage.xml", "no feed at all");
    place.expect(74, &["fetch", "garbage.xml"]);
    assert_eq!(place.expect(74, &["fetch", "garbage.xml", "--json"]).json()["feed"], Value::Null);
    place.expect(74, &["fetch", "absent.xml"]);
    let refused = place.expect(74, &["fetch", &server.url("/")]);
    assert!(refused.err.contains("404"), "{refused:#?}");

    let page = "<!doctype html><html><head><title>News</title>\
                <link rel=\"alternate\" type=\"application/rss+xml\" href=\"/all/rss.xml\"></head></html>";
    place.write("page.html", page);
    let page = place.expect(74, &["fetch", "page.html"]);
    assert!(page.err.contains("/all/rss.xml"), "{page:#?}");
}

#[test]
fn fetch_and_schema_need_no_configuration() {
    let place = Place::new();
    for arguments in [&["fetch", "feed.xml"][..], &["schema", "alert"], &["completions", "bash"], &["man"]] {
        let mut command = place.command(arguments);
        let done = super::finish(command.env("NEWSWATCH_CONFIG", "absent.toml"));
        assert_eq!(done.status, 0, "{arguments:?}: {done:#?}");
    }
}

#[test]
fn without_a_configuration_it_says_so() {
    let place = Place::new();
    std::fs::remove_file(place.path("newswatch.toml")).unwrap();
    for command in ["run", "status", "check", "alerts", "feeds", "reload"] {
        let done = place.expect(78, &[command]);
        assert!(done.err.contains("newswatch.toml") && done.out.is_empty(), "{command}: {done:#?}");
    }
}

#[test]
fn bad_usage_is_64() {
    let place = Place::new();
    let bad: [&[&str]; 10] = [
        &[],
        &["frobnicate"],
        &["run", "--twice"],
        &["match"],
        &["match", "a.txt", "--text", "b"],
        &["fetch"],
        &["alerts", "--since", "yesterday-ish"],
        &["alerts", "-n", "many"],
        &["schema", "weather"],
        &["completions", "tcl"],
    ];
    for arguments in bad {
        let done = place.expect(64, arguments);
        assert!(done.out.is_empty() && !done.err.is_empty(), "{arguments:?}: {done:#?}");
    }
}

#[test]
fn help_stands_on_stdout() {
    let place = Place::new();
    let commands =
        ["run", "status", "check", "match", "fetch", "alerts", "feeds", "reload", "schema", "completions", "man"];
    let help = place.expect(0, &["--help"]).out;
    for command in commands {
        assert!(help.contains(&format!("\n  {command} ")), "{command} is not in the help:\n{help}");
        let own = place.expect(0, &[command, "--help"]);
        assert!(own.out.contains("Usage: newswatch"), "{command}: {own:#?}");
        assert_eq!(own.out.lines().find(|line| line.chars().count() > 80), None, "over 80 columns");
    }
    assert_eq!(place.expect(0, &["--version"]).out, concat!("newswatch ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[test]
fn schemas_are_schemas() {
    let place = Place::new();
    for document in ["config", "watchlist", "alert"] {
        let schema = place.expect(0, &["schema", document]).json();
        assert!(schema["$schema"].as_str().unwrap().contains("json-schema.org"), "{document}");
        assert!(schema["properties"].is_object(), "{document}: {schema:#}");
    }
}

#[test]
fn an_alert_conforms_to_its_schema() {
    let place = Place::new();
    place.expect(0, &["run", "--once"]);
    let schema = place.expect(0, &["schema", "alert"]).json();
    let text = super::read(&place.path("state/alerts.jsonl"));
    let alert: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<_> = validator.iter_errors(&alert).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:#?}");
}

#[test]
fn completions_and_manual_pages() {
    let place = Place::new();
    let script = place.expect(0, &["completions", "bash"]).out;
    assert!(script.contains("_newswatch()") && script.contains("--dry-run"));
    assert!(place.expect(0, &["man"]).out.contains(".TH newswatch 1"));
    std::fs::create_dir(place.path("man")).unwrap();
    place.expect(0, &["man", "--out", "man"]);
    assert!(place.path("man/newswatch.1").is_file() && place.path("man/newswatch-run.1").is_file());
    place.expect(74, &["man", "--out", "absent/man"]);
}
