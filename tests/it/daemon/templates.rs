//! Templates through the real binary: bytes that are fixed, and an alert that is not lost
//! where a template cannot render it.

use crate::home::{Home, SECRET, rss, until};
use crate::support::{Reply, Server};
use serde_json::json;

/// A home whose one item goes to a webhook by `desk.j2`.
fn home(server: &Server, template: &str, keys: &str) -> Home {
    let home = Home::new(&format!(
        "[[feed]]\nurl = \"local.xml\"\nfirst_poll = \"all\"\n[webhook.desk]\nurl = {:?}\nsecret = {SECRET:?}\n\
         template = \"templates/desk.j2\"\n{keys}\n",
        server.url("/")
    ));
    home.write("local.xml", rss(1, 1));
    std::fs::create_dir(home.path("templates")).unwrap();
    home.write("templates/desk.j2", template);
    home
}

#[tokio::test]
async fn the_bytes_are_those_of_the_template_when_the_delivery_was_committed() {
    let server = Server::replies(vec![Reply::status(500), Reply::status(200)]).await;
    let home = home(&server, "one: {{ data.item.title }}", "headers = { \"content-type\" = \"text/plain\" }");
    home.once().await;
    home.write("templates/desk.j2", "two: {{ data.item.title }}");
    home.once().await;
    let requests = server.wait_for(2).await;
    for request in &requests {
        assert_eq!(request.body, b"one: Act of sabotage, number 1");
        assert_eq!(request.header("content-type"), Some("text/plain"));
        let webhook = standardwebhooks::Webhook::new(SECRET).unwrap();
        let mut headers = http::HeaderMap::new();
        for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
            headers.insert(name, request.header(name).unwrap().parse().unwrap());
        }
        webhook.verify(&request.body, &headers).unwrap();
    }
}

/// Fine with every sample, and not with the alert that comes.
const TRAP: &str = "{\"title\": {{ data.item.title }},\n{% if data.item.title is startingwith 'Act' %}{{ data.item.titel }}{% endif %}\"x\": 1}";

#[tokio::test]
async fn an_alert_that_a_template_cannot_render_waits_as_a_dead_letter_for_a_better_one() {
    let server = Server::replies(vec![Reply::status(200)]).await;
    let home = home(&server, TRAP, "");
    let daemon = home.start();
    daemon.says(&["ERROR", "a dead letter", "templates/desk.j2:2:50: undefined value"]).await;
    // It is said before it is committed.
    until("it is dead", async || home.json(&["deliveries", "--json"]).await[0]["state"] == "dead").await;
    let letter = &home.json(&["deliveries", "--json"]).await[0];
    let reason = letter["error"].as_str().unwrap();
    assert!(reason.contains("templates/desk.j2:2:50: undefined value: `data.item.titel` is undefined"), "{reason}");
    assert_eq!(home.json(&["alerts", "--json"]).await["data"]["item"]["title"], "Act of sabotage, number 1");
    assert!(server.requests().is_empty(), "nothing was sent in its place");

    // As bad as before: nothing changes.
    assert!(home.run(&["deliveries", "retry", "--all"]).await.status.success());
    until("it is dead again", async || home.json(&["deliveries", "--json"]).await[0]["attempts"] == 2).await;

    // The daemon notices the better template by itself.
    home.write("templates/desk.j2", "{\"title\": {{ data.item.title }}}");
    daemon.says(&["the new configuration is live"]).await;
    assert!(home.run(&["deliveries", "retry", "--all"]).await.status.success());
    let requests = server.wait_for(1).await;
    assert_eq!(requests[0].body, br#"{"title": "Act of sabotage, number 1"}"#);
    assert_eq!(requests[0].header("content-type"), Some("application/json"));
    assert_eq!(requests[0].header("webhook-id").unwrap(), letter["alert"]);
    until("it has arrived", async || home.json(&["deliveries", "--json"]).await == json!([])).await;
    daemon.stop().await;
}

#[tokio::test]
async fn bytes_that_were_made_late_are_fixed_all_the_same() {
    let server = Server::replies(vec![Reply::status(500), Reply::status(200)]).await;
    let home = home(&server, TRAP, "");
    home.once().await;
    let retry = async || assert!(home.run(&["deliveries", "retry", "--all"]).await.status.success());
    for template in ["{\"one\": {{ data.item.title }}}", "{\"two\": {{ data.item.title }}}"] {
        home.write("templates/desk.j2", template);
        retry().await;
        home.once().await;
    }
    let requests = server.wait_for(2).await;
    assert!(requests.iter().all(|request| request.body == br#"{"one": "Act of sabotage, number 1"}"#), "{requests:?}");
}

#[tokio::test]
async fn a_bad_template_keeps_the_one_before_in_service() {
    let server = Server::replies(vec![Reply::status(200)]).await;
    let home = home(&server, "{{ data.item.title }}", "");
    let daemon = home.start();
    server.wait_for(1).await;
    home.write("templates/desk.j2", "\n{\"title\": {{ data.item.titel }}}");
    daemon.says(&["ERROR", "templates/desk.j2:2:14: undefined value"]).await;
    daemon.says(&["the one before stays in service"]).await;
    let output = home.run(&["check"]).await;
    assert_eq!(output.status.code(), Some(78), "{output:?}");
    let tested = home.run(&["send-test", "desk"]).await;
    assert!(tested.status.success(), "{tested:?}");
    daemon.stop().await;
}

#[tokio::test]
async fn what_a_template_cannot_collect_goes_one_by_one() {
    let server = Server::replies(vec![Reply::status(200)]).await;
    // Fine with the sample, which is a digest of two.
    let template =
        "{% if type == 'newswatch.digest.v1' and data.count > 2 %}{{ data.countt }}{% endif %}{{ message.title }}";
    let keys = "digest = \"10m\"\nheaders = { \"Content-Type\" = \"text/plain\" }";
    let home = home(&server, template, keys);
    home.write("local.xml", rss(1, 3));
    let said = home.once().await;
    assert!(said.contains("sent one by one") && said.contains("desk.j2:1:61: undefined value"), "{said}");
    let requests = server.requests();
    let mut bodies: Vec<&str> = requests.iter().map(|it| std::str::from_utf8(&it.body).unwrap()).collect();
    bodies.sort_unstable();
    assert_eq!(bodies, ["1", "2", "3"].map(|number| format!("Act of sabotage, number {number}")));
    assert!(requests.iter().all(|it| it.header("webhook-id").unwrap().starts_with("alt_")));
    assert_eq!(home.json(&["deliveries", "--json"]).await, json!([]));
}
