//! What a document says to a person: the words, in the order of their weight, before
//! they are written in anyone's markup. Feed text in it has no control characters left,
//! no invisible ones and no line breaks, and is cut to a length that can be read.

use super::event::Document;
use super::evidence::{self, evidence, title_marks};
use super::payload::{Data, Envelope, Field, Severity, Time};
use super::terminal::is_unsafe;
use crate::engine::health::Change;
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
    /// What it is about over time: an incident's name. What fails and what has recovered
    /// share it; else it is the document's id.
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
    /// What a document says.
    pub(super) fn of(document: &Document) -> Self {
        match document {
            Document::Alert(envelope) => alert(envelope),
            Document::Digest(event) => {
                let members = event.data.alerts.iter().map(alert).collect();
                Self { heading: "digest".to_owned(), members, ..own(document, &event.source, event.time) }
            }
            Document::Feed(change, event) => {
                let subject = event.data.feed.as_ref().map_or("feeds".to_owned(), |feed| format!("feed {}", feed.name));
                health(own(document, &event.source, event.time), *change, &subject)
            }
            Document::Sink(change, event) => {
                let subject = format!("sink {}", event.data.sink.name);
                health(own(document, &event.source, event.time), *change, &subject)
            }
        }
    }

    /// A document that this version does not know: its type, and what it is about.
    pub(super) fn unknown(document: &Value) -> Self {
        let text = |member| document.get(member).and_then(Value::as_str).unwrap_or_default();
        let title = clipped(&format!("{} {}", text("type"), text("subject")), LONGEST);
        Self {
            incident: text("id").to_owned(),
            state: State::Raised,
            source: clipped(text("source"), LONGEST_NAME),
            time: text("time").parse().ok().map(|time| rfc3339(Time(time))),
            severity: Severity::Info,
            test: false,
            heading: "newswatch".to_owned(),
            title: Line::plain(title.trim()),
            link: None,
            quotes: Vec::new(),
            facts: Vec::new(),
            feed: String::new(),
            members: Vec::new(),
        }
    }

    /// `HIGH`; `TEST` or `RESOLVED`.
    pub(super) fn badge(&self) -> String {
        match (self.test, self.state) {
            (true, _) => "TEST".to_owned(),
            (false, State::Resolved) => "RESOLVED".to_owned(),
            (false, State::Raised) => self.severity.name().to_uppercase(),
        }
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

fn alert(envelope: &Envelope) -> Message {
    let data = &envelope.data;
    Message {
        incident: envelope.id.clone(),
        state: State::Raised,
        source: envelope.source.clone(),
        time: Some(rfc3339(envelope.time)),
        severity: data.severity,
        test: data.test,
        heading: clipped(&data.watchlist.title, LONGEST_NAME),
        title: Line::marked(evidence::title(&data.item), title_marks(&data.matches)),
        link: data.item.link.as_deref().and_then(safe_link),
        quotes: quotes(data),
        facts: [why(data), origin(data)].into_iter().filter(|fact| !fact.is_empty()).collect(),
        feed: short_feed(data),
        members: Vec::new(),
    }
}

/// What is newswatch's own: a headline and no more.
fn own(document: &Document, source: &str, time: Time) -> Message {
    Message {
        incident: document.id().to_owned(),
        state: State::Raised,
        source: source.to_owned(),
        time: Some(rfc3339(time)),
        severity: document.severity(),
        test: false,
        heading: "newswatch".to_owned(),
        title: Line::plain(&clipped(&document.headline(), LONGEST)),
        link: None,
        quotes: document.failure(minute).map(|failure| Line::plain(&clipped(&failure, LONGEST))).into_iter().collect(),
        facts: Vec::new(),
        feed: String::new(),
        members: Vec::new(),
    }
}

/// A source or a destination that fails, or works again. What is over is no reason to run.
fn health(message: Message, change: Change, subject: &str) -> Message {
    let incident = format!("{} {}", message.source, clipped(subject, LONGEST_NAME));
    match change {
        Change::Failing => Message { incident, ..message },
        Change::Recovered => Message { incident, state: State::Resolved, severity: Severity::Info, ..message },
    }
}

/// The texts around what was found; the summary where all of it is in the title.
fn quotes(data: &Data) -> Vec<Line> {
    let (groups, _) = evidence(&data.matches);
    let outside_title = groups.iter().filter(|group| group.field != Field::Title);
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
#[must_use]
pub fn safe_link(link: &str) -> Option<String> {
    let mut url = Url::parse(link.trim()).ok()?;
    // It fails where there can be none.
    let _ = url.set_username("").and_then(|()| url.set_password(None));
    let safe = matches!(url.scheme(), "http" | "https") && url.has_host() && url.as_str().len() <= LONGEST_LINK;
    safe.then(|| url.into())
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
