//! The watchlists: how often each fires, by which rules and terms, and by which never.

use super::Api;
use super::days::Days;
use super::extract::{Path, Query};
use super::problem::Problem;
use crate::config::diagnostic::Diagnostic;
use crate::daemon::clock;
use crate::engine::Runtime;
use crate::sink::payload::Severity;
use crate::store::daily::FiredTerm;
use crate::store::{Error, Store};
use crate::watchlist::{Rule, RuleIx, Watchlist, WatchlistIx, Watchlists};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// A watchlist and how often it fired.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct WatchlistRow {
    /// Its name.
    pub name: String,
    /// Its title.
    pub title: String,
    /// The severity of rules that set none.
    pub severity: Severity,
    /// It only serves others, and never fires.
    pub library: bool,
    /// How many rules it has.
    pub rules: usize,
    /// How many terms these look for, outside `NOT`.
    pub terms: usize,
    /// Its alerts on each day (UTC) that was asked for, today the last one.
    pub alerts: Vec<u64>,
    /// The day on which it fired last; `null`: on none that is counted.
    #[schemars(with = "Option<String>")]
    pub last_fired: Option<Date>,
    /// How many things `newswatch check` would warn of in its file; `null`: it was not looked
    /// through yet.
    pub warnings: Option<usize>,
}

/// One watchlist with its rules and terms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct WatchlistDetail {
    /// It.
    pub watchlist: WatchlistRow,
    /// Its rules in their order, then those that fired and are no longer there.
    pub rules: Vec<RuleRow>,
    /// The terms that were found most in its alerts of these days, at most 50.
    pub most: Vec<TermRow>,
    /// Whether there are more of these.
    pub most_cut: bool,
    /// Terms that were found in none of its alerts that are counted, at most 200.
    pub never: Vec<String>,
    /// How many of these there are.
    pub never_count: usize,
    /// Since when is counted.
    #[schemars(with = "Option<String>")]
    pub counted_since: Option<Date>,
    /// What `newswatch check` would warn of in its file, at most 200.
    pub warnings: Vec<Warning>,
}

/// A rule and how often it fired.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RuleRow {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its severity; `null`: it is no longer there.
    pub severity: Option<Severity>,
    /// Its alerts on each day; one that several rules made counts for each of them.
    pub alerts: Vec<u64>,
}

/// A term and how often it was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct TermRow {
    /// The term as the watchlist writes it.
    pub term: String,
    /// Its matches in these days.
    pub matches: u64,
}

impl From<&FiredTerm> for TermRow {
    fn from(FiredTerm { term, matches }: &FiredTerm) -> Self {
        Self { term: term.clone(), matches: *matches }
    }
}

/// Something that is probably not meant, as `check --json` tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Warning {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

impl From<&Diagnostic> for Warning {
    fn from(diagnostic: &Diagnostic) -> Self {
        Self {
            file: diagnostic.file.display().to_string(),
            line: diagnostic.line,
            column: diagnostic.column,
            message: diagnostic.message.clone(),
            help: diagnostic.help.clone(),
        }
    }
}

/// What the calls can be asked.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DaysQuery {
    /// How many days are told, today included: 1 to 90; 30 where absent.
    days: Option<u16>,
}

impl DaysQuery {
    fn days(&self) -> Result<Days, Problem> {
        match self.days.unwrap_or(30) {
            days @ 1..=90 => Ok(Days::until(clock::now(), days)),
            _ => Err(Problem::new(StatusCode::BAD_REQUEST, "days: expected a number from 1 to 90")),
        }
    }
}

/// `GET /api/v1/watchlists`
pub(super) async fn list(
    State(api): State<Api>,
    Query(query): Query<DaysQuery>,
) -> Result<Json<Vec<WatchlistRow>>, Problem> {
    Ok(Json(rows(&api, &query.days()?).await?))
}

/// `GET /api/v1/watchlists/{name}`
pub(super) async fn one(
    State(api): State<Api>,
    Path(name): Path<String>,
    Query(query): Query<DaysQuery>,
) -> Result<Json<WatchlistDetail>, Problem> {
    let detail = detail(&api, &name, &query.days()?).await?;
    detail.map(Json).ok_or_else(|| Problem::new(StatusCode::NOT_FOUND, format!("there is no watchlist {name:?}")))
}

/// Terms that are told as those that fire most.
const MOST: usize = 50;

/// Terms that are told as those that never fired.
const NEVER: usize = 200;

/// Every watchlist, in the order of the configuration.
///
/// # Errors
/// Where the store does not answer.
pub(super) async fn rows(api: &Api, days: &Days) -> Result<Vec<WatchlistRow>, Error> {
    let (store, live) = (&api.handle.store, api.handle.live.load_full());
    let runtime = &live.runtime;
    let mut alerts = days.series(store.alerts_a_day(None, days.since()).await?);
    let mut last = store.last_fired().await?;
    let sought = Arc::clone(&live.sought);
    let terms = aside(Arc::clone(runtime), move |watchlists| {
        let count = || indices(watchlists).map(|list| watchlists.sought(list).count()).collect();
        sought.get_or_init(count).clone()
    });
    let lists = runtime.watchlists.lists().iter().zip(terms.await?);
    let row = |(list, terms): (&Watchlist, usize)| WatchlistRow {
        alerts: alerts.remove(&list.name).unwrap_or_else(|| vec![0; days.dates().len()]),
        last_fired: last.remove(&list.name),
        warnings: live.remarks.get().map(|remarks| remarks.get(&list.name).map_or(0, |it| it.count)),
        terms,
        ..WatchlistRow::of(list)
    };
    Ok(lists.map(row).collect())
}

