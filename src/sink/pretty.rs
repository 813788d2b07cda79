//! How a person sees an alert, or what newswatch tells of itself: some lines in a
//! terminal, or one line in the journal. Feed text is made visible by
//! [`super::terminal`], never obeyed.

use super::event::Document;
use super::evidence::{self, Evidence, LONGEST, evidence, title_marks};
use super::payload::{Envelope, Field, Item, Match, Rule, Severity, Time};
use super::terminal::{Span, shortened, visible, wrap};
use anstyle::{AnsiColor, Effects, Style};
use jiff::tz::TimeZone;
use std::fmt::Write as _;
use std::ops::Range;

/// How a terminal is written to.
#[derive(Debug, Clone)]
pub struct Look {
    /// Whether there is colour.
    pub colour: Colour,
    /// How many columns there are.
    pub width: usize,
    /// The zone that times are shown in.
    pub zone: TimeZone,
}

/// Whether there is colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Colour {
    /// Plain text: matches stand in `[` and `]`.
    #[default]
    Never,
    /// ANSI escape sequences.
    Always,
}

const STRONG: Style = Style::new().effects(Effects::BOLD);
const DIM: Style = Style::new().effects(Effects::DIMMED);
const LINK: Style = AnsiColor::Blue.on_default().effects(Effects::UNDERLINE);
const MARK: Style = AnsiColor::Yellow.on_default().effects(Effects::BOLD);
const PLAIN: Style = Style::new();

/// The most characters that are shown of a link, which is not broken into lines.
const LONGEST_LINK: usize = 2000;
/// The most rules that are shown.
const MOST_RULES: usize = 10;
/// The most names of other feeds that are shown.
const MOST_FEEDS: usize = 5;

/// A document for a person: several lines, the last one empty.
#[must_use]
pub fn document(document: &Document, look: &Look) -> String {
    match document {
        Document::Alert(envelope) => alert(envelope, look),
        Document::Digest(event) => event.data.alerts.iter().map(|envelope| alert(envelope, look)).collect(),
        Document::Feed(_, event) => health(document, event.time, event.data.feed.as_ref().map(|it| &*it.url), look),
        Document::Sink(_, event) => health(document, event.time, None, look),
    }
}

/// A document for journald: a line, or of a digest a line an alert; see [`journal_line`].
#[must_use]
pub fn journal(document: &Document) -> String {
    match document {
        Document::Alert(envelope) => journal_line(envelope),
        Document::Digest(event) => event.data.alerts.iter().map(journal_line).collect(),
        Document::Feed(..) | Document::Sink(..) => {
            let severity = document.severity();
            let failure = document.failure(|time| format!("{:.0}", time.0)).unwrap_or_default();
            let line = format!("{} newswatch: {}: {failure}", severity.name(), document.headline());
            format!("<{}>{}\n", priority(severity), visible(&shortened(&line, LONGEST)))
        }
    }
}

/// What newswatch tells of itself.
fn health(document: &Document, time: Time, url: Option<&str>, look: &Look) -> String {
    let mut page = Page { look, out: String::new() };
    let heading = [
        Span::new(&format!("{} ", local(time, look, "%Y-%m-%d %H:%M:%S")), DIM),
        badge(document.severity()),
        space(),
        Span::new(&prose(&document.headline()), STRONG),
    ];
    page.write("", &heading, "  ");
    let failure = document.failure(|since| when(since, time, look)).unwrap_or_default();
    page.write("  ", &[Span::new(&prose(&failure), PLAIN)], "    ");
    if let Some(url) = url {
        page.line("  ", &[Span::new(&shortened(url, LONGEST_LINK), LINK)]);
    }
    page.out.push('\n');
    page.out
}

/// An alert for a person: several lines, the last one empty.
#[must_use]
pub fn alert(envelope: &Envelope, look: &Look) -> String {
    let data = &envelope.data;
    let mut page = Page { look, out: String::new() };
    page.write("", &heading(envelope, look), "  ");
    page.write("  ", &title(&data.item, &data.matches, look), "  ");
    page.write("  ", &origin(envelope, look), "    ");
    if let Some(link) = &data.item.link {
        page.line("  ", &[Span::new(&shortened(link, LONGEST_LINK), LINK)]);
    }
    for rule in data.rules.iter().take(MOST_RULES) {
        page.write("  ", &why(rule, data.severity), "    ");
    }
    if data.rules.len() > MOST_RULES {
        page.write("  ", &[Span::new(&format!("and {} more rules", data.rules.len() - MOST_RULES), DIM)], "  ");
    }
    let (lines, more) = evidence(&data.matches);
    for line in &lines {
        page.write(&format!("    {:<10}", line.field.name()), &line.spans(look), "              ");
    }
    if more > 0 {
        page.write("    ", &[Span::new(&format!("and {more} more matches"), DIM)], "    ");
    }
    page.out.push('\n');
    page.out
}

