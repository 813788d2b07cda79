//! From the commit to the receiver: `cargo bench --bench delivery [-- ALERTS [QUEUED]]`
//! (defaults: 20,000 and 100,000; `$NEWSWATCH_BIN` may name another binary). It runs the
//! real program on an outbox that is full already, to see how many alerts a second leave
//! it; then on feeds that bring an item a second, to see how long an alert takes; then on a
//! queue that nobody takes, to see what it holds. Beside it `reqwest` sends the same bytes.

#![allow(clippy::print_stdout, reason = "a benchmark prints its table")]
#![allow(clippy::disallowed_methods, reason = "a benchmark measures time")]
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a benchmark may fail loudly"
)]
#![allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "figures for people"
)]

#[path = "scale/daemon.rs"]
mod daemon;
#[path = "delivery/loopback.rs"]
#[allow(dead_code, reason = "`reload` asks for more of it")]
mod loopback;

use daemon::{Daemon, cpu_ms, status_kib};
use jiff::Timestamp;
use loopback::{feeds, receiver};
use newswatch::engine::alert::{Alert, AlertFeed, AlertMatch, AlertRule, AlertStory};
use newswatch::engine::decide::{PollPlan, RoutedAlert};
use newswatch::engine::item::Item;
use newswatch::engine::pace::Pace;
use newswatch::engine::schedule::FeedState;
use newswatch::sink::payload::{self, TextMode};
use newswatch::store::poll::{AlertDocument, NewDelivery, PollCommit, PollLookup, Traffic};
use newswatch::store::{Access, Store};
use newswatch::watchlist::definition::Severity;
use newswatch::watchlist::term::Field;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// The sink of every delivery.
const SINK: &str = "desk";

/// Requests in flight, the default of a webhook.
const IN_FLIGHT: usize = 4;

/// Feeds that bring an item a second each, and for how long.
const FEEDS: usize = 10;
const MEASURED: Duration = Duration::from_secs(30);

#[tokio::main]
async fn main() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut counts = std::env::args().skip(1).filter_map(|argument| argument.parse::<usize>().ok());
    let (alerts, queued) = (counts.next().unwrap_or(20_000), counts.next().unwrap_or(100_000));
    throughput(alerts).await;
    println!();
    for fsync in [true, false] {
        latency(fsync).await;
    }
    println!();
    memory(queued).await;
}

/// How fast an outbox is emptied.
async fn throughput(alerts: usize) {
    println!(
        "{alerts} alerts of {} bytes that wait | alerts/s | ratio | CPU ms an alert",
        document(0, Timestamp::now()).1.len()
    );
    let receiver = receiver().await;
    let url = format!("http://127.0.0.1:{}/", receiver.port);
    let bare = bare(&url, alerts.min(20_000)).await;
    println!("{:>34} | {bare:8.0} |       |", format!("reqwest, {IN_FLIGHT} in flight"));
    for concurrency in [IN_FLIGHT, 32] {
        receiver.forget();
        let sink = format!("[webhook.{SINK}]\nurl = \"{url}\"\nconcurrency = {concurrency}\n");
        let (home, daemon) = start_full(&sink, alerts).await;
        let (seconds, cpu) = until(&daemon, || receiver.count() >= alerts).await;
        row(&format!("webhook, {concurrency} in flight"), alerts, seconds, cpu, Some(bare));
        drop((daemon, home));
    }
    for fsync in [true, false] {
        let sink = format!("[file.{SINK}]\npath = \"alerts.jsonl\"\nfsync = {fsync}\n");
        let (home, daemon) = start_full(&sink, alerts).await;
        let path = home.path().join("state/alerts.jsonl");
        let bytes: u64 = (0..alerts).map(|number| document(number, Timestamp::UNIX_EPOCH).1.len() as u64 + 1).sum();
        let (seconds, cpu) = until(&daemon, || fs::metadata(&path).is_ok_and(|file| file.len() >= bytes)).await;
        row(&format!("file, fsync = {fsync}"), alerts, seconds, cpu, None);
        drop((daemon, home));
    }
}

