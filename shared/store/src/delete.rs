//! Deleting a resource, and every membership it has.
//!
//! The resource goes in one transaction with its claim, index entries, counter
//! and event, on the condition that neither its document nor its memberships
//! have moved: a concurrent addition would leave an edge for ever. Memberships
//! that do not fit go first. A group's own members come after: once its item is
//! gone it is deleted for every reader, whatever edges are left to sweep.

use crate::counter::{self, Step as Count};
use crate::edge::{self, Edge};
use crate::event::{Audit, Event, Verb};
use crate::index::Entries;
use crate::kind::{Kind, ResourceId};
use crate::membership::Step;
use crate::realm::Realm;
use crate::record::{Record, n};
use crate::transaction::{Action, Condition, Outcome, Transaction};
use crate::update::not_found;
use scim::Result;
use std::collections::BTreeSet;

/// Actions a membership takes in the transaction that deletes the member: its edge, and the group's version.
const ACTIONS_A_GROUP: usize = 2;

impl Realm<'_> {
    /// Deletes a resource. `check` sees the record each time it is read.
    ///
    /// # Errors
    /// `NotFound`; what `check` refuses; `Unavailable` at the deadline.
    pub async fn delete(
        &self,
        kind: Kind,
        id: ResourceId,
        audit: &Audit,
        check: impl Fn(&Record) -> Result<()>,
    ) -> Result<()> {
        // Groups that are named by `memberOf` and no longer exist.
        let mut gone = BTreeSet::new();
        let mut round = 0;
        loop {
            let record = self
                .get(kind, id)
                .await?
                .ok_or_else(|| not_found(kind, id))?;
            check(&record)?;
            let mut transaction = self.transaction();
            self.delete_document(&record, audit, &mut transaction)?;
            let fits = transaction.room() / ACTIONS_A_GROUP;
            if record.member_of.len() > fits {
                self.leave_groups(&record, record.member_of.len() - fits, &mut gone)
                    .await?;
                continue;
            }
            for group in &record.member_of {
                self.leave(&record, *group, &gone, &mut transaction)?;
            }
            match transaction.apply(&self.db, &self.table).await? {
                Outcome::Applied => break,
                Outcome::Failed(failed) => {
                    gone.extend(record.member_of.iter().filter(|group| {
                        failed
                            .at(&self.keys.resource(Kind::Group, **group))
                            .is_some_and(|failed| failed.item.is_empty())
                    }));
                    self.db.backoff(round).await?;
                    round += 1;
                }
            }
        }
        match kind {
            Kind::User => Ok(()),
            Kind::Group => self.sweep_edges(id).await,
        }
    }

    fn delete_document(
        &self,
        record: &Record,
        audit: &Audit,
        transaction: &mut Transaction,
    ) -> Result<()> {
        let condition = Condition::new(
            "version = :version AND mv = :mv",
            [
                (":version", n(record.version)),
                (":mv", n(record.membership_version)),
            ],
        );
        transaction.add(
            self.keys.resource(record.kind, record.id),
            Action::Delete {
                condition: Some(condition),
            },
        )?;
        self.entries(record.kind, record.id, &record.attributes)
            .change(&Entries::default(), record.id, transaction)?;
        counter::count(&self.keys, record.kind, record.id, Count::Down, transaction)?;
        Event {
            verb: Verb::Delete,
            kind: record.kind,
            id: record.id,
            changed: Vec::new(),
            added: 0,
            removed: record.member_of.len(),
            unknown: &[],
        }
        .record(&self.keys, self.caller.key(), self.now, audit, transaction)
    }

    /// Takes the edge from a group to the resource that is being deleted, and moves the group's version.
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
        self.touch(Kind::Group, group, transaction)
    }

    /// Takes the resource out of that many of its groups, ahead of its deletion.
    async fn leave_groups(
        &self,
        record: &Record,
        count: usize,
        gone: &mut BTreeSet<ResourceId>,
    ) -> Result<()> {
        let member = Edge {
            member: record.id,
            kind: record.kind,
        };
        for group in record.member_of.iter().take(count) {
            let mut transaction = self.transaction();
            member.leave(&self.keys, *group, &mut transaction)?;
            if !gone.contains(group) {
                self.touch(Kind::Group, *group, &mut transaction)?;
            }
            if let Outcome::Failed(failed) = transaction.apply(&self.db, &self.table).await?
                && failed
                    .at(&self.keys.resource(Kind::Group, *group))
                    .is_some_and(|failed| failed.item.is_empty())
            {
                gone.insert(*group);
            }
        }
        Ok(())
    }

    /// Deletes the edges of a group that is gone, with their inverses.
    async fn sweep_edges(&self, group: ResourceId) -> Result<()> {
        let mut round = 0;
        let mut dangling = BTreeSet::new();
        loop {
            let most = crate::transaction::MAX_ACTIONS / edge::ACTIONS;
            let (edges, _) = self.members(group, None, Some(most)).await?;
            if edges.is_empty() {
                return Ok(());
            }
            let steps: Vec<Step> = edges
                .into_iter()
                .map(|edge| {
                    if dangling.contains(&edge.member) {
                        Step::RemoveDangling(edge)
                    } else {
                        Step::Remove(edge)
                    }
                })
                .collect();
            let mut transaction = self.transaction();
            for step in &steps {
                step.write(self, group, &mut transaction)?;
            }
            if let Outcome::Failed(failed) = transaction.apply(&self.db, &self.table).await? {
                self.note_dangling(&failed, &steps, &mut dangling);
                self.db.backoff(round).await?;
                round += 1;
            }
        }
    }
}
