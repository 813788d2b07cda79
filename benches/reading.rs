//! Speed of the reader beside `rss`, `atom_syndication` and `feed-rs`:
//! `cargo bench --bench reading`. Each is measured over the feeds that it can
//! read, and newswatch over the same feeds in the same run, in turns; what counts is
//! the ratio. Time is that of the processor, so that other work on the machine
//! disturbs it less.
//!
//! newswatch also finds the character encoding, repairs, reads dates, resolves links
//! and turns HTML into text meanwhile, which the others leave to their callers in
//! whole or in part. The last column gives the other reader the work of the last:
//! it, and then `to_text` over the descriptions and contents that it found.
//!
//! The feeds are those of the tests (`$NEWSWATCH_FEEDS`, `../shared/feeds`,
//! unpacked), else the samples of `tests/feeds`; and two feeds of generated articles,
//! their HTML in CDATA sections and escaped. `rss` copies a section without a look at
//! it: to turn it into text takes longer than that, whoever does it.

#![allow(clippy::print_stdout, reason = "a benchmark prints its table")]
#![allow(clippy::cast_precision_loss, reason = "figures for people")]

#[path = "support/clock.rs"]
mod clock;

use clock::Clock;
use newswatch::feed::{Hints, parse};
use newswatch::text::html::to_text;
use std::hint::black_box;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The best of so many rounds over all feeds is taken.
const ROUNDS: usize = 50;

/// Reads a feed; says whether it could.
type Reader = fn(&[u8]) -> bool;

/// Another reader: its name, it alone, and it with HTML to text.
const OTHERS: &[(&str, Reader, Option<Reader>)] = &[
    ("rss", |bytes| black_box(rss::Channel::read_from(bytes)).is_ok(), Some(rss_and_text)),
    ("atom_syndication", |bytes| black_box(atom_syndication::Feed::read_from(bytes)).is_ok(), Some(atom_and_text)),
    ("feed-rs", |bytes| black_box(feed_rs::parser::parse(bytes)).is_ok(), None),
];

fn rss_and_text(bytes: &[u8]) -> bool {
    let Ok(channel) = rss::Channel::read_from(bytes) else { return false };
    for item in channel.items() {
        item.description().into_iter().chain(item.content()).for_each(|html| drop(black_box(to_text(html))));
    }
    black_box(channel);
    true
}

fn atom_and_text(bytes: &[u8]) -> bool {
    let Ok(feed) = atom_syndication::Feed::read_from(bytes) else { return false };
    for entry in feed.entries() {
        let content = entry.content().and_then(atom_syndication::Content::value);
        let texts = entry.summary().map(atom_syndication::Text::as_str).into_iter().chain(content);
        texts.for_each(|html| drop(black_box(to_text(html))));
    }
    black_box(feed);
    true
}

fn ours(bytes: &[u8]) -> bool {
    black_box(parse(bytes, Hints::default())).is_ok()
}

fn main() {
    let feeds = feeds();
    let all: Vec<&[u8]> = feeds.iter().map(Vec::as_slice).collect();
    let long = all.iter().copied().filter(|feed| feed.len() > 4096).collect();
    let (sections, escaped) = (articles(|html| format!("<![CDATA[{html}]]>")), articles(escape));
    let sets = [("", all), (", > 4 KB", long), (", CDATA", vec![&sections[..]]), (", escaped", vec![&escaped[..]])];
    std::panic::set_hook(Box::new(|_| {}));
    println!("                reader |  feeds       | MB   |  MB/s | newswatch MB/s | ratio | and HTML to text");
    for (name, reader, with_text) in OTHERS {
        for (set, feeds) in &sets {
            row(&format!("{name}{set}"), *reader, *with_text, feeds);
        }
    }
}

fn row(name: &str, reader: Reader, with_text: Option<Reader>, all: &[&[u8]]) {
    let readable = |feed: &&[u8]| catch_unwind(|| reader(feed)).unwrap_or(false) && ours(feed);
    let feeds: Vec<&[u8]> = all.iter().copied().filter(readable).collect();
    if feeds.is_empty() {
        return;
    }
    let bytes: usize = feeds.iter().map(|feed| feed.len()).sum();
    let [theirs, ours, both] = best([reader, ours, with_text.unwrap_or(reader)], &feeds);
    let speed = |seconds: f64| bytes as f64 / 1e6 / seconds;
    let last = if with_text.is_some() { format!("{:.2}", both / ours) } else { String::new() };
    println!(
        "{name:>22} | {:4} of {:4} | {:4.2} | {:5.1} | {:5.1} | {:.2} | {last}",
        feeds.len(),
        all.len(),
        bytes as f64 / 1e6,
        speed(theirs),
        speed(ours),
        theirs / ours,
    );
}

/// A feed of 50 articles in HTML of some kilobytes, each written as is said.
fn articles(write: fn(&str) -> String) -> Vec<u8> {
    const WORDS: &[&str] = &["the", "minister", "said", "on", "Tuesday", "café", "prices", "would", "fall", "of&nbsp;"];
    let mut random = fastrand::Rng::with_seed(7);
    let mut words = |count| (0..count).filter_map(|_| random.choice(WORDS)).copied().collect::<Vec<_>>().join(" ");
    let mut paragraph = || {
        let [start, middle, link] = [40, 20, 3].map(&mut words);
        format!("<p>{start} <a href=\"https://example.org/?a=1&amp;b=2\">{link}</a> <b>{middle}</b>.</p>\n")
    };
    let item = |number| {
        let html: String = (0..8).map(|_| paragraph()).collect();
        format!(
            "<item><title>Article {number}</title><link>https://example.org/{number}</link>\
             <pubDate>Tue, 24 Nov 2026 10:00:00 +0000</pubDate><guid isPermaLink=\"false\">{number}</guid>\
             <content:encoded>{}</content:encoded></item>\n",
            write(&html)
        )
    };
    let items: String = (0..50).map(item).collect();
    let content = "http://purl.org/rss/1.0/modules/content/";
    format!("<rss version=\"2.0\" xmlns:content=\"{content}\"><channel><title>Articles</title>{items}</channel></rss>")
        .into()
}

fn escape(html: &str) -> String {
    html.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// The fewest seconds that each reader took for all feeds.
fn best<const N: usize>(readers: [Reader; N], feeds: &[&[u8]]) -> [f64; N] {
    let mut best = [f64::MAX; N];
    for _ in 0..ROUNDS {
        for (reader, best) in readers.iter().zip(&mut best) {
            let clock = Clock::start();
            for feed in feeds {
                reader(feed);
            }
            *best = clock.seconds().min(*best);
        }
    }
    best
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
