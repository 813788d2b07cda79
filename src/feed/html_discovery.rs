//! What a document is that is no feed, and which feeds an HTML page names.

use super::link::Base;
use super::repair::Repairs;
use super::{Hints, NotAFeed};
use html5gum::{StartTag, Token, Tokenizer};

/// How far into a page its feeds are looked for, in bytes: they are named in its head.
const HEAD: usize = 512 * 1024;

/// The most feeds that are named.
const MAX_FEEDS: usize = 50;

/// Says what the text seems to be, and which feeds it names if it is a page.
pub(super) fn explain(text: &str, hints: Hints<'_>) -> NotAFeed {
    let looks_like = looks_like(text);
    let feeds = if looks_like == PAGE { feeds(text, hints) } else { Vec::new() };
    NotAFeed { looks_like: looks_like.to_owned(), feeds }
}

const PAGE: &str = "an HTML page";

fn looks_like(text: &str) -> &'static str {
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    let head = text.get(..text.floor_char_boundary(4096)).unwrap_or_default().to_ascii_lowercase();
    let has = |what: &str| head.contains(what);
    match head.as_bytes().first() {
        None => "empty",
        Some(b'{' | b'[') => "a JSON document without items",
        _ if has("<opml") => "an OPML subscription list",
        _ if has("<urlset") || has("<sitemapindex") => "a sitemap",
        _ if has("<!doctype html") || has("<html") || has("<head") || has("<body") => PAGE,
        Some(b'<') => "an XML document that is no feed",
        Some(_) if head.contains('\0') || head.starts_with("%pdf") => "binary data",
        Some(_) => "plain text",
    }
}

/// The feeds that a page names by `<link rel="alternate">`, absolute, in order,
/// without duplicates.
fn feeds(text: &str, hints: Hints<'_>) -> Vec<String> {
    let head = text.get(..text.floor_char_boundary(HEAD)).unwrap_or_default();
    let mut base = Base::new(hints.url);
    let mut feeds = Vec::new();
    let mut repairs = Repairs::default();
    for token in Tokenizer::new(head) {
        let Ok(Token::StartTag(tag)) = token else { continue };
        if tag.name.as_slice() == b"base" {
            base = attribute(&tag, b"href").map_or(base.clone(), |href| base.join(&href));
        }
        let Some(address) = feed_of(&tag).and_then(|address| base.resolve(&address, &mut repairs)) else { continue };
        if feeds.len() < MAX_FEEDS && !feeds.contains(&address) {
            feeds.push(address);
        }
    }
    feeds
}

fn feed_of(tag: &StartTag<()>) -> Option<String> {
    let kinds = [
        "application/rss+xml",
        "application/atom+xml",
        "application/feed+json",
        "application/rdf+xml",
        "application/json",
        "text/xml",
        "application/xml",
    ];
    if tag.name.as_slice() != b"link" {
        return None;
    }
    let relations = attribute(tag, b"rel")?.to_ascii_lowercase();
    let kind = attribute(tag, b"type").unwrap_or_default().to_ascii_lowercase();
    let has = |relation| relations.split_ascii_whitespace().any(|word| word == relation);
    let is_feed = has("feed") || has("alternate") && kinds.contains(&kind.split(';').next().unwrap_or_default().trim());
    is_feed.then(|| attribute(tag, b"href"))?
}

fn attribute(tag: &StartTag<()>, name: &[u8]) -> Option<String> {
    let value = tag.attributes.get(name)?;
    Some(String::from_utf8_lossy(value).trim().to_owned())
}
