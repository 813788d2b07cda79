//! The stories that one poll may touch, while it is decided: those that the store
//! knows, and those that the poll itself begins.

use super::assess::AssessedItem;
use super::decide::{Fired, KnownStory, StoryWrite};
use super::item::Key;
use super::story::StorySettings;
use jiff::Timestamp;
use std::collections::{BTreeMap, HashSet};

/// The stories of one poll.
#[derive(Debug)]
pub(super) struct Storyline<'a> {
    stories: Vec<KnownStory>,
    /// How many of them the store knows; the others are begun here.
    known: usize,
    /// What the known ones get, by their position.
    joins: BTreeMap<usize, Vec<Fired>>,
    settings: &'a StorySettings,
    /// Key and name of the feed that is polled.
    feed: (String, String),
    now: Timestamp,
}

/// Where a story stands in a [`Storyline`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place(usize);

impl<'a> Storyline<'a> {
    /// The stories that the store knows of.
    pub(super) fn new(
        stories: &[KnownStory],
        settings: &'a StorySettings,
        feed: (String, String),
        now: Timestamp,
    ) -> Self {
        Self { stories: stories.to_vec(), known: stories.len(), joins: BTreeMap::new(), settings, feed, now }
    }

    /// The story that a known item belongs to already.
    pub(super) fn named(&self, id: &str) -> Option<Place> {
        self.stories.iter().position(|story| story.id == id).map(Place)
    }

    /// The story that an item joins: the same link, else the most similar. Items
    /// of one feed alone are no story: it has told its news itself.
    pub(super) fn matching(&self, item: &AssessedItem, link: Option<Key>) -> Option<Place> {
        let open = self.stories.iter().enumerate().filter(|(_, story)| self.is_open(story));
        let mut best: Option<(f64, usize)> = None;
        for (position, story) in open {
            let nearness = self.nearness(item, link, story);
            if nearness > best.map_or(0.0, |(nearness, _)| nearness) {
                best = Some((nearness, position));
            }
        }
        best.map(|(_, position)| Place(position))
    }

    fn is_open(&self, story: &KnownStory) -> bool {
        let age = self.now.duration_since(story.started);
        age <= self.settings.window && story.feeds.iter().any(|(key, _)| *key != self.feed.0)
    }

    /// 2 for the same link, else the similarity where that is enough, else 0.
    fn nearness(&self, item: &AssessedItem, link: Option<Key>, story: &KnownStory) -> f64 {
        if link.is_some() && link == story.link {
            return 2.0;
        }
        if self.settings.similarity <= 0.0 {
            return 0.0;
        }
        let similarity = match (&item.signature, &story.signature) {
            (Some(one), Some(other)) => one.similarity(other),
            // A text that is too short to be compared is known by its title.
            _ if item.title.is_some() && item.title == story.title => 1.0,
            _ => 0.0,
        };
        if similarity >= self.settings.similarity { similarity } else { 0.0 }
    }

    /// Begins a story with an item.
    pub(super) fn begin(&mut self, id: String, item: &AssessedItem, link: Option<Key>) -> Place {
        self.stories.push(KnownStory {
            id,
            started: self.now,
            link,
            title: item.title,
            signature: item.signature.clone(),
            feeds: Vec::new(),
            fired: HashSet::new(),
        });
        Place(self.stories.len() - 1)
    }

    /// What has fired on a story so far.
    pub(super) fn fired(&self, place: Place) -> Option<&HashSet<Fired>> {
        self.stories.get(place.0).map(|story| &story.fired)
    }

    /// A story's id, and the names of the other feeds that carried it so far.
    pub(super) fn describe(&self, place: Place) -> (String, Vec<String>) {
        let Some(story) = self.stories.get(place.0) else { return Default::default() };
        let others = story.feeds.iter().filter(|(key, _)| *key != self.feed.0);
        (story.id.clone(), others.map(|(_, name)| name.clone()).collect())
    }

    /// An item of the polled feed belongs to a story, and fires this on it.
    pub(super) fn join(&mut self, place: Place, fired: &[Fired]) {
        let Some(story) = self.stories.get_mut(place.0) else { return };
        if !story.feeds.iter().any(|(key, _)| *key == self.feed.0) {
            story.feeds.push(self.feed.clone());
        }
        story.fired.extend(fired.iter().cloned());
        if place.0 < self.known {
            self.joins.entry(place.0).or_default().extend(fired.iter().cloned());
        }
    }

    /// What is to be written.
    pub(super) fn finish(mut self) -> Vec<StoryWrite> {
        let begun = self.stories.split_off(self.known.min(self.stories.len()));
        let feed = self.feed;
        let joins = self.joins.into_iter().filter_map(|(position, fired)| {
            let id = self.stories.get(position)?.id.clone();
            Some(StoryWrite::Join { id, feed: feed.clone(), fired })
        });
        joins.collect::<Vec<_>>().into_iter().chain(begun.into_iter().map(StoryWrite::Begin)).collect()
    }
}
