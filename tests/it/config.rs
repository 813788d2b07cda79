//! Good and bad configurations, with their exact diagnostics. Most cases are in
//! `tests/config`.

mod subscriptions;

use expect_test::{expect, expect_file};
use newswatch::config::diagnostic::{Colour, Diagnostic};
use newswatch::config::environment::Environment;
use newswatch::config::{self, Loaded, Purpose, units};
use newswatch::feed::{self, Hints};
use newswatch::fetch::{Location, Source};
use newswatch::sink;
use newswatch::watchlist::definition::Level;
use newswatch::watchlist::term::Document;
use newswatch::watchlist::{Origin, Scratch};
use proptest::prelude::*;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;
use tempfile::TempDir;

fn environment() -> Environment {
    [("HOME", "/home/op"), ("TOKEN", "token-of-the-environment")].into_iter().collect()
}

/// A folder with these files.
fn folder<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    folder
}

fn config_of(folder: &TempDir) -> PathBuf {
    folder.path().join("newswatch.toml")
}

/// What `check` prints for a person, without the folder.
fn report(folder: &TempDir) -> String {
    let text = config::check(&config_of(folder), &environment()).render(Colour::Off);
    text.replace(&format!("{}/", folder.path().display()), "")
}

fn load(folder: &TempDir, purpose: Purpose) -> Loaded {
    config::load(&config_of(folder), &environment(), purpose)
        .unwrap_or_else(|found| panic!("{}", found.render(Colour::Off)))
}

/// The files of a case, and where the last of them begins: what is expected.
fn parts(case: &str) -> (Vec<(&str, &str)>, usize) {
    let mut starts: Vec<usize> = case.match_indices("\n-- ").map(|(newline, _)| newline + 1).collect();
    starts.insert(0, 0);
    let ends = starts.iter().skip(1).copied().chain([case.len()]);
    let parts = starts.iter().zip(ends).map(|(start, end)| {
        let (name, content) = case[*start..end].split_once(" --\n").unwrap();
        (name.strip_prefix("-- ").unwrap(), content)
    });
    (parts.collect(), *starts.last().unwrap())
}

#[test]
fn cases() {
    let mut paths: Vec<PathBuf> = fs::read_dir("tests/config").unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "txt"));
    paths.sort();
    assert!(paths.len() > 20, "the cases are in tests/config");
    for path in paths {
        let case = fs::read_to_string(&path).unwrap();
        let (mut files, expected) = parts(&case);
        let (kind, _) = files.pop().unwrap();
        let folder = folder(files);
        let shown = match kind {
            "report" => report(&folder),
            "loaded" => describe(&load(&folder, Purpose::Run)).replace(&folder.path().display().to_string(), "FOLDER"),
            other => panic!("{}: what is `{other}`?", path.display()),
        };
        let whole = format!("{}-- {kind} --\n{shown}", &case[..expected]);
        expect_file![fs::canonicalize(&path).unwrap()].assert_eq(&whole);
    }
}

/// What the daemon would run on, in a line each.
fn describe(loaded: &Loaded) -> String {
    let mut text = String::new();
    for (feed, source) in loaded.runtime.feeds.iter().zip(loaded.sources.iter()) {
        writeln!(text, "{feed:?}\n  {}", place(source)).unwrap();
    }
    for (route, config) in loaded.runtime.sinks.iter().zip(&loaded.sinks) {
        let config = match config {
            sink::Config::Webhook(webhook) => format!(
                "{} {:?} {:?} {:?} {:?} {} {:?} {:?}",
                webhook.url,
                webhook.body,
                webhook.secrets,
                webhook.headers,
                webhook.timeout,
                webhook.concurrency,
                webhook.proxy,
                webhook.tls
            ),
            other => format!("{other:?}"),
        };
        writeln!(text, "{route:?}\n  {config}").unwrap();
    }
    writeln!(text, "{:?}\n{:?}", loaded.runtime.poll, loaded.runtime.stories).unwrap();
    writeln!(text, "{:?}\n{:?}", loaded.fetch, loaded.retention).unwrap();
    writeln!(text, "state in {}, watching: {}", loaded.state_dir.display(), loaded.watch_config).unwrap();
    writeln!(text, "{:#?}\n{:#?}", loaded.watch.folders, loaded.watch.files).unwrap();
    text
}

