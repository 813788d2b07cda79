//! Webhooks over TLS: authorities of one's own, a receiver that wants to see a
//! certificate, a proxy on the way, secrets from everywhere.

use super::{delivery, time, told};
use crate::home::{Home, rss};
use crate::support::{Reply, Server, install_tls};
use newswatch::config::secret::Secret;
use newswatch::sink::Outcome;
use newswatch::sink::tls::Tls;
use newswatch::sink::webhook::{Config, WebhookSink};
use rcgen::{BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;
use tokio_rustls::TlsAcceptor;

/// Somebody who signs certificates.
struct Authority {
    pem: String,
    der: rcgen::Certificate,
    issuer: Issuer<'static, KeyPair>,
}

/// A certificate and its key, in PEM and for rustls.
struct Signed {
    cert: String,
    key: String,
    der: rcgen::Certificate,
    pair: KeyPair,
}

impl Authority {
    fn new(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let der = params.self_signed(&key).unwrap();
        Self { pem: der.pem(), der, issuer: Issuer::new(params, key) }
    }

    fn sign(&self, name: &str, purpose: ExtendedKeyUsagePurpose) -> Signed {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.extended_key_usages = vec![purpose];
        let pair = KeyPair::generate().unwrap();
        let der = params.signed_by(&pair, &self.issuer).unwrap();
        Signed { cert: der.pem(), key: pair.serialize_pem(), der, pair }
    }

    fn server(&self) -> Signed {
        self.sign("127.0.0.1", ExtendedKeyUsagePurpose::ServerAuth)
    }

    fn client(&self) -> Signed {
        self.sign("newswatch.example.org", ExtendedKeyUsagePurpose::ClientAuth)
    }
}

/// Takes connections over TLS, only of those that show a certificate, and passes what they
/// send on to a server without. It ends with its value.
struct Front {
    address: SocketAddr,
    task: AbortHandle,
}

impl Front {
    async fn start(authority: &Authority, inner: &Server) -> Self {
        install_tls();
        let mut roots = RootCertStore::empty();
        roots.add(authority.der.der().clone()).unwrap();
        let verifier = WebPkiClientVerifier::builder(Arc::new(roots)).build().unwrap();
        let signed = authority.server();
        let key = PrivateKeyDer::Pkcs8(signed.pair.serialize_der().into());
        let config = ServerConfig::builder().with_client_cert_verifier(verifier);
        let config = config.with_single_cert(vec![signed.der.der().clone()], key).unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let inner = inner.url("").trim_start_matches("http://").to_owned();
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, inner) = (acceptor.clone(), inner.clone());
                tokio::spawn(async move {
                    let mut outside = acceptor.accept(stream).await?;
                    copy_bidirectional(&mut outside, &mut TcpStream::connect(inner).await?).await
                });
            }
        });
        Self { address, task: task.abort_handle() }
    }

    fn url(&self) -> String {
        format!("https://{}/hook", self.address)
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn config(url: &str, tls: Tls) -> Config {
    Config {
        body: newswatch::sink::body::Body::default(),
        url: url.parse().unwrap(),
        secrets: Vec::new(),
        headers: Vec::new(),
        timeout: Duration::from_secs(20),
        concurrency: 2,
        proxy: None,
        tls,
    }
}

#[tokio::test]
async fn a_receiver_that_wants_a_certificate_gets_it() {
    let (ours, others) = (Authority::new("ours"), Authority::new("others"));
    let inner = Server::start(|_| Reply::status(204)).await;
    let front = Front::start(&ours, &inner).await;
    let (client, stranger) = (ours.client(), others.client());
    let both = format!("{}{}", client.key, client.cert);
    let bundle = format!("{}{}", others.pem, ours.pem);
    let untrusted = "is not trusted: its issuer is unknown; if the receiver has a private CA, set the sink's `ca_file`";
    let unknown = "does not accept who newswatch says it is: check the sink's `client_cert_file`";
    // ca_file, client_cert_file, client_key_file, what the outcome says
    for (ca, cert, key, expected) in [
        (None, None, None, Some(untrusted)),
        (Some(&others.pem), Some(&client.cert), Some(&client.key), Some(untrusted)),
        (Some(&ours.pem), None, None, Some(unknown)),
        (Some(&ours.pem), Some(&stranger.cert), Some(&stranger.key), Some(unknown)),
        (Some(&ours.pem), Some(&client.cert), Some(&client.key), None),
        (Some(&bundle), Some(&both), None, None),
    ] {
        let text = |it: Option<&String>| it.map(|it| Secret::new(it.as_str()));
        let tls = Tls { ca: text(ca), client_cert: text(cert), client_key: text(key) };
        let before = inner.requests().len();
        let sink = WebhookSink::open(&config(&front.url(), tls)).unwrap();
        let outcome = sink.send(&delivery("{}"), time("2026-11-24T02:15:04Z")).await;
        match expected {
            None => assert_eq!(outcome, Outcome::Delivered),
            Some(words) => {
                let (kind, reason) = told(&outcome);
                assert!(kind == "retry" && reason.contains(words), "{reason:?} does not say {words:?}");
            }
        }
        assert_eq!(inner.requests().len() - before, usize::from(expected.is_none()), "{outcome:?}");
    }
}

#[test]
fn what_is_wrong_with_certificates_and_keys_is_told_and_not_shown() {
    install_tls();
    let authority = Authority::new("ours");
    let (client, other) = (authority.client(), authority.client());
    let encrypted = client.key.replace("PRIVATE", "ENCRYPTED PRIVATE");
    let damaged = client.cert.replacen('M', "!", 1);
    let garbage = "-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n";
    for (ca, cert, key, expected) in [
        (Some("no PEM"), None, None, Some(("ca", "there is no certificate in this"))),
        (Some(client.key.as_str()), None, None, Some(("ca", "there is no certificate in this"))),
        (Some(garbage), None, None, Some(("ca", "this is no certificate of an authority"))),
        (None, Some(damaged.as_str()), Some(client.key.as_str()), Some(("client_cert", "is damaged"))),
        (None, Some(""), Some(&client.key), Some(("client_cert", "there is no certificate in this"))),
        (None, Some(&client.cert), None, Some(("client_cert", "there is no private key in this"))),
        (None, Some(&client.cert), Some(&client.cert), Some(("client_key", "there is no private key in this"))),
        (None, Some(&client.cert), Some(&encrypted), Some(("client_key", "this private key is encrypted"))),
        (None, Some(&client.cert), Some(&other.key), Some(("client_key", "cannot be used with the certificate"))),
        (None, None, Some(&client.key), Some(("client_key", "a key without a certificate"))),
        (Some(&authority.pem), Some(&client.cert), Some(&client.key), None),
    ] {
        let tls = Tls { ca: ca.map(Secret::new), client_cert: cert.map(Secret::new), client_key: key.map(Secret::new) };
        let config = config("https://hooks.example.org/", tls);
        let problems = config.check();
        let shown = format!("{problems:?} {config:?}");
        assert!(!shown.contains(client.key.lines().nth(1).unwrap()), "{shown}");
        let Some((key, message)) = expected else {
            assert_eq!(problems, []);
            continue;
        };
        assert!(problems.len() == 1 && problems[0].key == key, "{problems:?}: {key}, {message}");
        assert!(problems[0].message.contains(message), "{problems:?} does not say {message:?}");
        assert!(!problems[0].help.is_empty());
        assert_eq!(WebhookSink::open(&config).map(drop), Err(problems[0].clone()));
    }
}

/// A proxy that lets everything through and remembers what it was asked. It ends with its value.
struct Recorder {
    address: SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
    task: AbortHandle,
}

impl Recorder {
    async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let heads = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&heads);
        let task = tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let seen = Arc::clone(&seen);
                tokio::spawn(async move {
                    let mut head = Vec::new();
                    while !head.ends_with(b"\r\n\r\n") {
                        head.push(stream.read_u8().await?);
                    }
                    let head = String::from_utf8_lossy(&head).into_owned();
                    let target = head.split(' ').nth(1).unwrap_or_default().to_owned();
                    seen.lock().unwrap().push(head);
                    stream.write_all(b"HTTP/1.1 200 Go on\r\n\r\n").await?;
                    copy_bidirectional(&mut stream, &mut TcpStream::connect(target).await?).await
                });
            }
        });
        Self { address, heads, task: task.abort_handle() }
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The real binary, with everything from files, variables and credentials: the alert arrives
/// through the proxy, and no secret is shown anywhere.
#[tokio::test]
async fn secrets_come_from_files_variables_and_credentials() {
    let authority = Authority::new("ours");
    let inner = Server::start(|_| Reply::status(204)).await;
    let front = Front::start(&authority, &inner).await;
    let proxy = Recorder::start().await;
    let client = authority.client();
    let home = Home::new(
        "[[feed]]\nurl = \"local.xml\"\nfirst_poll = \"all\"\n[webhook.desk]\nurl_file = \"desk.url\"\n\
         secret_credential = \"signing\"\nca_file = \"tls/ca.pem\"\nclient_cert_file = \"tls/client.pem\"\n\
         client_key_credential = \"key\"\nproxy_env = \"DESK_PROXY\"\n\
         headers = { X-File = { file = \"header.txt\" }, X-Env = { env = \"DESK_HEADER\" }, \
         X-Credential = { credential = \"header\" }, X-Plain = \"plain-value\" }\n",
    );
    home.write("local.xml", rss(1, 1));
    std::fs::create_dir(home.path("tls")).unwrap();
    std::fs::create_dir(home.path("credentials")).unwrap();
    home.write("desk.url", format!("{}?token=token-of-the-url\n", front.url()));
    home.write("header.txt", "header-of-the-file\n");
    home.write("tls/ca.pem", &authority.pem);
    home.write("tls/client.pem", &client.cert);
    home.write("credentials/key", &client.key);
    home.write("credentials/header", "header-of-the-credential\n");
    home.write("credentials/signing", crate::home::SECRET);
    let run = async |arguments: &[&str]| {
        let mut command = home.command(arguments);
        command
            .env("CREDENTIALS_DIRECTORY", home.path("credentials"))
            .env("DESK_HEADER", "header-of-the-variable")
            .env("DESK_PROXY", format!("http://desk:passw0rd@{}", proxy.address));
        tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
    };
    let mut shown = Vec::new();
    for arguments in [["check"].as_slice(), &["-vv", "run", "--once"], &["deliveries", "--json"], &["check", "--json"]]
    {
        let output = run(arguments).await;
        assert!(output.status.success(), "{output:?}");
        shown.push(format!("{output:?}"));
    }
    let [request] = inner.requests().try_into().expect("one request");
    for (name, value) in [
        ("x-file", "header-of-the-file"),
        ("x-env", "header-of-the-variable"),
        ("x-credential", "header-of-the-credential"),
        ("x-plain", "plain-value"),
    ] {
        assert_eq!(request.header(name), Some(value), "{name}");
    }
    assert_eq!(request.target, "/hook?token=token-of-the-url");
    assert!(request.header("webhook-signature").is_some());
    let heads = proxy.heads.lock().unwrap().clone();
    assert!(heads.iter().all(|head| head.starts_with(&format!("CONNECT {} HTTP/1.1\r\n", front.address))), "{heads:?}");
    // Base64 of `desk:passw0rd`.
    assert!(heads[0].to_lowercase().contains("proxy-authorization: basic zgvzazpwyxnzdzbyza==\r\n"), "{heads:?}");
    let key = client.key.lines().nth(1).unwrap();
    for secret in ["token-of", "header-of", "passw0rd", "plain-value", "whsec", key] {
        assert!(!shown.concat().contains(secret), "{secret} is shown: {shown:?}");
    }
}
