//! What a request does about jobs: it makes them, works on its own, and helps
//! with those that it meets.

use super::{JobId, JobRecord, LEASE, Part, PendingJob, Progress, Runner, Task, records};
use crate::draft::LIFE;
use crate::kind::{Kind, ResourceId};
use crate::realm::Realm;
use crate::record::{binary, n};
use crate::transaction::{Action, Condition, Outcome, Transaction, Unapplied};
use scim::{Error, ErrorKind, Result};
use std::time::Duration;
use tokio::time::Instant;

/// For how long a request that has lost the race again and again keeps others off a group.
const HOLD: Duration = Duration::from_secs(8);

/// A group kept for one request: when that ends, in milliseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Hold(i64);

impl Realm<'_> {
    /// Puts a job's record into the transaction that commits it, with the lease
    /// of whoever commits it.
    pub(crate) fn begin_job(
        &self,
        job: JobId,
        task: Task,
        transaction: &mut Transaction,
    ) -> Result<()> {
        let record = JobRecord {
            task,
            lease: self.clock.millis_after(LEASE),
            chunks_end: self.clock.millis_after(LIFE) / 1_000,
        };
        let mut item = record.item();
        // By this a commit whose answer was lost is known for one's own.
        item.insert("ev".to_owned(), binary(transaction.event().as_bytes()));
        transaction.add(
            self.keys.job(job),
            Action::Put {
                item,
                condition: Some(Condition::absent()),
            },
        )
    }

    /// Works on a job that this request has committed, as long as half of its
    /// time allows. Whatever comes of it, the change is made.
    pub(crate) async fn carry_on(&self, job: JobId) -> Progress {
        let progress = self.runner(2).run(job, Part::Own).await;
        match progress {
            Ok(Progress::Finished) => return Progress::Finished,
            Ok(Progress::Unfinished) => {}
            Err(error) => {
                tracing::warn!(kind = ?error.kind(), cause = error.cause().map(tracing::field::display), "a job is left to the worker");
            }
        }
        self.leave_over(job);
        Progress::Unfinished
    }

    /// Applies a transaction that may begin a job. When its answer is lost the
    /// job may be committed all the same: whoever works on jobs is told of it.
    pub(crate) async fn commit(
        &self,
        transaction: Transaction,
        job: Option<JobId>,
    ) -> Result<Outcome> {
        let applied = self.commit_if_it_fits(transaction, job).await;
        applied.map_err(Unapplied::into_error)
    }

    /// The same for whoever can leave more of it to a job.
    pub(crate) async fn commit_if_it_fits(
        &self,
        transaction: Transaction,
        job: Option<JobId>,
    ) -> Result<Outcome, Unapplied> {
        let applied = transaction.apply_if_it_fits(&self.db, &self.table).await;
        if let (Err(Unapplied::Failed(_)), Some(job)) = (&applied, job) {
            self.leave_over(job);
        }
        applied
    }

    /// Tells whoever works on jobs in this process of one that is left.
    fn leave_over(&self, job: JobId) {
        if let Some(told) = &self.db.store().leftovers {
            // Nobody listens when the process ends: the next one finds the job.
            let _ = told.send(PendingJob::of(self.caller.realm(), job));
        }
    }

    /// Finishes a job that stands in the way of a change of the same members.
    ///
    /// # Errors
    /// `Unavailable` when the time does not suffice.
    pub(crate) async fn help(&self, group: ResourceId, job: JobId) -> Result<()> {
        let runner = self.runner(4);
        match runner.run(job, Part::Help).await? {
            // Whoever has finished it may have ended before the group forgot it.
            Progress::Finished => runner.forget(group, job).await,
            Progress::Unfinished => Err(Error::new(
                ErrorKind::Unavailable,
                "an earlier change of this group's members is still being worked on; repeat the \
                 request later",
            )),
        }
    }

    /// Works until this part of the time that is left is left.
    fn runner(&self, part: u32) -> Runner {
        let now = Instant::now();
        let deadline = self.db.deadline();
        let left = deadline.saturating_duration_since(now);
        Runner {
            db: self.db.clone(),
            keys: self.keys.clone(),
            clock: self.clock,
            until: deadline.checked_sub(left / part).unwrap_or(now),
        }
    }

    /// The groups whose members jobs are changing.
    pub(crate) async fn groups_with_jobs(&self) -> Result<Vec<ResourceId>> {
        let records = records(&self.db, &self.keys).await?;
        let groups = records.into_iter().filter_map(|(_, job)| match job.task {
            Task::Members { group } => Some(group),
            Task::Sweep(_) => None,
        });
        Ok(groups.collect())
    }

    /// Keeps a group for this request, or keeps it on; `None` when another request does.
    pub(crate) async fn hold(
        &self,
        group: ResourceId,
        before: Option<Hold>,
    ) -> Result<Option<Hold>> {
        let hold = Hold(self.clock.millis_after(HOLD));
        let taken = self
            .db
            .update(
                &self.keys.resource(Kind::Group, group),
                "SET held = :hold",
                "attribute_exists(pk) AND (attribute_not_exists(held) OR held < :clock OR held IN (:hold, :before))",
                &[],
                &[
                    (":hold", n(hold.0)),
                    (":before", n(before.unwrap_or(hold).0)),
                    (":clock", self.clock.now()),
                ],
            )
            .await?;
        Ok(taken.then_some(hold))
    }

    /// Gives up what was kept, where that did not go with a commit.
    pub(crate) async fn release(&self, group: ResourceId, hold: Hold) {
        let key = self.keys.resource(Kind::Group, group);
        let values = [(":hold", n(hold.0))];
        let released = self
            .db
            .update(&key, "REMOVE held", "held = :hold", &[], &values)
            .await;
        if let Err(error) = released {
            tracing::warn!(kind = ?error.kind(), cause = error.cause().map(tracing::field::display), "a group stays kept for some seconds");
        }
    }
}
