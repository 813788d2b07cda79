//! `run`, and the commands that look at its state.

use super::{Place, Running, lines, read, rss};
use crate::support::LIMIT;
use serde_json::Value;
use std::process::Stdio;

#[test]
fn once_records_and_delivers() {
    let place = Place::new();
    let first = place.expect(0, &["run", "--once"]);
    assert_eq!(first.json_lines().len(), 1, "{first:#?}");
    let archive = read(&place.path("state/alerts.jsonl"));
    assert_eq!(archive, first.out);
    assert_eq!(place.expect(0, &["alerts", "--json"]).out, archive);
    // What was alerted is not alerted again.
    assert_eq!(place.expect(0, &["run", "--once"]).out, "");
    assert_eq!(read(&place.path("state/alerts.jsonl")), archive);
}

#[test]
fn once_is_fine_though_a_feed_failed() {
    let place = Place::new();
    std::fs::remove_file(place.path("feed.xml")).unwrap();
    place.expect(0, &["run", "--once"]);
    let feeds = place.expect(0, &["feeds", "--json"]).json();
    assert_eq!((&feeds[0]["state"], &feeds[0]["failures"]), (&"failing".into(), &1.into()), "{feeds:#}");
    assert!(feeds[0]["error"].is_string());
}

#[test]
fn a_dry_run_leaves_nothing_behind() {
    let place = Place::new();
    let done = place.expect(0, &["run", "--once", "--dry-run"]);
    assert!(done.out.contains("MI6 warns of Novichok"), "{done:#?}");
    assert!(!place.path("state").exists(), "a dry run made the state");
    let documents = place.expect(0, &["run", "--once", "--dry-run", "--json"]).json_lines();
    assert!(documents.iter().any(|it| it["data"]["item"]["title"] == "MI6 warns of Novichok"), "{documents:#?}");
    place.expect(64, &["run", "--once", "--json"]);
    // It takes no lock: it runs beside a daemon, and finds all again.
    let _daemon = place.daemon();
    let before = place.expect(0, &["alerts", "--json"]).out;
    let beside = place.expect(0, &["run", "--once", "--dry-run"]);
    assert!(beside.out.contains("MI6 warns of Novichok"), "{beside:#?}");
    assert_eq!(place.expect(0, &["alerts", "--json"]).out, before);
}

#[test]
fn a_second_daemon_names_the_first() {
    let place = Place::new();
    let daemon = place.daemon();
    for arguments in [&["run"][..], &["run", "--once"]] {
        let second = place.expect(74, arguments);
        assert!(second.err.contains(&daemon.0.id().to_string()), "{second:#?}");
    }
}

#[test]
fn status_of_a_daemon_and_of_none() {
    let place = Place::new();
    let never = place.expect(0, &["status", "--json"]).json();
    assert_eq!((&never["running"], &never["started"]), (&false.into(), &Value::Null));
    let mut daemon = place.daemon();
    let live = place.expect(0, &["status", "--json"]).json();
    assert_eq!((&live["running"], &live["pid"]), (&true.into(), &daemon.0.id().into()));
    assert_eq!((&live["configuration"]["rules"], &live["alerts"]["stored"]), (&2.into(), &1.into()));
    assert!(place.expect(0, &["status"]).out.contains("running for"));

    let pid = rustix::process::Pid::from_child(&daemon.0);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    assert!(daemon.0.wait().unwrap().success());
    let stopped = place.expect(0, &["status", "--json"]).json();
    assert_eq!((&stopped["running"], &stopped["alerts"]["stored"]), (&false.into(), &1.into()));
    assert!(stopped["stopped"].is_string());
    assert!(place.expect(0, &["status"]).out.contains("not running; stopped"));
}

#[test]
fn one_of_a_kind_is_no_plural() {
    let place = Place::new();
    place.write("watchlists/poisons.toml", "[[entity]]\nid = \"mi6\"\ntype = \"organization\"\nnames = [\"MI6\"]\n");
    place.write("feed.xml", &rss(&[("1", "MI6 warns of Novichok")]));
    let daemon = place.daemon();
    let mut said = String::new();
    for arguments in [&["status"][..], &["backtest"], &["feeds"], &["match", "feed.xml"]] {
        let done = place.expect(0, arguments);
        said += &(done.out + &done.err);
    }
    drop(daemon);
    place.write("folder/feed.xml", &rss(&[("1", "MI6 warns of Novichok")]));
    said += &place.expect(0, &["match", "folder"]).err;
    for wanted in ["1 term, 1 entity, 1 rule in 1 watchlist\n", "1 item with ", "1 of 1 item fires in 1 file\n"] {
        assert!(said.contains(wanted), "{wanted:?} is not in {said}");
    }
    let wrong = ["items", "feeds", "alerts", "rules", "terms"].map(|many| format!("1 {many}"));
    let wrong =
        said.lines().find(|line| wrong.iter().any(|wrong| line.split(", ").any(|part| part.starts_with(wrong))));
    assert_eq!(wrong, None, "{said}");
}

#[test]
fn feeds_that_were_never_polled_are_counted() {
    let place = Place::new();
    let check = |waiting: u64, well: u64| {
        let feeds = place.expect(0, &["status", "--json"]).json()["feeds"].clone();
        assert_eq!((&feeds["waiting"], &feeds["healthy"]), (&waiting.into(), &well.into()), "{feeds}");
        let said = place.expect(0, &["status"]).out;
        assert!(said.contains(&format!("{well} well, 0 failing, {waiting} not polled yet")), "{said}");
    };
    check(1, 0);
    place.expect(0, &["run", "--once"]);
    check(0, 1);
    // One more, and one that is not polled.
    let more = "[[feed]]\nurl = \"second.xml\"\n[[feed]]\nurl = \"third.xml\"\nenabled = false\n";
    place.write("newswatch.toml", &format!("{}{more}", super::MAIN));
    check(1, 1);
    // What is stored can be told without a configuration.
    place.write("watchlists/bad.toml", "keywords = [\n");
    check(0, 1);
}

