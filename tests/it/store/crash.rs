//! The process is killed at each point of a poll and of a delivery: a crash
//! leaves all of a transaction or nothing of it.

use super::*;
use newswatch::store::outbox::{Settled, Settlement};
use std::env;
use std::process::{Command, Stdio};

const DIR: &str = "NEWSWATCH_TEST_STATE";

/// What a child process did before it was killed at `point`, as found afterwards.
#[derive(Debug, PartialEq, Eq)]
struct Found {
    items: usize,
    alerts: usize,
    in_flight: u64,
    due: usize,
    arrived: usize,
}

/// This program again, to run one of the tests below on a state directory; without one they do nothing.
fn child(test: &str, dir: &Path) -> Command {
    let mut child = Command::new(env::current_exe().unwrap());
    child.args(["--exact", &format!("store::crash::{test}")]).env(DIR, dir);
    child
}

async fn kill_at(point: &str) -> Found {
    let dir = tempfile::tempdir().unwrap();
    let mut child = child("polls_and_delivers", dir.path());
    let output = child.env("FAILPOINTS", format!("{point}=return")).output().unwrap();
    assert!(!output.status.success(), "{point} was not reached");

    let store = open_store(dir.path());
    let items = known(&store, lookup("world", wanted_keys(&[1]))).await.items.len();
    let alerts = store.latest_alerts(9).await.unwrap().len();
    let in_flight = store.recover_outbox(at(0)).await.unwrap();
    let due = store.claim("desk", at(0), 9).await.unwrap();
    for delivery in &due {
        assert_eq!(delivery.body, format!("body of {}", delivery.alert).into_bytes());
    }
    let arrived = store.arrivals("alt_1").await.unwrap().len();
    Found { items, alerts, in_flight, due: due.len(), arrived }
}

#[tokio::test]
async fn a_crash_leaves_all_or_nothing() {
    let nothing = || Found { items: 0, alerts: 0, in_flight: 0, due: 0, arrived: 0 };
    let polled = || Found { items: 1, alerts: 1, due: 1, ..nothing() };
    let claimed = || Found { in_flight: 1, ..polled() };
    for (point, expected) in [
        ("store.poll.begin", nothing()),
        ("store.poll.known", nothing()),
        ("store.poll.written", nothing()),
        ("store.poll.committed", polled()),
        ("store.claim.committed", claimed()),
        ("store.settle.begin", claimed()),
        ("store.settle.written", claimed()),
        ("store.settle.committed", Found { due: 0, arrived: 1, in_flight: 0, ..polled() }),
    ] {
        assert_eq!(kill_at(point).await, expected, "{point}");
    }
}

/// A command that reads sees what a daemon has committed, whatever that is doing.
#[tokio::test]
async fn another_process_reads_while_a_daemon_writes() {
    let dir = tempfile::tempdir().unwrap();
    open_store(dir.path()).close().await;
    let early = Store::open(dir.path(), Access::ReadOnly).unwrap();
    assert_eq!(early.overview(at(0)).await.unwrap().alerts, 0);
    let mut daemon = child("polls_many_times", dir.path()).stdout(Stdio::null()).spawn().unwrap();
    let (mut seen, mut stopped) = (0, false);
    while !stopped {
        stopped = daemon.try_wait().unwrap().is_some();
        let reader = Store::open(dir.path(), Access::ReadOnly).unwrap();
        for store in [&reader, &reader, &early] {
            let alerts = store.overview(at(0)).await.unwrap().alerts;
            assert!(alerts >= seen, "{alerts} after {seen}");
            seen = alerts;
        }
        reader.close().await;
    }
    assert!(daemon.wait().unwrap().success());
    assert_eq!(seen, MANY);
}

const MANY: u64 = 400;

/// Killed in the middle of whatever it was doing, a daemon leaves whole transactions.
#[tokio::test]
async fn a_killed_daemon_leaves_whole_transactions() {
    for alerts in [1, 40, 130] {
        let dir = tempfile::tempdir().unwrap();
        open_store(dir.path()).close().await;
        let mut daemon = child("polls_many_times", dir.path()).stdout(Stdio::null()).spawn().unwrap();
        let reader = Store::open(dir.path(), Access::ReadOnly).unwrap();
        while reader.overview(at(0)).await.unwrap().alerts < alerts {
            assert!(daemon.try_wait().unwrap().is_none(), "it stopped too early");
        }
        daemon.kill().unwrap();
        daemon.wait().unwrap();
        reader.close().await;

        let store = open_store(dir.path());
        let overview = store.overview(at(0)).await.unwrap();
        assert!(overview.alerts >= alerts);
        assert_eq!((overview.queues[0].pending, overview.items), (overview.alerts, overview.alerts));
    }
}

/// A daemon that polls, with documents so large that the log is written back now and then.
#[tokio::test]
async fn polls_many_times() {
    let Some(dir) = env::var_os(DIR) else { return };
    let store = open_store(Path::new(&dir));
    for number in 0..MANY {
        let mut item = item(1, at(0));
        item.id = format!("itm_{number}");
        let write = ItemWrite::New { item, keys: keys(1), story: None, fired: vec![] };
        let mut commits = with_alerts(poll(vec![write], at(0)), &[&format!("alt_{number}")], &["desk"]);
        commits.documents[0].body = vec![b'x'; 40_000];
        commit(&store, commits).await.unwrap();
    }
    store.close().await;
}

/// The child of [`kill_at`]: one poll, one delivery.
#[tokio::test]
async fn polls_and_delivers() {
    let Some(dir) = env::var_os(DIR) else { return };
    let _points = fail::FailScenario::setup();
    let store = open_store(Path::new(&dir));
    commit(&store, with_alerts(poll(vec![new_item(1, at(0))], at(0)), &["alt_1"], &["desk"])).await.unwrap();
    let claimed = store.claim("desk", at(0), 1).await.unwrap();
    let ended = claimed.into_iter().map(|delivery| Settlement { id: delivery.id, outcome: Settled::Delivered });
    store.settle(ended.collect(), at(1)).await.unwrap();
}
