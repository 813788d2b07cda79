//! `newswatch match`: what fires on a text or the items of a feed file, and why.

use super::context::Context;
use super::exit::{Exit, Failure};
use super::input::{self, Input};
use super::output;
use crate::config::{Loaded, Purpose};
use crate::daemon::clock;
use crate::engine::alert::{Alert, AlertFeed, alerts_of};
use crate::engine::assess::{AssessedItem, Joined, assess};
use crate::engine::item::Item;
use crate::feed::{self, Hints, ParsedItem};
use crate::sink::payload::{self, Envelope, TextMode};
use crate::sink::pretty::{self, Look};
use crate::watchlist::explain::{Explanation, RuleExplanation, explain};
use crate::watchlist::rule::Truth;
use crate::watchlist::{FeedLabel, Origin, Scratch, Watchlists};
use serde_json::json;
use std::fmt::Write as _;

/// Matches a text or a feed file and shows what fires and why
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// A feed or text file, or - for standard input
    #[arg(value_name = "FILE|-", conflicts_with = "text")]
    file: Option<String>,
    /// The item's title
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    /// The item's body, plain text
    #[arg(long, value_name = "TEXT")]
    text: Option<String>,
    /// The name of the feed it comes from; without it, feed filters pass
    #[arg(long, value_name = "NAME")]
    feed: Option<String>,
    /// The item's author
    #[arg(long, value_name = "NAME")]
    author: Option<String>,
    /// The item's language, such as en
    #[arg(long, value_name = "TAG")]
    lang: Option<String>,
    /// Only this watchlist
    #[arg(long, value_name = "NAME")]
    watchlist: Option<String>,
    /// Print one JSON object a line for each item
    #[arg(long)]
    json: bool,
}

/// One item and what became of it.
struct Matched {
    assessed: AssessedItem,
    item: Item,
    alerts: Vec<Alert>,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit, Failure> {
    let items = items(arguments)?;
    let loaded = context.load(Purpose::Look)?;
    let watchlists = &loaded.runtime.watchlists;
    check_watchlist(arguments, watchlists)?;
    let single = items.len() == 1;
    let (feed, label) = origin(arguments, &loaded);
    let mut scratch = Scratch::default();
    let mut fired = 0_usize;
    let total = items.len();
    for assessed in assess(items, label, watchlists, &mut scratch) {
        let (item, mut alerts) = alerts_of(&assessed, &feed, watchlists, clock::now());
        alerts.retain(|alert| arguments.watchlist.as_ref().is_none_or(|name| *name == alert.watchlist));
        fired += usize::from(!alerts.is_empty());
        let matched = Matched { assessed, item, alerts };
        if arguments.json {
            output::json(&as_json(&matched))?;
        } else if single || !matched.alerts.is_empty() {
            let why = single.then(|| explanations(arguments, watchlists, &matched, label, &mut scratch));
            output::text(&page(&matched, watchlists, why.as_deref(), &output::look()))?;
        }
    }
    if !single {
        context.note(&format!("{fired} of {total} items fire"));
    }
    Ok(if fired > 0 { Exit::Fine } else { Exit::Found })
}

/// What is to be matched.
fn items(arguments: &Arguments) -> Result<Vec<ParsedItem>, Failure> {
    let Some(name) = &arguments.file else {
        if arguments.title.is_none() && arguments.text.is_none() {
            return Err(Failure::usage(
                "nothing to match\n  help: give --title, --text, a file, or - for standard input",
            ));
        }
        return Ok(vec![plain(arguments, arguments.text.clone().unwrap_or_default())]);
    };
    let input = Input::of(name);
    let bytes = input::read(&input)?;
    let url = input.path().and_then(|path| url::Url::from_file_path(path).ok()).map(String::from);
    match feed::parse(&bytes, Hints { content_type: None, url: url.as_deref() }) {
        Ok((parsed, _)) => Ok(parsed.items.into_iter().map(|item| with_options(arguments, item)).collect()),
        Err(_) => Ok(vec![plain(arguments, String::from_utf8_lossy(&bytes).into_owned())]),
    }
}

fn plain(arguments: &Arguments, text: String) -> ParsedItem {
    with_options(arguments, ParsedItem { text, ..ParsedItem::default() })
}

fn with_options(arguments: &Arguments, mut item: ParsedItem) -> ParsedItem {
    if let Some(title) = &arguments.title {
        item.title.clone_from(title);
    }
    if let Some(author) = &arguments.author {
        item.authors = vec![author.clone()];
    }
    if arguments.lang.is_some() {
        item.language.clone_from(&arguments.lang);
    }
    item
}

fn check_watchlist(arguments: &Arguments, watchlists: &Watchlists) -> Result<(), Failure> {
    let Some(name) = &arguments.watchlist else { return Ok(()) };
    if watchlists.lists().iter().any(|list| list.name == *name) {
        return Ok(());
    }
    let known: Vec<&str> = watchlists.lists().iter().map(|list| list.name.as_str()).collect();
    Err(Failure::usage(format!("there is no watchlist {name:?}\n  help: there are {}", known.join(", "))))
}

/// The feed that the item is said to come from.
fn origin<'a>(arguments: &'a Arguments, loaded: &'a Loaded) -> (AlertFeed, Option<FeedLabel<'a>>) {
    let Some(name) = &arguments.feed else { return (AlertFeed::default(), None) };
    if let Some(feed) = loaded.runtime.feeds.iter().find(|feed| feed.name == *name) {
        (
            AlertFeed { name: feed.name.clone(), title: String::new(), url: feed.url.clone(), tags: feed.tags.clone() },
            Some(FeedLabel { name: &feed.name, tags: &feed.tags }),
        )
    } else {
        output::note(&format!("note: no feed is called {name:?}; only its name is matched"));
        (AlertFeed { name: name.clone(), ..AlertFeed::default() }, Some(FeedLabel { name, tags: &[] }))
    }
}

