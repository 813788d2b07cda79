//! Feed and watchlist in, alerts out: bytes through reader, matcher and rules.

use newswatch::engine::alert::{AlertFeed, alerts_of};
use newswatch::engine::assess::{Provenance, assess};
use newswatch::feed::{self, Hints};
use newswatch::watchlist::Scratch;
use newswatch::watchlist::Watchlists;
use newswatch::watchlist::compile::compile;
use newswatch::watchlist::definition::{At, Definition, EntityDefinition, Pos, RuleDefinition};
use newswatch::watchlist::term::Term;

fn at<T>(value: T) -> At<T> {
    At { value, pos: Pos::default() }
}

fn term(text: &str) -> At<Term> {
    at(Term::new(text))
}

fn entity(id: &str, kind: &str, names: Vec<At<Term>>) -> EntityDefinition {
    EntityDefinition { id: at(id.to_owned()), kind: at(kind.to_owned()), name: None, names }
}

/// A watchlist on a campaign of sabotage: services and people under several names, weapons, places.
fn watchlists() -> Watchlists {
    let near = |text: &str, near: &[&str], except: &[&str]| {
        let list = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        at(Term { near: list(near), except: list(except), ..Term::new(text) })
    };
    let rule = |id: &str, when: &str| RuleDefinition {
        id: at(id.to_owned()),
        when: at(when.to_owned()),
        ..RuleDefinition::default()
    };
    let definition = Definition {
        name: at("campaign".to_owned()),
        keywords: ["sabotage", "arson", "incendiary device*", "disinformation"].map(term).to_vec(),
        groups: vec![(at("weapons".to_owned()), ["Storm Shadow", "Scalp missile*", "Oreshnik"].map(term).to_vec())],
        entities: vec![
            entity(
                "mi6",
                "service",
                vec![term("MI6"), term("Secret Intelligence Service"), near("SIS", &["spy*", "spies"], &[])],
            ),
            entity("dgse", "service", vec![term("DGSE"), term("Directorate-General for External Security")]),
            entity("moore", "person", vec![term("Richard Moore"), near("Moore", &["MI6"], &["Roger Moore"])]),
            entity("us", "place", vec![term("US")]),
            entity("uk", "place", vec![term("UK")]),
        ],
        rules: vec![
            rule("spoken", "$keywords SENT @type:service"),
            rule("weapons", "$weapons"),
            rule("alliance", "@us NEAR/2 @uk"),
            rule("moore", "@moore AND Paris"),
            rule("two-services", "2 OF (@mi6, @dgse)"),
        ],
        ..Definition::default()
    };
    let (watchlists, problems) = compile(&[definition]);
    assert!(problems.is_empty(), "{problems:?}");
    watchlists
}

/// What the items of a document fire, each as `title: rule(surfaces), …`.
fn fired(bytes: &[u8]) -> Vec<String> {
    let watchlists = watchlists();
    let (parsed, _) = feed::parse(bytes, Hints::default()).unwrap();
    let now = "2026-11-24T08:00:00Z".parse().unwrap();
    let mut lines = Vec::new();
    for item in assess(parsed.items, Provenance::Alone { language: None }, &watchlists, &mut Scratch::default()) {
        let (item, alerts) = alerts_of(&item, &AlertFeed::default(), &watchlists, now);
        for alert in alerts {
            let rules: Vec<&str> = alert.rules.iter().map(|rule| rule.id.as_str()).collect();
            for found in &alert.matches {
                let text = if found.field.name() == "title" { &item.title } else { &item.text };
                assert_eq!(text.get(found.start as usize..found.end as usize), Some(found.text.as_str()));
            }
            let surfaces: Vec<&str> = alert.matches.iter().map(|found| found.text.as_str()).collect();
            lines.push(format!("{}: {}", rules.join(" "), surfaces.join(" | ")));
        }
    }
    lines
}

