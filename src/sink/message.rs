//! What a document says to a person: the words, in the order of their weight, before
//! they are written in anyone's markup. Feed text in it has no control characters left,
//! no invisible ones and no line breaks, and is cut to a length that can be read.

use super::evidence::{self, evidence, title_marks};
use super::payload::{ALERT_TYPE, Data, Envelope, Severity, Time};
use super::terminal::is_unsafe;
use serde_json::Value;
use std::ops::Range;
use unicode_width::UnicodeWidthChar as _;
use url::Url;

/// The most characters of a title, an excerpt or a reason.
const LONGEST: usize = 300;
/// The most characters of a name.
const LONGEST_NAME: usize = 80;
/// A longer link is none that anybody clicks; services refuse it.
const LONGEST_LINK: usize = 2000;
/// The most excerpts that are shown.
const MOST_EXCERPTS: usize = 3;
/// The most matches that stand out in a line.
const MOST_MARKED: usize = 20;
/// The most rules, entities and names of other feeds that are shown.
const MOST_NAMES: usize = 5;

/// What a document says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Message {
    /// The document's id.
    pub(super) id: String,
    /// What it is about over time: an incident's name. What fails and what has recovered
    /// share it.
    pub(super) incident: String,
    /// Whether something happened, or is over.
    pub(super) state: State,
    /// Who says so: `newswatch/HOST`.
    pub(super) source: String,
    /// RFC 3339.
    pub(super) time: Option<String>,
    /// How bad it is; of a digest the highest.
    pub(super) severity: Severity,
    /// Sent by `send-test`.
    pub(super) test: bool,
    /// What it belongs to: the watchlist's title.
    pub(super) heading: String,
    /// What it is about.
    pub(super) title: Line,
    /// Where to read on: http or https.
    pub(super) link: Option<String>,
    /// Texts with what was found in them.
    pub(super) quotes: Vec<Line>,
    /// Why it was raised: rules and entities; where it comes from: feed, date, other feeds.
    pub(super) facts: Vec<String>,
    /// The feed in short; empty where it comes from none.
    pub(super) feed: String,
    /// What a digest collects.
    pub(super) members: Vec<Self>,
}

/// Whether something happened, or is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// It happened.
    Raised,
    /// It is over.
    Resolved,
}

/// A line of text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Line(pub(super) Vec<Piece>);

/// A part of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    /// Its text.
    pub(super) text: String,
    /// How it stands out.
    pub(super) style: Style,
}

/// How a piece stands out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// It does not.
    Plain,
    /// It is what was found.
    Mark,
    /// It is important.
    Strong,
}

impl Message {
    /// What a document of the wire format says; of a type that is not known, what it is.
    pub(super) fn of(document: &Value) -> Self {
        let kind = text(document, "/type");
        match kind.split('.').collect::<Vec<_>>().as_slice() {
            _ if kind == ALERT_TYPE => alert(document),
            ["newswatch", "digest", "v1"] => Some(digest(document)),
            ["newswatch", noun @ ("feed" | "sink"), verb @ ("failing" | "recovered"), "v1"] => {
                Some(event(document, noun, verb))
            }
            _ => None,
        }
        .unwrap_or_else(|| unknown(document, kind))
    }

    /// `HIGH`, or `TEST`.
    pub(super) fn badge(&self) -> String {
        if self.test { "TEST".to_owned() } else { self.severity.name().to_uppercase() }
    }
}

impl Line {
    /// A line that stands out nowhere.
    pub(super) fn plain(text: &str) -> Self {
        Self::default().with(text, Style::Plain)
    }

    /// The line and one piece more; nothing where that is empty.
    #[must_use]
    pub(super) fn with(mut self, text: &str, style: Style) -> Self {
        if !text.is_empty() {
            self.0.push(Piece { text: text.to_owned(), style });
        }
        self
    }

    /// Its text alone.
    pub(super) fn text(&self) -> String {
        self.0.iter().map(|piece| piece.text.as_str()).collect()
    }

    /// A feed's text, with the marked ranges of it.
    fn marked(text: &str, mut marks: Vec<Range<usize>>) -> Self {
        marks.sort_by_key(|mark| mark.start);
        marks.truncate(MOST_MARKED);
        let mut line = Self::default();
        let mut left = LONGEST;
        for (piece, marked) in evidence::pieces(text, marks) {
            let (shown, cut) = clip(piece, left);
            line = line.with(&shown, if marked { Style::Mark } else { Style::Plain });
            if cut {
                break;
            }
            left = left.saturating_sub(shown.chars().count());
        }
        line
    }
}

