//! Every statement of the store finds its rows by an index: a poll, a claim and
//! a settlement cost the same however much is stored and queued.

use super::*;
use std::fs;

/// Where a statement may look at all rows of something, and why.
const ALLOWED: &[(&str, &str, &str)] = &[
    ("open.rs", "SCAN sqlite_master", "the schema, once"),
    ("open.rs", "SCAN sqlite_schema", "one row"),
    ("feed.rs", "SCAN feed", "all configured feeds are asked for"),
    ("feed.rs", "SCAN daily_feed", "a feed is given another name, once"),
    ("feed.rs", "USE TEMP B-TREE", "a row a feed"),
    ("daily.rs", "SCAN daily_rule", "a row a rule and day: when each watchlist last fired"),
    ("daily.rs", "USE TEMP B-TREE", "a row a watchlist and day"),
    ("outbox.rs", "SCAN delivery USING INDEX delivery_waiting", "once, at start"),
    ("outbox.rs", "SCAN delivery USING INDEX delivery_in_flight", "once, at start: as many as are sent at a time"),
    ("outbox.rs", "SCAN sink_hold", "once, at start: a row a sink that is held"),
    ("letter.rs", "SCAN file_write", "a row a file sink"),
    ("letter.rs", "SCAN json_each", "the deliveries of one write"),
    ("alert.rs", "SCAN alert", "from the end, up to a limit"),
    ("alert.rs", "SCAN wanted", "the alerts of a page"),
    ("alert.rs", "USE TEMP B-TREE", "the alerts of a page, and the feeds of their stories"),
    ("item.rs", "SCAN item_text", "its first row, and its last"),
    ("jump.rs", "SCAN sink_hold", "a row a sink that is held"),
    ("jump.rs", "SCAN sink_passed", "as many rows as a limit allows in an hour"),
    ("jump.rs", "SCAN feed", "all feeds, when the clock has jumped"),
    ("jump.rs", "SCAN (subquery", "the ids of one step"),
    ("prune.rs", "SCAN pragma_", "one row"),
    ("prune.rs", "SCAN item_text USING COVERING INDEX item_text_by_age", "up to a limit"),
    ("prune.rs", "SCAN feed", "the feeds that were removed"),
    ("health.rs", "SCAN feed USING INDEX feed_failing", "the feeds that fail and are news"),
    ("overview.rs", "SCAN feed", "the feeds are counted"),
    ("overview.rs", "USE TEMP B-TREE", "a row a state"),
    ("overview.rs", "SCAN alert USING COVERING INDEX", "counted in an index"),
    ("overview.rs", "SCAN item_text USING COVERING INDEX", "counted in an index"),
    ("overview.rs", "SCAN delivery USING COVERING INDEX", "counted in an index"),
    ("overview.rs", "SCAN run", "from the end, one row"),
];

/// The statements in the sources of the store, the pieces they are composed of put in.
fn statements() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store");
    let mut statements = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        let source = fs::read_to_string(&path).unwrap();
        let file = path.file_name().unwrap().to_str().unwrap().to_owned();
        let is_statement = |literal: &&String| {
            let verbs = ["SELECT ", "INSERT ", "UPDATE ", "DELETE ", "{SELECT}"];
            verbs.iter().any(|verb| literal.starts_with(verb)) && constant("SELECT", &source).as_ref() != Some(*literal)
        };
        let composed = literals(&source).iter().filter(is_statement).map(|literal| compose(literal, &source)).collect();
        statements.extend(Vec::into_iter(composed).map(|statement| (file.clone(), statement)));
    }
    statements
}

/// The string literals of a source file.
fn literals(source: &str) -> Vec<String> {
    let code: Vec<&str> = source.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let code = code.join("\n").replace("\\\"", "\u{1}").replace("b'\"'", "");
    code.split('"').skip(1).step_by(2).map(|literal| literal.replace('\u{1}', "\"")).collect()
}

/// The text of a constant.
fn constant(name: &str, source: &str) -> Option<String> {
    literals(source.split(&format!("const {name}: &str =")).nth(1)?).first().cloned()
}

/// Puts constants and variables into a statement.
fn compose(statement: &str, source: &str) -> String {
    let mut statement = statement.replace("{state}", "1").replace("{table}", "daily_feed");
    for name in ["SELECT", "COLUMNS"] {
        statement = statement.replace(&format!("{{{name}}}"), &constant(name, source).unwrap_or_default());
    }
    let may = source.split("let may = ").nth(1).and_then(|rest| literals(rest).first().cloned());
    statement.replace("{may}", &may.unwrap_or_default())
}

#[tokio::test]
async fn no_statement_scans_a_table() {
    let (dir, store) = fresh();
    store.close().await;
    let connection = rusqlite::Connection::open(dir.path().join(newswatch::store::FILE_NAME)).unwrap();
    let statements = statements();
    assert!(statements.len() > 60, "only {} statements were found", statements.len());
    for (file, statement) in statements {
        for step in plan(&connection, &statement) {
            let allowed = ALLOWED.iter().any(|(place, begin, _)| *place == file && step.starts_with(begin));
            let by_index = !step.starts_with("SCAN") && !step.contains("TEMP B-TREE");
            assert!(allowed || by_index, "{file}: {step}:\n{statement}");
        }
    }
}

fn plan(connection: &rusqlite::Connection, statement: &str) -> Vec<String> {
    let mut explain = connection
        .prepare(&format!("EXPLAIN QUERY PLAN {statement}"))
        .unwrap_or_else(|error| panic!("{error}: {statement}"));
    let params = rusqlite::params_from_iter(vec![1; explain.parameter_count()]);
    explain.query_map(params, |row| row.get(3)).unwrap().map(Result::unwrap).collect()
}
