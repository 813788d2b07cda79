//! The address guard: what is private, and that no redirect reaches it.

use super::*;
use newswatch::fetch::{Looking, Network, is_private};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};

#[test]
fn addresses_are_public_or_private() {
    for (address, expected) in [
        ("8.8.8.8", false),
        ("1.1.1.1", false),
        ("0.0.0.0", true),
        ("0.1.2.3", true),
        ("9.255.255.255", false),
        ("10.0.0.1", true),
        ("11.0.0.0", false),
        ("100.63.255.255", false),
        ("100.64.0.1", true),
        ("100.127.255.255", true),
        ("100.128.0.0", false),
        ("127.0.0.1", true),
        ("127.255.255.254", true),
        ("169.253.0.1", false),
        ("169.254.169.254", true),
        ("172.15.255.255", false),
        ("172.16.0.1", true),
        ("172.31.255.255", true),
        ("172.32.0.0", false),
        ("192.0.0.8", true),
        ("192.0.1.1", false),
        ("192.0.2.1", true),
        ("192.168.1.1", true),
        ("192.169.0.0", false),
        ("198.17.255.255", false),
        ("198.18.0.1", true),
        ("198.19.255.255", true),
        ("198.20.0.0", false),
        ("203.0.113.9", true),
        ("223.255.255.255", false),
        ("224.0.0.1", true),
        ("255.255.255.255", true),
        ("::", true),
        ("::1", true),
        ("::2", true),
        ("::8.8.8.8", false),
        ("::10.0.0.1", true),
        ("::ffff:127.0.0.1", true),
        ("::ffff:8.8.8.8", false),
        ("::ffff:0:10.0.0.1", true),
        ("64:ff9b::10.0.0.1", true),
        ("64:ff9b::8.8.8.8", false),
        ("64:ff9b:1::1", true),
        ("100::1", true),
        ("2001::1", true),
        ("2001:1ff::1", true),
        ("2001:200::1", false),
        ("2001:db8::1", true),
        ("2002:7f00:1::", true),
        ("2002:808:808::", false),
        ("2606:4700::1111", false),
        ("2a00:1450::200e", false),
        ("2a00:1450::5efe:a00:1", true),
        ("3fff:1::", true),
        ("5f00::1", true),
        ("fbff::1", false),
        ("fc00::1", true),
        ("fdff::1", true),
        ("fe80::1", true),
        ("febf::1", true),
        ("fec0::1", true),
        ("ff02::1", true),
    ] {
        let parsed: IpAddr = address.parse().expect("an address");
        assert_eq!(is_private(parsed), expected, "{address}");
    }
}

/// A network in which 127.0.0.1, where the test's servers are, is public and
/// every other address of loopback is private.
#[derive(Debug, Default)]
pub(super) struct Simulated {
    names: HashMap<&'static str, Vec<Vec<&'static str>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Network for Simulated {
    fn look_up(&self, host: &str) -> Looking {
        let mut asked = self.asked.lock().expect("no panic");
        let times = asked.iter().filter(|name| *name == host).count();
        asked.push(host.to_owned());
        let answers = self.names.get(host).cloned().unwrap_or_default();
        let answer = answers.get(times).or(answers.last()).cloned().unwrap_or_default();
        Box::pin(async move { Ok(answer.into_iter().map(|text| text.parse().expect("an address")).collect()) })
    }

    fn is_private(&self, address: IpAddr) -> bool {
        address != IpAddr::from([127, 0, 0, 1])
    }
}

pub(super) fn public_client() -> Client {
    client_over(Simulated::default(), &settings())
}

pub(super) fn client_over(network: Simulated, settings: &Settings) -> Client {
    install_tls();
    Client::over(settings, Arc::new(network)).expect("usable settings")
}

pub(super) fn network(names: &[(&'static str, &[&[&'static str]])]) -> Simulated {
    let names = names.iter().map(|(name, answers)| (*name, answers.iter().map(|list| list.to_vec()).collect()));
    Simulated { names: names.collect(), asked: Arc::default() }
}

fn at(server: &Server, host: &str, path: &str) -> String {
    server.url(path).replace("127.0.0.1", host)
}

