//! `newswatch man`: the manual pages.

use super::exit::{Exit, Failure};
use super::output;
use std::path::PathBuf;

/// Prints the manual page, or writes all of them to a folder
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Write newswatch.1 and a page for each command into this folder
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments, command: &clap::Command) -> Result<Exit, Failure> {
    if let Some(folder) = &arguments.out {
        clap_mangen::generate_to(command.clone(), folder)
            .map_err(|error| Failure::io(format!("cannot write manual pages to {}: {error}", folder.display())))?;
        return Ok(Exit::Fine);
    }
    let mut page = Vec::new();
    clap_mangen::Man::new(command.clone())
        .render(&mut page)
        .map_err(|error| Failure::io(format!("cannot render the manual page: {error}")))?;
    output::bytes(&page)
}
