//! Very many feeds: start, memory, whole cycles of polls.
//!
//! `cargo bench --bench scale [-- FEEDS]` (default 2,000; `$NEWSWATCH_BIN` may name another
//! binary). It runs the real program on a configuration with so many feeds and 10,000 terms,
//! against a server in a process of its own, so that the processor time of the two can be
//! told apart. Every feed has an address of its own on loopback, as if each were another
//! host. Beside it, in the same run, `reqwest` fetches the same bytes from the same
//! addresses and throws them away: what counts is the ratio.

#![allow(clippy::print_stdout, reason = "a benchmark prints its table")]
#![allow(clippy::disallowed_methods, reason = "a benchmark measures time")]
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::exit,
    reason = "a benchmark may fail loudly, and its server ends with it"
)]
#![allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "figures for people, random choices")]

#[path = "scale/daemon.rs"]
mod daemon;
#[path = "scale/server.rs"]
mod server;

use daemon::{Daemon, cpu_ms, status_kib};
use server::{FeedServer, Phase};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// Terms that are looked for.
const TERMS: usize = 10_000;

/// Requests in flight; the default of `[poll] concurrency`.
const CONCURRENCY: usize = 64;

/// How long a daemon at rest is watched.
const REST: Duration = Duration::from_secs(20);

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if arguments.first().is_some_and(|argument| argument == "serve") {
        return server::serve();
    }
    let _ = rustls::crypto::ring::default_provider().install_default();
    let feeds = arguments.first().and_then(|count| count.parse().ok()).unwrap_or(2_000);
    let server = FeedServer::start();
    let home = tempfile::tempdir().expect("a folder");
    configure(home.path(), feeds, server.port);
    println!(
        "{feeds} feeds of 20 items ({} bytes a document), {TERMS} terms, {CONCURRENCY} requests in flight",
        server::size()
    );
    cycles(home.path(), feeds, &server);
    rest(home.path(), feeds, &server);
}

/// Whole cycles of polls: of the daemon, and of a client that only fetches.
fn cycles(home: &Path, feeds: usize, server: &FeedServer) {
    println!(
        "\n{:>26} | feeds/s | ratio | CPU ms a feed: ours | server's | ratio by CPU | new items | MiB now, at most",
        ""
    );
    let phases = [("200, first poll", 20), ("200, 20 new items", 40), ("200, 1 new item", 41), ("304", 41)];
    for (name, phase) in phases.map(|(name, first)| (name, Phase(first))) {
        server.enter(phase);
        let bare = bare(feeds, server, (name == "304").then_some(phase));
        let ours = once(home, feeds, server);
        let (ratio, by_cpu) = (ours.speed / bare.speed, bare.both() / ours.both());
        println!(
            "{:>26} | {:7.0} | {:5} | {:19.3} | {:8.3} |",
            format!("{name}: reqwest"),
            bare.speed,
            "",
            bare.cpu,
            bare.server
        );
        println!(
            "{:>26} | {:7.0} | {ratio:5.2} | {:19.3} | {:8.3} | {by_cpu:12.2} | {:9} | {:.0}, {:.0}",
            "newswatch", ours.speed, ours.cpu, ours.server, ours.new, ours.memory, ours.most
        );
    }
}

/// One cycle.
struct Cycle {
    /// Feeds a second.
    speed: f64,
    /// Processor milliseconds a feed.
    cpu: f64,
    /// Of the server.
    server: f64,
    new: String,
    memory: f64,
    most: f64,
}

impl Cycle {
    /// Processor milliseconds a feed of the client and the server: on a machine that others use,
    /// or that has only enough cores for these two, this says more than the clock.
    fn both(&self) -> f64 {
        self.cpu + self.server
    }
}

/// `run --once`: from the moment that everything is live to the end of the round.
fn once(home: &Path, feeds: usize, server: &FeedServer) -> Cycle {
    let daemon = Daemon::start(home, "newswatch.toml", &["run", "--once"]);
    daemon.wait_for("  state");
    let (started, cpu, servers) = (Instant::now(), cpu_ms(daemon.id()), cpu_ms(server.child.id()));
    let told = daemon.wait_for(" polled ");
    let seconds = started.elapsed().as_secs_f64();
    let of_each = |ms: f64| ms / feeds as f64;
    let failed = if told.contains("failed") { format!("{told}: ") } else { String::new() };
    let new = told.split(", ").find_map(|part| part.strip_suffix(" new")).unwrap_or("?");
    Cycle {
        speed: feeds as f64 / seconds,
        cpu: of_each(cpu_ms(daemon.id()) - cpu),
        server: of_each(cpu_ms(server.child.id()) - servers),
        new: format!("{failed}{new}"),
        memory: status_kib(daemon.id(), "VmRSS") / 1024.0,
        most: status_kib(daemon.id(), "VmHWM") / 1024.0,
    }
}

