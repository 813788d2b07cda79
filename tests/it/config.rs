//! Good and bad configurations, with their exact diagnostics.

use expect_test::{Expect, expect};
use newswatch::config::diagnostic::{Colour, Diagnostics};
use newswatch::config::environment::Environment;
use newswatch::config::{self, Loaded, Purpose};
use std::fs;
use tempfile::TempDir;

/// A folder with these files; the first is the configuration.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    folder
}

fn environment() -> Environment {
    [("HOME", "/home/op"), ("TOKEN", "token-of-the-environment")].into_iter().collect()
}

/// What `check` prints for a person, without the folder.
fn report(files: &[(&str, &str)]) -> String {
    report_in(&folder(files))
}

fn report_in(folder: &TempDir) -> String {
    let diagnostics = config::check(&folder.path().join("newswatch.toml"), &environment());
    diagnostics.render(Colour::Off).replace(&format!("{}/", folder.path().display()), "")
}

fn load_in(folder: &TempDir) -> Loaded {
    config::load(&folder.path().join("newswatch.toml"), &environment(), Purpose::Run)
        .unwrap_or_else(|diagnostics: Diagnostics| panic!("{}", diagnostics.render(Colour::Off)))
}

/// `newswatch.toml` alone gives exactly this report.
fn check(config: &str, expect: &Expect) {
    expect.assert_eq(&report(&[("newswatch.toml", config)]));
}

/// A watchlist `w.toml` beside a good configuration gives exactly this report.
fn check_watchlist(watchlist: &str, expect: &Expect) {
    expect.assert_eq(&report(&[("newswatch.toml", "[stdout.console]\n"), ("watchlists/w.toml", watchlist)]));
}

