//! `newswatch run`: the daemon.

use super::Context;
use super::exit::{Exit, Failure};
use super::output;
use crate::config::Loaded;
use crate::config::diagnostic::Diagnostics;
use crate::config::environment::Environment;
use crate::daemon::{self, Effect, Mode, Options, Summary};
use crate::sink::stdout::Format;
use crate::telemetry;
use std::fmt::Write as _;
use tracing::info;

/// Polls the feeds and delivers alerts, until it is told to stop
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Poll every feed once, try each delivery once, and end
    #[arg(long)]
    once: bool,
    /// Print alerts; deliver and record nothing
    #[arg(long)]
    dry_run: bool,
    /// With --dry-run: print alerts as JSON documents, one a line
    #[arg(long, requires = "dry_run")]
    json: bool,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit, Failure> {
    let options = Options {
        config: context.config_path()?,
        environment: Environment::of_process(),
        mode: if arguments.once { Mode::Once } else { Mode::Forever },
        effect: if arguments.dry_run { Effect::DryRun(arguments.json.then_some(Format::Json)) } else { Effect::Real },
        look: output::look(),
    };
    let started = |summary: &Summary, loaded: &Loaded| {
        if context.verbosity.0 >= 0 {
            output::diagnostics(&Diagnostics { warnings: loaded.warnings.clone(), ..Diagnostics::default() });
            greet(summary);
        }
    };
    daemon::run(options, started)?;
    Ok(Exit::Fine)
}

/// Says what is live, and where its state is.
fn greet(summary: &Summary) {
    if !telemetry::is_json() {
        return output::note(&banner(summary));
    }
    let Summary { feeds, watchlists, sinks, state, stored } = summary;
    info!(
        version = env!("CARGO_PKG_VERSION"),
        feeds,
        watchlists,
        sinks,
        state,
        seen = stored.as_deref(),
        "newswatch starts"
    );
}

fn banner(summary: &Summary) -> String {
    let mut text = format!("newswatch {}\n", env!("CARGO_PKG_VERSION"));
    let mut line = |name: &str, value: &str| {
        let _ = writeln!(text, "  {name:<11} {}", output::wrapped(value, 14));
    };
    line("feeds", &summary.feeds);
    line("watchlists", &summary.watchlists);
    line("sinks", &summary.sinks);
    line("state", &summary.state);
    if let Some(stored) = &summary.stored {
        line("seen", stored);
    }
    text.truncate(text.trim_end().len());
    text
}
