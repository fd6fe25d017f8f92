//! DynamoDB inside this process, behind the ordinary AWS SDK client.
//!
//! What runs on it is the code that runs on AWS: only the SDK's HTTP connector
//! is another one. The tests' switches live here too: items held in flight,
//! injected faults and a log of the keys each call touched. Table layout and
//! data must not: they belong to `store`.

mod call;
mod conflict;
mod connector;
mod disk;
mod engine;
mod file;
mod lag;
mod size;
#[cfg(test)]
mod tests;
mod tokens;
mod trouble;

use std::fmt;
use std::fs::{File, TryLockError};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::{
    BehaviorVersion, Config, Region, SharedHttpClient, StalledStreamProtectionConfig,
};
use aws_smithy_runtime_api::client::http::{SharedHttpConnector, http_client_fn};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;

pub use call::{CallInfo, ItemKey};
pub(crate) use file::{copy, log as log_of};

use crate::beside::with_suffix;
use conflict::InFlight;
use connector::Connector;
use engine::{Durability, Engine};
use lag::Lag;

/// What a fault hook does to one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The call is answered as it would be.
    None,
    /// Nothing is executed; this DynamoDB error code is answered, such as
    /// `ProvisionedThroughputExceededException` or `InternalServerError`.
    ErrorBefore(&'static str),
    /// Nothing is executed; the call is answered as one that meets a transaction
    /// under way on an item of its own ([`conflict`]). What meets none is executed.
    Conflict,
    /// The call is executed, then the connection breaks before its answer.
    LostAnswer,
    /// The call is executed, and its answer comes so much later.
    LateAnswer(Duration),
    /// The call waits this long before it is executed.
    Latency(Duration),
}

type FaultHook = Arc<dyn Fn(&CallInfo) -> Fault + Send + Sync>;
type LogHook = Arc<dyn Fn(&CallInfo) + Send + Sync>;

/// Why the embedded table could not be opened. The texts are for the operator.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process holds the file.
    #[error("the data file `{0}` is in use by another process; stop that one first")]
    InUse(String),
    /// The file or its directory cannot be written.
    #[error("the data file `{path}` cannot be written: {source}")]
    Unwritable {
        /// The data file.
        path: String,
        /// The operating system's reason.
        source: std::io::Error,
    },
    /// The database would apply to the file what lies in the log of another one.
    #[error(
        "`{log}` is the log of another file than `{path}`: where a backup was put in that one's place, move `{log}` away; where `{path}` was lost, put it back first"
    )]
    LogOfAnother {
        /// The data file.
        path: String,
        /// The log beside it.
        log: String,
    },
    /// The file is there but is no table of this program.
    #[error("the data file `{path}` cannot be opened: {reason}")]
    Unreadable {
        /// The data file.
        path: String,
        /// The database's reason.
        reason: String,
    },
}

/// A DynamoDB in this process; clones share it.
#[derive(Clone)]
pub struct Embedded {
    engine: Engine,
    hooks: Hooks,
}

/// The tests' switches; all absent when data is served.
#[derive(Clone, Default)]
struct Hooks {
    in_flight: Option<InFlight>,
    lag: Option<Lag>,
    sizes: Sizes,
    fault: Option<FaultHook>,
    log: Option<LogHook>,
}

/// Of which items a transaction's size is the sum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Sizes {
    /// As they are sent: by this the library goes.
    #[default]
    Sent,
    /// As they are stored, too: by this DynamoDB does.
    Stored,
}

impl Hooks {
    fn absent(&self) -> bool {
        let none = self.in_flight.is_none() && self.lag.is_none() && self.sizes == Sizes::Sent;
        none && self.fault.is_none() && self.log.is_none()
    }
}

