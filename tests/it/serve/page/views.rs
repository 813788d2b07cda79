//! Each view: what it says, its filters, its addresses.

use super::*;
use crate::support::{Reply, Server};

/// Two feeds that carry one story, and one that fails.
async fn seeded() -> Served {
    let home = Home::new("");
    home.write(
        "watchlists/people.toml",
        "name = \"people\"\ntitle = \"People & places\"\nseverity = \"high\"\n[[entity]]\nid = \"mi6\"\ntype = \
         \"organization\"\nnames = [\"MI6\"]\n[[rule]]\nid = \"chief\"\ntitle = \"The chief\"\nwhen = '@mi6 AND (chief \
         OR \"head of service\")'\nseverity = \"critical\"\n",
    );
    let item = |n: u32, title: &str, text: &str| {
        format!(
            "<item><guid>{n}</guid><title>{title}</title><link>https://news.example/{n}</link><description>{text}</description></item>"
        )
    };
    let rss = |items: String| format!("<rss version=\"2.0\"><channel><title>T</title>{items}</channel></rss>");
    let story =
        item(1, "MI6 in Zürich speaks", "The chief of the service spoke to the press about the old ways of MI6");
    home.write("one.xml", rss(story.clone() + &item(2, "Act of sabotage in the harbour", "A ship lies still")));
    home.write("two.xml", rss(story));
    let feed = |name: &str, url: &str| {
        format!("[[feed]]\nurl = \"{url}\"\nname = \"{name}\"\ntags = [\"world\"]\nfirst_poll = \"all\"\n")
    };
    let feeds = [feed("one", "one.xml"), feed("two", "two.xml"), feed("broken", "missing.xml")].concat();
    let sinks = "[file.archive]\npath = \"alerts.jsonl\"\n[webhook.desk]\nurl = \"http://127.0.0.1:1/hook\"\n";
    home.configure(&format!("{}{sinks}{feeds}", with_token()));
    let served = Served::start(home).await;
    let caller = served.token();
    until("all is polled and tried", async || {
        let feeds = caller.get("/api/v1/feeds").await.json();
        let polled = feeds.as_array().unwrap().iter().all(|feed| feed["state"] != "waiting");
        let deliveries = caller.get("/api/v1/deliveries").await.json();
        let tried = deliveries["deliveries"].as_array().unwrap().iter().any(|it| it["error"].is_string());
        polled && tried && caller.get("/api/v1/alerts").await.json()["alerts"].as_array().unwrap().len() == 2
    })
    .await;
    served
}

#[tokio::test]
async fn alerts_are_listed_filtered_and_opened() {
    let served = seeded().await;
    let browser = Browser::sign_in(&served).await;
    let page = browser.get("/").await;
    assert_eq!(listed(&page).len(), 2);
    let html = page.text();
    let marks: Vec<_> = elements(&html).into_iter().filter(|it| it.name == "mark").map(|it| it.text).collect();
    assert!(marks.iter().any(|it| it == "sabotage") && marks.iter().any(|it| it == "MI6"), "{marks:?}");
    let said = words(&html);
    for part in
        ["critical", "People & places", "from", "and 1 other feed", "in Zürich speaks", "Act of sabotage in the"]
    {
        assert!(said.contains(part), "{part:?} in {said}");
    }
    for (query, count) in [
        ("q=zurich", 1),
        ("q=ship+lies", 1),
        ("q=nothing", 0),
        ("watchlist=people", 1),
        ("severity=critical", 1),
        ("severity=info", 2),
        ("entity=mi6", 1),
        ("feed=broken", 0),
        ("rule=chief", 1),
        ("since=1h", 2),
        ("until=2020-01-01", 0),
        ("watchlist=people&severity=high&q=mi6&entity=mi6&since=1d", 1),
    ] {
        let page = browser.get(&format!("/?{query}")).await;
        assert_eq!(listed(&page).len(), count, "{query}");
        let page = elements(&page.text());
        // The form is as the address says, and new alerts come by the same filters.
        for pair in url::form_urlencoded::parse(query.as_bytes()) {
            let field = page.iter().find(|it| it.get("name") == pair.0).unwrap_or_else(|| panic!("{pair:?}"));
            let chosen = page.iter().any(|it| it.attributes.contains_key("selected") && it.get("value") == pair.1);
            assert!(field.get("value") == pair.1 || chosen, "{pair:?}");
        }
        let live = page.iter().find(|it| it.get("id") == "live").unwrap().get("data-live").to_owned();
        assert_eq!(live, format!("/live?{query}&cursor=2"));
    }
    for bad in ["severity=urgent", "since=yesterday", "cursor=x", "nothing=1", "limit=0"] {
        let page = browser.get(&format!("/?{bad}")).await;
        assert_eq!(page.status, 400, "{bad}");
        assert!(elements(&page.text()).iter().any(|it| it.get("role") == "alert"), "{bad}");
    }
    // What a form leaves empty is not in the address.
    let sent = browser.get("/?q=&watchlist=&severity=high&entity=&feed=+&since=&until=").await;
    assert_eq!((sent.status, sent.header("location")), (303, Some("/?severity=high")));
    served.stop().await;
}

