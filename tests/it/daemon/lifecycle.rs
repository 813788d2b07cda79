//! Start, reload, stop: signals, systemd, the control socket, the state lock.

use crate::home::{Daemon, Home, exists, rss};
use crate::support::{Reply, Server};
use rustix::process::Signal;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixDatagram;

const LOCAL: &str = "[[feed]]\nurl = \"local.xml\"\nfirst_poll = \"all\"\n[stdout.console]\nformat = \"json\"\n";

fn local() -> Home {
    let home = Home::new(LOCAL);
    home.write("local.xml", rss(1, 1));
    home
}

#[tokio::test]
async fn a_second_run_says_what_was_seen() {
    let home = local();
    let daemon = home.start();
    daemon.says(&["  feeds", "1"]).await;
    daemon.says(&["polled 1 feed: 1 item, 1 new, 0 seen before; 1 alert"]).await;
    daemon.stop().await;
    let daemon = home.start();
    daemon.says(&["seen", "1 item and 1 alert"]).await;
    daemon.says(&["no feed is due yet", "next poll in"]).await;
    daemon.stop().await;
}

#[tokio::test]
async fn signals_end_it_at_once_also_while_everything_hangs() {
    let server = Server::start(|_| Reply::hang()).await;
    for signal in [Signal::TERM, Signal::INT] {
        let home = Home::new(&format!(
            "[[feed]]\nurl = {:?}\n[[feed]]\nurl = \"local.xml\"\nfirst_poll = \"all\"\n[stdout.console]\nformat = \"json\"\n",
            server.url("/feed")
        ));
        home.write("local.xml", rss(1, 1));
        let mut daemon = home.start();
        daemon.prints(&["number 1"]).await;
        daemon.signal(signal);
        assert!(daemon.ends().await.success());
        assert!(!exists(&home.path("state/control.sock")));
    }
}

#[tokio::test]
async fn a_hangup_reloads_and_keeps_the_old_configuration_when_the_new_one_is_bad() {
    let home = local();
    let daemon = home.start();
    daemon.prints(&["number 1"]).await;

    home.configure(&format!("watch_config = false\n{LOCAL}").replace("watch_config = false\n", ""));
    home.write("watchlists/words.toml", "keywords = [\"sabotage\", ]\nseverity = \"hihg\"\n");
    daemon.signal(Signal::HUP);
    let line = daemon.says(&["words.toml:2:12: "]).await;
    assert!(line.contains("hihg") || line.contains("high"), "{line}");
    daemon.says(&["the one before stays in service"]).await;

    home.write("watchlists/words.toml", "keywords = [\"sabotage\"]\n");
    home.write("second.xml", rss(50, 1));
    home.configure(&format!("{LOCAL}[[feed]]\nurl = \"second.xml\"\nfirst_poll = \"all\"\n"));
    daemon.signal(Signal::HUP);
    daemon.prints(&["number 50"]).await;
    daemon.stop().await;
}

#[tokio::test]
async fn a_changed_file_is_noticed() {
    let home = local();
    let daemon = home.start();
    daemon.prints(&["number 1"]).await;
    home.write("second.xml", rss(60, 1));
    fs::create_dir(home.path("feeds")).unwrap();
    home.write("feeds/more.toml", "[[feed]]\nurl = \"../second.xml\"\nfirst_poll = \"all\"\n");
    daemon.prints(&["number 60"]).await;
    daemon.stop().await;
}

