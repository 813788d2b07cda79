//! Presets through the real binary: what goes over the wire to each service, and that each
//! one's way to ask for patience is obeyed.

use crate::home::{Home, rss};
use crate::support::{Reply, Request, Server};
use serde_json::{Value, json};
use std::fs;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// A service as it is configured, and as it answers.
struct Service {
    preset: &'static str,
    /// What follows the origin in the URL, which is in a file of its own.
    path: &'static str,
    /// Further keys.
    keys: &'static str,
    /// Of the request that is to come.
    method: &'static str,
    target: &'static str,
    /// How it says 429, and for how long.
    patience: fn() -> Reply,
    wait: Duration,
    /// How it says that it took a message.
    thanks: fn() -> Reply,
}

const SECRET: &str = "do-not-show-123";

const SERVICES: [Service; 7] = [
    Service {
        preset: "slack",
        path: "/services/T000/B000/do-not-show-123",
        keys: "",
        method: "POST",
        target: "/services/T000/B000/do-not-show-123",
        patience: || Reply::status(429).header("retry-after", "1").body("rate_limited"),
        wait: Duration::from_secs(1),
        thanks: || Reply::status(200).body("ok"),
    },
    Service {
        preset: "discord",
        path: "/api/webhooks/1/do-not-show-123",
        keys: "",
        method: "POST",
        target: "/api/webhooks/1/do-not-show-123",
        patience: || {
            let body = r#"{"message": "You are being rate limited.", "retry_after": 0.8, "global": false}"#;
            Reply::status(429).body(body)
        },
        wait: Duration::from_millis(800),
        thanks: || Reply::status(204),
    },
    Service {
        preset: "teams",
        path: "/workflows/1?sig=do-not-show-123",
        keys: "",
        method: "POST",
        target: "/workflows/1?sig=do-not-show-123",
        patience: || Reply::status(429).header("retry-after", "1"),
        wait: Duration::from_secs(1),
        thanks: || Reply::status(202),
    },
    Service {
        preset: "telegram",
        path: "/bot42:do-not-show-123/sendMessage",
        keys: "chat_id = -100123",
        method: "POST",
        target: "/bot42:do-not-show-123/sendMessage",
        patience: || {
            let body = r#"{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 1","parameters":{"retry_after":1}}"#;
            Reply::status(429).body(body)
        },
        wait: Duration::from_secs(1),
        thanks: || Reply::status(200).body(r#"{"ok":true,"result":{}}"#),
    },
    Service {
        preset: "matrix",
        path: "/",
        keys: "room = \"!r#/?:example.org\"\ntoken_file = \"token\"",
        method: "PUT",
        target: "/_matrix/client/v3/rooms/!r%23%2F%3F:example.org/send/m.room.message/",
        patience: || {
            let body = r#"{"errcode":"M_LIMIT_EXCEEDED","error":"Too many requests","retry_after_ms":700}"#;
            Reply::status(429).body(body)
        },
        wait: Duration::from_millis(700),
        thanks: || Reply::status(200).body(r#"{"event_id":"$1"}"#),
    },
    Service {
        preset: "ntfy",
        path: "/alerts",
        keys: "token_file = \"token\"",
        method: "POST",
        target: "/",
        patience: || Reply::status(429).header("retry-after", "1").body(r#"{"code":42901,"http":429}"#),
        wait: Duration::from_secs(1),
        thanks: || Reply::status(200).body("{}"),
    },
    Service {
        preset: "pagerduty",
        path: "/v2/enqueue",
        keys: "routing_key_file = \"token\"",
        method: "POST",
        target: "/v2/enqueue",
        patience: || Reply::status(429).header("retry-after", "1"),
        wait: Duration::from_secs(1),
        thanks: || Reply::status(202).body(r#"{"status":"success"}"#),
    },
];

impl Service {
    /// A home that sends the alerts of so many items there.
    fn home(&self, server: &Server, items: u32, more: &str) -> Home {
        let (preset, keys) = (self.preset, self.keys);
        let home = Home::new(&format!(
            "[[feed]]\nurl = \"local.xml\"\nfirst_poll = \"all\"\n[webhook.desk]\nurl_file = \"desk.url\"\npreset = \"{preset}\"\n{keys}\n{more}\n"
        ));
        home.write("local.xml", rss(1, items));
        home.write("desk.url", server.url(self.path));
        home.write("token", SECRET);
        home
    }

    /// That a request is as the service wants it.
    fn check(&self, request: &Request, says: &str) {
        let name = self.preset;
        assert_eq!((request.method.as_str(), request.header("content-type")), (self.method, Some("application/json")));
        let id = request.header("webhook-id").unwrap();
        let target = if name == "matrix" { format!("{}{id}", self.target) } else { self.target.to_owned() };
        assert_eq!(request.target, target, "{name}");
        let bearer = request.header("authorization");
        let expected = format!("Bearer {SECRET}");
        assert_eq!(bearer, matches!(name, "matrix" | "ntfy").then_some(expected.as_str()), "{name}");
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        assert!(body.to_string().contains(says), "{name}: {body}");
        let addressed = match name {
            "telegram" => body["chat_id"] == json!(-100_123),
            "ntfy" => body["topic"] == "alerts",
            "pagerduty" => body["routing_key"] == SECRET && body["dedup_key"] == id,
            _ => true,
        };
        assert!(addressed, "{name}: {body}");
    }
}

/// A server that asks for patience once, and when each request came.
async fn server(service: &Service) -> (Server, Arc<Mutex<Vec<Instant>>>) {
    let times = Arc::new(Mutex::new(Vec::new()));
    let (patience, thanks, seen) = (service.patience, service.thanks, Arc::clone(&times));
    let server = Server::start(move |_| {
        let mut times = seen.lock().unwrap();
        #[expect(clippy::disallowed_methods, reason = "it is measured how long the daemon waits")]
        times.push(Instant::now());
        if times.len() == 1 { patience() } else { thanks() }
    })
    .await;
    (server, times)
}

/// Every byte that the daemon keeps.
fn kept(home: &Home) -> Vec<u8> {
    let files = fs::read_dir(home.path("state")).unwrap().map(|entry| entry.unwrap().path());
    files.filter(|path| path.is_file()).flat_map(|path| fs::read(path).unwrap()).collect()
}

#[tokio::test]
async fn each_service_gets_an_alert_as_it_wants_it_and_is_given_the_time_it_asks_for() {
    for service in &SERVICES {
        let name = service.preset;
        let (server, times) = server(service).await;
        let home = service.home(&server, 1, "");
        let mut daemon = home.start();
        let requests = server.wait_for(2).await;
        daemon.says(&["takes alerts again"]).await;
        for request in &requests {
            service.check(request, "Act of");
        }
        // The same bytes at the same place, so that a service which can tells a repetition.
        assert_eq!((&requests[0].body, &requests[0].target), (&requests[1].body, &requests[1].target), "{name}");
        let times = times.lock().unwrap().clone();
        let waited = times[1] - times[0];
        assert!(waited >= service.wait, "{name}: {waited:?}");
        daemon.stop_well().await;
        assert_eq!(home.json(&["deliveries", "--json"]).await, json!([]), "{name}");
        assert!(!daemon.said.iter().any(|line| line.contains(SECRET)), "{name}");
        let kept = kept(&home);
        assert!(!kept.windows(SECRET.len()).any(|bytes| bytes == SECRET.as_bytes()), "{name} keeps its secret");
    }
}

#[tokio::test]
async fn a_test_works_with_each_service_and_a_refusal_shows_no_secret() {
    for service in &SERVICES {
        let name = service.preset;
        // The worst service: it says again whatever it was told.
        let mut asked = 0;
        let thanks = service.thanks;
        let server = Server::start(move |request| {
            asked += 1;
            if asked == 1 { thanks() } else { Reply::status(400).body(format!("{request:?} {SECRET}")) }
        })
        .await;
        let home = service.home(&server, 1, "");
        let taken = home.run(&["send-test", "desk", "--json"]).await;
        assert_eq!(taken.status.code(), Some(0), "{name}: {taken:?}");
        service.check(&server.requests()[0], "newswatch test alert");
        let refused = home.run(&["send-test", "desk", "--json"]).await;
        assert_eq!(refused.status.code(), Some(1), "{name}: {refused:?}");
        let said = format!("{refused:?}");
        assert!(said.contains("400 Bad Request") && !said.contains(SECRET), "{name}: {said}");
    }
}

#[tokio::test]
async fn a_digest_is_one_message() {
    for service in &SERVICES {
        let name = service.preset;
        let thanks = service.thanks;
        let server = Server::start(move |_| thanks()).await;
        let home = service.home(&server, 3, "digest = \"10m\"");
        home.once().await;
        let requests = server.requests();
        assert_eq!(requests.len(), 1, "{name}: {requests:#?}");
        assert!(requests[0].header("webhook-id").unwrap().starts_with("dig_"), "{name}");
        service.check(&requests[0], "3 alerts");
        let body = String::from_utf8(requests[0].body.clone()).unwrap();
        // The match in the title stands out, whatever that looks like.
        assert!((1..=3).all(|number| body.contains(&format!(", number {number}"))), "{name}: {body}");
        assert_eq!(home.json(&["deliveries", "--json"]).await, json!([]), "{name}");
    }
}
