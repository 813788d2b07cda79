//! What a silence covers.

use super::at;
use jiff::{SignedDuration, Timestamp};
use newswatch::engine::alert::{AlertFeed, alerts_of};
use newswatch::engine::assess::{Provenance, assess};
use newswatch::engine::schedule::PollSettings;
use newswatch::engine::silence::{Scope, Silence, SilenceId, Silences};
use newswatch::engine::story::StorySettings;
use newswatch::engine::{Feed, FirstPoll, Runtime};
use newswatch::feed::ParsedItem;
use newswatch::watchlist::compile::compile;
use newswatch::watchlist::definition::{Definition, EntityDefinition, RuleDefinition};
use newswatch::watchlist::term::Term;
use newswatch::watchlist::{FeedLabel, Scratch, Watchlists};
use std::sync::Arc;

fn now() -> Timestamp {
    Timestamp::from_second(1_790_000_000).unwrap()
}

fn entity(id: &str, kind: &str, names: &[&str]) -> EntityDefinition {
    EntityDefinition {
        id: at(id.to_owned()),
        kind: at(kind.to_owned()),
        name: None,
        names: names.iter().map(|name| at(Term::new(*name))).collect(),
    }
}

/// `words` fires on keywords and entities; `rules` by three rules.
fn watchlists() -> Watchlists {
    let rule = |id: &str, when: &str| RuleDefinition {
        id: at(id.to_owned()),
        when: at(when.to_owned()),
        ..RuleDefinition::default()
    };
    let words = Definition {
        name: at("words".to_owned()),
        keywords: vec![at(Term::new("sabotage"))],
        entities: vec![entity("mi6", "service", &["MI6", "Secret Intelligence Service"])],
        ..Definition::default()
    };
    let rules = Definition {
        name: at("rules".to_owned()),
        entities: vec![
            entity("mi6", "service", &["MI6"]),
            entity("mi5", "service", &["MI5"]),
            entity("paris", "place", &["Paris"]),
        ],
        rules: vec![
            rule("spies", "@type:service AND leak"),
            rule("either", "@mi6 OR bomb"),
            rule("paris", "@paris AND NOT bomb"),
        ],
        ..Definition::default()
    };
    let (watchlists, problems) = compile(&[words, rules]);
    assert!(problems.is_empty(), "{problems:?}");
    watchlists
}

fn scope(parts: &str) -> Scope {
    let part = |name: &str| {
        let found = parts.split("; ").find_map(|part| part.strip_prefix(name)?.strip_prefix('='));
        found.map(str::to_owned)
    };
    Scope {
        watchlist: part("watchlist"),
        rule: part("rule"),
        entity: part("entity"),
        feed: part("feed"),
        query: part("query"),
    }
}

fn silence(number: i64, parts: &str) -> Silence {
    Silence {
        id: SilenceId(number),
        scope: scope(parts),
        comment: String::new(),
        created: now(),
        expires: now() + SignedDuration::from_hours(1),
    }
}

/// The watchlists of the alerts on a text that are not silenced.
fn heard(title: &str, silences: &[&str], when: Timestamp) -> Vec<String> {
    let watchlists = watchlists();
    let silences = (1..).zip(silences).map(|(number, parts)| silence(number, parts)).collect();
    let (silences, invalid) = Silences::compile(silences, &watchlists);
    assert_eq!(invalid, []);
    let item = ParsedItem { title: title.to_owned(), language: Some("en".to_owned()), ..ParsedItem::default() };
    let feed = AlertFeed { name: "bbc-world".to_owned(), tags: vec!["uk".to_owned()], ..AlertFeed::default() };
    let label = FeedLabel { name: &feed.name, tags: &feed.tags };
    let assessed = assess(vec![item], Provenance::Feed(label), &watchlists, &mut Scratch::default());
    let (_, alerts) = alerts_of(&assessed[0], &feed, &watchlists, now());
    assert!(!alerts.is_empty(), "nothing fires on {title:?}");
    let heard = alerts.into_iter().filter(|alert| silences.covering(alert, &watchlists, when).is_none());
    heard.map(|alert| alert.watchlist).collect()
}

