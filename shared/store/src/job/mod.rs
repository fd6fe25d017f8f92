//! Work that must be finished: changes of members that one transaction does not
//! hold, and what deleted resources leave behind.
//!
//! A big change is written down first, in chunks to which nothing refers
//! ([`crate::draft`]). One small transaction then makes it true: the group's item
//! names the job, its version moves, the event is there. From that moment every
//! reader sees the whole change ([`crate::members`] merges what is left of it),
//! whoever does the rest and whenever. Each chunk's transaction takes its edges
//! and deletes the chunk, on the condition that it exists: exactly once, and
//! whoever comes late fails harmlessly. It never touches the group's item. Last
//! the group forgets the job.
//!
//! The request that has made the change works on it as long as its time allows,
//! a request that wants to change the same members helps, and the worker, whom
//! the table's stream tells of each job, does what is left: it alone respects the
//! lease, so that it does not do over what a request is doing.
//!
//! A deleted resource is gone with its item. What it leaves is swept by a job, too
//! ([`sweep`]): the memberships that its own transaction had no room for.

mod chunks;
mod item;
mod request;
mod run;
mod sweep;

pub(crate) use chunks::Chunks;
pub(crate) use item::{JobRecord, Remains, Task};
pub(crate) use request::Hold;
pub(crate) use run::{LEASE, Part, Runner, delete_chunks};

use crate::clock::Clock;
use crate::db::{Consistency, Db, From, Order, Range, last};
use crate::draft::LIFE;
use crate::event::event_id;
use crate::failure::internal;
use crate::keys::{JOB, Keys, RUN, SK};
use crate::meter::Meter;
use crate::record::{FORMAT, n};
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

impl JobId {
    pub(crate) fn new(now: Timestamp) -> Self {
        Self(event_id(now))
    }
}

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl std::convert::From<JobId> for Uuid {
    fn from(id: JobId) -> Self {
        id.0
    }
}

/// A job that is not finished.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingJob {
    realm: RealmName,
    id: JobId,
    /// What has announced it once more, which has done its part then.
    run: Option<Uuid>,
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
        let (id, run) = match (sk.strip_prefix(JOB), sk.strip_prefix(RUN)) {
            (Some(id), _) => (id, None),
            (None, Some(announced)) => {
                let (id, run) = announced.split_once('#')?;
                (id, Some(Uuid::from_str(run).ok()?))
            }
            (None, None) => return None,
        };
        (partition == "J").then_some(Self {
            realm: realm.parse().ok()?,
            id: JobId(Uuid::from_str(id).ok()?),
            run,
        })
    }

    pub(crate) fn of(realm: &RealmName, id: JobId) -> Self {
        Self {
            realm: realm.clone(),
            id,
            run: None,
        }
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
        job: &PendingJob,
        now: Timestamp,
        deadline: Instant,
        meter: &Meter,
    ) -> Result<Progress> {
        let runner = Runner {
            db: self.db(deadline, meter),
            keys: Keys::of(&job.realm),
            clock: Clock::told(now),
            until: deadline.checked_sub(run::LAST_STEP).unwrap_or(deadline),
        };
        if let Some(run) = job.run {
            let announcement = runner.keys.run(job.id, run);
            runner.db.delete_batch(&[announcement]).await?;
        }
        runner.run(job.id, Part::Turn).await
    }

    /// Has the stream announce a job once more, for whoever cannot finish it.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn hand_on(
        &self,
        _proof: &Operator,
        job: &PendingJob,
        now: Timestamp,
        deadline: Instant,
        meter: &Meter,
    ) -> Result<()> {
        let key = Keys::of(&job.realm).run(job.id, event_id(now));
        let ends = Clock::told(now).millis_after(LIFE) / 1_000;
        let item = [("f", n(FORMAT)), ("ttl", n(ends))];
        let item = item.map(|(name, value)| (name.to_owned(), value)).into();
        self.db(deadline, meter).put(&key, item).await
    }

    /// The jobs of a realm that are not finished.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn pending_jobs(
        &self,
        _proof: &Operator,
        realm: &RealmName,
        deadline: Instant,
        meter: &Meter,
    ) -> Result<Vec<PendingJob>> {
        let found = records(&self.db(deadline, meter), &Keys::of(realm)).await?;
        let jobs = found.into_iter();
        Ok(jobs.map(|(id, _)| PendingJob::of(realm, id)).collect())
    }
}

/// The jobs of a realm that are not finished.
pub(crate) async fn records(db: &Db, keys: &Keys) -> Result<Vec<(JobId, JobRecord)>> {
    let mut found = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let range = Range {
            pk: keys.jobs(),
            from: From::Prefix(JOB, after.as_deref(), Order::Ascending),
            limit: None,
            consistency: Consistency::Strong,
            only: None,
        };
        let (items, more) = db.query(&range).await?;
        for item in &items {
            let id = item
                .get(SK)
                .and_then(|sk| sk.as_s().ok()?.strip_prefix(JOB));
            let id = id.and_then(|id| Uuid::from_str(id).ok());
            let id = id.ok_or_else(|| internal("a job has no identifier"))?;
            found.push((JobId(id), JobRecord::read(item)?));
        }
        after = last(&items);
        if !more {
            return Ok(found);
        }
    }
}
