//! One poll is one transaction: what is known, what is written, all or nothing.

use super::*;

#[tokio::test]
async fn what_a_poll_writes_the_next_one_knows() {
    let (_dir, store) = fresh();
    let begun = story(1, at(0));
    let firing = ItemWrite::New {
        item: item(1, at(0)),
        keys: keys(1),
        story: Some("sty_1".to_owned()),
        fired: vec![fired("spies", "mi6")],
    };
    commit(&store, with_story(poll(vec![firing, new_item(2, at(0))], at(0)), begun.clone())).await.unwrap();

    let known = known(&store, lookup("world", wanted_keys(&[1, 3]))).await;

    assert_eq!(known.feed, Some(feed("world", at(0))));
    assert_eq!(known.items.len(), 1);
    let item = &known.items[0];
    assert_eq!((item.id.as_str(), item.keys, item.revision), ("itm_1", keys(1), 1));
    assert_eq!((item.first_seen, item.story.as_deref()), (at(0), Some("sty_1")));
    assert_eq!(item.fired, HashSet::from([fired("spies", "mi6")]));
    assert_eq!(known.stories, [begun]);
}

#[tokio::test]
async fn a_feed_state_comes_back_whole() {
    let (_dir, store) = fresh();
    let state = FeedState {
        key: "world".to_owned(),
        url: "https://example.org/rss".to_owned(),
        title: "World".to_owned(),
        link: Some("https://example.org/".to_owned()),
        etag: Some(b"\"\xff\"".to_vec()),
        last_modified: Some(b"yesterday".to_vec()),
        body_hash: Some(key(9)),
        pace: newswatch::feed::Pace { at_least_seconds: Some(900), skip_hours: 0x80_0001, skip_days: 0x60 },
        next_poll: Some(at(900)),
        retry_until: Some(at(1_000)),
        last_poll: Some(at(1)),
        last_success: Some(at(2)),
        first_read: Some(at(3)),
        failures: 4,
        failing_since: Some(at(5)),
        last_error: Some("timed out".to_owned()),
        gap: Some(SignedDuration::from_millis(900_500)),
        mean_gap: Some(0.1),
        moved_to: Some("https://example.com/".to_owned()),
        moved_seen: 3,
        adopted: Some("https://example.net/".to_owned()),
        gone: true,
        items: 12,
        told: Some(at(7)),
    };
    let plan = PollPlan { feed: state.clone(), ..PollPlan::default() };
    commit(&store, PollCommit { plan, ..PollCommit::default() }).await.unwrap();
    assert_eq!(store.feed_states().await.unwrap(), [state]);
}

/// Every key that ever identified an item leads to it, and only in its feed.
#[tokio::test]
async fn items_are_found_by_old_and_new_keys() {
    let (_dir, store) = fresh();
    commit(&store, poll(vec![new_item(1, at(0))], at(0))).await.unwrap();
    let mut revised = item(1, at(0));
    revised.revision = 2;
    let revision = ItemWrite::Revised { item: revised, keys: keys(2), story: None, fired: vec![] };
    commit(&store, poll(vec![revision], at(1))).await.unwrap();
    commit(&store, poll(vec![ItemWrite::Rekeyed { id: "itm_1".to_owned(), keys: keys(3) }], at(2))).await.unwrap();

    for (feed, number, found) in
        [("world", 1, true), ("world", 2 + 128, true), ("world", 3 + 192, true), ("world", 4, false), ("uk", 1, false)]
    {
        let known = known(&store, lookup(feed, wanted_keys(&[number]))).await;
        assert_eq!(known.items.len(), usize::from(found), "{feed} {number}");
        for item in known.items {
            assert_eq!((item.id.as_str(), item.keys, item.revision), ("itm_1", keys(3), 2));
        }
    }
}

