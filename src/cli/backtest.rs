//! `newswatch backtest`: what the watchlists, or an edited one, would have alerted on the
//! stored items, and how that differs from what fired.

mod page;

use super::context::{Context, block_on, since};
use super::exit::{Exit, Failure};
use super::input::{self, Input};
use super::output;
use super::progress::Progress;
use crate::config::draft::{Draft, Imports};
use crate::config::{self, Purpose, environment::Environment};
use crate::daemon::backtest::{self, Subject};
use crate::daemon::clock;
use crate::engine::backtest::{Report, Sample};
use crate::sink::payload::Time;
use crate::sink::terminal;
use crate::store::{Access, OpenError, Store};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use std::path::PathBuf;

/// Runs the watchlists, or an edited one, over stored items
///
/// Tells what would have been alerted, by day and rule, with samples, and the difference
/// from what really fired: what is new, what is gone. An item that was changed counts once,
/// with its latest text; what a feed held when it was first read counts on the day it is
/// dated. Silences and sinks are not looked at.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Since when: 7d, 12h, or 2026-11-24[T06:00:00Z]
    #[arg(long, value_name = "WHEN", default_value = "7d", value_parser = since)]
    since: Timestamp,
    /// Only this watchlist, which stands in for the one of its name; - for standard input
    #[arg(long, value_name = "FILE|-")]
    watchlist: Option<String>,
    /// Print one JSON document; its days are of UTC
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit, Failure> {
    let mut subject = subject(arguments, context)?;
    let zone = if arguments.json { TimeZone::UTC } else { TimeZone::system() };
    let question = subject.question(arguments.since, clock::now(), &zone);
    let store = match Store::open(&subject.loaded.state_dir, Access::ReadOnly) {
        Ok(store) => store,
        Err(OpenError::NoState(_)) => {
            let state = subject.loaded.state_dir.display();
            subject.notes.push(format!("nothing is stored yet: no daemon ever ran on {state}"));
            Store::in_memory().map_err(Failure::io)?
        }
        Err(error) => return Err(Failure::io(error)),
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let progress = Progress::new(context, 1);
    progress.begin("items");
    let tested = block_on(async {
        let show = |at: backtest::Progress| progress.at(at.done, at.whole);
        backtest::run(&store, &subject.loaded.runtime, question, cores, show).await.map_err(Failure::io)
    })?;
    drop(progress);
    subject.remark(&tested, &zone);
    let Subject { notes, .. } = subject;
    if arguments.json {
        return output::json(&as_json(&tested.report, &notes));
    }
    output::text(&page::report(&tested.report, arguments.watchlist.is_some(), &output::look()))?;
    for note in notes {
        context.note(&terminal::visible(&format!("note: {note}")));
    }
    Ok(Exit::Fine)
}

fn subject(arguments: &Arguments, context: &Context) -> Result<Subject, Failure> {
    let Some(name) = &arguments.watchlist else {
        return Ok(context.load(Purpose::Look)?.into());
    };
    let source = Input::of(name);
    let text = String::from_utf8(input::read(&source)?)
        .map_err(|_| Failure::io(format!("cannot read {}: it is no UTF-8", source.name())))?;
    let file = match source {
        Input::Stdin => PathBuf::from("stdin.toml"),
        Input::File(path) => path,
    };
    let draft = Draft { file, text, imports: Imports::Any };
    Ok(config::load_edited(&context.config_path()?, &Environment::of_process(), draft)?.into())
}

fn as_json(report: &Report, notes: &[String]) -> Value {
    let samples = |samples: &[Sample]| samples.iter().map(sample).collect::<Vec<_>>();
    let rules: Vec<Value> = report
        .rules
        .iter()
        .map(|rule| {
            json!({
                "watchlist": rule.watchlist,
                "rule": rule.rule,
                "alerts": rule.alerts,
                "new": rule.new,
                "gone": rule.gone,
                "fired": rule.fired,
                "present": rule.present,
                "by_day": rule.by_day,
                "samples": {
                    "alerts": samples(&rule.samples.alerts),
                    "new": samples(&rule.samples.new),
                    "gone": samples(&rule.samples.gone),
                },
            })
        })
        .collect();
    let total = report.alerts;
    json!({
        "items": report.items,
        "bytes": report.bytes,
        "since": Time(report.since),
        "until": Time(report.until),
        "days": report.days.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "alerts": total.alerts,
        "new": total.new,
        "gone": total.gone,
        "fired": total.fired,
        "rules": rules,
        "notes": notes,
    })
}

fn sample(sample: &Sample) -> Value {
    let found = sample.found.as_ref();
    json!({
        "time": Time(sample.time),
        "item": sample.item,
        "title": sample.title,
        "link": sample.link,
        "feed": sample.feed,
        "field": found.map(|found| found.field.name()),
        "text": found.map(|found| &found.text),
        "context": found.map(|found| &found.context),
    })
}
