//! Connections that read beside the writer, a few at a time, on blocking threads.

use super::{Error, open};
use rusqlite::Connection;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Semaphore;
use tokio::task;

/// Reads at a time.
const CONNECTIONS: usize = 4;

/// A pool of connections, opened when they are needed and kept.
#[derive(Debug)]
pub(super) struct Readers {
    path: PathBuf,
    idle: Arc<Mutex<Vec<Connection>>>,
    permits: Arc<Semaphore>,
}

impl Readers {
    /// A pool that begins with one open connection to the database at `path`.
    pub(super) fn new(path: PathBuf, first: Connection) -> Self {
        let permits = Arc::new(Semaphore::new(CONNECTIONS));
        Self { path, idle: Arc::new(Mutex::new(vec![first])), permits }
    }

    /// Runs `work` in a read transaction: all that it reads is of one moment.
    pub(super) async fn read<T, F>(&self, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, Error> + Send + 'static,
    {
        let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(|_| Error::Closed)?;
        let (path, idle) = (self.path.clone(), Arc::clone(&self.idle));
        let reading = task::spawn_blocking(move || {
            let _permit = permit;
            let kept = idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let connection = match kept {
                Some(connection) => connection,
                None => open::reader(&path)?,
            };
            let transaction = open::begin_to_read(&connection)?;
            let result = work(&transaction);
            transaction.finish()?;
            idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
            result
        });
        reading.await.unwrap_or_else(|error| Err(Error::Panicked(error.to_string())))
    }

    /// Closes the connections once the reads that run are done.
    pub(super) async fn close(&self) {
        // All permits at once: no read runs, and none will.
        let all = u32::try_from(CONNECTIONS).unwrap_or(u32::MAX);
        if let Ok(permits) = self.permits.acquire_many(all).await {
            permits.forget();
            self.permits.close();
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
        }
    }
}
