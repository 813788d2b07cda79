//! `backtest`: what watchlists would have alerted on what is stored.

use super::{Done, Place, drawn, rss};
use serde_json::Value;

/// Of each rule: alerts, new, gone.
fn counts(done: &Done) -> Vec<(String, [u64; 3])> {
    let rules = done.json()["rules"].as_array().unwrap().clone();
    let count = |rule: &Value, key: &str| rule[key].as_u64().unwrap();
    let row = |rule: &Value| {
        let name = format!("{}/{}", rule["watchlist"].as_str().unwrap(), rule["rule"].as_str().unwrap());
        (name, ["alerts", "new", "gone"].map(|key| count(rule, key)))
    };
    rules.iter().map(row).collect()
}

#[track_caller]
fn expect(done: &Done, rows: &[(&str, [u64; 3])]) {
    let rows: Vec<(String, [u64; 3])> = rows.iter().map(|(rule, counts)| ((*rule).to_owned(), *counts)).collect();
    assert_eq!(counts(done), rows, "{done:?}");
}

#[test]
fn the_same_watchlists_would_have_fired_the_same() {
    let place = Place::new();
    place.write("watchlists/words.toml", "keywords = [\"MI6\", \"cathedral\", \"unseen\"]");
    place.expect(0, &["run", "--once"]);
    let done = place.expect(0, &["backtest", "--json"]);
    expect(&done, &[("poisons/poison", [1, 0, 0]), ("poisons/spies", [1, 0, 0]), ("words/any", [2, 0, 0])]);
    let found = done.json();
    assert_eq!(found["items"], 2);
    let days = found["days"].as_array().unwrap().len();
    assert_eq!(days, 8, "seven days and what is left of the first");
    for rule in found["rules"].as_array().unwrap() {
        let by_day: Vec<u64> = rule["by_day"].as_array().unwrap().iter().map(|day| day.as_u64().unwrap()).collect();
        assert_eq!((by_day.len(), by_day.iter().sum::<u64>()), (days, rule["alerts"].as_u64().unwrap()));
    }
    let sample = &found["rules"][1]["samples"]["alerts"][0];
    let shown = ["title", "feed", "field", "text", "link"].map(|key| sample[key].as_str().unwrap());
    assert_eq!(shown, ["MI6 warns of Novichok", "local", "title", "MI6", "https://example.org/1"]);
}

/// The watchlist `poisons`, edited: one rule finds more, one finds nothing, one is gone.
const EDITED: &str = "\
name = \"poisons\"
[[rule]]
id = \"poison\"
when = 'novichok OR cathedral'
[[rule]]
id = \"silent\"
when = 'polonium'
";

#[test]
fn an_edited_watchlist_tells_what_is_new_and_what_is_gone() {
    let place = Place::new();
    place.expect(0, &["run", "--once"]);
    place.write("drafts/other-name.toml", EDITED);
    let rows = [("poisons/poison", [2, 1, 0]), ("poisons/silent", [0, 0, 0]), ("poisons/spies", [0, 0, 1])];
    let done = place.expect(0, &["backtest", "--watchlist", "drafts/other-name.toml", "--json"]);
    expect(&done, &rows);
    let rules = done.json()["rules"].clone();
    assert_eq!(rules[0]["samples"]["new"][0]["title"], "Cathedral reopens");
    assert_eq!(rules[2]["samples"]["gone"][0]["title"], "MI6 warns of Novichok");
    assert_eq!((&rules[0]["present"], &rules[2]["present"]), (&true.into(), &false.into()));
    // Nothing has changed: neither the state nor what `check` says.
    expect(&place.feed(&["backtest", "--watchlist", "-", "--json"], EDITED.as_bytes()), &rows);
    // In its place.
    place.write("watchlists/poisons.toml", EDITED);
    expect(&place.expect(0, &["backtest", "--json"]), &rows);
    expect(&place.expect(0, &["backtest", "--watchlist", "watchlists/poisons.toml", "--json"]), &rows);
}

