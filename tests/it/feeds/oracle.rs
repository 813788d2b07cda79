//! The reader against the `rss` crate, over RSS that is well-formed: both must
//! read the same from it, whoever wrote it and however it is written.

use jiff::fmt::rfc2822::DateTimeParser;
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
            "&",
            "<",
            ">",
            "&amp;",
            "<b>",
            "</b>",
            "<br/>",
            "<p class=\"x\">",
            "]]>",
            "<!--",
            "-->",
            "é",
            "日本",
            "\n",
            " ",
            "'",
            "\"",
            "&#8217;",
            "\u{a0}",
        ])
        .prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 1..6).prop_map(|pieces| pieces.concat())
}

fn address() -> impl Strategy<Value = String> {
    "[a-z][a-z0-9&=?/._-]{0,20}".prop_map(|path| format!("https://example.org/{path}"))
}

/// A way to write a text in XML.
#[derive(Debug, Clone, Copy)]
enum Way {
    Escaped,
    Section,
    Decimal,
    Hexadecimal,
    /// The first half escaped, the second in a CDATA section.
    Both,
}

fn way() -> impl Strategy<Value = Way> {
    prop::sample::select(vec![Way::Escaped, Way::Section, Way::Decimal, Way::Hexadecimal, Way::Both])
}

impl Way {
    fn write(self, text: &str) -> String {
        let by_number = |format: fn(u32) -> String| {
            let write = |c: char| if c.is_ascii_alphanumeric() { c.to_string() } else { format(u32::from(c)) };
            text.chars().map(write).collect()
        };
        match self {
            Self::Escaped => {
                text.replace('&', "&amp;").replace('<', "&lt;").replace("]]>", "]]&gt;").replace('"', "&quot;")
            }
            Self::Section => format!("<![CDATA[{}]]>", text.replace("]]>", "]]]]><![CDATA[>")),
            Self::Decimal => by_number(|code| format!("&#{code};")),
            Self::Hexadecimal => by_number(|code| format!("&#x{code:X};")),
            Self::Both => {
                let (escaped, section) = text.split_at(text.floor_char_boundary(text.len() / 2));
                Self::Escaped.write(escaped) + &Self::Section.write(section)
            }
        }
    }
}

/// An element with a text, however it is written.
fn element(start: &'static str, text: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    let name = start.split(' ').next().unwrap_or(start);
    let space = prop::sample::select(vec!["", " ", "\n    "]);
    (text, way(), space)
        .prop_map(move |(text, way, space)| format!("<{start}>{space}{}{space}</{name}>", way.write(&text)))
}

/// A date as RFC 822 has it, in any zone.
fn date() -> impl Strategy<Value = String> {
    let format = prop::sample::select(vec![
        "%a, %d %b %Y %H:%M:%S",
        "%d %b %Y %H:%M:%S",
        "%a, %-d %b %Y %H:%M:%S",
        "%a, %d %b %Y %H:%M",
    ]);
    (0_i64..4_000_000_000, -23_i32..24, format).prop_map(|(second, half_hours, format)| {
        let offset = jiff::tz::Offset::from_seconds(half_hours * 1800).unwrap();
        let local = offset.to_datetime(jiff::Timestamp::from_second(second).unwrap()).strftime(format).to_string();
        let sign = if half_hours < 0 { '-' } else { '+' };
        match half_hours.abs() {
            0 => format!("{local} GMT"),
            halves => format!("{local} {sign}{:02}{:02}", halves / 2, halves % 2 * 30),
        }
    })
}

/// Something between the elements that means nothing to an item or a channel.
fn noise() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "",
        "",
        "\n  ",
        "\r\n\t",
        "<!-- <item><title>no</title></item> & < -->",
        "<?php <title>no</title> ?>",
        "<empty/>",
        "<x:title xmlns:x=\"http://example.org/x\">no</x:title>",
        "<x:link xmlns:x='http://example.org/x' a='>'>no</x:link>",
        "<atom:link rel=\"self\" href=\"https://example.org/self\"/>",
        "<comments>https://example.org/comments</comments>",
        "<enclosure url=\"https://example.org/1.mp3\" length=\"1\" type=\"audio/mpeg\"/>",
        "<source url=\"https://example.org/other\">Other</source>",
        "<slash:comments>5</slash:comments>",
    ])
    .prop_map(str::to_owned)
}

/// Elements in any order, some of them missing, with something between them.
fn elements(fields: Vec<BoxedStrategy<String>>) -> impl Strategy<Value = String> {
    let fields = fields.into_iter().map(|field| prop_oneof![3 => field, 1 => Just(String::new())]);
    let parts: Vec<_> = fields.map(|field| (field, noise()).prop_map(|(field, noise)| field + &noise)).collect();
    parts.prop_shuffle().prop_map(|parts| parts.concat())
}

fn item_element() -> impl Strategy<Value = String> {
    let guid = prop_oneof![
        element("guid", address()),
        element("guid isPermaLink=\"false\"", address()),
        element("guid isPermaLink='true'", address()),
        element("guid isPermaLink = 'false'", text()),
    ];
    elements(vec![
        element("title", text()).boxed(),
        element("link", address()).boxed(),
        element("description", text()).boxed(),
        element("content:encoded", text()).boxed(),
        guid.boxed(),
        element("pubDate", date()).boxed(),
        element("category", "[a-z& ]{1,9}").boxed(),
        element("category domain=\"https://example.org/tags\"", "[a-z& ]{1,9}").boxed(),
    ])
    .prop_map(|inside| format!("<item>{inside}</item>"))
}

