//! A morning's worth of alerts while the receiver is down, and while the process is
//! killed in the middle: none is lost, and none is sent twice save those that were
//! in flight, with the same id and bytes.

use crate::home::{Daemon, Home, rss, until};
use crate::support::{Gate, Reply, Request, Server, refused};
use std::collections::{BTreeMap, BTreeSet};

/// Alerts that are due at once.
const DUE: u32 = 790;

/// Requests that the sink makes at once.
const CONCURRENCY: usize = 4;

fn home(url: &str) -> Home {
    let home = Home::new(&format!(
        "[[feed]]\nurl = \"local.xml\"\nfirst_poll = \"all\"\n[file.alerts]\npath = \"alerts.jsonl\"\n\
         [webhook.desk]\nurl = {url:?}\nconcurrency = {CONCURRENCY}\n"
    ));
    home.write("local.xml", rss(1, DUE));
    home
}

async fn queued(home: &Home) -> u64 {
    let status = home.json(&["status", "--json"]).await;
    let queues = status["queues"].as_array().unwrap();
    queues.iter().map(|queue| queue["pending"].as_u64().unwrap() + queue["in_flight"].as_u64().unwrap()).sum()
}

/// Waits until everything has arrived, and stops the daemon.
async fn finish(home: &Home, daemon: Daemon) {
    until("everything arrives", async || queued(home).await == 0).await;
    daemon.stop().await;
}

/// That nothing is lost, and that an id has always the same bytes; how many requests were repeats.
fn repeats(home: &Home, requests: &[Request]) -> usize {
    let mut bodies: BTreeMap<&str, &[u8]> = BTreeMap::new();
    for request in requests {
        let id = request.header("webhook-id").unwrap();
        let body = bodies.entry(id).or_insert(&request.body);
        assert_eq!(*body, request.body, "{id} was sent again with other bytes");
    }
    let lines = home.lines("state/alerts.jsonl");
    let in_file: BTreeSet<&str> = lines.iter().map(|alert| alert["id"].as_str().unwrap()).collect();
    assert_eq!((lines.len(), in_file.len()), (DUE as usize, DUE as usize), "in the file");
    assert_eq!(bodies.into_keys().collect::<BTreeSet<_>>(), in_file, "at the receiver");
    requests.len() - DUE as usize
}

#[tokio::test]
async fn a_receiver_that_is_down_for_one_cycle_gets_each_alert_once() {
    let address = refused().await;
    let home = home(&format!("http://{address}/"));
    home.once().await;
    assert_eq!(queued(&home).await, u64::from(DUE));
    let server = Server::start_at(address, |_| Reply::status(204)).await;
    home.once().await;
    assert_eq!(queued(&home).await, 0);
    assert_eq!(repeats(&home, &server.requests()), 0);
}

#[tokio::test]
async fn a_receiver_that_comes_up_gets_each_alert_once_from_a_daemon() {
    let address = refused().await;
    let home = home(&format!("http://{address}/"));
    let daemon = home.start();
    daemon.says(&["the sink does not take alerts, they wait on disk", "refused the connection"]).await;
    let server = Server::start_at(address, |_| Reply::status(204)).await;
    finish(&home, daemon).await;
    assert_eq!(repeats(&home, &server.requests()), 0);
}

/// Killed when so many requests have come; those in flight then are answered, or never.
async fn killed_after(requests: usize, answered: bool) {
    let gate = Gate::new();
    if answered {
        gate.open();
    }
    let mut seen = 0;
    let held = gate.clone();
    let server = Server::start(move |_| {
        seen += 1;
        // All before are answered at once: the daemon is in the middle of it.
        if seen < requests { Reply::status(204) } else { Reply::status(204).after(&held) }
    })
    .await;
    let home = home(&server.url("/"));
    let mut daemon = home.start();
    server.wait_for(requests).await;
    daemon.child.kill().unwrap();
    daemon.ends().await;
    gate.open();
    finish(&home, home.start()).await;
    let mut seen = BTreeSet::new();
    for request in server.requests() {
        let first = seen.insert(request.header("webhook-id").unwrap().to_owned());
        let attempt: u32 = request.header("newswatch-attempt").unwrap().parse().unwrap();
        assert!(first || attempt == 2, "sent again as attempt {attempt}");
    }
    let repeats = repeats(&home, &server.requests());
    eprintln!("killed after {requests} of {DUE} requests: 0 lost, {repeats} in flight sent again");
    assert!(repeats <= CONCURRENCY, "{repeats} were sent again, {CONCURRENCY} can have been in flight");
}

#[tokio::test]
async fn killed_in_the_middle_only_what_was_in_flight_is_sent_again() {
    for requests in [1, 200, 395, 789] {
        killed_after(requests, true).await;
    }
}

#[tokio::test]
async fn killed_while_the_receiver_thinks_only_what_was_in_flight_is_sent_again() {
    for requests in [1, 395, 787] {
        killed_after(requests, false).await;
    }
}
