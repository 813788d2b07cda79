//! How single values are read: texts, numbers, durations, sizes, paths, choices.

use super::section::{FromToml, Reader, suggestion};
use super::units;
use crate::engine::FirstPoll;
use crate::sink::file::When;
use crate::sink::preset::{ChatId, Kind};
use crate::sink::stdout::Format;
use crate::watchlist::definition::{At, Severity};
use crate::watchlist::term::{Case, Hyphen};
use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;
use toml::Spanned;
use toml::de::DeValue;

impl FromToml for bool {
    fn from_toml(value: &Spanned<DeValue<'_>>, reader: &mut Reader<'_>) -> Option<Self> {
        let read = value.get_ref().as_bool();
        if read.is_none() {
            reader.expected(value, "true or false");
        }
        read
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "boolean" })
    }

    fn to_json(&self) -> Value {
        json!(self)
    }
}

impl FromToml for String {
    fn from_toml(value: &Spanned<DeValue<'_>>, reader: &mut Reader<'_>) -> Option<Self> {
        let read = value.get_ref().as_str();
        if read.is_none() {
            reader.expected(value, "a text in quotes");
        }
        read.map(ToOwned::to_owned)
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string" })
    }

    fn to_json(&self) -> Value {
        json!(self)
    }
}

/// A list: its good members, where some are bad.
impl<T: FromToml> FromToml for Vec<T> {
    fn from_toml(value: &Spanned<DeValue<'_>>, reader: &mut Reader<'_>) -> Option<Self> {
        let Some(list) = value.get_ref().as_array() else {
            reader.expected(value, "a list");
            return None;
        };
        Some(list.iter().filter_map(|it| T::from_toml(it, reader)).collect())
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        let items = T::schema(generator);
        json_schema!({ "type": "array", "items": items })
    }

    fn to_json(&self) -> Value {
        self.iter().map(T::to_json).collect()
    }
}

impl<T: FromToml> FromToml for At<T> {
    fn from_toml(value: &Spanned<DeValue<'_>>, reader: &mut Reader<'_>) -> Option<Self> {
        let pos = reader.pos(value.span());
        Some(Self { value: T::from_toml(value, reader)?, pos })
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        T::schema(generator)
    }

    fn to_json(&self) -> Value {
        self.value.to_json()
    }
}

/// A whole number of at least one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Count(pub(super) u32);

impl Count {
    /// The most that is accepted; far beyond any use.
    const MAX: u32 = 1_000_000;
}

impl FromToml for Count {
    fn from_toml(value: &Spanned<DeValue<'_>>, reader: &mut Reader<'_>) -> Option<Self> {
        let integer = value.get_ref().as_integer();
        let read = integer.and_then(|it| u32::from_str_radix(it.as_str(), it.radix()).ok());
        let count = read.filter(|count| (1..=Self::MAX).contains(count)).map(Self);
        match (integer, count) {
            (None, _) => reader.expected(value, "a whole number"),
            (Some(_), None) => {
                reader.error(value.span(), format!("expected a whole number from 1 to {}", Self::MAX), None);
            }
            (Some(_), Some(_)) => {}
        }
        count
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "integer", "minimum": 1, "maximum": Self::MAX })
    }

    fn to_json(&self) -> Value {
        json!(self.0)
    }
}

/// A share between 0 and 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Share(pub(super) f64);

impl FromToml for Share {
    fn from_toml(value: &Spanned<DeValue<'_>>, reader: &mut Reader<'_>) -> Option<Self> {
        let number = match value.get_ref() {
            DeValue::Float(float) => float.as_str().parse::<f64>().ok(),
            DeValue::Integer(integer) => integer.as_str().parse::<f64>().ok(),
            _ => {
                reader.expected(value, "a number from 0 to 1");
                return None;
            }
        };
        let share = number.filter(|number| (0.0..=1.0).contains(number));
        if share.is_none() {
            reader.error(value.span(), "expected a number from 0 to 1", None);
        }
        share.map(Self)
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "number", "minimum": 0, "maximum": 1 })
    }

    fn to_json(&self) -> Value {
        json!(self.0)
    }
}

/// A duration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Span(pub(super) Duration);

impl Span {
    /// That many seconds.
    #[must_use]
    pub(super) const fn seconds(seconds: u64) -> Self {
        Self(Duration::from_secs(seconds))
    }

    /// That many minutes.
    #[must_use]
    pub(super) const fn minutes(minutes: u64) -> Self {
        Self::seconds(60 * minutes)
    }

    /// That many hours.
    #[must_use]
    pub(super) const fn hours(hours: u64) -> Self {
        Self::minutes(60 * hours)
    }

