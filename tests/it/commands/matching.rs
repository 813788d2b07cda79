//! `match`: folders of feed files, the filters of watchlists, and what it says of
//! that which nearly matched.

use super::{Done, Place, drawn, rss};
use rustix::fs::{CWD, FileType, Mode};
use std::os::unix::fs::symlink;

/// The titles of the items of `--json`, each with the number of its alerts.
fn titles(done: &Done) -> Vec<(String, usize)> {
    let title = |item: &serde_json::Value| {
        (item["item"]["title"].as_str().unwrap().to_owned(), item["alerts"].as_array().unwrap().len())
    };
    done.json_lines().iter().map(title).collect()
}

/// Three feeds below a folder, and what is none.
fn archive() -> Place {
    let place = Place::new();
    place.write("archive/b.xml", &rss(&[("1", "Novichok of b"), ("2", "Cathedral of b")]));
    place.write("archive/a/2.xml", &rss(&[("3", "Novichok of a")]));
    place.write("archive/a/10.xml", &rss(&[("4", "Cathedral of a")]));
    place.write("archive/a/.hidden.xml", &rss(&[("5", "Novichok, hidden")]));
    place.write("archive/.git/c.xml", &rss(&[("6", "Novichok, hidden")]));
    place.write("archive/notes.txt", "Novichok, but no feed");
    symlink("nowhere.xml", place.path("archive/gone.xml")).unwrap();
    symlink("..", place.path("archive/a/back")).unwrap();
    // Whoever opens it waits for ever.
    rustix::fs::mknodat(CWD, place.path("archive/pipe.xml"), FileType::Fifo, Mode::RWXU, 0).unwrap();
    place
}

#[test]
fn a_folder_is_matched_file_by_file_in_order() {
    let place = archive();
    let done = place.expect(0, &["match", "--json", "archive"]);
    let expect = [("Cathedral of a", 0), ("Novichok of a", 1), ("Novichok of b", 1), ("Cathedral of b", 0)];
    assert_eq!(titles(&done), expect.map(|(title, alerts)| (title.to_owned(), alerts)));
    let said: Vec<&str> = done.err.lines().collect();
    let [gone, notes, pipe, summary] = &*said else { panic!("{said:#?}") };
    assert!(gone.starts_with("skipped archive/gone.xml: No such file"), "{gone}");
    assert!(notes.starts_with("skipped archive/notes.txt: no feed was found"), "{notes}");
    assert_eq!(*pipe, "skipped archive/pipe.xml: it is no file");
    assert_eq!(*summary, "2 of 4 items fire in 3 files, 3 skipped");
    let link = place.path("archive/b.xml").canonicalize().unwrap().display().to_string();
    let url = done.json_lines()[2]["alerts"][0]["feed"]["url"].as_str().unwrap().to_owned();
    assert_eq!(url.strip_prefix("file://"), Some(&*link));
}

#[test]
fn of_a_folder_a_person_sees_what_fires_and_where() {
    let place = archive();
    let done = place.expect(0, &["match", "archive"]);
    let lines: Vec<&str> = done.out.lines().collect();
    let at =
        |text: &str| lines.iter().position(|line| line.contains(text)).unwrap_or_else(|| panic!("{text}: {done:#?}"));
    assert_eq!(lines[0], "archive/a/2.xml");
    assert!(at("[Novichok] of a") < at("archive/b.xml") && at("archive/b.xml") < at("[Novichok] of b"), "{done:#?}");
    assert!(!done.out.contains("Cathedral") && !done.out.contains("10.xml"), "{done:#?}");
    assert_eq!(place.expect(0, &["match", "-q", "archive"]).err, "");
}

/// Of a text that is found in several places, those are marked that count.
#[test]
fn what_counts_is_marked_and_nothing_else() {
    let place = Place::new();
    let term = "{ term = \"Moore\", except = [\"Roger Moore\"] }";
    place.write("watchlists/poisons.toml", &format!("keywords = [\"MI6\", {term}]\n"));
    let text = "- MI63 is not MI6, Moores, Roger Moore or Moore";
    let done = place.expect(0, &["match", "--text", text]);
    assert!(done.out.contains("- MI63 is not [MI6], Moores, Roger Moore or [Moore]"), "{done:#?}");
    // Far into a text, whose white space is folded where it is shown.
    let filler = "MI63 Roger Moore\n\n".repeat(30);
    let done = place.expect(0, &["match", "--text", &format!("{filler}MI6 and Moore MI63 Roger Moore")]);
    let shown = done.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(shown.contains("MI63 Roger Moore [MI6] and [Moore] MI63 Roger Moore"), "{done:#?}");
    assert_eq!(done.out.matches('[').count(), 2, "{done:#?}");
}

