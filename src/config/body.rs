//! What a webhook sends: from `preset`, `template` and the keys that a preset needs.

use super::Purpose;
use super::credentials::{Fetched, UNKNOWN_URL, Vault};
use super::file::{Headers, Webhook};
use super::files::Files;
use super::problem::{error, warning};
use super::secret::Secret;
use crate::sink::body::Body;
use crate::sink::payload::TextMode;
use crate::sink::preset::{Kind, Preset};
use crate::sink::template::{Fault, Template};
use crate::watchlist::definition::{Level, Pos, Problem};
use std::path::Path;
use std::sync::Arc;
use url::Url;

/// The keys that belong to presets, and to which.
const KEYS: [(&str, &[Kind]); 5] = [
    ("chat_id", &[Kind::Telegram]),
    ("room", &[Kind::Matrix]),
    ("topic", &[Kind::Ntfy]),
    ("token", &[Kind::Matrix, Kind::Ntfy]),
    ("routing_key", &[Kind::PagerDuty]),
];

/// Compiles what a webhook sends; takes out of its headers what a template's body is. `None`
/// where it cannot be: that has been reported. A topic that stands in the URL is taken from there.
pub(super) fn compile(
    sink: &mut Webhook,
    url: Option<&mut Url>,
    files: &mut Files,
    vault: &mut Vault<'_>,
) -> Option<Body> {
    check_superfluous(sink, vault);
    let preset = match sink.preset.value {
        Kind::Generic => return document(sink, files, vault),
        Kind::Slack => Preset::Slack,
        Kind::Discord => Preset::Discord,
        Kind::Teams => Preset::Teams,
        Kind::Telegram => telegram(sink, url, vault)?,
        Kind::Matrix => matrix(sink, vault)?,
        Kind::Ntfy => ntfy(sink, url, vault)?,
        Kind::PagerDuty => pagerduty(sink, vault)?,
    };
    Some(Body::Preset(preset))
}

/// The header that carries the `token` of a preset.
pub(super) fn authorization(sink: &Webhook, vault: &mut Vault<'_>) -> Option<(String, Secret)> {
    let takes = KEYS.iter().any(|(key, kinds)| *key == "token" && kinds.contains(&sink.preset.value));
    let origin = sink.token.0.as_ref().filter(|_| takes)?;
    if has_header(sink, "authorization") {
        let help = "keep `token`, or the header".to_owned();
        vault.problems.push(error(&origin.pos, "the headers hold an Authorization already", Some(help)));
    }
    let token = vault.header_value(origin)?;
    Some(("Authorization".to_owned(), Secret::new(format!("Bearer {}", token.expose()))))
}

/// Reports keys that the preset has no use for.
fn check_superfluous(sink: &Webhook, vault: &mut Vault<'_>) {
    let kind = sink.preset.value;
    let given = [
        sink.chat_id.as_ref().map(|at| &at.pos),
        sink.room.as_ref().map(|at| &at.pos),
        sink.topic.as_ref().map(|at| &at.pos),
        sink.token.0.as_ref().map(|at| &at.pos),
        sink.routing_key.0.as_ref().map(|at| &at.pos),
    ];
    for ((key, kinds), pos) in KEYS.iter().zip(given) {
        let Some(pos) = pos.filter(|_| !kinds.contains(&kind)) else { continue };
        let owners: Vec<String> = kinds.iter().map(|kind| format!("preset = \"{}\"", kind.name())).collect();
        let help = format!("remove it: it belongs to {}", owners.join(" and "));
        vault.problems.push(error(pos, format!("`{key}` has no use with preset = \"{}\"", kind.name()), Some(help)));
    }
    if let Some(template) = sink.template.as_ref().filter(|_| kind != Kind::Generic) {
        let help = "keep one of the two".to_owned();
        let message = format!("`template` stands in place of a preset, and there is preset = \"{}\"", kind.name());
        vault.problems.push(error(&template.pos, message, Some(help)));
    }
}

/// The alert itself, or what a template makes of it.
fn document(sink: &mut Webhook, files: &mut Files, vault: &mut Vault<'_>) -> Option<Body> {
    match sink.template.take() {
        None => Some(Body::Document(if sink.text.value { TextMode::Full } else { TextMode::Omitted })),
        Some(path) => template(&path.value.0, &path.pos, sink, files, vault),
    }
}

fn template(path: &Path, key: &Pos, sink: &mut Webhook, files: &mut Files, vault: &mut Vault<'_>) -> Option<Body> {
    let content_type = take_content_type(sink, vault);
    vault.named.push(path.to_owned());
    let source = match std::fs::read_to_string(path) {
        Ok(source) => source,
        Err(reason) => {
            let look = vault.purpose() == Purpose::Look;
            let report = if look { warning } else { error };
            vault.problems.push(report(key, format!("{} cannot be read: {reason}", path.display()), None));
            return look.then(Body::default);
        }
    };
    let file = files.add(path, source.clone());
    let name = path.display().to_string();
    let content_type = content_type.as_ref().map(Secret::expose);
    let compiled = Template::compile(&name, source, content_type).and_then(|template| {
        template.try_out()?;
        Ok(template)
    });
    match compiled {
        Ok(template) => {
            vault.problems.extend(try_others(&template, sink, file));
            Some(Body::Template(Arc::new(template)))
        }
        Err(fault) => {
            vault.problems.push(problem(fault, file));
            None
        }
    }
}

