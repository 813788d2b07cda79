//! What a document is that is no feed, and which feeds an HTML page names.

use super::link::Base;
use super::repair::Repairs;
use super::xml::{Scanner, Tag, Token};
use super::{Hints, NotAFeed};
use std::borrow::Cow;

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
    // What is wrong with a page is no repair of a feed.
    let mut repairs = Repairs::default();
    let mut scanner = Scanner::new(head, 0);
    loop {
        let tag = match scanner.next(&mut repairs) {
            Token::Start(tag) => tag,
            Token::Eof => return feeds,
            Token::End(_) | Token::Text(_) | Token::CData(_) => continue,
        };
        if tag.name.eq_ignore_ascii_case("base") {
            base = tag.get("href", &mut repairs).map_or(base.clone(), |href| base.join(&href));
        }
        let Some(address) = feed_of(&tag, &mut repairs) else { continue };
        let Some(address) = base.resolve(&address, &mut repairs) else { continue };
        if feeds.len() < MAX_FEEDS && !feeds.contains(&address) {
            feeds.push(address);
        }
    }
}

fn feed_of<'a>(tag: &Tag<'a>, repairs: &mut Repairs) -> Option<Cow<'a, str>> {
    let kinds = [
        "application/rss+xml",
        "application/atom+xml",
        "application/feed+json",
        "application/rdf+xml",
        "application/json",
        "text/xml",
        "application/xml",
    ];
    if !tag.name.eq_ignore_ascii_case("link") {
        return None;
    }
    let relations = tag.find("rel")?.raw();
    let kind = tag.find("type").map_or("", |kind| kind.raw());
    let kind = kind.split(';').next().unwrap_or_default().trim();
    let has = |relation: &str| relations.split_ascii_whitespace().any(|word| word.eq_ignore_ascii_case(relation));
    let is_feed = has("feed") || has("alternate") && kinds.iter().any(|known| known.eq_ignore_ascii_case(kind));
    if is_feed { tag.get("href", repairs) } else { None }
}
