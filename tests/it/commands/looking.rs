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
    let url = url::Url::from_file_path(place.path("one.xml")).unwrap();
    check_feed(&place.expect(0, &["fetch", "--json", url.as_str()]).json());
    place.expect(64, &["fetch", "file://elsewhere.example/one.xml"]);
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

#[tokio::test(flavor = "multi_thread")]
async fn fetch_finds_the_feeds_of_a_page() {
    let place = Place::new();
    let page = "<!DOCTYPE html>\n<HTML lang=en><head><meta charset=utf-8><base href='/news/'><title>The News</title>\
        <link rel=stylesheet type=text/css href=/style.css>\
        <link rel='alternate' type='application/rss+xml' title='All &amp; more' href='all.xml?a=1&amp;b=2'>\
        <LINK TITLE=World HREF=//world.example/atom TYPE='application/atom+xml; charset=utf-8' REL='ALTERNATE home'>\
        <link rel=alternate hreflang=de href=/de/><link rel=alternate type=application/rss+xml href='all.xml?a=1&b=2'>\
        <!-- <link rel=alternate type=application/rss+xml href=/comment.xml> -->\
        </head><body><p>Ten thousand words<link rel=alternate type=application/feed+json href=https://j.example/feed></body></html>";
    let server = Server::start(move |request| match request.target.as_str() {
        "/" => Reply::status(301).header("location", "/home"),
        _ => Reply::status(200).header("content-type", "text/html; charset=utf-8").body(page),
    })
    .await;
    let feeds = [
        server.url("/news/all.xml?a=1&b=2"),
        "http://world.example/atom".to_owned(),
        "https://j.example/feed".to_owned(),
    ];
    let found = place.expect(74, &["fetch", "--json", &server.url("/")]).json();
    assert_eq!(found["feeds"], serde_json::json!(feeds));
    assert_eq!(found["error"], "it is an HTML page that names 3 feeds");
    let shown = place.expect(74, &["fetch", &server.url("/")]);
    let expect = format!(
        "error: nothing could be read as a feed: it is an HTML page that names 3 feeds\n  help: use one of these URLs instead:\n    {}\n",
        feeds.join("\n    ")
    );
    assert!(shown.err.ends_with(&expect) && shown.out.is_empty(), "{shown:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn fetch_shows_the_whole_way() {
    let place = Place::new();
    let feed = "<rss><channel><title>T</title><ttl>90</ttl><skipHours><hour>1</hour></skipHours><item><title>A & B</title></item></channel></rss>";
    let server = Server::start(move |request| match request.target.as_str() {
        "/old" => Reply::status(301).header("location", "/new"),
        _ => Reply::status(200).header("etag", "\"\u{9b}31m1\"").header("cache-control", "max-age=7200").body(feed),
    })
    .await;
    let shown = place.expect(0, &["fetch", &server.url("/old")]).out;
    let address = server.url("").replace("http://", "");
    let mut rest = shown.as_str();
    for part in [
        &format!("GET {}\n  > accept: ", server.url("/old")),
        "\n  > a-im: feed\n  > user-agent: newswatch/",
        &format!("\n  < 301 HTTP/1.1 from {address}, "),
        &format!("\nGET {}\n  < 200 HTTP/1.1 from {address}, ", server.url("/new")),
        "\n  < etag: \"\\x9b31m1\"\n",
        "  < cache-control: max-age=7200\n",
        "caching     no validators known: asked for the whole document\n",
        "freshness   fresh for 2h 0m\n",
        "validators  etag \"\\x9b31m1\", last-modified -\n",
        &format!("body        {} bytes, {} decoded, ", feed.len(), feed.len()),
        "charset     UTF-8 ",
        "pace        wants 1h 30m between two polls, skips 1 hour of the day\n",
        "repaired    bare_ampersand, 1 time\n",
        "\nT\n  rss, 1 item\n\n  A & B\n  no date\n",
    ] {
        let at = rest.find(part).unwrap_or_else(|| panic!("{part:?} does not come next:\n{shown}"));
        rest = &rest[at + part.len()..];
    }
    assert!(shown.lines().all(|line| line.chars().count() <= 80), "{shown}");
    let found = place.expect(0, &["fetch", "--json", &server.url("/old")]).json();
    let steps: Vec<&Value> = found["trace"].as_array().unwrap().iter().map(|step| &step["step"]).collect();
    assert_eq!(steps, ["request", "request", "caching", "freshness", "validators", "body", "charset", "pace"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_health_of_feeds_fits_80_columns() {
    use unicode_width::UnicodeWidthStr as _;
    let place = Place::new();
    let server = Server::start(|request| match request.target.as_str() {
        "/absent" => Reply::status(404),
        _ => Reply::status(200).body(rss(&[("1", "One"), ("2", "Two")])),
    })
    .await;
    let feeds = [
        ("/absent", "an absent one", ""),
        ("/wide", "日本語のとても長いフィードの名前です 世界のニュース", ""),
        ("/long", "a-name-that-is-much-too-long-for-the-column-that-it-stands-in", ""),
        ("/slow", "slow", "interval = \"400d\"\n"),
        ("/off", "off", "enabled = false\n"),
    ];
    let feeds =
        feeds.map(|(path, name, more)| format!("[[feed]]\nurl = {:?}\nname = {name:?}\n{more}", server.url(path)));
    let main = super::MAIN.replace("[poll]\n", "[poll]\nhost_gap = \"0s\"\n");
    place.write("newswatch.toml", &format!("{main}{}", feeds.concat()));
    for _ in 0..2 {
        place.expect(0, &["run", "--once"]);
    }
    let shown = place.expect(0, &["feeds"]);
    let rows: Vec<Vec<&str>> = shown.out.lines().map(|line| line.split_whitespace().collect()).collect();
    assert!(shown.out.lines().all(|line| line.width() <= 80), "{}", shown.out);
    assert_eq!(rows[0], ["FEED", "STATE", "LAST", "OK", "NEXT", "EVERY", "FAILS", "ITEMS/D"]);
    let row = |name: &str| rows.iter().find(|row| row[0].starts_with(name)).unwrap().clone();
    // `ago` and `in` stand beside their spans; items are averaged over a week.
    assert_eq!(row("local")[1..2], ["ok"]);
    assert_eq!(row("local").last(), Some(&"0.3"));
    let absent = row("an");
    assert_eq!((absent[3], absent[4], absent[8], absent[9]), ("failing", "-", "2", "0.0"));
    assert_eq!(row("off")[1..], ["disabled", "-", "-", "-", "0", "0.0"]);
    let reason = shown.out.lines().find(|line| line.contains("404")).unwrap();
    assert!(reason.starts_with("  for ") && reason.contains("check the URL"), "{reason}");
    assert_eq!(shown.err, "6 feeds: 4 ok, 1 failing, 1 disabled\n");
    assert_eq!(place.expect(0, &["-q", "feeds"]).err, "");
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
    let commands = [
        "run",
        "status",
        "check",
        "match",
        "fetch",
        "backtest",
        "alerts",
        "feeds",
        "reload",
        "schema",
        "completions",
        "man",
    ];
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
