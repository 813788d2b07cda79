//! Disks that are full or fail, under the real binary: it says so, waits, and goes
//! on; nothing is lost and nothing comes twice, not even over HTTP, since the
//! process lives.

use crate::home::{Daemon, Home, rss, until};
use crate::support::{Reply, Server, SmallDisk, points_in_source};
use std::collections::BTreeSet;
use std::fs;

/// Every point at which something can be told to fail.
const POINTS: [&str; 6] = ["file.compress.write", "file.cut", "file.rotate", "file.sync", "file.write", "store.commit"];

/// The errors of Linux: no permission, an error of the device, no space left.
const EACCES: u32 = 13;
const EIO: u32 = 5;
const ENOSPC: u32 = 28;

const ITEMS: u32 = 6;

#[test]
fn every_point_in_the_source_is_tried() {
    assert_eq!(points_in_source("io_point"), POINTS);
    assert_eq!(points_in_source("clock_point"), ["clock.wall"]);
}

fn home(hook: &Server) -> Home {
    let home = Home::new(&format!(
        "[[feed]]\nurl = \"local.xml\"\nfirst_poll = \"all\"\n[[feed]]\nurl = \"more.xml\"\nfirst_poll = \"all\"\n\
         [file.alerts]\npath = \"alerts.jsonl\"\n\
         [file.rotated]\npath = \"rotated/alerts.jsonl\"\nrotate = \"3KiB\"\ncompress = true\n\
         [stdout.console]\nformat = \"json\"\n[webhook.desk]\nurl = {:?}\n",
        hook.url("/")
    ));
    home.write("local.xml", rss(1, ITEMS));
    home.write("more.xml", rss(100, ITEMS));
    home
}

/// Waits until so many alerts are stored and have arrived everywhere.
async fn arrived(home: &Home, alerts: u32) {
    until("every delivery arrives", async || {
        let status = home.json(&["status", "--json"]).await;
        status["running"] == true
            && status["alerts"]["stored"] == alerts
            && status["queues"].as_array().unwrap().is_empty()
    })
    .await;
}

/// That each of so many alerts is there once, on every sink.
fn check(home: &Home, daemon: &Daemon, hook: &Server, alerts: u32, when: &str) {
    let ids = |alerts: &[serde_json::Value]| -> Vec<String> {
        alerts.iter().map(|alert| alert["id"].as_str().unwrap().to_owned()).collect()
    };
    let sent = hook.requests().iter().map(|request| request.header("webhook-id").unwrap().to_owned()).collect();
    for (sink, ids) in [
        ("the file", ids(&home.lines("state/alerts.jsonl"))),
        ("the rotated file", ids(&home.rotated_lines("state/rotated", "alerts.jsonl"))),
        ("stdout", daemon.printed_ids()),
        ("the webhook", sent),
    ] {
        let different: BTreeSet<&String> = ids.iter().collect();
        assert_eq!((ids.len(), different.len()), (alerts as usize, alerts as usize), "{when}: {sink} has {ids:#?}");
    }
}

/// What `points` say fails; the daemon says so with `words`, and everything arrives once.
async fn goes_on(points: &str, words: &[&str]) {
    let hook = Server::start(|_| Reply::status(204)).await;
    let home = home(&hook);
    let mut command = home.command(&["run"]);
    command.env("FAILPOINTS", points);
    let mut daemon = Daemon::start(&mut command);
    daemon.says(words).await;
    arrived(&home, 2 * ITEMS).await;
    daemon.stop_well().await;
    check(&home, &daemon, &hook, 2 * ITEMS, points);
}

const FULL: &str = "the disk is full; make room: the alerts wait and nothing is lost";
const BROKEN: &str = "Input/output error (os error 5); the alerts wait and nothing is lost";

#[tokio::test]
async fn a_file_whose_disk_is_full_at_any_write_is_written_later() {
    for write in [0, 1, 3] {
        goes_on(&format!("file.write={write}*off->2*return({ENOSPC})"), &["cannot write to", FULL]).await;
    }
}

#[tokio::test]
async fn a_file_whose_disk_fails_at_any_write_is_written_later() {
    for write in [0, 2] {
        goes_on(&format!("file.write={write}*off->1*return({EIO})"), &["cannot write to", BROKEN]).await;
    }
    // The lines are in the file, and may be on the disk or not.
    goes_on(&format!("file.sync=1*off->2*return({EIO})"), &["cannot write to", BROKEN]).await;
    // Nor can they be taken back at once.
    goes_on(&format!("file.sync=1*off->1*return({EIO});file.cut=1*return({EIO})"), &["cannot write to", BROKEN]).await;
}