#[test]
fn each_bad_key_is_reported_where_it_stands() {
    check(
        r#"state_dirr = "/x"
[poll]
interval = "15"
timeout = 30
concurrency = 0
first_poll = "al"
max_body = "10MB"
[[feed]]
name = "a"
[[feed]]
url = "ftp://example.org/rss"
name = "a"
tags = "world"
"#,
        &expect![[r#"
            error: newswatch.toml:1:1: unknown key `state_dirr`
              |
            1 | state_dirr = "/x"
              | ^^^^^^^^^^
              |
              = help: did you mean `state_dir`?

            error: newswatch.toml:3:12: expected a duration such as "15m"
              |
            3 | interval = "15"
              |            ^^^^
              |
              = help: the unit is missing: one of `ms`, `s`, `m`, `h`, `d`, `w`

            error: newswatch.toml:4:11: expected a duration such as "15m", found a number
              |
            4 | timeout = 30
              |           ^^
              |
              = help: the unit is missing: write "30s", for instance

            error: newswatch.toml:5:15: expected a whole number from 1 to 1000000
              |
            5 | concurrency = 0
              |               ^

            error: newswatch.toml:6:14: `al` is not possible here
              |
            6 | first_poll = "al"
              |              ^^^^
              |
              = help: did you mean `all`?

            error: newswatch.toml:7:12: expected a size such as "10MiB"
              |
            7 | max_body = "10MB"
              |            ^^^^^^
              |
              = help: the unit must be one of `B`, `KiB`, `MiB`, `GiB`, `TiB`

            error: newswatch.toml:8:1: `url` is missing
              |
            8 | [[feed]]
              | ^^^^^^^^

            error: newswatch.toml:11:7: a feed cannot be read over ftp
               |
            11 | url = "ftp://example.org/rss"
               |       ^^^^^^^^^^^^^^^^^^^^^^^
               |
               = help: write an http or https URL, or the path of a local file

            error: newswatch.toml:12:8: there is a feed `a` already
               |
            12 | name = "a"
               |        ^^^
               |
               = help: feeds need different names

            error: newswatch.toml:13:8: expected a list, found a text
               |
            13 | tags = "world"
               |        ^^^^^^^
        "#]],
    );
}

#[test]
fn every_broken_line_is_reported_once_and_nothing_that_follows_from_it() {
    check(
        "[poll]\ninterval = 15m\nbogus\ntimeout = \"30s\nper_host = 1\n\n[stories]\nwindow = \"2 days\"\n",
        &expect![[r#"
            error: newswatch.toml:2:12: a text must stand in quotes
              |
            2 | interval = 15m
              |            ^^^
              |
              = help: write "15m"

            error: newswatch.toml:3:6: key with no value, expected `=`
              |
            3 | bogus
              |      ^

            error: newswatch.toml:4:15: invalid basic string, expected `"`
              |
            4 | timeout = "30s
              |               ^

            error: newswatch.toml:8:10: expected a duration such as "15m"
              |
            8 | window = "2 days"
              |          ^^^^^^^^
              |
              = help: the unit must be one of `ms`, `s`, `m`, `h`, `d`, `w`
        "#]],
    );
    check("include = [\n  \"a.toml\",\n  b,\n  'c\n]\nwatch_config = 3\n", &expect![[r#"
        error: newswatch.toml:2:3: a.toml cannot be read: No such file or directory (os error 2)
          |
        2 |   "a.toml",
          |   ^^^^^^^^

        error: newswatch.toml:3:3: a text must stand in quotes
          |
        3 |   b,
          |   ^
          |
          = help: write "b"

        error: newswatch.toml:4:5: invalid literal string, expected `'`
          |
        4 |   'c
          |     ^

        error: newswatch.toml:6:16: expected true or false, found a number
          |
        6 | watch_config = 3
          |                ^
    "#]]);
    check("include = [\"x/*.toml\",\nwatch_config = 3\n[poll]\nintervall = \"1m\"\n", &expect![[r#"
        error: newswatch.toml:1:11: this is never closed
          |
        1 | include = ["x/*.toml",
          |           ^

        error: newswatch.toml:2:16: expected true or false, found a number
          |
        2 | watch_config = 3
          |                ^

        error: newswatch.toml:4:1: unknown key `intervall`
          |
        4 | intervall = "1m"
          | ^^^^^^^^^
          |
          = help: did you mean `interval`?
    "#]]);
    check("[poll\ninterval = \"x\"\n[stories]\nwindow = 4\n", &expect![[r#"
        error: newswatch.toml:1:6: unclosed table, expected `]`
          |
        1 | [poll
          |      ^

        error: newswatch.toml:4:10: expected a duration such as "15m", found a number
          |
        4 | window = 4
          |          ^
          |
          = help: the unit is missing: write "4s", for instance
    "#]]);
    check("state_dir = \"\"\"\n/var\n[poll]\ninterval = 1\n", &expect![[r#"
        error: newswatch.toml:1:13: this is never closed
          |
        1 | state_dir = """
          |             ^^^
    "#]]);
    check(
        "[stdout.a]\nformat = \"json\"\n[stdout.a]\nformat = \"pretty\"\n[poll]\ntimeout = \"1s\"\ntimeout = \"2s\"\n",
        &expect![[r#"
            error: newswatch.toml:3:9: `a` stands here twice
              |
            3 | [stdout.a]
              |         ^
              |
              = help: keep one of the two

            error: newswatch.toml:7:1: `timeout` stands here twice
              |
            7 | timeout = "2s"
              | ^^^^^^^
              |
              = help: keep one of the two
        "#]],
    );
    check("state_dir = \"C:\\data\"\n", &expect![[r#"
        error: newswatch.toml:1:17: a backslash must be followed by one of b, e, f, n, r, t, \, ", x, u, U
          |
        1 | state_dir = "C:\data"
          |                 ^
          |
          = help: write \\ for a backslash, or put the text in single quotes
    "#]]);
    check("[[feed]]\nurl = \"https://example.org\n[stdout.console]\n", &expect![[r#"
        error: newswatch.toml:2:27: invalid basic string, expected `"`
          |
        2 | url = "https://example.org
          |                           ^
    "#]]);
}

#[test]
fn what_is_no_text_has_no_line() {
    let folder = folder(&[("newswatch.toml", "")]);
    fs::write(folder.path().join("newswatch.toml"), b"# caf\xe9\nx = 1\n").unwrap();
    expect![[r#"
        error: newswatch.toml:1:6: this is no UTF-8
          |
        1 | # caf�
          |      ^
    "#]].assert_eq(&report_in(&folder));
    fs::remove_file(folder.path().join("newswatch.toml")).unwrap();
    expect![[r#"
        error: newswatch.toml:1:1: this file cannot be read: No such file or directory (os error 2)
    "#]].assert_eq(&report_in(&folder));
}

#[test]
fn what_is_not_served_yet_is_refused() {
    check(
        r#"
[heartbeat]
url = "https://example.org"
[listen]
address = "127.0.0.1:8471"
[file.archive]
path = "alerts.jsonl"
rotate = "100MiB"
keep = 10
compress = true
[webhook.chat]
url = "https://hooks.example.org/x"
preset = "slack"
template = "x.j2"
digest = "10m"
max_per_hour = 60
ca_file = "ca.pem"
[webhook.other]
url = "https://hooks.example.org/y"
preset = "slak"
"#,
        &expect![[r#"
            error: newswatch.toml:2:2: `heartbeat` is not served by this version yet
              |
            2 | [heartbeat]
              |  ^^^^^^^^^
              |
              = help: leave it out; it is part of the contract and comes with a later version

            error: newswatch.toml:4:2: `listen` is not served by this version yet
              |
            4 | [listen]
              |  ^^^^^^
              |
              = help: leave it out; it is part of the contract and comes with a later version

            error: newswatch.toml:8:1: `rotate` is not served by this version yet
              |
            8 | rotate = "100MiB"
              | ^^^^^^
              |
              = help: leave it out; it is part of the contract and comes with a later version

            error: newswatch.toml:9:1: `keep` is not served by this version yet
              |
            9 | keep = 10
              | ^^^^
              |
              = help: leave it out; it is part of the contract and comes with a later version

            error: newswatch.toml:10:1: `compress` is not served by this version yet
               |
            10 | compress = true
               | ^^^^^^^^
               |
               = help: leave it out; it is part of the contract and comes with a later version

            error: newswatch.toml:13:10: `preset = "slack"` is not served by this version yet
               |
            13 | preset = "slack"
               |          ^^^^^^^
               |
               = help: leave it out: the body is then the alert, version 1

            error: newswatch.toml:14:1: `template` is not served by this version yet
               |
            14 | template = "x.j2"
               | ^^^^^^^^
               |
               = help: leave it out; it is part of the contract and comes with a later version

            error: newswatch.toml:15:1: `digest` is not served by this version yet
               |
            15 | digest = "10m"
               | ^^^^^^
               |
               = help: leave it out; it is part of the contract and comes with a later version

            error: newswatch.toml:16:1: `max_per_hour` is not served by this version yet
               |
            16 | max_per_hour = 60
               | ^^^^^^^^^^^^
               |
               = help: leave it out; it is part of the contract and comes with a later version

            error: newswatch.toml:17:1: `ca_file` is not served by this version yet
               |
            17 | ca_file = "ca.pem"
               | ^^^^^^^
               |
               = help: leave it out; it is part of the contract and comes with a later version

            error: newswatch.toml:20:10: `slak` is not possible here
               |
            20 | preset = "slak"
               |          ^^^^^^
               |
               = help: did you mean `slack`?
        "#]],
    );
}

#[test]
fn names_are_unique_and_the_later_one_is_reported() {
    expect![[r#"
        error: newswatch.toml:3:7: there is a sink `console` already
          |
        3 | [file.console]
          |       ^^^^^^^
          |
          = help: sinks of all kinds need different names

        error: newswatch.toml:5:9: a name must not hold any of * ? [ ] { } \ , " or control characters
          |
        5 | [stdout."all*"]
          |         ^^^^^^

        error: newswatch.toml:9:7: there is a feed https://example.org/a already
          |
        9 | url = "https://example.org/a"
          |       ^^^^^^^^^^^^^^^^^^^^^^^
          |
          = help: give it a name if it is really another one

        error: newswatch.toml:15:8: there is a feed `b` already
           |
        15 | name = "b"
           |        ^^^
           |
           = help: feeds need different names

        error: watchlists/b.toml:2:8: there is a watchlist `a` already
          |
        2 | name = "a"
          |        ^^^
          |
          = help: watchlists need different names; `name` sets one

        error: feeds/more.toml:3:8: there is a feed `b` already
          |
        3 | name = "b"
          |        ^^^
          |
          = help: feeds need different names

        error: feeds/more.toml:4:9: there is a sink `console` already
          |
        4 | [stdout.console]
          |         ^^^^^^^
          |
          = help: sinks of all kinds need different names

        error: feeds/other.toml:1:1: another file has [poll] already
          |
        1 | [poll]
          | ^^^^^^
          |
          = help: keep it in one file
    "#]].assert_eq(&report(&[
        (
            "newswatch.toml",
            r#"
[stdout.console]
[file.console]
path = "a.jsonl"
[stdout."all*"]
[[feed]]
url = "https://example.org/a"
[[feed]]
url = "https://example.org/a"
[[feed]]
url = "https://example.org/b"
name = "b"
[[feed]]
url = "https://example.org/c"
name = "b"
"#,
        ),
        ("watchlists/a.toml", "keywords = [\"x\"]\n"),
        ("watchlists/b.toml", "keywords = [\"x\"]\nname = \"a\"\n"),
        ("feeds/more.toml", "[[feed]]\nurl = \"https://example.org/d\"\nname = \"b\"\n[stdout.console]\n[poll]\n"),
        ("feeds/other.toml", "[poll]\n"),
    ]));
}

#[test]
fn values_out_of_range_are_reported() {
    check(
        r#"
[poll]
interval = "10m"
min_interval = "20m"
max_interval = "5m"
timeout = "0s"
per_host = 2000000
host_gap = "1 s"
max_body = 5
user_agent = "a\nb"
proxy = "ftp://proxy"
[stories]
similarity = 1.5
window = "5x"
[retention]
items = "200y"
alerts = "99999999999d"
max_size = "10 GB"
[stdout.console]
format = "jsn"
min_severity = 3
watchlists = "x"
[file.f]
[webhook.w]
url = "example.org/x"
headers = { "bad name" = "x", "X" = { fil = "y" }, "Y" = { file = "a", env = "b" } }
secret = "short"
timeout = true
"#,
        &expect![[r#"
            error: newswatch.toml:4:16: `min_interval` is longer than `interval` (10m)
              |
            4 | min_interval = "20m"
              |                ^^^^^

            error: newswatch.toml:5:16: `max_interval` is shorter than `interval` (10m)
              |
            5 | max_interval = "5m"
              |                ^^^^

            error: newswatch.toml:6:11: a timeout must not be 0
              |
            6 | timeout = "0s"
              |           ^^^^

            error: newswatch.toml:7:12: expected a whole number from 1 to 1000000
              |
            7 | per_host = 2000000
              |            ^^^^^^^

            error: newswatch.toml:8:12: expected a duration such as "15m"
              |
            8 | host_gap = "1 s"
              |            ^^^^^
              |
              = help: the unit must be one of `ms`, `s`, `m`, `h`, `d`, `w`

            error: newswatch.toml:9:12: expected a size such as "10MiB", found a number
              |
            9 | max_body = 5
              |            ^
              |
              = help: the unit is missing: write "5MiB", for instance

            error: newswatch.toml:10:14: this cannot be the value of a header
               |
            10 | user_agent = "a\nb"
               |              ^^^^^^

            error: newswatch.toml:11:9: expected the URL of a proxy: http, https, socks5 or socks5h
               |
            11 | proxy = "ftp://proxy"
               |         ^^^^^^^^^^^^^

            error: newswatch.toml:13:14: expected a number from 0 to 1
               |
            13 | similarity = 1.5
               |              ^^^

            error: newswatch.toml:14:10: expected a duration such as "15m"
               |
            14 | window = "5x"
               |          ^^^^
               |
               = help: the unit must be one of `ms`, `s`, `m`, `h`, `d`, `w`

            error: newswatch.toml:16:9: expected a duration such as "15m"
               |
            16 | items = "200y"
               |         ^^^^^^
               |
               = help: the unit must be one of `ms`, `s`, `m`, `h`, `d`, `w`

            error: newswatch.toml:17:10: expected a duration such as "15m"
               |
            17 | alerts = "99999999999d"
               |          ^^^^^^^^^^^^^^
               |
               = help: that is more than a hundred years

            error: newswatch.toml:18:12: expected a size such as "10MiB"
               |
            18 | max_size = "10 GB"
               |            ^^^^^^^
               |
               = help: the unit must be one of `B`, `KiB`, `MiB`, `GiB`, `TiB`

            error: newswatch.toml:20:10: `jsn` is not possible here
               |
            20 | format = "jsn"
               |          ^^^^^
               |
               = help: did you mean `json`?

            error: newswatch.toml:21:16: expected one of "info", "low", "medium", "high", "critical", found a number
               |
            21 | min_severity = 3
               |                ^

            error: newswatch.toml:22:14: expected a list, found a text
               |
            22 | watchlists = "x"
               |              ^^^

            error: newswatch.toml:23:1: `path` is missing
               |
            23 | [file.f]
               | ^^^^^^^^

            error: newswatch.toml:25:7: this is no URL: relative URL without a base
               |
            25 | url = "example.org/x"
               |       ^^^^^^^^^^^^^^^

            error: newswatch.toml:26:13: this cannot be the name of a header
               |
            26 | headers = { "bad name" = "***", "X" = { fil = "***" }, "Y" = { file = "a", env = "b" } }
               |             ^^^^^^^^^^

            error: newswatch.toml:26:39: unknown key `fil`
               |
            26 | headers = { "bad name" = "***", "X" = { fil = "***" }, "Y" = { file = "a", env = "b" } }
               |                                         ^^^
               |
               = help: did you mean `file`?

            error: newswatch.toml:26:58: expected exactly one of `file`, `env`, `credential`
               |
            26 | headers = { "bad name" = "***", "X" = { fil = "***" }, "Y" = { file = "a", env = "b" } }
               |                                                              ^^^^^^^^^^^^^^^^^^^^^^^^^

            error: newswatch.toml:27:10: the signing secret does not begin with `whsec_`
               |
            27 | secret = "***"
               |          ^^^^^
               |
               = help: a secret is `whsec_` and the base64 of 24 to 64 random bytes; make one with: echo "whsec_$(head -c 32 /dev/urandom | base64)"

            error: newswatch.toml:28:11: expected a duration such as "15m", found true or false
               |
            28 | timeout = true
               |           ^^^^
        "#]],
    );
}

#[test]
fn a_file_is_configuration_or_a_watchlist() {
    expect![[r#"
        error: newswatch.toml:1:67: missing.toml cannot be read: No such file or directory (os error 2)
          |
        1 | include = ["both.toml", "empty.toml", "slip.toml", "nested.toml", "missing.toml", "no/*.toml", "a[.toml"]
          |                                                                   ^^^^^^^^^^^^^^

        error: newswatch.toml:1:96: unclosed character class; missing ']'
          |
        1 | include = ["both.toml", "empty.toml", "slip.toml", "nested.toml", "missing.toml", "no/*.toml", "a[.toml"]
          |                                                                                                ^^^^^^^^^

        error: both.toml:2:3: a file is either configuration or a watchlist, and this is both
          |
        2 | [[feed]]
          |   ^^^^
          |
          = help: move one of the two into a file of its own

        error: empty.toml:1:1: this file is neither configuration nor a watchlist
          |
        1 | # nothing
          | ^
          |
          = help: configuration has feeds, sinks or settings; a watchlist has keywords, terms, entities or rules

        error: slip.toml:2:1: unknown key `keyword`
          |
        2 | keyword = ["a"]
          | ^^^^^^^
          |
          = help: did you mean `keywords`?

        error: nested.toml:1:11: `include` has no effect here
          |
        1 | include = ["x.toml"]
          |           ^^^^^^^^^^
          |
          = help: only the first file includes others: name them all there

        warning: newswatch.toml:1:83: no file matches this pattern
          |
        1 | include = ["both.toml", "empty.toml", "slip.toml", "nested.toml", "missing.toml", "no/*.toml", "a[.toml"]
          |                                                                                   ^^^^^^^^^^^
    "#]].assert_eq(&report(&[
        (
            "newswatch.toml",
            "include = [\"both.toml\", \"empty.toml\", \"slip.toml\", \"nested.toml\", \"missing.toml\", \"no/*.toml\", \"a[.toml\"]\n",
        ),
        ("both.toml", "keywords = [\"a\"]\n[[feed]]\nurl = \"https://example.org\"\n"),
        ("empty.toml", "# nothing\n"),
        ("slip.toml", "name = \"x\"\nkeyword = [\"a\"]\n"),
        ("nested.toml", "include = [\"x.toml\"]\n"),
    ]));
    expect![[r#"
        error: newswatch.toml:1:1: this is a watchlist, not a configuration
          |
        1 | keywords = ["a"]
          | ^
          |
          = help: name the configuration that includes it
    "#]].assert_eq(&report(&[("newswatch.toml", "keywords = [\"a\"]\n")]));
}

#[test]
fn a_watchlist_is_checked_key_by_key() {
    check_watchlist(
        r#"
severity = "urgent"
languages = ["en-GB", "english", "fr"]
library = "no"
keywords = ["a", 3, { trm = "b" }, { term = "c", case = "upper", within = 0, colour = "red" }]
feeds = ["a[", "tag:world"]
sinks = ["consol", "desk-*"]

[terms]
weapons = "Storm Shadow"

[[entity]]
id = "mi6"
names = ["MI6"]

[[entity]]
type = "person"
names = "Moore"

[entities]
x = 1

[rule]
id = "x"

[[test]]
txt = "x"
"#,
        &expect![[r#"
            error: watchlists/w.toml:2:12: `urgent` is not possible here
              |
            2 | severity = "urgent"
              |            ^^^^^^^^
              |
              = help: possible: `info`, `low`, `medium`, `high`, `critical`

            error: watchlists/w.toml:3:14: expected a language of two or three letters, such as "en"
              |
            3 | languages = ["en-GB", "english", "fr"]
              |              ^^^^^^^
              |
              = help: write "en": regions are not told apart

            error: watchlists/w.toml:3:23: expected a language of two or three letters, such as "en"
              |
            3 | languages = ["en-GB", "english", "fr"]
              |                       ^^^^^^^^^

            error: watchlists/w.toml:4:11: expected true or false, found a text
              |
            4 | library = "no"
              |           ^^^^

            error: watchlists/w.toml:5:18: expected a term: a text in quotes, or { term = "…", … }, found a number
              |
            5 | keywords = ["a", 3, { trm = "b" }, { term = "c", case = "upper", within = 0, colour = "red" }]
              |                  ^

            error: watchlists/w.toml:5:21: `term` is missing
              |
            5 | keywords = ["a", 3, { trm = "b" }, { term = "c", case = "upper", within = 0, colour = "red" }]
              |                     ^^^^^^^^^^^^^

            error: watchlists/w.toml:5:23: unknown key `trm`
              |
            5 | keywords = ["a", 3, { trm = "b" }, { term = "c", case = "upper", within = 0, colour = "red" }]
              |                       ^^^
              |
              = help: did you mean `term`?

            error: watchlists/w.toml:5:57: `upper` is not possible here
              |
            5 | keywords = ["a", 3, { trm = "b" }, { term = "c", case = "upper", within = 0, colour = "red" }]
              |                                                         ^^^^^^^
              |
              = help: possible: `smart`, `fold`, `exact`, `proper`

            error: watchlists/w.toml:5:75: expected a whole number from 1 to 1000000
              |
            5 | keywords = ["a", 3, { trm = "b" }, { term = "c", case = "upper", within = 0, colour = "red" }]
              |                                                                           ^

            error: watchlists/w.toml:5:78: unknown key `colour`
              |
            5 | keywords = ["a", 3, { trm = "b" }, { term = "c", case = "upper", within = 0, colour = "red" }]
              |                                                                              ^^^^^^
              |
              = help: possible: `term`, `case`, `plural`, `hyphen`, `swap`, `except`, `near`, `within`

            error: watchlists/w.toml:7:10: there is no sink `consol`
              |
            7 | sinks = ["consol", "desk-*"]
              |          ^^^^^^^^
              |
              = help: did you mean `console`?

            error: watchlists/w.toml:10:11: expected a list, found a text
               |
            10 | weapons = "Storm Shadow"
               |           ^^^^^^^^^^^^^^

            error: watchlists/w.toml:12:1: `type` is missing
               |
            12 | [[entity]]
               | ^^^^^^^^^^

            error: watchlists/w.toml:16:1: `id` is missing
               |
            16 | [[entity]]
               | ^^^^^^^^^^

            error: watchlists/w.toml:18:9: expected a list, found a text
               |
            18 | names = "Moore"
               |         ^^^^^^^

            error: watchlists/w.toml:20:2: unknown key `entities`
               |
            20 | [entities]
               |  ^^^^^^^^
               |
               = help: possible: `name`, `title`, `severity`, `feeds`, `sinks`, `languages`, `library`, `keywords`, `terms`, `entity`, `import`, `rule`, `test`

            error: watchlists/w.toml:23:1: `rule` must be a list of tables
               |
            23 | [rule]
               | ^^^^^^
               |
               = help: write [[rule]], with two brackets: there can be several

            error: watchlists/w.toml:27:1: unknown key `txt`
               |
            27 | txt = "x"
               | ^^^
               |
               = help: did you mean `text`?

            warning: watchlists/w.toml:1:1: no sink takes the alerts of watchlist `w`: they are only stored
              |
            1 |
              | ^
              |
              = help: see its `sinks` and the `watchlists` of each sink

            warning: watchlists/w.toml:6:16: no feed has the tag `world`
              |
            6 | feeds = ["a[", "tag:world"]
              |                ^^^^^^^^^^^

            warning: watchlists/w.toml:7:20: there is no sink `desk-*`
              |
            7 | sinks = ["consol", "desk-*"]
              |                    ^^^^^^^^
              |
              = help: possible: `console`
        "#]],
    );
}

#[test]
fn filters_name_what_exists() {
    expect![[r#"
        error: watchlists/hybrid.toml:4:10: there is no sink `consol`
          |
        4 | sinks = ["consol", "con*", "desk-*"]
          |          ^^^^^^^^
          |
          = help: did you mean `console`?

        warning: newswatch.toml:7:15: there is no watchlist `hybird`
          |
        7 | watchlists = ["hybird", "hyb*", "zzz*"]
          |               ^^^^^^^^
          |
          = help: did you mean `hybrid`?

        warning: newswatch.toml:7:33: there is no watchlist `zzz*`
          |
        7 | watchlists = ["hybird", "hyb*", "zzz*"]
          |                                 ^^^^^^
          |
          = help: possible: `hybrid`, `lib`, `low`

        warning: watchlists/hybrid.toml:1:1: no sink takes the alerts of watchlist `hybrid`: they are only stored
          |
        1 |
          | ^
          |
          = help: sink `console` takes alerts from severity "high" on

        warning: watchlists/hybrid.toml:3:10: no feed has the tag `word`
          |
        3 | feeds = ["tag:word", "tag:w*", "example-word", "bbc-*"]
          |          ^^^^^^^^^^
          |
          = help: did you mean `world`?

        warning: watchlists/hybrid.toml:3:32: no feed has the name `example-word`
          |
        3 | feeds = ["tag:word", "tag:w*", "example-word", "bbc-*"]
          |                                ^^^^^^^^^^^^^^
          |
          = help: did you mean `example-world`?

        warning: watchlists/hybrid.toml:3:48: no feed has the name `bbc-*`
          |
        3 | feeds = ["tag:word", "tag:w*", "example-word", "bbc-*"]
          |                                                ^^^^^^^

        warning: watchlists/hybrid.toml:4:28: there is no sink `desk-*`
          |
        4 | sinks = ["consol", "con*", "desk-*"]
          |                            ^^^^^^^^
          |
          = help: possible: `console`

        warning: watchlists/low.toml:1:1: no sink takes the alerts of watchlist `low`: they are only stored
          |
        1 | keywords = ["arson"]
          | ^
          |
          = help: see its `sinks` and the `watchlists` of each sink
    "#]].assert_eq(&report(&[
        (
            "newswatch.toml",
            r#"
[[feed]]
url = "https://example.org/rss"
name = "example-world"
tags = ["world"]
[stdout.console]
watchlists = ["hybird", "hyb*", "zzz*"]
min_severity = "high"
"#,
        ),
        (
            "watchlists/hybrid.toml",
            r#"
keywords = ["sabotage"]
feeds = ["tag:word", "tag:w*", "example-word", "bbc-*"]
sinks = ["consol", "con*", "desk-*"]
"#,
        ),
        ("watchlists/low.toml", "keywords = [\"arson\"]\nseverity = \"low\"\n"),
        ("watchlists/lib.toml", "library = true\n[terms]\na = [\"b\"]\n"),
    ]));
    expect![[r#"
        warning: watchlists/a.toml:1:1: no sink takes the alerts of watchlist `a`: they are only stored
          |
        1 | keywords = ["arson"]
          | ^
          |
          = help: add a sink, such as [stdout.console]
    "#]].assert_eq(&report(&[("newswatch.toml", ""), ("watchlists/a.toml", "keywords = [\"arson\"]\n")]));
}

#[test]
fn secrets_come_from_files_variables_and_credentials() {
    expect![[r#"
        error: newswatch.toml:3:12: missing.url cannot be read: No such file or directory (os error 2)
          |
        3 | url_file = "missing.url"
          |            ^^^^^^^^^^^^^

        error: newswatch.toml:5:11: the variable `NO_SUCH_VARIABLE` is not set
          |
        5 | url_env = "NO_SUCH_VARIABLE"
          |           ^^^^^^^^^^^^^^^^^^

        error: newswatch.toml:8:1: `url_env` says again what `url` says
          |
        8 | url_env = "TOKEN"
          | ^^^^^^^
          |
          = help: keep one of the two

        error: newswatch.toml:11:14: this feed has another authorization already
           |
        11 | bearer_env = "TOKEN"
           |              ^^^^^^^
           |
           = help: keep one: the URL's own user, `basic_auth` or `bearer`

        error: newswatch.toml:12:45: this secret is empty
           |
        12 | basic_auth = { user = "me", password_file = "empty" }
           |                                             ^^^^^^^

        error: newswatch.toml:17:21: expected the name of a credential, without a folder
           |
        17 | bearer_credential = "../etc/passwd"
           |                     ^^^^^^^^^^^^^^^

        warning: newswatch.toml:14:18: `feed-url` cannot be read: $CREDENTIALS_DIRECTORY is not set
           |
        14 | url_credential = "feed-url"
           |                  ^^^^^^^^^^
           |
           = help: systemd sets it for a service with LoadCredential= or SetCredential=

        warning: newswatch.toml:18:23: `key` cannot be read: $CREDENTIALS_DIRECTORY is not set
           |
        18 | headers = { "X-Key" = { credential = "key" } }
           |                       ^^^^^^^^^^^^^^^^^^^^^^
           |
           = help: systemd sets it for a service with LoadCredential= or SetCredential=
    "#]].assert_eq(&report(&[
        (
            "newswatch.toml",
            r#"
[[feed]]
url_file = "missing.url"
[[feed]]
url_env = "NO_SUCH_VARIABLE"
[[feed]]
url = "https://example.org/a"
url_env = "TOKEN"
[[feed]]
url = "https://me:pw@example.org/b"
bearer_env = "TOKEN"
basic_auth = { user = "me", password_file = "empty" }
[[feed]]
url_credential = "feed-url"
[[feed]]
url = "https://example.org/c"
bearer_credential = "../etc/passwd"
headers = { "X-Key" = { credential = "key" } }
"#,
        ),
        ("empty", "\n"),
    ]));
}

#[test]
fn no_secret_is_shown() {
    check(
        r#"
[[feed]]
url = "https://me:hunter2@example.org/a" # was https://me:hunter2@example.org
intervall = "x"
[[feed]]
url = "htps://me:hunter2@example.org/a?key=hunter2"
headers = { "X-Key" = "hunter2", "bad name" = "hunter2" }
baerer_token = "hunter2"
[[feed]]
url = "https://me:hunter2@example.org/a
bearer = "hunter2" x
password = hunter2
[webhook.a]
url = "https://hooks.example.org:x/T?token=hunter2"
secret = ["hunter2", "whsec_hunter2", '''
hunter2''']
headers = { "X" = "a\nhunter2" }
[webhook.b]
url = "ftp://u:hunter2@hooks.example.org/T?token=hunter2"
secrt = "hunter2"
proxy = "ftp://u:hunter2@proxy"
"#,
        &expect![[r#"
            error: newswatch.toml:4:1: unknown key `intervall`
              |
            4 | intervall = "x"
              | ^^^^^^^^^
              |
              = help: did you mean `interval`?

            error: newswatch.toml:6:7: a feed cannot be read over htps
              |
            6 | url = "htps://me:***@example.org/a?***"
              |       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
              |
              = help: write an http or https URL, or the path of a local file

            error: newswatch.toml:8:1: unknown key `baerer_token`
              |
            8 | baerer_token = ***
              | ^^^^^^^^^^^^
              |
              = help: possible: `url`, `url_file`, `url_env`, `url_credential`, `name`, `tags`, `interval`, `first_poll`, `headers`, `basic_auth`, `bearer`, `bearer_file`, `bearer_env`, `bearer_credential`, `enabled`

            error: newswatch.toml:10:40: invalid basic string, expected `"`
               |
            10 | url = "https://me:***@example.org/a
               |                                    ^

            error: newswatch.toml:11:20: unexpected key or value, expected newline, `#`
               |
            11 | bearer = ***
               |          ^^^

            error: newswatch.toml:12:12: a text must stand in quotes
               |
            12 | password = ***
               |            ^^^
               |
               = help: write "hunter2"

            error: newswatch.toml:14:7: this is no URL: invalid port number
               |
            14 | url = "https://hooks.example.org:x/T?***"
               |       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

            error: newswatch.toml:15:11: the signing secret does not begin with `whsec_`
               |
            15 | secret = ***
               |          ^^^
               |
               = help: a secret is `whsec_` and the base64 of 24 to 64 random bytes; make one with: echo "whsec_$(head -c 32 /dev/urandom | base64)"

            error: newswatch.toml:15:22: what follows `whsec_` in the signing secret is not base64 with padding
               |
            15 | secret = ***
               |          ^^^
               |
               = help: a secret is `whsec_` and the base64 of 24 to 64 random bytes; make one with: echo "whsec_$(head -c 32 /dev/urandom | base64)"

            error: newswatch.toml:15:39: the signing secret does not begin with `whsec_`
               |
            15 | secret = ***
               |          ^^^
               |
               = help: a secret is `whsec_` and the base64 of 24 to 64 random bytes; make one with: echo "whsec_$(head -c 32 /dev/urandom | base64)"

            error: newswatch.toml:17:19: this cannot be the value of a header
               |
            17 | headers = ***
               |           ^^^

            error: newswatch.toml:19:7: expected an http or https URL
               |
            19 | url = "ftp://u:***@hooks.example.org/T?***"
               |       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

            error: newswatch.toml:20:1: unknown key `secrt`
               |
            20 | secrt = ***
               | ^^^^^
               |
               = help: did you mean `secret`?
        "#]],
    );
}

#[test]
fn a_good_configuration_is_loaded_whole() {
    let folder = folder(&[
        (
            "newswatch.toml",
            r#"
state_dir = "state"
watch_config = false
[poll]
interval = "2m"
first_poll = "none"
proxy = "http://u:pw@proxy.example.org:3128"
[[feed]]
url = "https://me:p%40ss@Example.org/rss?x=1"
tags = ["world"]
interval = "1m"
[[feed]]
url = "https://example.org/rss?x=2"
first_poll = "all"
headers = { "X-Key" = { env = "TOKEN" } }
[[feed]]
url = "local.xml"
name = "here"
enabled = false
[[feed]]
url_file = "feed.url"
bearer_env = "TOKEN"
[[feed]]
url = "https://example.net/auth"
basic_auth = { user = "me", password = "pw" }
[stories]
window = "1d"
similarity = 0
[retention]
items = "1d"
[stdout.console]
format = "json"
[file.archive]
path = "alerts.jsonl"
fsync = false
min_severity = "high"
[webhook.desk]
url = "https://hooks.example.org/x?key=1"
secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
watchlists = ["hyb*"]
max_age = "1d"
text = false
"#,
        ),
        ("feed.url", "https://secret.example.org/private/path\n"),
        ("watchlists/hybrid.toml", "keywords = [\"sabotage\"]\n"),
        ("watchlists/other.toml", "name = \"arms\"\nsinks = [\"console\"]\nkeywords = [\"Oreshnik\"]\n"),
    ]);
    let loaded = load_in(&folder);
    let shown = format!(
        "{:#?}\n{:#?}\n{:#?}\n{:#?}\n{:#?}\n{:#?}\n{:#?}\n{:#?}\n{:#?}\n",
        loaded.runtime.feeds,
        loaded.sources,
        loaded.runtime.sinks,
        loaded.sinks,
        loaded.fetch,
        loaded.runtime.poll,
        loaded.runtime.stories,
        loaded.retention,
        (&loaded.state_dir, loaded.watch_config, &loaded.watch, &loaded.files, &loaded.warnings),
    );
    expect![[r#"
        [
            Feed {
                key: "https://example.org/rss?x=1",
                name: "example.org/rss",
                url: "https://example.org/rss?x=1",
                tags: [
                    "world",
                ],
                interval: Some(
                    60s,
                ),
                first_poll: None,
                enabled: true,
            },
            Feed {
                key: "https://example.org/rss?x=2",
                name: "example.org/rss-2",
                url: "https://example.org/rss?x=2",
                tags: [],
                interval: None,
                first_poll: All,
                enabled: true,
            },
            Feed {
                key: "here",
                name: "here",
                url: "FOLDER/local.xml",
                tags: [],
                interval: None,
                first_poll: None,
                enabled: false,
            },
            Feed {
                key: "https://secret.example.org/#7c89176a5877",
                name: "secret.example.org",
                url: "https://secret.example.org/#7c89176a5877",
                tags: [],
                interval: None,
                first_poll: None,
                enabled: true,
            },
            Feed {
                key: "https://example.net/auth",
                name: "example.net/auth",
                url: "https://example.net/auth",
                tags: [],
                interval: None,
                first_poll: None,
                enabled: true,
            },
        ]
        [
            Source {
                location: Url(
                    Url {
                        scheme: "https",
                        cannot_be_a_base: false,
                        username: "",
                        password: None,
                        host: Some(
                            Domain(
                                "example.org",
                            ),
                        ),
                        port: None,
                        path: "/rss",
                        query: Some(
                            "x=1",
                        ),
                        fragment: None,
                    },
                ),
                headers: [],
                authorization: Some(
                    ***,
                ),
            },
            Source {
                location: Url(
                    Url {
                        scheme: "https",
                        cannot_be_a_base: false,
                        username: "",
                        password: None,
                        host: Some(
                            Domain(
                                "example.org",
                            ),
                        ),
                        port: None,
                        path: "/rss",
                        query: Some(
                            "x=2",
                        ),
                        fragment: None,
                    },
                ),
                headers: [
                    (
                        "X-Key",
                        ***,
                    ),
                ],
                authorization: None,
            },
            Source {
                location: File(
                    "FOLDER/local.xml",
                ),
                headers: [],
                authorization: None,
            },
            Source {
                location: Url(
                    Url {
                        scheme: "https",
                        cannot_be_a_base: false,
                        username: "",
                        password: None,
                        host: Some(
                            Domain(
                                "secret.example.org",
                            ),
                        ),
                        port: None,
                        path: "/private/path",
                        query: None,
                        fragment: None,
                    },
                ),
                headers: [],
                authorization: Some(
                    ***,
                ),
            },
            Source {
                location: Url(
                    Url {
                        scheme: "https",
                        cannot_be_a_base: false,
                        username: "",
                        password: None,
                        host: Some(
                            Domain(
                                "example.net",
                            ),
                        ),
                        port: None,
                        path: "/auth",
                        query: None,
                        fragment: None,
                    },
                ),
                headers: [],
                authorization: Some(
                    ***,
                ),
            },
        ]
        [
            SinkRoute {
                name: "console",
                min_severity: Info,
                accepts: [
                    true,
                    true,
                ],
                max_age: None,
                text: true,
            },
            SinkRoute {
                name: "archive",
                min_severity: High,
                accepts: [
                    true,
                    false,
                ],
                max_age: None,
                text: true,
            },
            SinkRoute {
                name: "desk",
                min_severity: Info,
                accepts: [
                    true,
                    false,
                ],
                max_age: Some(
                    86400s,
                ),
                text: false,
            },
        ]
        [
            Stdout(
                Config {
                    format: Json,
                },
            ),
            File(
                Config {
                    path: "FOLDER/state/alerts.jsonl",
                    fsync: false,
                },
            ),
            Webhook(
                Config {
                    url: Url {
                        scheme: "https",
                        cannot_be_a_base: false,
                        username: "",
                        password: None,
                        host: Some(
                            Domain(
                                "hooks.example.org",
                            ),
                        ),
                        port: None,
                        path: "/x",
                        query: Some(
                            "key=1",
                        ),
                        fragment: None,
                    },
                    secrets: [
                        ***,
                    ],
                    headers: [],
                    timeout: 10s,
                    concurrency: 4,
                    proxy: None,
                },
            ),
        ]
        Settings {
            timeout: 30s,
            concurrency: 64,
            per_host: 1,
            host_gap: 1s,
            max_body: 10485760,
            user_agent: "newswatch/0.1.0",
            proxy: Some(
                ***,
            ),
        }
        PollSettings {
            interval: 120s,
            min_interval: 120s,
            max_interval: 86400s,
        }
        StorySettings {
            window: 86400s,
            similarity: 0.0,
        }
        Retention {
            items: 86400s,
            alerts: 31536000s,
            max_size: 10737418240,
        }
        (
            "FOLDER/state",
            false,
            [
                "FOLDER/",
                "FOLDER/feeds/",
                "FOLDER/watchlists/",
            ],
            [
                "FOLDER/newswatch.toml",
                "FOLDER/watchlists/hybrid.toml",
                "FOLDER/watchlists/other.toml",
            ],
            [],
        )
    "#]].assert_eq(&shown.replace(&folder.path().display().to_string(), "FOLDER"));
    let exposed: Vec<&str> =
        loaded.sources.iter().filter_map(|it| it.authorization.as_ref()).map(|it| it.expose()).collect();
    assert_eq!(exposed, ["Basic bWU6cEBzcw==", "Bearer token-of-the-environment", "Basic bWU6cHc="]);
}

#[test]
fn the_state_has_a_place_by_convention() {
    let place = |variables: &[(&str, &str)]| {
        let folder = folder(&[("newswatch.toml", "")]);
        let environment = variables.iter().copied().collect();
        config::load(&folder.path().join("newswatch.toml"), &environment, Purpose::Run)
            .map(|loaded| loaded.state_dir.display().to_string())
            .map_err(|errors| errors.errors[0].message.clone())
    };
    let ok = |path: &str| Ok(path.to_owned());
    assert_eq!(place(&[("HOME", "/home/op")]), ok("/home/op/.local/state/newswatch"));
    assert_eq!(place(&[("HOME", "/home/op"), ("XDG_STATE_HOME", "/xdg")]), ok("/xdg/newswatch"));
    assert_eq!(place(&[("HOME", "/home/op"), ("XDG_STATE_HOME", "relative")]), ok("/home/op/.local/state/newswatch"));
    assert_eq!(place(&[("STATE_DIRECTORY", "/var/lib/a:/var/lib/b"), ("HOME", "/")]), ok("/var/lib/a"));
    assert_eq!(place(&[]), Err("there is no place to keep the state".to_owned()));
}

#[test]
fn those_who_only_look_need_no_secrets() {
    let folder = folder(&[(
        "newswatch.toml",
        "[webhook.desk]\nurl_file = \"missing\"\nsecret_credential = \"desk\"\n[[feed]]\nurl_env = \"MISSING\"\n",
    )]);
    let load = |purpose| config::load(&folder.path().join("newswatch.toml"), &environment(), purpose);
    let looked = load(Purpose::Look).unwrap();
    assert_eq!((looked.warnings.len(), looked.runtime.sinks.len(), looked.runtime.feeds.len()), (3, 1, 1));
    assert_eq!(load(Purpose::Check).unwrap_err().errors.len(), 2);
    assert_eq!(load(Purpose::Run).unwrap_err().errors.len(), 3);
}

#[test]
fn opml_lists_feeds() {
    let folder = folder(&[
        ("newswatch.toml", "[[feed]]\nurl = \"https://example.org/a\"\nname = \"a\"\n"),
        (
            "feeds/list.opml",
            r#"<opml version="2.0"><body><outline text="World">
<outline text="A" xmlUrl="https://example.org/a"/>
<outline text="B" xmlUrl="https://example.org/b"/>
<outline text="C" xmlUrl="gopher://example.org/c"/>
</outline></body></opml>"#,
        ),
        ("feeds/none.opml", "<html></html>"),
    ]);
    expect![[r#"
        error: feeds/list.opml:1:1: this is no OPML: it looks like not read yet
          |
        1 | <opml version="2.0"><body><outline text="World">
          | ^

        error: feeds/none.opml:1:1: this is no OPML: it looks like not read yet
          |
        1 | <html></html>
          | ^
    "#]].assert_eq(&report_in(&folder));
}

/// Every key that is read is documented in the configuration that is shipped.
#[test]
fn the_shipped_configuration_names_every_key() {
    let shipped = fs::read_to_string("config/newswatch.toml").unwrap();
    let schema = config::schema::config();
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
    let schema = config::schema::config();
    for section in ["Poll", "Stories", "Retention"] {
        for (key, property) in schema["$defs"][section]["properties"].as_object().unwrap() {
            let Some(default) = property.get("default") else { continue };
            assert!(shipped.contains(&format!("{key} = {default}")), "{section}.{key} = {default}");
        }
    }
}

#[test]
fn the_shipped_configuration_is_good() {
    let diagnostics = config::check("config/newswatch.toml".as_ref(), &environment());
    assert_eq!(diagnostics.render(Colour::Off), "");
}
