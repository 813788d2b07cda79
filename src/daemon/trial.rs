//! Trials: what a watchlist would say and do if its file were another one. Nothing of them is
//! kept or written. For each, the configuration is read anew, on a thread of its own and one
//! after the other; a backtest takes one core, and there is one at a time.

use super::backtest::{self, Progress, Subject, Tested};
use super::{clock, memory};
use crate::config;
use crate::config::diagnostic::Diagnostics;
use crate::config::draft::{Draft, Edited};
use crate::config::environment::Environment;
use crate::engine::Runtime;
use crate::store::{Error, Store};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::task;

/// How long a trial waits for those before it.
const PATIENCE: Duration = Duration::from_secs(20);

/// Tries watchlists. Clones share it.
#[derive(Clone)]
pub struct Trials {
    config: Arc<Path>,
    environment: Arc<Environment>,
    readings: Arc<Semaphore>,
    backtests: Arc<Semaphore>,
}

/// Why there is no result.
#[derive(Debug)]
pub enum Trouble {
    /// Others are being tried; in words.
    Busy(&'static str),
    /// The watchlist, or another file of the configuration, is bad.
    Bad(Diagnostics),
    /// What is stored could not be read, or a defect of ours.
    Failed(Error),
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// Says nothing of the environment, which can hold secrets.
impl fmt::Debug for Trials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trials").field("config", &self.config).finish_non_exhaustive()
    }
}

impl Trials {
    /// Trials in the configuration at `config`.
    pub(super) fn new(config: PathBuf, environment: Environment) -> Self {
        Self {
            config: config.into(),
            environment: Arc::new(environment),
            readings: Arc::new(Semaphore::new(1)),
            backtests: Arc::new(Semaphore::new(1)),
        }
    }

    /// The folder of the configuration.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.config.parent().unwrap_or(Path::new(""))
    }

    /// What `check` would say.
    ///
    /// # Errors
    /// Where it is busy, or a defect.
    pub async fn check(&self, draft: Draft) -> Result<Diagnostics, Trouble> {
        self.read(move |config, environment| config::check_edited(config, environment, draft)).await
    }

    /// What `look` finds in the configuration as it would be. It may compute.
    ///
    /// # Errors
    /// Where it is busy or bad, or a defect.
    pub async fn look<T: Send + 'static>(
        &self,
        draft: Draft,
        look: impl FnOnce(&Edited) -> T + Send + 'static,
    ) -> Result<T, Trouble> {
        let found = self.read(move |config, environment| {
            config::load_edited(config, environment, draft).map(|edited| look(&edited))
        });
        found.await?.map_err(Trouble::Bad)
    }

    /// What it would have alerted on since then, and what is to be known beside that; days are
    /// of UTC.
    ///
    /// # Errors
    /// Where it is busy or bad, or the store cannot be read.
    pub async fn backtest(
        &self,
        store: &Store,
        draft: Draft,
        since: SignedDuration,
        progress: impl FnMut(Progress),
    ) -> Result<(Tested, Vec<String>), Trouble> {
        let busy = |_| Trouble::Busy("a backtest is running already; try again when it has ended");
        let _permit = self.backtests.try_acquire().map_err(busy)?;
        let edited = self.read(move |config, environment| config::load_edited(config, environment, draft));
        let mut subject = Subject::from(edited.await?.map_err(Trouble::Bad)?);
        let runtime = OnTrial(Some(Arc::clone(&subject.loaded.runtime)));
        let (until, zone) = (clock::now(), TimeZone::UTC);
        let since = until.checked_sub(since).unwrap_or(Timestamp::MIN);
        let question = subject.question(since, until, &zone);
        let tested = backtest::run(store, &subject.loaded.runtime, question, 1, progress).await?;
        subject.remark(&tested, &zone);
        let notes = std::mem::take(&mut subject.notes);
        drop(subject);
        drop(runtime);
        Ok((tested, notes))
    }

    /// Reads on a thread of its own, when those before have done so. Whoever goes leaves the
    /// queue; what has begun ends by itself.
    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Path, &Environment) -> T + Send + 'static,
    ) -> Result<T, Trouble> {
        let busy = Trouble::Busy("other watchlists are being tried; try again");
        let waiting = tokio::time::timeout(PATIENCE, Arc::clone(&self.readings).acquire_owned());
        let Ok(Ok(permit)) = waiting.await else { return Err(busy) };
        let (config, environment) = (Arc::clone(&self.config), Arc::clone(&self.environment));
        let reading = task::spawn_blocking(move || {
            let read = work(&config, &environment);
            memory::give_back();
            drop(permit);
            read
        });
        reading.await.map_err(|error| Trouble::Failed(Error::Panicked(error.to_string())))
    }
}

/// What is tried; when it goes it is freed on a thread that nothing waits for. A backtest
/// ends at any point where its caller goes.
struct OnTrial(Option<Arc<Runtime>>);

impl Drop for OnTrial {
    fn drop(&mut self) {
        let runtime = self.0.take();
        if let Ok(threads) = tokio::runtime::Handle::try_current() {
            threads.spawn_blocking(move || {
                drop(runtime);
                memory::give_back();
            });
        }
    }
}
