//! What identifies an item: its keys, its canonical link, its revision; and what
//! of its dates and language is believed.

use crate::feed::ParsedItem;
use crate::text::fold::{fold_to_string, words};
use crate::text::scan::is_even;
use jiff::civil::date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest as _, Sha256};
use url::Url;

/// A 128-bit hash that identifies something (the first half of a SHA-256).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key(pub [u8; 16]);

impl Key {
    /// Of any bytes.
    #[must_use]
    pub fn of_bytes(bytes: &[u8]) -> Self {
        let digest: [u8; 32] = Sha256::digest(bytes).into();
        Self(digest.first_chunk().copied().unwrap_or_default())
    }

    /// Of something of a kind that consists of parts: keys of different kinds, and of
    /// the same text parted otherwise, differ.
    #[must_use]
    pub fn of(kind: &str, parts: &[&str]) -> Self {
        let mut hash = Sha256::new();
        for part in std::iter::once(&kind).chain(parts) {
            hash.update(part.len().to_be_bytes());
            hash.update(part);
        }
        let digest: [u8; 32] = hash.finalize().into();
        Self(digest.first_chunk().copied().unwrap_or_default())
    }

    /// As letters and digits, for ids that people see: 26 characters of Crockford's base 32.
    #[must_use]
    pub fn letters(self) -> String {
        const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
        let bits = u128::from_be_bytes(self.0);
        let digit = |place: u32| DIGITS.get((bits >> (place * 5)) as usize & 31).copied().map_or('0', char::from);
        (0..26).rev().map(digit).collect()
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Key({:032x})", u128::from_be_bytes(self.0))
    }
}

/// All keys of one item; within its feed, save `link`, which is the same in every feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ItemKeys {
    /// Of the feed's own `guid`.
    pub guid: Option<Key>,
    /// Of the canonical link.
    pub link: Option<Key>,
    /// Of title and text, white space folded: changes when they change, which is
    /// a new revision.
    pub content: Key,
    /// Of the folded title and the link's path without its host: finds an item
    /// again whose guid or host changed. The text stands in for a title that is
    /// not there, and beside it for a link; `None` where there is too little.
    pub second: Option<Key>,
}

impl ItemKeys {
    /// The first that exists: what the item is known by. `spoiled` keys name no item.
    #[must_use]
    pub fn first(&self, spoiled: impl Fn(Key) -> bool) -> Key {
        let usable = |key: &Key| !spoiled(*key);
        self.guid.filter(usable).or(self.link.filter(usable)).unwrap_or(self.content)
    }

    /// All of them, strongest first.
    pub fn all(&self) -> impl Iterator<Item = Key> {
        [self.guid, self.link, Some(self.content), self.second].into_iter().flatten()
    }
}

/// An item as the store and the alert have it.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// Ours: `itm_…`, derived from the feed and the identifying key.
    pub id: String,
    /// The feed's own.
    pub guid: Option<String>,
    /// As the feed gives it, absolute.
    pub link: Option<String>,
    /// Without fragment and tracking parameters, host in lower case.
    pub canonical_link: Option<String>,
    /// Plain text.
    pub title: String,
    /// Plain text.
    pub summary: String,
    /// Plain text, the field `body`.
    pub text: String,
    /// Their names.
    pub authors: Vec<String>,
    /// Their labels.
    pub categories: Vec<String>,
    /// Declared, else detected: a BCP 47 tag.
    pub language: Option<String>,
    /// Where the feed gives a trusted one.
    pub published: Option<Timestamp>,
    /// Where the feed gives a trusted one.
    pub updated: Option<Timestamp>,
    /// When newswatch first read it.
    pub first_seen: Timestamp,
    /// 1, and one more for each change of its text.
    pub revision: u32,
}

/// The keys of an item with this canonical link.
#[must_use]
pub fn keys(item: &ParsedItem, canonical: Option<&str>) -> ItemKeys {
    let url = canonical.and_then(|link| Url::parse(link).ok()).filter(|url| !is_front_page(url));
    let link = canonical.filter(|_| url.is_some());
    ItemKeys {
        guid: item.id.as_deref().map(|guid| Key::of("guid", &[guid])),
        // A site that turns to https keeps its pages.
        link: link.map(|link| Key::of("link", &[&link.replacen("http://", "https://", 1)])),
        content: content(&item.title, &item.text),
        second: second(&item.title, &item.text, url.as_ref()),
    }
}

