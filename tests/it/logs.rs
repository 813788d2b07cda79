//! The log, as the real binary writes it: JSON on request, journald's priorities, and a failure
//! that repeats.

use crate::home::{Daemon, Home, rss};
use crate::support::{Reply, Server};
use serde_json::Value;
use std::io::Read as _;
use std::process::Command;

/// Every line of JSON, with what each has to have.
fn objects(said: &str) -> Vec<Value> {
    let object = |line: &str| {
        let object: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line:?}"));
        let keys: Vec<&str> = object.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(keys, ["timestamp", "level", "target", "message", "fields"], "{line}");
        let time = object["timestamp"].as_str().unwrap();
        time.parse::<jiff::Timestamp>().unwrap();
        assert_eq!((time.len(), time.ends_with('Z')), ("2026-11-24T02:15:04.123Z".len(), true), "{time}");
        assert!(object["fields"].is_object() && object["target"].as_str().unwrap().starts_with("newswatch"), "{line}");
        object
    };
    said.lines().map(object).collect()
}

/// The one object whose message contains this.
fn only<'a>(objects: &'a [Value], part: &str) -> &'a Value {
    let found: Vec<_> = objects.iter().filter(|it| it["message"].as_str().unwrap().contains(part)).collect();
    let [one] = *found else { panic!("{part}: {found:#?} of {objects:#?}") };
    one
}

/// A feed that works, and one that fails, whose file and name are hostile.
fn mixed() -> Home {
    let home = Home::new(
        "[[feed]]\nurl = \"local.xml\"\nfirst_poll = \"all\"\n\
         [[feed]]\nurl = \"no\\u001b[2J\\u009b31m.xml\"\nname = \"bad = 'quoted' \\u202e\"\n\
         [file.alerts]\npath = \"alerts.jsonl\"\nwatchlists = [\"nobody\"]\n",
    );
    home.write("local.xml", rss(1, 2));
    home
}

#[tokio::test]
async fn on_request_every_line_is_a_json_object_with_its_level() {
    for by_option in [true, false] {
        let home = mixed();
        let mut command = home.command(if by_option {
            &["run", "--once", "-v", "--log-format", "json"]
        } else {
            &["run", "--once", "-v"]
        });
        command.env("NEWSWATCH_LOG_FORMAT", if by_option { "text" } else { "json" });
        let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        assert!(output.status.success(), "{output:?}");
        let said = String::from_utf8(output.stderr).unwrap();
        let terminal = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
        assert_eq!(said.find(terminal), None, "{said:?}");
        let objects = objects(&said);

        let warning = only(&objects, "no watchlist `nobody`");
        assert_eq!((&warning["level"], &warning["fields"]["line"]), (&"WARN".into(), &12.into()), "{warning}");
        assert!(warning["fields"]["file"].as_str().unwrap().ends_with("newswatch.toml"));
        let starts = only(&objects, "newswatch starts");
        assert_eq!((&starts["level"], &starts["fields"]["feeds"]), (&"INFO".into(), &"2".into()));
        let failed = only(&objects, "the feed cannot be read");
        assert_eq!(failed["level"], "WARN");
        assert_eq!(failed["fields"], serde_json::json!({ "feed": "bad = 'quoted' \u{202e}" }));
        assert!(failed["message"].as_str().unwrap().contains("no\u{1b}[2J\u{9b}31m.xml"), "{failed}");
        // At -v each poll is told, with numbers that stay numbers.
        let polled = objects.iter().find(|it| it["message"] == "polled" && it["fields"]["items"] == 2).unwrap();
        assert_eq!((&polled["level"], &polled["fields"]["alerts"]), (&"DEBUG".into(), &2.into()));
        assert_eq!(only(&objects, "polled 2 feeds")["level"], "INFO");
    }
}

#[tokio::test]
async fn what_stops_a_command_is_an_object_too() {
    let home = Home::new("[pol]\n");
    home.write("watchlists/words.toml", "keywords = [\n");
    for arguments in [&["run"][..], &["alerts"], &["check"]] {
        let mut command = home.command(arguments);
        command.args(["--log-format", "json"]);
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(78), "{arguments:?}");
        let objects = objects(std::str::from_utf8(&output.stderr).unwrap());
        let levels: Vec<_> = objects.iter().map(|it| it["level"].as_str().unwrap()).collect();
        assert_eq!(levels, ["ERROR", "ERROR"], "{objects:#?}");
        assert!(objects[0]["message"].as_str().unwrap().contains("newswatch.toml:4:2: "), "{objects:#?}");
        assert!(objects[0]["fields"]["help"].as_str().unwrap().contains("poll"), "{objects:#?}");
    }
    let home = Home::new("");
    let output = home.run(&["reload", "--log-format", "json"]).await;
    let objects = objects(std::str::from_utf8(&output.stderr).unwrap());
    assert_eq!(output.status.code(), Some(74));
    assert_eq!(only(&objects, "no daemon runs")["level"], "ERROR");
    assert!(!objects[0]["message"].as_str().unwrap().starts_with("error"), "its level says so");
    assert_eq!(home.run(&["status", "--log-format", "xml"]).await.status.code(), Some(64));
    for (value, status, words) in [("", 0, ""), ("xml", 64, "$NEWSWATCH_LOG_FORMAT is \"xml\"")] {
        let output = home.command(&["status", "--json"]).env("NEWSWATCH_LOG_FORMAT", value).output().unwrap();
        assert_eq!(output.status.code(), Some(status), "{value}: {output:?}");
        assert!(String::from_utf8(output.stderr).unwrap().contains(words), "{value}");
    }
}

