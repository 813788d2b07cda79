//! Fetching politely, through the real binary, against servers that record what
//! they are asked. The ten points, and where each is tested:
//!
//! | | the point | here | elsewhere |
//! |---|---|---|---|
//! | 1 | validators: opaque, of every 200 and 304, stored with the items | [`validators_are_stored_with_the_items_or_not_at_all`] | `fetch::validators_*` |
//! | 2 | the same body is no change; its validators and freshness count | [`the_same_body_is_no_change_but_its_headers_count`] | |
//! | 3 | the next poll is the latest of what is asked, up to the longest gap | [`the_next_poll_is_the_latest_of_what_is_asked`], [`a_new_feed_is_asked_at_once_and_after_a_restart_when_it_is_due`] | `schedule` |
//! | 4 | the gap adapts; stable jitter; no burst after a restart | [`a_new_feed_is_asked_at_once_and_after_a_restart_when_it_is_due`] | `schedule` |
//! | 5 | one request at a time to a host, with a gap, in turns; 429 and 503 hold it | [`one_request_at_a_time_to_a_host`], [`the_gap_between_two_requests_to_a_host_is_kept`], [`a_host_that_asks_for_it_is_left_alone_as_a_whole`], [`a_host_that_feeds_moved_to_is_asked_one_at_a_time_too`] | `fetch::hosts` |
//! | 6 | 301 and 308 are adopted, 302, 303 and 307 never; 410 stops, other failures do not | [`permanent_redirects_are_adopted_and_others_are_not`], [`a_feed_that_is_gone_is_asked_once_more_after_a_restart`] | `schedule`, `noise::health::a_feed_that_fails_and_recovers_is_told_once_each_over_restarts` |
//! | 7 | codings and caps; no cookie, Referer or query; credentials stay at home | | `fetch::bodies`, `fetch::a_request_is_polite`, `fetch::cookies_are_not_kept`, `fetch::redirects::credentials_stay_with_their_origin` |
//! | 8 | `A-IM: feed`, 226 | [`a_delta_is_asked_for_and_read_as_one`] | `fetch::every_status_has_its_meaning` |
//! | 9 | a page: which feed it names | | `daemon::feeds::bad_feeds_are_named_with_what_to_do_and_stop_no_other`, `commands::looking::fetch_finds_the_feeds_of_a_page` |
//! | 10 | hostile servers cost one slot for one timeout | | `daemon::hostile`, `fetch::faults`, `fetch::tls` |

use crate::home::{Daemon, Home, rss};
use crate::support::{Gate, Reply, Server};
use jiff::Timestamp;
use serde_json::Value;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// The table above names tests that exist.
#[test]
fn every_point_has_its_tests() {
    let header = include_str!("polite.rs").lines().take_while(|line| line.starts_with("//!")).collect::<String>();
    let named = header.split('`').skip(1).step_by(2).map(|name| name.rsplit("::").next().unwrap());
    let tests: String = crate::tidy::rust_files("tests").into_iter().map(|(path, text)| path + &text).collect();
    for name in named.filter(|name| name.contains('_')) {
        let wanted =
            if name.ends_with('*') { format!("fn {}", name.trim_end_matches('*')) } else { format!("fn {name}(") };
        assert!(tests.contains(&wanted), "there is no test {name}");
    }
}

const SINK: &str = "[file.alerts]\npath = \"alerts.jsonl\"\n";

/// A feed at a path of a server, named after it.
fn feed(server: &Server, path: &str) -> String {
    let name = path.trim_start_matches('/');
    format!("[[feed]]\nurl = {:?}\nname = {name:?}\nfirst_poll = \"all\"\n", server.url(path))
}

fn targets(server: &Server) -> Vec<String> {
    server.requests().into_iter().map(|request| request.target).collect()
}

/// The row of a feed in `feeds --json`.
async fn row(home: &Home, name: &str) -> Value {
    let rows = home.json(&["feeds", "--json"]).await;
    rows.as_array().unwrap().iter().find(|row| row["name"] == name).unwrap().clone()
}

fn time(value: &Value) -> Timestamp {
    value.as_str().unwrap().parse().unwrap()
}

/// Seconds from the last poll of a feed to its next one.
async fn wait(home: &Home, name: &str) -> i64 {
    let row = row(home, name).await;
    time(&row["next_poll"]).duration_since(time(&row["last_poll"])).as_secs()
}

