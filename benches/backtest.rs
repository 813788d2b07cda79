//! Backtests over a store on disk: megabytes of stored text a second of processor time on
//! one core, and of time on all: `cargo bench --bench backtest [-- MEGABYTES [TERMS…]]`.
//! Text and terms come from the seeded generator of `matching`; the state lies in the folder
//! for temporary files.

#![allow(clippy::print_stdout, reason = "a benchmark prints its table")]
#![allow(clippy::disallowed_methods, reason = "a benchmark measures time")]
#![allow(clippy::indexing_slicing, clippy::expect_used, reason = "a benchmark may fail loudly")]
#![allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "figures for people, random choices"
)]

#[path = "support/language.rs"]
mod language;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use language::Language;
use newswatch::daemon::backtest;
use newswatch::engine::backtest::Question;
use newswatch::engine::decide::{ItemWrite, PollPlan};
use newswatch::engine::item::{Item, Key, keys};
use newswatch::engine::schedule::{FeedState, PollSettings};
use newswatch::engine::story::StorySettings;
use newswatch::engine::{Feed, FirstPoll, Runtime};
use newswatch::feed::ParsedItem;
use newswatch::store::poll::{PollCommit, PollLookup};
use newswatch::store::{Access, Store};
use newswatch::watchlist::compile::compile;
use newswatch::watchlist::definition::{At, Definition, Pos};
use newswatch::watchlist::term::Term;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

/// Items in one poll.
const POLL: usize = 500;

/// The best of so many runs is taken.
const RUNS: usize = 3;

fn main() {
    let mut asked = std::env::args().filter_map(|arg| arg.parse().ok());
    let megabytes: usize = asked.next().unwrap_or(128);
    let sizes: Vec<usize> = asked.collect();
    let language = Language::new();
    let dir = tempfile::tempdir().expect("a folder");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let end = runtime.block_on(fill(dir.path(), &language.items(megabytes << 20)));
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    println!("  terms |  alerts | MB/s of processor time, one core | MB/s, {cores} cores | peak MiB");
    for size in if sizes.is_empty() { vec![10, 1_000, 10_000] } else { sizes } {
        let watched = watched(language.terms(size));
        // Begins to measure the peak anew.
        let _ = std::fs::write("/proc/self/clear_refs", "5");
        let run = |cores| runtime.block_on(measure(dir.path(), &watched, end, cores));
        let best = |of: fn(&Measured) -> f64, cores| (0..RUNS).map(|_| of(&run(cores))).fold(0.0, f64::max);
        let alerts = run(1).alerts;
        let (one, all) = (best(|it| it.of_processor, 1), best(|it| it.of_time, cores));
        println!("{size:>7} | {alerts:>7} | {one:>32.0} | {all:>13.0} | {:>8}", peak());
    }
}

/// Megabytes a second, and alerts.
struct Measured {
    of_processor: f64,
    of_time: f64,
    alerts: u64,
}

async fn measure(dir: &Path, watched: &Runtime, end: Timestamp, cores: usize) -> Measured {
    let store = Store::open(dir, Access::ReadOnly).expect("the state");
    let question = Question { since: Timestamp::UNIX_EPOCH, until: end, zone: TimeZone::UTC, watchlist: None };
    let (started, before) = (Instant::now(), on_processor());
    let tested = backtest::run(&store, watched, question, cores, |_| ()).await.expect("a backtest");
    let (time, processor) = (started.elapsed().as_secs_f64(), on_processor() - before);
    store.close().await;
    let megabytes = tested.report.bytes as f64 / 1e6;
    Measured {
        of_processor: megabytes / processor,
        of_time: megabytes / time,
        alerts: tested.report.rules.iter().map(|rule| rule.alerts).sum(),
    }
}

/// Stores the items, one a minute; when the last one came.
async fn fill(dir: &Path, texts: &[String]) -> Timestamp {
    let store = Store::open(dir, Access::ReadWrite).expect("the state");
    let mut now = Timestamp::UNIX_EPOCH;
    for (poll, texts) in texts.chunks(POLL).enumerate() {
        now += SignedDuration::from_mins(POLL as i64);
        let items = texts.iter().enumerate().map(|(nth, text)| new_item(poll * POLL + nth, text, now)).collect();
        let state = FeedState { key: "press".to_owned(), ..FeedState::default() };
        let plan = PollPlan { feed: state, items, ..PollPlan::default() };
        let lookup = PollLookup { feed: "press".to_owned(), ..PollLookup::default() };
        let commit = PollCommit { plan, now, ..PollCommit::default() };
        store.commit_poll(lookup, move |_| commit).await.expect("a poll");
    }
    store.close().await;
    now
}

fn new_item(number: usize, text: &str, now: Timestamp) -> ItemWrite {
    let link = format!("https://press.example/{number}");
    let title: String = text.split(' ').take(9).collect::<Vec<_>>().join(" ");
    let parsed = ParsedItem { title, link: Some(link.clone()), text: text.to_owned(), ..ParsedItem::default() };
    let keys = keys(&parsed, Some(&link));
    let item = Item {
        id: format!("itm_{}", Key::of("item", &[&link]).letters()),
        guid: None,
        link: Some(link.clone()),
        canonical_link: Some(link),
        title: parsed.title,
        summary: text.chars().take(120).collect(),
        text: parsed.text,
        authors: vec!["A. Author".to_owned()],
        categories: vec!["World".to_owned()],
        language: Some("en".to_owned()),
        published: Some(now),
        updated: None,
        first_seen: now,
        revision: 1,
    };
    ItemWrite::New { item, keys, story: None, fired: Vec::new() }
}

/// One watchlist with these keywords.
fn watched(terms: Vec<Term>) -> Runtime {
    let keywords = terms.into_iter().map(|value| At { value, pos: Pos::default() }).collect();
    let name = At { value: "names".to_owned(), pos: Pos::default() };
    let (watchlists, _) = compile(&[Definition { name, keywords, ..Definition::default() }]);
    let hours = SignedDuration::from_hours;
    let feed = Feed {
        key: "press".to_owned(),
        name: "press".to_owned(),
        url: "https://press.example/rss".to_owned(),
        tags: Vec::new(),
        interval: None,
        first_poll: FirstPoll::All,
        enabled: true,
    };
    Runtime {
        watchlists: Arc::new(watchlists),
        feeds: vec![feed],
        sinks: Vec::new(),
        poll: PollSettings { interval: hours(1), min_interval: hours(1), max_interval: hours(24) },
        stories: StorySettings { window: hours(48), similarity: 0.7 },
    }
}

/// Seconds that this process has run on processors (Linux, `proc(5)`: of 10 ms each).
fn on_processor() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |nth: usize| fields.get(nth).and_then(|it| it.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / 100.0
}

/// MiB of memory that the process has held at most.
fn peak() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|kib| kib.parse::<usize>().ok()).unwrap_or(0) / 1024
}
