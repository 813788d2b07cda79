//! Who may look at the page, and who may change something there.

use super::*;

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' \
                      data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// The pages that read.
const PAGES: &[&str] = &[
    "/",
    "/?q=sabotage",
    "/alerts/alt_x",
    "/live",
    "/watchlists",
    "/watchlists/x",
    "/feeds",
    "/deliveries",
    "/silences",
    "/try",
    "/try/words",
];

/// What changes something, with a form that would be good.
const CHANGES: &[(&str, &[(&str, &str)])] = &[
    ("/deliveries", &[("action", "drop"), ("sink", "desk"), ("sure", "yes")]),
    ("/silences", &[("feed", "test"), ("for", "2h"), ("sure", "yes")]),
    ("/silences/sil_1/end", &[("sure", "yes")]),
    ("/session/end", &[]),
];

#[tokio::test]
async fn with_a_token_a_page_is_shown_to_those_who_have_shown_it_once() {
    let served = Served::with_alerts(1).await;
    let browser = Browser::sign_in(&served).await;
    for part in ["; HttpOnly", "; SameSite=Strict", "; Path=/", "; Max-Age="] {
        assert!(browser.cookie.contains(part), "{}", browser.cookie);
    }
    assert!(!browser.cookie.contains(TOKEN) && !browser.cookie.contains("Secure"), "{}", browser.cookie);
    let (name, value) = browser.cookie.split(';').next().unwrap().split_once('=').unwrap();
    let cookies = [
        String::new(),
        format!("{name}="),
        format!("{name}={TOKEN}"),
        format!("{name}x={value}"),
        format!("{name}={value}0"),
        format!("{name}={}", &value[1..]),
        format!("x{name}={value}"),
    ];
    for cookie in cookies {
        let stranger = served.caller.clone().with("cookie", &cookie);
        for path in PAGES {
            let answer = stranger.get(path).await;
            assert_eq!(answer.status, 401, "{cookie:?} {path}");
            let to = elements(&answer.text()).into_iter().find(|it| it.get("name") == "to").unwrap();
            assert_eq!(to.get("value"), if *path == "/live" { "/" } else { path });
            assert!(!answer.text().contains("Act of sabotage"), "nothing is told");
        }
        for (path, form) in CHANGES {
            assert_eq!(post(&ours(&stranger), path, form).await.status, 401, "{cookie:?} {path}");
        }
    }
    for path in ["/", "/watchlists", "/feeds", "/deliveries", "/silences"] {
        for caller in [&browser.caller, &served.token(), &browser.caller.clone().with("cookie", "other=1")] {
            let answer = caller.get(path).await;
            assert_eq!(answer.status, 200, "{path}: {answer:?}");
        }
    }
    // It opens the page only: programs show the token.
    is_problem(&browser.get("/api/v1/alerts").await, 401);
    // Behind HTTPS, the cookie is for HTTPS.
    let https = served.caller.clone().with("origin", &format!("https://{}", served.caller.address));
    let answer = post(&https, "/session", &[("token", TOKEN)]).await;
    assert!(answer.header("set-cookie").unwrap().ends_with("; Secure"), "{answer:?}");
    let left = browser.post("/session/end", &[]).await;
    assert!(left.header("set-cookie").unwrap().contains("Max-Age=0"), "{left:?}");
    served.stop().await;
}

