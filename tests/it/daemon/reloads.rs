//! Reloads under load, a third of them broken: nothing is missed, nothing alerted twice.
//! `NEWSWATCH_RELOADS=600` makes many of them.

use crate::home::{Home, rss, titles, until};
use crate::support::{Reply, Server};
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

/// Reloads, where nobody says how many.
const RELOADS: u32 = 24;

/// Items that a document holds: the feed moves on by one at each poll.
const WINDOW: u32 = 30;

/// The numbers of a feed's items begin at a multiple of this.
const APART: u32 = 1_000_000;

/// What the feeds have told so far.
#[derive(Clone, Default)]
struct Press {
    told: Arc<Mutex<HashMap<String, u32>>>,
    /// Nothing more happens.
    over: Arc<AtomicBool>,
}

impl Press {
    fn document(&self, feed: &str) -> String {
        let mut told = self.told.lock().unwrap();
        let count = told.entry(feed.to_owned()).or_default();
        if !self.over.load(Ordering::Relaxed) {
            *count += 1;
        }
        rss(base(feed) + count.saturating_sub(WINDOW), (*count).min(WINDOW))
    }

    /// The titles of all that was told.
    fn titles(&self) -> Vec<String> {
        let told = self.told.lock().unwrap();
        let of = |(feed, count): (&String, &u32)| {
            let numbers = base(feed)..base(feed) + count;
            numbers.map(|number| format!("Act of sabotage, number {number}")).collect::<Vec<_>>()
        };
        let mut titles: Vec<String> = told.iter().flat_map(of).collect();
        titles.sort_unstable();
        titles
    }
}

/// `/a` has 1,000,001 and so on, `/b` 2,000,001.
fn base(feed: &str) -> u32 {
    (u32::from(feed.as_bytes()[1]) - u32::from(b'a') + 1) * APART + 1
}

/// The configuration of a turn: feeds and sinks come and go around those that stay.
fn config(turn: u32, feeds: &Server, hook: &Server) -> String {
    let feed = |path| format!("[[feed]]\nurl = {:?}\nfirst_poll = \"all\"\ninterval = \"20ms\"\n", feeds.url(path));
    let mut order = [feed("/a"), feed("/b"), feed("/c")];
    order.rotate_left(turn as usize % 3);
    let passing = if turn.is_multiple_of(2) { "[file.passing]\npath = \"passing.jsonl\"\n" } else { "" };
    let bad = if turn % 6 == 3 { "[file.alerts]\npaht = 3\n" } else { "[file.alerts]\npath = \"alerts.jsonl\"\n" };
    format!(
        "state_dir = \"state\"\nwatch_config = false\n[poll]\nhost_gap = \"0s\"\nper_host = 8\n{}{bad}{passing}\
         [webhook.desk]\nurl = {:?}\nconcurrency = {}\n",
        order.concat(),
        hook.url("/"),
        1 + turn % 4
    )
}

/// The watchlist of a turn: other terms come and go beside the one that fires.
fn watchlist(turn: u32) -> String {
    let broken = if turn.is_multiple_of(6) { "severity = \"hihg\"\n" } else { "" };
    format!("{broken}keywords = [\"sabotage\", \"other {turn}\"]\n")
}

#[tokio::test]
async fn nothing_is_missed_or_alerted_twice() {
    let turns = std::env::var("NEWSWATCH_RELOADS").map_or(RELOADS, |turns| turns.parse().unwrap());
    let press = Press::default();
    let script = press.clone();
    let feeds = Server::start(move |request| Reply::status(200).body(script.document(&request.target))).await;
    let hook = Server::start(|_| Reply::status(204)).await;
    let home = Home::new("");
    let write = |turn: u32| {
        home.write("newswatch.toml", config(turn, &feeds, &hook));
        home.write("watchlists/words.toml", watchlist(turn));
    };
    write(1);
    let daemon = home.start();
    feeds.wait_for(6).await;
    for turn in 2..turns + 2 {
        write(turn);
        let before = feeds.requests().len();
        let broken = turn % 3 == 0;
        let output = home.run(&["reload", "--wait"]).await;
        assert_eq!(output.status.code(), Some(if broken { 78 } else { 0 }), "turn {turn}: {output:?}");
        // Also under a configuration that was refused the polls go on.
        feeds.wait_for(before + 2).await;
    }
    press.over.store(true, Ordering::Relaxed);
    // With the sink that came and went: what was queued for it arrives, too.
    write(2);
    assert!(home.run(&["reload", "--wait"]).await.status.success());
    let told = press.titles();
    until("everything arrives", async || {
        let status = home.json(&["status", "--json"]).await;
        // What waits for the sink that has gone waits until it comes again.
        let queues = status["queues"].as_array().unwrap();
        status["alerts"]["stored"] == told.len() && queues.iter().all(|queue| queue["sink"] == "passing")
    })
    .await;
    daemon.stop().await;
    assert_eq!(titles(&home.lines("state/alerts.jsonl")), told, "in the file that stayed");
    let passing = home.lines("state/passing.jsonl").len();
    assert!(passing > 0 && passing < told.len(), "{passing} in the file that came and went");
    let mut sent: Vec<String> = hook
        .requests()
        .iter()
        .map(|request| {
            let alert: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
            alert["data"]["item"]["title"].as_str().unwrap().to_owned()
        })
        .collect();
    sent.sort_unstable();
    assert_eq!(sent, told, "at the webhook that stayed");
}
