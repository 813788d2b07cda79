//! OPML in and out.

use newswatch::feed::opml::{Outline, parse, write};

fn outline(title: &str, xml_url: &str, tags: &[&str], offset: usize) -> Outline {
    let tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
    Outline { title: title.to_owned(), xml_url: xml_url.to_owned(), html_url: None, tags, is_off: false, offset }
}

#[track_caller]
fn check(document: &str, expect: &[Outline]) {
    let (outlines, _) = parse(document.as_bytes()).unwrap();
    assert_eq!(outlines, expect, "{document}");
    for outline in outlines {
        assert!(document[outline.offset..].to_ascii_lowercase().starts_with("<outline"), "{outline:?}");
    }
}

#[test]
fn outlines_are_read() {
    check("<opml/>", &[]);
    check(
        "<opml version='1.0'><body><outline text='A' xmlUrl='http://a/'/></body></opml>",
        &[outline("A", "http://a/", &[], 26)],
    );
    check(
        "<OPML><BODY><OUTLINE TEXT=x TITLE='T &amp; t' XMLURL=http://a/ CATEGORY='/news,uk, news,'/></BODY></OPML>",
        &[outline("T & t", "http://a/", &["news", "uk"], 12)],
    );
    check("<opml><outline type='rss' url='http://a/'/></opml>", &[outline("", "http://a/", &[], 6)]);
    check("<opml><outline type='link' url='http://a/'/><outline text='folder'/></opml>", &[]);
}

#[test]
fn folders_become_tags() {
    let list = "<opml><outline text='World'><outline text='Europe'><outline text='A' xmlUrl='a'/></outline>\
                <outline text='B' xmlUrl='b'><outline text='C' xmlUrl='c'/></outline></outline>\
                <outline text='D' xmlUrl='d'/></opml>";
    let at = |what: &str| list.find(&format!("<outline text='{what}'")).unwrap();
    check(
        list,
        &[
            outline("A", "a", &["World", "Europe"], at("A")),
            outline("B", "b", &["World"], at("B")),
            outline("C", "c", &["World"], at("C")),
            outline("D", "d", &[], at("D")),
        ],
    );
}

#[test]
fn comments_are_off_and_all_that_stands_in_them() {
    let list = "<opml><outline text='a' isComment='TRUE'><outline xmlUrl='a'/><outline xmlUrl='b' isComment='false'/></outline>\
                <outline xmlUrl='c'/><outline xmlUrl='d' isComment='true'/></opml>";
    let (outlines, _) = parse(list.as_bytes()).unwrap();
    let off: Vec<_> = outlines.iter().map(|outline| (outline.xml_url.as_str(), outline.is_off)).collect();
    assert_eq!(off, [("a", true), ("b", true), ("c", false), ("d", true)]);
}

#[test]
fn a_feed_has_only_so_many_tags() {
    let categories: String = (0..100_000).map(|n| format!("{n},")).collect();
    let (outlines, _) =
        parse(format!("<opml><outline xmlUrl='a' category='{categories}'/></opml>").as_bytes()).unwrap();
    assert_eq!((outlines[0].tags.len(), outlines[0].tags[49].as_str()), (50, "49"));
}

#[test]
fn broken_lists_are_read_too() {
    let (outlines, repairs) =
        parse(b"\xef\xbb\xbfjunk<opml><body><outline text=\"A & B < C\" xmlUrl=\"http://x/?a=1&b=2\">").unwrap();
    assert_eq!(outlines, [outline("A & B < C", "http://x/?a=1&b=2", &[], 19)]);
    let names: Vec<_> = repairs.iter().map(|repair| repair.kind.name()).collect();
    assert_eq!(names, ["truncated", "bare_ampersand"]);
}

#[test]
fn an_address_that_is_broken_over_lines_is_mended_for_good() {
    let (outlines, _) =
        parse(b"<opml><outline xmlUrl=' http://a/x\n\ty&#9;z'/><outline xmlUrl='&#10;'/></opml>").unwrap();
    let urls = |outlines: &[Outline]| outlines.iter().map(|it| it.xml_url.clone()).collect::<Vec<_>>();
    assert_eq!(urls(&outlines), ["http://a/xyz"]);
    let (again, _) = parse(write("again", &outlines).as_bytes()).unwrap();
    assert_eq!(urls(&again), urls(&outlines));
}

#[test]
fn what_is_no_list_is_refused() {
    assert_eq!(parse(b"<rss/>").unwrap_err().looks_like, "an XML document that is no feed");
    assert_eq!(parse(b"").unwrap_err().looks_like, "empty");
}

#[test]
fn what_is_written_is_read_again() {
    let mut feeds = vec![
        outline("A & \"B\" <c> 'd'", "https://example.org/?a=1&b=2", &["x", "y z"], 0),
        outline("é\n\u{1}ü", "b", &[], 0),
    ];
    feeds[0].html_url = Some("https://example.org/".to_owned());
    feeds.push(Outline { is_off: true, ..outline("off", "c", &["a, b", "/c/", "<d>"], 0) });
    let text = write("My <feeds>", &feeds);
    let (mut again, repairs) = parse(text.as_bytes()).unwrap();
    assert_eq!(repairs, []);
    for outline in &mut again {
        outline.offset = 0;
    }
    feeds[1].title = "é ü".to_owned();
    assert_eq!(again, feeds);
}
