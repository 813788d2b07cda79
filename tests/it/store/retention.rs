//! Retention: what goes, when, and what stays because something needs it.

use super::*;
use newswatch::store::feed::ConfiguredFeed;
use newswatch::store::item::ItemQuery;
use newswatch::store::outbox::{Settled, Settlement};
use newswatch::store::prune::{Pruned, Retention};

fn retention() -> Retention {
    Retention { items: days(30), alerts: days(365), stories: days(2), max_size: 10 << 30 }
}

async fn texts(store: &Store) -> Vec<String> {
    let items = store.items(ItemQuery::default(), 100).await.unwrap();
    items.into_iter().map(|stored| stored.item.id).collect()
}

async fn is_known(store: &Store, number: u8) -> bool {
    !known(store, lookup("world", wanted_keys(&[number]))).await.items.is_empty()
}

#[tokio::test]
async fn texts_go_first_and_keys_ninety_days_after_the_item_left() {
    let (_dir, store) = fresh();
    commit(&store, poll(vec![new_item(1, at(0)), new_item(2, at(0))], at(0))).await.unwrap();
    // Item 2 is gone from the feed a day later; item 1 stays for ever.
    let day = |days: i64| at(days * 86_400);
    commit(&store, poll(vec![ItemWrite::Seen { id: "itm_1".to_owned() }], day(1))).await.unwrap();
    for (now, kept, known_1, known_2) in [
        (day(30), 2, true, true),
        (day(31), 0, true, true),
        (day(91), 0, true, true),
        (day(92), 0, true, false),
        (day(900), 0, true, false),
    ] {
        store.prune(retention(), now).await.unwrap();
        assert_eq!(texts(&store).await.len(), kept, "{now}");
        assert_eq!((is_known(&store, 1).await, is_known(&store, 2).await), (known_1, known_2), "{now}");
    }
}

#[tokio::test]
async fn all_keys_that_ever_led_to_an_item_go_with_it() {
    let (dir, store) = fresh();
    commit(&store, poll(vec![new_item(1, at(0)), new_item(9, at(0))], at(0))).await.unwrap();
    for number in [2, 1, 2] {
        let rekeyed = ItemWrite::Rekeyed { id: "itm_1".to_owned(), keys: keys(number) };
        commit(&store, poll(vec![rekeyed], at(1))).await.unwrap();
    }
    let less = ItemKeys { guid: None, second: None, ..keys(3) };
    let revised = ItemWrite::Revised { item: item(1, at(0)), keys: less, story: None, fired: vec![] };
    commit(&store, poll(vec![revised], at(2))).await.unwrap();
    // An item that is taken for new once more, under a name that is there.
    for number in [4, 5, 4, 5] {
        let again = ItemWrite::New { item: item(1, at(0)), keys: keys(number), story: None, fired: vec![] };
        commit(&store, poll(vec![again], at(3))).await.unwrap();
    }
    for number in [1, 2, 4, 5] {
        assert!(is_known(&store, number).await, "{number}");
    }
    commit(&store, poll(vec![ItemWrite::Seen { id: "itm_9".to_owned() }], at(4))).await.unwrap();
    store.prune(retention(), at(200 * 86_400)).await.unwrap();
    let connection = rusqlite::Connection::open(dir.path().join(newswatch::store::FILE_NAME)).unwrap();
    let count = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(count("SELECT count(*) FROM item"), 1);
    assert_eq!(count("SELECT count(*) FROM item_key WHERE item IN (SELECT id FROM item)"), 4);
    assert_eq!(count("SELECT count(*) FROM item_key"), 4);
    assert_eq!(count("SELECT count(*) FROM former_key"), 0);
}

#[tokio::test]
async fn an_item_that_comes_back_is_not_forgotten() {
    let (_dir, store) = fresh();
    let seen = || vec![ItemWrite::Seen { id: "itm_1".to_owned() }];
    commit(&store, poll(vec![new_item(1, at(0))], at(0))).await.unwrap();
    commit(&store, poll(vec![], at(1))).await.unwrap();
    commit(&store, poll(seen(), at(2))).await.unwrap();
    // A document that was cut short says nothing of what it does not hold.
    let mut partial = poll(vec![], at(3));
    partial.plan.whole = false;
    commit(&store, partial).await.unwrap();
    store.prune(retention(), at(200 * 86_400)).await.unwrap();
    assert!(is_known(&store, 1).await);
}

