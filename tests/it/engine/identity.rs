//! What is known and what is new, whatever a feed does to its items.

use super::{World, item, told};
use jiff::{SignedDuration, Timestamp};
use newswatch::engine::FirstPoll;
use newswatch::feed::ParsedItem;
use proptest::prelude::*;
use std::collections::BTreeSet;

#[tokio::test]
async fn an_item_alerts_once() {
    let mut world = World::new(1);
    let items = [item(1, "Act of sabotage", ""), item(2, "Nothing of interest", "")];
    assert_eq!(told(&world.poll(0, &items).await), ["words: Act of sabotage"]);
    assert_eq!(told(&world.poll(0, &items).await), [""; 0]);
    let reordered = [items[1].clone(), items[0].clone()];
    assert_eq!(told(&world.poll(0, &reordered).await), [""; 0]);
    // It leaves the feed for a week and comes back.
    world.poll(0, &items[1..]).await;
    world.pass(24 * 7);
    assert_eq!(told(&world.poll(0, &items).await), [""; 0]);
}

type Change = fn(&mut ParsedItem);

#[tokio::test]
async fn what_changes_about_an_item_and_what_that_alerts() {
    let base = || item(1, "Act of sabotage at the port", "The police look into it.");
    let cases: [(&str, Change, &[&str]); 8] = [
        ("the guid", |it| it.id = Some("another".to_owned()), &[]),
        ("the host", |it| it.link = Some("https://new.example/story-1".to_owned()), &[]),
        (
            "guid and host",
            |it| {
                it.id = Some("another".to_owned());
                it.link = Some("https://new.example/story-1".to_owned());
            },
            &[],
        ),
        ("tracking", |it| it.link = Some("https://news.example/story-1?utm_source=x".to_owned()), &[]),
        ("white space", |it| it.text = "The police\n look into it. ".to_owned(), &[]),
        ("the text", |it| it.text.push_str(" Nobody was hurt."), &[]),
        ("a new keyword", |it| it.text.push_str(" They suspect arson."), &["words: Act of sabotage at the port"]),
        ("a new rule", |it| it.text.push_str(" There was a leak."), &["rules: Act of sabotage at the port"]),
    ];
    for (what, change, expect) in cases {
        let mut world = World::new(1);
        assert_eq!(world.poll(0, &[base()]).await.len(), 1);
        let mut changed = base();
        change(&mut changed);
        assert_eq!(told(&world.poll(0, &[changed.clone()]).await), expect, "{what}");
        // And it stays quiet, changed or as it was.
        assert_eq!(told(&world.poll(0, &[changed]).await), [""; 0], "{what}, again");
        assert_eq!(told(&world.poll(0, &[base()]).await), [""; 0], "{what}, back");
    }
}

#[tokio::test]
async fn a_revision_keeps_the_items_id_and_counts() {
    let mut world = World::new(1);
    let first = world.poll(0, &[item(1, "Act of sabotage", "")]).await.remove(0);
    let second = world.poll(0, &[item(1, "Act of sabotage", "And arson.")]).await.remove(0);
    assert_eq!(first.item.id, second.item.id);
    assert_ne!(first.id, second.id);
    assert_eq!((first.item.revision, second.item.revision), (1, 2));
    assert_eq!(first.item.first_seen, second.item.first_seen);
    assert_eq!(second.matches.iter().map(|found| found.text.as_str()).collect::<Vec<_>>(), ["arson"]);
    assert!(first.story.first && !second.story.first);
    assert_eq!(first.story.id, second.story.id);
}

#[tokio::test]
async fn a_guid_that_two_items_share_identifies_neither() {
    let same_guid = |number: u32, title: &str| ParsedItem { id: Some("always".to_owned()), ..item(number, title, "") };
    let mut world = World::new(1);
    let first = [same_guid(1, "Sabotage in the north"), same_guid(2, "Sabotage in the south")];
    assert_eq!(world.poll(0, &first).await.len(), 2);
    assert_eq!(world.poll(0, &first).await.len(), 0);
    // Alone in its document, it still identifies nothing.
    assert_eq!(world.poll(0, &[same_guid(3, "Sabotage in the east")]).await.len(), 1);
    assert_eq!(world.poll(0, &[same_guid(4, "Sabotage in the west")]).await.len(), 1);
}

