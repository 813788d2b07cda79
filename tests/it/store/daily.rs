//! The counters of each day: written with what they count, once, and kept as long as alerts.

use super::*;
use newswatch::store::daily::{DayCount, FeedDay};
use newswatch::store::prune::Retention;

/// What a statement finds, a line a row.
fn rows(dir: &Path, statement: &str) -> Vec<String> {
    let connection = rusqlite::Connection::open(dir.join(newswatch::store::FILE_NAME)).unwrap();
    let mut statement = connection.prepare(statement).unwrap();
    let columns = statement.column_count();
    let line = |row: &rusqlite::Row<'_>| {
        let values = (0..columns).map(|column| row.get::<_, rusqlite::types::Value>(column).unwrap());
        let text = |value| match value {
            rusqlite::types::Value::Integer(number) => number.to_string(),
            rusqlite::types::Value::Text(text) => text,
            other => format!("{other:?}"),
        };
        Ok(values.map(text).collect::<Vec<_>>().join(" "))
    };
    statement.query_map([], line).unwrap().map(Result::unwrap).collect()
}

const RULES: &str = "SELECT day - 20717, watchlist, rule, alerts FROM daily_rule ORDER BY day, rule";
const TERMS: &str = "SELECT day - 20717, watchlist, term, matches FROM daily_term ORDER BY day, term";
const FEEDS: &str = "SELECT day - 20717, feed, polls, failed, unchanged, not_modified, items, bytes, repairs FROM daily_feed ORDER BY day, feed";

#[tokio::test]
async fn alerts_are_counted_by_rule_and_matches_by_term() {
    let (dir, store) = fresh();
    let mut first = with_alerts(poll(vec![], at(0)), &["alt_1", "alt_2"], &["desk"]);
    let again = first.plan.alerts[0].alert.matches[0].clone();
    first.plan.alerts[0].alert.matches.push(again);
    commit(&store, first).await.unwrap();
    // Found again: counted once. A day later: another row. Silenced: it fired all the same.
    commit(&store, with_alerts(poll(vec![], at(60)), &["alt_2"], &[])).await.unwrap();
    let mut later = with_alerts(poll(vec![], at(86_400)), &["alt_3"], &[]);
    later.plan.alerts[0].silence = Some(newswatch::engine::silence::SilenceId(1));
    commit(&store, later).await.unwrap();
    // What fails leaves no count.
    let mut bad = with_alerts(poll(vec![], at(0)), &["alt_4"], &[]);
    bad.plan.items.push(ItemWrite::Seen { id: "itm_unknown".to_owned() });
    commit(&store, bad).await.unwrap_err();
    assert_eq!(rows(dir.path(), RULES), ["0 spies mi6 2", "1 spies mi6 1"]);
    assert_eq!(rows(dir.path(), TERMS), ["0 spies MI6 3", "1 spies MI6 1"]);
}

#[tokio::test]
async fn what_a_feed_cost_and_brought_is_counted() {
    let (dir, store) = fresh();
    for (now, traffic, new) in [
        (at(0), Traffic { bytes: 1_000, repairs: 2, ..Traffic::default() }, 5),
        (at(60), Traffic { bytes: 10, unchanged: 1, not_modified: 1, ..Traffic::default() }, 0),
        (at(120), Traffic { bytes: 1, failed: 1, ..Traffic::default() }, 0),
    ] {
        let mut counted = poll(vec![], now);
        counted.plan.counts.new = new;
        counted.traffic = traffic;
        commit(&store, counted).await.unwrap();
    }
    assert_eq!(rows(dir.path(), FEEDS), ["0 world 3 1 1 1 5 1011 2"]);
}

#[tokio::test]
async fn counters_go_with_the_alerts_of_their_day() {
    let (dir, store) = fresh();
    for day in [0, 40] {
        let id = format!("alt_{day}");
        commit(&store, with_alerts(poll(vec![], at(day * 86_400)), &[&id], &[])).await.unwrap();
    }
    let retention = Retention { items: days(30), alerts: days(30), stories: days(2), max_size: 10 << 30 };
    store.prune(retention, at(50 * 86_400)).await.unwrap();
    assert_eq!(rows(dir.path(), RULES), ["40 spies mi6 1"]);
    assert_eq!(rows(dir.path(), TERMS), ["40 spies MI6 1"]);
    assert_eq!(rows(dir.path(), FEEDS), ["40 world 1 0 0 0 0 1000 0"]);
}

