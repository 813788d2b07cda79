//! The metrics: OpenMetrics by its grammar, telling what happened; and what is shipped
//! for Prometheus and Grafana names none that do not exist.

use super::*;
use crate::support::{Gate, Reply, Server};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// A family of metrics.
#[derive(Debug, Default)]
struct Family {
    kind: String,
    /// By name and labels as they are written.
    samples: BTreeMap<String, f64>,
}

/// Reads OpenMetrics text and holds it against the rules of its specification
/// (<https://prometheus.io/docs/specs/om/open_metrics_spec/>): families stand together, with
/// their metadata first; samples have the suffixes of their type; nothing is told twice.
fn parse(text: &str) -> BTreeMap<String, Family> {
    let body = text.strip_suffix("# EOF\n").expect("it ends with # EOF");
    let mut families: BTreeMap<String, Family> = BTreeMap::new();
    let mut current = String::new();
    let mut said = BTreeSet::new();
    for line in body.lines() {
        if let Some(meta) = line.strip_prefix("# ") {
            let mut parts = meta.splitn(3, ' ');
            let (word, name, value) = (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap());
            assert!(is_name(name), "{line}");
            assert!(said.insert((word.to_owned(), name.to_owned())), "twice: {line}");
            if current != name {
                assert!(!families.contains_key(name), "torn apart: {line}");
                name.clone_into(&mut current);
                families.insert(current.clone(), Family::default());
            }
            let family = families.get_mut(&current).unwrap();
            assert!(family.samples.is_empty(), "after samples: {line}");
            match word {
                "TYPE" => {
                    assert!(["counter", "gauge", "histogram", "info"].contains(&value), "{line}");
                    value.clone_into(&mut family.kind);
                }
                "UNIT" => assert!(name.ends_with(&format!("_{value}")), "{line}"),
                "HELP" => assert!(value.ends_with('.'), "{line}"),
                _ => panic!("{line}"),
            }
            continue;
        }
        let (series, value) = line.rsplit_once(' ').expect(line);
        let name = series.split('{').next().unwrap();
        let family = families.get_mut(&current).expect(line);
        let suffix = name.strip_prefix(&current).unwrap_or_else(|| panic!("{line} is not of {current}"));
        let suffixes: &[&str] = match family.kind.as_str() {
            "counter" => &["_total", "_created"],
            "gauge" => &[""],
            "histogram" => &["_bucket", "_count", "_sum", "_created"],
            "info" => &["_info"],
            other => panic!("{other}: {line}"),
        };
        assert!(suffixes.contains(&suffix), "{line}");
        if let Some(labels) = series.strip_prefix(name).filter(|labels| !labels.is_empty()) {
            check_labels(labels);
        }
        let value: f64 = value.parse().expect(line);
        assert!(family.kind == "gauge" || value >= 0.0, "{line}");
        assert!(family.samples.insert(series.to_owned(), value).is_none(), "twice: {line}");
    }
    families
}