/// A document as it stands, which has a type that this version does not know.
fn unknown(document: &Value, kind: &str) -> Message {
    Message {
        id: name(document, "/id"),
        incident: name(document, "/id"),
        state: State::Raised,
        source: name(document, "/source"),
        time: Some(name(document, "/time")).filter(|time| !time.is_empty()),
        severity: severity(document, Severity::Info),
        test: false,
        heading: "newswatch".to_owned(),
        title: Line::plain(clipped(&format!("{kind} {}", text(document, "/subject")), LONGEST).trim()),
        link: None,
        quotes: Vec::new(),
        facts: Vec::new(),
        feed: String::new(),
        members: Vec::new(),
    }
}

fn alert(document: &Value) -> Option<Message> {
    let Envelope { id, source, time, data, .. } = serde::Deserialize::deserialize(document).ok()?;
    let quotes = quotes(&data);
    Some(Message {
        incident: id.clone(),
        id,
        state: State::Raised,
        source,
        time: Some(rfc3339(time)),
        severity: data.severity,
        test: data.test,
        heading: clipped(&data.watchlist.title, LONGEST_NAME),
        title: Line::marked(evidence::title(&data.item), title_marks(&data.matches)),
        link: data.item.link.as_deref().and_then(safe_link),
        quotes,
        facts: [why(&data), origin(&data)].into_iter().filter(|fact| !fact.is_empty()).collect(),
        feed: short_feed(&data),
        members: Vec::new(),
    })
}

fn digest(document: &Value) -> Message {
    let alerts = document.pointer("/data/alerts").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let members: Vec<Message> = alerts.iter().map(Message::of).collect();
    let count = document.pointer("/data/count").and_then(Value::as_u64).unwrap_or(members.len() as u64);
    let title = format!("{count} alert{}", if count == 1 { "" } else { "s" });
    Message {
        severity: members.iter().map(|member| member.severity).max().unwrap_or(Severity::Info),
        heading: "digest".to_owned(),
        title: Line::plain(&title),
        members,
        ..unknown(document, "")
    }
}

/// A source or a destination that fails, or works again. What it is called, since when and
/// why may stand in one of several places; what is not there is not said.
fn event(document: &Value, noun: &str, verb: &str) -> Message {
    let failing = verb == "failing";
    let named = name(document, &format!("/data/{noun}/name"));
    let named = if named.is_empty() { name(document, &format!("/data/{noun}")) } else { named };
    let named = if named.is_empty() { name(document, "/subject") } else { named };
    let count = document.pointer("/data/count").and_then(Value::as_u64).filter(|count| *count > 1);
    let title = match (count, failing) {
        (Some(count), true) => format!("{count} {noun}s fail at once"),
        (Some(count), false) => format!("{count} {noun}s work again"),
        (None, true) => format!("The {noun} {named} fails"),
        (None, false) => format!("The {noun} {named} works again"),
    };
    let usual = match (failing, noun) {
        (true, "sink") => Severity::High,
        (true, _) => Severity::Medium,
        (false, _) => Severity::Info,
    };
    let reason = clipped(text(document, "/data/reason"), LONGEST);
    let since = text(document, "/data/since").parse().map(|since| format!("since {}", minute(Time(since))));
    let tries = document.pointer("/data/tries").and_then(Value::as_u64);
    let tries = tries.map(|tries| format!("{tries} tr{}", if tries == 1 { "y" } else { "ies" }));
    let facts: Vec<String> = since.ok().into_iter().chain(tries).collect();
    Message {
        incident: format!("{} {noun} {}", name(document, "/source"), if count.is_some() { "*" } else { &named }),
        state: if failing { State::Raised } else { State::Resolved },
        severity: severity(document, usual),
        title: Line::plain(&title),
        quotes: (!reason.is_empty()).then(|| Line::plain(&reason)).into_iter().collect(),
        facts: (!facts.is_empty()).then(|| facts.join(" · ")).into_iter().collect(),
        ..unknown(document, "")
    }
}

fn severity(document: &Value, usual: Severity) -> Severity {
    let given = document.pointer("/data/severity");
    given.and_then(|given| serde::Deserialize::deserialize(given).ok()).unwrap_or(usual)
}

/// The texts around what was found; the summary where all of it is in the title.
fn quotes(data: &Data) -> Vec<Line> {
    let (groups, _) = evidence(&data.matches);
    let outside_title = groups.iter().filter(|group| group.field != super::payload::Field::Title);
    let quotes: Vec<Line> =
        outside_title.take(MOST_EXCERPTS).map(|group| Line::marked(&group.context, group.marks())).collect();
    if quotes.is_empty() && !data.item.summary.is_empty() {
        return vec![Line::plain(&clipped(&data.item.summary, LONGEST))];
    }
    quotes
}

