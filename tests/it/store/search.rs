//! Finding alerts: what is found, that retention forgets it, and that an older database
//! is found in as well.

use super::*;
use newswatch::engine::alert::AlertEntity;
use newswatch::store::prune::Retention;
use newswatch::store::search::AlertFilter;

/// Commits an alert with this title and text.
async fn alert(store: &Store, id: &str, title: &str, text: &str, severity: Severity) {
    let mut commit_of = with_alerts(poll(vec![], at(0)), &[id], &[]);
    let alert = &mut commit_of.plan.alerts[0].alert;
    title.clone_into(&mut alert.item.title);
    text.clone_into(&mut alert.item.text);
    alert.severity = severity;
    for found in &mut alert.matches {
        found.entity =
            Some(AlertEntity { id: "mi6".to_owned(), kind: "organization".to_owned(), name: "MI6".to_owned() });
    }
    commit(store, commit_of).await.unwrap();
}

async fn found(store: &Store, filter: AlertFilter) -> Vec<String> {
    let found = store.alerts_before(filter, None, 100).await.unwrap();
    found.alerts.into_iter().map(|alert| alert.id).collect()
}

fn words(words: &str) -> AlertFilter {
    AlertFilter { words: Some(words.to_owned()), ..AlertFilter::default() }
}

#[tokio::test]
async fn words_are_found_whatever_their_script_and_signs() {
    let (_dir, store) = fresh();
    for (id, title, text) in [
        ("alt_1", "Škoda's C++ plant", "naïve café"),
        ("alt_2", "東京で地震", "ソウル、서울에서"),
        ("alt_3", "МОСКВА: взрыв", "a \"quoted\" NEAR(word) AND * OR"),
    ] {
        alert(&store, id, title, text, Severity::Medium).await;
    }
    for (query, expected) in [
        ("skoda", vec!["alt_1"]),
        ("SKO cafe", vec!["alt_1"]),
        ("c++", vec!["alt_1"]),
        ("koda", vec![]),
        ("東京", vec!["alt_2"]),
        ("地震", vec!["alt_2"]),
        ("京東", vec![]),
        ("서울", vec!["alt_2"]),
        ("москва", vec!["alt_3"]),
        ("\"quoted\"", vec!["alt_3"]),
        ("near(word)", vec!["alt_3"]),
        ("and or", vec!["alt_3"]),
        ("title:москва", vec![]),
        ("москва -взрыв", vec!["alt_3"]),
        ("*", vec![]),
        ("\"", vec![]),
        ("", vec![]),
    ] {
        assert_eq!(found(&store, words(query)).await, expected, "{query}");
    }
}

#[tokio::test]
async fn what_follows_a_place_is_told_with_how_far_was_looked() {
    let (_dir, store) = fresh();
    for (id, severity) in [("alt_1", Severity::Low), ("alt_2", Severity::High), ("alt_3", Severity::Low)] {
        alert(&store, id, "t", "x", severity).await;
    }
    let high = AlertFilter { severity: Some(Severity::High), ..AlertFilter::default() };
    let after = async |place, limit| {
        let found = store.alerts_after(high.clone(), place, limit).await.unwrap();
        (found.alerts.into_iter().map(|alert| alert.seq).collect::<Vec<_>>(), found.last)
    };
    assert_eq!(after(0, 9).await, (vec![2], 3), "the last one was looked at, too");
    assert_eq!(after(0, 1).await, (vec![2], 2), "there may be more");
    assert_eq!(after(2, 9).await, (vec![], 3));
    assert_eq!(after(7, 9).await, (vec![], 7), "a place that was never given out yet");
    assert_eq!(store.newest_alert().await.unwrap(), 3);
}

#[tokio::test]
async fn what_is_forgotten_is_found_no_more() {
    let (dir, store) = fresh();
    alert(&store, "alt_1", "old news", "x", Severity::Medium).await;
    let span = |seconds| jiff::SignedDuration::from_secs(seconds);
    let retention = Retention { items: span(1), alerts: span(1), stories: span(1), max_size: u64::MAX };
    store.prune(retention, at(100_000_000)).await.unwrap();
    assert_eq!(found(&store, AlertFilter::default()).await, Vec::<String>::new());
    assert_eq!(found(&store, words("news")).await, Vec::<String>::new());
    store.close().await;
    let connection = rusqlite::Connection::open(dir.path().join(newswatch::store::FILE_NAME)).unwrap();
    for (what, sql) in [
        ("abouts", "SELECT count(*) FROM alert_about"),
        ("words", "SELECT count(*) FROM alert_text WHERE alert_text MATCH 'news'"),
    ] {
        let count: i64 = connection.query_row(sql, [], |row| row.get(0)).unwrap();
        assert_eq!(count, 0, "{what} are left");
    }
}
