//! Deleting a resource, and every membership it has.
//!
//! The resource goes in one transaction with its claim, index entries, counter
//! and event, on the condition that neither its document nor its memberships
//! have moved: a concurrent addition would leave an edge for ever. Memberships
//! that do not fit go first. A group's own members come after: once its item is
//! gone it is deleted for every reader, whatever edges are left to sweep.

use crate::change::{Basis, Guard};
use crate::counter::{self, Step as Count};
use crate::edge;
use crate::event::{Audit, EventAction, MemberTally, ResourceChange};
use crate::index::Entries;
use crate::kind::{Kind, ResourceId};
use crate::membership;
use crate::realm::Realm;
use crate::record::{Record, binary, id_set, n};
use crate::transaction::{Action, Condition, MAX_ACTIONS, Outcome, Transaction};
use crate::update::not_found;
use scim::Result;
use std::collections::BTreeSet;

/// Actions a membership takes in the transaction that deletes the member: its edge, and the group's version.
const ACTIONS_A_GROUP: usize = 2;

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
        loop {
            let Some(record) = self.get(kind, id).await? else {
                // What an interrupted deletion has left goes now.
                self.sweep(kind, id).await;
                return Err(not_found(kind, id));
            };
            check(&record)?;
            let mut transaction = self.transaction();
            self.delete_document(&record, guard, audit, &mut transaction)?;
            let room = transaction.room().saturating_sub(usize::from(uncounted));
            let groups = if record.member_of.len() <= room / ACTIONS_A_GROUP {
                if uncounted {
                    self.count_loss(audit, &mut transaction).await?;
                }
                for group in &record.member_of {
                    self.leave(&record, *group, &gone, &mut transaction)?;
                }
                record.member_of.clone()
            } else {
                transaction = self.transaction();
                if uncounted {
                    self.count_loss(audit, &mut transaction).await?;
                }
                self.leave_some(&record, &gone, audit, &mut transaction)?
            };
            let last = groups.len() == record.member_of.len();
            match transaction.apply(&self.db, &self.table).await? {
                Outcome::Applied if last => break,
                Outcome::Applied => uncounted = false,
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
        }
        self.give_room(kind);
        self.sweep(kind, id).await;
        Ok(())
    }

    fn delete_document(
        &self,
        record: &Record,
        guard: Guard,
        audit: &Audit,
        transaction: &mut Transaction,
    ) -> Result<()> {
        transaction.add(
            self.keys.resource(record.kind, record.id),
            Action::Delete {
                condition: Some(unmoved(record, guard)),
            },
        )?;
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
        self.touch(group, Basis::default(), transaction)
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
        let most = (transaction.room() - 2) / ACTIONS_A_GROUP;
        let groups: BTreeSet<ResourceId> = record.member_of.iter().take(most).copied().collect();
        for group in &groups {
            self.leave(record, *group, gone, transaction)?;
        }
        transaction.add(
            self.keys.resource(record.kind, record.id),
            Action::Update {
                expression: "SET ev = :ev DELETE memberOf :groups ADD mv :left".to_owned(),
                condition: Some(unmoved(record, Guard::Exists)),
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

    /// Sweeps what a deleted group has left. It is gone for every reader: what is
    /// not swept fails nobody, and goes with the next DELETE of its id.
    async fn sweep(&self, kind: Kind, id: ResourceId) {
        if let Err(error) = self.sweep_edges(kind, id).await {
            tracing::warn!(kind = ?error.kind(), cause = error.cause().map(tracing::field::display), "the memberships of a deleted group are not all swept");
        }
    }

    /// Deletes the edges of a group that is gone, with their inverses. It has no
    /// events: what it does nobody can see, and the deletion has its own.
    async fn sweep_edges(&self, kind: Kind, group: ResourceId) -> Result<()> {
        if kind != Kind::Group {
            return Ok(());
        }
        let mut round = 0;
        loop {
            let (edges, _) = self
                .members(group, None, Some(MAX_ACTIONS / edge::ACTIONS))
                .await?;
            if edges.is_empty() {
                return Ok(());
            }
            let steps = self.plan_removals(group, edges).await?;
            let mut transaction = self.transaction();
            let fit = membership::fit(&steps, transaction.room());
            for step in steps.get(..fit).unwrap_or_default() {
                step.write(self, group, &mut transaction)?;
            }
            if let Outcome::Failed(_) = transaction.apply(&self.db, &self.table).await? {
                self.db.backoff(round).await?;
                round += 1;
            }
        }
    }
}

/// Neither the document nor the memberships have changed since they were read.
fn unmoved(record: &Record, guard: Guard) -> Condition {
    let mut expression = "dv = :dv AND mv = :mv".to_owned();
    let mut values = vec![
        (":dv", n(record.document_version)),
        (":mv", n(record.membership_version)),
    ];
    if guard == Guard::Version {
        expression.push_str(" AND version = :version");
        values.push((":version", n(record.version)));
    }
    Condition::new(expression, values)
}
