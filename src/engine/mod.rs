//! What newswatch decides. [`assess`] looks at one poll without knowing what was
//! seen before and runs in parallel; [`decide`] compares it with what is known
//! and returns everything that is to be written. Neither does any I/O: `now`,
//! the known state and the [`Runtime`] come in as values, a plan goes out.

pub mod alert;
pub mod assess;
pub mod backtest;
pub mod decide;
pub mod health;
mod identity;
pub mod item;
pub mod pace;
pub mod retry;
pub mod route;
pub mod schedule;
pub mod silence;
pub mod steady;
pub mod story;
mod storyline;

use crate::watchlist::Watchlists;
use crate::watchlist::definition::Severity;
use jiff::SignedDuration;
use std::sync::Arc;

/// A feed of a [`Runtime`]; dense from 0, valid for that runtime only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FeedIx(pub u32);

/// A sink of a [`Runtime`]; dense from 0, valid for that runtime only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SinkIx(pub u32);

/// Everything that deciding depends on, compiled from one configuration.
/// Immutable; exchanged whole on reload.
#[derive(Debug)]
pub struct Runtime {
    /// What to look for.
    pub watchlists: Arc<Watchlists>,
    /// The feeds, indexed by [`FeedIx`], disabled ones included.
    pub feeds: Vec<Feed>,
    /// The sinks, indexed by [`SinkIx`].
    pub sinks: Vec<SinkRoute>,
    /// When to poll.
    pub poll: schedule::PollSettings,
    /// What makes a story.
    pub stories: story::StorySettings,
}

impl Runtime {
    /// The same, with other sinks.
    #[must_use]
    pub fn with_sinks(&self, sinks: Vec<SinkRoute>) -> Self {
        Self { sinks, watchlists: Arc::clone(&self.watchlists), feeds: self.feeds.clone(), ..*self }
    }

    /// How many feeds are polled: those that are not disabled.
    #[must_use]
    pub fn polled_feeds(&self) -> usize {
        self.feeds.iter().filter(|feed| feed.enabled).count()
    }
}

/// A feed, as far as deciding is concerned.
#[derive(Debug, Clone)]
pub struct Feed {
    /// Unique; what it is known by in the store: its `name`, else its URL.
    pub key: String,
    /// Its name for people and filters; derived from the URL where none is given.
    pub name: String,
    /// The URL or path as it may be shown: without password.
    pub url: String,
    /// Its tags.
    pub tags: Vec<String>,
    /// A fixed interval; `None`: adapted.
    pub interval: Option<SignedDuration>,
    /// What its first poll alerts on.
    pub first_poll: FirstPoll,
    /// Whether it is polled.
    pub enabled: bool,
}

/// What the first poll of a feed alerts on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FirstPoll {
    /// Items dated within the last 24 hours.
    #[default]
    Recent,
    /// Every item.
    All,
    /// No item.
    None,
}

/// A sink, as far as routing is concerned.
#[derive(Debug, Clone)]
pub struct SinkRoute {
    /// Its unique name.
    pub name: String,
    /// Alerts below are not routed to it.
    pub min_severity: Severity,
    /// By [`crate::watchlist::WatchlistIx`]: whether both the watchlist's `sinks` and this sink's
    /// `watchlists` allow it.
    pub accepts: Vec<bool>,
    /// After this long a delivery is a dead letter; `None`: it waits for ever.
    pub max_age: Option<SignedDuration>,
    /// How it is spared.
    pub pace: pace::Pace,
}
