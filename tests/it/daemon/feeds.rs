//! From feeds over HTTP and in files to alerts.

use crate::home::{Daemon, Home, rss, titles};
use crate::support::{Reply, Server, refused};
use std::io::Write as _;

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

fn deflate(text: &str) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

fn brotli(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    brotli::BrotliCompress(&mut text.as_bytes(), &mut out, &brotli::enc::BrotliEncoderParams::default()).unwrap();
    out
}

#[tokio::test]
async fn every_format_and_content_coding_alerts() {
    let atom = "<feed xmlns='http://www.w3.org/2005/Atom'><title>A</title><entry><id>urn:1</id>\
                <title>Sabotage in Atom</title></entry></feed>";
    let rdf = "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/'>\
               <channel><title>R</title></channel><item><title>Sabotage in RDF</title>\
               <link>https://rdf.example/1</link></item></rdf:RDF>";
    let json =
        r#"{"version":"https://jsonfeed.org/version/1.1","title":"J","items":[{"id":"1","title":"Sabotage in JSON"}]}"#;
    let server = Server::start(move |request| match request.target.as_str() {
        "/rss" => Reply::status(200).header("content-encoding", "gzip").body(gzip(&rss(1, 1))),
        "/atom" => Reply::status(200).header("content-encoding", "deflate").body(deflate(atom)),
        "/rdf" => Reply::status(200).header("content-encoding", "br").body(brotli(rdf)),
        "/json" => {
            let body = zstd::encode_all(json.as_bytes(), 3).unwrap();
            Reply::status(200)
                .header("content-type", "application/feed+json")
                .header("content-encoding", "zstd")
                .body(body)
        }
        other => panic!("nobody should ask for {other}"),
    })
    .await;
    let feeds: String = ["rss", "atom", "rdf", "json"]
        .map(|name| {
            format!("[[feed]]\nurl = {:?}\nname = {name:?}\nfirst_poll = \"all\"\n", server.url(&format!("/{name}")))
        })
        .concat();
    let home = Home::new(&format!(
        "per_host = 4\n{feeds}[[feed]]\nurl = \"local.xml\"\nfirst_poll = \"all\"\n[file.alerts]\npath = \"alerts.jsonl\"\n"
    ));
    home.write("local.xml", rss(7, 1));
    let said = home.once().await;
    assert!(said.contains("polled 5 feeds: 5 items, 5 new"), "{said}");
    let wanted = [
        "Act of sabotage, number 1",
        "Act of sabotage, number 7",
        "Sabotage in Atom",
        "Sabotage in JSON",
        "Sabotage in RDF",
    ];
    assert_eq!(titles(&home.lines("state/alerts.jsonl")), wanted);
}

#[tokio::test]
async fn validators_are_sent_back_after_a_restart_and_an_item_alerts_once() {
    let server = Server::start(|request| {
        if request.header("if-none-match").is_some() {
            return Reply::status(304);
        }
        Reply::status(200).header("etag", "W/\"odd välue\"").header("last-modified", "some time ago").body(rss(1, 2))
    })
    .await;
    let home = Home::new(&format!(
        "[[feed]]\nurl = {:?}\nfirst_poll = \"all\"\n[file.alerts]\npath = \"alerts.jsonl\"\n",
        server.url("/feed")
    ));
    home.once().await;
    let said = home.once().await;
    assert!(said.contains("1 with nothing new"), "{said}");
    let requests = server.requests();
    assert_eq!(requests.len(), 2);
    assert_eq!(requests[0].header("if-none-match"), None);
    assert_eq!(requests[1].header("if-none-match"), Some("W/\"odd välue\""));
    assert_eq!(requests[1].header("if-modified-since"), Some("some time ago"));
    assert_eq!(home.lines("state/alerts.jsonl").len(), 2);
}

#[tokio::test]
async fn new_items_alert_and_old_ones_do_not_again() {
    let mut asked = 0;
    let server = Server::start(move |_| {
        asked += 1;
        Reply::status(200).body(rss(asked, 3))
    })
    .await;
    let home = Home::new(&format!(
        "[[feed]]\nurl = {:?}\nfirst_poll = \"none\"\n[file.alerts]\npath = \"alerts.jsonl\"\n",
        server.url("/")
    ));
    for _ in 0..3 {
        home.once().await;
    }
    // The first poll alerts on nothing; each later one brings one new item.
    let alerts = home.lines("state/alerts.jsonl");
    assert_eq!(titles(&alerts), ["Act of sabotage, number 4", "Act of sabotage, number 5"]);
}

