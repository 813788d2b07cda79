//! The watchlists: what is told of how often they fire, and of what never does.

use super::*;

/// Two watchlists, one of them with a library, that have fired on three items.
async fn seeded() -> Served {
    let home = Home::new("");
    home.write(
        "watchlists/ports.toml",
        "name = \"ports & co/1\"\ntitle = \"Ports\"\nseverity = \"high\"\nkeywords = [\"harbour\", \"quay\", \"the\"]\n\
         [[rule]]\nid = \"sea\"\ntitle = \"By the sea\"\nwhen = '$keywords AND sabotage NOT drill'\n\
         [[rule]]\nid = \"service\"\nwhen = '@mi6'\nseverity = \"critical\"\n[[rule]]\nid = \"quiet\"\nwhen = 'volcano'\n",
    );
    home.write(
        "watchlists/people.toml",
        "name = \"people\"\nlibrary = true\n[[entity]]\nid = \"mi6\"\ntype = \"service\"\nnames = [\"MI6\", \"Legoland\"]\n",
    );
    let item = |n: u32, text: &str| {
        format!("<item><guid>{n}</guid><title>{n}</title><description>{text}</description></item>")
    };
    let items = [
        item(1, "An act of sabotage in the harbour; the harbour is closed"),
        item(2, "Sabotage in a harbour, MI6 says"),
        item(3, "MI6 in court"),
    ];
    home.write("feed.xml", format!("<rss version=\"2.0\"><channel><title>T</title>{}</channel></rss>", items.concat()));
    let feed = "[[feed]]\nurl = \"feed.xml\"\nname = \"test\"\nfirst_poll = \"all\"\n";
    home.configure(&format!("{}[file.archive]\npath = \"alerts.jsonl\"\n{feed}", with_token()));
    let served = Served::start(home).await;
    let caller = served.token();
    until("the alerts are there", async || {
        // Three of `ports`, two of `words`.
        caller.get("/api/v1/status").await.json()["alerts"]["stored"] == 5
    })
    .await;
    judged(&served).await;
    served
}

/// Waits until the files were looked through.
async fn judged(served: &Served) {
    let caller = served.token();
    until("the watchlists were looked through", async || {
        let list = caller.get("/api/v1/watchlists").await.json();
        list.as_array().unwrap().iter().all(|it| it["warnings"].is_u64())
    })
    .await;
}

/// The address of a link by its text.
fn link(html: &str, text: &str) -> String {
    let found = elements(html).windows(2).find_map(|pair| {
        let is_link = pair[0].name == "a" && (pair[0].text == text || pair[1].name == "bdi" && pair[1].text == text);
        is_link.then(|| pair[0].get("href").to_owned())
    });
    found.unwrap_or_else(|| panic!("no link {text:?} in {html}"))
}

/// What the charts say.
fn charts(html: &str) -> Vec<String> {
    elements(html).iter().filter(|it| it.is("svg", "chart")).map(|it| it.get("aria-label").to_owned()).collect()
}

#[tokio::test]
async fn watchlists_are_listed_with_how_often_they_fire() {
    let served = seeded().await;
    let browser = Browser::sign_in(&served).await;
    let page = browser.get("/watchlists").await.text();
    let said = words(&page);
    // The order is that of the files; a library fires never.
    for part in [
        "people library people It serves others–––– –",
        "Ports high ports & co/1",
        " 3 7 1 words medium words",
        " 1 1 –",
    ] {
        assert!(said.contains(part), "{part:?} in {said}");
    }
    let today = newswatch::daemon::clock::now().strftime("%Y-%m-%d").to_string();
    let charts = charts(&page);
    assert_eq!(charts.len(), 2);
    assert!(charts[0].starts_with("Alerts of Ports: 3 in 30 days, the most on "), "{charts:?}");
    assert!(charts[1].contains("Alerts of words: 2 in 30 days"), "{charts:?}");
    // A midnight may come in between.
    assert!(elements(&page).iter().any(|it| it.name == "time" && it.get("datetime") <= today.as_str()));
    assert_eq!(listed(&browser.get(&link(&page, "3")).await).len(), 3);
    assert_eq!(link(&page, "Ports"), "/watchlists/ports%20%26%20co%2F1");
    assert_eq!(link(&page, "7 days"), "/watchlists?days=7");
    served.stop().await;
}