/// A feed at a public address that redirects to `location`.
async fn redirected(network: Simulated, location: &str) -> (Fetched, usize) {
    let location = location.to_owned();
    let server = Server::start(move |request| match request.target.as_str() {
        "/feed" => Reply::status(302).header("Location", &location),
        _ => Reply::status(200).body(FEED),
    })
    .await;
    let client = client_over(network, &settings());
    let fetched = get_from(&client, &source(&server.url("/feed")), &Validators::default()).await;
    (fetched, server.requests().len())
}

#[tokio::test]
async fn no_redirect_reaches_a_private_address() {
    for location in [
        "http://127.0.0.2/",
        "http://10.0.0.1/",
        "http://2130706434/",
        "http://0x7f.2/",
        "http://0177.0.0.2/",
        "http://127.2/",
        "http://169.254.169.254/latest/meta-data",
        "http://[::1]/",
        "http://[::ffff:127.0.0.2]/",
        "http://[::ffff:7f00:2]/",
        "http://[fe80::1]/",
        "//192.168.1.1/",
        "https://10.0.0.1/",
        "http://%31%30.0.0.1/",
        "http://１０.0.0.1/",
        "http://private.test/",
        "http://six.test/",
    ] {
        let names = network(&[("private.test", &[&["127.0.0.2", "10.0.0.1"]]), ("six.test", &[&["::1", "fd00::1"]])]);
        let (fetched, requests) = redirected(names, location).await;
        assert_eq!((word(&fetched.outcome), requests), ("blocked", 1), "{location}: {:?}", fetched.outcome);
        assert!(failure(&fetched).reason.contains("make it the URL of the feed"));
    }
}

#[tokio::test]
async fn of_a_name_only_the_public_addresses_are_dialled() {
    let server = Server::replies(vec![Reply::status(200).body(FEED)]).await;
    let names = network(&[("mixed.test", &[&["127.0.0.2", "127.0.0.1"]])]);
    let (fetched, _) = redirected(names, &at(&server, "mixed.test", "/end")).await;
    assert_eq!(word(&fetched.outcome), "body", "{:?}", fetched.outcome);
    let remote = fetched.hops.last().and_then(|hop| hop.remote).map(|remote| remote.ip());
    assert_eq!(remote, Some(IpAddr::from([127, 0, 0, 1])));
}

#[tokio::test]
async fn a_name_that_changes_its_mind_is_judged_by_what_is_dialled() {
    let server = Server::start(|request| {
        let host = request.header("host").unwrap_or_default().replace("first", "second");
        Reply::status(302).header("Location", &format!("http://{host}/again"))
    })
    .await;
    let names = network(&[
        ("first.test", &[&["127.0.0.1"], &["127.0.0.2"]]),
        ("second.test", &[&["127.0.0.2"], &["127.0.0.1"]]),
    ]);
    let asked = Arc::clone(&names.asked);
    let client = client_over(names, &settings());
    let fetched = get_from(&client, &source(&at(&server, "first.test", "/")), &Validators::default()).await;
    assert_eq!(word(&fetched.outcome), "blocked");
    assert_eq!(*asked.lock().expect("no panic"), ["first.test", "second.test"], "one look-up a name and dial");
}

#[tokio::test]
async fn the_operator_may_point_anywhere_and_a_private_feed_may_redirect() {
    // By the real rules loopback is private.
    let server = Server::start(|request| match request.target.as_str() {
        "/feed" => Reply::status(302).header("Location", "/end"),
        _ => Reply::status(200).body(FEED),
    })
    .await;
    let fetched = get(&server.url("/feed")).await;
    assert_eq!(word(&fetched.outcome), "body");
    assert!(fetched.hops.iter().all(|hop| hop.remote.is_some_and(|remote| is_private(remote.ip()))));
}

#[tokio::test]
async fn a_name_is_looked_up_once_a_minute() {
    let server = Server::replies(vec![Reply::status(200).body(FEED)]).await;
    let names = network(&[("feed.test", &[&["127.0.0.1"]])]);
    let asked = Arc::clone(&names.asked);
    let client = client_over(names, &settings());
    for _ in 0..3 {
        let fetched = get_from(&client, &source(&at(&server, "feed.test", "/")), &Validators::default()).await;
        assert_eq!(word(&fetched.outcome), "body");
    }
    assert_eq!(asked.lock().expect("no panic").len(), 1);
}

