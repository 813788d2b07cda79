//! What the store does when the wall clock has jumped: whatever waits in it goes
//! along, so that it waits as long as was meant.

use super::row::{Span, Sql, signed};
use super::{Error, Store};
use jiff::SignedDuration;

/// Deliveries that one transaction changes at most, so that others find their turn.
const STEP: u64 = 5_000;

impl Store {
    /// Moves every time that something waits for by so much, and with it the ages of deliveries
    /// and the times of last polls, which gaps are counted from.
    pub async fn shift_waits(&self, by: SignedDuration) -> Result<(), Error> {
        self.write(move |connection| {
            connection.run("UPDATE sink_hold SET until = until + ?1", [Span(by)])?;
            let sql = "UPDATE feed SET next_poll = next_poll + ?1, retry_until = retry_until + ?1,
                       last_poll = last_poll + ?1, last_success = last_success + ?1,
                       failing_since = failing_since + ?1, told = told + ?1";
            connection.run(sql, [Span(by)])?;
            connection.run("UPDATE sink_passed SET time = time + ?1", [Span(by)])?;
            Ok(())
        })
        .await?;
        let mut after = Some(0);
        while let Some(id) = after {
            after = self.shift_deliveries(by, id).await?;
        }
        Ok(())
    }

    /// Moves some of the deliveries from the one after `after` on; the last of them, if any.
    async fn shift_deliveries(&self, by: SignedDuration, after: i64) -> Result<Option<i64>, Error> {
        self.write(move |connection| {
            let sql = "SELECT max(id) FROM (SELECT id FROM delivery WHERE id > ?1 ORDER BY id LIMIT ?2)";
            let last: Option<i64> = connection.one(sql, (after, signed(STEP)), |row| row.get(0))?.flatten();
            let sql = "UPDATE delivery SET due = due + ?1, queued = queued + ?1 WHERE id > ?2 AND id <= ?3";
            connection.run(sql, (Span(by), after, last))?;
            Ok(last)
        })
        .await
    }
}
