//! Backtests: what watchlists would have alerted on the items of the past, and how that
//! differs from what really fired.
//!
//! Each stored item is looked at ([`Scanner`], on any core) and decided on ([`Backtest`], in
//! the order in which they came) by the daemon's own [`super::decide`], as if a poll of its
//! feed had brought just it. What is simpler than it was: an item that was changed counts
//! once, with its latest text; items of a feed's first poll count too, on the day they are
//! dated; silences and sinks are not looked at; of a feed that is configured no more only
//! the name is known.

mod memory;
mod replay;
mod report;

pub use replay::Backtest;
pub use report::{Report, RuleReport, Sample, Samples, Totals};

use super::alert::AlertFeed;
use super::assess::{AssessedItem, Joined, Provenance, Search, assess_again};
use super::decide::Fired;
use super::item::Item;
use super::{Feed, FeedIx, FirstPoll, Runtime};
use crate::feed::ParsedItem;
use crate::watchlist::{FeedLabel, Scratch};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::collections::HashMap;
use std::sync::Arc;

/// What is asked.
#[derive(Debug, Clone)]
pub struct Question {
    /// Items that came since then are compared, with the alerts that fired on these.
    pub since: Timestamp,
    /// Until then.
    pub until: Timestamp,
    /// The zone whose days are counted.
    pub zone: TimeZone,
    /// Only this watchlist is told of; `None`: all.
    pub watchlist: Option<String>,
}

/// An item of the past.
#[derive(Debug, Clone)]
pub struct PastItem {
    /// As it was stored.
    pub item: Item,
    /// The key of its feed.
    pub feed: String,
    /// It came with the first document that was read of its feed.
    pub first_poll: bool,
    /// What has fired on it, whether it raised an alert or not.
    pub fired: Vec<Fired>,
}

/// An alert of the past, which carries its own text.
#[derive(Debug, Clone)]
pub struct PastAlert {
    /// When it was decided.
    pub time: Timestamp,
    /// Name of the watchlist.
    pub watchlist: String,
    /// Ids of the rules that fired.
    pub rules: Vec<String>,
    /// The item as it was then.
    pub item: Item,
    /// The feed as it was then.
    pub feed: AlertFeed,
    /// How it is shown.
    pub sample: Sample,
}

/// An item of the past on which something fires now.
#[derive(Debug)]
pub struct Hit {
    assessed: AssessedItem,
    feed: FeedIx,
    id: String,
    /// When it came; see [`moment`].
    time: Timestamp,
    fired: Vec<Fired>,
}

/// What a page of items came to.
#[derive(Debug, Default)]
pub struct Scanned {
    items: Vec<(Timestamp, u64)>,
    /// Ids of items on which something has fired, and that are dated before they were first seen.
    dated: Vec<(Timestamp, String)>,
    hits: Vec<Hit>,
}

/// Looks at texts of the past: shared by all cores.
#[derive(Debug, Clone)]
pub struct Scanner {
    /// With the feeds that are configured no more.
    runtime: Arc<Runtime>,
    by_key: Arc<HashMap<String, FeedIx>>,
}

impl Scanner {
    /// With everything that deciding depends on. `keys` are those of the feeds that items
    /// can be of.
    #[must_use]
    pub fn new(runtime: &Runtime, keys: impl IntoIterator<Item = String>) -> Self {
        let index = |place: usize| FeedIx(u32::try_from(place).unwrap_or(u32::MAX));
        let mut runtime = runtime.with_sinks(Vec::new());
        let mut by_key: HashMap<String, FeedIx> = HashMap::new();
        by_key.extend(runtime.feeds.iter().enumerate().map(|(place, feed)| (feed.key.clone(), index(place))));
        for key in keys {
            by_key.entry(key).or_insert_with_key(|key| {
                runtime.feeds.push(former_feed(key));
                index(runtime.feeds.len() - 1)
            });
        }
        Self { runtime: Arc::new(runtime), by_key: Arc::new(by_key) }
    }

    /// Finds what fires on the items of a page.
    #[must_use]
    pub fn items(&self, page: Vec<PastItem>, scratch: &mut Scratch) -> Scanned {
        let mut search = Search { watchlists: &self.runtime.watchlists, scratch, joined: Joined::default() };
        let mut scanned = Scanned::default();
        for past in page {
            let size = past.item.title.len() + past.item.text.len();
            let time = moment(&past);
            scanned.items.push((time, size as u64));
            if time < past.item.first_seen && !past.fired.is_empty() {
                scanned.dated.push((time, past.item.id.clone()));
            }
            scanned.hits.extend(self.item(past, &mut search));
        }
        scanned
    }

    fn item(&self, past: PastItem, search: &mut Search<'_>) -> Option<Hit> {
        let feed = self.by_key.get(&past.feed).copied()?;
        let label = self.runtime.feeds.get(feed.0 as usize).map(label)?;
        let time = moment(&past);
        let PastItem { item, fired, .. } = past;
        let (id, canonical_link) = (item.id.clone(), item.canonical_link.clone());
        let assessed = assess_again(as_parsed(item), canonical_link, Provenance::Feed(label), search)?;
        Some(Hit { assessed, feed, id, time, fired })
    }

    /// The rules of an alert of the past that do not fire on its text any more.
    #[must_use]
    pub fn gone(&self, alert: &PastAlert, scratch: &mut Scratch) -> Vec<String> {
        let mut search = Search { watchlists: &self.runtime.watchlists, scratch, joined: Joined::default() };
        let feed = self
            .runtime
            .feeds
            .iter()
            .find(|feed| feed.name == alert.feed.name)
            .map_or(FeedLabel { name: &alert.feed.name, tags: &alert.feed.tags }, label);
        let parsed = as_parsed(alert.item.clone());
        let hits = search.hits(&parsed, Provenance::Feed(feed).origin(parsed.language.as_deref()));
        let lists = self.runtime.watchlists.lists();
        let of_list = hits
            .iter()
            .filter(|hit| lists.get(hit.watchlist.0 as usize).is_some_and(|list| list.name == alert.watchlist));
        let rules = self.runtime.watchlists.rules();
        let fires: Vec<&str> = of_list
            .flat_map(|hit| &hit.rules)
            .filter_map(|hit| Some(rules.get(hit.rule.0 as usize)?.id.as_str()))
            .collect();
        alert.rules.iter().filter(|rule| !fires.contains(&rule.as_str())).cloned().collect()
    }
}

/// A feed that is configured no more, as far as it is known.
fn former_feed(key: &str) -> Feed {
    Feed {
        key: key.to_owned(),
        name: key.to_owned(),
        url: String::new(),
        tags: Vec::new(),
        interval: None,
        first_poll: FirstPoll::default(),
        enabled: false,
    }
}

fn label(feed: &Feed) -> FeedLabel<'_> {
    FeedLabel { name: &feed.name, tags: &feed.tags }
}

/// When an item came. Of what a feed held already when it was first read, its date says more.
fn moment(past: &PastItem) -> Timestamp {
    let item = &past.item;
    let dated = item.published.or(item.updated).filter(|_| past.first_poll);
    dated.map_or(item.first_seen, |date| date.min(item.first_seen))
}

fn as_parsed(item: Item) -> ParsedItem {
    ParsedItem {
        id: item.guid,
        title: item.title,
        link: item.link,
        published: item.published,
        updated: item.updated,
        authors: item.authors,
        categories: item.categories,
        summary: item.summary,
        text: item.text,
        language: item.language,
    }
}
