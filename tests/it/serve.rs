//! The HTTP listener, through the real binary: what it answers, to whom, and how it
//! bears callers that are slow, many or hostile.

mod access;
mod alerts;
mod client;
mod config;
mod damaged;
mod feed;
mod limits;
mod metrics;
mod openapi;
mod page;
mod stream;

use crate::home::{Daemon, Home, rss, until};
use client::{Answer, Caller};
use serde_json::{Value, json};

/// The token of the tests.
const TOKEN: &str = "correct-horse-battery-staple";

/// A daemon that has polled its feed, and its listener.
struct Served {
    home: Home,
    daemon: Daemon,
    caller: Caller,
}

/// `[listen]` with a token.
fn with_token() -> String {
    format!("[listen]\naddress = \"127.0.0.1:0\"\ntoken = \"{TOKEN}\"\n")
}

/// `[listen]` without one.
const OPEN: &str = "[listen]\naddress = \"127.0.0.1:0\"\n";

/// A feed from a file, with so many items that fire.
fn feed(home: &Home, items: u32) -> &'static str {
    home.write("feed.xml", rss(1, items));
    "[[feed]]\nurl = \"feed.xml\"\nname = \"test\"\ntags = [\"world\"]\nfirst_poll = \"all\"\n"
}

impl Served {
    /// Starts a daemon on this configuration, and waits until it listens.
    async fn start(home: Home) -> Self {
        let daemon = home.start();
        let said = daemon.says(&["listening on http://"]).await;
        let address = said.split("http://").nth(1).unwrap().trim().to_owned();
        let caller = Caller::new(address);
        Self { home, daemon, caller }
    }

    /// With a token, one feed of so many items that fire, and a file sink; all of it polled.
    async fn with_alerts(items: u32) -> Self {
        Self::with(items, "[file.archive]\npath = \"alerts.jsonl\"\n").await
    }

    async fn with(items: u32, more: &str) -> Self {
        let home = Home::new("");
        let feed = feed(&home, items);
        home.configure(&format!("{}{more}{feed}", with_token()));
        let served = Self::start(home).await;
        let caller = served.token();
        until("the alerts are there", async || {
            let status = caller.get("/api/v1/status").await.json();
            status["alerts"]["stored"] == items
        })
        .await;
        served
    }

    /// A caller who knows the token.
    fn token(&self) -> Caller {
        self.caller.clone().with("authorization", &format!("Bearer {TOKEN}"))
    }

    async fn stop(self) {
        self.daemon.stop().await;
        drop(self.home);
    }
}

/// That an answer is a problem of this status, and says something.
fn is_problem(answer: &Answer, status: u16) -> Value {
    assert_eq!(answer.status, status, "{answer:?}");
    assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{answer:?}");
    let problem = answer.json();
    assert_eq!(problem["status"], json!(status));
    for member in ["title", "detail"] {
        assert!(!problem[member].as_str().unwrap().is_empty(), "{problem}");
    }
    problem
}
