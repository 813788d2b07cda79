//! Which conditions hold on which texts, and by which occurrences.

use super::{compiled, fired, sample};
use newswatch::watchlist::term::Document;
use newswatch::watchlist::{FeedLabel, Origin};

/// The surfaces by which `when` fires on a body; `None`: it does not fire.
fn body(when: &str, text: &str) -> Option<String> {
    on(when, Document { body: text, ..Document::default() }, Origin::default())
}

fn on(when: &str, document: Document<'_>, origin: Origin<'_>) -> Option<String> {
    let watchlists = compiled(&[sample(&[("r", when)])]);
    let fired = fired(&watchlists, &document, origin);
    fired.first().map(|line| line.strip_prefix("sample/r: ").unwrap().to_owned())
}

#[test]
fn conditions_hold_by_their_occurrences() {
    for (when, text, expect) in [
        ("fire", "Fire and fire", Some("Fire, fire")),
        ("fire", "a firefly", None),
        ("=Apple", "Apple", Some("Apple")),
        ("=Apple", "apple", None),
        ("fire AND smoke", "smoke, no fire", Some("smoke, fire")),
        ("fire AND smoke", "fire", None),
        ("fire OR smoke", "smoke", Some("smoke")),
        ("fire OR smoke", "smoke and fire", Some("smoke, fire")),
        ("fire NOT smoke", "fire", Some("fire")),
        ("fire NOT smoke", "fire, smoke", None),
        ("fire NOT (smoke AND ash)", "fire, smoke", Some("fire")),
        ("fire AND NOT NOT smoke", "fire, smoke", Some("fire")),
        ("@mi6", "MI6 is the Secret Intelligence Service", Some("MI6, Secret Intelligence Service")),
        ("@type:organization", "GCHQ and Moore", Some("GCHQ")),
        ("@any AND fire", "GCHQ, fire, Moore", Some("GCHQ, fire, Moore")),
        ("$weapons", "Storm Shadow and drones", Some("Storm Shadow, drones")),
        ("$keywords", "incendiary devices, arson", Some("incendiary devices, arson")),
        // n is the difference of word positions: adjacent is 1.
        ("a1 NEAR/1 b1", "a1 b1", Some("a1, b1")),
        ("a1 NEAR/1 b1", "b1 a1", Some("b1, a1")),
        ("a1 NEAR/1 b1", "a1 x b1", None),
        ("a1 NEAR/2 b1", "a1 x b1", Some("a1, b1")),
        ("\"a1 a2\" NEAR/1 \"b1 b2\"", "a1 a2 b1 b2", Some("a1 a2, b1 b2")),
        ("\"a1 a2\" NEAR/1 \"b1 b2\"", "b1 b2 a1 a2", Some("b1 b2, a1 a2")),
        ("a1 NEAR/3 b1", "a1 x x x b1 x x a1", Some("b1, a1")),
        ("a1 NEAR/5 b1", "a1 a1 b1", Some("a1, a1, b1")),
        ("a1 ONEAR/1 b1", "a1 b1", Some("a1, b1")),
        ("a1 ONEAR/1 b1", "b1 a1", None),
        ("a1 ONEAR/2 b1 ONEAR/2 c1", "a1 b1 c1", Some("a1, b1, c1")),
        ("a1 ONEAR/2 b1 ONEAR/2 c1", "a1 c1 b1", None),
        // Two occurrences, not one twice.
        ("a1 NEAR/5 a1", "a1", None),
        ("a1 NEAR/5 a1", "a1 x a1", Some("a1, a1")),
        ("a1 NEAR/5 (a1 OR b1)", "a1", None),
        ("a1 NEAR/5 =a1", "a1", None),
        ("a1 NEAR/5 b1 NEAR/5 a1", "a1 b1", None),
        ("a1 NEAR/5 b1 NEAR/5 a1", "a1 b1 a1", Some("a1, b1, a1")),
        // Groups and chains.
        ("(a1 OR b1) NEAR/1 (c1 OR d1)", "b1 x d1 a1", Some("d1, a1")),
        ("a1 NEAR/2 b1 NEAR/2 c1", "a1 x b1 x c1", Some("a1, b1, c1")),
        ("a1 NEAR/2 b1 NEAR/2 c1", "a1 x b1 x x c1", None),
        ("a1 NEAR/2 b1 NEAR/2 c1", "a1 x c1 x b1", None),
        ("a1 NEAR/4 b1 NEAR/2 c1", "a1 x c1 x b1", Some("a1, c1, b1")),
        ("a1 NEAR/2 b1 NEAR/2 c1 NEAR/2 d1", "d1 a1 x b1 x c1", Some("d1, a1, b1, c1")),
        ("a1 NEAR/2 (b1 NEAR/1 c1)", "a1 x c1 b1", Some("a1, c1, b1")),
        ("@moore NEAR/10 @mi6", "Richard Moore, chief of MI6", Some("Richard Moore, Moore, MI6")),
        // Sentences and paragraphs.
        ("a1 SENT b1", "a1 is. B1 was.", None),
        ("a1 SENT b1", "Now a1 is b1.", Some("a1, b1")),
        ("a1 SENT b1", "B1 was. The a1 is.\n\nHere b1", None),
        ("a1 PARA b1", "B1 was. The a1 is.\n\nHere b1", Some("B1, a1")),
        ("a1 PARA b1", "a1\n\nb1", None),
        ("a1 NOT SENT b1", "a1 is. B1 was.", Some("a1")),
        // Away from.
        ("a1 NOT NEAR/2 b1", "a1 b1 x x x a1", Some("a1")),
        ("a1 NOT NEAR/2 b1", "a1 b1 a1", None),
        ("a1 NOT NEAR/2 b1", "a1", Some("a1")),
        ("a1 NOT NEAR/2 b1", "b1", None),
        ("Moore NOT NEAR/2 \"Roger Moore\"", "Roger Moore", None),
        ("(a1 NOT NEAR/1 b1) NEAR/2 c1", "a1 b1 c1", None),
        ("(a1 NOT NEAR/1 b1) NEAR/2 c1", "c1 a1 x b1", Some("c1, a1")),
        // At least.
        ("2 OF (a1, b1, c1)", "a1 a1", None),
        ("2 OF (a1, b1, c1)", "c1 x a1", Some("c1, a1")),
        ("2 OF (a1, b1, a1)", "a1 a1", None),
        ("2 OF ($weapons)", "drones and drones", None),
        ("2 OF ($weapons)", "drones and Oreshnik", Some("drones, Oreshnik")),
        ("2 OF (@any)", "MI6, the Secret Intelligence Service", None),
        ("2 OF (@any)", "MI6 and GCHQ", Some("MI6, GCHQ")),
        ("2 OF (title:a1, b1, c1)", "a1 b1", None),
        ("COUNT(a1) >= 3", "a1 a1", None),
        ("COUNT(a1) >= 3", "a1 a1 A1", Some("a1, a1, A1")),
        ("COUNT(a1 OR b1) >= 2", "a1 b1", Some("a1, b1")),
        ("COUNT(@moore) >= 2", "Richard Moore", None),
        ("COUNT(a1 NEAR/2 b1) >= 2", "a1 b1", None),
        ("COUNT(a1 NEAR/2 b1) >= 2", "a1 b1 x y a1 b1", Some("a1, b1, a1, b1")),
        ("COUNT(a1 SENT b1) >= 2", "a1 saw b1.", None),
        // Names of one entity that overlap are one mention of it.
        ("@moore NEAR/5 @moore", "Richard Moore spoke", None),
        ("@moore SENT @moore", "Richard Moore spoke", None),
        ("@moore NEAR/5 @moore", "Richard Moore, said Moore", Some("Richard Moore, Moore, Moore")),
        ("a1 AND (COUNT(b1) >= 2 OR c1)", "a1 b1 c1", Some("a1, c1")),
    ] {
        assert_eq!(body(when, text).as_deref(), expect, "{when} on {text:?}");
    }
}

