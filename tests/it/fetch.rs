//! Asking feeds: statuses, validators, freshness, and what is sent.

mod bodies;
mod faults;
mod files;
mod guard;
mod hosts;
mod proxies;
mod redirects;
mod tls;

use crate::support::{Reply, Request, Server, install_tls};
use newswatch::config::secret::Secret;
use newswatch::fetch::{
    Ask, Body, Caching, Client, Failure, FailureKind, Fetched, Hold, Location, Outcome, Settings, Source, Validators,
};
use std::sync::LazyLock;
use std::time::Duration;
use url::Url;

const FEED: &str = "<rss version=\"2.0\"><channel><title>News</title></channel></rss>";
/// Where an answer has no `Date`: Sun, 06 Nov 1994 08:49:37 GMT.
const NOW: i64 = 784_111_777;

fn settings() -> Settings {
    Settings {
        timeout: Duration::from_secs(20),
        concurrency: 4,
        per_host: 1,
        host_gap: Duration::ZERO,
        max_body: 4 << 20,
        user_agent: "newswatch/test".to_owned(),
        proxy: None,
    }
}

fn client(settings: &Settings) -> Client {
    install_tls();
    Client::new(settings).expect("usable settings")
}

fn source(url: &str) -> Source {
    let location = Location::Url(Url::parse(url).expect("a URL"));
    Source { location, headers: Vec::new(), authorization: None }
}

fn validators(etag: Option<&str>, last_modified: Option<&str>) -> Validators {
    let bytes = |text: &str| text.as_bytes().to_vec();
    Validators { etag: etag.map(bytes), last_modified: last_modified.map(bytes) }
}

async fn get_from(client: &Client, source: &Source, validators: &Validators) -> Fetched {
    let now = jiff::Timestamp::from_second(NOW).expect("in range");
    client.get(source, &Ask { validators, adopted: None, now, traced: true }).await
}

/// By a client that all tests share: making one reads the system's certificates.
async fn get(url: &str) -> Fetched {
    static CLIENT: LazyLock<Client> = LazyLock::new(|| client(&settings()));
    get_from(&CLIENT, &source(url), &Validators::default()).await
}

fn body(fetched: &Fetched) -> &Body {
    match &fetched.outcome {
        Outcome::Body(body) => body,
        other => panic!("no body: {other:?}"),
    }
}

fn failure(fetched: &Fetched) -> &Failure {
    match &fetched.outcome {
        Outcome::Failed(failure) => failure,
        other => panic!("no failure: {other:?}"),
    }
}

/// The outcome in one word.
fn word(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Body(Body { delta: true, .. }) => "delta",
        Outcome::Body(Body { cut: Some(_), .. }) => "cut",
        Outcome::Body(_) => "body",
        Outcome::NotModified => "not modified",
        Outcome::Gone => "gone",
        Outcome::Failed(failure) => failure.kind.name(),
    }
}

#[tokio::test]
async fn every_status_has_its_meaning() {
    let known = validators(Some("\"1\""), None);
    for (status, with_validators, without) in [
        (200, "body", "body"),
        (201, "status", "status"),
        (202, "status", "status"),
        (203, "body", "body"),
        (204, "status", "status"),
        (206, "cut", "cut"),
        (226, "delta", "delta"),
        (300, "status", "status"),
        (304, "not modified", "status"),
        (305, "status", "status"),
        (400, "status", "status"),
        (401, "status", "status"),
        (403, "status", "status"),
        (404, "status", "status"),
        (410, "gone", "gone"),
        (418, "status", "status"),
        (429, "status", "status"),
        (500, "status", "status"),
        (503, "status", "status"),
        (599, "status", "status"),
        (999, "status", "status"),
    ] {
        let server = Server::replies(vec![Reply::status(status).body(FEED)]).await;
        let client = client(&settings());
        for (validators, expected) in [(&known, with_validators), (&Validators::default(), without)] {
            let fetched = get_from(&client, &source(&server.url("/")), validators).await;
            assert_eq!((word(&fetched.outcome), fetched.status), (expected, Some(status)), "{status}");
        }
    }
}

