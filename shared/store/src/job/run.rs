//! Working on a job.

use super::chunks::Chunks;
use super::item::{Chunk, JobRecord, Task};
use super::{JobId, Progress};
use crate::clock::Clock;
use crate::db::{Consistency, Db, Order};
use crate::draft::LIFE;
use crate::edge::{Bound, Edges};
use crate::failure::internal;
use crate::keys::{Key, Keys};
use crate::kind::{Kind, ResourceId};
use crate::record::n;
use crate::step::{fit, pack};
use crate::transaction::{Action, Condition, MAX_ACTIONS, Outcome, Transaction, Unapplied};
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use futures_util::stream::{self, StreamExt, TryStreamExt};
use scim::Result;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How long a job is left to whoever works on it without hearing of it again.
pub(crate) const LEASE: Duration = Duration::from_secs(15);
/// How much time before the deadline no more is begun.
pub(super) const LAST_STEP: Duration = Duration::from_millis(500);
/// How long to wait before looking at a lease again: the job may be finished before it ends.
const LOOK: Duration = Duration::from_secs(1);
/// How many chunks are read at a time, and how many of them are worked on at once.
const CHUNKS: usize = 32;
pub(super) const AT_ONCE: usize = 8;

/// How somebody comes to work on a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// It has made the job and holds its lease.
    Own,
    /// It has met the job and does not wait: it begins at the other end.
    Help,
    /// It was told of the job: it takes the lease when nobody holds it.
    Turn,
}

/// Somebody who works on a job.
#[derive(Debug)]
pub(crate) struct Runner {
    pub(crate) db: Db,
    pub(crate) keys: Keys,
    pub(crate) clock: Clock,
    /// When no more is begun.
    pub(crate) until: Instant,
}

impl Runner {
    /// Works until nothing is left of the job or the time is over.
    pub(crate) async fn run(&self, job: JobId, part: Part) -> Result<Progress> {
        let Some(record) = self.enter(job, part).await? else {
            return Ok(Progress::Finished);
        };
        if record.lease > self.clock.millis() && part == Part::Turn {
            return Ok(Progress::Unfinished);
        }
        self.keep_chunks(job, &record).await?;
        let progress = match record.task {
            Task::Members { group } => self.members(job, group, part).await?,
            Task::Sweep(remains) => self.sweep(job, remains, part).await?,
        };
        match progress {
            Progress::Finished => self.db.delete_batch(&[self.keys.job(job)]).await?,
            // Whoever waits for its turn need not wait for the lease to end.
            Progress::Unfinished if part != Part::Help => self.lease(job, n(0)).await?,
            Progress::Unfinished => {}
        }
        Ok(progress)
    }

    /// The job, once it is this one's turn; `None` when it is finished. A lease
    /// that is not over is in what is returned when the time is.
    async fn enter(&self, job: JobId, part: Part) -> Result<Option<JobRecord>> {
        let key = self.keys.job(job);
        loop {
            let item = self.db.get(&key, Consistency::Strong).await?;
            let Some(record) = item.as_ref().map(JobRecord::read).transpose()? else {
                return Ok(None);
            };
            if part != Part::Turn || self.is_over() {
                return Ok(Some(record));
            }
            if record.lease > self.clock.millis() {
                sleep(LOOK.min(self.until.saturating_duration_since(Instant::now()))).await;
                continue;
            }
            let taken = self
                .db
                .update(
                    &key,
                    "SET lease = :lease",
                    "lease = :seen",
                    &[],
                    &[(":lease", self.lease_end()), (":seen", n(record.lease))],
                )
                .await?;
            if taken {
                return Ok(Some(JobRecord { lease: 0, ..record }));
            }
        }
    }

    /// Sets the end of the lease of a job that is still there.
    async fn lease(&self, job: JobId, end: AttributeValue) -> Result<()> {
        let key = self.keys.job(job);
        let values = [(":lease", end)];
        self.db
            .update(
                &key,
                "SET lease = :lease",
                "attribute_exists(pk)",
                &[],
                &values,
            )
            .await
            .map(drop)
    }

    fn lease_end(&self) -> AttributeValue {
        n(self.clock.millis_after(LEASE))
    }

    pub(super) fn is_over(&self) -> bool {
        Instant::now() >= self.until
    }

    /// Says that it is still at work.
    pub(super) async fn renew(&self, job: JobId, part: Part, renewed: &mut Instant) -> Result<()> {
        if part == Part::Help || renewed.elapsed() < LEASE / 3 {
            return Ok(());
        }
        *renewed = Instant::now();
        self.lease(job, self.lease_end()).await
    }

    /// Lets the chunks of a job last that nobody has worked on for long.
    async fn keep_chunks(&self, job: JobId, record: &JobRecord) -> Result<()> {
        let ends = self.clock.millis_after(LIFE) / 1_000;
        let half = i64::try_from(LIFE.as_secs() / 2).unwrap_or_default();
        if record.chunks_end > ends - half {
            return Ok(());
        }
        let chunks = self.chunks(job);
        let mut after = None;
        loop {
            let (page, more) = chunks.page(after, CHUNKS, Order::Ascending).await?;
            let ends = [(":ends", n(ends))];
            for chunk in &page {
                let key = self.chunk_key(chunk);
                let names = [("#ttl", "ttl")];
                self.db
                    .update(
                        &key,
                        "SET #ttl = :ends",
                        "attribute_exists(pk)",
                        &names,
                        &ends,
                    )
                    .await?;
            }
            after = last_member(&page).or(after);
            if !more {
                break;
            }
        }
        let values = [(":ends", n(ends))];
        let key = self.keys.job(job);
        self.db
            .update(
                &key,
                "SET chunks_end = :ends",
                "attribute_exists(pk)",
                &[],
                &values,
            )
            .await
            .map(drop)
    }

