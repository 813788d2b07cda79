//! What is backtested, the time that is asked for, and what is to be known beside the result.

use super::Tested;
use crate::config::draft::Edited;
use crate::config::{Loaded, units};
use crate::engine::backtest::Question;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// What is to be tested.
#[derive(Debug)]
pub struct Subject {
    /// The configuration.
    pub loaded: Loaded,
    /// Only this watchlist is told of; `None`: all.
    pub watchlist: Option<String>,
    /// What is to be known beside the result.
    pub notes: Vec<String>,
}

impl From<Loaded> for Subject {
    fn from(loaded: Loaded) -> Self {
        Self { loaded, watchlist: None, notes: Vec::new() }
    }
}

impl From<Edited> for Subject {
    fn from(edited: Edited) -> Self {
        let Edited { loaded, name, library, known } = edited;
        let mut notes = Vec::new();
        if library {
            notes.push(format!("{name} is a library, which never fires itself: all watchlists were tested with it"));
        } else if !known {
            notes.push(format!(
                "no watchlist is called {name}, so all that it fires is new; to compare it with one that is \
                 there, give it the `name` of that one"
            ));
        }
        Self { loaded, watchlist: (!library).then_some(name), notes }
    }
}

impl Subject {
    /// The time that is asked for, as far as texts are kept; its days are those of `zone`.
    pub fn question(&mut self, since: Timestamp, until: Timestamp, zone: &TimeZone) -> Question {
        let kept = SignedDuration::try_from(self.loaded.retention.items).unwrap_or(SignedDuration::MAX);
        let oldest = until.checked_sub(kept).unwrap_or(Timestamp::MIN);
        if since < oldest {
            let kept = units::format_duration(self.loaded.retention.items);
            let day = day(oldest, zone);
            self.notes.push(format!("the time begins on {day}: texts are kept for {kept} (retention.items)"));
        }
        Question { since: since.max(oldest), until, zone: zone.clone(), watchlist: self.watchlist.clone() }
    }

    /// Takes note of what a result does not show.
    pub fn remark(&mut self, tested: &Tested, zone: &TimeZone) {
        if let Some(first) = tested.history.filter(|_| tested.report.items == 0) {
            let day = day(first, zone);
            self.notes.push(format!("no item came in that time; texts are stored since {day}"));
        }
    }
}

fn day(time: Timestamp, zone: &TimeZone) -> String {
    zone.to_datetime(time).date().to_string()
}
