//! The headers of a request: what every feed is asked with, what recognizes its
//! last document, and what the source adds, which is only for the source's origin.

use super::coding::ACCEPT_ENCODING;
use super::failure::{Failure, FailureKind};
use super::{Source, Validators};
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use url::Url;

const ACCEPT: &str = "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, \
                      application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, */*;q=0.5";

/// Headers of a source that hold no secret and may be needed to be served at all.
const HARMLESS: [HeaderName; 3] = [header::ACCEPT, header::ACCEPT_LANGUAGE, header::USER_AGENT];

/// Whether a hop gets what the source says to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Credentials {
    /// It is of the source's own origin.
    Sent,
    /// It is of another: of the source's headers it gets only harmless ones.
    LeftOut,
}

impl Credentials {
    /// By the origin (RFC 6454): scheme, host and port.
    pub(super) fn for_hop(home: &Url, url: &Url) -> Self {
        if url.origin() == home.origin() { Self::Sent } else { Self::LeftOut }
    }
}

/// The headers of one request, in the order they are sent.
pub(super) fn request(
    source: &Source,
    validators: &Validators,
    user_agent: &str,
    credentials: Credentials,
) -> Result<HeaderMap, Failure> {
    let mut headers = HeaderMap::new();
    headers.insert(header::ACCEPT, HeaderValue::from_static(ACCEPT));
    headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(ACCEPT_ENCODING));
    headers.insert(HeaderName::from_static("a-im"), HeaderValue::from_static("feed"));
    let agent = HeaderValue::from_str(user_agent);
    headers.insert(header::USER_AGENT, agent.map_err(|_| unsendable("[poll] user_agent"))?);
    let conditions =
        [(header::IF_NONE_MATCH, &validators.etag), (header::IF_MODIFIED_SINCE, &validators.last_modified)];
    for (name, bytes) in conditions {
        // What HTTP cannot carry did not come by HTTP; without it the document comes whole.
        if let Some(value) = bytes.as_deref().and_then(|bytes| HeaderValue::from_bytes(bytes).ok()) {
            headers.insert(name, value);
        }
    }
    add_own(&mut headers, source, credentials)?;
    Ok(headers)
}

/// The source's headers replace ours of the same name; several of one name are all sent.
fn add_own(headers: &mut HeaderMap, source: &Source, credentials: Credentials) -> Result<(), Failure> {
    let mut own = HeaderMap::new();
    if let Some(value) = &source.authorization {
        own.append(header::AUTHORIZATION, secret(value.expose(), "the credentials")?);
    }
    for (name, value) in &source.headers {
        let value = secret(value.expose(), name)?;
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| unsendable(&format!("the header {name:?}")))?;
        own.append(name, value);
    }
    for name in own.keys().filter(|name| credentials == Credentials::Sent || HARMLESS.contains(name)) {
        headers.remove(name);
        for value in own.get_all(name) {
            headers.append(name, value.clone());
        }
    }
    Ok(())
}

/// What the trace says where something was left out.
pub(super) fn left_out(source: &Source, credentials: Credentials) -> Option<&'static str> {
    let has_any = source.authorization.is_some() || !source.headers.is_empty();
    (has_any && credentials == Credentials::LeftOut)
        .then_some("another origin: the feed's credentials and headers are not sent")
}

/// The headers as a trace may show them.
pub(super) fn shown(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |value: &HeaderValue| {
        if value.is_sensitive() { "***".to_owned() } else { String::from_utf8_lossy(value.as_bytes()).into_owned() }
    };
    headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect()
}

fn secret(value: &str, name: &str) -> Result<HeaderValue, Failure> {
    let mut value = HeaderValue::from_str(value).map_err(|_| unsendable(&format!("the value of {name}")))?;
    value.set_sensitive(true);
    Ok(value)
}

fn unsendable(what: &str) -> Failure {
    Failure::new(
        FailureKind::Source,
        format!("{what} has characters that HTTP cannot send; a line end at its end is common"),
    )
}
