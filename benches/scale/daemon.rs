//! The program while it runs, and what the system says of its process.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// How long anything may take.
const LIMIT: Duration = Duration::from_hours(1);

/// The program while it runs; ended when this is dropped.
pub(crate) struct Daemon {
    child: Child,
    said: mpsc::Receiver<String>,
}

impl Daemon {
    /// Runs it with a configuration of a folder.
    pub(crate) fn start(home: &Path, config: &str, arguments: &[&str]) -> Self {
        let binary = std::env::var_os("NEWSWATCH_BIN").unwrap_or_else(|| env!("CARGO_BIN_EXE_newswatch").into());
        let mut command = Command::new(binary);
        command.arg("--config").arg(home.join(config)).args(arguments);
        command.env_remove("NOTIFY_SOCKET").stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program");
        let (sender, said) = mpsc::channel();
        let lines = BufReader::new(child.stderr.take().expect("piped")).lines();
        std::thread::spawn(move || lines.map_while(Result::ok).try_for_each(|line| sender.send(line)));
        Self { child, said }
    }

    /// Its process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, signal: rustix::process::Signal) {
        let _ = rustix::process::kill_process(rustix::process::Pid::from_child(&self.child), signal);
    }

    /// The next line that contains this.
    pub(crate) fn wait_for(&self, part: &str) -> String {
        let mut last = String::new();
        let until = Instant::now() + LIMIT;
        while let Ok(line) = self.said.recv_timeout(until.saturating_duration_since(Instant::now())) {
            if line.contains(part) {
                return line;
            }
            last = line;
        }
        panic!("no line with {part:?} came; the last was {last:?}");
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.signal(rustix::process::Signal::TERM);
        let _ = self.child.wait();
    }
}

/// Processor time of a process so far (Linux, `proc(5)`, in steps of 10 ms).
pub(crate) fn cpu_ms(pid: u32) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks: Vec<u64> = after_name.split(' ').skip(12).take(2).filter_map(|ticks| ticks.parse().ok()).collect();
    ticks.iter().sum::<u64>() as f64 * 10.0
}

/// A line of a process's status, in KiB.
pub(crate) fn status_kib(pid: u32, name: &str) -> f64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kib| kib.parse().ok()).unwrap_or(0.0)
}