impl Embedded {
    /// Opens or creates the data file at `path`, whose directory must exist.
    /// Every write is on the disk before it is answered: it survives `kill -9`.
    ///
    /// # Errors
    /// When another process has the file open, or it cannot be written or read.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        Self::open_as(path.as_ref(), Durability::Answered)
    }

    /// The same for loading what can be loaded again: writes are not waited for,
    /// and a power failure may leave the file damaged. Opened again by
    /// [`Self::open`] it is as any other.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_for_loading(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        Self::open_as(path.as_ref(), Durability::Relaxed)
    }

    fn open_as(path: &Path, durability: Durability) -> Result<Self, OpenError> {
        let name = path.display().to_string();
        let lock = lock(path, &name)?;
        file::check_log(path)?;
        private(path, &name)?;
        // What a server that was killed has left. Where it must stay it is read all the same.
        if let Err(reason) = file::settle(path) {
            tracing::warn!(reason, "the log stays beside the data file");
        }
        let engine = Engine::open(&name, durability, lock)
            .map_err(|reason| OpenError::Unreadable { path: name, reason })?;
        Ok(Self {
            engine,
            hooks: Hooks::default(),
        })
    }

    /// An empty table that ends with the process.
    ///
    /// # Errors
    /// When the database library cannot start.
    pub fn memory() -> Result<Self, OpenError> {
        let engine = Engine::memory().map_err(|reason| OpenError::Unreadable {
            path: ":memory:".to_owned(),
            reason,
        })?;
        Ok(Self {
            engine,
            hooks: Hooks::default(),
        })
    }

    /// Holds the items of every TransactWriteItems in flight for `hold` before
    /// it is executed, and answers what overlaps with it as AWS does; see
    /// [`conflict`] for the rules.
    #[must_use]
    pub fn with_conflicts(mut self, hold: Duration) -> Self {
        self.hooks.in_flight = Some(InFlight::new(hold));
        self
    }

    /// Reads that may lag behind do not find what was put less than that long ago:
    /// GetItem and BatchGetItem without `ConsistentRead`.
    #[must_use]
    pub fn with_lag(mut self, lag: Duration) -> Self {
        self.hooks.lag = Some(Lag::new(lag));
        self
    }

    /// Refuses a TransactWriteItems whose items come to more than 4 MB as they are
    /// stored or as they are sent, whichever is more.
    #[must_use]
    pub fn with_stored_sizes(mut self) -> Self {
        self.hooks.sizes = Sizes::Stored;
        self
    }

    /// Asks `fault` before every call, each retry of the SDK included.
    #[must_use]
    pub fn with_faults(mut self, fault: Arc<dyn Fn(&CallInfo) -> Fault + Send + Sync>) -> Self {
        self.hooks.fault = Some(fault);
        self
    }

    /// Tells `log` of every call, each retry of the SDK included.
    #[must_use]
    pub fn with_log(mut self, log: Arc<dyn Fn(&CallInfo) + Send + Sync>) -> Self {
        self.hooks.log = Some(log);
        self
    }

    /// A client of this table with the SDK's standard retries, as in production.
    /// It opens no connection and signs nothing.
    #[must_use]
    pub fn client(&self) -> Client {
        let config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::from_static("local"))
            .endpoint_url("http://embedded.invalid")
            .allow_no_auth()
            .retry_config(RetryConfig::standard())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .http_client(self.http_client())
            .build();
        Client::from_conf(config)
    }

    /// One call of DynamoDB's JSON protocol, as a client of this table makes it,
    /// for those who carry it over a socket: the answer's status and body.
    ///
    /// # Errors
    /// When an injected fault loses the answer.
    pub async fn call(
        &self,
        operation: &str,
        body: impl Into<SdkBody>,
    ) -> Result<(u16, String), ConnectorError> {
        let call = connector::Call {
            engine: self.engine.clone(),
            operation: operation.to_owned(),
            body: body.into(),
        };
        let answer = call.answer(&self.hooks).await?;
        Ok((answer.status, answer.body))
    }

    /// Deletes the items whose `ttl` has passed and says how many there were.
    /// DynamoDB does so by itself; here someone has to call it, off the async threads.
    ///
    /// # Errors
    /// The database's own words, for the log.
    pub fn sweep(&self) -> Result<usize, String> {
        self.engine.sweep()
    }

    /// Whether no table was ever made in it.
    ///
    /// # Errors
    /// The database's own words.
    pub fn is_new(&self) -> Result<bool, String> {
        self.engine.tables().map(|tables| tables == 0)
    }

    fn http_client(&self) -> SharedHttpClient {
        let connector =
            SharedHttpConnector::new(Connector::new(self.engine.clone(), self.hooks.clone()));
        http_client_fn(move |_, _| connector.clone())
    }
}

impl fmt::Debug for Embedded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Embedded").finish_non_exhaustive()
    }
}

/// It holds personal data. The database's own files beside it get the same mode.
fn private(path: &Path, name: &str) -> Result<(), OpenError> {
    File::options()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(path)
        .map(drop)
        .map_err(|source| OpenError::Unwritable {
            path: name.to_owned(),
            source,
        })
}

fn lock(path: &Path, name: &str) -> Result<File, OpenError> {
    let unwritable = |source| OpenError::Unwritable {
        path: name.to_owned(),
        source,
    };
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(with_suffix(path, ".lock"))
        .map_err(unwritable)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse(name.to_owned())),
        Err(TryLockError::Error(source)) => Err(unwritable(source)),
    }
}