#[tokio::test]
async fn items_without_guid_are_known_by_link_and_without_link_by_text() {
    let by_link = |title: &str| ParsedItem { id: None, ..item(1, title, "") };
    let mut world = World::new(1);
    assert_eq!(world.poll(0, &[by_link("Sabotage")]).await.len(), 1);
    assert_eq!(
        world.poll(0, &[by_link("Sabotage, with a new title")]).await.len(),
        0,
        "a revision that fires nothing new"
    );
    let by_text = |text: &str| ParsedItem { id: None, link: None, ..item(1, "Sabotage", text) };
    assert_eq!(world.poll(0, &[by_text("One thing")]).await.len(), 1);
    assert_eq!(world.poll(0, &[by_text("One thing"), by_text("Another thing")]).await.len(), 1);
}

#[tokio::test]
async fn a_guid_that_comes_back_still_leads_to_its_item() {
    let named = |guid: &str, title: &str| ParsedItem { id: Some(guid.to_owned()), ..item(1, title, "") };
    let mut world = World::new(1);
    assert_eq!(world.poll(0, &[named("one", "Sabotage at the port")]).await.len(), 1);
    assert_eq!(world.poll(0, &[named("two", "Sabotage at the port")]).await.len(), 0, "re-keyed");
    // Back under its former guid, with another title: a revision, which tells what is new about it.
    let back = world.poll(0, &[named("one", "Sabotage and arson at the port")]).await;
    assert_eq!(told(&back), ["words: Sabotage and arson at the port"]);
    assert_eq!(back[0].item.revision, 2);
}

#[tokio::test]
async fn another_item_under_a_guid_that_was_used_before_is_told() {
    let named =
        |number: u32, guid: &str, title: &str| ParsedItem { id: Some(guid.to_owned()), ..item(number, title, "") };
    let mut both = [named(1, "two", "Sabotage at the port"), named(2, "one", "Sabotage in the north")];
    for _ in 0..2 {
        let mut world = World::new(1);
        world.poll(0, &[named(1, "one", "Sabotage at the port")]).await;
        world.poll(0, &[named(1, "two", "Sabotage at the port")]).await;
        assert_eq!(told(&world.poll(0, &both).await), ["words: Sabotage in the north"]);
        assert_eq!(told(&world.poll(0, &both).await), [""; 0]);
        both.reverse();
    }
}

#[tokio::test]
async fn a_recurring_title_under_a_shared_link_is_told_each_time() {
    let incident = |number: u32, text: &str| ParsedItem {
        link: Some("https://status.example/incidents".to_owned()),
        ..item(number, "Sabotage of a line", text)
    };
    let mut world = World::new(1);
    assert_eq!(world.poll(0, &[incident(1, "In the north."), incident(2, "In the south.")]).await.len(), 2);
    assert_eq!(world.poll(0, &[incident(3, "In the east.")]).await.len(), 1);
}

#[tokio::test]
async fn items_that_share_a_link_are_all_told() {
    let live = |number: u32| ParsedItem {
        link: Some("https://news.example/live".to_owned()),
        ..item(number, &format!("Sabotage, update {number}"), "")
    };
    let mut world = World::new(1);
    assert_eq!(world.poll(0, &[live(1)]).await.len(), 1);
    assert_eq!(world.poll(0, &[live(1), live(2), live(3)]).await.len(), 2);
    assert_eq!(world.poll(0, &[live(4)]).await.len(), 1);
}

#[tokio::test]
async fn an_item_that_stands_twice_in_a_document_is_one() {
    let mut world = World::new(1);
    assert_eq!(world.poll(0, &[item(1, "Sabotage", ""), item(1, "Sabotage", "")]).await.len(), 1);
}

