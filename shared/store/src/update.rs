//! Changing a resource: computed from what is stored, written on the condition
//! that it still is, computed again when it is not.

use crate::change::{Change, Guard};
use crate::create::refuse_taken;
use crate::db::Consistency;
use crate::edge;
use crate::event::{Audit, Event, Verb, changed};
use crate::kind::{Kind, ResourceId};
use crate::membership::{Delta, Step, replaces};
use crate::realm::Realm;
use crate::record::{Record, binary, document, millis, n};
use crate::transaction::{Action, Condition, Failed, Outcome, Transaction};
use scim::patch::MemberOp;
use scim::{Error, ErrorKind, Result};
use std::collections::BTreeSet;

impl Realm<'_> {
    /// Applies what `change` makes of the stored record, whole or not at all,
    /// and answers the record as it then is. A change that changes nothing
    /// writes nothing.
    ///
    /// A group change of more members than one transaction holds goes on in
    /// further transactions; each is idempotent, and the caller may repeat the
    /// request.
    ///
    /// # Errors
    /// `NotFound`; `Uniqueness`; what `change` refuses; `Unavailable` at the deadline.
    pub async fn update(
        &self,
        kind: Kind,
        id: ResourceId,
        verb: Verb,
        audit: &Audit,
        change: impl Fn(&Record) -> Result<Change>,
    ) -> Result<Record> {
        let mut dangling = BTreeSet::new();
        let mut round = 0;
        loop {
            let record = self
                .get(kind, id)
                .await?
                .ok_or_else(|| not_found(kind, id))?;
            let Change {
                attributes,
                members,
                guard,
            } = change(&record)?;
            let delta = self.plan_members(id, &members, &dangling).await?;
            let changed = changed(&record.attributes, &attributes);
            if changed.is_empty() && delta.steps.is_empty() {
                return Ok(record);
            }
            let guard = if changed.is_empty() && !replaces(&members) {
                guard
            } else {
                Guard::Version
            };
            let before = self.entries(kind, id, &record.attributes);
            let after = self.entries(kind, id, &attributes);
            let mut next = record.clone();
            next.attributes = attributes;
            next.version += 1;
            next.modified = self.now;

            let mut transaction = self.transaction();
            before.change(&after, id, &mut transaction)?;
            let with = (!changed.is_empty()).then_some(&next);
            self.move_on(&record, with, guard, &mut transaction)?;
            self.record_event(kind, id, verb, changed, &delta, audit, &mut transaction)?;
            let fit = (transaction.room() / edge::ACTIONS).min(delta.steps.len());
            let (now, later) = delta.steps.split_at(fit);
            for step in now {
                step.write(self, id, &mut transaction)?;
            }
            match transaction.apply(&self.db, &self.table).await? {
                Outcome::Applied => {
                    if !later.is_empty() {
                        self.finish_members(id, &members, later.to_vec(), verb, audit)
                            .await?;
                    }
                    return Ok(next);
                }
                Outcome::Failed(failed) => {
                    refuse_taken(&failed, &after, kind, id, &next.attributes)?;
                    self.note_dangling(&failed, now, &mut dangling);
                    self.db.backoff(round).await?;
                    round += 1;
                }
            }
        }
    }

    /// The rest of a change of members that one transaction could not hold. What is left
    /// is planned again whenever a member has changed meanwhile.
    pub(crate) async fn finish_members(
        &self,
        id: ResourceId,
        ops: &[MemberOp],
        mut steps: Vec<Step>,
        verb: Verb,
        audit: &Audit,
    ) -> Result<()> {
        let mut dangling = BTreeSet::new();
        let mut round = 0;
        while !steps.is_empty() {
            let mut transaction = self.transaction();
            self.touch(Kind::Group, id, &mut transaction)?;
            // One action is the event's.
            let fit = ((transaction.room() - 1) / edge::ACTIONS).min(steps.len());
            let later = steps.split_off(fit);
            let delta = Delta {
                steps,
                unknown: Vec::new(),
            };
            self.record_event(
                Kind::Group,
                id,
                verb,
                Vec::new(),
                &delta,
                audit,
                &mut transaction,
            )?;
            for step in &delta.steps {
                step.write(self, id, &mut transaction)?;
            }
            match transaction.apply(&self.db, &self.table).await? {
                Outcome::Applied => steps = later,
                Outcome::Failed(failed) => {
                    if failed.at(&self.keys.resource(Kind::Group, id)).is_some() {
                        return Err(not_found(Kind::Group, id));
                    }
                    self.note_dangling(&failed, &delta.steps, &mut dangling);
                    self.db.backoff(round).await?;
                    round += 1;
                    steps = self.plan_members(id, ops, &dangling).await?.steps;
                }
            }
        }
        Ok(())
    }

    /// Moves the resource's version on, with a new document when there is one.
    fn move_on(
        &self,
        record: &Record,
        next: Option<&Record>,
        guard: Guard,
        transaction: &mut Transaction,
    ) -> Result<()> {
        let mut expression = "SET modified = :now, ev = :ev".to_owned();
        let mut values = vec![
            (":now", millis(self.now)),
            (":ev", binary(transaction.event().as_bytes())),
        ];
        if let Some(next) = next {
            expression.push_str(", doc = :doc");
            values.push((":doc", document(&next.attributes)?));
        }
        // An ADD, so that changes which do not compete can each count.
        expression.push_str(" ADD version :one");
        values.push((":one", n(1)));
        let condition = match guard {
            Guard::Exists => Condition::exists(),
            Guard::Version => {
                Condition::new("version = :version", [(":version", n(record.version))])
            }
        };
        transaction.add(
            self.keys.resource(record.kind, record.id),
            Action::Update {
                expression,
                condition: Some(condition),
                values,
            },
        )
    }

    /// Moves the version of a resource on without changing its document.
    pub(crate) fn touch(
        &self,
        kind: Kind,
        id: ResourceId,
        transaction: &mut Transaction,
    ) -> Result<()> {
        transaction.add(
            self.keys.resource(kind, id),
            Action::Update {
                expression: "SET modified = :now ADD version :one".to_owned(),
                condition: Some(Condition::exists()),
                values: vec![(":now", millis(self.now)), (":one", n(1))],
            },
        )
    }

    #[expect(clippy::too_many_arguments, reason = "each is one field of the event")]
    fn record_event(
        &self,
        kind: Kind,
        id: ResourceId,
        verb: Verb,
        changed: Vec<String>,
        delta: &Delta,
        audit: &Audit,
        transaction: &mut Transaction,
    ) -> Result<()> {
        Event {
            verb,
            kind,
            id,
            changed,
            added: delta.added(),
            removed: delta.removed(),
            unknown: &delta.unknown,
        }
        .record(&self.keys, self.caller.key(), self.now, audit, transaction)
    }

    /// A removal that failed at the member has no inverse to take away, or met
    /// another change: the next plan tries the edge alone, on the condition that
    /// there is no inverse.
    pub(crate) fn note_dangling(
        &self,
        failed: &Failed,
        steps: &[Step],
        dangling: &mut BTreeSet<ResourceId>,
    ) {
        for step in steps {
            match step {
                Step::Remove(edge)
                    if failed
                        .at(&self.keys.resource(edge.kind, edge.member))
                        .is_some() =>
                {
                    dangling.insert(edge.member);
                }
                Step::RemoveDangling(edge) => {
                    dangling.remove(&edge.member);
                }
                Step::Insert(_) | Step::Remove(_) => {}
            }
        }
    }

    /// The resource, as it is now.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn get(&self, kind: Kind, id: ResourceId) -> Result<Option<Record>> {
        let item = self
            .db
            .get(&self.keys.resource(kind, id), Consistency::Strong)
            .await?;
        item.map(|item| Record::read(kind, item)).transpose()
    }
}

pub(crate) fn not_found(kind: Kind, id: ResourceId) -> Error {
    Error::new(
        ErrorKind::NotFound,
        format!(
            "{} `{id}` does not exist, or no longer does",
            kind.resource_type().name
        ),
    )
}
