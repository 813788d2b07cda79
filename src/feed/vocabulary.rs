//! What an element's name means, whatever its prefix and the case of its letters.
//!
//! Feeds mix vocabularies freely (Dublin Core in RSS, Atom's dates in RSS, RSS
//! elements in Atom), so there is one table for all of them. What is read from
//! each element is for `walk`.

use super::MAX_BINDINGS;
use super::xml::Tag;

/// The vocabularies that are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Space {
    /// RSS of any version, Atom of any version, and elements without a namespace.
    Core,
    /// RDF syntax.
    Rdf,
    /// Dublin Core, elements and terms.
    DublinCore,
    /// The RSS module `content`.
    Content,
    /// Media RSS.
    Media,
    /// Apple's podcast elements.
    Itunes,
    /// The RSS module `syndication`.
    Syndication,
    /// FeedBurner.
    FeedBurner,
    /// XHTML, SVG and MathML.
    Markup,
    /// Anything else that is bound.
    Other,
}

impl Space {
    /// By the namespace's URI; `None` where it is unknown.
    fn of_uri(uri: &str) -> Option<Self> {
        let uri = uri.trim().to_ascii_lowercase();
        let uri = uri.strip_prefix("https:").or(uri.strip_prefix("http:")).unwrap_or(&uri);
        let uri = uri.trim_end_matches(['/', '#']);
        let core = [
            "//www.w3.org/2005/atom",
            "//purl.org/atom/ns",
            "//purl.org/rss",
            "//my.netscape.com/rdf",
            "//backend.userland.com/rss",
            "//blogs.law.harvard.edu/tech/rss",
            "//channel.netscape.com/rdf",
            "//purl.org/net/rss1.1",
            "//purl.org/echo",
            "//purl.org/pie",
            "//example.com/necho",
            "//example.com/newformat",
            "uri/of/echo/namespace",
        ];
        Some(match uri {
            "//www.w3.org/1999/02/22-rdf-syntax-ns" => Self::Rdf,
            "//purl.org/dc/elements/1.1" | "//purl.org/dc/elements/1.0" | "//purl.org/dc/terms" => Self::DublinCore,
            "//purl.org/rss/1.0/modules/content" => Self::Content,
            "//search.yahoo.com/mrss" => Self::Media,
            "//purl.org/rss/1.0/modules/syndication" => Self::Syndication,
            "//rssnamespace.org/feedburner/ext/1.0" => Self::FeedBurner,
            "//www.w3.org/1999/xhtml" | "//www.w3.org/2000/svg" | "//www.w3.org/1998/math/mathml" => Self::Markup,
            _ if uri.contains("/dtds/podcast-1.0.dtd") => Self::Itunes,
            _ if uri.starts_with("//purl.org/rss/1.0/modules/") && !uri.ends_with("/rss091") => Self::Other,
            _ if core.iter().any(|core| uri.starts_with(core)) => Self::Core,
            _ => return None,
        })
    }

    /// By the prefix that everyone uses for it, where the prefix is not bound, or to a URI
    /// that nobody knows: most are misspelt. `None` where there is no such habit. A default
    /// namespace that nobody knows is a feed's own invention: it is taken for none.
    fn of_prefix(prefix: &str) -> Option<Self> {
        Some(match prefix {
            "" | "rss" | "atom" | "atom03" | "atom10" | "a10" => Self::Core,
            "rdf" => Self::Rdf,
            "dc" | "dcterms" => Self::DublinCore,
            "content" => Self::Content,
            "media" => Self::Media,
            "itunes" => Self::Itunes,
            "sy" => Self::Syndication,
            "feedburner" => Self::FeedBurner,
            "xhtml" | "html" | "svg" | "math" => Self::Markup,
            _ => return None,
        })
    }
}

/// The prefixes that are bound at some place in a document.
#[derive(Debug, Default)]
pub(super) struct Bindings<'a>(Vec<(&'a str, Space)>);

impl<'a> Bindings<'a> {
    /// Adds those of one tag; returns the number of bindings before.
    pub(super) fn enter(&mut self, tag: &Tag<'a>) -> usize {
        let before = self.0.len();
        for attribute in tag.attributes() {
            let prefix = match attribute.name.split_once(':') {
                None if attribute.name == "xmlns" => "",
                Some(("xmlns", prefix)) => prefix,
                _ => continue,
            };
            if self.0.len() < MAX_BINDINGS {
                let space = Space::of_uri(attribute.raw()).or_else(|| Space::of_prefix(prefix));
                self.0.push((prefix, space.unwrap_or(Space::Other)));
            }
        }
        before
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Takes back what was bound since [`Self::enter`] returned `length`.
    pub(super) fn leave(&mut self, length: usize) {
        self.0.truncate(length);
    }

    /// The vocabulary of a prefix, and whether it is bound.
    fn lookup(&self, prefix: &str) -> (Option<Space>, IsBound) {
        // To compare two empty texts costs more than all the rest where the C library
        // does it with masked loads.
        let is_it = |bound: &str| bound.len() == prefix.len() && (prefix.is_empty() || bound == prefix);
        match self.0.iter().rev().find(|(bound, _)| is_it(bound)) {
            Some((_, space)) => (Some(*space), IsBound::Yes),
            None if prefix.is_empty() || prefix == "xml" => (Some(Space::Core), IsBound::Yes),
            None => (Space::of_prefix(&prefix.to_ascii_lowercase()), IsBound::No),
        }
    }

    /// What a name means here.
    pub(super) fn resolve(&self, name: &str) -> Name {
        let colon = name.bytes().position(|b| b == b':');
        let prefix = colon.and_then(|colon| name.get(..colon)).unwrap_or_default();
        let local = colon.and_then(|colon| name.get(colon + 1..)).unwrap_or(name);
        let (space, is_bound) = self.lookup(prefix);
        let role = space.map_or(Role::Unknown, |space| Role::of(space, local));
        Name { role, space, is_bound, is_prefixed: !prefix.is_empty() }
    }
}

/// Whether a prefix is bound in the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum IsBound {
    Yes,
    No,
}

