//! Servers that mean harm or are badly broken, against the real binary: each
//! costs one slot for one timeout and bounded memory, and no other host waits.
//! What a redirect may reach is tested in `fetch::guard`, where addresses of
//! loopback can be public.

use crate::home::{Home, rss, until};
use crate::support::{Reply, Server};
use std::fs;
use std::io::Write as _;

const MIB: usize = 1 << 20;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn br(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    brotli::CompressorWriter::new(&mut out, 4096, 2, 22).write_all(bytes).unwrap();
    out
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 3).unwrap()
}

fn encoded(encoding: &str, body: Vec<u8>) -> Reply {
    Reply::status(200).header("content-encoding", encoding).body(body)
}

/// What a server does, and what is said of its feed; `None`: it can be read all the same.
fn behaviours() -> Vec<(&'static str, Reply, Option<&'static str>)> {
    let zeros = vec![0; 2 * MIB];
    // 1 GiB each: both formats may consist of several parts.
    let (gzip_bomb, zstd_bomb) = (gzip(&zeros).repeat(512), zstd(&zeros).repeat(512));
    let items: String = (0..1000).map(|n| format!("<item><title>Item {}</title></item>", n * 7919 % 10_007)).collect();
    let head = "HTTP/1.1 200 OK\r\n";
    let ok = format!("{head}\r\n<rss><channel>");
    let zipped = format!("{head}Content-Encoding: gzip\r\n\r\n");
    let too_much = Some("is larger than max_body");
    let bomb = Some("grows over 200 times");
    vec![
        ("a gzip bomb", encoded("gzip", gzip_bomb.clone()), bomb),
        ("a deflate bomb", encoded("deflate", deflate(&zeros)), bomb),
        ("a brotli bomb", encoded("br", br(&zeros)), bomb),
        ("a zstd bomb", encoded("zstd", zstd_bomb), bomb),
        ("a bomb in a bomb", encoded("gzip, gzip", gzip(&gzip_bomb)), bomb),
        ("an unnamed bomb", Reply::status(200).body(gzip_bomb), bomb),
        ("a bomb without end", Reply::endless(zipped.clone(), gzip(&zeros)), bomb),
        ("a body without end", Reply::endless(ok.clone(), items.clone()), too_much),
        ("a compressed body without end", Reply::endless(zipped, gzip(items.as_bytes())), too_much),
        ("a head without end", Reply::endless(head, "X-More: and more\r\n".repeat(50)), Some("gave no HTTP answer")),
        ("a body by drops", Reply::dripping(ok, b'<'), Some("of the body")),
        ("a head by drops", Reply::dripping(head, b'x'), Some("did not answer")),
        ("no answer", Reply::hang(), Some("did not answer")),
        ("a reset", Reply::reset(), Some("gave no HTTP answer")),
        ("no HTTP", Reply::raw("220 mail.example.org ESMTP\r\n"), Some("gave no HTTP answer")),
        ("a circle", Reply::status(302).header("location", "/"), Some("in a circle")),
        ("a file", Reply::status(302).header("location", "file:///etc/passwd"), Some("file: URL")),
        ("a length too large", Reply::raw(format!("{head}Content-Length: 99999\r\n\r\n{}", rss(900, 1))), None),
        (
            "a chunk that is none",
            Reply::raw(format!(
                "{head}Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{}\r\nzz\r\n",
                rss(901, 1).len(),
                rss(901, 1)
            )),
            None,
        ),
        ("a million items", Reply::status(200).body(format!("<rss><channel>{}", "<item/>".repeat(1_000_000))), None),
        ("a deep document", Reply::status(200).body(format!("<rss><channel>{}", "<a>".repeat(300_000))), None),
    ]
}

/// The most memory that a process has had so far, in MiB.
fn high_water(process: u32) -> usize {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_ascii_whitespace().nth(1).unwrap().parse::<usize>().unwrap() / 1024
}

#[tokio::test]
async fn each_costs_one_timeout_and_bounded_memory() {
    let good = Server::start(|_| Reply::status(200).body(rss(1, 3))).await;
    let mut servers = Vec::new();
    let mut feeds = format!("[[feed]]\nurl = {:?}\nname = \"good\"\nfirst_poll = \"all\"\n", good.url("/"));
    for (name, reply, expected) in behaviours() {
        let server = Server::replies(vec![reply]).await;
        feeds.extend([format!("[[feed]]\nurl = {:?}\nname = {name:?}\n", server.url("/"))]);
        servers.push((name, server, expected));
    }
    let home = Home::new(&format!("timeout = \"3s\"\n{feeds}[file.alerts]\npath = \"alerts.jsonl\"\n"));
    let daemon = home.start();
    daemon.says(&["polled", "feeds"]).await;
    let most = high_water(daemon.child.id());
    daemon.stop().await;

    let rows = home.json(&["feeds", "--json"]).await;
    for (name, server, expected) in servers {
        let row = rows.as_array().unwrap().iter().find(|row| row["name"] == name).unwrap();
        let error = row["error"].as_str();
        match expected {
            None => assert_eq!((error, &row["state"]), (None, &"ok".into()), "{name}"),
            Some(part) => assert!(error.is_some_and(|error| error.contains(part)), "{name}: {error:?}"),
        }
        assert_eq!(server.requests().len(), 1, "{name}");
    }
    assert_eq!(home.lines("state/alerts.jsonl").len(), 3);
    assert!(most < 200, "{most} MiB");
}

#[tokio::test]
async fn whoever_hangs_holds_one_slot_and_delays_no_other_host() {
    let hanging = Server::replies(vec![Reply::hang()]).await;
    let dripping = Server::replies(vec![Reply::dripping("HTTP/1.1 200 OK\r\n\r\n", b' ')]).await;
    let good = Server::start(|request| {
        let number = request.target.trim_start_matches('/').parse().unwrap();
        Reply::status(200).body(rss(number, 1))
    })
    .await;
    let feeds = |server: &Server, from: u32, count: u32| -> String {
        let url = |number| server.url(&format!("/{number}"));
        (from..from + count).map(|n| format!("[[feed]]\nurl = {:?}\nfirst_poll = \"all\"\n", url(n))).collect()
    };
    // Three requests at a time, of which two never end.
    let home = Home::new(&format!(
        "timeout = \"10m\"\nconcurrency = 3\n{}{}{}[file.alerts]\npath = \"alerts.jsonl\"\n",
        feeds(&hanging, 100, 10),
        feeds(&dripping, 200, 10),
        feeds(&good, 1, 10),
    ));
    let daemon = home.start();
    until("every feed of the good host is read", async || home.count("state/alerts.jsonl") == 10).await;
    assert_eq!((hanging.requests().len(), dripping.requests().len()), (1, 1));
    daemon.stop().await;
}