    /// That many days.
    #[must_use]
    pub(super) const fn days(days: u64) -> Self {
        Self::hours(24 * days)
    }
}

impl FromToml for Span {
    fn from_toml(value: &Spanned<DeValue<'_>>, reader: &mut Reader<'_>) -> Option<Self> {
        let parsed = measure(value, reader, "a duration such as \"15m\"", "s", units::parse_duration)?;
        Some(Self(parsed))
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[0-9]+(ms|s|m|h|d|w)$" })
    }

    fn to_json(&self) -> Value {
        json!(units::format_duration(self.0))
    }
}

/// A duration that is not 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Positive(pub(super) Span);

impl FromToml for Positive {
    fn from_toml(value: &Spanned<DeValue<'_>>, reader: &mut Reader<'_>) -> Option<Self> {
        let span = Span::from_toml(value, reader)?;
        if span.0.is_zero() {
            reader.error(value.span(), "this must not be 0", None);
            return None;
        }
        Some(Self(span))
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^0*[1-9][0-9]*(ms|s|m|h|d|w)$" })
    }

    fn to_json(&self) -> Value {
        self.0.to_json()
    }
}

/// A number of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Size(pub(super) u64);

impl FromToml for Size {
    fn from_toml(value: &Spanned<DeValue<'_>>, reader: &mut Reader<'_>) -> Option<Self> {
        measure(value, reader, "a size such as \"10MiB\"", "MiB", units::parse_size).map(Self)
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[0-9]+(B|KiB|MiB|GiB|TiB)$" })
    }

    fn to_json(&self) -> Value {
        json!(units::format_size(self.0))
    }
}

/// When a file is rotated: a size or a duration, neither of them 0.
impl FromToml for When {
    fn from_toml(value: &Spanned<DeValue<'_>>, reader: &mut Reader<'_>) -> Option<Self> {
        let parse = |text: &str| match (units::parse_size(text), units::parse_duration(text)) {
            (Ok(0), _) => Err("it must not be 0".to_owned()),
            (_, Ok(span)) if span.is_zero() => Err("it must not be 0".to_owned()),
            (Ok(bytes), _) => Ok(Self::Size(bytes)),
            (_, Ok(span)) => Ok(Self::Every(span)),
            (Err(_), Err(_)) => Err("sizes are written \"100MiB\", durations \"12h\", \"1d\" or \"1w\"".to_owned()),
        };
        measure(value, reader, "a size such as \"100MiB\" or a duration such as \"1d\"", "MiB", parse)
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^0*[1-9][0-9]*(B|KiB|MiB|GiB|TiB|ms|s|m|h|d|w)$" })
    }
}

/// Reads a number with a unit.
fn measure<T>(
    value: &Spanned<DeValue<'_>>,
    reader: &mut Reader<'_>,
    what: &str,
    unit: &str,
    parse: impl Fn(&str) -> Result<T, String>,
) -> Option<T> {
    match value.get_ref() {
        DeValue::String(text) => match parse(text) {
            Ok(parsed) => Some(parsed),
            Err(help) => {
                reader.error(value.span(), format!("expected {what}"), Some(help));
                None
            }
        },
        DeValue::Integer(number) => {
            let help = format!("the unit is missing: write \"{}{unit}\", for instance", number.as_str());
            reader.error(value.span(), format!("expected {what}, found a number"), Some(help));
            None
        }
        _ => {
            reader.expected(value, what);
            None
        }
    }
}

/// A path, relative ones resolved against the folder of the file that holds it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct FilePath(pub(super) PathBuf);

impl FromToml for FilePath {
    fn from_toml(value: &Spanned<DeValue<'_>>, reader: &mut Reader<'_>) -> Option<Self> {
        let path = PlainPath::from_toml(value, reader)?;
        Some(Self(reader.folder.join(path.0)))
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "minLength": 1 })
    }
}

/// A path as it is written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct PlainPath(pub(super) PathBuf);

impl FromToml for PlainPath {
    fn from_toml(value: &Spanned<DeValue<'_>>, reader: &mut Reader<'_>) -> Option<Self> {
        let text = String::from_toml(value, reader)?;
        if text.is_empty() || text.contains('\0') {
            reader.error(value.span(), "expected a path", None);
            return None;
        }
        Some(Self(Path::new(&text).to_owned()))
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "minLength": 1 })
    }
}

/// What a feed, a sink or a watchlist is called: what filters, logs and the command line name it by.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Name(pub(super) String);

impl Name {
    /// Whether a character can be part of a name: patterns and lists of names have their own.
    pub(super) fn may_hold(c: char) -> bool {
        !c.is_control() && !matches!(c, '*' | '?' | '[' | ']' | '{' | '}' | '\\' | ',' | '"')
    }

