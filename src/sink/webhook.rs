//! The webhook sink: one signed POST an alert, by the Standard Webhooks
//! specification.

use crate::config::secret::Secret;
use std::time::Duration;
use url::Url;

/// `[webhook.NAME]`, compiled.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where to. Its query and password never appear in a log or an error.
    pub url: Url,
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
}
