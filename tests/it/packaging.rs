//! What the Debian package holds (`[package.metadata.deb]`): what is made of other files is
//! up to date, nothing is missing, and a package that is put together from it as `cargo deb`
//! would installs, upgrades, is removed and purged.

use crate::tidy::root;
use expect_test::expect_file;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use toml::Value;

fn newswatch(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_newswatch")).args(arguments).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn packaged_completions_are_those_of_the_program() {
    expect_file!["../../packaging/completions/newswatch.bash"].assert_eq(&newswatch(&["completions", "bash"]));
    expect_file!["../../packaging/completions/_newswatch"].assert_eq(&newswatch(&["completions", "zsh"]));
    expect_file!["../../packaging/completions/newswatch.fish"].assert_eq(&newswatch(&["completions", "fish"]));
}

#[test]
fn packaged_manual_pages_are_those_of_the_program() {
    let made = tempfile::tempdir().unwrap();
    newswatch(&["man", "--out", made.path().to_str().unwrap()]);
    let names = |folder: &Path| {
        let entries = fs::read_dir(folder).into_iter().flatten();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    };
    let shipped = root().join("packaging/man");
    for name in names(made.path()) {
        let page = fs::read_to_string(made.path().join(&name)).unwrap();
        expect_file![shipped.join(&name)].assert_eq(&page);
    }
    assert_eq!(names(&shipped), names(made.path()), "a page of a command that is no more");
}

#[test]
fn the_packaged_configuration_is_the_shipped_one_with_its_state_in_its_place() {
    let shipped = fs::read_to_string(root().join("config/newswatch.toml")).unwrap();
    let packaged = shipped
        .replace("# state_dir = \"/var/lib/newswatch\"", "state_dir = \"/var/lib/newswatch\"")
        .replace("format = \"pretty\"             #", "format = \"journal\"            #");
    assert_eq!(packaged.lines().zip(shipped.lines()).filter(|(one, other)| one != other).count(), 2);
    expect_file!["../../packaging/newswatch.toml"].assert_eq(&packaged);
}

fn metadata() -> (Value, String) {
    let manifest: Value = toml::from_str(&fs::read_to_string(root().join("Cargo.toml")).unwrap()).unwrap();
    let package = &manifest["package"];
    (package["metadata"]["deb"].clone(), package["version"].as_str().unwrap().to_owned())
}

#[test]
fn the_changelog_of_the_package_begins_with_this_version_and_its_description_fits() {
    let (deb, version) = metadata();
    let changelog = fs::read_to_string(root().join(deb["changelog"].as_str().unwrap())).unwrap();
    let first = changelog.lines().next().unwrap();
    assert!(first.starts_with(&format!("newswatch ({version}-1) ")), "{first}");
    assert!(changelog.contains(&format!("\n -- {}  ", deb["maintainer"].as_str().unwrap())), "{changelog}");
    // What is longer is broken into two by `cargo deb`, and the second is no synopsis.
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let synopsis = manifest.lines().find_map(|line| line.strip_prefix("description = ")).unwrap();
    let lines = deb["extended-description"].as_str().unwrap().lines().chain([synopsis]);
    assert_eq!(lines.filter(|line| line.len() > 72).collect::<Vec<_>>(), [""; 0]);
}

/// The files of a package: where each comes from, where it goes, its mode.
fn assets(deb: &Value) -> Vec<(PathBuf, String, u32)> {
    let mut assets = Vec::new();
    for asset in deb["assets"].as_array().unwrap() {
        let part = |index: usize| asset[index].as_str().unwrap();
        let (source, target, mode) = (part(0), part(1), u32::from_str_radix(part(2), 8).unwrap());
        if source == "target/release/newswatch" {
            assets.push((PathBuf::from(env!("CARGO_BIN_EXE_newswatch")), target.to_owned(), mode));
            continue;
        }
        let Some((folder, pattern)) = source.rsplit_once('/').filter(|(_, name)| name.contains('*')) else {
            assets.push((root().join(source), target.to_owned(), mode));
            continue;
        };
        let ending = pattern.trim_start_matches('*');
        let entries = fs::read_dir(root().join(folder)).unwrap_or_else(|error| panic!("{folder}: {error}"));
        let files = entries.map(|entry| entry.unwrap().path());
        let files: Vec<_> = files.filter(|file| file.to_str().unwrap().ends_with(ending)).collect();
        assert!(!files.is_empty(), "{source} is nothing");
        for file in files {
            let name = file.file_name().unwrap().to_str().unwrap().to_owned();
            assets.push((file, format!("{target}{name}"), mode));
        }
    }
    assets
}

fn conffiles(deb: &Value) -> Vec<String> {
    let mut files: Vec<String> =
        deb["conf-files"].as_array().unwrap().iter().map(|file| file.as_str().unwrap().to_owned()).collect();
    files.sort();
    files
}

#[test]
fn every_file_of_the_package_is_there_and_what_is_in_etc_is_a_conffile() {
    let (deb, _) = metadata();
    let assets = assets(&deb);
    for (source, ..) in &assets {
        assert!(source.is_file(), "{} is missing", source.display());
    }
    let mut in_etc: Vec<String> = assets
        .iter()
        .filter(|(_, target, _)| target.starts_with("etc/"))
        .map(|(_, target, _)| format!("/{target}"))
        .collect();
    in_etc.sort();
    assert_eq!(in_etc, conffiles(&deb));
}

