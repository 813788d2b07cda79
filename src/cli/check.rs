//! `newswatch check`: judges the configuration, every error at once.

use super::Context;
use super::exit::{Exit, Failure};
use super::output;
use crate::config::{self, environment::Environment};

/// Validates the configuration and watchlists and runs their tests
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Exit with 1 where there is a warning
    #[arg(long)]
    deny_warnings: bool,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit, Failure> {
    let path = context.config_path()?;
    let found = config::check(&path, &Environment::of_process());
    if arguments.json {
        output::json(&found.to_json())?;
    } else {
        output::diagnostics(&found);
        if found.errors.is_empty() {
            output::note(&format!("{}: fine{}", path.display(), warnings(found.warnings.len())));
        }
    }
    Ok(match (found.errors.is_empty(), found.warnings.is_empty()) {
        (false, _) if !found.only_tests_failed => Exit::Config,
        (false, _) => Exit::Found,
        (true, false) if arguments.deny_warnings => Exit::Found,
        (true, _) => Exit::Fine,
    })
}

fn warnings(count: usize) -> String {
    match count {
        0 => String::new(),
        1 => ", with 1 warning".to_owned(),
        count => format!(", with {count} warnings"),
    }
}
