//! A caller that writes its requests itself: what a client library would not send is
//! sent, too.

use serde_json::Value;
use std::fmt::Write as _;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// Calls one address.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    pub(super) address: String,
    headers: Vec<(String, String)>,
}

/// An answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl Answer {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(it, _)| it == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Reads an answer that a connection ends with.
    pub(super) fn read(bytes: &[u8]) -> Self {
        let head = bytes
            .windows(4)
            .position(|it| it == b"\r\n\r\n")
            .unwrap_or_else(|| panic!("{:?}", String::from_utf8_lossy(bytes)));
        let text = std::str::from_utf8(&bytes[..head]).unwrap();
        let mut lines = text.split("\r\n");
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let headers: Vec<_> = lines
            .map(|line| line.split_once(": ").unwrap())
            .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
            .collect();
        let mut answer = Self { status, headers, body: bytes[head + 4..].to_vec() };
        if answer.header("transfer-encoding") == Some("chunked") {
            answer.body = unchunked(&answer.body);
        }
        answer
    }
}

fn unchunked(mut rest: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(end) = rest.windows(2).position(|it| it == b"\r\n") {
        let size = usize::from_str_radix(std::str::from_utf8(&rest[..end]).unwrap(), 16).unwrap();
        body.extend(&rest[end + 2..end + 2 + size]);
        rest = &rest[end + 2 + size + 2..];
    }
    body
}

impl Caller {
    pub(super) fn new(address: String) -> Self {
        Self { address, headers: Vec::new() }
    }

    /// With one header more.
    pub(super) fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The head of a request.
    pub(super) fn head(&self, method: &str, target: &str) -> String {
        let mut head = format!("{method} {target} HTTP/1.1\r\n");
        if !self.headers.iter().any(|(name, _)| name == "host") {
            let _ = write!(head, "host: {}\r\n", self.address);
        }
        for (name, value) in &self.headers {
            let _ = write!(head, "{name}: {value}\r\n");
        }
        head
    }

    pub(super) async fn connect(&self) -> TcpStream {
        TcpStream::connect(&self.address).await.unwrap()
    }

    /// These bytes, and the answer to them.
    pub(super) async fn raw(&self, bytes: &[u8]) -> Answer {
        let mut stream = self.connect().await;
        // Who refuses early may close before all is sent.
        let _ = stream.write_all(bytes).await;
        let mut answer = Vec::new();
        let read = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut answer));
        let _ = read.await.expect("no answer");
        Answer::read(&answer)
    }

    pub(super) async fn get(&self, target: &str) -> Answer {
        self.call("GET", target, None).await
    }

    pub(super) async fn call(&self, method: &str, target: &str, body: Option<&Value>) -> Answer {
        let head = self.head(method, target) + "connection: close\r\n";
        let request = match body {
            None => head + "\r\n",
            Some(body) => {
                let body = body.to_string();
                format!("{head}content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}", body.len())
            }
        };
        self.raw(request.as_bytes()).await
    }
}
