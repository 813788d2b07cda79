//! Alerts on their way: webhooks that are down, refuse or ask to wait; files
//! that cannot be written.

use crate::home::{Home, SECRET, rss, until};
use crate::support::{Reply, Request, Server};
use std::fs;

fn with_webhook(url: &str) -> Home {
    let home = Home::new(&format!(
        "[[feed]]\nurl = \"local.xml\"\nfirst_poll = \"all\"\n[webhook.desk]\nurl = {url:?}\nsecret = {SECRET:?}\n"
    ));
    home.write("local.xml", rss(1, 1));
    home
}

fn verify(request: &Request) {
    let webhook = standardwebhooks::Webhook::new(SECRET).unwrap();
    let mut headers = http::HeaderMap::new();
    for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
        headers.insert(name, request.header(name).unwrap().parse().unwrap());
    }
    webhook.verify(&request.body, &headers).unwrap();
}

async fn deliveries(home: &Home) -> (u64, u64) {
    let status = home.json(&["status", "--json"]).await;
    let sum = |key: &str| status["queues"].as_array().unwrap().iter().map(|queue| queue[key].as_u64().unwrap()).sum();
    (sum("pending") + sum("in_flight"), sum("dead"))
}

#[tokio::test]
async fn a_webhook_that_was_down_gets_the_same_bytes_later() {
    let server = Server::replies(vec![Reply::status(500), Reply::reset(), Reply::status(200)]).await;
    let home = with_webhook(&server.url("/hook?token=do-not-show"));
    let daemon = home.start();
    let requests = server.wait_for(3).await;
    let said = daemon.says(&["takes alerts again"]).await;
    assert!(!said.contains("do-not-show"));
    daemon.stop().await;
    for (request, attempt) in requests.iter().zip(["1", "2", "3"]) {
        assert_eq!(request.method, "POST");
        assert_eq!(request.header("content-type"), Some("application/cloudevents+json"));
        assert_eq!(request.header("newswatch-attempt"), Some(attempt));
        assert_eq!(request.header("webhook-id"), requests[0].header("webhook-id"));
        assert_eq!(request.body, requests[0].body);
        verify(request);
    }
    let body: serde_json::Value = serde_json::from_slice(&requests[0].body).unwrap();
    assert_eq!(body["id"], requests[0].header("webhook-id").unwrap());
    assert_eq!(deliveries(&home).await, (0, 0));
}

#[tokio::test]
async fn a_delivery_waits_on_disk_over_restarts() {
    let server = Server::start({
        let mut asked = 0;
        move |_| {
            asked += 1;
            Reply::status(if asked < 3 { 503 } else { 204 })
        }
    })
    .await;
    let home = with_webhook(&server.url("/"));
    home.once().await;
    assert_eq!(deliveries(&home).await, (1, 0));
    home.once().await;
    assert_eq!(deliveries(&home).await, (1, 0));
    home.once().await;
    assert_eq!(deliveries(&home).await, (0, 0));
    let requests = server.requests();
    assert_eq!(requests.len(), 3);
    assert!(requests.iter().all(|request| request.body == requests[0].body));
}

#[tokio::test]
async fn retry_after_holds_the_sink_over_a_restart() {
    let server = Server::start(|_| Reply::status(429).header("retry-after", "3600")).await;
    let home = with_webhook(&server.url("/"));
    home.once().await;
    home.once().await;
    assert_eq!(server.requests().len(), 1);
    assert_eq!(deliveries(&home).await, (1, 0));
}

