//! The product: given an assessed poll, what is already known, the [`Runtime`]
//! and the time, everything that is to be written.

use super::alert::{Alert, AlertFeed, AlertStory};
use super::assess::AssessedItem;
use super::health::{self, FeedsHealth, HealthPlan};
use super::identity::{self, Identity};
use super::item::{self, Item, ItemKeys, Key};
use super::route::route;
use super::schedule::{self, FeedState, Freshness, Outcome, PollFacts};
use super::silence::SilenceId;
use super::story::{Signature, story_id};
use super::storyline::{Place, Storyline};
use super::{Feed, FeedIx, FirstPoll, Runtime, SinkIx};
use crate::feed::Pace;
use crate::watchlist::{Hit, Match, RuleHit};
use jiff::{SignedDuration, Timestamp};
use std::borrow::Cow;
use std::collections::{BTreeSet, HashSet};

/// One poll, fetched, parsed and assessed.
#[derive(Debug)]
pub struct AssessedPoll {
    /// Which feed.
    pub feed: FeedIx,
    /// How it ended.
    pub outcome: Outcome,
    /// What its headers say about asking again.
    pub freshness: Freshness,
    /// `ETag` of this answer.
    pub etag: Option<Vec<u8>>,
    /// `Last-Modified` of this answer.
    pub last_modified: Option<Vec<u8>>,
    /// Hash of this answer's body.
    pub body_hash: Option<Key>,
    /// Where a chain of only permanent redirects led.
    pub moved_to: Option<String>,
    /// What the document says about itself; `None` where none was read.
    pub document: Option<Document>,
    /// Its items in document order.
    pub items: Vec<AssessedItem>,
}

/// What a document says about itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// The feed's own title.
    pub title: String,
    /// The feed's own link.
    pub link: Option<String>,
    /// When it wants to be polled.
    pub pace: Pace,
    /// It does not hold all items of the feed: it ended early, or is a delta (226).
    pub partial: bool,
}

/// What to look up in the store for one poll; see [`Known`] for what comes back.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Wanted {
    /// The keys of each item, to be found in this feed: known items that have one of them,
    /// and which of them are spoiled. Keys of different kinds never collide.
    pub items: Vec<ItemKeys>,
    /// Links of the items that fire, to be found among the stories of all feeds.
    pub links: Vec<Key>,
    /// Folded titles of the items that fire, likewise.
    pub titles: Vec<Key>,
    /// The probes of each item that fires and has a signature, likewise.
    pub probes: Vec<Vec<u64>>,
}

impl AssessedPoll {
    /// One whose document was read, and whose headers say nothing.
    #[must_use]
    pub fn read(feed: FeedIx, document: Option<Document>, items: Vec<AssessedItem>) -> Self {
        Self {
            feed,
            outcome: Outcome::Read,
            freshness: Freshness::default(),
            etag: None,
            last_modified: None,
            body_hash: None,
            moved_to: None,
            document,
            items,
        }
    }

    /// What deciding this poll needs to know; empty where no document was read.
    #[must_use]
    pub fn wanted(&self) -> Wanted {
        let mut wanted = Wanted::default();
        for item in &self.items {
            wanted.items.push(item.keys);
            if !item.hits.is_empty() {
                wanted.links.extend(item.keys.link);
                wanted.titles.extend(item.title);
                wanted.probes.extend(item.signature.as_ref().map(|signature| signature.probes.clone()));
            }
        }
        wanted
    }
}

/// What the store knows that matters for one poll; loaded by it in the
/// transaction that will write the plan. The default knows nothing, which is
/// what a dry run decides with.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Known {
    /// The feed; `None`: never polled.
    pub feed: Option<FeedState>,
    /// The keys of [`Wanted::items`] that identify nothing in this feed ([`PollPlan::spoil`]).
    pub spoiled: HashSet<Key>,
    /// The items of this feed that have a key of [`Wanted::items`] that is not spoiled, each
    /// once, in any order. Of a key that very many share, the latest hundred will do. Where
    /// one has all keys of a wanted item, that one need not be looked for by its other keys.
    pub items: Vec<KnownItem>,
    /// The stories that [`KnownItem::story`] names, however old; and those begun
    /// in the last [`super::story::StorySettings::window`] that have one of
    /// [`Wanted::links`] or [`Wanted::titles`], or for an item the most of its
    /// [`Wanted::probes`]. Each once, the oldest first; of what very many share, a
    /// few of the latest.
    pub stories: Vec<KnownStory>,
    /// How the other feeds are.
    pub health: FeedsHealth,
}

