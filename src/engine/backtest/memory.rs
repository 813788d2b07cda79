//! The stories that the items of a backtest began, as long as others can join them. It
//! stands in for the store, and so offers what the store would offer to [`super::super::decide`].

use crate::engine::assess::AssessedItem;
use crate::engine::decide::{Fired, KnownStory};
use crate::engine::item::Key;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeSet, HashMap, VecDeque};
use std::hash::Hash;

/// A story, counted from the first one of the backtest.
pub(super) type StoryNumber = u64;

/// The stories, and where they are found.
#[derive(Debug, Default)]
pub(super) struct Memory {
    stories: VecDeque<KnownStory>,
    /// The number of the first of `stories`.
    first: StoryNumber,
    links: HashMap<Key, VecDeque<StoryNumber>>,
    titles: HashMap<Key, VecDeque<StoryNumber>>,
    probes: HashMap<u64, VecDeque<StoryNumber>>,
}

/// Stories of one link, title or probe that are looked at, the latest first.
const PER_KEY: usize = 20;

impl Memory {
    /// The stories that an item may join, the oldest first.
    pub(super) fn candidates(&self, item: &AssessedItem) -> Vec<(StoryNumber, KnownStory)> {
        let by_link = item.keys.link.and_then(|link| self.links.get(&link));
        let by_title = item.title.and_then(|title| self.titles.get(&title));
        let probes = item.signature.iter().flat_map(|signature| &signature.probes);
        let by_probe = probes.filter_map(|probe| self.probes.get(probe));
        let numbers: BTreeSet<StoryNumber> =
            by_link.into_iter().chain(by_title).chain(by_probe).flatten().copied().collect();
        numbers.into_iter().filter_map(|number| Some((number, self.get(number)?.clone()))).collect()
    }

    /// A story that an item began.
    pub(super) fn begin(&mut self, story: KnownStory) -> StoryNumber {
        let number = self.first + self.stories.len() as u64;
        if let Some(link) = story.link {
            note(&mut self.links, link, number);
        }
        if let Some(title) = story.title {
            note(&mut self.titles, title, number);
        }
        for probe in story.signature.iter().flat_map(|signature| &signature.probes) {
            note(&mut self.probes, *probe, number);
        }
        self.stories.push_back(story);
        number
    }

    /// An item joined a story.
    pub(super) fn join(&mut self, number: StoryNumber, feed: (String, String), fired: Vec<Fired>) {
        let place = usize::try_from(number.saturating_sub(self.first)).unwrap_or(usize::MAX);
        let Some(story) = self.stories.get_mut(place) else { return };
        if !story.feeds.iter().any(|(key, _)| *key == feed.0) {
            story.feeds.push(feed);
        }
        story.fired.extend(fired);
    }

    /// Forgets the stories that began longer than `window` before `now`.
    pub(super) fn forget(&mut self, window: SignedDuration, now: Timestamp) {
        let limit = now.checked_sub(window).unwrap_or(Timestamp::MIN);
        while let Some(story) = self.stories.pop_front_if(|story| story.started < limit) {
            if let Some(link) = story.link {
                drop_oldest(&mut self.links, &link, self.first);
            }
            if let Some(title) = story.title {
                drop_oldest(&mut self.titles, &title, self.first);
            }
            for probe in story.signature.iter().flat_map(|signature| &signature.probes) {
                drop_oldest(&mut self.probes, probe, self.first);
            }
            self.first += 1;
        }
    }

    fn get(&self, number: StoryNumber) -> Option<&KnownStory> {
        self.stories.get(usize::try_from(number.checked_sub(self.first)?).ok()?)
    }
}

fn note<K: Hash + Eq>(index: &mut HashMap<K, VecDeque<StoryNumber>>, key: K, number: StoryNumber) {
    let numbers = index.entry(key).or_default();
    if numbers.len() == PER_KEY {
        numbers.pop_front();
    }
    numbers.push_back(number);
}

fn drop_oldest<K: Hash + Eq>(index: &mut HashMap<K, VecDeque<StoryNumber>>, key: &K, number: StoryNumber) {
    let Some(numbers) = index.get_mut(key) else { return };
    numbers.pop_front_if(|oldest| *oldest == number);
    if numbers.is_empty() {
        index.remove(key);
    }
}