#[tokio::test]
async fn every_file_that_is_read_is_noticed_wherever_it_is() {
    let home = Home::new(&format!(
        "{LOCAL}[webhook.desk]\nurl = \"http://127.0.0.1:9/\"\ntemplate = \"templates/desk.json.j2\"\n\
        headers = {{ X-Key = {{ file = \"secrets/key\" }} }}\n"
    ));
    for folder in ["templates", "secrets", "watchlists/lists", "elsewhere"] {
        fs::create_dir(home.path(folder)).unwrap();
    }
    let import = |file: &str| format!("[[import]]\nfile = \"{file}\"\nformat = \"lines\"\ntype = \"person\"\n");
    home.write("watchlists/people.toml", import("lists/names.txt"));
    let files = [
        ("watchlists/lists/names.txt", "Jane Roe\n"),
        ("templates/desk.json.j2", "{\"text\": {{ message.title }}}"),
        ("secrets/key", "s3cret"),
    ];
    for (file, text) in files {
        home.write(file, text);
    }
    let daemon = home.start();
    daemon.says(&["polled 1 feed"]).await;
    for (file, text) in files {
        home.write(file, format!("{text} "));
        daemon.says(&["the new configuration is live"]).await;
        home.write("elsewhere/new", text);
        fs::rename(home.path("elsewhere/new"), home.path(file)).unwrap();
        daemon.says(&["the new configuration is live"]).await;
    }

    // What only a configuration that was refused has named may mend it.
    home.write("watchlists/people.toml", import("../later/deep/names.txt"));
    daemon.says(&["the one before stays in service"]).await;
    fs::create_dir_all(home.path("later/deep")).unwrap();
    daemon.says(&["the one before stays in service"]).await;
    home.write("later/deep/names.txt", "Jane Roe\n");
    daemon.says(&["the new configuration is live"]).await;
    daemon.stop().await;
}

#[tokio::test]
async fn reload_asks_and_waits() {
    let home = local();
    let output = home.run(&["reload", "--wait"]).await;
    assert_eq!(output.status.code(), Some(74), "no daemon runs: {output:?}");
    let daemon = home.start();
    daemon.prints(&["number 1"]).await;
    assert_eq!(home.run(&["reload", "--wait"]).await.status.code(), Some(0));
    home.write("watchlists/words.toml", "keywords = [\"sabotage\", 3]\n");
    let output = home.run(&["reload", "--wait"]).await;
    assert_eq!(output.status.code(), Some(78));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("words.toml:1:25: "), "{said}");
    let status = home.json(&["status", "--json"]).await;
    assert_eq!(status["running"], true);
    assert!(status["configuration"]["reload_error"].as_str().unwrap().contains("words.toml:1:25"));
    daemon.stop().await;
}

#[tokio::test]
async fn a_second_daemon_is_told_who_holds_the_state() {
    let home = local();
    let daemon = home.start();
    daemon.prints(&["number 1"]).await;
    let output = home.run(&["run", "--once"]).await;
    assert_eq!(output.status.code(), Some(74));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains(&daemon.child.id().to_string()), "{said}");
    daemon.stop().await;
}

#[tokio::test]
async fn a_broken_configuration_is_told_whole() {
    let home = Home::new("[[feed]]\nurl = 3\n[webhook.desk]\nurl = \"http://h.example/\"\ntimeuot = \"3s\"\n");
    home.write("watchlists/words.toml", "keywords = [\"\"]\n[[rule]]\nid = \"r\"\nwhen = \"a AND\"\n");
    let output = home.run(&["run"]).await;
    assert_eq!(output.status.code(), Some(78));
    let said = String::from_utf8(output.stderr).unwrap();
    for wanted in ["newswatch.toml:5:7: ", "newswatch.toml:8:1: ", "words.toml:1:13: ", "words.toml:4:"] {
        assert!(said.contains(wanted), "{wanted} is missing in {said}");
    }
}

#[tokio::test]
async fn a_reader_that_goes_ends_it_and_loses_nothing() {
    let home = local();
    home.write("local.xml", rss(1, 400));
    let mut command = home.command(&["run"]);
    let mut child = command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let mut daemon =
        Daemon { said: crate::home::lines(child.stderr.take().unwrap()), printed: std::sync::mpsc::channel().1, child };
    assert!(daemon.ends().await.success());
    let output = home.run(&["run", "--once"]).await;
    let printed = String::from_utf8(output.stdout).unwrap();
    assert_eq!(printed.lines().count(), 400, "what was not printed waits and is printed later");
}