#[tokio::test]
async fn one_watchlist_says_which_rules_and_terms_fire_and_which_never_did() {
    let served = seeded().await;
    let browser = Browser::sign_in(&served).await;
    let address = "/watchlists/ports%20%26%20co%2F1";
    let page = browser.get(address).await;
    let html = page.text();
    let said = words(&html);
    for part in [
        "high ports & co/1 3 rules 7 terms Ports",
        "3 alerts in 30 days, 3 on the busiest",
        "By the sea high sea",
        "service critical",
        "quiet high 0",
        // By matches, then by name; what stands under NOT is no term.
        "harbour 3 MI6 2 sabotage 2 the 2",
        "3 of 7 since",
    ] {
        assert!(said.contains(part), "{part:?} in {said}");
    }
    let never: Vec<_> =
        elements(&html).windows(2).filter(|it| it[0].name == "li").map(|it| it[1].text.clone()).collect();
    assert_eq!(never[..3], ["Legoland", "quay", "volcano"]);
    let charts = charts(&html);
    let begin = |chart: &str| chart.split(" days").next().unwrap().to_owned();
    assert_eq!(
        charts.iter().map(|it| begin(it)).collect::<Vec<_>>(),
        [
            "Alerts: 3 in 30",
            "Alerts by By the sea: 2 in 30",
            "Alerts by service: 2 in 30",
            "Alerts by quiet: none in 30"
        ]
    );
    for (text, count) in [("3 alerts", 3), ("harbour", 2), ("MI6", 2), ("Its alerts", 3)] {
        let found = browser.get(&link(&html, text)).await;
        assert_eq!(listed(&found).len(), count, "{text}");
    }
    assert_eq!(link(&html, "Try it"), "/try/ports%20%26%20co%2F1");
    for (days, rows) in [("7", 7), ("30", 30), ("90", 90)] {
        let page = browser.get(&format!("{address}?days={days}")).await;
        assert_eq!(elements(&page.text()).iter().filter(|it| it.name == "tr").count(), rows + 3 + 4 + 3, "{days}");
        assert!(charts_are_bars(&page.text()));
    }
    for (target, status) in [
        (format!("{address}?days=8"), 400),
        (format!("{address}?days=x"), 400),
        ("/watchlists?days=0".to_owned(), 400),
        ("/watchlists/nobody".to_owned(), 404),
    ] {
        assert_eq!(browser.get(&target).await.status, status, "{target}");
    }
    let library = words(&browser.get("/watchlists/people").await.text());
    assert!(library.contains("It never fires"), "{library}");
    served.stop().await;
}

/// Whether every bar stands on the ground, inside of its chart.
fn charts_are_bars(html: &str) -> bool {
    let number = |element: &Element, name: &str| element.get(name).parse::<u32>().unwrap();
    let all = elements(html);
    let bars: Vec<_> = all.iter().filter(|it| it.name == "rect" && !it.get("x").is_empty()).collect();
    !bars.is_empty() && bars.iter().all(|bar| number(bar, "y") + number(bar, "height") == 100)
}

