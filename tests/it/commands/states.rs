//! States that cannot be used: newer, damaged, another program's, held, read-only.
//! Each command says why and what to do, and exits with 74.

use super::Place;
use crate::support::SmallDisk;
use newswatch::store::{FILE_NAME, StateLock};
use std::fs;
use std::path::PathBuf;

/// The commands that only read.
const LOOKING: [&[&str]; 5] = [&["status"], &["status", "--json"], &["alerts"], &["deliveries", "--json"], &["feeds"]];

/// Those that write, where no daemon runs.
const CHANGING: [&[&str]; 4] = [
    &["run", "--once"],
    &["deliveries", "retry", "--all"],
    &["deliveries", "drop", "--all"],
    &["send-test", "archive"],
];

/// A place where a daemon has run.
fn used() -> Place {
    let place = Place::new();
    place.expect(0, &["run", "--once"]);
    place
}

fn database(place: &Place) -> PathBuf {
    place.path("state").join(FILE_NAME)
}

/// Each of these fails, says so with `words` and the file's name, and prints no data.
fn refused(place: &Place, commands: &[&[&str]], words: &str) {
    for arguments in commands {
        let done = place.expect(74, arguments);
        let file = done.err.contains("state");
        assert!(file && done.err.starts_with("error: ") && done.err.contains(words), "{arguments:?}: {done:#?}");
        assert!(done.out.is_empty(), "{arguments:?}: {done:#?}");
    }
}

#[test]
fn a_newer_database_is_left_alone() {
    let place = used();
    rusqlite::Connection::open(database(&place)).unwrap().execute_batch("PRAGMA user_version = 99").unwrap();
    let before = fs::read(database(&place)).unwrap();
    let words = "was written by a newer newswatch (schema 99, this one knows";
    refused(&place, &LOOKING, words);
    refused(&place, &CHANGING, words);
    assert_eq!(fs::read(database(&place)).unwrap(), before);
}

#[test]
fn another_programs_file_is_left_alone() {
    let place = used();
    let text = "notes that someone keeps here\n".repeat(100);
    for suffix in ["-wal", "-shm"] {
        fs::remove_file(place.path(&format!("state/{FILE_NAME}{suffix}"))).unwrap();
    }
    fs::write(database(&place), &text).unwrap();
    refused(&place, &LOOKING, "is not a newswatch database: move it away");
    refused(&place, &CHANGING, "is not a newswatch database: move it away");
    assert_eq!(fs::read_to_string(database(&place)).unwrap(), text);
}

#[test]
fn a_damaged_database_is_told() {
    let whole = used();
    let bytes = fs::read(database(&whole)).unwrap();
    let mut overwritten = bytes.clone();
    overwritten[4_096..].fill(0x5a);
    let cut = bytes[..bytes.len() / 2].to_vec();
    for (what, damaged) in [("overwritten", overwritten), ("cut", cut)] {
        let place = used();
        fs::write(database(&place), damaged).unwrap();
        for arguments in CHANGING {
            let done = place.expect(74, arguments);
            assert!(done.err.contains("is damaged"), "{what}, {arguments:?}: {done:#?}");
            assert!(done.err.contains("restore it from a backup, or move it away"), "{what}, {arguments:?}: {done:#?}");
        }
        for arguments in LOOKING {
            let done = place.expect(74, arguments);
            assert!(done.err.contains("is damaged"), "{what}, {arguments:?}: {done:#?}");
        }
    }
}

#[test]
fn an_alert_that_is_damaged_is_passed_over() {
    let place = used();
    let before = place.expect(0, &["alerts", "--json"]).json_lines();
    assert_eq!(before.len(), 1);
    let connection = rusqlite::Connection::open(database(&place)).unwrap();
    for (id, body) in [("alt_damaged", "x'ff'"), ("alt_behind", "body")] {
        let sql = format!(
            "INSERT INTO alert (id, time, watchlist, severity, feed, story, item, body)
             SELECT '{id}', time, watchlist, severity, feed, story, item, {body} FROM alert LIMIT 1"
        );
        connection.execute(&sql, []).unwrap();
    }
    drop(connection);
    let done = place.expect(0, &["alerts", "--json"]);
    assert_eq!(done.json_lines(), [before.clone(), before].concat());
    assert!(done.err.contains("alert alt_damaged"), "{done:#?}");
}

#[test]
fn a_state_that_is_held_is_told() {
    let place = used();
    #[expect(clippy::disallowed_methods, reason = "as a daemon would")]
    let lock = StateLock::acquire(&place.path("state"), jiff::Timestamp::now()).unwrap();
    refused(&place, &CHANGING, &format!("is in use by process {}", std::process::id()));
    for arguments in LOOKING {
        place.expect(0, arguments);
    }
    drop(lock);
    place.expect(0, CHANGING[0]);
}

#[test]
fn a_database_that_another_program_holds_is_told() {
    let place = used();
    let other = rusqlite::Connection::open(database(&place)).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    refused(&place, &CHANGING[..1], "another process is writing to the state: try again");
    for arguments in LOOKING {
        place.expect(0, arguments);
    }
    other.execute_batch("ROLLBACK").unwrap();
    place.expect(0, CHANGING[0]);
}

#[test]
fn a_read_only_disk_is_told_and_can_be_read() {
    let place = Place::new();
    let Some(small) = SmallDisk::mount(&place.path("state"), "8m") else { return };
    place.expect(0, &["run", "--once"]);
    small.protect();
    refused(&place, &CHANGING, "check who owns it and its directory, and how it is mounted");
    for arguments in LOOKING {
        place.expect(0, arguments);
    }
}

#[test]
fn a_state_directory_that_is_none_is_told() {
    let place = Place::new();
    place.write("state", "a file");
    refused(&place, &CHANGING, "state cannot be locked: File exists");
}
