//! Less noise, through the real binary: digests, the hourly limit, silences, what
//! newswatch tells of itself, the heartbeat.

mod digests;
mod health;
mod heartbeat;
mod silences;

use crate::home::Home;
use crate::support::Request;
use serde_json::Value;

/// The documents that a webhook got, each once, in the order in which they first came. One that
/// came again had the same bytes.
fn documents(requests: &[Request]) -> Vec<Value> {
    let mut seen: Vec<(&str, &[u8])> = Vec::new();
    for request in requests {
        let id = request.header("webhook-id").unwrap();
        match seen.iter().find(|(known, _)| *known == id) {
            Some((_, body)) => assert_eq!(*body, request.body, "{id} was sent again with other bytes"),
            None => seen.push((id, &request.body)),
        }
    }
    let parse = |(id, body): (&str, &[u8])| {
        let document: Value = serde_json::from_slice(body).unwrap();
        assert_eq!(document["id"], id);
        document
    };
    seen.into_iter().map(parse).collect()
}

/// The documents of a type (`digest`, `feed.failing`).
fn of_type<'a>(documents: &'a [Value], kind: &str) -> Vec<&'a Value> {
    let kind = format!("newswatch.{kind}.v1");
    documents.iter().filter(|document| document["type"] == kind.as_str()).collect()
}

/// What `alerts --json` prints.
async fn alerts(home: &Home) -> Vec<Value> {
    let output = home.run(&["alerts", "--json"]).await;
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Runs a statement on the state of a daemon that does not run.
fn sql(home: &Home, statement: &str) -> usize {
    let path = home.path("state").join(newswatch::store::FILE_NAME);
    rusqlite::Connection::open(path).unwrap().execute(statement, []).unwrap()
}
