//! The product: given an assessed poll, what is already known, the [`Runtime`]
//! and the time, everything that is to be written.

use super::alert::Alert;
use super::assess::AssessedItem;
use super::item::{Item, ItemKeys, Key};
use super::schedule::{FeedState, Freshness, Outcome};
use super::story::Signature;
use super::{FeedIx, Runtime, SinkIx};
use crate::feed::Pace;
use jiff::Timestamp;
use std::collections::HashSet;

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
    /// Item keys of every kind (guid, link, content, second), to be found in this
    /// feed: known items that have one of them, and which of them are spoiled.
    /// Keys of different kinds never collide.
    pub keys: Vec<Key>,
    /// Links of the items that fire, to be found among the stories of all feeds.
    pub links: Vec<Key>,
    /// Folded titles of the items that fire, likewise.
    pub titles: Vec<Key>,
    /// Signature bands of the items that fire, likewise.
    pub bands: Vec<u64>,
}

impl AssessedPoll {
    /// What deciding this poll needs to know; empty where no document was read.
    #[must_use]
    pub fn wanted(&self) -> Wanted {
        Wanted::default()
    }
}

/// What the store knows that matters for one poll; loaded by it in the
/// transaction that will write the plan. The default knows nothing, which is
/// what a dry run decides with.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Known {
    /// The feed; `None`: never polled.
    pub feed: Option<FeedState>,
    /// Those of [`Wanted::keys`] that this feed once used for two items
    /// ([`PollPlan::spoil`]).
    pub spoiled: HashSet<Key>,
    /// The items of this feed that have one of [`Wanted::keys`] that is not
    /// spoiled, each once, in any order. Of a key that very many share, the
    /// latest hundred will do.
    pub items: Vec<KnownItem>,
    /// The stories that [`KnownItem::story`] names, however old; and those begun
    /// in the last [`super::story::StorySettings::window`] that have one of
    /// [`Wanted::links`], [`Wanted::titles`] or [`Wanted::bands`]. Each once, in
    /// any order.
    pub stories: Vec<KnownStory>,
}

/// An item that was seen before.
#[derive(Debug, Clone, PartialEq)]
pub struct KnownItem {
    /// Its id.
    pub id: String,
    /// Its keys, as of its latest revision.
    pub keys: ItemKeys,
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
    /// The feed as it is now.
    pub feed: FeedState,
    /// Guids and links that this document uses for two items: no keys of this
    /// feed from now on.
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
    let _ = (poll, known, runtime, now);
    PollPlan::default()
}
