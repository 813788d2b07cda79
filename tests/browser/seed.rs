//! Fills the store of a configuration with alerts of the last three months, for a browser
//! to look at: `seed CONFIG ITEMS`. The first feeds, those with the tag `seeded`, bring the
//! items, which are made up; what fires on them and what is stored is decided by newswatch's
//! own code, with the clock put back.

#![allow(clippy::indexing_slicing, reason = "the numbers are made here")]

use jiff::{SignedDuration, Timestamp};
use newswatch::config::environment::Environment;
use newswatch::config::{self, Loaded, Purpose};
use newswatch::daemon::clock;
use newswatch::engine::FeedIx;
use newswatch::engine::assess::{Provenance, assess};
use newswatch::engine::decide::{AssessedPoll, Document, decide};
use newswatch::engine::schedule::Outcome;
use newswatch::feed::{Pace, ParsedItem};
use newswatch::sink::payload::{self, TextMode};
use newswatch::store::poll::{AlertDocument, PollCommit, PollLookup, Traffic};
use newswatch::store::{Access, Store};
use newswatch::watchlist::{FeedLabel, Scratch};
use std::error::Error;
use std::path::Path;
use std::sync::Arc;

/// Days that are filled, today included.
const DAYS: i64 = 90;

/// Days, counted back, on which polls bring nothing, too.
const FRESH: i64 = 14;

/// Items of one poll at most.
const BATCH: usize = 500;

const PLACES: [&str; 12] = [
    "Gdańsk",
    "Helsinki",
    "Tallinn",
    "Rostock",
    "Klaipėda",
    "Kiel",
    "Riga",
    "Turku",
    "Świnoujście",
    "Malmö",
    "Ventspils",
    "Hamburg",
];

/// A title and a text; `{}` is a place. Those that come first come more often.
const STORIES: [(&str, &str); 8] = [
    (
        "Sabotage drill at the port of {}",
        "Crews of the harbour practised for acts of sabotage; a cargo ship lay idle at the quay.",
    ),
    (
        "Data cable near {} damaged",
        "A data cable on the sea bed was damaged. Officials do not exclude sabotage and have sent a ship.",
    ),
    (
        "Fire at a depot in {}",
        "Police suspect arson. Two incendiary devices were found near a rail depot, a spokeswoman said.",
    ),
    (
        "GPS jamming disturbs flights to {}",
        "Pilots reported jamming of satellite navigation; two aircraft turned back.",
    ),
    ("MI6 chief speaks in {}", "The chief of MI6 warned of sabotage against ports and cables in the Baltic Sea."),
    (
        "Pipeline pressure falls off {}",
        "Operators shut a pipeline after a loss of pressure. An accident is thought likelier than sabotage.",
    ),
    (
        "Tanker boarded near {}",
        "The coast guard boarded a tanker of the shadow fleet that had dragged its anchor over a cable.",
    ),
    ("Court in {} hears arson case", "Three men are accused of arson. Prosecutors speak of an order by the GRU."),
];

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % limit.max(1)
    }
}

fn item(number: usize, dice: &mut Dice, published: Timestamp) -> ParsedItem {
    let story = dice.below(STORIES.len()).min(dice.below(STORIES.len()));
    let (title, text) = STORIES[story];
    let place = PLACES[dice.below(PLACES.len())];
    ParsedItem {
        id: Some(format!("seed-{number}")),
        title: format!("{}, report {number}", title.replace("{}", place)),
        link: Some(format!("https://news.example/{number}")),
        published: Some(published),
        text: text.to_owned(),
        language: Some("en".to_owned()),
        ..ParsedItem::default()
    }
}

/// How many of 1,000 alerts fall on each day: weekends are quiet, and some days are not.
fn shares(dice: &mut Dice) -> Vec<usize> {
    let mut weight = |day: i64| {
        let usual = if day % 7 < 2 { 3 } else { 9 };
        usual + dice.below(6) + if dice.below(14) == 0 { 20 } else { 0 }
    };
    (0..DAYS).map(&mut weight).collect()
}

struct Seed {
    loaded: Loaded,
    store: Store,
    now: Timestamp,
}

impl Seed {
    /// Commits a poll of a feed, as it was so many days ago.
    async fn poll(&self, feed: usize, days: i64, items: Vec<ParsedItem>) -> Result<(), Box<dyn Error>> {
        let runtime = Arc::clone(&self.loaded.runtime);
        let now = self.now - SignedDuration::from_hours(24 * days);
        let known = &runtime.feeds[feed];
        let label = Provenance::Feed(FeedLabel { name: &known.name, tags: &known.tags });
        let size = items.iter().map(|item| item.text.len() as u64 + 600).sum::<u64>();
        let assessed = assess(items, label, &runtime.watchlists, &mut Scratch::default());
        let document = Document { title: known.name.clone(), link: None, pace: Pace::default(), partial: true };
        let mut poll = AssessedPoll::read(FeedIx(u32::try_from(feed)?), Some(document), assessed);
        let mut traffic = Traffic { bytes: size, ..Traffic::default() };
        if size == 0 {
            (poll.outcome, poll.document) = (Outcome::Unchanged, None);
            (traffic.unchanged, traffic.not_modified) = (1, 1);
        }
        let lookup = PollLookup { feed: known.key.clone(), wanted: poll.wanted(), ..PollLookup::default() };
        let decided = self.store.commit_poll(lookup, move |known| {
            let plan = decide(&poll, known, &runtime, now);
            let body = |alert| payload::render(alert, "seed", TextMode::Full);
            let document = |body| AlertDocument { body, deliveries: Vec::new() };
            let documents = plan.alerts.iter().map(|routed| document(body(&routed.alert))).collect();
            PollCommit { plan, documents, events: Vec::new(), traffic, now }
        });
        decided.await?;
        Ok(())
    }

    async fn fill(&self, items: usize) -> Result<(), Box<dyn Error>> {
        let mut dice = Dice(7);
        let feeds = self.loaded.runtime.feeds.iter().filter(|feed| feed.tags.iter().any(|tag| tag == "seeded")).count();
        let shares = shares(&mut dice);
        let whole: usize = shares.iter().sum();
        let (mut made, mut share_done) = (0, 0);
        for (days, share) in (0..DAYS).rev().zip(&shares) {
            share_done += share;
            let due = items * share_done / whole;
            let each = (due - made) / feeds + 1;
            while made < due {
                let batch = BATCH.min(due - made).min(each);
                let published = self.now - SignedDuration::from_hours(24 * days);
                let items = (made..made + batch).map(|number| item(number, &mut dice, published)).collect();
                self.poll(dice.below(feeds), days, items).await?;
                made += batch;
            }
            for feed in 0..feeds {
                for _ in 0..dice.below(4).min(if days < FRESH { 4 } else { 0 }) {
                    self.poll(feed, days, Vec::new()).await?;
                }
            }
        }
        Ok(())
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [path, items] = arguments.as_slice() else { return Err("seed CONFIG ITEMS".into()) };
    let loaded = config::load(Path::new(path), &Environment::of_process(), Purpose::Look)
        .map_err(|found| found.render(config::diagnostic::Colour::Off))?;
    std::fs::create_dir_all(&loaded.state_dir)?;
    let store = Store::open(&loaded.state_dir, Access::ReadWrite)?;
    let seed = Seed { loaded, store, now: clock::now() };
    seed.fill(items.parse()?).await?;
    seed.store.close().await;
    Ok(())
}