#[tokio::test]
async fn systemd_is_told() {
    let home = local();
    let socket = UnixDatagram::bind(home.path("notify")).unwrap();
    socket.set_read_timeout(Some(crate::support::LIMIT)).unwrap();
    let heard = move |wanted: &'static str| {
        let socket = socket.try_clone().unwrap();
        tokio::task::spawn_blocking(move || {
            let mut buffer = [0; 4096];
            loop {
                let length = socket.recv(&mut buffer).unwrap_or_else(|_| panic!("systemd was not told {wanted}"));
                let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
                if text.contains(wanted) {
                    return text;
                }
            }
        })
    };
    let mut command = home.command(&["run"]);
    command.env("NOTIFY_SOCKET", home.path("notify")).env("WATCHDOG_USEC", "200000");
    let mut daemon = Daemon::start(&mut command);
    let ready = heard("READY=1").await.unwrap();
    assert!(ready.contains("STATUS=1 feed, "), "{ready}");
    heard("WATCHDOG=1").await.unwrap();
    daemon.signal(Signal::HUP);
    assert!(heard("RELOADING=1").await.unwrap().contains("MONOTONIC_USEC="));
    heard("READY=1").await.unwrap();
    daemon.signal(Signal::TERM);
    heard("STOPPING=1").await.unwrap();
    assert!(daemon.ends().await.success());
}

#[tokio::test]
async fn the_watchdog_falls_silent_when_the_store_hangs() {
    let home = local();
    let socket = UnixDatagram::bind(home.path("notify")).unwrap();
    socket.set_read_timeout(Some(std::time::Duration::from_secs(2))).unwrap();
    let mut command = home.command(&["run"]);
    command.env("NOTIFY_SOCKET", home.path("notify")).env("WATCHDOG_USEC", "200000");
    // The thread that writes stops at the first poll.
    command.env("FAILPOINTS", "store.poll.begin=sleep(3600000)");
    let daemon = Daemon::start(&mut command);
    let silent = tokio::task::spawn_blocking(move || {
        let (began, mut buffer, mut ready) = (tokio::time::Instant::now(), [0; 4096], false);
        while began.elapsed() < 3 * crate::support::LIMIT {
            match socket.recv(&mut buffer) {
                Ok(length) => ready |= String::from_utf8_lossy(&buffer[..length]).contains("READY=1"),
                // Ten ticks and more did not come.
                Err(_) if ready => return true,
                Err(_) => {}
            }
        }
        false
    });
    assert!(silent.await.unwrap(), "systemd is told that all is well");
    drop(daemon);
}

#[tokio::test]
async fn the_control_socket_is_private_and_works_in_a_deep_folder() {
    let home = local();
    let deep = format!("{}/{}", "d".repeat(120), "e".repeat(120));
    let config = fs::read_to_string(home.path("newswatch.toml")).unwrap();
    home.write("newswatch.toml", config.replace("\"state\"", &format!("{deep:?}")));
    let daemon = home.start();
    daemon.prints(&["number 1"]).await;
    let mode = |name: &str| fs::metadata(home.path(&deep).join(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("control.sock"), 0o600);
    assert_eq!(mode("."), 0o700);
    assert_eq!(home.json(&["status", "--json"]).await["running"], true);
    daemon.stop().await;
    assert_eq!(home.json(&["status", "--json"]).await["running"], false);
}

#[tokio::test]
async fn an_older_store_is_brought_up_to_date_and_that_is_said() {
    let home = Home::new("");
    std::fs::create_dir(home.path("state")).unwrap();
    let connection = rusqlite::Connection::open(home.path("state/newswatch.db")).unwrap();
    connection.execute_batch(include_str!("../../../src/store/migration/0001.sql")).unwrap();
    let ours = i32::from_be_bytes(*b"nwch");
    connection.execute_batch(&format!("PRAGMA application_id = {ours}; PRAGMA user_version = 1;")).unwrap();
    drop(connection);
    assert!(home.once().await.contains("INFO bringing the store up to date"));
    assert!(!home.once().await.contains("up to date"), "once");
}
