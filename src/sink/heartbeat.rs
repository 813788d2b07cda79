//! The heartbeat: a URL that is called while all is well, so that a dead-man's
//! switch elsewhere notices when nothing calls it any more. It carries nothing.

use super::answer::{self, Destination, named};
use super::tls::Tls;
use super::webhook::{self, client};
use super::{Outcome, Problem};
use reqwest::Client;
use std::fmt;
use std::time::Duration;
use url::Url;

/// `[heartbeat]`, compiled. `Debug` shows of the URL only what is no secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Config {
    /// What is called. Only its origin is ever shown: the path is often the secret.
    pub url: Url,
    /// How often.
    pub interval: Duration,
}

/// What calls it.
#[derive(Debug)]
pub struct Heartbeat {
    url: HiddenUrl,
    client: Client,
    destination: Destination,
}

struct HiddenUrl(Url);

/// A call that takes longer says nothing in time.
const TIMEOUT: Duration = Duration::from_secs(10);

impl Heartbeat {
    /// Builds the client. A `rustls` provider must be installed.
    ///
    /// # Errors
    /// Where there are no certificates to verify an `https` URL with.
    pub fn open(config: &Config) -> Result<Self, Problem> {
        let request = webhook::Config {
            body: super::body::Body::default(),
            url: config.url.clone(),
            secrets: Vec::new(),
            headers: Vec::new(),
            timeout: TIMEOUT.min(config.interval.max(Duration::from_secs(1))),
            concurrency: 1,
            proxy: None,
            tls: Tls::default(),
        };
        let destination = Destination::new(&request);
        Ok(Self { url: HiddenUrl(config.url.clone()), client: client(&request)?, destination })
    }

    /// Calls it once, with `GET`.
    ///
    /// # Errors
    /// Why that did not work, in words, without secrets.
    pub async fn beat(&self) -> Result<(), String> {
        let answer = self.client.get(self.url.0.clone()).send().await;
        let status = match answer {
            Ok(answer) => answer.status().as_u16(),
            Err(error) => return Err(no_answer(&error, &self.destination)),
        };
        let origin = self.destination.origin();
        match status {
            200..=299 => Ok(()),
            300..=399 => Err(format!(
                "{origin} answered {}: redirects are not followed; set the heartbeat's url to where it leads",
                named(status)
            )),
            _ => Err(format!("{origin} answered {}", named(status))),
        }
    }
}

fn no_answer(error: &reqwest::Error, to: &Destination) -> String {
    if error.is_timeout() {
        return format!("{} did not answer in time", to.origin());
    }
    match answer::no_answer(error, to) {
        Outcome::Retry { reason, .. } | Outcome::Reject { reason } | Outcome::Stop { reason } => reason,
        Outcome::Delivered => String::new(),
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let origin = self.url.origin().ascii_serialization();
        f.debug_struct("Config").field("url", &origin).field("interval", &self.interval).finish()
    }
}

impl fmt::Debug for HiddenUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}
