//! The systemd unit, as `systemd-analyze` judges it where that is installed.

use std::process::Command;

const UNIT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/systemd/newswatch.service");

fn analyze(arguments: &[&str]) -> Option<(String, String)> {
    let Ok(output) = Command::new("systemd-analyze").args(arguments).output() else {
        println!("skipped: there is no systemd-analyze");
        return None;
    };
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Some((text(output.stdout), text(output.stderr)))
}

#[test]
fn its_exposure_is_low() {
    let Some((out, err)) = analyze(&["security", "--offline=true", "--no-pager", UNIT]) else { return };
    let Some(line) = out.lines().find(|line| line.contains("Overall exposure level")) else {
        println!("skipped: this systemd-analyze judges no unit offline: {err}");
        return;
    };
    let score: f64 = line.split(": ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
    assert!(score <= 1.5, "{line}");
}

#[test]
fn it_has_no_unknown_key() {
    // It exits with 0 on an unknown key and only says so; that the program is not installed here is no fault.
    let Some((_, err)) = analyze(&["verify", UNIT]) else { return };
    let wrong: Vec<&str> = err.lines().filter(|line| line.contains("newswatch.service")).collect();
    let wrong: Vec<&&str> =
        wrong.iter().filter(|line| !line.contains("is not executable") && !line.contains("'man ")).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}