#[tokio::test]
async fn signing_in_leads_on_and_to_no_other_site() {
    let served = Served::with_alerts(1).await;
    let caller = ours(&served.caller);
    for (to, expected) in [
        ("/", "/"),
        ("/alerts/alt_1", "/alerts/alt_1"),
        ("/?q=a%20b&severity=high", "/?q=a%20b&severity=high"),
        ("", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("/\t/evil.example", "/"),
        ("https://evil.example/", "/"),
        ("evil.example", "/"),
        ("/\r\nset-cookie: a=b", "/"),
        ("/ü", "/"),
    ] {
        let answer = post(&caller, "/session", &[("token", TOKEN), ("to", to)]).await;
        assert_eq!((answer.status, answer.header("location")), (303, Some(expected)), "{to:?}");
    }
    for wrong in ["", "wrong", &TOKEN[1..]] {
        let answer = post(&caller, "/session", &[("token", wrong)]).await;
        assert_eq!((answer.status, answer.header("set-cookie")), (401, None), "{wrong:?}");
        assert!(words(&answer.text()).contains("This is not the token"), "{wrong:?}");
    }
    // Who follows a link of another site comes without the cookie, and then once more with it.
    let linked = served.caller.clone().with("sec-fetch-site", "cross-site").get("/feeds").await;
    assert_eq!((linked.status, linked.header("refresh")), (401, Some("0")));
    for site in ["same-origin", "none"] {
        let again = served.caller.clone().with("sec-fetch-site", site).get("/feeds").await;
        assert_eq!((again.status, again.header("refresh")), (401, None), "{site}");
    }
    served.stop().await;
}

#[tokio::test]
async fn forms_of_other_sites_change_nothing() {
    let served = Served::with(2, "[webhook.desk]\nurl = \"http://127.0.0.1:1/hook\"\n").await;
    let browser = Browser::sign_in(&served).await;
    let address = &served.caller.address;
    let good = [
        vec![("sec-fetch-site", "same-origin".to_owned())],
        vec![("origin", format!("http://{address}"))],
        vec![("origin", format!("https://{address}"))],
    ];
    let bad = [
        vec![],
        vec![("sec-fetch-site", "cross-site".to_owned())],
        vec![("sec-fetch-site", "same-site".to_owned())],
        vec![("sec-fetch-site", "none".to_owned())],
        vec![("sec-fetch-site", "cross-site".to_owned()), ("origin", format!("http://{address}"))],
        vec![("origin", "null".to_owned())],
        vec![("origin", "http://evil.example".to_owned())],
        vec![("origin", format!("http://{address}.evil.example"))],
        vec![("origin", format!("http://{address}0"))],
        vec![("referer", format!("http://{address}/"))],
    ];
    let with = |headers: &[(&str, String)]| {
        headers.iter().fold(browser.caller.clone(), |caller, (name, value)| caller.with(name, value))
    };
    for headers in &bad {
        for (path, form) in CHANGES.iter().chain(&[("/session", &[("token", TOKEN)] as &[_])]) {
            let answer = post(&with(headers), path, form).await;
            assert_eq!((answer.status, answer.header("set-cookie")), (403, None), "{headers:?} {path}");
        }
    }
    let told = served.token().get("/api/v1/silences").await.json();
    assert_eq!(told, json!([]));
    for headers in &good {
        let answer = post(&with(headers), "/silences", &[("feed", "test"), ("for", "2h"), ("sure", "yes")]).await;
        assert_eq!(answer.status, 303, "{headers:?}: {answer:?}");
    }
    assert_eq!(served.token().get("/api/v1/silences").await.json().as_array().unwrap().len(), good.len());
    served.stop().await;
}

#[tokio::test]
async fn without_a_token_a_page_of_this_machine_is_read_and_changes_nothing() {
    let home = Home::new("");
    let feed = feed(&home, 1);
    home.configure(&format!("{OPEN}[file.archive]\npath = \"alerts.jsonl\"\n{feed}"));
    let served = Served::start(home).await;
    for path in ["/", "/watchlists", "/feeds", "/deliveries", "/silences"] {
        let page = served.caller.get(path).await;
        assert_eq!(page.status, 200, "{path}");
        let posts = elements(&page.text()).into_iter().filter(|it| it.name == "form" && it.get("method") == "post");
        assert_eq!(posts.count(), 0, "{path}");
        for host in ["evil.example", "localhost.evil.example"] {
            let answer = served.caller.clone().with("host", host).get(path).await;
            assert_eq!(answer.status, 421, "{path} {host}");
        }
    }
    for (path, form) in CHANGES.iter().chain(&[("/session", &[("token", TOKEN)] as &[_])]) {
        let answer = post(&ours(&served.caller), path, form).await;
        assert_eq!((answer.status, answer.header("set-cookie")), (403, None), "{path}");
    }
    served.stop().await;
}

#[tokio::test]
async fn a_browser_may_do_little_with_what_it_is_shown() {
    let served = Served::with_alerts(1).await;
    let browser = Browser::sign_in(&served).await;
    let mut answers = Vec::new();
    for path in PAGES.iter().filter(|path| **path != "/live") {
        answers.push((*path, browser.get(path).await));
        answers.push((*path, served.caller.get(path).await));
    }
    answers.push(("/assets/page.js", served.caller.get("/assets/page.js").await));
    answers.push(("/assets/none", served.caller.get("/assets/none").await));
    answers.push(("DELETE /", browser.caller.call("DELETE", "/", None).await));
    for (path, answer) in answers {
        assert_eq!(answer.header("content-security-policy"), Some(POLICY), "{path}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
        assert_eq!(answer.header("referrer-policy"), Some("same-origin"), "{path}");
        if !path.starts_with("/assets/") {
            assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
        }
    }
    served.stop().await;
}

#[tokio::test]
async fn assets_are_given_to_everyone_and_kept_until_they_change() {
    let served = Served::with_alerts(1).await;
    let page = served.caller.get("/").await.text();
    let named = elements(&page);
    let named = named.iter().filter_map(|it| match it.name.as_str() {
        "link" => Some(it.get("href")),
        "script" => Some(it.get("src")),
        _ => None,
    });
    let named: Vec<_> = named.collect();
    assert_eq!(named.len(), 3, "{page}");
    for address in named {
        let answer = served.caller.get(address).await;
        assert_eq!(answer.status, 200, "{address}");
        assert_eq!(answer.header("cache-control"), Some("public, max-age=31536000, immutable"), "{address}");
        let tag = answer.header("etag").unwrap().to_owned();
        for known in [tag.clone(), format!("W/{tag}"), format!("\"x\", {tag}")] {
            let same = served.caller.clone().with("if-none-match", &known).get(address).await;
            assert_eq!((same.status, same.body.len()), (304, 0), "{known}");
        }
        let plain = address.split('?').next().unwrap();
        for other in [plain.to_owned(), format!("{plain}?v=0")] {
            assert_eq!(served.caller.get(&other).await.header("cache-control"), Some("no-cache"), "{other}");
        }
        let kind = answer.header("content-type").unwrap();
        assert!(["text/css", "text/javascript", "image/svg+xml"].iter().any(|it| kind.starts_with(it)), "{kind}");
    }
    served.stop().await;
}

#[tokio::test]
async fn another_token_ends_what_was_signed_in_by_the_one_before() {
    let served = Served::with_alerts(1).await;
    let browser = Browser::sign_in(&served).await;
    assert_eq!(browser.get("/").await.status, 200);
    let other = with_token().replace(TOKEN, "another-token-of-some-length");
    let feed = feed(&served.home, 1);
    served.home.configure(&format!("{other}[file.archive]\npath = \"alerts.jsonl\"\n{feed}"));
    served.daemon.signal(rustix::process::Signal::HUP);
    until("the cookie is worth nothing", async || browser.get("/").await.status == 401).await;
    served.stop().await;
}

#[tokio::test]
async fn there_is_no_page_without_a_listener() {
    let home = Home::new("");
    let feed = feed(&home, 1);
    home.configure(&format!("[file.archive]\npath = \"alerts.jsonl\"\n{feed}"));
    let daemon = home.start();
    until("it has polled", async || !home.lines("state/alerts.jsonl").is_empty()).await;
    crate::support::install_tls();
    let socket = home.path("state/control.sock");
    let http = reqwest::Client::builder().unix_socket(socket).no_proxy().tls_certs_only([]).build().unwrap();
    for path in ["/", "/feeds", "/assets/page.js"] {
        let answer = http.get(format!("http://localhost{path}")).send().await.unwrap();
        assert_eq!(answer.status(), 404, "{path}");
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
    }
    daemon.stop().await;
}