#[test]
fn a_person_sees_a_chart_and_samples_in_eighty_columns() {
    let place = Place::new();
    place.expect(0, &["run", "--once"]);
    place.write("drafts/poisons.toml", EDITED);
    let done = place.expect(0, &["backtest", "--watchlist", "drafts/poisons.toml"]);
    for (line, parts) in [
        ("  poison ", &["2", "1", "0", "█ max 2"][..]),
        ("  spies (no more)", &["0", "0", "1"]),
        ("new in poisons / poison", &[]),
        ("gone in poisons / spies", &[]),
    ] {
        let found = done.out.lines().find(|it| it.starts_with(line)).unwrap_or_else(|| panic!("{line}: {}", done.out));
        assert!(parts.iter().all(|part| found.contains(part)), "{found}");
    }
    assert!(done.out.contains("[Cathedral] reopens (local)"), "{}", done.out);
    assert!(done.out.contains("[MI6] warns of Novichok (local)"), "{}", done.out);
    let widest = done.out.lines().map(|line| line.chars().count()).max().unwrap();
    assert!(widest <= 80, "{widest}: {}", done.out);
    // What a rule finds in a text is shown with the words around it.
    place.write("feed.xml", &rss(&[("3", "Long day</title><description>Then came the Novichok</description><title>")]));
    place.expect(0, &["run", "--once"]);
    assert!(place.expect(0, &["backtest"]).out.contains("body: Then came the [Novichok]"));
}

#[test]
fn a_story_is_one_alert_here_too() {
    let place = Place::new();
    let feeds = "[[feed]]\nurl = \"other.xml\"\nname = \"other\"\n";
    place.write("newswatch.toml", &format!("{}{feeds}", super::MAIN));
    place.write("other.xml", &rss(&[("1", "The spies of MI6 speak of Novichok")]));
    place.expect(0, &["run", "--once"]);
    expect(&place.expect(0, &["backtest", "--json"]), &[("poisons/poison", [1, 0, 0]), ("poisons/spies", [1, 0, 0])]);
    // Now the copy of one feed fires only, whichever came first: the story was told before.
    place.write("drafts/poisons.toml", "[[rule]]\nid = \"poison\"\nwhen = 'speak AND novichok'\n");
    let done = place.expect(0, &["backtest", "--watchlist", "drafts/poisons.toml", "--json"]);
    assert_eq!(done.json()["rules"][0]["new"], 0, "{done:?}");
}

#[test]
fn what_a_feed_held_already_counts_on_its_day_and_is_nothing_new() {
    let place = Place::new();
    let config = super::MAIN.replace("first_poll = \"all\"", "first_poll = \"recent\"");
    place.write("newswatch.toml", &config);
    place.write("feed.xml", &aged(&[("1", "Novichok in May", 3), ("2", "Novichok long ago", 40)]));
    place.expect(0, &["run", "--once"]);
    assert!(place.expect(0, &["alerts", "--json"]).out.is_empty());
    let done = place.expect(0, &["backtest", "--json"]);
    expect(&done, &[("poisons/poison", [1, 0, 0]), ("poisons/spies", [0, 0, 0])]);
    assert_eq!(done.json()["items"], 1);
    let by_day = done.json()["rules"][0]["by_day"].as_array().unwrap().clone();
    assert_eq!(by_day[by_day.len() - 4], 1, "{by_day:?}");
}

#[test]
fn a_text_that_has_changed_since_is_judged_as_it_was_alerted() {
    let place = Place::new();
    place.expect(0, &["run", "--once"]);
    place.write("feed.xml", &rss(&[("1", "Corrected: nothing happened"), ("2", "Cathedral reopens")]));
    place.expect(0, &["run", "--once"]);
    // The latest text fires nothing, and yet nothing is gone: on the text of then it still fires.
    expect(&place.expect(0, &["backtest", "--json"]), &[("poisons/poison", [0, 0, 0]), ("poisons/spies", [0, 0, 0])]);
}

