//! A JSON document, as far as it can mean something to a feed. The rest is passed
//! over while it is read: as a tree, ten bytes of it can take hundreds.

use crate::feed::{MAX_ITEMS, MAX_LABELS};
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

/// The members of a feed or an item that mean something.
const MEMBERS: &[&str] = &[
    "version",
    "title",
    "home_page_url",
    "language",
    "id",
    "url",
    "external_url",
    "summary",
    "content_html",
    "content_text",
    "date_published",
    "date_modified",
    "authors",
    "author",
    "tags",
];

/// A feed, and its items as far as they are whole.
#[derive(Debug, Default)]
pub(super) struct Document<'d> {
    pub(super) feed: Object<'d>,
    /// `None` for one that is no object.
    pub(super) items: Vec<Option<Object<'d>>>,
    /// It has a member `items`.
    pub(super) has_items: bool,
    /// Its items are no list.
    pub(super) has_wrong_items: bool,
    /// It has more items than are kept.
    pub(super) has_more: bool,
}

/// How reading a document ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Whole,
    /// Too early.
    Cut,
    /// With something after the document.
    Trailing,
    /// At something that is no JSON.
    Bad,
}

impl<'d> Document<'d> {
    /// Reads as much as can be read.
    pub(super) fn read(text: &'d str) -> (Self, End) {
        let mut document = Self::default();
        let mut reader = serde_json::Deserializer::from_str(text);
        let read = (&mut reader).deserialize_map(DocumentVisitor(&mut document)).and_then(|()| reader.end());
        let end = match read {
            Ok(()) => End::Whole,
            Err(error) if error.is_eof() => End::Cut,
            Err(error) if error.to_string().starts_with("trailing characters") => End::Trailing,
            Err(_) => End::Bad,
        };
        (document, end)
    }
}

/// Members with their values; of equal names the last one counts.
#[derive(Debug, Default)]
pub(super) struct Object<'d>(Vec<(&'static str, Value<'d>)>);

impl<'d> Object<'d> {
    pub(super) fn get(&self, name: &str) -> Option<&Value<'d>> {
        self.0.iter().find_map(|(known, value)| (*known == name).then_some(value))
    }

    fn insert(&mut self, name: &'static str, value: Value<'d>) {
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, place)) => *place = value,
            None => self.0.push((name, value)),
        }
    }

    /// Reads the value of a member, and keeps it if it means something.
    fn read<A: MapAccess<'d>>(&mut self, name: &str, map: &mut A) -> Result<(), A::Error> {
        match MEMBERS.iter().find(|known| **known == name) {
            Some(&"id") => self.insert("id", id(map.next_value()?)?),
            Some(known) => self.insert(known, map.next_value_seed(Place::Member)?),
            None => drop(map.next_value::<IgnoredAny>()?),
        }
        Ok(())
    }
}

/// An id: a number is taken digit by digit, since many are larger than numbers are exact.
fn id<E: Error>(raw: &RawValue) -> Result<Value<'_>, E> {
    let text = raw.get();
    if text.starts_with(|c: char| c == '-' || c.is_ascii_digit()) {
        return Ok(Value::Number(text.to_owned()));
    }
    Place::Member.deserialize(&mut serde_json::Deserializer::from_str(text)).map_err(E::custom)
}

/// A value, as far as anybody asks for it.
#[derive(Debug)]
pub(super) enum Value<'d> {
    Null,
    Text(Cow<'d, str>),
    Number(String),
    /// The texts in a list, and the names of the objects in it; at most [`MAX_LABELS`].
    List(Vec<Cow<'d, str>>),
    /// The name of an object.
    Named(Cow<'d, str>),
    /// An item.
    Item(Object<'d>),
    /// Something else.
    Other,
}

impl<'d> Value<'d> {
    /// A text, or the name of an object.
    pub(super) fn name(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::Named(text) => Some(text),
            _ => None,
        }
    }

    /// An item that is an object.
    fn into_item(self) -> Option<Object<'d>> {
        match self {
            Self::Item(item) => Some(item),
            _ => None,
        }
    }

    fn into_name(self) -> Option<Cow<'d, str>> {
        match self {
            Self::Text(text) | Self::Named(text) => Some(text),
            _ => None,
        }
    }

    /// The texts of a list; of anything else none.
    pub(super) fn list(&self) -> &[Cow<'_, str>] {
        match self {
            Self::List(list) => list,
            _ => &[],
        }
    }
}