#[tokio::test]
async fn a_refusal_says_what_to_do() {
    for (status, part) in [
        (204, "there is no document"),
        (401, "basic_auth"),
        (403, "user_agent"),
        (404, "check the URL"),
        (429, "asked too often"),
        (500, "a fault of the server"),
    ] {
        let server = Server::replies(vec![Reply::status(status)]).await;
        let fetched = get(&server.url("/feed?key=s3cret")).await;
        let reason = &failure(&fetched).reason;
        assert!(reason.contains(part) && reason.contains(&status.to_string()), "{status}: {reason}");
        assert!(!reason.contains("s3cret"), "{reason}");
    }
}

#[tokio::test]
async fn validators_are_echoed_unchanged() {
    for (etag, last_modified) in [
        (Some("\"plain\""), Some("Sun, 06 Nov 1994 08:49:37 GMT")),
        (Some("W/\"weak\""), None),
        (Some("not quoted at all"), Some("yesterday, about noon")),
        (Some("\"\"two\", \"lists\"\""), Some("0")),
        (Some("\"Zürich-–-\t-東京\""), None),
        (None, Some("Sunday, 06-Nov-94 08:49:37 GMT")),
    ] {
        let mut first = Reply::status(200).body(FEED);
        for (name, value) in [("ETag", etag), ("Last-Modified", last_modified)] {
            if let Some(value) = value {
                first = first.header(name, value);
            }
        }
        let server = Server::replies(vec![first, Reply::status(304)]).await;
        let (client, source) = (client(&settings()), source(&server.url("/")));
        let read = get_from(&client, &source, &Validators::default()).await;
        assert_eq!(read.validators, validators(etag, last_modified));
        let again = get_from(&client, &source, &read.validators).await;
        assert_eq!(word(&again.outcome), "not modified");
        assert_eq!(again.validators, read.validators, "a 304 that repeats none keeps them");
        let sent = &server.requests()[1];
        assert_eq!((sent.header("if-none-match"), sent.header("if-modified-since")), (etag, last_modified));
    }
}

#[tokio::test]
async fn validators_of_a_304_count() {
    let server = Server::replies(vec![Reply::status(304).header("ETag", "\"new\"")]).await;
    let known = validators(Some("\"old\""), Some("0"));
    let fetched = get_from(&client(&settings()), &source(&server.url("/")), &known).await;
    assert_eq!(fetched.validators, validators(Some("\"new\""), Some("0")));
}

#[tokio::test]
async fn only_a_whole_document_gives_validators() {
    for (status, expected) in [(200, Some("\"1\"")), (226, Some("\"1\"")), (206, None), (404, None), (503, None)] {
        let server = Server::replies(vec![Reply::status(status).header("ETag", "\"1\"").body(FEED)]).await;
        assert_eq!(get(&server.url("/")).await.validators, validators(expected, None), "{status}");
    }
}

#[tokio::test]
async fn caching_is_explained() {
    let known = validators(Some("\"1\""), None);
    for (status, validators, expected) in [
        (200, Validators::default(), Caching::Unconditional),
        (200, known.clone(), Caching::Modified),
        (304, known.clone(), Caching::NotModified),
        (500, known, Caching::Unanswered),
    ] {
        let server = Server::replies(vec![Reply::status(status)]).await;
        let fetched = get_from(&client(&settings()), &source(&server.url("/")), &validators).await;
        assert_eq!(fetched.caching, expected, "{status}");
    }
}

