//! The reader against the `rss` crate, over RSS that is well-formed: both must
//! read the same from it.

use newswatch::feed::{Hints, RepairKind, parse};
use newswatch::text::html;
use proptest::prelude::*;
use rss::{Category, Channel, Guid, Item};

/// Any text, with what is special in XML and HTML more often than by chance.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[ -~]{1,12}",
        "\\PC{1,6}",
        prop::sample::select(vec![
            "&", "<", ">", "&amp;", "<b>", "</b>", "]]>", "é", "日本", "\n", " ", "'", "\"", "&#8217;"
        ])
        .prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 1..6).prop_map(|pieces| pieces.concat())
}

fn word() -> impl Strategy<Value = String> {
    "[a-z][a-z0-9&=?/._-]{0,20}".prop_map(|path| format!("https://example.org/{path}"))
}

fn item() -> impl Strategy<Value = Item> {
    let texts = (prop::option::of(text()), prop::option::of(text()), prop::option::of(text()));
    let rest = (
        prop::option::of(word()),
        prop::option::of(word()),
        prop::collection::vec("[a-z&<]{1,9}", 0..3),
        0_i64..4_000_000_000,
    );
    (texts, rest).prop_map(|((title, description, content), (link, guid, categories, date))| Item {
        title,
        description,
        content,
        link,
        guid: guid.map(|value| Guid { value, permalink: false }),
        categories: categories.into_iter().map(|name| Category { name, domain: None }).collect(),
        pub_date: jiff::Timestamp::from_second(date)
            .ok()
            .map(|date| date.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()),
        ..Item::default()
    })
}

fn one_line(text: &str) -> String {
    let text = if html::looks_like_html(text) { html::to_text(text) } else { text.to_owned() };
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The letters and digits alone: where a tag is cut short, readings of the rest differ.
fn squeeze(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).collect()
}

proptest! {
    #[test]
    fn reads_what_the_rss_crate_reads(title in text(), items in prop::collection::vec(item(), 0..5)) {
        let channel = Channel { title, link: "https://example.org/".to_owned(), items, ..Channel::default() };
        let document = channel.to_string();
        let theirs = Channel::read_from(document.as_bytes()).unwrap();
        let (ours, repairs) = parse(document.as_bytes(), Hints::default()).unwrap();
        // Chance makes what looks as if it had been encoded twice.
        prop_assume!(!repairs.iter().any(|repair| repair.kind == RepairKind::DoubleEncoded));
        prop_assert_eq!(repairs, vec![], "{}", &document);
        prop_assert_eq!(&ours.title, &one_line(&theirs.title));
        prop_assert_eq!(ours.items.len(), theirs.items.len());
        for (our, their) in ours.items.iter().zip(&theirs.items) {
            prop_assert_eq!(&our.title, &one_line(their.title.as_deref().unwrap_or_default()));
            prop_assert_eq!(&our.link, &their.link);
            prop_assert_eq!(our.id.as_ref(), their.guid.as_ref().map(|guid| &guid.value));
            let date = our.published.map(|date| date.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string());
            prop_assert_eq!(&date, &their.pub_date);
            prop_assert!(our.categories.iter().all(|name| their.categories.iter().any(|their| their.name.trim() == name)));
            let content = html::to_text(their.content.as_deref().unwrap_or_default());
            // What looks like HTML still is taken for HTML that was escaped twice.
            let has_it = squeeze(&our.text).contains(&squeeze(&content))
                || squeeze(&our.text).contains(&squeeze(&html::to_text(&content)));
            prop_assert!(has_it, "{:?} has no {:?}", our.text, content);
        }
    }
}