#[tokio::test]
async fn validators_are_stored_with_the_items_or_not_at_all() {
    let mut answers = 0;
    let server = Server::start(move |request| {
        answers += 1;
        let reply =
            if request.header("if-none-match") == Some("\"b\"") { Reply::status(304) } else { Reply::status(200) };
        let etag = ["\"a\"", "\"b\"", "\"c\"", "\"d\""][answers - 1];
        reply.header("etag", etag).header("last-modified", "lately").body(rss(1, 2))
    })
    .await;
    let home = Home::new(&format!("{}{SINK}", feed(&server, "/feed")));
    // It ends after the items are written and before they are committed.
    let mut command = home.command(&["run"]);
    command.env("FAILPOINTS", "store.poll.written=return");
    assert!(!Daemon::start(&mut command).ends().await.success());
    for _ in 0..3 {
        home.once().await;
    }
    let sent: Vec<_> = server.requests().iter().map(|it| it.header("if-none-match").map(str::to_owned)).collect();
    let etag = |text: &str| Some(text.to_owned());
    assert_eq!(sent, [None, None, etag("\"b\""), etag("\"c\"")], "nothing of what was not stored, all of what was");
    assert_eq!(server.requests()[3].header("if-modified-since"), Some("lately"));
    assert_eq!(home.lines("state/alerts.jsonl").len(), 2);
}

#[tokio::test]
async fn the_same_body_is_no_change_but_its_headers_count() {
    let server = Server::replies(vec![
        Reply::status(200).header("etag", "\"a\"").body(rss(1, 2)),
        Reply::status(200).header("etag", "\"b\"").header("cache-control", "max-age=7200").body(rss(1, 2)),
        Reply::status(304),
    ])
    .await;
    let home = Home::new(&format!("{}{SINK}", feed(&server, "/feed")));
    home.once().await;
    assert!(wait(&home, "feed").await < 3600);
    assert!(home.once().await.contains("1 with nothing new"));
    assert!(wait(&home, "feed").await >= 7200);
    home.once().await;
    assert_eq!(server.requests()[2].header("if-none-match"), Some("\"b\""));
    assert_eq!(row(&home, "feed").await["items"], 2);
}

const HOUR: i64 = 3600;

