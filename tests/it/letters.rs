//! `send-test`: a marked alert to one sink, by the daemon and without one.

use crate::home::{Daemon, Home, SECRET, rss, until};
use crate::support::{Reply, Server};
use serde_json::{Value, json};
use std::fs;

const TITLE: &str = "newswatch test alert";

fn webhook(url: &str) -> String {
    format!("[webhook.desk]\nurl = {url:?}\nsecret = {SECRET:?}\n")
}

/// A daemon that has nothing to do.
async fn idle(home: &Home) -> Daemon {
    let daemon = home.start();
    until("it answers", async || home.json(&["status", "--json"]).await["running"] == true).await;
    daemon
}

/// `send-test SINK --json`: the exit status and the answer.
async fn send(home: &Home, sink: &str) -> (Option<i32>, Value) {
    let output = home.run(&["send-test", sink, "--json"]).await;
    let answer = output.stdout.rsplit(|byte| *byte == b'\n').find(|line| !line.is_empty()).unwrap_or_default();
    (output.status.code(), serde_json::from_slice(answer).unwrap_or_else(|error| panic!("{error}: {output:?}")))
}

#[tokio::test]
async fn a_webhook_gets_a_marked_alert_and_its_answer_is_shown() {
    for (status, exit, said) in [(204, 0, None), (500, 1, Some("500")), (422, 1, Some("422")), (410, 1, Some("410"))] {
        let server = Server::start(move |_| Reply::status(status)).await;
        let home = Home::new(&webhook(&server.url("/hook?token=do-not-show")));
        let check = async |count: usize, when: &str| {
            let (code, answer) = send(&home, "desk").await;
            assert_eq!(code, Some(exit), "{status} {when}: {answer}");
            assert_eq!(answer["delivered"], exit == 0, "{status} {when}");
            let reason = answer["reason"].as_str();
            assert_eq!(reason.is_some(), said.is_some(), "{status} {when}: {answer}");
            assert!(said.is_none_or(|said| reason.unwrap().contains(said)), "{status} {when}: {answer}");
            assert!(!answer.to_string().contains("do-not-show"));
            let requests = server.wait_for(count).await;
            assert_eq!(requests.len(), count, "one attempt");
            let request = requests.last().unwrap();
            assert_eq!(request.header("webhook-id"), answer["alert"].as_str());
            assert_eq!(request.header("newswatch-attempt"), Some("1"));
            assert!(request.header("webhook-signature").is_some());
            let body: Value = serde_json::from_slice(&request.body).unwrap();
            assert_eq!(body["id"], answer["alert"]);
            assert_eq!(body["data"]["test"], true);
            assert_eq!(body["data"]["watchlist"]["name"], "test");
            assert_eq!(body["data"]["item"]["title"], TITLE);
        };
        check(1, "without a daemon").await;
        let daemon = idle(&home).await;
        check(2, "by the daemon").await;
        check(3, "by the daemon again").await;
        daemon.stop().await;
        assert_eq!(home.json(&["deliveries", "--json"]).await, json!([]), "a test is never queued");
        let ids: Vec<_> =
            server.requests().iter().map(|request| request.header("webhook-id").unwrap().to_owned()).collect();
        assert!(ids[0] != ids[1] && ids[1] != ids[2], "a receiver takes none for a repetition: {ids:?}");
    }
}

#[tokio::test]
async fn the_answer_for_people_names_sink_and_reason() {
    let server = Server::replies(vec![Reply::status(204), Reply::status(401)]).await;
    let home = Home::new(&webhook(&server.url("/")));
    for (exit, parts) in [(0, ["desk: delivered", "alt_"]), (1, ["desk: not delivered", "401"])] {
        let output = home.run(&["send-test", "desk"]).await;
        assert_eq!(output.status.code(), Some(exit), "{output:?}");
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(parts.iter().all(|part| said.contains(part)), "{said}");
        assert!(said.lines().all(|line| line.chars().count() <= 80), "{said}");
    }
}

#[tokio::test]
async fn a_test_is_sent_although_the_sink_is_left_alone() {
    let server = Server::start({
        let mut asked = 0;
        move |_| {
            asked += 1;
            if asked == 1 { Reply::status(429).header("retry-after", "3600") } else { Reply::status(200) }
        }
    })
    .await;
    let home =
        Home::new(&format!("[[feed]]\nurl = \"local.xml\"\nfirst_poll = \"all\"\n{}", webhook(&server.url("/"))));
    home.write("local.xml", rss(1, 1));
    let daemon = home.start();
    daemon.says(&["does not take alerts"]).await;
    assert_eq!(send(&home, "desk").await.0, Some(0));
    assert_eq!(home.json(&["deliveries", "--json"]).await[0]["state"], "pending", "it waits as it was told to");
    daemon.stop().await;
}

