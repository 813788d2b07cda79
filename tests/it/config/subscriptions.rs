//! Lists of feeds against a configuration: what is new, what is there already,
//! and that nothing is lost on the way out and in again.

use super::{config_of, environment, folder, load};
use newswatch::config::diagnostic::{Colour, Diagnostic};
use newswatch::config::subscription::{Import, export, import};
use newswatch::config::{self, Loaded, Purpose};
use newswatch::feed::opml;
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

fn list(outlines: &str) -> String {
    format!("<opml version='2.0'><body>\n{outlines}\n</body></opml>")
}

/// A list beside a configuration: what would be written, and what is left out.
fn imported(loaded: &Loaded, outlines: &str) -> (String, Import) {
    let import = import(loaded, Path::new("/lists/my.opml"), list(outlines).as_bytes()).unwrap();
    (import.toml("my.opml"), import)
}

#[track_caller]
fn check(config: &str, outlines: &str, expect: &str) {
    let folder = folder([("newswatch.toml", config)]);
    let loaded = load(&folder, Purpose::Look);
    let (toml, _) = imported(&loaded, outlines);
    assert_eq!(toml, format!("# Feeds imported from my.opml.\n{expect}"));
    let file = folder.path().join("feeds/my.toml");
    if let Err(found) = config::load_with(&config_of(&folder), &environment(), &file, toml) {
        panic!("{}", found.render(Colour::Off));
    }
}

const STATE: &str = "state_dir = \"state\"\n";

#[test]
fn titles_become_names_and_folders_tags() {
    check(
        STATE,
        "<outline text='World'><outline text='A &amp; B' xmlUrl='https://a.example/rss' category='uk'/></outline>\
         <outline text='off' xmlUrl='https://b.example/' isComment='true'/>",
        "\n[[feed]]\nurl = \"https://a.example/rss\"\nname = \"A & B\"\ntags = [\"World\", \"uk\"]\n\
         \n[[feed]]\nurl = \"https://b.example/\"\nname = \"off\"\nenabled = false\n",
    );
}

#[test]
fn a_name_that_cannot_be_one_is_made_one() {
    for (title, name) in [
        ("News [UK], {live} *?", "name = \"News UK live\"\n"),
        ("  two&#10;lines ", "name = \"two lines\"\n"),
        ("right\u{202e}left &#27;[31m", "name = \"right left 31m\"\n"),
        ("quotes &quot; and \\", "name = \"quotes and\"\n"),
        ("***", ""),
        ("", ""),
        ("tag:x", ""),
        ("a.example/rss", ""),
        ("taken", "name = \"taken-2\"\n"),
        ("c.example/rss", "name = \"c.example/rss-2\"\n"),
    ] {
        let config = format!(
            "{STATE}[[feed]]\nurl = \"https://b.example/\"\nname = \"taken\"\n[[feed]]\nurl = \"https://c.example/rss\"\n"
        );
        let outline = format!("<outline text=\"{title}\" xmlUrl='https://a.example/rss'/>");
        check(&config, &outline, &format!("\n[[feed]]\nurl = \"https://a.example/rss\"\n{name}"));
    }
}

#[test]
fn tags_keep_their_signs_and_are_seen() {
    check(
        STATE,
        "<outline text='a \"b\", \\c\u{200b}&#9;'><outline text='x' xmlUrl='https://a.example/'/></outline>",
        "\n[[feed]]\nurl = \"https://a.example/\"\nname = \"x\"\ntags = [\"a \\\"b\\\", \\\\c\"]\n",
    );
}

#[test]
fn local_files_start_at_the_list() {
    check(
        STATE,
        "<outline text='x' xmlUrl='sub/feed.xml'/><outline text='y' xmlUrl='file:///other/feed.xml'/>",
        "\n[[feed]]\nurl = \"file:///lists/sub/feed.xml\"\nname = \"x\"\n\
         \n[[feed]]\nurl = \"file:///other/feed.xml\"\nname = \"y\"\n",
    );
}

#[test]
fn a_password_is_written_and_not_shown() {
    let folder = folder([("newswatch.toml", STATE)]);
    let loaded = load(&folder, Purpose::Look);
    let (toml, import) = imported(&loaded, "<outline text='x' xmlUrl='https://me:s3cret@a.example/'/>");
    assert!(toml.contains("url = \"https://me:s3cret@a.example/\""), "{toml}");
    assert_eq!(import.feeds[0].url, "https://a.example/");
    let bad = imported(&loaded, "<outline text='x' xmlUrl='ftp://me:s3cret@a.example/'/>").1;
    assert!(!format!("{:?}", bad.problems.render(Colour::Off)).contains("s3cret"));
}

#[test]
fn what_is_there_already_is_left_out_and_named() {
    let folder = folder([
        (
            "newswatch.toml",
            "state_dir = \"state\"\n[[feed]]\nurl = \"https://a.example:443/rss\"\nname = \"a\"\n[[feed]]\nurl_file = \"url\"\nname = \"hidden\"\n[[feed]]\nurl = \"local.xml\"\nname = \"local\"\n",
        ),
        ("url", "https://secret.example/?key=1\n"),
    ]);
    let loaded = load(&folder, Purpose::Look);
    let local = folder.path().join("local.xml");
    let (_, import) = imported(
        &loaded,
        &format!(
            "<outline xmlUrl='HTTPS://A.example/rss'/><outline xmlUrl='https://secret.example/?key=1'/>\
             <outline xmlUrl='{}'/><outline text='new' xmlUrl='https://b.example/'/>\
             <outline text='again' xmlUrl='https://u:p@b.example/'/>",
            local.display()
        ),
    );
    let skipped: Vec<_> = import.skipped.iter().map(|skipped| skipped.known_as.as_str()).collect();
    assert_eq!(skipped, ["a", "hidden", "local", "new"]);
    assert_eq!(import.feeds.len(), 1);
}

