//! From everything that the files say to what the daemon runs on: settings are
//! merged, names are resolved, everything that can fail has failed.

use super::credentials::Vault;
use super::environment::Environment;
use super::feeds::{FeedCompiler, absolute};
use super::file::{Heartbeat, Listen, Poll, Retention as RetentionSection, Root, Stories};
use super::filter::Filter;
use super::load::{Listed, Reading};
use super::problem::{error, warning};
use super::section::{Section, closest, did_you_mean};
use super::sinks::{self, CompiledSink};
use super::value::{Count, FilePath, Name, Positive, Span};
use super::{Loaded, Purpose, Retention, Watched, listen, units};
use crate::engine::schedule::PollSettings;
use crate::engine::story::StorySettings;
use crate::engine::{self, FirstPoll, Runtime};
use crate::fetch;
use crate::watchlist;
use crate::watchlist::definition::{At, Definition, Level, Pos, Problem};
use jiff::SignedDuration;
use reqwest::header::HeaderValue;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Compiles what was read. `None` where there is an error; `reading.problems` then says which.
pub(super) fn compile(reading: &mut Reading, environment: &Environment, purpose: Purpose) -> Option<Loaded> {
    let mut vault = Vault::new(environment, purpose);
    let mut roots = std::mem::take(&mut reading.roots);
    let settings = Settings::merge(&mut roots, &mut vault.problems);
    let given = settings.state_dir.as_ref().map(|given| absolute(&given.value.0));
    let state_dir = given.or_else(|| default_state_dir(environment)).unwrap_or_else(|| {
        vault.problems.push(no_state_dir());
        PathBuf::new()
    });
    let poll = poll_settings(&settings.poll, &mut vault.problems);
    let fetch = fetch_settings(&settings.poll, &mut vault);
    let stories = StorySettings {
        window: signed(settings.stories.window.value.0),
        similarity: settings.stories.similarity.value.0,
    };

    let FeedCompiler { feeds, sources, .. } =
        feeds(&mut roots, &reading.listed, settings.poll.first_poll.value, &mut vault);
    let files = &mut reading.files;
    let sinks: Vec<CompiledSink> =
        roots.iter_mut().flat_map(|(root, _)| sinks::compile(root, &state_dir, files, &mut vault)).collect();
    let heartbeat = settings.heartbeat.as_ref().and_then(|section| sinks::heartbeat(section, &mut vault));
    let listen = settings.listen.as_ref().and_then(|section| listen::compile(section, &mut vault));
    let configs = sinks.iter().map(|sink| sink.config.clone()).collect();
    reading.named.append(&mut vault.named);

    let problems = &mut vault.problems;
    check_names(&sinks, &reading.definitions, problems);
    if !reading.damaged {
        sinks::check_filters(&sinks, &reading.definitions, problems);
        check_feed_filters(&feeds, &reading.definitions, problems);
    }
    let routes = sinks::route(sinks, &reading.definitions, problems);
    // After an error that names a sink, this would only say again what follows from it.
    if !reading.damaged && !has_errors(problems) {
        sinks::check_reach(&routes, &reading.definitions, problems);
    }
    let (watchlists, mut found) = watchlist::compile::compile(&reading.definitions);
    problems.append(&mut found);
    reading.problems.append(problems);
    if has_errors(&reading.problems) {
        return None;
    }
    Some(Loaded {
        runtime: Arc::new(Runtime { watchlists: Arc::new(watchlists), feeds, sinks: routes, poll, stories }),
        sources: sources.into(),
        fetch,
        sinks: configs,
        state_dir,
        retention: Retention {
            items: settings.retention.items.value.0.0,
            alerts: settings.retention.alerts.value.0.0,
            max_size: settings.retention.max_size.value.0,
        },
        heartbeat,
        listen,
        watch_config: settings.watch_config,
        watch: watched(reading),
        watchlist_files: watchlist_files(reading),
        imports: std::mem::take(&mut reading.imports),
        warnings: Vec::new(),
        unjudged: None,
    })
}

/// The file of each watchlist, by its name.
fn watchlist_files(reading: &Reading) -> BTreeMap<String, PathBuf> {
    let paths = reading.files.paths();
    let file = |name: &At<String>| paths.get(name.pos.file as usize).cloned().unwrap_or_default();
    reading.definitions.iter().map(|it| (it.name.value.clone(), file(&it.name))).collect()
}

