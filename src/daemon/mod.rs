//! Every task, timer and signal of the running daemon.

pub mod clock;
