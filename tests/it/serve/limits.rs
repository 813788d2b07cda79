//! Callers that ask for too much, too slowly, or for nonsense.

use super::*;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

#[tokio::test]
async fn what_makes_no_sense_is_a_problem() {
    let served = Served::with_alerts(1).await;
    let caller = served.token();
    is_problem(&caller.get("/nothing").await, 404);
    is_problem(&caller.get("/api/v2/alerts").await, 404);
    let put = caller.call("PUT", "/api/v1/silences", None).await;
    is_problem(&put, 405);
    let allowed: Vec<_> = put.header("allow").unwrap().split(',').collect();
    assert_eq!(allowed, ["GET", "HEAD", "POST"]);
    let post = async |kind: &str, body: &str| {
        let head = caller.head("POST", "/api/v1/match");
        let request = format!("{head}connection: close\r\n{kind}content-length: {}\r\n\r\n{body}", body.len());
        caller.raw(request.as_bytes()).await
    };
    is_problem(&post("content-type: text/plain\r\n", "{}").await, 415);
    is_problem(&post("", "{}").await, 415);
    is_problem(&post("content-type: application/json\r\n", "{").await, 400);
    is_problem(&post("content-type: application/json\r\n", "{\"title\": 3}").await, 422);
    is_problem(&post("content-type: application/json\r\n", "{\"titel\": \"x\"}").await, 422);
    let bad = json!({ "action": "retry", "selection": { "ids": ["nonsense"] } });
    is_problem(&caller.call("POST", "/api/v1/deliveries", Some(&bad)).await, 400);
    let unknown = json!({ "action": "retry", "selection": { "sink": "nobody" } });
    is_problem(&caller.call("POST", "/api/v1/deliveries", Some(&unknown)).await, 404);
    is_problem(&caller.call("DELETE", "/api/v1/silences/sil_99", None).await, 404);
    served.stop().await;
}

#[tokio::test]
async fn a_body_that_is_too_large_is_not_taken() {
    let served = Served::with_alerts(1).await;
    let caller = served.token();
    let head = caller.head("POST", "/api/v1/match") + "content-type: application/json\r\nconnection: close\r\n";
    // Said beforehand, and only found out.
    let said = format!("{head}content-length: {}\r\n\r\n", 64 << 20);
    is_problem(&caller.raw(said.as_bytes()).await, 413);
    let mut chunked = format!("{head}transfer-encoding: chunked\r\n\r\n").into_bytes();
    for _ in 0..5 {
        chunked.extend(format!("{:x}\r\n", 1 << 20).bytes());
        chunked.extend(vec![b' '; 1 << 20]);
        chunked.extend(b"\r\n");
    }
    chunked.extend(b"0\r\n\r\n");
    is_problem(&caller.raw(&chunked).await, 413);
    // A head, too, has an end.
    let mut stream = caller.connect().await;
    let _ = stream.write_all(format!("GET / HTTP/1.1\r\nx: {}", "x".repeat(1 << 20)).as_bytes()).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.1 431"), "{:?}", String::from_utf8_lossy(&answer));
    assert_eq!(caller.get("/health/live").await.status, 200);
    served.stop().await;
}

#[tokio::test]
async fn what_is_no_http_gets_a_bare_status() {
    let served = Served::with_alerts(1).await;
    let caller = served.token();
    let headers: String = (0..200).map(|n| format!("x-{n}: y\r\n")).collect();
    for (request, status) in [
        ("nonsense\r\n\r\n".to_owned(), 400),
        ("GET /health/live HTTP/9.1\r\n\r\n".to_owned(), 400),
        ("GET / HTTP/1.1\r\nno colon\r\n\r\n".to_owned(), 400),
        (format!("GET / HTTP/1.1\r\n{headers}\r\n"), 431),
    ] {
        let answer = caller.raw(request.as_bytes()).await;
        assert_eq!((answer.status, answer.text().as_str()), (status, ""), "{request:.40}");
        assert_eq!(answer.header("connection"), Some("close"), "{request:.40}");
    }
    assert_eq!(caller.get("/health/live").await.status, 200);
    served.stop().await;
}

#[tokio::test]
async fn callers_that_send_nothing_are_let_go_and_others_are_served_meanwhile() {
    let served = Served::with_alerts(1).await;
    let mut slow = Vec::new();
    for half in ["", "GET /health/live HTTP/1.1\r\n", "GET /health/live HTTP/1.1\r\nhost: local"] {
        let mut stream = served.caller.connect().await;
        stream.write_all(half.as_bytes()).await.unwrap();
        slow.push(stream);
    }
    // One that was served and stays, too.
    let mut kept = served.caller.connect().await;
    kept.write_all((served.caller.head("GET", "/health/live") + "\r\n").as_bytes()).await.unwrap();
    slow.push(kept);
    assert_eq!(served.caller.get("/health/live").await.status, 200);
    for (number, mut stream) in slow.into_iter().enumerate() {
        let mut rest = Vec::new();
        let end = tokio::time::timeout(crate::support::LIMIT, stream.read_to_end(&mut rest)).await;
        assert!(end.is_ok(), "caller {number} is still connected");
    }
    served.stop().await;
}

