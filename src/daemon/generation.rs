//! What one configuration put into service. Immutable: a reload makes a new
//! one, and work that began under the old one ends under it.

use crate::config::Loaded;
use crate::engine::{FeedIx, Runtime, SinkIx, SinkRoute};
use crate::fetch::{self, Client, Source};
use crate::sink;
use crate::sink::body::Body;
use std::collections::HashMap;
use std::sync::Arc;

/// A configuration in service.
#[derive(Debug)]
pub(super) struct Generation {
    /// Counts reloads; the first is 1.
    pub(super) number: u64,
    /// What deciding depends on.
    pub(super) runtime: Arc<Runtime>,
    /// What each sink is sent, by [`SinkIx`].
    bodies: Vec<Body>,
    /// Where each feed is, by [`FeedIx`].
    pub(super) sources: Arc<[Source]>,
    /// How feeds are fetched.
    pub(super) settings: fetch::Settings,
    /// What fetches them.
    pub(super) client: Client,
    /// Finds a feed of another generation again.
    by_key: HashMap<String, FeedIx>,
}

impl Generation {
    /// Puts a loaded configuration into service.
    ///
    /// # Errors
    /// Where no HTTP client can be made of it; says why.
    pub(super) fn new(number: u64, loaded: &Loaded) -> Result<Self, fetch::Unusable> {
        let runtime = Arc::clone(&loaded.runtime);
        let by_key = (0u32..).zip(&runtime.feeds).map(|(ix, feed)| (feed.key.clone(), FeedIx(ix))).collect();
        Ok(Self {
            number,
            bodies: loaded.sinks.iter().map(sink::Config::body).collect(),
            sources: Arc::clone(&loaded.sources),
            client: Client::new(&loaded.fetch)?,
            settings: loaded.fetch.clone(),
            runtime,
            by_key,
        })
    }

    /// The feed that has this key here.
    pub(super) fn feed(&self, key: &str) -> Option<FeedIx> {
        self.by_key.get(key).copied()
    }

    /// A sink, and what it is sent.
    pub(super) fn sink(&self, ix: SinkIx) -> Option<(&SinkRoute, &Body)> {
        self.runtime.sinks.get(ix.0 as usize).zip(self.bodies.get(ix.0 as usize))
    }
}
