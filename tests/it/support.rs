//! Servers and helpers that several subjects use.

use std::fmt::Write as _;
use std::io::{self, Read as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, Once, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinSet};

/// How long a test waits for something that should happen at once.
pub(crate) const LIMIT: Duration = Duration::from_secs(20);

/// Installs the TLS provider, as `main` does; may be called any number of times.
pub(crate) fn install_tls() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| rustls::crypto::ring::default_provider().install_default().expect("no provider before"));
}

/// A small disk, where the tests may mount one. It goes with its value.
pub(crate) struct SmallDisk {
    pub(crate) dir: PathBuf,
}

impl SmallDisk {
    /// Mounts one of this size at `dir`, which is made; `None`, with a message, where only root may.
    pub(crate) fn mount(dir: &Path, size: &str) -> Option<Self> {
        std::fs::create_dir_all(dir).unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"]).arg(dir);
        let mounted = mount.output().is_ok_and(|output| output.status.success());
        if !mounted {
            eprintln!("skipped: only root may mount a small disk");
        }
        mounted.then(|| Self { dir: dir.to_owned() })
    }

    /// Lets nobody write to it.
    pub(crate) fn protect(&self) {
        let mut mount = Command::new("mount");
        assert!(mount.args(["-o", "remount,ro"]).arg(&self.dir).status().unwrap().success());
    }

    /// Takes all the room that is left; gives the file that does.
    pub(crate) fn fill(&self) -> PathBuf {
        let ballast = self.dir.join("ballast");
        std::fs::write(&ballast, vec![0; 64 << 20]).unwrap_err();
        ballast
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.dir).status();
    }
}

/// The names that the sources give to `function`, sorted, each once.
pub(crate) fn points_in_source(function: &str) -> Vec<String> {
    let mut found = Vec::new();
    let call = format!("{function}(\"");
    for (_, source) in crate::tidy::rust_files("src") {
        let names = source.split(&call).skip(1);
        found.extend(names.map(|rest| rest.split('"').next().unwrap().to_owned()));
    }
    found.sort();
    found.dedup();
    found
}

/// Whether a file is called as what gzip makes is.
pub(crate) fn is_gzip(path: impl AsRef<Path>) -> bool {
    path.as_ref().extension().is_some_and(|extension| extension == "gz")
}

/// The text of a file, unpacked where it is compressed.
pub(crate) fn unpacked(path: &Path) -> String {
    let bytes = std::fs::read(path).unwrap();
    if !is_gzip(path) {
        return String::from_utf8(bytes).unwrap();
    }
    let mut text = String::new();
    flate2::read::GzDecoder::new(bytes.as_slice()).read_to_string(&mut text).unwrap();
    text
}

/// A request as it came over the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Request {
    /// `GET`, `POST`, …
    pub(crate) method: String,
    /// Path and query.
    pub(crate) target: String,
    /// In order, names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    /// The body.
    pub(crate) body: Vec<u8>,
}

impl Request {
    /// The first header of that name (in lower case).
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }
}

/// What the server does with a request.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    after: Option<Gate>,
    act: Act,
}

#[derive(Debug, Clone)]
enum Act {
    /// An answer with `content-length`; the connection is kept.
    Answer { status: u16, headers: Vec<(String, String)>, body: Vec<u8> },
    /// These bytes, whatever they are, then the end of the connection.
    Raw(Vec<u8>),
    /// These bytes, then these again and again until the client goes away.
    Endless(Vec<u8>, Vec<u8>),
    /// These bytes, then one more again and again with a pause before each.
    Dripping(Vec<u8>, u8),
    /// A reset (RST) without an answer.
    Reset,
    /// No answer; the connection stays open.
    Hang,
}

impl Reply {
    /// An answer with this status and no body.
    pub(crate) fn status(status: u16) -> Self {
        Self::act(Act::Answer { status, headers: Vec::new(), body: Vec::new() })
    }

    /// These bytes exactly, then the end of the connection: garbage, half an answer, nothing.
    pub(crate) fn raw(bytes: impl Into<Vec<u8>>) -> Self {
        Self::act(Act::Raw(bytes.into()))
    }

    /// `head`, then `piece` for ever.
    pub(crate) fn endless(head: impl Into<Vec<u8>>, piece: impl Into<Vec<u8>>) -> Self {
        Self::act(Act::Endless(head.into(), piece.into()))
    }

    /// `head`, then `byte` for ever, slowly.
    pub(crate) fn dripping(head: impl Into<Vec<u8>>, byte: u8) -> Self {
        Self::act(Act::Dripping(head.into(), byte))
    }

    /// A reset without an answer.
    pub(crate) fn reset() -> Self {
        Self::act(Act::Reset)
    }

    /// No answer, ever.
    pub(crate) fn hang() -> Self {
        Self::act(Act::Hang)
    }

    /// With one header more; only for [`Reply::status`].
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        if let Act::Answer { headers, .. } = &mut self.act {
            headers.push((name.to_owned(), value.to_owned()));
        }
        self
    }

    /// With this body; only for [`Reply::status`].
    pub(crate) fn body(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        if let Act::Answer { body, .. } = &mut self.act {
            *body = bytes.into();
        }
        self
    }

    /// Not before the gate opens.
    pub(crate) fn after(mut self, gate: &Gate) -> Self {
        self.after = Some(gate.clone());
        self
    }

    fn act(act: Act) -> Self {
        Self { after: None, act }
    }
}

/// Holds replies back until a test opens it.
#[derive(Debug, Clone)]
pub(crate) struct Gate(watch::Sender<bool>);

impl Gate {
    /// A closed gate.
    pub(crate) fn new() -> Self {
        Self(watch::Sender::new(false))
    }

