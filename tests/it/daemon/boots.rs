//! The package in a Debian that a real systemd has booted: start, alert, reload, a bad reload,
//! kill, watchdog, upgrade, stop, removal (`tests/it/data/guest.sh`). Needs root,
//! `systemd-nspawn` and `debootstrap`, which fetches the system once into `target/tmp`;
//! `NEWSWATCH_DEBIAN` may name a folder that holds one.

use crate::packaging::package;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

/// What the system consists of beside the least.
const INCLUDE: &str = "--include=systemd,systemd-sysv,dbus,bsdutils,ca-certificates";

/// The unit that runs the guest's part.
const UNIT: &str = "[Unit]\nAfter=basic.target\n[Service]\nType=oneshot\nStandardOutput=null\n\
                    ExecStart=/bin/bash /test/guest.sh\n";

/// How long the guest may take.
const LIMIT: Duration = Duration::from_mins(8);

/// A Debian to boot; `None`, with a message, where there can be none.
fn debian() -> Option<PathBuf> {
    let given = std::env::var_os("NEWSWATCH_DEBIAN").map(PathBuf::from);
    let skipped = |reason: &str| {
        println!("skipped: {reason}");
        None
    };
    if !rustix::process::geteuid().is_root() {
        return skipped("only root may boot a system");
    }
    let there = |program: &str| Command::new(program).arg("--version").output().is_ok();
    if !there("systemd-nspawn") {
        return skipped("there is no systemd-nspawn (Debian: systemd-container)");
    }
    if given.is_some() {
        return given;
    }
    let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join("debian");
    if kept.join("usr/bin/dpkg").is_file() {
        return Some(kept);
    }
    if !there("debootstrap") {
        return skipped("there is no debootstrap");
    }
    let fresh = kept.with_extension("new");
    let _ = fs::remove_dir_all(&fresh);
    let mut command = Command::new("debootstrap");
    let made = command.args(["--variant=minbase", INCLUDE, "bookworm"]).arg(&fresh).output().unwrap();
    if !made.status.success() {
        return skipped(&format!("debootstrap fails: {}", String::from_utf8_lossy(&made.stdout)));
    }
    fs::rename(&fresh, &kept).unwrap();
    Some(kept)
}

/// Boots a copy of the system, which the guest turns off when it is done.
fn boot(system: &Path, folder: &Path) -> Output {
    let copy = folder.join("system");
    let copied = Command::new("cp").arg("-a").args([system, &copy]).status().unwrap();
    assert!(copied.success());
    let units = copy.join("etc/systemd/system");
    fs::write(units.join("newswatch-test.service"), UNIT).unwrap();
    let wants = units.join("multi-user.target.wants");
    fs::create_dir_all(&wants).unwrap();
    symlink("../newswatch-test.service", wants.join("newswatch-test.service")).unwrap();
    let mut command = Command::new("timeout");
    command.args(["--kill-after=10", &LIMIT.as_secs().to_string(), "systemd-nspawn", "--quiet"]);
    command.args(["--register=no", "--keep-unit", "--private-network", "--boot"]);
    command.arg(format!("--bind={}:/test", folder.join("shared").display()));
    command.arg("--directory").arg(copy).stdin(Stdio::null()).output().unwrap()
}

#[test]
fn the_package_lives_under_a_real_systemd() {
    let Some(system) = debian() else { return };
    let folder = tempfile::tempdir().unwrap();
    let shared = folder.path().join("shared");
    fs::create_dir(&shared).unwrap();
    for (name, version) in [("first", "0.1"), ("second", "0.2")] {
        let Some(package) = package(folder.path(), version) else { return };
        fs::rename(package, shared.join(name).with_extension("deb")).unwrap();
    }
    let guest = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/data/guest.sh");
    fs::copy(guest, shared.join("guest.sh")).unwrap();
    let output = boot(&system, folder.path());
    let said = |name: &str| fs::read_to_string(shared.join(name)).unwrap_or_default();
    let log = said("log");
    if log.is_empty() {
        println!("skipped: no system can be booted here: {}", String::from_utf8_lossy(&output.stderr));
        return;
    }
    assert!(log.ends_with("done\n") && !log.contains("failed"), "{log}\n{}", said("output"));
}