/// A paragraph for a person, broken into lines that fit: the first one behind `first`, the others
/// behind `rest`.
#[must_use]
pub fn paragraph(first: &str, spans: &[Span], rest: &str, look: &Look) -> String {
    let mut page = Page { look, out: String::new() };
    page.write(first, spans, rest);
    page.out
}

/// An alert as one line for journald, with its newline:
/// `<3>high WATCHLIST: TITLE [RULES] (FEED) LINK`.
///
/// The priority says how bad it is: `<2>` (critical), `<3>` (high), `<4>`
/// (medium), `<5>` (low), `<6>` (info).
#[must_use]
pub fn journal_line(envelope: &Envelope) -> String {
    let data = &envelope.data;
    let mut rules: Vec<String> = data.rules.iter().take(MOST_RULES).map(|rule| prose(&rule.id)).collect();
    rules.extend((data.rules.len() > MOST_RULES).then(|| "…".to_owned()));
    let line = format!(
        "{}{} {}: {} [{}] ({}) {}",
        if data.test { "TEST " } else { "" },
        data.severity.name(),
        shortened(&data.watchlist.name, LONGEST),
        shortened(&data.item.title, LONGEST),
        rules.join(", "),
        shortened(&data.feed.name, LONGEST),
        shortened(data.item.link.as_deref().unwrap_or_default(), LONGEST_LINK),
    );
    format!("<{}>{}\n", priority(data.severity), visible(line.trim_end()))
}

const fn priority(severity: Severity) -> u8 {
    match severity {
        Severity::Critical => 2,
        Severity::High => 3,
        Severity::Medium => 4,
        Severity::Low => 5,
        Severity::Info => 6,
    }
}

/// Time, severity, watchlist.
fn heading(envelope: &Envelope, look: &Look) -> Vec<Span> {
    let data = &envelope.data;
    let mut spans = vec![Span::new(&format!("{} ", local(envelope.time, look, "%Y-%m-%d %H:%M:%S")), DIM)];
    if data.test {
        spans.extend([Span::new("TEST", AnsiColor::Magenta.on_default().effects(Effects::BOLD)), space()]);
    }
    spans.push(badge(data.severity));
    spans.push(space());
    spans.push(Span::new(&prose(&data.watchlist.title), STRONG));
    if data.watchlist.name != data.watchlist.title {
        spans.push(Span::new(&format!(" ({})", prose(&data.watchlist.name)), DIM));
    }
    spans
}

fn badge(severity: Severity) -> Span {
    let style = match severity {
        Severity::Info => DIM,
        Severity::Low => AnsiColor::Cyan.on_default(),
        Severity::Medium => AnsiColor::Yellow.on_default().bold(),
        Severity::High => AnsiColor::Red.on_default().bold(),
        Severity::Critical => AnsiColor::BrightWhite.on(AnsiColor::Red).bold(),
    };
    Span::new(&severity.name().to_uppercase(), style)
}

fn title(item: &Item, matches: &[Match], look: &Look) -> Vec<Span> {
    if item.title.is_empty() {
        return vec![Span::new("(no title)", DIM)];
    }
    highlighted(&shortened(&item.title, LONGEST), title_marks(matches), STRONG, look)
}

/// The feed, when it was published, who else carries it.
fn origin(envelope: &Envelope, look: &Look) -> Vec<Span> {
    let data = &envelope.data;
    let mut parts = vec![prose(&data.feed.name)];
    if !data.feed.title.is_empty() && data.feed.title != data.feed.name {
        parts.push(prose(&data.feed.title));
    }
    if let Some(published) = data.item.published {
        parts.push(format!("published {}", when(published, envelope.time, look)));
    }
    if data.item.revision > 1 {
        parts.push(format!("revision {}", data.item.revision));
    }
    let others = &data.story.also_in;
    if !others.is_empty() {
        let named: Vec<String> = others.iter().take(MOST_FEEDS).map(|name| prose(name)).collect();
        let more = others.len() - named.len();
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        parts.push(format!("also in {}{more}", named.join(", ")));
    }
    parts.retain(|part| !part.is_empty());
    vec![Span::new(&parts.join(" · "), DIM)]
}

