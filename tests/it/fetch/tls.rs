//! TLS and HTTP/2: the real binary with a certificate authority of our own, and
//! servers whose certificate or handshake is no good.

use super::*;
use crate::home::Home;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use serde_json::Value;
use std::net::SocketAddr;
use std::process::Output;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// A certificate authority that the program is told to trust.
struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    /// A server's configuration with a certificate for this name, good until the end of that year.
    fn server(&self, name: &str, year: i32, protocols: &[&str]) -> ServerConfig {
        install_tls();
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.not_after = date_time_ymd(year, 12, 31);
        let certificate = params.signed_by(&key, &self.0).unwrap();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = ServerConfig::builder().with_no_client_auth();
        let mut config = config.with_single_cert(vec![certificate.der().clone()], key).unwrap();
        config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
        config
    }

    /// What `fetch --json` makes of an address, and how it ended.
    async fn fetch(&self, address: SocketAddr, variables: &[(&str, &str)]) -> (Output, Value) {
        let home = Home::new("");
        home.write("ca.pem", self.0.pem());
        let mut command = home.command(&["fetch", "--json", &format!("https://{address}/feed")]);
        command.env("SSL_CERT_FILE", home.path("ca.pem")).env_remove("SSL_CERT_DIR").envs(variables.iter().copied());
        let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        let found = serde_json::from_slice(&output.stdout).unwrap();
        (output, found)
    }
}

/// A server that shakes hands and then does as it is told with each connection.
async fn serve<W>(config: ServerConfig, work: impl Fn(TlsStream<TcpStream>) -> W + Send + 'static) -> SocketAddr
where
    W: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            if let Ok(stream) = acceptor.accept(stream).await {
                tokio::spawn(work(stream));
            }
        }
    });
    address
}

/// Reads a request and sends these bytes; then the end, announced or not.
async fn answer(mut stream: TlsStream<TcpStream>, bytes: String, announced: bool) {
    let mut buffer = [0; 4096];
    let _ = stream.read(&mut buffer).await;
    let _ = stream.write_all(bytes.as_bytes()).await;
    let _ = stream.flush().await;
    if announced {
        let _ = stream.shutdown().await;
    }
}

fn whole() -> String {
    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{FEED}", FEED.len())
}

/// An HTTP/2 server that answers each request with a feed, and remembers their headers.
async fn serve_h2(stream: TlsStream<TcpStream>, seen: Arc<Mutex<Vec<http::HeaderMap>>>) {
    let mut connection = h2::server::handshake(stream).await.unwrap();
    while let Some(Ok((request, mut respond))) = connection.accept().await {
        seen.lock().unwrap().push(request.headers().clone());
        let head = http::Response::builder().header("etag", "\"1\"").body(()).unwrap();
        let mut body = respond.send_response(head, false).unwrap();
        body.send_data(FEED.into(), true).unwrap();
    }
}

fn version(found: &Value) -> &str {
    found["trace"][0]["version"].as_str().unwrap_or_default()
}

#[tokio::test]
async fn http_2_is_spoken_where_the_server_does() {
    let authority = Authority::new("one");
    for (offered, expected) in
        [(&["h2"][..], "HTTP/2.0"), (&["h2", "http/1.1"], "HTTP/2.0"), (&["http/1.1"], "HTTP/1.1"), (&[], "HTTP/1.1")]
    {
        let config = authority.server("127.0.0.1", 2100, offered);
        let seen = Arc::default();
        let address = if expected == "HTTP/2.0" {
            let seen = Arc::clone(&seen);
            serve(config, move |stream| serve_h2(stream, Arc::clone(&seen))).await
        } else {
            serve(config, |stream| answer(stream, whole(), true)).await
        };
        let (output, found) = authority.fetch(address, &[]).await;
        assert_eq!(found["feed"]["title"], "News", "{offered:?}: {output:?}");
        assert_eq!(version(&found), expected, "{offered:?}");
        for headers in seen.lock().unwrap().iter() {
            assert_eq!(headers["a-im"], "feed");
            assert_eq!(headers["accept-encoding"], "gzip, br, zstd, deflate");
            assert!(!headers.contains_key("cookie"));
        }
    }
}

#[tokio::test]
async fn a_certificate_that_is_no_good_is_named() {
    let authority = Authority::new("one");
    for (name, year, known, part) in [
        ("127.0.0.1", 2001, true, "has expired"),
        ("other.example", 2100, true, "is for another name"),
        ("127.0.0.1", 2100, false, "signed by no CA that this system knows"),
    ] {
        let config = authority.server(name, year, &[]);
        let address = serve(config, |stream| answer(stream, whole(), true)).await;
        let asking = if known { &authority } else { &Authority::new("another") };
        let (output, found) = asking.fetch(address, &[]).await;
        let error = found["error"].as_str().unwrap_or_default();
        assert!(error.contains(part) && error.contains(&address.to_string()), "{name} {year}: {output:?}");
        assert_eq!(output.status.code(), Some(74));
    }
}

