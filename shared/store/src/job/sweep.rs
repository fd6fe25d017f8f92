//! Sweeping what a deleted resource has left. It is gone for every reader but
//! one: a group that it was in shows it until it is taken out there.
//!
//! Each transaction takes it out of some groups and strikes them out of the job,
//! on the condition that nobody else has: exactly once. A group leaves its own
//! edges, too: first what could still make some goes, the chunks of a job under
//! way, then the edges. Sweeping has no events: the deletion has its own.

use super::run::AT_ONCE;
use super::{JobId, Part, Progress, Remains, Runner, delete_chunks};
use crate::edge::{self, Bound};
use crate::kind::{Kind, ResourceId};
use crate::parting::{self, Groups};
use crate::record::{groups_of, id_set, n};
use crate::step::{Step, fit};
use crate::transaction::{Action, Condition, Failed, MAX_ACTIONS, Outcome, Transaction, Unapplied};
use futures_util::stream::{self, StreamExt, TryStreamExt};
use scim::Result;
use std::collections::BTreeSet;
use tokio::time::Instant;

/// How many groups one transaction takes it out of: two more actions are the job's and its own.
const GROUPS: usize = (MAX_ACTIONS - 2) / parting::ACTIONS;

impl Runner {
    pub(super) async fn sweep(&self, job: JobId, remains: Remains, part: Part) -> Result<Progress> {
        if let Some(other) = remains.job {
            delete_chunks(&self.db, &self.keys, other).await?;
            self.db.delete_batch(&[self.keys.job(other)]).await?;
        }
        let group = (remains.kind == Kind::Group).then_some(remains.id);
        if self.leave(job, remains, part).await? == Progress::Unfinished {
            return Ok(Progress::Unfinished);
        }
        match group {
            Some(group) => self.sweep_members(job, group, part).await,
            None => Ok(Progress::Finished),
        }
    }

    /// Takes the resource out of the groups that it is still in.
    async fn leave(&self, job: JobId, remains: Remains, part: Part) -> Result<Progress> {
        let mut renewed = Instant::now();
        let mut parting = Parting {
            remains,
            itself: Condition::absent(),
            staying: BTreeSet::new(),
            known: Groups::default(),
        };
        let (mut most, mut round) = (GROUPS, 0);
        while !parting.remains.groups.is_empty() {
            if self.is_over() {
                return Ok(Progress::Unfinished);
            }
            let groups = parting.remains.groups.iter().take(most).copied();
            let some: BTreeSet<ResourceId> = groups.collect();
            match self.take(self.part_from(job, &parting, &some)?).await {
                Ok(Outcome::Applied) => {
                    parting.remains.groups.retain(|group| !some.contains(group));
                    round = 0;
                }
                Ok(Outcome::Failed(failed)) => {
                    self.learn(job, &mut parting, &some, &failed)?;
                    self.db.backoff(round).await?;
                    round += 1;
                }
                // Nobody has read how large the groups are.
                Err(Unapplied::TooLarge(_)) if some.len() > 1 => most = some.len() / 2,
                Err(error) => return Err(error.into_error()),
            }
            self.renew(job, part, &mut renewed).await?;
        }
        Ok(Progress::Finished)
    }

    /// What takes it out of some of its groups.
    fn part_from(
        &self,
        job: JobId,
        parting: &Parting,
        some: &BTreeSet<ResourceId>,
    ) -> Result<Transaction> {
        let Parting {
            remains,
            itself,
            staying,
            known,
        } = parting;
        let mut transaction = self.transaction();
        for group in some.difference(staying) {
            known.leave(&self.keys, remains.id, *group, None, &mut transaction)?;
        }
        transaction.add(
            self.keys.resource(remains.kind, remains.id),
            Action::Check {
                condition: itself.clone(),
            },
        )?;
        let left = (":left", n(remains.groups.len()));
        transaction.add(
            self.keys.job(job),
            Action::Update {
                expression: "DELETE memberOf :some".to_owned(),
                condition: Some(Condition::new("size(memberOf) = :left", [left])),
                values: vec![(":some", id_set(some.iter().copied()))],
            },
        )?;
        Ok(transaction)
    }

    /// Goes by what a transaction has failed by.
    fn learn(
        &self,
        job: JobId,
        parting: &mut Parting,
        some: &BTreeSet<ResourceId>,
        failed: &Failed,
    ) -> Result<()> {
        let Parting {
            remains,
            itself,
            staying,
            known,
        } = parting;
        known.learn(&self.keys, some.iter().copied(), failed);
        if let Some(job) = failed.at(&self.keys.job(job)) {
            // Somebody else has taken it out of some, or of all.
            remains.groups = groups_of(&job.item).unwrap_or_default();
        }
        if let Some(now) = failed.at(&self.keys.resource(remains.kind, remains.id)) {
            // It was brought in anew under its id: the groups that it is in now keep it.
            *staying = groups_of(&now.item).unwrap_or_default();
            *itself = match now.item.get("mv") {
                Some(version) => Condition::new("mv = :mv", [(":mv", version.clone())]),
                None => Condition::absent(),
            };
        }
        Ok(())
    }

    /// Takes away the edges of a group, with their inverses.
    async fn sweep_members(&self, job: JobId, group: ResourceId, part: Part) -> Result<Progress> {
        let mut renewed = Instant::now();
        let mut round = 0;
        loop {
            if self.is_over() {
                return Ok(Progress::Unfinished);
            }
            let limit = AT_ONCE * MAX_ACTIONS / edge::ACTIONS;
            let (edges, _) = self.edges().page(group, None, None, Some(limit)).await?;
            if edges.is_empty() {
                return Ok(Progress::Finished);
            }
            let ids: BTreeSet<ResourceId> = edges.iter().map(|edge| edge.member).collect();
            let found = self.edges().candidates(ids.iter().copied()).await?;
            let steps = self.edges().removals(group, ids, &found).await?;
            let removals: Vec<_> = parts(&steps)
                .into_iter()
                .map(|part| self.remove(group, part))
                .collect();
            let outcomes: Vec<Outcome> = stream::iter(removals)
                .buffer_unordered(AT_ONCE)
                .try_collect()
                .await?;
            // A member was deleted meanwhile, or somebody else sweeps: what is left is read anew.
            if outcomes
                .iter()
                .any(|outcome| matches!(outcome, Outcome::Failed(_)))
            {
                self.db.backoff(round).await?;
                round += 1;
            }
            self.renew(job, part, &mut renewed).await?;
        }
    }

    async fn remove(&self, group: ResourceId, steps: &[Step]) -> Result<Outcome> {
        let mut transaction = self.transaction();
        for step in steps {
            step.write(&self.keys, group, Bound::CheckedBefore, &mut transaction)?;
        }
        let taken = self.take(transaction).await;
        taken.map_err(Unapplied::into_error)
    }
}

/// A resource on its way out of its groups.
struct Parting {
    remains: Remains,
    /// What holds of its own item: there is none, if it was not brought in anew.
    itself: Condition,
    /// Those of the groups that it is in all the same.
    staying: BTreeSet<ResourceId>,
    known: Groups,
}

/// Steps in parts that fit into a transaction each.
fn parts(mut steps: &[Step]) -> Vec<&[Step]> {
    let mut parts = Vec::new();
    while !steps.is_empty() {
        // One fits always: no document is larger than a transaction.
        let (part, rest) = steps.split_at(fit(steps, MAX_ACTIONS).max(1));
        parts.push(part);
        steps = rest;
    }
    parts
}