/// The same requests without anything else: the ceiling.
fn bare(feeds: usize, server: &FeedServer, unchanged: Option<Phase>) -> Cycle {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("threads");
    let client = reqwest::Client::builder().pool_max_idle_per_host(0).no_proxy().build().expect("a client");
    let (started, cpu, servers) = (Instant::now(), cpu_ms(std::process::id()), cpu_ms(server.child.id()));
    let next = Arc::new(AtomicUsize::new(0));
    runtime.block_on(async {
        let mut workers = JoinSet::new();
        for _ in 0..CONCURRENCY {
            let (client, next, port) = (client.clone(), Arc::clone(&next), server.port);
            workers.spawn(async move {
                loop {
                    let feed = next.fetch_add(1, Ordering::Relaxed);
                    if feed >= feeds {
                        break;
                    }
                    let mut request = client.get(server::url(feed, port));
                    if let Some(phase) = unchanged {
                        request = request.header("if-none-match", phase.etag());
                    }
                    let mut answer = request.send().await.expect("an answer");
                    while answer.chunk().await.expect("a body").is_some() {}
                }
            });
        }
        workers.join_all().await;
    });
    let (seconds, of_each) = (started.elapsed().as_secs_f64(), |ms: f64| ms / feeds as f64);
    Cycle {
        speed: feeds as f64 / seconds,
        cpu: of_each(cpu_ms(std::process::id()) - cpu),
        server: of_each(cpu_ms(server.child.id()) - servers),
        new: String::new(),
        memory: 0.0,
        most: 0.0,
    }
}

/// The daemon when nothing is due: how long it takes to start, what it holds, and what it does.
fn rest(home: &Path, feeds: usize, server: &FeedServer) {
    let (base, ..) = at_rest(home, "one.toml", Duration::from_secs(2));
    let before = server.requests();
    let (memory, start, cpu, switches) = at_rest(home, "newswatch.toml", REST);
    println!("\nstart with {feeds} feeds known: {start:.2} s");
    println!(
        "memory at rest: {:.1} MiB, with one feed {:.1} MiB: {:.2} KiB a feed",
        memory / 1024.0,
        base / 1024.0,
        (memory - base) / feeds as f64
    );
    println!(
        "{} s at rest: {cpu:.0} ms of CPU, {switches} times woken, {} polls",
        REST.as_secs(),
        server.requests() - before
    );
}

/// KiB held, seconds to start, CPU milliseconds and wake-ups while it rests.
fn at_rest(home: &Path, config: &str, watched: Duration) -> (f64, f64, f64, u64) {
    let started = Instant::now();
    let daemon = Daemon::start(home, config, &["run"]);
    daemon.wait_for("  state");
    let start = started.elapsed().as_secs_f64();
    daemon.wait_for("due yet");
    // What is done once after a start is over by then.
    std::thread::sleep(Duration::from_secs(3));
    let pid = daemon.id();
    let (cpu, switches) = (cpu_ms(pid), switches(pid));
    std::thread::sleep(watched);
    (status_kib(pid, "VmRSS"), start, cpu_ms(pid) - cpu, self::switches(pid).saturating_sub(switches))
}

fn configure(home: &Path, feeds: usize, port: u16) {
    let settings = "host_gap = \"0s\"\ninterval = \"12h\"\nmin_interval = \"12h\"\nfirst_poll = \"all\"\n";
    let write = |name: &str, text: &str| fs::write(home.join(name), text).expect("a file");
    for folder in ["feeds", "watchlists"] {
        fs::create_dir(home.join(folder)).expect("a folder");
    }
    let watchlists = "include = [\"watchlists/*.toml\"";
    write("newswatch.toml", &format!("state_dir = \"state\"\n{watchlists}, \"feeds/*.toml\"]\n[poll]\n{settings}"));
    let feed = |number| format!("[[feed]]\nurl = \"{}\"\ntags = [\"bench\"]\n", server::url(number, port));
    let all: String = (0..feeds).map(feed).collect();
    write("feeds/all.toml", &all);
    // One feed that is known already, and a state of its own.
    let one = format!("state_dir = \"one\"\n{watchlists}]\n[poll]\n{settings}{}", feed(0));
    write("one.toml", &one);
    let terms = (0..TERMS).fold(String::new(), |mut terms, number| {
        let _ = writeln!(terms, "  \"{}\",", server::name(number));
        terms
    });
    write("watchlists/terms.toml", &format!("keywords = [\n{terms}]\n"));
    Daemon::start(home, "one.toml", &["run", "--once"]).wait_for(" polled ");
}

/// How often the threads of a process were woken.
fn switches(pid: u32) -> u64 {
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    let of_task = |task: fs::DirEntry| {
        let status = fs::read_to_string(task.path().join("status")).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
        line.and_then(|count| count.trim().parse::<u64>().ok()).unwrap_or(0)
    };
    tasks.map(of_task).sum()
}
