//! State in SQLite: whole transactions in the words of the domain. No SQL and no
//! row leaves this module, so that another database can be put in its place
//! here and nowhere else.
//!
//! One thread owns the connection that writes (`writer`); what waits for it is
//! committed together. Reads run beside it on connections of their own (`reader`).
//! A method that returns `Ok` has committed, durably. A method whose future is
//! dropped may still commit; [`Store::claim`] should be awaited to its end.
//!
//! | file | owns |
//! |---|---|
//! | `open`, `migration` | the file, its pragmas, what is refused; its versions |
//! | [`lock`] | who may run on a state directory |
//! | [`poll`] | one poll as one transaction |
//! | `known`, `written`, `post` | its parts: what is known, items and stories, alerts and deliveries |
//! | [`daily`] | the counters of each day |
//! | [`feed`] | the schedule and health of feeds |
//! | [`outbox`], [`letter`] | deliveries, for workers and for people |
//! | [`digest`] | alerts that are collected, and the digests that carry them |
//! | [`alert`], [`search`], [`item`] | reading what was stored |
//! | [`overview`] | the state in numbers, and the daemon's runs |
//! | `silence` | the silences |
//! | `health` | what people know of feeds and sinks that fail |
//! | [`prune`] | retention |
//! | `jump` | what waits, when the clock has jumped |
//! | `row` | how values stand in columns |

pub mod alert;
pub mod daily;
pub mod digest;
pub mod error;
pub mod feed;
mod health;
pub mod item;
mod jump;
mod known;
pub mod letter;
pub mod lock;
mod migration;
mod open;
pub mod outbox;
pub mod overview;
pub mod poll;
mod post;
pub mod prune;
mod reader;
mod row;
pub mod search;
mod silence;
mod writer;
mod written;

pub use error::{Error, LockError, OpenError};
pub use lock::StateLock;

pub(crate) use crate::fault::crash_point;

use std::sync::Arc;

/// The database's name in the state directory.
pub const FILE_NAME: &str = "newswatch.db";

/// Whether a store is opened to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// The daemon, or a command that holds the [`StateLock`]: creates and migrates.
    ReadWrite,
    /// Commands that read: creates and changes no file, also beside a daemon that writes.
    /// Within one process, SQLite shares the log's index: a store that reads is to be
    /// opened after the one that writes, or closed before it.
    ReadOnly,
}

/// A handle to the state; clones share it.
#[derive(Debug, Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    /// `None`: opened to be read.
    writer: Option<writer::Writer>,
    /// `None`: in memory, where the writer's connection is the only one.
    readers: Option<reader::Readers>,
}
