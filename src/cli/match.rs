//! `newswatch match`: what fires on a text, the items of a feed file or those of
//! a folder of feed files, and why.

mod page;

use super::context::Context;
use super::exit::{Exit, Failure};
use super::input::{self, Input};
use super::output;
use super::progress::Progress;
use crate::config::{Loaded, Purpose};
use crate::daemon::{clock, poll};
use crate::engine::alert::{Alert, AlertFeed, alerts_of};
use crate::engine::assess::{AssessedItem, Joined, Provenance, assess};
use crate::engine::item::Item;
use crate::feed::{self, Hints, NotAFeed, ParsedItem};
use crate::serve::matching::Matched;
use crate::sink::terminal;
use crate::text::count::count;
use crate::watchlist::explain::{RuleExplanation, explain};
use crate::watchlist::{FeedLabel, Scratch, Watchlists};
use std::path::{Path, PathBuf};

/// Matches a text or feed files and shows what fires and why
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// A feed or text file, a folder of feed files, or - for standard input
    #[arg(value_name = "FILE|FOLDER|-", conflicts_with = "text")]
    file: Option<String>,
    /// The item's title
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    title: Option<String>,
    /// The item's body, plain text
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    text: Option<String>,
    /// The name of the feed it comes from; without it, filters by feed and
    /// language pass
    #[arg(long, value_name = "NAME")]
    feed: Option<String>,
    /// The item's author
    #[arg(long, value_name = "NAME", allow_hyphen_values = true)]
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

/// What is to be matched.
enum Source {
    Document(Document),
    Folder { path: PathBuf, tree: input::Tree },
}

/// The items of one text or feed file.
struct Document {
    items: Vec<ParsedItem>,
    /// What it says of itself.
    feed: AlertFeed,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit, Failure> {
    let source = source(arguments)?;
    let loaded = context.load(Purpose::Look)?;
    check_watchlist(arguments, &loaded.runtime.watchlists)?;
    let mut matching = Matching::new(arguments, &loaded);
    match source {
        Source::Document(document) => {
            output::text(&matching.document(document, None)?)?;
            if matching.items != 1 {
                context.note(&format!("{} of {} items fire", matching.fired, matching.items));
            }
        }
        Source::Folder { path, tree } => folder(&mut matching, &path, &tree, context)?,
    }
    Ok(if matching.fired > 0 { Exit::Fine } else { Exit::Found })
}

fn source(arguments: &Arguments) -> Result<Source, Failure> {
    let Some(name) = &arguments.file else {
        if arguments.title.is_none() && arguments.text.is_none() {
            return Err(Failure::usage(
                "nothing to match\n  help: give --title, --text, a file, a folder, or - for standard input",
            ));
        }
        return Ok(Source::Document(plain(arguments, arguments.text.clone().unwrap_or_default())));
    };
    let input = Input::of(name);
    if let Input::File(path) = &input
        && path.is_dir()
    {
        return Ok(Source::Folder { tree: input::tree(path)?, path: path.clone() });
    }
    let bytes = input::read(&input)?;
    let document = parse(arguments, &bytes, input.path().as_deref());
    Ok(Source::Document(document.unwrap_or_else(|_| plain(arguments, String::from_utf8_lossy(&bytes).into_owned()))))
}

fn parse(arguments: &Arguments, bytes: &[u8], path: Option<&Path>) -> Result<Document, NotAFeed> {
    let url = path.and_then(|path| url::Url::from_file_path(path).ok()).map(String::from);
    let (parsed, _) = feed::parse(bytes, Hints { content_type: None, url: url.as_deref() })?;
    Ok(Document {
        items: parsed.items.into_iter().map(|item| with_options(arguments, item)).collect(),
        feed: AlertFeed { title: parsed.title, url: url.unwrap_or_default(), ..AlertFeed::default() },
    })
}

fn plain(arguments: &Arguments, text: String) -> Document {
    let item = with_options(arguments, ParsedItem { text, ..ParsedItem::default() });
    Document { items: vec![item], feed: AlertFeed::default() }
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

/// Every feed file of a folder; what cannot be read is named and skipped.
fn folder(matching: &mut Matching<'_>, folder: &Path, tree: &input::Tree, context: &Context) -> Result<(), Failure> {
    let skip = |path: &Path, reason: &str| {
        context.note(&terminal::visible(&format!("skipped {}: {reason}", path.display())));
    };
    for (path, error) in &tree.closed {
        skip(path, &error.to_string());
    }
    let (mut read, mut skipped) = (0_usize, tree.closed.len());
    let progress = Progress::new(context, tree.files.len());
    for path in &tree.files {
        progress.begin(&path.strip_prefix(folder).unwrap_or(path).display().to_string());
        match member(matching.arguments, path) {
            Ok(document) => {
                read += 1;
                let text = matching.document(document, Some(path))?;
                progress.aside(|| output::text(&text))?;
            }
            Err(reason) => {
                skipped += 1;
                progress.aside(|| skip(path, &reason));
            }
        }
        progress.step();
        if output::closed() {
            break;
        }
    }
    drop(progress);
    let skipped = if skipped == 0 { String::new() } else { format!(", {skipped} skipped") };
    let (items, fire) = (count(matching.items, "item"), if matching.items == 1 { "fires" } else { "fire" });
    context.note(&format!("{} of {items} {fire} in {}{skipped}", matching.fired, count(read, "file")));
    Ok(())
}

/// A feed file of a folder, or why it cannot be read.
fn member(arguments: &Arguments, path: &Path) -> Result<Document, String> {
    let bytes = input::read_member(path).map_err(|error| error.to_string())?;
    let absolute = std::path::absolute(path).ok();
    parse(arguments, &bytes, absolute.as_deref()).map_err(|not_a_feed| poll::explain(&not_a_feed))
}

/// What is matched against, and what has come of it.
struct Matching<'a> {
    arguments: &'a Arguments,
    watchlists: &'a Watchlists,
    provenance: Provenance<'a>,
    /// The feed that the items are said to come from.
    feed: Option<AlertFeed>,
    scratch: Scratch,
    items: usize,
    fired: usize,
}

impl<'a> Matching<'a> {
    fn new(arguments: &'a Arguments, loaded: &'a Loaded) -> Self {
        let alone = Provenance::Alone { language: arguments.lang.as_deref() };
        let (feed, provenance) = match &arguments.feed {
            Some(name) => named(name, loaded),
            None => (None, alone),
        };
        let watchlists = &loaded.runtime.watchlists;
        Self { arguments, watchlists, provenance, feed, scratch: Scratch::default(), items: 0, fired: 0 }
    }

