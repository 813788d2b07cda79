//! Reading back: alerts, items, the overview, feeds that come and go.

use super::*;
use newswatch::store::alert::AlertQuery;
use newswatch::store::feed::ConfiguredFeed;
use newswatch::store::item::ItemQuery;
use newswatch::store::overview::{FeedTotals, Queue, Run};

fn configured(feeds: &[(&str, &str)]) -> Vec<ConfiguredFeed> {
    let feed = |&(key, path): &(&str, &str)| ConfiguredFeed {
        key: key.to_owned(),
        url: format!("https://example.org/{path}"),
        polled: true,
    };
    feeds.iter().map(feed).collect()
}

#[tokio::test]
async fn alerts_are_read_in_pages_by_time_and_place() {
    let (_dir, store) = fresh();
    // The third was decided while the clock was ahead.
    for (number, second) in [(1, 10), (2, 20), (3, 90), (4, 30), (5, 40)] {
        let id = format!("alt_{number}");
        commit(&store, with_alerts(poll(vec![], at(second)), &[&id], &[])).await.unwrap();
    }
    for (since, after, limit, expected) in [
        (None, None, 9, vec![1, 2, 3, 4, 5]),
        (None, None, 2, vec![1, 2]),
        (None, Some(2), 2, vec![3, 4]),
        (Some(at(30)), None, 9, vec![3, 4, 5]),
        (Some(at(40)), None, 9, vec![3, 5]),
        (Some(at(91)), None, 9, vec![]),
        (None, Some(5), 9, vec![]),
    ] {
        let alerts = store.alerts(AlertQuery { since, after }, limit).await.unwrap();
        let seqs: Vec<i64> = alerts.into_iter().map(|alert| alert.seq).collect();
        assert_eq!(seqs, expected, "{since:?} {after:?} {limit}");
    }
    let latest: Vec<i64> = store.latest_alerts(2).await.unwrap().into_iter().map(|alert| alert.seq).collect();
    assert_eq!(latest, [4, 5]);
}

#[tokio::test]
async fn an_alert_comes_back_as_it_was() {
    let (_dir, store) = fresh();
    commit(&store, with_alerts(poll(vec![], at(10)), &["alt_1"], &[])).await.unwrap();
    let stored = store.alert("alt_1").await.unwrap().unwrap();
    let decided = alert("alt_1", 1, at(10));
    assert_eq!((stored.id, stored.time, stored.severity), (decided.id, decided.time, decided.severity));
    assert_eq!((stored.watchlist, stored.feed), (decided.watchlist, decided.feed.name));
    assert_eq!((stored.story, stored.item), (decided.story.id, decided.item.id));
    assert_eq!(stored.body, b"body of alt_1");
    assert_eq!(store.alert("alt_9").await.unwrap(), None);
}

#[tokio::test]
async fn a_summary_is_kept_whether_the_text_begins_with_it_or_not() {
    let (_dir, store) = fresh();
    let pairs =
        [("", "A text"), ("A text", "A text"), ("É", "É\n\nand more"), ("Else", "A text"), ("A text", ""), ("", "")];
    for (number, (summary, text)) in (1..).zip(pairs) {
        let item = Item { summary: summary.to_owned(), text: text.to_owned(), ..item(number, at(0)) };
        let new = ItemWrite::New { item, keys: keys(number), story: None, fired: vec![] };
        commit(&store, poll(vec![new], at(0))).await.unwrap();
    }
    let items = store.items(ItemQuery::default(), 9).await.unwrap();
    let read: Vec<_> = items.iter().map(|it| (it.item.summary.as_str(), it.item.text.as_str())).collect();
    assert_eq!(read, pairs);
}

#[tokio::test]
async fn items_are_read_in_pages_as_they_were() {
    let (_dir, store) = fresh();
    commit(&store, poll(vec![new_item(1, at(0)), new_item(2, at(0))], at(0))).await.unwrap();
    commit(&store, poll(vec![new_item(3, at(60))], at(60))).await.unwrap();
    let all = store.items(ItemQuery::default(), 2).await.unwrap();
    assert_eq!((&all[0].item, &all[1].item, all[0].feed.as_str()), (&item(1, at(0)), &item(2, at(0)), "world"));
    let next = store.items(ItemQuery { since: None, after: Some(all[1].seq) }, 2).await.unwrap();
    assert_eq!((next.len(), &next[0].item), (1, &item(3, at(60))));
    assert_eq!(store.items(ItemQuery { since: Some(at(1)), after: None }, 9).await.unwrap(), next);
}