#[test]
fn feeds_that_are_none_are_left_out_with_their_place() {
    let folder = folder([("newswatch.toml", STATE)]);
    let loaded = load(&folder, Purpose::Look);
    let (toml, import) = imported(
        &loaded,
        "<outline text='x' xmlUrl='gopher://a.example/'/>\n<outline text='y' xmlUrl='https://'/>\n\
         <outline text='z' xmlUrl='https://a.example/'/>",
    );
    assert!(toml.contains("https://a.example/") && !toml.contains("gopher"), "{toml}");
    let places: Vec<_> = import.problems.errors.iter().map(Diagnostic::summary).collect();
    assert_eq!(
        places,
        ["/lists/my.opml:2:1: a feed cannot be read over gopher", "/lists/my.opml:3:1: this is no URL: empty host"]
    );
}

#[test]
fn many_feeds_of_one_name_take_no_time() {
    let folder = folder([("newswatch.toml", STATE)]);
    let loaded = load(&folder, Purpose::Look);
    let outlines: String =
        (0..20_000).map(|n| format!("<outline text='same' xmlUrl='https://a.example/?{n}'/>")).collect();
    let (toml, import) = imported(&loaded, &outlines);
    assert_eq!(import.feeds[19_999].name, "same-20000");
    let file = folder.path().join("feeds/my.toml");
    assert!(config::load_with(&config_of(&folder), &environment(), &file, toml).is_ok());
}

#[test]
fn a_secret_url_is_not_exported() {
    let folder = folder([
        (
            "newswatch.toml",
            "state_dir = \"state\"\n[[feed]]\nurl_file = \"url\"\nname = \"hidden\"\n[[feed]]\nurl = \"https://u:p4ss@a.example/\"\nname = \"key\"\n",
        ),
        ("url", "https://secret.example/?key=1\n"),
    ]);
    let export = export(&load(&folder, Purpose::Look), |_| Some("javascript:alert(1)".to_owned()));
    assert_eq!((export.secret, export.without_credentials), (vec!["hidden".to_owned()], vec!["key".to_owned()]));
    let text = opml::write("t", &export.outlines);
    assert!(!text.contains("key=1") && !text.contains("p4ss") && !text.contains("javascript"), "{text}");
}

/// What makes a feed the same here and there.
fn feeds(loaded: &Loaded) -> BTreeSet<(String, String, BTreeSet<String>, bool)> {
    let feeds = loaded.runtime.feeds.iter();
    feeds.map(|feed| (feed.name.clone(), feed.url.clone(), feed.tags.iter().cloned().collect(), feed.enabled)).collect()
}

fn toml_of(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// Out of one configuration, into another one: the same feeds; and none twice.
    #[test]
    fn what_is_exported_is_imported(
        made in prop::collection::btree_map(
            "[a-z]{1,3}(/[a-z&'~]{0,3}\\?[a-z=&%\"<>]{0,5})?",
            (
                prop::option::of("[a-zä&<>'#@:;|= .-]{1,8}"),
                prop::collection::btree_set("[a-zß,/&<>'\"\\\\\\[*]{1,4}( [a-z])?", 0..4),
                any::<bool>(),
            ),
            1..8,
        ),
    ) {
        let mut config = STATE.to_owned();
        let mut names = BTreeSet::new();
        for (address, (name, tags, enabled)) in &made {
            write!(config, "[[feed]]\nurl = {}\n", toml_of(&format!("https://{address}"))).unwrap();
            let name = name.as_ref().map(|name| name.split_whitespace().collect::<Vec<_>>().join(" "));
            if let Some(name) = name.filter(|name| !name.is_empty() && !name.starts_with("tag:") && names.insert(name.clone())) {
                writeln!(config, "name = {}", toml_of(&name)).unwrap();
            }
            let tags: Vec<String> = tags.iter().map(|tag| toml_of(tag)).collect();
            writeln!(config, "tags = [{}]\nenabled = {enabled}", tags.join(", ")).unwrap();
        }
        let (here, there) = (folder([("newswatch.toml", config.as_str())]), folder([("newswatch.toml", STATE)]));
        let loaded = load(&here, Purpose::Look);
        let document = opml::write("feeds", &export(&loaded, |_| None).outlines);

        let import_there = import(&load(&there, Purpose::Look), Path::new("x.opml"), document.as_bytes()).unwrap();
        prop_assert_eq!(import_there.problems.render(Colour::Off), "");
        let file = there.path().join("feeds/x.toml");
        let together = config::load_with(&config_of(&there), &environment(), &file, import_there.toml("x.opml"));
        let together = together.map_err(|found| TestCaseError::fail(found.render(Colour::Off)))?;
        prop_assert_eq!(feeds(&together), feeds(&loaded));

        let again = import(&loaded, Path::new("x.opml"), document.as_bytes()).unwrap();
        prop_assert_eq!(again.feeds.len(), 0);
        prop_assert_eq!(again.skipped.len(), made.len());
    }
}