#[tokio::test]
async fn a_body_that_ends_unannounced_is_not_whole() {
    let authority = Authority::new("one");
    let short = whole().replace(&format!("{}\r\n", FEED.len()), "9999\r\n");
    let open = format!("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{FEED}");
    for (bytes, announced, is_whole) in
        [(whole(), false, true), (open.clone(), true, true), (open, false, false), (short, true, false)]
    {
        let config = authority.server("127.0.0.1", 2100, &[]);
        let sent = bytes.clone();
        let address = serve(config, move |stream| answer(stream, sent.clone(), announced)).await;
        let (output, found) = authority.fetch(address, &[]).await;
        assert_eq!(found["feed"]["title"], "News", "{bytes}: {output:?}");
        let body = found["trace"].as_array().unwrap().iter().find(|step| step["step"] == "body").unwrap();
        assert_eq!(body["cut"].is_null(), is_whole, "{bytes} {announced}: {body}");
    }
}

/// A server that takes a connection and does this with it.
async fn raw<W>(work: impl Fn(TcpStream) -> W + Send + 'static) -> String
where
    W: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(work(stream));
        }
    });
    format!("https://{address}/")
}

/// As much as comes at once.
async fn hello(stream: &mut TcpStream) {
    let mut buffer = [0; 4096];
    let _ = stream.read(&mut buffer).await;
}

#[tokio::test]
async fn a_handshake_that_goes_wrong_is_a_failure() {
    let closes = raw(|mut stream| async move { hello(&mut stream).await }).await;
    let resets = raw(|mut stream| async move {
        hello(&mut stream).await;
        let _ = stream.set_zero_linger();
    })
    .await;
    let alerts = raw(|mut stream| async move {
        hello(&mut stream).await;
        // A fatal alert: the handshake failed.
        let _ = stream.write_all(&[21, 3, 3, 0, 2, 2, 40]).await;
    })
    .await;
    let babbles = raw(|mut stream| async move {
        hello(&mut stream).await;
        let _ = stream.write_all(&[22; 4096]).await;
    })
    .await;
    for (what, url, kinds) in [
        ("it closes", &closes, &[FailureKind::Tls, FailureKind::Connect][..]),
        ("it resets", &resets, &[FailureKind::Connect]),
        ("it alerts", &alerts, &[FailureKind::Tls]),
        ("it babbles", &babbles, &[FailureKind::Tls]),
    ] {
        let fetched = get(url).await;
        assert!(kinds.contains(&failure(&fetched).kind), "{what}: {:?}", failure(&fetched));
    }
}

#[tokio::test]
async fn a_handshake_that_hangs_costs_one_timeout() {
    let hangs = raw(|mut stream| async move {
        hello(&mut stream).await;
        std::future::pending::<()>().await;
    })
    .await;
    let drips = raw(|mut stream| async move {
        hello(&mut stream).await;
        // A record of 16 KiB that never is complete.
        let _ = stream.write_all(&[22, 3, 3, 64, 0]).await;
        while stream.write_all(&[2]).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    let impatient = client(&Settings { timeout: Duration::from_millis(300), ..settings() });
    for url in [hangs, drips] {
        let fetched = get_from(&impatient, &source(&url), &Validators::default()).await;
        assert_eq!(failure(&fetched).kind, FailureKind::Timeout, "{:?}", failure(&fetched));
    }
}

/// An HTTP proxy that makes one tunnel after the other, and what it was asked for.
async fn tunnels() -> (SocketAddr, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&asked);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut buffer = [0; 4096];
            let length = stream.read(&mut buffer).await.unwrap_or(0);
            let head = String::from_utf8_lossy(&buffer[..length]).into_owned();
            let target = head.split(' ').nth(1).unwrap_or_default().to_owned();
            noted.lock().unwrap().push(head);
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await;
            let mut server = TcpStream::connect(target).await.unwrap();
            let _ = tokio::io::copy_bidirectional(&mut stream, &mut server).await;
        }
    });
    (address, asked)
}

#[tokio::test]
async fn behind_a_proxy_tls_goes_through_a_tunnel() {
    let authority = Authority::new("one");
    let seen = Arc::default();
    let config = authority.server("127.0.0.1", 2100, &["h2"]);
    let address = serve(config, move |stream| serve_h2(stream, Arc::clone(&seen))).await;
    let (proxy, asked) = tunnels().await;
    let proxy = format!("http://user:s3cret@{proxy}");
    let (output, found) = authority.fetch(address, &[("https_proxy", &proxy)]).await;
    assert_eq!(found["feed"]["title"], "News", "{output:?}");
    assert_eq!((version(&found), &found["trace"][0]["proxied"]), ("HTTP/2.0", &true.into()));
    let asked = asked.lock().unwrap().join("\n").to_ascii_lowercase();
    assert!(asked.starts_with(&format!("connect {address} http/1.1")), "{asked}");
    assert!(asked.contains("proxy-authorization: basic") && !asked.contains("a-im"), "{asked}");
    assert!(!String::from_utf8_lossy(&output.stdout).contains("s3cret"));
}
