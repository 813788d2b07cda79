//! The store: transactions, migrations, faults. Here are the values that the
//! tests write; the files beside are their subjects.

mod crash;
mod daily;
mod digest;
mod health;
mod history;
mod migration;
mod open;
mod outbox;
mod plans;
mod poll;
mod retention;
mod search;

use jiff::{SignedDuration, Timestamp};
use newswatch::engine::alert::{Alert, AlertFeed, AlertMatch, AlertRule, AlertStory};
use newswatch::engine::decide::{Fired, ItemWrite, Known, KnownStory, PollPlan, RoutedAlert, StoryWrite, Wanted};
use newswatch::engine::item::{Item, ItemKeys, Key};
use newswatch::engine::pace::Pace;
use newswatch::engine::schedule::FeedState;
use newswatch::engine::story::Signature;
use newswatch::store::poll::{AlertDocument, NewDelivery, PollCommit, PollLookup, PollReceipt, Traffic};
use newswatch::store::{Access, Error, Store};
use newswatch::watchlist::definition::Severity;
use newswatch::watchlist::term::Field;
use std::collections::HashSet;
use std::path::Path;

/// A time, in seconds after the beginning of the tests' world.
fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + seconds).unwrap()
}

fn days(days: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * days)
}

fn key(number: u8) -> Key {
    Key([number; 16])
}

fn keys(number: u8) -> ItemKeys {
    ItemKeys {
        guid: Some(key(number)),
        link: Some(key(number + 64)),
        content: key(number + 128),
        second: Some(key(number + 192)),
    }
}

fn item(number: u8, seen: Timestamp) -> Item {
    Item {
        id: format!("itm_{number}"),
        guid: Some(format!("guid-{number}")),
        link: Some(format!("https://example.org/{number}?utm_source=rss")),
        canonical_link: Some(format!("https://example.org/{number}")),
        title: format!("Title {number}"),
        summary: "A summary".to_owned(),
        text: "A summary\n\nand a text".to_owned(),
        authors: vec!["Ann \"A\" Author".to_owned(), "Bob".to_owned()],
        categories: vec![],
        language: Some("en".to_owned()),
        published: Some(seen),
        updated: None,
        first_seen: seen,
        revision: 1,
    }
}

fn fired(watchlist: &str, key: &str) -> Fired {
    Fired { watchlist: watchlist.to_owned(), key: key.to_owned() }
}

fn new_item(number: u8, seen: Timestamp) -> ItemWrite {
    ItemWrite::New { item: item(number, seen), keys: keys(number), story: None, fired: vec![] }
}

fn story(number: u8, started: Timestamp) -> KnownStory {
    KnownStory {
        id: format!("sty_{number}"),
        started,
        link: Some(key(number + 64)),
        title: Some(key(number)),
        signature: Some(Signature {
            minima: vec![1, 3, u32::MAX],
            numbers: vec![5, u32::MAX],
            probes: vec![u64::MAX - u64::from(number), 7],
        }),
        feeds: vec![("world".to_owned(), "world".to_owned())],
        fired: HashSet::from([fired("spies", "mi6")]),
    }
}

fn alert(id: &str, number: u8, time: Timestamp) -> Alert {
    let found = AlertMatch {
        term: "MI6".to_owned(),
        entity: None,
        field: Field::Title,
        start: 0,
        end: 3,
        text: "MI6".to_owned(),
        context: "MI6 said".to_owned(),
    };
    Alert {
        id: id.to_owned(),
        time,
        severity: Severity::High,
        test: false,
        watchlist: "spies".to_owned(),
        watchlist_title: "Spies".to_owned(),
        rules: vec![AlertRule {
            id: "mi6".to_owned(),
            title: "MI6".to_owned(),
            severity: Severity::High,
            tags: vec![],
        }],
        matches: vec![found],
        item: item(number, time),
        feed: AlertFeed { name: "world".to_owned(), ..AlertFeed::default() },
        story: AlertStory { id: format!("sty_{number}"), first: true, also_in: vec![] },
    }
}

/// A feed that was read at a time.
fn feed(key: &str, now: Timestamp) -> FeedState {
    FeedState {
        key: key.to_owned(),
        url: format!("https://example.org/{key}"),
        last_poll: Some(now),
        last_success: Some(now),
        first_read: Some(now),
        ..FeedState::default()
    }
}

/// A whole poll of the feed `world` that brings these items.
fn poll(items: Vec<ItemWrite>, now: Timestamp) -> PollCommit {
    let plan = PollPlan { feed: feed("world", now), items, whole: true, ..PollPlan::default() };
    PollCommit { plan, documents: vec![], events: vec![], traffic: Traffic { bytes: 1_000, ..Traffic::default() }, now }
}

/// It with an alert for each of these ids, to each of these sinks.
fn with_alerts(mut poll: PollCommit, ids: &[&str], sinks: &[&str]) -> PollCommit {
    for id in ids {
        poll.plan.alerts.push(RoutedAlert { alert: alert(id, 1, poll.now), sinks: vec![], silence: None });
        let deliveries = sinks
            .iter()
            .map(|sink| NewDelivery { sink: (*sink).to_owned(), body: None, pace: Pace::default() })
            .collect();
        poll.documents.push(AlertDocument { body: format!("body of {id}").into_bytes(), deliveries });
    }
    poll
}

fn with_story(mut poll: PollCommit, story: KnownStory) -> PollCommit {
    poll.plan.stories.push(StoryWrite::Begin(story));
    poll
}

fn lookup(feed: &str, wanted: Wanted) -> PollLookup {
    PollLookup { feed: feed.to_owned(), wanted, stories_since: at(0), failed: false }
}

fn wanted_keys(numbers: &[u8]) -> Wanted {
    let keys = |number: &u8| ItemKeys { guid: None, link: None, content: key(*number), second: None };
    Wanted { items: numbers.iter().map(keys).collect(), ..Wanted::default() }
}

async fn commit(store: &Store, commit: PollCommit) -> Result<PollReceipt, Error> {
    store.commit_poll(PollLookup::default(), move |_| commit).await
}

/// What is known, asked for as a poll does, by a transaction that then writes nothing.
async fn known(store: &Store, lookup: PollLookup) -> Known {
    let (sender, receiver) = std::sync::mpsc::channel();
    let refused = store.commit_poll(lookup, move |known| {
        sender.send(known.clone()).unwrap();
        PollCommit { documents: vec![AlertDocument::default()], ..PollCommit::default() }
    });
    assert!(matches!(refused.await, Err(Error::Defect(_))));
    receiver.recv().unwrap()
}

fn open_store(dir: &Path) -> Store {
    Store::open(dir, Access::ReadWrite).unwrap()
}

/// A store in a folder of its own.
fn fresh() -> (tempfile::TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let store = open_store(dir.path());
    (dir, store)
}

/// Runs a statement on the database beside the store.
fn sql(dir: &Path, statement: &str) {
    let connection = rusqlite::Connection::open(dir.join(newswatch::store::FILE_NAME)).unwrap();
    connection.execute_batch(statement).unwrap();
}
