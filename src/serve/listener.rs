//! The listener: TCP connections of programs that may be slow, many or hostile.
//! A reload exchanges its token, or all of it where the address changes.

use super::access::{Door, Token};
use super::{Api, router};
use crate::config::Listen;
use crate::config::secret::Secret;
use arc_swap::ArcSwapOption;
use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinHandle;
use tokio_io_timeout::TimeoutStream;
use tokio_util::sync::{CancellationToken, DropGuard};
use tracing::{debug, info, warn};

/// Connections at a time; more wait until one ends.
const CONNECTIONS: usize = 256;

/// How long the head of a request may take to come, and how long a connection may be idle.
const HEAD: Duration = Duration::from_secs(15);

/// The largest head of a request, in bytes.
const HEAD_SIZE: usize = 32 << 10;

/// How long a caller may leave an answer unread.
const STALL: Duration = Duration::from_secs(20);

/// How long requests under way may take when the listener ends.
const GRACE: Duration = Duration::from_secs(3);

/// A listener that is bound.
#[derive(Debug)]
pub struct Listener {
    /// Where the configuration wants it.
    wanted: SocketAddr,
    /// Where it is.
    address: SocketAddr,
    token: Arc<ArcSwapOption<Token>>,
    /// `None`: it is served.
    waiting: Option<TcpListener>,
    serving: Option<Serving>,
}

/// A listener at work; it ends when this is dropped.
#[derive(Debug)]
struct Serving {
    _stop: DropGuard,
    /// Holds the socket.
    accepting: JoinHandle<()>,
}

impl Listener {
    /// Binds; callers wait until it is served.
    ///
    /// # Errors
    /// Why it cannot be bound, and what to do.
    pub async fn bind(listen: &Listen) -> Result<Self, String> {
        let explain = |error: io::Error| cannot(listen.address, &error);
        let listener = TcpListener::bind(listen.address).await.map_err(explain)?;
        let address = listener.local_addr().map_err(explain)?;
        let token = Arc::new(ArcSwapOption::from_pointee(listen.token.as_ref().map(Token::new)));
        Ok(Self { wanted: listen.address, address, token, waiting: Some(listener), serving: None })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves from now on, until it is dropped or the daemon stops.
    pub fn serve(&mut self, api: &Api) {
        let Some(listener) = self.waiting.take() else { return };
        let stop = api.stop.child_token();
        info!("listening on http://{}", self.address);
        let router = router(api.clone(), Door::Listener(Arc::clone(&self.token)));
        let accepting = tokio::spawn(accept(listener, router, stop.clone()));
        self.serving = Some(Serving { _stop: stop.drop_guard(), accepting });
    }

    /// Whether a configuration is served by it as it is.
    fn suits(&self, listen: &Listen) -> bool {
        self.wanted == listen.address
    }

    /// Asks for this token from now on; what was let in by another one ends.
    fn ask_for(&self, token: Option<&Secret>) {
        let known = self.token.load().as_ref().zip(token).is_some_and(|(known, it)| known.is(it.expose().as_bytes()));
        if known {
            return;
        }
        self.token.store(token.map(|token| Arc::new(Token::new(token))));
    }
}

/// Goes on with another configuration.
///
/// # Errors
/// Why it cannot be bound; the one before goes on.
pub async fn exchange(before: &mut Option<Listener>, listen: Option<&Listen>, api: &Api) -> Result<(), String> {
    let Some(listen) = listen else {
        *before = None;
        return Ok(());
    };
    if let Some(same) = before.as_ref().filter(|before| before.suits(listen)) {
        same.ask_for(listen.token.as_ref());
        return Ok(());
    }
    let mut next = match Listener::bind(listen).await {
        Ok(next) => next,
        Err(reason) => Listener::bind_in_place_of(before, listen, api).await.ok_or(reason)?,
    };
    next.serve(api);
    *before = Some(next);
    Ok(())
}

impl Listener {
    /// Two addresses with one port (127.0.0.1 and 0.0.0.0) exclude each other: the one before
    /// makes room, and comes back where that does not help.
    async fn bind_in_place_of(before: &mut Option<Self>, listen: &Listen, api: &Api) -> Option<Self> {
        let old = before.take_if(|before| before.address.port() == listen.address.port())?;
        let Self { address, token, serving, .. } = old;
        if let Some(Serving { _stop: stop, accepting }) = serving {
            drop(stop);
            // With it goes the socket.
            let _ = accepting.await;
        }
        if let Ok(next) = Self::bind(listen).await {
            return Some(next);
        }
        match TcpListener::bind(address).await {
            Ok(listener) => {
                let mut again = Self { wanted: address, address, token, waiting: Some(listener), serving: None };
                again.serve(api);
                *before = Some(again);
            }
            Err(error) => warn!("{}; the API is not served until a reload", cannot(address, &error)),
        }
        None
    }
}

fn cannot(address: SocketAddr, error: &io::Error) -> String {
    let advice = match error.kind() {
        io::ErrorKind::AddrInUse => "another program listens there: stop it, or choose another port",
        io::ErrorKind::AddrNotAvailable => "this machine does not have that address",
        io::ErrorKind::PermissionDenied => "ports below 1024 need a privilege: choose a higher one",
        _ => "choose another address",
    };
    format!("[listen] cannot listen on {address}: {error}; {advice}")
}

/// Takes connections until it is stopped.
async fn accept(listener: TcpListener, router: Router, stop: CancellationToken) {
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let next = async { (Arc::clone(&room).acquire_owned().await, listener.accept().await) };
        let accepted = tokio::select! {
            () = stop.cancelled() => return,
            accepted = next => accepted,
        };
        match accepted {
            (Err(_), _) => return,
            (Ok(permit), Ok((stream, _))) => {
                tokio::spawn(connection(stream, router.clone(), stop.clone(), permit));
            }
            (Ok(_), Err(error)) => {
                // The caller has gone already, or there are no more file descriptors: others come.
                debug!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

async fn connection(stream: TcpStream, router: Router, stop: CancellationToken, _permit: OwnedSemaphorePermit) {
    let _ = stream.set_nodelay(true);
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(STALL));
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD).max_buf_size(HEAD_SIZE);
    let mut served = pin!(http.serve_connection(TokioIo::new(Box::pin(stream)), TowerToHyperService::new(router)));
    let ended = tokio::select! {
        ended = served.as_mut() => ended,
        () = stop.cancelled() => {
            served.as_mut().graceful_shutdown();
            match tokio::time::timeout(GRACE, served.as_mut()).await {
                Ok(ended) => ended,
                Err(_) => return,
            }
        }
    };
    if let Err(error) = ended {
        debug!(%error, "a connection ended badly");
    }
}
