//! Deleting a resource, and every membership it has.
//!
//! The resource goes in one transaction with its claim, index entries, counter
//! and event, on the condition that neither its document nor its memberships
//! have moved: a concurrent addition would leave an edge for ever. Memberships
//! that do not fit go first. A group's own members go with it where they fit;
//! where they do not, a job sweeps them: once the group's item is gone it is
//! deleted for every reader, whatever edges are left.

use crate::change::Guard;
use crate::counter::{self, Step as Count};
use crate::edge::{self, Bound};
use crate::event::{Audit, EventAction, MemberTally, ResourceChange};
use crate::index::Entries;
use crate::job::{JobId, Task};
use crate::kind::{Kind, ResourceId};
use crate::realm::Realm;
use crate::record::{Record, binary, id_set, n};
use crate::step::fit;
use crate::transaction::{Action, Condition, Outcome, Transaction};
use crate::update::not_found;
use scim::Result;
use std::collections::BTreeSet;
use tokio::time::Instant;

/// Actions a membership takes in the transaction that deletes the member: its edge, and the group's version.
const ACTIONS_A_GROUP: usize = 2;
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
        // Groups that are named by `memberOf` and no longer exist.
        let mut gone = BTreeSet::new();
        // Whether the deletion guard has counted it: with the first transaction.
        let mut uncounted = self.guard().is_some();
        let mut round = 0;
        let (sweep, begun) = loop {
            let record = self.get(kind, id).await?;
            let record = record.ok_or_else(|| not_found(kind, id))?;
            check(&record)?;
            let mut transaction = self.transaction();
            self.delete_entries(&record, audit, &mut transaction)?;
            // Two more actions are the resource's and, of a big group, the job's.
            let room = transaction
                .room()
                .saturating_sub(2 + usize::from(uncounted));
            let mut sweep = None;
            let (groups, stage) = if record.member_of.len() <= room / ACTIONS_A_GROUP {
                for group in &record.member_of {
                    self.leave(&record, *group, &gone, &mut transaction)?;
                }
                let left = if round < RACES {
                    self.members_left(&record, uncounted, &mut transaction)
                        .await?
                } else {
                    // Additions and removals that win every race do not hold up a sweep.
                    Left::of_all(&record)
                };
                if left == Left::ForSweep {
                    let job = JobId::new(self.now);
                    let (group, other) = (id, record.job);
                    let task = Task::Sweep { group, job: other };
                    self.begin_job(job, task, &mut transaction)?;
                    sweep = Some(job);
                }
                if uncounted {
                    self.count_loss(audit, &mut transaction).await?;
                }
                transaction.add(
                    self.keys.resource(kind, id),
                    Action::Delete {
                        condition: Some(unmoved(&record, guard, left)),
                    },
                )?;
                (record.member_of.clone(), Stage::Last)
            } else {
                transaction = self.transaction();
                if uncounted {
                    self.count_loss(audit, &mut transaction).await?;
                }
                let groups = self.leave_some(&record, &gone, audit, &mut transaction)?;
                (groups, Stage::Ahead)
            };
            let begun = Instant::now();
            match self.commit(transaction, sweep).await? {
                Outcome::Applied => match stage {
                    Stage::Last => break (sweep, begun),
                    Stage::Ahead => uncounted = false,
                },
                Outcome::Failed(failed) => {
                    gone.extend(groups.into_iter().filter(|group| {
                        failed
                            .at(&self.keys.resource(Kind::Group, *group))
                            .is_some_and(|failed| failed.item.is_empty())
                    }));
                    self.db.backoff(round).await?;
                    round += 1;
                }
            }
        };
        self.give_room(kind, begun);
        if let Some(job) = sweep {
            self.carry_on(job).await;
        }
        Ok(())
    }

    /// Takes the members of a group out of it where they all fit, ahead of its deletion.
    async fn members_left(
        &self,
        record: &Record,
        uncounted: bool,
        transaction: &mut Transaction,
    ) -> Result<Left> {
        let left = Left::of_all(record);
        if left == Left::Nothing || record.job.is_some() {
            return Ok(left);
        }
        // Beside the group's own item and, perhaps, the guard's.
        let room = transaction
            .room()
            .saturating_sub(1 + usize::from(uncounted));
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
        self.event_of(
            record.kind,
            record.id,
            record.member_of.len(),
            audit,
            transaction,
        )
    }

    /// Takes the edge from a group to the resource, and moves the group's version.
    fn leave(
        &self,
        record: &Record,
        group: ResourceId,
        gone: &BTreeSet<ResourceId>,
        transaction: &mut Transaction,
    ) -> Result<()> {
        transaction.add(
            self.keys.edge(group, record.id),
            Action::Delete { condition: None },
        )?;
        if gone.contains(&group) {
            return Ok(());
        }
        self.touch(group, transaction)
    }

    /// Takes the resource out of as many of its groups as one transaction holds, ahead of its deletion.
    fn leave_some(
        &self,
        record: &Record,
        gone: &BTreeSet<ResourceId>,
        audit: &Audit,
        transaction: &mut Transaction,
    ) -> Result<BTreeSet<ResourceId>> {
        // Two more actions are the resource's and the event's.
        let most = transaction.room().saturating_sub(2) / ACTIONS_A_GROUP;
        let groups: BTreeSet<ResourceId> = record.member_of.iter().take(most).copied().collect();
        for group in &groups {
            self.leave(record, *group, gone, transaction)?;
        }
        transaction.add(
            self.keys.resource(record.kind, record.id),
            Action::Update {
                expression: "SET ev = :ev DELETE memberOf :groups ADD mv :left".to_owned(),
                condition: Some(unmoved(record, Guard::Exists, Left::Nothing)),
                values: vec![
                    (":ev", binary(transaction.event().as_bytes())),
                    (":groups", id_set(groups.iter().copied())),
                    (":left", n(groups.len())),
                ],
            },
        )?;
        self.event_of(record.kind, record.id, groups.len(), audit, transaction)?;
        Ok(groups)
    }

    fn event_of(
        &self,
        kind: Kind,
        id: ResourceId,
        removed: usize,
        audit: &Audit,
        transaction: &mut Transaction,
    ) -> Result<()> {
        let change = ResourceChange {
            action: EventAction::Delete,
            kind,
            id,
            changed: Vec::new(),
            after: None,
            members: MemberTally {
                removed,
                ..MemberTally::default()
            },
        };
        self.record_change(change, audit, transaction)
    }
}

/// Whether a transaction deletes the resource, or goes ahead of the one that does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Ahead,
    Last,
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
