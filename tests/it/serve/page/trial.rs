//! Trying a watchlist: what it would say and do, and what a person who tries it cannot do.

mod limits;

use super::*;
use crate::serve::page::hostile;

/// A configuration with a token, one feed of three items, and two watchlists.
pub(super) const PORTS: &str = "\
# Ports \u{202e}and \u{200b}\"cables\" </textarea><script>alert(1)</script>
name = \"ports\"
title = \"Ports & cables\"

[[rule]]
id = \"sabotage\"
when = 'sabotage'

[[rule]]
id = \"refinery\"
when = 'refinery'
";

/// It, edited: one rule finds other things, one is gone.
const EDITED: &str = "name = \"ports\"\n[[rule]]\nid = \"sabotage\"\nwhen = 'sabotage AND port OR cable'\n";

pub(super) async fn served(more: &str) -> Served {
    let home = Home::new("");
    home.write("watchlists/ports.toml", PORTS);
    home.write("watchlists/words.toml", "keywords = [\"nothing of this\"]\n");
    let items = json!([
        { "id": "1", "url": "https://news.example/1", "title": "Sabotage at a port", "content_text": "It was loud." },
        { "id": "2", "url": "https://news.example/2", "title": "Sabotage of a refinery", "content_text": "A fire." },
        { "id": "3", "url": "https://news.example/3", "title": "An anchor", "content_text": "The cable was cut, <b>they</b> say." },
    ]);
    let feed = json!({ "version": "https://jsonfeed.org/version/1.1", "title": "Wire", "items": items });
    home.write("wire.json", feed.to_string());
    let feed = "[[feed]]\nurl = \"wire.json\"\nname = \"wire\"\nfirst_poll = \"all\"\n";
    home.configure(&format!("{}[file.archive]\npath = \"alerts.jsonl\"\n{feed}{more}", with_token()));
    let served = Served::start(home).await;
    let caller = served.token();
    until("the alerts are there", async || caller.get("/api/v1/status").await.json()["alerts"]["stored"] == 2).await;
    served
}

/// What is sent of the form.
fn form<'a>(action: &'a str, text: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![("action", action), ("text", text), ("title", ""), ("body", "")]
}

/// The same by the script.
fn part<'a>(action: &'a str, text: &'a str) -> Vec<(&'a str, &'a str)> {
    form(action, text).into_iter().chain([("part", "1")]).collect()
}

/// The text in the editor of a page, as a browser reads it, and the rest of the page.
fn taken_apart(html: &str) -> (String, String) {
    let (before, rest) = html.split_once("<textarea id=\"text\"").unwrap();
    let (tag, rest) = rest.split_once(">\n").unwrap();
    let (text, after) = rest.split_once("</textarea>").unwrap();
    (text.replace("&lt;", "<").replace("&amp;", "&"), format!("{before}<textarea id=\"text\"{tag}></textarea>{after}"))
}

/// The last line of a streamed answer.
fn last(answer: &Answer) -> Value {
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/x-ndjson")), "{answer:?}");
    serde_json::from_str(answer.text().lines().last().unwrap()).unwrap()
}

