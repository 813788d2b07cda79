//! Identity, stories and decisions: polls with plain values against a store in
//! memory, and what they alert.

mod backtests;
mod health;
mod identity;
mod judge;
mod links;
mod pace;
mod press;
mod silences;
mod stories;
mod waiting;
mod weeks;

use jiff::{SignedDuration, Timestamp};
use newswatch::engine::alert::Alert;
use newswatch::engine::assess::{Provenance, assess};
use newswatch::engine::decide::{AssessedPoll, Document, PollPlan, decide};
use newswatch::engine::schedule::PollSettings;
use newswatch::engine::story::StorySettings;
use newswatch::engine::{Feed, FeedIx, FirstPoll, Runtime};
use newswatch::feed::{Pace, ParsedItem};
use newswatch::store::Store;
use newswatch::store::poll::{AlertDocument, PollCommit, PollLookup};
use newswatch::watchlist::compile::compile;
use newswatch::watchlist::definition::{At, Definition, EntityDefinition, Pos, RuleDefinition};
use newswatch::watchlist::term::Term;
use newswatch::watchlist::{FeedLabel, Scratch};
use std::sync::Arc;

fn at<T>(value: T) -> At<T> {
    At { value, pos: Pos::default() }
}

/// Feeds, watchlists, a store, and the time.
struct World {
    runtime: Arc<Runtime>,
    store: Store,
    now: Timestamp,
}

impl World {
    /// So many feeds that alert on everything, and two watchlists: `words` fires on any of its
    /// keywords and entities, `rules` on its rules.
    fn new(feeds: usize) -> Self {
        Self::with(feeds, FirstPoll::All)
    }

    fn with(feeds: usize, first_poll: FirstPoll) -> Self {
        let feed = |n| Feed {
            key: format!("feed-{n}"),
            name: format!("feed-{n}"),
            url: format!("https://feed-{n}.example/rss"),
            tags: Vec::new(),
            interval: None,
            first_poll,
            enabled: true,
        };
        let (watchlists, problems) = compile(&[words(), rules()]);
        assert!(problems.is_empty(), "{problems:?}");
        let hours = SignedDuration::from_hours;
        let runtime = Runtime {
            watchlists: Arc::new(watchlists),
            feeds: (0..feeds).map(feed).collect(),
            sinks: Vec::new(),
            poll: PollSettings { interval: hours(1), min_interval: hours(1), max_interval: hours(24) },
            stories: StorySettings { window: hours(48), similarity: 0.7 },
        };
        let now = "2026-11-24T08:00:00Z".parse().unwrap();
        Self { runtime: Arc::new(runtime), store: Store::in_memory().unwrap(), now }
    }

    fn pass(&mut self, hours: i64) {
        self.now += SignedDuration::from_hours(hours);
    }

    /// Polls a feed that holds these items now; what is alerted.
    async fn poll(&mut self, feed: u32, items: &[ParsedItem]) -> Vec<Alert> {
        let plan = self.plan(feed, items).await;
        plan.alerts.into_iter().map(|routed| routed.alert).collect()
    }

    async fn plan(&mut self, feed: u32, items: &[ParsedItem]) -> PollPlan {
        self.now += SignedDuration::from_secs(60);
        let (runtime, now) = (Arc::clone(&self.runtime), self.now);
        let named = &runtime.feeds[feed as usize];
        let label = FeedLabel { name: &named.name, tags: &named.tags };
        let document = Document { title: String::new(), link: None, pace: Pace::default(), partial: false };
        let items = assess(items.to_vec(), Provenance::Feed(label), &runtime.watchlists, &mut Scratch::default());
        let poll = AssessedPoll::read(FeedIx(feed), Some(document), items);
        let lookup = PollLookup {
            feed: named.key.clone(),
            wanted: poll.wanted(),
            stories_since: now - runtime.stories.window,
            failed: false,
        };
        let decider = Arc::clone(&runtime);
        let receipt = self
            .store
            .commit_poll(lookup, move |known| {
                let plan = decide(&poll, known, &decider, now);
                let documents = plan
                    .alerts
                    .iter()
                    .map(|routed| AlertDocument { body: routed.alert.id.clone().into_bytes(), deliveries: Vec::new() });
                PollCommit { documents: documents.collect(), plan, now, ..PollCommit::default() }
            })
            .await
            .unwrap();
        assert!(receipt.seqs.iter().all(Option::is_some), "an alert was raised twice");
        receipt.plan
    }
}

/// Fires on "sabotage", "arson" and the entity `mi6`.
fn words() -> Definition {
    Definition {
        name: at("words".to_owned()),
        keywords: vec![at(Term::new("sabotage")), at(Term::new("arson"))],
        entities: vec![EntityDefinition {
            id: at("mi6".to_owned()),
            kind: at("organization".to_owned()),
            name: None,
            names: vec![at(Term::new("MI6")), at(Term::new("Secret Intelligence Service"))],
        }],
        ..Definition::default()
    }
}

/// Fires by `leak` and by `leak-in-paris`.
fn rules() -> Definition {
    let rule = |id: &str, when: &str| RuleDefinition {
        id: at(id.to_owned()),
        when: at(when.to_owned()),
        ..RuleDefinition::default()
    };
    Definition {
        name: at("rules".to_owned()),
        rules: vec![rule("leak", "leak"), rule("leak-in-paris", "leak AND Paris")],
        ..Definition::default()
    }
}

/// An item with a guid and a link of that number.
fn item(number: u32, title: &str, text: &str) -> ParsedItem {
    ParsedItem {
        id: Some(format!("guid-{number}")),
        title: title.to_owned(),
        link: Some(format!("https://news.example/story-{number}")),
        text: text.to_owned(),
        ..ParsedItem::default()
    }
}

/// The titles of the alerts' items, with the watchlist.
fn told(alerts: &[Alert]) -> Vec<String> {
    alerts.iter().map(|alert| format!("{}: {}", alert.watchlist, alert.item.title)).collect()
}
