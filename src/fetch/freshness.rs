//! When the server wants to be asked again, read from an answer's headers
//! (RFC 9111, sections 4.2 and 5.2; RFC 9110, section 10.2.3). Pure.

use crate::engine::schedule::Freshness;
use http::header::{AGE, CACHE_CONTROL, DATE, EXPIRES, HeaderMap, HeaderName, RETRY_AFTER};
use jiff::Timestamp;
use std::time::UNIX_EPOCH;

/// Reads the headers of an answer that came at `now`, which only stands in where
/// it has no `Date`: dates are compared as the server's own clock has them.
pub(super) fn read(headers: &HeaderMap, now: Timestamp) -> Freshness {
    let now = text(headers, &DATE).and_then(http_date).unwrap_or_else(|| now.as_second());
    Freshness { max_age: max_age(headers, now), retry_after: retry_after(headers, now) }
}

/// What is left of the freshness lifetime: a cache on the way may have used some of it.
fn max_age(headers: &HeaderMap, now: i64) -> Option<u32> {
    let lifetime = match directives(headers) {
        Directives { no_cache: true, .. } => Some(0),
        Directives { max_age: Some(seconds), .. } => Some(seconds),
        _ => text(headers, &EXPIRES).map(|at| http_date(at).map_or(0, |at| between(now, at))),
    }?;
    let age = text(headers, &AGE).and_then(seconds).unwrap_or(0);
    Some(lifetime.saturating_sub(age))
}

/// The longest that any `Retry-After` of the answer asks for.
fn retry_after(headers: &HeaderMap, now: i64) -> Option<u32> {
    let wait = |value: &str| seconds(value).or_else(|| http_date(value).map(|at| between(now, at)));
    headers.get_all(RETRY_AFTER).iter().filter_map(|value| wait(value.to_str().ok()?.trim())).max()
}

#[derive(Default)]
struct Directives {
    max_age: Option<u32>,
    no_cache: bool,
}

/// The directives of `Cache-Control` that a private cache obeys; the first of a kind counts.
fn directives(headers: &HeaderMap) -> Directives {
    let mut found = Directives::default();
    let values = headers.get_all(CACHE_CONTROL).iter().filter_map(|value| value.to_str().ok());
    for directive in values.flat_map(|value| value.split(',')) {
        let (name, value) = directive.split_once('=').unwrap_or((directive, ""));
        match name.trim().to_ascii_lowercase().as_str() {
            "max-age" => found.max_age = found.max_age.or_else(|| seconds(value.trim().trim_matches('"'))),
            "no-cache" | "no-store" => found.no_cache = true,
            _ => {}
        }
    }
    found
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

/// Whole seconds; more than fit count as the most there are.
fn seconds(text: &str) -> Option<u32> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().unwrap_or(u32::MAX))
}

/// Seconds since 1970 of a date in any of the three forms of HTTP.
fn http_date(text: &str) -> Option<i64> {
    let date = httpdate::parse_http_date(text).ok()?;
    i64::try_from(date.duration_since(UNIX_EPOCH).ok()?.as_secs()).ok()
}

/// From one time to a later one; a time that has passed is no wait.
fn between(now: i64, at: i64) -> u32 {
    u32::try_from(at.saturating_sub(now).max(0)).unwrap_or(u32::MAX)
}
