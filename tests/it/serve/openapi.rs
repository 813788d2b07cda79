//! The OpenAPI document against the routes and what they answer.

use super::*;
use jsonschema::Validator;
use std::collections::{BTreeMap, BTreeSet};

/// The schema of a member of the document, with what it refers to.
fn validator(document: &Value, schema: &Value) -> Validator {
    let mut whole = schema.clone();
    if let Some(whole) = whole.as_object_mut() {
        whole.insert("components".to_owned(), document["components"].clone());
    }
    assert!(jsonschema::meta::is_valid(schema), "no schema: {schema:#}");
    jsonschema::validator_for(&whole).unwrap()
}

/// Method, path as it is described, target, body, and the statuses that may come.
type Call = (&'static str, &'static str, String, Option<Value>, &'static [u16]);

/// Holds an answer against what the document says of the call.
fn check(document: &Value, method: &str, path: &str, answer: &Answer) {
    let response = &document["paths"][path][method.to_lowercase()]["responses"][answer.status.to_string()];
    assert!(response.is_object(), "{method} {path} is not said to answer with {}: {}", answer.status, answer.text());
    let (media, content) = response["content"].as_object().unwrap().iter().next().unwrap();
    assert_eq!(answer.header("content-type"), Some(media.as_str()), "{method} {path}");
    if media.ends_with("json") {
        let validator = validator(document, &content["schema"]);
        let json = answer.json();
        let errors: Vec<_> = validator.iter_errors(&json).map(|it| format!("{}: {it}", it.instance_path())).collect();
        assert!(errors.is_empty(), "{method} {path} {}: {errors:#?}\n{json:#}", answer.status);
    }
}

/// Each call, at least once.
fn calls(alert: &str, delivery: &str) -> Vec<Call> {
    let silence = json!({ "feed": "test", "for": "1h", "comment": "a test" });
    vec![
        ("GET", "/health/live", "/health/live".into(), None, &[200]),
        ("GET", "/health/ready", "/health/ready".into(), None, &[200]),
        ("GET", "/metrics", "/metrics".into(), None, &[200]),
        ("GET", "/api/v1/openapi.json", "/api/v1/openapi.json".into(), None, &[200]),
        ("GET", "/api/v1/status", "/api/v1/status".into(), None, &[200]),
        ("GET", "/api/v1/alerts", "/api/v1/alerts".into(), None, &[200]),
        ("GET", "/api/v1/alerts", "/api/v1/alerts?text=false&limit=1".into(), None, &[200]),
        ("GET", "/api/v1/alerts", "/api/v1/alerts?limit=0".into(), None, &[400]),
        ("GET", "/api/v1/alerts/{id}", format!("/api/v1/alerts/{alert}"), None, &[200]),
        ("GET", "/api/v1/alerts/{id}", "/api/v1/alerts/x".into(), None, &[404]),
        ("GET", "/api/v1/alerts/stream", "/api/v1/alerts/stream?cursor=x".into(), None, &[400]),
        ("GET", "/alerts.rss", "/alerts.rss".into(), None, &[200]),
        ("GET", "/alerts.rss", "/alerts.rss?x=1".into(), None, &[400]),
        ("GET", "/api/v1/feeds", "/api/v1/feeds".into(), None, &[200]),
        ("GET", "/api/v1/watchlists", "/api/v1/watchlists".into(), None, &[200]),
        ("GET", "/api/v1/watchlists", "/api/v1/watchlists?days=91".into(), None, &[400]),
        ("GET", "/api/v1/watchlists/{name}", "/api/v1/watchlists/words?days=7".into(), None, &[200]),
        ("GET", "/api/v1/watchlists/{name}", "/api/v1/watchlists/nobody".into(), None, &[404]),
        (
            "POST",
            "/api/v1/match",
            "/api/v1/match".into(),
            Some(json!({ "title": "sabotage", "explain": true })),
            &[200],
        ),
        ("POST", "/api/v1/match", "/api/v1/match".into(), Some(json!({ "title": 1 })), &[422]),
        ("POST", "/api/v1/match", "/api/v1/match".into(), Some(json!({ "watchlist": "x" })), &[404]),
        ("POST", "/api/v1/match", "/api/v1/match".into(), None, &[415]),
        ("GET", "/api/v1/deliveries", "/api/v1/deliveries".into(), None, &[200]),
        ("GET", "/api/v1/deliveries", "/api/v1/deliveries?cursor=x".into(), None, &[400]),
        (
            "POST",
            "/api/v1/deliveries",
            "/api/v1/deliveries".into(),
            Some(json!({ "action": "retry", "selection": { "ids": [delivery] } })),
            &[200],
        ),
        (
            "POST",
            "/api/v1/deliveries",
            "/api/v1/deliveries".into(),
            Some(json!({ "action": "drop", "selection": { "sink": "nobody" } })),
            &[404],
        ),
        ("POST", "/api/v1/silences", "/api/v1/silences".into(), Some(silence), &[200]),
        ("POST", "/api/v1/silences", "/api/v1/silences".into(), Some(json!({})), &[400]),
        ("GET", "/api/v1/silences", "/api/v1/silences?all=true".into(), None, &[200]),
        ("DELETE", "/api/v1/silences/{id}", "/api/v1/silences/sil_1".into(), None, &[200]),
        ("DELETE", "/api/v1/silences/{id}", "/api/v1/silences/sil_1".into(), None, &[404]),
        ("DELETE", "/api/v1/silences/{id}", "/api/v1/silences/x".into(), None, &[400]),
        ("POST", "/api/v1/reload", "/api/v1/reload?wait=true".into(), None, &[200]),
        ("POST", "/api/v1/reload", "/api/v1/reload?wait=perhaps".into(), None, &[400]),
        ("POST", "/api/v1/sinks/{name}/test", "/api/v1/sinks/archive/test".into(), None, &[200, 503]),
        ("POST", "/api/v1/sinks/{name}/test", "/api/v1/sinks/x/test".into(), None, &[404]),
    ]
}

#[tokio::test]
async fn every_call_answers_as_the_document_says() {
    let desk = "[file.archive]\npath = \"alerts.jsonl\"\n[webhook.desk]\nurl = \"http://127.0.0.1:1/\"\n";
    let served = Served::with(3, desk).await;
    let caller = served.token();
    let document = caller.get("/api/v1/openapi.json").await.json();
    assert_eq!(document["openapi"], "3.1.0");
    for schema in document["components"]["schemas"].as_object().unwrap().values() {
        validator(&document, schema);
    }
    until("a delivery has failed", async || {
        let page = caller.get("/api/v1/deliveries").await.json();
        page["deliveries"].as_array().unwrap().iter().any(|it| it["error"].is_string())
    })
    .await;
    let alert = caller.get("/api/v1/alerts").await.json()["alerts"][0]["id"].as_str().unwrap().to_owned();
    let delivery = caller.get("/api/v1/deliveries").await.json()["deliveries"][0]["id"].as_str().unwrap().to_owned();
    let mut tried = BTreeSet::from([("GET", "/api/v1/alerts/stream")]);
    for (method, path, target, body, statuses) in calls(&alert, &delivery) {
        let answer = caller.call(method, &target, body.as_ref()).await;
        assert!(statuses.contains(&answer.status), "{method} {target}: {answer:?}");
        check(&document, method, path, &answer);
        tried.insert((method, path));
        if !path.starts_with("/health/") {
            check(&document, method, path, &served.caller.call(method, &target, body.as_ref()).await);
        }
    }
    served.home.write("watchlists/bad.toml", "keywords = [\n");
    check(&document, "POST", "/api/v1/reload", &caller.call("POST", "/api/v1/reload?wait=true", None).await);

    // Nothing is described that was not called, and each path takes the methods that are described.
    let mut described: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for method in operations.as_object().unwrap().keys() {
            let method = method.to_uppercase();
            assert!(tried.contains(&(method.as_str(), path.as_str())), "{method} {path} was not called");
            described.entry(path).or_default().insert(method);
        }
    }
    for (path, mut methods) in described {
        let answer = caller.call("PATCH", &path.replace(['{', '}'], ""), None).await;
        is_problem(&answer, 405);
        if methods.contains("GET") {
            methods.insert("HEAD".to_owned());
        }
        let allowed: BTreeSet<_> = answer.header("allow").unwrap().split(',').map(|it| it.trim().to_owned()).collect();
        assert_eq!(allowed, methods, "{path}");
    }
    let routes = include_str!("../../../src/serve/mod.rs").matches(".route(").count();
    assert_eq!(document["paths"].as_object().unwrap().len(), routes, "a route is not described");
    served.stop().await;
}