#[tokio::test]
async fn a_panic_is_an_object_too() {
    let home = Home::new("[[feed]]\nurl = \"local.xml\"\n");
    home.write("local.xml", rss(1, 1));
    let mut command = home.command(&["run", "--once", "--log-format", "json"]);
    command.env("FAILPOINTS", "poll.fetched=1*panic");
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let objects = objects(std::str::from_utf8(&output.stderr).unwrap());
    let panicked = only(&objects, "panicked: failpoint poll.fetched");
    assert_eq!(panicked["level"], "ERROR");
    assert!(panicked["fields"]["place"].as_str().unwrap().contains(".rs:"), "{panicked}");
}

/// What it says into a pipe that `$JOURNAL_STREAM` names, as systemd hands one over.
fn into_the_journal(command: &mut Command) -> String {
    let (mut reader, writer) = std::io::pipe().unwrap();
    let stat = rustix::fs::fstat(&writer).unwrap();
    command.env("JOURNAL_STREAM", format!("{}:{}", stat.st_dev, stat.st_ino)).stderr(writer);
    let mut child = command.spawn().unwrap();
    // Holds the end that is written to, which is to close with the child.
    command.stderr(std::process::Stdio::null());
    let mut said = String::new();
    reader.read_to_string(&mut said).unwrap();
    assert!(child.wait().unwrap().success());
    said
}

#[tokio::test]
async fn the_journal_gets_priorities_unless_json_is_asked_for() {
    let home = Home::new("[[feed]]\nurl = \"none.xml\"\n");
    let said = into_the_journal(&mut home.command(&["run", "--once"]));
    let polled = said.lines().find(|line| line.contains("polled 1 feed")).unwrap();
    assert!(polled.starts_with("<6>polled") && said.contains("\n<4>the feed cannot be read"), "{said}");
    let said = into_the_journal(home.command(&["run", "--once"]).env("NEWSWATCH_LOG_FORMAT", "json"));
    assert_eq!(only(&objects(&said), "the feed cannot be read")["level"], "WARN");
    // A variable that is inherited, while stderr goes elsewhere, means nothing.
    let output = home.command(&["run", "--once"]).env("JOURNAL_STREAM", "1:1").output().unwrap();
    assert!(!String::from_utf8(output.stderr).unwrap().contains('<'));
}

/// All lines that a daemon said, up to one with this; those that tell of a failure or its end.
async fn told(daemon: &Daemon, end: &str, parts: &[&str]) -> Vec<String> {
    let mut told = Vec::new();
    loop {
        let line = daemon.says(&[]).await;
        let ends = line.contains(end);
        if parts.iter().any(|part| line.contains(part)) {
            told.push(line);
        }
        if ends {
            return told;
        }
    }
}

#[tokio::test]
async fn a_failure_of_a_feed_is_logged_when_it_begins_changes_and_ends() {
    let statuses = [200, 500, 500, 403, 403].map(|status| Reply::status(status).body(rss(1, 1)));
    let server = Server::replies(statuses.into_iter().chain([Reply::status(200).body(rss(1, 1))]).collect()).await;
    let home = Home::new(&format!("max_interval = \"1s\"\n[[feed]]\nurl = {:?}\ninterval = \"1s\"\n", server.url("/")));
    let daemon = home.start();
    let told = told(&daemon, "works again", &["cannot be read", "works again"]).await;
    let [began, changed, ended] = &*told else { panic!("{told:#?}") };
    assert!(began.contains("WARN") && began.contains("500"), "{began}");
    assert!(changed.contains("WARN") && changed.contains("403"), "{changed}");
    assert!(ended.contains("INFO"), "{ended}");
    daemon.stop().await;
}

#[tokio::test]
async fn a_failure_of_a_sink_is_logged_when_it_begins_changes_and_ends() {
    let statuses = [500, 500, 502, 502].map(Reply::status);
    let server = Server::replies(statuses.into_iter().chain([Reply::status(204)]).collect()).await;
    let home = Home::new(&format!(
        "[[feed]]\nurl = \"local.xml\"\nfirst_poll = \"all\"\n[webhook.desk]\nurl = {:?}\nconcurrency = 1\n",
        server.url("/")
    ));
    home.write("local.xml", rss(1, 1));
    let daemon = home.start();
    let told = told(&daemon, "takes alerts again", &["does not take alerts", "takes alerts again"]).await;
    let [began, changed, ended] = &*told else { panic!("{told:#?}") };
    assert!(began.contains("WARN") && began.contains("500"), "{began}");
    assert!(changed.contains("WARN") && changed.contains("502"), "{changed}");
    assert!(ended.contains("INFO"), "{ended}");
    daemon.stop().await;
}
