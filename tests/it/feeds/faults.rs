//! One fault at a time put into feeds that are well-formed: how many of the
//! titles that were read before are read afterwards.

use super::corpus::{Corpus, Tally, fold};
use newswatch::feed::{Format, Hints, ParsedFeed, Repair, RepairKind, parse};

/// A fault: its name, the per cent of titles that must survive it, and how it is put in.
type Fault = (&'static str, f64, fn(&str) -> Vec<u8>);

const FAULTS: &[Fault] = &[
    ("none", 100.0, |feed| feed.into()),
    ("bare ampersand", 99.0, |feed| into_texts(feed, " R&D & co ")),
    ("less-than in text", 99.0, |feed| into_texts(feed, " 1 < 2 <3 a<=b it's < 5")),
    ("HTML entity", 99.0, |feed| into_texts(feed, "&nbsp;&eacute;&hellip;&rsquo;")),
    ("control character", 99.0, |feed| into_texts(feed, "\u{8}\u{1}\u{c}")),
    ("unclosed tag", 99.0, |feed| into_texts(feed, " <b>bold <br> <p>")),
    ("tag without its end", 99.0, |feed| into_texts(feed, " <b")),
    ("quote without its end", 99.0, |feed| into_texts(feed, " <a href=\"x>link</a>")),
    ("stray end tag", 99.0, |feed| into_texts(feed, " </b></p></font> ")),
    ("junk before the prolog", 99.0, |feed| format!("Warning: mysql < 5 & in line 3\n{feed}").into()),
    ("HTML before the prolog", 99.0, |feed| {
        format!("<!DOCTYPE html><html><head><title>Oops</title></head><body><p>Error<br>in line 3{feed}").into()
    }),
    ("white space before the prolog", 99.0, |feed| format!("\r\n\t  {feed}").into()),
    ("junk after the end", 99.0, |feed| format!("{feed}\n<!-- cached --><script>x < y && z</script> bye & <b").into()),
    ("missing end tag of a field", 99.0, |feed| instead_of_ends(feed, "")),
    ("mismatched end tag of a field", 99.0, |feed| instead_of_ends(feed, "</wrong>")),
    ("missing end tags of items", 99.0, |feed| feed.replace("</item>", "").replace("</entry>", "").into()),
    ("missing closing tags", 99.0, |feed| {
        let end = feed.rfind("</item>").or(feed.rfind("</entry>")).map_or(feed.len(), |at| at + 7);
        feed[..end].into()
    }),
    ("all end tags at the end missing", 99.0, |feed| {
        let end = feed.rfind("</item>").or(feed.rfind("</entry>")).unwrap_or(feed.len());
        feed[..end].into()
    }),
    ("unquoted attribute", 99.0, |feed| {
        feed.replace("isPermaLink=\"false\"", "isPermaLink=false").replace("rel=\"alternate\"", "rel=alternate").into()
    }),
    ("unbound prefix", 99.0, |feed| into_items(feed, "<foo:bar>1</foo:bar><dc:creator>Jo</dc:creator>")),
    ("wrong charset declared", 99.0, |feed| declare(feed, "iso-8859-2")),
    ("false charset declared", 99.0, |feed| declare(feed, "x-klingon")),
    ("an invalid byte", 98.0, |feed| {
        let mut bytes = feed.as_bytes().to_vec();
        bytes.insert(places(feed, "</title>").last().copied().unwrap_or(bytes.len()), 0xff);
        bytes
    }),
];

/// Where texts with this end tag can be changed: not in CDATA, where much of
/// this is no fault.
fn places(feed: &str, end: &str) -> Vec<usize> {
    feed.match_indices(end).map(|(at, _)| at).filter(|&at| !feed[..at].trim_end().ends_with("]]>")).collect()
}

/// Puts something at the end of the second title of the document and of the last description.
fn into_texts(feed: &str, fault: &str) -> Vec<u8> {
    let description = ["</description>", "</summary>"].iter().find_map(|end| places(feed, end).last().copied());
    let mut at: Vec<_> = places(feed, "</title>").get(1).copied().into_iter().chain(description).collect();
    at.sort_unstable();
    let mut out = feed.to_owned();
    for &at in at.iter().rev() {
        out.insert_str(at, fault);
    }
    out.into()
}

fn into_items(feed: &str, fault: &str) -> Vec<u8> {
    let at = feed.find("</item>").or(feed.find("</entry>")).unwrap_or(feed.len());
    [&feed[..at], fault, &feed[at..]].concat().into()
}

/// Replaces the second end tag of each of these kinds.
fn instead_of_ends(feed: &str, replacement: &str) -> Vec<u8> {
    let mut out = feed.to_owned();
    for end in ["</title>", "</description>", "</summary>", "</link>", "</pubDate>", "</guid>", "</author>"] {
        if let Some((at, _)) = out.clone().match_indices(end).nth(1) {
            out.replace_range(at..at + end.len(), replacement);
        }
    }
    out.into()
}

fn declare(feed: &str, charset: &str) -> Vec<u8> {
    let body = feed.find("?>").map_or(feed, |at| &feed[at + 2..]);
    format!("<?xml version=\"1.0\" encoding=\"{charset}\"?>{body}").into()
}

fn titles(feed: &ParsedFeed) -> Vec<String> {
    feed.items.iter().map(|item| fold(&item.title)).collect()
}

/// The feeds to put faults into: UTF-8, sound XML, at least one item, each with a title.
fn sound_feeds(corpus: &Corpus) -> Vec<String> {
    corpus.all().into_iter().filter_map(|bytes| String::from_utf8(bytes).ok()).filter(|text| is_sound(text)).collect()
}

fn is_sound(text: &str) -> bool {
    // These are no faults of the syntax.
    let is_mild = |repair: &Repair| {
        use RepairKind::{UnreadableDate, UnreadableLink};
        matches!(repair.kind, UnreadableDate | UnreadableLink)
    };
    parse(text.as_bytes(), Hints::default()).is_ok_and(|(feed, repairs)| {
        repairs.iter().all(is_mild)
            && feed.format != Format::Json
            && text.len() < 40_000
            && !feed.items.is_empty()
            && titles(&feed).iter().all(|title| !title.is_empty())
    })
}

#[test]
fn one_fault_costs_no_titles() {
    let Some(corpus) = Corpus::open() else { return };
    let feeds = sound_feeds(&corpus);
    assert!(feeds.len() > 20, "only {} feeds to put faults into", feeds.len());
    let mut tally = Tally::default();
    for text in &feeds {
        let Ok((before, _)) = parse(text.as_bytes(), Hints::default()) else { unreachable!("it was read before") };
        for (name, _, fault) in FAULTS {
            let after = parse(&fault(text), Hints::default()).map_or(Vec::new(), |(feed, _)| titles(&feed));
            for title in titles(&before) {
                // Some faults add words to a title.
                let is_there = after.iter().any(|found| found.starts_with(&title));
                if !tally.count(name, "titles", is_there) && std::env::var_os("NEWSWATCH_DIFF").is_some() {
                    println!("LOST {name}: {title:?} of {:?}, found {after:?}", before.title);
                }
            }
        }
    }
    tally.print("fault");
    for (name, percent, _) in FAULTS {
        tally.expect_in(name, "titles", *percent);
    }
}

#[test]
fn a_truncated_feed_keeps_every_complete_item() {
    let Some(corpus) = Corpus::open() else { return };
    for text in sound_feeds(&corpus) {
        let end = text.floor_char_boundary(text.len() * 7 / 10);
        let head = &text[..end];
        let complete = head.matches("</item>").count() + head.matches("</entry>").count();
        let Ok((before, _)) = parse(text.as_bytes(), Hints::default()) else { unreachable!("it was read before") };
        let Ok((after, repairs)) = parse(head.as_bytes(), Hints::default()) else {
            assert_eq!(complete, 0, "{head:.200}");
            continue;
        };
        assert!(after.partial, "{head:.200}");
        assert_eq!(repairs[0].kind.name(), "truncated");
        let expected = &before.items[..complete];
        assert_eq!(&after.items[..complete], expected);
        assert!(after.items.len() <= complete + 1);
    }
}