#[test]
fn a_silence_covers_what_it_says_and_no_more() {
    let both = "MI6 on a leak: sabotage";
    for (title, silences, expected) in [
        (both, &[][..], &["words", "rules"][..]),
        (both, &["watchlist=words"], &["rules"]),
        (both, &["watchlist=w*"], &["rules"]),
        (both, &["watchlist=other"], &["words", "rules"]),
        (both, &["feed=bbc-*"], &[]),
        (both, &["feed=tag:uk"], &[]),
        (both, &["feed=tag:fr"], &["words", "rules"]),
        (both, &["watchlist=words; feed=tag:fr"], &["words", "rules"]),
        // An alert with several rules is silenced when all of them are.
        (both, &["rule=spies"], &["words", "rules"]),
        (both, &["rule=spies", "rule=either"], &["words"]),
        (both, &["rule=*; watchlist=rules"], &["words"]),
        (both, &["rule=any"], &["rules"]),
        // Without the entity, the keyword still fires.
        (both, &["entity=mi6"], &["words"]),
        ("A word from MI6", &["entity=mi6"], &[]),
        ("A word from MI6", &["entity=mi5"], &["words", "rules"]),
        ("A leak of MI5 and MI6", &["entity=mi6; watchlist=rules"], &["words", "rules"]),
        ("A leak of MI5 and MI6", &["entity=mi6", "entity=mi5"], &[]),
        ("A leak of MI5 and MI6", &["entity=mi?"], &[]),
        ("A leak of MI6, and a bomb", &["entity=mi6; watchlist=rules"], &["words", "rules"]),
        ("A leak of MI6, and a bomb", &["entity=mi6", "rule=either"], &[]),
        ("Rain in Paris", &["entity=paris"], &[]),
        ("Rain in Paris", &["entity=paris; rule=spies"], &["rules"]),
        // The item meets a query.
        (both, &["query=leak AND NOT Moscow"], &[]),
        (both, &["query=leak AND Moscow"], &["words", "rules"]),
        (both, &["query=title:sabotage; watchlist=rules"], &["words"]),
        (both, &["query=@mi6 AND feed:bbc-* AND lang:en"], &[]),
        ("The Secret Intelligence Service in Paris", &["query=@mi6; watchlist=words"], &["rules"]),
        ("Rain in Paris", &["query=@type:service"], &["rules"]),
        ("Rain in Paris", &["query=@any AND rain"], &[]),
    ] {
        assert_eq!(heard(title, silences, now()), expected, "{title}: {silences:?}");
    }
}

#[test]
fn a_silence_holds_for_its_time() {
    let minutes = |minutes| now() + SignedDuration::from_mins(minutes);
    for (when, silent) in [(now(), true), (minutes(59), true), (minutes(60), false), (minutes(900), false)] {
        assert_eq!(heard("sabotage", &["watchlist=words"], when).is_empty(), silent, "{when}");
    }
    // The clock was put back: a moment does not matter, a day does.
    assert!(heard("sabotage", &["watchlist=words"], now() - SignedDuration::from_secs(30)).is_empty());
    assert!(!heard("sabotage", &["watchlist=words"], now() - SignedDuration::from_hours(24)).is_empty());
}

fn runtime() -> Runtime {
    let feed = Feed {
        key: "bbc-world".to_owned(),
        name: "bbc-world".to_owned(),
        url: "https://example.org/".to_owned(),
        tags: vec!["uk".to_owned()],
        interval: None,
        first_poll: FirstPoll::All,
        enabled: true,
    };
    let gap = SignedDuration::from_mins(15);
    Runtime {
        watchlists: Arc::new(watchlists()),
        feeds: vec![feed],
        sinks: Vec::new(),
        poll: PollSettings { interval: gap, min_interval: gap, max_interval: gap },
        stories: StorySettings { window: gap, similarity: 0.7 },
    }
}

#[test]
fn what_nothing_is_named_by_is_refused_in_words() {
    let runtime = runtime();
    for good in ["watchlist=words", "watchlist=w*", "rule=any", "entity=mi6", "feed=bbc-*", "feed=tag:uk", "query=leak"]
    {
        assert_eq!(scope(good).check(&runtime), Ok(()), "{good}");
    }
    for (bad, words) in [
        ("", "a silence needs a watchlist, a rule, an entity, a feed or a query"),
        ("watchlist=wrods", "watchlist: there is no watchlist wrods; did you mean words?"),
        ("watchlist=", "watchlist: a name must not be empty"),
        ("watchlist=[", "watchlist: this is no name and no pattern"),
        ("rule=nothing", "rule: there is no rule nothing"),
        ("entity=mi66", "entity: there is no entity mi66; did you mean mi6?"),
        ("feed=tag:fr", "feed: there is no feed tag:fr"),
        ("query=leak AND", "query: column"),
        ("query=é AND @mi7", "query: column 7: there is no entity mi7"),
        ("query=$keywords", "query: column 1: groups and keywords are known in their watchlist only; write the words"),
        ("query=NOT leak", "this rule can fire without any term present"),
    ] {
        let message = scope(bad).check(&runtime).unwrap_err().to_string();
        assert!(message.contains(words), "{bad}: {message}");
    }
}

#[test]
fn a_silence_that_makes_no_sense_any_more_covers_nothing_and_hurts_no_other() {
    let watchlists = watchlists();
    let stored = vec![silence(1, "query=@gone"), silence(2, "watchlist=words")];
    let (_, invalid) = Silences::compile(stored, &watchlists);
    assert_eq!(invalid.iter().map(|(id, _)| id.to_string()).collect::<Vec<_>>(), ["sil_1"]);
}
