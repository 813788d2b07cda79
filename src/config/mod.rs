//! Configuration: what the TOML says, what the daemon runs on, what a person
//! sees when something is wrong.
//!
//! [`load`] reads `newswatch.toml` and everything that it includes, and returns
//! either something complete to run on or every error at once. [`check`] is the
//! same for a person: it also runs the `[[test]]` blocks and the lints.

mod body;
mod compile;
mod credentials;
pub mod diagnostic;
pub mod draft;
pub mod environment;
mod escape;
mod feeds;
mod file;
mod files;
mod filter;
mod import;
mod include;
mod listen;
mod load;
mod mask;
mod problem;
mod remarks;
pub mod secret;
mod section;
mod sinks;
pub mod subscription;
mod syntax;
pub mod units;
mod value;
mod watchlist;

use crate::engine::Runtime;
use crate::watchlist::definition::{Definition, Level, Problem};
use crate::watchlist::{lint, self_test};
use crate::{fetch, sink};
use diagnostic::{Diagnostic, Diagnostics};
use draft::{Draft, Edited};
use environment::Environment;
pub use remarks::{Remarks, Unjudged};
use secret::Secret;
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// What a configuration is loaded for; decides what becomes of secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To poll and to send (`run`, `send-test`, a reload): every secret must be there.
    Run,
    /// To be judged (`check`): every file that is named must be readable, but a missing
    /// `$CREDENTIALS_DIRECTORY` is only a warning.
    Check,
    /// To look at things (`match`, `alerts`, `feeds`, …): a secret that cannot be read is a
    /// warning and a placeholder stands in for it, since those who may look at alerts need
    /// not be those who may send them. Nothing may be sent with the result.
    Look,
}

/// A configuration, compiled: complete, or absent.
#[derive(Debug)]
pub struct Loaded {
    /// What deciding depends on.
    pub runtime: Arc<Runtime>,
    /// Where each feed is, by [`crate::engine::FeedIx`].
    pub sources: Arc<[fetch::Source]>,
    /// How feeds are fetched.
    pub fetch: fetch::Settings,
    /// What each sink needs, by [`crate::engine::SinkIx`].
    pub sinks: Vec<sink::Config>,
    /// Where the state is kept; absolute.
    pub state_dir: PathBuf,
    /// How long things are kept.
    pub retention: Retention,
    /// What is called while all is well.
    pub heartbeat: Option<sink::heartbeat::Config>,
    /// Where the API listens; `None`: nowhere.
    pub listen: Option<Listen>,
    /// Whether a changed file reloads the configuration.
    pub watch_config: bool,
    /// What changes it.
    pub watch: Watched,
    /// The file of each watchlist, by its name, as it is shown in diagnostics.
    pub watchlist_files: BTreeMap<String, PathBuf>,
    /// The files that watchlists import.
    pub imports: Vec<PathBuf>,
    /// What is probably not meant.
    pub warnings: Vec<Diagnostic>,
    /// What is left to be looked through; for [`Purpose::Run`] only.
    pub unjudged: Option<Unjudged>,
}

/// What changes a configuration, good or bad. All paths are absolute.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Watched {
    /// The folders that hold its files, or would hold further ones.
    pub folders: BTreeSet<PathBuf>,
    /// Every file that was read, or would have been: also lists that are imported, templates
    /// and secrets, wherever they are.
    pub files: BTreeSet<PathBuf>,
}

/// `[retention]`, compiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// How long the texts of items are kept.
    pub items: Duration,
    /// How long alerts are kept.
    pub alerts: Duration,
    /// The most bytes of the store; beyond, the oldest texts go first.
    pub max_size: u64,
}

/// `[listen]`, compiled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listen {
    /// Where.
    pub address: SocketAddr,
    /// What callers must show; `None`: nothing, and they change nothing. Only at a loopback address.
    pub token: Option<Secret>,
}

/// Reads and compiles the configuration at `path`.
///
/// # Errors
/// Every error in every file at once, sorted by file and place; the warnings stand among them.
pub fn load(path: &Path, environment: &Environment, purpose: Purpose) -> Result<Loaded, Diagnostics> {
    finish(load::read(path), environment, purpose)
}

fn finish(mut reading: load::Reading, environment: &Environment, purpose: Purpose) -> Result<Loaded, Diagnostics> {
    let loaded = compile::compile(&mut reading, environment, purpose);
    let problems = std::mem::take(&mut reading.problems);
    let diagnostics = reading.files.diagnostics(problems.clone());
    match loaded {
        Some(loaded) => {
            let unjudged = (purpose == Purpose::Run).then(|| Unjudged::new(&mut reading, &problems));
            Ok(Loaded { warnings: diagnostics.warnings, unjudged, ..loaded })
        }
        None => Err(Diagnostics { watch: compile::watched(&reading), ..diagnostics }),
    }
}

/// Judges the configuration at `path` as if it included one file more, which need not be
/// there; that file may be left out of `include`, see [`includes`].
///
/// # Errors
/// As [`load`].
pub fn load_with(path: &Path, environment: &Environment, file: &Path, text: String) -> Result<Loaded, Diagnostics> {
    finish(load::read_with(path, file, text), environment, Purpose::Look)
}

