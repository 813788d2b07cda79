//! The command line: one file a subcommand, and what they share. Nothing here
//! that a test would want to reach without the binary.

mod alerts;
mod backtest;
mod check;
mod completions;
mod context;
mod deliveries;
mod exit;
mod feeds;
mod fetch;
mod input;
mod man;
mod r#match;
mod output;
mod progress;
mod reload;
mod run;
mod schema;
mod send_test;
mod silence;
mod status;

use crate::config::environment::Environment;
use crate::telemetry::{self, Format, Verbosity};
use clap::{ArgAction, CommandFactory as _, Parser, Subcommand, ValueEnum as _};
use context::Context;
use exit::{Exit, Failure};
use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::ExitCode;

/// Watches news feeds and raises alerts that are never lost.
#[derive(Debug, Parser)]
#[command(name = "newswatch", version, max_term_width = 80, arg_required_else_help = true)]
#[command(after_help = "Without --config: $NEWSWATCH_CONFIG, else ./config/newswatch.toml, else\n\
                        /etc/newswatch/newswatch.toml.\n\n\
                        Exit status: 0 fine; 1 something was found wrong; 64 bad usage; 74 an I/O\n\
                        failure; 78 bad configuration.")]
struct Arguments {
    /// The configuration file
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Log more (-vv: everything)
    #[arg(short, long, global = true, action = ArgAction::Count)]
    verbose: u8,
    /// Log less (-qq: errors only)
    #[arg(short, long, global = true, action = ArgAction::Count)]
    quiet: u8,
    /// What stderr gets: text, or json, one object a line
    /// [default: $NEWSWATCH_LOG_FORMAT, else text]
    #[arg(long, global = true, value_name = "FORMAT", value_enum, hide_possible_values = true)]
    log_format: Option<Format>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Run(run::Arguments),
    Status(status::Arguments),
    Check(check::Arguments),
    Match(r#match::Arguments),
    Fetch(fetch::Arguments),
    Backtest(backtest::Arguments),
    Alerts(alerts::Arguments),
    Feeds(feeds::Arguments),
    Deliveries(deliveries::Arguments),
    Silence(silence::Arguments),
    SendTest(send_test::Arguments),
    Reload(reload::Arguments),
    Schema(schema::Arguments),
    Completions(completions::Arguments),
    Man(man::Arguments),
}

/// The program: reads the arguments, runs the command, says how it ended.
#[must_use]
pub fn main() -> ExitCode {
    // $FAILPOINTS says where a test wants the process to end; a plain build has no such points.
    #[cfg(feature = "failpoints")]
    let _scenario = fail::FailScenario::setup();
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return usage(&error),
    };
    let verbosity = Verbosity(level(arguments.verbose) - level(arguments.quiet));
    match log_format(arguments.log_format) {
        Ok(format) => telemetry::init(verbosity, format),
        Err(failure) => return failure.report(),
    }
    // The one TLS implementation; fails only where one is set already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let context = Context { config: arguments.config, verbosity };
    match dispatch(arguments.command, &context) {
        Ok(exit) => exit.into(),
        Err(failure) => failure.report(),
    }
}

/// `--log-format`, else `$NEWSWATCH_LOG_FORMAT`, else text.
fn log_format(given: Option<Format>) -> Result<Format, Failure> {
    let environment = Environment::of_process();
    match (given, environment.get("NEWSWATCH_LOG_FORMAT").map(OsStr::to_string_lossy)) {
        (Some(format), _) => Ok(format),
        (None, None) => Ok(Format::default()),
        (None, Some(value)) => Format::from_str(&value, false).map_err(|_| {
            Failure::usage(format!("$NEWSWATCH_LOG_FORMAT is {value:?}\n  help: it may be `text` or `json`"))
        }),
    }
}

fn level(count: u8) -> i8 {
    i8::try_from(count.min(3)).unwrap_or(3)
}

fn dispatch(command: Command, context: &Context) -> Result<Exit, Failure> {
    match command {
        Command::Run(arguments) => run::run(&arguments, context),
        Command::Status(arguments) => status::run(&arguments, context),
        Command::Check(arguments) => check::run(&arguments, context),
        Command::Match(arguments) => r#match::run(&arguments, context),
        Command::Fetch(arguments) => fetch::run(&arguments, context),
        Command::Backtest(arguments) => backtest::run(&arguments, context),
        Command::Alerts(arguments) => alerts::run(&arguments, context),
        Command::Feeds(arguments) => feeds::run(&arguments, context),
        Command::Deliveries(arguments) => deliveries::run(&arguments, context),
        Command::Silence(arguments) => silence::run(&arguments, context),
        Command::SendTest(arguments) => send_test::run(&arguments, context),
        Command::Reload(arguments) => reload::run(&arguments, context),
        Command::Schema(arguments) => schema::run(&arguments),
        Command::Completions(arguments) => completions::run(&arguments, Arguments::command()),
        Command::Man(arguments) => man::run(&arguments, &Arguments::command()),
    }
}

/// clap's own message; help and version are no error, everything else is bad usage (64).
fn usage(error: &clap::Error) -> ExitCode {
    let _ = error.print();
    if error.use_stderr() { Exit::Usage.into() } else { Exit::Fine.into() }
}
