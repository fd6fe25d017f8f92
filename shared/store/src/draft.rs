//! A change of members being written down: held as it is when one transaction
//! takes it, else in chunks, each of which one transaction takes.
//!
//! Nothing refers to a chunk until its job is committed: one that never is goes
//! by its `ttl`.

use crate::db::{BATCH_WRITE, Item};
use crate::job::JobId;
use crate::keys::Key;
use crate::realm::Realm;
use crate::record::{FORMAT, n};
use crate::step::{Step, fit, pack};
use crate::transaction::MAX_ACTIONS;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use scim::Result;
use std::time::Duration;

/// How long a chunk lasts without a job that works on it: far longer than any
/// backup of the table, so that what was committed is not lost by waiting for
/// somebody. What nothing refers to costs next to nothing meanwhile.
pub(crate) const LIFE: Duration = Duration::from_secs(400 * 24 * 3_600);

/// What a change of members is written down as.
#[derive(Debug)]
pub(crate) enum Work {
    /// Steps for the transaction that commits it.
    Steps(Vec<Step>),
    /// The chunks of this job.
    Job(JobId),
}

impl Default for Work {
    fn default() -> Self {
        Self::Steps(Vec::new())
    }
}

/// A change of members being written down, in the order of members.
#[derive(Debug)]
pub(crate) struct Draft<'a> {
    realm: &'a Realm<'a>,
    /// How many actions the committing transaction still takes.
    room: usize,
    window: Vec<Step>,
    few: Vec<Step>,
    job: Option<JobId>,
    chunk: Vec<Step>,
    batch: Vec<(Key, Item)>,
    pub(crate) added: usize,
    pub(crate) removed: usize,
}

impl<'a> Draft<'a> {
    pub(crate) fn new(realm: &'a Realm<'a>, room: usize) -> Self {
        Self {
            realm,
            room,
            window: Vec::new(),
            few: Vec::new(),
            job: None,
            chunk: Vec::new(),
            batch: Vec::new(),
            added: 0,
            removed: 0,
        }
    }

    /// Takes a step whose member comes after those of every window before.
    pub(crate) fn push(&mut self, step: Step) {
        if step.makes_member() {
            self.added += 1;
        } else {
            self.removed += 1;
        }
        self.window.push(step);
    }

    /// Ends a window.
    pub(crate) async fn flush(&mut self) -> Result<()> {
        let mut window = std::mem::take(&mut self.window);
        window.sort_by_key(|step| step.edge.member);
        if self.job.is_none() {
            self.few.append(&mut window);
            if fit(&self.few, self.room) == self.few.len() {
                return Ok(());
            }
            self.job = Some(JobId::new(self.realm.clock.timestamp()));
            window = std::mem::take(&mut self.few);
        }
        for step in window {
            self.chunk.push(step);
            // One action is the chunk's own.
            if fit(&self.chunk, MAX_ACTIONS - 1) < self.chunk.len() {
                self.chunk.pop();
                self.close_chunk();
                self.chunk.push(step);
            }
            if self.batch.len() == BATCH_WRITE {
                self.put().await?;
            }
        }
        Ok(())
    }

    /// Writes down the rest.
    pub(crate) async fn finish(mut self) -> Result<Work> {
        let Some(job) = self.job else {
            return Ok(Work::Steps(self.few));
        };
        self.close_chunk();
        self.put().await?;
        Ok(Work::Job(job))
    }

    fn close_chunk(&mut self) {
        let steps = std::mem::take(&mut self.chunk);
        if let (Some(job), Some(last)) = (self.job, steps.last()) {
            let key = self.realm.keys.chunk(job, last.edge.member);
            let ends = self.realm.clock.millis_after(LIFE) / 1_000;
            let item = [
                ("f", n(FORMAT)),
                ("steps", AttributeValue::B(Blob::new(pack(&steps)))),
                ("ttl", n(ends)),
            ];
            let item = item.map(|(name, value)| (name.to_owned(), value));
            self.batch.push((key, item.into()));
        }
    }

    async fn put(&mut self) -> Result<()> {
        let batch = std::mem::take(&mut self.batch);
        self.realm.db.put_batch(batch).await
    }
}

impl Realm<'_> {
    /// Takes away what was written down for a change that was not committed.
    /// What stays goes by its `ttl`.
    pub(crate) async fn discard(&self, work: &Work) {
        let Work::Job(job) = work else {
            return;
        };
        if let Err(error) = crate::job::delete_chunks(&self.db, &self.keys, *job).await {
            tracing::warn!(kind = ?error.kind(), cause = error.cause().map(tracing::field::display), "the chunks of a change that was not made are left to expire");
        }
    }
}
