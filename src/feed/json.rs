//! JSON Feed 1 and 1.1 (<https://jsonfeed.org/version/1.1>).
//!
//! Items are taken one by one while the document is read, so that those before a
//! cut are kept. A value of the wrong type costs its field, not its item.

use super::draft::{FeedDraft, ItemDraft};
use super::field::{self, Markup, one_line};
use super::link::{Base, is_web};
use super::repair::{RepairKind, Repairs};
use super::{Format, Hints, MAX_ITEMS, date};
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::fmt;

/// The text begins as a JSON object does.
pub(super) fn is_like(text: &str) -> bool {
    text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}').starts_with('{')
}

/// Reads a JSON document; the draft has no format where it is no feed.
pub(super) fn read(text: &str, hints: Hints<'_>, repairs: &mut Repairs) -> FeedDraft {
    let text = text.trim_start_matches('\u{feff}');
    let mut document = Document::default();
    match document.fill(text) {
        End::Whole => {}
        End::Cut => document.is_cut = true,
        End::Trailing => repairs.note(RepairKind::JunkAfterRoot),
        End::Bad => {
            repairs.note(RepairKind::JsonSyntax);
            document = Document::default();
            document.is_cut = !matches!(document.fill(&mend(text)), End::Whole | End::Trailing);
        }
    }
    Reader { base: Base::new(hints.url), repairs }.feed(&document)
}

/// How reading a document ended.
enum End {
    Whole,
    /// Too early.
    Cut,
    /// With something after the document.
    Trailing,
    /// At something that is no JSON.
    Bad,
}

/// The members of the feed, and its items as far as they are whole.
#[derive(Debug, Default)]
struct Document {
    members: Map<String, Value>,
    items: Vec<Value>,
    has_items: bool,
    has_more: bool,
    is_cut: bool,
}

impl Document {
    fn fill(&mut self, text: &str) -> End {
        let mut reader = serde_json::Deserializer::from_str(text);
        match DocumentSeed(self).deserialize(&mut reader).and_then(|()| reader.end()) {
            Ok(()) => End::Whole,
            Err(error) if error.is_eof() => End::Cut,
            Err(error) if error.to_string().starts_with("trailing characters") => End::Trailing,
            Err(_) => End::Bad,
        }
    }
}

struct DocumentSeed<'d>(&'d mut Document);

impl<'de> DeserializeSeed<'de> for DocumentSeed<'_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for DocumentSeed<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON feed")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            if key == "items" {
                self.0.has_items = true;
                map.next_value_seed(ItemsSeed(self.0))?;
            } else {
                let value = map.next_value()?;
                self.0.members.insert(key, value);
            }
        }
        Ok(())
    }
}

struct ItemsSeed<'d>(&'d mut Document);

impl<'de> DeserializeSeed<'de> for ItemsSeed<'_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ItemsSeed<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of items")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while self.0.items.len() < MAX_ITEMS {
            match seq.next_element()? {
                Some(item) => self.0.items.push(item),
                None => return Ok(()),
            }
        }
        while seq.next_element::<IgnoredAny>()?.is_some() {
            self.0.has_more = true;
        }
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}

/// Takes away what JSON forbids and people write: a comma before a closing
/// bracket, and raw line breaks and tabs inside strings.
fn mend(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut in_string, mut is_escaped) = (false, false);
    // Where a comma was written that nothing but white space has followed.
    let mut comma = None;
    for c in text.chars() {
        match (in_string, c) {
            (true, '\n') => out.push_str("\\n"),
            (true, '\r') => out.push_str("\\r"),
            (true, '\t') => out.push_str("\\t"),
            (false, ']' | '}') => {
                if let Some(at) = comma.take() {
                    out.truncate(at);
                }
                out.push(c);
            }
            _ => {
                if !in_string && !c.is_whitespace() {
                    comma = (c == ',').then_some(out.len());
                }
                out.push(c);
            }
        }
        in_string ^= c == '"' && !is_escaped;
        is_escaped = in_string && c == '\\' && !is_escaped;
    }
    out
}

struct Reader<'r> {
    base: Base,
    repairs: &'r mut Repairs,
}

impl Reader<'_> {
    fn feed(mut self, document: &Document) -> FeedDraft {
        let mut feed = FeedDraft::default();
        let members = &document.members;
        let says_so = members.get("version").and_then(Value::as_str).is_some_and(|v| v.contains("jsonfeed.org"));
        if !says_so && !document.has_items {
            return feed;
        }
        feed.format = Some(Format::Json);
        let title = self.string(members, "title").map(|title| self.line(&title));
        feed.title.offer(1, title);
        feed.link.offer(2, self.link(members, "home_page_url"));
        feed.language = self.string(members, "language").map(Cow::into_owned);
        self.authors(members).for_each(|author| feed.authors.add(author));
        if document.is_cut {
            self.repairs.note(RepairKind::Truncated);
            feed.partial = true;
        }
        self.repairs.add(RepairKind::TooManyItems, usize::from(document.has_more));
        for item in &document.items {
            match item {
                Value::Object(item) => {
                    let item = self.item(item);
                    feed.push(item, self.repairs);
                }
                _ => self.repairs.note(RepairKind::WrongType),
            }
        }
        feed
    }

    fn item(&mut self, members: &Map<String, Value>) -> ItemDraft {
        let mut item = ItemDraft::default();
        let id = self.string(members, "id").map(|id| id.trim().to_owned()).filter(|id| !id.is_empty());
        item.link.offer(3, self.link(members, "url"));
        item.link.offer(2, self.link(members, "external_url"));
        item.link.offer(1, id.clone().filter(|id| is_web(id)));
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
        let tags = members.get("tags").and_then(Value::as_array);
        for tag in tags.into_iter().flatten().filter_map(Value::as_str) {
            item.categories.add(self.line(tag));
        }
        item.language = self.string(members, "language").map(Cow::into_owned);
        item
    }

    /// A string; a number counts as one, since many ids are.
    fn string<'v>(&mut self, members: &'v Map<String, Value>, key: &str) -> Option<Cow<'v, str>> {
        match members.get(key)? {
            Value::String(text) => Some(Cow::Borrowed(text)),
            Value::Null => None,
            Value::Number(number) => {
                self.repairs.note(RepairKind::WrongType);
                Some(Cow::Owned(number.to_string()))
            }
            _ => {
                self.repairs.note(RepairKind::WrongType);
                None
            }
        }
    }

    fn line(&mut self, text: &str) -> String {
        let text = field::plain(text, Markup::Plain, self.repairs);
        one_line(text, self.repairs)
    }

    fn link(&mut self, members: &Map<String, Value>, key: &str) -> Option<String> {
        let link = self.string(members, key)?;
        self.base.resolve(&link, self.repairs)
    }

    fn date(&mut self, members: &Map<String, Value>, key: &str) -> Option<jiff::Timestamp> {
        let text = self.string(members, key)?;
        let date = date::parse(&text);
        self.repairs.add(RepairKind::UnreadableDate, usize::from(date.is_none() && !text.trim().is_empty()));
        date
    }

    /// `authors` of version 1.1 and `author` of version 1.
    fn authors(&mut self, members: &Map<String, Value>) -> impl Iterator<Item = String> + use<> {
        let many = members.get("authors").and_then(Value::as_array);
        let all = many.into_iter().flatten().chain(members.get("author"));
        let names: Vec<String> = all
            .filter_map(|author| author.get("name").or(Some(author))?.as_str())
            .map(|name| self.line(name))
            .collect();
        names.into_iter()
    }
}
