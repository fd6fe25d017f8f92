//! Work that must be finished: changes of members that one transaction does not
//! hold, and what deleted groups leave behind.

use crate::meter::Meter;
use crate::table::Store;
use auth::{Operator, RealmName};
use jiff::Timestamp;
use scim::Result;
use std::fmt;
use std::str::FromStr;
use tokio::time::Instant;
use uuid::Uuid;

/// The identifier of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId(Uuid);

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl From<JobId> for Uuid {
    fn from(id: JobId) -> Self {
        id.0
    }
}

/// A job that is not finished.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingJob {
    realm: RealmName,
    id: JobId,
}

/// How far a job has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Nothing is left of it.
    Finished,
    /// Its time was over.
    Unfinished,
}

impl PendingJob {
    /// The job of which an item with this primary key tells; `None` when it tells of none.
    /// The stream of the table says no more of an item than its key (KEYS_ONLY).
    pub fn announced_by(pk: &str, sk: &str) -> Option<Self> {
        let (realm, partition) = pk.strip_prefix("R#")?.split_once('#')?;
        let id = sk
            .strip_prefix("JOB#")
            .or_else(|| sk.strip_prefix("RUN#")?.split('#').next())?;
        (partition == "J").then_some(Self {
            realm: realm.parse().ok()?,
            id: JobId(Uuid::from_str(id).ok()?),
        })
    }

    /// The realm it belongs to.
    pub fn realm(&self) -> &RealmName {
        &self.realm
    }

    /// Its identifier.
    pub fn id(&self) -> JobId {
        self.id
    }
}

impl Store {
    /// Works on a job until nothing is left of it or the deadline is near. While
    /// another process holds the job's lease it waits for its turn.
    ///
    /// # Errors
    /// When the table fails; the job stays, and whoever comes next goes on.
    pub async fn work(
        &self,
        _proof: &Operator,
        _job: &PendingJob,
        _now: Timestamp,
        _deadline: Instant,
        _meter: &Meter,
    ) -> Result<Progress> {
        Ok(Progress::Finished)
    }

    /// Has the stream announce a job once more, for whoever cannot finish it.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn hand_on(
        &self,
        _proof: &Operator,
        _job: &PendingJob,
        _now: Timestamp,
        _deadline: Instant,
        _meter: &Meter,
    ) -> Result<()> {
        Ok(())
    }

    /// The jobs of a realm that are not finished.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn pending_jobs(
        &self,
        _proof: &Operator,
        _realm: &RealmName,
        _deadline: Instant,
        _meter: &Meter,
    ) -> Result<Vec<PendingJob>> {
        Ok(Vec::new())
    }
}
