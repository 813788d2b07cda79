//! A folder with a configuration and its state, and the real binary in it.

use crate::support::{LIMIT, unpacked};
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc;

/// The secret that test webhooks are signed with.
pub(crate) const SECRET: &str = "whsec_bmV3c3dhdGNoLWRhZW1vbi10ZXN0cy1zZWNyZXQtMDE=";

/// A folder with a configuration and its state.
pub(crate) struct Home {
    pub(crate) dir: tempfile::TempDir,
}

impl Home {
    /// A configuration with these feeds and sinks, and one watchlist that fires on "sabotage".
    pub(crate) fn new(config: &str) -> Self {
        let home = Self { dir: tempfile::tempdir().unwrap() };
        home.configure(config);
        fs::create_dir(home.path("watchlists")).unwrap();
        home.write("watchlists/words.toml", "keywords = [\"sabotage\"]\n");
        home
    }

    pub(crate) fn configure(&self, config: &str) {
        self.write("newswatch.toml", format!("state_dir = \"state\"\n[poll]\nhost_gap = \"0s\"\n{config}"));
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        fs::write(self.path(name), text).unwrap();
    }

    /// How many whole lines a file sink has so far: the daemon may be in the middle of one.
    pub(crate) fn count(&self, name: &str) -> usize {
        fs::read_to_string(self.path(name)).unwrap_or_default().matches('\n').count()
    }

    /// The whole lines of a file sink; every one of them is a JSON document.
    pub(crate) fn lines(&self, name: &str) -> Vec<serde_json::Value> {
        let text = fs::read_to_string(self.path(name)).unwrap_or_default();
        assert!(text.is_empty() || text.ends_with('\n'), "a torn line: {text:?}");
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The whole lines of a file sink that rotates: of the files in `folder` whose names begin
    /// with its own, unpacked, the newest last.
    pub(crate) fn rotated_lines(&self, folder: &str, name: &str) -> Vec<serde_json::Value> {
        let mut names: Vec<String> = fs::read_dir(self.path(folder))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            // What is being compressed is no file of lines yet.
            .filter(|it| it.starts_with(name) && Path::new(it).extension().is_none_or(|extension| extension != "tmp"))
            .collect();
        names.sort();
        // The newest has the bare name.
        if names.first().is_some_and(|first| first == name) {
            names.rotate_left(1);
        }
        let read = |it: &String| {
            let text = unpacked(&self.path(folder).join(it));
            assert!(text.is_empty() || text.ends_with('\n'), "a torn line in {it}: {text:?}");
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect::<Vec<_>>()
        };
        names.iter().flat_map(read).collect()
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_newswatch"));
        command.arg("--config").arg(self.path("newswatch.toml")).args(arguments);
        let others = ["STATE_DIRECTORY", "NOTIFY_SOCKET", "JOURNAL_STREAM", "FAILPOINTS", "NEWSWATCH_LOG_FORMAT"];
        for name in ["http_proxy", "https_proxy"].into_iter().chain(others) {
            command.env_remove(name);
        }
        command
    }

    /// Runs a command to its end.
    pub(crate) async fn run(&self, arguments: &[&str]) -> Output {
        let mut command = self.command(arguments);
        // The servers that it talks to live on this thread.
        tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
    }

    /// `run --once`, which must end well; what it said on stderr.
    pub(crate) async fn once(&self) -> String {
        let output = self.run(&["run", "--once"]).await;
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{said}");
        said
    }

    pub(crate) async fn json(&self, arguments: &[&str]) -> serde_json::Value {
        let output = self.run(arguments).await;
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{arguments:?}: {error}: {output:?}"))
    }

    pub(crate) fn start(&self) -> Daemon {
        Daemon::start(&mut self.command(&["run"]))
    }
}

/// A running daemon; killed when the test ends, however it ends.
pub(crate) struct Daemon {
    pub(crate) child: Child,
    pub(crate) said: mpsc::Receiver<String>,
    pub(crate) printed: mpsc::Receiver<String>,
}

impl Daemon {
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let said = lines(child.stderr.take().unwrap());
        let printed = lines(child.stdout.take().unwrap());
        Self { child, said, printed }
    }

