//! All integration tests, in one binary, by subject.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test that meets the unexpected is to fail at once, with the place"
)]

mod cli;
mod commands;
mod config;
mod config_docs;
mod crash;
mod daemon;
mod engine;
mod faults;
mod feeds;
mod fetch;
mod home;
mod letters;
mod logs;
mod matching;
mod noise;
mod outage;
mod packaging;
mod pipeline;
mod readme;
mod retries;
mod rules;
mod schedule;
mod schema;
mod serve;
mod sinks;
mod store;
mod support;
mod text;
mod tidy;
mod webhook_docs;
