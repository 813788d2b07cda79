//! Who may call what.

use super::*;

/// Every kind of call, and what it takes.
const READS: &[&str] = &[
    "/api/v1/status",
    "/api/v1/alerts",
    "/api/v1/alerts/alt_x",
    "/api/v1/alerts/stream",
    "/api/v1/feeds",
    "/api/v1/deliveries",
    "/api/v1/silences",
    "/alerts.rss",
    "/nothing",
];
const CHANGES: &[(&str, &str)] = &[
    ("POST", "/api/v1/deliveries"),
    ("POST", "/api/v1/silences"),
    ("DELETE", "/api/v1/silences/sil_1"),
    ("POST", "/api/v1/reload"),
    ("POST", "/api/v1/sinks/archive/test"),
];

#[tokio::test]
async fn with_a_token_nothing_but_health_is_told_to_those_who_do_not_show_it() {
    let served = Served::with_alerts(1).await;
    let wrong = [
        None,
        Some("Bearer wrong".to_owned()),
        Some("Bearer ".to_owned()),
        Some(format!("Bearer {TOKEN}x")),
        Some(format!("Bearer {}", &TOKEN[1..])),
        Some(format!("Basic {TOKEN}")),
        Some(TOKEN.to_owned()),
    ];
    for shown in wrong {
        let caller = match &shown {
            Some(shown) => served.caller.clone().with("authorization", shown),
            None => served.caller.clone(),
        };
        let reads = READS.iter().map(|path| ("GET", *path));
        for (method, path) in reads.chain(CHANGES.iter().copied()).chain([("POST", "/api/v1/match")]) {
            let answer = caller.call(method, path, None).await;
            let problem = is_problem(&answer, 401);
            assert_eq!(answer.header("www-authenticate"), Some("Bearer realm=\"newswatch\""), "{path}");
            assert!(!problem.to_string().contains(TOKEN), "{problem}");
        }
        for path in ["/health/live", "/health/ready"] {
            let answer = caller.get(path).await;
            assert_eq!((answer.status, answer.text().lines().count()), (200, 1), "{path} tells no detail");
        }
    }
    // The scheme is written in any case (RFC 9110), and whoever shows the token may call by any name.
    let by_name = served.caller.clone().with("authorization", &format!("bearer {TOKEN}")).with("host", "watch.example");
    assert_eq!(by_name.get("/api/v1/status").await.status, 200);
    served.stop().await;
}

#[tokio::test]
async fn without_a_token_only_this_machine_is_answered_and_nothing_is_changed() {
    let home = Home::new("");
    let feed = feed(&home, 1);
    home.configure(&format!("{OPEN}{feed}"));
    let served = Served::start(home).await;
    let port = served.caller.address.rsplit(':').next().unwrap().to_owned();
    for host in ["localhost", "LOCALHOST:1", "127.0.0.1", "127.1.2.3:80", "[::1]", "[::1]:8471"] {
        let answer = served.caller.clone().with("host", host).get("/api/v1/status").await;
        assert_eq!(answer.status, 200, "{host}");
    }
    let foreign = [
        "evil.example",
        "evil.example:80",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "localhost@evil.example",
        "evil.example@localhost",
        "192.168.1.5",
        "0.0.0.0",
        "[::]",
        "[fe80::1]",
        "127.0.0.1, evil.example",
        "",
    ];
    for host in foreign {
        for path in ["/api/v1/status", "/health/live", "/alerts.rss"] {
            is_problem(&served.caller.clone().with("host", host).get(path).await, 421);
        }
    }
    // In the target, in a second header, and not at all.
    for head in [
        format!("GET http://evil.example:{port}/api/v1/status HTTP/1.1\r\nhost: localhost\r\n"),
        "GET /api/v1/status HTTP/1.1\r\nhost: localhost\r\nhost: evil.example\r\n".to_owned(),
        "GET /api/v1/status HTTP/1.1\r\n".to_owned(),
    ] {
        is_problem(&served.caller.raw(format!("{head}connection: close\r\n\r\n").as_bytes()).await, 421);
    }
    for (method, path) in CHANGES {
        let problem = is_problem(&served.caller.call(method, path, Some(&json!({}))).await, 403);
        assert!(problem["detail"].as_str().unwrap().contains("token_file"), "{problem}");
    }
    // It changes nothing.
    let matched = served.caller.call("POST", "/api/v1/match", Some(&json!({ "title": "sabotage" }))).await;
    assert_eq!(matched.status, 200, "{matched:?}");
    // What the listener refuses works over the control socket.
    let silence = served.home.run(&["silence", "add", "--feed", "test", "--for", "1h", "--comment", "test"]).await;
    assert!(silence.status.success(), "{silence:?}");
    assert_eq!(served.caller.get("/api/v1/silences").await.json().as_array().unwrap().len(), 1);
    served.stop().await;
}

#[tokio::test]
async fn no_answer_holds_a_secret() {
    let home = Home::new("");
    home.write("feed.xml", rss(1, 1));
    let config = "[[feed]]\nurl = \"feed.xml\"\nname = \"test\"\nfirst_poll = \"all\"\n\
         [[feed]]\nurl = \"http://user:hidden-1@127.0.0.1:1/feed\"\n\
         [[feed]]\nurl = \"http://127.0.0.1:1/other\"\nname = \"keyed\"\nheaders = { \"X-Key\" = \"hidden-2\" }\n\
         [[feed]]\nurl_env = \"HOME_OF_FEED\"\nname = \"secret\"\n\
         [webhook.desk]\nurl = \"http://user:hidden-3@127.0.0.1:1/hidden-4?key=hidden-5\"\nsecret = \"whsec_aGlkZGVuLWhpZGRlbi1oaWRkZW4taGlkZGVuLTY=\"\n\
         [heartbeat]\nurl = \"http://127.0.0.1:1/hidden-7\"\n";
    home.configure(&format!("{}{config}", with_token()));
    let mut command = home.command(&["run"]);
    command.env("HOME_OF_FEED", "http://127.0.0.1:1/hidden-8");
    let daemon = Daemon::start(&mut command);
    let said = daemon.says(&["listening on http://"]).await;
    let caller = Caller::new(said.split("http://").nth(1).unwrap().trim().to_owned());
    let served = Served { home, daemon, caller };
    let caller = served.token();
    until("feeds and sink were tried", async || {
        let status = caller.get("/api/v1/status").await.json();
        let deliveries = caller.get("/api/v1/deliveries").await.json();
        status["failing"].as_array().unwrap().len() == 3 && deliveries["deliveries"][0]["error"].is_string()
    })
    .await;
    let alert = caller.get("/api/v1/alerts").await.json()["alerts"][0]["id"].as_str().unwrap().to_owned();
    let mut told = caller.get(&format!("/api/v1/alerts/{alert}")).await.text();
    for path in READS.iter().filter(|path| !path.ends_with("stream")).chain(&["/metrics", "/api/v1/openapi.json"]) {
        told += &caller.get(path).await.text();
    }
    told += &caller.call("POST", "/api/v1/sinks/desk/test", None).await.text();
    told += &caller.call("POST", "/api/v1/reload?wait=true", None).await.text();
    assert!(!told.contains("hidden-") && !told.contains("aGlkZGVu") && !told.contains(TOKEN), "{told}");
    served.stop().await;
}
