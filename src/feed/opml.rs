//! OPML 1 and 2 (<http://opml.org/spec2.opml>): subscription lists in and out,
//! as lenient in reading as the rest of `feed`.

use super::html_discovery;
use super::link::unbroken;
use super::repair::Repairs;
use super::xml::{Scanner, Tag, Token, local_name};
use super::{Hints, MAX_DEPTH, NotAFeed, Repair, RepairKind, charset};
use std::borrow::Cow;

/// The most feeds of one list; the rest are left out.
const MAX_OUTLINES: usize = 100_000;

/// The most tags of one feed, and the most bytes of each: every feed takes over the
/// titles of the outlines that it stands in. The rest are left out.
const MAX_TAGS: usize = 50;
const MAX_TAG: usize = 256;

/// One feed of a subscription list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outline {
    /// `title`, else `text`; may be empty.
    pub title: String,
    /// The feed: `xmlUrl`, trimmed and without controls.
    pub xml_url: String,
    /// The page: `htmlUrl`, where given.
    pub html_url: Option<String>,
    /// The titles of the outlines it stands in, then its `category` (split at
    /// commas, slashes at the ends taken off), without duplicates; at most 50 of
    /// 256 bytes.
    pub tags: Vec<String>,
    /// `isComment`, its own or that of an outline it stands in: it is not to be read.
    pub is_off: bool,
    /// The byte offset of its `<` in the document as given (in the decoded text
    /// where that was not UTF-8).
    pub offset: usize,
}

/// Reads the outlines that name a feed, in document order.
///
/// ```
/// use newswatch::feed::opml::parse;
/// let list = br#"<opml><body><outline text="World"><outline text="A & B" xmlUrl="https://example.org/rss"/>"#;
/// let Ok((feeds, repairs)) = parse(list) else { unreachable!("it is OPML") };
/// assert_eq!((feeds[0].title.as_str(), feeds[0].tags[0].as_str(), feeds[0].offset), ("A & B", "World", 34));
/// assert_eq!(repairs[0].kind.name(), "truncated");
/// ```
///
/// # Errors
/// [`NotAFeed`] where the bytes are no OPML document.
pub fn parse(bytes: &[u8]) -> Result<(Vec<Outline>, Vec<Repair>), NotAFeed> {
    let mut repairs = Repairs::default();
    let decoded = charset::decode(bytes, Hints::default(), &mut repairs);
    // What the decoder took off the front: offsets are those of the bytes as given.
    let mark = if bytes.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    let mut list = List { outlines: Vec::new(), open: Vec::new(), has_root: false, has_end: false, mark };
    let mut scanner = Scanner::new(&decoded.text, 0);
    loop {
        match scanner.next(&mut repairs) {
            Token::Start(tag) => list.start(&tag, scanner.start(), &mut repairs),
            Token::End(name) => list.end(name),
            Token::Text(_) | Token::CData(_) => {}
            Token::Eof => break,
        }
    }
    if !list.has_root {
        return Err(html_discovery::explain(&decoded.text, Hints::default()));
    }
    if !list.has_end {
        repairs.note(RepairKind::Truncated);
    }
    Ok((list.outlines, repairs.into_vec()))
}

struct List {
    outlines: Vec<Outline>,
    /// The open outlines.
    open: Vec<Folder>,
    has_root: bool,
    has_end: bool,
    mark: usize,
}

struct Folder {
    /// Empty for one that is a feed itself.
    title: String,
    is_off: bool,
}

impl List {
    fn start(&mut self, tag: &Tag<'_>, offset: usize, repairs: &mut Repairs) {
        let name = local_name(tag.name);
        self.has_root |= name.eq_ignore_ascii_case("opml");
        if !name.eq_ignore_ascii_case("outline") {
            return;
        }
        tag.check(repairs);
        let title = text(tag, "title", repairs).or_else(|| text(tag, "text", repairs)).unwrap_or_default();
        let feed = text(tag, "xmlUrl", repairs).or_else(|| text(tag, "url", repairs).filter(|_| is_feed(tag)));
        let is_off = self.open.last().is_some_and(|folder| folder.is_off) || is_comment(tag);
        let mut folder = Folder { title, is_off };
        if let Some(xml_url) = feed.map(|url| unbroken(&url)).filter(|url| !url.is_empty()) {
            let title = std::mem::take(&mut folder.title);
            let outline = Outline { title, xml_url, is_off, offset: offset + self.mark, ..Outline::default() };
            self.push(outline, tag, repairs);
        }
        if !tag.is_empty && self.open.len() < MAX_DEPTH {
            self.open.push(folder);
        }
    }