#[test]
fn an_alert_counts_once_however_many_of_its_rules_fire() {
    let place = Place::new();
    place.expect(0, &["run", "--once"]);
    let totals = |arguments: &[&str]| {
        let found = place.expect(0, arguments).json();
        ["alerts", "new", "gone", "fired"].map(|key| found[key].as_u64().unwrap())
    };
    let done = place.expect(0, &["backtest", "--json"]);
    expect(&done, &[("poisons/poison", [1, 0, 0]), ("poisons/spies", [1, 0, 0])]);
    assert_eq!(totals(&["backtest", "--json"]), [1, 0, 0, 1]);
    let said = place.expect(0, &["backtest"]).out;
    assert!(said.starts_with("2 items with 1 kB of text, "), "{said}");
    assert!(said.lines().take(2).collect::<String>().contains(": 1 alert, 0 new, 0 gone"), "{said}");
    // One of its rules is gone, the alert is not; both on other news are one that is new.
    let draft = |poison: &str, spies: &str| {
        let rule = |id: &str, when: &str| format!("[[rule]]\nid = \"{id}\"\nwhen = '{when}'\n");
        place.write("drafts/poisons.toml", &(rule("poison", poison) + &rule("spies", spies)));
        totals(&["backtest", "--watchlist", "drafts/poisons.toml", "--json"])
    };
    assert_eq!(draft("novichok", "polonium"), [1, 0, 0, 1]);
    assert_eq!(draft("cathedral", "reopens"), [1, 1, 1, 1]);
    assert_eq!(draft("novichok OR cathedral", "warns OR reopens"), [2, 1, 0, 1]);
}

/// `days` before now, as RSS has it.
fn dated(days: i64) -> String {
    let time = newswatch::daemon::clock::now() - jiff::SignedDuration::from_hours(24 * days);
    jiff::tz::TimeZone::UTC.to_datetime(time).strftime("%a, %d %b %Y %H:%M:%S +0000").to_string()
}

/// A feed of items that are so many days old.
fn aged(items: &[(&str, &str, i64)]) -> String {
    let item = |(guid, title, days): &(&str, &str, i64)| {
        format!("<item><guid>{guid}</guid><title>{title}</title><pubDate>{}</pubDate></item>", dated(*days))
    };
    let items: String = items.iter().map(item).collect();
    format!("<rss version=\"2.0\"><channel><title>Local</title>{items}</channel></rss>")
}

#[test]
fn samples_are_those_with_the_latest_dates() {
    let place = Place::new();
    // Not in the order of their dates, neither way; each a story of its own.
    let titles = ["Rain", "Wheat", "Chess", "Opera", "Tides", "Glass", "Maple"];
    let days = [6, 2, 4, 1, 3, 5, 0];
    let titles = titles.map(|title| format!("Novichok {title}"));
    let items: Vec<_> = titles.iter().zip(days).map(|(title, days)| (title.as_str(), title.as_str(), days)).collect();
    place.write("feed.xml", &aged(&items));
    place.expect(0, &["run", "--once"]);
    let rule = place.expect(0, &["backtest", "--since", "8d", "--json"]).json()["rules"][0].clone();
    assert_eq!(rule["alerts"], 7, "{rule:#}");
    let shown = rule["samples"]["alerts"].as_array().unwrap();
    let shown: Vec<&str> = shown.iter().map(|sample| sample["title"].as_str().unwrap()).collect();
    let latest = ["Maple", "Opera", "Wheat", "Tides", "Chess"].map(|title| format!("Novichok {title}"));
    assert_eq!(shown, latest);
    let said = place.expect(0, &["backtest", "--since", "8d"]).out;
    let at = |title: &str| said.find(title);
    assert!(said.contains("(the latest 3 of 7)"), "{said}");
    assert!(at("Maple").is_some() && at("Maple") < at("Opera") && at("Opera") < at("Wheat"), "{said}");
    assert_eq!(at("Tides"), None, "{said}");
}

#[test]
fn what_fired_is_counted_on_the_same_items() {
    let place = Place::new();
    // Alerts now, on an item that is dated before the time that is asked for.
    place.write("feed.xml", &aged(&[("1", "Novichok in May", 3), ("2", "Novichok long ago", 20)]));
    place.expect(0, &["run", "--once"]);
    let totals = |since: &str| {
        let found = place.expect(0, &["backtest", "--since", since, "--json"]).json();
        let rule = &found["rules"][0];
        let counts = |of: &Value| ["alerts", "new", "gone", "fired"].map(|key| of[key].as_u64().unwrap());
        assert_eq!(counts(&found), counts(rule), "one rule fires alone: {found:#}");
        counts(rule)
    };
    assert_eq!(totals("25d"), [2, 0, 0, 2]);
    assert_eq!(totals("7d"), [1, 0, 0, 1]);
    assert_eq!(totals("1d"), [0, 0, 0, 0]);
    place.write("watchlists/poisons.toml", "[[rule]]\nid = \"poison\"\nwhen = 'polonium'\n");
    assert_eq!(totals("25d"), [0, 0, 2, 2]);
    assert_eq!(totals("7d"), [0, 0, 1, 1]);
}

