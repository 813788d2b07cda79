//! `newswatch feeds import` and `feeds export`: lists of feeds from and for
//! other programs, in OPML.

use crate::cli::context::{Context, block_on};
use crate::cli::exit::{Exit, Failure};
use crate::cli::input::{self, Input};
use crate::cli::output;
use crate::config::diagnostic::Diagnostic;
use crate::config::environment::Environment;
use crate::config::subscription::{self, Export, Import as Imported};
use crate::config::{self, Purpose};
use crate::feed::opml;
use crate::sink::terminal;
use crate::text::count::count;
use serde_json::{Value, json};
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// Takes the feeds of an OPML list into the configuration
///
/// Writes a new TOML file with the feeds that the configuration does not have yet, by
/// default feeds/NAME.toml beside the configuration. No file is ever changed or replaced.
/// The folders and categories of the list become tags.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Import {
    /// An OPML file, or - for standard input
    #[arg(value_name = "FILE|-")]
    list: String,
    /// Where to write; a file that `include` takes in
    #[arg(long, value_name = "FILE")]
    to: Option<PathBuf>,
}

/// Feeds of a kind that are named for a person; `--json` names all.
const LISTED: usize = 10;

pub(super) fn import(arguments: &Import, as_json: bool, context: &Context) -> Result<Exit, Failure> {
    let config = context.config_path()?;
    let loaded = context.load(Purpose::Look)?;
    let source = Input::of(&arguments.list);
    let bytes = input::read(&source)?;
    let import = subscription::import(&loaded, Path::new(&source.name()), &bytes)
        .map_err(|found| Failure::io(found.errors.first().map_or_else(String::new, Diagnostic::summary)))?;
    let file = if import.feeds.is_empty() {
        None
    } else {
        let file = target(arguments, &source, &config)?;
        let text = import.toml(&source.name());
        config::load_with(&config, &Environment::of_process(), &file, text.clone())?;
        write(&file, &text).map_err(|error| refused(&file, &error))?;
        Some(file)
    };
    let problems = &import.problems;
    if as_json {
        output::json(&document(&import, file.as_deref()))?;
    } else {
        output::diagnostics(problems);
        context.note(&summary(&import, file.as_deref()));
    }
    let whole = problems.errors.is_empty() && problems.warnings.is_empty();
    Ok(if whole { Exit::Fine } else { Exit::Found })
}

/// The file to write: one that the configuration takes in.
fn target(arguments: &Import, source: &Input, config: &Path) -> Result<PathBuf, Failure> {
    let folder = config.parent().unwrap_or(Path::new(""));
    let file = arguments.to.clone().unwrap_or_else(|| folder.join("feeds").join(format!("{}.toml", stem(source))));
    let advice = if file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("opml")) {
        "what is written is TOML"
    } else if !config::includes(config, &file) {
        "`include` does not take it in, so it would not be read"
    } else {
        return Ok(file);
    };
    let help = "name another file with --to, or add to `include`";
    Err(Failure::usage(format!("{} cannot be written: {advice}\n  help: {help}", file.display())))
}

fn stem(source: &Input) -> String {
    let path = source.path();
    let stem = path.as_deref().and_then(Path::file_stem).unwrap_or_default().to_string_lossy();
    // Hidden files are not included.
    let stem = stem.trim_start_matches('.');
    if stem.is_empty() { "imported".to_owned() } else { stem.to_owned() }
}

/// Writes a file that must not be there; half a file does not stay.
fn write(file: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder)?;
    }
    let mut out = File::create_new(file)?;
    let written = out.write_all(text.as_bytes()).and_then(|()| out.sync_all());
    if written.is_err() {
        // What failed is said; that this fails too would add nothing.
        let _ = fs::remove_file(file);
    }
    written
}

fn refused(file: &Path, error: &io::Error) -> Failure {
    let file = file.display();
    Failure::io(match error.kind() {
        io::ErrorKind::AlreadyExists => {
            format!("{file} exists already: nothing was written\n  help: name another file with --to")
        }
        _ => format!("cannot write {file}: {error}"),
    })
}

/// For a person: how many feeds, where, and which of them were there already.
fn summary(import: &Imported, file: Option<&Path>) -> String {
    let mut lines = vec![match file {
        None => "nothing is written: no feed of the list is new".to_owned(),
        Some(file) => format!("{}: {}", file.display(), count(import.feeds.len(), "new feed")),
    }];
    if !import.skipped.is_empty() {
        lines.push(format!("left out, being there already: {}", count(import.skipped.len(), "feed")));
    }
    let known = import.skipped.iter().take(LISTED);
    lines.extend(known.map(|feed| format!("  {}, as {}", feed.url, feed.known_as)));
    if let Some(more) = import.skipped.len().checked_sub(LISTED).filter(|more| *more > 0) {
        lines.push(format!("  and {more} more: --json names them all"));
    }
    lines.iter().map(|line| terminal::visible(line)).collect::<Vec<_>>().join("\n")
}

fn document(import: &Imported, file: Option<&Path>) -> Value {
    let feeds = import
        .feeds
        .iter()
        .map(|feed| json!({ "name": feed.name, "url": feed.url, "tags": feed.tags, "enabled": feed.enabled }));
    let skipped = import.skipped.iter().map(|feed| json!({ "url": feed.url, "known_as": feed.known_as }));
    let mut document = json!({
        "file": file.map(|file| file.to_string_lossy()),
        "feeds": feeds.collect::<Vec<_>>(),
        "skipped": skipped.collect::<Vec<_>>(),
    });
    // Errors and warnings are shaped as `check` shapes them.
    if let (Some(document), Value::Object(problems)) = (document.as_object_mut(), import.problems.to_json()) {
        document.extend(problems);
    }
    document
}

pub(super) fn export(as_json: bool, context: &Context) -> Result<Exit, Failure> {
    let (loaded, store) = context.state()?;
    let states = block_on(async {
        let Some(store) = store else { return Ok(Vec::new()) };
        store.feed_states().await.map_err(Failure::io)
    })?;
    let states = super::by_key(states, |state| &state.key);
    let export = subscription::export(&loaded, |key| states.get(key)?.link.clone());
    for (names, what) in [
        (&export.secret, "left out, as its URL is a secret"),
        (&export.without_credentials, "given without its credentials"),
    ] {
        for name in names {
            output::warning(&format!("{name} is {what}"));
        }
    }
    if as_json {
        output::json(&array(&export))
    } else {
        output::text(&opml::write("Feeds of newswatch", &export.outlines))
    }
}

fn array(export: &Export) -> Value {
    let feeds = export.outlines.iter().map(|feed| {
        json!({
            "name": feed.title,
            "url": feed.xml_url,
            "page": feed.html_url,
            "tags": feed.tags,
            "enabled": !feed.is_off,
        })
    });
    feeds.collect()
}