    /// Adds a feed, with what else its outline and those around it say of it.
    fn push(&mut self, mut outline: Outline, tag: &Tag<'_>, repairs: &mut Repairs) {
        if self.outlines.len() >= MAX_OUTLINES {
            return repairs.note(RepairKind::TooManyItems);
        }
        let categories = text(tag, "category", repairs).unwrap_or_default();
        let folders = self.open.iter().map(|folder| folder.title.as_str());
        let labels = folders.chain(categories.split(',').map(listed)).map(str::trim);
        for label in labels.filter(|label| (1..=MAX_TAG).contains(&label.len())) {
            if outline.tags.len() >= MAX_TAGS {
                break;
            }
            if !outline.tags.iter().any(|tag| tag == label) {
                outline.tags.push(label.to_owned());
            }
        }
        outline.html_url = text(tag, "htmlUrl", repairs);
        self.outlines.push(outline);
    }

    fn end(&mut self, name: &str) {
        let name = local_name(name);
        if name.eq_ignore_ascii_case("outline") {
            self.open.pop();
        }
        self.has_end |= name.eq_ignore_ascii_case("opml");
    }
}

/// A value that is not empty.
fn text(tag: &Tag<'_>, name: &str, repairs: &mut Repairs) -> Option<String> {
    tag.get(name, repairs).map(Cow::into_owned).filter(|text| !text.is_empty())
}

/// OPML 1 has feeds as `type="rss"` with a `url`.
fn is_feed(tag: &Tag<'_>) -> bool {
    tag.find("type").is_some_and(|kind| ["rss", "atom", "feed"].iter().any(|k| k.eq_ignore_ascii_case(kind.raw())))
}

fn is_comment(tag: &Tag<'_>) -> bool {
    tag.find("isComment").is_some_and(|value| value.raw().eq_ignore_ascii_case("true"))
}

/// A tag as one of a `category` list.
fn listed(tag: &str) -> &str {
    tag.trim().trim_matches('/')
}

/// Writes an OPML 2.0 document with one outline a feed. Tags become `category`, or
/// folders around the feed where such a list cannot hold them.
#[must_use]
pub fn write(title: &str, outlines: &[Outline]) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<opml version=\"2.0\">\n");
    out.extend(["  <head>\n    <title>", &escape(title), "</title>\n  </head>\n  <body>\n"]);
    for outline in outlines {
        let (plain, odd): (Vec<&str>, Vec<&str>) =
            outline.tags.iter().map(String::as_str).partition(|tag| listed(tag) == *tag && !tag.contains(','));
        out.push_str("    ");
        for tag in &odd {
            out.push_str("<outline");
            attribute(&mut out, "text", tag);
            out.push('>');
        }
        let name = if outline.title.is_empty() { &outline.xml_url } else { &outline.title };
        out.push_str("<outline type=\"rss\"");
        attribute(&mut out, "text", name);
        attribute(&mut out, "title", name);
        attribute(&mut out, "xmlUrl", &outline.xml_url);
        attribute(&mut out, "htmlUrl", outline.html_url.as_deref().unwrap_or_default());
        attribute(&mut out, "category", &plain.join(","));
        attribute(&mut out, "isComment", if outline.is_off { "true" } else { "" });
        out.push_str("/>");
        out.push_str(&"</outline>".repeat(odd.len()));
        out.push('\n');
    }
    out.push_str("  </body>\n</opml>\n");
    out
}

fn attribute(out: &mut String, name: &str, value: &str) {
    if !value.is_empty() {
        out.extend([" ", name, "=\"", &escape(value), "\""]);
    }
}

/// XML's own five, and no character that XML forbids.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            '\n' | '\t' => out.push(' '),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
            c => out.push(c),
        }
    }
    out
}
