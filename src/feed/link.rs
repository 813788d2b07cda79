//! Links: relative ones made absolute, against `xml:base` or where the feed came from.

use super::repair::{RepairKind, Repairs};
use url::Url;

/// The longest link that is kept, in bytes; what is longer is no address.
const LONGEST: usize = 8192;

/// The longest base that a document may set, in bytes: each of its links may take it over.
const LONGEST_BASE: usize = 2048;

/// What relative links are relative to.
#[derive(Debug, Clone, Default)]
pub(super) struct Base(Option<Url>);

impl Base {
    pub(super) fn new(url: Option<&str>) -> Self {
        Self(url.and_then(|url| Url::parse(url.trim()).ok()))
    }

    /// The base inside an element with this `xml:base`.
    pub(super) fn join(&self, base: &str) -> Self {
        let joined = match &self.0 {
            Some(outer) => outer.join(base.trim()).ok(),
            None => Url::parse(base.trim()).ok(),
        };
        let joined = joined.filter(|url| url.as_str().len() <= LONGEST_BASE);
        Self(joined.or_else(|| self.0.clone()))
    }

    /// The link as an absolute URL: unchanged where it is one, joined to the base
    /// where it is relative, and as it stands where that cannot be done. `None`
    /// where there is no link.
    pub(super) fn resolve(&self, link: &str, repairs: &mut Repairs) -> Option<String> {
        let mut link = unbroken(link);
        if link.contains("&amp;") {
            // Escaped once too often, as in a CDATA section; no address means that.
            link = link.replace("&amp;", "&");
        }
        if link.is_empty() {
            return None;
        }
        if link.len() > LONGEST {
            repairs.note(RepairKind::UnreadableLink);
            return None;
        }
        if has_scheme(&link) {
            return Some(link);
        }
        if let Some(Ok(url)) = self.0.as_ref().map(|base| base.join(&link)) {
            return Some(url.into());
        }
        repairs.note(RepairKind::UnreadableLink);
        Some(link)
    }
}

/// It begins with a scheme and a colon (RFC 3986, section 3.1).
pub(super) fn has_scheme(link: &str) -> bool {
    link.split_once(':').is_some_and(|(scheme, _)| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
    })
}

/// It is the address of a page.
pub(super) fn is_web(link: &str) -> bool {
    let begins = |start: &str| link.get(..start.len()).is_some_and(|found| found.eq_ignore_ascii_case(start));
    begins("https://") || begins("http://")
}

/// An address as browsers read one that is broken over lines: without controls, which have no
/// place in one, and white space around it.
pub(super) fn unbroken(address: &str) -> String {
    let mut address = address.trim().to_owned();
    if address.contains(char::is_control) {
        address.retain(|c| !c.is_control());
    }
    address
}
