//! Alerts that are collected: durable, in order, carried once, and accounted for.

use super::*;
use newswatch::engine::pace::Passed;
use newswatch::store::alert::Fate;
use newswatch::store::digest::{Collected, Composed};
use newswatch::store::letter::{LetterState, Selection};
use newswatch::store::outbox::{DeliveryId, Settled, Settlement};

const DIGEST: Pace = Pace { digest: Some(SignedDuration::from_mins(10)), max_per_hour: None };

/// A store with alerts `alt_1`… for the sink `desk`, committed one minute after another.
async fn with(pace: Pace, count: u8) -> (tempfile::TempDir, Store) {
    let (dir, store) = fresh();
    for number in 1..=count {
        add(&store, pace, number, at(60 * i64::from(number))).await;
    }
    (dir, store)
}

async fn add(store: &Store, pace: Pace, number: u8, now: Timestamp) {
    let mut poll = with_alerts(poll(vec![], now), &[&format!("alt_{number}")], &["desk"]);
    poll.documents[0].deliveries[0].pace = pace;
    commit(store, poll).await.unwrap();
}

/// Up to `most` alerts, their bodies joined; what does not say "body" goes alone.
fn joined(collected: &mut dyn Iterator<Item = Collected>, most: usize) -> Composed {
    let mut composed = Composed::default();
    let mut bodies = Vec::new();
    for Collected { id, alert } in collected.take(most) {
        let text = String::from_utf8(alert).unwrap();
        if text.contains("alt_3") {
            composed.alone.push(id);
        } else {
            composed.carried.push(id);
            bodies.push(text.replace("body of ", ""));
        }
    }
    let document = bodies.join(" ");
    composed.digest = (!bodies.is_empty()).then(|| (format!("dig_{document}"), document.into_bytes()));
    composed
}

async fn close(store: &Store, pace: Pace, now: Timestamp, most: usize) -> u32 {
    store.close_window("desk", pace, now, move |collected| joined(collected, most)).await.unwrap()
}

/// Id, bytes, of all that is due.
async fn claim(store: &Store, now: Timestamp) -> Vec<String> {
    let claimed = store.claim("desk", now, 99).await.unwrap();
    claimed.iter().map(|it| format!("{}: {}", it.alert, String::from_utf8_lossy(&it.body))).collect()
}

async fn waits(store: &Store) -> Vec<String> {
    let letters = store.letters(None, None, 99).await.unwrap();
    letters.into_iter().map(|letter| format!("{} {}", letter.alert, letter.state.name())).collect()
}

async fn fates(store: &Store, alert: &str) -> Vec<(Fate, u32)> {
    store.arrivals(alert).await.unwrap().into_iter().map(|arrival| (arrival.fate, arrival.attempts)).collect()
}

#[tokio::test]
async fn what_is_collected_is_not_due_and_waits_on_disk() {
    let (dir, store) = with(DIGEST, 2).await;
    assert!(claim(&store, at(9_000)).await.is_empty());
    assert_eq!(store.next_due("desk").await.unwrap(), None);
    assert_eq!(store.queued_sinks().await.unwrap(), ["desk"]);
    assert_eq!(store.overview(at(0)).await.unwrap().queues[0].pending, 2);
    let letters = store.letters(None, None, 9).await.unwrap();
    assert_eq!(letters[1].state, LetterState::Pending);
    assert_eq!(letters[1].next, Some(at(660)), "ten minutes after the first");
    store.close().await;
    let store = open_store(dir.path());
    store.recover_outbox(at(9_000)).await.unwrap();
    let passed = store.passed("desk", DIGEST).await.unwrap();
    assert_eq!(passed, Passed { collecting_since: Some(at(60)), limiting: None });
    assert_eq!(close(&store, DIGEST, at(9_000), 9).await, 1);
    assert_eq!(claim(&store, at(9_000)).await, ["dig_alt_1 alt_2: alt_1 alt_2"]);
    assert_eq!(close(&store, DIGEST, at(9_000), 9).await, 0, "nothing is collected now");
}

#[tokio::test]
async fn a_digest_has_the_same_bytes_after_a_restart_and_its_alerts_arrive_with_it() {
    let (dir, store) = with(DIGEST, 2).await;
    close(&store, DIGEST, at(700), 9).await;
    let first = claim(&store, at(700)).await;
    store.close().await;
    let store = open_store(dir.path());
    store.recover_outbox(at(800)).await.unwrap();
    assert_eq!(claim(&store, at(800)).await, first);
    assert_eq!(waits(&store).await, ["dig_alt_1 alt_2 in_flight"], "the alerts stand for themselves no more");
    let id = store.letters(None, None, 9).await.unwrap()[0].id;
    let late = |at| vec![Settlement { id, outcome: Settled::Retry { at, reason: "500".to_owned() } }];
    store.settle(late(at(900)), at(801)).await.unwrap();
    assert_eq!(claim(&store, at(900)).await, first);
    store.settle(vec![Settlement { id, outcome: Settled::Delivered }], at(901)).await.unwrap();
    assert_eq!(waits(&store).await, [] as [&str; 0]);
    for alert in ["alt_1", "alt_2"] {
        assert_eq!(fates(&store, alert).await, [(Fate::Delivered, 3)], "{alert}: cut short, refused, taken");
    }
}

