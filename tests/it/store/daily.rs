//! The counters of each day: written with what they count, once, and kept as long as alerts.

use super::*;
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
const FEEDS: &str =
    "SELECT day - 20717, feed, polls, failed, unchanged, items, bytes, repairs FROM daily_feed ORDER BY day, feed";

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
        (at(0), Traffic { bytes: 1_000, repairs: 2, unchanged: 0, failed: 0 }, 5),
        (at(60), Traffic { bytes: 10, repairs: 0, unchanged: 1, failed: 0 }, 0),
        (at(120), Traffic { bytes: 1, repairs: 0, unchanged: 0, failed: 1 }, 0),
    ] {
        let mut counted = poll(vec![], now);
        counted.plan.counts.new = new;
        counted.traffic = traffic;
        commit(&store, counted).await.unwrap();
    }
    assert_eq!(rows(dir.path(), FEEDS), ["0 world 3 1 1 5 1011 2"]);
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
    assert_eq!(rows(dir.path(), FEEDS), ["40 world 1 0 0 0 1000 0"]);
}
