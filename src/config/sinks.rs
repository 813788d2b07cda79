//! From `[stdout.NAME]`, `[file.NAME]` and `[webhook.NAME]` to sinks, and which
//! watchlist reaches which of them.

use super::credentials::{Fetched, RequiredSource, Sourced, SourcedList, UNKNOWN_URL, Vault};
use super::feeds::absolute;
use super::file::{File, Heartbeat, Root, Stdout, Webhook};
use super::files::Files;
use super::filter::Filter;
use super::problem::{error, warning};
use super::secret::Secret;
use super::section::suggestion;
use super::value::{Count, Name, Positive};
use super::{Purpose, body};
use crate::engine::SinkRoute;
use crate::engine::pace::Pace;
use crate::sink;
use crate::sink::file::{Rotation, When};
use crate::sink::signature::SigningKey;
use crate::sink::tls::Tls;
use crate::watchlist::definition::{At, Definition, Level, Pos, Problem, Severity};
use jiff::SignedDuration;
use std::collections::BTreeSet;
use std::path::Path;
use url::Url;

/// A sink, compiled as far as it stands alone.
#[derive(Debug)]
pub(super) struct CompiledSink {
    /// Its name, and where that stands.
    pub(super) name: At<String>,
    /// Its own part.
    pub(super) config: sink::Config,
    /// Alerts below do not reach it.
    pub(super) min_severity: Severity,
    /// Which watchlists it takes; `None`: all.
    pub(super) watchlists: Option<Vec<At<String>>>,
    /// After this long a delivery is a dead letter.
    pub(super) max_age: Option<SignedDuration>,
    /// How it is spared.
    pub(super) pace: Pace,
}

/// Compiles the sinks of one configuration file.
pub(super) fn compile(
    root: &mut Root,
    state_dir: &Path,
    files: &mut Files,
    vault: &mut Vault<'_>,
) -> Vec<CompiledSink> {
    let mut sinks: Vec<CompiledSink> = Vec::new();
    for (name, sink) in std::mem::take(&mut root.stdout.0) {
        sinks.push(stdout(name, sink));
    }
    for (name, sink) in std::mem::take(&mut root.file.0) {
        sinks.extend(file(name, sink, state_dir, vault));
    }
    for (name, sink) in std::mem::take(&mut root.webhook.0) {
        sinks.extend(webhook(name, sink, files, vault));
    }
    sinks.sort_by_key(|sink| sink.name.pos.span.start);
    sinks
}

/// Reports sinks of the same name or file at the later one, and names that are none.
pub(super) fn check_names(sinks: &[CompiledSink], problems: &mut Vec<Problem>) {
    let (mut names, mut paths) = (BTreeSet::new(), BTreeSet::new());
    for sink in sinks {
        if let Err(message) = Name::check(&sink.name.value) {
            problems.push(error(&sink.name.pos, message.to_owned(), None));
        }
        if !names.insert(sink.name.value.as_str()) {
            let help = "sinks of all kinds need different names".to_owned();
            problems.push(error(&sink.name.pos, format!("duplicate sink name `{}`", sink.name.value), Some(help)));
        }
        if let sink::Config::File(sink::file::Config { path, .. }) = &sink.config
            && !paths.insert(path)
        {
            let message = format!("another sink writes to {} already", path.display());
            problems.push(error(&sink.name.pos, message, Some("each sink needs a file of its own".to_owned())));
        }
    }
}

/// Which sink accepts which watchlist, in the order of the definitions.
pub(super) fn route(
    sinks: Vec<CompiledSink>,
    definitions: &[Definition],
    problems: &mut Vec<Problem>,
) -> Vec<SinkRoute> {
    let wanted: Vec<Option<Filter>> = definitions.iter().map(|it| Filter::new(it.sinks.as_deref(), problems)).collect();
    let mut routes = Vec::new();
    for sink in sinks {
        let takes = Filter::new(sink.watchlists.as_deref(), problems);
        let accepts = definitions.iter().zip(&wanted).map(|(definition, wanted)| {
            wanted.as_ref().is_none_or(|wanted| wanted.matches(&sink.name.value))
                && takes.as_ref().is_none_or(|takes| takes.matches(&definition.name.value))
        });
        routes.push(SinkRoute {
            accepts: accepts.collect(),
            name: sink.name.value,
            min_severity: sink.min_severity,
            max_age: sink.max_age,
            pace: sink.pace,
        });
    }
    routes
}

