//! Items that declare no language: it is told from the text only where something fires, and
//! what fires is what would if it had been told of every item.

use super::{Definition, at, compile, sample, terms};
use newswatch::engine::assess::{AssessedItem, Joined, Provenance, Search, assess};
use newswatch::engine::item;
use newswatch::feed::ParsedItem;
use newswatch::watchlist::{FeedLabel, Hit, Scratch, Watchlists};
use proptest::prelude::*;

/// Texts in which the language can be told, and some in which it cannot.
const TEXTS: [&str; 5] = [
    "Investigators said on Tuesday that the fire at the depot was an act of sabotage, and that two men had been seen.",
    "Les enquêteurs ont déclaré mardi que l'incendie du dépôt était un acte de sabotage, et que deux hommes ont été vus.",
    "Die Ermittler sagten am Dienstag, der Brand im Lager sei ein Akt der Sabotage gewesen, zwei Männer seien gesehen worden.",
    "sabotage",
    "",
];

/// What the item declares.
const DECLARED: [Option<&str>; 5] = [None, Some("fr-CA"), Some("und"), Some("EN"), Some("?")];

fn item(text: &str, words: &str, declared: Option<&str>) -> ParsedItem {
    ParsedItem {
        title: words.to_owned(),
        text: text.to_owned(),
        language: declared.map(str::to_owned),
        ..ParsedItem::default()
    }
}

const FEED: Provenance<'static> = Provenance::Feed(FeedLabel { name: "world", tags: &[] });

/// What fires where the language is told of every item, and that language.
fn told_first(item: &ParsedItem, watchlists: &Watchlists) -> (Option<String>, Vec<Hit>) {
    let language = item::language(item.language.as_deref(), &item.title, &item.text);
    let mut search = Search { watchlists, scratch: &mut Scratch::default(), joined: Joined::default() };
    let hits = search.hits(item, FEED.origin(language.as_deref()));
    (language, hits)
}

fn assessed(item: &ParsedItem, watchlists: &Watchlists) -> AssessedItem {
    assess(vec![item.clone()], FEED, watchlists, &mut Scratch::default()).remove(0)
}

#[test]
fn the_language_is_told_where_a_rule_or_a_watchlist_may_ask_for_it() {
    let (english, french, short) = (TEXTS[0], TEXTS[1], TEXTS[3]);
    for (when, languages, text, fires) in [
        ("sabotage", None, english, true),
        ("sabotage AND lang:fr", None, english, false),
        ("sabotage AND lang:fr", None, french, true),
        ("sabotage AND lang:fr", None, short, true),
        ("sabotage NOT lang:fr", None, english, true),
        ("sabotage NOT lang:fr", None, french, false),
        ("sabotage NOT lang:fr", None, short, true),
        ("sabotage NOT (lang:fr OR lang:de)", None, english, true),
        ("sabotage AND NOT (lang:fr AND deux)", None, french, false),
        ("2 OF (sabotage, lang:fr, nothing)", None, french, true),
        ("2 OF (sabotage, lang:fr, nothing)", None, english, false),
        ("sabotage", Some("fr"), english, false),
        ("sabotage", Some("fr"), french, true),
        ("sabotage", Some("fr"), short, true),
        ("sabotage NOT lang:en", Some("fr"), french, true),
    ] {
        let languages = languages.map(|language: &str| vec![at(language.to_owned(), 0)]);
        let (watchlists, _) = compile(&[Definition { languages, keywords: vec![], ..sample(&[("r", when)]) }]);
        let item = item(text, "", None);
        let found = assessed(&item, &watchlists);
        assert_eq!(!found.hits.is_empty(), fires, "{when} on {text}");
        let (language, hits) = told_first(&item, &watchlists);
        assert_eq!(found.hits, hits, "{when} on {text}");
        if fires {
            assert_eq!(found.language, language, "{when} on {text}");
        }
    }
}

fn condition() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(vec![
        "k1",
        "k2",
        "sabotage",
        "lang:en",
        "lang:fr",
        "lang:de",
        "lang:fr",
        "feed:world",
        "feed:cnn",
        "NOT lang:en",
        "NOT lang:fr",
        "NOT k2",
        "(k1 NEAR/3 k2)",
        "COUNT(k1) >= 2",
    ]);
    leaf.prop_map(str::to_owned).prop_recursive(4, 16, 3, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} AND {b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} OR {b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} AND NOT ({b}))")),
            (1..4usize, inner.clone(), inner.clone(), inner).prop_map(|(n, a, b, c)| format!("{n} OF ({a}, {b}, {c})")),
        ]
    })
}

fn words() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(vec!["k1", "k2", "x"]), 0..6).prop_map(|words| words.join(" "))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn nothing_is_lost_where_the_language_is_not_told(
        when in condition(),
        languages in prop::option::of(prop::sample::subsequence(vec!["en", "fr", "de"], 1..3)),
        text in prop::sample::select(TEXTS.to_vec()),
        words in words(),
        declared in prop::sample::select(DECLARED.to_vec()),
    ) {
        let languages = languages.map(|tags| tags.into_iter().map(|tag| at(tag.to_owned(), 0)).collect());
        let list = Definition { languages, keywords: terms(&["k1"]), ..sample(&[("r", &format!("(k1 OR k2 OR sabotage) AND ({when})"))]) };
        // Some of these rules can never match, or match what they need not: those are warned of, and compiled.
        let (watchlists, _) = compile(&[list]);
        let item = item(text, &words, declared);
        let (language, hits) = told_first(&item, &watchlists);
        let found = assessed(&item, &watchlists);
        if !hits.is_empty() {
            prop_assert_eq!(&found.language, &language);
        }
        prop_assert_eq!(found.hits, hits, "{} on {:?} ({:?}), {:?}", when, words, text, declared);
    }
}
