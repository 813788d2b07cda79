//! The server of the benchmark, in a process of its own: every feed has twenty items, and an
//! `ETag` that changes with each phase.

#[path = "../../tests/it/engine/press/random.rs"]
mod random;

use random::Random;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, TcpListener as StdListener};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// Items in a document.
const ITEMS: usize = 20;

/// Paragraphs that items are made of; one in a hundred holds a name that is looked for.
const PARAGRAPHS: usize = 4_000;

/// What the feeds hold now: the number of the first of their twenty items, which go on from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Phase(pub(crate) u64);

impl Phase {
    /// The `ETag` of every document in this phase.
    pub(crate) fn etag(self) -> String {
        format!("\"phase-{}\"", self.0)
    }
}

/// Where a feed is: on an address of its own.
pub(crate) fn url(feed: usize, port: u16) -> String {
    let (high, low) = (feed / 250, feed % 250);
    let address = Ipv4Addr::new(127, (1 + high / 250) as u8, (high % 250) as u8, (1 + low) as u8);
    format!("http://{address}:{port}/news/{feed}/rss.xml")
}

/// A name that is looked for.
pub(crate) fn name(number: usize) -> String {
    let syllables = ["ba", "dor", "kim", "lu", "men", "ra", "sul", "tov", "vi", "zen"];
    let word = |number: usize| {
        let word: String = (0..4).map(|place| syllables[number / 10_usize.pow(place) % 10]).collect();
        word[..1].to_uppercase() + &word[1..]
    };
    format!("{} {}", word(number * 7_919), word(number))
}

/// Bytes of a document.
pub(crate) fn size() -> usize {
    document(0, Phase(20)).len()
}

/// The server, as its parent sees it. It ends when it is dropped.
pub(crate) struct FeedServer {
    pub(crate) child: Child,
    pub(crate) port: u16,
}

impl FeedServer {
    /// Starts it.
    pub(crate) fn start() -> Self {
        let mut command = Command::new(std::env::current_exe().expect("a path"));
        let mut child = command.arg("serve").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("a server");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("a port");
        Self { child, port: line.trim().parse().expect("a port") }
    }

    /// From now on the feeds hold this.
    pub(crate) fn enter(&self, phase: Phase) {
        self.ask(&format!("/phase/{}", phase.0));
    }

    /// How many documents it was asked for.
    pub(crate) fn requests(&self) -> u64 {
        self.ask("/requests").parse().unwrap_or(0)
    }

    fn ask(&self, path: &str) -> String {
        use std::io::Read as _;
        let mut stream = std::net::TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).expect("the server");
        write!(stream, "GET {path} HTTP/1.1\r\nconnection: close\r\n\r\n").expect("a request");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        answer.split("\r\n\r\n").nth(1).unwrap_or_default().to_owned()
    }
}

impl Drop for FeedServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[derive(Debug, Default)]
struct State {
    phase: AtomicU64,
    requests: AtomicU64,
}

/// Serves until it is killed, or its parent is gone.
pub(crate) fn serve() {
    let listener = StdListener::bind((Ipv4Addr::UNSPECIFIED, 0)).expect("a port");
    println!("{}", listener.local_addr().expect("bound").port());
    std::thread::spawn(|| {
        let _ = std::io::stdin().read_line(&mut String::new());
        std::process::exit(0);
    });
    paragraphs();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a thread");
    runtime.block_on(async {
        listener.set_nonblocking(true).expect("a socket");
        let listener = TcpListener::from_std(listener).expect("a socket");
        let state = Arc::new(State::default());
        loop {
            if let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(connection(stream, Arc::clone(&state)));
            }
        }
    });
}

/// Answers requests until the client has no more.
async fn connection(mut stream: TcpStream, state: Arc<State>) {
    let _ = stream.set_nodelay(true);
    let mut buffer = Vec::with_capacity(1024);
    loop {
        while !buffer.ends_with(b"\r\n\r\n") {
            if stream.read_buf(&mut buffer).await.unwrap_or(0) == 0 {
                return;
            }
        }
        let request = String::from_utf8_lossy(&buffer).into_owned();
        if stream.write_all(&answer(&request, &state)).await.is_err() || request.contains("connection: close") {
            return;
        }
        buffer.clear();
    }
}

