//! The daemon as the real binary, against servers in this process, with faults.

mod feeds;
mod hostile;
mod lifecycle;
mod polite;
mod retention;
mod sinks;
mod unit;
