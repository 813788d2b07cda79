//! Hostile input: no panic on any bytes, and bounds on depth, number and length.

use newswatch::feed::{Hints, MAX_ITEMS, MAX_TEXT, MAX_TITLE, ParsedFeed, ParsedItem, Repair, RepairKind, opml, parse};
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
fn a_million_items_are_cut_to_the_most_that_are_kept() {
    const MILLION: u32 = 1_000_000;
    let kept = u32::try_from(MAX_ITEMS).unwrap();
    for document in [
        format!("<rss><channel>{}</channel></rss>", "<item/>".repeat(1_000_000)),
        format!("<feed>{}</feed>", "<entry/>".repeat(1_000_000)),
    ] {
        let (feed, repairs) = read(&document);
        assert_eq!(feed.items.len(), MAX_ITEMS);
        assert_eq!(repairs, [Repair { kind: RepairKind::TooManyItems, count: MILLION - kept }]);
    }
    let items = "{},".repeat(1_000_000);
    let (feed, repairs) = read(&format!("{{\"version\":\"https://jsonfeed.org/version/1\",\"items\":[{items}{{}}]}}"));
    assert_eq!((feed.items.len(), repairs.len()), (MAX_ITEMS, 1));
    let outline = "<outline xmlUrl='x'/>".repeat(200_000);
    let (outlines, repairs) = opml::parse(format!("<opml>{outline}</opml>").as_bytes()).unwrap();
    assert_eq!(outlines.len(), 100_000);
    assert_eq!(repairs, [Repair { kind: RepairKind::TooManyItems, count: 100_000 }]);
}

/// The bytes of all texts of a feed.
fn weight(feed: &ParsedFeed) -> usize {
    let texts = |item: &ParsedItem| {
        let ParsedItem { id, title, link, authors, categories, summary, text, language, .. } = item;
        let maybe = [id, link, language].map(|text| text.as_ref().map_or(0, String::len));
        let lists = authors.iter().chain(categories).map(String::len);
        title.len() + summary.len() + text.len() + maybe.iter().sum::<usize>() + lists.sum::<usize>()
    };
    feed.items.iter().map(texts).sum()
}

/// What a feed says once and each of its items takes over must not make a few
/// bytes into gigabytes.
#[test]
fn nothing_that_items_take_over_is_long() {
    let long = "x".repeat(200_000);
    let people: String = (0..200).map(|n| format!("<author><name>{n} {}</name></author>", "y".repeat(8000))).collect();
    let few: String = (0..200).map(|n| format!("<author><name>{n}</name></author>")).collect();
    let entries = "<entry/>".repeat(MAX_ITEMS);
    let links = "<entry><link href='1'/></entry>".repeat(MAX_ITEMS);
    for document in [
        format!("<feed xml:lang='{long}'>{entries}</feed>"),
        format!("<feed><language>{long}</language>{entries}</feed>"),
        format!("<feed>{people}{entries}</feed>"),
        format!("<feed>{few}{entries}</feed>"),
        format!("<feed xml:base='http://a/{long}/'>{links}</feed>"),
        format!(
            "{{\"items\":[{}{{}}],\"language\":\"{long}\",\"author\":{{\"name\":\"{long}\"}}}}",
            "{},".repeat(MAX_ITEMS - 1)
        ),
    ] {
        let (feed, _) = read(&document);
        assert_eq!(feed.items.len(), MAX_ITEMS);
        assert!(weight(&feed) < 2 * document.len(), "{} bytes of {:.40}", weight(&feed), document);
    }
    let titles: String = (0..200).map(|n| format!("<outline text='{n}{}'>", "z".repeat(4000))).collect();
    let list = format!("<opml>{titles}{}", "<outline xmlUrl='x'/>".repeat(10_000));
    let (outlines, _) = opml::parse(list.as_bytes()).unwrap();
    assert_eq!(outlines.len(), 10_000);
    assert!(outlines.iter().all(|outline| outline.tags.iter().map(String::len).sum::<usize>() <= 50 * 256));
}

