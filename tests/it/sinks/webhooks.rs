//! Webhooks: answers and faults.

use super::{delivery, sample, time, told};
use crate::support::{Gate, Reply, Request, Server, install_tls, refused};
use newswatch::config::secret::Secret;
use newswatch::sink::body::Body;
use newswatch::sink::payload::{self, TextMode};
use newswatch::sink::tls::Tls;
use newswatch::sink::webhook::{Config, WebhookSink};
use newswatch::sink::{Delivery, Outcome, Problem};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

const SECRETS: [&str; 2] = ["whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"];
const NOW: &str = "2026-11-24T02:15:04.900Z";

fn config(url: &str) -> Config {
    install_tls();
    Config {
        url: url.parse().expect("a URL"),
        body: Body::default(),
        secrets: Vec::new(),
        headers: Vec::new(),
        timeout: Duration::from_secs(20),
        concurrency: 2,
        proxy: None,
        tls: Tls::default(),
    }
}

async fn send(config: &Config) -> Outcome {
    WebhookSink::open(config).expect("a client").send(&delivery("{}"), time(NOW)).await
}

async fn answered(reply: Reply) -> Outcome {
    let server = Server::replies(vec![reply]).await;
    send(&config(&server.url("/hook"))).await
}

#[tokio::test]
async fn the_request_is_as_the_specifications_say() {
    let server = Server::replies(vec![Reply::status(204)]).await;
    let mut config = config(&server.url("/hook?key=k"));
    config.secrets = SECRETS.map(Secret::new).to_vec();
    config.headers = vec![("X-Desk".to_owned(), Secret::new("7")), ("x-desk".to_owned(), Secret::new("8"))];
    let body = payload::render(&sample(), "desk-1", TextMode::Full);
    let delivery = Delivery { attempt: 3, ..delivery(body.clone()) };
    let outcome = WebhookSink::open(&config).unwrap().send(&delivery, now()).await;
    assert_eq!(outcome, Outcome::Delivered);

    let [request] = server.requests().try_into().expect("one request");
    assert_eq!((request.method.as_str(), request.target.as_str()), ("POST", "/hook?key=k"));
    assert_eq!(request.body, body);
    let check = |name: &str, value: &str| assert_eq!(request.header(name), Some(value), "{name}");
    check("content-type", "application/cloudevents+json");
    check("webhook-id", &sample().id);
    check("newswatch-attempt", "3");
    check("user-agent", concat!("newswatch/", env!("CARGO_PKG_VERSION")));
    let desks: Vec<&str> = request.headers.iter().filter(|(n, _)| n == "x-desk").map(|(_, v)| v.as_str()).collect();
    assert_eq!(desks, ["7", "8"]);
    // A receiver that knows either secret can verify it with the stock library.
    for secret in SECRETS {
        let library = standardwebhooks::Webhook::new(secret).unwrap();
        library.verify(&request.body, &headers(&request)).unwrap();
    }
}

#[expect(clippy::disallowed_methods, reason = "the receiver's library looks at the clock itself")]
fn now() -> jiff::Timestamp {
    jiff::Timestamp::now()
}

fn headers(request: &Request) -> reqwest::header::HeaderMap {
    request
        .headers
        .iter()
        .map(|(name, value)| {
            let name: reqwest::header::HeaderName = name.parse().unwrap();
            (name, value.parse().unwrap())
        })
        .collect()
}

#[tokio::test]
async fn without_a_secret_nothing_is_signed() {
    let server = Server::replies(vec![Reply::status(200)]).await;
    send(&config(&server.url("/"))).await;
    let request = &server.requests()[0];
    assert_eq!(request.header("webhook-signature"), None);
    assert_eq!(request.header("webhook-timestamp"), Some("1795486504"));
}

#[tokio::test]
async fn every_status_has_its_outcome() {
    let statuses = || (200..=599).chain([600, 999]);
    let server = Server::replies(statuses().map(Reply::status).collect()).await;
    let sink = WebhookSink::open(&config(&server.url("/"))).expect("a client");
    let expected = |status: u16| match status {
        200..=299 => "delivered",
        408 | 425 | 500..=502 | 504.. => "retry",
        429 | 503 => "hold",
        410 => "stop",
        _ => "reject",
    };
    for status in statuses() {
        let outcome = sink.send(&delivery("{}"), time(NOW)).await;
        let (kind, reason) = told(&outcome);
        assert_eq!(kind, expected(status), "{status}: {reason}");
        let named = format!("{} answered {status}", server.url(""));
        assert!(kind == "delivered" || reason.starts_with(&named), "{status}: {reason}");
        if let Outcome::Retry { after, .. } = outcome {
            assert_eq!(after, None);
        }
    }
}

