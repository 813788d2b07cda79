//! `newswatch silence`: mutes for a time.

use super::context::{Context, block_on, until};
use super::exit::{Exit, Failure};
use super::output;
use crate::config::{Purpose, units};
use crate::daemon::clock;
use crate::serve;
use crate::serve::client::{Client, ClientError};
use crate::serve::silences::{self, NewSilence, Refusal, SilenceRow, Which};
use crate::store::{Access, OpenError, StateLock, Store};
use std::fmt::Write as _;
use std::path::Path;

/// Mutes alerts for a time: they are stored, and go nowhere
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    /// Print one JSON document
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Adds a silence that begins now; all conditions must hold
    Add(Add),
    /// Lists the silences that hold
    List(List),
    /// Ends silences now
    Expire(Expire),
}

#[derive(Debug, clap::Args)]
struct Add {
    /// Of this watchlist, or those of a pattern (hybrid-*)
    #[arg(long, value_name = "NAME")]
    watchlist: Option<String>,
    /// By this rule; an alert with other rules, too, is not silenced
    #[arg(long, value_name = "ID")]
    rule: Option<String>,
    /// That would not fire without this entity
    #[arg(long, value_name = "ID")]
    entity: Option<String>,
    /// From this feed, those of a pattern, or with a tag (tag:world)
    #[arg(long, value_name = "NAME")]
    feed: Option<String>,
    /// On items that meet this query, in the language of rules
    #[arg(long, value_name = "QUERY")]
    query: Option<String>,
    /// For how long: 30m, 2h, 7d
    #[arg(long = "for", visible_alias = "duration", value_name = "DURATION", value_parser = duration)]
    duration: String,
    /// Why
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    comment: String,
}

#[derive(Debug, clap::Args)]
struct List {
    /// Those that have ended, too
    #[arg(long)]
    all: bool,
}

#[derive(Debug, clap::Args)]
struct Expire {
    /// Ids, as the list shows them
    #[arg(value_name = "ID", required = true)]
    ids: Vec<String>,
}