#[tokio::test]
async fn a_file_gets_one_whole_line_each_time() {
    let home =
        Home::new("[[feed]]\nurl = \"local.xml\"\nfirst_poll = \"all\"\n[file.alerts]\npath = \"alerts.jsonl\"\n");
    home.write("local.xml", rss(1, 3));
    assert_eq!(send(&home, "alerts").await.0, Some(0));
    let daemon = home.start();
    until("the alerts are in the file", async || home.count("state/alerts.jsonl") == 4).await;
    for _ in 0..3 {
        assert_eq!(send(&home, "alerts").await.0, Some(0));
    }
    daemon.stop().await;
    let lines = home.lines("state/alerts.jsonl");
    let tests: Vec<bool> = lines.iter().map(|line| line["data"]["test"].as_bool().unwrap()).collect();
    assert_eq!(tests, [true, false, false, false, true, true, true]);
}

#[tokio::test]
async fn a_file_that_cannot_be_written_says_why() {
    let home = Home::new("[file.alerts]\npath = \"out/alerts.jsonl\"\n");
    // Even root cannot make a folder where a file stands.
    fs::create_dir(home.path("state")).unwrap();
    home.write("state/out", "in the way");
    let check = async |when: &str| {
        let (code, answer) = send(&home, "alerts").await;
        assert_eq!(code, Some(1), "{when}: {answer}");
        assert!(answer["reason"].as_str().unwrap().contains("alerts.jsonl"), "{when}: {answer}");
    };
    check("without a daemon").await;
    let daemon = idle(&home).await;
    check("by the daemon").await;
    daemon.stop().await;
}

#[tokio::test]
async fn a_line_that_a_crash_tore_is_mended_before_a_test_follows_it() {
    let home =
        Home::new("[[feed]]\nurl = \"local.xml\"\nfirst_poll = \"all\"\n[file.alerts]\npath = \"alerts.jsonl\"\n");
    home.write("local.xml", rss(1, 2));
    let mut command = home.command(&["run", "--once"]);
    command.env("FAILPOINTS", "outbox.file.written=return");
    let crashed = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    assert!(!crashed.status.success(), "{crashed:?}");
    // Of the second of two lines only the beginning has reached the disk.
    let path = home.path("state/alerts.jsonl");
    let text = fs::read_to_string(&path).unwrap();
    let first_line = text.find('\n').unwrap() + 1;
    fs::write(&path, &text[..first_line + 20]).unwrap();
    assert_eq!(send(&home, "alerts").await.0, Some(0));
    home.once().await;
    let lines = home.lines("state/alerts.jsonl");
    let tests: Vec<bool> = lines.iter().map(|line| line["data"]["test"].as_bool().unwrap()).collect();
    assert_eq!(tests, [false, true, false]);
}

#[tokio::test]
async fn stdout_shows_it_where_the_sink_writes() {
    let home = Home::new("[stdout.console]\nformat = \"json\"\n");
    let output = home.run(&["send-test", "console"]).await;
    assert!(output.status.success(), "{output:?}");
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains(TITLE) && said.contains("console: delivered"), "{said}");
    let daemon = idle(&home).await;
    assert_eq!(send(&home, "console").await.0, Some(0));
    daemon.prints(&[TITLE, "\"test\":true"]).await;
    daemon.stop().await;
}

#[tokio::test]
async fn an_unknown_sink_is_bad_usage_and_the_names_are_told() {
    let home = Home::new("[stdout.console]\n[file.\"an archive/50%+\"]\npath = \"alerts.jsonl\"\n");
    let check = async |when: &str| {
        for sink in ["desk", "con sole", "a/b?c#d%2e"] {
            let output = home.run(&["send-test", sink]).await;
            assert_eq!(output.status.code(), Some(64), "{when}: {output:?}");
            let said = String::from_utf8(output.stderr).unwrap();
            assert!([sink, "console", "an archive/50%+"].iter().all(|part| said.contains(part)), "{when}: {said}");
        }
        assert_eq!(send(&home, "an archive/50%+").await.0, Some(0), "{when}");
    };
    check("without a daemon").await;
    let daemon = idle(&home).await;
    check("by the daemon").await;
    daemon.stop().await;
    assert_eq!(home.lines("state/alerts.jsonl").len(), 2);
}
