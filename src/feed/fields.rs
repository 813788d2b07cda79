//! What each element of an XML feed contributes to its item or its feed.

use super::atom::{self, Relation, Writing};
use super::date;
use super::field::{Inside, Markup};
use super::link::{has_scheme, is_web};
use super::repair::RepairKind;
use super::rss;
use super::vocabulary::Role;
use super::walk::{Holds, Walk};
use super::xml::Tag;
use jiff::Timestamp;

impl<'a> Walk<'a, '_> {
    /// Reads a field up to its end.
    pub(super) fn field(&mut self, role: Role, tag: &Tag<'a>) {
        match role {
            Role::Title | Role::MediaTitle => self.title(role, tag),
            Role::Description | Role::Summary | Role::SpareSummary | Role::Subtitle => self.summary(role, tag),
            Role::Content | Role::ContentEncoded | Role::Body => self.content(role, tag),
            Role::Link | Role::OriginalLink => self.link(role, tag),
            Role::Guid | Role::Id => self.id(role, tag),
            Role::Published | Role::Updated | Role::Created | Role::SomeDate => self.date(role, tag),
            Role::Author => self.author(tag),
            Role::Category | Role::ItunesCategory | Role::Keywords => self.category(role, tag),
            Role::Language => self.language(tag),
            Role::TimeToLive | Role::SkipHours | Role::SkipDays | Role::UpdatePeriod | Role::UpdateFrequency => {
                self.pace(role, tag);
            }
            // What is in them belongs to neither the item nor the feed.
            _ => {
                self.inside(tag, Holds::Elements);
            }
        }
    }

    fn title(&mut self, role: Role, tag: &Tag<'a>) {
        let rank = self.rank(if role == Role::Title { 2 } else { 1 });
        let Some(title) = self.text(tag, Markup::Plain) else { return };
        let title = super::field::one_line(title, self.repairs);
        let title = (!title.is_empty()).then_some(title);
        match &mut self.item {
            Some(item) => item.title.offer(rank, title),
            None => self.feed.title.offer(rank, title),
        }
    }

    fn summary(&mut self, role: Role, tag: &Tag<'a>) {
        let default = if role == Role::Description { Markup::Html } else { Markup::Plain };
        let text = self.text_of_item(tag, default);
        let (Some(item), Some(text)) = (&mut self.item, text) else { return };
        let rank = match role {
            Role::Description | Role::Summary => 3,
            Role::Subtitle => 2,
            _ => 1,
        };
        if rank == 3 && item.summary.has(3) {
            // RSS and Atom's elements side by side: the second is the longer text.
            item.content.offer(1, Some(text));
        } else {
            item.summary.offer(rank, Some(text));
        }
    }

    fn content(&mut self, role: Role, tag: &Tag<'a>) {
        let (rank, default) = match role {
            Role::Content => (3, Markup::Plain),
            Role::ContentEncoded => (3, Markup::Html),
            _ => (2, Markup::Xhtml),
        };
        let text = self.text_of_item(tag, default);
        if let Some(item) = &mut self.item {
            item.content.offer(rank, text);
        }
    }

    /// As [`Self::text`]; `None` where there is none, and passed over outside of items:
    /// nobody asks what a feed says about itself.
    fn text_of_item(&mut self, tag: &Tag<'a>, default: Markup) -> Option<String> {
        if self.item.is_none() {
            self.text_inside(tag, atom::writing(tag, default));
            return None;
        }
        self.text(tag, default).filter(|text| !text.is_empty())
    }

    fn text_inside(&mut self, tag: &Tag<'a>, writing: Writing) -> Option<Inside<'a>> {
        let holds = match writing {
            Writing::Text(Markup::Xhtml) | Writing::Binary => Holds::Elements,
            _ => Holds::Text,
        };
        self.inside(tag, holds)
    }

    /// A text construct as plain text; `None` where the document ends in it.
    fn text(&mut self, tag: &Tag<'a>, default: Markup) -> Option<String> {
        let writing = atom::writing(tag, default);
        let inside = self.text_inside(tag, writing)?;
        Some(match writing {
            Writing::Text(markup) => inside.text(markup, self.repairs),
            Writing::Base64(markup) => inside.base64(markup, self.repairs),
            Writing::Binary => String::new(),
        })
    }

    fn characters(&mut self, tag: &Tag<'a>) -> Option<std::borrow::Cow<'a, str>> {
        let inside = self.inside(tag, Holds::Text)?;
        Some(inside.characters(self.repairs))
    }

    fn link(&mut self, role: Role, tag: &Tag<'a>) {
        let attributes = if tag.has_attributes() { atom::link(tag, self.repairs) } else { None };
        let Some(text) = self.characters(tag) else { return };
        let (address, relation) = attributes.unwrap_or((text, Relation::Page));
        let rank = match (role, relation) {
            (Role::OriginalLink, _) => 9,
            (_, Relation::Page) => 8,
            (_, Relation::OtherFormat) => 7,
            (_, Relation::Other) => return,
        };
        let (rank, link) = (self.rank(rank), self.resolve(&address));
        match &mut self.item {
            Some(item) => item.link.offer(rank, link),
            None => self.feed.link.offer(rank, link),
        }
    }

    fn id(&mut self, role: Role, tag: &Tag<'a>) {
        let Some(id) = self.characters(tag) else { return };
        let id = id.trim();
        let is_address = role == Role::Guid && rss::is_permanent_link(tag) && tag.has_attributes();
        let link = match is_web(id) {
            true if role == Role::Id || rss::is_permanent_link(tag) => self.resolve(id),
            false if is_address && !has_scheme(id) => self.resolve(id),
            _ => None,
        };
        let (as_id, as_link) = (self.rank(2), self.rank(1));
        if let Some(item) = &mut self.item {
            item.id.offer(as_id, (!id.is_empty()).then(|| id.to_owned()));
            item.link.offer(as_link, link);
        }
    }

    fn date(&mut self, role: Role, tag: &Tag<'a>) {
        let Some(text) = self.characters(tag) else { return };
        let date = self.timestamp(&text);
        let rank = self.rank(match role {
            Role::Published => 3,
            Role::SomeDate => 2,
            _ => 1,
        });
        let Some(item) = &mut self.item else { return };
        let place = if role == Role::Updated { &mut item.updated } else { &mut item.published };
        place.offer(rank, date);
    }

    pub(super) fn timestamp(&mut self, text: &str) -> Option<Timestamp> {
        let date = date::parse(text);
        if date.is_none() && !text.trim().is_empty() && self.item.is_some() {
            self.repairs.note(RepairKind::UnreadableDate);
        }
        date
    }

    fn author(&mut self, tag: &Tag<'a>) {
        let Some(inside) = self.inside(tag, Holds::Parts) else { return };
        let name = atom::person(&inside, self.repairs);
        match &mut self.item {
            Some(item) => item.authors.add(name),
            None => self.feed.authors.add(name),
        }
    }

    fn category(&mut self, role: Role, tag: &Tag<'a>) {
        if role == Role::ItunesCategory {
            let label = tag.get("text", self.repairs);
            if let (Some(item), Some(label)) = (&mut self.item, label) {
                item.categories.add(label.into_owned());
            }
            return;
        }
        let named = ["label", "term"].iter().find_map(|name| {
            let value = if tag.has_attributes() { tag.get(name, self.repairs) } else { None };
            value.filter(|value| !value.is_empty()).map(std::borrow::Cow::into_owned)
        });
        let Some(inside) = self.inside(tag, Holds::Text) else { return };
        let label = named.unwrap_or_else(|| inside.line(Markup::Plain, self.repairs));
        let Some(item) = &mut self.item else { return };
        if role == Role::Keywords {
            label.split(',').for_each(|label| item.categories.add(label.trim().to_owned()));
        } else {
            item.categories.add(label);
        }
    }

    fn language(&mut self, tag: &Tag<'a>) {
        let Some(language) = self.characters(tag) else { return };
        let language = super::field::language(&language);
        let place = match &mut self.item {
            Some(item) => &mut item.language,
            None => &mut self.feed.language,
        };
        *place = language.or(place.take());
    }

    fn pace(&mut self, role: Role, tag: &Tag<'a>) {
        let Some(inside) = self.inside(tag, Holds::Elements) else { return };
        if self.item.is_some() {
            return;
        }
        let text = |walk: &mut Self, inside: &Inside<'_>| inside.characters(walk.repairs).into_owned();
        match role {
            Role::SkipHours => rss::skip_hours(&mut self.feed.pace, &inside),
            Role::SkipDays => rss::skip_days(&mut self.feed.pace, &inside),
            Role::TimeToLive => {
                let text = text(self, &inside);
                rss::time_to_live(&mut self.feed.pace, &text);
            }
            Role::UpdatePeriod => self.feed.update_period = rss::update_period(&text(self, &inside)),
            _ => self.feed.update_frequency = text(self, &inside).trim().parse().ok(),
        }
    }
}
