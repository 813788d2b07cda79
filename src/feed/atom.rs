//! What is peculiar to Atom: links with relations, text constructs with types
//! (1.0: RFC 4287, section 3.1; 0.3: `type` and `mode`), people with parts.

use super::field::{Inside, Markup};
use super::repair::Repairs;
use super::rss;
use super::xml::Tag;
use std::borrow::Cow;

/// How the inside of a text construct is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Writing {
    /// As characters or markup.
    Text(Markup),
    /// As base64 of characters or markup.
    Base64(Markup),
    /// As something that is no text.
    Binary,
}

/// By the attributes `type`, `mode` and `src`; `default` is what the element is
/// where they say nothing.
pub(super) fn writing(tag: &Tag<'_>, default: Markup) -> Writing {
    if !tag.has_attributes() {
        return Writing::Text(default);
    }
    let [kind, mode] = tag.find_all(["type", "mode"]).map(|found| found.map(|found| found.raw().to_ascii_lowercase()));
    let kind = kind.as_deref().map(|kind| kind.split(';').next().unwrap_or(kind).trim());
    let markup = match kind {
        None | Some("") => Some(default),
        Some("text" | "text/plain" | "plain") => Some(Markup::Plain),
        Some("html" | "text/html") => Some(Markup::Html),
        Some("xhtml" | "application/xhtml+xml") => Some(Markup::Xhtml),
        // Any other text or XML: its characters.
        Some(kind) if kind.starts_with("text/") || kind.ends_with("xml") => Some(Markup::Plain),
        Some(kind) if !kind.contains('/') => Some(default),
        Some(kind) if ["image/", "audio/", "video/"].iter().any(|media| kind.starts_with(media)) => {
            return Writing::Binary;
        }
        Some(_) => None,
    };
    match (markup, mode.as_deref()) {
        (Some(markup), Some("base64")) => Writing::Base64(markup),
        (Some(Markup::Xhtml), Some("escaped")) => Writing::Text(Markup::Html),
        (Some(markup), _) => Writing::Text(markup),
        // Section 4.1.3.3 of RFC 4287: any other media type is base64.
        (None, _) => Writing::Base64(Markup::Plain),
    }
}

/// What a link's relation says about whether it is the page of its item or feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Relation {
    /// The page, as HTML as far as is known.
    Page,
    /// The same in another format.
    OtherFormat,
    /// Something else: the feed itself, an enclosure, a related page.
    Other,
}

/// The address of a link with attributes, and its relation; `None` where it has no address.
pub(super) fn link<'a>(tag: &Tag<'a>, repairs: &mut Repairs) -> Option<(Cow<'a, str>, Relation)> {
    let [href, url, uri, relation, kind] = tag.find_all(["href", "url", "uri", "rel", "type"]);
    let address = href.or(url).or(uri)?.value(repairs);
    let relation = relation.map_or("alternate", |relation| relation.raw());
    // Atom allows the registry's address before the name.
    let relation = relation.rsplit('/').next().unwrap_or(relation);
    let kind = kind.map_or("text/html", |kind| kind.raw());
    let is_page =
        ["text/html", "application/xhtml+xml", "html", "xhtml", ""].iter().any(|html| html.eq_ignore_ascii_case(kind));
    let relation = match relation.eq_ignore_ascii_case("alternate") {
        true if is_page => Relation::Page,
        true => Relation::OtherFormat,
        false => Relation::Other,
    };
    Some((address, relation))
}

/// The name of a person: of the parts if it has any, else of the line.
pub(super) fn person(inside: &Inside<'_>, repairs: &mut Repairs) -> String {
    if !inside.has_tags {
        return rss::person(&inside.line(Markup::Plain, repairs));
    }
    let part = |local| rss::texts(inside, local).find(|text| !text.is_empty());
    part("name").or_else(|| part("email")).unwrap_or_else(|| rss::person(&inside.line(Markup::Plain, repairs)))
}
