//! Why a fetch failed: a kind for the metrics and the log, a sentence for
//! people. No sentence carries a URL's path, query or password.

use super::guard::{Blocked, Unknown};
use super::transport::blocked;
use std::error::Error;
use std::fmt;
use std::io;

const MIB: u64 = 1 << 20;

/// Why a fetch failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The kind.
    pub kind: FailureKind,
    /// What happened and what to do, in words, without secrets.
    pub reason: String,
}

/// The kinds of failures, each with a stable name for logs and metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FailureKind {
    /// The source itself cannot be asked: a header that HTTP does not allow.
    Source,
    /// The name of a host has no address.
    Dns,
    /// No connection.
    Connect,
    /// A connection without a valid certificate or handshake.
    Tls,
    /// The time was up.
    Timeout,
    /// What came was no HTTP, or the connection broke too early.
    Protocol,
    /// A status that brings no document.
    Status,
    /// A redirect that leads nowhere.
    Redirect,
    /// A redirect from a public address to a private one.
    Blocked,
    /// More bytes than `max_body`, or a compression bomb.
    TooLarge,
    /// A local file that cannot be read.
    File,
}

impl FailureKind {
    /// The stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Dns => "dns",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::Timeout => "timeout",
            Self::Protocol => "protocol",
            Self::Status => "status",
            Self::Redirect => "redirect",
            Self::Blocked => "blocked",
            Self::TooLarge => "too_large",
            Self::File => "file",
        }
    }
}

impl Failure {
    /// A failure of a kind, in words.
    pub(super) fn new(kind: FailureKind, reason: impl Into<String>) -> Self {
        Self { kind, reason: reason.into() }
    }

    /// Something is larger than `max_body`.
    pub(super) fn too_large(what: impl fmt::Display, max_body: u64) -> Self {
        let max = match max_body {
            whole if whole > 0 && whole % MIB == 0 => format!("{}MiB", whole / MIB),
            odd => format!("{odd} bytes"),
        };
        let reason = format!("{what} is larger than max_body, {max}; raise [poll] max_body if the feed is right");
        Self::new(FailureKind::TooLarge, reason)
    }

    /// A request to a host that brought no answer.
    pub(super) fn unanswered(error: &reqwest::Error, host: &str) -> Self {
        let causes = causes(error);
        if let Some(stopped) = find::<Blocked>(&causes) {
            return blocked(&stopped.host);
        }
        if let Some(unknown) = find::<Unknown>(&causes) {
            return Self::new(FailureKind::Dns, format!("{unknown}: check the URL, or this machine's DNS"));
        }
        if let Some(tls) = find::<rustls::Error>(&causes) {
            return Self::new(FailureKind::Tls, format!("{host} cannot be trusted: {}", tls_words(tls)));
        }
        let why = last_words(&causes);
        if error.is_timeout() {
            return Self::new(FailureKind::Timeout, format!("{host} does not take a connection: is it up?"));
        }
        if error.is_connect() {
            return Self::new(
                FailureKind::Connect,
                format!("no connection to {host} ({why}): is it up, is the port right?"),
            );
        }
        Self::new(FailureKind::Protocol, format!("{host} gave no HTTP answer ({why})"))
    }
}

/// What broke a body off, in words.
pub(super) fn broken_off(error: &reqwest::Error) -> String {
    format!("the connection broke off inside the body ({})", last_words(&causes(error)))
}

/// An error and all that caused it. An `io::Error` hides what it wraps from `source`.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> Vec<&'a (dyn Error + 'static)> {
    let mut found = vec![error];
    let mut at = error;
    while let Some(next) = wrapped(at).or_else(|| at.source()) {
        found.push(next);
        at = next;
    }
    found
}

fn wrapped<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    let inner = error.downcast_ref::<io::Error>()?.get_ref()?;
    Some(inner)
}

fn find<'a, E: Error + 'static>(causes: &[&'a (dyn Error + 'static)]) -> Option<&'a E> {
    causes.iter().find_map(|cause| cause.downcast_ref::<E>())
}

fn last_words(causes: &[&(dyn Error + 'static)]) -> String {
    causes.last().map(ToString::to_string).unwrap_or_default()
}

fn tls_words(error: &rustls::Error) -> String {
    use rustls::CertificateError as Bad;
    let advice = match error {
        rustls::Error::InvalidCertificate(bad) => match bad {
            Bad::Expired | Bad::ExpiredContext { .. } => {
                "its certificate has expired, or this machine's clock is wrong"
            }
            Bad::NotValidForName | Bad::NotValidForNameContext { .. } => "its certificate is for another name",
            Bad::UnknownIssuer => "its certificate is signed by no CA that this system knows",
            _ => "its certificate is not valid",
        },
        rustls::Error::InvalidMessage(_) => "it does not speak TLS on this port",
        _ => "the TLS handshake failed",
    };
    format!("{advice} ({error})")
}
