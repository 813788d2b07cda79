//! The real binary killed at every named point of the pipeline: nothing lost on
//! any sink, nothing doubled or torn in a file, and over HTTP only repeats of
//! what was in flight, with the same id and bytes.

use crate::home::{Daemon, Home, rss, until};
use crate::support::{Reply, Request, Server};
use std::collections::BTreeMap;
use std::time::Duration;

/// Every point at which the process can be told to end, in the order of the pipeline.
const POINTS: [&str; 16] = [
    "poll.fetched",
    "store.poll.begin",
    "store.poll.known",
    "store.poll.written",
    "store.poll.committed",
    "poll.committed",
    "store.digest.written",
    "store.digest.committed",
    "store.claim.committed",
    "store.file_write.committed",
    "outbox.file.recorded",
    "outbox.file.written",
    "outbox.sent",
    "store.settle.begin",
    "store.settle.written",
    "store.settle.committed",
];

/// Items that alert, in each of two feeds.
const ITEMS: u32 = 6;

fn home(feed: &Server, hook: &Server) -> Home {
    let home = Home::new(&format!(
        "[[feed]]\nurl = {:?}\nfirst_poll = \"all\"\n[[feed]]\nurl = \"local.xml\"\nfirst_poll = \"all\"\n\
         [file.alerts]\npath = \"alerts.jsonl\"\n[stdout.console]\nformat = \"json\"\n[webhook.desk]\nurl = {:?}\n\
         [webhook.digest]\nurl = {:?}\ndigest = \"50ms\"\n",
        feed.url("/"),
        hook.url("/"),
        hook.url("/digest")
    ));
    home.write("local.xml", rss(100, ITEMS));
    home
}

async fn servers() -> (Server, Server) {
    let feed = Server::start(|_| Reply::status(200).header("etag", "\"1\"").body(rss(1, ITEMS))).await;
    (feed, Server::start(|_| Reply::status(204)).await)
}

/// Runs until the queue is empty, and stops in good order; the ids that it printed.
async fn finish(home: &Home) -> Vec<String> {
    let mut daemon = home.start();
    until("every delivery arrives", async || {
        let status = home.json(&["status", "--json"]).await;
        status["running"] == true
            && status["alerts"]["stored"] == 2 * u64::from(ITEMS)
            && status["queues"].as_array().unwrap().is_empty()
    })
    .await;
    daemon.stop_well().await;
    daemon.printed_ids()
}

/// The ids of the alerts in a digest.
fn carried(body: &[u8]) -> Vec<String> {
    let digest: serde_json::Value = serde_json::from_slice(body).unwrap();
    let alerts = digest["data"]["alerts"].as_array().unwrap();
    alerts.iter().map(|alert| alert["id"].as_str().unwrap().to_owned()).collect()
}

/// What must hold after any number of crashes, once the daemon has run in peace; `printed`
/// are the ids that all runs together wrote to stdout.
fn check(home: &Home, requests: &[Request], mut printed: Vec<String>, when: &str) {
    let wanted = 2 * ITEMS as usize;
    let mut in_file: Vec<String> =
        home.lines("state/alerts.jsonl").iter().map(|alert| alert["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(in_file.len(), wanted, "{when}: lines in the file");
    in_file.sort();
    in_file.dedup();
    assert_eq!(in_file.len(), wanted, "{when}: a line is doubled");
    let mut bodies: BTreeMap<&str, &[u8]> = BTreeMap::new();
    let mut digests = bodies.clone();
    for request in requests {
        let id = request.header("webhook-id").unwrap();
        let known = if request.target == "/digest" { &mut digests } else { &mut bodies };
        let body = known.entry(id).or_insert(&request.body);
        assert_eq!(*body, request.body, "{when}: {id} was sent again with other bytes");
    }
    let sent: Vec<&str> = bodies.keys().copied().collect();
    assert_eq!(sent, in_file, "{when}: what the webhook got");
    let mut carried: Vec<String> = digests.values().flat_map(|body| carried(body)).collect();
    carried.sort();
    assert_eq!(carried, in_file, "{when}: what the digests carried");
    printed.sort();
    printed.dedup();
    assert_eq!(printed, in_file, "{when}: what was printed");
}

/// Kills at the `hit`th time that `point` is reached, then lets it run in peace.
async fn kill_at(point: &str, hit: u32) {
    let (feed, hook) = servers().await;
    let home = home(&feed, &hook);
    let mut command = home.command(&["run"]);
    let action = if hit > 1 { format!("{}*off->return", hit - 1) } else { "return".to_owned() };
    command.env("FAILPOINTS", format!("{point}={action}"));
    let mut daemon = Daemon::start(&mut command);
    let ended = tokio::time::timeout(crate::support::LIMIT, daemon.ends()).await;
    assert!(ended.is_ok_and(|status| !status.success()), "{point} was not reached {hit} times");
    let mut printed = daemon.printed_ids();
    printed.extend(finish(&home).await);
    check(&home, &hook.requests(), printed, &format!("{point}, hit {hit}"));
}

#[tokio::test]
async fn killed_at_every_point_nothing_is_lost_or_doubled() {
    for point in POINTS {
        kill_at(point, 1).await;
    }
}

#[tokio::test]
async fn killed_later_on_nothing_is_lost_or_doubled() {
    for point in
        ["store.poll.written", "store.claim.committed", "outbox.sent", "store.settle.written", "store.settle.committed"]
    {
        kill_at(point, 2).await;
    }
}

#[test]
fn every_point_in_the_source_is_tried() {
    let mut found: Vec<String> = Vec::new();
    let mut folders = vec![std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() {
                folders.push(entry);
                continue;
            }
            let source = std::fs::read_to_string(&entry).unwrap();
            let names = source.split("crash_point(\"").skip(1);
            found.extend(names.map(|rest| rest.split('"').next().unwrap().to_owned()));
        }
    }
    found.sort();
    found.dedup();
    let mut tried: Vec<&str> = POINTS.to_vec();
    tried.sort_unstable();
    assert_eq!(found, tried);
}

#[tokio::test]
async fn killed_at_random_moments_nothing_is_lost_or_doubled() {
    // Moments that are the same in every run of the test, spread over start, polls and deliveries.
    let mut moment = 7_u64;
    let (feed, hook) = servers().await;
    let home = home(&feed, &hook);
    let mut printed = Vec::new();
    for _ in 0..25 {
        let mut daemon = home.start();
        moment = moment.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        tokio::time::sleep(Duration::from_millis((moment >> 33) % 150)).await;
        daemon.child.kill().unwrap();
        daemon.ends().await;
        printed.extend(daemon.printed_ids());
    }
    printed.extend(finish(&home).await);
    check(&home, &hook.requests(), printed, "after 25 kills");
}