    fn chunks(&self, job: JobId) -> Chunks<'_> {
        Chunks {
            db: &self.db,
            keys: &self.keys,
            job,
        }
    }

    fn chunk_key(&self, chunk: &Chunk) -> Key {
        Key {
            pk: self.keys.jobs(),
            sk: chunk.sk.clone(),
        }
    }

    pub(super) fn edges(&self) -> Edges<'_> {
        Edges {
            db: &self.db,
            keys: &self.keys,
        }
    }

    /// Takes the steps of all chunks, then has the group forget the job.
    async fn members(&self, job: JobId, group: ResourceId, part: Part) -> Result<Progress> {
        let order = match part {
            Part::Help => Order::Descending,
            Part::Own | Part::Turn => Order::Ascending,
        };
        let mut renewed = Instant::now();
        loop {
            if self.is_over() {
                return Ok(Progress::Unfinished);
            }
            let (page, more) = self.chunks(job).page(None, CHUNKS, order).await?;
            let chunks: Vec<_> = page
                .into_iter()
                .map(|chunk| self.apply(group, chunk))
                .collect();
            stream::iter(chunks)
                .buffer_unordered(AT_ONCE)
                .try_collect::<()>()
                .await?;
            if !more {
                break;
            }
            self.renew(job, part, &mut renewed).await?;
        }
        self.forget(group, job).await?;
        Ok(Progress::Finished)
    }

    /// Has the group forget the job, of which no chunk is left.
    pub(crate) async fn forget(&self, group: ResourceId, job: JobId) -> Result<()> {
        let key = self.keys.resource(Kind::Group, group);
        let values = [(":job", job.value())];
        self.db
            .update(&key, "REMOVE job", "job = :job", &[], &values)
            .await
            .map(drop)
    }

    /// Takes the steps of a chunk, and the chunk away with them.
    async fn apply(&self, group: ResourceId, mut chunk: Chunk) -> Result<()> {
        let mut now = fit(&chunk.steps, MAX_ACTIONS - 1);
        let (mut most, mut round) = (usize::MAX, 0);
        loop {
            match self.apply_some(group, &chunk, now).await {
                Ok(Outcome::Applied) if now == chunk.steps.len() => return Ok(()),
                Ok(Outcome::Applied) => {
                    chunk.steps.drain(..now);
                    chunk.packed = AttributeValue::B(Blob::new(pack(&chunk.steps)));
                }
                Ok(Outcome::Failed(failed)) => match failed.at(&self.chunk_key(&chunk)) {
                    // Somebody else has taken it,
                    Some(other) if other.item.is_empty() => return Ok(()),
                    // or some of it.
                    Some(other) => chunk = Chunk::read(&other.item)?,
                    None => {
                        self.db.backoff(round).await?;
                        round += 1;
                    }
                },
                // The members' documents may have grown since the chunk was made.
                Err(Unapplied::TooLarge(_)) if now > 1 => most = now / 2,
                Err(error) => return Err(error.into_error()),
            }
            chunk.steps = self.edges().still_to_do(group, &chunk.steps).await?;
            now = fit(&chunk.steps, MAX_ACTIONS - 1).min(most);
        }
    }

    /// Takes the first of the steps, and leaves the rest in the chunk.
    async fn apply_some(
        &self,
        group: ResourceId,
        chunk: &Chunk,
        now: usize,
    ) -> Result<Outcome, Unapplied> {
        let mut transaction = self.transaction();
        let (steps, rest) = chunk
            .steps
            .split_at_checked(now)
            .ok_or_else(|| internal("a chunk is shorter than it is"))?;
        for step in steps {
            step.write(&self.keys, group, Bound::CheckedBefore, &mut transaction)?;
        }
        let condition = Condition::new("steps = :seen", [(":seen", chunk.packed.clone())]);
        let action = if rest.is_empty() {
            Action::Delete {
                condition: Some(condition),
            }
        } else {
            Action::Update {
                expression: "SET steps = :rest".to_owned(),
                condition: Some(condition),
                values: vec![(":rest", AttributeValue::B(Blob::new(pack(rest))))],
            }
        };
        transaction.add(self.chunk_key(chunk), action)?;
        self.take(transaction).await
    }

    pub(super) fn transaction(&self) -> Transaction {
        Transaction::new(self.clock.timestamp())
    }

    pub(super) async fn take(&self, transaction: Transaction) -> Result<Outcome, Unapplied> {
        let table = self.db.store().table.clone();
        transaction.apply_if_it_fits(&self.db, &table).await
    }
}

fn last_member(chunks: &[Chunk]) -> Option<ResourceId> {
    Some(chunks.last()?.steps.last()?.edge.member)
}

/// Deletes the chunks of a job: none of its edges can come after that.
pub(crate) async fn delete_chunks(db: &Db, keys: &Keys, job: JobId) -> Result<()> {
    let chunks = Chunks { db, keys, job };
    loop {
        let (page, more) = chunks.page(None, CHUNKS, Order::Ascending).await?;
        let chunk_keys: Vec<Key> = page
            .into_iter()
            .map(|chunk| Key {
                pk: keys.jobs(),
                sk: chunk.sk,
            })
            .collect();
        db.delete_batch(&chunk_keys).await?;
        if !more {
            return Ok(());
        }
    }
}