#[tokio::test]
async fn a_spoiled_key_leads_nowhere() {
    let (_dir, store) = fresh();
    let mut first = poll(vec![new_item(1, at(0))], at(0));
    first.plan.spoil = vec![key(1)];
    commit(&store, first).await.unwrap();
    let known = known(&store, lookup("world", wanted_keys(&[1, 2]))).await;
    assert_eq!(known.spoiled, HashSet::from([key(1)]));
    assert_eq!(known.items, []);
}

#[tokio::test]
async fn stories_are_found_by_link_title_and_probe_while_they_can_be_joined() {
    let (_dir, store) = fresh();
    commit(&store, with_story(poll(vec![], at(10)), story(1, at(10)))).await.unwrap();
    let none = Wanted::default();
    for (wanted, since, found) in [
        (Wanted { links: vec![key(65)], ..none.clone() }, at(10), true),
        (Wanted { titles: vec![key(1)], ..none.clone() }, at(10), true),
        (Wanted { probes: vec![vec![8], vec![u64::MAX - 1]], ..none.clone() }, at(10), true),
        (Wanted { probes: vec![vec![8]], ..none.clone() }, at(10), false),
        (Wanted { links: vec![key(65)], titles: vec![key(1)], probes: vec![vec![7]], items: vec![] }, at(11), false),
        (none, at(0), false),
    ] {
        let lookup = PollLookup { feed: "uk".to_owned(), wanted: wanted.clone(), stories_since: since, failed: false };
        assert_eq!(known(&store, lookup).await.stories.len(), usize::from(found), "{wanted:?}");
    }
}

#[tokio::test]
async fn of_many_stories_with_a_common_probe_those_that_share_more_are_compared() {
    let (_dir, store) = fresh();
    let telling = |number: u8| {
        let mut one = story(number, at(0));
        (one.link, one.title) = (None, None);
        let own = 1_000 + u64::from(number);
        one.signature = one.signature.map(|signature| Signature { probes: vec![7, own], ..signature });
        one
    };
    for number in 0..60 {
        commit(&store, with_story(poll(vec![], at(0)), telling(number))).await.unwrap();
    }
    let wanted = Wanted { probes: vec![vec![7, 1_005], vec![7]], ..Wanted::default() };
    let known = known(&store, lookup("world", wanted)).await;
    assert!(known.stories.iter().any(|story| story.id == "sty_5"), "it shares two");
    assert!(known.stories.iter().any(|story| story.id == "sty_59"), "the latest that shares one");
    assert!(known.stories.len() <= 16, "{}", known.stories.len());
}

#[tokio::test]
async fn a_story_remembers_who_carried_it_and_what_fired() {
    let (_dir, store) = fresh();
    commit(&store, with_story(poll(vec![], at(0)), story(1, at(0)))).await.unwrap();
    for (feed, rule) in [("uk", "fire"), ("a", "fire"), ("uk", "mi6")] {
        let mut joins = poll(vec![], at(1));
        let feed = (feed.to_owned(), format!("{feed}-name"));
        joins.plan.stories = vec![StoryWrite::Join { id: "sty_1".to_owned(), feed, fired: vec![fired("spies", rule)] }];
        commit(&store, joins).await.unwrap();
    }
    let wanted = Wanted { titles: vec![key(1)], ..Wanted::default() };
    let known = known(&store, lookup("world", wanted)).await;
    let names: Vec<&str> = known.stories[0].feeds.iter().map(|(_, name)| name.as_str()).collect();
    assert_eq!(names, ["world", "uk-name", "a-name"]);
    assert_eq!(known.stories[0].fired, HashSet::from([fired("spies", "mi6"), fired("spies", "fire")]));
}