fn place(source: &Source) -> String {
    let location = match &source.location {
        Location::Url(url) => url.to_string(),
        Location::File(path) => path.display().to_string(),
    };
    format!("{location} {:?} {:?}", source.headers, source.authorization)
}

#[test]
fn credentials_become_a_header() {
    let folder = folder([
        (
            "newswatch.toml",
            r#"
[[feed]]
url = "https://me:p%40ss@example.org/a"
[[feed]]
url = "https://example.org/b"
basic_auth = { user = "me", password_env = "TOKEN" }
[[feed]]
url = "https://example.org/c"
bearer_env = "TOKEN"
[[feed]]
url = "https://example.org/d"
[[feed]]
url = "https://example.org/e"
basic_auth_file = "both"
"#,
        ),
        ("both", "me:p:w\n"),
    ]);
    let loaded = load(&folder, Purpose::Run);
    let sent: Vec<&str> =
        loaded.sources.iter().map(|it| it.authorization.as_ref().map_or("", |secret| secret.expose())).collect();
    // Base64 of `me:p@ss` and `me:token-of-the-environment`.
    let expected = [
        "Basic bWU6cEBzcw==",
        "Basic bWU6dG9rZW4tb2YtdGhlLWVudmlyb25tZW50",
        "Bearer token-of-the-environment",
        "",
        "Basic bWU6cDp3",
    ];
    assert_eq!(sent, expected);
}

/// A line that someone put in quotes is a key, and has its secret still.
#[test]
fn a_secret_in_an_unknown_key_is_masked() {
    let line = |text: &str| report(&folder([("newswatch.toml", text)])).lines().next().map(str::to_owned);
    let url = line("'url = \"https://u:hunter2@h/\"' = 1\n[poll]\n");
    assert_eq!(url.unwrap(), "error: newswatch.toml:1:1: unknown key `url = \"https://u:***@h/\"`");
    let secret = line("[webhook.w]\nurl = \"https://h/\"\nheaders = { A = { 'secret = \"hunter2\"' = 1 } }\n");
    assert_eq!(secret.unwrap(), "error: newswatch.toml:3:19: unknown key `secret = \"***\"`");
    let alone = line("'keywords = \"https://u:hunter2@h/\"' = 1\nkeyword = []\n");
    assert!(alone.is_some_and(|it| !it.contains("hunter2")));
}

/// A line of very many names, with something to say of each, is not shown whole each time.
#[test]
fn of_a_long_line_the_part_is_shown_that_is_meant() {
    let letters = || 'a'..='z';
    let names: Vec<String> = letters().flat_map(|a| letters().map(move |b| format!("\"{a}{b}*\""))).collect();
    let line = format!("keywords = [{}]", names.join(", "));
    let folder = folder([("newswatch.toml", "include = [\"w.toml\"]\n"), ("w.toml", &line)]);
    let found = config::check(&config_of(&folder), &environment());
    let broad: Vec<_> = found.warnings.iter().filter(|it| it.message.contains("too broad")).collect();
    assert_eq!(broad.len(), names.len());
    for (warning, name) in broad.iter().zip(&names) {
        let excerpt = warning.excerpt.as_ref().unwrap();
        assert_eq!(&excerpt.line[excerpt.marked.clone()], name);
        assert_eq!(warning.column, line.find(name).unwrap() + 1);
        assert!(excerpt.line.len() < 400, "{}", excerpt.line);
    }
    let middle = &broad[names.len() / 2].excerpt.as_ref().unwrap().line;
    assert!(middle.starts_with('…') && middle.ends_with('…'), "{middle}");
}

