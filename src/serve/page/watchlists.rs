//! The watchlists: how often each fires, and one of them with its rules, terms and lints.

use super::super::days::Days;
use super::super::problem::Problem;
use super::super::watchlists::{self, RuleRow, TermRow, WatchlistDetail, WatchlistRow};
use super::super::{Api, segment};
use super::chart::{Size, chart};
use super::extract::{Path, Query};
use super::marks::{Piece, address, pieces};
use super::template::{self, Markup, Place};
use super::{Failure, Page};
use crate::config::Remarks;
use crate::config::diagnostic::{Diagnostic, Excerpt};
use crate::daemon::clock;
use crate::sink::payload::Severity;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Html;
use jiff::ToSpan as _;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Watchlists of a page.
const PAGE: usize = 200;

/// Rules that are shown of a watchlist.
const RULES: usize = 100;

/// How many days can be looked at; the first is usual.
const RANGES: [u16; 3] = [30, 7, 90];

/// What is asked for.
#[derive(Debug, Deserialize)]
pub(super) struct Wanted {
    /// How many days are looked at.
    days: Option<u16>,
    /// Of a list: the name of the last watchlist of the page before.
    after: Option<String>,
}

impl Wanted {
    fn days(&self) -> Result<Days, Failure> {
        let days = self.days.unwrap_or(RANGES[0]);
        if !RANGES.contains(&days) {
            return Err(Failure::new(StatusCode::BAD_REQUEST, "days: expected 7, 30 or 90"));
        }
        Ok(Days::until(clock::now(), days))
    }
}

#[derive(Debug, Serialize)]
struct View {
    days: usize,
    ranges: Vec<Range>,
    rows: Vec<Row>,
    next: Option<String>,
}

/// A number of days that can be chosen.
#[derive(Debug, Serialize)]
struct Range {
    days: u16,
    address: String,
    here: bool,
}

/// A watchlist.
#[derive(Debug, Serialize)]
struct Row {
    name: String,
    title: String,
    address: String,
    severity: &'static str,
    library: bool,
    rules: usize,
    terms: usize,
    alerts: u64,
    alerts_address: String,
    chart: Markup,
    last: Option<String>,
    /// `None`: it was not looked through yet.
    lints: Option<usize>,
}

impl Row {
    fn new(row: &WatchlistRow, days: &Days) -> Result<Self, Problem> {
        Ok(Self {
            address: own(&row.name, days),
            severity: row.severity.name(),
            library: row.library,
            rules: row.rules,
            terms: row.terms,
            alerts: row.alerts.iter().sum(),
            alerts_address: alerts_of(&row.name, days, &[]),
            chart: chart(&format!("Alerts of {}", row.title), days.dates(), &row.alerts, Size::Small)?,
            last: row.last_fired.map(|date| date.to_string()),
            lints: row.warnings,
            name: row.name.clone(),
            title: row.title.clone(),
        })
    }
}

/// The address of a watchlist, with as many days.
fn own(name: &str, days: &Days) -> String {
    ranged(&format!("/watchlists/{}", segment(name)), days.dates().len())
}

/// An address of ours for so many days.
fn ranged(path: &str, days: usize) -> String {
    let days = days.to_string();
    address(path, (days != RANGES[0].to_string()).then_some(("days", days.as_str())))
}

fn ranges(path: &str, days: &Days) -> Vec<Range> {
    let mut ranges = RANGES;
    ranges.sort_unstable();
    let range = |days_of: u16| Range {
        days: days_of,
        address: ranged(path, days_of.into()),
        here: days.dates().len() == usize::from(days_of),
    };
    ranges.map(range).into()
}

/// Where the alerts of a watchlist are that are counted.
fn alerts_of(name: &str, days: &Days, more: &[(&str, &str)]) -> String {
    let since = days.dates().first().map(Date::to_string);
    let since = since.as_deref().map(|since| ("since", since));
    address("/", [("watchlist", name)].into_iter().chain(more.iter().copied()).chain(since))
}

