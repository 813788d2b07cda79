//! Takes care of the files that a file sink has put aside, beside the writing: to
//! compress 100 MiB takes seconds, and no alert waits for that.

use crate::daemon::trouble::{Change, Trouble};
use crate::sink::file;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::task::JoinSet;
use tracing::warn;

/// What becomes of the files of one sink that were put aside.
#[derive(Debug, Default)]
pub(super) struct Tidying {
    tasks: JoinSet<io::Result<()>>,
    results: Vec<io::Result<()>>,
    stop: Arc<AtomicBool>,
    /// Another file was put aside since the task began.
    again: bool,
    trouble: Trouble,
}

impl Tidying {
    /// There may be something to take care of.
    pub(super) fn begin(&mut self, config: &file::Config) {
        let Some(rotation) = config.rotation else { return };
        if !self.tasks.is_empty() {
            self.again = true;
            return;
        }
        let (path, stop) = (config.path.clone(), Arc::clone(&self.stop));
        self.tasks.spawn_blocking(move || file::tidy(&path, &rotation, &stop));
    }

    /// Waits until the task that is under way has ended; for ever where there is none.
    pub(super) async fn ended(&mut self) {
        match self.tasks.join_next().await {
            Some(ended) => self.results.extend(ended.ok()),
            None => std::future::pending().await,
        }
    }

    /// Says how it went, and goes on where another file was put aside meanwhile.
    pub(super) fn look(&mut self, sink: &str, config: &file::Config) {
        while let Some(ended) = self.tasks.try_join_next() {
            self.results.extend(ended.ok());
        }
        for result in std::mem::take(&mut self.results) {
            match result {
                Ok(()) => _ = self.trouble.worked(),
                Err(error) if self.trouble.failed(&error.to_string()) == Change::Began => {
                    warn!(sink, %error, "files that were put aside cannot be compressed or removed; they are whole");
                }
                Err(_) => {}
            }
        }
        if self.tasks.is_empty() && std::mem::take(&mut self.again) {
            self.begin(config);
        }
    }

    /// Takes care of everything there is, and waits for it.
    pub(super) async fn finish(&mut self, sink: &str, config: &file::Config) {
        self.begin(config);
        while !self.tasks.is_empty() {
            self.ended().await;
            self.look(sink, config);
        }
    }

    /// Leaves what is under way for the next time, and waits until nothing is.
    pub(super) async fn stop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        while self.tasks.join_next().await.is_some() {}
    }
}
