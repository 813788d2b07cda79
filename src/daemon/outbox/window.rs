//! The window of a sink for which alerts are collected: when it closes, and the
//! digest that is made then.

use super::{Desk, Pause};
use crate::daemon::{clock, documents};
use crate::store::digest::Collected;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use tracing::info;

/// What is known of the window.
#[derive(Debug, Clone, Copy)]
pub(super) enum Window {
    /// Something may have been collected.
    Unknown,
    /// Nothing is collected.
    Empty,
    /// It closes then, whatever happens to the clock.
    Closes(Instant),
}

impl Window {
    /// Something was committed: perhaps the first alert of a window.
    pub(super) fn committed(&mut self) {
        if matches!(self, Self::Empty) {
            *self = Self::Unknown;
        }
    }

    /// How long to wait for its end.
    pub(super) fn pause(self) -> Pause {
        match self {
            Self::Closes(at) => Pause::Until(at),
            Self::Unknown | Self::Empty => Pause::Event,
        }
    }
}

impl Desk {
    /// What was collected while the sink was spared, and it is not any more, goes on its own.
    pub(super) async fn release_collected(&mut self) {
        if self.sink.pace.is_free() {
            let (store, name) = (self.tools.store.clone(), self.name.clone());
            self.persist(|| async { store.release_collected(&name).await.map(|_| ()) }).await;
        }
    }

    /// Finds out when the window closes, where that is not known.
    pub(super) async fn look_at_window(&mut self) {
        let pace = self.sink.pace;
        if pace.is_free() || !matches!(self.window, Window::Unknown) {
            return;
        }
        let (store, name) = (self.tools.store.clone(), self.name.clone());
        self.window = match self.ask_store(async move { store.passed(&name, pace).await }).await {
            Ok(passed) if passed.collecting_since.is_none() => Window::Empty,
            Ok(passed) => {
                let left = Duration::try_from(pace.left(passed, clock::now())).unwrap_or_default();
                Window::Closes(Instant::now() + left)
            }
            Err(pause) => Window::Closes(Instant::now() + pause),
        };
    }

    /// Makes a digest of what was collected, also where its time has not come.
    pub(super) async fn close_window(&mut self) {
        let sink = Arc::new((self.sink.clone(), self.body.clone()));
        let (host, now) = (Arc::clone(&self.tools.host), clock::now());
        let compose = move |collected: &mut dyn Iterator<Item = Collected>| {
            documents::digest(collected, &sink.0.name, &sink.1, &host, now)
        };
        let (store, name, pace) = (self.tools.store.clone(), self.name.clone(), self.sink.pace);
        let closed = self.ask_store(async move { store.close_window(&name, pace, now, compose).await }).await;
        self.window = match closed {
            Ok(0) => Window::Unknown,
            Ok(digests) => {
                info!(sink = self.name, digests, "what was collected is on its way");
                Window::Unknown
            }
            Err(pause) => Window::Closes(Instant::now() + pause),
        };
    }
}