#[tokio::test]
async fn the_editor_has_the_file_as_it_stands() {
    let served = served("").await;
    let browser = Browser::sign_in(&served).await;
    let list = browser.get("/try").await.text();
    let links: Vec<_> = elements(&list).into_iter().filter(|it| it.get("href").starts_with("/try/")).collect();
    assert_eq!(links.iter().map(|it| it.get("href")).collect::<Vec<_>>(), ["/try/ports", "/try/words"]);
    let page = browser.get("/try/ports").await;
    assert_eq!(page.status, 200);
    let (text, rest) = taken_apart(&page.text());
    assert_eq!(text, PORTS);
    hostile::check("the page", &rest);
    let differs = |html: &str| {
        !elements(html).iter().find(|it| it.get("id") == "differs").unwrap().attributes.contains_key("hidden")
    };
    assert!(!differs(&page.text()));
    // Forms send lines in their own way; that is no difference.
    let sent = browser.post("/try/ports", &form("check", &PORTS.replace('\n', "\r\n"))).await.text();
    assert_eq!((taken_apart(&sent).0.as_str(), differs(&sent)), (PORTS, false));
    let sent = browser.post("/try/ports", &form("check", "\n\nkeywords = [\"x\"]\n")).await.text();
    assert_eq!((taken_apart(&sent).0.as_str(), differs(&sent)), ("\n\nkeywords = [\"x\"]\n", true));
    let got = browser.post("/try/ports", &form("download", &PORTS.replace('\n', "\r\n"))).await;
    assert_eq!(got.text(), PORTS);
    assert_eq!(got.header("content-disposition"), Some("attachment; filename=\"ports.toml\""));
    // The file as it is on disk now, also where the daemon runs on the one before.
    served.home.write("watchlists/ports.toml", "\nname = \"ports\"\nkeywrds = []\n");
    assert_eq!(taken_apart(&browser.get("/try/ports").await.text()).0, "\nname = \"ports\"\nkeywrds = []\n");
    assert_eq!(browser.get("/try/nothing").await.status, 404);
    // The scripts are given out as all assets are.
    let scripts: Vec<_> = elements(&rest).into_iter().filter(|it| it.name == "script").collect();
    assert_eq!(scripts.len(), 3);
    for script in scripts {
        let answer = served.caller.get(script.get("src")).await;
        let kept = Some("public, max-age=31536000, immutable");
        assert_eq!((answer.status, answer.header("cache-control")), (200, kept), "{script:?}");
    }
    served.stop().await;
}

#[tokio::test]
async fn what_is_wrong_is_said_at_its_place_as_check_says_it() {
    let served = served("").await;
    let browser = Browser::sign_in(&served).await;
    for text in [
        "name = \"ports\"\n[[rule]]\nid = \"a\"\nwhen = 'cable AND (cut'\n",
        "name = \"ports\"\nkeywrds = [\"x\"]\n",
        "name = \"ports\"\nkeywords = [\"x\"\n",
        "# ö\nkeywords = [\"the\"] # too broad\n",
        "keywords = [\"cable\"]\n[[test]]\ntitle = \"Nothing\"\nfires = [\"any\"]\n",
        "keywords = [\"cable\"]\nsinks = [\"nobody\"]\nfeeds = [\"wier\"]\n",
        "name = \"words\"\nkeywords = [\"the name of another one\"]\n",
        "[listen]\naddress = \"127.0.0.1:1\"\n",
        "",
    ] {
        let told = browser.post("/try/ports", &part("check", text)).await.json();
        let draft = Home::new("");
        draft.write("newswatch.toml", std::fs::read(served.home.path("newswatch.toml")).unwrap());
        draft.write("watchlists/ports.toml", text);
        // What has the name of another one stands in for that.
        if text.contains("another one") {
            std::fs::remove_file(draft.path("watchlists/words.toml")).unwrap();
        } else {
            draft.write("watchlists/words.toml", "keywords = [\"nothing of this\"]\n");
        }
        let checked = draft.json(&["check", "--json"]).await;
        let file = draft.path("watchlists/ports.toml");
        let mut expected = Vec::new();
        for (severity, list) in [("error", "errors"), ("warning", "warnings")] {
            for it in checked[list].as_array().unwrap().iter().filter(|it| it["file"] == *file.to_str().unwrap()) {
                expected.push(json!([severity, it["line"], it["column"], it["message"], it["help"]]));
            }
        }
        expected.sort_by_key(|it| (it[1].as_u64(), it[2].as_u64()));
        let keys = ["severity", "line", "column", "message", "help"];
        let found = told["diagnostics"].as_array().unwrap().iter();
        let found: Vec<Value> = found.map(|it| keys.iter().map(|key| it[key].clone()).collect()).collect();
        // The text is a configuration for `check`, which takes any file for what it is.
        if text.contains("[listen]") {
            assert_eq!(found, [json!(["error", 1, 1, "this is a configuration, not a watchlist", null])]);
        } else {
            assert_eq!(found, expected, "{text}");
        }
        let all = told["diagnostics"].as_array().unwrap();
        if let Some(first) = all.iter().find(|it| it["severity"] == "error").or(all.first()) {
            let place =
                format!("Line {}, column {}: {}", first["line"], first["column"], first["message"].as_str().unwrap());
            assert!(told["summary"].as_str().unwrap().contains(&place), "{told}");
            assert!(words(told["html"].as_str().unwrap()).contains(first["message"].as_str().unwrap()));
        } else {
            assert_eq!(told["summary"], "Nothing is wrong.");
        }
        // Without a script the page says the same.
        let page = browser.post("/try/ports", &form("check", text)).await.text();
        assert!(words(&page).contains(&words(told["html"].as_str().unwrap())), "{page}");
    }
    // What is wrong elsewhere is said, too.
    served.home.write("watchlists/words.toml", "keywords = [\n");
    let told = browser.post("/try/ports", &part("check", EDITED)).await.json();
    assert_eq!(told["diagnostics"], json!([]));
    assert!(told["html"].as_str().unwrap().contains("words.toml:1:"), "{told}");
    served.stop().await;
}

