//! Notices that a file of the configuration has changed: its folders are watched,
//! and what happens to other files in them (the daemon's own output, perhaps) is
//! passed over.

use crate::config::Loaded;
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::sync::mpsc;
use tracing::warn;

/// An editor writes a file in several steps: the change counts when it has been quiet for so long.
const QUIET: Duration = Duration::from_millis(400);

/// Changes that keep coming are not waited out for longer than this.
const LONGEST: Duration = Duration::from_secs(5);

/// Watches until it is dropped.
#[derive(Debug)]
pub(super) struct Watch {
    _watcher: RecommendedWatcher,
}

impl Watch {
    /// Watches the folders of a configuration; `None` where it does not want that, or the system
    /// cannot: then SIGHUP and `reload` still work, and a warning says so.
    pub(super) fn of(loaded: &Loaded, changes: &mpsc::Sender<()>) -> Option<Self> {
        if !loaded.watch_config {
            return None;
        }
        let mut files: Vec<PathBuf> = loaded.files.iter().filter_map(|file| std::path::absolute(file).ok()).collect();
        // A folder that is not there yet is noticed by its parent when it comes.
        let (folders, missing): (Vec<_>, Vec<_>) = loaded.watch.iter().cloned().partition(|folder| folder.is_dir());
        let parents: BTreeSet<PathBuf> =
            missing.iter().filter_map(|folder| folder.ancestors().find(|it| it.is_dir())).map(Path::to_owned).collect();
        files.extend(missing);
        let changes = changes.clone();
        let notice = move |event: notify::Result<Event>| {
            if event.is_ok_and(|event| matters(&event, &files)) {
                // Full: a change is noticed already.
                let _ = changes.try_send(());
            }
        };
        let watching = notify::recommended_watcher(notice).and_then(|mut watcher| {
            for folder in parents.iter().chain(&folders) {
                watcher.watch(folder, RecursiveMode::NonRecursive)?;
            }
            Ok(watcher)
        });
        watching
            .inspect_err(|error| warn!(%error, "changed files are not noticed; use `newswatch reload` or SIGHUP"))
            .ok()
            .map(|watcher| Self { _watcher: watcher })
    }
}

fn matters(event: &Event, files: &[PathBuf]) -> bool {
    let changes = matches!(event.kind, EventKind::Create(_) | EventKind::Modify(_) | EventKind::Remove(_));
    let ours = |path: &PathBuf| is_config(path) || files.contains(path);
    changes && event.paths.iter().any(ours)
}

/// A file that may be included although it was not there before.
fn is_config(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "toml" || extension == "opml")
}

/// Passes a change on when it has become quiet, until `settled` is closed.
pub(super) async fn settle(mut changes: mpsc::Receiver<()>, settled: mpsc::Sender<()>) {
    while changes.recv().await.is_some() {
        let quiet = async { while tokio::time::timeout(QUIET, changes.recv()).await.is_ok_and(|it| it.is_some()) {} };
        // However it ended: now is the time.
        let _ = tokio::time::timeout(LONGEST, quiet).await;
        if settled.send(()).await.is_err() {
            break;
        }
    }
}
