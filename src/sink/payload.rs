//! The wire format: the alert, version 1. A CloudEvents 1.0 structured event
//! (<https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md>)
//! that also follows the Standard Webhooks payload shape.
//!
//! These types are the contract with receivers; members are only ever added, at
//! the end, and a receiver ignores those that it does not know. Every member is
//! always there; what is not known is `null`. No domain type is serialized.

use crate::engine::alert::{Alert, AlertEntity, AlertFeed, AlertMatch, AlertRule, AlertStory};
use crate::watchlist::{definition, term};
use jiff::Timestamp;
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::fmt;

/// The `type` of an alert.
pub const ALERT_TYPE: &str = "newswatch.alert.v1";

/// The media type of a payload.
pub const CONTENT_TYPE: &str = "application/cloudevents+json";

/// Whether the item's text goes along.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum TextMode {
    /// `item.text` is the whole text, at most 256 KiB.
    #[default]
    Full,
    /// `item.text` is `null`. Matches in `body` keep their offsets into the text
    /// that was not carried.
    Omitted,
}

/// An alert as it is sent: a CloudEvents 1.0 event in structured JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "newswatch alert, version 1")]
pub struct Envelope {
    /// Version of CloudEvents.
    #[schemars(extend("const" = "1.0"))]
    pub specversion: String,
    /// `alt_…`: the same alert, sent or found again, has the same id. Deduplicate on it.
    pub id: String,
    /// The machine that raised it: `newswatch/HOST`.
    pub source: String,
    /// What this event is, with its version.
    #[serde(rename = "type")]
    #[schemars(extend("const" = "newswatch.alert.v1"))]
    pub kind: String,
    /// Name of the watchlist.
    pub subject: String,
    /// When it was decided, UTC.
    pub time: Time,
    /// The same as `time`, for receivers that follow Standard Webhooks.
    pub timestamp: Time,
    /// Media type of `data`.
    #[schemars(extend("const" = "application/json"))]
    pub datacontenttype: String,
    /// The alert.
    pub data: Data,
}

/// The alert itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "Alert")]
pub struct Data {
    /// The highest of `rules`.
    pub severity: Severity,
    /// Sent by `newswatch send-test`: no item of a feed.
    pub test: bool,
    /// The watchlist that fired.
    pub watchlist: Watchlist,
    /// The rules that fire now and had not fired on this item or story before.
    pub rules: Vec<Rule>,
    /// The occurrences that made them true, by field and position.
    pub matches: Vec<Match>,
    /// The item.
    pub item: Item,
    /// The feed it came from.
    pub feed: Feed,
    /// The story it belongs to.
    pub story: Story,
}

/// How bad an alert is, mildest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Severity {
    Info,
    Low,
    Medium,
    High,
    Critical,
}

/// A watchlist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Watchlist {
    /// Its unique name.
    pub name: String,
    /// Its title for people.
    pub title: String,
}

/// A rule that fired.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Rule {
    /// Its id, unique in its watchlist.
    pub id: String,
    /// Its title for people.
    pub title: String,
    /// Its severity.
    pub severity: Severity,
    /// Its tags.
    pub tags: Vec<String>,
}

/// An occurrence that made a rule true.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Match {
    /// The term as the watchlist writes it.
    pub term: String,
    /// Whose name it is; `null` for a plain term.
    pub entity: Option<Entity>,
    /// The field it was found in.
    pub field: Field,
    /// First byte of it in the UTF-8 text of that field.
    pub start: u32,
    /// One past its last byte.
    pub end: u32,
    /// The text found.
    pub text: String,
    /// It with some words around it, white space folded, `…` where cut.
    pub context: String,
}

/// A field of an item: `title` is `item.title`, `body` is `item.text`, `link` is
/// `item.link`; `author` and `category` are `item.authors` and `item.categories`
/// joined by an empty line (two line feeds).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Field {
    Title,
    Body,
    Author,
    Category,
    Link,
}

/// A person, organization, place or thing that a watchlist names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Entity {
    /// Its id.
    pub id: String,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its name.
    pub name: String,
}

