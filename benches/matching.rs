//! Speed, load time and memory of the matcher beside a raw overlapping
//! `aho-corasick` search over text that is already folded, in the same run:
//! `cargo bench --bench matching [TERMS…]`. Text and terms come from a seeded
//! generator; what counts is the ratio.

#![allow(clippy::print_stdout, reason = "a benchmark prints its table")]
#![allow(clippy::disallowed_methods, reason = "a benchmark measures time")]
#![allow(clippy::indexing_slicing, clippy::expect_used, reason = "a benchmark may fail loudly")]
#![allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "figures for people, random choices"
)]

#[path = "support/clock.rs"]
mod clock;
#[path = "support/language.rs"]
mod language;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use clock::Clock;
use language::Language;
use newswatch::text::fold::fold_to_string;
use newswatch::watchlist::matcher::{Matcher, MatcherBuilder, Scratch};
use newswatch::watchlist::term::{Document, Term};

/// Bytes of text that are searched.
const CORPUS: usize = 16 << 20;

/// The best of so many runs is taken.
const RUNS: usize = 5;

/// A run is repeated until it has taken so long.
const LEAST_SECONDS: f64 = 0.4;

/// Counts of terms for which the raw search is left out: it takes half a gigabyte.
const RAW_LIMIT: usize = 200_000;

fn main() {
    let asked: Vec<usize> = std::env::args().filter_map(|arg| arg.parse().ok()).collect();
    let sizes = if asked.is_empty() { vec![10, 100, 1_000, 10_000, 100_000, 1_000_000] } else { asked };
    let language = Language::new();
    let items = language.items(CORPUS);
    println!("    terms | newswatch MB/s | aho-corasick MB/s | ratio | matches | load s | memory MiB");
    for size in sizes {
        println!("{}", row(size, &language.terms(size), &items));
    }
}

/// Measures one number of terms.
fn row(size: usize, terms: &[Term], items: &[String]) -> String {
    let before = resident();
    let started = Clock::start();
    let matcher = build(terms);
    let load = started.seconds();
    let memory = resident().saturating_sub(before) >> 20;
    let mut occurrences = 0;
    let ours = best(items, || occurrences = search(&matcher, items));
    let raw = if size > RAW_LIMIT { None } else { Some(raw(terms, items)) };
    let (raw_speed, ratio) =
        raw.map_or(("-".to_owned(), "-".to_owned()), |raw| (format!("{raw:.0}"), format!("{:.1}", ours / raw)));
    format!("{size:9} | {ours:14.0} | {raw_speed:>17} | {ratio:>5} | {occurrences:7} | {load:6.2} | {memory:10}")
}

fn build(terms: &[Term]) -> Matcher {
    let mut builder = MatcherBuilder::default();
    for term in terms {
        builder.add(term).expect("generated terms are good");
    }
    builder.build()
}

/// Searches all items from end to end; returns how many occurrences there are.
fn search(matcher: &Matcher, items: &[String]) -> usize {
    let (mut scratch, mut found, mut count) = (Scratch::default(), Vec::new(), 0);
    for item in items {
        let title = item.split('.').next().unwrap_or_default();
        matcher.find(&Document { title, body: item, ..Document::default() }, &mut scratch, &mut found);
        count += found.len();
    }
    count
}

/// The speed of the raw search over folded text, in MB/s of original text.
fn raw(terms: &[Term], items: &[String]) -> f64 {
    let patterns: Vec<String> = terms.iter().map(|term| fold_to_string(term.text.trim_end_matches('*'))).collect();
    let automaton = AhoCorasick::builder()
        .kind(Some(AhoCorasickKind::ContiguousNFA))
        .match_kind(MatchKind::Standard)
        .build(&patterns)
        .expect("patterns that fit");
    let folded: Vec<String> = items.iter().map(|item| fold_to_string(item)).collect();
    let mut count = 0;
    best(items, || count += folded.iter().map(|item| automaton.find_overlapping_iter(item).count()).sum::<usize>())
}

/// MB of `items` a second, in the best run.
fn best(items: &[String], mut run: impl FnMut()) -> f64 {
    let bytes = items.iter().map(String::len).sum::<usize>() as f64;
    let speeds = (0..RUNS).map(|_| {
        let started = Clock::start();
        let mut times = 0.0;
        // The clock of the system may tick only every few milliseconds.
        while times == 0.0 || started.seconds() < LEAST_SECONDS {
            run();
            times += 1.0;
        }
        bytes * times / started.seconds() / 1e6
    });
    speeds.fold(0.0, f64::max)
}

/// Bytes of memory that the process holds.
fn resident() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    statm.split(' ').nth(1).and_then(|pages| pages.parse::<usize>().ok()).unwrap_or(0) * 4096
}
