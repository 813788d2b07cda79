//! The versions of the schema. A migration is a file of SQL that is never edited
//! once it was released; its number is its place in [`MIGRATIONS`], from 1, and is
//! kept in the database as `user_version`.

mod alerts;

use super::crash_point;
use rusqlite::{Connection, Result, TransactionBehavior};

/// All migrations, oldest first.
const MIGRATIONS: &[&str] = &[
    include_str!("migration/0001.sql"),
    include_str!("migration/0002.sql"),
    include_str!("migration/0003.sql"),
    include_str!("migration/0004.sql"),
    include_str!("migration/0005.sql"),
    include_str!("migration/0006.sql"),
];

/// The migration of which [`alerts`] is a part.
const FINDS_ALERTS: u32 = 5;

/// The version this build works on.
pub(super) const VERSION: u32 = latest(MIGRATIONS);

/// Marks a file as ours, in bytes 68 to 71: "nwch".
pub(super) const APPLICATION_ID: i32 = i32::from_be_bytes(*b"nwch");

/// The version of a database; 0: empty.
pub(super) fn version(connection: &Connection) -> Result<u32> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// Brings a database to [`VERSION`], all of the way or none of it: no reader meets a version
/// in between.
pub(super) fn migrate(connection: &mut Connection) -> Result<()> {
    let done = version(connection)?;
    // A table that others refer to is made anew under its name: while that is done, its rows
    // seem to go, and theirs would go with them.
    connection.pragma_update(None, "foreign_keys", false)?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for (number, sql) in (1..).zip(MIGRATIONS).filter(|(number, _)| *number > done) {
        transaction.execute_batch(sql)?;
        if number == FINDS_ALERTS {
            alerts::index(&transaction)?;
        }
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", VERSION)?;
    crash_point("store.migrate.written");
    transaction.commit()?;
    connection.pragma_update(None, "foreign_keys", true)
}

#[expect(clippy::cast_possible_truncation, reason = "there will never be that many migrations")]
const fn latest(migrations: &[&str]) -> u32 {
    migrations.len() as u32
}