#[test]
fn what_is_no_utf_8_is_reported_where_it_is_none() {
    let folder = folder([]);
    fs::write(config_of(&folder), b"# caf\xe9\nx = 1\n").unwrap();
    assert!(report(&folder).starts_with("error: newswatch.toml:1:6: this is no UTF-8\n"));
}

#[test]
fn a_configuration_that_is_not_there_is_an_error() {
    let found = config::check(&config_of(&folder([])), &environment());
    let error = &found.errors[0];
    assert_eq!((error.line, error.column, error.excerpt.is_none()), (1, 1, true));
    assert!(error.message.starts_with("this file cannot be read: No such file"), "{}", error.message);
}

#[test]
fn the_state_has_a_place_by_convention() {
    let folder = folder([("newswatch.toml", "")]);
    let place = |variables: &[(&str, &str)]| {
        let environment = variables.iter().copied().collect();
        config::load(&config_of(&folder), &environment, Purpose::Run)
            .map(|loaded| loaded.state_dir.display().to_string())
            .map_err(|found| found.errors[0].message.clone())
    };
    let ok = |path: &str| Ok(path.to_owned());
    assert_eq!(place(&[("HOME", "/home/op")]), ok("/home/op/.local/state/newswatch"));
    assert_eq!(place(&[("HOME", "/home/op"), ("XDG_STATE_HOME", "/xdg")]), ok("/xdg/newswatch"));
    assert_eq!(place(&[("HOME", "/home/op"), ("XDG_STATE_HOME", "relative")]), ok("/home/op/.local/state/newswatch"));
    assert_eq!(place(&[("STATE_DIRECTORY", "/var/lib/a:/var/lib/b"), ("HOME", "/")]), ok("/var/lib/a"));
    assert_eq!(place(&[]), Err("there is no place to keep the state".to_owned()));
}

#[test]
fn the_state_is_found_also_where_the_configuration_is_bad() {
    let place = |config: &str| {
        let folder = folder([("newswatch.toml", config), ("feeds/more.toml", "state_dir = \"/more\"\n")]);
        config::state_dir(&config_of(&folder), &environment())
            .map(|path| path.display().to_string())
            .map_err(|found| found.errors.len())
    };
    assert_eq!(place("state_dir = \"/srv/nw\"\n[bogus]\n"), Ok("/srv/nw".to_owned()));
    assert_eq!(place("include = []\n"), Ok("/home/op/.local/state/newswatch".to_owned()));
    assert_eq!(place(""), Ok("/more".to_owned()));
    assert_eq!(place("include = []\nstate_dir = 3\n"), Err(1));
    assert_eq!(place("include = []\nstate_dir = \"/srv\n"), Err(1));
}

#[test]
fn those_who_only_look_need_no_secrets() {
    let folder = folder([(
        "newswatch.toml",
        "[webhook.desk]\nurl_file = \"missing\"\nsecret_credential = \"desk\"\n[[feed]]\nurl_env = \"MISSING\"\n",
    )]);
    let looked = load(&folder, Purpose::Look);
    assert_eq!((looked.warnings.len(), looked.runtime.sinks.len(), looked.runtime.feeds.len()), (3, 1, 1));
    let errors = |purpose| config::load(&config_of(&folder), &environment(), purpose).unwrap_err().errors.len();
    assert_eq!(errors(Purpose::Check), 2);
    assert_eq!(errors(Purpose::Run), 3);
}

#[test]
fn diagnostics_are_written_for_programs_too() {
    let folder = folder([("newswatch.toml", "[poll]\nintervall = 3\n")]);
    let mut json = config::check(&config_of(&folder), &environment()).to_json();
    json["errors"][0]["file"] = "newswatch.toml".into();
    let expected = r#"{"errors":[{"file":"newswatch.toml","line":2,"column":1,"message":"unknown key `intervall`","help":"did you mean `interval`?"}],"warnings":[]}"#;
    assert_eq!(json.to_string(), expected);
}