#[test]
fn a_folder_in_which_nothing_fires_is_1() {
    let place = archive();
    std::fs::create_dir(place.path("empty")).unwrap();
    assert_eq!(place.expect(1, &["match", "empty"]).err, "0 of 0 items fire in 0 files\n");
    assert_eq!(place.expect(1, &["match", "archive", "--watchlist", "poisons", "--title", "Quiet"]).out, "");
    assert_eq!(place.expect(74, &["match", "absent/"]).out, "");
}

#[test]
fn a_terminal_gets_a_bar() {
    let place = archive();
    let shown = drawn(&place, &["match", "archive"]);
    assert!(shown.contains("0/6") && shown.contains("2 of 4 items fire"), "{shown:?}");
    let after = shown.rsplit_once("/6").unwrap().1;
    assert!(after.contains("\u{1b}[2K"), "the bar is cleared: {after:?}");
    assert_eq!(drawn(&place, &["match", "-q", "archive"]), "");
    assert!(!drawn(&place, &["match", "--json", "feed.xml"]).contains('\u{1b}'), "one file needs no bar");
}

#[test]
fn hostile_names_and_texts_of_a_folder_stay_text() {
    let place = Place::new();
    let hostile = "Novichok \u{1b}[2J\u{7} \u{202e}cod.exe \u{9b}31m";
    place.write(&format!("archive/{hostile}/feed.xml"), &rss(&[("1", hostile), ("2", hostile)]));
    place.write(&format!("archive/{hostile}/text"), hostile);
    let folder = format!("archive/{hostile}");
    for arguments in [&["match", "archive"][..], &["match", &folder], &["match", "--json", "archive"]] {
        let done = place.expect(0, arguments);
        assert!(done.err.contains("skipped"), "{done:#?}");
        let raw = |c: char| (c.is_control() && c != '\n') || ('\u{202a}'..='\u{202e}').contains(&c);
        // JSON is for programs, and carries what was written.
        let shown = if arguments.contains(&"--json") { done.err } else { done.out + &done.err };
        assert_eq!(shown.find(raw), None, "{shown:?}");
    }
    let bar = drawn(&place, &["match", "archive"]);
    assert!(!bar.contains("\u{1b}[2J") && !bar.contains('\u{202e}'), "{bar:?}");
}