fn answer(request: &str, state: &State) -> Vec<u8> {
    let path = request.split(' ').nth(1).unwrap_or_default();
    let mut parts = path.split('/').skip(1);
    let plain = |body: String| format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len()).into_bytes();
    match (parts.next(), parts.next().and_then(|number| number.parse::<u64>().ok())) {
        (Some("phase"), Some(phase)) => {
            state.phase.store(phase, Ordering::Relaxed);
            plain(String::new())
        }
        (Some("requests"), _) => plain(state.requests.load(Ordering::Relaxed).to_string()),
        (Some("news"), Some(feed)) => {
            state.requests.fetch_add(1, Ordering::Relaxed);
            let phase = Phase(state.phase.load(Ordering::Relaxed));
            let etag = phase.etag();
            if request.contains(&etag) {
                return format!("HTTP/1.1 304 Not Modified\r\netag: {etag}\r\n\r\n").into_bytes();
            }
            let body = document(feed as usize, phase);
            let length = body.len();
            let head = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: application/rss+xml\r\netag: {etag}\r\ncontent-length: {length}\r\n\r\n"
            );
            [head.as_bytes(), body.as_bytes()].concat()
        }
        _ => b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n".to_vec(),
    }
}

/// Twenty items that no other feed has.
fn document(feed: usize, phase: Phase) -> String {
    let mut document = String::with_capacity(24 * 1024);
    document += "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<rss version=\"2.0\"><channel><title>News ";
    document += &feed.to_string();
    document += "</title><link>https://news.example/</link>\n";
    let texts = paragraphs();
    for item in 0..ITEMS {
        let item = phase.0 as usize + item;
        let number = feed * 1_000 + item;
        let text = &texts[number.wrapping_mul(2_654_435_761) % texts.len()];
        let key = format!("{feed}-{item}");
        let title = text.split('.').next().unwrap_or_default();
        for part in [
            "<item><title>",
            title,
            " (",
            &key,
            ")</title><guid isPermaLink=\"false\">",
            &key,
            "</guid><link>https://news.example/",
            &key,
            "</link><pubDate>Tue, 24 Nov 2026 08:00:00 GMT</pubDate><description>&lt;p&gt;",
            text,
            "&lt;/p&gt;</description></item>\n",
        ] {
            document += part;
        }
    }
    document + "</channel></rss>"
}

/// What items are made of: 400 to 1,200 bytes of news-like text each.
fn paragraphs() -> &'static [String] {
    static TEXTS: OnceLock<Vec<String>> = OnceLock::new();
    TEXTS.get_or_init(|| {
        let words: Vec<&str> = WORDS.split_whitespace().collect();
        let mut random = Random(1);
        (0..PARAGRAPHS)
            .map(|number| {
                let (mut text, length) = (String::new(), 400 + random.below(800));
                while text.len() < length {
                    text += words[random.below(words.len())];
                    text += [" ", " ", " ", " ", " ", ", ", ". The "][random.below(7)];
                }
                if number % 100 == 0 {
                    text += &name(number);
                }
                text + "."
            })
            .collect()
    })
}

const WORDS: &str = "the a of to in and on for with at by from after before over under government minister police report \
    railway harbour city court election budget strike storm river bridge hospital school company market price energy \
    border army navy fleet cable pipeline network attack defence inquiry witness judge verdict appeal talks agreement \
    treaty visit summit speech vote party leader deputy council mayor resident farmer worker union factory plant \
    engine train station airport flight passenger driver road tunnel fire smoke rescue team doctor patient virus study \
    university professor student museum artist film music match goal season coach player club fans stadium said told \
    asked warned denied confirmed announced began ended opened closed rose fell grew lost won found left returned \
    new old large small early late first last next local national foreign public private serious quiet heavy light";
