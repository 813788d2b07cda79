//! The stories that one poll may touch, while it is decided: those that the store
//! knows, and those that the poll itself begins.

use super::assess::AssessedItem;
use super::decide::{Fired, KnownStory, StoryWrite};
use super::item::Key;
use super::story::{Signature, StorySettings};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// The stories of one poll.
#[derive(Debug)]
pub(super) struct Storyline<'a> {
    stories: Vec<KnownStory>,
    /// How many of them the store knows; the others are begun here.
    known: usize,
    /// Where a known story stands.
    by_id: HashMap<String, usize>,
    /// Those that may be joined, by what an item of theirs would share.
    open: Open,
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

/// The stories that an item may join, so that no item is compared with all of them. Those
/// that this poll begins are not among them: its feed alone carries them.
#[derive(Debug, Default)]
struct Open {
    links: HashMap<Key, Vec<usize>>,
    titles: HashMap<Key, Vec<usize>>,
    probes: HashMap<u64, Vec<usize>>,
}

/// Stories under one link, title or probe that are compared: what more have in common proves nothing.
const COMPARED: usize = 20;

impl Open {
    fn add(&mut self, place: usize, story: &KnownStory) {
        let add = |places: &mut Vec<usize>| {
            if places.len() < COMPARED {
                places.push(place);
            }
        };
        story.link.into_iter().for_each(|link| add(self.links.entry(link).or_default()));
        story.title.into_iter().for_each(|title| add(self.titles.entry(title).or_default()));
        let probes = story.signature.iter().flat_map(|signature| &signature.probes);
        probes.for_each(|probe| add(self.probes.entry(*probe).or_default()));
    }

    /// Those that share something with an item, in their order.
    fn candidates(&self, item: &AssessedItem, link: Option<Key>) -> BTreeSet<usize> {
        let probes = item.signature.iter().flat_map(|signature| &signature.probes);
        let by_probe = probes.filter_map(|probe| self.probes.get(probe));
        let by_link = link.and_then(|link| self.links.get(&link));
        let by_title = item.title.and_then(|title| self.titles.get(&title));
        by_probe.chain(by_link).chain(by_title).flatten().copied().collect()
    }
}

impl<'a> Storyline<'a> {
    /// The stories that the store knows of.
    pub(super) fn new(
        stories: &[KnownStory],
        settings: &'a StorySettings,
        feed: (String, String),
        now: Timestamp,
    ) -> Self {
        let by_id = stories.iter().enumerate().map(|(place, story)| (story.id.clone(), place)).collect();
        let mut open = Open::default();
        for (place, story) in stories.iter().enumerate().filter(|(_, story)| is_open(story, settings, &feed.0, now)) {
            open.add(place, story);
        }
        let (known, stories) = (stories.len(), stories.to_vec());
        Self { stories, known, by_id, open, joins: BTreeMap::new(), settings, feed, now }
    }

    /// The story that a known item belongs to already.
    pub(super) fn named(&self, id: &str) -> Option<Place> {
        self.by_id.get(id).copied().map(Place)
    }

    /// The story that an item joins, which fires `all`: of those that it tells again the one
    /// that leaves the least of it unheard, and of these the nearest. Items of one feed alone
    /// are no story: it has told its news itself.
    pub(super) fn matching(&self, item: &AssessedItem, link: Option<Key>, all: &[Fired]) -> Option<Place> {
        let mut best: Option<(usize, f64, usize)> = None;
        for place in self.open.candidates(item, link) {
            let Some(story) = self.stories.get(place) else { continue };
            let nearness = self.nearness(item, link, story);
            let unheard = all.iter().filter(|fired| !story.fired.contains(*fired)).count();
            let better = |(least, nearest, _)| unheard < least || (unheard == least && nearness > nearest);
            if nearness > 0.0 && best.is_none_or(better) {
                best = Some((unheard, nearness, place));
            }
        }
        best.map(|(_, _, place)| Place(place))
    }

    /// Greatest for the same link; 0 where an item tells something else than a story.
    fn nearness(&self, item: &AssessedItem, link: Option<Key>, story: &KnownStory) -> f64 {
        if link.is_some() && link == story.link {
            return 3.0;
        }
        if self.settings.similarity <= 0.0 {
            return 0.0;
        }
        let same_title = item.title.is_some() && item.title == story.title;
        match (&item.signature, &story.signature) {
            (Some(one), Some(other)) => self.likeness(one, other, same_title),
            // Where there is nothing to compare, a title has to do.
            _ if same_title => 1.0,
            _ => 0.0,
        }
    }

    /// Of two stories that have told an item alike, the one that resembles it more is nearer:
    /// the other has it among other things.
    fn likeness(&self, item: &Signature, story: &Signature, same_title: bool) -> f64 {
        let told = item.told_by(story);
        if told >= self.settings.similarity || (same_title && item.may_tell(story)) {
            return 1.0 + item.resemblance(story);
        }
        0.0
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

/// Whether an item of a feed may join a story: not long after it began, or before, as the
/// clock may have been put back; and where another feed carries it.
fn is_open(story: &KnownStory, settings: &StorySettings, feed: &str, now: Timestamp) -> bool {
    let age = now.duration_since(story.started).abs();
    age <= settings.window && story.feeds.iter().any(|(key, _)| key != feed)
}