#[tokio::test]
async fn an_unknown_name_is_a_failure_of_dns() {
    let client = client_over(network(&[]), &settings());
    let fetched = get_from(&client, &source("http://nowhere.test/feed"), &Validators::default()).await;
    assert_eq!(failure(&fetched).kind, FailureKind::Dns);
    assert!(failure(&fetched).reason.contains("nowhere.test"), "{:?}", failure(&fetched));
}

#[tokio::test]
async fn behind_a_proxy_literal_hosts_are_judged() {
    for (location, expected) in [
        ("http://10.0.0.1/", "blocked"),
        ("http://[::1]/", "blocked"),
        ("http://localhost/", "blocked"),
        ("http://a.localhost./", "blocked"),
        ("http://internal.test/", "body"),
        ("http://8.8.8.8/", "body"),
    ] {
        let proxy = Server::start(move |request| match request.target.as_str() {
            "http://feed.test/feed" => Reply::status(302).header("Location", location),
            _ => Reply::status(200).body(FEED),
        })
        .await;
        let with_proxy = Settings { proxy: Some(Secret::new(proxy.url("/"))), ..settings() };
        let fetched = get_from(&client(&with_proxy), &source("http://feed.test/feed"), &Validators::default()).await;
        assert_eq!(word(&fetched.outcome), expected, "{location}: {:?}", fetched.outcome);
        assert!(fetched.hops.iter().all(|hop| hop.proxied));
    }
}

#[tokio::test]
async fn a_private_feed_behind_a_proxy_may_redirect() {
    let proxy = Server::start(|request| match request.target.as_str() {
        "http://10.0.0.1/feed" => Reply::status(302).header("Location", "http://10.0.0.2/"),
        _ => Reply::status(200).body(FEED),
    })
    .await;
    let with_proxy = Settings { proxy: Some(Secret::new(proxy.url("/"))), ..settings() };
    let fetched = get_from(&client(&with_proxy), &source("http://10.0.0.1/feed"), &Validators::default()).await;
    assert_eq!(word(&fetched.outcome), "body");
}

#[tokio::test]
async fn a_proxy_is_given_its_password_and_nobody_is_shown_it() {
    let proxy = Server::replies(vec![Reply::status(407)]).await;
    let url = proxy.url("/").replace("http://", "http://user:s3cret@");
    let with_proxy = Settings { proxy: Some(Secret::new(url)), ..settings() };
    let client = client(&with_proxy);
    let fetched = get_from(&client, &source("http://feed.test/"), &Validators::default()).await;
    assert_eq!(proxy.requests()[0].header("proxy-authorization"), Some("Basic dXNlcjpzM2NyZXQ="));
    assert!(failure(&fetched).reason.contains("proxy"));
    assert!(!format!("{fetched:?}{client:?}").contains("s3cret"));
}

#[test]
fn a_proxy_that_is_no_url_is_refused_without_showing_it() {
    install_tls();
    let with_proxy = Settings { proxy: Some(Secret::new("http://user:s3cret@[")), ..settings() };
    let refusal = Client::new(&with_proxy).expect_err("no URL").to_string();
    assert!(refusal.contains("[poll] proxy") && !refusal.contains("s3cret"), "{refusal}");
}

/// A resolver that never answers.
#[derive(Debug)]
struct Silent;

impl Network for Silent {
    fn look_up(&self, _: &str) -> Looking {
        Box::pin(std::future::pending())
    }
}

#[tokio::test]
async fn a_resolver_that_hangs_costs_one_timeout() {
    install_tls();
    let impatient = Settings { timeout: Duration::from_millis(100), ..settings() };
    let client = Client::over(&impatient, Arc::new(Silent)).expect("usable settings");
    let fetched = get_from(&client, &source("http://feed.test/"), &Validators::default()).await;
    let Failure { kind, reason } = failure(&fetched);
    assert_eq!(*kind, FailureKind::Timeout);
    assert!(reason.contains("feed.test did not answer"), "{reason}");
}
