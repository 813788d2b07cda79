//! Every command and snippet of the README that needs no root.

use crate::home::{Running, lines};
use std::fs;
use std::io::Read as _;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// A fenced block: what stands after the fence, and its text.
pub(crate) struct Block {
    pub(crate) info: String,
    pub(crate) text: String,
}

fn blocks() -> Vec<Block> {
    blocks_of("README.md")
}

pub(crate) fn blocks_of(document: &str) -> Vec<Block> {
    let readme = fs::read_to_string(root().join(document)).unwrap();
    let mut blocks: Vec<Block> = Vec::new();
    let mut inside = false;
    for line in readme.lines() {
        match (line.strip_prefix("```"), inside) {
            (Some(info), false) => blocks.push(Block { info: info.to_owned(), text: String::new() }),
            (None, true) => blocks.last_mut().unwrap().text.extend([line, "\n"]),
            _ => {}
        }
        inside ^= line.starts_with("```");
    }
    blocks
}

fn block(info: &str, containing: &str) -> String {
    let found = blocks().into_iter().find(|block| block.info == info && block.text.contains(containing));
    found.unwrap_or_else(|| panic!("no {info} block with {containing:?} in the README")).text
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// A folder with the shipped `config/` in it, as in a clone.
fn clone() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    copy(&root().join("config"), &dir.path().join("config"));
    dir
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// The program in that folder, its state there too. The feeds on the network are
/// sent to a proxy that is not there: tests ask nobody outside.
fn newswatch(dir: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_newswatch"));
    command.args(arguments).current_dir(dir).env("XDG_STATE_HOME", dir.join("state"));
    command.env("https_proxy", "http://127.0.0.1:9").env("http_proxy", "http://127.0.0.1:9");
    command.env("no_proxy", "127.0.0.1").env_remove("NEWSWATCH_CONFIG").env_remove("STATE_DIRECTORY");
    command
}

/// The words of a command line; double quotes hold words together.
fn words(line: &str) -> Vec<String> {
    let quoted = line.split('"').enumerate();
    let parts = quoted.flat_map(|(number, part)| match number % 2 {
        0 => part.split_whitespace().map(str::to_owned).collect(),
        _ => vec![part.to_owned()],
    });
    parts.collect()
}

/// Writes a TOML block to the file that its first line names.
fn write_snippet(dir: &Path, text: &str) -> PathBuf {
    let name = text.lines().next().unwrap().strip_prefix("# ").unwrap();
    let path = dir.join(name);
    fs::write(&path, text).unwrap();
    path
}

const LIMIT: Duration = Duration::from_mins(1);

#[test]
fn the_first_command_prints_the_alerts_that_the_readme_shows() {
    let dir = clone();
    let command = block("sh", "cargo run --release -- ");
    let arguments = words(command.trim().strip_prefix("cargo run --release -- ").unwrap());
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let mut command = newswatch(dir.path(), &arguments);
    let mut running = Running(command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap());
    let out = lines(running.0.stdout.take().unwrap());
    let shown = block("text", "CRITICAL");
    // The first line begins with the time.
    let mut wanted: Vec<&str> = shown.lines().skip(1).collect();
    while let Some(next) = wanted.first() {
        let line =
            out.recv_timeout(LIMIT).unwrap_or_else(|_| panic!("this line of the README was not printed: {next}"));
        if line == *next {
            wanted.remove(0);
        }
    }
    let pid = rustix::process::Pid::from_child(&running.0);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    assert!(running.0.wait().unwrap().success());
}

#[test]
fn every_other_command_works_in_the_order_of_the_readme() {
    let dir = clone();
    write_snippet(dir.path(), &block("toml", "config/watchlists/"));
    let mut tried = 0;
    for block in blocks().iter().filter(|block| block.info == "sh") {
        for line in block.text.lines().filter_map(|line| line.strip_prefix("newswatch ")) {
            let arguments = words(line);
            let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            let output = newswatch(dir.path(), &arguments).output().unwrap();
            let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
            assert!(output.status.success(), "newswatch {line}\n{out}\n{err}");
            assert!(!out.is_empty() || !err.is_empty(), "newswatch {line} printed nothing");
            tried += 1;
        }
    }
    assert!(tried >= 8, "only {tried} commands were found");
}

#[test]
fn the_watchlists_of_the_documentation_pass_their_tests() {
    let examples = blocks_of("docs/watchlists.md").into_iter().filter(|block| block.info == "toml");
    let mut tried = 0;
    for example in examples {
        let dir = tempfile::tempdir().unwrap();
        let feeds = ["bbc-world", "guardian"].map(|name| {
            format!("[[feed]]\nurl = \"https://{name}.example/rss\"\nname = \"{name}\"\ntags = [\"world\"]\n")
        });
        let main = format!("state_dir = \"state\"\n[stdout.desk]\n{}", feeds.concat());
        fs::write(dir.path().join("newswatch.toml"), main).unwrap();
        fs::create_dir(dir.path().join("watchlists")).unwrap();
        fs::write(dir.path().join("watchlists/example.toml"), &example.text).unwrap();
        let output = newswatch(dir.path(), &["--config", "newswatch.toml", "check", "--json"]).output().unwrap();
        assert!(output.status.success(), "{}\n{}", example.text, String::from_utf8_lossy(&output.stdout));
        tried += 1;
    }
    assert!(tried >= 4, "only {tried} examples were found");
}

#[test]
fn the_receiver_takes_alerts_and_refuses_forgeries() {
    if Command::new("python3").arg("--version").output().is_err() {
        println!("skipped: there is no python3");
        return;
    }
    let dir = clone();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
    let receiver = dir.path().join("receiver.py");
    fs::write(&receiver, block("python", "webhook-signature").replace("9000", &port)).unwrap();
    let mut command = Command::new("python3");
    command.arg(&receiver).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut running = Running(command.spawn().unwrap());
    let heard = lines(running.0.stdout.take().unwrap());
    wait_for(&port);

    forge(&port);
    let snippet = block("toml", "[webhook.desk]").replace("9000", &port);
    let main = dir.path().join("config/newswatch.toml");
    fs::write(&main, format!("{}\n{snippet}", fs::read_to_string(&main).unwrap())).unwrap();
    let output = newswatch(dir.path(), &["run", "--once"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let first = heard.recv_timeout(LIMIT).expect("the receiver heard nothing");
    assert!(first.starts_with("critical ") || first.starts_with("high ") || first.starts_with("medium "), "{first}");
}

/// Waits until the receiver listens.
pub(crate) fn wait_for(port: &str) {
    for _ in 0..600 {
        if std::net::TcpStream::connect(format!("127.0.0.1:{port}")).is_ok() {
            return;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("the receiver does not listen");
}

/// A request that nobody signed is refused.
pub(crate) fn forge(port: &str) {
    use std::io::Write as _;
    let mut stream = std::net::TcpStream::connect(format!("127.0.0.1:{port}")).unwrap();
    let head = "POST / HTTP/1.0\r\ncontent-length: 2\r\nwebhook-id: alt_forged\r\nwebhook-timestamp: 1\r\nwebhook-signature: v1,AAAA\r\n\r\n{}";
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.0 401") || answer.starts_with("HTTP/1.1 401"), "{answer}");
}
