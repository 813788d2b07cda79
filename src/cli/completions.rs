//! `newswatch completions SHELL`.

use super::exit::{Exit, Failure};
use super::output;
use clap_complete::Shell;

/// Prints a shell's completion script
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The shell
    shell: Shell,
}

pub(super) fn run(arguments: &Arguments, mut command: clap::Command) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut command, "newswatch", &mut script);
    output::bytes(&script)
}
