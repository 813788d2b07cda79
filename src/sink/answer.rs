//! What a webhook's answer, or the lack of one, means for the delivery; in words
//! that a person can act on and that hold no secret.

use super::Outcome;
use super::body::Body;
use super::preset::Preset;
use super::terminal::{shortened, visible};
use super::webhook::Config;
use jiff::Timestamp;
use rustls::{AlertDescription, CertificateError};
use std::error::Error;
use std::io;
use std::time::{Duration, UNIX_EPOCH};
use url::Url;

/// The longest wait that a receiver can ask for: longer ones are mistakes.
const LONGEST_WAIT: Duration = Duration::from_hours(366 * 24);
/// How many characters of an answer go into a reason.
const QUOTE: usize = 200;
/// Shorter parts of a URL or header are no secrets, and blanking them out would hide words.
const SHORTEST_SECRET: usize = 6;

/// The receiver as it may be shown, and what must not be.
#[derive(Debug)]
pub(super) struct Destination {
    /// Scheme, host and port. The path may be a secret too (Slack, Discord).
    origin: String,
    timeout: Duration,
    secrets: Secrets,
}

/// Texts that an answer may echo and a reason may not.
struct Secrets(Vec<String>);

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

impl Destination {
    pub(super) fn new(config: &Config) -> Self {
        Self {
            origin: config.url.origin().ascii_serialization(),
            timeout: config.timeout,
            secrets: Secrets::of(config),
        }
    }

    /// What may be shown of it.
    pub(super) fn origin(&self) -> &str {
        &self.origin
    }
}

/// What an answer means. `retry_after` is what it asked to wait, `body` its beginning.
pub(super) fn judge(status: u16, retry_after: Option<Duration>, body: &[u8], to: &Destination) -> Outcome {
    let reason = |hint: &str| format!("{} answered {}{hint}{}", to.origin, named(status), quote(body, &to.secrets));
    match status {
        200..=299 => Outcome::Delivered,
        410 => Outcome::Stop { reason: reason(": the receiver is gone for good; correct the sink's url and reload") },
        408 | 425 | 429 | 500.. | ..=199 => {
            Outcome::Retry { reason: reason(""), after: retry_after, hold: matches!(status, 429 | 503) }
        }
        300..=399 => {
            Outcome::Reject { reason: reason(": redirects are not followed; set the sink's url to where it leads") }
        }
        401 | 403 => {
            Outcome::Reject { reason: reason(": check the sink's secret and headers, then retry the delivery") }
        }
        404 | 405 => Outcome::Reject { reason: reason(": check the sink's url, then retry the delivery") },
        413 => Outcome::Reject {
            reason: reason(": the alert is too large for the receiver; `text = false` makes it smaller"),
        },
        _ => Outcome::Reject { reason: reason("") },
    }
}

/// What it means that no answer came: always to try again.
pub(super) fn no_answer(error: &reqwest::Error, to: &Destination) -> Outcome {
    let origin = &to.origin;
    let reason = match find(error) {
        Cause::Certificate(what) => format!(
            "the certificate of {origin} is not trusted: {what}; \
             if the receiver has a private CA, set the sink's `ca_file`"
        ),
        Cause::Identity => format!(
            "{origin} does not accept who newswatch says it is: \
             check the sink's `client_cert_file` and `client_key_file`, and who signed the certificate"
        ),
        Cause::Tls(what) => format!("no TLS connection to {origin}: {what}; does it speak https on this port?"),
        Cause::Refused => format!("{origin} refused the connection: is the receiver running, and is the port right?"),
        Cause::Name => format!("no address found for {origin}: check the host's name and this machine's DNS"),
        Cause::Unreachable => format!("{origin} cannot be reached: check this machine's network and routes"),
        Cause::Timeout => format!(
            "{origin} did not answer within {}: it should answer first and work afterwards, or `timeout` be raised",
            seconds(to.timeout)
        ),
        Cause::Closed => format!("{origin} closed the connection before it answered"),
        Cause::Other(what) => format!("no answer from {origin}: {}", to.secrets.blank(&what)),
    };
    Outcome::Retry { reason, after: None, hold: false }
}

/// The wait that a `Retry-After` asks for: seconds, or an HTTP date
/// (RFC 9110, section 10.2.3). Fractions of a second, which some servers send, count too.
pub(super) fn retry_after(value: &str, now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    if value.starts_with(|first: char| first.is_ascii_digit()) && !value.contains(' ') {
        let seconds: f64 = value.parse().ok()?;
        return Some(Duration::try_from_secs_f64(seconds).map_or(LONGEST_WAIT, |wait| wait.min(LONGEST_WAIT)));
    }
    let at = httpdate::parse_http_date(value).ok()?.duration_since(UNIX_EPOCH).ok()?;
    let now = Duration::try_from(now.duration_since(Timestamp::UNIX_EPOCH)).unwrap_or_default();
    Some(at.saturating_sub(now).min(LONGEST_WAIT))
}

