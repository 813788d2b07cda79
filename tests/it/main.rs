//! All integration tests, in one binary, by subject.

mod cli;
mod config;
mod daemon;
mod engine;
mod feeds;
mod fetch;
mod matching;
mod pipeline;
mod readme;
mod rules;
mod schedule;
mod sinks;
mod store;
mod support;
mod text;
mod tidy;