/// The settings of all configuration files together.
struct Settings {
    state_dir: Option<At<FilePath>>,
    watch_config: bool,
    poll: Poll,
    stories: Stories,
    retention: RetentionSection,
    heartbeat: Option<Heartbeat>,
    listen: Option<Listen>,
}

impl Settings {
    fn merge(roots: &mut [(Root, PathBuf)], problems: &mut Vec<Problem>) -> Self {
        let (mut state_dir, mut watch_config, mut poll, mut stories) = (None, None, None, None);
        let (mut retention, mut heartbeat, mut listen) = (None, None, None);
        for (root, _) in roots {
            settle(&mut state_dir, root.state_dir.take(), "state_dir", problems);
            settle(&mut watch_config, root.watch_config.take(), "watch_config", problems);
            settle(&mut poll, root.poll.take(), "[poll]", problems);
            settle(&mut stories, root.stories.take(), "[stories]", problems);
            settle(&mut retention, root.retention.take(), "[retention]", problems);
            settle(&mut heartbeat, root.heartbeat.take(), "[heartbeat]", problems);
            settle(&mut listen, root.listen.take(), "[listen]", problems);
        }
        Self {
            state_dir,
            watch_config: watch_config.is_none_or(|at| at.value),
            poll: poll.map_or_else(Poll::defaults, |at| at.value),
            stories: stories.map_or_else(Stories::defaults, |at| at.value),
            retention: retention.map_or_else(RetentionSection::defaults, |at| at.value),
            heartbeat: heartbeat.map(|at| at.value),
            listen: listen.map(|at| at.value),
        }
    }
}

/// Where the state is: what was read says it, else the conventions of systemd and XDG do.
/// `None` where neither does, or where what was read may say it illegibly.
pub(super) fn state_dir(reading: &Reading, environment: &Environment) -> Option<PathBuf> {
    let given = reading.roots.iter().find_map(|(root, _)| root.state_dir.as_ref());
    match given {
        Some(given) => Some(absolute(&given.value.0)),
        None if reading.roots.is_empty() || has_errors(&reading.problems) => None,
        None => default_state_dir(environment),
    }
}

fn default_state_dir(environment: &Environment) -> Option<PathBuf> {
    // systemd lists several directories with colons between them.
    let list = environment.get("STATE_DIRECTORY").and_then(|list| list.to_str());
    let systemd = list.and_then(|list| list.split(':').next()).map(PathBuf::from).filter(|path| path.is_absolute());
    systemd
        .or_else(|| Some(environment.directory("XDG_STATE_HOME")?.join("newswatch")))
        .or_else(|| Some(environment.directory("HOME")?.join(".local/state/newswatch")))
}

/// That there is no place to keep the state, at the beginning of the first file.
pub(super) fn no_state_dir() -> Problem {
    let help = "set `state_dir`: none of $STATE_DIRECTORY, $XDG_STATE_HOME and $HOME is set".to_owned();
    error(&Pos::default(), "there is no place to keep the state", Some(help))
}

/// Takes a setting from one more file; reports it where an earlier file has it.
fn settle<T>(slot: &mut Option<At<T>>, more: Option<At<T>>, what: &str, problems: &mut Vec<Problem>) {
    let Some(more) = more else { return };
    if slot.is_some() {
        let help = "keep it in one file".to_owned();
        problems.push(error(&more.pos, format!("another file has {what} already"), Some(help)));
    } else {
        *slot = Some(more);
    }
}

/// The gaps between polls. Those that are not given make room for those that are.
fn poll_settings(poll: &Poll, problems: &mut Vec<Problem>) -> PollSettings {
    let given = |key: &Option<At<Positive>>| key.as_ref().map(|at| at.value.0);
    let (least, most) = (given(&poll.min_interval), given(&poll.max_interval));
    let usual = Span::minutes(15).max(least.unwrap_or(Span::minutes(15))).min(most.unwrap_or(Span::days(36_500)));
    let interval = given(&poll.interval).unwrap_or(usual);
    let min_interval = least.unwrap_or(Span::minutes(5).min(interval));
    let max_interval = most.unwrap_or(Span::hours(24).max(interval));
    let shown = |span: Span| units::format_duration(span.0);
    if let Some(key) = poll.min_interval.as_ref().filter(|_| min_interval > interval) {
        let message = format!("`min_interval` is longer than the usual interval ({})", shown(interval));
        problems.push(error(&key.pos, message, None));
    }
    if let Some(key) = poll.max_interval.as_ref().filter(|_| max_interval < interval) {
        let message = format!("`max_interval` is shorter than the usual interval ({})", shown(interval));
        problems.push(error(&key.pos, message, None));
    }
    PollSettings { interval: signed(interval), min_interval: signed(min_interval), max_interval: signed(max_interval) }
}

