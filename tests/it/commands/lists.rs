//! `feeds import` and `feeds export`: what is written where, what is refused,
//! and how it ends.

use super::{Done, Place, read};
use serde_json::{Value, json};

const LIST: &str = "<opml version='2.0'><body>
<outline text='World'>
<outline text='Example' xmlUrl='https://a.example/rss'/>
<outline text='Local' xmlUrl='feed.xml'/>
</outline>
</body></opml>
";

impl Place {
    /// A place whose configuration includes feeds, too, with this list.
    fn with_list(list: &str) -> Self {
        let place = Self::new();
        place.write(
            "newswatch.toml",
            &super::MAIN.replace("\"watchlists/*.toml\"", "\"watchlists/*.toml\", \"feeds/*.*\""),
        );
        place.write("list.opml", list);
        place
    }

    fn files(&self, folder: &str) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(self.path(folder)) else { return Vec::new() };
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }
}

#[test]
fn a_list_becomes_a_new_file_that_check_is_fine_with() {
    let place = Place::with_list(LIST);
    let done = place.expect(0, &["feeds", "import", "list.opml"]);
    let expect = "# Feeds imported from list.opml.\n\n[[feed]]\nurl = \"https://a.example/rss\"\nname = \"Example\"\ntags = [\"World\"]\n";
    assert_eq!(read(&place.path("feeds/list.toml")), expect);
    assert_eq!(
        done.err,
        "feeds/list.toml: 1 new feed\nleft out, being there already: 1 feed\n  FILE, as local\n"
            .replace("FILE", &url_of(&place))
    );
    assert_eq!(done.out, "");
    place.expect(0, &["check", "--deny-warnings"]);
    let feeds = place.expect(0, &["feeds", "--json"]).json();
    assert_eq!(feeds[1]["name"], "Example");

    // Once more: there is nothing to do, and nothing is touched.
    let again = place.expect(0, &["feeds", "import", "list.opml"]);
    assert!(again.err.starts_with("nothing is written: no feed of the list is new\n"), "{again:#?}");
    assert_eq!(read(&place.path("feeds/list.toml")), expect);
}

/// The local feed as it is shown.
fn url_of(place: &Place) -> String {
    place.path("feed.xml").canonicalize().unwrap().display().to_string()
}

#[test]
fn no_file_is_replaced() {
    let place = Place::with_list(LIST);
    place.write("feeds/list.toml", "[[feed]]\nurl = \"https://b.example/\"\n");
    let done = place.expect(74, &["feeds", "import", "list.opml"]);
    assert!(done.err.contains("feeds/list.toml exists already: nothing was written"), "{done:#?}");
    assert_eq!(read(&place.path("feeds/list.toml")), "[[feed]]\nurl = \"https://b.example/\"\n");
    place.expect(0, &["feeds", "import", "list.opml", "--to", "feeds/other.toml"]);
    place.expect(0, &["check"]);
}

#[test]
fn only_a_file_that_is_included_is_written() {
    let place = Place::with_list(LIST);
    for to in
        ["other.toml", "elsewhere/x.toml", "feeds/.hidden.toml", "feeds/sub/x.toml", "feeds/x.opml", "../feeds/x.toml"]
    {
        let done = place.expect(64, &["feeds", "import", "list.opml", "--to", to]);
        assert!(done.err.contains("help: ") && done.err.contains(to), "{done:#?}");
        assert_eq!(place.files("feeds").len() + place.files("elsewhere").len(), 0, "{to}");
    }
    place.expect(0, &["feeds", "import", "list.opml", "--to", "./watchlists/../feeds/x.toml"]);
    assert_eq!(place.files("feeds"), ["x.toml"]);

    let place = Place::new();
    place.write("list.opml", LIST);
    let done = place.expect(64, &["feeds", "import", "list.opml"]);
    assert!(done.err.contains("`include` does not take it in"), "{done:#?}");
    assert_eq!(place.files("feeds").len(), 0);
}

#[test]
fn a_broken_list_is_told_with_its_place() {
    for (list, status, part) in [
        ("<html><body>no</body></html>", 74, "list.opml:1:1: this is no OPML: it looks like an HTML page"),
        ("", 74, "this is no OPML: it looks like empty"),
        ("\u{0}\u{1}", 74, "this is no OPML"),
        ("<opml><body></body></opml>", 0, "nothing is written: no feed of the list is new"),
        ("<opml><body>\n<outline xmlUrl='https://a.example/'/>", 1, "warning: list.opml:2:39: this list ends early"),
        (
            "<opml><body>\n  <outline xmlUrl='gopher://a.example/'/></body></opml>",
            1,
            "error: list.opml:2:3: a feed cannot be read over gopher",
        ),
    ] {
        let place = Place::with_list(list);
        let done = place.expect(status, &["feeds", "import", "list.opml"]);
        assert!(done.err.contains(part), "{list}: {done:#?}");
    }
    let place = Place::with_list(LIST);
    place.expect(74, &["feeds", "import", "absent.opml"]);
    place.expect(64, &["feeds", "import"]);
    place.write("newswatch.toml", "[[feed]]\nurl = 3\n");
    place.expect(78, &["feeds", "import", "list.opml"]);
}