const FILTERED: &str = "\
name = \"filtered\"
feeds = [\"tag:world\", \"bbc-*\"]
languages = [\"fr\"]
[[rule]]
id = \"fire\"
when = 'incendie* AND author:Dupont'
";

fn filtered() -> Place {
    let place = Place::new();
    place.write("watchlists/filtered.toml", FILTERED);
    let main = super::MAIN.replace("name = \"local\"", "name = \"local\"\ntags = [\"world\"]");
    place.write("newswatch.toml", &main);
    place
}

#[test]
fn filters_pass_and_are_shown_unchecked_where_nothing_is_said() {
    let place = filtered();
    let text = ["match", "--text", "The incendies of the summer burn through the night and the day."];
    for (more, status, verdict) in [
        (&["--author", "Dupont"][..], 0, "filtered / fire: unchecked"),
        (&["--author", "Dupont", "--lang", "fr"], 0, "filtered / fire: unchecked"),
        (&["--author", "Dupont", "--lang", "fr-CA"], 0, "filtered / fire: unchecked"),
        (&["--author", "Dupont", "--lang", "en"], 1, "filtered / fire: false"),
        (&["--author", "Dupont", "--feed", "local", "--lang", "fr"], 0, "filtered / fire: true"),
        (&["--author", "Dupont", "--feed", "bbc-uk", "--lang", "fr"], 0, "filtered / fire: true"),
        (&["--author", "Dupont", "--feed", "cnn", "--lang", "fr"], 1, "filtered / fire: false"),
        // The language of an item of a feed is detected, as it is when that is polled.
        (&["--author", "Dupont", "--feed", "bbc-uk"], 1, "filtered / fire: false"),
        (&["--author", "Durand"], 1, "filtered / fire: false"),
    ] {
        let done = place.expect(status, &[&text[..], more].concat());
        assert!(done.out.contains(verdict), "{more:?}: {done:#?}");
    }
    let shown = place.expect(0, &[&text[..], &["--author", "Dupont"]].concat()).out;
    assert!(shown.contains("? feeds (no feed is given)"), "{shown}");
    assert!(shown.contains("? languages (the language is not known)"), "{shown}");
}

#[test]
fn what_a_feed_file_says_of_its_language_decides_nothing() {
    let place = filtered();
    let feed = rss(&[("1", "Incendie")]).replace("</title><link>https", "</title><language>en</language><link>https");
    place.write("feed.xml", &feed.replace("<guid>", "<author>Dupont</author><guid>"));
    assert_eq!(titles(&place.expect(0, &["match", "--json", "feed.xml"])), [("Incendie".to_owned(), 1)]);
    assert_eq!(
        titles(&place.expect(1, &["match", "--json", "feed.xml", "--feed", "local"])),
        [("Incendie".to_owned(), 0)]
    );
}

#[test]
fn a_feed_that_is_named_stands_in_the_alert() {
    let place = filtered();
    let done = place.expect(0, &["match", "--json", "--title", "Novichok", "--feed", "local"]);
    let feed = &done.json()["alerts"][0]["feed"];
    assert_eq!((&feed["name"], &feed["tags"]), (&"local".into(), &serde_json::json!(["world"])));
    let done = place.expect(0, &["match", "--json", "--title", "Novichok", "--feed", "unheard-of"]);
    assert_eq!(done.json()["alerts"][0]["feed"]["name"], "unheard-of");
    assert!(done.err.contains("no feed is called \"unheard-of\""), "{done:#?}");
}

const NEARLY: &str = "\
name = \"nearly\"
keywords = [\"Oreshnik\", \"missile\"]
[[entity]]
id = \"us\"
type = \"country\"
names = [\"US\", { term = \"SIS\", near = [\"spy\"] }, { term = \"Moore\", except = [\"Roger Moore\"] }]
";

#[test]
fn what_nearly_matched_is_named_with_its_reason() {
    let place = Place::new();
    place.write("watchlists/nearly.toml", NEARLY);
    for (text, expect) in [
        ("Oreshniks fly", "“Oreshnik” in body at word 1 is a part of a longer word, “Oreshniks”"),
        ("an anti‐missiles’ test", "“missile” in body at word 3 is a part of a longer word, “anti‐missiles”"),
        ("they told us", "“us” in body at word 3 differs in upper and lower case from “US”"),
        ("TELL US MORE", "“US” in body at word 2 stands among words in capitals, where “US” says nothing"),
        ("SIS is a system", "“SIS” in body at word 1 stands beside nothing that “SIS” needs"),
        ("Roger Moore", "“Moore” in body at word 2 is excepted from “Moore”"),
    ] {
        let done = place.expect(1, &["match", "--watchlist", "nearly", "--text", text]);
        assert!(done.out.starts_with("nothing fires\n\nnearly / any: false\n"), "{done:#?}");
        // The lines are broken to fit.
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words(&done.out).contains(&format!("(not found, but {expect})")), "{expect}\n{}", done.out);
    }
    let many = place.expect(1, &["match", "--watchlist", "nearly", "--text", &"missiles ".repeat(9)]);
    assert_eq!(many.out.matches("“missile”").count(), 1, "{many:#?}");
    assert!(many.out.contains("and 8 more"), "{many:#?}");
}

#[test]
fn an_explanation_fits_a_terminal() {
    let place = Place::new();
    let long =
        format!("[[rule]]\nid = \"long\"\nwhen = '''{}\n  OR novichok'''\n", "\"some words\" OR ".repeat(40) + "\n x");
    place.write("watchlists/long.toml", &long);
    let done = place.expect(0, &["match", "--watchlist", "long", "--text", &"Novichok and more words. ".repeat(20)]);
    assert_eq!(done.out.lines().find(|line| line.chars().count() > 80), None, "{}", done.out);
    assert!(done.out.contains("long / long: true") && !done.out.contains("\\n"), "{}", done.out);
}

#[test]
fn of_many_rules_those_are_explained_of_which_something_is_found() {
    let place = Place::new();
    let rule = |n| format!("[[rule]]\nid = \"r{n}\"\nwhen = 'word{n} AND other'\n");
    place.write("watchlists/many.toml", &(1..=20).map(rule).collect::<String>());
    let shown = place.expect(1, &["match", "--text", "Word7 and words8"]).out;
    assert!(shown.contains("many / r7: false") && !shown.contains("many / r8:"), "{shown}");
    assert!(shown.ends_with("and 21 rules of which nothing is found (--watchlist NAME shows them)\n"), "{shown}");
    let shown = place.expect(1, &["match", "--watchlist", "many", "--text", "Word7"]).out;
    assert!(shown.contains("many / r8: false") && !shown.contains("of which nothing"), "{shown}");
}
