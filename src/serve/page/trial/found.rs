//! What is shown of a trial: what is wrong and where, what would have fired, why a text fires.

use super::super::chart::{Size, chart};
use super::super::marks::{Link, Piece, marked, pieces};
use super::super::template::Markup;
use super::super::why;
use super::super::{Failure, Moment};
use crate::config::diagnostic::{Diagnostic, Diagnostics};
use crate::config::draft::Edited;
use crate::daemon::backtest;
use crate::engine::backtest::{RuleReport, Sample};
use crate::serve::matching::{Matched, Text, match_text};
use crate::serve::problem::Problem;
use crate::sink::in_context;
use crate::sink::payload::Field;
use crate::text::count::count;
use crate::watchlist::definition::Level;
use jiff::civil::Date;
use serde::Serialize;
use serde_json::{Value, json};
use std::path::Path;

/// Diagnostics that are shown.
const MOST: usize = 200;

/// Rules that are explained; those that fire come first.
const EXPLAINED: usize = 50;

/// What `check` says of a watchlist.
#[derive(Debug, Serialize)]
pub(super) struct Checked {
    summary: String,
    rows: Vec<Row>,
    /// How many more there are.
    more: usize,
    /// What is wrong with other files, so that nothing can be tried.
    elsewhere: Vec<String>,
}

/// A diagnostic.
#[derive(Debug, Serialize)]
struct Row {
    /// `error` or `warning`.
    severity: &'static str,
    /// Both in characters, from 1.
    line: usize,
    column: usize,
    /// Characters that are meant.
    length: usize,
    message: String,
    help: Option<String>,
}

impl From<&Diagnostic> for Row {
    fn from(diagnostic: &Diagnostic) -> Self {
        let Diagnostic { level, line, column, message, help, excerpt, .. } = diagnostic;
        let marked = excerpt.as_ref().and_then(|it| it.line.get(it.marked.clone()));
        Self {
            severity: if *level == Level::Error { "error" } else { "warning" },
            line: *line,
            column: *column,
            length: marked.map_or(0, |marked| marked.chars().count()),
            message: message.clone(),
            help: help.clone(),
        }
    }
}

impl Checked {
    /// What concerns `file`, and errors in others.
    pub(super) fn new(found: &Diagnostics, file: &Path) -> Self {
        let here = |it: &&Diagnostic| it.file == file;
        let (errors, warnings) = (found.errors.iter().filter(here), found.warnings.iter().filter(here));
        let elsewhere: Vec<String> = found.errors.iter().filter(|it| !here(it)).map(Diagnostic::summary).collect();
        let mut rows: Vec<Row> = errors.clone().chain(warnings.clone()).map(Row::from).collect();
        rows.sort_by_key(|row| (row.line, row.column));
        let counts = [
            (errors.count(), "error", ""),
            (warnings.count(), "warning", ""),
            (elsewhere.len(), "error", " in other files"),
        ];
        let counts = counts.into_iter().filter(|(number, ..)| *number > 0);
        let counts: Vec<String> = counts.map(|(number, noun, place)| count(number, noun) + place).collect();
        let first = rows
            .iter()
            .find(|row| row.severity == "error")
            .or(rows.first())
            .map(|row| format!(" Line {}, column {}: {}.", row.line, row.column, row.message));
        let summary = match counts.as_slice() {
            [] => "Nothing is wrong.".to_owned(),
            counts => format!("{}.{}", counts.join(", "), first.unwrap_or_default()),
        };
        let more = rows.len().saturating_sub(MOST);
        rows.truncate(MOST);
        Self { summary, rows, more, elsewhere }
    }

    /// As a person sees it.
    pub(super) fn markup(&self) -> Result<Markup, Failure> {
        Ok(Markup::of("checked.html", self)?)
    }

    /// As the script is told: where to mark what, and the list.
    pub(super) fn told(&self, differs: bool) -> Result<Value, Failure> {
        let html = self.markup()?.html();
        Ok(json!({ "summary": self.summary, "differs": differs, "diagnostics": self.rows, "html": html }))
    }
}