#[test]
fn a_list_comes_from_standard_input_too() {
    let place = Place::with_list(LIST);
    let done = place.feed(&["feeds", "import", "-"], LIST.as_bytes());
    assert_eq!((done.status, place.files("feeds")), (0, vec!["imported.toml".to_owned()]), "{done:#?}");
}

#[test]
fn programs_read_what_was_done() {
    let place = Place::with_list(LIST);
    let found = place.expect(0, &["feeds", "import", "list.opml", "--json"]).json();
    assert_eq!(
        found,
        json!({
            "file": "feeds/list.toml",
            "feeds": [{ "name": "Example", "url": "https://a.example/rss", "tags": ["World"], "enabled": true }],
            "skipped": [{ "url": url_of(&place), "known_as": "local" }],
            "errors": [],
            "warnings": [],
        })
    );
    place.write("bad.opml", "<opml><outline xmlUrl='gopher://a/'/></opml>");
    let found = place.expect(1, &["feeds", "--json", "import", "bad.opml"]).json();
    assert_eq!((&found["file"], &found["errors"][0]["column"]), (&Value::Null, &json!(7)));
}

#[test]
fn what_is_exported_is_imported_elsewhere() {
    let here = Place::with_list(LIST);
    here.write("feeds/more.toml", "[[feed]]\nurl = \"https://a.example/?a=1&b=2\"\nname = \"A & <B>\"\ntags = [\"x, y\", \"z\"]\nenabled = false\n[[feed]]\nurl = \"https://b.example/rss\"\nheaders = { X-Key = \"k3y\" }\n");
    here.expect(0, &["run", "--once"]);
    let exported = here.expect(0, &["feeds", "export"]);
    assert!(
        exported.out.contains("htmlUrl=\"https://example.org/\"") && !exported.out.contains("k3y"),
        "{exported:#?}"
    );
    assert_eq!(exported.err, "warning: b.example/rss is given without its credentials\n");

    let there = Place::with_list(&exported.out);
    there.write("newswatch.toml", "state_dir = \"state\"\n");
    there.expect(0, &["feeds", "import", "list.opml"]);
    let feeds = |place: &Place| {
        let mut feeds = place.expect(0, &["feeds", "export", "--json"]).json();
        for feed in feeds.as_array_mut().unwrap() {
            feed["page"] = Value::Null;
            feed["tags"].as_array_mut().unwrap().sort_by_key(ToString::to_string);
        }
        feeds
    };
    assert_eq!(feeds(&there), feeds(&here));
    assert_eq!(feeds(&there).as_array().unwrap().len(), 3);
}

#[test]
fn hostile_text_reaches_no_terminal_and_stays_text() {
    let evil = "\u{202e}evil&#x9b;31m&#27;]0;x&#7;&#10;[[feed]]&#10;url = &quot;https://evil.example/&quot;";
    let outline = |n: u32| {
        format!(
            "<outline text=\"{evil}{n}\"><outline text=\"{evil}\" xmlUrl=\"https://a.example/{n}?{evil}\"/></outline>"
        )
    };
    let bad = format!("<outline xmlUrl=\"gopher://{evil}\"/>");
    let list = format!("<opml><body>{}{}{}{bad}</body></opml>", outline(1), outline(2), outline(1));
    let place = Place::with_list(&list);
    let name = "li\u{202e}st\u{1b}[31m\n[[feed]].opml";
    place.write(name, &list);
    let assert_safe = |done: &Done| {
        for text in [&done.out, &done.err] {
            assert!(!text.contains(['\u{1b}', '\u{9b}', '\u{7}', '\u{202e}']), "{text:?}");
        }
    };
    let done = place.expect(1, &["feeds", "import", name, "--to", "feeds/x.toml"]);
    assert_safe(&done);
    let written = read(&place.path("feeds/x.toml"));
    assert!(!written.contains(['\u{1b}', '\u{9b}', '\u{7}', '\u{202e}']), "{written}");
    assert_safe(&place.expect(0, &["check"]));
    let feeds = place.expect(0, &["feeds", "--json"]).json();
    let urls: Vec<&str> = feeds.as_array().unwrap().iter().map(|feed| feed["url"].as_str().unwrap()).collect();
    assert_eq!(urls.len(), 3);
    assert!(urls[1..].iter().all(|url| url.starts_with("https://a.example/")), "{urls:?}");
    assert_safe(&place.expect(0, &["feeds"]));
    assert_safe(&place.expect(0, &["feeds", "export"]));
}

#[test]
fn the_commands_of_the_documentation_work() {
    let place = Place::with_list("");
    place.write("subscriptions.opml", LIST);
    let block = include_str!("../../../docs/feeds.md").split("```").nth(1).unwrap();
    let commands: Vec<&str> = block.lines().filter_map(|line| line.strip_prefix("newswatch ")).collect();
    assert_eq!(commands.len(), 3);
    for command in commands {
        let command = command.split(['#', '>']).next().unwrap();
        place.expect(0, &command.split_whitespace().collect::<Vec<_>>());
    }
    assert_eq!(place.files("feeds"), ["subscriptions.toml"]);
}