/// A resolved name.
#[derive(Debug, Clone, Copy)]
pub(super) struct Name {
    pub(super) role: Role,
    /// `None` for a prefix that is neither bound nor known by habit.
    pub(super) space: Option<Space>,
    pub(super) is_bound: IsBound,
    pub(super) is_prefixed: bool,
}

/// What an element is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Unknown,
    /// The roots, and RSS's `channel`.
    Rss,
    Rdf,
    Feed,
    Channel,
    Item,
    Entry,
    /// Things with titles and links of their own, which are not the item's.
    Image,
    TextInput,
    Source,
    /// `itunes:owner`, `contributor`, `webMaster`: people who are not the author.
    OtherPerson,
    Author,
    Title,
    MediaTitle,
    /// RSS's and Dublin Core's `description`, Atom's `summary`.
    Description,
    Summary,
    /// A summary that serves where there is no other: Media RSS, iTunes.
    SpareSummary,
    Subtitle,
    Content,
    ContentEncoded,
    /// `xhtml:body` in an item.
    Body,
    Link,
    OriginalLink,
    Guid,
    Id,
    Published,
    Updated,
    Created,
    /// `dc:date`, which may be any date.
    SomeDate,
    Category,
    /// `itunes:category`, which names itself in an attribute.
    ItunesCategory,
    /// Several labels with commas between them.
    Keywords,
    Language,
    TimeToLive,
    SkipHours,
    SkipDays,
    UpdatePeriod,
    UpdateFrequency,
}

impl Role {
    fn of(space: Space, local: &str) -> Self {
        let mut buffer = [0; 20];
        let Some(lower) = buffer.get_mut(..local.len()) else { return Self::Unknown };
        lower.iter_mut().zip(local.bytes()).for_each(|(lower, byte)| *lower = byte.to_ascii_lowercase());
        let lower = &*lower;
        match space {
            Space::Core => Self::of_core(lower),
            Space::Rdf if lower == b"rdf" => Self::Rdf,
            Space::DublinCore => Self::of_dublin_core(lower),
            Space::Content if lower == b"encoded" => Self::ContentEncoded,
            Space::Media => Self::of_media(lower),
            Space::Itunes => Self::of_itunes(lower),
            Space::Syndication if lower == b"updateperiod" => Self::UpdatePeriod,
            Space::Syndication if lower == b"updatefrequency" => Self::UpdateFrequency,
            Space::FeedBurner if lower == b"origlink" => Self::OriginalLink,
            Space::Markup if lower == b"body" => Self::Body,
            _ => Self::Unknown,
        }
    }

    fn of_core(local: &[u8]) -> Self {
        match local {
            b"item" => Self::Item,
            b"entry" => Self::Entry,
            b"title" => Self::Title,
            b"link" => Self::Link,
            b"description" => Self::Description,
            b"guid" => Self::Guid,
            b"pubdate" | b"published" | b"issued" => Self::Published,
            b"updated" | b"modified" | b"lastbuilddate" => Self::Updated,
            b"id" => Self::Id,
            b"category" => Self::Category,
            b"author" | b"managingeditor" => Self::Author,
            b"content" => Self::Content,
            b"summary" | b"abstract" => Self::Summary,
            b"subtitle" | b"tagline" => Self::Subtitle,
            b"created" => Self::Created,
            b"encoded" | b"fullitem" => Self::ContentEncoded,
            b"body" => Self::Body,
            b"keywords" => Self::Keywords,
            b"contributor" | b"webmaster" => Self::OtherPerson,
            b"source" => Self::Source,
            b"image" => Self::Image,
            b"textinput" => Self::TextInput,
            b"language" => Self::Language,
            b"ttl" => Self::TimeToLive,
            b"skiphours" => Self::SkipHours,
            b"skipdays" => Self::SkipDays,
            b"rss" => Self::Rss,
            // `RDF` without its prefix, as RSS 1.1 and careless writers have it.
            b"rdf" => Self::Rdf,
            b"feed" => Self::Feed,
            b"channel" => Self::Channel,
            _ => Self::Unknown,
        }
    }

    fn of_dublin_core(local: &[u8]) -> Self {
        match local {
            b"title" => Self::Title,
            b"creator" | b"author" => Self::Author,
            b"contributor" | b"publisher" => Self::OtherPerson,
            b"date" => Self::SomeDate,
            b"issued" => Self::Published,
            b"modified" => Self::Updated,
            b"created" => Self::Created,
            b"subject" => Self::Category,
            b"language" => Self::Language,
            b"description" | b"abstract" => Self::SpareSummary,
            _ => Self::Unknown,
        }
    }

    fn of_media(local: &[u8]) -> Self {
        match local {
            b"title" => Self::MediaTitle,
            b"description" => Self::SpareSummary,
            b"category" => Self::Category,
            b"keywords" => Self::Keywords,
            _ => Self::Unknown,
        }
    }

    fn of_itunes(local: &[u8]) -> Self {
        match local {
            b"author" => Self::Author,
            b"title" => Self::MediaTitle,
            b"summary" | b"subtitle" => Self::SpareSummary,
            b"category" => Self::ItunesCategory,
            b"keywords" => Self::Keywords,
            b"owner" => Self::OtherPerson,
            _ => Self::Unknown,
        }
    }
}