#[tokio::test]
async fn a_refusal_says_what_to_do() {
    let check = async |status, words: &str| {
        let outcome = answered(Reply::status(status)).await;
        assert!(told(&outcome).1.contains(words), "{status}: {outcome:?}");
    };
    check(301, "redirects are not followed").await;
    check(400, "answered 400 Bad Request").await;
    check(401, "check the sink's secret and headers").await;
    check(404, "check the sink's url").await;
    check(410, "is gone for good").await;
    check(413, "`text = false`").await;
    check(503, "answered 503 Service Unavailable").await;
    check(599, "answered 599").await;
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let server = Server::replies(vec![Reply::status(307).header("location", "/elsewhere")]).await;
    let outcome = send(&config(&server.url("/"))).await;
    assert_eq!(told(&outcome).0, "reject");
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn retry_after_is_obeyed_exactly() {
    let check = async |value: &str, expect: Option<u64>| {
        let outcome = answered(Reply::status(503).header("retry-after", value)).await;
        let Outcome::Retry { after, hold: true, .. } = outcome else { panic!("{value}: {outcome:?}") };
        assert_eq!(after, expect.map(Duration::from_millis), "{value}");
    };
    check("0", Some(0)).await;
    check("120", Some(120_000)).await;
    check("1.5", Some(1500)).await;
    check("Tue, 24 Nov 2026 02:16:04 GMT", Some(59_100)).await;
    check("Tuesday, 24-Nov-26 02:16:04 GMT", Some(59_100)).await;
    check("Tue, 24 Nov 2026 02:15:04 GMT", Some(0)).await;
    check("Thu, 01 Jan 1970 00:00:00 GMT", Some(0)).await;
    check("99999999999999999999999", Some(366 * 24 * 3_600_000)).await;
    check("-5", None).await;
    check("soon", None).await;
    check("1e3 s", None).await;
    check("", None).await;
}

#[tokio::test]
async fn retry_after_counts_for_every_status_that_is_retried() {
    for status in [408, 425, 429, 500, 502, 503, 504] {
        let outcome = answered(Reply::status(status).header("retry-after", "7")).await;
        let Outcome::Retry { after, .. } = outcome else { panic!("{status}: {outcome:?}") };
        assert_eq!(after, Some(Duration::from_secs(7)), "{status}");
    }
}

#[tokio::test]
async fn a_fault_is_tried_again_and_named() {
    let check = async |reply: Reply, words: &str| {
        let server = Server::replies(vec![reply]).await;
        let outcome = send(&config(&server.url("/"))).await;
        let (kind, reason) = told(&outcome);
        assert_eq!(kind, "retry", "{reason}");
        assert!(reason.contains(words) && reason.contains(&server.url("")), "{reason:?} does not say {words:?}");
    };
    check(Reply::reset(), "closed the connection before it answered").await;
    check(Reply::raw(""), "closed the connection before it answered").await;
    check(Reply::raw("HTTP/1.1 200"), "closed the connection before it answered").await;
    check(Reply::raw("\x00\x01\x02garbage\r\n\r\n"), "no answer from").await;
    check(Reply::raw("HTTP/1.1 2000 OK\r\n\r\n"), "no answer from").await;
    check(Reply::raw(format!("HTTP/1.1 200 OK\r\nx: {}\r\n\r\n", "y".repeat(2_000_000))), "").await;
}

#[tokio::test]
async fn a_refused_connection_is_named() {
    let address = refused().await;
    let outcome = send(&config(&format!("http://{address}/"))).await;
    let expect = format!("http://{address} refused the connection: is the receiver running, and is the port right?");
    assert_eq!(told(&outcome), ("retry", expect.as_str()));
}

#[tokio::test]
async fn an_unknown_host_is_named() {
    let outcome = send(&config("http://receiver.invalid/")).await;
    let (kind, reason) = told(&outcome);
    assert_eq!(kind, "retry");
    assert!(reason.starts_with("no address found for http://receiver.invalid"), "{reason}");
}

#[tokio::test]
async fn a_receiver_that_speaks_no_tls_is_named() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let plain = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept()?;
        stream.read_exact(&mut [0; 16])?;
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    });
    let outcome = send(&config(&url)).await;
    plain.join().unwrap().unwrap();
    let (kind, reason) = told(&outcome);
    assert_eq!(kind, "retry");
    assert!(reason.starts_with(&format!("no TLS connection to {url}: ")), "{reason}");
}