#[tokio::test]
async fn a_story_can_be_joined_for_its_window_and_goes_with_its_items() {
    let (_dir, store) = fresh();
    let firing = ItemWrite::New {
        item: item(1, at(0)),
        keys: keys(1),
        story: Some("sty_1".to_owned()),
        fired: vec![fired("spies", "mi6")],
    };
    commit(&store, with_story(poll(vec![firing], at(0)), story(1, at(0)))).await.unwrap();
    commit(&store, poll(vec![], at(1))).await.unwrap();
    assert_eq!(store.prune(retention(), at(3 * 86_400)).await.unwrap(), Pruned::default());
    let kept = known(&store, lookup("world", wanted_keys(&[1]))).await.stories.remove(0);
    assert_eq!((kept.signature, kept.fired.len()), (None, 1));
    let pruned = store.prune(retention(), at(100 * 86_400)).await.unwrap();
    assert_eq!(pruned, Pruned { texts: 1, items: 1, stories: 1, ..Pruned::default() });
    assert_eq!(store.prune(retention(), at(100 * 86_400)).await.unwrap(), Pruned::default());
}

#[tokio::test]
async fn an_alert_stays_while_a_delivery_or_a_dead_letter_needs_it() {
    let (_dir, store) = fresh();
    commit(&store, with_alerts(poll(vec![], at(0)), &["alt_1", "alt_2", "alt_3"], &["desk"])).await.unwrap();
    let claimed = store.claim("desk", at(0), 2).await.unwrap();
    let ended = vec![
        Settlement { id: claimed[0].id, outcome: Settled::Delivered },
        Settlement { id: claimed[1].id, outcome: Settled::Dead { reason: "404".to_owned() } },
    ];
    store.settle(ended, at(1)).await.unwrap();
    let late = at(400 * 86_400);
    assert_eq!(store.prune(retention(), at(364 * 86_400)).await.unwrap().alerts, 0);
    assert_eq!(store.prune(retention(), late).await.unwrap().alerts, 1);
    let ids: Vec<String> = store.latest_alerts(9).await.unwrap().into_iter().map(|alert| alert.id).collect();
    assert_eq!(ids, ["alt_2", "alt_3"]);
    let waits = store.claim("desk", late, 9).await.unwrap();
    assert_eq!(waits[0].body, b"body of alt_3");
}

#[tokio::test]
async fn beyond_its_size_the_oldest_texts_go() {
    let (_dir, store) = fresh();
    for number in 0..60 {
        let mut item = item(number, at(i64::from(number)));
        item.text = "x".repeat(100_000);
        let write = ItemWrite::New { item, keys: keys(number), story: None, fired: vec![] };
        commit(&store, poll(vec![write], at(i64::from(number)))).await.unwrap();
    }
    let small = Retention { max_size: 3 << 20, ..retention() };
    let pruned = store.prune(small, at(100)).await.unwrap();
    assert_eq!((pruned.texts, pruned.texts_for_size), (0, 50));
    let kept = texts(&store).await;
    assert_eq!((kept.len(), kept[0].as_str()), (10, "itm_50"));
    assert!(is_known(&store, 1).await);
}

#[tokio::test]
async fn a_feed_that_was_removed_goes_with_its_last_item() {
    let (_dir, store) = fresh();
    commit(&store, poll(vec![new_item(1, at(0))], at(0))).await.unwrap();
    let others = vec![ConfiguredFeed { key: "uk".to_owned(), url: "https://example.org/uk".to_owned(), polled: true }];
    store.sync_feeds(others, at(60)).await.unwrap();
    let pruned = store.prune(retention(), at(91 * 86_400)).await.unwrap();
    assert_eq!(pruned, Pruned { texts: 1, items: 1, feeds: 1, ..Pruned::default() });
    assert_eq!(store.feed_keys().await.unwrap(), [""; 0]);
}
