//! Deleting a resource, and every membership it has.
//!
//! One transaction takes the resource with its claim, index entries, counter
//! and event, on the condition that neither its document nor its memberships
//! have moved: a concurrent addition would leave an edge for ever. Its own
//! memberships and, of a group, its members go with it where they fit; where
//! they do not, a job sweeps them ([`crate::job`]): whatever was refused has
//! changed nothing, and what is deleted stays deleted.

use crate::change::Guard;
use crate::counter::{self, Step as Count};
use crate::edge::{self, Bound};
use crate::event::{Audit, EventAction, MemberTally, ResourceChange};
use crate::index::Entries;
use crate::job::{JobId, Remains, Task};
use crate::kind::{Kind, ResourceId};
use crate::parting::{self, Groups};
use crate::realm::Realm;
use crate::record::{Record, n};
use crate::step::fit;
use crate::transaction::{Action, Condition, Outcome, Transaction, Unapplied};
use crate::update::not_found;
use scim::Result;
use std::collections::BTreeSet;
use tokio::time::Instant;

/// After how many lost races a group's members are left for a sweep.
const RACES: u32 = 3;

impl Realm<'_> {
    /// Deletes a resource. `check` sees the record each time it is read.
    ///
    /// # Errors
    /// `NotFound`; what `check` refuses; `Forbidden` when the deletion guard
    /// does; `Unavailable` at the deadline.
    pub async fn delete(
        &self,
        kind: Kind,
        id: ResourceId,
        guard: Guard,
        audit: &Audit,
        check: impl Fn(&Record) -> Result<()>,
    ) -> Result<()> {
        let mut known = Groups::default();
        let mut most = usize::MAX;
        let mut round = 0;
        let (sweep, begun) = loop {
            let record = self.get(kind, id).await?;
            let record = record.ok_or_else(|| not_found(kind, id))?;
            check(&record)?;
            let mut transaction = self.transaction();
            self.delete_entries(&record, audit, &mut transaction)?;
            self.count_loss(audit, &mut transaction).await?;
            // Two more actions are the resource's and, of one that leaves something, the job's.
            let room = transaction.room().saturating_sub(2).min(most);
            let groups = if record.member_of.len() <= room / parting::ACTIONS {
                &record.member_of
            } else {
                &BTreeSet::new()
            };
            for group in groups {
                let event = Some(transaction.event());
                known.leave(&self.keys, id, *group, event, &mut transaction)?;
            }
            let stays = groups.len() < record.member_of.len();
            let left = if stays || most == 0 || round >= RACES {
                // Additions and removals that win every race do not hold up a sweep.
                Left::of_all(&record)
            } else {
                self.members_left(&record, &mut transaction).await?
            };
            let sweep = (stays || left == Left::ForSweep).then(|| JobId::new(transaction.at()));
            if let Some(job) = sweep {
                let remains = Remains {
                    kind,
                    id,
                    groups: record.member_of.difference(groups).copied().collect(),
                    job: record.job,
                };
                self.begin_job(job, Task::Sweep(remains), &mut transaction)?;
            }
            transaction.add(
                self.keys.resource(kind, id),
                Action::Delete {
                    condition: Some(unmoved(&record, guard, left)),
                },
            )?;
            let begun = Instant::now();
            match self.commit_if_it_fits(transaction, sweep).await {
                Ok(Outcome::Applied) => break (sweep, begun),
                Ok(Outcome::Failed(failed)) => {
                    known.learn(&self.keys, groups.iter().copied(), &failed);
                    self.db.backoff(round).await?;
                    round += 1;
                }
                // Nobody has read how large the groups are: a job takes them one by one, if need be.
                Err(Unapplied::TooLarge(_)) if most > 0 => most = 0,
                Err(error) => return Err(error.into_error()),
            }
        };
        self.give_room(kind, begun);
        if let Some(job) = sweep {
            self.carry_on(job).await;
        }
        Ok(())
    }

    /// Takes the members of a group out of it where they all fit, ahead of its deletion.
    async fn members_left(&self, record: &Record, transaction: &mut Transaction) -> Result<Left> {
        let left = Left::of_all(record);
        if left == Left::Nothing || record.job.is_some() {
            return Ok(left);
        }
        // Beside the group's own item.
        let room = transaction.room().saturating_sub(1);
        let (edges, more) = self
            .edges()
            .page(record.id, None, None, Some(room / edge::ACTIONS + 1))
            .await?;
        let members: BTreeSet<ResourceId> = edges.iter().map(|edge| edge.member).collect();
        // A member that the group is in itself is in the transaction already.
        let is_circle = !members.is_disjoint(&record.member_of);
        if more || is_circle || members.len() > room / edge::ACTIONS {
            return Ok(Left::ForSweep);
        }
        let found = self.edges().candidates(members.iter().copied()).await?;
        let steps = self.edges().removals(record.id, members, &found).await?;
        if fit(&steps, room) < steps.len() {
            return Ok(Left::ForSweep);
        }
        for step in steps {
            step.write(&self.keys, record.id, Bound::CheckedBefore, transaction)?;
        }
        Ok(Left::Taken)
    }

    /// Takes away what leads to a resource, and records its deletion.
    fn delete_entries(
        &self,
        record: &Record,
        audit: &Audit,
        transaction: &mut Transaction,
    ) -> Result<()> {
        self.entries(record.kind, record.id, &record.attributes)?
            .change(&Entries::default(), record.id, transaction)?;
        counter::count(&self.keys, record.kind, record.id, Count::Down, transaction)?;
        let change = ResourceChange {
            action: EventAction::Delete,
            kind: record.kind,
            id: record.id,
            changed: Vec::new(),
            after: None,
            members: MemberTally {
                removed: record.member_of.len(),
                ..MemberTally::default()
            },
        };
        self.record_change(change, audit, transaction)
    }
}

/// What the transaction that deletes a resource leaves of its members.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Left {
    /// It has none.
    Nothing,
    /// Those that it had when it was read go with it.
    Taken,
    /// All of them, for a job to sweep.
    ForSweep,
}

impl Left {
    /// What is left when the transaction takes none.
    fn of_all(record: &Record) -> Self {
        match record.kind {
            Kind::User => Self::Nothing,
            Kind::Group => Self::ForSweep,
        }
    }
}

/// Neither the document nor the memberships have changed since they were read.
fn unmoved(record: &Record, guard: Guard, left: Left) -> Condition {
    let mut expression = "dv = :dv AND mv = :mv".to_owned();
    let mut values = vec![
        (":dv", n(record.document_version)),
        (":mv", n(record.membership_version)),
    ];
    if guard == Guard::Version || left == Left::Taken {
        expression.push_str(" AND version = :version");
        values.push((":version", n(record.version)));
    }
    match (left, record.job) {
        (Left::ForSweep, Some(job)) => {
            expression.push_str(" AND job = :job");
            values.push((":job", job.value()));
        }
        // What a job brings later would not be swept.
        (Left::ForSweep, None) => expression.push_str(" AND attribute_not_exists(job)"),
        (Left::Nothing | Left::Taken, _) => {}
    }
    Condition::new(expression, values)
}
