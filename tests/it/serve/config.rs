//! `[listen]`: what is refused, and what a reload exchanges.

use super::*;
use newswatch::config::environment::Environment;
use newswatch::config::{self, Purpose};
use std::net::TcpListener;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

#[tokio::test]
async fn what_cannot_be_served_is_an_error_at_its_key() {
    for (listen, place, message) in [
        ("address = \"0.0.0.0:8471\"", "5:11", "is not loopback"),
        ("address = \"[::]:8471\"", "5:11", "is not loopback"),
        ("address = \"192.168.1.5:80\"", "5:11", "is not loopback"),
        ("address = \"localhost:8471\"", "5:11", "expected an address and a port"),
        ("address = \"127.0.0.1\"", "5:11", "expected an address and a port"),
        ("address = \"127.0.0.1:99999\"", "5:11", "expected an address and a port"),
        ("address = \"127.0.0.1:1\"\ntoken = \"two words\"", "6:9", "cannot be sent as a token"),
        ("address = \"127.0.0.1:1\"\ntoken_file = \"none\"", "6:14", "cannot be read"),
        ("address = \"127.0.0.1:1\"\ntoken = \"\"", "6:9", "is empty"),
        ("token = \"a\"", "4:1", "address"),
        ("adress = \"127.0.0.1:1\"", "5:1", "unknown key `adress`"),
    ] {
        let home = Home::new(&format!("[listen]\n{listen}\n"));
        let output = home.run(&["check"]).await;
        let said = String::from_utf8(output.stderr).unwrap() + &String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(78), "{listen}: {said}");
        let path = home.path("newswatch.toml").display().to_string();
        let error = said.lines().find(|line| line.starts_with("error:") && line.contains(message));
        let error = error.unwrap_or_else(|| panic!("{listen}: {said}"));
        assert!(error.starts_with(&format!("error: {path}:{place}:")), "{listen}: {error}");
    }
}

#[tokio::test]
async fn other_addresses_take_a_token_and_looking_takes_none() {
    let home = Home::new("[listen]\naddress = \"0.0.0.0:0\"\ntoken_file = \"api.token\"\n");
    let load = |purpose| config::load(&home.path("newswatch.toml"), &Environment::default(), purpose);
    assert!(load(Purpose::Run).is_err());
    assert!(load(Purpose::Look).is_ok(), "whoever looks at alerts need not know it");
    home.write("api.token", format!("{TOKEN}\n"));
    let listen = load(Purpose::Run).unwrap().listen.unwrap();
    assert!(!format!("{listen:?}").contains(TOKEN));
    assert_eq!(listen.token.unwrap().expose(), TOKEN);
}

#[tokio::test]
async fn a_port_that_is_taken_ends_the_start_with_74() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let home = Home::new(&format!("[listen]\naddress = \"{address}\"\n"));
    let output = home.run(&["run"]).await;
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(74), "{said}");
    assert!(said.contains(&format!("cannot listen on {address}")) && said.contains("another program"), "{said}");
    // Who does not listen needs no port.
    assert!(home.run(&["run", "--once"]).await.status.success());
}

