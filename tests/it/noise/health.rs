//! What newswatch tells of itself: feeds and sinks that fail, and that they work again.

use super::{documents, of_type, sql};
use crate::home::{Home, rss, until};
use crate::support::{Reply, Server};
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A server that answers 500 while the switch is on, else so.
async fn faulty(fails: &Arc<AtomicBool>, works: Reply) -> Server {
    let fails = Arc::clone(fails);
    Server::start(move |_| if fails.load(Ordering::Relaxed) { Reply::status(500) } else { works.clone() }).await
}

fn switch(on: bool) -> Arc<AtomicBool> {
    Arc::new(AtomicBool::new(on))
}

fn types(documents: &[Value]) -> Vec<&str> {
    documents.iter().map(|document| document["type"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_feed_that_fails_and_recovers_is_told_once_each_over_restarts() {
    let fails = switch(true);
    let feed = faulty(&fails, Reply::status(200).body(rss(1, 1))).await;
    let hook = Server::start(|_| Reply::status(204)).await;
    let home = Home::new(&format!(
        "[[feed]]\nurl = {:?}\nname = \"example-world\"\ntags = [\"world\"]\n\
         [[feed]]\nurl = \"local.xml\"\n[[feed]]\nurl = \"local.xml\"\nname = \"other\"\n\
         [webhook.desk]\nurl = {:?}\nwatchlists = [\"words\"]\nmin_severity = \"medium\"\n\
         [file.all]\npath = \"all.jsonl\"\n[file.critical]\npath = \"critical.jsonl\"\nmin_severity = \"critical\"\n",
        feed.url("/rss?key=do-not-show"),
        hook.url("/")
    ));
    home.write("local.xml", "<rss version=\"2.0\"><channel><title>Local</title></channel></rss>");
    home.once().await;
    home.once().await;
    assert!(hook.requests().is_empty(), "two failures are no news");
    home.once().await;
    let told = documents(&hook.requests());
    assert_eq!(types(&told), ["newswatch.feed.failing.v1"]);
    let data = &told[0]["data"];
    assert_eq!((&told[0]["subject"], &data["feed"]["name"]), (&"example-world".into(), &"example-world".into()));
    assert_eq!((&data["tries"], &data["count"], &data["severity"]), (&3.into(), &1.into(), &"medium".into()));
    assert!(data["reason"].as_str().unwrap().contains("500"), "{data}");
    assert!(data["since"].as_str().unwrap() < told[0]["time"].as_str().unwrap());
    home.once().await;
    assert_eq!(hook.requests().len(), 1, "it is told once");

    fails.store(false, Ordering::Relaxed);
    home.once().await;
    home.once().await;
    let told = documents(&hook.requests());
    assert_eq!(types(&told), ["newswatch.feed.failing.v1", "newswatch.feed.recovered.v1"]);
    assert_eq!((&told[1]["data"]["tries"], &told[1]["data"]["since"]), (&4.into(), &data["since"]));
    assert_ne!(told[0]["id"], told[1]["id"]);
    // A sink's watchlists do not keep it from hearing; its severity does.
    assert_eq!(home.lines("state/all.jsonl"), told);
    assert_eq!(home.lines("state/critical.jsonl"), [] as [Value; 0]);
    assert_eq!(home.json(&["deliveries", "--json"]).await, serde_json::json!([]));
}

#[tokio::test]
async fn a_daemon_tells_of_a_feed_by_itself_and_people_see_it() {
    let feed = faulty(&switch(true), Reply::status(200)).await;
    let home = Home::new(&format!(
        "[[feed]]\nurl = {:?}\nname = \"wire\"\ninterval = \"1s\"\n[stdout.console]\n",
        feed.url("/")
    ));
    let daemon = home.start();
    daemon.prints(&["MEDIUM", "The feed wire cannot be read"]).await;
    daemon.prints(&["3 polls in a row failed since", "500"]).await;
    daemon.stop().await;
}

#[tokio::test]
async fn a_crash_between_neither_loses_nor_doubles_what_is_told() {
    let feed = faulty(&switch(true), Reply::status(200)).await;
    let home = Home::new(&format!("[[feed]]\nurl = {:?}\n[file.all]\npath = \"all.jsonl\"\n", feed.url("/")));
    home.once().await;
    home.once().await;
    for point in ["store.poll.written", "store.poll.committed", "outbox.file.written"] {
        let mut command = home.command(&["run", "--once"]);
        command.env("FAILPOINTS", format!("{point}=return"));
        let crashed = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        assert!(!crashed.status.success(), "{point}: {crashed:?}");
    }
    home.once().await;
    assert_eq!(types(&home.lines("state/all.jsonl")), ["newswatch.feed.failing.v1"]);
}

#[tokio::test]
async fn when_more_than_a_fifth_fail_at_once_one_event_tells_how_many() {
    let fails = switch(true);
    let server = faulty(&fails, Reply::status(200).body(rss(1, 1))).await;
    let feeds: String = (0..4)
        .map(|n| format!("[[feed]]\nurl = {:?}\nname = \"feed-{n}\"\n", server.url(&format!("/{n}"))))
        .chain(["[[feed]]\nurl = \"none.xml\"\nname = \"none\"\n".to_owned()])
        .collect();
    let home = Home::new(&format!("per_host = 8\nfirst_poll = \"none\"\n{feeds}[file.all]\npath = \"all.jsonl\"\n"));
    for _ in 0..4 {
        home.once().await;
    }
    let told = home.lines("state/all.jsonl");
    assert_eq!(types(&told), ["newswatch.feed.failing.v1"]);
    let data = &told[0]["data"];
    assert_eq!((&data["feed"], &data["count"], &data["of"]), (&Value::Null, &5.into(), &5.into()));
    assert_eq!(data["severity"], "high");
    // Four of the five come back; the one that does not is told of on its own.
    fails.store(false, Ordering::Relaxed);
    home.once().await;
    home.once().await;
    let told = home.lines("state/all.jsonl");
    let mut later = types(&told[1..]);
    later.sort_unstable();
    assert_eq!(later, ["newswatch.feed.failing.v1", "newswatch.feed.recovered.v1"]);
    let recovered = of_type(&told, "feed.recovered")[0];
    assert_eq!((&recovered["data"]["count"], &recovered["data"]["feed"]), (&5.into(), &Value::Null));
    assert_eq!(of_type(&told, "feed.failing")[1]["subject"], "none");
}

#[tokio::test]
async fn a_sink_that_fails_is_told_on_the_others_until_it_recovers() {
    let fails = switch(true);
    let bad = faulty(&fails, Reply::status(204)).await;
    let home = Home::new(&format!(
        "[[feed]]\nurl = \"local.xml\"\nfirst_poll = \"all\"\n[webhook.bad]\nurl = {:?}\n[file.good]\npath = \"good.jsonl\"\n",
        bad.url("/secret/path?token=do-not-show")
    ));
    home.write("local.xml", rss(1, 6));
    home.once().await;
    let about = |lines: &[Value]| {
        let events = lines.iter().filter(|line| line["type"] != "newswatch.alert.v1").cloned();
        events.collect::<Vec<Value>>()
    };
    assert_eq!(about(&home.lines("state/good.jsonl")), [] as [Value; 0], "six failures in a moment are one hiccup");
    // Half a minute later it still fails; what is told is on disk, and goes out with the next run.
    assert_eq!(sql(&home, "UPDATE sink_failure SET since = since - 31000"), 1);
    home.once().await;
    home.once().await;
    home.once().await;
    let told = about(&home.lines("state/good.jsonl"));
    assert_eq!(types(&told), ["newswatch.sink.failing.v1"]);
    let data = &told[0]["data"];
    assert_eq!(
        (&told[0]["subject"], &data["sink"]),
        (&"bad".into(), &serde_json::json!({"name": "bad", "kind": "webhook"}))
    );
    assert!(data["tries"].as_u64().unwrap() > 5 && data["reason"].as_str().unwrap().contains("500"), "{data}");
    assert!(!told[0].to_string().contains("do-not-show"));

    fails.store(false, Ordering::Relaxed);
    home.once().await;
    home.once().await;
    let told = about(&home.lines("state/good.jsonl"));
    assert_eq!(types(&told), ["newswatch.sink.failing.v1", "newswatch.sink.recovered.v1"]);
    assert_eq!(told[1]["data"]["since"], data["since"]);
    assert!(bad.requests().iter().all(|request| !String::from_utf8_lossy(&request.body).contains("newswatch.sink.")));
}

#[tokio::test]
async fn a_receiver_that_is_gone_for_good_is_told_at_once() {
    let gone = Server::start(|_| Reply::status(410)).await;
    let home = Home::new(&format!(
        "[[feed]]\nurl = \"local.xml\"\nfirst_poll = \"all\"\n[webhook.gone]\nurl = {:?}\n[stdout.console]\nformat = \"journal\"\n",
        gone.url("/")
    ));
    home.write("local.xml", rss(1, 1));
    let daemon = home.start();
    daemon.prints(&["<3>high newswatch: The sink gone takes no alerts", "410"]).await;
    until("it is known", async || home.json(&["deliveries", "--json"]).await[0]["state"] == "pending").await;
    daemon.stop().await;
}
