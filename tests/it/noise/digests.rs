//! Digests and the hourly limit: nothing lost or doubled, whatever comes between.

use super::{alerts, documents, of_type, sql};
use crate::home::{Daemon, Home, SECRET, rss, until};
use crate::support::{Reply, Request, Server};
use serde_json::Value;

const FEED: &str = "[[feed]]\nurl = \"local.xml\"\ninterval = \"1s\"\nfirst_poll = \"all\"\n";

fn home(server: &Server, keys: &str) -> Home {
    let home = Home::new(&config(server, keys));
    home.write("local.xml", rss(1, 3));
    home
}

fn config(server: &Server, keys: &str) -> String {
    format!("{FEED}[webhook.desk]\nurl = {:?}\nsecret = {SECRET:?}\n{keys}\n", server.url("/"))
}

/// Waits until so many deliveries wait for the sink.
async fn collected(home: &Home, count: usize) -> Vec<Value> {
    let mut rows = Vec::new();
    until(&format!("{count} alerts are collected"), async || {
        rows.clone_from(home.json(&["deliveries", "--json"]).await.as_array().unwrap());
        rows.len() == count
    })
    .await;
    rows
}

async fn arrived(home: &Home) {
    until("nothing waits", async || home.json(&["deliveries", "--json"]).await.as_array().unwrap().is_empty()).await;
}

/// The ids of the alerts that a digest carries.
fn carried(digest: &Value) -> Vec<String> {
    let alerts = digest["data"]["alerts"].as_array().unwrap();
    assert_eq!(digest["data"]["count"], alerts.len());
    alerts.iter().map(|alert| alert["id"].as_str().unwrap().to_owned()).collect()
}

/// The ids of all alerts that came, alone or in digests, sorted.
fn all_ids(documents: &[Value]) -> Vec<String> {
    let alone = of_type(documents, "alert").into_iter().map(|alert| alert["id"].as_str().unwrap().to_owned());
    let mut ids: Vec<String> = of_type(documents, "digest").into_iter().flat_map(carried).chain(alone).collect();
    ids.sort();
    ids
}

async fn stored_ids(home: &Home) -> Vec<String> {
    let mut ids: Vec<String> =
        alerts(home).await.iter().map(|alert| alert["id"].as_str().unwrap().to_owned()).collect();
    ids.sort();
    ids
}

fn verify(request: &Request) {
    let webhook = standardwebhooks::Webhook::new(SECRET).unwrap();
    let mut headers = http::HeaderMap::new();
    for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
        headers.insert(name, request.header(name).unwrap().parse().unwrap());
    }
    webhook.verify(&request.body, &headers).unwrap();
}

#[tokio::test]
async fn once_sends_one_digest_of_whole_envelopes() {
    let server = Server::start(|_| Reply::status(204)).await;
    let home = home(&server, "digest = \"10m\"");
    home.once().await;
    let requests = server.requests();
    assert_eq!(requests.len(), 1, "{requests:#?}");
    verify(&requests[0]);
    let digest = &documents(&requests)[0];
    assert_eq!((&digest["type"], &digest["subject"]), (&"newswatch.digest.v1".into(), &"desk".into()));
    assert_eq!(digest["data"]["count"], 3);
    assert_eq!(digest["data"]["alerts"].as_array().unwrap(), &alerts(&home).await, "each as it would have been sent");
    assert_eq!(home.json(&["deliveries", "--json"]).await, serde_json::json!([]));
    home.once().await;
    assert_eq!(server.requests().len(), 1);
    // One of one is a digest too: who takes digests need not tell the two apart.
    home.write("local.xml", rss(1, 4));
    home.once().await;
    assert_eq!(documents(&server.requests())[1]["data"]["count"], 1);
}

#[tokio::test]
async fn the_text_stays_away_where_the_sink_does_not_want_it() {
    let server = Server::start(|_| Reply::status(204)).await;
    let home = home(&server, "digest = \"10m\"\ntext = false");
    home.once().await;
    let digest = documents(&server.requests()).remove(0);
    assert!(digest["data"]["alerts"].as_array().unwrap().iter().all(|alert| alert["data"]["item"]["text"].is_null()));
}