#[tokio::test]
async fn the_last_days_are_those_of_a_backtest() {
    let served = served("").await;
    let browser = Browser::sign_in(&served).await;
    served.home.write("draft.toml", EDITED);
    let expected = served
        .home
        .json(&["backtest", "--watchlist", served.home.path("draft.toml").to_str().unwrap(), "--json"])
        .await;
    let result = last(&browser.post("/try/ports", &part("last-7", EDITED)).await);
    let html = result["html"].as_str().unwrap();
    hostile::check("a backtest", html);
    let numbers: Vec<u64> =
        elements(html).iter().filter(|it| it.is("td", "number")).map(|it| it.text.trim().parse().unwrap()).collect();
    let rules = expected["rules"].as_array().unwrap();
    let rows = rules.iter().flat_map(|rule| ["alerts", "new", "gone", "fired"].map(|key| rule[key].as_u64().unwrap()));
    assert_eq!(numbers, rows.collect::<Vec<_>>());
    assert_eq!(numbers, [2, 1, 1, 2, 0, 0, 1, 1], "one is new, one of each rule is gone");
    // Without the times.
    let said = words(html);
    let said: Vec<_> =
        said.split(' ').filter(|it| !it.starts_with("20") && *it != "UTC" && !it.contains(':')).collect();
    let said = said.join(" ");
    for part in [
        "2 alerts on 3 items; 1 new, 1 gone",
        "New in sabotage An anchor",
        "cut, <b>they</b> say.",
        "Gone in sabotage",
        "Gone in refinery",
        "is there no more",
    ] {
        assert!(said.contains(part), "{part:?} in {said}");
    }
    // What is gone leads to its alert.
    let gone: Vec<String> =
        elements(html).iter().map(|it| it.get("href").to_owned()).filter(|it| it.starts_with("/alerts/")).collect();
    assert_eq!(gone.len(), 2);
    for alert in gone {
        assert!(words(&browser.get(&alert).await.text()).contains("Sabotage of a refinery"));
    }
    // The chart says in words what it shows.
    let chart = elements(html).into_iter().find(|it| it.name == "svg").unwrap();
    assert!(chart.get("aria-label").starts_with("Alerts by sabotage: 2 in 8 days"), "{chart:?}");
    // Without a script it is in the page; and nothing was changed.
    let page = browser.post("/try/ports", &form("last-1", EDITED)).await.text();
    assert!(words(&page).contains("2 alerts on 3 items; 1 new, 1 gone"));
    // Two rules fire on one item: that is one alert.
    let page = browser.post("/try/ports", &form("last-7", PORTS)).await.text();
    assert!(words(&page).contains("2 alerts on 3 items; 0 new, 0 gone"), "{page}");
    assert_eq!(std::fs::read_to_string(served.home.path("watchlists/ports.toml")).unwrap(), PORTS);
    // A bad one is not run.
    let result = last(&browser.post("/try/ports", &part("last-30", "keywrds = []")).await);
    assert!(words(result["html"].as_str().unwrap()).contains("line 1, column 1: unknown key `keywrds`"), "{result}");
    // A new one alerts on what is new only.
    let page = browser.post("/try", &form("last-30", "keywords = [\"cable\"]\n")).await.text();
    assert!(words(&page).contains("1 alert on 3 items; 1 new, 0 gone"), "{page}");
    served.stop().await;
}

