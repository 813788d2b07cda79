//! Which bytes of a configuration file are not to be shown: values of secret
//! keys, passwords and queries of URLs, paths that are passwords. Judged by the look of each key, so that
//! a misspelt one hides its value too.

use super::load;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// What stands in place of a secret.
pub(super) const MASK: &str = "***";

/// The bytes of a configuration or watchlist that are not to be shown, sorted, without
/// overlap. Takes any text.
#[must_use]
pub(super) fn secrets(text: &str) -> Vec<Range<usize>> {
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut finder = Finder { text, found: Vec::new() };
    finder.table(table.get_ref(), Secrecy::Open);
    finder.lines(if errors.is_empty() { Legibility::Toml } else { Legibility::Broken });
    merge(finder.found)
}

/// Whether the values under a key are secret.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Secrecy {
    /// They may be shown.
    Open,
    /// They are feeds: passwords of their URLs are secret, queries are not.
    Feed,
    /// They are parts of a watchlist, whose groups may be called `tokens` or `secret-services`:
    /// nothing but a password in a URL is secret.
    Watchlist,
    /// They are secret.
    Secret,
}

impl Secrecy {
    /// Of what stands under `key` in something that is `self`.
    fn under(self, key: &str) -> Self {
        let key = key.to_ascii_lowercase();
        let reference = ["file", "env", "credential"]
            .iter()
            .any(|kind| key.strip_suffix(kind).is_some_and(|head| head.is_empty() || head.ends_with(['_', '-'])));
        let secret = matches!(key.as_str(), "headers" | "basic_auth")
            || ["secr", "token", "passw", "bearer", "authorization"].iter().any(|part| key.contains(part))
            || key == "key"
            || ["_key", "-key", "apikey"].iter().any(|end| key.ends_with(end));
        match self {
            Self::Watchlist => Self::Watchlist,
            _ if reference => Self::Open,
            Self::Secret => Self::Secret,
            _ if secret => Self::Secret,
            Self::Open if key == "feed" => Self::Feed,
            Self::Open if load::WATCHLIST_KEYS.contains(&key.as_str()) => Self::Watchlist,
            other => other,
        }
    }
}

/// Whether the tree of a text can be trusted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Legibility {
    Toml,
    Broken,
}

struct Finder<'a> {
    text: &'a str,
    found: Vec<Range<usize>>,
}

impl Finder<'_> {
    fn table(&mut self, table: &DeTable<'_>, secrecy: Secrecy) {
        for (key, value) in table {
            self.value(value, secrecy.under(key.get_ref()));
        }
    }

    fn value(&mut self, value: &Spanned<DeValue<'_>>, secrecy: Secrecy) {
        match value.get_ref() {
            DeValue::Table(table) => self.table(table, secrecy),
            DeValue::Array(array) => array.iter().for_each(|value| self.value(value, secrecy)),
            DeValue::String(_) if secrecy == Secrecy::Secret => self.found.push(inside_quotes(self.text, value.span())),
            DeValue::String(content) if content.starts_with("whsec_") => {
                self.found.push(inside_quotes(self.text, value.span()));
            }
            DeValue::String(_) => self.urls(value.span(), secrecy),
            DeValue::Integer(_) | DeValue::Float(_) if secrecy == Secrecy::Secret => self.found.push(value.span()),
            DeValue::Integer(_) | DeValue::Float(_) | DeValue::Boolean(_) | DeValue::Datetime(_) => {}
        }
    }

    /// What the tree does not have: in comments, and in every line where the tree may be wrong,
    /// all that follows a secret key and an equals sign; and passwords of URLs anywhere.
    fn lines(&mut self, legibility: Legibility) {
        let mut start = 0;
        for line in self.text.split_inclusive('\n') {
            // A hash sign in a text hides nothing that is not secret by its look.
            let comment = line.find('#').unwrap_or(line.len());
            let suspect = if legibility == Legibility::Broken { 0 } else { comment };
            for (equals, _) in line.match_indices('=').filter(|(equals, _)| *equals >= suspect) {
                let before = line.get(..equals).unwrap_or_default().trim_end().trim_end_matches(['"', '\'']);
                let key = before.rsplit(|it: char| !(it.is_alphanumeric() || matches!(it, '_' | '-'))).next();
                if Secrecy::Open.under(key.unwrap_or_default()) == Secrecy::Secret {
                    let value = line.get(equals + 1..).unwrap_or_default();
                    let from = start + equals + 1 + value.len() - value.trim_start().len();
                    self.found.push(from..start + line.trim_end().len().max(equals + 1));
                    break;
                }
            }
            self.urls(start..start + suspect, Secrecy::Feed);
            self.urls(start + suspect..start + line.len(), Secrecy::Open);
            start += line.len();
        }
    }

    /// Every URL in a part of the text.
    fn urls(&mut self, span: Range<usize>, secrecy: Secrecy) {
        let Some(text) = self.text.get(span.clone()) else { return };
        for (at, _) in text.match_indices("://") {
            let start = at + "://".len();
            let rest = text.get(start..).unwrap_or_default();
            let end =
                rest.find(|it: char| it.is_whitespace() || matches!(it, '"' | '\'' | '<' | '>')).unwrap_or(rest.len());
            let url = rest.get(..end).unwrap_or_default();
            let offset = span.start + start;
            self.found.extend(password(url).map(|it| offset + it.start..offset + it.end));
            self.found.extend(capability(url).map(|it| offset + it.start..offset + it.end));
            if matches!(secrecy, Secrecy::Open | Secrecy::Secret) {
                self.found.extend(query(url).map(|it| offset + it.start..offset + it.end));
            }
        }
    }
}

