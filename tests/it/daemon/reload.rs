//! A reload that takes long stalls no poll.

use crate::home::{Home, rss};
use crate::support::{Reply, Server};
use rustix::fs::{CWD, FileType, Mode, mknodat};
use rustix::process::Signal;
use std::fmt::Write as _;
use std::fs;

/// Names in the list: `cargo bench --bench reload -- 1000000` measures what a million cost.
const NAMES: usize = 20_000;

#[tokio::test]
async fn feeds_are_polled_while_a_long_list_is_read() {
    let server = Server::start(|_| Reply::status(200).body(rss(1, 1))).await;
    let home = Home::new("");
    let feeds = ["/a", "/b", "/c"].map(|feed| format!("[[feed]]\nurl = {:?}\ninterval = \"1s\"\n", server.url(feed)));
    let config = "state_dir = \"state\"\nwatch_config = false\n[poll]\nhost_gap = \"0s\"\n";
    home.write("newswatch.toml", config.to_owned() + &feeds.concat());
    let daemon = home.start();
    server.wait_for(3).await;

    // The list is a pipe: the reload cannot end before it was written.
    let pipe = home.path("names");
    mknodat(CWD, &pipe, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    home.write("watchlists/names.toml", "[[import]]\nfile = \"../names\"\nformat = \"lines\"\ntype = \"person\"\n");
    daemon.signal(Signal::HUP);
    daemon.says(&["SIGHUP: reloading"]).await;
    let before = server.requests().len();
    server.wait_for(before + 6).await;

    let names = (0..NAMES).fold(String::new(), |mut names, number| {
        let _ = writeln!(names, "Person {number}");
        names
    });
    tokio::task::spawn_blocking(move || fs::write(pipe, names)).await.unwrap().unwrap();
    daemon.says(&["the new configuration is live", &format!("terms={}", NAMES + 1)]).await;
    let before = server.requests().len();
    server.wait_for(before + 6).await;
    daemon.stop().await;
}