/// An item that was seen before.
#[derive(Debug, Clone, PartialEq)]
pub struct KnownItem {
    /// Its id.
    pub id: String,
    /// Its keys, as of its latest revision.
    pub keys: ItemKeys,
    /// The wanted keys that led to it, former ones included.
    pub led: Vec<Key>,
    /// Its latest revision.
    pub revision: u32,
    /// When it was first seen.
    pub first_seen: Timestamp,
    /// The story it joined.
    pub story: Option<String>,
    /// What has fired on it.
    pub fired: HashSet<Fired>,
}

/// A rule, or by `any` a keyword or an entity, that has fired.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fired {
    /// Name of the watchlist.
    pub watchlist: String,
    /// Id of the rule; by `any`, `any/@ENTITY` or `any/TERM`.
    pub key: String,
}

/// A story that may be joined.
#[derive(Debug, Clone, PartialEq)]
pub struct KnownStory {
    /// `sty_…`
    pub id: String,
    /// When its first item was seen.
    pub started: Timestamp,
    /// Key of its first item's canonical link.
    pub link: Option<Key>,
    /// Key of its first item's folded title, where that has five words or more.
    pub title: Option<Key>,
    /// Signature of its first item.
    pub signature: Option<Signature>,
    /// Keys and names of the feeds that carried it, in order.
    pub feeds: Vec<(String, String)>,
    /// What has fired on it.
    pub fired: HashSet<Fired>,
}

/// Everything that one poll writes, in one transaction.
#[derive(Debug, Default)]
pub struct PollPlan {
    /// The feed before; `None`: its first poll.
    pub before: Option<FeedState>,
    /// The feed as it is now.
    pub feed: FeedState,
    /// Guids and links that this document uses for two items, and guids that are no
    /// names of items: no keys of this feed from now on.
    pub spoil: Vec<Key>,
    /// Items: new, changed, re-keyed or merely seen again.
    pub items: Vec<ItemWrite>,
    /// `items` names all that the feed holds now: whatever it does not name has
    /// gone from the feed. `false` where no whole document was read.
    pub whole: bool,
    /// Stories begun or joined.
    pub stories: Vec<StoryWrite>,
    /// Alerts, each with the sinks it is routed to.
    pub alerts: Vec<RoutedAlert>,
    /// What is told of the feed's health.
    pub health: HealthPlan,
    /// For the log, the metrics and the daily counters.
    pub counts: PollCounts,
}

/// One item to write.
#[derive(Debug, Clone, PartialEq)]
pub enum ItemWrite {
    /// Never seen.
    New {
        /// The item.
        item: Item,
        /// Its keys.
        keys: ItemKeys,
        /// Its story.
        story: Option<String>,
        /// What fires on it, alerted or not.
        fired: Vec<Fired>,
    },
    /// Seen, with another text now.
    Revised {
        /// The item with its new revision.
        item: Item,
        /// Its keys from now on.
        keys: ItemKeys,
        /// Its story.
        story: Option<String>,
        /// What fires on it now and had not.
        fired: Vec<Fired>,
    },
    /// Seen under other keys (a changed guid, a moved site).
    Rekeyed {
        /// Its id.
        id: String,
        /// Its keys from now on.
        keys: ItemKeys,
    },
    /// Still in the feed, nothing about it has changed.
    Seen {
        /// Its id.
        id: String,
    },
}

/// One story to write.
#[derive(Debug, Clone, PartialEq)]
pub enum StoryWrite {
    /// A new one.
    Begin(KnownStory),
    /// An item joined it, or one of its items fires what the story had not.
    Join {
        /// The story's id.
        id: String,
        /// Key and name of the feed that carries it; recorded once.
        feed: (String, String),
        /// What fires now and had not.
        fired: Vec<Fired>,
    },
}

/// An alert and where it goes.
#[derive(Debug, Clone, PartialEq)]
pub struct RoutedAlert {
    /// The alert.
    pub alert: Alert,
    /// The sinks that take it; empty: it is only stored.
    pub sinks: Vec<SinkIx>,
    /// What silences it.
    pub silence: Option<SilenceId>,
}

/// What one poll came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PollCounts {
    /// Items in the document.
    pub items: u32,
    /// Never seen before.
    pub new: u32,
    /// Seen with another text.
    pub revised: u32,
    /// New ones that were not looked at, being older than `first_poll` allows.
    pub skipped: u32,
    /// Alerts.
    pub alerts: u32,
    /// Hits that raised no alert because the item or its story had fired them.
    pub suppressed: u32,
}