/// Counts as `of day count`, the day counted from the first one of the tests' world.
fn told(mut counts: Vec<DayCount>) -> Vec<String> {
    counts.sort_by(|one, other| (one.day, &one.of).cmp(&(other.day, &other.of)));
    let first = jiff::tz::TimeZone::UTC.to_datetime(at(0)).date();
    let day = |it: &DayCount| it.day.since(first).unwrap().get_days();
    counts.iter().map(|it| format!("{} {} {}", it.of, day(it), it.count)).collect()
}

/// Commits an alert of a watchlist on a day, by these rules and with these terms.
async fn alert_on(store: &Store, day: i64, id: &str, watchlist: &str, rules: &[&str], terms: &[&str]) {
    let mut commit_of = with_alerts(poll(vec![], at(day * 86_400)), &[id], &[]);
    let alert = &mut commit_of.plan.alerts[0].alert;
    watchlist.clone_into(&mut alert.watchlist);
    let (rule, found) = (alert.rules[0].clone(), alert.matches[0].clone());
    let rule = |id: &&str| AlertRule { id: (*id).to_owned(), ..rule.clone() };
    let found = |term: &&str| AlertMatch { term: (*term).to_owned(), ..found.clone() };
    (alert.rules, alert.matches) = (rules.iter().map(rule).collect(), terms.iter().map(found).collect());
    commit(store, commit_of).await.unwrap();
}

#[tokio::test]
async fn the_counters_tell_how_often_and_when_a_watchlist_fired() {
    let (_dir, store) = fresh();
    alert_on(&store, 0, "alt_1", "spies", &["mi6"], &["MI6", "old"]).await;
    alert_on(&store, 3, "alt_2", "spies", &["mi6", "chief"], &["MI6", "chief"]).await;
    alert_on(&store, 3, "alt_3", "ports", &["any"], &["MI6", "ship"]).await;
    alert_on(&store, 4, "alt_4", "spies", &["chief"], &["chief", "chief"]).await;
    // Any time of the day means the day.
    for since in [at(86_400), at(2 * 86_400 - 1)] {
        let all = told(store.alerts_a_day(None, since).await.unwrap());
        assert_eq!(all, ["ports 3 1", "spies 3 1", "spies 4 1"]);
        let one = told(store.alerts_a_day(Some("ports"), since).await.unwrap());
        assert_eq!(one, ["ports 3 1"]);
        let rules = told(store.rules_a_day("spies", since).await.unwrap());
        assert_eq!(rules, ["chief 3 1", "mi6 3 1", "chief 4 1"], "an alert counts for each of its rules");
        let terms = store.fired_terms("spies", since).await.unwrap();
        let terms: Vec<_> = terms.iter().map(|it| (it.term.as_str(), it.matches)).collect();
        assert_eq!(terms, [("chief", 3), ("MI6", 1), ("old", 0)], "what fired before is known, too");
    }
    let today = told(store.alerts_a_day(Some("spies"), at(4 * 86_400 + 5)).await.unwrap());
    assert_eq!(today, ["spies 4 1"]);
    assert_eq!(store.alerts_a_day(Some("nobody"), at(0)).await.unwrap(), []);
    let day = |number: i64| jiff::tz::TimeZone::UTC.to_datetime(at(number * 86_400)).date();
    let last = store.last_fired().await.unwrap();
    assert_eq!((last.len(), last["spies"], last["ports"]), (2, day(4), day(3)));
    assert_eq!(store.first_day().await.unwrap(), Some(day(0)));
}

#[tokio::test]
async fn the_counters_tell_what_feeds_brought() {
    let (_dir, store) = fresh();
    assert_eq!(store.first_day().await.unwrap(), None);
    for (key, day, new) in [("a", 0, 9), ("a", 2, 5), ("a", 2, 1), ("a", 3, 0), ("b", 3, 7), ("c", 3, 8)] {
        let mut counted = poll(vec![], at(day * 86_400));
        counted.plan.feed = feed(key, at(day * 86_400));
        counted.plan.counts.new = new;
        if new == 1 {
            counted.traffic = Traffic { bytes: 10, unchanged: 1, not_modified: 1, ..Traffic::default() };
        }
        commit(&store, counted).await.unwrap();
    }
    let wanted = ["a", "b", "unknown"].map(str::to_owned).to_vec();
    let days = store.feed_days(wanted, at(86_400)).await.unwrap();
    let items = |it: &FeedDay| DayCount { of: it.feed.clone(), day: it.day, count: it.items };
    assert_eq!(told(days.iter().map(items).collect()), ["a 2 6", "a 3 0", "b 3 7"]);
    let a = &days[0];
    assert_eq!((a.polls, a.not_modified, a.bytes), (2, 1, 1_010));
}