fn as_json(matched: &Matched) -> serde_json::Value {
    let alerts: Vec<payload::Data> = matched.alerts.iter().map(|alert| payload::data(alert, TextMode::Full)).collect();
    json!({ "item": payload::item(&matched.item, TextMode::Full), "alerts": alerts })
}

fn explanations(
    arguments: &Arguments,
    watchlists: &Watchlists,
    matched: &Matched,
    feed: Option<FeedLabel<'_>>,
    scratch: &mut Scratch,
) -> Vec<RuleExplanation> {
    let joined = Joined::of(&matched.assessed.parsed);
    let origin = Origin { feed, language: matched.assessed.language.as_deref() };
    let mut rules = explain(watchlists, &joined.document(&matched.assessed.parsed), origin, scratch);
    rules.retain(|rule| match &arguments.watchlist {
        Some(name) => list_of(watchlists, rule) == name,
        None => true,
    });
    rules
}

fn list_of<'a>(watchlists: &'a Watchlists, rule: &RuleExplanation) -> &'a str {
    let rule = watchlists.rules().get(rule.rule.0 as usize);
    rule.and_then(|rule| watchlists.lists().get(rule.watchlist.0 as usize)).map_or("", |list| &list.name)
}

/// For a person: the alerts, and where it is one item, every rule as a tree.
fn page(matched: &Matched, watchlists: &Watchlists, why: Option<&[RuleExplanation]>, look: &Look) -> String {
    let mut text = String::new();
    for alert in &matched.alerts {
        let envelope: Envelope = payload::envelope(alert, "match", TextMode::Full);
        text.push_str(&pretty::alert(&envelope, look));
    }
    if matched.alerts.is_empty() {
        text.push_str("nothing fires\n\n");
    }
    for rule in why.unwrap_or_default() {
        let id = watchlists.rules().get(rule.rule.0 as usize).map_or("", |rule| &rule.id);
        let _ = writeln!(text, "{} / {id}: {}", list_of(watchlists, rule), verdict(rule.condition.truth));
        for filter in &rule.filters {
            tree(&mut text, filter, 1);
        }
        tree(&mut text, &rule.condition, 1);
    }
    text
}

fn verdict(truth: Truth) -> &'static str {
    match truth {
        Truth::True => "true",
        Truth::False => "false",
        Truth::Unchecked => "unchecked",
    }
}

fn tree(text: &mut String, node: &Explanation, depth: usize) {
    let mark = match node.truth {
        Truth::True => '+',
        Truth::False => '-',
        Truth::Unchecked => '?',
    };
    let why = if node.why.is_empty() { String::new() } else { format!("  ({})", node.why) };
    let line = format!("{:indent$}{mark} {}{why}", "", node.text, indent = depth * 2);
    let _ = writeln!(text, "{}", crate::sink::terminal::visible(&line));
    for part in &node.parts {
        tree(text, part, depth + 1);
    }
}
