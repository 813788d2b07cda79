//! `check`, `match` and `fetch`: the documents that programs read.

use crate::home::{Home, rss};
use crate::support::{Reply, Server};
use serde_json::Value;

fn keys(value: &Value) -> Vec<&str> {
    let mut keys: Vec<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}

#[tokio::test]
async fn check_gives_every_error_with_its_place() {
    let home = Home::new("[[feed]]\nurl = 3\n");
    home.write("watchlists/words.toml", "keywords = [\"\"]\n");
    let output = home.run(&["check", "--json"]).await;
    assert_eq!(output.status.code(), Some(78));
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(keys(&found), ["errors", "warnings"]);
    let errors = found["errors"].as_array().unwrap();
    assert_eq!(errors.len(), 2, "{found}");
    for error in errors {
        assert_eq!(keys(error), ["column", "file", "help", "line", "message"]);
    }
    let place = |error: &Value| (error["line"].as_u64().unwrap(), error["column"].as_u64().unwrap());
    assert_eq!(errors.iter().map(place).collect::<Vec<_>>(), [(5, 7), (1, 13)]);
}

#[tokio::test]
async fn a_failed_test_is_1_and_stands_among_the_errors() {
    let home = Home::new("");
    home.write(
        "watchlists/words.toml",
        "keywords = [\"sabotage\"]\n[[test]]\ntitle = \"A quiet day\"\nmatches = [\"sabotage\"]\n",
    );
    let output = home.run(&["check", "--json"]).await;
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(found["errors"].as_array().unwrap().len(), 1, "{found}");
    assert_eq!(output.status.code(), Some(1), "{found}");
}

#[tokio::test]
async fn warnings_alone_are_fine_unless_denied() {
    let home = Home::new("[file.none]\npath = \"none.jsonl\"\nwatchlists = [\"nothing-*\"]\n");
    let output = home.run(&["check", "--json"]).await;
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_ne!(found["warnings"].as_array().unwrap().len(), 0, "{found}");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(home.run(&["check", "--deny-warnings"]).await.status.code(), Some(1));
}

#[tokio::test]
async fn match_prints_an_object_an_item() {
    let home = Home::new("");
    let found = home.json(&["match", "--json", "--title", "Sabotage & more", "--text", "Plain <b>text</b>"]).await;
    assert_eq!(keys(&found), ["alerts", "item"]);
    assert_eq!(found["item"]["title"], "Sabotage & more");
    assert_eq!(found["item"]["text"], "Plain <b>text</b>");
    let alert = &found["alerts"][0];
    assert_eq!(keys(alert), ["feed", "item", "matches", "rules", "severity", "story", "test", "watchlist"]);
    let hit = &alert["matches"][0];
    assert_eq!((&hit["field"], &hit["start"], &hit["end"]), (&"title".into(), &0.into(), &8.into()));

    let output = home.run(&["match", "--json", "--text", "a quiet day"]).await;
    assert_eq!(output.status.code(), Some(1), "nothing fires");
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(found["alerts"], serde_json::json!([]));

    home.write("feed.xml", rss(1, 3));
    let file = home.path("feed.xml");
    let output = home.run(&["match", "--json", file.to_str().unwrap()]).await;
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8(output.stdout).unwrap().lines().count(), 3);
}

#[tokio::test]
async fn fetch_prints_the_feed_and_how_it_came() {
    let server = Server::start(|request| match request.target.as_str() {
        "/old" => Reply::status(301).header("location", "/feed"),
        "/feed" => Reply::status(200).header("etag", "\"1\"").body(rss(1, 2)),
        _ => Reply::status(404),
    })
    .await;
    let home = Home::new("");
    let found = home.json(&["fetch", "--json", &server.url("/old")]).await;
    assert_eq!(keys(&found), ["feed", "items", "repairs", "trace"]);
    assert_eq!(keys(&found["feed"]), ["format", "link", "title"]);
    assert_eq!(found["feed"]["format"], "rss");
    let items = found["items"].as_array().unwrap();
    assert_eq!(items.len(), 2);
    let wanted = ["authors", "categories", "id", "link", "published", "summary", "text", "title", "updated"];
    assert_eq!(keys(&items[0]), wanted);
    assert_eq!(items[0]["id"], "g1");
    let output = home.run(&["fetch", "--json", &server.url("/none")]).await;
    assert_eq!(output.status.code(), Some(74));
    assert!(String::from_utf8_lossy(&output.stderr).contains("404"), "{output:?}");
}
