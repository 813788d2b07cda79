//! Lists of alerts, one alert with all that is known of it, and the feeds.

use super::*;
use std::collections::BTreeSet;

fn ids(page: &Value) -> Vec<String> {
    page["alerts"].as_array().unwrap().iter().map(|it| it["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn pages_follow_each_other_newest_first_and_hold_each_alert_once() {
    let served = Served::with_alerts(23).await;
    let caller = served.token();
    let printed = served.home.run(&["alerts", "--json"]).await;
    let printed = String::from_utf8(printed.stdout).unwrap();
    let all: Vec<Value> = printed.lines().rev().map(|line| serde_json::from_str(line).unwrap()).collect();
    let mut seen = Vec::new();
    let mut target = "/api/v1/alerts?limit=5".to_owned();
    loop {
        let page = caller.get(&target).await.json();
        seen.extend(page["alerts"].as_array().unwrap().iter().cloned());
        assert_eq!(page["newest"], "23");
        match page["next"].as_str() {
            Some(next) => target = format!("/api/v1/alerts?limit=5&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(seen, all, "each once, as it was sent");
    let exact = caller.get("/api/v1/alerts?limit=23").await.json();
    assert_eq!((ids(&exact).len(), &exact["next"]), (23, &Value::Null), "a last page says so");
    let bare = caller.get("/api/v1/alerts?limit=1&text=false").await.json();
    assert_eq!(bare["alerts"][0]["data"]["item"]["text"], Value::Null);
    served.stop().await;
}

#[tokio::test]
async fn filters_choose_by_all_that_is_said() {
    let home = Home::new("");
    home.write(
        "watchlists/people.toml",
        "name = \"people\"\nseverity = \"high\"\n[[entity]]\nid = \"mi6\"\ntype = \"organization\"\nnames = [\"MI6\"]\n\
         [[rule]]\nid = \"chief\"\nwhen = '@mi6 AND chief'\nseverity = \"critical\"\n[[rule]]\nid = \"any-mi6\"\nwhen = '@mi6'\n",
    );
    let item = |n: u32, title: &str, text: &str| {
        format!("<item><guid>{n}</guid><title>{title}</title><description>{text}</description></item>")
    };
    let items = [
        item(1, "Sabotage in Zürich", "A factory stands still"),
        item(2, "MI6 speaks", "The chief of the service spoke"),
        item(3, "MI6 is quiet", "Nobody said a word"),
        item(4, "破壊活動が東京で起きた sabotage", "ok"),
    ];
    let rss = format!("<rss version=\"2.0\"><channel><title>T</title>{}</channel></rss>", items.concat());
    home.write("one.xml", &rss);
    let feeds = "[[feed]]\nurl = \"one.xml\"\nname = \"one\"\nfirst_poll = \"all\"\n";
    home.configure(&format!("{}{feeds}", with_token()));
    let served = Served::start(home).await;
    let caller = served.token();
    until("the alerts are there", async || caller.get("/api/v1/status").await.json()["alerts"]["stored"] == 4).await;
    let titles = async |query: &str| {
        let page = caller.get(&format!("/api/v1/alerts?{query}")).await.json();
        let alerts = page["alerts"].as_array().unwrap_or_else(|| panic!("{query}: {page}")).clone();
        let title = |alert: &Value| alert["data"]["item"]["title"].as_str().unwrap().to_owned();
        alerts.iter().map(title).collect::<BTreeSet<_>>()
    };
    let (zurich, speaks, quiet, tokyo) =
        ("Sabotage in Zürich", "MI6 speaks", "MI6 is quiet", "破壊活動が東京で起きた sabotage");
    for (query, expected) in [
        ("", vec![zurich, speaks, quiet, tokyo]),
        ("watchlist=people", vec![speaks, quiet]),
        ("watchlist=nobody", vec![]),
        ("severity=high", vec![speaks, quiet]),
        ("severity=critical", vec![speaks]),
        ("rule=any-mi6", vec![speaks, quiet]),
        ("rule=chief", vec![speaks]),
        ("rule=any", vec![zurich, tokyo]),
        ("entity=mi6", vec![speaks, quiet]),
        ("entity=mi5", vec![]),
        ("feed=one", vec![zurich, speaks, quiet, tokyo]),
        ("feed=two", vec![]),
        ("q=ZURICH", vec![zurich]),
        ("q=factory+sab", vec![zurich]),
        ("q=serv", vec![speaks]),
        ("q=nothing", vec![]),
        ("q=%22", vec![]),
        ("q=%E6%9D%B1%E4%BA%AC", vec![tokyo]),
        ("q=%E4%BA%AC%E6%9D%B1", vec![]),
        ("q=mi6&severity=critical&entity=mi6&rule=chief&watchlist=people&feed=one", vec![speaks]),
        ("q=mi6+OR+zurich", vec![]),
        ("since=1h", vec![zurich, speaks, quiet, tokyo]),
        ("until=1h", vec![]),
        ("since=2020-01-01&until=2020-01-02T00:00:00Z", vec![]),
    ] {
        assert_eq!(titles(query).await, expected.into_iter().map(str::to_owned).collect(), "{query}");
    }
    for bad in ["limit=0", "limit=201", "limit=x", "severity=urgent", "since=yesterday", "cursor=x", "watchlst=a"] {
        is_problem(&caller.get(&format!("/api/v1/alerts?{bad}")).await, 400);
    }
    served.stop().await;
}

#[tokio::test]
async fn one_alert_is_told_with_its_reasons_its_sources_and_its_deliveries() {
    let home = Home::new("");
    let item = "<item><guid>g</guid><title>Act of sabotage at the port of Gdansk</title><link>https://news.example/a</link></item>";
    for name in ["one", "two"] {
        home.write(
            &format!("{name}.xml"),
            format!("<rss version=\"2.0\"><channel><title>T</title>{item}</channel></rss>"),
        );
    }
    let feeds =
        ["one", "two"].map(|name| format!("[[feed]]\nurl = \"{name}.xml\"\nname = \"{name}\"\nfirst_poll = \"all\"\n"));
    let sinks =
        "[file.archive]\npath = \"alerts.jsonl\"\n[webhook.desk]\nurl = \"http://127.0.0.1:1/hook?key=hidden\"\n";
    home.configure(&format!("{}{sinks}{}", with_token(), feeds.concat()));
    let served = Served::start(home).await;
    let caller = served.token();
    until("both feeds were polled, and the sinks were tried", async || {
        let feeds = caller.get("/api/v1/feeds").await.json();
        let polled = feeds.as_array().unwrap().iter().all(|feed| feed["state"] == "ok");
        let deliveries = caller.get("/api/v1/deliveries").await.json();
        polled
            && deliveries["deliveries"].as_array().unwrap().iter().any(|it| it["error"].is_string())
            && !served.home.lines("state/alerts.jsonl").is_empty()
    })
    .await;
    let page = caller.get("/api/v1/alerts").await.json();
    let id = ids(&page)[0].clone();
    let mut detail = Value::Null;
    until("it has arrived in the file", async || {
        detail = caller.get(&format!("/api/v1/alerts/{id}")).await.json();
        detail["deliveries"][0]["state"] == "delivered"
    })
    .await;
    assert_eq!(detail["alert"], page["alerts"][0]);
    let explained = detail["explanations"].as_array().unwrap();
    assert_eq!(explained.len(), 1);
    assert_eq!((&explained[0]["fires"], &explained[0]["condition"]["truth"]), (&json!(true), &json!("true")));
    assert_eq!(explained[0]["condition"]["matches"][0], json!({ "field": "title", "start": 7, "end": 15 }));
    let sources = detail["sources"].as_array().unwrap();
    assert_eq!(sources.len(), 1, "{sources:?}");
    assert_ne!(sources[0]["feed"], detail["alert"]["data"]["feed"]["name"]);
    let deliveries = detail["deliveries"].as_array().unwrap();
    let told: Vec<_> =
        deliveries.iter().map(|it| (it["sink"].as_str().unwrap(), it["state"].as_str().unwrap())).collect();
    assert_eq!((told[0], told[1].0), (("archive", "delivered"), "desk"));
    assert!(deliveries[1]["id"].as_str().unwrap().starts_with("dlv_"));
    for told in [detail.to_string(), caller.get("/api/v1/deliveries").await.text()] {
        assert!(!told.contains("hidden"), "{told}");
    }
    is_problem(&caller.get("/api/v1/alerts/alt_nothing").await, 404);
    served.stop().await;
}

#[tokio::test]
async fn the_feeds_are_those_of_the_command_line() {
    let served = Served::with_alerts(2).await;
    let told = served.token().get("/api/v1/feeds").await.json();
    assert_eq!(told, served.home.json(&["feeds", "--json"]).await);
    assert_eq!((&told[0]["name"], &told[0]["state"], &told[0]["items"]), (&json!("test"), &json!("ok"), &json!(2)));
    served.stop().await;
}

#[tokio::test]
async fn a_text_is_matched_as_the_command_line_matches_it() {
    let served = Served::with_alerts(1).await;
    let caller = served.token();
    let text = json!({ "title": "Sabotage again", "text": "sabotage twice", "lang": "en" });
    let mut told = caller.call("POST", "/api/v1/match", Some(&text)).await.json();
    let mut printed = served
        .home
        .json(&["match", "--title", "Sabotage again", "--text", "sabotage twice", "--lang", "en", "--json"])
        .await;
    for document in [&mut told, &mut printed] {
        document["item"].as_object_mut().unwrap().remove("first_seen").unwrap();
        document["alerts"][0]["item"].as_object_mut().unwrap().remove("first_seen").unwrap();
    }
    assert_eq!(told, printed);
    let why = json!({ "text": "quiet", "explain": true, "watchlist": "words" });
    let why = caller.call("POST", "/api/v1/match", Some(&why)).await.json();
    assert_eq!((&why["alerts"], &why["explanations"][0]["fires"]), (&json!([]), &json!(false)));
    let unknown = json!({ "text": "quiet", "watchlist": "nobody" });
    is_problem(&caller.call("POST", "/api/v1/match", Some(&unknown)).await, 404);
    served.stop().await;
}
