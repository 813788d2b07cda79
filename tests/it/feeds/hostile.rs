//! Hostile input: no panic on any bytes, and bounds on depth, number and length.

use newswatch::feed::{Hints, MAX_ITEMS, MAX_TEXT, MAX_TITLE, ParsedFeed, Repair, RepairKind, opml, parse};
use newswatch::text::html;
use proptest::prelude::*;

fn read(feed: &str) -> (ParsedFeed, Vec<Repair>) {
    parse(feed.as_bytes(), Hints::default()).unwrap()
}

fn has(repairs: &[Repair], kind: RepairKind) -> bool {
    repairs.iter().any(|repair| repair.kind == kind)
}

#[test]
fn depth_is_bounded() {
    let deep = "<x>".repeat(100_000);
    let (feed, repairs) = read(&format!("<rss><channel>{deep}<item><title>T</title></item>"));
    assert_eq!(feed.items[0].title, "T");
    assert!(has(&repairs, RepairKind::TooDeep));
    let (feed, _) = read(&format!("<rss><channel><item><description>{deep}text</description><title>T</title></item>"));
    assert_eq!((feed.items[0].title.as_str(), feed.items[0].text.as_str()), ("T", "text"));
}

#[test]
fn numbers_are_bounded() {
    let (feed, repairs) = read(&format!("<rss><channel>{}", "<item><title>x</title></item>".repeat(MAX_ITEMS + 5)));
    assert_eq!(feed.items.len(), MAX_ITEMS);
    assert_eq!(repairs[0], Repair { kind: RepairKind::Truncated, count: 1 });
    assert_eq!(repairs[1], Repair { kind: RepairKind::TooManyItems, count: 5 });
    let items = vec!["{\"id\":\"1\"}"; MAX_ITEMS + 5].join(",");
    let (feed, repairs) = read(&format!("{{\"version\":\"https://jsonfeed.org/version/1\",\"items\":[{items}]}}"));
    assert_eq!(feed.items.len(), MAX_ITEMS);
    assert!(has(&repairs, RepairKind::TooManyItems));
    let attributes = " a='1'".repeat(1000);
    let (_, repairs) = read(&format!("<rss{attributes}><channel/></rss>"));
    assert!(has(&repairs, RepairKind::TooManyAttributes));
    let labels = (0..1000).map(|n| n.to_string()).collect::<Vec<_>>().join("</category><category>");
    let (feed, _) = read(&format!("<rss><channel><item><category>{labels}</category></item></channel></rss>"));
    assert!(feed.items[0].categories.len() <= 200);
}

#[test]
fn lengths_are_bounded() {
    let long = "ü ".repeat(MAX_TEXT);
    let item = format!("<item><title>{long}</title><description>&lt;b>{long}</description></item>");
    let (feed, repairs) = read(&format!("<rss><channel>{item}</channel></rss>"));
    assert!(has(&repairs, RepairKind::TextCut));
    assert!(feed.items[0].title.len() <= MAX_TITLE && feed.items[0].title.len() > MAX_TITLE - 4);
    assert!(feed.items[0].text.len() <= MAX_TEXT && feed.items[0].text.len() > MAX_TEXT - 4);
}

#[test]
fn entities_are_never_expanded() {
    let bomb = "<!DOCTYPE rss [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\"><!ENTITY c SYSTEM \"file:///etc/passwd\">]>";
    let (feed, repairs) = read(&format!("{bomb}<rss><channel><title>&b;&c;</title></channel></rss>"));
    assert_eq!(feed.title, "&b;&c;");
    assert!(has(&repairs, RepairKind::UnknownEntity));
}

