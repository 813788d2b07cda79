//! Where a redirect leads (RFC 9110, section 10.2.2), and where it may not. Pure.

use super::failure::{Failure, FailureKind};
use super::trace::host_of;
use std::borrow::Cow;
use url::Url;

/// The most redirects of one request.
pub(super) const MOST: usize = 10;

/// The URL that a `Location` header leads to: absolute, without user, password
/// and fragment. `visited` are the URLs asked so far, the last of them last.
pub(super) fn next(visited: &[Url], location: Option<&[u8]>) -> Result<Url, Failure> {
    let refused = |why: String| Err(Failure::new(FailureKind::Redirect, why));
    let Some(from) = visited.last() else { return refused("a redirect from nowhere".to_owned()) };
    let host = host_of(from);
    let Some(location) = location.map(<[u8]>::trim_ascii).filter(|bytes| !bytes.is_empty()) else {
        return refused(format!("{host} answered with a redirect that does not say where to"));
    };
    let Ok(mut url) = from.join(&decoded(location)) else {
        return refused(format!("{host} answered with a redirect to what is no URL"));
    };
    if !matches!(url.scheme(), "http" | "https") {
        return refused(format!(
            "{host} answered with a redirect to a {}: URL; only http and https are followed",
            url.scheme()
        ));
    }
    bare(&mut url);
    if visited.contains(&url) {
        return refused(format!(
            "the redirects of {host} go round in a circle; open the URL in a browser and use the one that works"
        ));
    }
    if visited.len() > MOST {
        return refused(format!("more than {MOST} redirects, the last from {host}; use the URL that they lead to"));
    }
    Ok(url)
}

/// Takes out what is never sent and never shown. Neither can fail: the URL has a host.
pub(super) fn bare(url: &mut Url) {
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.set_fragment(None);
}

/// UTF-8 where it is, else Latin-1, as browsers read it.
fn decoded(location: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(location) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => encoding_rs::mem::decode_latin1(location),
    }
}