    /// Lets everything through, now and from now on.
    pub(crate) fn open(&self) {
        self.0.send_replace(true);
    }

    async fn opened(&self) {
        let _ = self.0.subscribe().wait_for(|open| *open).await;
    }
}

/// An HTTP/1.1 server on loopback that answers as it is told and remembers every
/// request. It ends with its value.
#[derive(Debug)]
pub(crate) struct Server {
    address: SocketAddr,
    seen: watch::Receiver<Seen>,
    task: AbortHandle,
}

#[derive(Debug, Default)]
struct Seen {
    requests: Vec<Request>,
    connections: usize,
}

type Script = Mutex<Box<dyn FnMut(&Request) -> Reply + Send>>;

impl Server {
    /// Starts a server; `script` says what to do with each request, in the order of their arrival.
    pub(crate) async fn start(script: impl FnMut(&Request) -> Reply + Send + 'static) -> Self {
        Self::start_at(([127, 0, 0, 1], 0).into(), script).await
    }

    /// Starts a server at an address that nobody has, such as one of [`refused`].
    pub(crate) async fn start_at(address: SocketAddr, script: impl FnMut(&Request) -> Reply + Send + 'static) -> Self {
        let listener = TcpListener::bind(address).await.expect("loopback");
        let address = listener.local_addr().expect("bound");
        let (sender, seen) = watch::channel(Seen::default());
        let script: Arc<Script> = Arc::new(Mutex::new(Box::new(script)));
        let task = tokio::spawn(accept(listener, script, sender)).abort_handle();
        Self { address, seen, task }
    }

    /// A server that answers the replies in turn, and the last one ever after.
    pub(crate) async fn replies(replies: Vec<Reply>) -> Self {
        let mut replies = replies.into_iter().peekable();
        let mut last = Reply::status(200);
        Self::start(move |_| {
            if let Some(reply) = replies.next() {
                last = reply;
            }
            last.clone()
        })
        .await
    }

    /// `http://127.0.0.1:PORT` and a path.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// All requests so far.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.seen.borrow().requests.clone()
    }

    /// How many connections were made so far.
    pub(crate) fn connections(&self) -> usize {
        self.seen.borrow().connections
    }

    /// Waits until there are `count` requests, and gives them all.
    pub(crate) async fn wait_for(&self, count: usize) -> Vec<Request> {
        let mut seen = self.seen.clone();
        let reached = seen.wait_for(|seen| seen.requests.len() >= count);
        match tokio::time::timeout(LIMIT, reached).await {
            Ok(Ok(seen)) => seen.requests.clone(),
            _ => panic!("{} of {count} requests came: {:#?}", self.requests().len(), self.requests()),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// An address of loopback that refuses connections.
pub(crate) async fn refused() -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("loopback");
    listener.local_addr().expect("bound")
}

async fn accept(listener: TcpListener, script: Arc<Script>, seen: watch::Sender<Seen>) {
    // Dropped with the task, which ends every connection too.
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        seen.send_modify(|seen| seen.connections += 1);
        let (script, seen) = (Arc::clone(&script), seen.clone());
        connections.spawn(async move {
            let _ = serve(stream, &script, &seen).await;
        });
    }
}

/// One connection, request after request.
async fn serve(mut stream: TcpStream, script: &Script, seen: &watch::Sender<Seen>) -> io::Result<()> {
    let mut buffer = Vec::new();
    while let Some(request) = read_request(&mut stream, &mut buffer).await? {
        let reply = script.lock().unwrap_or_else(PoisonError::into_inner)(&request);
        seen.send_modify(|seen| seen.requests.push(request));
        if let Some(gate) = &reply.after {
            gate.opened().await;
        }
        match reply.act {
            Act::Answer { status, headers, body } => stream.write_all(&answer(status, &headers, &body)).await?,
            Act::Raw(bytes) => {
                stream.write_all(&bytes).await?;
                return stream.shutdown().await;
            }
            Act::Endless(head, piece) => {
                stream.write_all(&head).await?;
                loop {
                    stream.write_all(&piece).await?;
                }
            }
            Act::Dripping(head, byte) => {
                stream.write_all(&head).await?;
                loop {
                    stream.write_all(&[byte]).await?;
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            }
            Act::Reset => return stream.set_zero_linger(),
            Act::Hang => std::future::pending().await,
        }
    }
    Ok(())
}

fn answer(status: u16, headers: &[(String, String)], body: &[u8]) -> Vec<u8> {
    let mut out = format!("HTTP/1.1 {status} Status\r\n");
    for (name, value) in headers {
        let _ = write!(out, "{name}: {value}\r\n");
    }
    // 1xx, 204 and 304 have no body by definition.
    if !matches!(status, 100..200 | 204 | 304) {
        let _ = write!(out, "content-length: {}\r\n", body.len());
    }
    [out.as_bytes(), b"\r\n", body].concat()
}

/// `None` where the client has no more.
async fn read_request(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> io::Result<Option<Request>> {
    let end = loop {
        if let Some(at) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
            break at + 4;
        }
        if stream.read_buf(buffer).await? == 0 {
            return Ok(None);
        }
    };
    let head = String::from_utf8_lossy(&buffer[..end]).into_owned();
    let mut lines = head.lines();
    let mut first = lines.next().unwrap_or_default().split(' ').map(str::to_owned);
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length: usize = length.map_or(0, |(_, value)| value.parse().unwrap_or(0));
    while buffer.len() < end + length {
        if stream.read_buf(buffer).await? == 0 {
            return Ok(None);
        }
    }
    let body = buffer[end..end + length].to_vec();
    buffer.drain(..end + length);
    let (method, target) = (first.next().unwrap_or_default(), first.next().unwrap_or_default());
    Ok(Some(Request { method, target, headers, body }))
}