#[test]
fn reload_needs_a_daemon_and_a_good_configuration() {
    let place = Place::new();
    place.expect(74, &["reload"]);
    let _daemon = place.daemon();
    place.expect(0, &["reload"]);
    place.expect(0, &["reload", "--wait"]);
    place.write("watchlists/second.toml", "[[rule]]\nid = \"x\"\nwhen = 'a AND ('\n");
    let bad = place.expect(78, &["reload", "--wait"]);
    assert!(bad.err.contains("second.toml:3:"), "{bad:#?}");
}

#[test]
fn alerts_can_be_cut_by_time_and_number() {
    let place = Place::new();
    assert_eq!(place.expect(0, &["alerts", "--json"]).out, "");
    place.write("feed.xml", &rss(&[("1", "Novichok found in London"), ("2", "MI6 names its next chief")]));
    place.expect(0, &["run", "--once"]);
    let all = read(&place.path("state/alerts.jsonl"));
    assert_eq!(all.lines().count(), 2);
    let last = format!("{}\n", all.lines().last().unwrap());
    let check = |arguments: &[&str], wanted: &str| {
        let arguments = [&["alerts", "--json"], arguments].concat();
        assert_eq!(place.expect(0, &arguments).out, wanted, "{arguments:?}");
    };
    check(&[], &all);
    check(&["-n", "1"], &last);
    check(&["-n", "0"], "");
    check(&["-n", "9"], &all);
    check(&["--since", "1h"], &all);
    check(&["--since", "2999-01-01"], "");
    check(&["--since", "2999-01-01T00:00:00Z", "-n", "1"], "");
    let people = place.expect(0, &["alerts"]).out;
    let at = |title: &str| people.find(title).unwrap_or_else(|| panic!("{title} is not in {people}"));
    let order = all.find("found in London") < all.find("names its next chief");
    assert_eq!(at("found in London") < at("names its next chief"), order, "not in the order of the file: {people}");
    assert_eq!(people.lines().find(|line| line.chars().count() > 80), None);
}

#[test]
fn follow_sees_what_comes() {
    let place = Place::new();
    place.expect(0, &["run", "--once"]);
    let mut command = place.command(&["alerts", "--json", "--follow"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let seen = lines(child.stdout.take().unwrap());
    let _follower = Running(child);
    let old = seen.recv_timeout(LIMIT).unwrap();
    assert!(old.contains("MI6 warns of Novichok"));
    // A local file has no other way to be asked twice at once: a second feed is new.
    let main = format!("{}[[feed]]\nurl = \"second.xml\"\n", super::MAIN);
    place.write("newswatch.toml", &main);
    place.write("second.xml", &rss(&[("9", "Salisbury remembers Novichok")]));
    place.expect(0, &["run", "--once"]);
    let new = seen.recv_timeout(LIMIT).expect("the follower saw nothing");
    assert!(new.contains("Salisbury remembers Novichok"), "{new}");
    assert_eq!(read(&place.path("state/alerts.jsonl")), format!("{old}\n{new}\n"));
}

#[test]
fn follow_waits_for_the_first_run() {
    let place = Place::new();
    let mut command = place.command(&["alerts", "--json", "--follow"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (seen, said) = (lines(child.stdout.take().unwrap()), lines(child.stderr.take().unwrap()));
    let _follower = Running(child);
    let said = said.recv_timeout(LIMIT).unwrap();
    assert!(said.contains("no daemon ever ran on") && said.contains("waiting for one"), "{said}");
    assert!(!place.path("state").exists(), "a command that reads makes nothing");
    place.expect(0, &["run", "--once"]);
    let first = seen.recv_timeout(LIMIT).expect("the follower saw nothing");
    assert!(first.contains("MI6 warns of Novichok"), "{first}");
    place.write("newswatch.toml", &format!("{}[[feed]]\nurl = \"second.xml\"\n", super::MAIN));
    place.write("second.xml", &rss(&[("9", "Salisbury remembers Novichok")]));
    place.expect(0, &["run", "--once"]);
    let second = seen.recv_timeout(LIMIT).expect("the follower saw no more");
    assert_eq!(read(&place.path("state/alerts.jsonl")), format!("{first}\n{second}\n"));
}

#[test]
fn feeds_with_their_health() {
    let place = Place::new();
    let waiting = place.expect(0, &["feeds", "--json"]).json();
    assert_eq!((&waiting[0]["name"], &waiting[0]["state"]), (&"local".into(), &"waiting".into()));
    place.expect(0, &["run", "--once"]);
    let polled = place.expect(0, &["feeds", "--json"]).json();
    assert_eq!(polled.as_array().unwrap().len(), 1);
    let row = &polled[0];
    assert_eq!((&row["state"], &row["items"], &row["title"]), (&"ok".into(), &2.into(), &"Local".into()));
    assert!(row["last_success"].is_string() && row["next_poll"].is_string() && row["interval"].is_u64(), "{row:#}");
    let people = place.expect(0, &["feeds"]).out;
    assert!(people.contains("local") && people.lines().all(|line| line.chars().count() <= 80), "{people}");
}
