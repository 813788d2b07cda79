//! `/alerts.rss`: valid RSS 2.0, read back by our own reader and by the `rss` crate.

use super::*;
use newswatch::feed::{self, Hints};

#[tokio::test]
async fn the_alerts_are_a_feed_that_readers_take() {
    let home = Home::new("");
    // What markup, XML and clients trip over.
    let hostile = [
        "Sabotage &amp;lt;script&amp;gt;alert(1)&amp;lt;/script&amp;gt; &amp;amp; more",
        "Sabotage ]]&gt; and &lt;b&gt;bold&lt;/b&gt;",
        "Sabotage of \u{202e}evil\u{202c} \u{1f600}",
        "Sabotage &amp;lt;!-- hidden --&amp;gt; of &amp;lt;style&amp;gt;a&amp;lt;/style&amp;gt; &amp;lt;![CDATA[x]]&amp;gt;",
        "Sabotage of AT&amp;amp;T at 1 &amp;lt; 2 &amp;amp;lt;b&amp;amp;gt; &amp;amp;amp;amp;",
    ];
    let items: String = hostile
        .iter()
        .enumerate()
        .map(|(n, title)| {
            format!("<item><guid>{n}</guid><title>{title}</title><link>https://news.example/{n}?a=1&amp;b=2</link><description>x</description></item>")
        })
        .collect();
    home.write(
        "feed.xml",
        format!("<rss version=\"2.0\"><channel><title>T &amp;amp; Co</title>{items}</channel></rss>"),
    );
    let feeds = "[[feed]]\nurl = \"feed.xml\"\nname = \"a & b <c>\"\nfirst_poll = \"all\"\n";
    home.configure(&format!("{}{feeds}", with_token()));
    let served = Served::start(home).await;
    let caller = served.token();
    until("the alerts are there", async || {
        caller.get("/api/v1/status").await.json()["alerts"]["stored"] == hostile.len()
    })
    .await;
    let page = caller.get("/api/v1/alerts").await.json();
    let alerts = page["alerts"].as_array().unwrap();
    let answer = caller.get("/alerts.rss?severity=info").await;
    assert_eq!(answer.header("content-type"), Some("application/rss+xml; charset=utf-8"));

    let channel = rss::Channel::read_from(answer.body.as_slice()).unwrap();
    let own = &channel.extensions["atom"]["link"][0];
    assert_eq!((own.attrs["rel"].as_str(), own.attrs["type"].as_str()), ("self", "application/rss+xml"));
    assert_eq!(own.attrs["href"], format!("http://{}/alerts.rss?severity=info", caller.address));
    assert_eq!(channel.namespaces["atom"], "http://www.w3.org/2005/Atom");
    assert!(answer.text().contains("<rss version=\"2.0\""), "{}", answer.text());
    let (ours, repairs) = feed::parse(&answer.body, Hints { content_type: None, url: None }).unwrap();
    assert!(repairs.is_empty(), "{repairs:?}");
    assert_eq!((channel.items.len(), ours.items.len()), (hostile.len(), hostile.len()));
    for ((alert, theirs), ours) in alerts.iter().zip(&channel.items).zip(&ours.items) {
        let data = &alert["data"];
        let guid = theirs.guid.as_ref().unwrap();
        assert_eq!((guid.value.as_str(), guid.permalink), (alert["id"].as_str().unwrap(), false));
        assert_eq!(ours.id.as_deref(), alert["id"].as_str());
        let title = data["item"]["title"].as_str().unwrap();
        let title = format!("[{}] {title}", data["severity"].as_str().unwrap());
        // The crate takes off what XML asks for, and leaves HTML, which says the title.
        let html = theirs.title.as_deref().unwrap();
        assert_eq!(html, title.replace('&', "&amp;").replace('<', "&lt;"));
        assert_eq!(newswatch::text::html::to_text(html), title, "a reader that takes titles for HTML");
        // What says tags once it is read as HTML, our own takes for HTML that was escaped twice.
        if !title.contains("<b>") {
            assert_eq!(ours.title, title);
        }
        assert_eq!(
            (theirs.link.as_deref(), ours.link.as_deref()),
            (data["item"]["link"].as_str(), data["item"]["link"].as_str())
        );
        let time: jiff::Timestamp = alert["time"].as_str().unwrap().parse().unwrap();
        assert_eq!(ours.published.unwrap().as_second(), time.as_second());
        let published = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(theirs.pub_date.as_ref().unwrap());
        assert_eq!(published.unwrap().as_second(), time.as_second());
        assert_eq!(theirs.source.as_ref().unwrap().title.as_deref(), Some("a & b <c>"));
        assert!(theirs.categories.iter().any(|category| category.name == "words"));
        assert!(!theirs.description.as_ref().unwrap().contains('<'), "{theirs:?}");
        // Every item has a title or a description, as the specification asks.
        assert!(!ours.summary.contains("<script"), "{}", ours.summary);
    }
    is_problem(&caller.get("/alerts.rss?severity=loud").await, 400);
    // An empty one is a feed, too.
    let empty = caller.get("/alerts.rss?watchlist=nobody").await;
    assert_eq!(rss::Channel::read_from(empty.body.as_slice()).unwrap().items.len(), 0);
    served.stop().await;
}