#[tokio::test]
async fn a_text_is_explained_by_the_edited_watchlist() {
    let served = served("").await;
    let browser = Browser::sign_in(&served).await;
    let mut form = form("explain", EDITED);
    form[2].1 = "Port news";
    form[3].1 = "Of sabotage </b><img src=x onerror=alert(1)> and a <cable>";
    for script in [false, true] {
        if script {
            form.push(("part", "1"));
        }
        let html = browser.post("/try/ports", &form).await.text();
        let rest = if script { html.clone() } else { taken_apart(&html).1 };
        hostile::check("an explanation", &rest);
        let marks: Vec<_> = elements(&html).into_iter().filter(|it| it.name == "mark").map(|it| it.text).collect();
        assert_eq!(marks[..3], ["Port", "sabotage", "cable"]);
        let said = words(&html);
        for part in
            ["Rule sabotage fires", "sabotage AND port OR cable", "</b><img src=x onerror=alert(1)> and a <cable>"]
        {
            assert!(said.contains(part), "{part:?} in {said}");
        }
        assert!(!said.contains("Rule refinery"), "only the edited watchlist");
    }
    form[1].1 = "name = \"ports\"\nkeywords = [\n";
    assert!(words(&browser.post("/try/ports", &form).await.text()).contains("line 2"));
    served.stop().await;
}

#[tokio::test]
async fn hostile_texts_stay_text() {
    let served = served("").await;
    let browser = Browser::sign_in(&served).await;
    for (what, text, link) in crate::sinks::presets::hostile::table() {
        let quoted = json!(text).to_string();
        let watchlist = format!(
            "# {}\nname = \"ports\"\ntitle = {quoted}\n[[rule]]\nid = \"r\"\ntitle = {quoted}\nwhen = 'sabotage OR \"{}\"'\nwrong = {quoted}\n",
            text.replace(['\n', '\r'], " "),
            link.replace(['"', '\'', '\\'], " ")
        );
        let sound = watchlist
            .lines()
            .filter(|line| !line.starts_with("wrong") && !line.starts_with('#'))
            .collect::<Vec<_>>()
            .join("\n");
        for text_of in [&watchlist, &sound] {
            for action in ["check", "last-7", "explain"] {
                let mut fields = form(action, text_of);
                (fields[2].1, fields[3].1) = (&text, &text);
                let page = browser.post("/try/ports", &fields).await;
                assert_eq!(page.status, 200, "{what} {action}");
                let (shown, rest) = taken_apart(&page.text());
                assert_eq!(shown, text_of.replace("\r\n", "\n"), "{what} {action}");
                hostile::check(&format!("{what} {action}"), &rest);
            }
        }
        let name: String =
            url::form_urlencoded::byte_serialize(text.chars().take(300).collect::<String>().as_bytes()).collect();
        let page = browser.get(&format!("/try/{}", name.replace('+', "%20"))).await;
        hostile::check(what, &page.text());
    }
    served.stop().await;
}

/// What is vendored says what it is, and how it is made again by anyone.
#[test]
fn what_is_vendored_names_its_versions_and_licences() {
    let vendor = crate::tidy::root().join("src/serve/page/vendor");
    let read = |name: &str| std::fs::read_to_string(vendor.join(name)).unwrap();
    let (package, licences, script) = (read("package.json"), read("LICENSES.txt"), read("codemirror.js"));
    let package: Value = serde_json::from_str(&package).unwrap();
    let parts = package["devDependencies"].as_object().unwrap().iter().filter(|(name, _)| name.starts_with('@'));
    let parts: Vec<String> = parts.map(|(name, version)| format!("{name} {}", version.as_str().unwrap())).collect();
    assert!(parts.len() > 5 && parts.iter().all(|part| licences.contains(part)), "{parts:?}");
    assert!(script.contains(&licences), "the notices go with the program");
    let lock: Value = serde_json::from_str(&read("package-lock.json")).unwrap();
    for (name, package) in lock["packages"].as_object().unwrap() {
        let from = package["resolved"].as_str().unwrap_or("https://registry.npmjs.org/");
        assert!(from.starts_with("https://registry.npmjs.org/"), "{name} is from {from}");
    }
    // It asks nobody, and makes no code of texts.
    for banned in ["fetch(", "XMLHttpRequest", "eval(", "new Function", "importScripts"] {
        assert!(!script.contains(banned), "{banned}");
    }
}