#[tokio::test]
async fn an_alert_says_why_it_fired_where_else_it_was_and_where_it_went() {
    let served = seeded().await;
    let browser = Browser::sign_in(&served).await;
    let id = listed(&browser.get("/?entity=mi6").await).remove(0);
    let page = browser.get(&format!("/alerts/{id}")).await;
    let html = page.text();
    let all = elements(&html);
    let truths: Vec<_> = all.iter().filter(|it| it.is("span", "truth")).map(|it| it.text.as_str()).collect();
    assert!(truths.contains(&"true") && truths.contains(&"false"), "{truths:?}");
    let nested = html.matches("<ul>").count();
    assert!(nested >= 2, "the rule is a tree");
    let marks: Vec<_> = all.iter().filter(|it| it.name == "mark").map(|it| it.text.as_str()).collect();
    assert!(marks.iter().filter(|it| **it == "chief").count() >= 2, "in the text and in the tree: {marks:?}");
    let said = words(&html);
    for part in ["Rule chief fires", "The chief", "Other sources", "two", "delivered archive", "desk", "news.example"] {
        assert!(said.contains(part), "{part:?} in {said}");
    }
    let out: Vec<_> = all.iter().filter(|it| it.get("href").starts_with("http")).collect();
    assert!(!out.is_empty() && out.iter().all(|it| it.get("rel") == "noopener noreferrer"), "{out:?}");
    let none = browser.get("/alerts/alt_nothing").await;
    assert_eq!(none.status, 404);
    assert!(words(&none.text()).contains("there is no alert"));
    served.stop().await;
}

#[tokio::test]
async fn older_alerts_follow_by_a_cursor_that_does_not_shift() {
    let served = Served::with_alerts(23).await;
    let browser = Browser::sign_in(&served).await;
    let mut seen = Vec::new();
    let mut target = "/?limit=5&feed=test".to_owned();
    loop {
        let page = browser.get(&target).await;
        seen.extend(listed(&page));
        let page = elements(&page.text());
        let live = page.iter().find(|it| it.get("id") == "live").unwrap();
        assert_eq!(live.attributes.contains_key("data-live"), seen.len() == 5, "only the newest are live");
        match page.iter().find(|it| it.get("id") == "next") {
            Some(next) => next.get("href").clone_into(&mut target),
            None => break,
        }
    }
    let all = served.token().get("/api/v1/alerts").await.json();
    let all: Vec<_> = all["alerts"].as_array().unwrap().iter().map(|it| it["id"].as_str().unwrap()).collect();
    assert_eq!(seen, all);
    served.stop().await;
}

#[tokio::test]
async fn new_alerts_come_as_rows_of_the_same_filters() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let served = Served::with_alerts(3).await;
    let browser = Browser::sign_in(&served).await;
    for (query, expected) in [("cursor=0", 3), ("cursor=1", 2), ("cursor=0&feed=nobody", 0)] {
        let mut stream = browser.caller.connect().await;
        stream.write_all((browser.caller.head("GET", &format!("/live?{query}")) + "\r\n").as_bytes()).await.unwrap();
        let mut heard = String::new();
        until("the rows come", async || {
            let mut bytes = [0; 4096];
            let read = tokio::time::timeout(std::time::Duration::from_millis(20), stream.read(&mut bytes)).await;
            heard += &String::from_utf8_lossy(&bytes[..read.map_or(0, |read| read.unwrap())]);
            heard.matches("event: alert").count() >= expected && heard.contains("retry: ")
        })
        .await;
        assert!(heard.contains("content-type: text/event-stream"), "{heard}");
        assert_eq!(heard.matches("<li class=\"alert").count(), expected, "{heard}");
    }
    assert_eq!(browser.get("/live?nothing=1").await.status, 400);
    served.stop().await;
}

