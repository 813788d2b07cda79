//! The queue is on disk: the daemon's memory is the same, however long it is.

use crate::home::{Home, rss};
use crate::support::{Reply, Server};
use std::fs;

/// Deliveries in the long queue; for a long run: `NEWSWATCH_QUEUED=1000000`.
fn queued() -> u32 {
    std::env::var("NEWSWATCH_QUEUED").map_or(100_000, |queued| queued.parse().expect("NEWSWATCH_QUEUED is a number"))
}

/// Requests that are waited for before memory is looked at.
const SENT: usize = 600;

/// The most memory, in KiB, that the daemon needs to work on a queue of so many deliveries.
async fn peak(queued: u32) -> u64 {
    let server = Server::start(|_| Reply::status(204)).await;
    let home = Home::new(&format!(
        "[[feed]]\nurl = \"local.xml\"\nfirst_poll = \"all\"\ninterval = \"1h\"\n[webhook.desk]\nurl = {:?}\n",
        server.url("/")
    ));
    home.write("local.xml", rss(1, 1));
    home.once().await;
    let mut database = rusqlite::Connection::open(home.path("state/newswatch.db")).unwrap();
    let transaction = database.transaction().unwrap();
    let count = format!("WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n LIMIT {queued})");
    transaction
        .execute_batch(&format!(
            "INSERT INTO alert (id, time, watchlist, severity, feed, story, item, body)
                 {count} SELECT 'alt_' || n, time, watchlist, severity, feed, story, item, substr(body, 1, 200)
                 FROM n, (SELECT * FROM alert LIMIT 1);
             INSERT INTO delivery (sink, alert, state, due, queued, attempts)
                 SELECT 'desk', seq, iif(seq % 3, 0, 1), time, time, 0 FROM alert WHERE seq > 1"
        ))
        .unwrap();
    transaction.commit().unwrap();
    drop(database);
    let daemon = home.start();
    server.wait_for(SENT).await;
    let status = home.json(&["status", "--json"]).await;
    let left = status["queues"][0]["pending"].as_u64().unwrap_or(0);
    assert!(left > u64::from(queued) / 2 || queued < 10_000, "the queue is still long: {left}");
    let status = fs::read_to_string(format!("/proc/{}/status", daemon.child.id())).unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    peak.trim().trim_end_matches(" kB").parse().unwrap()
}

#[tokio::test]
async fn a_long_queue_needs_no_more_memory_than_a_short_one() {
    let (short, long) = (peak(1_000).await, peak(queued()).await);
    eprintln!("peak memory with 1000 deliveries queued: {short} KiB, with {}: {long} KiB", queued());
    // Of a database that is large enough the store keeps so much, for the writer and for each reader.
    assert!(long < short + 12 * 1024, "{short} KiB, and {long} KiB with a long queue");
}
