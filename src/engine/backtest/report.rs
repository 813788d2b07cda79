//! What a backtest found.

use crate::engine::alert::AlertMatch;
use jiff::Timestamp;
use jiff::civil::Date;
use std::ops::Range;

/// What a backtest found.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// The beginning of the time that was compared.
    pub since: Timestamp,
    /// Its end.
    pub until: Timestamp,
    /// Items in that time.
    pub items: u64,
    /// Bytes of their titles and texts.
    pub bytes: u64,
    /// The days of that time, none left out.
    pub days: Vec<Date>,
    /// All alerts, each once, however many of its rules fire.
    pub alerts: Totals,
    /// Every rule that was asked for, in the order of the configuration, then those that
    /// fired and are no more.
    pub rules: Vec<RuleReport>,
}

/// Alerts in numbers: one is an item that fires at least one rule of one watchlist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Totals {
    /// Alerts that would have been raised.
    pub alerts: u64,
    /// Of these, on news on which none of their rules had fired.
    pub new: u64,
    /// Alerts that were raised then, and of whose rules none would fire now.
    pub gone: u64,
    /// Alerts that were raised then, on the same items.
    pub fired: u64,
}

/// What it found of one rule.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RuleReport {
    /// Name of the watchlist.
    pub watchlist: String,
    /// Id of the rule.
    pub rule: String,
    /// The configuration has it; else it only fired in the past.
    pub present: bool,
    /// Alerts that it would have raised.
    pub alerts: u64,
    /// Of these, on news on which it had not fired.
    pub new: u64,
    /// Alerts that it raised then, and would not raise now.
    pub gone: u64,
    /// Alerts that it raised then, on the same items.
    pub fired: u64,
    /// `alerts` by day, as many as [`Report::days`].
    pub by_day: Vec<u64>,
    /// Some of them, the latest first.
    pub samples: Samples,
}

/// Some alerts of each sort.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Samples {
    /// Of all that it would have raised.
    pub alerts: Vec<Sample>,
    /// Of those that are new.
    pub new: Vec<Sample>,
    /// Of those that are gone.
    pub gone: Vec<Sample>,
}

/// An alert in short.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sample {
    /// When it fires, or fired.
    pub time: Timestamp,
    /// The id of the alert that it raised then; `None` of one that it would have raised.
    pub alert: Option<String>,
    /// The item's id.
    pub item: String,
    /// Its title.
    pub title: String,
    /// Its link.
    pub link: Option<String>,
    /// The feed's name.
    pub feed: String,
    /// What was found; where something was in the title, that.
    pub found: Option<AlertMatch>,
}

impl Sample {
    /// Where the match stands in the title.
    #[must_use]
    pub fn mark(&self) -> Option<Range<usize>> {
        let found = self.found.as_ref().filter(|found| found.field == crate::watchlist::term::Field::Title)?;
        Some(found.start as usize..found.end as usize)
    }
}