fn is_name(name: &str) -> bool {
    name.starts_with("newswatch_") && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

/// `{a="b",c="d"}`, values escaped.
fn check_labels(labels: &str) {
    let mut rest = labels.strip_prefix('{').and_then(|it| it.strip_suffix('}')).expect(labels);
    let mut seen = BTreeSet::new();
    while !rest.is_empty() {
        let (name, value) = rest.split_once("=\"").expect(labels);
        assert!(name.chars().all(|c| c.is_ascii_lowercase() || c == '_') && seen.insert(name), "{labels}");
        let mut escaped = false;
        let end = value.find(|c: char| {
            let ends = c == '"' && !escaped;
            escaped = c == '\\' && !escaped;
            ends
        });
        rest = &value[end.expect(labels) + 1..];
        rest = rest.strip_prefix(',').unwrap_or(rest);
    }
}

/// The names that samples have: what queries can ask for.
fn names(families: &BTreeMap<String, Family>) -> BTreeSet<String> {
    let series = families.values().flat_map(|family| family.samples.keys());
    series.map(|series| series.split('{').next().unwrap().to_owned()).collect()
}

async fn scrape(caller: &Caller) -> BTreeMap<String, Family> {
    let answer = caller.get("/metrics").await;
    assert_eq!(answer.header("content-type"), Some("application/openmetrics-text; version=1.0.0; charset=utf-8"));
    parse(&answer.text())
}

#[tokio::test]
async fn they_tell_what_happened() {
    let home = Home::new("");
    home.write("watchlists/hot.toml", "name = \"hot'list\"\nseverity = \"high\"\nkeywords = [\"number 2\"]\n");
    let dated = |n: u32, date: &str| {
        let title = format!("number {n}</title>");
        (title.clone(), format!("{title}<pubDate>{date}</pubDate>"))
    };
    let (past, future) = (dated(2, "Tue, 05 Mar 2024 10:00:00 GMT"), dated(3, "Fri, 05 Mar 2100 10:00:00 GMT"));
    home.write("feed.xml", rss(1, 3).replace(&past.0, &past.1).replace(&future.0, &future.1));
    let feeds = "[[feed]]\nurl = \"feed.xml\"\nname = \"good\"\nfirst_poll = \"all\"\n\
                 [[feed]]\nurl = \"missing.xml\"\nname = \"bad\"\n";
    let sinks = "[file.archive]\npath = \"alerts.jsonl\"\n[webhook.desk]\nurl = \"http://127.0.0.1:1/\"\n";
    home.configure(&format!("{}{sinks}{feeds}", with_token()));
    let served = Served::start(home).await;
    let caller = served.token();
    let mut families = BTreeMap::new();
    let sample = |families: &BTreeMap<String, Family>, series: &str| {
        let found = families.values().find_map(|family| family.samples.get(series).copied());
        found.unwrap_or_else(|| panic!("{series} is not there: {families:#?}"))
    };
    // All that is configured is there before anything happens.
    for series in [
        "newswatch_alerts_total{watchlist=\"words\",severity=\"medium\"}",
        "newswatch_matches_total{watchlist=\"words\"}",
        "newswatch_attempts_total{sink=\"desk\",outcome=\"dead\"}",
    ] {
        sample(&scrape(&caller).await, series);
    }
    until("everything was polled and tried", async || {
        families = scrape(&caller).await;
        sample(&families, "newswatch_attempts_total{sink=\"archive\",outcome=\"delivered\"}") >= 4.0
            && sample(&families, "newswatch_attempts_total{sink=\"desk\",outcome=\"retry\"}") >= 1.0
            && sample(&families, "newswatch_polls_total{outcome=\"failed\"}") >= 1.0
    })
    .await;
    for (series, value) in [
        ("newswatch_build_info{version=\"0.1.0\"}", 1.0),
        ("newswatch_polls_total{outcome=\"read\"}", 1.0),
        ("newswatch_polls_total{outcome=\"panicked\"}", 0.0),
        ("newswatch_items_total{kind=\"new\"}", 3.0),
        ("newswatch_alerts_total{watchlist=\"words\",severity=\"medium\"}", 3.0),
        ("newswatch_alerts_total{watchlist=\"hot'list\",severity=\"high\"}", 1.0),
        ("newswatch_poll_duration_seconds_count", 2.0),
        ("newswatch_poll_lateness_seconds_count", 2.0),
        ("newswatch_matches_total{watchlist=\"words\"}", 3.0),
        ("newswatch_matches_total{watchlist=\"hot'list\"}", 1.0),
        // Two alerts on an item that has a date, and that date lies behind.
        ("newswatch_delivery_delay_seconds_count", 2.0),
        ("newswatch_delivery_delay_seconds_bucket{le=\"604800.0\"}", 0.0),
        ("newswatch_delivery_delay_seconds_bucket{le=\"+Inf\"}", 2.0),
        ("newswatch_feeds{state=\"healthy\"}", 1.0),
        ("newswatch_feeds{state=\"failing\"}", 1.0),
        ("newswatch_queued_deliveries{sink=\"archive\",state=\"pending\"}", 0.0),
        ("newswatch_dead_letters{sink=\"desk\"}", 0.0),
        ("newswatch_stored_alerts", 4.0),
        ("newswatch_configured{kind=\"watchlist\"}", 2.0),
        ("newswatch_last_reload_successful", 1.0),
        ("newswatch_reloads_total{outcome=\"kept\"}", 0.0),
        ("newswatch_event_streams", 0.0),
    ] {
        assert!((sample(&families, series) - value).abs() < f64::EPSILON, "{series}: {}", sample(&families, series));
    }
    assert!(sample(&families, "newswatch_oldest_delivery_age_seconds{sink=\"desk\"}") > 0.0);
    assert!(sample(&families, "newswatch_store_bytes") > 0.0);
    served.home.write("watchlists/bad.toml", "keywords = [\n");
    assert!(!served.home.run(&["reload", "--wait"]).await.status.success());
    let after = scrape(&caller).await;
    assert!(sample(&after, "newswatch_last_reload_successful") < 0.5);
    assert!(sample(&after, "newswatch_reloads_total{outcome=\"kept\"}") > 0.5);
    served.stop().await;
}

#[tokio::test]
async fn a_feed_waits_until_its_first_poll_has_ended() {
    let gate = Gate::new();
    let slow = Server::start({
        let gate = gate.clone();
        move |_| Reply::status(200).body(rss(1, 1)).after(&gate)
    })
    .await;
    let home = Home::new("");
    let local = feed(&home, 1);
    home.configure(&format!("{}{local}[[feed]]\nurl = {:?}\n", with_token(), slow.url("/")));
    let served = Served::start(home).await;
    let caller = served.token();
    let states = async || {
        let families = scrape(&caller).await;
        let metrics = ["healthy", "failing", "waiting"].map(|state| {
            let series = format!("newswatch_feeds{{state=\"{state}\"}}");
            families.values().find_map(|family| family.samples.get(&series)).unwrap().to_string()
        });
        let feeds = caller.get("/api/v1/status").await.json()["feeds"].clone();
        (metrics, ["healthy", "failing", "waiting"].map(|state| feeds[state].to_string()))
    };
    slow.wait_for(1).await;
    let both = |counts: [&str; 3]| (counts.map(str::to_owned), counts.map(str::to_owned));
    until("one is polled, one is being polled", async || states().await == both(["1", "0", "1"])).await;
    gate.open();
    until("both are polled", async || states().await == both(["2", "0", "0"])).await;
    served.stop().await;
}

/// Every word of a text that looks like one of our metrics.
fn mentioned(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !(c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'));
    words.filter(|word| word.starts_with("newswatch_")).map(str::to_owned).collect()
}

#[tokio::test]
async fn what_is_shipped_names_only_metrics_that_exist_and_the_documents_name_all() {
    let served = Served::with_alerts(1).await;
    let families = scrape(&served.token()).await;
    let names = names(&families);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/monitoring");
    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    for file in ["alerts.yml", "grafana.json"] {
        let used = mentioned(&read(file));
        assert!(used.len() > 5, "{file} names {used:?}");
        let unknown: Vec<_> = used.difference(&names).collect();
        assert!(unknown.is_empty(), "{file} names {unknown:?}");
    }
    let documented: BTreeSet<String> = read("README.md")
        .lines()
        .filter_map(|line| line.strip_prefix("| `newswatch_"))
        .map(|rest| format!("newswatch_{}", rest.split(['`', '{']).next().unwrap()))
        .collect();
    let existing: BTreeSet<String> = families
        .iter()
        .map(|(name, family)| match family.kind.as_str() {
            "counter" => format!("{name}_total"),
            "info" => format!("{name}_info"),
            _ => name.clone(),
        })
        .collect();
    assert_eq!(documented, existing);
    let dashboard: Value = serde_json::from_str(&read("grafana.json")).unwrap();
    assert!(dashboard["panels"].as_array().unwrap().len() > 5);
    served.stop().await;
}

#[test]
fn the_rules_fire_where_they_should_and_nowhere_else() {
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/monitoring.yml");
    match std::process::Command::new("promtool").args(["test", "rules"]).arg(rules).output() {
        Ok(output) => assert!(output.status.success(), "{output:#?}"),
        Err(_) => println!("skipped: there is no promtool"),
    }
}