/// A feed of the table below: its path, status, headers, elements of the channel, and the
/// shortest and longest wait for its next poll.
type Asked = (&'static str, u16, &'static [(&'static str, &'static str)], &'static str, i64, i64);

/// A tenth of the usual quarter of an hour is jitter.
const JITTER: i64 = 90;

const ASKED: [Asked; 10] = [
    ("/plain", 200, &[], "", 900, 900 + JITTER),
    ("/ttl", 200, &[], "<ttl>120</ttl>", 2 * HOUR, 2 * HOUR + JITTER),
    ("/period", 200, &[], "<sy:updatePeriod>hourly</sy:updatePeriod>", HOUR, HOUR + JITTER),
    ("/max-age", 200, &[("cache-control", "max-age=7200")], "", 2 * HOUR, 2 * HOUR + JITTER),
    (
        "/expires",
        200,
        &[("date", "Tue, 24 Nov 2026 08:00:00 GMT"), ("expires", "Tue, 24 Nov 2026 11:00:00 GMT")],
        "",
        3 * HOUR,
        3 * HOUR + JITTER,
    ),
    ("/both", 200, &[("cache-control", "max-age=3600")], "<ttl>180</ttl>", 3 * HOUR, 3 * HOUR + JITTER),
    ("/month", 200, &[("cache-control", "max-age=2592000")], "<ttl>43200</ttl>", 24 * HOUR, 24 * HOUR),
    ("/kept", 200, &[("etag", "\"1\"")], "<ttl>120</ttl>", 2 * HOUR, 2 * HOUR + JITTER),
    // These are kept to the second, and no second round asks before.
    ("/busy", 503, &[("retry-after", "7200")], "", 2 * HOUR, 2 * HOUR),
    ("/forty-days", 200, &[("retry-after", "3456000")], "", 40 * 24 * HOUR, 40 * 24 * HOUR),
];

fn answer(asked: &Asked) -> Reply {
    let (_, status, headers, channel, ..) = asked;
    let document = format!(
        "<rss xmlns:sy='http://purl.org/rss/1.0/modules/syndication/'><channel><title>T</title>{channel}</channel></rss>"
    );
    headers.iter().fold(Reply::status(*status), |reply, (name, value)| reply.header(name, value)).body(document)
}

#[tokio::test]
async fn the_next_poll_is_the_latest_of_what_is_asked() {
    let start = || async {
        Server::start(|request| {
            let asked = ASKED.iter().find(|(path, ..)| *path == request.target).unwrap();
            if request.header("if-none-match").is_some() { Reply::status(304) } else { answer(asked) }
        })
        .await
    };
    // The one that holds its host has one to itself.
    let (server, busy) = (start().await, start().await);
    let feeds: String =
        ASKED.iter().map(|(path, ..)| feed(if *path == "/busy" { &busy } else { &server }, path)).collect();
    let home = Home::new(&format!("per_host = 8\n{feeds}{SINK}"));
    for round in 1..=2 {
        home.once().await;
        for (path, _, _, _, least, most) in ASKED {
            let wait = wait(&home, &path[1..]).await;
            assert!((least..=most).contains(&wait), "{path}, round {round}: {wait} s, not {least} to {most}");
        }
    }
    assert_eq!((server.requests().len(), busy.requests().len()), (8 * 2 + 1, 1));
}

#[tokio::test]
async fn skipped_hours_are_left_out() {
    #[expect(clippy::disallowed_methods, reason = "the daemon that is asked has no other clock")]
    let now = Timestamp::now();
    let hour_of = |time: Timestamp| time.to_zoned_datetime(jiff::tz::TimeZone::UTC).hour();
    let allowed = hour_of(now + jiff::SignedDuration::from_hours(5));
    let skipped: String = (0..24).filter(|hour| *hour != allowed).map(|hour| format!("<hour>{hour}</hour>")).collect();
    let document = format!("<rss><channel><title>T</title><skipHours>{skipped}</skipHours></channel></rss>");
    let server = Server::replies(vec![Reply::status(200).body(document)]).await;
    let home = Home::new(&format!("{}{SINK}", feed(&server, "/feed")));
    home.once().await;
    assert_eq!(hour_of(time(&row(&home, "feed").await["next_poll"])), allowed);
}

#[tokio::test]
async fn a_new_feed_is_asked_at_once_and_after_a_restart_when_it_is_due() {
    let server = Server::start(|request| match request.target.as_str() {
        "/broken" => Reply::status(500),
        _ => Reply::status(200).body(rss(1, 1)),
    })
    .await;
    let paths = ["/a", "/b", "/broken"];
    let home = Home::new(&format!("{}{SINK}", paths.map(|path| feed(&server, path)).concat()));
    let daemon = home.start();
    daemon.says(&["polled 3 feeds"]).await;
    daemon.stop().await;
    assert_eq!(server.requests().len(), 3);
    for _ in 0..2 {
        let daemon = home.start();
        daemon.says(&["no feed is due yet"]).await;
        daemon.stop().await;
    }
    assert_eq!(server.requests().len(), 3, "neither those that are well nor the one that fails");
}

#[tokio::test]
async fn one_request_at_a_time_to_a_host() {
    let gate = Gate::new();
    let held = gate.clone();
    let slow = Server::start(move |_| Reply::status(200).body(rss(1, 1)).after(&held)).await;
    let other = Server::start(|_| Reply::status(200).body(rss(100, 1))).await;
    let paths = ["/a", "/b", "/c", "/d"];
    let others = paths.map(|path| feed(&other, path).replace("name = \"", "name = \"other-"));
    let home = Home::new(&format!("{}{}{SINK}", paths.map(|path| feed(&slow, path)).concat(), others.concat()));
    let mut command = home.command(&["run", "--once"]);
    let mut running = Daemon::start(&mut command);
    // All of the other host are asked, one after the other, while the first of this one hangs.
    other.wait_for(paths.len()).await;
    assert_eq!(slow.wait_for(1).await.len(), 1, "no second request while the first has no answer");
    gate.open();
    assert!(running.ends().await.success());
    let mut asked = targets(&slow);
    asked.sort();
    assert_eq!(asked, paths, "and all had their turn");
}

/// A server that notes when it is asked.
async fn clocked() -> (Server, Arc<Mutex<Vec<Instant>>>) {
    let times = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&times);
    let server = Server::start(move |_| {
        #[expect(clippy::disallowed_methods, reason = "the time between two requests is what is tested")]
        noted.lock().unwrap().push(Instant::now());
        Reply::status(200).body(rss(1, 1))
    })
    .await;
    (server, times)
}

#[tokio::test]
async fn the_gap_between_two_requests_to_a_host_is_kept() {
    let (server, times) = clocked().await;
    let home = Home::new("");
    let feeds = ["/a", "/b", "/c"].map(|path| feed(&server, path)).concat();
    home.write("newswatch.toml", format!("state_dir = \"state\"\n[poll]\nhost_gap = \"400ms\"\n{feeds}{SINK}"));
    home.once().await;
    let times = times.lock().unwrap().clone();
    assert_eq!(times.len(), 3);
    for pair in times.windows(2) {
        let gap = pair[1].duration_since(pair[0]);
        assert!(gap >= Duration::from_millis(400), "{gap:?}");
    }
}