/// Puts a package of this version together, as `cargo deb` would; `None`, with a message,
/// where there is no `dpkg-deb`.
pub(crate) fn package(folder: &Path, version: &str) -> Option<PathBuf> {
    if Command::new("dpkg-deb").arg("--version").output().is_err() {
        println!("skipped: there is no dpkg-deb");
        return None;
    }
    let (deb, _) = metadata();
    let tree = folder.join(format!("tree-{version}"));
    for (source, target, mode) in assets(&deb) {
        let target = tree.join(target);
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        fs::copy(&source, &target).unwrap();
        fs::set_permissions(&target, fs::Permissions::from_mode(mode)).unwrap();
    }
    let control = tree.join("DEBIAN");
    fs::create_dir(&control).unwrap();
    fs::write(control.join("conffiles"), conffiles(&deb).join("\n") + "\n").unwrap();
    let text = format!(
        "Package: newswatch\nVersion: {version}\nArchitecture: {}\nMaintainer: {}\nSection: {}\nPriority: {}\n\
         Depends: init-system-helpers\nDescription: a test\n",
        architecture(),
        deb["maintainer"].as_str().unwrap(),
        deb["section"].as_str().unwrap(),
        deb["priority"].as_str().unwrap(),
    );
    fs::write(control.join("control"), text).unwrap();
    for script in fs::read_dir(root().join(deb["maintainer-scripts"].as_str().unwrap())).unwrap() {
        let script = script.unwrap();
        let target = control.join(script.file_name());
        fs::write(&target, fs::read(script.path()).unwrap()).unwrap();
        fs::set_permissions(&target, fs::Permissions::from_mode(0o755)).unwrap();
    }
    let file = folder.join(format!("newswatch_{version}.deb"));
    let mut build = Command::new("dpkg-deb");
    build.args(["--root-owner-group", "-Zgzip", "-z1", "--build"]).arg(&tree).arg(&file);
    let output = build.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    fs::remove_dir_all(tree).unwrap();
    Some(file)
}

fn architecture() -> String {
    let output = Command::new("dpkg").arg("--print-architecture").output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Another root, with a package database of its own.
struct Root(tempfile::TempDir);

impl Root {
    fn new() -> Self {
        let root = Self(tempfile::tempdir().unwrap());
        for folder in ["var/lib/dpkg/info", "var/lib/dpkg/updates", "var/lib/dpkg/triggers", "etc", "usr/bin"] {
            fs::create_dir_all(root.path(folder)).unwrap();
        }
        fs::write(root.path("var/lib/dpkg/status"), "").unwrap();
        root
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn dpkg(&self, arguments: &[&str]) {
        let mut command = Command::new("dpkg");
        command.arg(format!("--root={}", self.0.path().display()));
        // The scripts run outside, and keep to $DPKG_ROOT.
        command.args(["--force-script-chrootless", "--force-depends", "--force-not-root", "--force-confold"]);
        let output = command.args(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:#?}");
    }
}

#[test]
fn a_package_installs_upgrades_and_goes_and_keeps_the_state_until_it_is_purged() {
    let made = tempfile::tempdir().unwrap();
    let (Some(first), Some(second)) = (package(made.path(), "0.1"), package(made.path(), "0.2")) else { return };
    if !rustix::process::geteuid().is_root() {
        println!("skipped: only root may install packages");
        return;
    }
    let root = Root::new();
    root.dpkg(&["-i", first.to_str().unwrap()]);
    for name in [
        "usr/bin/newswatch",
        "lib/systemd/system/newswatch.service",
        "etc/newswatch/newswatch.toml",
        "usr/share/man/man1/newswatch-backtest.1",
        "usr/share/bash-completion/completions/newswatch",
        "usr/share/newswatch/schema/watchlist.json",
    ] {
        assert!(root.path(name).is_file(), "{name}");
    }
    assert!(root.path("etc/newswatch/schema").is_symlink());
    let enabled = root.path("etc/systemd/system/multi-user.target.wants/newswatch.service");
    assert!(!enabled.is_symlink(), "nobody asked for it to be enabled");
    // The program finds its configuration where it was put, and the configuration is fine.
    let output = Command::new(root.path("usr/bin/newswatch"))
        .args(["check", "--config"])
        .arg(root.path("etc/newswatch/newswatch.toml"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");

    let state = root.path("var/lib/private/newswatch/newswatch.db");
    fs::create_dir_all(state.parent().unwrap()).unwrap();
    fs::write(&state, "state").unwrap();
    let edited = root.path("etc/newswatch/newswatch.toml");
    fs::write(&edited, "# edited\n").unwrap();
    root.dpkg(&["-i", second.to_str().unwrap()]);
    assert_eq!((fs::read_to_string(&edited).unwrap().as_str(), state.is_file()), ("# edited\n", true));
    root.dpkg(&["-r", "newswatch"]);
    assert!(!root.path("usr/bin/newswatch").exists());
    assert_eq!((edited.is_file(), state.is_file()), (true, true), "a removal keeps configuration and state");
    fs::write(root.path("etc/newswatch/watchlists/own.toml"), "").unwrap();
    root.dpkg(&["-P", "newswatch"]);
    assert_eq!((edited.exists(), state.parent().unwrap().exists()), (false, false));
    assert!(root.path("etc/newswatch/watchlists/own.toml").is_file(), "what is the operator's own stays");
}
