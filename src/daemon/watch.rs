//! Notices that a file on which the configuration depends has changed: the folders
//! are watched, and what happens to other files in them (the daemon's own output,
//! perhaps) is passed over.

use crate::config::Watched;
use notify::event::ModifyKind;
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
    /// Watches what changes a configuration; `None` where the system cannot: then SIGHUP and
    /// `reload` still work, and a warning says so.
    pub(super) fn of(what: &Watched, changes: &mpsc::Sender<()>) -> Option<Self> {
        let counted = Counted::of(what);
        let folders = counted.watched.clone();
        let changes = changes.clone();
        let notice = move |event: notify::Result<Event>| {
            if event.is_ok_and(|event| counted.matters(&event)) {
                // Full: a change is noticed already.
                let _ = changes.try_send(());
            }
        };
        let watcher = notify::recommended_watcher(notice)
            .inspect_err(|error| warn!(%error, "changed files are not noticed; use `newswatch reload` or SIGHUP"));
        let mut watcher = watcher.ok()?;
        for folder in &folders {
            // One that may not be listed, such as a folder of secrets, is no reason to notice nothing.
            if let Err(error) = watcher.watch(folder, RecursiveMode::NonRecursive) {
                let folder = folder.display();
                warn!(%error, "changes in {folder} are not noticed; use `newswatch reload` or SIGHUP");
            }
        }
        Some(Self { _watcher: watcher })
    }
}

/// What counts of that which happens in the folders that are watched.
struct Counted {
    /// The folders that are watched, none of them with those below it.
    watched: BTreeSet<PathBuf>,
    /// The folders in which a file may be included that was not there before.
    including: BTreeSet<PathBuf>,
    /// Files, and folders that are not there yet.
    paths: BTreeSet<PathBuf>,
}

impl Counted {
    fn of(watched: &Watched) -> Self {
        let holding = watched.files.iter().filter_map(|file| file.parent()).map(Path::to_owned);
        let wanted: BTreeSet<PathBuf> = holding.chain(watched.folders.iter().cloned()).collect();
        let mut counted =
            Self { watched: BTreeSet::new(), including: watched.folders.clone(), paths: watched.files.clone() };
        for folder in wanted {
            // One that is not there yet is noticed by what is above it, when the first of what is missing comes.
            let mut missing = None;
            for above in folder.ancestors() {
                if above.is_dir() {
                    counted.watched.insert(above.to_owned());
                    break;
                }
                missing = Some(above.to_owned());
            }
            counted.paths.extend(missing);
        }
        counted
    }

    fn matters(&self, event: &Event) -> bool {
        let changes = matches!(event.kind, EventKind::Create(_) | EventKind::Modify(_) | EventKind::Remove(_));
        // A folder may be replaced whole by another one of its name.
        let replaces =
            changes && !matches!(event.kind, EventKind::Modify(ModifyKind::Data(_) | ModifyKind::Metadata(_)));
        let ours = |path: &PathBuf| self.paths.contains(path) || self.may_be_included(path);
        changes && event.paths.iter().any(|path| ours(path) || replaces && self.watched.contains(path))
    }

    fn may_be_included(&self, path: &Path) -> bool {
        path.extension().is_some_and(|extension| extension == "toml" || extension == "opml")
            && path.parent().is_some_and(|folder| self.including.contains(folder))
    }
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
