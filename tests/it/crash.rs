//! The real binary killed at every named point of the pipeline: nothing lost on
//! any sink, nothing doubled or torn in a file, however often that is rotated and
//! compressed meanwhile, and over HTTP only repeats of what was in flight, with
//! the same id and bytes.

use crate::home::{Daemon, Home, rss};
use crate::support::{LIMIT, Reply, Request, Server, points_in_source};
use std::collections::BTreeMap;
use std::time::Duration;

/// Every point at which the process can be told to end, in the order of the pipeline.
const POINTS: [&str; 24] = [
    "store.migrate.written",
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
    "file.rotate.begin",
    "file.rotate.renamed",
    "file.rotate.opened",
    "outbox.file.recorded",
    "outbox.file.written",
    "outbox.sent",
    "store.settle.begin",
    "store.settle.written",
    "store.settle.committed",
    "file.compress.begun",
    "file.compress.packed",
    "file.compress.renamed",
    "file.compress.removed",
];

/// Items that alert, in each of two feeds.
const ITEMS: u32 = 6;

fn home(feed: &Server, hook: &Server) -> Home {
    let home = Home::new(&format!(
        "[[feed]]\nurl = {:?}\nfirst_poll = \"all\"\n\
         [[feed]]\nurl = \"local.xml\"\nfirst_poll = \"all\"\ninterval = \"10ms\"\n\
         [file.alerts]\npath = \"alerts.jsonl\"\n\
         [file.rotated]\npath = \"rotated/alerts.jsonl\"\nrotate = \"3KiB\"\ncompress = true\n\
         [stdout.console]\nformat = \"json\"\n[webhook.desk]\nurl = {:?}\n\
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

/// Runs until so many alerts are stored and the queue is empty, and stops in good order; the
/// ids that it printed.
async fn finish(home: &Home, alerts: u32) -> Vec<String> {
    let mut daemon = home.start();
    // However slow the machine is: it is given up only when nothing has moved for so long.
    let (mut last, mut moved) = (serde_json::Value::Null, tokio::time::Instant::now());
    loop {
        let status = home.json(&["status", "--json"]).await;
        let queues = status["queues"].as_array().unwrap();
        if status["running"] == true && status["alerts"]["stored"] == alerts && queues.is_empty() {
            break;
        }
        let now = serde_json::json!([status["running"], status["alerts"], status["queues"]]);
        if now != last {
            (last, moved) = (now, tokio::time::Instant::now());
        }
        assert!(moved.elapsed() < LIMIT, "of {alerts} alerts, not every delivery arrives: {last}");
    }
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
fn check(home: &Home, alerts: u32, requests: &[Request], mut printed: Vec<String>, when: &str) {
    let in_file = unique(&home.lines("state/alerts.jsonl"), alerts, &format!("{when}, in the file"));
    let rotated = unique(&home.rotated_lines("state/rotated", "alerts.jsonl"), alerts, &format!("{when}, rotated"));
    assert_eq!(rotated, in_file, "{when}");
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

/// The ids of the alerts, sorted; so many, and each once.
fn unique(alerts: &[serde_json::Value], wanted: u32, when: &str) -> Vec<String> {
    let mut ids: Vec<String> = alerts.iter().map(|alert| alert["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(ids.len(), wanted as usize, "{when}: lines");
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), wanted as usize, "{when}: a line is doubled");
    ids
}

/// Kills at the `hit`th time that `point` is reached, then lets it run in peace.
async fn kill_at(point: &str, hit: u32) {
    let (feed, hook) = servers().await;
    let home = home(&feed, &hook);
    let mut command = home.command(&["run"]);
    let action = if hit > 1 { format!("{}*off->return", hit - 1) } else { "return".to_owned() };
    command.env("FAILPOINTS", format!("{point}={action}"));
    let mut daemon = Daemon::start(&mut command);
    let ended = tokio::time::timeout(LIMIT, daemon.ends()).await;
    assert!(ended.is_ok_and(|status| !status.success()), "{point} was not reached {hit} times");
    let mut printed = daemon.printed_ids();
    printed.extend(finish(&home, 2 * ITEMS).await);
    check(&home, 2 * ITEMS, &hook.requests(), printed, &format!("{point}, hit {hit}"));
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
    for point in POINTS.iter().filter(|point| point.starts_with("file.")) {
        kill_at(point, 3).await;
    }
}

#[test]
fn every_point_in_the_source_is_tried() {
    let mut tried: Vec<&str> = POINTS.to_vec();
    tried.sort_unstable();
    assert_eq!(points_in_source("crash_point"), tried);
}

/// How often the daemon is killed at random moments; for a long run: `NEWSWATCH_KILLS=300`.
fn kills() -> u32 {
    std::env::var("NEWSWATCH_KILLS").map_or(25, |kills| kills.parse().expect("NEWSWATCH_KILLS is a number"))
}

#[tokio::test]
async fn killed_at_random_moments_nothing_is_lost_or_doubled() {
    // Moments that are the same in every run of the test, spread over start, polls and deliveries.
    let (mut moment, kills) = (7_u64, kills());
    let (feed, hook) = servers().await;
    let home = home(&feed, &hook);
    let (mut printed, mut said) = (Vec::new(), Vec::new());
    for kill in 1..=kills {
        // Something new each time: none of the kills meets a daemon that has nothing to do.
        home.write("local.xml", rss(100, ITEMS + 3 * kill));
        let mut daemon = home.start();
        moment = moment.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        tokio::time::sleep(Duration::from_millis((moment >> 33) % 250)).await;
        daemon.child.kill().unwrap();
        daemon.ends().await;
        printed.extend(daemon.printed_ids());
        said.extend(daemon.said.iter());
    }
    let alerts = 2 * ITEMS + 3 * kills;
    printed.extend(finish(&home, alerts).await);
    let requests = hook.requests();
    check(&home, alerts, &requests, printed, &format!("after {kills} kills"));
    let said = |what: &str| said.iter().filter(|line| line.contains(what)).count();
    eprintln!(
        "{kills} kills, {alerts} alerts to each of 4 sinks: {} runs found deliveries in flight, {} a write interrupted; \
         {} of {} requests were repeats",
        said("did not end in good order") - said("in_flight=0"),
        said("a write was interrupted"),
        requests.len() - alerts as usize,
        requests.len(),
    );
}