/// Decides one poll. `runtime` is the one that the poll was assessed with; its
/// feeds and watchlists are what the indices in `poll` mean.
#[must_use]
pub fn decide(poll: &AssessedPoll, known: &Known, runtime: &Runtime, now: Timestamp) -> PollPlan {
    let Some(feed) = runtime.feeds.get(poll.feed.0 as usize) else { return PollPlan::default() };
    let before = known.feed.as_ref().map(|state| state.at(feed));
    let new_spoiled = identity::spoiled(&poll.items, known);
    let spoiled: HashSet<Key> = known.spoiled.union(&new_spoiled).copied().collect();
    let mut deciding = Deciding {
        runtime,
        feed,
        now,
        title: poll.document.as_ref().map_or("", |document| &document.title),
        first_poll: before.as_ref().is_none_or(|state| state.first_read.is_none()),
        storyline: Storyline::new(&known.stories, &runtime.stories, (feed.key.clone(), feed.name.clone()), now),
        taken: known.items.iter().map(|item| item.id.as_str()).collect(),
        spoiled: &spoiled,
        plan: PollPlan::default(),
    };
    for (item, identity) in poll.items.iter().zip(identity::identify(&poll.items, known, &spoiled)) {
        deciding.item(item, identity);
    }
    let Deciding { storyline, mut plan, .. } = deciding;
    plan.stories = storyline.finish();
    plan.spoil = new_spoiled.difference(&known.spoiled).copied().collect();
    plan.spoil.sort_unstable();
    plan.whole = poll.document.as_ref().is_some_and(|document| !document.partial);
    plan.counts.items = u32::try_from(poll.items.len()).unwrap_or(u32::MAX);
    plan.feed = feed_after(poll, feed, before.as_deref(), &plan.counts, runtime, now);
    plan.health = health::after_poll(feed, before.as_deref(), &mut plan.feed, &known.health, runtime, now);
    plan.before = before.map(Cow::into_owned);
    plan
}

/// The feed as it is after this poll: the schedule's part, and what the answer said of itself.
fn feed_after(
    poll: &AssessedPoll,
    feed: &Feed,
    before: Option<&FeedState>,
    counts: &PollCounts,
    runtime: &Runtime,
    now: Timestamp,
) -> FeedState {
    let facts = PollFacts {
        outcome: &poll.outcome,
        freshness: poll.freshness,
        pace: poll.document.as_ref().map(|document| document.pace),
        moved_to: poll.moved_to.as_deref(),
        items: counts.items,
        new_items: counts.new,
    };
    let mut state = schedule::after_poll(feed, before, &facts, &runtime.poll, now);
    if matches!(poll.outcome, Outcome::Read | Outcome::Unchanged) {
        state.etag.clone_from(&poll.etag);
        state.last_modified.clone_from(&poll.last_modified);
        state.body_hash = poll.body_hash;
    }
    if let Some(document) = &poll.document {
        state.title.clone_from(&document.title);
        state.link.clone_from(&document.link);
    }
    state
}

/// One poll while it is decided.
struct Deciding<'a> {
    runtime: &'a Runtime,
    feed: &'a Feed,
    now: Timestamp,
    /// The feed's own title.
    title: &'a str,
    first_poll: bool,
    storyline: Storyline<'a>,
    /// Ids of the items that are known already.
    taken: HashSet<&'a str>,
    spoiled: &'a HashSet<Key>,
    plan: PollPlan,
}

