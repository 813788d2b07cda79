//! What a document is that is no feed, and which feeds an HTML page names.

use super::link::Base;
use super::repair::Repairs;
use super::xml::{Scanner, Tag, Token};
use super::{Hints, NotAFeed};
use crate::text::html;
use memchr::memchr_iter;
use std::borrow::Cow;
use url::Url;

/// How far into a page its feeds are looked for, in bytes: they are named in its head.
const HEAD: usize = 512 * 1024;

/// The most feeds that are named.
const MAX_FEEDS: usize = 50;

/// Says what the text seems to be, and which feeds it names if it is a page.
pub(super) fn explain(text: &str, hints: Hints<'_>) -> NotAFeed {
    let looks_like = looks_like(text, hints);
    let feeds = if looks_like == PAGE { feeds(text, hints) } else { Vec::new() };
    NotAFeed { looks_like: looks_like.to_owned(), feeds }
}

const PAGE: &str = "an HTML page";

fn looks_like(text: &str, hints: Hints<'_>) -> &'static str {
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    let head = text.get(..text.floor_char_boundary(4096)).unwrap_or_default().to_ascii_lowercase();
    let has = |what: &str| head.contains(what);
    match head.as_bytes().first() {
        None => "empty",
        Some(b'{' | b'[') => "a JSON document without items",
        _ if has("<opml") => "an OPML subscription list",
        _ if has("<urlset") || has("<sitemapindex") => "a sitemap",
        _ if has("<!doctype html") || has("<html") || has("<head") || has("<body") => PAGE,
        Some(b'<') if begins_as_page(&head, hints) => PAGE,
        Some(b'<') => "an XML document that is no feed",
        Some(_) if head.contains('\0') || head.starts_with("%pdf") => "binary data",
        Some(_) => "plain text",
    }
}

/// Whether the first element is one that only HTML begins with, or that it may begin
/// with where the server says that it is HTML: all tags around the head may be left out.
fn begins_as_page(head: &str, hints: Hints<'_>) -> bool {
    let mut scanner = Scanner::new(head, 0);
    let mut repairs = Repairs::default();
    let name = loop {
        match scanner.next(&mut repairs) {
            Token::Start(tag) => break tag.name,
            Token::Eof => return false,
            Token::End(_) | Token::Text(_) | Token::CData(_) => {}
        }
    };
    let kind = hints.content_type.and_then(|kind| kind.split(';').next()).unwrap_or_default().trim();
    let is_said = ["text/html", "application/xhtml+xml"].iter().any(|known| known.eq_ignore_ascii_case(kind));
    ["meta", "title", "base", "script", "style"].contains(&name) || is_said && html::is_element(name)
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
        if !tag.is_empty && RAW.iter().any(|raw| raw.eq_ignore_ascii_case(tag.name)) {
            let Some(end) = end_of(head, scanner.position(), tag.name) else { return feeds };
            scanner = Scanner::new(head, end);
            continue;
        }
        if tag.name.eq_ignore_ascii_case("base") {
            base = tag.get("href", &mut repairs).map_or(base.clone(), |href| base.join(&href));
        }
        let Some(address) = feed_of(&tag, &mut repairs) else { continue };
        let Some(address) = base.resolve(&address, &mut repairs).and_then(|address| shown(&address, hints)) else {
            continue;
        };
        if feeds.len() < MAX_FEEDS && !feeds.contains(&address) {
            feeds.push(address);
        }
    }
}

/// The elements in which a tag is text.
const RAW: &[&str] = &["script", "style", "title", "textarea", "xmp", "iframe", "noembed", "noframes"];

/// Where the end tag with this name begins, from `from` on.
fn end_of(text: &str, from: usize, name: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let is_end = |at: &usize| {
        let Some([b'<', b'/', rest @ ..]) = bytes.get(*at..) else { return false };
        rest.get(..name.len()).is_some_and(|found| found.eq_ignore_ascii_case(name.as_bytes()))
    };
    memchr_iter(b'<', bytes.get(from..)?).map(|at| from + at).find(is_end)
}

/// An address as it may be told: one of the web, with what is secret in it masked.
fn shown(address: &str, hints: Hints<'_>) -> Option<String> {
    let parsed = match address.strip_prefix("//") {
        Some(rest) => Url::parse(&format!("https://{rest}")),
        None => Url::parse(address),
    };
    let mut url = match parsed {
        // Nobody knows what it is relative to.
        Err(url::ParseError::RelativeUrlWithoutBase) => return Some(address.to_owned()),
        parsed => parsed.ok().filter(|url| may_be_told(url, hints))?,
    };
    // Neither can fail: the URL has a host.
    if url.password().is_some() {
        let _ = url.set_password(Some("***"));
    } else if !url.username().is_empty() {
        let _ = url.set_username("***");
    }
    Some(url.into())
}

/// It is one of the web, or a page in a file names what may be a file beside it.
fn may_be_told(url: &Url, hints: Hints<'_>) -> bool {
    let is_in_file = || hints.url.is_some_and(|page| page.starts_with("file:"));
    matches!(url.scheme(), "http" | "https") || url.scheme() == "file" && is_in_file()
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