#[tokio::test]
async fn bad_feeds_are_named_with_what_to_do_and_stop_no_other() {
    let server = Server::start(|request| match request.target.as_str() {
        "/good" => Reply::status(200).body(rss(1, 1)),
        "/page" => Reply::status(200).header("content-type", "text/html").body(
            "<!doctype html><html><head><link rel='alternate' type='application/rss+xml' href='/real.xml'></head></html>",
        ),
        "/garbage" => Reply::status(200).body(vec![0_u8, 159, 146, 150, 7]),
        "/reset" => Reply::reset(),
        _ => Reply::status(404),
    })
    .await;
    let nobody = refused().await;
    let mut feeds: String = ["good", "page", "garbage", "reset", "absent"]
        .map(|name| {
            format!("[[feed]]\nurl = {:?}\nname = {name:?}\nfirst_poll = \"all\"\n", server.url(&format!("/{name}")))
        })
        .concat();
    feeds.extend([format!("[[feed]]\nurl = \"http://{nobody}/\"\nname = \"refused\"\n")]);
    feeds.push_str("[[feed]]\nurl = \"no-such-file.xml\"\nname = \"file\"\n");
    let home = Home::new(&format!("per_host = 8\n{feeds}[file.alerts]\npath = \"alerts.jsonl\"\n"));
    home.once().await;
    assert_eq!(home.lines("state/alerts.jsonl").len(), 1);
    let rows = home.json(&["feeds", "--json"]).await;
    let row = |name: &str| rows.as_array().unwrap().iter().find(|row| row["name"] == name).unwrap().clone();
    assert_eq!(row("good")["state"], "ok");
    for (name, reason) in [
        ("page", "/real.xml"),
        ("garbage", "no feed"),
        ("absent", "404"),
        ("refused", "refused"),
        ("file", "no-such-file.xml"),
        ("reset", ""),
    ] {
        assert_eq!(row(name)["state"], "failing", "{name}");
        let error = row(name)["error"].as_str().unwrap().to_owned();
        assert!(error.contains(reason), "{name}: {error}");
    }
}

#[tokio::test]
async fn a_feed_under_retry_after_is_not_asked_again() {
    let server = Server::start(|_| Reply::status(503).header("retry-after", "3600")).await;
    let home = Home::new(&format!("[[feed]]\nurl = {:?}\n[stdout.console]\n", server.url("/")));
    home.once().await;
    home.once().await;
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn feeds_of_an_opml_file_are_polled() {
    let server = Server::replies(vec![Reply::status(200).body(rss(1, 1))]).await;
    let home = Home::new("first_poll = \"all\"\n[file.alerts]\npath = \"alerts.jsonl\"\n");
    std::fs::create_dir(home.path("feeds")).unwrap();
    let outline = format!("<outline text='Listed' xmlUrl='{}'/>", server.url("/listed"));
    home.write("feeds/list.opml", format!("<opml version='2.0'><body>{outline}</body></opml>"));
    home.once().await;
    assert_eq!(home.lines("state/alerts.jsonl").len(), 1);
}

#[tokio::test]
async fn the_same_copy_in_twenty_feeds_is_one_alert() {
    let body = "Investigators say that the fire at the rail depot was an act of sabotage. ".repeat(12);
    let server = Server::start(move |request| {
        let n = request.target.trim_start_matches('/');
        Reply::status(200).body(format!(
            "<rss><channel><item><title>Depot fire, outlet {n}</title><guid>{n}</guid>\
             <link>https://outlet{n}.example/story</link><description>{body}</description></item></channel></rss>"
        ))
    })
    .await;
    let feeds: String = (0..20)
        .map(|n| format!("[[feed]]\nurl = {:?}\nfirst_poll = \"all\"\n", server.url(&format!("/{n}"))))
        .collect();
    let home = Home::new(&format!("per_host = 8\n{feeds}[file.alerts]\npath = \"alerts.jsonl\"\n"));
    let said = home.once().await;
    assert!(said.contains("polled 20 feeds: 20 items, 20 new"), "{said}");
    assert_eq!(home.lines("state/alerts.jsonl").len(), 1);
}

#[tokio::test]
async fn a_dry_run_prints_and_remembers_nothing() {
    let home =
        Home::new("[[feed]]\nurl = \"local.xml\"\nfirst_poll = \"all\"\n[file.alerts]\npath = \"alerts.jsonl\"\n");
    home.write("local.xml", rss(1, 2));
    for _ in 0..2 {
        let output = home.run(&["run", "--once", "--dry-run"]).await;
        let printed = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success());
        assert_eq!(printed.matches("Act of [sabotage], number").count(), 2, "{printed}");
    }
    assert!(!crate::home::exists(&home.path("state")));
}

#[tokio::test]
async fn a_dry_run_stays_one_after_a_reload() {
    let home =
        Home::new("[[feed]]\nurl = \"local.xml\"\nfirst_poll = \"all\"\n[file.alerts]\npath = \"alerts.jsonl\"\n");
    home.write("local.xml", rss(1, 1));
    let daemon = Daemon::start(&mut home.command(&["run", "--dry-run"]));
    daemon.prints(&["Act of [sabotage], number 1"]).await;
    home.write("second.xml", rss(2, 1));
    let config = std::fs::read_to_string(home.path("newswatch.toml")).unwrap();
    home.write("newswatch.toml", format!("{config}[[feed]]\nurl = \"second.xml\"\nfirst_poll = \"all\"\n"));
    daemon.prints(&["Act of [sabotage], number 2"]).await;
    daemon.stop().await;
    assert!(!crate::home::exists(&home.path("state")));
}

#[tokio::test]
async fn a_panic_costs_one_poll() {
    let home = Home::new(
        "[[feed]]\nurl = \"one.xml\"\nfirst_poll = \"all\"\n[[feed]]\nurl = \"two.xml\"\nfirst_poll = \"all\"\n\
         [stdout.console]\nformat = \"json\"\n",
    );
    home.write("one.xml", rss(1, 1));
    home.write("two.xml", rss(2, 1));
    let mut command = home.command(&["run"]);
    command.env("FAILPOINTS", "poll.fetched=1*panic");
    let daemon = crate::home::Daemon::start(&mut command);
    daemon.says(&["ERROR", "a poll panicked"]).await;
    daemon.prints(&["Act of sabotage"]).await;
    daemon.stop().await;
}
