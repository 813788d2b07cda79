//! The lenient reader: any bytes give a feed within its bounds, or a reason. The
//! reader of OPML too, which shares its scanner.

#![no_main]

use libfuzzer_sys::fuzz_target;
use newswatch::feed::{Hints, MAX_ITEMS, MAX_TEXT, MAX_TITLE, opml, parse};

fuzz_target!(|bytes: &[u8]| {
    let hints = Hints { content_type: None, url: Some("https://example.org/feed") };
    match parse(bytes, hints) {
        Ok((feed, _)) => {
            assert!(feed.items.len() <= MAX_ITEMS);
            for item in &feed.items {
                assert!(item.text.len() <= MAX_TEXT && item.title.len() <= MAX_TITLE);
                let spaces = item.title.split(' ').any(str::is_empty) && !item.title.is_empty();
                assert!(!spaces, "white space of a title is folded: {:?}", item.title);
                let urls = item.link.iter().filter(|link| link.contains(char::is_control));
                assert_eq!(urls.count(), 0, "{:?}", item.link);
            }
        }
        Err(not_a_feed) => assert!(!not_a_feed.looks_like.is_empty()),
    }
    if let Ok((outlines, _)) = opml::parse(bytes) {
        let written = opml::write("fuzz", &outlines);
        let (again, _) = opml::parse(written.as_bytes()).expect("what was written is OPML");
        let urls = |outlines: &[opml::Outline]| outlines.iter().map(|it| it.xml_url.clone()).collect::<Vec<_>>();
        assert_eq!(urls(&outlines), urls(&again));
    }
});
