//! Both ends of the benchmark on loopback: feeds that bring a new item with every
//! answer, and a receiver that takes every alert and notes how old it is.

use jiff::Timestamp;
use std::collections::HashMap;
use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// A receiver of webhooks.
pub(crate) struct Receiver {
    pub(crate) port: u16,
    taken: Arc<Taken>,
}

#[derive(Default)]
struct Taken {
    count: AtomicUsize,
    ages: Mutex<Vec<f64>>,
}

impl Receiver {
    /// How many alerts came.
    pub(crate) fn count(&self) -> usize {
        self.taken.count.load(Ordering::Relaxed)
    }

    /// Begins to count anew.
    pub(crate) fn forget(&self) {
        self.taken.count.store(0, Ordering::Relaxed);
    }

    /// How old each was when it came, in milliseconds.
    pub(crate) fn ages(&self) -> Vec<f64> {
        self.taken.ages.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Starts a receiver.
pub(crate) async fn receiver() -> Receiver {
    let taken = Arc::new(Taken::default());
    let noting = Arc::clone(&taken);
    let port = serve(move |request| {
        let age = age(request, Timestamp::now());
        noting.ages.lock().unwrap_or_else(PoisonError::into_inner).extend(age);
        noting.count.fetch_add(1, Ordering::Relaxed);
        b"HTTP/1.1 204 No Content\r\n\r\n".to_vec()
    });
    Receiver { port: port.await, taken }
}

/// Feeds, one at each path.
pub(crate) struct Feeds {
    pub(crate) port: u16,
    asked: Arc<Mutex<HashMap<String, Vec<Instant>>>>,
}

impl Feeds {
    /// The times between two requests for the same feed, the second of them later than this.
    pub(crate) fn gaps(&self, since: Instant) -> impl Iterator<Item = Duration> {
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let pairs = asked.values().flat_map(|times| times.array_windows());
        let gaps = pairs.filter(|[_, second]| *second > since).map(|[first, second]| second.duration_since(*first));
        gaps.collect::<Vec<_>>().into_iter()
    }
}

/// Starts feeds.
pub(crate) async fn feeds() -> Feeds {
    let numbers = AtomicUsize::new(0);
    let asked = Arc::new(Mutex::new(HashMap::<String, Vec<Instant>>::new()));
    let noting = Arc::clone(&asked);
    let port = serve(move |request| {
        let path = String::from_utf8_lossy(request).split(' ').nth(1).unwrap_or_default().to_owned();
        noting.lock().unwrap_or_else(PoisonError::into_inner).entry(path).or_default().push(Instant::now());
        let number = numbers.fetch_add(1, Ordering::Relaxed);
        let item = format!("<item><title>Act of sabotage, number {number}</title><guid>g{number}</guid></item>");
        let body = format!("<rss version=\"2.0\"><channel><title>Test</title>{item}</channel></rss>");
        format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len()).into_bytes()
    });
    Feeds { port: port.await, asked }
}

/// How old the alert in a document is, in milliseconds.
pub(crate) fn age(document: &[u8], now: Timestamp) -> Option<f64> {
    let text = String::from_utf8_lossy(document);
    let time: Timestamp = text.split("\"time\":\"").nth(1)?.split('"').next()?.parse().ok()?;
    Some(now.duration_since(time).as_secs_f64() * 1000.0)
}

/// Answers every request on every loopback address of a port.
async fn serve(answer: impl Fn(&[u8]) -> Vec<u8> + Send + Sync + 'static) -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0)).await.expect("a port");
    let port = listener.local_addr().expect("bound").port();
    let answer = Arc::new(answer);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(connection(stream, Arc::clone(&answer)));
        }
    });
    port
}

async fn connection(mut stream: TcpStream, answer: Arc<impl Fn(&[u8]) -> Vec<u8>>) {
    let _ = stream.set_nodelay(true);
    let mut buffer = Vec::with_capacity(8 * 1024);
    loop {
        let end = loop {
            if let Some(end) = whole(&buffer) {
                break end;
            }
            if stream.read_buf(&mut buffer).await.unwrap_or(0) == 0 {
                return;
            }
        };
        if stream.write_all(&answer(&buffer[..end])).await.is_err() {
            return;
        }
        buffer.drain(..end);
    }
}

/// Where the first request ends, once it is there.
fn whole(buffer: &[u8]) -> Option<usize> {
    let head = buffer.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    let text = String::from_utf8_lossy(&buffer[..head]).to_ascii_lowercase();
    let length = text.split("content-length:").nth(1).and_then(|rest| rest.lines().next()?.trim().parse().ok());
    let end = head + length.unwrap_or(0);
    (buffer.len() >= end).then_some(end)
}