const NAMESPACES: &str = "xmlns:content=\"http://purl.org/rss/1.0/modules/content/\" \
    xmlns:atom='http://www.w3.org/2005/Atom' xmlns:slash = \"http://purl.org/rss/1.0/modules/slash/\"";

/// A document by nobody in particular.
fn document() -> impl Strategy<Value = String> {
    let start = prop::sample::select(vec![
        "",
        "\u{feff}",
        "<?xml version=\"1.0\"?>",
        "<?xml version='1.0' encoding='utf-8' standalone=\"yes\"?>\r\n",
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><?xml-stylesheet href=\"x.xsl\"?><!-- <rss> -->\n",
        "<?xml version=\"1.0\"?><!DOCTYPE rss PUBLIC \"-//Netscape Communications//DTD RSS 0.91//EN\" \"http://my.netscape.com/rss-0.91.dtd\">",
    ]);
    let head = (element("title", text()), element("link", address()), element("description", text()), noise());
    let items = prop::collection::vec((item_element(), noise()), 0..5);
    (start, head, items, any::<bool>()).prop_map(|(start, (title, link, description, noise), items, is_rdf)| {
        let items: String = items.into_iter().map(|(item, noise)| item + &noise).collect();
        let head = title + &noise + &link + &description;
        if is_rdf {
            let rdf = "xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/'";
            format!("{start}<rdf:RDF {rdf} {NAMESPACES}><channel>{head}</channel>{items}</rdf:RDF>")
        } else {
            format!("{start}<rss version=\"2.0\" {NAMESPACES}><channel>{head}{items}</channel></rss>\n")
        }
    })
}

/// An item for the writer of the crate.
fn item() -> impl Strategy<Value = Item> {
    let texts = (prop::option::of(text()), prop::option::of(text()), prop::option::of(text()));
    let rest = (
        prop::option::of(address()),
        prop::option::of((address(), any::<bool>())),
        prop::collection::vec("[a-z&<]{1,9}", 0..3),
        prop::option::of(date()),
    );
    (texts, rest).prop_map(|((title, description, content), (link, guid, categories, pub_date))| Item {
        title,
        description,
        content,
        link,
        guid: guid.map(|(value, permalink)| Guid { value, permalink }),
        categories: categories.into_iter().map(|name| Category { name, domain: None }).collect(),
        pub_date,
        ..Item::default()
    })
}

/// HTML as text; what has no tags and looks like HTML still was escaped twice.
fn from_html(text: &str) -> String {
    let once = html::read(text);
    if !once.has_tags && html::looks_like_html(&once.text) { html::to_text(&once.text) } else { once.text }
}

fn one_line(text: &str) -> String {
    let text = if html::looks_like_html(text) { from_html(text) } else { text.to_owned() };
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The letters and digits alone: where a tag is cut short, readings of the rest differ.
fn squeeze(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).collect()
}

/// Both read the same.
fn compare(document: &str) -> Result<(), TestCaseError> {
    let theirs = Channel::read_from(document.as_bytes()).unwrap();
    let (ours, repairs) = parse(document.as_bytes(), Hints::default()).unwrap();
    // Chance makes what looks as if it had been encoded twice.
    prop_assume!(!repairs.iter().any(|repair| repair.kind == RepairKind::DoubleEncoded));
    prop_assert_eq!(repairs, vec![]);
    prop_assert!(!ours.partial);
    prop_assert_eq!(&ours.title, &one_line(&theirs.title));
    prop_assert_eq!(ours.link.unwrap_or_default(), theirs.link);
    prop_assert_eq!(ours.items.len(), theirs.items.len());
    for (our, their) in ours.items.iter().zip(&theirs.items) {
        prop_assert_eq!(&our.title, &one_line(their.title.as_deref().unwrap_or_default()));
        let guid = their.guid.as_ref();
        let address = guid.filter(|guid| guid.permalink && guid.value.starts_with("https://")).map(|guid| &guid.value);
        prop_assert_eq!(our.link.as_ref(), their.link.as_ref().or(address));
        prop_assert_eq!(our.id.as_ref(), guid.map(|guid| &guid.value).filter(|id| !id.is_empty()));
        let date = their.pub_date.as_deref().map(|date| DateTimeParser::new().parse_timestamp(date).unwrap());
        prop_assert_eq!(our.published, date);
        let mut labels: Vec<String> = Vec::new();
        for label in their.categories.iter().map(|category| one_line(&category.name)) {
            if !label.is_empty() && !labels.contains(&label) {
                labels.push(label);
            }
        }
        prop_assert_eq!(&our.categories, &labels);
        let summary = squeeze(&from_html(their.description.as_deref().unwrap_or_default()));
        prop_assert_eq!(squeeze(&our.summary), summary.clone());
        let content = squeeze(&from_html(their.content.as_deref().unwrap_or_default()));
        let text = squeeze(&our.text);
        prop_assert!(text.contains(&content) && text.contains(&summary), "{:?} has not {:?}", our.text, content);
        prop_assert!(text.len() <= content.len() + summary.len());
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn reads_what_the_rss_crate_reads(document in document()) {
        compare(&document)?;
    }

    #[test]
    fn reads_what_the_rss_crate_writes(title in text(), items in prop::collection::vec(item(), 0..5)) {
        let channel = Channel { title, link: "https://example.org/".to_owned(), items, ..Channel::default() };
        compare(&channel.to_string())?;
    }
}
