//! The hostile texts of the sinks' tests, through every view: nothing that a feed, a
//! destination or an address says becomes an element or an attribute.

use super::*;
use crate::sinks::presets::hostile::table;
use crate::support::{Reply, Server};

/// The elements that our templates use, and the attributes of each.
const OURS: &[(&str, &[&str])] = &[
    ("a", &["class", "href", "id", "rel", "aria-current"]),
    ("article", &["class"]),
    ("b", &[]),
    ("bdi", &[]),
    ("body", &[]),
    ("button", &["class", "id", "name", "value", "type", "hidden", "aria-label"]),
    ("code", &["dir"]),
    ("datalist", &["id"]),
    ("dd", &["dir"]),
    ("details", &["class"]),
    ("div", &["class", "id", "role", "aria-label", "tabindex", "dir"]),
    ("dl", &["class"]),
    ("dt", &[]),
    ("fieldset", &[]),
    ("footer", &[]),
    ("form", &["class", "id", "method", "action", "role", "aria-label"]),
    ("h1", &[]),
    ("h2", &["id"]),
    ("h3", &[]),
    ("head", &[]),
    ("header", &["class"]),
    ("html", &["lang"]),
    (
        "input",
        &["id", "name", "type", "value", "list", "placeholder", "autocomplete", "required", "aria-label", "autofocus"],
    ),
    ("label", &["for"]),
    ("legend", &[]),
    ("li", &["class", "data-id", "dir"]),
    ("link", &["rel", "href", "type"]),
    ("main", &["id", "tabindex"]),
    ("mark", &["title", "dir"]),
    ("meta", &["charset", "name", "content"]),
    ("nav", &["class", "aria-label"]),
    ("ol", &["id", "class", "aria-label"]),
    ("option", &["value", "selected"]),
    ("p", &["class", "dir", "id", "role", "data-live"]),
    ("pre", &["dir"]),
    ("progress", &["id", "aria-label", "hidden"]),
    ("rect", &["x", "y", "width", "height"]),
    ("script", &["src", "defer", "type"]),
    ("section", &["class", "id", "tabindex", "aria-label", "aria-labelledby"]),
    ("select", &["id", "name"]),
    ("span", &["class", "id", "role", "dir", "hidden", "data-line", "data-column"]),
    ("summary", &[]),
    ("svg", &["class", "role", "aria-label", "aria-hidden", "viewbox", "preserveaspectratio"]),
    ("table", &[]),
    ("tbody", &[]),
    ("td", &["class", "dir"]),
    ("textarea", &["id", "name", "rows", "spellcheck", "autocomplete", "autocapitalize", "wrap"]),
    ("th", &["scope", "class"]),
    ("thead", &[]),
    ("time", &["datetime"]),
    ("title", &[]),
    ("tr", &[]),
    ("ul", &["class"]),
];

/// That a page has only what our templates write, and leads nowhere else.
pub(super) fn check(what: &str, html: &str) {
    let all = elements(html);
    for element in &all {
        let known = OURS.iter().find(|(name, _)| *name == element.name);
        let (_, attributes) = known.unwrap_or_else(|| panic!("{what}: <{}>", element.name));
        for (name, value) in &element.attributes {
            assert!(attributes.contains(&name.as_str()), "{what}: <{} {name}={value:?}>", element.name);
        }
        let out = element.get("rel") == "noopener noreferrer";
        let href = element.get("href");
        let leads =
            if out { href.starts_with("https://") || href.starts_with("http://") } else { !href.starts_with("//") };
        let here = href.is_empty() || href.starts_with('/') || href.starts_with('#');
        assert!(leads && (out || here), "{what}: {element:?}");
        assert!(!href.contains('@') || !out || !href.starts_with("https://user"), "{what}: {href}");
    }
    let scripts: Vec<_> = all.iter().filter(|it| it.name == "script").collect();
    let ours = ["page.js", "codemirror.js", "try.js"].map(|name| format!("/assets/{name}?v="));
    assert!(scripts.len() <= ours.len(), "{what}");
    assert!(scripts.iter().all(|it| ours.iter().any(|known| it.get("src").starts_with(known))), "{what}");
    let hidden = html.chars().find(|c| matches!(c, '\0'..='\u{8}' | '\u{b}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'));
    assert_eq!(hidden, None, "{what}");
}