/// `GET /watchlists`
pub(super) async fn list(State(page): State<Page>, Query(wanted): Query<Wanted>) -> Result<Html<String>, Failure> {
    let days = wanted.days()?;
    let all = watchlists::rows(&page.api, &days).await?;
    // Where the one before is gone, the list begins again.
    let start =
        wanted.after.and_then(|after| all.iter().position(|row| row.name == after)).map_or(0, |place| place + 1);
    let shown: Vec<_> = all.iter().skip(start).take(PAGE).collect();
    let next = shown.last().filter(|_| start + shown.len() < all.len()).map(|last| {
        let count = days.dates().len().to_string();
        address("/watchlists", [("days", count.as_str()), ("after", last.name.as_str())])
    });
    let rows = shown.into_iter().map(|row| Row::new(row, &days)).collect::<Result<_, _>>()?;
    let view = View { days: days.dates().len(), ranges: ranges("/watchlists", &days), rows, next };
    Ok(template::page(Place::at("watchlists", "Watchlists", page.is_writable()), "watchlists.html", &view)?)
}

/// One watchlist.
#[derive(Debug, Serialize)]
struct Whole {
    row: Row,
    days: usize,
    ranges: Vec<Range>,
    /// All of its alerts.
    all_address: String,
    /// Where a person tries an edited version of it.
    try_address: String,
    chart: Markup,
    /// The first and the last day.
    span: [String; 2],
    /// The most alerts of a day.
    highest: u64,
    each_day: Vec<EachDay>,
    rules: Vec<Rule>,
    /// Rules that are not shown.
    more_rules: usize,
    most: Vec<Term>,
    /// There are more of them.
    most_cut: bool,
    never: Vec<String>,
    never_count: usize,
    counted_since: Option<String>,
    remarks: Vec<Remark>,
    more_remarks: usize,
}

/// The alerts of one day.
#[derive(Debug, Serialize)]
struct EachDay {
    date: String,
    alerts: u64,
    address: String,
}

#[derive(Debug, Serialize)]
struct Rule {
    id: String,
    title: String,
    /// `None`: it is no longer there.
    severity: Option<&'static str>,
    alerts: u64,
    address: String,
    chart: Markup,
}

#[derive(Debug, Serialize)]
struct Term {
    text: String,
    matches: u64,
    /// Of 100 matches of the first one, how many it has.
    share: u64,
    address: String,
}

/// What is probably not meant in its file.
#[derive(Debug, Serialize)]
struct Remark {
    /// `FILE:LINE:COLUMN`
    place: String,
    message: String,
    help: Option<String>,
    source: Vec<Piece>,
}

impl From<&Diagnostic> for Remark {
    fn from(diagnostic: &Diagnostic) -> Self {
        Self {
            place: format!("{}:{}:{}", diagnostic.file.display(), diagnostic.line, diagnostic.column),
            message: diagnostic.message.clone(),
            help: diagnostic.help.clone(),
            source: diagnostic.excerpt.as_ref().map(source).unwrap_or_default(),
        }
    }
}

/// Bytes of a source line that are shown before and after what is meant.
const AROUND: usize = 60;

/// A source line with what is meant in it marked.
fn source(excerpt: &Excerpt) -> Vec<Piece> {
    let Excerpt { line, marked } = excerpt;
    let from = line.floor_char_boundary(marked.start.saturating_sub(AROUND));
    let to = line.ceil_char_boundary(marked.end.saturating_add(AROUND).min(line.len()));
    let cut = |is_cut: bool| if is_cut { "…" } else { "" };
    let shown = format!("{}{}{}", cut(from > 0), line.get(from..to).unwrap_or_default(), cut(to < line.len()));
    let place = |byte: usize| byte.saturating_sub(from) + cut(from > 0).len();
    pieces(&shown, [(place(marked.start)..place(marked.end), String::new())])
}

