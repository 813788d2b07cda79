//! Alerts whose documents are damaged in the store: everything is served but them, whoever
//! reads comes behind them, and the log names each once.

use super::page::{Browser, listed};
use super::stream::{Client, next};
use super::*;
use std::collections::BTreeSet;

/// More than a stream reads at once.
const DAMAGED: std::ops::RangeInclusive<u32> = 3..=22;
const ALERTS: u32 = 24;

/// Damages them as a disk or a defect would; their ids, and those of the others, oldest first.
fn damage(home: &Home) -> (Vec<String>, Vec<String>) {
    let connection = rusqlite::Connection::open(home.path("state/newswatch.db")).unwrap();
    // Cut, no UTF-8, and JSON that is no alert.
    let sql = "UPDATE alert SET body = CASE seq % 3 WHEN 0 THEN substr(body, 1, 200) WHEN 1 THEN x'ff' ELSE x'31' END
               WHERE seq BETWEEN ?1 AND ?2";
    assert_eq!(connection.execute(sql, (DAMAGED.start(), DAMAGED.end())).unwrap(), DAMAGED.count());
    let mut ids = connection.prepare("SELECT id FROM alert WHERE (seq BETWEEN ?1 AND ?2) = ?3 ORDER BY seq").unwrap();
    let mut ids = |damaged: bool| {
        let ids = ids.query_map((DAMAGED.start(), DAMAGED.end(), damaged), |row| row.get(0)).unwrap();
        ids.map(Result::unwrap).collect()
    };
    (ids(true), ids(false))
}

fn strings(values: &Value) -> Vec<String> {
    let values = values.as_array().map(Vec::as_slice).unwrap_or_default();
    values.iter().map(|it| it.as_str().unwrap_or_else(|| it["id"].as_str().unwrap()).to_owned()).collect()
}

fn reversed(ids: &[String]) -> Vec<String> {
    ids.iter().rev().cloned().collect()
}

#[tokio::test]
async fn what_is_damaged_is_passed_over_and_told_once() {
    let mut served = Served::with_alerts(ALERTS).await;
    let (bad, good) = damage(&served.home);
    let caller = served.token();

    let page = caller.get("/api/v1/alerts?text=false").await.json();
    assert_eq!((strings(&page["alerts"]), strings(&page["damaged"])), (reversed(&good), reversed(&bad)));
    assert_eq!((&page["next"], &page["newest"]), (&Value::Null, &ALERTS.to_string().into()));
    // Page by page nothing is missing, though whole pages are damaged.
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = caller.get(&format!("/api/v1/alerts?text=false&limit=4{cursor}")).await.json();
        seen.extend([strings(&page["alerts"]), strings(&page["damaged"])].concat());
        let Some(next) = page["next"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(seen.len(), ALERTS as usize);
    assert_eq!(BTreeSet::from_iter(&seen), good.iter().chain(&bad).collect());

    let channel = rss::Channel::read_from(caller.get("/alerts.rss").await.body.as_slice()).unwrap();
    let guids: Vec<_> = channel.items.iter().map(|item| item.guid.clone().unwrap().value).collect();
    assert_eq!(guids, reversed(&good));
    let browser = Browser::sign_in(&served).await;
    assert_eq!(listed(&browser.get("/").await), reversed(&good));
    is_problem(&caller.get(&format!("/api/v1/alerts/{}", bad[0])).await, 500);
    assert_eq!(caller.get(&format!("/api/v1/alerts/{}", good[0])).await.status, 200);

    // What streams say ends where the alerts do, and goes on with what comes then.
    let mut clients = [
        Client::connect(&caller, "/api/v1/alerts/stream?text=false&cursor=0", None).await,
        Client::connect(&browser.caller, "/live?cursor=0", None).await,
    ];
    for client in &mut clients {
        for id in &good {
            let event = next(client).await;
            assert!(event.data.contains(id), "{id}: {event:?}");
        }
        assert_eq!(client.last, Some(ALERTS.to_string()), "its place has moved on");
    }
    let mut behind = Client::connect(&caller, "/api/v1/alerts/stream", Some(DAMAGED.start().to_string())).await;
    assert!(next(&mut behind).await.data.contains(&good[2]), "one that begins among them");

    served.daemon.stop_well().await;
    let said: Vec<String> = served.daemon.said.iter().collect();
    for id in &bad {
        let told: Vec<_> = said.iter().filter(|line| line.contains(id)).collect();
        let [line] = *told else { panic!("{id} is told once: {told:#?}") };
        assert!(line.contains("ERROR") && line.contains("damaged"), "{line}");
    }
}
