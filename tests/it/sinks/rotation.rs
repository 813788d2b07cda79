//! Files that are put aside, compressed and removed: by newswatch and by others.

use super::files::{LINES, Place, crashed, restart};
use crate::support::{is_gzip, unpacked};
use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::{SignedDuration, Timestamp};
use newswatch::sink::Outcome;
use newswatch::sink::file::{FileSink, Rotation, When, tidy};
use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, SystemTime};

const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn rotating(when: When) -> Place {
    let mut place = Place::new();
    place.config.rotation = Some(Rotation { when, keep: None, compress: false });
    place
}

/// Writes lines as the worker does; how often a new file was begun.
fn write(sink: &mut FileSink, lines: &[&str], now: Timestamp) -> usize {
    let (mut rest, mut rotated) = (lines, 0);
    while let Some(first) = rest.first() {
        rotated += usize::from(sink.rotate(first.as_bytes(), now).unwrap());
        let write = sink.plan(rest).unwrap();
        assert_eq!(sink.append(&write, &rest[..write.lines]), Outcome::Delivered);
        rest = &rest[write.lines..];
    }
    rotated
}

/// The files of a folder, sorted by name, unpacked.
fn files(folder: &Path) -> Vec<(String, String)> {
    let read = |path: &Path| (path.file_name().unwrap().to_str().unwrap().to_owned(), unpacked(path));
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| read(&entry.unwrap().path())).collect();
    files.sort();
    files
}

fn names(folder: &Path) -> Vec<String> {
    files(folder).into_iter().map(|(name, _)| name).collect()
}

