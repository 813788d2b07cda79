//! `newswatch send-test`: does a sink work?

use super::context::{Context, block_on};
use super::exit::{Exit, Failure};
use super::output;
use crate::config::Purpose;
use crate::daemon;
use crate::serve::client::{Client, ClientError};
use crate::serve::sink_test;
use crate::serve::sinks::{Tested, unknown};
use std::path::Path;

/// Sends a marked test alert to a sink and shows the answer
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The sink's name
    sink: String,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit, Failure> {
    let state_dir = context.state_dir()?;
    let tested = match block_on(ask(&state_dir, &arguments.sink))? {
        Some(tested) => tested,
        None => alone(&arguments.sink, context)?,
    };
    if arguments.json {
        output::json(&tested)?;
    } else {
        let answer = tested.reason.as_ref().map_or_else(
            || format!("{}: delivered ({})", tested.sink, tested.alert),
            |reason| format!("{}: not delivered: {reason}", tested.sink),
        );
        output::text(&format!("{}\n", output::wrapped(&answer, 2)))?;
    }
    Ok(if tested.delivered { Exit::Fine } else { Exit::Found })
}

/// By the running daemon; `None`: none runs.
async fn ask(state_dir: &Path, sink: &str) -> Result<Option<Tested>, Failure> {
    let Ok(client) = Client::new(state_dir) else { return Ok(None) };
    match client.post(&sink_test(sink)).await {
        Ok(tested) => Ok(Some(tested)),
        Err(ClientError::NotRunning) => Ok(None),
        Err(ClientError::Refused(problem)) if problem.status == 404 => Err(Failure::usage(problem.detail)),
        Err(error) => Err(Failure::io(error)),
    }
}

/// Where none runs, by this process.
fn alone(sink: &str, context: &Context) -> Result<Tested, Failure> {
    let loaded = context.load(Purpose::Run)?;
    let look = output::look();
    let result = block_on(async { daemon::send_test(&loaded, sink, &look).await.map_err(Failure::from) })?;
    let names = loaded.runtime.sinks.iter().map(|sink| sink.name.as_str());
    let result = result.ok_or_else(|| Failure::usage(unknown(sink, names)))?;
    Ok(Tested::new(sink.to_owned(), result))
}
