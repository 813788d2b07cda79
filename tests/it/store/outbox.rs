//! Deliveries: claimed in order, settled, expired, replayed, dropped.

use super::*;
use newswatch::store::alert::Fate;
use newswatch::store::letter::{Changed, LetterState, Selection};
use newswatch::store::outbox::{DeliveryId, FileWrite, Settled, Settlement};
use std::os::unix::ffi::OsStringExt;

/// A store with alerts `alt_1`… queued for the sink `desk`, as deliveries 1….
async fn queued(count: usize) -> (tempfile::TempDir, Store) {
    let (dir, store) = fresh();
    let ids: Vec<String> = (1..=count).map(|number| format!("alt_{number}")).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    commit(&store, with_alerts(poll(vec![], at(0)), &ids, &["desk"])).await.unwrap();
    (dir, store)
}

async fn claim(store: &Store, now: Timestamp, limit: usize) -> Vec<i64> {
    store.claim("desk", now, limit).await.unwrap().into_iter().map(|delivery| delivery.id.0).collect()
}

fn settled(id: i64, outcome: Settled) -> Settlement {
    Settlement { id: DeliveryId(id), outcome }
}

fn retry(at: Timestamp) -> Settled {
    Settled::Retry { at, reason: "503".to_owned() }
}

fn dead() -> Settled {
    Settled::Dead { reason: "404".to_owned() }
}

/// Where each delivery stands, in short: `id state attempts`.
async fn standing(store: &Store) -> Vec<String> {
    let letters = store.letters(None, None, 100).await.unwrap();
    letters.iter().map(|letter| format!("{} {} {}", letter.id.0, letter.state.name(), letter.attempts)).collect()
}

#[tokio::test]
async fn deliveries_are_claimed_in_the_order_of_commits_and_a_retry_holds_up_none() {
    let (_dir, store) = queued(5).await;
    assert_eq!(claim(&store, at(0), 2).await, [1, 2]);
    assert_eq!(claim(&store, at(0), 1).await, [3]);
    store.settle(vec![settled(1, retry(at(60))), settled(2, retry(at(30)))], at(1)).await.unwrap();
    assert_eq!(claim(&store, at(1), 1).await, [4]);
    // Once due, they come before what was committed after them.
    assert_eq!(claim(&store, at(60), 9).await, [1, 2, 5]);
    assert_eq!(claim(&store, at(60), 9).await, [] as [i64; 0]);
}

#[tokio::test]
async fn a_delivery_carries_its_own_bytes_or_those_of_its_alert() {
    let (_dir, store) = fresh();
    let mut sent = with_alerts(poll(vec![], at(0)), &["alt_1"], &["desk", "archive"]);
    sent.documents[0].deliveries[0].body = Some(b"without text".to_vec());
    commit(&store, sent).await.unwrap();
    for (sink, body) in [("desk", "without text"), ("archive", "body of alt_1")] {
        let claimed = store.claim(sink, at(0), 9).await.unwrap();
        assert_eq!(claimed.len(), 1);
        assert_eq!((claimed[0].alert.as_str(), claimed[0].body.as_slice()), ("alt_1", body.as_bytes()));
        assert_eq!((claimed[0].attempts, claimed[0].queued), (0, at(0)));
    }
}

#[tokio::test]
async fn how_an_attempt_ended_is_written_down() {
    let (_dir, store) = queued(4).await;
    claim(&store, at(0), 4).await;
    let ended = vec![
        settled(1, Settled::Delivered),
        settled(2, retry(at(60))),
        settled(3, dead()),
        settled(4, Settled::Release),
        settled(99, Settled::Delivered),
    ];
    store.settle(ended, at(5)).await.unwrap();

    assert_eq!(standing(&store).await, ["2 pending 1", "3 dead 1", "4 pending 0"]);
    let letters = store.letters(Some("desk"), Some(DeliveryId(1)), 2).await.unwrap();
    assert_eq!((letters[0].next, letters[0].error.as_deref()), (Some(at(60)), Some("503")));
    assert_eq!((letters[1].next, letters[1].error.as_deref()), (None, Some("404")));
    assert_eq!(store.letters(Some("other"), None, 9).await.unwrap(), []);
    let arrivals = store.arrivals("alt_1").await.unwrap();
    assert_eq!((arrivals.len(), arrivals[0].fate, arrivals[0].time), (1, Fate::Delivered, at(5)));
    assert_eq!((arrivals[0].sink.as_str(), arrivals[0].attempts), ("desk", 1));
}

#[tokio::test]
async fn the_next_due_time_is_known() {
    let (_dir, store) = queued(2).await;
    assert_eq!(store.next_due("desk").await.unwrap(), Some(at(0)));
    assert_eq!(store.next_due("other").await.unwrap(), None);
    claim(&store, at(0), 2).await;
    assert_eq!(store.next_due("desk").await.unwrap(), None);
    store.settle(vec![settled(1, retry(at(60))), settled(2, retry(at(30)))], at(1)).await.unwrap();
    assert_eq!(store.next_due("desk").await.unwrap(), Some(at(30)));
    assert_eq!(store.make_due("desk").await.unwrap(), 2);
    assert_eq!(claim(&store, at(1), 9).await, [1, 2]);
}