#[tokio::test]
async fn feeds_that_fail_come_first_with_the_reason() {
    let served = seeded().await;
    let browser = Browser::sign_in(&served).await;
    let page = browser.get("/feeds").await.text();
    let rows: Vec<_> = elements(&page).into_iter().filter(|it| it.is("span", "state")).map(|it| it.text).collect();
    assert_eq!(rows, ["failing", "ok", "ok"]);
    let told = served.token().get("/api/v1/feeds").await.json();
    let reason = told.as_array().unwrap().iter().find(|it| it["name"] == "broken").unwrap()["error"].clone();
    let said = words(&page);
    for part in [reason.as_str().unwrap(), "since", "in a row", "never", "Repairs"] {
        assert!(said.contains(part), "{part:?} in {said}");
    }
    for (query, count) in [("state=ok", 2), ("state=failing", 1), ("q=ONE", 1), ("q=world", 3), ("q=zzz&state=ok", 0)] {
        let page = browser.get(&format!("/feeds?{query}")).await.text();
        assert_eq!(elements(&page).iter().filter(|it| it.is("span", "state")).count(), count, "{query}");
    }
    served.stop().await;
}

#[tokio::test]
async fn feeds_go_on_behind_the_last_one_that_was_shown() {
    let home = Home::new("");
    let feeds: String = (0..230)
        .map(|n| format!("[[feed]]\nurl = \"{n}.xml\"\nname = \"feed.{n}\"\ntags = [\"many\"]\nenabled = false\n"))
        .collect();
    let one = feed(&home, 1);
    home.configure(&format!("{}[file.archive]\npath = \"alerts.jsonl\"\n{one}{feeds}", with_token()));
    let served = Served::start(home).await;
    let browser = Browser::sign_in(&served).await;
    for (start, count, pages) in
        [("/feeds", 231, 3), ("/feeds?q=many&state=disabled", 230, 3), ("/feeds?state=ok", 1, 1)]
    {
        let (mut seen, mut target, mut shown) = (Vec::new(), start.to_owned(), 0);
        until("the feed is polled", async || words(&browser.get("/feeds?state=ok").await.text()).contains("1 ok"))
            .await;
        loop {
            let page = browser.get(&target).await;
            assert_eq!(page.status, 200, "{target}");
            let all = elements(&page.text());
            seen.extend(
                all.iter().filter(|it| it.get("href").starts_with("/?feed=")).map(|it| it.get("href").to_owned()),
            );
            shown += 1;
            match all.iter().find(|it| it.text == "More feeds") {
                Some(next) => next.get("href").clone_into(&mut target),
                None => break,
            }
        }
        let each: std::collections::BTreeSet<_> = seen.iter().collect();
        assert_eq!((seen.len(), each.len(), shown), (count, count, pages), "{start}");
    }
    for bad in ["x", "ok", "ok.1", "fine.0.feed", "ok.x.feed"] {
        assert_eq!(browser.get(&format!("/feeds?after={bad}")).await.status, 400, "{bad}");
    }
    assert!(words(&browser.get("/feeds?after=disabled.0.zzz").await.text()).contains("There are no more feeds."));
    served.stop().await;
}