#[test]
fn libraries_serve_the_others() {
    let place = Place::new();
    place.write(
        "watchlists/names.toml",
        "library = true\n[[entity]]\nid = \"c\"\ntype = \"place\"\nnames = [\"Minster\"]\n",
    );
    place.write("watchlists/places.toml", "[[rule]]\nid = \"church\"\nwhen = '@c'\n");
    place.expect(0, &["run", "--once"]);
    place.write(
        "drafts/names.toml",
        "library = true\n[[entity]]\nid = \"c\"\ntype = \"place\"\nnames = [\"Cathedral\"]\n",
    );
    let done = place.expect(0, &["backtest", "--watchlist", "drafts/names.toml", "--json"]);
    let rows = [("places/church", [1, 1, 0]), ("poisons/poison", [1, 0, 0]), ("poisons/spies", [1, 0, 0])];
    expect(&done, &rows);
    assert!(done.out.contains("names is a library"), "{}", done.out);
}

#[test]
fn what_cannot_be_tested_is_said() {
    let place = Place::new();
    // Before any daemon ran.
    let done = place.expect(0, &["backtest", "--json"]);
    expect(&done, &[("poisons/poison", [0, 0, 0]), ("poisons/spies", [0, 0, 0])]);
    assert_eq!(done.json()["items"], 0);
    let said = place.expect(0, &["backtest"]);
    assert!(said.err.contains("nothing is stored yet") && said.out.contains("0 items"), "{said:?}");
    assert!(!place.path("state").exists(), "a command that reads makes nothing");
    place.expect(0, &["run", "--once"]);
    // Beyond what is kept.
    let said = place.expect(0, &["backtest", "--since", "60d"]);
    assert!(said.err.contains("texts are kept for 30d (retention.items)"), "{}", said.err);
    let said = place.expect(0, &["backtest", "--since", "2999-01-01"]);
    assert!(said.err.contains("no item came in that time"), "{}", said.err);
    // A watchlist with a mistake, at its place.
    place.write("drafts/poisons.toml", "[[rule]]\nid = \"a\"\nwhen = 'novichok AND OR x'\n");
    let said = place.expect(78, &["backtest", "--watchlist", "drafts/poisons.toml"]);
    assert!(said.err.contains("drafts/poisons.toml:3:22:") && said.err.contains('^'), "{}", said.err);
    // What is no watchlist, or is not there, or is new.
    let said = place.expect(78, &["backtest", "--watchlist", "newswatch.toml"]);
    assert!(said.err.contains("newswatch.toml:1:1: this is a configuration, not a watchlist"), "{}", said.err);
    place.expect(74, &["backtest", "--watchlist", "drafts/missing.toml"]);
    place.expect(64, &["backtest", "--since", "soon"]);
    place.write("drafts/fresh.toml", "keywords = [\"cathedral\"]\n");
    let said = place.expect(0, &["backtest", "--watchlist", "drafts/fresh.toml"]);
    assert!(said.err.contains("no watchlist is called fresh"), "{}", said.err);
    // One that is broken in its place does not stand in the way of its mending.
    place.write("watchlists/poisons.toml", "[[rule]]\nid = \"poison\"\nwhne = 'novichok'\n");
    place.write("drafts/poisons.toml", EDITED);
    place.expect(78, &["backtest"]);
    let done = place.expect(0, &["backtest", "--watchlist", "drafts/poisons.toml", "--json"]);
    assert_eq!(counts(&done)[0], ("poisons/poison".to_owned(), [2, 1, 0]));
}

#[test]
fn a_terminal_gets_a_bar() {
    let place = Place::new();
    place.expect(0, &["run", "--once"]);
    let shown = drawn(&place, &["backtest"]);
    assert!(shown.contains("/1 items"), "{shown:?}");
    let after = shown.rsplit_once(" items").unwrap().1;
    assert!(after.contains("\u{1b}[2K"), "the bar is cleared: {after:?}");
    assert_eq!(drawn(&place, &["backtest", "-q"]), "");
    let lines = drawn(&place, &["backtest", "--log-format", "json"]);
    assert!(!lines.contains('\u{1b}'), "nothing is drawn among objects: {lines:?}");
}
