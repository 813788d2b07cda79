//! The lenient reader: the bytes of a feed in, a [`ParsedFeed`] and the list of
//! repairs out. It reads RSS 0.9x, 1.0 and 2.0 (and RDF), Atom 0.3 and 1.0, and
//! JSON Feed 1 and 1.1, and never refuses a feed for one bad field.
//!
//! Pure: no I/O, no clock, no panic on any input. It judges nothing: a date in
//! the year 1970 is handed on as read; what to believe is for `engine`.

mod atom;
pub mod charset;
mod code_page;
mod date;
mod draft;
mod ebcdic;
mod entity;
mod field;
mod fields;
mod html_discovery;
mod json;
mod link;
pub mod opml;
mod repair;
mod rss;
mod vocabulary;
mod walk;
mod xml;
mod zone;

pub use self::charset::Charset;
pub use self::repair::{Repair, RepairKind};

use self::repair::Repairs;
use jiff::Timestamp;

/// What the transport knew about the bytes.
#[derive(Debug, Clone, Copy, Default)]
pub struct Hints<'a> {
    /// The value of the HTTP `Content-Type` header, as sent.
    pub content_type: Option<&'a str>,
    /// Where the bytes came from: the base of relative links.
    pub url: Option<&'a str>,
}

/// The syntax that a feed was written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// RSS 0.9x and 2.0.
    Rss,
    /// RSS 0.90, 1.0 and 1.1, whose root is `rdf:RDF`.
    Rdf,
    /// Atom 0.3 and 1.0.
    Atom,
    /// JSON Feed 1 and 1.1.
    Json,
}

impl Format {
    /// The name used in output: `rss`, `rdf`, `atom` or `json`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rss => "rss",
            Self::Rdf => "rdf",
            Self::Atom => "atom",
            Self::Json => "json",
        }
    }
}

/// A feed as read. Texts are plain text: tags stripped, entities decoded.
#[derive(Debug, Clone, PartialEq)]
pub struct ParsedFeed {
    /// The syntax it was written in.
    pub format: Format,
    /// The character encoding that its bytes were read in, and why that one.
    pub charset: Charset,
    /// The feed's title, white space folded; empty where it has none.
    pub title: String,
    /// The page that the feed belongs to, resolved to an absolute URL where possible.
    pub link: Option<String>,
    /// The feed's language as declared (`en-GB`), lower-cased primary subtag kept as written.
    pub language: Option<String>,
    /// What the feed says about when to poll it.
    pub pace: Pace,
    /// Its items in document order.
    pub items: Vec<ParsedItem>,
    /// The document ended early; only complete items are in `items`.
    pub partial: bool,
}

/// What a feed says about when to poll it (RSS `ttl`, `skipHours`, `skipDays`,
/// `sy:updatePeriod` with `sy:updateFrequency`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pace {
    /// The longest of `ttl` and `updatePeriod / updateFrequency`, in seconds.
    pub at_least_seconds: Option<u32>,
    /// Bit `h` set: do not poll in hour `h` (0 to 23, UTC).
    pub skip_hours: u32,
    /// Bit `d` set: do not poll on day `d` (0 is Monday, 6 is Sunday, UTC).
    pub skip_days: u8,
}

/// One entry of a feed, as read.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ParsedItem {
    /// The feed's own `guid` or `id`, trimmed; `None` where there is none.
    pub id: Option<String>,
    /// The title as plain text, white space folded to single spaces; may be empty.
    pub title: String,
    /// The item's page, resolved to an absolute URL where possible.
    pub link: Option<String>,
    /// When it was published, exactly as the feed says it.
    pub published: Option<Timestamp>,
    /// When it was last changed, exactly as the feed says it.
    pub updated: Option<Timestamp>,
    /// The names of its authors, in order, without duplicates.
    pub authors: Vec<String>,
    /// Its categories (labels before terms), in order, without duplicates.
    pub categories: Vec<String>,
    /// The summary as plain text; empty where there is none.
    pub summary: String,
    /// The body as plain text: the content, preceded by the summary (and a blank
    /// line) where the content does not contain it. At most [`MAX_TEXT`] bytes.
    pub text: String,
    /// The item's language, where it (or the feed) declares one.
    pub language: Option<String>,
}

/// The most bytes of [`ParsedItem::text`]; what is longer is cut at a character.
pub const MAX_TEXT: usize = 256 * 1024;

/// The bytes are no feed; says what they seem to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotAFeed {
    /// In words, for a person: "an HTML page", "empty", "a JSON document without items".
    pub looks_like: String,
    /// The feeds that an HTML page names (`<link rel="alternate">`), absolute.
    pub feeds: Vec<String>,
}

/// The most bytes of a title, a name or a label; what is longer is cut at a character.
pub const MAX_TITLE: usize = 8 * 1024;

/// The most items of one document; the rest are left out.
pub const MAX_ITEMS: usize = 20_000;

/// The most bytes of a language tag: every item of a feed may take it over.
const MAX_LANGUAGE: usize = 64;

/// The most of a feed's authors, and the most bytes of each of their names, that
/// every item without one takes over.
const MAX_INHERITED: usize = 8;
const MAX_INHERITED_NAME: usize = 128;

/// The most prefixes that are bound at a place in a document.
const MAX_BINDINGS: usize = 128;

/// The most authors, and the most categories, of one item.
const MAX_LABELS: usize = 200;

/// How deep elements may nest inside a field, or in a subscription list; what is
/// deeper is read as if it were this deep.
const MAX_DEPTH: usize = 256;

/// How deep elements may nest outside of fields. Every end tag is looked for among
/// these, so that this is a factor of the time that a hostile document takes.
const MAX_OPEN: usize = 64;

/// Reads the bytes of one feed, in time and memory linear in their number.
///
/// A feed is never refused for what is wrong with it: whatever can be read is
/// read, and every repair is listed.
///
/// # Errors
/// [`NotAFeed`] where nothing in the bytes can be read as a feed.
///
/// ```
/// use newswatch::feed::{Hints, parse};
/// let document = b"<rss><channel><item><title>Fish & chips</title><link>https://example.org/1";
/// let Ok((feed, repairs)) = parse(document, Hints::default()) else { unreachable!("it is a feed") };
/// assert!(feed.partial && feed.items.is_empty());
/// assert!(repairs.iter().any(|repair| repair.kind.name() == "truncated"));
/// ```
pub fn parse(bytes: &[u8], hints: Hints<'_>) -> Result<(ParsedFeed, Vec<Repair>), NotAFeed> {
    let mut repairs = Repairs::default();
    let decoded = charset::decode(bytes, hints, &mut repairs);
    let draft = if json::is_like(&decoded.text) {
        json::read(&decoded.text, hints, &mut repairs)
    } else {
        walk::read(&decoded.text, hints, &mut repairs)
    };
    match draft.finish(decoded.charset) {
        Some(feed) => Ok((feed, repairs.into_vec())),
        None => Err(html_discovery::explain(&decoded.text, hints)),
    }
}
