//! `newswatch schema`: JSON Schema, for editors and receivers.

use super::exit::{Exit, Failure};
use super::output;
use crate::config;
use crate::sink::payload;

/// Prints a JSON Schema, for editors and receivers
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Of what
    #[arg(value_enum)]
    of: Document,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Document {
    /// newswatch.toml and the files it includes
    Config,
    /// A watchlist file
    Watchlist,
    /// The payload of an alert
    Alert,
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let schema = match arguments.of {
        Document::Config => config::schema(),
        Document::Watchlist => config::watchlist_schema(),
        Document::Alert => payload::schema().to_value(),
    };
    let text =
        serde_json::to_string_pretty(&schema).map_err(|error| Failure::io(format!("cannot write JSON: {error}")))?;
    output::text(&format!("{text}\n"))
}
