//! The other end of the control socket: how a command asks the running daemon.

use super::problem::Problem;
use super::socket::SocketPath;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt;
use std::path::Path;

/// A connection to the running daemon.
#[derive(Debug)]
pub struct Client {
    http: reqwest::Client,
    _socket: SocketPath,
}

/// Why the daemon gave no answer.
#[derive(Debug)]
pub enum ClientError {
    /// No daemon runs on this state directory.
    NotRunning,
    /// It refused: what it said.
    Refused(Problem),
    /// The connection failed half-way.
    Broken(String),
}

impl fmt::Display for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotRunning => f.write_str("no daemon runs on this state directory"),
            Self::Refused(problem) => f.write_str(&problem.detail),
            Self::Broken(reason) => write!(f, "the daemon did not answer: {reason}"),
        }
    }
}

impl Client {
    /// A client for the daemon of a state directory; connects when it is used.
    ///
    /// # Errors
    /// [`ClientError::NotRunning`] where there is no socket.
    pub fn new(state_dir: &Path) -> Result<Self, ClientError> {
        let socket = SocketPath::of(state_dir).map_err(|_| ClientError::NotRunning)?;
        if !socket.path().exists() {
            return Err(ClientError::NotRunning);
        }
        let http = reqwest::Client::builder()
            .unix_socket(socket.path().to_owned())
            .no_proxy()
            .tls_certs_only([])
            .build()
            .map_err(|error| ClientError::Broken(error.to_string()))?;
        Ok(Self { http, _socket: socket })
    }

    /// `GET path`.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, ClientError> {
        self.send(self.http.get(url(path))).await
    }

    /// `POST path`, without a body.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn post<T: DeserializeOwned>(&self, path: &str) -> Result<T, ClientError> {
        self.send(self.http.post(url(path))).await
    }

    /// `POST path`, with a JSON body.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn post_json<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T, ClientError> {
        self.send(self.http.post(url(path)).json(body)).await
    }

    /// `DELETE path`.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn delete<T: DeserializeOwned>(&self, path: &str) -> Result<T, ClientError> {
        self.send(self.http.delete(url(path))).await
    }

    async fn send<T: DeserializeOwned>(&self, request: reqwest::RequestBuilder) -> Result<T, ClientError> {
        let answer = request.send().await.map_err(|error| {
            if error.is_connect() { ClientError::NotRunning } else { ClientError::Broken(error.to_string()) }
        })?;
        let fine = answer.status().is_success();
        let body = read(answer).await?;
        let broken = |error: serde_json::Error| ClientError::Broken(error.to_string());
        if fine {
            return serde_json::from_slice(&body).map_err(broken);
        }
        Err(ClientError::Refused(serde_json::from_slice(&body).map_err(broken)?))
    }
}

/// The answers of our own daemon need no cap.
#[expect(clippy::disallowed_methods, reason = "the other end is our own daemon on a socket only we can open")]
async fn read(answer: reqwest::Response) -> Result<Vec<u8>, ClientError> {
    Ok(answer.bytes().await.map_err(|error| ClientError::Broken(error.to_string()))?.to_vec())
}

/// The host in the URL only fills the `Host` header: the socket is what is dialled.
fn url(path: &str) -> String {
    format!("http://localhost{path}")
}
