//! The silences that are in force: compiled for the live configuration, exchanged
//! whole when one is added or ended, and at a reload.

use super::clock;
use crate::engine::Runtime;
use crate::engine::silence::Silences;
use crate::store::{Error, Store};
use arc_swap::ArcSwap;
use std::sync::Arc;
use tokio::sync::Mutex;
use tracing::warn;

/// What silences alerts now; read without a lock.
#[derive(Debug, Default)]
pub(super) struct InForce {
    current: ArcSwap<Silences>,
    /// One refreshes at a time: what was read first must not be put into force last.
    turn: Mutex<()>,
}

impl InForce {
    /// What silences alerts now.
    pub(super) fn get(&self) -> Arc<Silences> {
        self.current.load_full()
    }

    /// Puts into force what the store has, for this configuration.
    pub(super) async fn refresh(&self, store: &Store, runtime: &Runtime) -> Result<(), Error> {
        let _turn = self.turn.lock().await;
        let stored = store.silences(clock::now()).await?;
        let (silences, invalid) = Silences::compile(stored, &runtime.watchlists);
        for (silence, reason) in invalid {
            warn!(%silence, "a silence covers nothing any more, {reason}");
        }
        self.current.store(Arc::new(silences));
        Ok(())
    }
}