/// The rules, and the entities that go by another name in the text.
fn why(data: &Data) -> String {
    let rules = data.rules.iter().map(|rule| rule.title.as_str()).filter(|title| *title != data.watchlist.title);
    let mut entities: Vec<&str> = Vec::new();
    for found in &data.matches {
        let named = found.entity.as_ref().map(|entity| entity.name.as_str());
        entities.extend(named.filter(|name| *name != found.text && !entities.contains(name)));
    }
    join_facts([listed(rules), listed(entities.into_iter())])
}

/// The feed, when it was published, who else carries it.
fn origin(data: &Data) -> String {
    let published = data.item.published.map(|time| format!("published {}", minute(time)));
    let revision = (data.item.revision > 1).then(|| format!("revision {}", data.item.revision));
    let others = &data.story.also_in;
    let also = match others.len() {
        0 => String::new(),
        1 => format!("also in {}", listed(others.iter().map(String::as_str))),
        count => format!("also in {count} other feeds: {}", listed(others.iter().map(String::as_str))),
    };
    join_facts([feed_name(data), published.unwrap_or_default(), revision.unwrap_or_default(), also])
}

/// The feed by its title, else by its name.
fn short_feed(data: &Data) -> String {
    clipped(if data.feed.title.is_empty() { &data.feed.name } else { &data.feed.title }, LONGEST_NAME)
}

/// The feed by both.
fn feed_name(data: &Data) -> String {
    let (name, title) = (clipped(&data.feed.name, LONGEST_NAME), clipped(&data.feed.title, LONGEST_NAME));
    match (title.is_empty() || title == name, name.is_empty()) {
        (true, _) => name,
        (false, true) => title,
        (false, false) => format!("{title} ({name})"),
    }
}

fn join_facts<const N: usize>(facts: [String; N]) -> String {
    facts.into_iter().filter(|fact| !fact.is_empty()).collect::<Vec<_>>().join(" · ")
}

/// Some names, and how many more there are.
fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let all: Vec<&str> = names.collect();
    let mut shown: Vec<String> = all.iter().take(MOST_NAMES).map(|name| clipped(name, LONGEST_NAME)).collect();
    if let Some(more) = all.len().checked_sub(MOST_NAMES).filter(|more| *more > 0) {
        shown.push(format!("{more} more"));
    }
    shown.join(", ")
}

/// The link that may be offered for a click: http or https, with a host and without a user
/// (which only hides the host, or is somebody's password), not endless.
fn safe_link(link: &str) -> Option<String> {
    let mut url = Url::parse(link.trim()).ok()?;
    // It fails where there can be none.
    let _ = url.set_username("").and_then(|()| url.set_password(None));
    let safe = matches!(url.scheme(), "http" | "https") && url.has_host() && url.as_str().len() <= LONGEST_LINK;
    safe.then(|| url.into())
}

fn text<'v>(document: &'v Value, pointer: &str) -> &'v str {
    document.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

fn name(document: &Value, pointer: &str) -> String {
    clipped(text(document, pointer), LONGEST_NAME)
}

fn rfc3339(time: Time) -> String {
    format!("{:.3}", time.0)
}

fn minute(time: Time) -> String {
    time.0.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// A feed's text on one line, at most `limit` characters of it; `…` stands for what was cut.
fn clipped(text: &str, limit: usize) -> String {
    clip(text, limit).0
}

/// The same, and whether something was cut.
fn clip(text: &str, limit: usize) -> (String, bool) {
    let mut shown = String::new();
    let mut count = 0;
    for c in text.chars().filter_map(plain) {
        if c == ' ' && shown.ends_with(' ') {
            continue;
        }
        if count == limit {
            let end = shown.len();
            shown.push(c);
            shown.truncate(boundary(&shown, end));
            shown.push('…');
            return (shown, true);
        }
        shown.push(c);
        count += 1;
    }
    (shown, false)
}

/// A character as it may be shown; `None` for those that only do harm.
fn plain(c: char) -> Option<char> {
    match c {
        '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}' => Some(' '),
        c if is_unsafe(c) => None,
        c => Some(c),
    }
}

/// So many marks on one character are a prank, and may be parted from it.
const MOST_MARKS: usize = 16;

/// The last place at or before `end` where a text may be cut: not inside a character, nor
/// between one and the marks or joiners that belong to it.
pub(super) fn boundary(text: &str, end: usize) -> usize {
    let end = text.floor_char_boundary(end);
    let mut at = end;
    for _ in 0..MOST_MARKS {
        let (head, tail) = text.split_at_checked(at).unwrap_or((text, ""));
        let joined = head.ends_with('\u{200d}') || tail.chars().next().is_some_and(belongs_to_the_one_before);
        match head.chars().next_back() {
            Some(last) if joined => at -= last.len_utf8(),
            _ => return at,
        }
    }
    end
}

fn belongs_to_the_one_before(c: char) -> bool {
    c.width() == Some(0) || matches!(c, '\u{1f3fb}'..='\u{1f3ff}')
}
