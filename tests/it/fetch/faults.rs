//! Servers that are slow, broken or not there.

use super::*;
use crate::support::{Gate, refused};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

fn impatient() -> Settings {
    Settings { timeout: Duration::from_millis(300), ..settings() }
}

async fn get_raw(raw: &[u8]) -> Fetched {
    let server = Server::replies(vec![Reply::raw(raw)]).await;
    get(&server.url("/")).await
}

#[tokio::test]
async fn a_server_that_hangs_costs_one_timeout() {
    let server = Server::replies(vec![Reply::hang()]).await;
    let fetched = get_from(&client(&impatient()), &source(&server.url("/")), &Validators::default()).await;
    let Failure { kind, reason } = failure(&fetched);
    assert_eq!(*kind, FailureKind::Timeout);
    assert!(reason.contains("did not answer") && reason.contains("300ms"), "{reason}");
    assert_eq!((fetched.status, fetched.hops.len()), (None, 1));
}

#[tokio::test]
async fn the_timeout_covers_redirects() {
    let server = Server::start(|request| match request.target.as_str() {
        "/feed" => Reply::status(301).header("Location", "/slow"),
        _ => Reply::hang(),
    })
    .await;
    let fetched = get_from(&client(&impatient()), &source(&server.url("/feed")), &Validators::default()).await;
    assert_eq!((word(&fetched.outcome), fetched.hops.len()), ("timeout", 2));
}

#[tokio::test]
async fn a_byte_at_a_time_costs_one_timeout() {
    let server = Server::replies(vec![Reply::dripping("HTTP/1.1 200 OK\r\n\r\n", b'<')]).await;
    let fetched = get_from(&client(&impatient()), &source(&server.url("/")), &Validators::default()).await;
    let Failure { kind, reason } = failure(&fetched);
    assert_eq!(*kind, FailureKind::Timeout);
    assert!(reason.contains("of the body"), "{reason}");
    assert_eq!(fetched.status, Some(200));
}

#[tokio::test]
async fn an_endless_head_is_given_up() {
    for (head, piece, expected) in [
        ("HTTP/1.1 200 OK\r\n", "X-More: and more\r\n".repeat(50), "protocol"),
        ("HTTP/1.1 200 OK\r\nX-Long: ", "long ".repeat(1000), "protocol"),
        ("", "HTTP/1.1 103 Early Hints\r\n\r\n".repeat(50), "timeout"),
    ] {
        let server = Server::replies(vec![Reply::endless(head, piece)]).await;
        let fetched = get_from(&client(&impatient()), &source(&server.url("/")), &Validators::default()).await;
        assert_eq!(word(&fetched.outcome), expected, "{head}: {:?}", fetched.outcome);
    }
}

#[tokio::test]
async fn what_came_before_the_connection_broke_is_kept() {
    for (what, raw) in [
        ("length too large", "HTTP/1.1 200 OK\r\nETag: \"1\"\r\nContent-Length: 9999\r\n\r\n<rss>"),
        ("chunks that stop", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<rss>\r\n"),
        ("a chunk size that is none", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<rss>\r\nzz\r\n"),
        ("a chunk that stops", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n<rss>"),
    ] {
        let fetched = get_raw(raw.as_bytes()).await;
        assert_eq!(word(&fetched.outcome), "cut", "{what}: {:?}", fetched.outcome);
        assert_eq!(body(&fetched).bytes, b"<rss>", "{what}");
        assert_eq!(fetched.validators, Validators::default(), "{what}");
    }
}

#[tokio::test]
async fn odd_answers_that_can_be_read_are_read() {
    for (what, raw) in [
        ("length too small", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n<rss></rss>"),
        ("no length", "HTTP/1.0 200 OK\r\n\r\n<rss>"),
        ("a header without a colon", "HTTP/1.1 200 OK\r\nnonsense\r\nContent-Length: 5\r\n\r\n<rss>"),
        ("a folded header", "HTTP/1.1 200 OK\r\nX-A: b\r\n c\r\nContent-Length: 5\r\n\r\n<rss>"),
        ("a space before the colon", "HTTP/1.1 200 OK\r\nX-A : b\r\nContent-Length: 5\r\n\r\n<rss>"),
        ("line feeds only", "HTTP/1.1 200 OK\nContent-Length: 5\n\n<rss>"),
        ("no reason phrase", "HTTP/1.1 200\r\nContent-Length: 5\r\n\r\n<rss>"),
        ("an answer to come", "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n<rss>"),
    ] {
        let fetched = get_raw(raw.as_bytes()).await;
        assert_eq!(word(&fetched.outcome), "body", "{what}: {:?}", fetched.outcome);
        assert_eq!(body(&fetched).bytes, b"<rss>", "{what}");
    }
}

#[tokio::test]
async fn what_is_no_http_is_a_failure() {
    for raw in [
        "",
        "SSH-2.0-OpenSSH_9.2\r\n",
        "<rss>",
        "HTTP/1.1 200 OK\r\nContent-Le",
        "HTTP/1.1 abc\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n<rss>",
        "HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n<rss>",
    ] {
        let fetched = get_raw(raw.as_bytes()).await;
        assert_eq!(failure(&fetched).kind, FailureKind::Protocol, "{raw:?}: {:?}", failure(&fetched));
    }
}

#[tokio::test]
async fn nothing_of_a_body_is_a_failure() {
    let fetched = get_raw(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n").await;
    assert_eq!(failure(&fetched).kind, FailureKind::Protocol, "{:?}", failure(&fetched));
}

#[tokio::test]
async fn resets_and_refusals_are_failures() {
    let server = Server::replies(vec![Reply::reset()]).await;
    assert_eq!(word(&get(&server.url("/")).await.outcome), "protocol");
    let fetched = get(&format!("http://{}/feed?key=s3cret", refused().await)).await;
    let Failure { kind, reason } = failure(&fetched);
    assert_eq!(*kind, FailureKind::Connect, "{reason}");
    assert!(reason.contains("refused") && !reason.contains("s3cret"), "{reason}");
}

/// A server that says something before it is asked.
async fn greeting() -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("loopback");
    let address = listener.local_addr().expect("bound");
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a client");
        let _ = stream.write_all(b"220 mail.example.org ESMTP\r\n").await;
        let mut buffer = Vec::new();
        let _ = stream.read_to_end(&mut buffer).await;
    });
    address.to_string()
}

#[tokio::test]
async fn bad_tls_is_a_failure() {
    let address = greeting().await;
    let fetched = get(&format!("https://{address}/feed")).await;
    let Failure { kind, reason } = failure(&fetched);
    assert_eq!(*kind, FailureKind::Tls, "{reason}");
    assert!(reason.contains(&address) && reason.contains("does not speak TLS"), "{reason}");
}

#[tokio::test]
async fn dropping_the_question_ends_it() {
    let gate = Gate::new();
    let server = Server::replies(vec![Reply::status(200).after(&gate)]).await;
    let (client, source) = (client(&settings()), source(&server.url("/")));
    let asking = tokio::spawn(async move { get_from(&client, &source, &Validators::default()).await.status });
    server.wait_for(1).await;
    asking.abort();
    assert!(asking.await.is_err_and(|error| error.is_cancelled()));
    gate.open();
}