/// Of a base that grows from element to element only as much is kept as is used.
#[test]
fn bases_stay_short() {
    let growing = format!("<x xml:base='{}/'>", "b".repeat(1000)).repeat(60);
    let (feed, _) = read(&format!("<feed xml:base='http://a/'>{growing}<entry><link href='1'/></entry>"));
    assert_eq!(feed.items[0].link, Some(format!("http://a/{0}/{0}/1", "b".repeat(1000))));
}

/// What means nothing to a feed is not kept, however much it is.
#[test]
fn members_of_json_that_mean_nothing_are_passed_over() {
    let zeros = "0,".repeat(500_000);
    let tags = "\"t\",{\"name\":\"n\"},[],".repeat(1000);
    let deep = format!("{}{}", "[".repeat(100), "]".repeat(100));
    let (feed, repairs) = read(&format!(
        "{{\"x\":[{zeros}0],\"items\":[{{\"y\":{{\"z\":[{zeros}0]}},\"id\":7,\"tags\":[{tags}{zeros}{deep}],\
         \"authors\":[{zeros}{{\"name\":[{zeros}1],\"url\":{deep}}},{{\"name\":\"A\"}}]}}]}}"
    ));
    assert_eq!(feed.items[0].id.as_deref(), Some("7"));
    assert_eq!(
        (&feed.items[0].authors, &feed.items[0].categories),
        (&vec!["A".to_owned()], &vec!["t".to_owned(), "n".to_owned()])
    );
    assert_eq!(repairs, [Repair { kind: RepairKind::WrongType, count: 1 }]);
}

#[test]
fn prefixes_are_bounded() {
    let many: String = (0..127).map(|n| format!(" xmlns:p{n}='http://example.org/'")).collect();
    let nested = format!("<x{many}>").repeat(60);
    let (feed, _) =
        read(&format!("<rss><channel>{nested}<item><dc:title>T</dc:title>{}</item>", "<p5:a/>".repeat(1000)));
    assert_eq!(feed.items[0].title, "T");
}

#[test]
fn entities_are_never_expanded() {
    for (declarations, reference) in [
        ("<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">", "&b;"),
        ("<!ENTITY c SYSTEM \"file:///etc/passwd\">", "&c;"),
        ("<!ENTITY d PUBLIC \"x\" 'http://localhost/'>", "&d;"),
        ("<!ENTITY % e SYSTEM 'http://localhost/x.dtd'> %e;", "&f;"),
        ("<!ENTITY lol \"]>\">", "&lol;"),
    ] {
        let (feed, repairs) = read(&format!(
            "<?xml version='1.0'?><!DOCTYPE rss SYSTEM 'file:///dev/random' [{declarations}]>\
             <rss><channel><title>{reference}</title><item><title>{reference}</title></item></channel></rss>"
        ));
        assert_eq!((feed.title.as_str(), feed.items[0].title.as_str()), (reference, reference));
        assert!(has(&repairs, RepairKind::UnknownEntity));
    }
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
        "<!DOCTYPE",
        "]]><![CDATA[",
        "--><!--",
        "<a b='><c d=\">",
        "<a b",
        " a=b",
        " a='b'",
        "&aaaaaaaaaaaaaaaa",
        "<script>",
        "<script><!--",
        "<!--<script>",
        "</script",
        "<title></title",
        "<xmp></xmp",
        "<template>",
        "<p><pre>",
        "<item/>",
        "\u{a0}",
        "Ã©",
        "a ",
    ];
    for piece in pieces {
        let body = piece.repeat(200_000 / piece.len());
        for (before, after) in [
            ("", ""),
            ("<rss><channel><item><title>", ""),
            ("<rss><channel><item><description>", "</description></item></channel></rss>"),
            ("<rss><channel><item><description><![CDATA[", "]]></description></item></channel></rss>"),
            ("<feed><entry><content type='xhtml'>", "</content></entry></feed>"),
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