fn content(title: &str, text: &str) -> Key {
    Key::of("content", &[&squeeze(title), &squeeze(text)])
}

/// [`ItemKeys::content`] of an item that has neither title nor text.
#[must_use]
pub fn blank_content() -> Key {
    content("", "")
}

fn second(title: &str, text: &str, page: Option<&Url>) -> Option<Key> {
    let title = fold_to_string(&squeeze(title));
    let text = || fold_to_string(&squeeze(text));
    let Some(url) = page else {
        let text = text();
        let enough = words(&title).chain(words(&text)).nth(ENOUGH_WORDS - 1).is_some();
        return enough.then(|| Key::of("second without link", &[&title, &text]));
    };
    let name = if title.is_empty() { text() } else { title };
    let path = url.path().trim_end_matches('/');
    let mut parts = vec![name.as_str(), path, url.query().unwrap_or_default()];
    parts.extend(url.fragment());
    (!name.is_empty()).then(|| Key::of("second", &parts))
}

/// So many words say enough to recognize something by.
const ENOUGH_WORDS: usize = 5;

/// The id of an item of a feed, by the key that it is known by.
#[must_use]
pub fn item_id(feed: &str, key: Key) -> String {
    format!("itm_{}", Key::of("item", &[feed, &key.letters()]).letters())
}

/// The key of a title that says enough to recognize a story by: five words or more.
#[must_use]
pub fn title_key(title: &str) -> Option<Key> {
    let folded = fold_to_string(title);
    let words: Vec<&str> = words(&folded).collect();
    (words.len() >= ENOUGH_WORDS).then(|| Key::of("title", &words))
}

/// White space folded to single spaces.
fn squeeze(text: &str) -> String {
    let mut squeezed = String::with_capacity(text.len());
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (run, tail) = rest.split_at(run_end(rest));
        squeezed.push_str(if squeezed.is_empty() { "" } else { " " });
        squeezed.push_str(run);
        rest = tail.trim_start();
    }
    squeezed
}

/// Where the words end that stand at the beginning of a text with single spaces between
/// them: always at white space. Bytes are looked at, and characters decoded only where they
/// may be white space: this reads every text of every document.
fn run_end(text: &str) -> usize {
    const CHUNK: usize = 16;
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if is_even::<CHUNK>(bytes, at, may_be_space) {
            // A space at its end is looked at again, with what follows it.
            at += CHUNK - usize::from(bytes.get(at + CHUNK - 1) == Some(&b' '));
            continue;
        }
        let end = at + CHUNK;
        while at < end {
            let is_space = || text.get(at..).is_some_and(|rest| rest.starts_with(char::is_whitespace));
            match bytes.get(at) {
                Some(b' ') if matches!(bytes.get(at + 1), Some(0x21..0x7f)) => {}
                None | Some(b' ') => return at,
                Some(&byte) if may_be_space(byte) && is_space() => return at,
                Some(_) => {}
            }
            at += 1;
        }
    }
    at
}

/// White space other than the space begins with such a byte: a control; U+0085, U+00A0;
/// U+1680; U+2000 to U+205F; U+3000.
#[expect(clippy::needless_bitwise_bool, reason = "without a branch for each byte, the compiler looks at all at once")]
fn may_be_space(byte: u8) -> bool {
    (byte < b' ') | (byte == 0xc2) | (0xe1..=0xe3).contains(&byte)
}

/// Query parameters that say where a reader came from, not what is read; a final
/// `*` stands for anything.
const TRACKING: [&str; 30] = [
    "utm_*",
    "at_*",
    "ns_*",
    "mc_cid",
    "mc_eid",
    "mkt_tok",
    "fbclid",
    "gclid",
    "gbraid",
    "wbraid",
    "dclid",
    "msclkid",
    "yclid",
    "twclid",
    "ttclid",
    "li_fat_id",
    "igshid",
    "igsh",
    "_ga",
    "_gl",
    "_hsenc",
    "_hsmi",
    "cmpid",
    "cmp",
    "ref_src",
    "ref_url",
    "smid",
    "ocid",
    "xtor",
    "wt_mc",
];

