//! What people know of feeds and sinks that fail is remembered, and told once.

use super::*;
use newswatch::engine::health::{Failure, HealthPlan, Outage, OutageWrite, SinkHealth};
use newswatch::store::feed::ConfiguredFeed;
use newswatch::store::poll::NewDocument;

fn failure() -> Failure {
    Failure { since: at(1), reason: "500".to_owned(), tries: 7 }
}

fn event(id: &str) -> NewDocument {
    NewDocument { sink: "desk".to_owned(), id: id.to_owned(), body: format!("body of {id}").into_bytes() }
}

async fn add(store: &Store, key: &str, change: impl FnOnce(&mut FeedState)) {
    let mut state = feed(key, at(0));
    state.failures = 1;
    change(&mut state);
    let plan = PollPlan { feed: state, ..PollPlan::default() };
    commit(store, PollCommit { plan, ..PollCommit::default() }).await.unwrap();
}

async fn failing(store: &Store, key: &str, failed: bool) -> u32 {
    known(store, PollLookup { failed, ..lookup(key, Wanted::default()) }).await.health.failing
}

#[tokio::test]
async fn the_feeds_that_are_news_are_counted() {
    let (_dir, store) = fresh();
    add(&store, "new", |_| ()).await;
    add(&store, "other", |_| ()).await;
    add(&store, "well", |state| state.failures = 0).await;
    add(&store, "told", |state| state.told = Some(at(0))).await;
    add(&store, "gone", |state| state.gone = true).await;
    assert_eq!((failing(&store, "x", true).await, failing(&store, "new", true).await), (2, 1));
    // Where a feed works and there is no outage, nobody needs to know.
    assert_eq!(failing(&store, "x", false).await, 0);
    // One that is configured and not polled fails no more; nor does one that was removed.
    let configured =
        |key: &str, polled| ConfiguredFeed { key: key.to_owned(), url: format!("https://example.org/{key}"), polled };
    store.sync_feeds(vec![configured("new", false)], at(1)).await.unwrap();
    assert_eq!(failing(&store, "x", true).await, 0);
    store.sync_feeds(vec![configured("new", true)], at(2)).await.unwrap();
    assert_eq!(failing(&store, "x", true).await, 1);
}

#[tokio::test]
async fn an_outage_and_its_event_are_committed_with_the_poll() {
    let (dir, store) = fresh();
    let outage = Outage { failure: failure(), count: 9 };
    let told = |outage, event: NewDocument| {
        let mut told = poll(vec![], at(0));
        told.plan.health = HealthPlan { outage, events: vec![] };
        told.events = vec![event];
        told
    };
    let receipt = commit(&store, told(OutageWrite::Begin(outage.clone()), event("evt_1"))).await.unwrap();
    assert_eq!(receipt.sinks, ["desk"]);
    // What waits is not doubled.
    commit(&store, told(OutageWrite::Keep, event("evt_1"))).await.unwrap();
    store.close().await;
    let store = open_store(dir.path());
    let known_now = known(&store, lookup("world", Wanted::default())).await;
    assert_eq!(known_now.health.outage, Some(outage));
    let claimed = store.claim("desk", at(1), 9).await.unwrap();
    assert_eq!(
        (claimed.len(), claimed[0].alert.as_str(), claimed[0].body.as_slice()),
        (1, "evt_1", &b"body of evt_1"[..])
    );
    commit(&store, told(OutageWrite::End, event("evt_2"))).await.unwrap();
    assert_eq!(known(&store, lookup("world", Wanted::default())).await.health.outage, None);
}

#[tokio::test]
async fn a_sink_that_fails_is_remembered_until_it_works() {
    let (dir, store) = fresh();
    assert_eq!(store.sink_health("desk").await.unwrap(), None);
    let health = SinkHealth { failure: failure(), told: true };
    store.note_sink("other", Some(health.clone()), vec![event("evt_1")], at(2)).await.unwrap();
    store.close().await;
    let store = open_store(dir.path());
    assert_eq!(store.sink_health("other").await.unwrap(), Some(health));
    let sinks = || vec!["desk".to_owned(), "other".to_owned()];
    assert_eq!(store.failing_sinks(sinks()).await.unwrap(), 1);
    assert_eq!(store.claim("desk", at(3), 9).await.unwrap()[0].alert, "evt_1");
    store.note_sink("other", None, vec![], at(4)).await.unwrap();
    assert_eq!(store.sink_health("other").await.unwrap(), None);
    assert_eq!(store.failing_sinks(sinks()).await.unwrap(), 0);
}
