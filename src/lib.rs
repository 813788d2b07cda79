//! newswatch polls news feeds, matches every new item against watchlists, and
//! delivers alerts that are never lost.
//!
//! The modules stand in the order of the data flow. `text`, `watchlist`, `feed`
//! and `engine` are pure; `store`, `fetch` and `sink` do one kind of I/O each;
//! `daemon` and `serve` put them together; `cli` is what people see. See
//! `ARCHITECTURE.md` for the tour.

pub mod text;
pub mod watchlist;

pub mod feed;

pub mod engine;

pub mod fetch;
pub mod sink;
pub mod store;

pub mod config;

pub mod daemon;
pub mod serve;

pub mod cli;
mod fault;
pub mod telemetry;
