//! Canonical links, trusted dates, languages.

use newswatch::engine::item::{canonical_link, keys, language, title_key, trusted_date};
use newswatch::feed::ParsedItem;

#[test]
fn links_lose_what_does_not_identify_the_page() {
    for (link, expect) in [
        ("https://Example.ORG/a", Some("https://example.org/a")),
        ("https://example.org:443/a#top", Some("https://example.org/a")),
        ("http://example.org:8080/a", Some("http://example.org:8080/a")),
        ("https://example.org./a", Some("https://example.org/a")),
        ("https://user:pass@example.org/a", Some("https://example.org/a")),
        ("https://example.org/a?utm_source=rss&id=7&utm_medium=x", Some("https://example.org/a?id=7")),
        ("https://example.org/a?UTM_Source=rss", Some("https://example.org/a")),
        ("https://example.org/a?b=2&a=1", Some("https://example.org/a?b=2&a=1")),
        ("https://example.org/a?fbclid=x&at_medium=RSS&at_campaign=KARANGA", Some("https://example.org/a")),
        ("https://example.org/a?", Some("https://example.org/a")),
        ("https://example.org/#!/story/7", Some("https://example.org/#!/story/7")),
        ("  https://example.org/a\n", Some("https://example.org/a")),
        ("https://bücher.example/ä", Some("https://xn--bcher-kva.example/%C3%A4")),
        ("mailto:desk@example.org", None),
        ("urn:uuid:1", None),
        ("/relative", None),
        ("", None),
    ] {
        assert_eq!(canonical_link(link).as_deref(), expect, "{link}");
    }
}

#[test]
fn a_front_page_is_no_story() {
    for (link, expect) in [
        ("https://example.org/", true),
        ("https://example.org", true),
        ("https://example.org/?p=7", false),
        ("https://example.org/#!/story/7", false),
        ("https://example.org/a", false),
    ] {
        assert_eq!(keys(&ParsedItem::default(), Some(link)).link.is_none(), expect, "{link}");
    }
}

#[test]
fn a_date_is_trusted_from_1990_to_two_days_ahead() {
    let now = "2026-11-24T08:00:00Z".parse().unwrap();
    for (date, trusted) in [
        ("1989-12-31T23:59:59Z", false),
        ("1990-01-01T00:00:00Z", true),
        ("2026-11-24T08:00:00Z", true),
        ("2026-11-26T08:00:00Z", true),
        ("2026-11-26T08:00:01Z", false),
        ("0103-12-13T18:30:02Z", false),
    ] {
        let date = Some(date.parse().unwrap());
        assert_eq!(trusted_date(date, now), date.filter(|_| trusted), "{date:?}");
    }
}

#[test]
fn a_language_is_declared_or_told_by_enough_text() {
    let french = "Le chef des services de renseignement a prévenu que la campagne de sabotage ne s'arrêtera pas là.";
    for (declared, text, expect) in [
        (Some("en_GB"), french, Some("en-GB")),
        (Some(" "), french, Some("fr")),
        (None, french, Some("fr")),
        (None, "Sabotage", None),
        (None, "Президент заявил, что кампания саботажа против союзников Украины будет продолжена.", Some("ru")),
    ] {
        assert_eq!(language(declared, "", text).as_deref(), expect, "{text}");
    }
}

#[test]
fn a_title_of_five_words_identifies_a_story() {
    assert_eq!(title_key("Four words are few"), None);
    assert_eq!(title_key("Five words are just enough"), title_key("FIVE  words, are just enough!"));
    assert_ne!(title_key("Five words are just enough"), title_key("Five words are not enough"));
}
