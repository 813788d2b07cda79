//! Files: each line once, whatever happens.

use super::told;
use crate::support::SmallDisk;
use newswatch::sink::file::{Config, FileSink, Write, recover};
use newswatch::sink::{Outcome, Problem};
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

pub(super) const BATCH: [&[u8]; 3] = [b"{\"id\":\"one\"}", b"{\"id\":\"two\"}", b"{\"id\":\"three\"}"];
pub(super) const LINES: &str = "{\"id\":\"one\"}\n{\"id\":\"two\"}\n{\"id\":\"three\"}\n";

pub(super) struct Place {
    pub(super) folder: TempDir,
    pub(super) config: Config,
}

impl Place {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = Config { path: folder.path().join("alerts.jsonl"), fsync: true, rotation: None };
        Self { folder, config }
    }

    /// With this in the file before newswatch comes.
    pub(super) fn holding(text: &str) -> Self {
        let place = Self::new();
        fs::write(&place.config.path, text).unwrap();
        place
    }

    pub(super) fn sink(&self) -> FileSink {
        FileSink::open(&self.config).unwrap()
    }

    pub(super) fn text(&self) -> String {
        fs::read_to_string(&self.config.path).unwrap()
    }

    pub(super) fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

fn deliver(sink: &mut FileSink, batch: &[&[u8]]) {
    let write = sink.plan(batch).expect("a plan");
    assert_eq!(sink.append(&write, batch), Outcome::Delivered);
}

fn problem(path: &Path) -> Problem {
    FileSink::open(&Config { path: path.to_owned(), fsync: false, rotation: None }).unwrap_err()
}

#[test]
fn batches_are_appended_as_lines() {
    let place = Place::new();
    let mut sink = place.sink();
    deliver(&mut sink, &BATCH);
    deliver(&mut sink, &[b"four"]);
    deliver(&mut sink, &[]);
    drop(sink);
    deliver(&mut place.sink(), &[b"five"]);
    assert_eq!(place.text(), format!("{LINES}four\nfive\n"));
}

#[test]
fn a_plan_says_where_and_how_much_and_writes_nothing() {
    let place = Place::holding("before\n");
    let mut sink = place.sink();
    let write = sink.plan(&BATCH).unwrap();
    assert_eq!((write.offset, write.length), (7, LINES.len() as u64));
    assert_eq!(write.path, fs::canonicalize(&place.config.path).unwrap());
    assert_eq!(place.text(), "before\n");
}

#[test]
fn a_line_begins_on_a_line_of_its_own() {
    let place = Place::holding("somebody's unfinished line");
    deliver(&mut place.sink(), &BATCH);
    assert_eq!(place.text(), format!("somebody's unfinished line\n{LINES}"));
}

#[test]
fn folders_are_created_and_closed_to_others() {
    let place = Place::new();
    let path = place.beside("a/b/alerts.jsonl");
    FileSink::open(&Config { path: path.clone(), fsync: true, rotation: None }).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o007;
    assert_eq!((mode(&path), mode(&place.beside("a/b")), mode(&place.beside("a"))), (0, 0, 0));
}

#[test]
fn a_renamed_file_is_left_and_a_new_one_begun() {
    let place = Place::new();
    let mut sink = place.sink();
    deliver(&mut sink, &[b"one"]);
    fs::rename(&place.config.path, place.beside("alerts.jsonl.1")).unwrap();
    deliver(&mut sink, &[b"two"]);
    fs::remove_file(&place.config.path).unwrap();
    deliver(&mut sink, &[b"three"]);
    assert_eq!(fs::read_to_string(place.beside("alerts.jsonl.1")).unwrap(), "one\n");
    assert_eq!(place.text(), "three\n");
}

#[test]
fn a_file_renamed_after_the_plan_still_gets_the_batch() {
    let place = Place::new();
    let mut sink = place.sink();
    let write = sink.plan(&BATCH).unwrap();
    fs::rename(&place.config.path, place.beside("alerts.jsonl.1")).unwrap();
    assert_eq!(sink.append(&write, &BATCH), Outcome::Delivered);
    assert_eq!(fs::read_to_string(place.beside("alerts.jsonl.1")).unwrap(), LINES);
    assert_eq!(recover(&place.config, &write, &BATCH), Ok(vec![true; 3]));
}