/// A certificate that nobody trusts, for 127.0.0.1, and its key.
const SELF_SIGNED: &[u8] = include_bytes!("../data/self-signed.pem");

#[tokio::test]
async fn a_certificate_that_is_not_trusted_is_named() {
    install_tls();
    let (certificate, key) =
        (CertificateDer::from_pem_slice(SELF_SIGNED).unwrap(), PrivateKeyDer::from_pem_slice(SELF_SIGNED).unwrap());
    let tls = rustls::ServerConfig::builder().with_no_client_auth().with_single_cert(vec![certificate], key).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        // The client breaks the handshake off.
        rustls::ServerConnection::new(Arc::new(tls)).unwrap().complete_io(&mut stream).unwrap_err();
    });
    let outcome = send(&config(&url)).await;
    server.join().unwrap();
    let (kind, reason) = told(&outcome);
    assert_eq!(kind, "retry");
    assert!(reason.starts_with(&format!("the certificate of {url} is not trusted: ")), "{reason}");
}

/// Set for the process that [`without_certificates_only_https_is_refused`] starts.
const WITHOUT_CERTIFICATES: &str = "NEWSWATCH_TEST_WITHOUT_CERTIFICATES";

#[test]
fn without_certificates_only_https_is_refused() {
    if std::env::var_os(WITHOUT_CERTIFICATES).is_some() {
        WebhookSink::open(&config("http://127.0.0.1:1/")).expect("http needs no certificates");
        let refused = WebhookSink::open(&config("https://127.0.0.1:1/")).unwrap_err();
        assert!(refused.help.contains("ca-certificates"), "{refused}");
        return;
    }
    // The store of certificates is found by the environment, which is one for all tests of a process.
    let own = std::env::current_exe().unwrap();
    let mut child = std::process::Command::new(own);
    child.args(["--exact", "sinks::webhooks::without_certificates_only_https_is_refused"]);
    child.env(WITHOUT_CERTIFICATES, "1").env("SSL_CERT_FILE", "/nowhere").env("SSL_CERT_DIR", "/nowhere");
    let output = child.output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && told.contains("1 passed"), "{told}");
}

#[tokio::test]
async fn a_receiver_that_does_not_answer_is_named() {
    let server = Server::replies(vec![Reply::hang()]).await;
    let mut config = config(&server.url("/"));
    config.timeout = Duration::from_millis(50);
    let outcome = send(&config).await;
    let (kind, reason) = told(&outcome);
    assert_eq!(kind, "retry");
    assert!(reason.contains("did not answer within 50 ms"), "{reason}");
}

#[tokio::test]
async fn a_slow_answer_is_waited_for() {
    let gate = Gate::new();
    let server = Server::replies(vec![Reply::status(200).after(&gate)]).await;
    let config = config(&server.url("/"));
    let sending = tokio::spawn(async move { send(&config).await });
    server.wait_for(1).await;
    gate.open();
    assert_eq!(sending.await.unwrap(), Outcome::Delivered);
}

#[tokio::test]
async fn the_status_counts_whatever_the_body_is() {
    let head = |length: &str| format!("HTTP/1.1 200 OK\r\n{length}\r\n");
    let check = async |reply| assert_eq!(answered(reply).await, Outcome::Delivered);
    check(Reply::endless(head(""), "x".repeat(4096))).await;
    check(Reply::endless(head("transfer-encoding: chunked\r\n"), "4\r\nabcd\r\n")).await;
    check(Reply::raw(head("transfer-encoding: chunked\r\n") + "zzz\r\n")).await;
    check(Reply::raw(head("content-length: 1000\r\n") + "short")).await;
    check(Reply::raw(head("content-encoding: gzip\r\n") + "no gzip")).await;
    check(Reply::status(200).body("x".repeat(1_000_000))).await;
}

#[tokio::test]
async fn connections_are_kept() {
    let server = Server::replies(vec![Reply::status(200).body("ok"), Reply::status(500).body("{}")]).await;
    let sink = WebhookSink::open(&config(&server.url("/"))).unwrap();
    for _ in 0..5 {
        sink.send(&delivery("{}"), time(NOW)).await;
    }
    assert_eq!((server.requests().len(), server.connections()), (5, 1));
}

