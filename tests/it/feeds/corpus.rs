//! The reader against feedparser, over thousands of feeds from other parsers'
//! tests. The data is no part of this repository: the tests look for it in
//! `$NEWSWATCH_FEEDS` or `../shared/feeds`, and say so where it is missing.
//!
//! The table of each suite in `docs/performance.md` is what
//! `cargo test --test it corpus -- --nocapture` prints.

use newswatch::feed::{Hints, parse};
use newswatch::text::html;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

pub(super) struct Corpus {
    lists: PathBuf,
    files: tempfile::TempDir,
}

impl Corpus {
    pub(super) fn open() -> Option<Self> {
        let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/feeds");
        let lists = std::env::var_os("NEWSWATCH_FEEDS").map_or(beside, PathBuf::from);
        let files = tempfile::tempdir().ok()?;
        let unpacked =
            Command::new("tar").arg("xf").arg(lists.join("corpora.tar.xz")).arg("-C").arg(files.path()).output();
        if unpacked.is_ok_and(|output| output.status.success()) {
            return Some(Self { lists, files });
        }
        println!("skipped: no feeds in {} (set NEWSWATCH_FEEDS)", lists.display());
        None
    }

    fn rows(&self, list: &str) -> Vec<Value> {
        let text = std::fs::read_to_string(self.lists.join(list)).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Every file.
    pub(super) fn all(&self) -> Vec<Vec<u8>> {
        let mut folders = vec![self.files.path().to_owned()];
        let mut files = Vec::new();
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
                if entry.is_dir() { folders.push(entry) } else { files.push(std::fs::read(entry).unwrap()) }
            }
        }
        files
    }

    fn bytes(&self, row: &Value) -> Vec<u8> {
        std::fs::read(self.files.path().join("corpora").join(row["file"].as_str().unwrap())).unwrap()
    }
}

/// Of how many, how many agree: a table with a row for each suite, and for all.
#[derive(Default)]
pub(super) struct Tally {
    columns: Vec<&'static str>,
    rows: BTreeMap<String, BTreeMap<&'static str, (u32, u32)>>,
    all: BTreeMap<&'static str, (u32, u32)>,
}

impl Tally {
    pub(super) fn count(&mut self, row: &str, column: &'static str, agrees: bool) -> bool {
        if !self.columns.contains(&column) {
            self.columns.push(column);
        }
        for row in [self.rows.entry(row.to_owned()).or_default(), &mut self.all] {
            let (good, all) = row.entry(column).or_default();
            *all += 1;
            *good += u32::from(agrees);
        }
        agrees
    }

    /// Prints the table in Markdown, in per cent.
    pub(super) fn print(&self, title: &str) {
        println!("\n| {title} | of | {} |", self.columns.join(" | "));
        println!("|---|{}", "---|".repeat(1 + self.columns.len()));
        for (name, row) in self.rows.iter().map(|(name, row)| (name.as_str(), row)).chain([("all", &self.all)]) {
            let most = row.values().map(|(_, all)| all).max().unwrap_or(&0);
            let cell = |column| row.get(column).map_or(String::new(), |cell| format!("{:.2}", percent(*cell)));
            let cells: Vec<String> = self.columns.iter().map(cell).collect();
            println!("| {name} | {most} | {} |", cells.join(" | "));
        }
    }

    #[track_caller]
    pub(super) fn expect(&self, column: &'static str, wanted: f64) {
        let found = percent(self.all[column]);
        assert!(found >= wanted, "{column}: {found:.2} % agree, {wanted} % are wanted");
    }

    #[track_caller]
    pub(super) fn expect_in(&self, row: &str, column: &'static str, wanted: f64) {
        let found = percent(self.rows[row][column]);
        assert!(found >= wanted, "{row}, {column}: {found:.2} % agree, {wanted} % are wanted");
    }
}

fn percent((good, all): (u32, u32)) -> f64 {
    100.0 * f64::from(good) / f64::from(all)
}