#[test]
fn what_is_not_as_planned_is_planned_anew() {
    type Change = fn(&Place);
    let check = |what: &str, change: Change| {
        let place = Place::holding("before\n");
        let mut sink = place.sink();
        let write = sink.plan(&BATCH).unwrap();
        change(&place);
        let outcome = sink.append(&write, &BATCH);
        let (kind, reason) = told(&outcome);
        assert_eq!(kind, "hold", "{what}");
        assert!(reason.contains("was changed by another program"), "{what}: {reason}");
        deliver(&mut sink, &BATCH);
        assert_eq!(place.text().matches("three").count(), 1, "{what}");
    };
    check("removed", |place| fs::remove_file(&place.config.path).unwrap());
    check("truncated", |place| fs::write(&place.config.path, "").unwrap());
    check("appended to", |place| fs::write(&place.config.path, "before\nmore\n").unwrap());
}

#[test]
fn only_the_planned_batch_is_written() {
    let place = Place::new();
    let mut sink = place.sink();
    let write = sink.plan(&BATCH).unwrap();
    assert_eq!(told(&sink.append(&write, &BATCH[..2])).0, "hold");
    assert_eq!(place.text(), "");
}

#[test]
fn what_is_no_regular_file_is_refused() {
    let place = Place::new();
    let check = |path: &Path, words: &str| {
        let refused = problem(path);
        assert_eq!(refused.key, "path");
        assert!(refused.message.contains(words), "{} does not say {words:?}", refused.message);
        let checked = Config { path: path.to_owned(), fsync: true, rotation: None }.check();
        assert_eq!(checked, Err(refused));
    };
    check(place.folder.path(), "is a folder");
    check(Path::new("/dev/null"), "is a device");
    let fifo = place.beside("fifo");
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    check(&fifo, "is a FIFO");
    fs::write(place.beside("plain"), "").unwrap();
    check(&place.beside("plain/alerts.jsonl"), "a part of the path is no folder");
    symlink(place.folder.path(), place.beside("link")).unwrap();
    check(&place.beside("link"), "is a folder");
}

#[test]
fn a_check_creates_nothing() {
    let place = Place::new();
    let config = Config { path: place.beside("a/alerts.jsonl"), fsync: true, rotation: None };
    assert_eq!(config.check(), Ok(()));
    assert!(!place.beside("a").exists());
}

#[test]
fn errors_say_what_to_do() {
    let refused = problem(Path::new("/proc/newswatch/alerts.jsonl"));
    assert!(refused.message.starts_with("cannot write to /proc/newswatch/alerts.jsonl: "), "{}", refused.message);
    assert!(!refused.help.is_empty());
}

#[test]
fn a_symbolic_link_is_followed() {
    let place = Place::new();
    fs::create_dir(place.beside("real")).unwrap();
    symlink("real/file.jsonl", &place.config.path).unwrap();
    let mut sink = place.sink();
    let write = sink.plan(&BATCH).unwrap();
    assert_eq!(sink.append(&write, &BATCH), Outcome::Delivered);
    fs::rename(place.beside("real/file.jsonl"), place.beside("real/old")).unwrap();
    assert_eq!(recover(&place.config, &write, &BATCH), Ok(vec![true; 3]));
}

/// What was in the file before, and how many bytes a newline before the batch takes.
const BEFORE: [(&str, usize); 3] = [("", 0), ("before\n", 0), ("unfinished", 1)];

/// A crash after `written` bytes of the batch: the plan, and the file as it was left.
pub(super) fn crashed(before: &str, newline: usize, written: usize) -> (Place, Write) {
    let place = Place::holding(before);
    let write = place.sink().plan(&BATCH).unwrap();
    assert_eq!(write.length, (newline + LINES.len()) as u64);
    let batch = format!("{}{LINES}", "\n".repeat(newline));
    fs::write(&place.config.path, format!("{before}{}", &batch[..written])).unwrap();
    (place, write)
}

/// Starts again after a crash: what is not whole in the file is planned and written.
pub(super) fn restart(place: &Place, write: &Write) -> Vec<bool> {
    let whole = recover(&place.config, write, &BATCH).unwrap();
    // Starting may crash too.
    assert_eq!(recover(&place.config, write, &BATCH), Ok(whole.clone()));
    let rest: Vec<&[u8]> = BATCH.into_iter().zip(&whole).filter(|(_, whole)| !**whole).map(|(line, _)| line).collect();
    deliver(&mut place.sink(), &rest);
    whole
}