#[tokio::test]
async fn a_refused_delivery_is_a_dead_letter() {
    let server = Server::start(|_| Reply::status(422)).await;
    let home = with_webhook(&server.url("/"));
    let said = home.once().await;
    assert!(said.contains("dead letter") && said.contains("422"), "{said}");
    assert_eq!(deliveries(&home).await, (0, 1));
    // Nothing else fails, and it is said why that one did not arrive.
    let status = home.json(&["status", "--json"]).await;
    assert!(status["queues"][0]["error"].as_str().unwrap().contains("422"), "{status:#}");
    let shown = String::from_utf8(home.run(&["status"]).await.stdout).unwrap();
    assert!(shown.contains("1 dead") && shown.contains("last error: ") && shown.contains("422"), "{shown}");
    home.once().await;
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_webhook_that_is_gone_is_left_alone_until_a_restart() {
    let server = Server::start(|_| Reply::status(410)).await;
    let home = with_webhook(&server.url("/"));
    home.write("local.xml", rss(1, 5));
    let daemon = home.start();
    daemon.says(&["nothing more is sent there until a reload", "410"]).await;
    daemon.stop().await;
    let (pending, dead) = deliveries(&home).await;
    assert_eq!((pending, dead), (5, 0));
    assert!(server.requests().len() <= 4, "only what was in flight with the first may have been sent");
}

#[tokio::test]
async fn a_receiver_that_was_gone_is_asked_again_after_a_reload() {
    let server = Server::replies(vec![Reply::status(410), Reply::status(204)]).await;
    let home = with_webhook(&server.url("/"));
    let daemon = home.start();
    daemon.says(&["nothing more is sent there until a reload", "410"]).await;
    until("it waits", async || deliveries(&home).await == (1, 0)).await;
    let retried = home.run(&["deliveries", "retry", "--all"]).await;
    let said = String::from_utf8(retried.stderr).unwrap();
    assert!(said.contains("desk is gone (410): what is for it is tried after a reload"), "{said}");
    assert!(home.run(&["reload", "--wait"]).await.status.success());
    until("it has arrived", async || deliveries(&home).await == (0, 0)).await;
    let nothing = home.json(&["deliveries", "retry", "--sink", "desk", "--json"]).await;
    assert_eq!(nothing, serde_json::json!({ "changed": 0, "passed_over": [], "after_reload": [] }));
    daemon.stop().await;
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn what_no_one_takes_in_time_is_a_dead_letter() {
    let server = Server::start(|_| Reply::status(500)).await;
    let home = with_webhook(&server.url("/"));
    let config = fs::read_to_string(home.path("newswatch.toml")).unwrap();
    home.write("newswatch.toml", format!("{config}max_age = \"1s\"\n"));
    let daemon = home.start();
    daemon.says(&["a dead letter, its time is up", "answered 500"]).await;
    until("it is dead", async || deliveries(&home).await == (0, 1)).await;
    daemon.stop().await;
    assert!(server.requests().len() >= 2, "the last attempt is made when the time is up");
}

#[tokio::test]
async fn what_is_over_is_not_sent_when_the_receiver_comes_back() {
    let server = Server::replies(vec![Reply::status(503), Reply::status(204)]).await;
    let home = with_webhook(&server.url("/"));
    home.once().await;
    let database = rusqlite::Connection::open(home.path("state/newswatch.db")).unwrap();
    database.execute_batch("UPDATE delivery SET queued = queued - 73 * 3600 * 1000").unwrap();
    drop(database);
    home.write("local.xml", rss(1, 2));
    let said = home.once().await;
    assert!(said.contains("deliveries were not taken in time: dead letters"), "{said}");
    assert_eq!(deliveries(&home).await, (0, 1));
    let requests = server.requests();
    assert_eq!(requests.len(), 2, "the first one, in time, and the alert that is new");
    assert_ne!(requests[0].header("webhook-id"), requests[1].header("webhook-id"));
}

#[tokio::test]
async fn deliveries_of_a_sink_that_was_removed_wait_for_it_and_then_are_dead() {
    let server = Server::start(|_| Reply::status(503)).await;
    let home = with_webhook(&server.url("/"));
    let config = fs::read_to_string(home.path("newswatch.toml")).unwrap();
    home.once().await;
    home.configure("[stdout.console]\n");
    home.once().await;
    assert_eq!(deliveries(&home).await, (1, 0));
    // It comes back in time.
    home.write("newswatch.toml", &config);
    home.once().await;
    assert_eq!((deliveries(&home).await, server.requests().len()), ((1, 0), 2));
    // It comes back after three days.
    let database = rusqlite::Connection::open(home.path("state/newswatch.db")).unwrap();
    database.execute_batch("UPDATE delivery SET queued = queued - 73 * 3600 * 1000").unwrap();
    drop(database);
    home.configure("[stdout.console]\n");
    let daemon = home.start();
    daemon.says(&["deliveries were not taken in time: dead letters"]).await;
    daemon.stop().await;
    assert_eq!(deliveries(&home).await, (0, 1));
    let dead = home.json(&["deliveries", "--json"]).await;
    assert!(dead[0]["error"].as_str().unwrap().starts_with("it waited longer than max_age"), "{dead}");
}

#[tokio::test]
async fn one_request_at_a_time_keeps_the_order_and_a_retry_holds_up_no_later_one() {
    let mut asked = 0;
    let server = Server::start(move |_| {
        asked += 1;
        Reply::status(if asked == 2 { 500 } else { 204 })
    })
    .await;
    let home = with_webhook(&server.url("/"));
    let config = fs::read_to_string(home.path("newswatch.toml")).unwrap();
    home.write("newswatch.toml", format!("{config}concurrency = 1\n[file.alerts]\npath = \"alerts.jsonl\"\n"));
    home.write("local.xml", rss(1, 40));
    home.once().await;
    home.once().await;
    let output = home.run(&["alerts", "--json"]).await;
    let alerts = String::from_utf8(output.stdout).unwrap();
    let id = |alert: &serde_json::Value| alert["id"].as_str().unwrap().to_owned();
    let committed: Vec<String> = alerts.lines().map(|line| id(&serde_json::from_str(line).unwrap())).collect();
    assert_eq!(committed.len(), 40);
    assert_eq!(home.lines("state/alerts.jsonl").iter().map(id).collect::<Vec<_>>(), committed);
    let requests = server.requests();
    let sent: Vec<&str> = requests.iter().map(|request| request.header("webhook-id").unwrap()).collect();
    assert_eq!(sent[..40], committed, "the second failed, and the others went on");
    assert_eq!(sent[40..], committed[1..2]);
}

#[tokio::test]
async fn one_bad_sink_delays_no_other() {
    let server = Server::start(|_| Reply::hang()).await;
    let home = with_webhook(&server.url("/"));
    let config = fs::read_to_string(home.path("newswatch.toml")).unwrap();
    home.write(
        "newswatch.toml",
        format!("{config}[file.alerts]\npath = \"alerts.jsonl\"\n[stdout.console]\nformat = \"json\"\n"),
    );
    let daemon = home.start();
    daemon.prints(&["Act of sabotage, number 1"]).await;
    until("the file has the alert", async || home.count("state/alerts.jsonl") == 1).await;
    daemon.stop().await;
    assert_eq!(deliveries(&home).await, (1, 0));
}

#[tokio::test]
async fn an_unwritable_file_delays_and_loses_nothing() {
    let home = Home::new(
        "[[feed]]\nurl = \"local.xml\"\nfirst_poll = \"all\"\n[file.alerts]\npath = \"out/alerts.jsonl\"\n\
         [stdout.console]\nformat = \"json\"\n",
    );
    home.write("local.xml", rss(1, 2));
    // Even root cannot make a folder where a file stands.
    fs::create_dir(home.path("state")).unwrap();
    home.write("state/out", "in the way");
    let daemon = home.start();
    daemon.says(&["alerts wait on disk", "out"]).await;
    daemon.prints(&["number 2"]).await;
    fs::remove_file(home.path("state/out")).unwrap();
    until("the file has both alerts", async || home.count("state/out/alerts.jsonl") == 2).await;
    daemon.stop().await;
    assert_eq!(deliveries(&home).await, (0, 0));
}

#[tokio::test]
async fn a_file_that_is_renamed_is_begun_anew() {
    let home =
        Home::new("[[feed]]\nurl = \"local.xml\"\nfirst_poll = \"all\"\n[file.alerts]\npath = \"alerts.jsonl\"\n");
    home.write("local.xml", rss(1, 1));
    home.once().await;
    fs::rename(home.path("state/alerts.jsonl"), home.path("state/alerts.jsonl.1")).unwrap();
    home.write("local.xml", rss(1, 2));
    home.once().await;
    assert_eq!(home.lines("state/alerts.jsonl.1").len(), 1);
    assert_eq!(home.lines("state/alerts.jsonl").len(), 1);
}

#[tokio::test]
async fn sinks_take_what_severity_and_watchlists_allow() {
    let home = Home::new(
        "[[feed]]\nurl = \"local.xml\"\nfirst_poll = \"all\"\n[file.all]\npath = \"all.jsonl\"\n\
         [file.high]\npath = \"high.jsonl\"\nmin_severity = \"high\"\n\
         [file.other]\npath = \"other.jsonl\"\nwatchlists = [\"alarm*\"]\n",
    );
    home.write(
        "watchlists/alarms.toml",
        "severity = \"critical\"\nsinks = [\"all\", \"high\", \"other\"]\nkeywords = [\"number\"]\n",
    );
    home.write("local.xml", rss(1, 1));
    home.once().await;
    let subjects = |name: &str| {
        let mut subjects: Vec<String> =
            home.lines(name).iter().map(|alert| alert["subject"].as_str().unwrap().to_owned()).collect();
        subjects.sort();
        subjects
    };
    assert_eq!(subjects("state/all.jsonl"), ["alarms", "words"]);
    assert_eq!(subjects("state/high.jsonl"), ["alarms"]);
    assert_eq!(subjects("state/other.jsonl"), ["alarms"]);
}

#[tokio::test]
async fn dead_letters_are_listed_and_retried_with_and_without_a_daemon() {
    let server = Server::start({
        let mut asked = 0;
        move |_| {
            asked += 1;
            Reply::status(if asked < 3 { 400 } else { 200 })
        }
    })
    .await;
    let home = with_webhook(&server.url("/"));
    home.once().await;
    let dead = home.json(&["deliveries", "--json"]).await;
    let [dead] = dead.as_array().unwrap().as_slice() else { panic!("one dead letter: {dead}") };
    assert_eq!((&dead["sink"], &dead["state"], &dead["attempts"]), (&"desk".into(), &"dead".into(), &1.into()));
    assert!(dead["error"].as_str().unwrap().contains("400") && dead["next"].is_null(), "{dead}");
    assert_eq!(dead["alert"], server.requests()[0].header("webhook-id").unwrap());

    // Without a daemon it becomes due, and the next run sends it.
    let id = dead["id"].as_str().unwrap();
    assert!(home.run(&["deliveries", "retry", id]).await.status.success());
    assert_eq!(home.json(&["deliveries", "--json"]).await[0]["state"], "pending");
    home.once().await;
    assert_eq!(deliveries(&home).await, (0, 1));

    // A running daemon sends it at once.
    let daemon = home.start();
    daemon.says(&["no feed is due yet"]).await;
    assert!(home.run(&["deliveries", "retry", "--sink", "desk"]).await.status.success());
    server.wait_for(3).await;
    until("it has arrived", async || deliveries(&home).await == (0, 0)).await;
    daemon.stop().await;
    assert_eq!(home.json(&["deliveries", "--json"]).await, serde_json::json!([]));
}

#[tokio::test]
async fn a_persons_retry_does_not_wait_for_retry_after() {
    let server = Server::start({
        let mut asked = 0;
        move |_| {
            asked += 1;
            if asked == 1 { Reply::status(429).header("retry-after", "3600") } else { Reply::status(200) }
        }
    })
    .await;
    let home = with_webhook(&server.url("/"));
    let daemon = home.start();
    daemon.says(&["does not take alerts"]).await;
    until("it waits", async || home.json(&["deliveries", "--json"]).await[0]["state"] == "pending").await;
    assert!(home.run(&["deliveries", "retry", "--all"]).await.status.success());
    server.wait_for(2).await;
    daemon.stop().await;
}

#[tokio::test]
async fn an_id_given_twice_counts_once_and_an_unknown_sink_is_named() {
    let server = Server::start(|_| Reply::status(400)).await;
    let home = with_webhook(&server.url("/"));
    home.write("local.xml", rss(1, 3));
    home.once().await;
    let check = async |when: &str| {
        let dead = home.json(&["deliveries", "--json"]).await;
        let id = dead[0]["id"].as_str().unwrap().to_owned();
        for (arguments, status, said) in [
            (vec!["deliveries", "retry", "--sink", "dsk"], 64, "there is no sink \"dsk\"; there is desk"),
            (vec!["deliveries", "drop", "--sink", "dsk"], 64, "there is no sink \"dsk\"; there is desk"),
            (vec!["deliveries", "--sink", "dsk"], 64, "there is no sink \"dsk\"; there is desk"),
            (vec!["deliveries", "drop", &id, &id], 0, "1 dropped"),
            (vec!["deliveries", "drop", &id], 1, &id),
        ] {
            let output = home.run(&arguments).await;
            let stderr = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(status), "{when}: {arguments:?}: {stderr}");
            assert!(stderr.contains(said), "{when}: {arguments:?}: {stderr}");
        }
    };
    check("without a daemon").await;
    let daemon = home.start();
    until("it answers", async || home.json(&["status", "--json"]).await["running"] == true).await;
    check("by the daemon").await;
    daemon.stop().await;
    // A sink that was removed is known as long as it has deliveries.
    home.configure("");
    assert!(home.run(&["deliveries", "drop", "--sink", "desk"]).await.status.success());
    assert_eq!(home.run(&["deliveries", "drop", "--sink", "desk"]).await.status.code(), Some(64));
}

#[tokio::test]
async fn deliveries_are_dropped_for_good_and_unknown_ids_are_named() {
    let server = Server::start(|_| Reply::status(500)).await;
    let home = with_webhook(&server.url("/"));
    home.once().await;
    let output = home.run(&["deliveries", "drop", "dlv_999999"]).await;
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stderr).unwrap().contains("dlv_999999"));
    assert_eq!(home.run(&["deliveries", "drop", "nonsense"]).await.status.code(), Some(64));
    assert_eq!(home.run(&["deliveries", "drop"]).await.status.code(), Some(64));
    assert!(home.run(&["deliveries", "drop", "--all"]).await.status.success());
    assert_eq!(deliveries(&home).await, (0, 0));
    home.once().await;
    assert_eq!(server.requests().len(), 1);
    assert_eq!(home.json(&["alerts", "--json"]).await["data"]["item"]["title"], "Act of sabotage, number 1");
}