/// The password in what follows the `://` of a URL; the whole user part where it has no colon.
fn password(url: &str) -> Option<Range<usize>> {
    let authority = url.find(['/', '?', '#']).unwrap_or(url.len());
    // An unescaped slash in a password leaves a "port" that is none.
    let odd_port =
        url.get(..authority)?.split_once(':').is_some_and(|(_, port)| port.contains(|it: char| !it.is_ascii_digit()));
    let reach = if odd_port { url.len() } else { authority };
    let at = url.get(..reach)?.rfind('@')?;
    let colon = url.get(..at)?.find(':').map_or(0, |colon| colon + 1);
    Some(colon..at)
}

/// The part of the path that is a password, in what follows the `://` of a URL: whoever has
/// such a URL of Telegram, Slack or Discord can write there.
fn capability(url: &str) -> Option<Range<usize>> {
    const BEFORE: [&str; 3] = ["/bot", "/services/", "/api/webhooks/"];
    let path = url.find('/')?;
    let end = url.find(['?', '#']).unwrap_or(url.len());
    let start = BEFORE.iter().find_map(|before| {
        let start = url.get(path..end)?.find(before)? + path + before.len();
        let token = url.get(start..end)?.split_once(':').is_some_and(|(bot, _)| bot.parse::<u64>().is_ok());
        let known = match *before {
            "/bot" => token,
            "/services/" => url.starts_with("hooks.slack.com/"),
            _ => true,
        };
        known.then_some(start)
    })?;
    Some(start..end)
}

/// The query in what follows the `://` of a URL.
fn query(url: &str) -> Option<Range<usize>> {
    let start = url.find('?')? + 1;
    let end = url.find('#').filter(|end| *end > start).unwrap_or(url.len());
    Some(start..end)
}

/// The content of a string token.
fn inside_quotes(text: &str, span: Range<usize>) -> Range<usize> {
    let token = text.get(span.clone()).unwrap_or_default();
    let head = token.len() - token.trim_start_matches(['"', '\'']).len();
    let tail = token.len() - token.trim_end_matches(['"', '\'']).len();
    span.start + head..(span.end - tail).max(span.start + head)
}

/// Sorts and joins ranges; drops the empty ones.
fn merge(mut ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    ranges.retain(|range| !range.is_empty());
    ranges.sort_by_key(|range| range.start);
    let mut merged: Vec<Range<usize>> = Vec::new();
    for range in ranges {
        match merged.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => merged.push(range),
        }
    }
    merged
}
