//! The watchlists: how often each fires, by which rules and terms, and by which never.

use super::Api;
use super::days::Days;
use crate::engine::Runtime;
use crate::sink::payload::Severity;
use crate::store::daily::FiredTerm;
use crate::store::{Error, Store};
use crate::watchlist::{Rule, RuleIx, Watchlist, WatchlistIx, Watchlists};
use jiff::civil::Date;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// A watchlist and how often it fired.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct WatchlistRow {
    /// Its name.
    pub(super) name: String,
    /// Its title.
    pub(super) title: String,
    /// The severity of rules that set none.
    pub(super) severity: Severity,
    /// It only serves others, and never fires.
    pub(super) library: bool,
    /// How many rules it has.
    pub(super) rules: usize,
    /// How many terms these look for, outside `NOT`.
    pub(super) terms: usize,
    /// Its alerts on each day.
    pub(super) alerts: Vec<u64>,
    /// When it fired last.
    pub(super) last_fired: Option<Date>,
}

/// One watchlist with its rules and terms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct WatchlistDetail {
    /// It.
    pub(super) row: WatchlistRow,
    /// Its rules in their order, then those that fired and are no longer there.
    pub(super) rules: Vec<RuleRow>,
    /// The terms that were found most in its alerts, in these days.
    pub(super) most: Vec<FiredTerm>,
    /// Whether there are more of these.
    pub(super) most_cut: bool,
    /// Its first terms that were found in none of the alerts that are counted.
    pub(super) never: Vec<String>,
    /// How many of these there are.
    pub(super) never_count: usize,
    /// Since when is counted.
    pub(super) counted_since: Option<Date>,
}

/// A rule and how often it fired.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RuleRow {
    /// Its id.
    pub(super) id: String,
    /// Its title.
    pub(super) title: String,
    /// Its severity; `None`: it is no longer there.
    pub(super) severity: Option<Severity>,
    /// Its alerts on each day.
    pub(super) alerts: Vec<u64>,
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
    let (store, runtime) = (&api.handle.store, api.handle.live.load().runtime.clone());
    let mut alerts = days.series(store.alerts_a_day(None, days.since()).await?);
    let mut last = store.last_fired().await?;
    let terms = aside(runtime.clone(), |watchlists| {
        indices(watchlists).map(|list| watchlists.sought(list).count()).collect::<Vec<_>>()
    });
    let lists = runtime.watchlists.lists().iter().zip(terms.await?);
    let row = |(list, terms): (&Watchlist, usize)| WatchlistRow {
        alerts: alerts.remove(&list.name).unwrap_or_else(|| vec![0; days.dates().len()]),
        last_fired: last.remove(&list.name),
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
    let (store, runtime) = (&api.handle.store, api.handle.live.load().runtime.clone());
    let mut lists = indices(&runtime.watchlists).zip(runtime.watchlists.lists());
    let Some((index, list)) = lists.find(|(_, list)| list.name == name) else { return Ok(None) };
    let mut alerts = days.series(store.alerts_a_day(Some(name), days.since()).await?);
    let fired = store.fired_terms(name, days.since()).await?;
    let most: Vec<_> = fired.iter().filter(|term| term.matches > 0).take(MOST).cloned().collect();
    let most_cut = fired.get(MOST).is_some_and(|term| term.matches > 0);
    let unfired = aside(runtime.clone(), move |watchlists| Unfired::of(watchlists.sought(index), &fired)).await?;
    Ok(Some(WatchlistDetail {
        row: WatchlistRow {
            alerts: alerts.remove(name).unwrap_or_else(|| vec![0; days.dates().len()]),
            last_fired: store.last_fired().await?.remove(name),
            terms: unfired.terms,
            ..WatchlistRow::of(list)
        },
        rules: rules(&runtime, list, store, days).await?,
        most,
        most_cut,
        never: unfired.first,
        never_count: unfired.count,
        counted_since: store.first_day().await?,
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