#[tokio::test]
async fn the_first_poll_alerts_on_what_it_is_told_to() {
    let now: Timestamp = "2026-11-24T08:00:00Z".parse().unwrap();
    let dated = |number, hours: Option<i64>| ParsedItem {
        published: hours.map(|hours| now - SignedDuration::from_hours(hours)),
        ..item(number, &format!("Sabotage {number}"), "")
    };
    let items = [dated(1, Some(1)), dated(2, Some(30)), dated(3, None), dated(4, Some(24 * 365 * 60))];
    for (first_poll, expect) in [
        (FirstPoll::All, vec!["words: Sabotage 1", "words: Sabotage 2", "words: Sabotage 3", "words: Sabotage 4"]),
        (FirstPoll::Recent, vec!["words: Sabotage 1"]),
        (FirstPoll::None, vec![]),
    ] {
        let mut world = World::with(1, first_poll);
        assert_eq!(told(&world.poll(0, &items).await), expect, "{first_poll:?}");
        assert_eq!(told(&world.poll(0, &items).await), [""; 0], "{first_poll:?}, again");
        // From the second poll on, the date does not matter: it is new here.
        let later = [dated(5, Some(24 * 365))];
        assert_eq!(told(&world.poll(0, &later).await), ["words: Sabotage 5"], "{first_poll:?}, later");
    }
}

#[tokio::test]
async fn an_item_passed_over_at_the_first_poll_alerts_when_it_says_something_new() {
    let mut world = World::with(1, FirstPoll::None);
    world.poll(0, &[item(1, "Sabotage", "")]).await;
    assert_eq!(told(&world.poll(0, &[item(1, "Sabotage", "Still the same thing.")]).await), [""; 0]);
    assert_eq!(told(&world.poll(0, &[item(1, "Sabotage", "Now arson, too.")]).await), ["words: Sabotage"]);
}

/// What a feed does to its items from one poll to the next.
#[derive(Debug, Clone)]
enum Act {
    Publish,
    Drop(usize),
    ReAdd(usize),
    Rotate,
    ChangeGuid(usize),
    ChangeHost(usize),
    Track(usize),
    Edit(usize),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        3 => Just(Act::Publish),
        1 => any::<usize>().prop_map(Act::Drop),
        1 => any::<usize>().prop_map(Act::ReAdd),
        1 => Just(Act::Rotate),
        1 => any::<usize>().prop_map(Act::ChangeGuid),
        1 => any::<usize>().prop_map(Act::ChangeHost),
        1 => any::<usize>().prop_map(Act::Track),
        1 => any::<usize>().prop_map(Act::Edit),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// Each item that is published alerts exactly once, whatever else happens to it.
    #[test]
    fn every_item_alerts_exactly_once(acts in prop::collection::vec(act(), 1..40)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let mut world = World::new(1);
            let (mut shown, mut dropped): (Vec<ParsedItem>, Vec<ParsedItem>) = (Vec::new(), Vec::new());
            let (mut published, mut alerted) = (BTreeSet::new(), Vec::new());
            for (step, act) in acts.into_iter().enumerate() {
                let pick = |index: usize, list: &Vec<ParsedItem>| (!list.is_empty()).then(|| index % list.len());
                match act {
                    Act::Publish => {
                        let number = u32::try_from(published.len()).unwrap();
                        published.insert(format!("Sabotage number {number}"));
                        shown.insert(0, item(number, &format!("Sabotage number {number}"), "Some text."));
                    }
                    Act::Drop(index) => if let Some(index) = pick(index, &shown) { dropped.push(shown.remove(index)) },
                    Act::ReAdd(index) => if let Some(index) = pick(index, &dropped) { shown.push(dropped.remove(index)) },
                    Act::Rotate => shown.reverse(),
                    Act::ChangeGuid(index) => if let Some(index) = pick(index, &shown) { shown[index].id = Some(format!("changed-{step}")) },
                    Act::ChangeHost(index) => if let Some(index) = pick(index, &shown) {
                        let path = url::Url::parse(shown[index].link.as_deref().unwrap()).unwrap().path().to_owned();
                        shown[index].link = Some(format!("https://host-{step}.example{path}"));
                    },
                    Act::Track(index) => if let Some(index) = pick(index, &shown) {
                        let link = shown[index].link.clone().unwrap();
                        shown[index].link = Some(format!("{}?utm_source=s{step}", link.split('?').next().unwrap()));
                    },
                    Act::Edit(index) => if let Some(index) = pick(index, &shown) { shown[index].text.push_str(" More.") },
                }
                world.pass(1);
                alerted.extend(world.poll(0, &shown).await.into_iter().map(|alert| alert.item.title));
            }
            let once: BTreeSet<String> = alerted.iter().cloned().collect();
            assert_eq!(once.len(), alerted.len(), "alerted twice: {alerted:?}");
            assert_eq!(once, published);
        });
    }
}
