//! The commands of the real binary: what they print, and their exit status.

mod backtest;
mod daemon;
mod judging;
mod lists;
mod looking;
mod matching;
mod safety;
mod sentences;
mod states;

use crate::home::{Running, lines};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use serde_json::Value;
use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A folder of its own with a configuration, a watchlist, a feed and the state.
struct Place(tempfile::TempDir);

/// What a command did.
#[derive(Debug)]
struct Done {
    status: i32,
    out: String,
    err: String,
}

impl Done {
    /// The one JSON document on stdout.
    fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// One JSON document a line.
    fn json_lines(&self) -> Vec<Value> {
        self.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

const MAIN: &str = "\
state_dir = \"state\"
include = [\"watchlists/*.toml\"]
[poll]
first_poll = \"all\"
[[feed]]
url = \"feed.xml\"
name = \"local\"
[file.archive]
path = \"alerts.jsonl\"
[stdout.console]
format = \"json\"
";

const WATCHLIST: &str = "\
title = \"Poisons\"
severity = \"high\"
keywords = [\"novichok\"]
[[entity]]
id = \"mi6\"
type = \"organization\"
names = [\"MI6\"]
[[rule]]
id = \"poison\"
when = '$keywords'
[[rule]]
id = \"spies\"
when = '@mi6'
[[test]]
title = \"Novichok again\"
fires = [\"poison\"]
";

const SECOND_WATCHLIST: &str = "[[rule]]\nid = \"salisbury\"\nwhen = 'Salisbury'\n";

impl Place {
    /// Two items, of which one fires.
    fn new() -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        place.write("newswatch.toml", MAIN);
        place.write("watchlists/poisons.toml", WATCHLIST);
        place.write("feed.xml", &rss(&[("1", "MI6 warns of Novichok"), ("2", "Cathedral reopens")]));
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// The program in this folder, with nothing of the surroundings that it obeys.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_newswatch"));
        command.args(arguments).current_dir(self.0.path()).env("XDG_STATE_HOME", self.path("home"));
        command.env("NEWSWATCH_CONFIG", "newswatch.toml").env("TZ", "UTC").env("no_proxy", "127.0.0.1");
        for name in ["STATE_DIRECTORY", "CREDENTIALS_DIRECTORY", "NOTIFY_SOCKET", "NO_COLOR", "RUST_LOG"] {
            command.env_remove(name);
        }
        command
    }

    fn run(&self, arguments: &[&str]) -> Done {
        finish(self.command(arguments).stdin(Stdio::null()))
    }

    /// Runs it and expects this status.
    fn expect(&self, status: i32, arguments: &[&str]) -> Done {
        let done = self.run(arguments);
        assert_eq!(done.status, status, "newswatch {arguments:?}: {done:#?}");
        done
    }

    /// Runs it with this on standard input.
    fn feed(&self, arguments: &[&str], input: &[u8]) -> Done {
        let mut command = self.command(arguments);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input).unwrap();
        done(&child.wait_with_output().unwrap())
    }

    /// Starts the daemon, and waits until it has alerted on what is in the feed.
    fn daemon(&self) -> Running {
        let mut command = self.command(&["run"]);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let out = lines(child.stdout.take().unwrap());
        let running = Running(child);
        out.recv_timeout(crate::support::LIMIT).expect("the daemon printed no alert");
        running
    }
}

fn finish(command: &mut Command) -> Done {
    done(&command.output().unwrap())
}

fn done(output: &std::process::Output) -> Done {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    Done { status: output.status.code().unwrap_or(-1), out: text(&output.stdout), err: text(&output.stderr) }
}

/// What the binary draws on stderr where that is a terminal.
fn drawn(place: &Place, arguments: &[&str]) -> String {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    let name = ptsname(&master, Vec::new()).unwrap();
    let terminal = File::options().read(true).write(true).open(std::ffi::OsStr::from_bytes(name.to_bytes())).unwrap();
    let mut command = place.command(arguments);
    command.env("TERM", "xterm").stdin(Stdio::null()).stdout(Stdio::null()).stderr(terminal);
    let mut child = command.spawn().unwrap();
    // Holds the other end, which is to close with the child.
    drop(command);
    let mut drawn = Vec::new();
    // Linux says EIO where nobody holds the other end any more.
    let _ = File::from(master).read_to_end(&mut drawn);
    assert_eq!(child.wait().unwrap().code(), Some(0));
    String::from_utf8(drawn).unwrap()
}

/// An RSS feed with these items, each a guid and a title.
fn rss(items: &[(&str, &str)]) -> String {
    let items: String = items
        .iter()
        .map(|(guid, title)| {
            format!("<item><guid>{guid}</guid><title>{title}</title><link>https://example.org/{guid}</link></item>")
        })
        .collect();
    format!(
        "<rss version=\"2.0\"><channel><title>Local</title><link>https://example.org/</link>{items}</channel></rss>"
    )
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
