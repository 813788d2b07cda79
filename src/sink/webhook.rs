//! The webhook sink: one signed request an alert, by the Standard Webhooks
//! specification. What a service wants instead of the document, and how, says `preset`;
//! what an answer means is decided in `answer`.

use super::answer::{self, Destination};
use super::body::Body;
use super::preset::Preset;
use super::signature::{self, SigningKey};
use super::tls::Tls;
use super::{Delivery, Outcome, Problem};
use crate::config::secret::Secret;
use jiff::Timestamp;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER, USER_AGENT};
use reqwest::{Client, ClientBuilder, Method, Proxy, Response, redirect};
use std::fmt;
use std::time::Duration;
use url::Url;

/// `[webhook.NAME]`, compiled. `Debug` shows of the URL only what is no secret.
#[derive(Clone)]
pub struct Config {
    /// Where to. Its query and password never appear in a log or an error.
    pub url: Url,
    /// What is sent.
    pub body: Body,
    /// Signing secrets, the newest first; each signs (rotation). Empty: unsigned.
    pub secrets: Vec<Secret>,
    /// Further headers, in order; they may not replace `webhook-*` and `content-type`.
    pub headers: Vec<(String, Secret)>,
    /// The whole request.
    pub timeout: Duration,
    /// Requests in flight.
    pub concurrency: usize,
    /// A proxy for this sink alone; `None`: the usual environment variables.
    pub proxy: Option<Secret>,
    /// Whom it trusts beside the system's authorities, and how it shows who it is.
    pub tls: Tls,
}

/// An open webhook: one pooled client. `Debug` shows where to and no secret.
pub struct WebhookSink {
    url: Url,
    body: Body,
    client: Client,
    keys: Vec<SigningKey>,
    headers: HeaderMap,
    destination: Destination,
}

/// Connecting is given up sooner than a slow answer.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// A receiver that gets an alert now and then need not hold a TLS connection for it.
const POOL_IDLE: Duration = Duration::from_mins(1);
/// The most bytes of an answer that are read.
const ANSWER_CAP: usize = 16 * 1024;
/// How long the rest of an answer is waited for, once its status is known.
const ANSWER_PATIENCE: Duration = Duration::from_secs(2);

impl Config {
    /// What can be known to be wrong without sending anything: the URL, each
    /// secret and each header, the proxy, certificates and keys.
    #[must_use]
    pub fn check(&self) -> Vec<Problem> {
        let url = check_url(&self.url).err();
        let proxy = self.proxy.as_ref().and_then(|proxy| parse_proxy(proxy).err());
        let secrets = self.secrets.iter().filter_map(|secret| signing_key(secret).err());
        let headers = self.headers.iter().filter_map(|(name, value)| check_header(name, value).err());
        url.into_iter().chain(secrets).chain(headers).chain(proxy).chain(self.tls.check()).collect()
    }
}

/// Checks one header of the configuration.
///
/// # Errors
/// Where it cannot be sent, or would take the place of one that the specification needs.
pub fn check_header(name: &str, value: &Secret) -> Result<(HeaderName, HeaderValue), Problem> {
    let problem = |message: String, help: &str| Problem { key: "headers", message, help: help.to_owned() };
    let parsed = HeaderName::from_bytes(name.as_bytes())
        .map_err(|_| problem(format!("{name:?} is no name of a header"), "use letters, digits and hyphens"))?;
    if is_reserved(&parsed) {
        return Err(problem(format!("newswatch sets the header `{parsed}` itself"), "remove it"));
    }
    let mut value = HeaderValue::from_str(value.expose()).map_err(|_| {
        problem(
            format!("the value of the header `{parsed}` holds a character that no header can"),
            "use one line of visible ASCII characters",
        )
    })?;
    value.set_sensitive(true);
    Ok((parsed, value))
}

impl WebhookSink {
    /// Builds the client. A `rustls` provider must be installed.
    ///
    /// # Errors
    /// The first [`Problem`] of [`Config::check`], or that there are no
    /// certificates to verify an `https` receiver with.
    pub fn open(config: &Config) -> Result<Self, Problem> {
        check_url(&config.url)?;
        let keys = config.secrets.iter().map(signing_key).collect::<Result<_, _>>()?;
        let mut headers = HeaderMap::new();
        for (name, value) in &config.headers {
            let (name, value) = check_header(name, value)?;
            headers.append(name, value);
        }
        Ok(Self {
            url: config.url.clone(),
            body: config.body.clone(),
            client: client(config)?,
            keys,
            headers,
            destination: Destination::new(config),
        })
    }

    /// Makes one request. `now` dates the signature and reads `Retry-After`.
    pub async fn send(&self, delivery: &Delivery, now: Timestamp) -> Outcome {
        match self.post(delivery, now).await {
            Ok(response) => self.judge(response, now).await,
            Err(error) => answer::no_answer(&error, &self.destination),
        }
    }

