//! The heartbeat: called while all is well, and only then; its URL is nobody's to see.

use super::sql;
use crate::home::{Daemon, Home, rss, until};
use crate::support::{Reply, Server};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

const FEED: &str = "[[feed]]\nurl = \"local.xml\"\nfirst_poll = \"all\"\n";

fn heartbeat(server: &Server, interval: &str) -> String {
    format!("[heartbeat]\nurl = {:?}\ninterval = {interval:?}\n", server.url("/do-not-show/8f3c?key=do-not-show"))
}

#[tokio::test]
async fn it_is_called_again_and_again_while_all_is_well() {
    let heart = Server::start(|_| Reply::status(200).body("OK")).await;
    let home = Home::new(&format!("{FEED}[stdout.console]\n{}", heartbeat(&heart, "100ms")));
    home.write("local.xml", rss(1, 1));
    let daemon = home.start();
    let requests = heart.wait_for(4).await;
    daemon.stop().await;
    for request in requests {
        assert_eq!((request.method.as_str(), request.body.len()), ("GET", 0));
        assert_eq!(request.target, "/do-not-show/8f3c?key=do-not-show");
    }
    let stopped = heart.requests().len();
    assert!(home.run(&["status"]).await.status.success());
    assert_eq!(heart.requests().len(), stopped, "nothing calls it any more");
}

#[tokio::test]
async fn a_run_that_ends_calls_it_once_and_a_dry_one_never() {
    let heart = Server::start(|_| Reply::status(200)).await;
    let home = Home::new(&format!("{FEED}[stdout.console]\n{}", heartbeat(&heart, "1h")));
    home.write("local.xml", rss(1, 1));
    home.once().await;
    home.once().await;
    assert_eq!(heart.requests().len(), 2);
    assert!(home.run(&["run", "--once", "--dry-run"]).await.status.success());
    assert_eq!(heart.requests().len(), 2);
}

#[tokio::test]
async fn a_call_that_fails_is_told_once_and_shows_no_secret() {
    let fails = Arc::new(AtomicBool::new(true));
    let switch = Arc::clone(&fails);
    let heart = Server::start(move |_| Reply::status(if switch.load(Ordering::Relaxed) { 503 } else { 200 })).await;
    let home = Home::new(&format!("{FEED}[stdout.console]\n{}", heartbeat(&heart, "50ms")));
    home.write("local.xml", rss(1, 1));
    let mut daemon = home.start();
    let said = daemon.says(&["WARN", "the heartbeat is not sent", "503"]).await;
    heart.wait_for(5).await;
    fails.store(false, Ordering::Relaxed);
    let mut lines = vec![said];
    until("it is sent again", async || {
        lines.extend(daemon.said.try_iter());
        lines.iter().any(|line| line.contains("the heartbeat is sent again"))
    })
    .await;
    daemon.stop_well().await;
    lines.extend(daemon.said.try_iter());
    assert_eq!(lines.iter().filter(|line| line.contains("is not sent")).count(), 1, "{lines:#?}");
    assert!(!lines.concat().contains("do-not-show"), "{lines:#?}");
}

#[tokio::test]
async fn while_every_sink_fails_nothing_calls_it() {
    let fails = Arc::new(AtomicBool::new(true));
    let switch = Arc::clone(&fails);
    let hook = Server::start(move |_| Reply::status(if switch.load(Ordering::Relaxed) { 500 } else { 200 })).await;
    let heart = Server::start(|_| Reply::status(200)).await;
    let home = Home::new(&format!("{FEED}[webhook.desk]\nurl = {:?}\n{}", hook.url("/"), heartbeat(&heart, "100ms")));
    home.write("local.xml", rss(1, 6));
    // Six attempts fail, and a run later, half a minute after, the sink is known to fail.
    home.once().await;
    assert_eq!(sql(&home, "UPDATE sink_failure SET since = since - 31000"), 1);
    home.once().await;
    assert_eq!(heart.requests().len(), 1, "the first failures may have been a hiccup");
    let daemon = home.start();
    daemon.says(&["the heartbeat is not sent", "no sink takes alerts"]).await;
    assert_eq!(heart.requests().len(), 1);
    fails.store(false, Ordering::Relaxed);
    heart.wait_for(3).await;
    daemon.stop().await;
}

#[tokio::test]
async fn while_one_of_two_sinks_works_it_is_called() {
    let hook = Server::start(|_| Reply::status(410)).await;
    let heart = Server::start(|_| Reply::status(200)).await;
    let home = Home::new(&format!(
        "{FEED}[webhook.gone]\nurl = {:?}\n[stdout.console]\n{}",
        hook.url("/"),
        heartbeat(&heart, "100ms")
    ));
    home.write("local.xml", rss(1, 1));
    let daemon = home.start();
    daemon.prints(&["The sink gone takes no alerts"]).await;
    let before = heart.requests().len();
    heart.wait_for(before + 2).await;
    daemon.stop().await;
}

#[tokio::test]
async fn while_the_state_cannot_be_written_nothing_calls_it() {
    let heart = Server::start(|_| Reply::status(200)).await;
    let home = Home::new(&format!("{FEED}{}", heartbeat(&heart, "100ms")));
    home.write("local.xml", rss(1, 1));
    home.once().await;
    // The disk is full after some commits.
    let mut command = home.command(&["run"]);
    command.env("FAILPOINTS", "store.commit=12*off->return(28)");
    let mut daemon = Daemon::start(&mut command);
    daemon.says(&["the heartbeat is not sent", "the state cannot be written", "full"]).await;
    daemon.child.kill().unwrap();
    daemon.ends().await;
}

#[tokio::test]
async fn a_reload_exchanges_it() {
    let (one, other) = (Server::start(|_| Reply::status(200)).await, Server::start(|_| Reply::status(200)).await);
    let home = Home::new(&format!("{FEED}[stdout.console]\n{}", heartbeat(&one, "100ms")));
    home.write("local.xml", rss(1, 1));
    let daemon = home.start();
    one.wait_for(1).await;
    home.write("heart.url", other.url("/x"));
    home.configure(&format!("{FEED}[stdout.console]\n[heartbeat]\nurl_file = \"heart.url\"\ninterval = \"100ms\"\n"));
    assert!(home.run(&["reload", "--wait"]).await.status.success());
    other.wait_for(2).await;
    let before = one.requests().len();
    other.wait_for(5).await;
    assert_eq!(one.requests().len(), before, "the old one is called no more");
    home.configure(&format!("{FEED}[stdout.console]\n"));
    assert!(home.run(&["reload", "--wait"]).await.status.success());
    let before = other.requests().len();
    assert!(home.run(&["status"]).await.status.success());
    assert!(other.requests().len() <= before + 1, "a call under way at most");
    daemon.stop().await;
}
