//! Stories across feeds: how often copies are recognized, how often something else is
//! taken for one, and what an item costs however many are in the window:
//! `cargo bench --bench stories [-- [STORIES] [--window ITEMS…]]`. The news comes from a
//! seeded generator (`tests/it/engine/press`), which knows what is a copy; the state lies in
//! the folder for temporary files and takes 4 KB an item.

#![allow(clippy::print_stdout, reason = "a benchmark prints its table")]
#![allow(clippy::disallowed_methods, reason = "a benchmark measures time")]
#![allow(clippy::indexing_slicing, clippy::expect_used, clippy::panic, reason = "a benchmark may fail loudly")]
#![allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    reason = "figures for people, random choices"
)]

#[path = "../tests/it/engine/judge.rs"]
mod judge;
#[path = "../tests/it/engine/press/mod.rs"]
mod press;

use judge::{Desk, Tally, judge, total};
use newswatch::feed::ParsedItem;
use newswatch::store::{Access, Store};
use press::{FEEDS, press};
use std::collections::BTreeMap;
use std::time::Instant;
use tokio::task::JoinSet;

/// The news of this number was not looked at while the engine was written.
const SEED: u64 = 20_261_124;

/// Items in one document.
const DOCUMENT: usize = 20;

/// Polls that are written at a time.
const POLLS: usize = 64;

/// Items whose cost is measured.
const MEASURED: usize = 10_000;

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let mut parts = arguments.split(|argument| argument == "--window");
    let numbers = |part: Option<&[String]>| -> Vec<usize> {
        part.unwrap_or_default().iter().filter_map(|argument| argument.parse().ok()).collect()
    };
    let stories = numbers(parts.next()).first().copied().unwrap_or(3_000);
    let mut windows = numbers(parts.next());
    if windows.is_empty() {
        windows = vec![10_000, 100_000];
    }
    recognition(stories).await;
    cost(&windows).await;
}

/// What is recognized.
async fn recognition(stories: usize) {
    let tallies: BTreeMap<&str, Tally> = judge(&press(SEED, stories)).await;
    println!("{:>28} | items | copies | recognized | taken for another story", "");
    for (kind, tally) in tallies.iter().filter(|(_, tally)| tally.copies > 0) {
        println!("{}", row(kind, tally));
    }
    for (kind, tally) in tallies.iter().filter(|(_, tally)| tally.copies == 0) {
        println!("{}", row(kind, tally));
    }
    let all = total(&tallies);
    println!("{}\nprecision {:.4}, recall {:.4}", row("all", &all), all.precision(), all.recall());
}

/// What an item costs that fires, from its text to the commit, when so many are in the window.
async fn cost(windows: &[usize]) {
    let folder = tempfile::tempdir().expect("a folder");
    let desk = Desk::new(Store::open(folder.path(), Access::ReadWrite).expect("a store"));
    println!("\nitems in the window | ms an item | CPU ms an item | ratio to the first | of CPU");
    let (mut items, mut held, mut first) = (Items::default(), 0, None);
    for window in windows {
        while held < window.saturating_sub(MEASURED) {
            held += decide_on(&desk, &mut items, MEASURED.min(window - MEASURED - held)).await;
        }
        items.write(MEASURED);
        let (started, cpu) = (Instant::now(), cpu_seconds());
        held += decide_on(&desk, &mut items, MEASURED).await;
        let an_item = |seconds: f64| seconds * 1000.0 / MEASURED as f64;
        let (time, cpu) = (an_item(started.elapsed().as_secs_f64()), an_item(cpu_seconds() - cpu));
        let (first_time, first_cpu) = *first.get_or_insert((time, cpu));
        println!("{held:19} | {time:10.3} | {cpu:14.3} | {:18.2} | {:.2}", time / first_time, cpu / first_cpu);
    }
}

/// Polls documents with so many items in all, many at a time.
async fn decide_on(desk: &Desk, items: &mut Items, count: usize) -> usize {
    let mut polls = JoinSet::new();
    for _ in 0..count.div_ceil(DOCUMENT) {
        if polls.len() >= POLLS {
            polls.join_next().await;
        }
        let (desk, (feed, minute, document)) = (desk.clone(), items.document());
        polls.spawn(async move { desk.poll(feed, document, minute).await.len() });
    }
    polls.join_all().await;
    count
}

/// Items of one press after the other, each with a guid and a link of its own.
#[derive(Default)]
struct Items {
    presses: u64,
    left: Vec<(i64, ParsedItem)>,
    documents: u32,
}

impl Items {
    /// Writes so many ahead.
    fn write(&mut self, count: usize) {
        while self.left.len() < count {
            self.presses += 1;
            for mut piece in press(SEED + self.presses, 500) {
                let number = self.presses;
                let unique = |text: Option<String>| text.map(|text| format!("{text}-of-{number}"));
                (piece.item.id, piece.item.link) = (unique(piece.item.id), unique(piece.item.link));
                self.left.push((piece.minute, piece.item));
            }
        }
    }

    /// The next document: its feed, its time, its items.
    fn document(&mut self) -> (u32, i64, Vec<ParsedItem>) {
        self.write(DOCUMENT);
        self.documents += 1;
        let items = self.left.split_off(self.left.len() - DOCUMENT);
        (self.documents % FEEDS, items[0].0, items.into_iter().map(|(_, item)| item).collect())
    }
}

/// Processor time of this process so far (Linux, `proc(5)`, in hundredths of a second).
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks: Vec<u64> = after_name.split(' ').skip(12).take(2).filter_map(|ticks| ticks.parse().ok()).collect();
    ticks.iter().sum::<u64>() as f64 / 100.0
}

fn row(kind: &str, tally: &Tally) -> String {
    let recall = if tally.copies > 0 { format!("{:.1} %", tally.recall() * 100.0) } else { "-".to_owned() };
    let wrong = tally.wrong as f64 * 100.0 / tally.items as f64;
    format!("{kind:>28} | {:5} | {:6} | {recall:>10} | {:5} ({wrong:.2} %)", tally.items, tally.copies, tally.wrong)
}