#[test]
fn fields_are_told_apart() {
    let document = Document {
        title: "fire at dawn",
        body: "smoke at noon",
        author: "Ann Fire",
        category: "Europe\n\nspies",
        link: "https://example.org/ash/gchq",
    };
    for (when, expect) in [
        ("fire", Some("fire")),
        ("title:fire", Some("fire")),
        ("body:fire", None),
        ("author:fire", Some("Fire")),
        ("spies", None),
        ("category:spies", Some("spies")),
        ("category:\"Europe spies\"", None),
        ("link:ash", Some("ash")),
        ("title:(fire OR smoke)", Some("fire")),
        ("title:fire AND body:smoke", Some("fire, smoke")),
        ("body:(smoke NOT fire)", Some("smoke")),
        // Never across fields.
        ("fire NEAR/100 smoke", None),
        ("fire PARA smoke", None),
        ("title:(dawn NEAR/5 fire)", Some("fire, dawn")),
        ("title:dawn NEAR/5 fire", Some("fire, dawn")),
        ("link:@gchq", None),
        ("author:(ann NEAR/1 fire)", Some("Ann, Fire")),
    ] {
        assert_eq!(on(when, document, Origin::default()).as_deref(), expect, "{when}");
    }
}

#[test]
fn feeds_and_languages_filter_and_pass_where_unknown() {
    let tags = ["world".to_owned()];
    let bbc = Origin { feed: Some(FeedLabel { name: "bbc-world", tags: &tags }), language: Some("en-GB") };
    for (when, known, unknown) in [
        ("fire AND feed:bbc-world", true, true),
        ("fire AND feed:bbc-*", true, true),
        ("fire AND feed:bbc", false, true),
        ("fire AND feed:tag:world", true, true),
        ("fire AND feed:tag:uk", false, true),
        ("fire AND feed:(cnn OR bbc-*)", true, true),
        ("fire NOT feed:bbc-*", false, true),
        ("fire NOT feed:cnn", true, true),
        ("fire AND lang:en", true, true),
        ("fire AND lang:EN-us", true, true),
        ("fire AND lang:fr", false, true),
        ("fire NOT lang:en", false, true),
        ("fire AND (smoke OR feed:cnn)", false, true),
        ("fire AND smoke AND feed:bbc-world", false, false),
        ("2 OF (fire, smoke, feed:cnn)", false, true),
    ] {
        let document = Document { body: "fire", ..Document::default() };
        assert_eq!(on(when, document, bbc).is_some(), known, "{when} on bbc-world");
        assert_eq!(on(when, document, Origin::default()).is_some(), unknown, "{when} without an origin");
    }
}

#[test]
fn hostile_texts_take_bounded_work() {
    let text = "a1 b1 ".repeat(10_000);
    for when in [
        "a1 NEAR/1000000 b1",
        "a1 NEAR/5 b1 NEAR/5 a1 NEAR/5 b1 NEAR/5 a1 NEAR/5 b1",
        "(a1 NEAR/9 b1) NEAR/9 (a1 NEAR/9 b1)",
        "a1 ONEAR/100000 b1 ONEAR/100000 a1",
        "a1 SENT b1 PARA a1",
        "COUNT(a1 OR b1) >= 20000",
        "(a1 OR x1) NOT NEAR/100000 x1",
    ] {
        assert!(body(when, &text).is_some(), "{when}");
    }
    // One occurrence that is the nearest of all others.
    let star = format!("a1 {}", "b1 ".repeat(20_000));
    assert!(body("(a1 NEAR/60000 b1) NEAR/60000 (a1 NEAR/60000 b1)", &star).is_none());
}
