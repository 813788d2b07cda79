//! The clock is set while the daemon runs.

use crate::home::{Daemon, Home, SECRET, rss, until};
use crate::support::{Reply, Server};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::Instant;

/// How long the receiver wants to wait.
const ASKED: Duration = Duration::from_secs(4);

#[tokio::test]
async fn a_clock_that_is_set_by_a_year_sends_nothing_early_and_stops_nothing() {
    for (years, word) in [(1, "forward"), (-1, "back")] {
        let times = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&times);
        let server = Server::start(move |_| {
            let mut times = seen.lock().unwrap();
            times.push(Instant::now());
            let asks = Reply::status(500).header("retry-after", &ASKED.as_secs().to_string());
            if times.len() == 1 { asks } else { Reply::status(204) }
        })
        .await;
        let home = Home::new(&format!(
            "[[feed]]\nurl = \"local.xml\"\nfirst_poll = \"all\"\n\
             [webhook.desk]\nurl = {:?}\nsecret = {SECRET:?}\nmax_age = \"1d\"\n",
            server.url("/")
        ));
        home.write("local.xml", rss(1, 1));
        let mut command = home.command(&["run"]);
        // Looked at once at the start, and then each second.
        command.env("FAILPOINTS", format!("clock.wall=3*off->return({})", years * 31_536_000));
        let daemon = Daemon::start(&mut command);
        server.wait_for(1).await;
        daemon.says(&["the clock was put", word, "what waits still waits as long as it was to"]).await;
        server.wait_for(2).await;
        until("it has arrived", async || home.json(&["deliveries", "--json"]).await == serde_json::json!([])).await;
        daemon.stop().await;
        let times = times.lock().unwrap();
        // The store counts in milliseconds.
        let waited = times[1] - times[0] + Duration::from_millis(2);
        assert!(times.len() == 2 && waited >= ASKED, "{word}: {waited:?}");
    }
}
