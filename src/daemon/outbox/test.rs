//! The test alert of `send-test` on its way to one sink, by the code that sends
//! all others. It is never stored: one attempt, and whoever asked is told.

use crate::daemon::clock;
use crate::daemon::control::TestResult;
use crate::engine::alert::Alert;
use crate::sink::body::{Body, Original};
use crate::sink::payload::{self, TextMode};
use crate::sink::{Delivery, Outcome};
use bytes::Bytes;
use tokio::sync::oneshot;

/// A test alert, and where the answer goes.
#[derive(Debug)]
pub(super) struct Test {
    alert: String,
    body: Bytes,
    answer: oneshot::Sender<TestResult>,
}

impl Test {
    /// A new one for `sink`, with the bytes that it is sent. `None` where they cannot be
    /// made: whoever asked has been told.
    pub(super) fn new(sink: &str, body: &Body, host: &str, answer: oneshot::Sender<TestResult>) -> Option<Self> {
        let alert = Alert::test(sink, clock::now());
        let document = payload::render(&alert, host, TextMode::Full);
        match body.render(&Original::new(&document)) {
            Ok(own) => Some(Self { alert: alert.id, body: own.unwrap_or(document).into(), answer }),
            Err(reason) => {
                let _ = answer.send(TestResult { alert: alert.id, outcome: Outcome::Reject { reason } });
                None
            }
        }
    }

    /// As it is handed to a sink.
    pub(super) fn delivery(&self) -> Delivery {
        Delivery { alert: self.alert.clone(), attempt: 1, body: self.body.clone() }
    }

    /// Tells whoever asked; they may have gone.
    pub(super) fn ended(self, outcome: Outcome) {
        let _ = self.answer.send(TestResult { alert: self.alert, outcome });
    }
}
