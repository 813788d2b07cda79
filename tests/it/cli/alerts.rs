//! `alerts` and `feeds`: what is stored, with the daemon running and without.

use crate::home::{Daemon, Home, rss, until};

fn home() -> Home {
    let home =
        Home::new("[[feed]]\nurl = \"local.xml\"\nfirst_poll = \"all\"\n[file.alerts]\npath = \"alerts.jsonl\"\n");
    home.write("local.xml", rss(1, 3));
    home
}

#[tokio::test]
async fn stored_alerts_are_the_lines_that_were_sent() {
    let home = home();
    home.once().await;
    let output = home.run(&["alerts", "--json"]).await;
    assert!(output.status.success());
    assert_eq!(output.stdout, std::fs::read(home.path("state/alerts.jsonl")).unwrap());
    let last = home.run(&["alerts", "--json", "-n", "1"]).await;
    assert!(output.stdout.ends_with(&last.stdout) && !last.stdout.is_empty());
    let since = home.run(&["alerts", "--json", "--since", "1h"]).await;
    assert_eq!(since.stdout, output.stdout);
    let none = home.run(&["alerts", "--json", "--since", "2999-01-01"]).await;
    assert!(none.status.success() && none.stdout.is_empty());
}

#[tokio::test]
async fn following_shows_what_comes_and_not_what_was_not_asked_for() {
    for first in [&["--since", "2999-01-01"][..], &["-n", "0"]] {
        let home = home();
        home.once().await;
        let follower = Daemon::start(home.command(&["alerts", "--json", "--follow"]).args(first));
        // More and more come until the follower, whenever it began, has seen one.
        let mut number = 3;
        let mut first_line = String::new();
        until("it prints what comes", async || {
            number += 1;
            home.write("local.xml", rss(number, 1));
            home.once().await;
            first_line = follower.printed.try_recv().unwrap_or_default();
            !first_line.is_empty()
        })
        .await;
        for old in ["number 1\"", "number 2\"", "number 3\""] {
            assert!(!first_line.contains(old), "{first:?}: {first_line}");
        }
    }
}

#[tokio::test]
async fn feeds_are_listed_with_their_health() {
    let home = Home::new(
        "[[feed]]\nurl = \"local.xml\"\nname = \"good\"\n[[feed]]\nurl = \"missing.xml\"\nname = \"bad\"\n[[feed]]\nurl = \"off.xml\"\nname = \"off\"\nenabled = false\n",
    );
    home.write("local.xml", rss(1, 1));
    home.write("off.xml", rss(1, 1));
    home.once().await;
    let check = async |when: &str| {
        let feeds = home.json(&["feeds", "--json"]).await;
        let state = |name: &str| {
            let feed = feeds.as_array().unwrap().iter().find(|feed| feed["name"] == name).unwrap();
            feed["state"].as_str().unwrap().to_owned()
        };
        assert_eq!([state("good"), state("bad"), state("off")], ["ok", "failing", "disabled"], "{when}");
    };
    check("without the daemon").await;
    let daemon = home.start();
    check("with the daemon").await;
    daemon.stop().await;
}