#[tokio::test]
async fn a_file_that_cannot_be_put_aside_grows() {
    goes_on(&format!("file.rotate=2*return({EACCES})"), &["no new file can be begun", "permission denied"]).await;
}

#[tokio::test]
async fn a_file_that_cannot_be_compressed_stays_whole() {
    let words = ["cannot be compressed or removed; they are whole", "No space left"];
    goes_on(&format!("file.compress.write=1*off->3*return({ENOSPC})"), &words).await;
}

#[tokio::test]
async fn a_store_whose_disk_is_full_at_any_commit_goes_on_later() {
    for commit in [3, 5, 8, 12] {
        let words = ["the disk of the state directory is full: make room, nothing was lost"];
        goes_on(&format!("store.commit={commit}*off->2*return({ENOSPC})"), &words).await;
    }
}

#[tokio::test]
async fn a_store_whose_disk_fails_at_any_commit_goes_on_later() {
    for commit in [4, 6, 10] {
        let words = ["the disk of the state directory failed (Input/output error (os error 5)): check it"];
        goes_on(&format!("store.commit={commit}*off->1*return({EIO})"), &words).await;
    }
}

#[tokio::test]
async fn a_disk_that_is_full_at_the_start_is_told() {
    let hook = Server::start(|_| Reply::status(204)).await;
    for commit in 0..3 {
        let home = home(&hook);
        let mut command = home.command(&["run"]);
        command.env("FAILPOINTS", format!("store.commit={commit}*off->return({ENOSPC})"));
        let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        assert_eq!(output.status.code(), Some(74), "{commit}: {output:?}");
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains("error: the disk of the state directory is full: make room"), "{commit}: {said}");
    }
}

/// An RSS document of so many items that fire, each with a long text.
fn long(from: u32, count: u32) -> String {
    let text = "lorem ipsum ".repeat(2_500);
    rss(from, count).replace("</title><guid>", &format!("</title><description>{text}</description><guid>"))
}

#[tokio::test]
async fn a_store_on_a_full_disk_goes_on_when_there_is_room() {
    let hook = Server::start(|_| Reply::status(204)).await;
    let home = Home::new(&format!(
        "[[feed]]\nurl = \"local.xml\"\nfirst_poll = \"all\"\ninterval = \"100ms\"\n\
         [file.alerts]\npath = \"alerts.jsonl\"\n[file.rotated]\npath = \"rotated/alerts.jsonl\"\nrotate = \"100KiB\"\n\
         [stdout.console]\nformat = \"json\"\n[webhook.desk]\nurl = {:?}\n",
        hook.url("/")
    ));
    let Some(small) = SmallDisk::mount(&home.path("state"), "32m") else { return };
    home.write("local.xml", long(1, 2));
    let mut daemon = home.start();
    arrived(&home, 2).await;
    let ballast = small.fill();
    home.write("new.xml", long(1, 60));
    fs::rename(home.path("new.xml"), home.path("local.xml")).unwrap();
    daemon.says(&["the disk of the state directory is full: make room, nothing was lost"]).await;
    // It lives, and says how it is.
    assert_eq!(home.json(&["status", "--json"]).await["running"], true);
    fs::remove_file(ballast).unwrap();
    arrived(&home, 60).await;
    daemon.stop_well().await;
    check(&home, &daemon, &hook, 60, "a full disk");
}

#[tokio::test]
async fn a_file_on_a_full_disk_is_written_when_there_is_room() {
    let hook = Server::start(|_| Reply::status(204)).await;
    let home = home(&hook);
    let Some(small) = SmallDisk::mount(&home.path("small"), "1m") else { return };
    let config = fs::read_to_string(home.path("newswatch.toml")).unwrap();
    let moved = config.replace("\"rotated/", &format!("\"{}/", small.dir.display()));
    home.write("newswatch.toml", moved.replace("3KiB", "100KiB"));
    home.write("local.xml", long(1, ITEMS));
    let ballast = small.fill();
    let mut daemon = home.start();
    daemon.says(&["rotated", "cannot write to", FULL]).await;
    until("the other sinks have it all", async || {
        home.lines("state/alerts.jsonl").len() == 2 * ITEMS as usize && hook.requests().len() == 2 * ITEMS as usize
    })
    .await;
    fs::remove_file(ballast).unwrap();
    arrived(&home, 2 * ITEMS).await;
    daemon.stop_well().await;
    let copy = home.path("state/rotated");
    fs::create_dir(&copy).unwrap();
    for entry in fs::read_dir(&small.dir).unwrap().map(|entry| entry.unwrap()) {
        fs::copy(entry.path(), copy.join(entry.file_name())).unwrap();
    }
    check(&home, &daemon, &hook, 2 * ITEMS, "a full disk");
}
