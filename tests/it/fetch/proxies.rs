//! Proxies: SOCKS, the environment's, and what is asked without one.

use super::guard::{client_over, network};
use super::*;
use crate::home::Home;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::io::{self, AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A SOCKS 5 proxy (RFC 1928, RFC 1929) that leads everything to one server, and notes
/// what it was asked for: `USER:PASSWORD@HOST:PORT`.
struct Socks {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Socks {
    async fn start(server: &Server) -> Self {
        let server: SocketAddr = server.url("").trim_start_matches("http://").parse().unwrap();
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&asked);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(lead(stream, server, Arc::clone(&noted)));
            }
        });
        Self { address, asked }
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

async fn lead(mut stream: TcpStream, server: SocketAddr, asked: Arc<Mutex<Vec<String>>>) -> io::Result<()> {
    let _version = stream.read_u8().await?;
    let methods = text(&mut stream).await?;
    let mut target = String::new();
    if methods.contains('\u{2}') {
        stream.write_all(&[5, 2]).await?;
        let _version = stream.read_u8().await?;
        target = format!("{}:{}@", text(&mut stream).await?, text(&mut stream).await?);
        stream.write_all(&[1, 0]).await?;
    } else {
        stream.write_all(&[5, 0]).await?;
    }
    let mut head = [0; 4];
    stream.read_exact(&mut head).await?;
    if head[3] == 3 {
        target.push_str(&text(&mut stream).await?);
    } else {
        let mut address = [0; 4];
        stream.read_exact(&mut address).await?;
        target.push_str(&std::net::Ipv4Addr::from(address).to_string());
    }
    let port = stream.read_u16().await?;
    asked.lock().unwrap().push(format!("{target}:{port}"));
    stream.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).await?;
    let mut server = TcpStream::connect(server).await?;
    io::copy_bidirectional(&mut stream, &mut server).await.map(|_| ())
}

/// A length of one byte, and as many characters.
async fn text(stream: &mut TcpStream) -> io::Result<String> {
    let length = stream.read_u8().await?;
    let mut bytes = vec![0; length.into()];
    stream.read_exact(&mut bytes).await?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn through(proxy: String) -> Settings {
    Settings { proxy: Some(Secret::new(proxy)), ..settings() }
}

#[tokio::test]
async fn a_socks_proxy_is_given_the_name_or_the_address() {
    let server = Server::replies(vec![Reply::status(200).body(FEED)]).await;
    for (scheme, user, expected) in [
        ("socks5h", "", "feed.test:80"),
        ("socks5", "", "127.0.0.9:80"),
        ("socks5h", "me:s3cret@", "me:s3cret@feed.test:80"),
    ] {
        let socks = Socks::start(&server).await;
        let client = client_over(
            network(&[("feed.test", &[&["127.0.0.9"]])]),
            &through(format!("{scheme}://{user}{}", socks.address)),
        );
        let fetched = get_from(&client, &source("http://feed.test/feed"), &Validators::default()).await;
        assert_eq!(word(&fetched.outcome), "body", "{scheme}: {:?}", fetched.outcome);
        assert_eq!(socks.asked(), [expected], "{scheme}");
        assert!(fetched.hops[0].proxied);
        assert!(!format!("{fetched:?}{client:?}").contains("s3cret"));
    }
}

#[tokio::test]
async fn behind_a_socks_proxy_literal_hosts_are_judged_and_failures_told() {
    let server = Server::start(|_| Reply::status(302).header("Location", "http://10.0.0.1/")).await;
    let socks = Socks::start(&server).await;
    let client = client(&through(format!("socks5h://{}", socks.address)));
    let fetched = get_from(&client, &source("http://feed.test/feed"), &Validators::default()).await;
    assert_eq!((word(&fetched.outcome), socks.asked().len()), ("blocked", 1), "{:?}", fetched.outcome);

    let nobody = through(format!("socks5h://{}", crate::support::refused().await));
    let fetched = get_from(&super::client(&nobody), &source("http://feed.test/feed"), &Validators::default()).await;
    assert_eq!(failure(&fetched).kind, FailureKind::Connect, "{:?}", failure(&fetched));
}

/// `fetch` with these variables: whether a proxy was asked, by the program's own account.
async fn is_proxied(url: &str, variables: &[(&str, &str)]) -> bool {
    let home = Home::new("");
    let mut command = home.command(&["fetch", "--json", url]);
    for name in ["ALL_PROXY", "all_proxy", "HTTP_PROXY", "NO_PROXY", "no_proxy"] {
        command.env_remove(name);
    }
    command.envs(variables.iter().copied());
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let found: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(found["feed"]["title"], "News", "{variables:?}: {output:?}");
    found["trace"][0]["proxied"].as_bool().unwrap()
}

#[tokio::test]
async fn the_environment_names_proxies_and_what_needs_none() {
    let server = Server::replies(vec![Reply::status(200).body(FEED)]).await;
    let socks = Socks::start(&server).await;
    let proxy = Server::replies(vec![Reply::status(200).body(FEED)]).await;
    let (http, socks_url) = (proxy.url(""), format!("socks5h://{}", socks.address));
    let mut through_proxy = 0;
    for (variables, expected) in [
        (vec![], false),
        (vec![("http_proxy", http.as_str())], true),
        (vec![("HTTP_PROXY", http.as_str())], true),
        (vec![("ALL_PROXY", http.as_str())], true),
        (vec![("https_proxy", http.as_str())], false),
        (vec![("http_proxy", http.as_str()), ("NO_PROXY", "127.0.0.1")], false),
        (vec![("http_proxy", http.as_str()), ("no_proxy", "example.org, 127.0.0.0/8")], false),
        (vec![("http_proxy", http.as_str()), ("NO_PROXY", "*")], false),
        (vec![("http_proxy", http.as_str()), ("NO_PROXY", "example.org,10.0.0.0/8")], true),
        (vec![("http_proxy", http.as_str()), ("NO_PROXY", "")], true),
    ] {
        assert_eq!(is_proxied(&server.url("/feed"), &variables).await, expected, "{variables:?}");
        through_proxy += usize::from(expected);
        assert_eq!(proxy.requests().len(), through_proxy, "{variables:?}");
    }
    assert!(is_proxied("http://feed.test/feed", &[("ALL_PROXY", &socks_url)]).await);
    assert_eq!(socks.asked(), ["feed.test:80"]);
}

#[tokio::test]
async fn the_proxy_of_the_configuration_is_not_asked_for_what_is_near() {
    let server = Server::replies(vec![Reply::status(200).body(FEED)]).await;
    let proxy = Server::replies(vec![Reply::status(200).body(FEED)]).await;
    let home = Home::new(&format!("proxy = {:?}\n[[feed]]\nurl = {:?}\n", proxy.url(""), server.url("/feed")));
    for (near, expected) in [("", (0, 1)), ("127.0.0.1", (1, 1))] {
        let mut command = home.command(&["run", "--once"]);
        command.env("NO_PROXY", near);
        let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        assert!(output.status.success(), "{output:?}");
        assert_eq!((server.requests().len(), proxy.requests().len()), expected, "{near:?}");
    }
}