#[tokio::test]
async fn freshness_is_read_from_the_headers() {
    const DATE: (&str, &str) = ("Date", "Tue, 24 Nov 2026 08:00:00 GMT");
    for (headers, max_age, retry_after) in [
        (vec![], None, None),
        (vec![("Cache-Control", "max-age=600")], Some(600), None),
        (vec![("Cache-Control", "public, MAX-AGE = \"600\"")], Some(600), None),
        (vec![("Cache-Control", "max-age=600"), ("Age", "500")], Some(100), None),
        (vec![("Cache-Control", "max-age=600"), ("Age", "700")], Some(0), None),
        (vec![("Cache-Control", "max-age=600, max-age=5")], Some(600), None),
        (vec![("Cache-Control", "public"), ("Cache-Control", "max-age=7")], Some(7), None),
        (vec![("Cache-Control", "s-maxage=600")], None, None),
        (vec![("Cache-Control", "max-age=600, no-cache")], Some(0), None),
        (vec![("Cache-Control", "max-age=99999999999999999999")], Some(u32::MAX), None),
        (vec![("Cache-Control", "max-age=soon")], None, None),
        (vec![("Cache-Control", "max-age=60"), DATE, ("Expires", "Tue, 24 Nov 2026 09:00:00 GMT")], Some(60), None),
        (vec![DATE, ("Expires", "Tue, 24 Nov 2026 09:00:00 GMT")], Some(3600), None),
        (vec![DATE, ("Expires", "Tue, 24 Nov 2026 07:00:00 GMT")], Some(0), None),
        (vec![DATE, ("Expires", "0")], Some(0), None),
        (vec![("Retry-After", "120")], None, Some(120)),
        (vec![("Retry-After", "0")], None, Some(0)),
        (vec![("Retry-After", "-5")], None, None),
        (vec![("Retry-After", "later")], None, None),
        (vec![("Retry-After", "5"), ("Retry-After", "9")], None, Some(9)),
        (vec![DATE, ("Retry-After", "Tue, 24 Nov 2026 08:10:00 GMT")], None, Some(600)),
        (vec![DATE, ("Retry-After", "Tue, 24 Nov 2026 07:00:00 GMT")], None, Some(0)),
        (vec![("Retry-After", "Sun, 06 Nov 1994 08:50:37 GMT")], None, Some(60)),
        (vec![("Retry-After", "Sunday, 06-Nov-94 08:50:37 GMT")], None, Some(60)),
        (vec![("Retry-After", "99999999999999999999")], None, Some(u32::MAX)),
    ] {
        for status in [200, 500] {
            let reply = headers.iter().fold(Reply::status(status), |reply, (name, value)| reply.header(name, value));
            let server = Server::replies(vec![reply.body(FEED)]).await;
            let fresh = get(&server.url("/")).await.freshness;
            let max_age = max_age.filter(|_| status == 200);
            assert_eq!((fresh.max_age, fresh.retry_after), (max_age, retry_after), "{status} {headers:?}");
        }
    }
}

#[tokio::test]
async fn an_overloaded_host_is_held() {
    for (status, retry_after, expected) in [
        (429, Some("120"), Some(120)),
        (503, Some("5"), Some(5)),
        (429, None, Some(60)),
        (200, Some("120"), None),
        (500, Some("120"), None),
    ] {
        let reply = Reply::status(status);
        let reply = retry_after.into_iter().fold(reply, |reply, value| reply.header("Retry-After", value));
        let server = Server::replies(vec![reply]).await;
        let host = server.url("").trim_start_matches("http://").to_owned();
        let expected = expected.map(|seconds| Hold { host, wait: Duration::from_secs(seconds) });
        assert_eq!(get(&server.url("/")).await.hold, expected, "{status} {retry_after:?}");
    }
}

#[tokio::test]
async fn a_request_is_polite() {
    let server = Server::replies(vec![Reply::status(200)]).await;
    get(&server.url("/feed?a=1#part")).await;
    let sent: &Request = &server.requests()[0];
    assert_eq!((sent.method.as_str(), sent.target.as_str()), ("GET", "/feed?a=1"));
    assert_eq!(sent.header("a-im"), Some("feed"));
    assert_eq!(sent.header("user-agent"), Some("newswatch/test"));
    assert_eq!(sent.header("accept-encoding"), Some("gzip, br, zstd, deflate"));
    assert!(sent.header("accept").is_some_and(|accept| accept.contains("application/rss+xml")));
    for absent in ["cookie", "referer", "if-none-match", "if-modified-since", "authorization"] {
        assert_eq!(sent.header(absent), None, "{absent}");
    }
}

