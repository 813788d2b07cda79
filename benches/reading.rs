//! Speed of the reader beside `rss`, `atom_syndication` and `feed-rs`:
//! `cargo bench --bench reading`. Each is measured over the feeds that it can
//! read, and newswatch over the same feeds in the same run; what counts is the
//! ratio. newswatch also turns HTML into text and resolves links meanwhile,
//! which the others leave to their callers.
//!
//! The feeds are those of the tests (`$NEWSWATCH_FEEDS`, `../shared/feeds`,
//! unpacked), else the samples of `tests/feeds`.

#![allow(clippy::print_stdout, reason = "a benchmark prints its table")]
#![allow(clippy::disallowed_methods, reason = "a benchmark measures time")]
#![allow(clippy::cast_precision_loss, reason = "figures for people")]

use newswatch::feed::{Hints, parse};
use std::hint::black_box;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// The best of so many runs over all feeds is taken.
const RUNS: usize = 7;

/// Reads a feed; says whether it could.
type Reader = fn(&[u8]) -> bool;

const OTHERS: &[(&str, Reader)] = &[
    ("rss", |bytes| black_box(rss::Channel::read_from(bytes)).is_ok()),
    ("atom_syndication", |bytes| black_box(atom_syndication::Feed::read_from(bytes)).is_ok()),
    ("feed-rs", |bytes| black_box(feed_rs::parser::parse(bytes)).is_ok()),
];

fn ours(bytes: &[u8]) -> bool {
    black_box(parse(bytes, Hints::default())).is_ok()
}

fn main() {
    let feeds = feeds();
    std::panic::set_hook(Box::new(|_| {}));
    println!("            reader |  feeds | MB   |  MB/s | newswatch MB/s | ratio");
    for (name, reader) in OTHERS {
        row(name, *reader, feeds.iter().map(Vec::as_slice).collect());
        row(&format!("{name}, > 4 KB"), *reader, feeds.iter().map(Vec::as_slice).filter(|f| f.len() > 4096).collect());
    }
}

fn row(name: &str, reader: Reader, feeds: Vec<&[u8]>) {
    let all = feeds.len();
    let readable = |feed: &&[u8]| catch_unwind(|| reader(feed)).unwrap_or(false) && ours(feed);
    let feeds: Vec<&[u8]> = feeds.into_iter().filter(readable).collect();
    let bytes: usize = feeds.iter().map(|feed| feed.len()).sum();
    let speed = |time: Duration| bytes as f64 / 1e6 / time.as_secs_f64();
    let (theirs, ours) = (speed(best(reader, &feeds)), speed(best(ours, &feeds)));
    println!(
        "{name:>18} | {:4} of {all:4} | {:4.2} | {theirs:5.1} | {ours:5.1} | {:.2}",
        feeds.len(),
        bytes as f64 / 1e6,
        ours / theirs
    );
}

fn best(reader: Reader, feeds: &[&[u8]]) -> Duration {
    let run = |_| {
        let start = Instant::now();
        for feed in feeds {
            reader(feed);
        }
        start.elapsed()
    };
    (0..RUNS).map(run).min().unwrap_or_default()
}

/// Every feed there is.
fn feeds() -> Vec<Vec<u8>> {
    let home = Path::new(env!("CARGO_MANIFEST_DIR"));
    let lists = std::env::var_os("NEWSWATCH_FEEDS").map_or(home.join("../shared/feeds"), PathBuf::from);
    let folder = tempfile::tempdir().ok();
    let unpacked = folder.as_ref().is_some_and(|folder| {
        let mut tar = Command::new("tar");
        tar.arg("xf").arg(lists.join("corpora.tar.xz")).arg("-C").arg(folder.path());
        tar.output().is_ok_and(|output| output.status.success())
    });
    match folder {
        Some(folder) if unpacked => files(folder.path()),
        _ => files(&home.join("tests/feeds")),
    }
}

fn files(folder: &Path) -> Vec<Vec<u8>> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    entries
        .flat_map(|path| if path.is_dir() { files(&path) } else { std::fs::read(path).into_iter().collect() })
        .collect()
}
