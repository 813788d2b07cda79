//! The same news in several feeds.

use super::judge::{judge, total};
use super::press::press;
use super::{World, item, told};
use newswatch::engine::FirstPoll;
use newswatch::engine::story::Signature;
use newswatch::feed::ParsedItem;

const COPY: &str = "Investigators have found traces of an accelerant at the depot where a freight train burnt out on \
    Sunday night, and now treat the fire as an act of sabotage. Nobody was hurt. The line between the two ports will \
    stay closed until the end of the week, the operator said, while engineers look at the damage to the signals. \
    The interior minister spoke of a pattern that had been seen in three countries since the spring.";

const OTHER: &str = "A court has sentenced two men to nine years in prison for an act of sabotage on a radio mast last \
    winter. The judges saw it as proven that the men had been paid through a messaging service. Their lawyers \
    announced that they would appeal. The mast, which serves coastal shipping, was out of order for eleven hours, \
    and the cost of repairs was put at half a million.";

/// A copy of the agency's text in an outlet of that number.
fn copy(outlet: u32, text: &str) -> ParsedItem {
    ParsedItem {
        link: Some(format!("https://outlet-{outlet}.example/depot")),
        ..item(outlet, &format!("Depot fire, says outlet {outlet}"), text)
    }
}

#[tokio::test]
async fn one_story_is_one_alert() {
    let mut world = World::new(20);
    let first = world.poll(0, &[copy(0, COPY)]).await;
    assert_eq!(first.len(), 1);
    assert!(first[0].story.first && first[0].story.also_in.is_empty());
    for outlet in 1..20 {
        assert_eq!(told(&world.poll(outlet, &[copy(outlet, COPY)]).await), [""; 0]);
    }
    // One that adds something is told, and says who had it before.
    let more = world.poll(5, &[item(77, "Depot fire: MI6 is asked", &format!("{COPY} MI6 was asked for help."))]).await;
    assert_eq!(told(&more), ["words: Depot fire: MI6 is asked"]);
    assert_eq!(more[0].story.id, first[0].story.id);
    assert!(!more[0].story.first);
    assert_eq!(
        more[0].matches.iter().map(|found| found.text.as_str()).collect::<Vec<_>>(),
        ["MI6", "MI6"],
        "title and body"
    );
    assert_eq!(more[0].story.also_in.len(), 19);
    assert!(
        more[0].story.also_in.contains(&"feed-0".to_owned()) && !more[0].story.also_in.contains(&"feed-5".to_owned())
    );
}

#[tokio::test]
async fn which_texts_are_the_same_story() {
    let cut = &COPY[..COPY.len() * 4 / 5];
    let byline = format!("By our correspondent, with agencies. {COPY}");
    let added = format!("{COPY} Our reporter adds that the station had been guarded since May.");
    for (what, text, same) in [
        ("a cut", cut, true),
        ("a byline", byline.as_str(), true),
        ("an added sentence", added.as_str(), true),
        ("another story with the same word", OTHER, false),
    ] {
        let mut world = World::new(2);
        world.poll(0, &[copy(0, COPY)]).await;
        assert_eq!(world.poll(1, &[copy(1, text)]).await.is_empty(), same, "{what}");
    }
}

#[tokio::test]
async fn the_same_link_is_the_same_story_and_a_front_page_is_not() {
    let linked = |number: u32, link: &str, text: &str| ParsedItem {
        link: Some(link.to_owned()),
        ..item(number, "Sabotage", text)
    };
    for (link, other, same) in [
        ("https://a.example/x", "https://A.example/x?utm_source=y#z", true),
        ("https://a.example/", "https://a.example/", false),
        ("https://a.example/x", "https://a.example/y", false),
    ] {
        let mut world = World::new(2);
        world.poll(0, &[linked(1, link, "One text")]).await;
        assert_eq!(world.poll(1, &[linked(2, other, "Another one")]).await.is_empty(), same, "{link} {other}");
    }
}

#[tokio::test]
async fn short_texts_are_the_same_story_by_their_title() {
    let short = |number: u32, title: &str| ParsedItem {
        link: Some(format!("https://outlet-{number}.example/{number}")),
        ..item(number, title, "Short.")
    };
    for (title, other, same) in [
        ("Sabotage suspected after cable is cut", "SABOTAGE suspected, after cable is cut", true),
        ("Sabotage suspected after cable is cut", "Sabotage suspected after pipe is cut", false),
        ("Sabotage in port", "Sabotage in port", false),
    ] {
        let mut world = World::new(2);
        world.poll(0, &[short(1, title)]).await;
        assert_eq!(world.poll(1, &[short(2, other)]).await.is_empty(), same, "{title} / {other}");
    }
}

#[tokio::test]
async fn a_story_ends_with_its_window() {
    let mut world = World::new(3);
    world.poll(0, &[copy(0, COPY)]).await;
    world.pass(47);
    assert_eq!(world.poll(1, &[copy(1, COPY)]).await.len(), 0);
    world.pass(2);
    assert_eq!(world.poll(2, &[copy(2, COPY)]).await.len(), 1, "the window runs from the first item");
}

#[tokio::test]
async fn a_feed_alone_tells_no_story_twice_over() {
    // Items of one feed are no copies of each other: it has told them itself.
    let mut world = World::new(1);
    assert_eq!(world.poll(0, &[copy(1, COPY), copy(2, COPY)]).await.len(), 2);
}