#[test]
fn durations_and_sizes() {
    let durations =
        [("0s", 0), ("250ms", 250), ("30s", 30_000), ("15m", 900_000), ("36h", 129_600_000), ("7d", 604_800_000)];
    for (text, milliseconds) in durations {
        let duration = Duration::from_millis(milliseconds);
        assert_eq!(units::parse_duration(text), Ok(duration), "{text}");
        assert_eq!(units::format_duration(duration), text);
    }
    assert_eq!(units::parse_duration("2w"), units::parse_duration("14d"));
    for (text, bytes) in [("0B", 0), ("1B", 1), ("10KiB", 10_240), ("10MiB", 10_485_760), ("3GiB", 3_221_225_472)] {
        assert_eq!(units::parse_size(text), Ok(bytes), "{text}");
        assert_eq!(units::format_size(bytes), text);
    }
    for bad in ["", "s", "15", "-1s", "1.5h", "15M", "1 s", "1h30m", "９s", "99999999999999999999s", "36501d"] {
        assert!(units::parse_duration(bad).is_err(), "{bad}");
    }
    for bad in ["", "10", "10MB", "10mib", "99999999999TiB"] {
        assert!(units::parse_size(bad).is_err(), "{bad}");
    }
}

#[test]
fn intervals_make_room_for_each_other() {
    let minutes = |config: &str| {
        let folder = folder([("newswatch.toml", format!("[poll]\n{config}").as_str())]);
        config::load(&config_of(&folder), &environment(), Purpose::Run)
            .map(|loaded| loaded.runtime.poll)
            .map(|poll| [poll.min_interval, poll.interval, poll.max_interval].map(|gap| gap.as_mins()))
            .map_err(|found| found.errors.len())
    };
    assert_eq!(minutes(""), Ok([5, 15, 1440]));
    assert_eq!(minutes("interval = \"2m\"\n"), Ok([2, 2, 1440]));
    assert_eq!(minutes("interval = \"2d\"\n"), Ok([5, 2880, 2880]));
    assert_eq!(minutes("min_interval = \"30m\"\n"), Ok([30, 30, 1440]));
    assert_eq!(minutes("max_interval = \"10m\"\n"), Ok([5, 10, 10]));
    assert_eq!(minutes("max_interval = \"10m\"\nmin_interval = \"20m\"\n"), Err(1));
    assert_eq!(minutes("interval = \"10m\"\nmin_interval = \"20m\"\n"), Err(1));
}

/// Every key that is read is documented in the configuration that is shipped.
#[test]
fn the_shipped_configuration_names_every_key() {
    let shipped = fs::read_to_string("config/newswatch.toml").unwrap();
    let schema = config::schema();
    let sections = schema["$defs"].as_object().unwrap().values().chain([&schema]);
    let keys = sections.flat_map(|section| section["properties"].as_object().unwrap().keys());
    let family = |key: &str| ["_file", "_env", "_credential"].iter().any(|suffix| key.ends_with(suffix));
    let absent: Vec<&String> = keys.filter(|key| !family(key) && !mentions(&shipped, key)).collect();
    assert_eq!(absent, Vec::<&String>::new());
}

/// Whether a key stands in a text, as `key =`, `[key]`, `[[key]]` or `[key.…`, perhaps commented
/// out or in one of its secret forms.
fn mentions(text: &str, key: &str) -> bool {
    text.lines().map(|line| line.trim_start_matches(['#', ' '])).any(|line| {
        let rest = line.trim_start_matches('[').strip_prefix(key);
        let inline = ["{ ", ", "].iter().any(|before| line.contains(&format!("{before}{key}")));
        inline || rest.is_some_and(|rest| rest.starts_with([' ', ']', '.', '_']))
    })
}

#[test]
fn the_defaults_of_the_shipped_configuration_are_those_of_the_program() {
    let shipped = fs::read_to_string("config/newswatch.toml").unwrap();
    let schema = config::schema();
    for section in ["Poll", "Stories", "Retention"] {
        for (key, property) in schema["$defs"][section]["properties"].as_object().unwrap() {
            let Some(default) = property.get("default") else { continue };
            assert!(shipped.contains(&format!("{key} = {default}")), "{section}.{key} = {default}");
        }
    }
}