#[tokio::test]
async fn a_reload_exchanges_token_and_address_and_keeps_what_works() {
    let served = Served::with_alerts(1).await;
    let status = async |caller: &Caller| caller.get("/api/v1/status").await.status;
    let configure = |listen: &str| {
        let text = format!("state_dir = \"state\"\nwatch_config = false\n{listen}");
        served.home.write("newswatch.toml", text);
    };
    // The same again: a stream that is open goes on. Another token ends it.
    let mut stream = served.caller.connect().await;
    let request = served.token().head("GET", "/api/v1/alerts/stream") + "\r\n";
    stream.write_all(request.as_bytes()).await.unwrap();
    configure(&with_token());
    assert!(served.home.run(&["reload", "--wait"]).await.status.success());
    let mut heard = Vec::new();
    let quiet = tokio::time::timeout(std::time::Duration::from_millis(300), stream.read_to_end(&mut heard)).await;
    assert!(quiet.is_err() && heard.starts_with(b"HTTP/1.1 200"), "{:?}", String::from_utf8_lossy(&heard));
    // Another token, at the same address.
    configure("[listen]\naddress = \"127.0.0.1:0\"\ntoken = \"other-token\"\n");
    assert!(served.home.run(&["reload", "--wait"]).await.status.success());
    assert_eq!(status(&served.token()).await, 401);
    let mut rest = Vec::new();
    // The answer ends; the connection stays for other calls until it is idle for too long.
    until("the stream has ended", async || {
        let mut part = [0; 100];
        let more = tokio::time::timeout(std::time::Duration::from_millis(20), stream.read(&mut part)).await;
        rest.extend(more.map_or(&[][..], |count| &part[..count.unwrap()]));
        rest.ends_with(b"0\r\n\r\n")
    })
    .await;
    let other = served.caller.clone().with("authorization", "Bearer other-token");
    assert_eq!(status(&other).await, 200);
    // An address that is taken: the one before goes on, with its token.
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    configure(&format!("[listen]\naddress = \"{}\"\n", taken.local_addr().unwrap()));
    let output = served.home.run(&["reload", "--wait"]).await;
    assert!(!output.status.success());
    assert!(String::from_utf8(output.stderr).unwrap().contains("cannot listen on"));
    assert_eq!(status(&other).await, 200);
    // The same port on all addresses: one excludes the other.
    let port = served.caller.address.rsplit(':').next().unwrap();
    configure(&format!("[listen]\naddress = \"0.0.0.0:{port}\"\ntoken = \"third-token\"\n"));
    let output = served.home.run(&["reload", "--wait"]).await;
    assert!(output.status.success(), "{output:?}");
    assert_eq!(status(&served.caller.clone().with("authorization", "Bearer third-token")).await, 200);
    let told = served.home.json(&["status", "--json"]).await;
    assert_eq!(told["configuration"]["listen"], json!(format!("0.0.0.0:{port}")));
    // None.
    configure("");
    assert!(served.home.run(&["reload", "--wait"]).await.status.success());
    until("nobody listens", async || tokio::net::TcpStream::connect(&served.caller.address).await.is_err()).await;
    assert_eq!(served.home.json(&["status", "--json"]).await["configuration"]["listen"], Value::Null);
    served.stop().await;
}

#[tokio::test]
async fn a_bad_reload_shows_in_ready_until_one_is_good() {
    let served = Served::with_alerts(1).await;
    // Without a token: it is for everyone.
    let ready = async || {
        let answer = served.caller.get("/health/ready").await;
        (answer.status, answer.text())
    };
    // It reloads when it is asked, and not by itself between.
    let good = std::fs::read_to_string(served.home.path("newswatch.toml")).unwrap();
    let good = format!("watch_config = false\n{good}");
    served.home.write("newswatch.toml", &good);
    assert!(served.home.run(&["reload", "--wait"]).await.status.success());
    let well = (200, "ready\n".to_owned());
    assert_eq!(ready().await, well);
    // What cannot be read, and what cannot be put into service.
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let elsewhere = good.replace("127.0.0.1:0", &taken.local_addr().unwrap().to_string());
    for bad in [format!("secret_key = \"hidden\"\n{good}"), elsewhere] {
        served.home.write("newswatch.toml", &bad);
        assert!(!served.home.run(&["reload", "--wait"]).await.status.success(), "{bad}");
        let said = "ready; the last reload failed, the configuration before it is in service\n".to_owned();
        assert_eq!(ready().await, (200, said), "{bad}");
        served.home.write("newswatch.toml", &good);
        assert!(served.home.run(&["reload", "--wait"]).await.status.success());
        assert_eq!(ready().await, well);
    }
    served.stop().await;
}