    /// Why a text cannot be a name.
    ///
    /// # Errors
    /// In words.
    pub(super) fn check(name: &str) -> Result<(), &'static str> {
        match name {
            "" => Err("a name must not be empty"),
            name if name.trim() != name => Err("a name must not begin or end with a space"),
            name if name.starts_with("tag:") => Err("a name must not begin with `tag:`, which filters use for tags"),
            name if !name.chars().all(Self::may_hold) => {
                Err("a name must not hold any of * ? [ ] { } \\ , \" or control characters")
            }
            _ => Ok(()),
        }
    }
}

impl FromToml for Name {
    fn from_toml(value: &Spanned<DeValue<'_>>, reader: &mut Reader<'_>) -> Option<Self> {
        let name = String::from_toml(value, reader)?;
        if let Err(message) = Self::check(&name) {
            reader.error(value.span(), message, None);
            return None;
        }
        Some(Self(name))
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "minLength": 1 })
    }
}

/// Where to listen: address and port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Address(pub(super) SocketAddr);

impl FromToml for Address {
    fn from_toml(value: &Spanned<DeValue<'_>>, reader: &mut Reader<'_>) -> Option<Self> {
        let text = String::from_toml(value, reader)?;
        let address = text.parse().ok();
        if address.is_none() {
            let help = "names are not looked up: for this machine alone, use 127.0.0.1 or [::1]".to_owned();
            let message = "expected an address and a port, such as \"127.0.0.1:8471\"";
            reader.error(value.span(), message, Some(help));
        }
        address.map(Self)
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": ":[0-9]+$" })
    }
}

/// A Telegram chat: its number, or the name of a public channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Chat(pub(super) ChatId);

impl FromToml for Chat {
    fn from_toml(value: &Spanned<DeValue<'_>>, reader: &mut Reader<'_>) -> Option<Self> {
        let chat = match value.get_ref() {
            DeValue::Integer(number) => number.as_str().parse().ok().map(ChatId::Number),
            DeValue::String(name) if !name.trim().is_empty() => Some(ChatId::Name(name.clone().into_owned())),
            _ => None,
        };
        if chat.is_none() {
            reader.expected(value, "the number of a chat, or the name of a channel such as \"@news\"");
        }
        // It has been reported; what stands in for it is never used.
        Some(Self(chat.unwrap_or(ChatId::Number(0))))
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["integer", "string"] })
    }
}

/// One of a few words.
pub(super) trait Choice: Copy + PartialEq + 'static {
    /// The words, and what they stand for.
    const ALL: &'static [(&'static str, Self)];
}

impl<T: Choice> FromToml for T {
    fn from_toml(value: &Spanned<DeValue<'_>>, reader: &mut Reader<'_>) -> Option<Self> {
        let words = || T::ALL.iter().map(|(word, _)| *word);
        let Some(text) = value.get_ref().as_str() else {
            let all = words().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(", ");
            reader.expected(value, &format!("one of {all}"));
            return None;
        };
        let choice = T::ALL.iter().find(|(word, _)| *word == text).map(|(_, choice)| *choice);
        if choice.is_none() {
            reader.error(value.span(), format!("`{text}` is not possible here"), Some(suggestion(text, words())));
        }
        choice
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "enum": T::ALL.iter().map(|(word, _)| *word).collect::<Vec<_>>() })
    }

    fn to_json(&self) -> Value {
        T::ALL.iter().find(|(_, choice)| choice == self).map_or(Value::Null, |(word, _)| json!(word))
    }
}

impl Choice for FirstPoll {
    const ALL: &'static [(&'static str, Self)] = &[("recent", Self::Recent), ("all", Self::All), ("none", Self::None)];
}

impl Choice for Format {
    const ALL: &'static [(&'static str, Self)] =
        &[("pretty", Self::Pretty), ("json", Self::Json), ("journal", Self::Journal)];
}

impl Choice for Kind {
    const ALL: &'static [(&'static str, Self)] = Self::ALL;
}

impl Choice for Severity {
    const ALL: &'static [(&'static str, Self)] = &[
        ("info", Self::Info),
        ("low", Self::Low),
        ("medium", Self::Medium),
        ("high", Self::High),
        ("critical", Self::Critical),
    ];
}

impl Choice for Case {
    const ALL: &'static [(&'static str, Self)] =
        &[("smart", Self::Smart), ("fold", Self::Fold), ("exact", Self::Exact), ("proper", Self::Proper)];
}

impl Choice for Hyphen {
    const ALL: &'static [(&'static str, Self)] = &[("split", Self::Split), ("join", Self::Join)];
}
