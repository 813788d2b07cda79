//! `newswatch backtest`: what the watchlists, or an edited one, would have alerted on the
//! stored items, and how that differs from what fired.

mod page;

use super::context::{Context, block_on, since};
use super::exit::{Exit, Failure};
use super::input::{self, Input};
use super::output;
use super::progress::Progress;
use crate::config::{self, Edited, Loaded, Purpose, environment::Environment, units};
use crate::daemon::{backtest, clock};
use crate::engine::backtest::{Question, Report, Sample};
use crate::sink::payload::Time;
use crate::sink::terminal;
use crate::store::{Access, OpenError, Store};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

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

/// What is to be tested.
struct Subject {
    loaded: Loaded,
    /// Only this watchlist is told of.
    watchlist: Option<String>,
    /// What is to be known beside the result.
    notes: Vec<String>,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit, Failure> {
    let mut subject = subject(arguments, context)?;
    let question = question(arguments, &mut subject);
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
    if let Some(first) = tested.history.filter(|_| tested.report.items == 0) {
        subject.notes.push(format!("no item came in that time; texts are stored since {}", day(first)));
    }
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
        return Ok(Subject { loaded: context.load(Purpose::Look)?, watchlist: None, notes: Vec::new() });
    };
    let source = Input::of(name);
    let text = String::from_utf8(input::read(&source)?)
        .map_err(|_| Failure::io(format!("cannot read {}: it is no UTF-8", source.name())))?;
    let file = match source {
        Input::Stdin => PathBuf::from("stdin.toml"),
        Input::File(path) => path,
    };
    edited(&context.config_path()?, &file, text)
}

fn edited(config: &Path, file: &Path, text: String) -> Result<Subject, Failure> {
    let Edited { loaded, name, library, known } =
        config::load_edited(config, &Environment::of_process(), file, text).map_err(Failure::from)?;
    let mut notes = Vec::new();
    if library {
        notes.push(format!("{name} is a library, which never fires itself: all watchlists were tested with it"));
    } else if !known {
        notes.push(format!(
            "no watchlist is called {name}, so all that it fires is new; to compare it with one that is \
             there, give it the `name` of that one"
        ));
    }
    Ok(Subject { loaded, watchlist: (!library).then_some(name), notes })
}

/// The time that is asked for, as far as texts are kept.
fn question(arguments: &Arguments, subject: &mut Subject) -> Question {
    let until = clock::now();
    let kept = SignedDuration::try_from(subject.loaded.retention.items).unwrap_or(SignedDuration::MAX);
    let oldest = until.checked_sub(kept).unwrap_or(Timestamp::MIN);
    if arguments.since < oldest {
        let kept = units::format_duration(subject.loaded.retention.items);
        subject.notes.push(format!("the time begins on {}: texts are kept for {kept} (retention.items)", day(oldest)));
    }
    let zone = if arguments.json { TimeZone::UTC } else { TimeZone::system() };
    Question { since: arguments.since.max(oldest), until, zone, watchlist: subject.watchlist.clone() }
}

fn day(time: Timestamp) -> String {
    TimeZone::system().to_datetime(time).date().to_string()
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
    json!({
        "items": report.items,
        "bytes": report.bytes,
        "since": Time(report.since),
        "until": Time(report.until),
        "days": report.days.iter().map(ToString::to_string).collect::<Vec<_>>(),
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
