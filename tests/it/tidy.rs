//! The house rules: layers, headers, sizes.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The layers of ARCHITECTURE.md, lowest first; modules of one line do not know each other.
const LAYERS: &[&[&str]] =
    &[&["text"], &["watchlist", "feed"], &["engine"], &["store", "fetch", "sink"], &["daemon", "serve"], &["cli"]];

/// Uses that the layers alone do not allow, each with its reason.
const ALSO: &[(&str, &str)] = &[
    // A secret is a leaf type: it names nothing, and whoever sends it must hold it.
    ("fetch", "config::secret"),
    ("sink", "config::secret"),
    // Named points at which tests break things: a leaf, and nothing in a plain build.
    ("store", "fault"),
    ("sink", "fault"),
    ("daemon", "fault"),
    // The daemon serves its control socket, and the handlers ask the daemon.
    ("daemon", "serve"),
    ("serve", "daemon"),
    // The command line starts the logs.
    ("cli", "telemetry"),
    // Whoever runs the daemon, and `cli`, loads a configuration.
    ("daemon", "config"),
    ("serve", "config"),
    ("cli", "config"),
];

/// What `config` may name: the pure layers, and the configuration of what does I/O.
const CONFIG_MAY: &[&str] = &["text", "watchlist", "feed", "engine", "fetch", "sink"];

pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// All Rust files below `folder`, with their paths from the repository's root.
pub(crate) fn rust_files(folder: &str) -> Vec<(String, String)> {
    let mut files = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for path in entries.map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
                files.push((name, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    files.sort();
    files
}

/// The module of the first level that a file of `src/` belongs to; `None` for `lib.rs` and `main.rs`.
fn module(path: &str) -> Option<&str> {
    let rest = path.strip_prefix("src/")?;
    let first = rest.split('/').next()?;
    let name = first.strip_suffix(".rs").unwrap_or(first);
    (!matches!(name, "lib" | "main" | "fault" | "telemetry")).then_some(name)
}

/// The paths after `crate::` in the code (not the comments) of a file, two segments at most.
fn uses(source: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for line in source.lines().filter(|line| !line.trim_start().starts_with("//")) {
        for rest in line.split("crate::").skip(1) {
            let path: String = rest.chars().take_while(|c| c.is_alphanumeric() || matches!(c, '_' | ':')).collect();
            let mut segments = path.split("::").filter(|segment| !segment.is_empty());
            if let Some(first) = segments.next() {
                found.insert(segments.next().map_or(first.to_owned(), |second| format!("{first}::{second}")));
            }
        }
    }
    found
}

fn layer(name: &str) -> Option<usize> {
    LAYERS.iter().position(|names| names.contains(&name))
}

fn allowed(from: &str, path: &str) -> bool {
    let to = path.split("::").next().unwrap_or(path);
    if from == to || ALSO.iter().any(|(a, b)| *a == from && (*b == to || *b == path)) {
        return true;
    }
    if from == "config" {
        return CONFIG_MAY.contains(&to);
    }
    match (layer(from), layer(to)) {
        (Some(from), Some(to)) => to < from,
        _ => false,
    }
}

#[test]
fn layers_point_one_way() {
    assert!(!allowed("text", "engine") && !allowed("sink", "store") && allowed("engine", "text::fold"));
    let mut wrong = Vec::new();
    for (path, source) in rust_files("src") {
        let Some(from) = module(&path) else { continue };
        wrong
            .extend(uses(&source).into_iter().filter(|to| !allowed(from, to)).map(|to| format!("{path}: crate::{to}")));
    }
    assert!(wrong.is_empty(), "these uses go against the layers of ARCHITECTURE.md:\n{}", wrong.join("\n"));
}

#[test]
fn pure_modules_touch_nothing_outside() {
    let banned =
        ["std::fs", "std::net", "std::env", "std::io::", "std::process", "tokio::", "tracing::", "Mutex", "RwLock"];
    let mut wrong = Vec::new();
    for (path, source) in rust_files("src") {
        if !matches!(module(&path), Some("text" | "watchlist" | "feed" | "engine")) {
            continue;
        }
        for (number, line) in source.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//")) {
            // Reading lines from whatever the caller gives is no I/O of one's own.
            let line = line.replace("std::io::BufRead", "").replace("std::io::Error", "");
            if let Some(word) = banned.iter().find(|word| line.contains(*word)) {
                wrong.push(format!("{path}:{}: {word}", number + 1));
            }
        }
    }
    assert!(wrong.is_empty(), "pure modules do no I/O, take no lock, log nothing:\n{}", wrong.join("\n"));
}

#[test]
fn every_file_says_what_it_owns() {
    let files: Vec<_> = ["src", "tests", "benches", "fuzz/fuzz_targets"].into_iter().flat_map(rust_files).collect();
    assert!(files.len() > 30, "found {} files", files.len());
    let bare: Vec<_> = files.iter().filter(|(_, source)| !source.starts_with("//!")).map(|(path, _)| path).collect();
    assert!(bare.is_empty(), "these files do not open with `//!`: {bare:?}");
}

#[test]
fn files_stay_small_enough_to_read() {
    let long: Vec<_> = rust_files("src")
        .into_iter()
        .map(|(path, source)| (path, source.lines().count()))
        .filter(|(_, lines)| *lines > 500)
        .collect();
    assert!(long.is_empty(), "over 500 lines, look for the missing noun: {long:?}");
}

#[test]
fn no_unfinished_work_is_left() {
    let marks = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("unimplemented", "!"), concat!("to", "do!(")];
    let mut wrong = Vec::new();
    for (path, source) in ["src", "tests"].into_iter().flat_map(rust_files) {
        wrong.extend(marks.iter().filter(|mark| source.contains(**mark)).map(|mark| format!("{path}: {mark}")));
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn the_top_level_holds_what_the_readme_promises() {
    for name in ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "LICENSE-MIT", "LICENSE-APACHE"] {
        assert!(Path::new(&root()).join(name).is_file(), "{name} is missing");
    }
}
