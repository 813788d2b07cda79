//! Takes what is due out of the outbox: nothing whose time is up, and each with its bytes.

use super::Desk;
use crate::daemon::clock;
use crate::sink::Outcome;
use crate::sink::body::Original;
use crate::store::Error;
use crate::store::outbox::{Delivery, Settled, Settlement};
use jiff::{SignedDuration, Timestamp};
use std::time::Duration;
use tracing::error;

/// The last attempt is due when the time of a delivery is up, and begins a little later.
const LAST: SignedDuration = SignedDuration::from_secs(10);

/// Deliveries of a sink became dead letters because their time was up.
pub(in crate::daemon) fn say_expired(sink: &str, dead: u64) {
    if dead > 0 {
        error!(sink, dead, "deliveries were not taken in time: dead letters, see `newswatch deliveries`");
    }
}

impl Desk {
    /// Claims what is due, and nothing whose time is up; nothing where the store cannot say, with
    /// how long to wait then.
    pub(super) async fn claim(&mut self, limit: usize) -> Result<Vec<Delivery>, Duration> {
        loop {
            let (store, name, now) = (self.tools.store.clone(), self.name.clone(), clock::now());
            let claimed = self.ask_store(async move { store.claim(&name, now, limit).await }).await?;
            let oldest = self.sink.max_age.and_then(|max_age| now.checked_sub(max_age.saturating_add(LAST)).ok());
            let is_over = |delivery: &Delivery| oldest.is_some_and(|oldest| delivery.queued < oldest);
            let (over, claimed): (Vec<_>, Vec<_>) = claimed.into_iter().partition(is_over);
            let Some(oldest) = oldest.filter(|_| !over.is_empty()) else { return Ok(claimed) };
            self.release(&over).await;
            let set_aside = self.set_aside(oldest).await;
            if !claimed.is_empty() {
                return Ok(claimed);
            }
            set_aside?;
        }
    }

    /// Claimed, and nothing was tried.
    pub(super) async fn release(&mut self, deliveries: &[Delivery]) {
        let release = |delivery: &Delivery| Settlement { id: delivery.id, outcome: Settled::Release };
        self.settle(deliveries.iter().map(release).collect()).await;
    }

    /// Makes dead letters of what was queued before a time.
    async fn set_aside(&mut self, queued_before: Timestamp) -> Result<(), Duration> {
        let (store, name) = (self.tools.store.clone(), self.name.clone());
        let dead = self.ask_store(async move { store.expire(&name, queued_before).await }).await?;
        say_expired(&self.name, dead);
        Ok(())
    }

    /// Sees to it that a delivery has its bytes: where none could be made when it was
    /// committed, they are made and fixed now.
    ///
    /// # Errors
    /// How the attempt ends that is not begun.
    pub(super) async fn complete(&mut self, delivery: &mut Delivery) -> Result<(), Outcome> {
        if !delivery.body.is_empty() {
            return Ok(());
        }
        let later = |error: Error| Outcome::Retry { reason: error.to_string(), after: None, hold: false };
        let document = self.tools.store.document(delivery.id).await.map_err(later)?;
        let rendered = self.body.render(&Original::new(&document)).map_err(|reason| Outcome::Reject { reason })?;
        delivery.body = rendered.unwrap_or(document);
        self.tools.store.fix(delivery.id, delivery.body.clone()).await.map_err(later)
    }
}
