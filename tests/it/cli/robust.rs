//! Hostile text and full disks.

use crate::home::{Home, rss, until};
use std::process::Command;

/// What must never reach a terminal as it came.
const UNSAFE: [char; 5] = ['\u{1b}', '\u{9b}', '\u{202e}', '\u{2066}', '\u{7}'];

const HOSTILE: &str = "<rss version='2.0'><channel><title>T\u{202e}&#x9b;31m</title><link>https://x.example/\u{202e}</link>\
    <item><title>Sabotage \u{202e}evil\u{2066} &#x1b;[31m &#27;]0;owned&#7;</title><guid>h\u{202e}1</guid>\
    <link>https://x.example/\u{202e}?a=&#x1b;[2J</link><author>\u{2066}A</author><category>\u{202e}c</category>\
    <description>Sabotage\u{202e} body &#x9b;2J</description></item></channel></rss>";

fn assert_safe(what: &str, bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let bad: Vec<char> = text.chars().filter(|c| UNSAFE.contains(c)).collect();
    assert!(bad.is_empty(), "{what} lets {bad:?} through: {text:?}");
}

#[tokio::test]
async fn hostile_text_reaches_no_terminal() {
    let home = Home::new(
        "[[feed]]\nurl = \"local.xml\"\nfirst_poll = \"all\"\n[[feed]]\nurl = \"page.html\"\n[stdout.console]\nformat = \"pretty\"\n",
    );
    home.write("local.xml", HOSTILE);
    home.write(
        "page.html",
        "<html><head><title>\u{202e}\u{1b}[31m</title><link rel='alternate' type='application/rss+xml' href='/\u{202e}\u{1b}x'></head></html>",
    );
    let feed = home.path("local.xml");
    let page = home.path("page.html");
    let (feed, page) = (feed.to_str().unwrap(), page.to_str().unwrap());
    let all: [&[&str]; 9] = [
        &["run", "--once", "--dry-run"],
        &["-vv", "run", "--once"],
        &["alerts"],
        &["feeds"],
        &["status"],
        &["fetch", feed],
        &["fetch", page],
        &["match", feed],
        &["match", "--title", "sabotage \u{202e}\u{1b}[31m"],
    ];
    for arguments in all {
        let output = home.run(arguments).await;
        assert_safe(&format!("stdout of {arguments:?}"), &output.stdout);
        assert_safe(&format!("stderr of {arguments:?}"), &output.stderr);
    }
    home.write("newswatch.toml", "state_dir = \"state\"\n[\"poll\u{202e}\\u001b[31m\"]\n");
    for arguments in [&["check"][..], &["run"]] {
        let output = home.run(arguments).await;
        assert_eq!(output.status.code(), Some(78));
        assert_safe(&format!("stderr of {arguments:?}"), &output.stderr);
    }
}

/// A small filesystem, unmounted when the test ends.
struct Tmpfs(std::path::PathBuf);

impl Tmpfs {
    fn mount(path: std::path::PathBuf) -> Option<Self> {
        std::fs::create_dir_all(&path).unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=32m,mode=0700", "newswatch-test"])
            .arg(&path)
            .output();
        if mounted.is_ok_and(|output| output.status.success()) {
            return Some(Self(path));
        }
        println!("skipped: no tmpfs can be mounted here");
        None
    }
}

impl Drop for Tmpfs {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[tokio::test]
async fn a_full_disk_delays_and_loses_nothing() {
    let home = Home::new(
        "[[feed]]\nurl = \"local.xml\"\nfirst_poll = \"all\"\ninterval = \"1s\"\n[file.alerts]\npath = \"alerts.jsonl\"\n",
    );
    let Some(disk) = Tmpfs::mount(home.path("state")) else { return };
    home.write("local.xml", rss(1, 1));
    let daemon = home.start();
    until("the first alert is written", async || home.count("state/alerts.jsonl") == 1).await;
    let filler = disk.0.join("filler");
    // What cannot be written is the point.
    let _ = std::fs::write(&filler, vec![1_u8; 33 << 20]);
    home.write("local.xml", rss(2, 500));
    daemon.says(&["cannot be stored"]).await;
    std::fs::remove_file(filler).unwrap();
    daemon.says(&["stored again"]).await;
    until("all alerts are written", async || home.count("state/alerts.jsonl") == 501).await;
    daemon.stop().await;
}