/// Tags stripped and references decoded until there are none, white space folded.
pub(super) fn fold(text: &str) -> String {
    let once = html::to_text(text);
    if once != text && once.contains(['<', '&']) {
        fold(&once)
    } else {
        once.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

fn strings(row: &Value, key: &str) -> Vec<String> {
    row[key].as_array().unwrap().iter().map(|value| value.as_str().unwrap().to_owned()).collect()
}

/// Differences are printed where `NEWSWATCH_DIFF` is set.
fn differs(file: &str, what: &str, ours: &impl std::fmt::Debug, theirs: &impl std::fmt::Debug) {
    if std::env::var_os("NEWSWATCH_DIFF").is_some() {
        println!("DIFF {what} {file}\n  ours   {ours:?}\n  theirs {theirs:?}");
    }
}

#[test]
fn agrees_with_feedparser() {
    let Some(corpus) = Corpus::open() else { return };
    let mut tally = Tally::default();
    for row in corpus.rows("expected.jsonl") {
        let file = row["file"].as_str().unwrap();
        let has_something = row["n"] != 0 || row["version"] != "" || row["feed_title"] != "";
        if has_something {
            compare(&mut tally, file, &row, &corpus.bytes(&row));
        }
    }
    tally.print("suite");
    tally.expect("parsed", 99.0);
    tally.expect("entries", 99.0);
    tally.expect("titles", 98.0);
    tally.expect("links", 97.0);
    tally.expect("ids", 98.0);
}

fn compare(tally: &mut Tally, file: &str, row: &Value, bytes: &[u8]) {
    let suite = file.split('/').next().unwrap();
    let read = parse(bytes, Hints::default());
    let Ok((feed, _)) = &read else {
        differs(file, "parsed", &read, &row["version"]);
        for what in ["parsed", "entries", "titles"] {
            tally.count(suite, what, false);
        }
        return;
    };
    tally.count(suite, "parsed", true);
    let items = &feed.items;
    let count = tally.count(suite, "entries", row["n"] == items.len());
    if !count {
        differs(file, "entries", &items.len(), &row["n"]);
    }
    let ours: Vec<_> =
        std::iter::once(&feed.title).chain(items.iter().map(|item| &item.title)).map(|t| fold(t)).collect();
    let mut theirs = vec![fold(row["feed_title"].as_str().unwrap())];
    theirs.extend(strings(row, "titles").iter().map(|title| fold(title)));
    if !tally.count(suite, "titles", ours == theirs) && count {
        differs(file, "titles", &ours, &theirs);
    }
    if count {
        let links: Vec<_> = items.iter().map(|item| item.link.clone().unwrap_or_default()).collect();
        if !tally.count(suite, "links", links == strings(row, "links")) {
            differs(file, "links", &links, &strings(row, "links"));
        }
        let ids: Vec<_> = items.iter().map(|item| item.id.clone().unwrap_or_default()).collect();
        if !tally.count(suite, "ids", ids == strings(row, "ids")) {
            differs(file, "ids", &ids, &strings(row, "ids"));
        }
    }
}

#[test]
fn reads_the_dates_that_feedparser_reads() {
    let Some(corpus) = Corpus::open() else { return };
    let mut tally = Tally::default();
    for row in corpus.rows("dates.jsonl") {
        let text = row["s"].as_str().unwrap();
        let feed =
            format!("<rss><channel><item><title>x</title><pubDate><![CDATA[{text}]]></pubDate></item></channel></rss>");
        let (feed, _) = parse(feed.as_bytes(), Hints::default()).unwrap();
        let ours = feed.items[0].published.map(jiff::Timestamp::as_second);
        let suite = row["src"].as_str().unwrap();
        // What feedparser cannot read, nobody is asked to.
        let agrees = ours == row["e"].as_i64() || row["e"].is_null();
        if !tally.count(suite, "dates", agrees) || row["e"].is_null() {
            differs(text, "dates", &feed.items[0].published, &row["e"]);
        }
    }
    tally.print("dates of");
    tally.expect("dates", 98.5);
}