/// Reports filters that name no sink, and sinks' filters that name no watchlist.
pub(super) fn check_filters(sinks: &[CompiledSink], definitions: &[Definition], problems: &mut Vec<Problem>) {
    let sink_names: Vec<&str> = sinks.iter().map(|sink| sink.name.value.as_str()).collect();
    for pattern in definitions.iter().filter_map(|it| it.sinks.as_ref()).flatten() {
        if Filter::one(&pattern.value).is_none_or(|filter| sink_names.iter().any(|name| filter.matches(name))) {
            continue;
        }
        let message = format!("there is no sink `{}`", pattern.value);
        let help = (!sink_names.is_empty()).then(|| suggestion(&pattern.value, sink_names.iter().copied()));
        // A name that is spelt out must exist; a pattern may be waiting for its sinks.
        let level = if Filter::is_pattern(&pattern.value) { Level::Warning } else { Level::Error };
        problems.push(Problem { level, ..error(&pattern.pos, message, help) });
    }
    let names: Vec<&str> = definitions.iter().map(|it| it.name.value.as_str()).collect();
    for pattern in sinks.iter().filter_map(|sink| sink.watchlists.as_ref()).flatten() {
        if Filter::one(&pattern.value).is_some_and(|filter| !names.iter().any(|name| filter.matches(name))) {
            let help = (!names.is_empty()).then(|| suggestion(&pattern.value, names.iter().copied()));
            let message = format!("there is no watchlist `{}`", pattern.value);
            problems.push(warning(&pattern.pos, message, help));
        }
    }
}

/// Warns of watchlists whose alerts no sink takes.
pub(super) fn check_reach(routes: &[SinkRoute], definitions: &[Definition], problems: &mut Vec<Problem>) {
    for (index, definition) in definitions.iter().enumerate().filter(|(_, definition)| !definition.library) {
        let rules = definition.rules.iter().map(|rule| rule.severity.unwrap_or(definition.severity));
        let worst = rules.max().unwrap_or(definition.severity);
        let accepting: Vec<&SinkRoute> =
            routes.iter().filter(|route| route.accepts.get(index).copied().unwrap_or_default()).collect();
        if accepting.iter().any(|route| worst >= route.min_severity) {
            continue;
        }
        let help = match accepting.first() {
            None if routes.is_empty() => "add a sink, such as [stdout.console]".to_owned(),
            None => "see its `sinks` and the `watchlists` of each sink".to_owned(),
            Some(sink) => {
                format!("sink `{}` takes alerts from severity \"{}\" on", sink.name, sink.min_severity.name())
            }
        };
        let message =
            format!("no sink takes the alerts of watchlist `{}`: they are only stored", definition.name.value);
        problems.push(warning(&definition.name.pos, message, Some(help)));
    }
}

fn stdout(name: At<String>, sink: Stdout) -> CompiledSink {
    CompiledSink {
        name,
        config: sink::Config::Stdout(sink::stdout::Config { format: sink.format.value }),
        min_severity: sink.min_severity.value,
        watchlists: sink.watchlists.map(|at| at.value),
        max_age: None,
        pace: Pace::default(),
    }
}

fn file(name: At<String>, sink: File, state_dir: &Path, vault: &mut Vault<'_>) -> Option<CompiledSink> {
    let given = sink.path.0?;
    let path = absolute(&state_dir.join(given.value.0));
    let rotation = rotation(sink.rotate, sink.keep, sink.compress, vault);
    let config = sink::Config::File(sink::file::Config { path, fsync: sink.fsync.value, rotation });
    check_own(&config, &[("path", given.pos), ("", name.pos.clone())], vault);
    Some(CompiledSink {
        name,
        config,
        min_severity: sink.min_severity.value,
        watchlists: sink.watchlists.map(|at| at.value),
        max_age: None,
        pace: Pace::default(),
    })
}

fn rotation(
    when: Option<At<When>>,
    keep: Option<At<Count>>,
    compress: Option<At<bool>>,
    vault: &mut Vault<'_>,
) -> Option<Rotation> {
    let Some(when) = when else {
        let keys = [keep.map(|at| ("keep", at.pos)), compress.filter(|at| at.value).map(|at| ("compress", at.pos))];
        for (key, pos) in keys.into_iter().flatten() {
            let help = "say when a new file is begun: rotate = \"100MiB\", or \"1d\"".to_owned();
            vault.problems.push(warning(&pos, format!("`{key}` does nothing without `rotate`"), Some(help)));
        }
        return None;
    };
    let keep = keep.map(|at| usize::try_from(at.value.0).unwrap_or(usize::MAX));
    Some(Rotation { when: when.value, keep, compress: compress.is_some_and(|at| at.value) })
}

fn webhook(name: At<String>, mut sink: Webhook, files: &mut Files, vault: &mut Vault<'_>) -> Option<CompiledSink> {
    let mut url = http_url(&sink.url, vault);
    let body = body::compile(&mut sink, url.as_mut(), files, vault);
    let token = body::authorization(&sink, vault);
    let secrets = signing_secrets(&sink.secret, vault);
    let places = webhook_places(&name, &sink);
    let proxy = proxy(&sink.proxy, vault);
    let tls = tls(&sink, vault);
    let mut headers = vault.headers(sink.headers.map(|at| at.value).unwrap_or_default());
    headers.extend(token);
    let config = sink::webhook::Config {
        url: url?,
        body: body?,
        secrets,
        headers,
        timeout: sink.timeout.value.0.0,
        concurrency: usize::try_from(sink.concurrency.value.0).unwrap_or(usize::MAX),
        proxy,
        tls,
    };
    let config = sink::Config::Webhook(Box::new(config));
    check_own(&config, &places, vault);
    Some(CompiledSink {
        name,
        config,
        min_severity: sink.min_severity.value,
        watchlists: sink.watchlists.map(|at| at.value),
        max_age: Some(signed(sink.max_age.value)),
        pace: Pace {
            digest: sink.digest.map(|at| signed(at.value)),
            max_per_hour: sink.max_per_hour.map(|at| at.value.0),
        },
    })
}

