//! JSON Feed 1 and 1.1 (<https://jsonfeed.org/version/1.1>).
//!
//! Items are taken one by one while the document is read, so that those before a
//! cut are kept. A value of the wrong type costs its field, not its item; a document
//! that is no JSON is put right first.

mod document;
mod mend;

use self::document::{Document, End, Object, Value};
use super::draft::{FeedDraft, ItemDraft};
use super::field::{self, Markup, one_line};
use super::link::{Base, is_web};
use super::repair::{RepairKind, Repairs};
use super::{Format, Hints, date};
use std::borrow::Cow;

/// The text begins as a JSON object does.
pub(super) fn is_like(text: &str) -> bool {
    text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}').starts_with('{')
}

/// Reads a JSON document; the draft has no format where it is no feed.
pub(super) fn read(text: &str, hints: Hints<'_>, repairs: &mut Repairs) -> FeedDraft {
    let text = text.trim_start_matches('\u{feff}');
    let (document, end) = Document::read(text);
    if end != End::Bad {
        repairs.add(RepairKind::JunkAfterRoot, usize::from(end == End::Trailing));
        return Reader { base: Base::new(hints.url), repairs }.feed(&document, end == End::Cut);
    }
    let mended = mend::mend(text);
    repairs.add(RepairKind::JsonSyntax, mended.faults.max(1));
    let (document, end) = Document::read(&mended.text);
    repairs.add(RepairKind::JunkAfterRoot, usize::from(end == End::Trailing));
    Reader { base: Base::new(hints.url), repairs }.feed(&document, matches!(end, End::Cut | End::Bad))
}

struct Reader<'r> {
    base: Base,
    repairs: &'r mut Repairs,
}

impl Reader<'_> {
    fn feed(mut self, document: &Document<'_>, is_cut: bool) -> FeedDraft {
        let mut feed = FeedDraft::default();
        let members = &document.feed;
        let says_so = members.get("version").and_then(Value::name).is_some_and(|v| v.contains("jsonfeed.org"));
        if !says_so && !document.has_items {
            return feed;
        }
        feed.format = Some(Format::Json);
        let title = self.string(members, "title").map(|title| self.line(&title));
        feed.title.offer(1, title);
        feed.link.offer(2, self.link(members, "home_page_url"));
        feed.language = self.language(members);
        self.authors(members).for_each(|author| feed.authors.add(author));
        if is_cut {
            self.repairs.note(RepairKind::Truncated);
            feed.partial = true;
        }
        self.repairs.add(RepairKind::WrongType, usize::from(document.has_wrong_items));
        self.repairs.add(RepairKind::TooManyItems, usize::from(document.has_more));
        for item in &document.items {
            match item {
                Some(item) => {
                    let item = self.item(item);
                    feed.push(item, self.repairs);
                }
                None => self.repairs.note(RepairKind::WrongType),
            }
        }
        feed
    }

    fn item(&mut self, members: &Object<'_>) -> ItemDraft {
        let mut item = ItemDraft::default();
        let id = self.string(members, "id").map(|id| id.trim().to_owned()).filter(|id| !id.is_empty());
        item.link.offer(3, self.link(members, "url"));
        item.link.offer(2, self.link(members, "external_url"));
        let address = id.as_deref().filter(|id| is_web(id));
        item.link.offer(1, address.and_then(|id| self.base.resolve(id, self.repairs)));
        item.id.offer(1, id);
        item.title.offer(1, self.string(members, "title").map(|title| self.line(&title)));
        let summary = self.string(members, "summary").map(|text| field::plain(&text, Markup::Plain, self.repairs));
        item.summary.offer(1, summary);
        let html = self.string(members, "content_html").map(|text| field::plain(&text, Markup::Html, self.repairs));
        item.content.offer(2, html.filter(|text| !text.is_empty()));
        let text = self.string(members, "content_text").map(|text| field::verbatim(&text, self.repairs));
        item.content.offer(1, text);
        item.published.offer(1, self.date(members, "date_published"));
        item.updated.offer(1, self.date(members, "date_modified"));
        self.authors(members).for_each(|author| item.authors.add(author));
        for tag in members.get("tags").map_or(&[][..], Value::list) {
            item.categories.add(self.line(tag));
        }
        item.language = self.language(members);
        item
    }

    /// A string; a number counts as one, since many ids are.
    fn string<'v>(&mut self, members: &'v Object<'_>, key: &str) -> Option<Cow<'v, str>> {
        match members.get(key)? {
            Value::Text(text) => Some(Cow::Borrowed(text)),
            Value::Null => None,
            Value::Number(number) => {
                self.repairs.note(RepairKind::WrongType);
                Some(Cow::Borrowed(number))
            }
            _ => {
                self.repairs.note(RepairKind::WrongType);
                None
            }
        }
    }

    fn language(&mut self, members: &Object<'_>) -> Option<String> {
        field::language(&self.string(members, "language")?)
    }

    fn line(&mut self, text: &str) -> String {
        let text = field::plain(text, Markup::Plain, self.repairs);
        one_line(text, self.repairs)
    }

    fn link(&mut self, members: &Object<'_>, key: &str) -> Option<String> {
        let link = self.string(members, key)?;
        self.base.resolve(&link, self.repairs)
    }

    fn date(&mut self, members: &Object<'_>, key: &str) -> Option<jiff::Timestamp> {
        let text = self.string(members, key)?;
        let date = date::parse(&text);
        self.repairs.add(RepairKind::UnreadableDate, usize::from(date.is_none() && !text.trim().is_empty()));
        date
    }

    /// `authors` of version 1.1 and `author` of version 1.
    fn authors(&mut self, members: &Object<'_>) -> impl Iterator<Item = String> + use<> {
        let many = members.get("authors").map_or(&[][..], Value::list);
        let one = members.get("author").and_then(Value::name);
        let names: Vec<String> = many.iter().map(|name| &**name).chain(one).map(|name| self.line(name)).collect();
        names.into_iter()
    }
}
