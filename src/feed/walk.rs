//! The walk over an XML feed: which element is open, where it ends even if its
//! end tag is missing, and whose field it is. What the fields mean is in
//! `fields`; where tags begin and end is in `xml`.

use super::draft::{FeedDraft, ItemDraft};
use super::field::Inside;
use super::link::Base;
use super::repair::{RepairKind, Repairs};
use super::vocabulary::{Bindings, IsBound, Name, Role, Space};
use super::xml::{Declares, Scanner, Tag, Token, comment_end, local_name};
use super::{Format, Hints, MAX_DEPTH, MAX_OPEN};
use crate::text::html;
use memchr::memchr;
use std::borrow::Cow;

/// Reads an XML document; the draft has no format where it is no feed.
pub(super) fn read(text: &str, hints: Hints<'_>, repairs: &mut Repairs) -> FeedDraft {
    let root = find_root(text);
    check_prolog(text.get(..root.unwrap_or(0)).unwrap_or_default(), repairs);
    let mut walk = Walk {
        text,
        scanner: Scanner::new(text, root.unwrap_or(0)),
        repairs,
        bindings: Bindings::default(),
        open: Vec::new(),
        inner: Vec::new(),
        bases: vec![Base::new(hints.url)],
        feed: FeedDraft::default(),
        item: None,
        has_root: root.is_some(),
    };
    walk.run();
    walk.feed
}

/// Finds the `<` of the first element that can be the root of a feed, whatever
/// stands before it. Comments are passed over.
fn find_root(text: &str) -> Option<usize> {
    let mut from = 0;
    let mut comments_end = true;
    while let Some(at) = memchr(b'<', text.as_bytes().get(from..)?).map(|at| from + at) {
        let Some(rest) = text.get(at + 1..) else { break };
        if comments_end && rest.starts_with("!--") {
            if let Some(length) = rest.strip_prefix("!--").and_then(comment_end) {
                from = at + "<!--".len() + length;
                continue;
            }
            comments_end = false;
        }
        let length = rest.bytes().take(40).position(|b| b.is_ascii_whitespace() || matches!(b, b'>' | b'/' | b'<'));
        let name = local_name(rest.get(..length.unwrap_or(0)).unwrap_or_default());
        if ["rss", "feed", "rdf", "channel"].iter().any(|root| root.eq_ignore_ascii_case(name)) {
            return Some(at);
        }
        from = at + 1;
    }
    None
}

/// Says what was wrong before the root.
fn check_prolog(prolog: &str, repairs: &mut Repairs) {
    let prolog = prolog.trim_start_matches('\u{feff}');
    let trimmed = prolog.trim_start();
    if trimmed.len() < prolog.len() && trimmed.starts_with("<?xml") {
        repairs.note(RepairKind::SpaceBeforeDeclaration);
    }
    let mut scanner = Scanner::new(trimmed, 0);
    loop {
        match scanner.next(repairs) {
            Token::Eof => break,
            Token::Text(text) if text.trim().is_empty() => {}
            _ => return repairs.note(RepairKind::JunkBeforeRoot),
        }
    }
}

/// An element that is open.
struct Open<'a> {
    name: &'a str,
    /// The name without its prefix.
    local: &'a str,
    role: Role,
    /// How many bindings there were before it.
    bindings: usize,
    has_base: bool,
}

pub(super) struct Walk<'a, 'r> {
    text: &'a str,
    scanner: Scanner<'a>,
    pub(super) repairs: &'r mut Repairs,
    bindings: Bindings<'a>,
    open: Vec<Open<'a>>,
    /// The elements that are open inside the field that is being read.
    inner: Vec<&'a str>,
    bases: Vec<Base>,
    pub(super) feed: FeedDraft,
    pub(super) item: Option<ItemDraft>,
    has_root: bool,
}

