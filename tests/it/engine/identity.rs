//! What is known and what is new, whatever a feed does to its items.

use super::{World, item, told};
use jiff::{SignedDuration, Timestamp};
use newswatch::engine::FirstPoll;
use newswatch::engine::item::keys;
use newswatch::feed::ParsedItem;
use proptest::prelude::*;

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

/// An item of a feed whose guids are places in its list.
fn placed(place: u32, number: u32) -> ParsedItem {
    ParsedItem { id: Some(place.to_string()), ..item(number, &format!("Sabotage number {number}"), "Some text.") }
}

#[tokio::test]
async fn a_guid_that_is_a_place_in_the_list_is_no_name() {
    let mut world = World::new(1);
    assert_eq!(world.poll(0, &[placed(1, 1), placed(2, 2), placed(3, 3)]).await.len(), 3);
    // A new one on top, and the oldest leaves: every guid is another item's now.
    let shifted = [placed(1, 4), placed(2, 1), placed(3, 2)];
    assert_eq!(told(&world.poll(0, &shifted).await), ["words: Sabotage number 4"]);
    assert_eq!(told(&world.poll(0, &shifted).await), [""; 0]);
    // The list may grow, too, and one that was edited while it moved is still known by its link.
    let mut grown = [placed(1, 5), placed(2, 4), placed(3, 1), placed(4, 2)];
    grown[1].title = "Sabotage number 4, with more".to_owned();
    assert_eq!(told(&world.poll(0, &grown).await), ["words: Sabotage number 5"]);
    // Once it is known, even the only item is told by its link.
    assert_eq!(told(&world.poll(0, &[placed(1, 6)]).await), ["words: Sabotage number 6"]);
    assert_eq!(told(&world.poll(0, &[placed(1, 7)]).await), ["words: Sabotage number 7"]);
}

#[tokio::test]
async fn places_without_links_are_told_by_their_text() {
    let bare = |place, number| ParsedItem { link: None, ..placed(place, number) };
    let mut world = World::new(1);
    assert_eq!(world.poll(0, &[bare(1, 1), bare(2, 2)]).await.len(), 2);
    let grown = [bare(1, 3), bare(2, 1), bare(3, 2)];
    assert_eq!(told(&world.poll(0, &grown).await), ["words: Sabotage number 3"]);
    assert_eq!(told(&world.poll(0, &grown).await), [""; 0]);
}

#[tokio::test]
async fn a_guid_that_stays_with_its_item_is_a_name_whatever_else_changes() {
    // Two that look alike: one is edited into what the other was.
    let mut world = World::new(1);
    let named = |guid: &str, title: &str| ParsedItem { id: Some(guid.to_owned()), ..item(1, title, "") };
    let (a, b) = (named("a", "Warning of sabotage"), named("b", "Warning of sabotage ended"));
    let b = ParsedItem { link: Some("https://news.example/b".to_owned()), ..b };
    assert_eq!(world.poll(0, &[a.clone(), b.clone()]).await.len(), 2);
    let edited = ParsedItem { title: "All is well after the sabotage".to_owned(), ..a.clone() };
    let copied = ParsedItem { title: a.title.clone(), ..b };
    assert_eq!(told(&world.poll(0, &[edited.clone(), copied.clone()]).await), [""; 0]);
    let edited = ParsedItem { title: "Nothing was left of the sabotage".to_owned(), ..edited };
    assert_eq!(told(&world.poll(0, &[edited, copied]).await), [""; 0], "both guids are still keys");
}

#[tokio::test]
async fn of_several_known_items_each_is_found_once() {
    // One title and path on several hosts; the site gives all of them new guids.
    let edition = |guid: &str, host: u32| ParsedItem {
        id: Some(format!("{guid}-{host}")),
        link: Some(format!("https://edition-{host}.example/front")),
        ..item(1, "The sabotage of the day", &format!("Edition {host}."))
    };
    let mut world = World::new(1);
    assert_eq!(world.poll(0, &[edition("old", 1), edition("old", 2), edition("old", 3)]).await.len(), 3);
    let renamed = [edition("new", 3), edition("new", 2), edition("new", 1)];
    assert_eq!(told(&world.poll(0, &renamed).await), [""; 0]);
    let plan = world.plan(0, &[edition("new", 1), edition("new", 2), edition("new", 3)]).await;
    assert_eq!(plan.counts.revised, 0, "each is taken for itself");

    // The same text without links: what has the very same text comes first.
    let note =
        |guid: &str, text: &str| ParsedItem { id: Some(guid.to_owned()), link: None, ..item(1, "Sabotage", text) };
    let text = |n: u32| format!("What was found near the port this morning, part {n}");
    let mut world = World::new(1);
    assert_eq!(world.poll(0, &[note("a", &text(1)), note("b", &text(2))]).await.len(), 2);
    assert_eq!(
        told(&world.poll(0, &[note("d", &text(2)), note("c", &text(1)), note("e", &text(3))]).await),
        ["words: Sabotage"]
    );
}

#[tokio::test]
async fn http_and_https_are_one_link() {
    let linked = |scheme: &str, title: &str| ParsedItem {
        id: None,
        link: Some(format!("{scheme}://news.example/story")),
        ..item(1, title, "")
    };
    let mut world = World::new(2);
    assert_eq!(world.poll(0, &[linked("http", "Sabotage")]).await.len(), 1);
    assert_eq!(told(&world.poll(0, &[linked("https", "Sabotage, a new headline")]).await), [""; 0]);
    // And one story, in whichever feed.
    assert_eq!(told(&world.poll(1, &[linked("http", "Sabotage in another paper's words")]).await), [""; 0]);
}