fn fetch_settings(poll: &Poll, vault: &mut Vault<'_>) -> fetch::Settings {
    let count = |count: &At<Count>| usize::try_from(count.value.0).unwrap_or(usize::MAX);
    let user_agent = poll.user_agent.as_ref();
    if let Some(at) = user_agent.filter(|at| HeaderValue::from_str(&at.value).is_err()) {
        vault.problems.push(error(&at.pos, "this cannot be the value of a header".to_owned(), None));
    }
    fetch::Settings {
        timeout: poll.timeout.value.0.0,
        concurrency: count(&poll.concurrency),
        per_host: count(&poll.per_host),
        host_gap: poll.host_gap.value.0,
        max_body: poll.max_body.value.0,
        user_agent: user_agent.map_or_else(default_user_agent, |at| at.value.clone()),
        proxy: sinks::proxy(&poll.proxy, vault),
    }
}

/// The settings of fetching where there is no configuration.
pub(super) fn fetch_defaults() -> fetch::Settings {
    let nowhere = Environment::default();
    fetch_settings(&Poll::defaults(), &mut Vault::new(&nowhere, Purpose::Look))
}

/// `newswatch/VERSION (+URL)`: who asks, and where to complain.
fn default_user_agent() -> String {
    let version = env!("CARGO_PKG_VERSION");
    match env!("CARGO_PKG_REPOSITORY") {
        "" => format!("newswatch/{version}"),
        url => format!("newswatch/{version} (+{url})"),
    }
}

fn feeds<'v, 'e>(
    roots: &mut [(Root, PathBuf)],
    listed: &[Listed],
    first_poll: FirstPoll,
    vault: &'v mut Vault<'e>,
) -> FeedCompiler<'v, 'e> {
    let mut compiler = FeedCompiler::new(vault, first_poll);
    for feed in roots.iter().flat_map(|(root, _)| &root.feed) {
        compiler.reserve(feed);
    }
    for (root, folder) in roots {
        for feed in std::mem::take(&mut root.feed) {
            compiler.add(feed, folder);
        }
    }
    for feed in listed {
        compiler.add_listed(&feed.feed, &feed.folder);
    }
    compiler
}

fn check_names(sinks: &[CompiledSink], definitions: &[Definition], problems: &mut Vec<Problem>) {
    sinks::check_names(sinks, problems);
    for name in definitions.iter().map(|definition| &definition.name) {
        if let Err(message) = Name::check(&name.value) {
            let help = "set its `name`: the file's own is none".to_owned();
            problems.push(error(&name.pos, message, Some(help)));
        }
    }
}

/// Warns of watchlists' `feeds` that no feed passes.
fn check_feed_filters(feeds: &[engine::Feed], definitions: &[Definition], problems: &mut Vec<Problem>) {
    for pattern in definitions.iter().filter_map(|it| it.feeds.as_ref()).flatten() {
        let text = pattern.value.as_str();
        let (tag, wanted) = text.strip_prefix("tag:").map_or((false, text), |tag| (true, tag));
        let names = || {
            feeds.iter().flat_map(move |feed| {
                let tags = if tag { feed.tags.as_slice() } else { &[] };
                tags.iter().chain((!tag).then_some(&feed.name)).map(String::as_str)
            })
        };
        if Filter::one(wanted).is_none_or(|filter| names().any(|name| filter.matches(name))) {
            continue;
        }
        let what = if tag { "tag" } else { "name" };
        let help = closest(wanted, &names().collect::<Vec<_>>()).map(did_you_mean);
        let message = format!("no feed has the {what} `{wanted}`");
        problems.push(warning(&pattern.pos, message, help));
    }
}

/// What may change the configuration that was read.
pub(super) fn watched(reading: &Reading) -> Watched {
    let place = |path: &Path| absolute(&Path::new(".").join(path));
    let files = reading.files.paths();
    Watched {
        folders: reading.folders.iter().map(|folder| place(folder)).collect(),
        files: files.iter().chain(&reading.named).map(|file| place(file)).collect(),
    }
}

fn has_errors(problems: &[Problem]) -> bool {
    problems.iter().any(|problem| problem.level == Level::Error)
}

fn signed(span: Span) -> SignedDuration {
    SignedDuration::try_from(span.0).unwrap_or(SignedDuration::MAX)
}
