//! Silences: what they cover goes nowhere, is stored all the same, and is heard again after.

use super::{alerts, documents, sql};
use crate::home::{Daemon, Home, rss, titles, until};
use crate::support::{Reply, Server};
use serde_json::Value;

const FEED: &str = "[[feed]]\nurl = \"local.xml\"\nname = \"local\"\ninterval = \"1s\"\nfirst_poll = \"all\"\n";

fn home(server: &Server) -> Home {
    let home =
        Home::new(&format!("{FEED}[webhook.desk]\nurl = {:?}\n[stdout.console]\nformat = \"json\"\n", server.url("/")));
    home.write("local.xml", rss(1, 1));
    home
}

/// `silence add …`, which must work; the silence.
async fn add(home: &Home, arguments: &[&str]) -> Value {
    let silence = home.json(&[&["silence", "add", "--json"], arguments].concat()).await;
    assert_eq!(silence["active"], true, "{silence}");
    silence
}

async fn stored(home: &Home, count: usize) -> Vec<Value> {
    let mut stored = Vec::new();
    until(&format!("{count} alerts are stored"), async || {
        stored = alerts(home).await;
        stored.len() == count
    })
    .await;
    stored
}

#[tokio::test]
async fn a_silence_mutes_expires_and_is_shown_while_the_daemon_runs() {
    let server = Server::start(|_| Reply::status(204)).await;
    let home = home(&server);
    let daemon = home.start();
    daemon.prints(&["number 1"]).await;
    let silence = add(&home, &["--watchlist", "words", "--for", "2h", "--comment", "an exercise"]).await;
    assert_eq!(silence["id"], "sil_1");
    home.write("local.xml", rss(1, 2));
    let all = stored(&home, 2).await;
    assert_eq!((&all[0]["silence"], &all[1]["silence"]), (&Value::Null, &"sil_1".into()));
    let shown = home.run(&["alerts"]).await;
    assert_eq!(String::from_utf8(shown.stdout).unwrap().matches("silenced by sil_1").count(), 1);
    let listed = home.json(&["silence", "list", "--json"]).await;
    assert_eq!(listed, serde_json::json!([silence]));
    assert_eq!(home.json(&["status", "--json"]).await["silences"], 1);
    let table = String::from_utf8(home.run(&["silence"]).await.stdout).unwrap();
    assert!(
        ["sil_1", "in 1h 59m", "watchlist words", "an exercise"].iter().all(|part| table.contains(part)),
        "{table}"
    );

    let expired = home.run(&["silence", "expire", "sil_1"]).await;
    assert!(expired.status.success(), "{expired:?}");
    // What the silenced item fired stays fired; a new one is heard.
    home.write("local.xml", rss(1, 3));
    daemon.prints(&["number 3"]).await;
    daemon.stop().await;
    assert_eq!(
        titles(&documents(&server.wait_for(2).await)),
        ["Act of sabotage, number 1", "Act of sabotage, number 3"]
    );
    assert_eq!(home.json(&["silence", "list", "--json"]).await, serde_json::json!([]));
    let all = home.json(&["silence", "list", "--all", "--json"]).await;
    assert_eq!((&all[0]["id"], &all[0]["active"]), (&"sil_1".into(), &false.into()));
    assert_eq!(home.run(&["silence", "expire", "sil_1"]).await.status.code(), Some(1), "it has ended");
}

#[tokio::test]
async fn without_a_daemon_it_holds_for_the_next_run_until_its_time_is_over() {
    let server = Server::start(|_| Reply::status(204)).await;
    let home = home(&server);
    add(&home, &["--query", "sabotage AND number", "--feed", "loc*", "--for", "1h"]).await;
    home.once().await;
    assert!(server.requests().is_empty());
    assert_eq!(alerts(&home).await[0]["silence"], "sil_1");
    assert_eq!(home.json(&["deliveries", "--json"]).await, serde_json::json!([]));
    // An hour later.
    sql(&home, "UPDATE silence SET created = created - 3600000, expires = expires - 3600000");
    home.write("local.xml", rss(1, 2));
    home.once().await;
    assert_eq!(titles(&documents(&server.requests())), ["Act of sabotage, number 2"]);
}

#[tokio::test]
async fn a_reload_keeps_silences_and_tells_of_those_that_make_no_sense_any_more() {
    let server = Server::start(|_| Reply::status(204)).await;
    let home = home(&server);
    let list = "keywords = [\"sabotage\"]\n";
    home.write("watchlists/words.toml", format!("{list}[[entity]]\nid = \"x\"\ntype = \"thing\"\nnames = [\"Xyz\"]\n"));
    let daemon = home.start();
    daemon.prints(&["number 1"]).await;
    add(&home, &["--rule", "any", "--for", "1h"]).await;
    add(&home, &["--query", "@x AND number", "--for", "1h"]).await;
    home.write("watchlists/words.toml", list);
    daemon.says(&["sil_2", "covers nothing any more", "there is no entity x"]).await;
    daemon.says(&["the new configuration is live"]).await;
    home.write("local.xml", rss(1, 2));
    assert_eq!(stored(&home, 2).await[1]["silence"], "sil_1");
    daemon.stop().await;
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_clock_that_is_set_shortens_no_silence_and_lengthens_none() {
    for year in [-31_536_000, 31_536_000] {
        let server = Server::start(|_| Reply::status(204)).await;
        let home = home(&server);
        let mut command = home.command(&["run"]);
        command.env("FAILPOINTS", format!("clock.wall=7*off->return({year})"));
        let daemon = Daemon::start(&mut command);
        daemon.prints(&["number 1"]).await;
        add(&home, &["--watchlist", "words", "--for", "1h"]).await;
        daemon.says(&["the clock was put"]).await;
        home.write("local.xml", rss(1, 2));
        assert_eq!(stored(&home, 2).await[1]["silence"], "sil_1", "{year}");
        daemon.stop().await;
        let lasts = sql(&home, "UPDATE silence SET id = id WHERE expires - created = 3600000 AND created <> 0");
        assert_eq!(lasts, 1);
    }
}

#[tokio::test]
async fn what_makes_no_sense_is_bad_usage() {
    let server = Server::start(|_| Reply::status(204)).await;
    let home = home(&server);
    let check = async |when: &str| {
        for (arguments, words) in [
            (&["--for", "1h"][..], "a silence needs a watchlist"),
            (&["--watchlist", "wrods", "--for", "1h"], "did you mean words?"),
            (&["--query", "a AND (", "--for", "1h"], "query: column"),
            (&["--watchlist", "words", "--for", "soon"], "whole number"),
            (&["--watchlist", "words", "--for", "0s"], "must last for some time"),
            (&["--watchlist", "words"], "--for"),
        ] {
            let output = home.run(&[&["silence", "add"], arguments].concat()).await;
            let said = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(64), "{when}: {arguments:?}: {said}");
            assert!(said.contains(words), "{when}: {arguments:?}: {said}");
        }
        let output = home.run(&["silence", "expire", "7"]).await;
        assert_eq!(output.status.code(), Some(64), "{when}: {output:?}");
        let output = home.run(&["silence", "expire", "sil_7"]).await;
        assert_eq!(output.status.code(), Some(1), "{when}: {output:?}");
        assert_eq!(home.json(&["silence", "--json"]).await, serde_json::json!([]), "{when}");
    };
    check("without a daemon").await;
    let daemon = home.start();
    daemon.prints(&["number 1"]).await;
    check("by the daemon").await;
    daemon.stop().await;
}