fn rule(list: &str, rule: &RuleRow, days: &Days) -> Result<Rule, Problem> {
    Ok(Rule {
        severity: rule.severity.map(Severity::name),
        alerts: rule.alerts.iter().sum(),
        address: alerts_of(list, days, &[("rule", &rule.id)]),
        chart: chart(&format!("Alerts by {}", rule.title), days.dates(), &rule.alerts, Size::Small)?,
        id: rule.id.clone(),
        title: rule.title.clone(),
    })
}

fn term(list: &str, TermRow { term, matches }: &TermRow, most: u64, days: &Days) -> Term {
    // Alerts are found by the words of their texts, each as the beginning of one.
    let words = term.trim_end_matches('*');
    Term {
        text: term.clone(),
        matches: *matches,
        share: matches.saturating_mul(100).checked_div(most).unwrap_or(0),
        address: alerts_of(list, days, &[("q", words)]),
    }
}

fn each_day(list: &str, row: &WatchlistRow, days: &Days) -> Vec<EachDay> {
    let day = |(date, alerts): (&Date, &u64)| {
        let (since, until) = (date.to_string(), date.saturating_add(1.day()).to_string());
        let pairs = [("watchlist", list), ("since", since.as_str()), ("until", until.as_str())];
        EachDay { alerts: *alerts, address: address("/", pairs), date: since.clone() }
    };
    days.dates().iter().zip(&row.alerts).rev().map(day).collect()
}

/// `GET /watchlists/{name}`
pub(super) async fn one(
    State(page): State<Page>,
    Path(name): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Html<String>, Failure> {
    let days = wanted.days()?;
    let Some(detail) = watchlists::detail(&page.api, &name, &days).await? else {
        return Err(Failure::new(StatusCode::NOT_FOUND, format!("there is no watchlist {name:?}")));
    };
    let whole = whole(&page.api, detail, &days)?;
    Ok(template::page(Place::at("watchlists", &whole.row.title, page.is_writable()), "watchlist.html", &whole)?)
}

fn whole(api: &Api, detail: WatchlistDetail, days: &Days) -> Result<Whole, Problem> {
    let WatchlistDetail { watchlist: row, mut rules, most, most_cut, never, never_count, counted_since, .. } = detail;
    let live = api.handle.live.load();
    let none = Remarks::default();
    let remarks = live.remarks.get().and_then(|remarks| remarks.get(&row.name)).unwrap_or(&none);
    let more_rules = rules.len().saturating_sub(RULES);
    if more_rules > 0 {
        rules.sort_by_key(|rule| std::cmp::Reverse(rule.alerts.iter().sum::<u64>()));
    }
    let highest = most.first().map_or(0, |term| term.matches);
    let date = |date: Option<&Date>| date.map(Date::to_string).unwrap_or_default();
    Ok(Whole {
        days: days.dates().len(),
        ranges: ranges(&format!("/watchlists/{}", segment(&row.name)), days),
        all_address: address("/", [("watchlist", row.name.as_str())]),
        try_address: format!("/try/{}", segment(&row.name)),
        chart: chart("Alerts", days.dates(), &row.alerts, Size::Large)?,
        span: [date(days.dates().first()), date(days.dates().last())],
        highest: row.alerts.iter().copied().max().unwrap_or(0),
        each_day: each_day(&row.name, &row, days),
        rules: rules.iter().take(RULES).map(|it| rule(&row.name, it, days)).collect::<Result<_, _>>()?,
        more_rules,
        most: most.iter().map(|it| term(&row.name, it, highest, days)).collect(),
        most_cut,
        never,
        never_count,
        counted_since: counted_since.map(|date| date.to_string()),
        remarks: remarks.first.iter().map(Remark::from).collect(),
        more_remarks: remarks.count.saturating_sub(remarks.first.len()),
        row: Row::new(&row, days)?,
    })
}