fn check(title: &str, text: &str, expect: &[&str]) {
    let document =
        format!("<rss><channel><item><title>{title}</title><description>{text}</description></item></channel></rss>");
    assert_eq!(fired(document.as_bytes()), expect, "{title} / {text}");
}

#[test]
fn the_news_of_the_day() {
    for (title, text, expect) in [
        ("MI6 chief speaks of sabotage", "", &["spoken: MI6 | sabotage"][..]),
        ("MI6’s chief: ‘sabotage’", "", &["spoken: MI6 | sabotage"]),
        ("The Secret Intelligence Service on arson", "", &["spoken: Secret Intelligence Service | arson"]),
        ("His spies at SIS fear disinformation", "", &["spoken: SIS | disinformation"]),
        ("My sis started the arson club", "", &[]),
        ("SIS, a school, on arson", "", &[]),
        ("MI6 met. Sabotage was not spoken of", "", &[]),
        ("Incendiary devices, says the DGSE", "", &["spoken: Incendiary devices | DGSE"]),
        (
            "",
            "France's Directorate-General for External Security (DGSE) and MI6",
            &["two-services: Directorate-General for External Security | DGSE | MI6"],
        ),
        ("The U.S.-U.K. partnership", "", &["alliance: U.S. | U.K."]),
        ("US, UK to meet", "", &["alliance: US | UK"]),
        ("TELL US MORE ABOUT THE UK NOW", "", &[]),
        ("Tell us about the uk", "", &[]),
        ("Storm&#160;Shadow and Scalp&#8209;free", "", &["weapons: Storm Shadow"]),
        ("Scalp missiles reach Kyiv", "", &["weapons: Scalp missiles"]),
        ("Oreshnik: “a new missile”", "", &["weapons: Oreshnik"]),
        ("The storm, shadow and light", "", &[]),
        ("Moore in Paris", "The chief of MI6 spoke.", &[]),
        ("Roger Moore in Paris", "He played a man of MI6.", &[]),
        ("Richard Moore in Paris", "", &["moore: Richard Moore | Paris"]),
        ("Paris", "Moore, chief of MI6, said so.", &["moore: Paris | Moore"]),
        ("example_MI6_file on sabotage", "", &[]),
        ("saboteurs and MI6", "", &[]),
    ] {
        check(title, text, expect);
    }
}

#[test]
fn broken_documents_fire_what_whole_ones_do() {
    let expect = ["spoken: MI6 | sabotage"];
    for document in [
        "<rss><channel><item><title>MI6 on sabotage</title></item></channel></rss>",
        "junk before <rss><channel><item><title>MI6 on sabotage</title></item></channel></rss>",
        "<rss><channel><item><title>MI6 on sabotage</item></channel></rss>",
        "<rss><channel><title>A & B</title><item><title>MI6 on sabotage</title>",
        "<RSS><Channel><Item><Title>MI6 on sabotage</Title></Item></Channel></RSS>",
        "<rss><channel><item><title>&lt;b&gt;MI6&lt;/b&gt; on sabo&lt;i&gt;tage&lt;/i&gt;</title></item></channel></rss>",
        "<rss><channel><item><title><![CDATA[MI6 on sabo&shy;tage]]></title></item></channel></rss>",
        "<feed><entry><title type='html'>MI6 on sabotage</title></entry></feed>",
        "{\"version\":\"https://jsonfeed.org/version/1\",\"items\":[{\"id\":1,\"title\":\"MI6 on sabotage\"}]}",
    ] {
        let found = fired(document.as_bytes());
        let found: Vec<String> = found.iter().map(|line| line.replace('\u{ad}', "")).collect();
        assert_eq!(found, expect, "{document}");
    }
    let latin = b"<?xml version='1.0' encoding='iso-8859-1'?><rss><channel><item><title>Caf\xe9: MI6 on sabotage</title></item></channel></rss>";
    assert_eq!(fired(latin), expect);
}
