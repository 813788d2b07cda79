//! The counters of each day (UTC), which pages and reports read.

use super::Error;
use super::poll::Traffic;
use super::row::{Sql, day, signed};
use crate::engine::alert::Alert;
use crate::engine::decide::PollPlan;
use jiff::Timestamp;
use rusqlite::Connection;

/// Counts a poll for its feed.
pub(super) fn poll(connection: &Connection, plan: &PollPlan, traffic: Traffic, now: Timestamp) -> Result<(), Error> {
    connection.run(
        "INSERT INTO daily_feed (day, feed, polls, failed, unchanged, items, bytes, repairs)
         VALUES (?1, ?2, 1, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT DO UPDATE SET polls = polls + 1, failed = failed + ?3, unchanged = unchanged + ?4,
            items = items + ?5, bytes = bytes + ?6, repairs = repairs + ?7",
        (
            day(now),
            &plan.feed.key,
            traffic.failed,
            traffic.unchanged,
            plan.counts.new,
            signed(traffic.bytes),
            traffic.repairs,
        ),
    )?;
    Ok(())
}

/// Counts an alert for its rules, and its matches for their terms.
pub(super) fn alert(connection: &Connection, alert: &Alert, now: Timestamp) -> Result<(), Error> {
    for rule in &alert.rules {
        connection.run(
            "INSERT INTO daily_rule (day, watchlist, rule, alerts) VALUES (?1, ?2, ?3, 1)
             ON CONFLICT DO UPDATE SET alerts = alerts + 1",
            (day(now), &alert.watchlist, &rule.id),
        )?;
    }
    for found in &alert.matches {
        connection.run(
            "INSERT INTO daily_term (day, watchlist, term, matches) VALUES (?1, ?2, ?3, 1)
             ON CONFLICT DO UPDATE SET matches = matches + 1",
            (day(now), &alert.watchlist, &found.term),
        )?;
    }
    Ok(())
}