#[tokio::test]
async fn what_a_feed_says_stays_text_in_every_view() {
    let table = table();
    let items: Vec<Value> = table
        .iter()
        .enumerate()
        .map(|(n, (_, text, link))| {
            json!({
                "id": format!("g{n}"), "url": link, "title": format!("{} sabotage {n}", encoded(text)),
                "content_text": format!("sabotage {text} sabotage"), "authors": [{ "name": encoded(text) }], "tags": [encoded(text)],
            })
        })
        .collect();
    // What a destination answers is shown as its last error.
    let answers: Vec<String> = table.iter().map(|(_, text, _)| text.chars().take(300).collect()).collect();
    let mut turn = 0;
    let desk = Server::start(move |_| {
        turn += 1;
        Reply::status(400).body(answers[turn % answers.len()].clone())
    })
    .await;
    let home = Home::new("");
    for (n, (_, text, _)) in table.iter().enumerate() {
        let feed = json!({
            "version": "https://jsonfeed.org/version/1.1", "title": encoded(&text.chars().take(2000).collect::<String>()),
            "items": [items[n]],
        });
        home.write(&format!("f{n}.json"), feed.to_string());
    }
    let feeds: String = (0..table.len())
        .map(|n| format!("[[feed]]\nurl = \"f{n}.json\"\nname = \"<b>feed</b> {n} '&amp;\"\nfirst_poll = \"all\"\n"))
        .collect();
    home.write("watchlists/markup.toml", watchlist(&table));
    home.configure(&format!("{}[webhook.desk]\nurl = \"{}\"\n{feeds}", with_token(), desk.url("/hook")));
    let served = Served::start(home).await;
    let caller = served.token();
    let count = table.len() * 2;
    until("all alerts are there, and their deliveries are dead", async || {
        let status = caller.get("/api/v1/status").await.json();
        status["alerts"]["stored"] == count && status["queues"][0]["dead"] == count
    })
    .await;
    let browser = Browser::sign_in(&served).await;
    for (_, text, _) in &table {
        let comment: String = text.chars().take(2000).collect();
        let answer = browser.post("/silences", &[("feed", "*"), ("for", "1s"), ("comment", &comment)]).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        check("a question", &answer.text());
        let answer = browser.post_sure("/silences", &[("feed", "*"), ("for", "1h"), ("comment", &comment)]).await;
        assert_eq!(answer.status, 303, "{answer:?}");
        let answer =
            browser.post_sure("/silences", &[("watchlist", &comment), ("query", &comment), ("for", &comment)]).await;
        check("a refusal", &answer.text());
        let said: String = text.chars().take(500).collect();
        let encoded: String = url::form_urlencoded::byte_serialize(said.as_bytes()).collect();
        for target in [
            "/?q=",
            "/?entity=",
            "/?watchlist=",
            "/?severity=",
            "/?cursor=",
            "/?q=x&",
            "/watchlists?days=",
            "/watchlists?after=",
            "/feeds?q=",
            "/feeds?after=",
            "/feeds?q=x&after=ok.0.",
            "/deliveries?sink=",
        ] {
            check(target, &browser.get(&format!("{target}{encoded}")).await.text());
        }
        check("no watchlist", &browser.get(&format!("/watchlists/{}", encoded.replace('+', "%20"))).await.text());
        check("no alert", &browser.get(&format!("/alerts/{}", encoded.replace('+', "%20"))).await.text());
        check("a door", &served.caller.get(&format!("/?q={encoded}")).await.text());
    }
    let list = browser.get("/?limit=200").await;
    check("the list", &list.text());
    let ids = listed(&list);
    assert_eq!(ids.len(), count);
    for id in ids {
        check(&id, &browser.get(&format!("/alerts/{id}")).await.text());
    }
    for target in [
        "/watchlists",
        "/watchlists/%3Ci%3Emarkup%3C%2Fi%3E",
        "/feeds",
        "/deliveries",
        "/silences",
        "/silences?all=true",
    ] {
        let page = browser.get(target).await;
        assert_eq!(page.status, 200, "{target}");
        check(target, &page.text());
    }
    tried(&browser).await;
    let come = live(&browser, count).await;
    check("the stream", &come);
    let said = words(&come);
    for part in ["</a><script>alert(1)</script>", "<img src=x onerror=alert(1)>", "{{ 7*7 }}"] {
        assert!(said.contains(part), "{part:?} is said, as text: {said}");
    }
    served.stop().await;
}

/// What it would have fired, and what would be gone.
async fn tried(browser: &Browser) {
    for text in ["keywords = [\"words\", \"x\", \"said\"]", "keywords = [\"nothing of this\"]"] {
        let text = format!("name = \"<i>markup</i>\"\n{text}\n");
        let form = [("action", "last-30"), ("text", text.as_str())];
        let page = browser.post("/try/%3Ci%3Emarkup%3C%2Fi%3E", &form).await;
        assert!(page.status == 200 && page.text().contains("<rect") != text.contains("nothing"), "{page:?}");
        check("a backtest", &page.text());
    }
}

/// A watchlist of hostile names.
fn watchlist(table: &[(&str, String, &str)]) -> String {
    let terms: Vec<String> = table.iter().map(|(_, text, _)| toml_string(text)).collect();
    format!(
        "name = \"<i>markup</i>\"\ntitle = \"</a><script>alert(1)</script>\"\nkeywords = [\"sabotage\", \"the\", {}]\n\
         [[rule]]\nid = \"<u>id</u>\"\ntitle = \"</th><b onclick='x'>\"\nwhen = '$keywords'\n",
        terms.join(", ")
    )
}

/// A text as TOML writes it, as much of it as can be a term.
fn toml_string(text: &str) -> String {
    let term: String = text.chars().filter(|c| !c.is_control()).take(200).collect();
    // What JSON escapes, TOML does alike.
    json!(format!("{term} term")).to_string()
}

/// A text as a feed writes it that means it: HTML, surely, that says it.
fn encoded(text: &str) -> String {
    format!("<b>said:</b> {}", text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;"))
}

/// So many rows of the event stream.
async fn live(browser: &Browser, count: usize) -> String {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let mut stream = browser.caller.connect().await;
    // Version 1.0: the body comes without the sizes of chunks.
    let request = browser.caller.head("GET", "/live?cursor=0").replace("HTTP/1.1", "HTTP/1.0");
    stream.write_all((request + "\r\n").as_bytes()).await.unwrap();
    let mut heard = Vec::new();
    until("all rows come", async || {
        let mut bytes = vec![0; 1 << 16];
        let read = tokio::time::timeout(std::time::Duration::from_millis(50), stream.read(&mut bytes)).await;
        heard.extend(&bytes[..read.map_or(0, |read| read.unwrap())]);
        heard.windows(13).filter(|it| it == b"event: alert\n").count() >= count && heard.ends_with(b"\n\n")
    })
    .await;
    let heard = String::from_utf8(heard).unwrap();
    let (_, events) = heard.split_once("\r\n\r\n").unwrap();
    assert!(!events.contains('\r'), "a line would end");
    events.lines().filter_map(|line| line.strip_prefix("data: ")).collect::<Vec<_>>().join("\n")
}
