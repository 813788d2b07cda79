//! Databases of earlier versions: what they hold is there after the migration.

use super::*;
use newswatch::store::FILE_NAME;
use newswatch::store::feed::ConfiguredFeed;
use newswatch::store::letter::LetterState;
use newswatch::store::outbox::DeliveryId;
use newswatch::store::prune::Retention;

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

/// Brings a database of version 1 to version 3, as the build of that version did.
fn to_version_3(dir: &Path) -> rusqlite::Connection {
    let connection = rusqlite::Connection::open(dir.join(FILE_NAME)).unwrap();
    for migration in
        [include_str!("../../../src/store/migration/0002.sql"), include_str!("../../../src/store/migration/0003.sql")]
    {
        connection.execute_batch(&format!("BEGIN; {migration} COMMIT;")).unwrap();
    }
    connection.execute_batch("PRAGMA user_version = 3;").unwrap();
    connection
}

/// Every row of every table, each value with the name of its column.
fn rows(connection: &rusqlite::Connection) -> Vec<String> {
    let texts = |sql: &str| -> Vec<String> {
        let mut statement = connection.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| row.get(0)).unwrap();
        rows.map(Result::unwrap).collect()
    };
    let mut rows = Vec::new();
    for table in texts("SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'sqlite_sequence'") {
        let columns = texts(&format!("SELECT name FROM pragma_table_info('{table}')"));
        let values: Vec<String> = columns.iter().map(|column| format!("'{column}=' || quote(\"{column}\")")).collect();
        rows.extend(texts(&format!("SELECT '{table} ' || {} FROM {table}", values.join(" || ' ' || "))));
    }
    rows.sort();
    rows
}

#[tokio::test]
async fn items_keep_all_that_belongs_to_them_when_their_table_is_made_anew() {
    let hex = |number: u8| format!("x'{}'", format!("{number:02x}").repeat(16));
    let dir = version_1("");
    let connection = to_version_3(dir.path());
    connection
        .execute_batch(&format!(
            "PRAGMA foreign_keys = true;
             INSERT INTO feed (id, key, url, title, skip_hours, skip_days, failures, moved_seen, gone, items)
                 VALUES (1, 'world', 'u', 't', 0, 0, 0, 0, 0, 1), (2, 'uk', 'v', 't', 0, 0, 0, 0, 0, 1);
             INSERT INTO spoiled_key (feed, key) VALUES (1, {spoiled});
             INSERT INTO story (id, name, started, link) VALUES (5, 'sty_5', 3, {link});
             INSERT INTO story_feed (story, position, feed, name) VALUES (5, 0, 'world', 'World');
             INSERT INTO story_fired (story, watchlist, key) VALUES (5, 'spies', 'mi6');
             INSERT INTO item (id, name, feed, revision, first_seen, gone_since, story, guid_key, link_key, content_key)
                 VALUES (7, 'itm_7', 1, 2, 5, NULL, 5, {guid}, {link}, {content}),
                        (9, 'itm_9', 2, 1, 6, 8, NULL, NULL, NULL, {gone});
             INSERT INTO item_key (feed, key, item)
                 VALUES (1, {guid}, 7), (1, {link}, 7), (1, {content}, 7), (1, {former}, 7),
                        (2, {gone}, 9);
             INSERT INTO item_fired (item, watchlist, key) VALUES (7, 'spies', 'mi6');
             INSERT INTO item_text (item, stored, authors, categories, title, summary, text)
                 VALUES (7, 5, '[]', '[]', 'A title', '', 'A text');",
            guid = hex(1),
            link = hex(2),
            content = hex(3),
            gone = hex(4),
            spoiled = hex(5),
            former = hex(6),
        ))
        .unwrap();
    let before = rows(&connection);
    assert_eq!(before.len(), 15, "{before:#?}");
    drop(connection);

    let store = open_store(dir.path());
    let connection = rusqlite::Connection::open(dir.path().join(FILE_NAME)).unwrap();
    // Later migrations add what this one does not know of.
    let after = rows(&connection).into_iter().filter(|row| !row.starts_with("alert_text"));
    let after: Vec<String> = after.map(|row| row.replace(" lead=NULL", "")).collect();
    let (former, after): (Vec<_>, Vec<_>) = after.into_iter().partition(|row| row.starts_with("former_key"));
    assert_eq!(after, before);
    assert_eq!(former, [format!("former_key item=7 key=X'{}'", "06".repeat(16))]);
    let count = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(count("SELECT count(*) FROM pragma_foreign_key_check"), 0);
    let items = known(&store, lookup("world", wanted_keys(&[1, 2, 3, 5, 6]))).await.items;
    let told: Vec<_> = items.iter().map(|it| (it.id.as_str(), it.revision, it.led.len(), it.fired.len())).collect();
    assert_eq!(told, [("itm_7", 2, 4, 1)]);
    // References count again, and an item that is forgotten takes with it what belongs to it.
    let retention = Retention { items: days(30), alerts: days(365), stories: days(2), max_size: 10 << 30 };
    store.prune(retention, at(0)).await.unwrap();
    assert_eq!((count("SELECT count(*) FROM item_key"), count("SELECT count(*) FROM item")), (4, 1));
}

