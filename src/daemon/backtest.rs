//! Runs a backtest: reads what is stored page by page, has it looked at on as many cores
//! as are given, and hands it to [`crate::engine::backtest`] in order. Memory is that of a
//! few pages, however long the time.

mod subject;

pub use subject::Subject;

use crate::engine::Runtime;
use crate::engine::alert::{AlertEntity, AlertFeed, AlertMatch};
use crate::engine::backtest::{Backtest, PastAlert, PastItem, Question, Report, Sample, Scanned, Scanner};
use crate::engine::item::Item;
use crate::sink::payload::{self, Envelope};
use crate::store::alert::{AlertQuery, StoredAlert};
use crate::store::item::{ItemQuery, ItemSpan, StoredItem};
use crate::store::{Error, Store};
use crate::watchlist::Scratch;
use crate::watchlist::term::Field;
use jiff::Timestamp;
use std::collections::VecDeque;
use tokio::task::{self, JoinHandle};

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Of the way through the items.
    pub done: u64,
    /// The whole way.
    pub whole: u64,
}

/// What a backtest came to.
#[derive(Debug)]
pub struct Tested {
    /// What it found.
    pub report: Report,
    /// When the first item came whose text is still stored; `None`: there is none.
    pub history: Option<Timestamp>,
}

/// Items that are read at once, at most.
const ITEMS: usize = 2000;

/// Alerts that are read at once, each with its text.
const ALERTS: usize = 50;

/// What the watchlists of `runtime` would have alerted on what is stored. Keeps so many cores
/// busy; with more than one, one of them reads.
///
/// # Errors
/// Where the store cannot be read.
pub async fn run(
    store: &Store,
    runtime: &Runtime,
    question: Question,
    cores: usize,
    mut progress: impl FnMut(Progress),
) -> Result<Tested, Error> {
    let span = store.item_span().await?;
    let scanner = Scanner::new(runtime, store.feed_keys().await?);
    let mut backtest = Backtest::new(scanner.clone(), question.clone());
    if let Some(span) = span {
        let mut scanning = Scanning::new(scanner.clone(), cores);
        items(store, &mut backtest, &mut scanning, span, &mut progress).await?;
    }
    alerts(store, &mut backtest, &scanner, &question).await?;
    Ok(Tested { report: backtest.finish(), history: span.map(|span| span.since) })
}

async fn items(
    store: &Store,
    backtest: &mut Backtest,
    scanning: &mut Scanning,
    span: ItemSpan,
    progress: &mut impl FnMut(Progress),
) -> Result<(), Error> {
    let mut query = ItemQuery { since: Some(backtest.warm_up()), after: Some(span.first.saturating_sub(1)) };
    let mut start = None;
    loop {
        let page = store.items(query.clone(), ITEMS).await?;
        let Some((first, last)) = page.first().map(|first| first.seq).zip(page.last().map(|last| last.seq)) else {
            break;
        };
        query.after = Some(last);
        let start = *start.get_or_insert(first);
        for scanned in scanning.add(page).await? {
            backtest.take(scanned);
        }
        let way = |to: i64| u64::try_from(to.saturating_sub(start)).unwrap_or(0);
        progress(Progress { done: way(last), whole: way(span.last).max(way(last)) });
    }
    for scanned in scanning.finish().await? {
        backtest.take(scanned);
    }
    Ok(())
}

/// Pages on their way through the cores, in their order.
struct Scanning {
    scanner: Scanner,
    cores: usize,
    running: VecDeque<JoinHandle<(Scanned, Scratch)>>,
    idle: Vec<Scratch>,
}

impl Scanning {
    fn new(scanner: Scanner, cores: usize) -> Self {
        Self { scanner, cores: cores.max(1), running: VecDeque::new(), idle: Vec::new() }
    }

    /// Has one more page looked at, and returns those that are done and had to be waited for.
    async fn add(&mut self, page: Vec<StoredItem>) -> Result<Vec<Scanned>, Error> {
        let scanner = self.scanner.clone();
        let mut scratch = self.idle.pop().unwrap_or_default();
        self.running.push_back(task::spawn_blocking(move || {
            let found = scanner.items(page.into_iter().map(past_item).collect(), &mut scratch);
            (found, scratch)
        }));
        // While the next page is read, as many as there are further cores may run.
        self.wait_for(self.cores - 1).await
    }

