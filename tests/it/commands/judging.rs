//! `check` and `match`.

use super::{Place, SECOND_WATCHLIST, WATCHLIST, rss};

#[test]
fn a_good_configuration_is_fine() {
    let place = Place::new();
    assert_eq!(place.expect(0, &["check"]).out, "");
    let json = place.expect(0, &["check", "--json"]).json();
    assert_eq!(json, serde_json::json!({ "errors": [], "warnings": [] }));
}

#[test]
fn check_names_every_error_at_once() {
    let place = Place::new();
    place.write("watchlists/second.toml", "[[rule]]\nid = \"x\"\nwhen = 'a AND ('\n");
    let main = super::MAIN.replace("[poll]", "[poll]\nintervall = \"5m\"");
    place.write("newswatch.toml", &main);

    let found = place.expect(78, &["check", "--json"]).json();
    let errors = found["errors"].as_array().unwrap();
    for (file, line) in [("newswatch.toml", 4), ("second.toml", 3)] {
        let here = |error: &&serde_json::Value| error["file"].as_str().unwrap().ends_with(file);
        let error = errors.iter().find(here).unwrap_or_else(|| panic!("nothing of {file}: {found:#}"));
        assert_eq!(error["line"], line, "{error:#}");
        let members: Vec<&String> = error.as_object().unwrap().keys().collect();
        assert_eq!(members, ["file", "line", "column", "message", "help"]);
        assert!(error["column"].as_u64().unwrap() >= 1);
        assert!(!error["message"].as_str().unwrap().is_empty());
    }
    assert_eq!(errors.len(), 2, "{found:#}");

    let people = place.expect(78, &["check"]);
    assert_eq!(people.out, "");
    for error in errors {
        let text = |key: &str| error[key].as_str().unwrap();
        let head = format!("error: {}:{}:{}: {}", text("file"), error["line"], error["column"], text("message"));
        assert!(people.err.contains(&head), "{head}\n{}", people.err);
    }
    assert!(people.err.contains('^'), "no caret: {}", people.err);
}

/// The watchlist with a test that fails in one point.
fn failing() -> String {
    WATCHLIST.replace("fires = [\"poison\"]", "fires = []")
}

#[test]
fn a_failed_test_is_an_error() {
    let place = Place::new();
    place.write("watchlists/poisons.toml", &failing());
    let found = place.expect(1, &["check", "--json"]).json();
    let [error] = &**found["errors"].as_array().unwrap() else { panic!("{found:#}") };
    assert!(error["file"].as_str().unwrap().ends_with("poisons.toml"), "{error:#}");
    assert!(error["line"].as_u64().unwrap() >= 13, "{error:#}");
    assert!(place.expect(1, &["check"]).err.contains("error: watchlists/poisons.toml:"));
}

#[test]
fn a_failed_test_stands_beside_other_errors() {
    let place = Place::new();
    place.write("watchlists/poisons.toml", &failing());
    place.write("watchlists/second.toml", "[[rule]]\nid = \"x\"\nwhen = 'a AND ('\n");
    let found = place.expect(78, &["check", "--json"]).json();
    assert_eq!(found["errors"].as_array().unwrap().len(), 2, "{found:#}");
}

#[test]
fn a_column_counts_characters() {
    let place = Place::new();
    place.write("watchlists/second.toml", "[[rule]]\nid = \"x\"\nwhen = 'Żółć AND )'\n");
    let found = place.expect(78, &["check", "--json"]).json();
    assert_eq!((&found["errors"][0]["line"], &found["errors"][0]["column"]), (&3.into(), &18.into()), "{found:#}");
}

#[test]
fn a_broad_term_is_a_warning() {
    let place = Place::new();
    place.write("watchlists/broad.toml", "[[rule]]\nid = \"x\"\nwhen = 'the'\n");
    let json = place.expect(0, &["check", "--json"]).json();
    assert_eq!(json["errors"], serde_json::json!([]));
    assert!(json["warnings"].to_string().contains("too broad"), "{json:#}");
    assert!(place.expect(0, &["check"]).err.contains("too broad"));
    place.expect(1, &["check", "--deny-warnings"]);
}

#[test]
fn a_text_that_fires_shows_its_spans() {
    let place = Place::new();
    let title = "Über MI6 and Novichok";
    let text = "„Novichok“, said MI6.";
    let done = place.expect(0, &["match", "--title", title, "--text", text, "--json"]);
    let [found] = &*done.json_lines() else { panic!("{done:?}") };
    assert_eq!((&found["item"]["title"], &found["item"]["text"]), (&title.into(), &text.into()));
    let [alert] = &**found["alerts"].as_array().unwrap() else { panic!("{found:#}") };
    assert_eq!(alert["watchlist"]["name"], "poisons");
    let matches = alert["matches"].as_array().unwrap();
    assert_eq!(matches.len(), 4, "{matches:#?}");
    for found in matches {
        let whole = if found["field"] == "title" { title } else { text };
        let at = |key: &str| usize::try_from(found[key].as_u64().unwrap()).unwrap();
        assert_eq!(found["text"], whole[at("start")..at("end")], "{found:#}");
    }
    let people = place.expect(0, &["match", "--title", title]);
    assert!(people.out.contains("poisons / poison: true"), "{people:#?}");
}

#[test]
fn match_takes_files_feeds_and_standard_input() {
    let place = Place::new();
    place.write("text.txt", "Nothing but Novichok");
    let check = |done: super::Done, status: i32, alerts: &[usize]| {
        let counts: Vec<usize> =
            done.json_lines().iter().map(|item| item["alerts"].as_array().unwrap().len()).collect();
        assert_eq!((done.status, &*counts), (status, alerts), "{done:#?}");
    };
    check(place.run(&["match", "--json", "text.txt"]), 0, &[1]);
    check(place.run(&["match", "--json", "feed.xml"]), 0, &[1, 0]);
    check(place.feed(&["match", "--json", "-"], b"Novichok"), 0, &[1]);
    check(place.feed(&["match", "--json", "-"], rss(&[("1", "Cathedral")]).as_bytes()), 1, &[0]);
    check(place.run(&["match", "--json", "--title", "Cathedral"]), 1, &[0]);
    place.expect(1, &["match", "--text", "Cathedral"]);
    assert_eq!(place.expect(74, &["match", "absent.txt"]).out, "");
}

#[test]
fn match_can_ask_one_watchlist() {
    let place = Place::new();
    place.write("watchlists/second.toml", SECOND_WATCHLIST);
    let title = "Novichok in Salisbury";
    for (watchlist, status) in [("poisons", 0), ("second", 0), ("absent", 64)] {
        let done = place.expect(status, &["match", "--json", "--title", title, "--watchlist", watchlist]);
        for alert in done.json_lines().iter().flat_map(|item| item["alerts"].as_array().unwrap()) {
            assert_eq!(alert["watchlist"]["name"], watchlist);
        }
    }
    let both = place.expect(0, &["match", "--json", "--title", title]).json();
    assert_eq!(both["alerts"].as_array().unwrap().len(), 2);
    place.expect(1, &["match", "--title", "Salisbury", "--watchlist", "poisons"]);
}
