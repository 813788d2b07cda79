//! `newswatch reload`: asks the running daemon to read its configuration again.

use super::context::{Context, block_on};
use super::exit::{Exit, Failure};
use super::output;
use crate::serve::client::{Client, ClientError};
use crate::serve::{RELOAD, Reloaded};
use std::path::Path;
use tracing::Level;

/// Asks the running daemon to read its configuration again
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Wait until the new configuration is live; show what is wrong with it otherwise
    #[arg(long)]
    wait: bool,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit, Failure> {
    let state_dir = context.state_dir()?;
    block_on(async {
        let path = if arguments.wait { format!("{RELOAD}?wait=true") } else { RELOAD.to_owned() };
        let client = Client::new(&state_dir).map_err(|error| unreachable(&error, &state_dir))?;
        match client.post::<Reloaded>(&path).await {
            Ok(reloaded) => {
                for warning in &reloaded.warnings {
                    context.shown(Level::WARN, warning.trim_end());
                }
                context.note(if arguments.wait { "the new configuration is live" } else { "asked to reload" });
                Ok(Exit::Fine)
            }
            Err(ClientError::Refused(problem)) => {
                for diagnostic in &problem.diagnostics {
                    output::shown(Level::ERROR, diagnostic.trim_end());
                }
                Err(Failure::config(problem.detail))
            }
            Err(error) => Err(unreachable(&error, &state_dir)),
        }
    })
}

fn unreachable(error: &ClientError, state_dir: &Path) -> Failure {
    Failure::io(format!("{error} ({})", state_dir.display()))
}