#[tokio::test]
async fn a_guid_and_a_host_that_change_together_are_seen_through_whatever_the_link_is_like() {
    let paths = ["/?p=7", "/#!/story/7", "/story", "/story?id=7", "/index.php?id=7#!x"];
    for path in paths {
        for (title, text) in [("Sabotage", ""), ("Sabotage", "At the port."), ("", "Sabotage at the port.")] {
            let at = |guid: &str, host: &str| ParsedItem {
                id: Some(guid.to_owned()),
                link: Some(format!("https://{host}{path}")),
                ..item(1, title, text)
            };
            let mut world = World::new(1);
            assert_eq!(world.poll(0, &[at("a", "old.example")]).await.len(), 1, "{path}");
            assert_eq!(told(&world.poll(0, &[at("b", "new.example")]).await), [""; 0], "{path} {title:?} {text:?}");
        }
    }
}

#[tokio::test]
async fn different_pages_of_one_site_are_different_items() {
    for (one, other) in [("/?p=7", "/?p=8"), ("/#!/story/7", "/#!/story/8")] {
        let at = |guid: Option<&str>, path: &str| ParsedItem {
            id: guid.map(str::to_owned),
            link: Some(format!("https://news.example{path}")),
            ..item(1, "Sabotage of the day", "")
        };
        let mut world = World::new(1);
        assert_eq!(world.poll(0, &[at(Some("a"), one)]).await.len(), 1);
        assert_eq!(world.poll(0, &[at(Some("b"), other)]).await.len(), 1, "{other}");
        let mut world = World::new(1);
        assert_eq!(world.poll(0, &[at(None, one)]).await.len(), 1);
        assert_eq!(world.poll(0, &[at(None, other)]).await.len(), 1, "{other}");
    }
}

#[tokio::test]
async fn without_a_link_a_text_of_five_words_sees_through_a_changed_guid() {
    let note = |guid: &str, title: &str, text: &str| ParsedItem {
        id: Some(guid.to_owned()),
        link: None,
        ..item(1, title, text)
    };
    for (title, text, again) in [
        ("Sabotage at the port today", "", 0),
        ("Sabotage", "It was at the port.", 0),
        ("", "Sabotage was found at the port.", 0),
        // Too little to tell a second one of it from the first.
        ("Sabotage warning", "", 1),
    ] {
        let mut world = World::new(1);
        assert_eq!(world.poll(0, &[note("a", title, text)]).await.len(), 1);
        assert_eq!(world.poll(0, &[note("b", title, text)]).await.len(), again, "{title:?} {text:?}");
    }
    // A link to the front page is none.
    let front = |guid: &str| ParsedItem {
        link: Some("https://news.example/".to_owned()),
        ..note(guid, "Sabotage at the port today", "")
    };
    let mut world = World::new(1);
    assert_eq!(world.poll(0, &[front("a")]).await.len(), 1);
    assert_eq!(told(&world.poll(0, &[front("b")]).await), [""; 0]);
}

#[tokio::test]
async fn a_former_guid_leads_back_only_to_what_looks_alike() {
    let named =
        |number: u32, guid: &str, title: &str| ParsedItem { id: Some(guid.to_owned()), ..item(number, title, "") };
    let mut world = World::new(1);
    world.poll(0, &[named(1, "one", "Sabotage at the port")]).await;
    world.poll(0, &[named(1, "two", "Sabotage at the port")]).await;
    // The first has left, and what its first guid names now has nothing of it.
    assert_eq!(
        told(&world.poll(0, &[named(2, "one", "Sabotage in the north")]).await),
        ["words: Sabotage in the north"]
    );
}

#[tokio::test]
async fn a_copy_under_another_guid_is_no_second_item() {
    let copy = |guid: &str| ParsedItem { id: Some(guid.to_owned()), ..item(1, "Sabotage", "At the port.") };
    let mut world = World::new(1);
    assert_eq!(world.poll(0, &[copy("a"), copy("b")]).await.len(), 1);
    assert_eq!(told(&world.poll(0, &[copy("c"), copy("a")]).await), [""; 0]);
    assert_eq!(told(&world.poll(0, &[copy("b")]).await), [""; 0]);
}

proptest! {
    /// White space of any kind and number says nothing: the keys are those of single spaces.
    #[test]
    fn white_space_is_folded_however_it_is_written(
        title in "[a\u{e9}\u{3000} \t\n\u{a0}\u{85}\u{2028}\u{2003}\u{1680}\u{2019}\u{201c}\u{ac}\u{30a2}\u{1e9}]{0,24}",
        text in "(?s)(([a-z]{1,9}( |, |\u{2019}s |  |\n\n|\u{a0}|\u{3000})){0,12}|.{0,40})",
    ) {
        let folded = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        for link in [None, Some("https://news.example/a")] {
            let keys = |title: String, text: String| keys(&ParsedItem { title, text, ..ParsedItem::default() }, link);
            prop_assert_eq!(keys(title.clone(), text.clone()), keys(folded(&title), folded(&text)));
            let other = format!("{} b", folded(&title));
            prop_assert_ne!(keys(title.clone(), text.clone()).content, keys(other, text.clone()).content);
        }
    }
}
