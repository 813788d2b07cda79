//! The HTTP clients underneath: one that may dial any address, one that dials
//! public ones only, one for proxies; and which of them a URL is for.
//!
//! None of them follows a redirect, keeps a connection or a cookie, or decodes a body.

use super::failure::{Failure, FailureKind};
use super::guard::{Names, Network, Reach, Resolver};
use super::trace::host_of;
use super::{Settings, Unusable};
use crate::config::secret::Secret;
use hyper_util::client::proxy::matcher::Matcher;
use rustls::crypto::{CryptoProvider, ring};
use rustls::{ClientConfig, RootCertStore};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use url::{Host, Url};

/// A host that has not answered a SYN by then is not there.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// The clients and what they share.
#[derive(Debug)]
pub(super) struct Transport {
    anywhere: reqwest::Client,
    public_only: reqwest::Client,
    proxied: reqwest::Client,
    proxies: Matcher,
    names: Arc<Names>,
    /// There are certificates to check a server's by.
    has_roots: bool,
}

/// How one URL is asked.
pub(super) struct Route<'a> {
    pub(super) client: &'a reqwest::Client,
    pub(super) proxied: bool,
}

impl Transport {
    /// The clients for these settings.
    pub(super) fn new(settings: &Settings, network: Arc<dyn Network>) -> Result<Self, Unusable> {
        let names = Names::new(network);
        let (tls, has_roots) = tls()?;
        let client = |reach| builder(Resolver::new(&names, reach), tls.clone());
        let plain = client(Reach::Anywhere);
        let direct = asked_directly();
        let (through_proxy, proxies) = match &settings.proxy {
            // The matcher would still have a proxy asked for addresses.
            _ if direct.trim() == "*" => (plain.no_proxy(), Matcher::builder().build()),
            Some(url) => {
                let proxy = proxy(url)?.no_proxy(reqwest::NoProxy::from_string(&direct));
                (plain.proxy(proxy), Matcher::builder().all(url.expose().to_owned()).no(direct).build())
            }
            None => (plain, Matcher::from_system()),
        };
        Ok(Self {
            anywhere: build(client(Reach::Anywhere).no_proxy())?,
            public_only: build(client(Reach::PublicOnly).no_proxy())?,
            proxied: build(through_proxy)?,
            proxies,
            names,
            has_roots,
        })
    }

    /// The client for a URL that may lead this far.
    pub(super) fn route(&self, url: &Url, reach: Reach) -> Result<Route<'_>, Failure> {
        if url.scheme() == "https" && !self.has_roots {
            return Err(no_roots());
        }
        let proxied = self.is_proxied(url);
        if reach == Reach::PublicOnly && self.names_private(url, proxied) {
            return Err(blocked(&host_of(url)));
        }
        let client = match (proxied, reach) {
            (true, _) => &self.proxied,
            (false, Reach::Anywhere) => &self.anywhere,
            (false, Reach::PublicOnly) => &self.public_only,
        };
        Ok(Route { client, proxied })
    }

    /// How far a redirect may lead that this URL answered with, from the address that was dialled.
    pub(super) fn reach_from(&self, url: &Url, proxied: bool, remote: Option<SocketAddr>) -> Reach {
        let private = match remote.filter(|_| !proxied) {
            Some(remote) => self.names.is_private(remote.ip()),
            None => self.names_private(url, proxied),
        };
        if private { Reach::Anywhere } else { Reach::PublicOnly }
    }

    /// The same where the URL was not dialled now: private is what it names itself.
    pub(super) fn reach_after(&self, url: &Url) -> Reach {
        self.reach_from(url, self.is_proxied(url), None)
    }

    fn is_proxied(&self, url: &Url) -> bool {
        url.as_str().parse().is_ok_and(|uri| self.proxies.intercept(&uri).is_some())
    }

    /// Whether the URL itself names a private address: `url` reads decimal, octal
    /// and hexadecimal forms into addresses, which no resolver is asked for.
    fn names_private(&self, url: &Url, proxied: bool) -> bool {
        match url.host() {
            Some(Host::Ipv4(address)) => self.names.is_private(IpAddr::V4(address)),
            Some(Host::Ipv6(address)) => self.names.is_private(IpAddr::V6(address)),
            // Behind a proxy no name is looked up here, but this one is known (RFC 6761).
            Some(Host::Domain(name)) => proxied && is_localhost(name),
            None => true,
        }
    }
}

/// The failure of a redirect that the guard stopped.
pub(super) fn blocked(host: &str) -> Failure {
    let reason = format!(
        "a redirect from a public address leads to {host}, a private one; if that is meant, make it the URL of the feed"
    );
    Failure::new(FailureKind::Blocked, reason)
}

fn no_roots() -> Failure {
    let reason = "no CA certificates are on this system, so no https server can be trusted: \
                  install the package ca-certificates, or set SSL_CERT_FILE";
    Failure::new(FailureKind::Tls, reason)
}

fn is_localhost(name: &str) -> bool {
    let name = name.trim_end_matches('.');
    name == "localhost" || name.ends_with(".localhost")
}

/// `NO_PROXY`: also where the proxy is the configuration's, the surroundings know which hosts are near.
fn asked_directly() -> String {
    std::env::var("NO_PROXY").or_else(|_| std::env::var("no_proxy")).unwrap_or_default()
}

fn proxy(url: &Secret) -> Result<reqwest::Proxy, Unusable> {
    let refused = "[poll] proxy is no URL of a proxy: write http://HOST:PORT or socks5h://HOST:PORT";
    reqwest::Proxy::all(url.expose()).map_err(|_| Unusable(refused.to_owned()))
}

/// One configuration for all clients, as the certificates are most of a client's
/// memory; and whether there are any. A client builder of its own would fail where
/// the system has none, though http needs none.
fn tls() -> Result<(ClientConfig, bool), Unusable> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let has_roots = !roots.is_empty();
    let provider = CryptoProvider::get_default().map_or_else(|| Arc::new(ring::default_provider()), Arc::clone);
    let versions = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let versions = versions.map_err(|error| Unusable(format!("no TLS client can be made: {error}")))?;
    let mut config = versions.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok((config, has_roots))
}

/// Real servers send header lines that RFC 9112 forbids; other readers take them.
/// No idle connections: one of TLS holds 50 KiB, and the next poll is minutes away.
fn builder(resolver: Resolver, tls: ClientConfig) -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .dns_resolver(resolver)
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .pool_max_idle_per_host(0)
        .connect_timeout(CONNECT_TIMEOUT)
        .http1_ignore_invalid_headers_in_responses(true)
        .http1_allow_obsolete_multiline_headers_in_responses(true)
        .http1_allow_spaces_after_header_name_in_responses(true)
}

fn build(builder: reqwest::ClientBuilder) -> Result<reqwest::Client, Unusable> {
    builder.build().map_err(|error| Unusable(format!("no HTTP client can be made: {error}")))
}
