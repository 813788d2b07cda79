//! Single fields and single rules: charsets, references, links, people, pace.

use newswatch::feed::{Hints, MAX_TEXT, ParsedFeed, ParsedItem, RepairKind, parse};

fn read(bytes: &[u8], hints: Hints<'_>) -> (ParsedFeed, Vec<RepairKind>) {
    let (feed, repairs) = parse(bytes, hints).unwrap();
    (feed, repairs.into_iter().map(|repair| repair.kind).collect())
}

/// The first item of a feed with this inside.
fn rss(inside: &str) -> ParsedItem {
    let feed = format!("<rss><channel><item>{inside}</item></channel></rss>");
    let hints = Hints { url: Some("https://example.org/feeds/rss.xml"), ..Hints::default() };
    read(feed.as_bytes(), hints).0.items.remove(0)
}

fn atom(inside: &str) -> ParsedItem {
    let feed = format!("<feed xmlns='http://www.w3.org/2005/Atom'><entry>{inside}</entry></feed>");
    read(feed.as_bytes(), Hints::default()).0.items.remove(0)
}

/// Label, quote and title as they stand in a document; its page, and its title.
type Ebcdic = (&'static [u8], &'static [u8], &'static [u8], &'static str, &'static str);

#[test]
fn ebcdic_is_read_in_the_page_that_it_declares() {
    // In all of them the same: letters, digits, `<`, `>`, `=`, `/`, `?`.
    let invariant = |text: &str| -> Vec<u8> {
        let byte = |c| match c {
            'a'..='i' => 0x81 + (c as u8 - b'a'),
            'j'..='r' => 0x91 + (c as u8 - b'j'),
            's'..='z' => 0xa2 + (c as u8 - b's'),
            ' ' => 0x40,
            '<' => 0x4c,
            '>' => 0x6e,
            '=' => 0x7e,
            '/' => 0x61,
            '?' => 0x6f,
            '\n' => 0x15,
            _ => unreachable!(),
        };
        text.chars().map(byte).collect()
    };
    let cases: [Ebcdic; 6] = [
        (
            b"\x85\x82\x83\x84\x89\x83\x60\x83\x97\x60\xa4\xa2",
            b"\x7f",
            b"\xd7\x99\x89\x83\x85\x7a\x40\xba\xf5\xbb\x40\x4a\x5a",
            "IBM037",
            "Price: [5] ¢!",
        ),
        (
            b"\xc9\xc2\xd4\xf5\xf0\xf0",
            b"\x7f",
            b"\xe9\xdc\x99\x89\x83\x88\x40\x4a\xc1\xc7\x5a\x4f",
            "IBM500",
            "Zürich [AG]!",
        ),
        (b"\x83\x97\xf8\xf7\xf5", b"\x7f", b"\x41\x9b\xb3\xaa\x8a", "IBM875", "Αθήνα"),
        (
            b"\x83\xa2\xc9\xc2\xd4\xf1\xf0\xf2\xf6",
            b"\xfc",
            b"\xc7\xe0\x95\x85\x6a\x40\x5b\xd0\x95\x85",
            "IBM1026",
            "Güneş İğne",
        ),
        (b"\x85\x82\x83\x84\x89\x83\x6d\x83\x97\x6d\x88\x85", b"\x7f", b"\x69\x54\x46\x55", "IBM424", "שלום"),
        (b"\xa7\x60\x95\x96\x82\x96\x84\xa8", b"\x7f", b"\xc3\x81\x86\x51", "IBM037", "Café"),
    ];
    for (label, quote, title, page, expect) in cases {
        let begin =
            [&invariant("<?xml encoding="), quote, label, quote, &invariant("?>\n<rss><channel><title>")].concat();
        let document = [&begin, title, &invariant("</title><item></item></channel></rss>")].concat();
        let (feed, repairs) = read(&document, Hints::default());
        let charset = (feed.charset.label, feed.charset.source.describe());
        assert_eq!((feed.title.as_str(), charset), (expect, (page, "pattern of the first bytes")));
        assert_eq!(repairs.contains(&RepairKind::UnknownCharset), expect == "Café", "{repairs:?}");
    }
}

#[test]
fn charsets_are_found() {
    let check = |bytes: &[u8], http: Option<&str>, expect: (&str, &str, &str)| {
        let (feed, _) = read(bytes, Hints { content_type: http, url: None });
        assert_eq!((feed.title.as_str(), feed.charset.label, feed.charset.source.describe()), expect);
    };
    let feed = |title: &[u8]| [b"<rss><channel><title>", title, b"</title></channel></rss>"].concat();
    let declared = |label: &str, title: &[u8]| {
        [format!("<?xml version='1.0' encoding=\"{label}\"?>").as_bytes(), &feed(title)].concat()
    };
    let utf8 = "the bytes are valid UTF-8";
    check(&feed(b"ASCII"), None, ("ASCII", "UTF-8", utf8));
    check(&feed("Zoë".as_bytes()), Some("text/xml; charset=iso-8859-1"), ("Zoë", "UTF-8", utf8));
    check(&declared("iso-8859-1", "Zoë".as_bytes()), None, ("Zoë", "UTF-8", utf8));
    check(&declared("iso-8859-2", b"\xb3"), None, ("ł", "ISO-8859-2", "XML declaration"));
    check(&declared("iso-8859-2", b"\xb3"), Some("text/xml;Charset = 'koi8-r'"), ("Ё", "KOI8-R", "HTTP header"));
    check(&declared("windows_1251", b"\xdf"), None, ("Я", "windows-1251", "XML declaration"));
    check(&declared("cp437", b"\x80"), None, ("Ç", "IBM437", "XML declaration"));
    check(&declared("csPC8CodePage437", b"\x80"), None, ("Ç", "IBM437", "XML declaration"));
    check(&declared("cp864", b"\xc7"), None, ("\u{fe8d}", "IBM864", "XML declaration"));
    check(&declared("KOI8-T", b"\x80"), None, ("қ", "KOI8-T", "XML declaration"));
    check(&declared("MacGreek", b"\x80"), None, ("Ä", "x-mac-greek", "XML declaration"));
    check(&declared("cp_is", b"\x80"), None, ("Ç", "IBM861", "XML declaration"));
    check(&declared("mac-cyrillic", b"\x80"), None, ("А", "x-mac-cyrillic", "XML declaration"));
    check(&declared("utf-8", b"caf\xe9 cr\xe8me"), None, ("café crème", "windows-1252", "detection"));
    check(&declared("klingon", b"caf\xe9 cr\xe8me"), None, ("café crème", "windows-1252", "detection"));
    check(&declared("us-ascii", b"\x93q\x94"), None, ("“q”", "windows-1252", "XML declaration"));
    check(&declared("utf-16", b"ASCII"), None, ("ASCII", "UTF-8", utf8));
    check(&declared("iso-2022-jp", b"\x1b$BF|K\\\x1b(B"), None, ("日本", "ISO-2022-JP", "XML declaration"));
    let wide: Vec<u8> = "<rss><channel><title>Zoë".encode_utf16().flat_map(u16::to_be_bytes).collect();
    let (feed, kinds) = read(&wide, Hints::default());
    assert_eq!((feed.charset.label, kinds[0]), ("UTF-16BE", RepairKind::Truncated));
    let wider: Vec<u8> = "<rss><channel><title>Zoë</title>".chars().flat_map(|c| u32::from(c).to_le_bytes()).collect();
    check(&wider, None, ("Zoë", "UTF-32LE", "pattern of the first bytes"));
}

#[test]
fn a_stray_byte_costs_one_character() {
    let check = |bytes: &[u8], title: &str| {
        let (feed, kinds) = read(bytes, Hints::default());
        assert_eq!((feed.title.as_str(), feed.charset.label), (title, "UTF-8"));
        assert_eq!(kinds, [RepairKind::InvalidByte]);
    };
    let feed = |title: &[u8]| [b"<rss><channel><title>", title, b"</title></channel></rss>"].concat();
    check(&feed(b"it\xe2\x80\x99s \xe2\x80\x99 x\xffy"), "it’s ’ x\u{fffd}y");
    check(b"{\"title\": \"caf\xe9 cr\xe8me\", \"items\": []}", "caf\u{fffd} cr\u{fffd}me");
    check(b" {\"title\": \"it\xe2\x80\x99s \xff\", \"items\": []}", "it’s \u{fffd}");
}

#[test]
fn the_charset_repairs_are_named() {
    let kinds = |bytes: &[u8]| read(bytes, Hints::default()).1;
    let feed = "<rss><channel><title>Zoë</title></channel></rss>";
    assert_eq!(kinds(format!("<?xml version='1.0' encoding='latin1'?>{feed}").as_bytes()), [RepairKind::WrongCharset]);
    assert_eq!(
        kinds(b"<?xml version='1.0' encoding='utf-8'?><rss><title>\xe9</title></rss>"),
        [RepairKind::WrongCharset]
    );
    assert_eq!(
        kinds(b"<?xml version='1.0' encoding='x'?><rss><title>\xe9</title></rss>"),
        [RepairKind::UnknownCharset]
    );
    let mut bytes = "<rss><channel><title>Zoë Zoë</title></channel></rss>".as_bytes().to_vec();
    bytes.insert(25, 0xff);
    bytes.splice(0..0, b"<?xml version='1.0' encoding='utf-8'?>".iter().copied());
    assert_eq!(kinds(&bytes), [RepairKind::InvalidByte]);
}

#[test]
fn references_are_decoded() {
    let check =
        |raw: &str, expect: &str| assert_eq!(rss(&format!("<guid>{raw}</guid>")).id.as_deref(), Some(expect), "{raw}");
    check("&amp;&lt;&gt;&quot;&apos;", "&<>\"'");
    check("&#65;&#x42;&#X43;", "ABC");
    check("&eacute;&beta;&hellip;&nbsp;&NotEqualTilde;x", "éβ…\u{a0}≂̸x");
    check("&#146;&#x80;", "’€");
    check("a&#0;b&#8;c", "abc");
    check("&#xD800;&#99999999;", "\u{fffd}\u{fffd}");
    check("&#99999999999999;", "&#99999999999999;");
    check("R&D &; &# &#; &a;b &copy 1 & 2 &", "R&D &; &# &#; &a;b &copy 1 & 2 &");
    check("<![CDATA[&amp;<b>]]>&amp;<!-- no --><![CDATA[]]]]>", "&amp;<b>&]]");
}

#[test]
fn references_to_no_character_are_listed() {
    let check = |raw: &str, expect: &str, count: u32| {
        let document = format!("<rss><channel><title>{raw}</title></channel></rss>");
        let (feed, repairs) = parse(document.as_bytes(), Hints::default()).unwrap();
        let listed: Vec<_> = repairs.iter().map(|repair| (repair.kind.name(), repair.count)).collect();
        assert_eq!((feed.title.as_str(), listed.as_slice()), (expect, &[("no_character", count)][..]), "{raw}");
    };
    check("&#55357;", "\u{fffd}", 1);
    check("a&#xD83D;&#xDE00;b", "a😀b", 1);
    check("&#55357;&#xde00;&#128512;", "😀😀", 1);
    check("&#xDE00;&#xD83D;", "\u{fffd}\u{fffd}", 2);
    check("&#xD83D;&#xD83D;&#xDE00;", "\u{fffd}😀", 2);
    check("&#xD83D; &#xDE00;", "\u{fffd} \u{fffd}", 2);
    check("&#xD83D;&#65;", "\u{fffd}A", 1);
    check("&#x110000;&#xD83D;", "\u{fffd}\u{fffd}", 2);
}

#[test]
fn links_are_resolved() {
    let check = |inside: &str, expect: Option<&str>| assert_eq!(rss(inside).link.as_deref(), expect, "{inside}");
    check("<link> http://a/b c </link>", Some("http://a/b c"));
    check("<link>http://a/\nb</link>", Some("http://a/b"));
    check("<link>http://a/\u{8f}b\u{7f}c</link>", Some("http://a/bc"));
    check("<link>/x?a=1&amp;b=2</link>", Some("https://example.org/x?a=1&b=2"));
    check("<link><![CDATA[http://a/?b=1&amp;c=2]]></link>", Some("http://a/?b=1&c=2"));
    check("<link>//cdn.example/x</link>", Some("https://cdn.example/x"));
    check("<link>x</link>", Some("https://example.org/feeds/x"));
    check("<link xml:base='http://a/b/c'>../d</link>", Some("http://a/d"));
    check("<link/><guid>http://a/1</guid>", Some("http://a/1"));
    check("<guid>http://a b/\u{9d}\n1</guid>", Some("http://a b/1"));
    check("<guid isPermaLink='false'>http://a/1</guid>", None);
    check("<guid>1</guid>", None);
    check("<link></link><guid isPermaLink='true'>1.html</guid>", Some("https://example.org/feeds/1.html"));
    check("<guid>http://a/guid</guid><link>http://a/link</link>", Some("http://a/link"));
    check("<atom:link rel='self' href='http://a/self'/><atom:link href='http://a/page'/>", Some("http://a/page"));
    check("<atom:link rel='enclosure' href='http://a/1.mp3'/>", None);
    check("<enclosure url='http://a/1.mp3'/><comments>http://a/c</comments>", None);
    check("<image><link>http://a/image</link></image><link>http://a/1</link>", Some("http://a/1"));
    check("<source url='http://b/'>B</source><link>http://a/1</link>", Some("http://a/1"));
    let long = format!("<link>http://a/{}</link>", "x".repeat(9000));
    check(&long, None);
}

#[test]
fn people_have_names() {
    let check = |author: &str, expect: &[&str]| assert_eq!(rss(author).authors, expect, "{author}");
    check("<author>jane@example.org (Jane Doe)</author>", &["Jane Doe"]);
    check("<author>Jane Doe &lt;jane@example.org&gt;</author>", &["Jane Doe"]);
    check("<author>\"Jane Doe\" (jane@example.org)</author>", &["Jane Doe"]);
    check("<author>jane@example.org</author>", &["jane@example.org"]);
    check("<author>Jane Doe (Reuters)</author>", &["Jane Doe (Reuters)"]);
    check("<author> </author>", &[]);
    check("<dc:creator>A</dc:creator><dc:creator>B</dc:creator><itunes:author>A</itunes:author>", &["A", "B"]);
    check("<author><name>A &amp; B</name><uri>x</uri></author>", &["A & B"]);
    check("<author><email>a@b</email></author>", &["a@b"]);
    check("<dc:contributor>C</dc:contributor><contributor><name>D</name></contributor>", &[]);
}

#[test]
fn text_constructs_have_types() {
    let check = |inside: &str, expect: &str| assert_eq!(atom(inside).text, expect, "{inside}");
    check("<content>1 &lt; 2</content>", "1 < 2");
    check("<content type='text'>&lt;i&gt; alone</content>", "<i> alone");
    check("<content type='text'>&lt;p&gt;surely&lt;/p&gt; HTML</content>", "surely\n\nHTML");
    check("<content type='html'>&lt;p&gt;a&lt;p&gt;b &amp;amp;lt;</content>", "a\n\nb &lt;");
    check("<content type='xhtml'><div><p>a</p>b &lt;i></div></content>", "a\n\nb <i>");
    check("<content type='xhtml'><div><![CDATA[<x> & y]]></div></content>", "<x> & y");
    check("<content type='xhtml'>&lt;i&gt; alone</content>", "<i> alone");
    check("<content type='image/png'>iVBORw0KGgo=</content>", "");
    check("<content type='application/xml'><x>a</x> <y>b</y></content>", "a b");
    check("<content type='application/octet-stream'>YSAmIGI=</content>", "a & b");
    check("<content type='text/plain' mode='base64'>MSA8\nIDI=</content>", "1 < 2");
    check("<content type='application/octet-stream'>Hello!</content>", "Hello!");
    check("<content src='http://a/'/>", "");
}

#[test]
fn elements_with_a_prefix_hold_markup() {
    let check = |element: &str, expect: &str| {
        let inside = format!("<h:p>p1</h:p><h:{element}>in &lt;i> <h:b>b</h:b></h:{element}><h:p>p2</h:p>");
        let content =
            format!("<content type='xhtml'><h:div xmlns:h='http://www.w3.org/1999/xhtml'>{inside}</h:div></content>");
        assert_eq!(atom(&content).text, expect, "{element}");
    };
    for element in ["script", "style", "iframe", "noscript", "noembed", "noframes"] {
        check(element, "p1\n\np2");
    }
    for element in ["textarea", "title", "xmp", "plaintext"] {
        check(element, "p1\n\nin <i> b\n\np2");
    }
}

#[test]
fn the_body_is_the_content_after_a_summary_that_it_lacks() {
    let check = |summary: &str, content: &str, expect: &str| {
        let inside = format!("<description>{summary}</description><content:encoded>{content}</content:encoded>");
        assert_eq!(rss(&inside).text, expect, "{inside}");
    };
    check("S", "", "S");
    check("", "C", "C");
    check("Other", "Content", "Other\n\nContent");
    check("One two", "&lt;p>One two three", "One two three");
    check("One two […]", "&lt;p>One&lt;p>two three", "One\n\ntwo three");
    check("One two...", "One\n two three", "One\ntwo three");
    let long = "x".repeat(MAX_TEXT);
    let both = rss(&format!("<description>S</description><content:encoded>{long}</content:encoded>"));
    assert!(both.text.starts_with("S\n\nx") && both.text.len() == MAX_TEXT);
}

#[test]
fn the_better_of_several_claims_wins() {
    assert_eq!(rss("<title></title><title>A</title><title>B</title>").title, "A");
    assert_eq!(rss("<media:title>M</media:title><title>A</title><media:title>N</media:title>").title, "A");
    assert_eq!(rss("<x><title>deep</title></x><title>A</title>").title, "A");
    let object = "<x><id>deep</id><link href='http://a/deep'/></x><id>1</id><link href='http://a/1'/>";
    assert_eq!((rss(object).id.unwrap(), rss(object).link.unwrap()), ("1".to_owned(), "http://a/1".to_owned()));
    assert_eq!(rss("<image><title>I</title></image>").title, "");
    assert_eq!(rss("<itunes:summary>I</itunes:summary><description>D</description>").summary, "D");
    let dates = "<dc:date>2026-01-01</dc:date><pubDate>2026-01-02</pubDate><created>2026-01-03</created>";
    assert_eq!(rss(dates).published.unwrap().to_string(), "2026-01-02T00:00:00Z");
    assert_eq!(rss("<atom:updated>2026-01-02</atom:updated>").updated.unwrap().to_string(), "2026-01-02T00:00:00Z");
    assert_eq!(
        rss("<category>a</category><dc:subject>b</dc:subject><media:keywords>a,c</media:keywords>").categories,
        ["a", "b", "c"]
    );
    assert_eq!(rss("<dc:language>fr</dc:language>").language.as_deref(), Some("fr"));
}

#[test]
fn feeds_say_when_to_poll() {
    let check = |inside: &str, expect: (Option<u32>, u32, u8)| {
        let (feed, _) = read(format!("<rss><channel>{inside}</channel></rss>").as_bytes(), Hints::default());
        assert_eq!((feed.pace.at_least_seconds, feed.pace.skip_hours, feed.pace.skip_days), expect, "{inside}");
    };
    check("<ttl>60</ttl>", (Some(3600), 0, 0));
    check("<ttl>0</ttl><ttl>x</ttl>", (None, 0, 0));
    check("<ttl>4294967295</ttl>", (Some(u32::MAX), 0, 0));
    check("<ttl>999999999999999</ttl>", (Some(u32::MAX), 0, 0));
    check("<ttl>-999999999999999</ttl>", (None, 0, 0));
    check("<sy:updatePeriod> Hourly </sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>", (Some(1800), 0, 0));
    check("<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>0</sy:updateFrequency>", (Some(86_400), 0, 0));
    check("<ttl>1</ttl><sy:updatePeriod>weekly</sy:updatePeriod>", (Some(604_800), 0, 0));
    check("<skipHours><hour>0</hour><hour>23</hour><hour>x</hour><hour>99</hour></skipHours>", (None, 1 | 1 << 23, 0));
    check("<skipDays><day>Monday</day><day>sunday</day><day>Holiday</day></skipDays>", (None, 0, 1 | 1 << 6));
    let all: Vec<_> = (0..24).map(|hour| format!("<hour>{hour}</hour>")).collect();
    check(&format!("<skipHours>{}</skipHours>", all.concat()), (None, 0, 0));
}

#[test]
fn namespaces_may_have_any_prefix_and_names_any_case() {
    let document = "<FEED:RSS xmlns:FEED='http://backend.userland.com/rss2'><FEED:Channel><FEED:Item><FEED:TITLE>T</FEED:TITLE>\
        <x:creator xmlns:x='http://purl.org/dc/elements/1.1/'>A</x:creator>\
        <y:title xmlns:y='http://example.org/unknown'>no</y:title></FEED:Item></FEED:Channel></FEED:RSS>";
    let (feed, kinds) = read(document.as_bytes(), Hints::default());
    assert_eq!((feed.items[0].title.as_str(), &feed.items[0].authors[0], kinds), ("T", &"A".to_owned(), vec![]));
}

#[test]
fn a_prefix_that_is_bound_to_no_known_vocabulary_means_what_it_mostly_means() {
    let item = rss("<dc:creator xmlns:dc='http://purl.org/dc/elements/1.9/'>A</dc:creator>\
        <content:encoded xmlns:content='http://purl.org/rss/1.0/modules/content'>C</content:encoded>\
        <slash:title xmlns:slash='http://purl.org/rss/1.0/modules/slash/'>no</slash:title>");
    assert_eq!((item.authors.concat(), item.text, item.title), ("A".to_owned(), "C".to_owned(), String::new()));
}

#[test]
fn cdf_has_attributes_for_elements() {
    let document = "<CHANNEL HREF='http://a/'><TITLE>C</TITLE><ITEM HREF='http://a/1' LASTMOD='1998-11-05T22:10'>\
        <TITLE>T</TITLE><ABSTRACT>S</ABSTRACT></ITEM></CHANNEL>";
    let (feed, kinds) = read(document.as_bytes(), Hints::default());
    assert_eq!((feed.link.as_deref(), feed.title.as_str(), kinds), (Some("http://a/"), "C", vec![]));
    let item = &feed.items[0];
    assert_eq!((item.link.as_deref(), item.title.as_str(), item.text.as_str()), (Some("http://a/1"), "T", "S"));
    assert_eq!(item.updated.unwrap().to_string(), "1998-11-05T22:10:00Z");
}

#[test]
fn what_is_no_feed_is_named() {
    let check = |document: &str, expect: &str| {
        assert_eq!(parse(document.as_bytes(), Hints::default()).unwrap_err().looks_like, expect, "{document}");
    };
    check("", "empty");
    check(" \n", "empty");
    check("<!DOCTYPE html><title>x</title>", "an HTML page");
    check("<html><body><feed-back/></body></html>", "an HTML page");
    check("<opml/>", "an OPML subscription list");
    check("<note><to>x</to></note>", "an XML document that is no feed");
    check("{\"a\": 1}", "a JSON document without items");
    check("[]", "a JSON document without items");
    check("Not found", "plain text");
    check("%PDF-1.7", "binary data");
}

#[test]
fn the_feeds_of_a_page_are_named() {
    let link = |href: &str| format!("<link rel=alternate type=\"application/rss+xml\" href=\"{href}\">");
    let check = |page: &str, content_type: Option<&str>, expect: &[&str]| {
        let expect: Vec<_> = expect.iter().map(|url| (*url).to_owned()).collect();
        let hints = Hints { content_type, url: Some("https://example.org/a/") };
        let found = parse(page.as_bytes(), hints).unwrap_err();
        assert_eq!((found.looks_like.as_str(), found.feeds), ("an HTML page", expect), "{page}");
    };
    let html = Some("text/html; charset=utf-8");
    let one = link("/feed");
    let named = &["https://example.org/feed"][..];
    for content_type in [None, html] {
        check(&format!("<meta charset=utf-8><title>x</title>{one}"), content_type, named);
        check(&format!("<!-- x --><title>x</title>{one}"), content_type, named);
        check(&format!("<html><script>x = '{}'</script>{one}", link("/no")), content_type, named);
        check(&format!("<html><title>{0}</title><style>{0}</STYLE >{one}", link("/no")), content_type, named);
        check(&format!("<html><script src=x>{one}"), content_type, &[]);
    }
    check(&format!("<p>x<br>{one}"), html, named);
    for href in ["javascript:alert(1)", "data:text/xml,x", "feed://example.org/x", "mailto:a@b", "http://"] {
        check(&format!("<html>{}{one}", link(href)), None, named);
    }
    check(&format!("<html>{}", link("https://jo:hunter2@example.org/x")), None, &["https://jo:***@example.org/x"]);
    check(&format!("<html>{}", link("//token@example.org/x")), None, &["https://***@example.org/x"]);
    let found = parse(b"<note><to>x</to></note>", Hints { content_type: html, url: None }).unwrap_err();
    assert_eq!(found.looks_like, "an XML document that is no feed");
}