fn tidied(place: &Place, keep: Option<usize>, compress: bool) {
    let rotation = Rotation { when: When::Size(1), keep, compress };
    tidy(&place.config.path, &rotation, &AtomicBool::new(false)).unwrap();
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn a_new_file_is_begun_when_it_is_time() {
    let monday = "2026-11-23T00:00:00Z";
    // when, bytes there, written last, bytes to come, now, due
    for (when, length, written, next, now, due) in [
        (When::Size(100), 0, monday, 500, monday, false),
        (When::Size(100), 60, monday, 40, monday, false),
        (When::Size(100), 60, monday, 41, monday, true),
        (When::Size(100), 900, monday, 1, monday, true),
        (When::Every(DAY), 0, "2026-11-20T00:00:00Z", 9, monday, false),
        (When::Every(DAY), 9, "2026-11-22T23:59:59.999Z", 9, monday, true),
        (When::Every(DAY), 9, monday, 9, "2026-11-23T23:59:59.999Z", false),
        (When::Every(7 * DAY), 9, "2026-11-22T23:59:59Z", 9, monday, true),
        (When::Every(7 * DAY), 9, monday, 9, "2026-11-29T23:59:59Z", false),
        (When::Every(6 * HOUR), 9, monday, 9, "2026-11-23T05:59:59Z", false),
        (When::Every(6 * HOUR), 9, monday, 9, "2026-11-23T06:00:00Z", true),
        // The clock was put back: a new file would not be newer.
        (When::Every(DAY), 9, "2099-01-01T00:00:00Z", 9, monday, false),
    ] {
        assert_eq!(when.is_due(length, at(written), next, at(now)), due, "{when:?} {length} {written} {next} {now}");
    }
    for (when, offset, expected) in [
        (When::Size(100), 0, 3),
        (When::Size(100), 10, 3),
        (When::Size(100), 11, 2),
        (When::Size(10), 0, 1),
        (When::Size(10), 50, 1),
        (When::Every(DAY), 900, 3),
    ] {
        assert_eq!(when.fitting(offset, [30, 30, 30].into_iter()), expected, "{when:?} {offset}");
    }
}

#[test]
fn no_file_grows_beyond_its_size_and_the_order_of_names_is_that_of_the_lines() {
    let lines: Vec<String> = (0..200).map(|n| format!("{n:03} {}", "x".repeat(n % 40))).collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    for most in [1, 40, 100, 1000, 100_000] {
        let place = rotating(When::Size(most));
        let (mut sink, mut now) = (place.sink(), at("2026-11-24T02:15:04.123Z"));
        for (number, batch) in lines.chunks(7).enumerate() {
            write(&mut sink, batch, now);
            // Time stands still, goes on, and jumps back.
            now += SignedDuration::from_millis([0, 5, -400_000_000][number % 3]);
        }
        let mut found = files(place.folder.path());
        // The newest has the bare name, which sorts first.
        found.rotate_left(1);
        for (name, text) in &found {
            assert!(text.len() as u64 <= most || text.lines().count() == 1, "{name} of {most}: {}", text.len());
        }
        let all: String = found.into_iter().map(|(_, text)| text).collect();
        assert_eq!(all.lines().collect::<Vec<_>>(), lines, "{most}");
    }
}

#[test]
fn a_file_is_put_aside_under_the_time() {
    let place = rotating(When::Size(8));
    let now = at("2026-11-24T02:15:04.123Z");
    assert_eq!(write(&mut place.sink(), &["first", "second"], now), 1);
    assert_eq!(names(place.folder.path()), ["alerts.jsonl", "alerts.jsonl-20261124T021504.123Z"]);
    assert_eq!(place.text(), "second\n");
}

#[test]
fn a_day_has_a_file_of_its_own_also_after_a_restart() {
    let place = rotating(When::Every(DAY));
    let noon = at("2026-11-24T12:00:00Z");
    let written = |time: Timestamp| {
        let file = File::options().append(true).open(&place.config.path).unwrap();
        file.set_modified(
            SystemTime::UNIX_EPOCH + Duration::try_from(time.duration_since(Timestamp::UNIX_EPOCH)).unwrap(),
        )
        .unwrap();
    };
    assert_eq!(write(&mut place.sink(), &["one"], noon), 0);
    written(noon);
    assert_eq!(write(&mut place.sink(), &["two"], noon + HOUR), 0);
    written(noon + HOUR);
    assert_eq!(write(&mut place.sink(), &["three", "four"], noon + DAY), 1);
    let found = files(place.folder.path());
    assert_eq!(found[0].1, "three\nfour\n");
    assert_eq!(found[1], ("alerts.jsonl-20261125T120000.000Z".to_owned(), "one\ntwo\n".to_owned()));
}

#[test]
fn the_new_file_can_be_read_by_those_who_could_read_the_old_one() {
    let place = rotating(When::Size(8));
    let mut sink = place.sink();
    write(&mut sink, &["first"], Timestamp::UNIX_EPOCH);
    fs::set_permissions(&place.config.path, fs::Permissions::from_mode(0o664)).unwrap();
    assert_eq!(write(&mut sink, &["second"], Timestamp::UNIX_EPOCH), 1);
    tidied(&place, None, true);
    for name in names(place.folder.path()) {
        assert_eq!(fs::metadata(place.beside(&name)).unwrap().permissions().mode() & 0o777, 0o664, "{name}");
    }
}

#[test]
fn behind_a_symbolic_link_it_is_the_file_that_is_put_aside() {
    let place = rotating(When::Size(8));
    fs::create_dir(place.beside("real")).unwrap();
    symlink("real/file.jsonl", &place.config.path).unwrap();
    let mut sink = place.sink();
    assert_eq!(write(&mut sink, &["first", "second", "third"], Timestamp::UNIX_EPOCH), 2);
    tidied(&place, Some(1), true);
    let found = files(&place.beside("real"));
    assert_eq!(found.iter().map(|(_, text)| text.as_str()).collect::<Vec<_>>(), ["third\n", "second\n"]);
    assert!(is_gzip(&found[1].0) && place.config.path.is_symlink());
}

#[test]
fn a_file_that_others_have_renamed_is_not_put_aside_again() {
    let place = rotating(When::Size(8));
    let mut sink = place.sink();
    write(&mut sink, &["first"], Timestamp::UNIX_EPOCH);
    fs::rename(&place.config.path, place.beside("alerts.jsonl.1")).unwrap();
    assert_eq!(write(&mut sink, &["second"], Timestamp::UNIX_EPOCH), 0);
    assert_eq!(names(place.folder.path()), ["alerts.jsonl", "alerts.jsonl.1"]);
}

#[test]
fn the_oldest_go_and_the_others_are_compressed() {
    for (keep, compress, left) in [
        (None, false, vec!["1", "2", "3", "4"]),
        (Some(2), false, vec!["3", "4"]),
        (Some(9), true, vec!["1", "2", "3", "4"]),
        (Some(1), true, vec!["4"]),
    ] {
        let place = rotating(When::Size(1));
        write(&mut place.sink(), &["1", "2", "3", "4", "5"], at("2026-11-24T02:15:04.123Z"));
        // What is not ours is not touched, however much it looks like it.
        let others = [
            "alerts.jsonl-20261124",
            "alerts.jsonl-20261124T021504Z",
            "alerts.jsonl-2026-11-24T02:15:04.123Z",
            "alerts.jsonl-20261124T021504.123Z.bak",
            "alerts.jsonl.1",
            "alerts.jsonl2-20261124T021504.123Z",
        ];
        others.iter().for_each(|name| fs::write(place.beside(name), "other\n").unwrap());
        for again in 0..2 {
            tidied(&place, keep, compress);
            let found = files(place.folder.path());
            let (ours, theirs): (Vec<_>, Vec<_>) = found.iter().partition(|(_, text)| text != "other\n");
            assert_eq!(theirs.len(), others.len(), "{keep:?} {compress} {again}");
            assert_eq!(ours[0].1, "5\n");
            assert_eq!(ours[1..].iter().map(|(_, text)| text.trim()).collect::<Vec<_>>(), left, "{keep:?} {compress}");
            assert!(ours[1..].iter().all(|(name, _)| is_gzip(name) == compress), "{ours:?}");
        }
    }
}

#[test]
fn what_a_crash_left_half_compressed_is_done_again() {
    let name = "alerts.jsonl-20261124T021504.123Z";
    let packed = gzip(LINES);
    // What a crash can leave: the file, what is being made of it, what was made of it.
    for (plain, unfinished, whole) in [
        (true, None, false),
        (true, Some(0), false),
        (true, Some(10), false),
        (true, Some(packed.len()), false),
        (true, None, true),
        (false, None, true),
    ] {
        for compress in [true, false] {
            let place = Place::holding("newest\n");
            if plain {
                fs::write(place.beside(name), LINES).unwrap();
            }
            if let Some(length) = unfinished {
                fs::write(place.beside(&format!("{name}.gz.tmp")), &packed[..length]).unwrap();
            }
            if whole {
                fs::write(place.beside(&format!("{name}.gz")), &packed).unwrap();
            }
            tidied(&place, None, compress);
            let found = files(place.folder.path());
            let case = format!("{plain} {unfinished:?} {whole} {compress}");
            assert_eq!(found.len(), 2, "{case}: {found:?}");
            assert_eq!(found[1].1, LINES, "{case}");
            assert_eq!(is_gzip(&found[1].0), compress || !plain, "{case}");
        }
    }
}

#[test]
fn compressing_can_be_stopped_and_leaves_the_file_whole() {
    let place = rotating(When::Size(1));
    write(&mut place.sink(), &["1", "2"], Timestamp::UNIX_EPOCH);
    let before = files(place.folder.path());
    let rotation = Rotation { when: When::Size(1), keep: None, compress: true };
    tidy(&place.config.path, &rotation, &AtomicBool::new(true)).unwrap();
    assert_eq!(files(place.folder.path()), before);
}

#[test]
fn there_may_be_nothing_to_tidy() {
    let place = Place::new();
    tidied(&place, Some(1), true);
    place.sink();
    tidied(&place, Some(1), true);
    assert_eq!(names(place.folder.path()), ["alerts.jsonl"]);
}

/// Called like a compressed file, and none.
const NO_GZIP: &str = "alerts.jsonl.3.gz";

/// What logrotate does between a crash and the restart.
type Rotate = fn(&Place);

const BY_OTHERS: [(&str, Rotate); 4] = [
    ("renamed and compressed", |place| {
        fs::write(place.beside("alerts.jsonl.1.gz"), gzip(&place.text())).unwrap();
        fs::remove_file(&place.config.path).unwrap();
    }),
    ("renamed and compressed, a new file begun", |place| {
        fs::write(place.beside("alerts.jsonl-20261124.gz"), gzip(&place.text())).unwrap();
        fs::remove_file(&place.config.path).unwrap();
        fs::write(&place.config.path, "").unwrap();
    }),
    ("copied, compressed and truncated", |place| {
        fs::write(place.beside("alerts.jsonl.1.gz"), gzip(&place.text())).unwrap();
        File::options().write(true).open(&place.config.path).unwrap().set_len(0).unwrap();
    }),
    ("copied, and both compressed since", |place| {
        fs::write(place.beside("alerts.jsonl.2.gz"), gzip("another day's alerts\n")).unwrap();
        fs::write(place.beside(NO_GZIP), "no gzip at all").unwrap();
        fs::write(place.beside("alerts.jsonl.1.gz"), gzip(&place.text())).unwrap();
        fs::remove_file(&place.config.path).unwrap();
    }),
];

#[test]
fn what_others_compressed_between_crash_and_restart_is_not_written_again() {
    for (what, rotate) in BY_OTHERS {
        for before in ["", "before\n"] {
            for written in 0..=LINES.len() {
                let (place, write) = crashed(before, 0, written);
                rotate(&place);
                let whole = restart(&place, &write);
                // A line that lacks nothing but its newline counts: here nothing can follow it.
                let there = LINES[..written].lines().filter(|line| LINES.lines().any(|it| it == *line)).count();
                assert_eq!(whole.iter().filter(|whole| **whole).count(), there, "{what}, {before:?}, {written}");
                let _ = fs::remove_file(place.beside(NO_GZIP));
                let text: String = files(place.folder.path()).into_iter().map(|(_, text)| text + "\n").collect();
                for line in LINES.lines() {
                    let count = text.lines().filter(|it| *it == line).count();
                    assert_eq!(count, 1, "{what}, {before:?}, {written}: {line} in {text:?}");
                }
            }
        }
    }
}
