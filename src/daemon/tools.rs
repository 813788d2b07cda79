//! What every task of the daemon works with, whatever the configuration.

use super::meters::Meters;
use super::silences::InForce;
use crate::store::Store;
use arc_swap::ArcSwap;
use std::collections::BTreeSet;
use std::sync::Arc;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// Shared by all tasks; clones share it.
#[derive(Debug, Clone)]
pub(super) struct Tools {
    /// The state.
    pub(super) store: Store,
    /// Changes when deliveries may be due that were not before.
    pub(super) outbox: watch::Sender<u64>,
    /// Changes when alerts were committed.
    pub(super) alerts: watch::Sender<u64>,
    /// Changes when a person wants deliveries to be tried at once.
    pub(super) nudge: watch::Sender<u64>,
    /// Sinks that are sent nothing before a reload: their destination is gone.
    pub(super) gone: Arc<ArcSwap<BTreeSet<String>>>,
    /// What silences alerts.
    pub(super) silences: Arc<InForce>,
    /// What is counted.
    pub(super) meters: Arc<Meters>,
    /// The machine's name, for the payload.
    pub(super) host: Arc<str>,
    /// Cancelled when the daemon is to stop.
    pub(super) stop: CancellationToken,
}

impl Tools {
    /// For the state in `store`, on this machine.
    pub(super) fn new(store: Store) -> Self {
        let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
        Self {
            store,
            outbox: watch::Sender::new(0),
            alerts: watch::Sender::new(0),
            nudge: watch::Sender::new(0),
            gone: Arc::default(),
            silences: Arc::default(),
            meters: Arc::new(Meters::new()),
            host: host.into(),
            stop: CancellationToken::new(),
        }
    }
}