#[test]
fn the_shipped_configuration_is_good() {
    let found = config::check("config/newswatch.toml".as_ref(), &environment());
    assert_eq!(found.render(Colour::Off), "");
}

/// The pieces that broken files are made of.
const SCRAPS: [&str; 24] = [
    "[poll]\n",
    "[[feed]]\n",
    "[webhook.x]\n",
    "[",
    "]",
    "{",
    "}",
    "\"",
    "'",
    "\"\"\"",
    "'''",
    "=",
    "\n",
    "\r\n",
    ",",
    "#",
    "url = \"https://u:hunter2@h/\"",
    "keywords = [",
    "secret = \"hunter2\"",
    "\\u00e9",
    "日本",
    "\u{feff}",
    "term = 1",
    ".",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// Whatever a file holds, it is judged: no panic, every mark in its line, and no secret shown.
    #[test]
    fn any_text_is_judged(scraps in prop::collection::vec(prop::sample::select(&SCRAPS[..]), 0..30)) {
        let text = scraps.concat();
        let folder = folder([("newswatch.toml", text.as_str()), ("watchlists/w.toml", text.as_str())]);
        let found = config::check(&config_of(&folder), &environment());
        for diagnostic in found.errors.iter().chain(&found.warnings) {
            let excerpt = diagnostic.excerpt.as_ref();
            prop_assert!(excerpt.is_none_or(|it| it.line.get(it.marked.clone()).is_some()), "{:?}", diagnostic);
            let shown = diagnostic.render(Colour::Off);
            prop_assert!(shown.starts_with(level(diagnostic)) && !shown.contains("hunter2"), "{}", shown);
        }
    }
}

fn level(diagnostic: &Diagnostic) -> &'static str {
    match diagnostic.level {
        Level::Error => "error: ",
        Level::Warning => "warning: ",
    }
}

/// What the shipped watchlists say of the shipped sample feed.
#[test]
fn the_sample_feed_shows_what_fires() {
    let loaded = config::load("config/newswatch.toml".as_ref(), &environment(), Purpose::Run).unwrap();
    let watchlists = &loaded.runtime.watchlists;
    let bytes = fs::read("config/sample-feed.xml").unwrap();
    let (feed, repairs) = feed::parse(&bytes, Hints::default()).unwrap();
    assert_eq!((feed.items.len(), repairs.len()), (12, 0));
    let mut scratch = Scratch::default();
    let mut shown = String::new();
    for item in feed.items {
        let document = Document { title: &item.title, body: &item.text, ..Document::default() };
        let hits = watchlists.scan(&document, Origin::default(), &mut scratch);
        let rules = hits.iter().flat_map(|hit| &hit.rules).map(|hit| &watchlists.rules()[hit.rule.0 as usize]);
        let names = rules.map(|rule| format!("{}/{}", watchlists.lists()[rule.watchlist.0 as usize].name, rule.id));
        writeln!(shown, "{} {:?}", item.id.unwrap(), names.collect::<Vec<_>>()).unwrap();
    }
    expect![[r#"
        sample-1 ["hybrid-threats/sabotage-by-a-state", "hybrid-threats/services-on-sabotage"]
        sample-2 ["hybrid-threats/sabotage-by-a-state", "hybrid-threats/infrastructure"]
        sample-3 ["hybrid-threats/sabotage-by-a-state"]
        sample-4 ["ukraine-arms/any"]
        sample-5 ["ukraine-arms/any"]
        sample-6 ["hybrid-threats/infrastructure"]
        sample-7 []
        sample-8 []
        sample-9 []
        sample-10 []
        sample-11 []
        sample-12 ["hybrid-threats/jamming"]
    "#]]
    .assert_eq(&shown);
}