#[tokio::test]
async fn two_feeds_may_have_items_of_one_name() {
    let (_dir, store) = fresh();
    commit(&store, poll(vec![new_item(1, at(0))], at(0))).await.unwrap();
    // The feed is renamed, and another takes the name it had.
    let renamed = ConfiguredFeed { key: "planet".to_owned(), url: feed("world", at(0)).url, polled: true };
    store.sync_feeds(vec![renamed], at(1)).await.unwrap();
    commit(&store, poll(vec![new_item(1, at(2))], at(2))).await.unwrap();
    for feed in ["planet", "world"] {
        assert_eq!(known(&store, lookup(feed, wanted_keys(&[1]))).await.items.len(), 1, "{feed}");
    }
}

#[tokio::test]
async fn alerts_of_before_are_found_by_what_they_are_about() {
    use newswatch::store::search::AlertFilter;
    let golden: serde_json::Value = serde_json::from_str(include_str!("../../golden/alert-v1.json")).unwrap();
    let document = golden.to_string().replace('\'', "''");
    // Scripts without spaces, and what JSON escapes.
    let mut eastern = golden.clone();
    eastern["data"]["item"]["title"] = "習近平在北京會見\"客人\"".into();
    eastern["data"]["item"]["text"] = serde_json::Value::Null;
    eastern["data"]["rules"] = serde_json::json!([]);
    eastern["data"]["matches"] = serde_json::json!([]);
    let eastern = eastern.to_string().replace('\'', "''");
    let dir = version_1(&format!(
        "INSERT INTO alert (id, time, watchlist, severity, feed, story, item, body) VALUES
             ('alt_1', 0, 'w', 3, 'f', 's', 'i', x'31'), ('alt_2', 0, 'w', 3, 'f', 's', 'i', CAST('{document}' AS BLOB)),
             ('alt_3', 0, 'w', 3, 'f', 's', 'i', CAST('no JSON' AS BLOB)),
             ('alt_4', 0, 'w', 3, 'f', 's', 'i', CAST('{eastern}' AS BLOB)), ('alt_5', 0, 'w', 3, 'f', 's', 'i', x'ff');"
    ));
    let store = open_store(dir.path());
    let text = |value: &serde_json::Value| Some(value.as_str().unwrap().to_owned());
    let entity = golden["data"]["matches"].as_array().unwrap().iter().find_map(|found| found["entity"]["id"].as_str());
    let words = |words: &str| AlertFilter { words: Some(words.to_owned()), ..AlertFilter::default() };
    for (filter, id) in [
        (AlertFilter { rule: text(&golden["data"]["rules"][0]["id"]), ..AlertFilter::default() }, "alt_2"),
        (AlertFilter { entity: entity.map(str::to_owned), ..AlertFilter::default() }, "alt_2"),
        (AlertFilter { words: text(&golden["data"]["item"]["title"]), ..AlertFilter::default() }, "alt_2"),
        (words("北京會見"), "alt_4"),
        (words("客人"), "alt_4"),
    ] {
        let found = store.alerts_before(filter.clone(), None, 9).await.unwrap().alerts;
        assert_eq!(found.iter().map(|it| it.id.as_str()).collect::<Vec<_>>(), [id], "{filter:?}");
    }
    // Those that cannot be read go like all others.
    let retention = Retention { items: days(30), alerts: days(365), stories: days(2), max_size: 10 << 30 };
    store.prune(retention, at(0)).await.unwrap();
    assert_eq!(store.alerts_before(AlertFilter::default(), None, 9).await.unwrap().alerts, []);
}
