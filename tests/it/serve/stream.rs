//! The event stream: resumed over and over, it has no gap and no repeat.

use super::*;
use std::collections::BTreeSet;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

/// An event as a browser would see it.
#[derive(Debug, Default, Clone, PartialEq)]
pub(super) struct Event {
    id: String,
    kind: String,
    pub(super) data: String,
}

/// A client of a stream.
pub(super) struct Client {
    lines: BufReader<TcpStream>,
    /// What it saw last: what a browser would show when it comes back.
    pub(super) last: Option<String>,
}

impl Client {
    pub(super) async fn connect(caller: &Caller, target: &str, last: Option<String>) -> Self {
        let caller = match &last {
            Some(last) => caller.clone().with("last-event-id", last),
            None => caller.clone(),
        };
        let mut stream = caller.connect().await;
        stream.write_all((caller.head("GET", target) + "\r\n").as_bytes()).await.unwrap();
        let mut lines = BufReader::new(stream);
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert!(lines.read_line(&mut head).await.unwrap() > 0, "{head}");
        }
        assert!(head.starts_with("HTTP/1.1 200"), "{head}");
        assert!(head.contains("content-type: text/event-stream"), "{head}");
        Self { lines, last }
    }

    /// The next event with data; what is only an id moves the place on, as in a browser.
    async fn next(&mut self) -> Option<Event> {
        let mut event = Event::default();
        loop {
            let mut line = String::new();
            if self.lines.read_line(&mut line).await.ok()? == 0 {
                return None;
            }
            let line = line.trim_end_matches(['\r', '\n']);
            match line.split_once(": ").or_else(|| line.split_once(':')) {
                Some(("id", id)) => event.id = id.to_owned(),
                Some(("event", kind)) => event.kind = kind.to_owned(),
                Some(("data", data)) => event.data += data,
                _ if line.is_empty() => {
                    if !event.id.is_empty() {
                        self.last = Some(event.id.clone());
                    }
                    if !event.data.is_empty() {
                        return Some(event);
                    }
                    event = Event::default();
                }
                // Comments, `retry`, the sizes of chunks.
                _ => {}
            }
        }
    }
}

pub(super) async fn next(client: &mut Client) -> Event {
    let next = tokio::time::timeout(crate::support::LIMIT, client.next());
    next.await.expect("no event came").expect("the stream ended")
}