#[test]
fn after_a_crash_at_any_byte_each_line_is_there_once() {
    for (before, newline) in BEFORE {
        for written in 0..=newline + LINES.len() {
            let (place, write) = crashed(before, newline, written);
            let whole = restart(&place, &write);
            let lines = LINES.split_inclusive('\n');
            let ends: Vec<usize> = lines
                .scan(newline, |end, line| {
                    Some({
                        *end += line.len();
                        *end
                    })
                })
                .collect();
            assert_eq!(whole, ends.iter().map(|end| *end <= written).collect::<Vec<_>>(), "{before:?} {written}");
            assert_eq!(place.text(), format!("{before}{}{LINES}", "\n".repeat(newline)), "{before:?} {written}");
        }
    }
}

#[test]
fn after_a_crash_at_any_byte_a_renamed_file_is_found() {
    for written in 0..=LINES.len() {
        let (place, write) = crashed("before\n", 0, written);
        fs::rename(&place.config.path, place.beside("rotated-away")).unwrap();
        restart(&place, &write);
        let old = fs::read_to_string(place.beside("rotated-away")).unwrap();
        assert_eq!(format!("{old}{}", place.text()), format!("before\n{LINES}"), "{written}");
    }
}

#[test]
fn after_a_power_cut_zeros_are_cut_off() {
    for written in 0..LINES.len() {
        let (place, write) = crashed("before\n", 0, written);
        let zeros = "\0".repeat(LINES.len() - written);
        fs::write(&place.config.path, place.text() + &zeros).unwrap();
        restart(&place, &write);
        assert_eq!(place.text(), format!("before\n{LINES}"), "{written}");
    }
}

#[test]
fn a_truncated_copy_is_found_by_its_name() {
    let (place, write) = crashed("before\n", 0, LINES.len());
    fs::copy(&place.config.path, place.beside("alerts.jsonl-20261124")).unwrap();
    fs::write(&place.config.path, "").unwrap();
    assert_eq!(recover(&place.config, &write, &BATCH), Ok(vec![true; 3]));
}

#[test]
fn what_others_wrote_since_is_left_alone() {
    let (place, write) = crashed("before\n", 0, 0);
    fs::write(&place.config.path, "before\nsomebody else's, and more of it than the batch is long: {}").unwrap();
    assert_eq!(recover(&place.config, &write, &BATCH), Ok(vec![false; 3]));
    assert!(place.text().ends_with("long: {}"));
    let (place, write) = crashed("before\n", 0, LINES.len());
    fs::write(&place.config.path, place.text() + "after\n").unwrap();
    assert_eq!(recover(&place.config, &write, &BATCH), Ok(vec![true; 3]));
    assert_eq!(place.text(), format!("before\n{LINES}after\n"));
}

#[test]
fn another_file_with_the_same_name_is_no_delivery() {
    let (place, write) = crashed("before\n", 0, LINES.len());
    fs::remove_file(&place.config.path).unwrap();
    assert_eq!(recover(&place.config, &write, &BATCH), Ok(vec![false; 3]));
    fs::write(&place.config.path, "x".repeat(500)).unwrap();
    assert_eq!(recover(&place.config, &write, &BATCH), Ok(vec![false; 3]));
    fs::remove_dir_all(place.folder.path()).unwrap();
    assert_eq!(recover(&place.config, &write, &BATCH), Ok(vec![false; 3]));
}

#[test]
fn a_line_dropped_since_the_plan_is_not_needed() {
    for written in 0..=LINES.len() {
        let (place, write) = crashed("before\n", 0, written);
        let left = [BATCH[0], BATCH[2]];
        let whole = recover(&place.config, &write, &left).unwrap();
        assert_eq!(whole, [written >= 13, written >= LINES.len()], "{written}");
        assert!(place.text().ends_with('\n'), "{written}: {}", place.text());
    }
}

#[test]
fn a_full_disk_delays_and_tears_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let Some(small) = SmallDisk::mount(&folder.path().join("small"), "64k") else { return };
    let path = small.dir.join("alerts.jsonl");
    let mut sink = FileSink::open(&Config { path: path.clone(), fsync: true, rotation: None }).unwrap();
    deliver(&mut sink, &[b"first"]);
    let line = "x".repeat(30_000);
    let batch = [line.as_bytes(); 3];
    let write = sink.plan(&batch).unwrap();
    let outcome = sink.append(&write, &batch);
    let (kind, reason) = told(&outcome);
    assert_eq!(kind, "hold");
    assert!(reason.contains("the disk is full; make room"), "{reason}");
    assert_eq!(fs::read_to_string(&path).unwrap(), "first\n");
    deliver(&mut sink, &batch[..1]);
    assert_eq!(fs::read_to_string(&path).unwrap(), format!("first\n{line}\n"));
}
