//! Hostile text never reaches a terminal as it is; colours and closed pipes.

use super::{Done, Place, finish, rss};
use std::process::Stdio;

/// A title that clears the screen, a link by OSC 8, an override of direction, a C1 control.
const HOSTILE: &str = "Novichok \u{1b}[2J\u{1b}]8;;https://evil.example\u{7}x\u{1b}]8;;\u{7} \u{202e}cod.exe \u{9b}31m";

fn check_safe(what: &str, done: &Done) {
    let raw = |c: char| (c.is_control() && c != '\n') || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    for text in [&done.out, &done.err] {
        let found = text.chars().find(|c| raw(*c));
        assert_eq!(found, None, "{what}: {text:?}");
    }
}

#[test]
fn nothing_hostile_reaches_the_terminal() {
    let place = Place::new();
    // A feed cannot hold ESC as such; a lenient reader takes what comes.
    place.write("feed.xml", &rss(&[("1", HOSTILE)]));
    place.write("feed.json", &json_feed());
    let main = super::MAIN.replace("format = \"json\"", "format = \"pretty\"");
    place.write("newswatch.toml", &format!("{main}[[feed]]\nurl = \"feed.json\"\n"));
    let commands: [&[&str]; 13] = [
        &["fetch", "feed.json"],
        &["fetch", "feed.xml"],
        &["match", "feed.json"],
        &["match", "--title", HOSTILE],
        &["match", "--text", HOSTILE, "--author", HOSTILE],
        &["match", "--title", "Novichok", "--feed", HOSTILE],
        &["match", "--title", "Novichok", "--watchlist", HOSTILE],
        &["match", HOSTILE],
        &["fetch", HOSTILE],
        &["run", "--once", "--dry-run"],
        &["run", "--once"],
        &["alerts"],
        &["feeds"],
    ];
    for arguments in commands {
        let done = place.run(arguments);
        assert!(!done.out.is_empty() || !done.err.is_empty(), "{arguments:?}");
        check_safe(&format!("{arguments:?}"), &done);
    }
    check_safe("status", &place.expect(0, &["status"]));
    assert!(place.expect(0, &["alerts"]).out.contains("Novichok"), "the hostile item was not alerted on");
}

/// JSON can name every control character.
fn json_feed() -> String {
    let item = serde_json::json!({ "id": HOSTILE, "title": HOSTILE, "content_text": HOSTILE, "url": "https://example.org/h",
        "authors": [{ "name": HOSTILE }], "tags": [HOSTILE] });
    let feed = serde_json::json!({ "version": "https://jsonfeed.org/version/1.1", "title": HOSTILE, "items": [item] });
    feed.to_string()
}

#[test]
fn a_hostile_configuration_does_not_reach_the_terminal() {
    let place = Place::new();
    check_configuration(&place, &HOSTILE.replace('\u{9b}', ""));
}

#[test]
fn no_c1_control_of_a_configuration_reaches_the_terminal() {
    check_configuration(&Place::new(), HOSTILE);
}

fn check_configuration(place: &Place, hostile: &str) {
    place.write("watchlists/second.toml", &format!("[[rule]]\nid = \"x\"\nwhen = 'a AND ('  # {hostile}\n"));
    check_safe("check", &place.expect(78, &["check"]));
    check_safe("--config", &place.expect(78, &["--config", hostile, "check"]));
}

#[test]
fn what_is_no_terminal_gets_no_colour() {
    let place = Place::new();
    place.expect(0, &["run", "--once"]);
    for arguments in [&["alerts"][..], &["match", "--title", "Novichok"], &["check"], &["feeds"], &["status"]] {
        for no_color in ["", "1"] {
            let done = finish(place.command(arguments).env("NO_COLOR", no_color).env("TERM", "xterm-256color"));
            assert_eq!(done.status, 0, "{arguments:?}: {done:#?}");
            check_safe(&format!("{arguments:?}"), &done);
        }
    }
}

#[test]
fn a_closed_stdout_is_no_error() {
    let place = Place::new();
    place.expect(0, &["run", "--once"]);
    for arguments in
        [&["alerts"][..], &["alerts", "--json"], &["alerts", "--follow"], &["feeds"], &["schema", "config"]]
    {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = place.command(arguments);
        let child = command.stdout(writer).stderr(Stdio::piped()).spawn().unwrap();
        drop(command);
        let output = child.wait_with_output().unwrap();
        let err = String::from_utf8_lossy(&output.stderr);
        assert_eq!((output.status.code(), &*err), (Some(0), ""), "{arguments:?}");
    }
}