    /// Waits for a line on stderr that contains all of `parts`.
    pub(crate) async fn says(&self, parts: &[&str]) -> String {
        wait_for(&self.said, parts).await
    }

    /// Waits for a line on stdout that contains all of `parts`.
    pub(crate) async fn prints(&self, parts: &[&str]) -> String {
        wait_for(&self.printed, parts).await
    }

    /// Waits until it catches a signal, which until then ends it as it ends any program, or has ended.
    pub(crate) async fn listens(&mut self, signal: rustix::process::Signal) {
        let status = format!("/proc/{}/status", self.child.id());
        let caught = || {
            let status = std::fs::read_to_string(&status).unwrap();
            let mask = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap().trim();
            u64::from_str_radix(mask, 16).unwrap() >> (signal.as_raw() - 1) & 1 == 1
        };
        for _ in 0..LIMIT.as_millis() / 20 {
            if caught() || self.child.try_wait().unwrap().is_some() {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        panic!("the program never catches {signal:?}");
    }

    pub(crate) fn signal(&self, signal: rustix::process::Signal) {
        rustix::process::kill_process(rustix::process::Pid::from_child(&self.child), signal).unwrap();
    }

    /// Waits for its end.
    pub(crate) async fn ends(&mut self) -> ExitStatus {
        for _ in 0..LIMIT.as_millis() / 20 {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        panic!("the daemon does not end; it said last: {:?}", self.said.try_iter().last());
    }

    pub(crate) async fn stop(mut self) {
        self.stop_well().await;
    }

    /// Stops it, and stays to say what it printed.
    pub(crate) async fn stop_well(&mut self) {
        self.listens(rustix::process::Signal::TERM).await;
        self.signal(rustix::process::Signal::TERM);
        assert!(self.ends().await.success());
    }

    /// Of a daemon that has ended: the ids of the alerts on its stdout, save a line that was torn.
    pub(crate) fn printed_ids(&self) -> Vec<String> {
        let alerts = self.printed.iter().filter_map(|line| serde_json::from_str::<serde_json::Value>(&line).ok());
        alerts.map(|alert| alert["id"].as_str().unwrap().to_owned()).collect()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Kills the program when the test ends, however it ends.
pub(crate) struct Running(pub(crate) Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The lines of a stream as they come.
pub(crate) fn lines(stream: impl std::io::Read + Send + 'static) -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    receiver
}

pub(crate) async fn wait_for(stream: &mpsc::Receiver<String>, parts: &[&str]) -> String {
    let mut heard = Vec::new();
    let found = tokio::time::timeout(LIMIT, async {
        loop {
            match stream.try_recv() {
                Ok(line) if parts.iter().all(|part| line.contains(part)) => return line,
                Ok(line) => heard.push(line),
                Err(mpsc::TryRecvError::Empty) => tokio::time::sleep(std::time::Duration::from_millis(10)).await,
                Err(mpsc::TryRecvError::Disconnected) => std::future::pending().await,
            }
        }
    });
    let found = found.await;
    found.unwrap_or_else(|_| panic!("no line with {parts:?} came; these did: {heard:#?}"))
}

/// Waits until something holds, for [`LIMIT`] at most.
pub(crate) async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let waiting = async {
        while !holds().await {
            tokio::time::sleep(std::time::Duration::from_millis(30)).await;
        }
    };
    assert!(tokio::time::timeout(LIMIT, waiting).await.is_ok(), "{what}");
}

/// An RSS document of so many items that fire, numbered from `from`.
pub(crate) fn rss(from: u32, count: u32) -> String {
    let item = |n| {
        format!(
            "<item><title>Act of sabotage, number {n}</title><guid>g{n}</guid><link>https://news.example/{n}</link></item>"
        )
    };
    let items: String = (from..from + count).map(item).collect();
    format!("<rss version=\"2.0\"><channel><title>Test</title>{items}</channel></rss>")
}

pub(crate) fn titles(alerts: &[serde_json::Value]) -> Vec<&str> {
    let mut titles: Vec<&str> = alerts.iter().map(|alert| alert["data"]["item"]["title"].as_str().unwrap()).collect();
    titles.sort_unstable();
    titles
}

pub(crate) fn exists(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}