    async fn finish(&mut self) -> Result<Vec<Scanned>, Error> {
        self.wait_for(0).await
    }

    /// Waits until no more than so many run.
    async fn wait_for(&mut self, most: usize) -> Result<Vec<Scanned>, Error> {
        let mut done = Vec::new();
        while self.running.len() > most {
            let Some(first) = self.running.pop_front() else { break };
            let (scanned, scratch) = first.await.map_err(|error| Error::Panicked(error.to_string()))?;
            self.idle.push(scratch);
            done.push(scanned);
        }
        Ok(done)
    }
}

async fn alerts(store: &Store, backtest: &mut Backtest, scanner: &Scanner, question: &Question) -> Result<(), Error> {
    let mut query = AlertQuery { since: Some(question.since), after: None };
    loop {
        let mut page = store.alerts(query.clone(), ALERTS).await?;
        let Some(last) = page.last() else { return Ok(()) };
        query.after = Some(last.seq);
        page.retain(|alert| backtest.asks(&alert.watchlist));
        let scanner = scanner.clone();
        let judging = task::spawn_blocking(move || judge(&page, &scanner));
        for (alert, gone) in judging.await.map_err(|error| Error::Panicked(error.to_string()))? {
            backtest.fired(&alert, &gone);
        }
    }
}

/// The alerts, each with its rules that do not fire any more. What is no alert of a version
/// that this one reads is passed over.
fn judge(page: &[StoredAlert], scanner: &Scanner) -> Vec<(PastAlert, Vec<String>)> {
    let mut scratch = Scratch::default();
    let alerts = page.iter().filter_map(|alert| payload::parse(&alert.body).ok()).map(past_alert);
    let mut judged = |alert: PastAlert| {
        let gone = scanner.gone(&alert, &mut scratch);
        (alert, gone)
    };
    alerts.map(&mut judged).collect()
}

fn past_item(stored: StoredItem) -> PastItem {
    let StoredItem { item, feed, first_poll, fired, .. } = stored;
    PastItem { item, feed, first_poll, fired }
}

fn past_alert(envelope: Envelope) -> PastAlert {
    let payload::Data { watchlist, rules, matches, item, feed, .. } = envelope.data;
    let in_title = matches.iter().position(|found| found.field == payload::Field::Title);
    let found = matches.into_iter().nth(in_title.unwrap_or(0)).map(alert_match);
    let sample = Sample {
        time: envelope.time.0,
        alert: Some(envelope.id),
        item: item.id.clone(),
        title: item.title.clone(),
        link: item.link.clone(),
        feed: feed.name.clone(),
        found,
    };
    PastAlert {
        time: envelope.time.0,
        watchlist: watchlist.name,
        rules: rules.into_iter().map(|rule| rule.id).collect(),
        item: Item {
            id: item.id,
            guid: item.guid,
            link: item.link,
            canonical_link: item.canonical_link,
            title: item.title,
            summary: item.summary,
            text: item.text.unwrap_or_default(),
            authors: item.authors,
            categories: item.categories,
            language: item.language,
            published: item.published.map(|time| time.0),
            updated: item.updated.map(|time| time.0),
            first_seen: item.first_seen.0,
            revision: item.revision,
        },
        feed: AlertFeed { name: feed.name, title: feed.title, url: feed.url, tags: feed.tags },
        sample,
    }
}

fn alert_match(found: payload::Match) -> AlertMatch {
    AlertMatch {
        term: found.term,
        entity: found.entity.map(|entity| AlertEntity { id: entity.id, kind: entity.kind, name: entity.name }),
        field: match found.field {
            payload::Field::Title => Field::Title,
            payload::Field::Body => Field::Body,
            payload::Field::Author => Field::Author,
            payload::Field::Category => Field::Category,
            payload::Field::Link => Field::Link,
        },
        start: found.start,
        end: found.end,
        text: found.text,
        context: found.context,
    }
}