#[tokio::test]
async fn a_reason_quotes_the_answer_on_one_harmless_line() {
    let outcome = answered(Reply::status(400).body("{\"error\":\n  \"bad \u{1b}[31mfield\u{202e}\"}")).await;
    let (_, reason) = told(&outcome);
    let quoted = "400 Bad Request (it says: {\"error\": \"bad \\x1b[31mfield\\u{202e}\"})";
    assert!(reason.ends_with(quoted), "{reason}");
    let outcome = answered(Reply::status(500).body(vec![0xff; 5_000_000])).await;
    assert!(told(&outcome).1.chars().count() < 400);
}

#[tokio::test]
async fn a_reason_holds_no_secret() {
    // The worst receiver: it says again whatever it was told.
    let server = Server::start(|request| Reply::status(400).body(format!("{request:?} t0ken/+= t0ken%2F%2B%3D"))).await;
    let url = server.url("/services/T00000/B00000/abcdefgh?key=t0ken%2F%2B%3D").replace("//", "//user:passw0rd@");
    let mut config = config(&url);
    config.secrets = SECRETS.map(Secret::new).to_vec();
    config.headers = vec![("x-api-key".to_owned(), Secret::new("hunter2hunter2"))];
    let outcome = send(&config).await;
    let (kind, reason) = told(&outcome);
    assert_eq!(kind, "reject");
    for secret in ["t0ken", "passw0rd", "abcdefgh", "T00000", "hunter2", "C2FVsBQ", "key="] {
        assert!(!reason.contains(secret), "{reason} shows {secret}");
    }
    let dead = refused().await;
    config.url = format!("http://user:passw0rd@{dead}/abcdefgh?key=t0ken").parse().unwrap();
    config.proxy = Some(Secret::new(format!("http://user:passw0rd@{dead}")));
    let outcome = send(&config).await;
    for secret in ["t0ken", "passw0rd", "abcdefgh", "user"] {
        assert!(!told(&outcome).1.contains(secret), "{outcome:?} shows {secret}");
    }
    let shown = format!("{config:?} {:?}", WebhookSink::open(&config).unwrap());
    for secret in ["t0ken", "passw0rd", "abcdefgh", "hunter2", "C2FVsBQ"] {
        assert!(!shown.contains(secret), "{shown} shows {secret}");
    }
}

#[tokio::test]
async fn a_proxy_is_used() {
    let proxy = Server::replies(vec![Reply::status(200)]).await;
    let mut config = config("http://receiver.invalid/hook");
    config.proxy = Some(Secret::new(proxy.url("")));
    assert_eq!(send(&config).await, Outcome::Delivered);
    assert_eq!(proxy.requests()[0].target, "http://receiver.invalid/hook");
}

#[test]
fn a_bad_configuration_is_told_at_once() {
    let good = config("https://hooks.example.org/");
    assert_eq!(good.check(), []);
    let keys = |config: &Config| config.check().iter().map(|problem| problem.key).collect::<Vec<_>>();
    let bad = Config {
        url: "ftp://hooks.example.org/".parse().unwrap(),
        secrets: vec![Secret::new(SECRETS[0]), Secret::new("hunter2")],
        headers: vec![("a b".to_owned(), Secret::new("1")), ("x".to_owned(), Secret::new("a\nb"))],
        proxy: Some(Secret::new("http://[")),
        ..good
    };
    assert_eq!(keys(&bad), ["url", "secret", "headers", "headers", "proxy"]);
    assert!(bad.check().iter().all(|Problem { message, help, .. }| !message.contains("hunter2") && !help.is_empty()));
    assert_eq!(WebhookSink::open(&bad).map(drop), Err(bad.check()[0].clone()));
}

#[test]
fn headers_of_the_specifications_stay_ours() {
    for name in ["webhook-id", "Webhook-Signature", "Content-Type", "Newswatch-Attempt", "User-Agent", "Host"] {
        let error = newswatch::sink::webhook::check_header(name, &Secret::new("x")).unwrap_err();
        assert!(error.message.contains("sets the header"), "{}", error.message);
    }
    newswatch::sink::webhook::check_header("Authorization", &Secret::new("Bearer x")).unwrap();
}