/// What may stand inside a field, and so what shows that its end tag is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holds {
    /// Text, with HTML at most: any element of a feed ends it.
    Text,
    /// Elements that have no other meaning in a feed, such as a person's name.
    Parts,
    /// Elements of any kind: only an item ends it.
    Elements,
}

impl<'a> Walk<'a, '_> {
    fn run(&mut self) {
        loop {
            match self.scanner.next(self.repairs) {
                Token::Start(tag) => self.start(tag),
                Token::End(name) => self.end(name),
                Token::Text(text) | Token::CData(text) => self.stray_text(text),
                Token::Eof => return self.finish(),
            }
        }
    }

    fn start(&mut self, tag: Tag<'a>) {
        let declares = if tag.has_attributes() { tag.check(self.repairs) } else { Declares::default() };
        let bindings = if declares.prefixes { self.bindings.enter(&tag) } else { self.bindings.len() };
        let name = self.bindings.resolve(tag.name);
        if name.is_bound == IsBound::No {
            self.repairs.note(RepairKind::UnboundPrefix);
        }
        let has_base = declares.base && self.enter_base(&tag);
        let role = self.role_here(name.role);
        if self.open.is_empty() && self.feed.format.is_some() && role == Role::Unknown {
            self.repairs.note(RepairKind::JunkAfterRoot);
        }
        match role {
            Role::Item | Role::Entry => {
                let language = if declares.language { self.declared_language(&tag) } else { None };
                self.begin_item(role, &tag, language);
            }
            Role::Rss | Role::Rdf | Role::Feed | Role::Channel => {
                let is_feeds = declares.language && self.item.is_none();
                let language = if is_feeds { self.declared_language(&tag) } else { None };
                self.begin_feed(role, language);
                if role == Role::Channel {
                    self.attributes(&tag);
                }
            }
            Role::Unknown | Role::ItunesCategory => {}
            _ => {
                self.field(role, &tag);
                return self.leave(bindings, has_base);
            }
        }
        if role == Role::ItunesCategory {
            self.field(role, &tag);
        }
        self.push(Open { name: tag.name, local: local_name(tag.name), role, bindings, has_base }, &tag);
    }

    /// A root inside a root is an element like any other.
    fn role_here(&self, role: Role) -> Role {
        let is_inside = !self.open.is_empty() || self.feed.format.is_some();
        match role {
            Role::Rss | Role::Rdf | Role::Feed if is_inside => Role::Unknown,
            role => role,
        }
    }

    fn push(&mut self, open: Open<'a>, tag: &Tag<'a>) {
        let is_item = matches!(open.role, Role::Item | Role::Entry);
        // Only one item is open at a time, so that this stays a bound.
        let is_too_deep = self.open.len() >= MAX_OPEN && !is_item;
        if !tag.is_empty && !is_too_deep {
            return self.open.push(open);
        }
        self.repairs.add(RepairKind::TooDeep, usize::from(is_too_deep));
        self.leave(open.bindings, open.has_base);
        if is_item {
            self.end_item();
        }
    }

    fn enter_base(&mut self, tag: &Tag<'a>) -> bool {
        let Some(base) = tag.attributes().find(|attribute| attribute.name.eq_ignore_ascii_case("xml:base")) else {
            return false;
        };
        let value = base.value(self.repairs);
        let joined = self.bases.last().map_or_else(|| Base::default().join(&value), |base| base.join(&value));
        self.bases.push(joined);
        true
    }

    fn leave(&mut self, bindings: usize, has_base: bool) {
        self.bindings.leave(bindings);
        if has_base {
            self.bases.pop();
        }
    }

    /// A link as an absolute URL, as far as that can be done here.
    pub(super) fn resolve(&mut self, link: &str) -> Option<String> {
        match self.bases.last() {
            Some(base) => base.resolve(link, self.repairs),
            None => Base::default().resolve(link, self.repairs),
        }
    }

    /// How good a claim is that is made here, from 1 up: of equal ones, that nearer to
    /// the item or the feed. What stands deeper is mostly that of something else.
    pub(super) fn rank(&self, claim: u32) -> u32 {
        let depth = self.open.len().min(MAX_OPEN);
        claim * 100 - u32::try_from(depth).unwrap_or(0)
    }

    fn begin_feed(&mut self, role: Role, language: Option<String>) {
        let format = match role {
            Role::Feed => Format::Atom,
            Role::Rdf => Format::Rdf,
            _ => Format::Rss,
        };
        self.feed.format.get_or_insert(format);
        self.feed.language = language.or(self.feed.language.take());
    }

    fn begin_item(&mut self, role: Role, tag: &Tag<'a>, language: Option<String>) {
        if let Some(at) = self.open.iter().rposition(|open| matches!(open.role, Role::Item | Role::Entry)) {
            self.repairs.note(RepairKind::MissingEndTag);
            self.close_from(at);
        }
        let format = if role == Role::Entry { Format::Atom } else { Format::Rss };
        if self.has_root {
            self.feed.format.get_or_insert(format);
        }
        self.item = Some(ItemDraft { language, ..ItemDraft::default() });
        self.attributes(tag);
    }

    /// The attributes of a channel or an item: RDF's `about`, and what CDF has instead
    /// of elements (<https://www.w3.org/TR/NOTE-CDFsubmit.html>).
    fn attributes(&mut self, tag: &Tag<'a>) {
        if !tag.has_attributes() {
            return;
        }
        let [about, address, modified] = tag.find_all(["about", "href", "lastmod"]);
        let address = address.map(|address| address.value(self.repairs));
        let link = address.and_then(|address| self.resolve(&address));
        let rank = self.rank(2);
        let Some(item) = &mut self.item else { return self.feed.link.offer(rank, link) };
        item.link.offer(rank, link);
        let about = about.map(|about| about.value(self.repairs)).filter(|about| !about.is_empty());
        item.id.offer(1, about.map(Cow::into_owned));
        let Some(modified) = modified.map(|modified| modified.value(self.repairs)) else { return };
        let (rank, date) = (self.rank(1), self.timestamp(&modified));
        if let Some(item) = &mut self.item {
            item.updated.offer(rank, date);
        }
    }

    fn declared_language(&mut self, tag: &Tag<'a>) -> Option<String> {
        let language = tag.attributes().find(|attribute| attribute.name.eq_ignore_ascii_case("xml:lang"))?;
        super::field::language(&language.value(self.repairs))
    }

    fn end_item(&mut self) {
        let Some(item) = self.item.take() else { return };
        if !self.has_root && item.is_substantial() {
            // A document without the root of a feed is one if it has such items.
            self.feed.format.get_or_insert(Format::Rss);
        }
        self.feed.push(item, self.repairs);
    }

    fn end(&mut self, name: &str) {
        match self.opened_by(name) {
            Some(at) => {
                self.repairs.add(RepairKind::MissingEndTag, self.open.len() - at - 1);
                self.close_from(at);
            }
            None => self.repairs.note(RepairKind::UnmatchedEndTag),
        }
    }

    /// The innermost element with this name, else with this name but for its prefix.
    fn opened_by(&self, name: &str) -> Option<usize> {
        let local = local_name(name);
        let is_like = |&(_, open): &(usize, &Open<'_>)| open.local.eq_ignore_ascii_case(local);
        let mut alike = self.open.iter().enumerate().rev().filter(is_like);
        let (innermost, open) = alike.next()?;
        let is_same = |open: &Open<'_>| open.name.eq_ignore_ascii_case(name);
        let same = if is_same(open) { None } else { alike.find(|(_, open)| is_same(open)) };
        Some(same.map_or(innermost, |(at, _)| at))
    }

    fn close_from(&mut self, at: usize) {
        while self.open.len() > at {
            let Some(open) = self.open.pop() else { return };
            self.leave(open.bindings, open.has_base);
            if matches!(open.role, Role::Item | Role::Entry) {
                self.end_item();
            }
        }
    }

    fn stray_text(&mut self, text: &str) {
        if self.open.is_empty() && !text.trim().is_empty() {
            self.repairs.note(RepairKind::JunkAfterRoot);
        }
    }

    /// An item that is open at the end of the document is complete if the
    /// document ended between its elements; otherwise it was cut.
    fn finish(&mut self) {
        if self.scanner.is_cut() || !self.open.is_empty() {
            self.repairs.note(RepairKind::Truncated);
            self.feed.partial = true;
        }
        self.close_from(0);
    }

    /// Reads the inside of the element whose start tag was just read. `None`
    /// where the document ends in it: then it is not complete, nor is its item.
    pub(super) fn inside(&mut self, tag: &Tag<'a>, holds: Holds) -> Option<Inside<'a>> {
        let mut inside = Inside::default();
        if tag.is_empty {
            return Some(inside);
        }
        let from = self.scanner.position();
        self.inner.clear();
        loop {
            let before = self.scanner.position();
            let token = self.scanner.next(self.repairs);
            // Between the tokens there may be comments and instructions.
            inside.has_sections |= before != self.scanner.start() || matches!(token, Token::CData(_));
            match token {
                Token::Text(_) | Token::CData(_) => continue,
                Token::Start(inner) if self.ends_before(&inner, holds) => {
                    self.repairs.note(RepairKind::MissingEndTag);
                    self.scanner.put_back();
                    break;
                }
                Token::End(name) if self.ends_at(name, tag, holds) => break,
                Token::Start(inner) => self.enter_inner(&inner),
                Token::End(_) => {}
                Token::Eof => {
                    self.item = None;
                    self.feed.partial = true;
                    return None;
                }
            }
            inside.has_tags = true;
        }
        inside.raw = self.text.get(from..self.scanner.start()).unwrap_or_default();
        Some(inside)
    }

    fn enter_inner(&mut self, tag: &Tag<'a>) {
        if tag.is_empty {
            return;
        }
        if self.inner.len() >= MAX_DEPTH {
            return self.repairs.note(RepairKind::TooDeep);
        }
        self.inner.push(tag.name);
    }

    /// Whether this start tag shows that the end tag of the field is missing.
    fn ends_before(&self, tag: &Tag<'a>, holds: Holds) -> bool {
        let name = self.bindings.resolve(tag.name);
        match (name.role, holds) {
            (Role::Item | Role::Entry, _) => true,
            (_, Holds::Elements) | (Role::Body, _) | (Role::Unknown, Holds::Parts) => false,
            (Role::Unknown, Holds::Text) => self.inner.is_empty() && is_foreign(name),
            (_, Holds::Text | Holds::Parts) => self.inner.is_empty() || name.is_prefixed || !html::is_element(tag.name),
        }
    }

    /// Whether this end tag ends the field; if it is that of an element around
    /// it, it is put back.
    fn ends_at(&mut self, name: &str, tag: &Tag<'a>, holds: Holds) -> bool {
        if let Some(at) = self.inner.iter().rposition(|inner| inner.eq_ignore_ascii_case(name)) {
            self.inner.truncate(at);
            return false;
        }
        if name.eq_ignore_ascii_case(tag.name) {
            return true;
        }
        if self.open.iter().any(|open| open.name.eq_ignore_ascii_case(name)) {
            self.repairs.note(RepairKind::MissingEndTag);
            self.scanner.put_back();
            return true;
        }
        self.repairs.note(RepairKind::UnmatchedEndTag);
        let is_close = local_name(name).eq_ignore_ascii_case(local_name(tag.name));
        // `<title>…</titel>`: an end tag that HTML does not know was meant for this one.
        self.inner.is_empty() && holds == Holds::Text && (is_close || !html::is_element(local_name(name)))
    }
}

/// An element with a prefix that is bound, and to no kind of markup.
fn is_foreign(name: Name) -> bool {
    name.is_prefixed && name.is_bound == IsBound::Yes && name.space != Some(Space::Markup)
}