#[tokio::test]
async fn a_host_that_asks_for_it_is_left_alone_as_a_whole() {
    for status in [429, 503] {
        let server = Server::replies(vec![Reply::status(status).header("retry-after", "3600")]).await;
        let other = Server::start(|_| Reply::status(200).body(rss(1, 1))).await;
        let feeds = ["/a", "/b", "/c"].map(|path| feed(&server, path)).concat();
        let home = Home::new(&format!("{feeds}{}{SINK}", feed(&other, "/other")));
        home.once().await;
        assert_eq!((server.requests().len(), other.requests().len()), (1, 1), "{status}");
        // Another run asks neither the one that was refused nor the others.
        home.once().await;
        assert_eq!((server.requests().len(), other.requests().len()), (1, 2), "{status}");
        let daemon = home.start();
        daemon.says(&["next poll in"]).await;
        daemon.stop().await;
        assert_eq!(server.requests().len(), 1, "{status}: nor does a daemon");
    }
}

#[tokio::test]
async fn a_host_that_feeds_moved_to_is_asked_one_at_a_time_too() {
    let gate = Gate::new();
    gate.open();
    let held = Arc::new(Mutex::new(gate));
    let gates = Arc::clone(&held);
    let new = Server::start(move |_| Reply::status(200).body(rss(1, 1)).after(&gates.lock().unwrap())).await;
    let target = new.url("/moved");
    let old = Server::start(move |_| Reply::status(301).header("location", &target)).await;
    let other = Server::start(|_| Reply::status(200).body(rss(100, 1))).await;
    let others = ["/x", "/y", "/z"].map(|path| feed(&other, path)).concat();
    let home = Home::new(&format!("{}{}{others}{SINK}", feed(&old, "/old"), feed(&new, "/new")));
    for _ in 0..3 {
        home.once().await;
    }
    let (at_old, at_new, at_other) = (old.requests().len(), new.requests().len(), other.requests().len());
    assert_eq!((at_old, at_new), (3, 6));

    let gate = Gate::new();
    *held.lock().unwrap() = gate.clone();
    let mut running = Daemon::start(&mut home.command(&["run", "--once"]));
    other.wait_for(at_other + 3).await;
    assert_eq!(new.wait_for(at_new + 1).await.len(), at_new + 1, "two feeds, one host, one request");
    gate.open();
    assert!(running.ends().await.success());
    assert_eq!((old.requests().len(), new.requests().len()), (3, at_new + 2), "the old address is asked no more");
}

#[tokio::test]
async fn permanent_redirects_are_adopted_and_others_are_not() {
    const STATUSES: [u16; 5] = [301, 308, 302, 303, 307];
    let server = Server::start(|request| match request.target.trim_start_matches("/from-").parse() {
        Ok(status) => Reply::status(status).header("location", &format!("/to-{status}")),
        Err(_) => Reply::status(200).body(rss(1, 1)),
    })
    .await;
    let feeds: String = STATUSES.iter().map(|status| feed(&server, &format!("/from-{status}"))).collect();
    let home = Home::new(&format!("per_host = 8\n{feeds}{SINK}"));
    for _ in 0..5 {
        home.once().await;
    }
    let count = |path: String| targets(&server).iter().filter(|target| **target == path).count();
    for status in STATUSES {
        let expected = if matches!(status, 301 | 308) { 3 } else { 5 };
        assert_eq!((count(format!("/from-{status}")), count(format!("/to-{status}"))), (expected, 5), "{status}");
    }
}

#[tokio::test]
async fn a_feed_that_is_gone_is_asked_once_more_after_a_restart() {
    let server = Server::start(|request| match request.target.as_str() {
        "/gone" => Reply::status(410),
        _ => Reply::status(200).body(rss(1, 1)),
    })
    .await;
    let feeds = ["/gone", "/well"].map(|path| feed(&server, path)).concat();
    let home = Home::new(&format!("min_interval = \"1s\"\ninterval = \"1s\"\n{feeds}{SINK}"));
    let gone = || targets(&server).iter().filter(|target| *target == "/gone").count();
    for starts in 1..=2 {
        let daemon = home.start();
        // The other one is asked again and again meanwhile.
        let before = server.requests().len();
        server.wait_for(before + 4).await;
        daemon.stop().await;
        assert_eq!(gone(), starts);
    }
    assert_eq!(row(&home, "gone").await["state"], "gone");
}

#[tokio::test]
async fn a_delta_is_asked_for_and_read_as_one() {
    let server = Server::replies(vec![
        Reply::status(200).header("etag", "\"1\"").body(rss(1, 2)),
        Reply::status(226).header("im", "feed").header("etag", "\"2\"").body(rss(3, 1)),
        Reply::status(200).header("etag", "\"3\"").body(rss(1, 3)),
    ])
    .await;
    let home = Home::new(&format!("{}{SINK}", feed(&server, "/feed")));
    for _ in 0..3 {
        home.once().await;
    }
    let requests = server.requests();
    assert!(requests.iter().all(|request| request.header("a-im") == Some("feed")));
    assert_eq!(requests[2].header("if-none-match"), Some("\"2\""));
    assert_eq!(home.lines("state/alerts.jsonl").len(), 3);
}
