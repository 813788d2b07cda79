//! The alerts as an RSS 2.0 feed, written with the `rss` crate.

use super::alerts::{AlertQuery, MOST, USUAL, envelope};
use super::extract::Query;
use super::problem::Problem;
use super::{Api, RSS};
use crate::daemon::clock;
use crate::sink::payload::{self, Envelope};
use axum::extract::State;
use axum::http::{HeaderMap, Uri, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use jiff::fmt::rfc2822;
use rss::extension::{Extension, ExtensionMap};
use rss::{Category, Channel, Guid, Item, Source};
use std::collections::BTreeMap;

/// The media type of the feed.
pub(super) const CONTENT_TYPE: &str = "application/rss+xml; charset=utf-8";

/// `GET /alerts.rss`
pub(super) async fn get(
    State(api): State<Api>,
    Query(query): Query<AlertQuery>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let now = clock::now();
    let limit = query.limit.unwrap_or(USUAL).clamp(1, MOST);
    let alerts = api.handle.store.alerts_before(query.filter(now)?, None, limit).await?.alerts;
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
    // Behind a proxy that speaks TLS, readers come back by that.
    let secure = headers.get("x-forwarded-proto").is_some_and(|scheme| scheme == "https");
    let base = format!("{}://{host}", if secure { "https" } else { "http" });
    let query = uri.query().map_or_else(String::new, |query| format!("?{query}"));
    let mut items = Vec::with_capacity(alerts.len());
    for alert in &alerts {
        items.extend(api.damaged.pass_over(alert, envelope(alert))?.map(item));
    }
    let date = alerts.first().map_or(now, |newest| newest.time);
    let feed = channel(items, &format!("{base}/"), &format!("{base}{RSS}{query}"), date);
    Ok(([(header::CONTENT_TYPE, CONTENT_TYPE)], feed.to_string()).into_response())
}

/// The feed of some alerts, the newest of this time; `link` is the page that it belongs to,
/// `itself` its own address.
fn channel(items: Vec<Item>, link: &str, itself: &str, newest: Timestamp) -> Channel {
    Channel {
        title: "newswatch alerts".to_owned(),
        link: plain(link),
        description: "What the watchlists of newswatch found, newest first".to_owned(),
        generator: Some(concat!("newswatch ", env!("CARGO_PKG_VERSION")).to_owned()),
        last_build_date: date(newest),
        ttl: Some("5".to_owned()),
        namespaces: BTreeMap::from([("atom".to_owned(), "http://www.w3.org/2005/Atom".to_owned())]),
        extensions: to_itself(itself),
        items,
        ..Channel::default()
    }
}

/// `<atom:link rel="self">` (<https://www.rssboard.org/rss-profile#namespace-elements-atom-link>).
fn to_itself(address: &str) -> ExtensionMap {
    let attrs = [("href", plain(address)), ("rel", "self".to_owned()), ("type", "application/rss+xml".to_owned())];
    let link = Extension {
        name: "atom:link".to_owned(),
        attrs: attrs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        ..Extension::default()
    };
    BTreeMap::from([("atom".to_owned(), BTreeMap::from([("link".to_owned(), vec![link])]))])
}

fn item(envelope: Envelope) -> Item {
    let Envelope { id, time, subject, data, .. } = envelope;
    let severity = data.severity.name();
    let mut categories = vec![subject, severity.to_owned()];
    categories.extend(data.rules.iter().flat_map(|rule| rule.tags.clone()));
    categories.dedup();
    Item {
        title: Some(escape(&plain(&format!("[{severity}] {}", data.item.title)))),
        link: data.item.link.as_deref().map(plain),
        description: Some(escape(&plain(&description(&data)))),
        categories: categories.iter().map(|name| Category { name: plain(name), domain: None }).collect(),
        guid: Some(Guid { value: plain(&id), permalink: false }),
        pub_date: date(time.0),
        source: Some(Source { url: plain(&data.feed.url), title: Some(plain(&data.feed.name)) }),
        ..Item::default()
    }
}

fn description(data: &payload::Data) -> String {
    let rules: Vec<_> = data.rules.iter().map(|rule| rule.title.as_str()).collect();
    let mut contexts: Vec<_> = data.matches.iter().map(|found| found.context.as_str()).collect();
    contexts.dedup();
    contexts.truncate(3);
    let text = if contexts.is_empty() { data.item.summary.clone() } else { contexts.join(" ") };
    format!("{}: {}. {text}", data.watchlist.title, rules.join(", "))
}

/// Readers take a description for HTML, and most of them a title, too; ours are text. A reader
/// that does not shows `&amp;` in a title that has an ampersand, and no markup of others.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

/// Without the characters that XML cannot hold.
fn plain(text: &str) -> String {
    text.chars()
        .filter(|c| !matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}'))
        .collect()
}

fn date(time: Timestamp) -> Option<String> {
    rfc2822::DateTimePrinter::new().timestamp_to_string(&time).ok()
}
