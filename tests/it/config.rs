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
    let folder = folder(files);
    let diagnostics = config::check(&folder.path().join("newswatch.toml"), &environment());
    diagnostics.render(Colour::Off).replace(&format!("{}/", folder.path().display()), "")
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