#[tokio::test]
async fn a_large_digest_is_parted_and_what_cannot_be_carried_goes_alone() {
    let (_dir, store) = with(DIGEST, 5).await;
    assert_eq!(close(&store, DIGEST, at(900), 2).await, 3);
    let sent = claim(&store, at(900)).await;
    assert_eq!(sent, ["alt_3: body of alt_3", "dig_alt_1 alt_2: alt_1 alt_2", "dig_alt_4: alt_4", "dig_alt_5: alt_5"]);
}

#[tokio::test]
async fn a_dropped_digest_is_noted_at_its_alerts_and_a_person_hurries_what_is_collected() {
    let (_dir, store) = with(DIGEST, 2).await;
    close(&store, DIGEST, at(700), 9).await;
    add(&store, DIGEST, 4, at(710)).await;
    add(&store, DIGEST, 5, at(711)).await;
    assert_eq!(waits(&store).await, ["dig_alt_1 alt_2 pending", "alt_4 pending", "alt_5 pending"]);
    // The deliveries that the digest carries are no one's to retry or drop.
    let carried = Selection::Ids(vec![DeliveryId(1), DeliveryId(2)]);
    assert_eq!(store.retry_letters(carried.clone(), at(720)).await.unwrap().changed, 0);
    assert_eq!(store.drop_letters(carried, at(720)).await.unwrap().changed, 0);
    let letters = store.letters(None, None, 9).await.unwrap();
    store.retry_letters(Selection::Ids(vec![letters[2].id]), at(720)).await.unwrap();
    store.drop_letters(Selection::Ids(vec![letters[0].id, letters[1].id]), at(720)).await.unwrap();
    assert_eq!(claim(&store, at(720)).await, ["alt_5: body of alt_5"]);
    for alert in ["alt_1", "alt_2", "alt_4"] {
        assert_eq!(fates(&store, alert).await, [(Fate::Dropped, 0)], "{alert}");
    }
}

#[tokio::test]
async fn beyond_the_limit_alerts_are_collected_over_a_restart_too() {
    let limit = Pace { digest: None, max_per_hour: Some(2) };
    let (dir, store) = with(limit, 2).await;
    store.close().await;
    let store = open_store(dir.path());
    add(&store, limit, 4, at(180)).await;
    add(&store, limit, 5, at(240)).await;
    assert_eq!(claim(&store, at(240)).await, ["alt_1: body of alt_1", "alt_2: body of alt_2"]);
    let passed = store.passed("desk", limit).await.unwrap();
    assert_eq!(passed, Passed { collecting_since: Some(at(180)), limiting: Some(at(60)) });
    // An hour after the first, a digest; it counts as one, whatever its parts.
    assert_eq!(close(&store, limit, at(3_660), 1).await, 2);
    assert_eq!(store.passed("desk", limit).await.unwrap().limiting, Some(at(120)));
    add(&store, limit, 6, at(3_661)).await;
    assert_eq!(waits(&store).await.last().unwrap(), "alt_6 pending");
    assert_eq!(claim(&store, at(3_661)).await, ["dig_alt_4: alt_4", "dig_alt_5: alt_5"]);
    // A larger limit looks further back than is known.
    let larger = Pace { digest: None, max_per_hour: Some(3) };
    assert_eq!(store.passed("desk", larger).await.unwrap().limiting, None);
}

#[tokio::test]
async fn an_alert_that_is_known_counts_once() {
    let limit = Pace { digest: None, max_per_hour: Some(2) };
    let (_dir, store) = with(limit, 1).await;
    add(&store, limit, 1, at(120)).await;
    assert_eq!(store.passed("desk", limit).await.unwrap().limiting, None);
}

#[tokio::test]
async fn of_a_sink_that_is_not_spared_any_more_each_goes_alone() {
    let (_dir, store) = with(DIGEST, 2).await;
    assert_eq!(store.release_collected("other").await.unwrap(), 0);
    assert_eq!(store.release_collected("desk").await.unwrap(), 2);
    assert_eq!(claim(&store, at(200)).await, ["alt_1: body of alt_1", "alt_2: body of alt_2"]);
}
