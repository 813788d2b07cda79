//! Calls the heartbeat's URL while all is well: the loops turn, the store can
//! write, and some sink takes alerts. A failing sink is told on the others; where
//! all fail nobody hears of it, and the silence of the heartbeat is what tells.

use super::clock;
use super::poller::Command;
use super::tools::Tools;
use super::trouble::{Change, Trouble};
use crate::config::Loaded;
use crate::sink::heartbeat::Heartbeat;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;
use tokio_util::sync::{CancellationToken, DropGuard};
use tracing::{info, warn};

/// How long the loops may take to answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// After a call that failed, the next one comes sooner: one lost packet is no outage.
const AGAIN: Duration = Duration::from_secs(20);

/// Beats until it is dropped.
#[derive(Debug)]
pub(super) struct Heart {
    _stop: DropGuard,
}

/// What is looked at before each beat.
pub(super) struct Vitals {
    /// The store.
    pub(super) tools: Tools,
    /// The sinks that are configured.
    pub(super) sinks: Vec<String>,
    /// Where the poller is asked; `None`: it has ended in good order (`run --once`).
    pub(super) poller: Option<mpsc::Sender<Command>>,
}

impl Heart {
    /// Beats from now on.
    pub(super) fn start(heartbeat: Heartbeat, interval: Duration, vitals: Vitals) -> Self {
        let stop = vitals.tools.stop.child_token();
        tokio::spawn(beat(heartbeat, interval, vitals, stop.clone()));
        Self { _stop: stop.drop_guard() }
    }
}

/// Makes what calls the heartbeat of a configuration, if it has one, and how often.
///
/// # Errors
/// Why that cannot be.
pub(super) fn open(loaded: &Loaded) -> Result<Option<(Heartbeat, Duration)>, String> {
    let Some(config) = &loaded.heartbeat else { return Ok(None) };
    let heartbeat = Heartbeat::open(config).map_err(|problem| format!("heartbeat: {problem}"))?;
    Ok(Some((heartbeat, config.interval)))
}

/// Calls it once, where all is well: for a run that ends.
pub(super) async fn once(heartbeat: &Heartbeat, vitals: &Vitals) {
    if let Err(reason) = try_once(heartbeat, vitals).await {
        warn!("the heartbeat is not sent: {reason}");
    }
}

async fn beat(heartbeat: Heartbeat, interval: Duration, vitals: Vitals, stop: CancellationToken) {
    let mut trouble = Trouble::default();
    loop {
        let began = Instant::now();
        let called = tokio::select! {
            () = stop.cancelled() => return,
            called = try_once(&heartbeat, &vitals) => called,
        };
        let pause = match called {
            Ok(()) => {
                if trouble.worked() == Change::Ended {
                    info!("the heartbeat is sent again");
                }
                interval
            }
            Err(reason) => {
                if trouble.failed(&reason) == Change::Began {
                    warn!("the heartbeat is not sent: {reason}");
                }
                interval.min(AGAIN)
            }
        };
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep_until(began + pause) => {}
        }
    }
}

async fn try_once(heartbeat: &Heartbeat, vitals: &Vitals) -> Result<(), String> {
    match tokio::time::timeout(PATIENCE, vitals.check()).await {
        Ok(checked) => checked?,
        Err(_) => return Err(format!("the daemon did not answer within {} s", PATIENCE.as_secs())),
    }
    heartbeat.beat().await
}

impl Vitals {
    /// # Errors
    /// What is not well.
    async fn check(&self) -> Result<(), String> {
        if let Some(poller) = &self.poller {
            let (answer, answered) = oneshot::channel();
            let asked = poller.send(Command::Ping(answer)).await.is_ok() && answered.await.is_ok();
            if !asked {
                return Err("feeds are polled no more".to_owned());
            }
        }
        let store = &self.tools.store;
        store.show_alive(clock::now()).await.map_err(|error| format!("the state cannot be written: {error}"))?;
        let failing = store.failing_sinks(self.sinks.clone()).await.map_err(|error| error.to_string())?;
        if failing > 0 && failing == self.sinks.len() {
            return Err("no sink takes alerts".to_owned());
        }
        Ok(())
    }
}