    /// Matches the items of a document: what is to be printed of them. `file` is its path where it
    /// is one of many: then only what fires is shown to a person.
    fn document(&mut self, document: Document, file: Option<&Path>) -> Result<String, Failure> {
        let feed = match &self.feed {
            Some(feed) => AlertFeed { title: document.feed.title, ..feed.clone() },
            None => document.feed,
        };
        let look = output::look();
        let alone = file.is_none() && document.items.len() == 1;
        let mut text = String::new();
        let assessed = assess(document.items, self.provenance, self.watchlists, &mut self.scratch);
        for assessed in assessed.into_iter().map(AssessedItem::with_language) {
            let (item, alerts) = self.alerts(&assessed, &feed);
            if self.arguments.json {
                text.push_str(&output::line(&Matched::new(&item, &alerts))?);
                continue;
            }
            if let (Some(file), true, false) = (file, text.is_empty(), alerts.is_empty()) {
                text.push_str(&page::heading(file, &look));
            }
            text.push_str(&page::alerts(&alerts, &look));
            if alone {
                let asked = self.arguments.watchlist.is_some();
                text.push_str(&page::why(self.watchlists, &self.explanations(&assessed), asked, &look));
            }
        }
        Ok(text)
    }

    /// What an item fires, in the watchlists that were asked for.
    fn alerts(&mut self, assessed: &AssessedItem, feed: &AlertFeed) -> (Item, Vec<Alert>) {
        let (item, mut alerts) = alerts_of(assessed, feed, self.watchlists, clock::now());
        alerts.retain(|alert| self.asks(&alert.watchlist));
        self.items += 1;
        self.fired += usize::from(!alerts.is_empty());
        (item, alerts)
    }

    fn asks(&self, watchlist: &str) -> bool {
        self.arguments.watchlist.as_ref().is_none_or(|name| name == watchlist)
    }

    fn explanations(&mut self, assessed: &AssessedItem) -> Vec<RuleExplanation> {
        let joined = Joined::of(&assessed.parsed);
        let origin = self.provenance.origin(assessed.language.as_deref());
        let mut rules = explain(self.watchlists, &joined.document(&assessed.parsed), origin, &mut self.scratch);
        rules.retain(|rule| self.watchlists.list_of(rule.rule).is_some_and(|list| self.asks(&list.name)));
        rules
    }
}

/// The feed of that name: what alerts say of it, and what filters see.
fn named<'a>(name: &'a str, loaded: &'a Loaded) -> (Option<AlertFeed>, Provenance<'a>) {
    let Some(feed) = loaded.runtime.feeds.iter().find(|feed| feed.name == name) else {
        output::note(&terminal::visible(&format!("note: no feed is called {name:?}; only its name is matched")));
        let feed = AlertFeed { name: name.to_owned(), ..AlertFeed::default() };
        return (Some(feed), Provenance::Feed(FeedLabel { name, tags: &[] }));
    };
    let label = FeedLabel { name: &feed.name, tags: &feed.tags };
    (Some(AlertFeed::of(feed, "")), Provenance::Feed(label))
}
