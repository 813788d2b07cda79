//! Databases of earlier versions: what they hold is there after the migration.

use super::*;
use newswatch::store::FILE_NAME;
use newswatch::store::letter::LetterState;
use newswatch::store::outbox::DeliveryId;

/// A database as version 1 left it.
fn version_1(rows: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let connection = rusqlite::Connection::open(dir.path().join(FILE_NAME)).unwrap();
    connection.execute_batch(include_str!("../../../src/store/migration/0001.sql")).unwrap();
    connection.execute_batch(rows).unwrap();
    let ours = i32::from_be_bytes(*b"nwch");
    connection.execute_batch(&format!("PRAGMA application_id = {ours}; PRAGMA user_version = 1;")).unwrap();
    dir
}

#[tokio::test]
async fn deliveries_keep_their_place_and_their_ids_are_not_used_again() {
    let dir = version_1(
        "INSERT INTO alert (id, time, watchlist, severity, feed, story, item, body)
             VALUES ('alt_1', 0, 'w', 3, 'f', 's', 'i', x'31'), ('alt_2', 0, 'w', 3, 'f', 's', 'i', x'32');
         INSERT INTO delivery (id, sink, alert, state, due, queued, attempts, error, body) VALUES
             (3, 'desk', 1, 0, 0, 0, 0, NULL, NULL), (4, 'desk', 2, 3, 0, 0, 7, '404', x'33'),
             (9, 'archive', 1, 1, 5, 0, 1, '500', NULL);
         DELETE FROM delivery WHERE id = 9;",
    );
    let store = open_store(dir.path());
    let letters = store.letters(None, None, 9).await.unwrap();
    let told: Vec<_> = letters.iter().map(|it| (it.id.0, it.alert.as_str(), it.state, it.attempts)).collect();
    assert_eq!(told, [(3, "alt_1", LetterState::Pending, 0), (4, "alt_2", LetterState::Dead, 7)]);
    commit(&store, with_alerts(poll(vec![], at(0)), &["alt_3"], &["desk"])).await.unwrap();
    let claimed = store.claim("desk", at(0), 9).await.unwrap();
    let told: Vec<_> = claimed.iter().map(|it| (it.id, it.body.as_slice())).collect();
    assert_eq!(told, [(DeliveryId(3), b"1".as_slice()), (DeliveryId(10), b"body of alt_3")]);
}

#[tokio::test]
async fn an_empty_outbox_remembers_its_last_id_too() {
    let dir = version_1("INSERT INTO sqlite_sequence (name, seq) VALUES ('delivery', 41);");
    let store = open_store(dir.path());
    commit(&store, with_alerts(poll(vec![], at(0)), &["alt_1"], &["desk"])).await.unwrap();
    assert_eq!(store.claim("desk", at(0), 9).await.unwrap()[0].id, DeliveryId(42));
}

#[tokio::test]
async fn alerts_of_before_are_found_by_what_they_are_about() {
    use newswatch::store::search::AlertFilter;
    let document = include_str!("../../golden/alert-v1.json").replace('\'', "''");
    let dir = version_1(&format!(
        "INSERT INTO alert (id, time, watchlist, severity, feed, story, item, body) VALUES
             ('alt_1', 0, 'w', 3, 'f', 's', 'i', x'31'), ('alt_2', 0, 'w', 3, 'f', 's', 'i', CAST('{document}' AS BLOB)),
             ('alt_3', 0, 'w', 3, 'f', 's', 'i', CAST('no JSON' AS BLOB));"
    ));
    let store = open_store(dir.path());
    let golden: serde_json::Value = serde_json::from_str(include_str!("../../golden/alert-v1.json")).unwrap();
    let text = |value: &serde_json::Value| Some(value.as_str().unwrap().to_owned());
    let entity = golden["data"]["matches"].as_array().unwrap().iter().find_map(|found| found["entity"]["id"].as_str());
    for filter in [
        AlertFilter { rule: text(&golden["data"]["rules"][0]["id"]), ..AlertFilter::default() },
        AlertFilter { entity: entity.map(str::to_owned), ..AlertFilter::default() },
        AlertFilter { words: text(&golden["data"]["item"]["title"]), ..AlertFilter::default() },
    ] {
        let found = store.alerts_before(filter.clone(), None, 9).await.unwrap().alerts;
        assert_eq!(found.iter().map(|it| it.id.as_str()).collect::<Vec<_>>(), ["alt_2"], "{filter:?}");
    }
}