#[tokio::test]
async fn a_kill_between_collection_and_sending_loses_and_doubles_none() {
    let server = Server::start({
        let mut asked = 0;
        move |_| {
            asked += 1;
            Reply::status(if asked < 3 { 500 } else { 204 })
        }
    })
    .await;
    let home = home(&server, "digest = \"1h\"");
    let mut daemon = home.start();
    let rows = collected(&home, 3).await;
    assert!(rows.iter().all(|row| row["state"] == "pending" && !row["next"].is_null()), "{rows:?}");
    daemon.child.kill().unwrap();
    daemon.ends().await;
    // Started again with others to collect, and killed when the digest is made and not yet sent.
    home.write("local.xml", rss(1, 5));
    let mut daemon = home.start();
    collected(&home, 5).await;
    daemon.child.kill().unwrap();
    daemon.ends().await;
    assert!(server.requests().is_empty(), "its window is open");
    home.configure(&config(&server, "digest = \"1s\""));
    let mut command = home.command(&["run"]);
    command.env("FAILPOINTS", "store.digest.committed=return");
    assert!(!Daemon::start(&mut command).ends().await.success());
    assert!(server.requests().is_empty());
    let made = collected(&home, 1).await;
    // What comes later is of the next one; the first is tried until it is taken.
    home.write("local.xml", rss(1, 6));
    let daemon = home.start();
    arrived(&home).await;
    until("the second digest has arrived", async || documents(&server.requests()).len() == 2).await;
    arrived(&home).await;
    daemon.stop().await;
    let documents = documents(&server.requests());
    assert_eq!(documents[0]["id"], made[0]["alert"]);
    assert_eq!((carried(&documents[0]).len(), carried(&documents[1]).len()), (5, 1));
    assert_eq!(all_ids(&documents), stored_ids(&home).await);
}

#[tokio::test]
async fn a_reload_without_a_digest_sends_each_on_its_own() {
    let server = Server::start(|_| Reply::status(204)).await;
    let home = home(&server, "digest = \"1h\"");
    let daemon = home.start();
    collected(&home, 3).await;
    home.configure(&config(&server, ""));
    assert!(home.run(&["reload", "--wait"]).await.status.success());
    arrived(&home).await;
    daemon.stop().await;
    let documents = documents(&server.requests());
    assert_eq!((documents.len(), of_type(&documents, "alert").len()), (3, 3));
}

#[tokio::test]
async fn beyond_the_limit_a_burst_is_one_digest_and_nothing_is_dropped() {
    let server = Server::start(|_| Reply::status(204)).await;
    let home = home(&server, "max_per_hour = 4");
    home.write("local.xml", rss(1, 10));
    let mut daemon = home.start();
    collected(&home, 6).await;
    assert_eq!(of_type(&documents(&server.wait_for(4).await), "alert").len(), 4);
    daemon.child.kill().unwrap();
    daemon.ends().await;
    // The limit holds over a restart, and what comes does not overtake what waits.
    home.write("local.xml", rss(1, 12));
    let daemon = home.start();
    collected(&home, 8).await;
    daemon.stop().await;
    assert_eq!(server.requests().len(), 4);
    // An hour later the digest comes by itself, and counts as one.
    assert_eq!(sql(&home, "UPDATE sink_passed SET time = time - 3600000"), 4);
    home.write("local.xml", rss(1, 15));
    let daemon = home.start();
    arrived(&home).await;
    until("the later ones have come", async || all_ids(&documents(&server.requests())).len() == 15).await;
    daemon.stop().await;
    let documents = documents(&server.requests());
    assert_eq!(of_type(&documents, "digest").len(), 1);
    assert_eq!(all_ids(&documents), stored_ids(&home).await);
}

#[tokio::test]
async fn once_sends_what_is_beyond_the_limit_as_one() {
    let server = Server::start(|_| Reply::status(204)).await;
    let home = home(&server, "max_per_hour = 2\nconcurrency = 1");
    home.write("local.xml", rss(1, 9));
    home.once().await;
    let documents = documents(&server.requests());
    let kinds: Vec<&str> = documents.iter().map(|it| it["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["newswatch.alert.v1", "newswatch.alert.v1", "newswatch.digest.v1"]);
    assert_eq!(carried(&documents[2]).len(), 7);
    assert_eq!(all_ids(&documents), stored_ids(&home).await);
}

#[tokio::test]
async fn a_digest_that_is_too_large_is_parted() {
    let server = Server::start(|_| Reply::status(204)).await;
    let home = home(&server, "digest = \"10m\"");
    let item = |n: u32| {
        let text = format!("Word{n} ").repeat(28_000);
        format!("<item><title>Act of sabotage {n}</title><guid>{n}</guid><description>{text}</description></item>")
    };
    let items: String = (1..=25).map(item).collect();
    home.write("local.xml", format!("<rss version=\"2.0\"><channel>{items}</channel></rss>"));
    home.once().await;
    let requests = server.requests();
    let documents = documents(&requests);
    assert!(documents.len() > 1, "{} documents", documents.len());
    assert!(requests.iter().all(|request| request.body.len() < 5 << 20));
    assert_eq!(all_ids(&documents), stored_ids(&home).await);
}