/// Reads a value, by where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// In the list of items.
    Items,
    /// As a member of the feed or an item.
    Member,
    /// In a list that is such a member.
    List,
    /// As the name of an object.
    Name,
}

impl<'d> DeserializeSeed<'d> for Place {
    type Value = Value<'d>;

    fn deserialize<D: Deserializer<'d>>(self, deserializer: D) -> Result<Value<'d>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'d> Visitor<'d> for Place {
    type Value = Value<'d>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E>(self) -> Result<Value<'d>, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Value<'d>, E> {
        Ok(Value::Other)
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value<'d>, E> {
        Ok(Value::Number(number.to_string()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value<'d>, E> {
        Ok(Value::Number(number.to_string()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value<'d>, E> {
        Ok(Value::Number(serde_json::Value::from(number).to_string()))
    }

    fn visit_borrowed_str<E>(self, text: &'d str) -> Result<Value<'d>, E> {
        Ok(Value::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value<'d>, E> {
        Ok(Value::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'d>>(self, mut seq: A) -> Result<Value<'d>, A::Error> {
        if self != Self::Member {
            while seq.next_element::<IgnoredAny>()?.is_some() {}
            return Ok(Value::Other);
        }
        let mut texts = Vec::new();
        while let Some(value) = seq.next_element_seed(Self::List)? {
            if texts.len() < MAX_LABELS {
                texts.extend(value.into_name());
            }
        }
        Ok(Value::List(texts))
    }

    fn visit_map<A: MapAccess<'d>>(self, mut map: A) -> Result<Value<'d>, A::Error> {
        if self == Self::Items {
            let mut item = Object::default();
            while let Some(name) = map.next_key::<Cow<'_, str>>()? {
                item.read(&name, &mut map)?;
            }
            return Ok(Value::Item(item));
        }
        let mut found = None;
        while let Some(name) = map.next_key::<Cow<'_, str>>()? {
            if name == "name" && self != Self::Name {
                found = map.next_value_seed(Self::Name)?.into_name();
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found.map_or(Value::Other, Value::Named))
    }
}

struct DocumentVisitor<'v, 'd>(&'v mut Document<'d>);

impl<'d> Visitor<'d> for DocumentVisitor<'_, 'd> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON feed")
    }

    fn visit_map<A: MapAccess<'d>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<Cow<'_, str>>()? {
            if name == "items" {
                self.0.has_items = true;
                map.next_value_seed(ItemsSeed(&mut *self.0))?;
            } else {
                self.0.feed.read(&name, &mut map)?;
            }
        }
        Ok(())
    }
}

struct ItemsSeed<'v, 'd>(&'v mut Document<'d>);

impl<'d> DeserializeSeed<'d> for ItemsSeed<'_, 'd> {
    type Value = ();

    fn deserialize<D: Deserializer<'d>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'d> Visitor<'d> for ItemsSeed<'_, 'd> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of items")
    }

    fn visit_seq<A: SeqAccess<'d>>(self, mut seq: A) -> Result<(), A::Error> {
        while self.0.items.len() < MAX_ITEMS {
            match seq.next_element_seed(Place::Items)? {
                Some(value) => self.0.items.push(value.into_item()),
                None => return Ok(()),
            }
        }
        while seq.next_element::<IgnoredAny>()?.is_some() {
            self.0.has_more = true;
        }
        Ok(())
    }

    /// Some systems write a list that has gaps as an object.
    fn visit_map<A: MapAccess<'d>>(self, mut map: A) -> Result<(), A::Error> {
        while map.next_key::<IgnoredAny>()?.is_some() {
            if self.0.items.len() >= MAX_ITEMS {
                self.0.has_more = true;
                map.next_value::<IgnoredAny>()?;
            } else {
                self.0.items.push(map.next_value_seed(Place::Items)?.into_item());
            }
        }
        self.0.has_wrong_items = true;
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        self.none();
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        self.none();
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        self.none();
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        self.none();
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        self.none();
        Ok(())
    }
}

impl ItemsSeed<'_, '_> {
    /// Takes a value that is no list.
    fn none(self) {
        self.0.has_wrong_items = true;
    }
}