#[tokio::test]
async fn the_overview_counts() {
    let (_dir, store) = fresh();
    let states = [
        feed("healthy", at(60)),
        FeedState { failures: 2, ..feed("failing", at(90)) },
        FeedState { gone: true, failures: 1, ..feed("gone", at(30)) },
        FeedState { key: "waiting".to_owned(), ..FeedState::default() },
    ];
    for state in states {
        let plan = PollPlan { feed: state, ..PollPlan::default() };
        commit(&store, PollCommit { plan, ..PollCommit::default() }).await.unwrap();
    }
    commit(&store, with_alerts(poll(vec![], at(0)), &["alt_1"], &["desk", "archive"])).await.unwrap();
    commit(&store, with_alerts(poll(vec![], at(50)), &["alt_2"], &["desk"])).await.unwrap();
    store.claim("archive", at(50), 1).await.unwrap();

    let overview = store.overview(at(50)).await.unwrap();
    assert_eq!(overview.feeds, FeedTotals { healthy: 2, failing: 1, gone: 1, waiting: 1, polled: 5 });
    // Of two more that are configured nothing is stored yet.
    assert_eq!(overview.feeds.of(7).waiting, 3);
    assert_eq!(overview.feeds.of(4), overview.feeds);
    assert_eq!(
        overview.queues,
        [
            Queue { sink: "archive".to_owned(), in_flight: 1, oldest: Some(at(0)), ..Queue::default() },
            Queue { sink: "desk".to_owned(), pending: 2, oldest: Some(at(0)), ..Queue::default() },
        ]
    );
    assert_eq!((overview.alerts, overview.alerts_today), (2, 1));
    assert_eq!((overview.last_poll, overview.run), (Some(at(90)), None));
}

#[tokio::test]
async fn a_run_tells_how_the_one_before_ended() {
    let (_dir, store) = fresh();
    let run = |pid, stopped| Run { pid, version: "0.1.0".to_owned(), started: at(i64::from(pid)), stopped };
    assert_eq!(store.begin_run(1, "0.1.0", at(1)).await.unwrap(), None);
    store.end_run(at(2)).await.unwrap();
    assert_eq!(store.begin_run(3, "0.1.0", at(3)).await.unwrap(), Some(run(1, Some(at(2)))));
    // Killed: it is not said to have stopped.
    assert_eq!(store.begin_run(4, "0.1.0", at(4)).await.unwrap(), Some(run(3, None)));
    assert_eq!(store.overview(at(0)).await.unwrap().run, Some(run(4, None)));
}

#[tokio::test]
async fn a_feed_keeps_its_history_under_another_name_and_while_it_is_away() {
    let (_dir, store) = fresh();
    commit(&store, poll(vec![new_item(1, at(0))], at(0))).await.unwrap();
    for (feeds, key, items) in [
        (vec![("world", "world"), ("uk", "uk")], Some("world"), 1),
        // Named differently: the URL tells.
        (vec![("uk", "uk"), ("example-world", "world")], Some("example-world"), 1),
        // Gone from the configuration.
        (vec![("uk", "uk")], None, 1),
        // Another feed of the old name.
        (vec![("world", "uk")], None, 0),
        // Back again, under the first name.
        (vec![("world", "world")], Some("world"), 1),
    ] {
        let states = store.sync_feeds(configured(&feeds), at(60)).await.unwrap();
        let keys: Vec<&str> = states.iter().map(|state| state.key.as_str()).collect();
        assert_eq!(keys, key.into_iter().collect::<Vec<_>>(), "{feeds:?}");
        let name = key.unwrap_or(if items == 1 { "example-world" } else { "world" });
        assert_eq!(known(&store, lookup(name, wanted_keys(&[1]))).await.items.len(), items, "{feeds:?}");
    }
}

#[tokio::test]
async fn the_other_feeds_of_a_story_are_counted_for_many_at_once() {
    let (_dir, store) = fresh();
    // Two items of one feed, one each of two others; and a story of its own.
    for (feed_key, number, story_of) in [("a", 1, 1), ("a", 2, 1), ("b", 3, 1), ("c", 4, 1), ("c", 5, 5)] {
        let mut item = poll(vec![new_item(number, at(0))], at(0));
        item.plan.feed = feed(feed_key, at(0));
        if let ItemWrite::New { story, .. } = &mut item.plan.items[0] {
            *story = Some(format!("sty_{story_of}"));
        }
        let begins = number == story_of;
        commit(&store, if begins { with_story(item, story(number, at(0))) } else { item }).await.unwrap();
    }
    let asked = [
        (("sty_1", "itm_1"), 2),
        (("sty_1", "itm_3"), 2),
        (("sty_5", "itm_5"), 0),
        (("sty_1", "itm_9"), 3),
        (("sty_9", "itm_1"), 0),
        (("sty_1", "itm_1"), 2),
    ];
    let others = store.other_feeds(&asked.map(|(pair, _)| pair)).await.unwrap();
    assert_eq!(others, asked.map(|(_, expected)| expected));
    assert!(store.other_feeds(&[]).await.unwrap().is_empty());
}