fn row(name: &str, alerts: usize, seconds: f64, cpu: f64, bare: Option<f64>) {
    let speed = alerts as f64 / seconds;
    let ratio = bare.map_or_else(String::new, |bare| format!("{:.2}", speed / bare));
    println!("{name:>34} | {speed:8.0} | {ratio:>5} | {:.3}", cpu / alerts as f64);
}

/// A daemon with this sink and so many deliveries to it that wait.
async fn start_full(sink: &str, alerts: usize) -> (tempfile::TempDir, Daemon) {
    let home = tempfile::tempdir().expect("a folder");
    configure(home.path(), "", sink);
    fill(&home.path().join("state"), alerts).await;
    let daemon = Daemon::start(home.path(), "newswatch.toml", &["run"]);
    (home, daemon)
}

/// Seconds and processor milliseconds from the start of the daemon until something holds.
async fn until(daemon: &Daemon, holds: impl Fn() -> bool) -> (f64, f64) {
    daemon.wait_for("  state");
    let (started, cpu) = (Instant::now(), cpu_ms(daemon.id()));
    while !holds() {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    (started.elapsed().as_secs_f64(), cpu_ms(daemon.id()) - cpu)
}

/// The same bytes, posted and forgotten: the ceiling, in alerts a second.
async fn bare(url: &str, alerts: usize) -> f64 {
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let started = Instant::now();
    let mut workers = JoinSet::new();
    for worker in 0..IN_FLIGHT {
        let (client, url) = (client.clone(), url.to_owned());
        workers.spawn(async move {
            for number in (worker..alerts).step_by(IN_FLIGHT) {
                let (_, body) = document(number, Timestamp::UNIX_EPOCH);
                client.post(&url).body(body).send().await.expect("an answer");
            }
        });
    }
    workers.join_all().await;
    alerts as f64 / started.elapsed().as_secs_f64()
}

/// How long an alert takes from its decision, which precedes the commit, to its receiver.
async fn latency(fsync: bool) {
    let (receiver, feeds) = (receiver().await, feeds().await);
    let home = tempfile::tempdir().expect("a folder");
    let url = |number: usize| {
        format!("[[feed]]\nurl = \"http://127.0.0.{}:{}/{number}\"\ninterval = \"1s\"\n", number + 2, feeds.port)
    };
    let sinks = format!(
        "[webhook.{SINK}]\nurl = \"http://127.0.0.1:{}/\"\n[file.archive]\npath = \"alerts.jsonl\"\nfsync = {fsync}\n",
        receiver.port
    );
    configure(home.path(), &(0..FEEDS).map(url).collect::<String>(), &sinks);
    let daemon = Daemon::start(home.path(), "newswatch.toml", &["run"]);
    let path = home.path().join("state/alerts.jsonl");
    let (until, mut read, mut lines) = (Instant::now() + MEASURED, 0, Vec::new());
    while Instant::now() < until {
        tokio::time::sleep(Duration::from_millis(1)).await;
        let text = fs::read_to_string(&path).unwrap_or_default();
        let now = Timestamp::now();
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        lines.extend(text[read.min(whole)..whole].lines().filter_map(|line| loopback::age(line.as_bytes(), now)));
        read = whole;
    }
    drop(daemon);
    println!("one of {FEEDS} feeds brings an alert every 0.1 s; to the webhook: {}", percentiles(receiver.ages()));
    println!("{:>45} to the file, fsync = {fsync}: {}", "", percentiles(lines));
}

fn percentiles(mut ages: Vec<f64>) -> String {
    ages.sort_by(f64::total_cmp);
    let at = |share: f64| {
        ages.get(((ages.len() as f64 * share) as usize).min(ages.len().saturating_sub(1))).copied().unwrap_or(0.0)
    };
    format!("p50 {:.0} ms, p99 {:.0} ms, most {:.0} ms of {}", at(0.5), at(0.99), at(1.0), ages.len())
}

/// What the daemon holds when nobody takes what is queued.
async fn memory(queued: usize) {
    // Nobody listens there.
    let sink = format!("[webhook.{SINK}]\nurl = \"http://127.0.0.1:9/\"\n");
    let mut before = None;
    for count in [0, queued] {
        let (home, daemon) = start_full(&sink, count).await;
        daemon.wait_for("  state");
        tokio::time::sleep(Duration::from_secs(20)).await;
        let (now, most) = (status_kib(daemon.id(), "VmRSS"), status_kib(daemon.id(), "VmHWM"));
        let more = before.map_or_else(String::new, |before| format!(", {:+.1} MiB", (now - before) / 1024.0));
        before = Some(now);
        println!(
            "{count} deliveries queued to a dead webhook: {:.1} MiB now, {:.1} at most{more}",
            now / 1024.0,
            most / 1024.0
        );
        drop((daemon, home));
    }
}

fn configure(home: &Path, feeds: &str, sinks: &str) {
    let poll = "[poll]\nhost_gap = \"0s\"\nfirst_poll = \"all\"\n";
    fs::write(home.join("newswatch.toml"), format!("state_dir = \"state\"\n{poll}{feeds}{sinks}")).expect("a file");
    fs::create_dir(home.join("watchlists")).expect("a folder");
    fs::write(home.join("watchlists/words.toml"), "keywords = [\"sabotage\"]\n").expect("a file");
}

/// Puts alerts with a delivery each into the state, as polls do.
async fn fill(state: &Path, alerts: usize) {
    let store = Store::open(state, Access::ReadWrite).expect("a store");
    let now = Timestamp::now();
    for first in (0..alerts).step_by(500) {
        let mut commit = PollCommit { now, traffic: Traffic::default(), ..PollCommit::default() };
        commit.plan =
            PollPlan { feed: FeedState { key: "bench".to_owned(), ..FeedState::default() }, ..PollPlan::default() };
        for number in first..(first + 500).min(alerts) {
            let (alert, body) = document(number, now);
            let delivery = NewDelivery { sink: SINK.to_owned(), body: None, pace: Pace::default() };
            commit.plan.alerts.push(RoutedAlert { alert, sinks: Vec::new(), silence: None });
            commit.documents.push(AlertDocument { body, deliveries: vec![delivery] });
        }
        store.commit_poll(PollLookup::default(), move |_| commit).await.expect("a commit");
    }
    store.close().await;
}

/// An alert as the daemon raises them, and its bytes.
fn document(number: usize, time: Timestamp) -> (Alert, Vec<u8>) {
    let text = "Investigators now treat the fire as an act of sabotage, the operator of the line said. ".repeat(12);
    let alert = Alert {
        id: format!("alt_{number:026}"),
        time,
        severity: Severity::High,
        test: false,
        watchlist: "words".to_owned(),
        watchlist_title: "Words".to_owned(),
        rules: vec![AlertRule {
            id: "any".to_owned(),
            title: "Any".to_owned(),
            severity: Severity::High,
            tags: Vec::new(),
        }],
        matches: vec![AlertMatch {
            term: "sabotage".to_owned(),
            entity: None,
            field: Field::Body,
            start: 46,
            end: 54,
            text: "sabotage".to_owned(),
            context: "\u{2026}treat the fire as an act of sabotage, the operator\u{2026}".to_owned(),
        }],
        item: Item {
            id: format!("itm_{number:026}"),
            guid: Some(format!("guid-{number}")),
            link: Some(format!("https://news.example/{number}")),
            canonical_link: Some(format!("https://news.example/{number}")),
            title: format!("Fire at a depot, number {number}"),
            summary: String::new(),
            text,
            authors: Vec::new(),
            categories: Vec::new(),
            language: Some("en".to_owned()),
            published: Some(time),
            updated: None,
            first_seen: time,
            revision: 1,
        },
        feed: AlertFeed { name: "bench".to_owned(), ..AlertFeed::default() },
        story: AlertStory { id: format!("sty_{number:026}"), first: true, also_in: Vec::new() },
    };
    let body = payload::render(&alert, "bench", TextMode::Full);
    (alert, body)
}
