//! The daemon as the real binary, against servers in this process, with faults.

mod boots;
mod clock;
mod feeds;
mod hostile;
mod lifecycle;
mod memory;
mod polite;
mod presets;
mod reload;
mod reloads;
mod retention;
mod sinks;
mod templates;
mod unit;