#[tokio::test]
async fn an_item_that_nobody_was_told_of_keeps_no_other_feed_silent() {
    let mut world = World::with(2, FirstPoll::None);
    world.poll(1, &[]).await;
    world.poll(0, &[copy(0, COPY)]).await;
    assert_eq!(world.poll(1, &[copy(1, COPY)]).await.len(), 1);
}

#[tokio::test]
async fn each_rule_of_a_story_is_told_once() {
    let mut world = World::new(4);
    let leak = |number: u32, more: &str| copy(number, &format!("{COPY} There was a leak. {more}"));
    assert_eq!(told(&world.poll(0, &[copy(0, COPY)]).await).len(), 1);
    let second = world.poll(1, &[leak(1, "")]).await;
    assert_eq!(second.iter().map(|alert| alert.watchlist.as_str()).collect::<Vec<_>>(), ["rules"]);
    assert!(second[0].story.first, "the first alert of this watchlist");
    let third = world.poll(2, &[leak(2, "It was noticed in Paris.")]).await;
    assert_eq!(third.len(), 1);
    assert_eq!(third[0].rules.iter().map(|rule| rule.id.as_str()).collect::<Vec<_>>(), ["leak-in-paris"]);
    assert_eq!(world.poll(3, &[leak(3, "It was noticed in Paris.")]).await.len(), 0);
}

#[tokio::test]
async fn of_a_generated_press_copies_are_recognized_and_look_alikes_are_not() {
    let tallies = judge(&press(1, 100)).await;
    let all = total(&tallies);
    assert!(all.copies > 250 && all.items > 700, "{all:?}");
    assert!(all.precision() >= 0.99, "{:.3}: {tallies:#?}", all.precision());
    assert!(all.recall() >= 0.9, "{:.3}: {tallies:#?}", all.recall());
}

#[tokio::test]
async fn the_next_report_of_a_form_is_another_story() {
    let report = |day: &str, numbers: [&str; 4]| {
        let [index, percent, company, bonds] = numbers;
        format!(
            "European shares ended higher on {day} as investors took heart from the latest figures on prices. The \
             pan-European index rose {percent} per cent to {index} points. The biggest mover was a maker of wind turbines, \
             which gained {company} per cent after it raised its outlook for the year. The yield of ten-year bonds, which \
             moves in the opposite direction to their price, stood at {bonds} per cent. Sabotage was ruled out."
        )
    };
    let monday = report("Monday", ["7,512.41", "0.4", "6.1", "2.31"]);
    let tuesday = report("Tuesday", ["7,540.02", "0.3", "4.8", "2.29"]);
    let later = format!("Updated at 18:05 on 24 November 2026. {monday}");
    for (what, text, same) in [("the next one", tuesday, false), ("the same with a time", later, true)] {
        let mut world = World::new(2);
        world.poll(0, &[copy(0, &monday)]).await;
        assert_eq!(world.poll(1, &[copy(1, &text)]).await.is_empty(), same, "{what}");
    }
}

#[tokio::test]
async fn a_story_that_was_begun_by_a_clock_far_ahead_is_not_open_until_then() {
    for (hours, same) in [(1, true), (49, false)] {
        let mut world = World::new(2);
        world.pass(hours);
        world.poll(0, &[copy(0, COPY)]).await;
        world.pass(-hours);
        assert_eq!(world.poll(1, &[copy(1, COPY)]).await.is_empty(), same, "put back by {hours} h");
    }
}

#[tokio::test]
async fn of_two_stories_an_item_joins_the_one_that_leaves_the_least_unheard() {
    let mut world = World::new(3);
    let linked = |number: u32, text: &str| ParsedItem {
        link: Some("https://outlet-0.example/depot".to_owned()),
        ..item(number, "Depot fire", text)
    };
    // One story has the link, another one the text and all that fires.
    world.poll(0, &[linked(0, &format!("Sabotage on the line. {OTHER}"))]).await;
    world.poll(1, &[copy(1, &format!("{COPY} MI6 was asked for help."))]).await;
    let third = linked(2, &format!("{COPY} MI6 was asked for help."));
    assert_eq!(told(&world.poll(2, &[third]).await), [""; 0]);
}

#[test]
fn similarity_is_an_estimate_that_can_be_relied_on() {
    let one = Signature::of(COPY).unwrap();
    let same = |share: f64, expected: f64| assert!((share - expected).abs() < f64::EPSILON, "{share} {expected}");
    same(one.resemblance(&one), 1.0);
    same(one.told_by(&one), 1.0);
    same(one.told_by(&Signature::of(OTHER).unwrap()), 0.0);
    assert!(Signature::of("too short to be compared").is_none());
    // A beginning tells nothing new; what goes on after it does.
    let words: Vec<String> = (0..600).map(|number| format!("word{}", number * number)).collect();
    let text = |words: &[String]| Signature::of(&words.join(" ")).unwrap();
    let (whole, beginning) = (text(&words), text(&words[..200]));
    same(beginning.told_by(&whole), 1.0);
    assert!((0.4..0.6).contains(&whole.told_by(&beginning)), "{}", whole.told_by(&beginning));
    assert!((0.25..0.42).contains(&whole.resemblance(&beginning)), "{}", whole.resemblance(&beginning));
    let folded = COPY.to_uppercase();
    assert_eq!(Signature::of(&folded), Some(one));
}
