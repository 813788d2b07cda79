//! What has to be done from time to time: dead letters whose time is up,
//! retention, what systemd is told.

use super::control::Live;
use super::outbox::claim::say_expired;
use super::poller::Command;
use super::tools::Tools;
use super::{clock, systemd};
use crate::store::Error;
use crate::store::overview::Overview;
use crate::store::prune::{Pruned, Retention};
use crate::text::count::count;
use arc_swap::ArcSwap;
use jiff::SignedDuration;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{MissedTickBehavior, interval};
use tracing::{debug, info, warn};

/// How often dead letters are looked for, and systemd's status is refreshed.
const MINUTE: Duration = Duration::from_mins(1);

/// How often the clock is looked at.
const SECOND: Duration = Duration::from_secs(1);

/// How often retention is applied.
const PRUNE: Duration = Duration::from_mins(10);

/// How long deliveries of a sink that was removed wait for its return: the default of `max_age`.
const ORPHANS: SignedDuration = SignedDuration::from_hours(72);

/// Starts the tasks; they end with the daemon.
pub(super) fn start(tools: &Tools, live: &Arc<ArcSwap<Live>>, poller: mpsc::Sender<Command>) {
    spawn_each(SECOND, tools, live, follow_clock);
    spawn_each(MINUTE, tools, live, minute);
    spawn_each(PRUNE, tools, live, prune);
    if let Some(every) = systemd::watchdog_interval() {
        spawn_each(every, tools, live, move |tools, _| {
            let poller = poller.clone();
            async move { watch(&tools, &poller).await }
        });
    }
}

fn spawn_each<F, W>(every: Duration, tools: &Tools, live: &Arc<ArcSwap<Live>>, work: F)
where
    F: Fn(Tools, Arc<Live>) -> W + Send + 'static,
    W: Future<Output = ()> + Send,
{
    let (tools, live) = (tools.clone(), Arc::clone(live));
    tokio::spawn(async move {
        let mut ticks = interval(every);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = tools.stop.cancelled() => break,
                _ = ticks.tick() => work(tools.clone(), live.load_full()).await,
            }
        }
    });
}

/// When the wall clock was set: all that waits goes along with it, and so do silences.
async fn follow_clock(tools: Tools, live: Arc<Live>) {
    let Some(by) = clock::jump() else { return };
    let before = clock::now();
    let (direction, span) = if by.is_negative() { ("back", -by) } else { ("forward", by) };
    warn!("the clock was put {direction} by {span:#}: what waits still waits as long as it was to");
    // In between, times may look too far away, never too near: nothing is sent too early.
    if by.is_negative() {
        clock::shift(by);
    }
    persist(&tools, || tools.store.shift_waits(by)).await;
    persist(&tools, || tools.store.shift_silences(by, before)).await;
    if by.is_positive() {
        clock::shift(by);
    }
    persist(&tools, || tools.silences.refresh(&tools.store, &live.runtime)).await;
}

/// Until it works, or the daemon stops.
async fn persist<W: Future<Output = Result<(), Error>>>(tools: &Tools, write: impl Fn() -> W) {
    while let Err(error) = write().await {
        if error == Error::Closed || tools.stop.is_cancelled() {
            return;
        }
        warn!(%error, "what waits could not be moved along with the clock; it is tried again");
        tokio::time::sleep(SECOND).await;
    }
}

async fn minute(tools: Tools, live: Arc<Live>) {
    if let Err(error) = expire(&tools, &live).await {
        warn!(%error, "deliveries whose time is up could not be set aside; it is tried again in a minute");
    }
    match tools.store.overview(clock::now()).await {
        Ok(overview) => systemd::status(&status_line(&live, queued(&overview))),
        Err(error) => debug!(%error, "no numbers for the status"),
    }
}

/// Deliveries whose time is up become dead letters; those of removed sinks too.
async fn expire(tools: &Tools, live: &Live) -> Result<(), Error> {
    let now = clock::now();
    for sink in tools.store.queued_sinks().await? {
        let known = live.sinks.iter().find(|known| known.name == sink);
        if known.is_none() {
            // Nobody makes a digest of what was collected for it any more.
            tools.store.release_collected(&sink).await?;
        }
        let max_age = known.map_or(Some(ORPHANS), |known| known.max_age);
        let Some(before) = max_age.and_then(|max_age| now.checked_sub(max_age).ok()) else { continue };
        say_expired(&sink, tools.store.expire(&sink, before).await?);
    }
    Ok(())
}

async fn prune(tools: Tools, live: Arc<Live>) {
    let retention = Retention {
        items: signed(live.retention.items),
        alerts: signed(live.retention.alerts),
        stories: live.stories,
        max_size: live.retention.max_size,
    };
    match tools.store.prune(retention, clock::now()).await {
        Ok(pruned) if pruned == Pruned::default() => {}
        Ok(pruned) => {
            info!(texts = pruned.texts, items = pruned.items, alerts = pruned.alerts, "retention applied");
            if pruned.texts_for_size > 0 {
                warn!(
                    texts = pruned.texts_for_size,
                    "the store is as large as retention.max_size allows: the oldest texts were dropped early"
                );
            }
        }
        Err(error) => warn!(%error, "retention could not be applied; it is tried again"),
    }
}

fn signed(duration: Duration) -> SignedDuration {
    SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX)
}

/// Tells systemd that the main loops turn, if they do: the poller answers, and the store's writer.
async fn watch(tools: &Tools, poller: &mpsc::Sender<Command>) {
    let (answer, answered) = oneshot::channel();
    if poller.send(Command::Ping(answer)).await.is_err() || answered.await.is_err() {
        return;
    }
    // A full disk is an answer, too: a restart would not help.
    let _ = tools.store.settle(Vec::new(), clock::now()).await;
    systemd::watchdog();
}

fn queued(overview: &Overview) -> u64 {
    overview.queues.iter().map(|queue| queue.pending + queue.in_flight).sum()
}

/// What `systemctl status` shows.
pub(super) fn status_line(live: &Live, queued: u64) -> String {
    format!("{}, {}, {} queued", count(live.feeds, "feed"), count(live.terms, "term"), count(queued, "delivery"))
}