/// One entry of a feed. All texts are plain text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Item {
    /// Ours: `itm_…`.
    pub id: String,
    /// The feed's own.
    pub guid: Option<String>,
    /// As the feed gives it, absolute.
    pub link: Option<String>,
    /// Without fragment and tracking parameters.
    pub canonical_link: Option<String>,
    /// Its title.
    pub title: String,
    /// Its summary; empty where the feed gives none.
    pub summary: String,
    /// The content, preceded by the summary where it does not contain it; at most
    /// 256 KiB. `null` where the sink is set not to carry it.
    pub text: Option<String>,
    /// The names of its authors.
    pub authors: Vec<String>,
    /// The labels of its categories.
    pub categories: Vec<String>,
    /// A BCP 47 tag, declared or detected.
    pub language: Option<String>,
    /// When it was published, where the feed gives a date to be trusted.
    pub published: Option<Time>,
    /// When it was changed, where the feed gives a date to be trusted.
    pub updated: Option<Time>,
    /// When newswatch first read it.
    pub first_seen: Time,
    /// 1, and one more for each change of its text.
    pub revision: u32,
}

/// The feed an item came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Feed {
    /// Its name in the configuration.
    pub name: String,
    /// Its own title.
    pub title: String,
    /// Its URL, without password.
    pub url: String,
    /// Its tags.
    pub tags: Vec<String>,
}

/// The same news carried by several items.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Story {
    /// `sty_…`
    pub id: String,
    /// The story had no alert of this watchlist before.
    pub first: bool,
    /// Names of the other feeds that carried it before.
    pub also_in: Vec<String>,
}

/// An instant, written as RFC 3339 in UTC with milliseconds; any RFC 3339 is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time(pub Timestamp);

/// Bytes that are no payload of a known version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseError {
    /// What is wrong, in words.
    pub message: String,
}

/// The bytes of an alert: one JSON document on one line, without its newline.
#[must_use]
pub fn render(alert: &Alert, host: &str, text: TextMode) -> Vec<u8> {
    to_json(&envelope(alert, host, text))
}

/// An alert as it is sent. `host` names the machine.
#[must_use]
pub fn envelope(alert: &Alert, host: &str, text: TextMode) -> Envelope {
    Envelope {
        specversion: "1.0".to_owned(),
        id: alert.id.clone(),
        source: format!("newswatch/{host}"),
        kind: ALERT_TYPE.to_owned(),
        subject: alert.watchlist.clone(),
        time: Time(alert.time),
        timestamp: Time(alert.time),
        datacontenttype: "application/json".to_owned(),
        data: data(alert, text),
    }
}

/// The alert itself, without the envelope; `match --json` prints it.
#[must_use]
pub fn data(alert: &Alert, text: TextMode) -> Data {
    Data {
        severity: alert.severity.into(),
        test: alert.test,
        watchlist: Watchlist { name: alert.watchlist.clone(), title: alert.watchlist_title.clone() },
        rules: alert.rules.iter().map(Rule::from).collect(),
        matches: alert.matches.iter().map(Match::from).collect(),
        item: item(&alert.item, text),
        feed: Feed::from(&alert.feed),
        story: Story::from(&alert.story),
    }
}

/// An item as it is sent.
#[must_use]
pub fn item(item: &crate::engine::item::Item, text: TextMode) -> Item {
    Item {
        id: item.id.clone(),
        guid: item.guid.clone(),
        link: item.link.clone(),
        canonical_link: item.canonical_link.clone(),
        title: item.title.clone(),
        summary: item.summary.clone(),
        text: match text {
            TextMode::Full => Some(item.text.clone()),
            TextMode::Omitted => None,
        },
        authors: item.authors.clone(),
        categories: item.categories.clone(),
        language: item.language.clone(),
        published: item.published.map(Time),
        updated: item.updated.map(Time),
        first_seen: Time(item.first_seen),
        revision: item.revision,
    }
}

/// Reads what [`render`] wrote; members that this version does not know are ignored.
///
/// # Errors
/// Where the bytes are not JSON, of another type or version, or lack a member.
pub fn parse(bytes: &[u8]) -> Result<Envelope, ParseError> {
    expect_alert(bytes)?;
    serde_json::from_slice(bytes).map_err(|error| ParseError::new(&error))
}

/// Whether this is an alert of this version, as far as its `type` says.
///
/// # Errors
/// Where the bytes are not JSON, or of another type or version.
pub fn expect_alert(bytes: &[u8]) -> Result<(), ParseError> {
    let kind = kind(bytes)?;
    if kind != ALERT_TYPE {
        return Err(ParseError { message: format!("the type is {kind:?}, not {ALERT_TYPE}") });
    }
    Ok(())
}