#[tokio::test]
async fn what_answers_304_save_is_estimated_by_the_size_of_the_others() {
    let body = format!("{:<2000}", rss(1, 9));
    let site = Server::start(move |request| match (request.target.as_str(), request.header("if-none-match")) {
        ("/polite", Some(_)) => Reply::status(304),
        _ => Reply::status(200).header("etag", "\"a\"").body(body.clone()),
    })
    .await;
    let home = Home::new("");
    let feed = |name: &str| {
        format!("[[feed]]\nurl = \"{}\"\nname = \"{name}\"\ninterval = \"1s\"\n", site.url(&format!("/{name}")))
    };
    let feeds = feed("polite") + &feed("rude");
    home.configure(&format!("{}[file.archive]\npath = \"alerts.jsonl\"\n{feeds}", with_token()));
    let served = Served::start(home).await;
    let browser = Browser::sign_in(&served).await;
    let cell = async |name: &str| {
        let page = browser.get(&format!("/feeds?q={name}")).await.text();
        let cells: Vec<_> = elements(&page).into_iter().filter(|it| it.is("td", "number")).map(|it| it.text).collect();
        assert!(page.contains("New items of") && cells.len() == 3, "{page}");
        cells
    };
    // As many times 2 kB as there were answers 304.
    let saved = async || cell("polite").await[1].strip_suffix(" kB").and_then(|it| it.parse::<u32>().ok());
    until("the polite one has answered so twice", async || saved().await.is_some_and(|kilobytes| kilobytes >= 4)).await;
    assert_eq!(saved().await.unwrap() % 2, 0);
    until("the rude one was asked again", async || cell("rude").await[0] != "0 %").await;
    assert_eq!(cell("rude").await[1], "0 B", "it sent all of it again");
    served.stop().await;
}

#[tokio::test]
async fn what_has_not_arrived_is_tried_again_or_dropped_after_one_question() {
    let served = seeded().await;
    let browser = Browser::sign_in(&served).await;
    let page = browser.get("/deliveries").await.text();
    let ids: Vec<String> =
        elements(&page).iter().filter(|it| it.get("name") == "id").map(|it| it.get("value").to_owned()).collect();
    assert_eq!(ids.len(), 2, "{page}");
    assert!(words(&page).contains("desk"), "{page}");
    let waiting =
        async || served.token().get("/api/v1/deliveries").await.json()["deliveries"].as_array().unwrap().len();
    let chosen = [("id", ids[0].as_str()), ("action", "drop")];
    let asked = browser.post("/deliveries", &chosen).await;
    let form = elements(&asked.text());
    let fields: Vec<_> = form.iter().filter(|it| it.get("type") == "hidden").map(|it| it.get("value")).collect();
    assert_eq!((asked.status, fields), (200, vec![ids[0].as_str(), "drop", "yes"]));
    assert_eq!(waiting().await, 2, "asking changes nothing");
    let mut location = String::new();
    until("it is not in flight, and dropped", async || {
        let done = browser.post_sure("/deliveries", &chosen).await;
        assert_eq!(done.status, 303, "{done:?}");
        done.header("location").unwrap().clone_into(&mut location);
        waiting().await == 1
    })
    .await;
    assert_eq!(location, "/deliveries?dropped=1&passed=0");
    assert!(words(&browser.get(&location).await.text()).contains("1 dropped."));
    let again = browser.post_sure("/deliveries", &[("sink", "desk"), ("action", "retry")]).await;
    assert!(again.header("location").unwrap().starts_with("/deliveries?retried="), "{again:?}");
    for (form, status) in [
        (vec![("action", "drop")], 400),
        (vec![("id", ids[1].as_str())], 400),
        (vec![("id", ids[1].as_str()), ("action", "eat")], 400),
        (vec![("id", ids[1].as_str()), ("sink", "desk"), ("action", "drop")], 400),
        (vec![("id", "dlv_?"), ("action", "drop")], 400),
        (vec![("sink", "nobody"), ("action", "drop")], 404),
    ] {
        assert_eq!(browser.post_sure("/deliveries", &form).await.status, status, "{form:?}");
    }
    assert_eq!(waiting().await, 1);
    served.stop().await;
}