#[tokio::test]
async fn programs_are_told_the_same() {
    let served = seeded().await;
    let caller = served.token();
    let list = caller.get("/api/v1/watchlists?days=2").await.json();
    let told: Vec<_> =
        list.as_array().unwrap().iter().map(|it| (it["name"].as_str().unwrap(), it["alerts"].clone())).collect();
    let sum = |alerts: &Value| alerts.as_array().unwrap().iter().map(|it| it.as_u64().unwrap()).sum::<u64>();
    let names: Vec<_> =
        told.iter().map(|(name, alerts)| (*name, sum(alerts), alerts.as_array().unwrap().len())).collect();
    assert_eq!(names, [("people", 0, 2), ("ports & co/1", 3, 2), ("words", 2, 2)]);
    let one = caller.get("/api/v1/watchlists/ports%20%26%20co%2F1").await.json();
    assert_eq!(one["watchlist"]["alerts"].as_array().unwrap().len(), 30);
    let rules: Vec<_> =
        one["rules"].as_array().unwrap().iter().map(|it| (it["id"].as_str().unwrap(), sum(&it["alerts"]))).collect();
    assert_eq!(rules, [("sea", 2), ("service", 2), ("quiet", 0)]);
    assert_eq!(one["most"][0], json!({ "term": "harbour", "matches": 3 }));
    assert_eq!((&one["never"], &one["never_count"]), (&json!(["Legoland", "quay", "volcano"]), &json!(3)));
    let checked = served.home.json(&["check", "--json"]).await;
    assert_eq!(one["warnings"], checked["warnings"]);
    served.stop().await;
}

#[tokio::test]
async fn what_check_warns_of_is_shown_until_it_is_mended() {
    let served = seeded().await;
    let browser = Browser::sign_in(&served).await;
    let address = "/watchlists/ports%20%26%20co%2F1";
    let checked = served.home.json(&["check", "--json"]).await;
    let warning = &checked["warnings"][0];
    let place = format!("{}:{}:{}", warning["file"].as_str().unwrap(), warning["line"], warning["column"]);
    let html = browser.get(address).await.text();
    let said = words(&html);
    for part in
        [place.as_str(), warning["message"].as_str().unwrap(), warning["help"].as_str().unwrap(), "ports.toml:4:"]
    {
        assert!(said.contains(part), "{part:?} in {said}");
    }
    assert!(elements(&html).iter().any(|it| it.name == "mark" && it.text == "\"the\""), "{html}");
    assert!(words(&browser.get("/watchlists/words").await.text()).contains("warns of nothing here"));
    let file = std::fs::read_to_string(served.home.path("watchlists/ports.toml")).unwrap();
    served.home.write("watchlists/ports.toml", file.replace(", \"the\"", ""));
    assert!(served.home.run(&["reload", "--wait"]).await.status.success());
    judged(&served).await;
    assert!(words(&browser.get(address).await.text()).contains("warns of nothing here"));
    served.stop().await;
}

#[tokio::test]
async fn very_many_watchlists_and_terms_are_told_in_part() {
    let home = Home::new("");
    for n in 0..250 {
        home.write(&format!("watchlists/z{n:03}.toml"), format!("keywords = [\"sabotage {n}\"]\n"));
    }
    let names: String = (0..30_000).map(|n| format!("Person Number {n}\n")).collect();
    home.write("names.txt", names);
    home.write(
        "watchlists/names.toml",
        "[[import]]\nfile = \"../names.txt\"\nformat = \"lines\"\ntype = \"person\"\n[[rule]]\nid = \"any\"\nwhen = '@type:person'\n",
    );
    let feed = feed(&home, 1);
    home.configure(&format!("{}[file.archive]\npath = \"alerts.jsonl\"\n{feed}", with_token()));
    let served = Served::start(home).await;
    let browser = Browser::sign_in(&served).await;
    let (mut seen, mut target) = (Vec::new(), "/watchlists?days=90".to_owned());
    loop {
        let html = browser.get(&target).await.text();
        let rows = elements(&html).into_iter().filter(|it| it.get("href").starts_with("/watchlists/"));
        seen.extend(rows.map(|it| it.get("href").to_owned()));
        match elements(&html).iter().find(|it| it.text == "More watchlists") {
            Some(next) => next.get("href").clone_into(&mut target),
            None => break,
        }
    }
    assert_eq!((seen.len(), seen.iter().collect::<std::collections::BTreeSet<_>>().len()), (252, 252));
    assert!(seen.iter().all(|address| address.ends_with("?days=90")), "{:?}", seen.first());
    let page = browser.get("/watchlists/names").await.text();
    assert!(words(&page).contains("30,000 of 30,000"), "{}", words(&page));
    assert!(elements(&page).iter().filter(|it| it.name == "li").count() <= 200);
    assert!(page.len() < 200_000, "{}", page.len());
    served.stop().await;
}