#[tokio::test]
async fn an_alert_that_is_known_is_not_doubled() {
    let (_dir, store) = fresh();
    let first = commit(&store, with_alerts(poll(vec![], at(0)), &["alt_1"], &["desk", "archive"])).await.unwrap();
    assert_eq!(first.seqs, [Some(1)]);
    assert_eq!(first.sinks, ["archive", "desk"]);
    let again = commit(&store, with_alerts(poll(vec![], at(9)), &["alt_1", "alt_2"], &["desk"])).await.unwrap();
    assert_eq!(again.seqs[0], None);
    assert!(again.seqs[1] > first.seqs[0]);
    assert_eq!(again.sinks, ["desk"]);
    assert_eq!(store.letters(None, None, 10).await.unwrap().len(), 3);
    assert_eq!(store.overview(at(5)).await.unwrap().alerts, 2);
}

/// Whatever goes wrong after the first row was written, no row stays.
#[tokio::test]
async fn a_poll_that_fails_leaves_nothing() {
    let whole = || with_alerts(poll(vec![new_item(1, at(0))], at(0)), &["alt_1"], &["desk"]);
    let mut unknown_story = whole();
    unknown_story.plan.items.push(ItemWrite::New {
        item: item(2, at(0)),
        keys: keys(2),
        story: Some("sty_unknown".to_owned()),
        fired: vec![],
    });
    let mut unknown_item = whole();
    unknown_item.plan.items.push(ItemWrite::Seen { id: "itm_unknown".to_owned() });
    let mut no_document = whole();
    no_document.documents.clear();
    for bad in [unknown_story, unknown_item, no_document] {
        let (_dir, store) = fresh();
        assert!(matches!(commit(&store, bad).await, Err(Error::Defect(_))));
        assert_eq!(known(&store, lookup("world", wanted_keys(&[1, 2]))).await, Known::default());
        assert_eq!(store.latest_alerts(9).await.unwrap(), []);
        commit(&store, whole()).await.unwrap();
    }
}

#[tokio::test]
async fn a_panic_while_deciding_costs_one_poll() {
    let (_dir, store) = fresh();
    let panics = store.commit_poll(PollLookup::default(), |_| panic!("no such feed"));
    let (panics, other) = tokio::join!(panics, commit(&store, poll(vec![new_item(1, at(0))], at(0))));
    assert_eq!(panics.unwrap_err(), Error::Panicked("no such feed".to_owned()));
    other.unwrap();
    assert_eq!(store.feed_states().await.unwrap().len(), 1);
}

/// Of many polls at once that would each alert if they are the first, one is.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_polls_at_once_one_is_first() {
    let (_dir, store) = fresh();
    let polls: Vec<_> = (0..100)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move {
                let lookup = lookup("world", wanted_keys(&[1]));
                let receipt = store.commit_poll(lookup, |known| match known.items.as_slice() {
                    [] => poll(vec![new_item(1, at(0))], at(0)),
                    [item] => poll(vec![ItemWrite::Seen { id: item.id.clone() }], at(1)),
                    _ => panic!("one item became several"),
                });
                matches!(receipt.await.unwrap().plan.items[0], ItemWrite::New { .. })
            })
        })
        .collect();
    let mut first = 0;
    for poll in polls {
        first += usize::from(poll.await.unwrap());
    }
    assert_eq!(first, 1);
}

#[tokio::test]
async fn the_day_is_counted() {
    let (_dir, store) = fresh();
    for (now, new) in [(at(0), 2), (at(60), 1), (at(86_400), 4)] {
        let mut counted = poll(vec![], now);
        counted.plan.counts.new = new;
        counted.traffic = Traffic { bytes: 100, repairs: 3, unchanged: 1, ..Traffic::default() };
        commit(&store, counted).await.unwrap();
    }
    for (since, polls, items) in [(at(0), 3, 7), (at(86_400), 1, 4)] {
        let activity = store.feed_activity(since).await.unwrap();
        let sums = &activity[0];
        assert_eq!((sums.key.as_str(), sums.polls, sums.items), ("world", polls, items));
        assert_eq!((sums.bytes, sums.repairs, sums.unchanged, sums.failed), (100 * polls, 3 * polls, polls, 0));
    }
    assert_eq!(store.feed_activity(at(2 * 86_400)).await.unwrap(), []);
}