/// One watchlist; `None`: there is none of this name.
///
/// # Errors
/// Where the store does not answer.
pub(super) async fn detail(api: &Api, name: &str, days: &Days) -> Result<Option<WatchlistDetail>, Error> {
    let (store, live) = (&api.handle.store, api.handle.live.load_full());
    let runtime = &live.runtime;
    let mut lists = indices(&runtime.watchlists).zip(runtime.watchlists.lists());
    let Some((index, list)) = lists.find(|(_, list)| list.name == name) else { return Ok(None) };
    let mut alerts = days.series(store.alerts_a_day(Some(name), days.since()).await?);
    let fired = store.fired_terms(name, days.since()).await?;
    let most: Vec<_> = fired.iter().filter(|term| term.matches > 0).take(MOST).map(TermRow::from).collect();
    let most_cut = fired.get(MOST).is_some_and(|term| term.matches > 0);
    let unfired = aside(Arc::clone(runtime), move |watchlists| Unfired::of(watchlists.sought(index), &fired)).await?;
    let remarks = live.remarks.get().and_then(|remarks| remarks.get(name));
    Ok(Some(WatchlistDetail {
        watchlist: WatchlistRow {
            alerts: alerts.remove(name).unwrap_or_else(|| vec![0; days.dates().len()]),
            last_fired: store.last_fired().await?.remove(name),
            terms: unfired.terms,
            warnings: remarks.map(|remarks| remarks.count),
            ..WatchlistRow::of(list)
        },
        rules: rules(runtime, list, store, days).await?,
        most,
        most_cut,
        never: unfired.first,
        never_count: unfired.count,
        counted_since: store.first_day().await?,
        warnings: remarks.into_iter().flat_map(|remarks| &remarks.first).map(Warning::from).collect(),
    }))
}

fn indices(watchlists: &Watchlists) -> impl Iterator<Item = WatchlistIx> + use<> {
    (0..u32::try_from(watchlists.lists().len()).unwrap_or(u32::MAX)).map(WatchlistIx)
}

/// Looks at the watchlists on a thread that nothing waits for: they may hold a million terms.
async fn aside<T: Send + 'static>(
    runtime: Arc<Runtime>,
    look: impl FnOnce(&Watchlists) -> T + Send + 'static,
) -> Result<T, Error> {
    let looking = tokio::task::spawn_blocking(move || look(&runtime.watchlists));
    looking.await.map_err(|error| Error::Panicked(error.to_string()))
}

impl WatchlistRow {
    /// One of which nothing is counted yet.
    fn of(list: &Watchlist) -> Self {
        Self {
            name: list.name.clone(),
            title: list.title.clone(),
            severity: list.severity.into(),
            library: list.library,
            rules: list.rules.len(),
            terms: 0,
            alerts: Vec::new(),
            last_fired: None,
            warnings: None,
        }
    }
}

async fn rules(runtime: &Runtime, list: &Watchlist, store: &Store, days: &Days) -> Result<Vec<RuleRow>, Error> {
    let mut fired: HashMap<_, _> = days.series(store.rules_a_day(&list.name, days.since()).await?);
    let rule = |index: &RuleIx| runtime.watchlists.rules().get(index.0 as usize);
    let mut row = |rule: &Rule| RuleRow {
        id: rule.id.clone(),
        title: rule.title.clone(),
        severity: Some(rule.severity.into()),
        alerts: fired.remove(&rule.id).unwrap_or_else(|| vec![0; days.dates().len()]),
    };
    let mut rows: Vec<_> = list.rules.iter().filter_map(rule).map(&mut row).collect();
    let mut gone: Vec<_> = fired.into_iter().collect();
    gone.sort();
    rows.extend(gone.into_iter().map(|(id, alerts)| RuleRow { title: id.clone(), id, severity: None, alerts }));
    Ok(rows)
}

/// The terms of a watchlist that never fired.
struct Unfired {
    /// Terms of the watchlist.
    terms: usize,
    count: usize,
    first: Vec<String>,
}

impl Unfired {
    fn of<'a>(sought: impl Iterator<Item = &'a str>, fired: &[FiredTerm]) -> Self {
        let fired: HashSet<&str> = fired.iter().map(|it| it.term.as_str()).collect();
        let mut unfired = Self { terms: 0, count: 0, first: Vec::new() };
        for term in sought {
            unfired.terms += 1;
            if !fired.contains(term) {
                unfired.count += 1;
                if unfired.first.len() < NEVER {
                    unfired.first.push(term.to_owned());
                }
            }
        }
        unfired
    }
}