/// The last error of a chain: the one that says what happened. It holds no URL.
pub(super) fn innermost(error: &dyn Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

/// Why no answer came.
enum Cause {
    Refused,
    Name,
    Unreachable,
    Timeout,
    Closed,
    Certificate(String),
    Identity,
    Tls(String),
    Other(String),
}

fn find(error: &reqwest::Error) -> Cause {
    if error.is_timeout() {
        return Cause::Timeout;
    }
    let mut next: Option<&(dyn Error + 'static)> = Some(error);
    let mut closed = false;
    while let Some(error) = next {
        if let Some(cause) = cause(error) {
            return cause;
        }
        // No type of its own says so: the resolver's and the client's errors are private.
        let words = error.to_string();
        if words.contains("dns error") {
            return Cause::Name;
        }
        closed |= words.contains("connection closed before message completed");
        next = error.source();
    }
    if closed { Cause::Closed } else { Cause::Other(innermost(error)) }
}

fn cause(error: &(dyn Error + 'static)) -> Option<Cause> {
    if let Some(error) = error.downcast_ref::<rustls::Error>() {
        return Some(match error {
            rustls::Error::InvalidCertificate(what) => Cause::Certificate(distrust(what)),
            rustls::Error::AlertReceived(alert) if is_about_us(*alert) => Cause::Identity,
            other => Cause::Tls(other.to_string()),
        });
    }
    let error = error.downcast_ref::<io::Error>()?;
    // What an I/O error wraps (a TLS error, twice) is no `source` of it.
    if let Some(cause) = error.get_ref().and_then(|inner| cause(inner)) {
        return Some(cause);
    }
    match error.kind() {
        io::ErrorKind::ConnectionRefused => Some(Cause::Refused),
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable | io::ErrorKind::NetworkDown => {
            Some(Cause::Unreachable)
        }
        io::ErrorKind::TimedOut => Some(Cause::Timeout),
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::UnexpectedEof => Some(Cause::Closed),
        _ => None,
    }
}

/// Whether the receiver refuses the certificate that it was shown, or wants one.
fn is_about_us(alert: AlertDescription) -> bool {
    use AlertDescription as Alert;
    matches!(
        alert,
        Alert::CertificateRequired
            | Alert::NoCertificate
            | Alert::BadCertificate
            | Alert::UnsupportedCertificate
            | Alert::CertificateRevoked
            | Alert::CertificateExpired
            | Alert::CertificateUnknown
            | Alert::UnknownCA
            | Alert::AccessDenied
            | Alert::DecryptError
    )
}

/// What is wrong with a certificate.
fn distrust(error: &CertificateError) -> String {
    match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => "it has expired".to_owned(),
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "it is not valid yet (is this machine's clock right?)".to_owned()
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "it is for another name".to_owned()
        }
        CertificateError::UnknownIssuer => "its issuer is unknown".to_owned(),
        CertificateError::Revoked => "it was revoked".to_owned(),
        other => other.to_string(),
    }
}

/// `503 Service Unavailable`.
pub(super) fn named(status: u16) -> String {
    let known = reqwest::StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
    known.map_or_else(|| status.to_string(), |name| format!("{status} {name}"))
}

/// What the receiver says about it, on one line.
fn quote(body: &[u8], secrets: &Secrets) -> String {
    let text = String::from_utf8_lossy(body);
    let words: Vec<&str> = text.split_whitespace().collect();
    if words.is_empty() {
        return String::new();
    }
    let text = secrets.blank(&words.join(" "));
    format!(" (it says: {})", visible(&shortened(&text, QUOTE)))
}

fn seconds(duration: Duration) -> String {
    if duration.subsec_millis() == 0 {
        format!("{} s", duration.as_secs())
    } else {
        format!("{} ms", duration.as_millis())
    }
}

impl Secrets {
    fn of(config: &Config) -> Self {
        let mut texts = url_parts(&config.url);
        texts.extend(config.proxy.iter().flat_map(|proxy| {
            let url = Url::parse(proxy.expose()).ok();
            [proxy.expose().to_owned()].into_iter().chain(url.iter().flat_map(url_parts).collect::<Vec<_>>())
        }));
        texts.extend(config.secrets.iter().map(|secret| secret.expose().trim().to_owned()));
        for (_, value) in &config.headers {
            let value = value.expose().trim();
            // `Bearer TOKEN`: the token alone, too.
            texts.extend([value, value.split_once(' ').map_or("", |(_, rest)| rest.trim())].map(str::to_owned));
        }
        if let Body::Preset(Preset::PagerDuty { routing_key }) = &config.body {
            texts.push(routing_key.expose().trim().to_owned());
        }
        texts.retain(|text| text.chars().count() >= SHORTEST_SECRET);
        // The longest first, so that none is blanked out by halves.
        texts.sort_by_key(|text| std::cmp::Reverse(text.len()));
        Self(texts)
    }

    fn blank(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, secret| text.replace(secret, "***"))
    }
}

/// Every part of a URL that may be a secret, as written and decoded.
fn url_parts(url: &Url) -> Vec<String> {
    let mut parts: Vec<String> = url.query_pairs().map(|(_, value)| value.into_owned()).collect();
    let raw = url.query().into_iter().flat_map(|query| query.split('&').filter_map(|pair| pair.split('=').nth(1)));
    parts.extend(raw.map(str::to_owned));
    parts.extend(url.query().map(str::to_owned));
    parts.extend(url.password().map(str::to_owned));
    parts.extend(url.path_segments().into_iter().flatten().map(str::to_owned));
    // Telegram: the token is what follows `bot`.
    parts.extend(url.path_segments().into_iter().flatten().filter_map(|it| it.strip_prefix("bot")).map(str::to_owned));
    parts.push(url.path().to_owned());
    parts
}