#[tokio::test]
async fn silences_are_added_and_ended_after_one_question() {
    let served = seeded().await;
    let browser = Browser::sign_in(&served).await;
    let wish = [("watchlist", "people"), ("for", "2h"), ("comment", "we know"), ("rule", "")];
    let asked = browser.post("/silences", &wish).await;
    assert!(words(&asked.text()).contains("Silence watchlist people, for 2h, comment we know?"), "{asked:?}");
    assert!(words(&browser.get("/silences").await.text()).contains("No silence holds."), "asking changes nothing");
    assert_eq!(browser.post_sure("/silences", &wish).await.header("location"), Some("/silences"));
    let page = browser.get("/silences").await.text();
    assert!(words(&page).contains("watchlist people") && words(&page).contains("we know"), "{page}");
    let action =
        elements(&page).into_iter().find(|it| it.get("action").ends_with("/end") && it.get("action").contains("sil_"));
    let action = action.unwrap().get("action").to_owned();
    assert_eq!(browser.post(&action, &[]).await.status, 200);
    assert_eq!(served.token().get("/api/v1/silences").await.json().as_array().unwrap().len(), 1);
    assert_eq!(browser.post_sure(&action, &[]).await.status, 303);
    assert_eq!(served.token().get("/api/v1/silences").await.json(), json!([]));
    assert!(words(&browser.get("/silences?all=true").await.text()).contains("ended"));
    assert_eq!(browser.post_sure(&action, &[]).await.status, 404);
    // What is wrong is said above the form, which is as it was sent, before anything is asked.
    let wish = [("watchlist", "nobody"), ("for", "2h")];
    for bad in [browser.post("/silences", &wish).await, browser.post_sure("/silences", &wish).await] {
        assert_eq!(bad.status, 400);
        assert!(elements(&bad.text()).iter().any(|it| it.get("name") == "watchlist" && it.get("value") == "nobody"));
    }
    for bad in [("feed", "one"), ("query", "(a")] {
        for answer in
            [browser.post("/silences", &[bad, ("for", "soon")]).await, browser.post_sure("/silences", &[bad]).await]
        {
            assert_eq!(answer.status, 400, "{bad:?}");
        }
    }
    served.stop().await;
}

#[tokio::test]
async fn a_sink_with_dead_letters_alone_says_why() {
    let desk = Server::start(|_| Reply::status(422)).await;
    let served = Served::with(1, &format!("[webhook.desk]\nurl = {:?}\n", desk.url("/"))).await;
    let caller = served.token();
    until("it is dead", async || caller.get("/api/v1/deliveries").await.json()["deliveries"][0]["state"] == "dead")
        .await;
    let queue = caller.get("/api/v1/status").await.json()["queues"][0].clone();
    assert!(queue["error"].as_str().unwrap().contains("422"), "{queue}");
    let html = Browser::sign_in(&served).await.get("/deliveries").await.text();
    let states: Vec<_> = elements(&html).into_iter().filter(|it| it.is("span", "state")).map(|it| it.text).collect();
    assert_eq!(states, ["dead letters", "dead"]);
    let why = elements(&html).into_iter().filter(|it| it.is("span", "why") && it.text.contains("422")).count();
    assert_eq!(why, 2, "at the sink and at the letter: {html}");
    served.stop().await;
}

#[tokio::test]
async fn what_is_refused_says_so() {
    let served = Served::with(1, "").await;
    let browser = Browser::sign_in(&served).await;
    for (target, status, said) in [
        ("/assets/nope.js", 404, "there is no such file"),
        ("/alerts/%ff", 400, "UTF-8"),
        ("/watchlists/%ff", 400, "UTF-8"),
        ("/try/%ff", 400, "UTF-8"),
        ("/watchlists/words?days=many", 400, "days"),
        ("/deliveries?retried=some", 400, "retried"),
    ] {
        let answer = browser.get(target).await;
        let kind = answer.header("content-type").unwrap().to_owned();
        assert_eq!((answer.status, kind.as_str()), (status, "text/html; charset=utf-8"), "{target}: {answer:?}");
        assert!(words(&answer.text()).contains(said), "{target}: {}", answer.text());
    }
    for target in ["/", "/feeds", "/alerts/alt_1", "/assets/style.css", "/watchlists"] {
        let answer = browser.post(target, &[("a", "b")]).await;
        assert_eq!(answer.status, 405, "{target}: {answer:?}");
        assert!(answer.header("allow").unwrap().contains("GET"), "{target}: {answer:?}");
        assert!(words(&answer.text()).contains("another method"), "{target}: {}", answer.text());
    }
    let caller = served.token();
    is_problem(&caller.get("/api/v1/alerts/%ff").await, 400);
    is_problem(&caller.get("/api/v1/nothing").await, 404);
    for target in ["/api/v1/feeds", "/metrics", "/health/ready", "/alerts.rss"] {
        is_problem(&post(&caller, target, &[("a", "b")]).await, 405);
    }
    served.stop().await;
}
