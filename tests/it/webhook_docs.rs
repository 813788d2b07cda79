//! Every configuration, template and receiver of `docs/webhooks.md`.

use crate::home::{Home, Running, lines};
use crate::readme::{Block, blocks_of, forge, wait_for};
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::time::Duration;

#[path = "../../examples/receiver.rs"]
#[expect(dead_code, reason = "its `main` is for those who run it")]
mod receiver;

const LIMIT: Duration = Duration::from_mins(1);

/// The alerts of one item, to the receivers of the documentation.
const CONFIG: &str = "[[feed]]\nurl = \"local.xml\"\nfirst_poll = \"all\"\n[webhook.desk]\nurl = \"http://127.0.0.1:PORT/\"\n\
    secret = \"whsec_bmV3c3dhdGNoLXJlYWRtZS1leGFtcGxlLXNlY3JldC0wMQ==\"\n";

fn blocks(info: &str) -> Vec<Block> {
    blocks_of("docs/webhooks.md").into_iter().filter(|block| block.info == info).collect()
}

/// Writes the files that a configuration names: secrets as their keys want them, templates
/// as the documentation has them.
fn write_files(home: &Home, config: &str) {
    for line in config.lines() {
        let quoted: Vec<&str> = line.split('"').skip(1).step_by(2).collect();
        let content = match line.split([' ', '=']).next().unwrap() {
            "url_file" => "https://hooks.example.org/bot42:token/sendMessage",
            "secret_file" => "whsec_bmV3c3dhdGNoLXJlYWRtZS1leGFtcGxlLXNlY3JldC0wMQ==",
            "template" => {
                let head = format!("{{# {} #}}", quoted[0]);
                let template = blocks("jinja").into_iter().find(|block| block.text.starts_with(&head));
                home.write(quoted[0], template.unwrap_or_else(|| panic!("no template {}", quoted[0])).text);
                continue;
            }
            key if key.ends_with("_file") => "secret-of-the-documentation",
            "headers" => {
                home.write(quoted.last().unwrap(), "secret-of-the-documentation");
                continue;
            }
            _ => continue,
        };
        home.write(quoted[0], content);
    }
}

#[tokio::test]
async fn every_configuration_of_the_documentation_is_good() {
    let configs = blocks("toml");
    assert!(configs.len() >= 12, "only {} configurations were found", configs.len());
    for config in configs {
        let home = Home::new(&format!("[stdout.console]\n{}", config.text));
        write_files(&home, &config.text);
        let output = home.run(&["check", "--json"]).await;
        let said = String::from_utf8(output.stdout).unwrap();
        assert_eq!(said.trim(), r#"{"errors":[],"warnings":[]}"#, "{}", config.text);
    }
    let templates = blocks("jinja").len();
    assert!(templates >= 4, "only {templates} templates were found");
}

#[tokio::test]
async fn what_the_documentation_offers_to_other_languages_works() {
    for (info, interpreter, file) in [("python", "python3", "receiver.py"), ("js", "node", "receiver.mjs")] {
        if Command::new(interpreter).arg("--version").output().is_err() {
            println!("skipped: there is no {interpreter}");
            continue;
        }
        let port = free_port();
        let home = home(&port);
        let [block] = blocks(info).try_into().unwrap_or_else(|_| panic!("one {info} block"));
        home.write(file, block.text.replace("9000", &port));
        let mut command = Command::new(interpreter);
        command.arg(home.path(file)).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut running = Running(command.spawn().unwrap());
        let heard = lines(running.0.stdout.take().unwrap());
        wait_for(&port);
        forge(&port);
        home.once().await;
        let first = heard.recv_timeout(LIMIT).unwrap_or_else(|_| panic!("the {info} receiver heard nothing"));
        assert_eq!(first, "medium Act of sabotage, number 1", "{info}");
        assert_eq!(home.json(&["deliveries", "--json"]).await, serde_json::json!([]), "{info}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_receiver_in_rust_works_and_is_the_one_that_is_shown() {
    let source = std::fs::read_to_string("examples/receiver.rs").unwrap();
    let [shown] = blocks("rust").try_into().unwrap_or_else(|_| panic!("one block"));
    assert!(source.contains(&shown.text), "docs/webhooks.md shows another examples/receiver.rs");
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let serving = tokio::spawn(async move { axum::serve(listener, receiver::receiver()).await });
    let forged = port.clone();
    tokio::task::spawn_blocking(move || forge(&forged)).await.unwrap();
    let home = home(&port);
    home.once().await;
    assert_eq!(home.json(&["deliveries", "--json"]).await, serde_json::json!([]));
    serving.abort();
}

fn home(port: &str) -> Home {
    let home = Home::new(&CONFIG.replace("PORT", port));
    home.write("local.xml", crate::home::rss(1, 1));
    home
}

fn free_port() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string()
}
