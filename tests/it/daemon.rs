//! The daemon as the real binary, against servers in this process, with faults.

mod feeds;
mod lifecycle;
mod polite;
mod sinks;
mod unit;
