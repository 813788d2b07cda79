//! `newswatch deliveries`: the outbox and the dead letters.

use super::context::{Context, block_on, until};
use super::exit::{Exit, Failure};
use super::output;
use crate::config::Purpose;
use crate::daemon::clock;
use crate::serve::DELIVERIES;
use crate::serve::client::{Client, ClientError};
use crate::serve::deliveries::{self, Action, Change, Chosen, DeliveryRow, Done, Refusal};
use crate::store::{Access, OpenError, StateLock, Store};
use std::fmt::Write as _;
use std::path::Path;

/// Lists what was not delivered yet; retries or drops it
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    /// Only of this sink
    #[arg(long, global = true, value_name = "NAME")]
    sink: Option<String>,
    /// Print one JSON document
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Lists what waits and the dead letters
    List,
    /// Tries deliveries again now, dead letters too
    Retry(Which),
    /// Gives deliveries up for good
    Drop(Which),
}

#[derive(Debug, clap::Args)]
struct Which {
    /// Ids, as the list shows them
    #[arg(value_name = "ID")]
    ids: Vec<String>,
    /// All of them, or with --sink all of a sink
    #[arg(long)]
    all: bool,
}

/// Rows read at once.
const PAGE: usize = 500;

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit, Failure> {
    match &arguments.command {
        None | Some(Command::List) => list(arguments, context),
        Some(Command::Retry(which)) => change(arguments, context, Action::Retry, which),
        Some(Command::Drop(which)) => change(arguments, context, Action::Drop, which),
    }
}

fn list(arguments: &Arguments, context: &Context) -> Result<Exit, Failure> {
    let state_dir = context.state_dir()?;
    let sink = arguments.sink.as_deref();
    let rows = match Store::open(&state_dir, Access::ReadOnly) {
        Ok(store) => block_on(async { rows(&store, sink, context).await })?,
        Err(OpenError::NoState(_)) => Vec::new(),
        Err(error) => return Err(Failure::io(error)),
    };
    if arguments.json {
        return output::json(&rows);
    }
    if rows.is_empty() {
        context.note("nothing waits to be delivered");
        return Ok(Exit::Fine);
    }
    output::text(&table(&rows))
}

async fn rows(store: &Store, sink: Option<&str>, context: &Context) -> Result<Vec<DeliveryRow>, Failure> {
    if let Some(sink) = sink {
        deliveries::check_sink(store, &configured(context), sink).await.map_err(refused)?;
    }
    let mut rows = Vec::new();
    let mut after = None;
    loop {
        let page = store.letters(sink, after, PAGE).await.map_err(Failure::io)?;
        let Some(last) = page.last() else { return Ok(rows) };
        after = Some(last.id);
        rows.extend(page.into_iter().map(DeliveryRow::from));
    }
}

/// In 80 columns; the reason of a failure on a line of its own.
fn table(rows: &[DeliveryRow]) -> String {
    let now = clock::now();
    let mut text = format!("{:<14} {:<20} {:<9} {:>8} {:>10}\n", "DELIVERY", "SINK", "STATE", "ATTEMPTS", "NEXT");
    for row in rows {
        let _ = writeln!(
            text,
            "{:<14} {} {:<9} {:>8} {:>10}\n  {}",
            row.id,
            output::fit(&row.sink, 20),
            row.state,
            row.attempts,
            until(row.next, now),
            output::wrapped(&row.alert, 2),
        );
        if let Some(error) = &row.error {
            let _ = writeln!(text, "  {}", output::wrapped(error, 2));
        }
    }
    text
}

fn change(arguments: &Arguments, context: &Context, action: Action, which: &Which) -> Result<Exit, Failure> {
    let selection = match (&arguments.sink, which.ids.as_slice(), which.all) {
        (Some(sink), [], _) => Chosen::Sink(sink.clone()),
        (None, [], true) => Chosen::All,
        (None, ids @ [_, ..], false) => Chosen::Ids(ids.to_vec()),
        _ => return Err(Failure::usage("which deliveries?\n  help: give ids, or --sink NAME, or --all")),
    };
    let state_dir = context.state_dir()?;
    let done = block_on(async { ask(&state_dir, context, Change { action, selection }).await })?;
    if arguments.json {
        output::json(&done)?;
    } else {
        let verb = if action == Action::Retry { "tried again" } else { "dropped" };
        context.note(&format!("{} {verb}", done.changed));
    }
    for sink in done.after_reload.iter().filter(|_| !arguments.json) {
        context.note(&format!("{sink} is gone (410): what is for it is tried after a reload"));
    }
    for id in &done.passed_over {
        output::error(&format!("{id} is not waiting: it does not exist, has arrived, or is being sent"));
    }
    Ok(if done.passed_over.is_empty() { Exit::Fine } else { Exit::Found })
}

/// By the running daemon, or where none runs in the store itself.
async fn ask(state_dir: &Path, context: &Context, change: Change) -> Result<Done, Failure> {
    if let Ok(client) = Client::new(state_dir) {
        match client.post_json(DELIVERIES, &change).await {
            Err(ClientError::NotRunning) => {}
            Err(ClientError::Refused(problem)) if matches!(problem.status, 400 | 404) => {
                return Err(Failure::usage(problem.detail));
            }
            Err(error) => return Err(Failure::io(error)),
            Ok(done) => return Ok(done),
        }
    }
    let _lock = StateLock::acquire(state_dir, clock::now()).map_err(Failure::io)?;
    let store = Store::open(state_dir, Access::ReadWrite).map_err(Failure::io)?;
    let done = deliveries::change(&store, &configured(context), change).await;
    store.close().await;
    done.map_err(refused)
}

/// The names of the configured sinks; none where the configuration is bad: those that have
/// deliveries are known all the same.
fn configured(context: &Context) -> Vec<String> {
    let loaded = context.load(Purpose::Look);
    loaded.map_or_else(|_| Vec::new(), |loaded| loaded.runtime.sinks.iter().map(|sink| sink.name.clone()).collect())
}

fn refused(refusal: Refusal) -> Failure {
    match refusal {
        Refusal::Id(id) => Failure::usage(format!("{id:?} is no id of a delivery")),
        Refusal::Sink(unknown) => Failure::usage(unknown),
        Refusal::Store(error) => Failure::io(error),
    }
}