/// The `type` of a document.
pub(super) fn kind(bytes: &[u8]) -> Result<Cow<'_, str>, ParseError> {
    #[derive(Deserialize)]
    struct Head<'a> {
        #[serde(rename = "type", borrow)]
        kind: Cow<'a, str>,
    }
    let head: Head<'_> = serde_json::from_slice(bytes).map_err(|error| ParseError::new(&error))?;
    Ok(head.kind)
}

/// The JSON Schema (2020-12) of an alert, for `schema alert`.
#[must_use]
pub fn schema() -> schemars::Schema {
    // Of what is written, not of what is read: there every member is required.
    SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<Envelope>()
}

/// The text of a field as an alert carries it: what the offsets of a [`Match`]
/// count in. `None` where it is not carried.
#[must_use]
pub fn field_text(item: &Item, field: Field) -> Option<Cow<'_, str>> {
    Some(match field {
        Field::Title => Cow::Borrowed(item.title.as_str()),
        Field::Body => Cow::Borrowed(item.text.as_deref()?),
        Field::Author => Cow::Owned(item.authors.join("\n\n")),
        Field::Category => Cow::Owned(item.categories.join("\n\n")),
        Field::Link => Cow::Borrowed(item.link.as_deref().unwrap_or_default()),
    })
}

/// The bytes of a document.
pub(super) fn to_json(document: &impl Serialize) -> Vec<u8> {
    // Strings, numbers, lists and structs only: nothing in it can fail to serialize.
    serde_json::to_vec(document).unwrap_or_default()
}

impl ParseError {
    pub(super) fn new(error: &serde_json::Error) -> Self {
        Self { message: format!("not a document that this version reads: {error}") }
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ParseError {}

impl Severity {
    /// The name used everywhere.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

impl Field {
    /// The name used in rules and here.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Body => "body",
            Self::Author => "author",
            Self::Category => "category",
            Self::Link => "link",
        }
    }
}

impl From<definition::Severity> for Severity {
    fn from(severity: definition::Severity) -> Self {
        match severity {
            definition::Severity::Info => Self::Info,
            definition::Severity::Low => Self::Low,
            definition::Severity::Medium => Self::Medium,
            definition::Severity::High => Self::High,
            definition::Severity::Critical => Self::Critical,
        }
    }
}

impl From<Severity> for definition::Severity {
    fn from(severity: Severity) -> Self {
        match severity {
            Severity::Info => Self::Info,
            Severity::Low => Self::Low,
            Severity::Medium => Self::Medium,
            Severity::High => Self::High,
            Severity::Critical => Self::Critical,
        }
    }
}

impl From<term::Field> for Field {
    fn from(field: term::Field) -> Self {
        match field {
            term::Field::Title => Self::Title,
            term::Field::Body => Self::Body,
            term::Field::Author => Self::Author,
            term::Field::Category => Self::Category,
            term::Field::Link => Self::Link,
        }
    }
}

impl From<&AlertRule> for Rule {
    fn from(rule: &AlertRule) -> Self {
        Self { id: rule.id.clone(), title: rule.title.clone(), severity: rule.severity.into(), tags: rule.tags.clone() }
    }
}

impl From<&AlertMatch> for Match {
    fn from(found: &AlertMatch) -> Self {
        Self {
            term: found.term.clone(),
            entity: found.entity.as_ref().map(Entity::from),
            field: found.field.into(),
            start: found.start,
            end: found.end,
            text: found.text.clone(),
            context: found.context.clone(),
        }
    }
}

impl From<&AlertEntity> for Entity {
    fn from(entity: &AlertEntity) -> Self {
        Self { id: entity.id.clone(), kind: entity.kind.clone(), name: entity.name.clone() }
    }
}

impl From<&AlertFeed> for Feed {
    fn from(feed: &AlertFeed) -> Self {
        Self { name: feed.name.clone(), title: feed.title.clone(), url: feed.url.clone(), tags: feed.tags.clone() }
    }
}

impl From<&AlertStory> for Story {
    fn from(story: &AlertStory) -> Self {
        Self { id: story.id.clone(), first: story.first, also_in: story.also_in.clone() }
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{:.3}", self.0))
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map(Self).map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Time {
    fn schema_name() -> Cow<'static, str> {
        "Time".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "format": "date-time",
            "description": "RFC 3339, UTC, with milliseconds"
        })
    }
}
