//! Every file in `tests/feeds/` beside what is read from it. `UPDATE_EXPECT=1`
//! writes the goldens anew.

use expect_test::expect_file;
use newswatch::feed::{Hints, NotAFeed, ParsedFeed, ParsedItem, Repair, parse};
use std::fmt::Write as _;
use std::path::Path;

#[test]
fn samples_are_read_as_their_goldens_say() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/feeds");
    let mut samples: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    samples.retain(|path| path.extension().is_some_and(|extension| extension != "golden"));
    samples.sort();
    assert!(samples.len() > 15);
    for sample in samples {
        let bytes = std::fs::read(&sample).unwrap();
        let hints = Hints { url: Some("https://feeds.example.net/dir/feed.xml"), ..Hints::default() };
        let mut golden = sample.clone().into_os_string();
        golden.push(".golden");
        expect_file![golden].assert_eq(&describe(&parse(&bytes, hints)));
    }
}

fn describe(read: &Result<(ParsedFeed, Vec<Repair>), NotAFeed>) -> String {
    let mut out = String::new();
    match read {
        Err(error) => {
            writeln!(out, "not a feed: {}", error.looks_like).unwrap();
            for feed in &error.feeds {
                writeln!(out, "feed: {feed}").unwrap();
            }
        }
        Ok((feed, repairs)) => {
            head(&mut out, feed, repairs);
            feed.items.iter().for_each(|item| describe_item(&mut out, item));
        }
    }
    out
}

fn head(out: &mut String, feed: &ParsedFeed, repairs: &[Repair]) {
    let ParsedFeed { format, charset, title, link, language, pace, items: _, partial } = feed;
    writeln!(out, "{} in {}: {}", format.name(), charset.label, charset.source.describe()).unwrap();
    writeln!(out, "title: {title:?}\nlink: {link:?}\nlanguage: {language:?}").unwrap();
    let (hours, days) = (pace.skip_hours, pace.skip_days);
    writeln!(out, "at least: {:?} s, not in hours {hours:b}, not on days {days:b}", pace.at_least_seconds).unwrap();
    writeln!(out, "partial: {partial}").unwrap();
    for repair in repairs {
        writeln!(out, "repaired: {} {}", repair.count, repair.kind.name()).unwrap();
    }
}

fn describe_item(out: &mut String, item: &ParsedItem) {
    let ParsedItem { id, title, link, published, updated, authors, categories, summary, text, language } = item;
    writeln!(out, "\nitem: {title:?}\nid: {id:?}\nlink: {link:?}\nlanguage: {language:?}").unwrap();
    let show = |date: &Option<jiff::Timestamp>| date.map_or("none".to_owned(), |date| date.to_string());
    writeln!(out, "published: {}, updated: {}", show(published), show(updated)).unwrap();
    writeln!(out, "authors: {authors:?}, categories: {categories:?}").unwrap();
    writeln!(out, "summary: {summary:?}\ntext: {text:?}").unwrap();
}