/// Checked here, read by whoever adds it.
fn duration(text: &str) -> Result<String, String> {
    units::parse_duration(text).map(|_| text.to_owned())
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit, Failure> {
    match &arguments.command {
        None => list(arguments, context, Which::Active),
        Some(Command::List(List { all })) => list(arguments, context, if *all { Which::All } else { Which::Active }),
        Some(Command::Add(wish)) => add(arguments, context, wish),
        Some(Command::Expire(wish)) => expire(arguments, context, &wish.ids),
    }
}

fn list(arguments: &Arguments, context: &Context, which: Which) -> Result<Exit, Failure> {
    let state_dir = context.state_dir()?;
    let rows = match Store::open(&state_dir, Access::ReadOnly) {
        Ok(store) => block_on(async { silences::list(&store, which).await.map_err(Failure::io) })?,
        Err(OpenError::NoState(_)) => Vec::new(),
        Err(error) => return Err(Failure::io(error)),
    };
    if arguments.json {
        return output::json(&rows);
    }
    if rows.is_empty() {
        context.note("no silences");
        return Ok(Exit::Fine);
    }
    output::text(&table(&rows))
}

/// In 80 columns; what is covered, and why, on lines of their own.
fn table(rows: &[SilenceRow]) -> String {
    let now = clock::now();
    let mut text = format!("{:<12} {}\n", "SILENCE", "ENDS");
    for row in rows {
        let ends = if row.expires > now { until(Some(row.expires), now) } else { "ended".to_owned() };
        let _ = writeln!(text, "{:<12} {ends}\n  {}", row.id, output::wrapped(&scope(row), 2));
        if !row.comment.is_empty() {
            let _ = writeln!(text, "  {}", output::wrapped(&row.comment, 2));
        }
    }
    text
}

/// `watchlist words, feed bbc-*`
fn scope(row: &SilenceRow) -> String {
    let parts = [
        ("watchlist", &row.watchlist),
        ("rule", &row.rule),
        ("entity", &row.entity),
        ("feed", &row.feed),
        ("query", &row.query),
    ];
    let said = parts.into_iter().filter_map(|(name, value)| Some(format!("{name} {}", value.as_ref()?)));
    said.collect::<Vec<_>>().join(", ")
}

fn add(arguments: &Arguments, context: &Context, wish: &Add) -> Result<Exit, Failure> {
    let state_dir = context.state_dir()?;
    let new = NewSilence {
        watchlist: wish.watchlist.clone(),
        rule: wish.rule.clone(),
        entity: wish.entity.clone(),
        feed: wish.feed.clone(),
        query: wish.query.clone(),
        duration: wish.duration.clone(),
        comment: wish.comment.clone(),
    };
    let asked =
        block_on(async { asked(&state_dir, async |client| client.post_json(serve::SILENCES, &new).await).await })?;
    let row: SilenceRow = if let Some(row) = asked {
        row
    } else {
        let loaded = context.load(Purpose::Look)?;
        block_on(async { alone(&state_dir, async |store| silences::add(store, &loaded.runtime, new).await).await })?
    };
    if arguments.json {
        return output::json(&row);
    }
    let ends = until(Some(row.expires), clock::now());
    output::text(&format!("{}\n", output::wrapped(&format!("{}: {}, ends {ends}", row.id, scope(&row)), 2)))
}

fn expire(arguments: &Arguments, context: &Context, ids: &[String]) -> Result<Exit, Failure> {
    let state_dir = context.state_dir()?;
    let mut ended = Vec::new();
    let mut missing = 0;
    for id in ids {
        let path = serve::silence(id);
        let done = block_on(async {
            match asked::<()>(&state_dir, async |client| client.delete(&path).await).await? {
                Some(()) => Ok(()),
                None => alone(&state_dir, async |store| silences::expire(store, id).await).await,
            }
        });
        match done {
            Ok(()) => ended.push(id.clone()),
            Err(failure) if failure.is_found() => {
                missing += 1;
                let _ = failure.report();
            }
            Err(failure) => return Err(failure),
        }
    }
    if arguments.json {
        output::json(&serde_json::json!({ "ended": ended }))?;
    } else if !ended.is_empty() {
        context.note(&format!("ended: {}", ended.join(", ")));
    }
    Ok(if missing == 0 { Exit::Fine } else { Exit::Found })
}

/// By the running daemon; `None`: none runs.
async fn asked<T>(
    state_dir: &Path,
    ask: impl AsyncFnOnce(&Client) -> Result<T, ClientError>,
) -> Result<Option<T>, Failure> {
    let Ok(client) = Client::new(state_dir) else { return Ok(None) };
    match ask(&client).await {
        Ok(answer) => Ok(Some(answer)),
        Err(ClientError::NotRunning) => Ok(None),
        Err(ClientError::Refused(problem)) if problem.status == 400 => Err(Failure::usage(problem.detail)),
        Err(ClientError::Refused(problem)) if problem.status == 404 => Err(Failure::found(problem.detail)),
        Err(error) => Err(Failure::io(error)),
    }
}

/// Where none runs, in the store itself.
async fn alone<T>(state_dir: &Path, work: impl AsyncFnOnce(&Store) -> Result<T, Refusal>) -> Result<T, Failure> {
    let _lock = StateLock::acquire(state_dir, clock::now()).map_err(Failure::io)?;
    let store = Store::open(state_dir, Access::ReadWrite).map_err(Failure::io)?;
    let done = work(&store).await;
    store.close().await;
    done.map_err(|refusal| match refusal {
        Refusal::Bad(reason) => Failure::usage(reason),
        Refusal::NotThere(reason) => Failure::found(reason),
        Refusal::Store(error) => Failure::io(error),
    })
}