#[tokio::test]
async fn however_many_wait_all_of_them_become_due() {
    let (dir, store) = queued(4_500).await;
    for step in ["make_due", "claim"] {
        sql(dir.path(), &format!("UPDATE delivery SET state = 1, due = {}", at(60).as_millisecond()));
        if step == "make_due" {
            assert_eq!(store.make_due("desk").await.unwrap(), 4_500);
        }
        let mut claimed = Vec::new();
        while claimed.len() < 4_500 {
            let some = claim(&store, at(60), 700).await;
            assert!(!some.is_empty(), "{step}: {} of 4500", claimed.len());
            claimed.extend(some);
        }
        claimed.sort_unstable();
        claimed.dedup();
        assert_eq!(claimed.len(), 4_500, "{step}");
    }
}

#[tokio::test]
async fn after_a_restart_what_was_in_flight_is_due_and_no_wait_is_endless() {
    let (dir, store) = queued(2).await;
    claim(&store, at(0), 2).await;
    store.settle(vec![settled(2, retry(at(9_000_000)))], at(0)).await.unwrap();
    store.close().await;

    let store = open_store(dir.path());
    assert_eq!(standing(&store).await, ["1 in_flight 0", "2 pending 1"]);
    assert_eq!(store.recover_outbox(at(3_600)).await.unwrap(), 1);
    assert_eq!(standing(&store).await, ["1 pending 1", "2 pending 1"], "what was cut short was an attempt");
    assert_eq!(claim(&store, at(0), 9).await, [1]);
    assert_eq!(store.next_due("desk").await.unwrap(), Some(at(3_600)));
}

#[tokio::test]
async fn what_a_daemon_that_stops_had_to_leave_is_due_again() {
    let (_dir, store) = queued(3).await;
    claim(&store, at(0), 2).await;
    store.begin_run(1, "0.1.0", at(0)).await.unwrap();
    store.end_run(at(1)).await.unwrap();
    assert_eq!(standing(&store).await, ["1 pending 1", "2 pending 1", "3 pending 0"]);
    assert_eq!(claim(&store, at(1), 9).await, [1, 2, 3]);
}

#[tokio::test]
async fn when_the_clock_jumps_what_waits_goes_along() {
    let year = SignedDuration::from_hours(24 * 365);
    for by in [year, -year] {
        let (_dir, store) = queued(4).await;
        claim(&store, at(0), 3).await;
        store.settle(vec![settled(1, retry(at(60))), settled(2, dead())], at(1)).await.unwrap();
        store.hold("other", at(90)).await.unwrap();
        let mut waiting = feed("world", at(0));
        (waiting.next_poll, waiting.retry_until) = (Some(at(700)), Some(at(800)));
        let plan = PollPlan { feed: waiting, ..PollPlan::default() };
        commit(&store, PollCommit { plan, ..PollCommit::default() }).await.unwrap();
        store.shift_waits(by).await.unwrap();

        // By the time that was, it has the same ages and dues.
        let then = |seconds| at(seconds) + by;
        assert_eq!(store.expire("desk", then(0)).await.unwrap(), 0, "{by}");
        let due = store.claim("desk", then(59), 9).await.unwrap();
        assert_eq!(due.iter().map(|it| (it.id.0, it.queued)).collect::<Vec<_>>(), [(4, then(0))], "{by}");
        assert_eq!(claim(&store, then(60), 9).await, [1], "{by}");
        let [feed] = <[_; 1]>::try_from(store.feed_states().await.unwrap()).unwrap();
        assert_eq!((feed.next_poll, feed.retry_until), (Some(then(700)), Some(then(800))), "{by}");
    }
}

#[tokio::test]
async fn what_waits_too_long_is_dead_and_what_is_in_flight_is_left() {
    let (_dir, store) = queued(3).await;
    claim(&store, at(0), 2).await;
    store.settle(vec![settled(2, retry(at(60)))], at(0)).await.unwrap();
    commit(&store, with_alerts(poll(vec![], at(500)), &["alt_4"], &["desk"])).await.unwrap();
    assert_eq!(store.expire("desk", at(400)).await.unwrap(), 2);
    assert_eq!(standing(&store).await, ["1 in_flight 0", "2 dead 1", "3 dead 0", "4 pending 0"]);
    let errors: Vec<_> = store.letters(None, None, 9).await.unwrap().into_iter().map(|letter| letter.error).collect();
    assert_eq!(errors[1].as_deref(), Some("it waited longer than max_age; the last attempt: 503"));
    assert_eq!(errors[2].as_deref(), Some("it waited longer than max_age"));
    assert_eq!(store.queued_sinks().await.unwrap(), ["desk"]);
}