/// Compiles the configuration at `path` as if a watchlist were another one.
///
/// # Errors
/// As [`load`].
pub fn load_edited(path: &Path, environment: &Environment, draft: Draft) -> Result<Edited, Diagnostics> {
    let load::Edited { reading, watchlist, known } = load::read_edited(path, draft);
    let (name, library) = watchlist.unwrap_or_default();
    Ok(Edited { loaded: finish(reading, environment, Purpose::Look)?, name, library, known })
}

/// The text of a configuration file as it may be shown: secrets masked.
#[must_use]
pub fn shown(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut at = 0;
    for secret in mask::secrets(text) {
        shown.push_str(text.get(at..secret.start).unwrap_or_default());
        shown.push_str(mask::MASK);
        at = secret.end;
    }
    shown.push_str(text.get(at..).unwrap_or_default());
    shown
}

/// Whether the configuration at `path` includes such a file, which need not be there.
#[must_use]
pub fn includes(path: &Path, file: &Path) -> bool {
    load::includes(path, file)
}

/// Where the state of the configuration at `path` is, also where that is otherwise bad: a
/// daemon may run on the one before.
///
/// # Errors
/// Where the files do not say.
pub fn state_dir(path: &Path, environment: &Environment) -> Result<PathBuf, Diagnostics> {
    let mut reading = load::read_first(path);
    if reading.roots.iter().any(|(root, _)| root.state_dir.is_none()) {
        reading = load::read(path);
    }
    compile::state_dir(&reading, environment).ok_or_else(|| {
        if reading.problems.is_empty() {
            reading.problems.push(compile::no_state_dir());
        }
        reading.files.diagnostics(reading.problems)
    })
}

/// How a feed is fetched without any configuration: the defaults of `[poll]`.
#[must_use]
pub fn fetch_defaults() -> fetch::Settings {
    compile::fetch_defaults()
}

/// A source at a URL that a person gave, user and password moved to the authorization.
#[must_use]
pub fn source_at(url: url::Url) -> fetch::Source {
    feeds::source_at(url)
}

/// The JSON Schema of `newswatch.toml` and the configuration files that it includes.
#[must_use]
pub fn schema() -> serde_json::Value {
    schema_of::<file::Root>()
}

/// The JSON Schema of a watchlist file.
#[must_use]
pub fn watchlist_schema() -> serde_json::Value {
    schema_of::<watchlist::Watchlist>()
}

fn schema_of<T: schemars::JsonSchema>() -> serde_json::Value {
    schemars::generate::SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<T>().to_value()
}

/// Judges the configuration at `path`: everything that [`load`] says, failed `[[test]]` blocks
/// (errors), and where nothing is wrong lints (warnings).
#[must_use]
pub fn check(path: &Path, environment: &Environment) -> Diagnostics {
    judge(load::read(path), environment, Purpose::Check)
}

/// The same of a configuration in which a watchlist is another one. Secrets that cannot be
/// read are no matter of a watchlist, and only warned of.
#[must_use]
pub fn check_edited(path: &Path, environment: &Environment, draft: Draft) -> Diagnostics {
    judge(load::read_edited(path, draft).reading, environment, Purpose::Look)
}

fn judge(mut reading: load::Reading, environment: &Environment, purpose: Purpose) -> Diagnostics {
    let mut only_tests_failed = false;
    if let Some(loaded) = compile::compile(&mut reading, environment, purpose) {
        let runtime = loaded.runtime;
        let tags = |name: &str| {
            let feed = runtime.feeds.iter().find(|feed| feed.name == name);
            feed.map_or(&[][..], |feed| feed.tags.as_slice())
        };
        let failed = self_test::run(&reading.definitions, &runtime.watchlists, tags);
        reading.problems.extend(lint::lint(&reading.definitions));
        let sound = reading.problems.iter().all(|problem| problem.level == Level::Warning);
        only_tests_failed = sound && !failed.is_empty();
        reading.problems.extend(failed);
    } else {
        let failed = tests_of_the_sound(&reading);
        reading.problems.extend(failed);
    }
    Diagnostics { only_tests_failed, ..reading.files.diagnostics(reading.problems) }
}

/// The failed tests of the watchlists in which nothing else is wrong: one broken file hides
/// no test of another. Tests that name a feed wait until the feeds are known.
fn tests_of_the_sound(reading: &load::Reading) -> Vec<Problem> {
    let files = |problems: &[Problem]| -> BTreeSet<u32> {
        problems.iter().filter(|problem| problem.level == Level::Error).map(|problem| problem.pos.file).collect()
    };
    let mut broken = files(&reading.problems);
    let sound = reading.definitions.iter().filter(|definition| !broken.contains(&definition.name.pos.file));
    let mut sound: Vec<Definition> = sound.cloned().collect();
    for definition in &mut sound {
        definition.tests.retain(|test| test.feed.is_none());
    }
    let (watchlists, problems) = crate::watchlist::compile::compile(&sound);
    // Those that lean on a broken library cannot be judged.
    broken.extend(files(&problems));
    let mut failed = self_test::run(&sound, &watchlists, |_| &[]);
    failed.retain(|problem| !broken.contains(&problem.pos.file));
    failed
}
