//! Bad usage and missing parts: the exit statuses of the contract.

use crate::home::Home;

#[tokio::test]
async fn bad_usage_is_64() {
    let home = Home::new("");
    let bad: [&[&str]; 9] = [
        &["frobnicate"],
        &["run", "--twice"],
        &["run", "extra"],
        &["status", "--jsonn"],
        &["alerts", "--since", "yesterdayish"],
        &["alerts", "-n", "many"],
        &["fetch"],
        &["schema", "everything"],
        &["completions", "shellfish"],
    ];
    for arguments in bad {
        let output = home.run(arguments).await;
        assert_eq!(output.status.code(), Some(64), "{arguments:?}: {output:?}");
        assert!(output.stdout.is_empty(), "{arguments:?} prints no data");
        assert!(!output.stderr.is_empty(), "{arguments:?} says what is wrong");
    }
}

#[tokio::test]
async fn help_and_version_are_data() {
    let home = Home::new("");
    for arguments in [&["--help"][..], &["--version"], &["run", "--help"], &["help", "alerts"]] {
        let output = home.run(arguments).await;
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {output:?}");
        assert!(!output.stdout.is_empty() && output.stderr.is_empty(), "{arguments:?}: {output:?}");
        let wide = String::from_utf8_lossy(&output.stdout).lines().map(|line| line.chars().count()).max();
        assert!(wide <= Some(80), "{arguments:?} needs {wide:?} columns");
    }
}

#[tokio::test]
async fn without_a_configuration_it_says_how_to_name_one() {
    let home = Home::new("");
    std::fs::remove_file(home.path("newswatch.toml")).unwrap();
    for arguments in [&["run"][..], &["status"], &["check"], &["alerts"], &["feeds"], &["reload"]] {
        let output = home.run(arguments).await;
        assert_eq!(output.status.code(), Some(78), "{arguments:?}: {output:?}");
        assert!(String::from_utf8_lossy(&output.stderr).contains("newswatch.toml"), "{output:?}");
    }
}

#[tokio::test]
async fn a_command_for_the_daemon_is_74_where_none_runs() {
    let home = Home::new("");
    for arguments in [&["reload"][..], &["reload", "--wait"]] {
        let output = home.run(arguments).await;
        assert_eq!(output.status.code(), Some(74), "{output:?}");
        assert!(String::from_utf8_lossy(&output.stderr).contains("no daemon runs"), "{output:?}");
    }
}

#[tokio::test]
async fn commands_that_read_make_no_state() {
    let home = Home::new("");
    for arguments in [&["status"][..], &["alerts"], &["feeds"], &["check"], &["status", "--json"], &["feeds", "--json"]]
    {
        let output = home.run(arguments).await;
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {output:?}");
    }
    assert!(!crate::home::exists(&home.path("state")));
}