#[tokio::test]
async fn over_many_reconnects_under_load_every_alert_comes_once() {
    const ALERTS: u32 = 240;
    let home = Home::new("");
    home.write("watchlists/even.toml", "name = \"even\"\nseverity = \"high\"\nkeywords = [\"even\"]\n");
    let feeds: String = (0..12)
        .map(|n| format!("[[feed]]\nurl = \"f{n}.xml\"\nname = \"f{n}\"\nfirst_poll = \"all\"\ninterval = \"1s\"\n"))
        .collect();
    let document = |upto: u32, feed: u32| {
        let item = |n: u32| {
            let word = if n.is_multiple_of(2) { "even" } else { "odd" };
            format!(
                "<item><guid>{n}</guid><title>Act of sabotage {word} number {n} from {feed}</title><link>https://news.example/{feed}/{n}</link></item>"
            )
        };
        let items: String = (0..upto).map(item).collect();
        format!("<rss version=\"2.0\"><channel><title>T</title>{items}</channel></rss>")
    };
    for feed in 0..12 {
        home.write(&format!("f{feed}.xml"), document(1, feed));
    }
    home.configure(&format!("min_interval = \"1s\"\n{}[stories]\nsimilarity = 0\n{feeds}", with_token()));
    let served = Served::start(home).await;
    let caller = served.token();
    // Three readers: of all, of one watchlist, and one that is never there for long.
    let reader = |target: &'static str, patience: usize| {
        let caller = caller.clone();
        tokio::spawn(async move {
            let (mut last, mut seen) = (Some("0".to_owned()), Vec::new());
            loop {
                let mut client = Client::connect(&caller, target, last.clone()).await;
                for _ in 0..patience {
                    let event = next(&mut client).await;
                    assert_eq!(event.kind, "alert");
                    let document: Value = serde_json::from_str(&event.data).unwrap();
                    if document["data"]["item"]["title"].as_str().unwrap().contains("number 999 ") {
                        return seen;
                    }
                    seen.push((event.id.parse::<i64>().unwrap(), document["id"].as_str().unwrap().to_owned()));
                }
                last.clone_from(&client.last);
            }
        })
    };
    let readers = [
        (reader("/api/v1/alerts/stream", 7), ""),
        (reader("/api/v1/alerts/stream?text=false", 1), ""),
        (reader("/api/v1/alerts/stream?watchlist=even&severity=high", 3), "watchlist=even&"),
    ];
    for round in 1..=20 {
        for feed in 0..12 {
            served.home.write(&format!("f{feed}.xml"), document(round, feed));
        }
        tokio::time::sleep(std::time::Duration::from_millis(120)).await;
    }
    until("all alerts are stored", async || {
        caller.get("/api/v1/status").await.json()["alerts"]["stored"].as_u64() >= Some(u64::from(ALERTS * 3 / 2))
    })
    .await;
    // The last one of each watchlist, at which readers end.
    let end = "<rss version=\"2.0\"><channel><title>T</title><item><guid>end</guid><title>sabotage even number 999 at last</title></item></channel></rss>";
    served.home.write("f0.xml", end);
    for (task, filter) in readers {
        let seen = tokio::time::timeout(crate::support::LIMIT, task).await.unwrap().unwrap();
        assert!(seen.is_sorted_by(|one, other| one.0 < other.0), "in the order of commits, none twice");
        let mut stored = BTreeSet::new();
        let mut cursor = String::new();
        loop {
            let page = caller.get(&format!("/api/v1/alerts?{filter}limit=200{cursor}")).await.json();
            for alert in page["alerts"].as_array().unwrap() {
                if !alert["data"]["item"]["title"].as_str().unwrap().contains("number 999 ") {
                    stored.insert(alert["id"].as_str().unwrap().to_owned());
                }
            }
            match page["next"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        let heard: BTreeSet<_> = seen.into_iter().map(|(_, id)| id).collect();
        assert_eq!(heard, stored, "{filter}");
    }
    served.stop().await;
}

#[tokio::test]
async fn a_stream_begins_with_what_comes_or_where_it_is_told() {
    let served = Served::with_alerts(3).await;
    let caller = served.token();
    let mut new = Client::connect(&caller, "/api/v1/alerts/stream", None).await;
    let mut behind = Client::connect(&caller, "/api/v1/alerts/stream?cursor=1", None).await;
    let mut filtered = Client::connect(&caller, "/api/v1/alerts/stream?cursor=0&watchlist=nobody", None).await;
    assert_eq!([next(&mut behind).await.id, next(&mut behind).await.id], ["2", "3"]);
    let place = async |client: &mut Client| {
        let quiet = tokio::time::timeout(std::time::Duration::from_millis(300), client.next()).await;
        assert!(quiet.is_err(), "{quiet:?}");
        client.last.clone()
    };
    assert_eq!(place(&mut new).await.as_deref(), Some("3"), "a client knows its place before anything comes");
    assert_eq!(place(&mut filtered).await.as_deref(), Some("0"));
    for bad in ["x", "1.5", "-"] {
        is_problem(&caller.clone().with("last-event-id", bad).get("/api/v1/alerts/stream").await, 400);
    }
    served.stop().await;
}

#[tokio::test]
async fn a_stream_goes_on_over_a_restart() {
    let home = Home::new("");
    home.write("feed.xml", rss(1, 2));
    let feed = "min_interval = \"1s\"\n[[feed]]\nurl = \"feed.xml\"\nname = \"test\"\ninterval = \"1s\"\nfirst_poll = \"all\"\n";
    let (poll, feed) = feed.split_at(feed.find("[[").unwrap());
    home.configure(&format!("{poll}{}{feed}", with_token()));
    let served = Served::start(home).await;
    let mut client = Client::connect(&served.token(), "/api/v1/alerts/stream?cursor=0", None).await;
    assert_eq!([next(&mut client).await.id, next(&mut client).await.id], ["1", "2"]);
    let Served { home, daemon, .. } = served;
    daemon.stop().await;
    assert_eq!(client.next().await, None, "the stream ends with the daemon");
    home.write("feed.xml", rss(1, 4));
    let served = Served::start(home).await;
    let mut client = Client::connect(&served.token(), "/api/v1/alerts/stream", client.last).await;
    assert_eq!([next(&mut client).await.id, next(&mut client).await.id], ["3", "4"]);
    served.stop().await;
}

#[tokio::test]
async fn there_is_room_for_so_many_streams_and_for_other_calls_beside_them() {
    let served = Served::with_alerts(1).await;
    let caller = served.token();
    let mut clients = Vec::new();
    for _ in 0..64 {
        clients.push(Client::connect(&caller, "/api/v1/alerts/stream", None).await);
    }
    let answer = caller.get("/api/v1/alerts/stream").await;
    is_problem(&answer, 429);
    assert_eq!(answer.header("retry-after"), Some("5"));
    assert_eq!(caller.get("/api/v1/status").await.status, 200);
    clients.truncate(63);
    until("there is room again", async || {
        let mut stream = caller.connect().await;
        stream.write_all((caller.head("GET", "/api/v1/alerts/stream") + "\r\n").as_bytes()).await.unwrap();
        let mut line = String::new();
        BufReader::new(stream).read_line(&mut line).await.unwrap();
        line.starts_with("HTTP/1.1 200")
    })
    .await;
    served.stop().await;
}