impl Deciding<'_> {
    fn item(&mut self, assessed: &AssessedItem, identity: Identity<'_>) {
        match identity {
            Identity::Repeated => {}
            Identity::New(key) => self.new_item(assessed, key),
            Identity::Known(known) if known.keys.content != assessed.keys.content => self.revised(assessed, known),
            Identity::Known(known) if known.keys != assessed.keys => {
                self.plan.items.push(ItemWrite::Rekeyed { id: known.id.clone(), keys: assessed.keys });
            }
            Identity::Known(known) => self.plan.items.push(ItemWrite::Seen { id: known.id.clone() }),
        }
    }

    fn new_item(&mut self, assessed: &AssessedItem, key: Key) {
        let mut id = item::item_id(&self.feed.key, key);
        if self.taken.contains(id.as_str()) {
            // Another item had this key once: it keeps the id.
            id = item::item_id(&self.feed.key, Key::of("again", &[&key.letters(), &assessed.keys.content.letters()]));
        }
        let item = Item::new(id, assessed, self.now);
        self.plan.counts.new += 1;
        let (story, fired) = if self.is_news(&item) {
            self.alert(&item, assessed, None, &HashSet::new())
        } else {
            self.plan.counts.skipped += 1;
            // No story: one that nobody was told of must not keep another feed's copy silent.
            (None, assessed.hits.iter().flat_map(|hit| self.fired_by(hit)).collect())
        };
        self.plan.items.push(ItemWrite::New { item, keys: assessed.keys, story, fired });
    }

    fn revised(&mut self, assessed: &AssessedItem, known: &KnownItem) {
        let mut item = Item::new(known.id.clone(), assessed, self.now);
        item.first_seen = known.first_seen;
        item.revision = known.revision.saturating_add(1);
        self.plan.counts.revised += 1;
        let story = known.story.as_deref().and_then(|id| self.storyline.named(id));
        let (story, fired) = self.alert(&item, assessed, story, &known.fired);
        let story = story.or_else(|| known.story.clone());
        self.plan.items.push(ItemWrite::Revised { item, keys: assessed.keys, story, fired });
    }

    /// Whether a new item is looked at: always, save at the first poll of a feed, where
    /// most of what it holds is no news.
    fn is_news(&self, item: &Item) -> bool {
        if !self.first_poll {
            return true;
        }
        let day = SignedDuration::from_hours(24);
        match self.feed.first_poll {
            FirstPoll::All => true,
            FirstPoll::None => false,
            FirstPoll::Recent => {
                item.published.or(item.updated).is_some_and(|date| self.now.duration_since(date) <= day)
            }
        }
    }

    /// Raises the alerts of an item: what fires now and had fired neither on it nor on its
    /// story. Returns its story, and what is to be remembered as fired.
    fn alert(
        &mut self,
        item: &Item,
        assessed: &AssessedItem,
        story: Option<Place>,
        fired_before: &HashSet<Fired>,
    ) -> (Option<String>, Vec<Fired>) {
        let all: Vec<Fired> = assessed.hits.iter().flat_map(|hit| self.fired_by(hit)).collect();
        let unheard: Vec<Fired> = all.iter().filter(|fired| !fired_before.contains(*fired)).cloned().collect();
        if unheard.is_empty() {
            self.plan.counts.suppressed += u32::try_from(assessed.hits.len()).unwrap_or(u32::MAX);
            return (None, Vec::new());
        }
        let link = assessed.keys.link.filter(|link| !self.spoiled.contains(link));
        let place = story
            .or_else(|| self.storyline.matching(assessed, link, &all))
            .unwrap_or_else(|| self.storyline.begin(story_id(&item.id), assessed, link));
        let heard: HashSet<Fired> =
            fired_before.iter().chain(self.storyline.fired(place).into_iter().flatten()).cloned().collect();
        let (story_id, also_in) = self.storyline.describe(place);
        for hit in &assessed.hits {
            let Some(news) = self.news_of(hit, &heard) else {
                self.plan.counts.suppressed += 1;
                continue;
            };
            let name = self.list_name(hit);
            // What a first poll passed over was never told: only the story's own marks count.
            let first = !self.storyline.fired(place).into_iter().flatten().any(|fired| fired.watchlist == name);
            let story = AlertStory { id: story_id.clone(), first, also_in: also_in.clone() };
            self.raise(item, assessed, &news, story);
        }
        self.storyline.join(place, &unheard);
        (Some(story_id), unheard)
    }

    fn raise(&mut self, item: &Item, assessed: &AssessedItem, news: &Hit, story: AlertStory) {
        let feed = AlertFeed::of(self.feed, self.title);
        let alert = Alert::new(item.clone(), assessed, news, &self.runtime.watchlists, feed, story, self.now);
        let sinks = route(&self.runtime.sinks, news.watchlist, alert.severity);
        self.plan.counts.alerts += 1;
        self.plan.alerts.push(RoutedAlert { alert, sinks, silence: None });
    }

    /// The part of a hit that has not been heard: of a rule all its matches, of `any` those
    /// of other terms and entities. `None`: all of it has.
    fn news_of(&self, hit: &Hit, heard: &HashSet<Fired>) -> Option<Hit> {
        let watchlist = self.list_name(hit);
        let mut rules = Vec::new();
        for rule in &hit.rules {
            let unheard = |found: &Match| {
                let key = self.runtime.watchlists.fired_key(rule.rule, found);
                !heard.contains(&Fired { watchlist: watchlist.to_owned(), key })
            };
            let matches: Vec<Match> = rule.matches.iter().filter(|found| unheard(found)).copied().collect();
            if !matches.is_empty() {
                rules.push(RuleHit { rule: rule.rule, matches });
            }
        }
        (!rules.is_empty()).then_some(Hit { watchlist: hit.watchlist, rules })
    }

    /// What a hit is remembered by, each once.
    fn fired_by(&self, hit: &Hit) -> Vec<Fired> {
        let watchlist = self.list_name(hit);
        let mut fired = BTreeSet::new();
        for rule in &hit.rules {
            for found in &rule.matches {
                let key = self.runtime.watchlists.fired_key(rule.rule, found);
                fired.insert(Fired { watchlist: watchlist.to_owned(), key });
            }
        }
        fired.into_iter().collect()
    }

    fn list_name(&self, hit: &Hit) -> &str {
        self.runtime.watchlists.lists().get(hit.watchlist.0 as usize).map_or("", |list| &list.name)
    }
}