/// Each of these takes quadratic time if the rest of the document is looked at
/// again for each repetition: at these sizes, hours.
#[test]
fn time_is_linear() {
    let pieces = [
        "<",
        "<a",
        "<a ",
        "<a b='",
        "<a b=\"<",
        "<a b='>'",
        "<!--",
        "<!-- -",
        "<![CDATA[",
        "<!DOCTYPE [",
        "<?",
        "</",
        "</a",
        "&",
        "&a",
        "&amp",
        "&#",
        "]]>",
        "<a>",
        "</a>",
        "<a></b>",
        "<title>",
        "<item>",
        "<title><b>",
        "<item><title>",
        "<author><name>",
        "<category>",
        "<a xmlns:b='c'>",
        "<a xml:base='x/'>",
        "<skipHours><hour>",
        "Ã",
        "\u{80}",
        "(",
        "<rss>",
        "<br>",
    ];
    for piece in pieces {
        let body = piece.repeat(200_000 / piece.len());
        for (before, after) in [
            ("", ""),
            ("<rss><channel><item><title>", ""),
            ("<rss><channel><item><description>", "</description></item></channel></rss>"),
        ] {
            let document = format!("{before}{body}{after}");
            let _ = parse(document.as_bytes(), Hints::default());
            let _ = opml::parse(document.as_bytes());
        }
        let _ = html::to_text(&body);
        let _ = html::looks_like_html(&body);
        let json = format!("{{\"items\":[{{\"id\":\"{}", body.replace('"', "'"));
        let _ = parse(json.as_bytes(), Hints::default());
    }
}

/// Pieces of markup in any order: much more of it is read than of random bytes.
fn markup() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "<rss>",
        "<channel>",
        "<item>",
        "</item>",
        "<entry>",
        "<title>",
        "</title>",
        "<link>",
        "<link href='a'/>",
        "<description>",
        "<content type='xhtml'>",
        "<content mode='base64' type='text/html'>",
        "<author>",
        "<name>",
        "</author>",
        "<pubDate>",
        "2026-11-",
        "24",
        "T08:15",
        " Nov ",
        "+01",
        "<![CDATA[",
        "]]>",
        "<!--",
        "-->",
        "&amp;",
        "&#x",
        "128;",
        "&",
        "<",
        ">",
        "\"",
        "'",
        "=",
        "/",
        "é",
        "Ã©",
        "\u{2028}",
        "<p>",
        "</p>",
        "<script>",
        "<xml:base='",
        " xmlns='x'",
        "<guid isPermaLink=true>",
        "{\"version\":\"https://jsonfeed.org/version/1\",\"items\":[",
        "{\"id\":",
        "\"x\"",
        ",",
        "]",
        "}",
        "<outline xmlUrl='",
        "<skipDays><day>",
        "Monday",
        "<feed>",
        "<rdf:RDF>",
        "<source>",
        "<image>",
        "//",
        "http://a/",
        "?",
        "\n",
        " ",
        "(",
        ")",
    ]);
    prop::collection::vec(pieces, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = parse(&bytes, Hints { content_type: Some("text/xml; charset=koi8-r"), url: Some("http://a/b") });
        let _ = opml::parse(&bytes);
    }

    #[test]
    fn no_markup_makes_it_panic(text in markup(), is_rss: bool) {
        let text = if is_rss { format!("<rss><channel><item>{text}") } else { text };
        if let Ok((feed, repairs)) = parse(text.as_bytes(), Hints::default()) {
            for item in feed.items {
                prop_assert!(item.title.len() <= MAX_TITLE && item.text.len() <= MAX_TEXT);
                prop_assert!(!item.title.contains("  ") && item.title.trim() == item.title);
            }
            prop_assert!(repairs.iter().all(|repair| repair.count > 0));
            prop_assert!(repairs.is_sorted_by_key(|repair| repair.kind));
        }
        let _ = opml::parse(text.as_bytes());
        let _ = html::to_text(&text);
    }

    #[test]
    fn no_date_makes_it_panic(date in "[0-9A-Za-z +:./,()-]{0,40}") {
        let _ = parse(format!("<rss><channel><item><pubDate>{date}").as_bytes(), Hints::default());
        let _ = read(&format!("<rss><channel><item><pubDate>{date}</pubDate></item></channel></rss>"));
    }
}
