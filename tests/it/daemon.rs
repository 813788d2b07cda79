//! The daemon as the real binary, against servers in this process, with faults.

mod feeds;
mod hostile;
mod lifecycle;
mod polite;
mod presets;
mod sinks;
mod templates;
mod unit;