#[tokio::test]
async fn people_retry_and_drop() {
    let ids = |ids: &[i64]| Selection::Ids(ids.iter().copied().map(DeliveryId).collect());
    let passed = |ids: &[i64]| ids.iter().copied().map(DeliveryId).collect::<Vec<_>>();
    // Deliveries: 1 in flight, 2 waiting, 3 dead, 4 due.
    for (drop, selection, changed, passed_over, standing_after) in [
        (
            false,
            ids(&[3, 1, 77]),
            1,
            passed(&[1, 77]),
            vec!["1 in_flight 0", "2 pending 1", "3 pending 1", "4 pending 0"],
        ),
        (false, Selection::All, 3, vec![], vec!["1 in_flight 0", "2 pending 1", "3 pending 1", "4 pending 0"]),
        (true, ids(&[3, 1]), 1, passed(&[1]), vec!["1 in_flight 0", "2 pending 1", "4 pending 0"]),
        (true, Selection::Sink("desk".to_owned()), 3, vec![], vec!["1 in_flight 0"]),
        (
            true,
            Selection::Sink("other".to_owned()),
            0,
            vec![],
            vec!["1 in_flight 0", "2 pending 1", "3 dead 1", "4 pending 0"],
        ),
    ] {
        let (_dir, store) = queued(4).await;
        claim(&store, at(0), 3).await;
        store.settle(vec![settled(2, retry(at(60))), settled(3, dead())], at(1)).await.unwrap();
        let result = if drop {
            store.drop_letters(selection.clone(), at(9)).await
        } else {
            store.retry_letters(selection.clone(), at(9)).await
        };
        assert_eq!(result.unwrap(), Changed { changed, passed_over }, "{selection:?}");
        assert_eq!(standing(&store).await, standing_after, "{selection:?}");
    }
}

#[tokio::test]
async fn a_dead_letter_that_is_retried_is_young_again_and_a_dropped_one_leaves_a_note() {
    let (_dir, store) = queued(2).await;
    claim(&store, at(0), 2).await;
    store.settle(vec![settled(1, dead()), settled(2, dead())], at(1)).await.unwrap();
    store.retry_letters(Selection::Ids(vec![DeliveryId(1)]), at(1_000)).await.unwrap();
    assert_eq!(store.expire("desk", at(900)).await.unwrap(), 0);
    assert_eq!(store.claim("desk", at(1_000), 9).await.unwrap()[0].queued, at(1_000));
    store.drop_letters(Selection::Ids(vec![DeliveryId(2)]), at(1_001)).await.unwrap();
    let arrivals = store.arrivals("alt_2").await.unwrap();
    assert_eq!((arrivals[0].fate, arrivals[0].time), (Fate::Dropped, at(1_001)));
}

#[tokio::test]
async fn a_file_sinks_write_is_remembered_until_it_is_settled() {
    let (dir, store) = queued(3).await;
    let ids = [2, 1].map(DeliveryId).to_vec();
    claim(&store, at(0), 2).await;
    let write = FileWrite {
        path: std::ffi::OsString::from_vec(b"/var/log/\xff.jsonl".to_vec()).into(),
        device: u64::MAX,
        inode: 1,
        offset: 1 << 40,
        length: 100,
        deliveries: ids,
    };
    store.record_write("desk", FileWrite { offset: 0, ..write.clone() }).await.unwrap();
    store.record_write("desk", write.clone()).await.unwrap();
    store.close().await;

    let store = open_store(dir.path());
    store.recover_outbox(at(0)).await.unwrap();
    // What may be half written cannot be dropped: the record would lie.
    let dropped = store.drop_letters(Selection::All, at(1)).await.unwrap();
    assert_eq!(dropped.changed, 1);
    let pending = store.pending_write("desk").await.unwrap().unwrap();
    assert_eq!(pending.write, write);
    let bodies: Vec<_> = pending.deliveries.into_iter().map(|delivery| delivery.body).collect();
    assert_eq!(bodies, [b"body of alt_2", b"body of alt_1"]);
    assert_eq!(store.pending_write("other").await.unwrap(), None);

    store.settle_write("desk", vec![settled(2, Settled::Delivered), settled(1, retry(at(9)))], at(2)).await.unwrap();
    assert_eq!(store.pending_write("desk").await.unwrap(), None);
    assert_eq!(standing(&store).await, ["1 pending 1"]);
}

#[test]
fn ids_are_read_as_they_are_shown() {
    for (text, id) in [("dlv_42", Some(42)), ("42", None), ("dlv_", None), ("dlv_x", None), ("alt_42", None)] {
        assert_eq!(text.parse::<DeliveryId>().ok(), id.map(DeliveryId), "{text}");
    }
    assert_eq!(DeliveryId(42).to_string(), "dlv_42");
    assert_eq!(LetterState::InFlight.name(), "in_flight");
}