#[tokio::test]
async fn cookies_are_not_kept() {
    let server = Server::replies(vec![Reply::status(200).header("Set-Cookie", "a=1")]).await;
    let client = client(&settings());
    for _ in 0..2 {
        get_from(&client, &source(&server.url("/")), &Validators::default()).await;
    }
    assert_eq!(server.requests()[1].header("cookie"), None);
    assert_eq!(server.connections(), 2, "no idle connection is kept");
}

#[tokio::test]
async fn the_source_adds_headers_and_the_trace_hides_them() {
    let server = Server::replies(vec![Reply::status(200)]).await;
    let source = Source {
        headers: vec![
            ("X-Api-Key".to_owned(), Secret::new("s3cret")),
            ("User-Agent".to_owned(), Secret::new("special")),
            ("X-Two".to_owned(), Secret::new("one")),
            ("X-Two".to_owned(), Secret::new("two")),
        ],
        authorization: Some(Secret::new("Bearer t0ken")),
        ..source(&server.url("/"))
    };
    let fetched = get_from(&client(&settings()), &source, &Validators::default()).await;
    let sent = &server.requests()[0];
    assert_eq!(sent.header("x-api-key"), Some("s3cret"));
    assert_eq!(sent.header("user-agent"), Some("special"));
    assert_eq!(sent.header("authorization"), Some("Bearer t0ken"));
    assert_eq!(sent.headers.iter().filter(|(name, _)| name == "x-two").count(), 2);
    let shown = format!("{fetched:?}");
    assert!(shown.contains("(\"x-api-key\", \"***\")"), "{shown}");
    assert!(!shown.contains("s3cret") && !shown.contains("t0ken"), "{shown}");
}

#[tokio::test]
async fn a_header_that_cannot_be_sent_is_a_failure() {
    for (name, value) in [("X-Key", "two\nlines"), ("no name", "value"), ("", "value")] {
        let server = Server::replies(vec![Reply::status(200)]).await;
        let headers = vec![(name.to_owned(), Secret::new(value))];
        let source = Source { headers, ..source(&server.url("/")) };
        let fetched = get_from(&client(&settings()), &source, &Validators::default()).await;
        assert_eq!(failure(&fetched).kind, FailureKind::Source, "{name}");
        assert!(!failure(&fetched).reason.contains("lines"));
        assert!(server.requests().is_empty());
    }
}

#[tokio::test]
async fn the_trace_tells_what_happened() {
    let reply = Reply::status(200).header("ETag", "\"1\"").header("Content-Type", "text/xml; charset=x").body(FEED);
    let server = Server::replies(vec![reply]).await;
    let fetched = get(&server.url("/feed#part")).await;
    let [hop] = fetched.hops.as_slice() else { panic!("one hop: {fetched:?}") };
    assert_eq!((hop.url.as_str(), hop.status, hop.proxied), (server.url("/feed").as_str(), Some(200), false));
    assert_eq!(hop.version.as_deref(), Some("HTTP/1.1"));
    assert_eq!(hop.remote.map(|remote| remote.to_string()), Some(server.url("").replace("http://", "")));
    assert!(hop.received.contains(&("etag".to_owned(), "\"1\"".to_owned())), "{hop:?}");
    let length = FEED.len() as u64;
    assert_eq!((fetched.wire_bytes, fetched.decoded_bytes), (length, length));
    let read = body(&fetched);
    assert_eq!(read.content_type.as_deref(), Some("text/xml; charset=x"));
    assert_eq!((read.bytes.as_slice(), read.url.as_str()), (FEED.as_bytes(), server.url("/feed").as_str()));
}