    async fn post(&self, delivery: &Delivery, now: Timestamp) -> reqwest::Result<Response> {
        let timestamp = now.as_second();
        let (method, url, body) = match self.preset() {
            Some(preset) => {
                let (method, url) = preset.request(&self.url, &delivery.alert);
                (method, url, preset.complete(&delivery.body))
            }
            None => (Method::POST, self.url.clone(), delivery.body.clone()),
        };
        let mut request = self
            .client
            .request(method, url)
            .headers(self.headers.clone())
            .header(CONTENT_TYPE, self.body.content_type())
            .header("webhook-id", &delivery.alert)
            .header("webhook-timestamp", timestamp)
            .header("newswatch-attempt", delivery.attempt);
        if !self.keys.is_empty() {
            let signature = signature::header(&self.keys, &delivery.alert, timestamp, &body);
            request = request.header("webhook-signature", signature);
        }
        request.body(body).send().await
    }

    fn preset(&self) -> Option<&Preset> {
        match &self.body {
            Body::Preset(preset) => Some(preset),
            Body::Document(_) | Body::Template(_) => None,
        }
    }

    async fn judge(&self, response: Response, now: Timestamp) -> Outcome {
        let status = response.status().as_u16();
        let header = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
        let retry_after = header.and_then(|value| answer::retry_after(value, now));
        let body = read_some(response).await;
        // Some say it twice, and not the same: the longer wait is what both ask for.
        let retry_after = retry_after.max(self.preset().and_then(|preset| preset.asked_wait(&body)));
        answer::judge(status, retry_after, &body, &self.destination)
    }
}

/// The beginning of the answer's body. A short one is read to its end, so that the
/// connection can be used again; the status counts whatever becomes of it.
async fn read_some(mut response: Response) -> Vec<u8> {
    let mut body = Vec::new();
    let read = async {
        while let Ok(Some(chunk)) = response.chunk().await {
            let room = ANSWER_CAP - body.len();
            body.extend(chunk.iter().take(room));
            if chunk.len() >= room {
                break;
            }
        }
    };
    // What came in time is enough.
    let _ = tokio::time::timeout(ANSWER_PATIENCE, read).await;
    body
}

/// A client for a destination.
pub(super) fn client(config: &Config) -> Result<Client, Problem> {
    let build = |builder: fn(ClientBuilder) -> ClientBuilder| -> Result<reqwest::Result<Client>, Problem> {
        let mut client = Client::builder()
            .user_agent(concat!("newswatch/", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::none())
            .timeout(config.timeout)
            .connect_timeout(CONNECT_TIMEOUT.min(config.timeout))
            .pool_idle_timeout(POOL_IDLE)
            .pool_max_idle_per_host(config.concurrency);
        if let Some(proxy) = &config.proxy {
            client = client.proxy(parse_proxy(proxy)?);
        }
        Ok(builder(config.tls.apply(client)?).build())
    };
    let with_system_roots = match build(|builder| builder)? {
        Ok(client) => return Ok(client),
        Err(error) => error,
    };
    // Without a CA store no client is built, even for `http`, which needs none.
    if config.url.scheme() == "http"
        && let Ok(client) = build(|builder| builder.tls_certs_only([]))?
    {
        return Ok(client);
    }
    Err(Problem {
        key: "url",
        message: format!("no TLS client can be made: {}", answer::innermost(&with_system_roots)),
        help: "install the CA certificates of the system (package `ca-certificates`), or set SSL_CERT_FILE".to_owned(),
    })
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("url", &self.url.origin().ascii_serialization())
            .field("body", &self.body)
            .field("secrets", &self.secrets)
            .field("headers", &self.headers)
            .field("timeout", &self.timeout)
            .field("concurrency", &self.concurrency)
            .field("proxy", &self.proxy)
            .field("tls", &self.tls)
            .finish()
    }
}

impl fmt::Debug for WebhookSink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookSink").field("destination", &self.destination).finish_non_exhaustive()
    }
}

fn check_url(url: &Url) -> Result<(), Problem> {
    if matches!(url.scheme(), "http" | "https") && url.has_host() {
        return Ok(());
    }
    Err(Problem {
        key: "url",
        message: format!("a webhook cannot be sent to a `{}:` URL", url.scheme()),
        help: "give an http:// or https:// URL".to_owned(),
    })
}

fn parse_proxy(proxy: &Secret) -> Result<Proxy, Problem> {
    Proxy::all(proxy.expose()).map_err(|_| Problem {
        key: "proxy",
        message: "this is no URL of a proxy".to_owned(),
        help: "write http://HOST:PORT, https://HOST:PORT or socks5h://HOST:PORT".to_owned(),
    })
}

fn signing_key(secret: &Secret) -> Result<SigningKey, Problem> {
    SigningKey::new(secret).map_err(|error| Problem {
        key: "secret",
        message: error.message,
        help: error.help.to_owned(),
    })
}

/// Whether the specifications, or HTTP itself, say what this header holds.
fn is_reserved(name: &HeaderName) -> bool {
    let name = name.as_str();
    let ours = ["content-type", "content-length", "transfer-encoding", "connection", "host", "newswatch-attempt"];
    ours.contains(&name) || name.starts_with("webhook-") || name == USER_AGENT.as_str()
}