/// What is wrong with a template where it is given what is no alert. That it cannot render
/// what newswatch tells of itself is no error: alerts arrive all the same.
fn try_others(template: &Template, sink: &Webhook, file: u32) -> Vec<Problem> {
    let help = "begin with `{% if type == \"newswatch.alert.v1\" %}`, and use `message.title` and \
                `message.text` in its `{% else %}`: they say the same of documents of all types";
    let digests = sink.digest.is_some() || sink.max_per_hour.is_some();
    let digest = template.try_digest().err().filter(|_| digests).map(|fault| {
        let message = format!("this template cannot render the digests of its sink: {}", fault.message);
        problem(Fault { message, help: Some(help.to_owned()), ..fault }, file)
    });
    let event = template.try_events().err().map(|fault| {
        let message = format!(
            "this template cannot render what newswatch tells of itself, which is sent as JSON: {}",
            fault.message
        );
        Problem { level: Level::Warning, ..problem(Fault { message, help: Some(help.to_owned()), ..fault }, file) }
    });
    // Both are mended alike.
    digest.or(event).into_iter().collect()
}

/// A fault of a template, at its place in the file.
fn problem(fault: Fault, file: u32) -> Problem {
    let pos = Pos { file, span: fault.place.unwrap_or_default() };
    error(&pos, fault.message, fault.help)
}

/// A template's body is what its sink says it is.
fn take_content_type(sink: &mut Webhook, vault: &mut Vault<'_>) -> Option<Secret> {
    let Headers(headers) = &mut sink.headers.as_mut()?.value;
    let at = headers.iter().position(|(name, _)| name.value.eq_ignore_ascii_case("content-type"))?;
    let (_, origin) = headers.remove(at);
    vault.header_value(&origin)
}

fn has_header(sink: &Webhook, name: &str) -> bool {
    let headers = sink.headers.iter().flat_map(|at| &at.value.0);
    headers.into_iter().any(|(given, _)| given.value.eq_ignore_ascii_case(name))
}

fn telegram(sink: &mut Webhook, url: Option<&mut Url>, vault: &mut Vault<'_>) -> Option<Preset> {
    check_bot(sink, url, vault);
    let Some(chat) = sink.chat_id.take() else {
        return missing(sink, "chat_id", "the number of a person, group or channel, or \"@channel\"", vault);
    };
    Some(Preset::Telegram { chat_id: chat.value.0 })
}

/// Warns of a Telegram URL that is not the method's.
fn check_bot(sink: &Webhook, url: Option<&mut Url>, vault: &mut Vault<'_>) {
    let Some((url, origin)) = url.zip(sink.url.0.as_ref()) else { return };
    if url.as_str() != UNKNOWN_URL && !url.path().ends_with("/sendMessage") {
        let help = "it is https://api.telegram.org/bot, the bot's token, and /sendMessage".to_owned();
        vault.problems.push(warning(&origin.pos, "this is not the URL of `sendMessage`", Some(help)));
    }
}

fn matrix(sink: &mut Webhook, vault: &mut Vault<'_>) -> Option<Preset> {
    if sink.token.0.is_none() && !has_header(sink, "authorization") {
        let help = "a file with an access token of the account that writes; `token_env` and `token_credential` do, too";
        missing::<()>(sink, "token_file", help, vault);
    }
    let Some(room) = sink.room.take() else {
        return missing(sink, "room", "the internal id of the room, \"!…\", from its settings", vault);
    };
    if !room.value.starts_with('!') {
        let help =
            "an alias (#…) may lead elsewhere tomorrow: take the internal id from the room's settings".to_owned();
        vault.problems.push(error(&room.pos, "this is no id of a room, which begins with `!`", Some(help)));
        return None;
    }
    Some(Preset::Matrix { room: room.value })
}

fn ntfy(sink: &mut Webhook, url: Option<&mut Url>, vault: &mut Vault<'_>) -> Option<Preset> {
    match topic(sink, url) {
        Some(topic) => Some(Preset::Ntfy { topic }),
        None => missing(sink, "topic", "the name that you subscribe to; here, or as the last part of the URL", vault),
    }
}

/// The topic: given, or the last part of the URL's path, which is then taken off.
fn topic(sink: &mut Webhook, url: Option<&mut Url>) -> Option<String> {
    if let Some(topic) = sink.topic.take() {
        return Some(topic.value).filter(|topic| !topic.is_empty());
    }
    // What is wrong with the URL has been said.
    let Some(url) = url.filter(|url| url.as_str() != UNKNOWN_URL) else { return Some(String::new()) };
    let topic = url.path_segments()?.next_back().filter(|last| !last.is_empty())?.to_owned();
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop();
    }
    Some(topic)
}

fn pagerduty(sink: &Webhook, vault: &mut Vault<'_>) -> Option<Preset> {
    let Some(origin) = sink.routing_key.0.as_ref() else {
        let help =
            "a file with the integration key of the service; `routing_key_env` and `routing_key_credential` do, too";
        return missing(sink, "routing_key_file", help, vault);
    };
    match vault.fetch(origin) {
        Fetched::Known(routing_key) => Some(Preset::PagerDuty { routing_key }),
        Fetched::Absent => Some(Preset::PagerDuty { routing_key: Secret::new("") }),
        Fetched::Failed => None,
    }
}

/// Reports a key that the preset needs.
fn missing<T>(sink: &Webhook, key: &str, help: &str, vault: &mut Vault<'_>) -> Option<T> {
    let message = format!("preset = \"{}\" needs `{key}`", sink.preset.value.name());
    vault.problems.push(error(&sink.preset.pos, message, Some(help.to_owned())));
    None
}
