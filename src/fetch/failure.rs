//! Why a fetch failed: a kind for the metrics and the log, a sentence for
//! people. No sentence carries a URL's path, query or password.

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
    /// What came was no HTTP, or the connection broke before the headers.
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
}