#[tokio::test]
async fn bodies_that_do_not_come_take_so_much_room_and_no_more() {
    let served = Served::with_alerts(1).await;
    let caller = served.token();
    let half = caller.head("POST", "/api/v1/match") + "content-type: application/json\r\ncontent-length: 100\r\n\r\n{";
    let mut slow = Vec::new();
    let mut answer = caller.get("/api/v1/status").await;
    while answer.status == 200 && slow.len() < 200 {
        let mut stream = caller.connect().await;
        stream.write_all(half.as_bytes()).await.unwrap();
        slow.push(stream);
        answer = caller.get("/api/v1/status").await;
    }
    is_problem(&answer, 503);
    assert_eq!(answer.header("retry-after"), Some("5"));
    assert!(slow.len() >= 32, "{} are no reason to refuse others", slow.len());
    // Whoever does not show the token takes no room, and is told nothing of it.
    is_problem(&served.caller.get("/api/v1/status").await, 401);
    let mut first = slow.remove(0);
    drop(slow);
    until("there is room again", async || caller.get("/api/v1/status").await.status == 200).await;
    let mut late = Vec::new();
    let read = tokio::time::timeout(2 * crate::support::LIMIT, first.read_to_end(&mut late)).await;
    assert!(read.is_ok(), "a body that does not come is waited for");
    is_problem(&Answer::read(&late), 408);
    served.stop().await;
}

#[tokio::test]
async fn it_stops_while_callers_are_connected() {
    let served = Served::with_alerts(1).await;
    let caller = served.token();
    let mut streams = Vec::new();
    for head in [caller.head("GET", "/api/v1/alerts/stream"), "GET / HT".to_owned()] {
        let mut stream = caller.connect().await;
        stream.write_all((head + "\r\n").as_bytes()).await.unwrap();
        streams.push(stream);
    }
    served.stop().await;
}

#[tokio::test]
async fn a_caller_who_does_not_read_is_let_go_and_costs_little() {
    let home = Home::new("");
    let text = "word ".repeat(40_000);
    let item = |n| format!("<item><guid>{n}</guid><title>Sabotage {n}</title><description>{text}</description></item>");
    let items: String = (0..40).map(item).collect();
    home.write("feed.xml", format!("<rss version=\"2.0\"><channel><title>T</title>{items}</channel></rss>"));
    let feeds = "[stories]\nsimilarity = 0\n[[feed]]\nurl = \"feed.xml\"\nname = \"test\"\nfirst_poll = \"all\"\n";
    let poll = "state_dir = \"state\"\n[poll]\nmax_body = \"100MiB\"\n";
    home.write("newswatch.toml", format!("{poll}{}{feeds}", with_token()));
    let served = Served::start(home).await;
    let caller = served.token();
    until("the alerts are there", async || caller.get("/api/v1/status").await.json()["alerts"]["stored"] == 40).await;
    let before = memory(&served);
    let mut streams = Vec::new();
    for _ in 0..16 {
        let mut stream = caller.connect().await;
        let head = caller.head("GET", "/api/v1/alerts/stream?cursor=0") + "\r\n";
        stream.write_all(head.as_bytes()).await.unwrap();
        streams.push(stream);
    }
    // 8 MB are wanted by each of them, which the kernel does not take.
    let open = async || {
        let metrics = caller.get("/metrics").await.text();
        let line = metrics.lines().find(|line| line.starts_with("newswatch_event_streams ")).unwrap().to_owned();
        line.rsplit(' ').next().unwrap().parse::<usize>().unwrap()
    };
    until("all have their stream", async || open().await == 16).await;
    let mut most = 0;
    // They have 20 s, which is as long as tests wait for anything.
    for _ in 0..600 {
        most = most.max(memory(&served));
        if open().await == 0 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    assert_eq!(open().await, 0, "all were let go");
    let grown = most.saturating_sub(before) >> 20;
    assert!(grown < 120, "{grown} MiB for callers who do not read");
    assert_eq!(caller.get("/health/live").await.status, 200);
    served.stop().await;
}

/// The resident memory of the daemon, in bytes.
fn memory(served: &Served) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{}/status", served.daemon.child.id())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap() << 10
}