/// A rule that fired; its severity where it is not the alert's.
fn why(rule: &Rule, severity: Severity) -> Vec<Span> {
    let mut spans = vec![Span::new("▸ ", DIM), Span::new(&prose(&rule.title), PLAIN)];
    if rule.title != rule.id {
        spans.push(Span::new(&format!(" ({})", prose(&rule.id)), DIM));
    }
    if rule.severity != severity {
        spans.extend([space(), badge(rule.severity)]);
    }
    for tag in &rule.tags {
        spans.push(Span::new(&format!(" #{}", prose(tag)), DIM));
    }
    spans
}

impl Evidence<'_> {
    fn spans(&self, look: &Look) -> Vec<Span> {
        if self.field == Field::Title { self.names() } else { self.excerpt(look) }
    }

    /// What was found, and whose names they are.
    fn names(&self) -> Vec<Span> {
        let mut spans = Vec::new();
        for found in &self.found {
            if !spans.is_empty() {
                spans.push(Span::new(", ", PLAIN));
            }
            spans.push(Span::new(&prose(&found.text), MARK));
            if let Some(entity) = &found.entity {
                let name = if entity.name == found.text { String::new() } else { prose(&entity.name) + ", " };
                spans.push(Span::new(&format!(" ({name}{})", prose(&entity.kind)), DIM));
            }
        }
        spans
    }

    /// The context with what was found in it, and the entities that are named there.
    fn excerpt(&self, look: &Look) -> Vec<Span> {
        let mut entities = Vec::new();
        for found in &self.found {
            let named = found.entity.as_ref().map(|entity| format!("{}, {}", prose(&entity.name), prose(&entity.kind)));
            entities.extend(named.filter(|named| !entities.contains(named)));
        }
        let mut spans = highlighted(&self.context, self.marks(), PLAIN, look);
        if !entities.is_empty() {
            spans.push(Span::new(&format!(" ({})", entities.join("; ")), DIM));
        }
        spans
    }
}

/// A text with its marked ranges highlighted: in colour, or in brackets.
#[must_use]
pub fn highlighted(text: &str, marks: Vec<Range<usize>>, base: Style, look: &Look) -> Vec<Span> {
    let (open, close) = match look.colour {
        Colour::Never => ("[", "]"),
        Colour::Always => ("", ""),
    };
    let span = |(piece, marked): (&str, bool)| {
        if marked { Span::new(&format!("{open}{}{close}", prose(piece)), MARK) } else { Span::new(&prose(piece), base) }
    };
    evidence::pieces(text, marks).into_iter().map(span).collect()
}

/// Line breaks and tabs are spaces where text is broken into lines anew.
fn prose(text: &str) -> String {
    shortened(text, LONGEST).replace(['\n', '\r', '\t'], " ")
}

fn space() -> Span {
    Span::new(" ", PLAIN)
}

/// A time on the day of another is shown without its date.
fn when(time: Time, beside: Time, look: &Look) -> String {
    let date = "%Y-%m-%d";
    let same_day = local(time, look, date) == local(beside, look, date);
    local(time, look, if same_day { "%H:%M" } else { "%Y-%m-%d %H:%M" })
}

fn local(time: Time, look: &Look, format: &str) -> String {
    time.0.to_zoned_datetime(look.zone.clone()).strftime(format).to_string()
}

/// Lines being written.
struct Page<'a> {
    look: &'a Look,
    out: String,
}

impl Page<'_> {
    /// Wraps `spans` behind `first`, further lines behind `rest`.
    fn write(&mut self, first: &str, spans: &[Span], rest: &str) {
        let width = self.look.width.saturating_sub(first.len().max(rest.len())).max(20);
        for (index, line) in wrap(spans, width).into_iter().enumerate() {
            self.line(if index == 0 { first } else { rest }, &line);
        }
    }

    fn line(&mut self, indent: &str, spans: &[Span]) {
        self.out.push_str(indent);
        for span in spans {
            let style = match self.look.colour {
                Colour::Never => PLAIN,
                Colour::Always => span.style,
            };
            // Writing to a string does not fail.
            let _ = write!(self.out, "{style}{}{style:#}", span.text);
        }
        self.out.push('\n');
    }
}
