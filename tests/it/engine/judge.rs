//! Lets the engine decide on the news of a [press](super::press), and counts where it
//! was right: which items it took for a story that was told before.

#![allow(clippy::cast_precision_loss, reason = "shares of a few thousand")]

use super::press::{CATEGORY, FEEDS, Piece};
use jiff::{SignedDuration, Timestamp};
use newswatch::engine::assess::{Provenance, assess};
use newswatch::engine::decide::{AssessedPoll, Document, ItemWrite, decide};
use newswatch::engine::schedule::PollSettings;
use newswatch::engine::story::StorySettings;
use newswatch::engine::{Feed, FeedIx, FirstPoll, Runtime};
use newswatch::feed::{Pace, ParsedItem};
use newswatch::store::Store;
use newswatch::store::poll::{AlertDocument, PollCommit, PollLookup};
use newswatch::watchlist::Scratch;
use newswatch::watchlist::compile::compile;
use newswatch::watchlist::definition::{At, Definition, Pos, RuleDefinition};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// What became of the items of one kind.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Tally {
    /// How many there are.
    pub(crate) items: usize,
    /// Of these, copies: they should join the story that they tell.
    pub(crate) copies: usize,
    /// How many joined it.
    pub(crate) right: usize,
    /// How many joined another story, and told nobody of theirs.
    pub(crate) wrong: usize,
}

impl Tally {
    /// Of what was joined, the share that belongs there.
    pub(crate) fn precision(&self) -> f64 {
        share(self.right, self.right + self.wrong)
    }

    /// Of the copies, the share that was recognized.
    pub(crate) fn recall(&self) -> f64 {
        share(self.right, self.copies)
    }
}

fn share(part: usize, whole: usize) -> f64 {
    part as f64 / whole.max(1) as f64
}

/// Decides on everything in its order, from an empty state in memory; by kind of item.
pub(crate) async fn judge(pieces: &[Piece]) -> BTreeMap<&'static str, Tally> {
    let desk = Desk::new(Store::in_memory().expect("memory"));
    let mut founders: HashMap<String, usize> = HashMap::new();
    let mut tallies: BTreeMap<&str, Tally> = BTreeMap::new();
    for piece in pieces {
        let stories = desk.poll(piece.feed, vec![piece.item.clone()], piece.minute).await;
        let story = stories.first().cloned().flatten().expect("every piece fires");
        let tally = tallies.entry(piece.kind).or_default();
        tally.items += 1;
        tally.copies += usize::from(piece.copy);
        match founders.get(&story) {
            Some(truth) if *truth == piece.truth => tally.right += usize::from(piece.copy),
            Some(_) => tally.wrong += 1,
            None => _ = founders.insert(story, piece.truth),
        }
    }
    tallies
}

/// All kinds together.
pub(crate) fn total(tallies: &BTreeMap<&'static str, Tally>) -> Tally {
    tallies.values().fold(Tally::default(), |all, tally| Tally {
        items: all.items + tally.items,
        copies: all.copies + tally.copies,
        right: all.right + tally.right,
        wrong: all.wrong + tally.wrong,
    })
}

/// Where polls are decided and written. Clones share it.
#[derive(Clone)]
pub(crate) struct Desk {
    runtime: Arc<Runtime>,
    store: Store,
}

impl Desk {
    /// A desk with one watchlist, which fires on every piece.
    pub(crate) fn new(store: Store) -> Self {
        let at = |value| At { value, pos: Pos::default() };
        let everything = RuleDefinition {
            id: at("everything".to_owned()),
            when: at(format!("category:{CATEGORY}")),
            ..RuleDefinition::default()
        };
        let list = Definition { name: at("press".to_owned()), rules: vec![everything], ..Definition::default() };
        let (watchlists, _) = compile(&[list]);
        let feed = |n| Feed {
            key: format!("feed-{n}"),
            name: format!("feed-{n}"),
            url: format!("https://outlet-{n}.example/rss"),
            tags: Vec::new(),
            interval: None,
            first_poll: FirstPoll::All,
            enabled: true,
        };
        let hours = SignedDuration::from_hours;
        let runtime = Runtime {
            watchlists: Arc::new(watchlists),
            feeds: (0..FEEDS).map(feed).collect(),
            sinks: Vec::new(),
            poll: PollSettings { interval: hours(1), min_interval: hours(1), max_interval: hours(24) },
            stories: StorySettings { window: hours(48), similarity: 0.7 },
        };
        Self { runtime: Arc::new(runtime), store }
    }

    /// What it decides with.
    #[allow(dead_code, reason = "the benchmark asks for less")]
    pub(crate) fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    /// A feed brings these items at a minute; the story of each.
    pub(crate) async fn poll(&self, feed: u32, items: Vec<ParsedItem>, minute: i64) -> Vec<Option<String>> {
        let runtime = Arc::clone(&self.runtime);
        let now = Timestamp::UNIX_EPOCH + SignedDuration::from_hours(24 * 365 * 50) + SignedDuration::from_mins(minute);
        // A delta: what it does not hold has not gone.
        let document = Document { title: String::new(), link: None, pace: Pace::default(), partial: true };
        let items = assess(items, Provenance::Alone { language: None }, &runtime.watchlists, &mut Scratch::default());
        let poll = AssessedPoll::read(FeedIx(feed), Some(document), items);
        let key = format!("feed-{feed}");
        let lookup =
            PollLookup { feed: key, wanted: poll.wanted(), stories_since: now - runtime.stories.window, failed: false };
        let decided = self.store.commit_poll(lookup, move |known| {
            let plan = decide(&poll, known, &runtime, now);
            let document = |id: &str| AlertDocument { body: id.as_bytes().to_vec(), deliveries: Vec::new() };
            let documents = plan.alerts.iter().map(|routed| document(&routed.alert.id)).collect();
            PollCommit { documents, plan, now, ..PollCommit::default() }
        });
        let receipt = decided.await.expect("a store that works");
        let story = |write: &ItemWrite| match write {
            ItemWrite::New { story, .. } => story.clone(),
            _ => None,
        };
        receipt.plan.items.iter().map(story).collect()
    }
}