fn signed(span: Positive) -> SignedDuration {
    SignedDuration::try_from(span.0.0).unwrap_or(SignedDuration::MAX)
}

/// Where the keys stand that a webhook's own checks speak of; the last one is for all others.
fn webhook_places(name: &At<String>, sink: &Webhook) -> [(&'static str, Pos); 8] {
    let place = |pos: Option<&Pos>| pos.unwrap_or(&name.pos).clone();
    let source = |source: &Sourced| place(source.0.as_ref().map(|at| &at.pos));
    [
        ("url", place(sink.url.0.as_ref().map(|at| &at.pos))),
        ("secret", place(sink.secret.0.first().map(|at| &at.pos))),
        ("headers", place(sink.headers.as_ref().map(|at| &at.pos))),
        ("proxy", source(&sink.proxy)),
        ("ca", source(&sink.ca)),
        ("client_cert", source(&sink.client_cert)),
        ("client_key", source(&sink.client_key)),
        ("", name.pos.clone()),
    ]
}

/// What the sink itself says of its configuration.
fn check_own(config: &sink::Config, places: &[(&'static str, Pos)], vault: &mut Vault<'_>) {
    for problem in config.check() {
        let place = places.iter().find(|(key, _)| *key == problem.key).or(places.last());
        let pos = place.map(|(_, pos)| pos.clone()).unwrap_or_default();
        // What is wrong with a single value has been said where it stands.
        if vault.problems.iter().any(|known| known.level == Level::Error && known.pos == pos) {
            continue;
        }
        // What stands in the way of a file may go away: the daemon starts, and alerts wait for it.
        let waits = matches!(config, sink::Config::File(_)) && vault.purpose() != Purpose::Check;
        let report = if waits { warning } else { error };
        vault.problems.push(report(&pos, problem.message, Some(problem.help)));
    }
}

/// The secrets that can sign; the others are reported.
fn signing_secrets(secrets: &SourcedList, vault: &mut Vault<'_>) -> Vec<Secret> {
    let mut good = Vec::new();
    for origin in &secrets.0 {
        let Some(secret) = vault.fetch(origin).known() else { continue };
        match SigningKey::new(&secret) {
            Ok(_) => good.push(secret),
            Err(reason) => vault.problems.push(error(&origin.pos, reason.message, Some(reason.help.to_owned()))),
        }
    }
    good
}

/// `[heartbeat]`, compiled; `None` where it is bad.
pub(super) fn heartbeat(section: &Heartbeat, vault: &mut Vault<'_>) -> Option<sink::heartbeat::Config> {
    let url = http_url(&section.url, vault)?;
    Some(sink::heartbeat::Config { url, interval: section.interval.value.0.0 })
}

fn http_url(source: &RequiredSource, vault: &mut Vault<'_>) -> Option<Url> {
    let origin = source.0.as_ref()?;
    let text = match vault.fetch(origin) {
        Fetched::Known(text) => text,
        Fetched::Absent => Secret::new(UNKNOWN_URL),
        Fetched::Failed => return None,
    };
    match Url::parse(text.expose()) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => return Some(url),
        Ok(_) => vault.problems.push(error(&origin.pos, "expected an http or https URL".to_owned(), None)),
        Err(reason) => vault.problems.push(error(&origin.pos, format!("this is no URL: {reason}"), None)),
    }
    None
}

fn tls(sink: &Webhook, vault: &mut Vault<'_>) -> Tls {
    let mut read = |source: &Sourced| vault.fetch(source.0.as_ref()?).known();
    let (ca, client_cert, client_key) = (read(&sink.ca), read(&sink.client_cert), read(&sink.client_key));
    let unread = |source: &Sourced, read: &Option<Secret>| source.0.is_some() && read.is_none();
    if unread(&sink.client_cert, &client_cert) || unread(&sink.client_key, &client_key) {
        // That has been said; half of the two would only be wrong again.
        return Tls { ca, ..Tls::default() };
    }
    Tls { ca, client_cert, client_key }
}

/// A proxy, checked as far as its URL goes.
pub(super) fn proxy(proxy: &Sourced, vault: &mut Vault<'_>) -> Option<Secret> {
    let origin = proxy.0.as_ref()?;
    let secret = vault.fetch(origin).known()?;
    let good = Url::parse(secret.expose())
        .is_ok_and(|url| matches!(url.scheme(), "http" | "https" | "socks5" | "socks5h") && url.has_host());
    if !good {
        let message = "expected the URL of a proxy: http, https, socks5 or socks5h".to_owned();
        vault.problems.push(error(&origin.pos, message, None));
    }
    Some(secret)
}
