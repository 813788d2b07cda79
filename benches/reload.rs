//! What a reload costs the polls beside it: `cargo bench --bench reload [-- NAMES]` (default
//! 50,000; `$NEWSWATCH_BIN` may name another binary). The real program polls 50 feeds, each
//! once a second; then it is told to reload with a list of so many names, and once more with
//! another list in its place. How late polls are says what they noticed of it.

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
#![allow(dead_code, reason = "other benchmarks use the rest of what is shared")]

#[path = "scale/daemon.rs"]
mod daemon;
#[path = "delivery/loopback.rs"]
#[allow(dead_code, reason = "`delivery` asks for more of it")]
mod loopback;

use daemon::{Daemon, cpu_ms, status_kib};
use loopback::Feeds;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

/// Feeds that are polled.
const FEEDS: usize = 50;

/// How often each of them is.
const INTERVAL: Duration = Duration::from_secs(1);

/// How long polls are watched while nothing else happens, and after a reload.
const WATCHED: Duration = Duration::from_secs(10);

#[tokio::main]
async fn main() {
    let names = std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(50_000);
    let feeds = loopback::feeds().await;
    let home = tempfile::tempdir().expect("a folder");
    configure(home.path(), &feeds);
    let daemon = Daemon::start(home.path(), "newswatch.toml", &["run"]);
    daemon.wait_for("  state");
    println!(
        "{FEEDS} feeds, each polled once a second | polls late: p50 | p99 | most | seconds | CPU s | MiB at most, in the end"
    );
    tokio::time::sleep(Duration::from_secs(3)).await;
    let began = Instant::now();
    tokio::time::sleep(WATCHED).await;
    row("no reload", &feeds, began, None, &daemon);
    for (name, first) in [("with them", 0), ("with others", names)] {
        list(home.path(), first..first + names);
        let (began, cpu) = (Instant::now(), cpu_ms(daemon.id()));
        reload(&daemon);
        let (seconds, cpu) = (began.elapsed().as_secs_f64(), (cpu_ms(daemon.id()) - cpu) / 1000.0);
        tokio::time::sleep(WATCHED).await;
        row(&format!("a reload, {names} names: {name}"), &feeds, began, Some((seconds, cpu)), &daemon);
    }
}

fn reload(daemon: &Daemon) {
    daemon.signal(rustix::process::Signal::HUP);
    tokio::task::block_in_place(|| daemon.wait_for("the new configuration is live"));
}

fn row(name: &str, feeds: &Feeds, began: Instant, reload: Option<(f64, f64)>, daemon: &Daemon) {
    let mut late: Vec<f64> = feeds.gaps(began).map(|gap| gap.saturating_sub(INTERVAL).as_secs_f64() * 1000.0).collect();
    late.sort_by(f64::total_cmp);
    let at = |share: f64| {
        late.get(((late.len() as f64 * share) as usize).min(late.len().saturating_sub(1))).copied().unwrap_or(f64::NAN)
    };
    let reload = reload.map_or_else(|| format!("{:7} | {:5}", "", ""), |(wall, cpu)| format!("{wall:7.1} | {cpu:5.1}"));
    println!(
        "{name:>36} | {:8.0} ms | {:.0} ms | {:.0} ms | {reload} | {:.0}, {:.0}",
        at(0.5),
        at(0.99),
        at(1.0),
        status_kib(daemon.id(), "VmHWM") / 1024.0,
        status_kib(daemon.id(), "VmRSS") / 1024.0
    );
}

fn configure(home: &Path, feeds: &Feeds) {
    let feed = |number: usize| {
        let (host, port, seconds) = (number + 2, feeds.port, INTERVAL.as_secs());
        format!("[[feed]]\nurl = \"http://127.0.0.{host}:{port}/{number}\"\ninterval = \"{seconds}s\"\n")
    };
    let settings = "state_dir = \"state\"\nwatch_config = false\n[poll]\nhost_gap = \"0s\"\n";
    let config = settings.to_owned() + &(0..FEEDS).map(feed).collect::<String>();
    fs::write(home.join("newswatch.toml"), config).expect("a file");
    fs::create_dir(home.join("watchlists")).expect("a folder");
    let list = "[[import]]\nfile = \"../names\"\nformat = \"lines\"\ntype = \"person\"\n";
    fs::write(home.join("watchlists/names.toml"), list).expect("a file");
    self::list(home, 0..1);
}

/// Writes the list of names: of two words, no two the same.
fn list(home: &Path, numbers: std::ops::Range<usize>) {
    let syllables = ["ba", "dor", "kim", "lu", "men", "ra", "sul", "tov", "vi", "zen"];
    let word = |number: usize| {
        let word: String = (0..4).map(|place| syllables[number / 10_usize.pow(place) % 10]).collect();
        word[..1].to_uppercase() + &word[1..]
    };
    let names = numbers.fold(String::new(), |mut names, number| {
        let _ = writeln!(names, "{} {}", word(number / 10_000 * 7_919), word(number));
        names
    });
    fs::write(home.join("names"), names).expect("a file");
}