fn is_tracking(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    TRACKING.iter().any(|pattern| match pattern.strip_suffix('*') {
        Some(prefix) => name.starts_with(prefix),
        None => name == *pattern,
    })
}

/// A link without what does not identify the page: fragment (save `#!`, which is a
/// path), tracking parameters, user and password, default port; host in lower case.
/// `None` where it is no `http` or `https` link.
#[must_use]
pub fn canonical_link(link: &str) -> Option<String> {
    let mut url = Url::parse(link.trim()).ok()?;
    if !matches!(url.scheme(), "http" | "https") {
        return None;
    }
    if !url.fragment().is_some_and(|fragment| fragment.starts_with('!')) {
        url.set_fragment(None);
    }
    let _ = url.set_username("");
    let _ = url.set_password(None);
    if let Some(host) = url.host_str().and_then(|host| host.strip_suffix('.')).map(str::to_owned) {
        let _ = url.set_host(Some(&host));
    }
    let query = url.query().map(|query| {
        let kept = query.split('&').filter(|pair| !pair.is_empty());
        let kept = kept.filter(|pair| !is_tracking(pair.split('=').next().unwrap_or_default()));
        kept.collect::<Vec<_>>().join("&")
    });
    url.set_query(query.as_deref().filter(|query| !query.is_empty()));
    Some(url.into())
}

/// Whether a canonical link is a site's front page, which many items share.
fn is_front_page(canonical: &Url) -> bool {
    matches!(canonical.path(), "" | "/") && canonical.query().is_none() && canonical.fragment().is_none()
}

/// A date that can be true: from 1990, and no more than 48 hours ahead.
#[must_use]
pub fn trusted_date(given: Option<Timestamp>, now: Timestamp) -> Option<Timestamp> {
    let earliest = TimeZone::UTC.to_timestamp(date(1990, 1, 1).at(0, 0, 0, 0)).unwrap_or(Timestamp::UNIX_EPOCH);
    let latest = now.saturating_add(SignedDuration::from_hours(48)).unwrap_or(now);
    given.filter(|given| (earliest..=latest).contains(given))
}

/// Bytes of text from which a language can be told.
const DETECTABLE: std::ops::RangeInclusive<usize> = 60..=2000;

/// The language of an item: as declared, else detected where that is reliable.
#[must_use]
pub fn language(declared: Option<&str>, title: &str, text: &str) -> Option<String> {
    declared_language(declared).or_else(|| detected_language(title, text))
}

/// The language that an item declares.
#[must_use]
pub fn declared_language(declared: Option<&str>) -> Option<String> {
    let declared = declared.map(str::trim).filter(|tag| !tag.is_empty() && !tag.eq_ignore_ascii_case("und"));
    declared.map(|tag| tag.replace('_', "-"))
}

/// The language of a text, where it can be told reliably.
#[must_use]
pub fn detected_language(title: &str, text: &str) -> Option<String> {
    let mut sample = format!("{title}\n{text}");
    if sample.len() < *DETECTABLE.start() {
        return None;
    }
    sample.truncate(sample.floor_char_boundary(*DETECTABLE.end()));
    let info = whatlang::detect(&sample)?;
    info.is_reliable().then(|| short_code(info.lang().code()).to_owned())
}

/// ISO 639-3 to the two letters of ISO 639-1, which BCP 47 wants where they exist
/// (RFC 5646, section 2.2.1).
fn short_code(code: &str) -> &str {
    const CODES: &str = "afr af aka ak amh am ara ar aze az bel be ben bn bul bg cat ca ces cs cmn zh cym cy dan da \
        deu de ell el eng en epo eo est et fin fi fra fr guj gu heb he hin hi hrv hr hun hu hye hy ind id ita it jav jv \
        jpn ja kan kn kat ka khm km kor ko lat la lav lv lit lt mal ml mar mr mkd mk mya my nep ne nld nl nob nb ori or \
        pan pa pes fa pol pl por pt ron ro rus ru sin si slk sk slv sl sna sn spa es srp sr swe sv tam ta tel te tgl tl \
        tha th tuk tk tur tr ukr uk urd ur uzb uz vie vi yid yi zul zu";
    let mut codes = CODES.split_whitespace();
    while let (Some(long), Some(short)) = (codes.next(), codes.next()) {
        if long == code {
            return short;
        }
    }
    code
}