/// What a text fires, and why.
#[derive(Debug, Serialize)]
pub(super) struct Explained {
    title: Vec<Piece>,
    text: Vec<Piece>,
    /// The rules that fire, with the severity of each.
    fires: Vec<(String, &'static str)>,
    why: Markup,
    /// How many more rules there are, that do not fire.
    more: usize,
}

impl Explained {
    /// Explains a text. Computes.
    pub(super) fn new(edited: &Edited, title: String, text: String) -> Result<Self, Problem> {
        let watchlist = (!edited.library).then(|| edited.name.clone());
        let text = Text { title, text, watchlist, explain: true, ..Text::default() };
        let Matched { item, alerts, explanations } = match_text(&edited.loaded.runtime, text)?;
        let matches: Vec<_> = alerts.iter().flat_map(|alert| &alert.matches).cloned().collect();
        let rules = alerts.iter().flat_map(|alert| &alert.rules);
        let mut explained = explanations.unwrap_or_default();
        explained.sort_by_key(|rule| !rule.fires);
        Ok(Self {
            title: marked(&item, Field::Title, &matches),
            text: marked(&item, Field::Body, &matches),
            fires: rules.map(|rule| (rule.title.clone(), rule.severity.name())).collect(),
            why: why::trees(explained.iter().take(EXPLAINED), &item)?,
            more: explained.len().saturating_sub(EXPLAINED),
        })
    }
}

/// What would have fired.
#[derive(Debug, Serialize)]
pub(super) struct Tested {
    span: &'static str,
    items: u64,
    since: Moment,
    until: Moment,
    alerts: u64,
    new: u64,
    gone: u64,
    rules: Vec<Rule>,
    notes: Vec<String>,
}

/// A rule.
#[derive(Debug, Serialize)]
struct Rule {
    name: String,
    /// It is there no more.
    former: bool,
    alerts: u64,
    new: u64,
    gone: u64,
    fired: u64,
    chart: Markup,
    samples: [Sort; 3],
}

/// Samples of a sort.
#[derive(Debug, Serialize)]
struct Sort {
    name: &'static str,
    count: u64,
    samples: Vec<Shown>,
}

/// An alert in short.
#[derive(Debug, Serialize)]
struct Shown {
    time: Moment,
    title: Vec<Piece>,
    feed: String,
    /// Where what was found is not in the title: the words around it.
    quote: Vec<Piece>,
    /// The alert that it raised.
    alert: Option<String>,
    link: Option<Link>,
}

impl Tested {
    pub(super) fn new(tested: backtest::Tested, notes: Vec<String>, days: u16) -> Result<Self, Problem> {
        let report = tested.report;
        let total = report.alerts;
        let lists =
            report.rules.iter().any(|rule| report.rules.first().is_some_and(|it| it.watchlist != rule.watchlist));
        let rules = report.rules.iter().map(|rule| Rule::new(rule, &report.days, lists));
        Ok(Self {
            span: super::SPANS.iter().find(|(span, _)| *span == days).map_or("", |(_, said)| said),
            items: report.items,
            since: report.since.into(),
            until: report.until.into(),
            alerts: total.alerts,
            new: total.new,
            gone: total.gone,
            rules: rules.collect::<Result<_, _>>()?,
            notes,
        })
    }
}

impl Rule {
    /// `lists`: there are several watchlists.
    fn new(rule: &RuleReport, days: &[Date], lists: bool) -> Result<Self, Problem> {
        let sort =
            |name, count, samples: &[Sample]| Sort { name, count, samples: samples.iter().map(Shown::of).collect() };
        let of = &rule.samples;
        Ok(Self {
            name: if lists { format!("{} / {}", rule.watchlist, rule.rule) } else { rule.rule.clone() },
            former: !rule.present,
            alerts: rule.alerts,
            new: rule.new,
            gone: rule.gone,
            fired: rule.fired,
            chart: chart(&format!("Alerts by {}", rule.rule), days, &rule.by_day, Size::Small)?,
            samples: [
                sort("New", rule.new, &of.new),
                sort("Gone", rule.gone, &of.gone),
                sort("All", rule.alerts, &of.alerts),
            ],
        })
    }
}

impl Shown {
    fn of(sample: &Sample) -> Self {
        let found = sample.found.as_ref();
        let said = |term: &str| term.to_owned();
        let in_title = sample.mark().zip(found.map(|found| said(&found.term)));
        let quote = found.filter(|_| in_title.is_none()).map(|found| {
            let place = in_context(&found.context, &found.text, found.start);
            pieces(&found.context, place.map(|place| (place, said(&found.term))))
        });
        Self {
            time: sample.time.into(),
            title: pieces(&sample.title, in_title),
            feed: sample.feed.clone(),
            quote: quote.unwrap_or_default(),
            alert: sample.alert.clone(),
            link: sample.link.as_deref().and_then(Link::of),
        }
    }
}
