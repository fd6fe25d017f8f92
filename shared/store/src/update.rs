//! Changing a resource: computed from what is stored, written on the condition
//! that it still is, computed again when it is not.

use crate::change::{Change, Guard};
use crate::create::refuse_taken;
use crate::db::Consistency;
use crate::event::{Audit, Event, Verb, changed};
use crate::kind::{Kind, ResourceId};
use crate::membership::{self, Step};
use crate::realm::Realm;
use crate::record::{Record, binary, millis, n};
use crate::transaction::{Action, Condition, Outcome, Transaction};
use scim::patch::MemberOp;
use scim::{Attributes, Error, ErrorKind, Result};

/// What an event says of a change beside its members.
struct Moved<'a> {
    verb: Verb,
    id: ResourceId,
    kind: Kind,
    changed: Vec<String>,
    unknown: &'a [String],
}

impl Guard {
    /// The condition on the resource, read at this version.
    fn expecting(self, version: u64) -> Condition {
        match self {
            Self::Exists => Condition::exists(),
            Self::Version => Condition::new("version = :version", [(":version", n(version))]),
        }
    }
}

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
            let delta = self.plan_members(id, &members).await?;
            let changed = changed(&record.attributes, &attributes);
            if changed.is_empty() && delta.steps.is_empty() {
                return Ok(record);
            }
            let document = (!changed.is_empty()).then_some(&attributes);
            let guard = if document.is_some() {
                Guard::Version
            } else {
                guard
            };
            let guard = membership::guard(&members, guard);
            let before = self.entries(kind, id, &record.attributes)?;
            let after = self.entries(kind, id, &attributes)?;

            let mut transaction = self.transaction();
            before.change(&after, id, &mut transaction)?;
            self.move_on(
                kind,
                id,
                guard.expecting(record.version),
                document,
                &mut transaction,
            )?;
            // One action is the event's.
            let fit = membership::fit(&delta.steps, transaction.room() - 1);
            let (now, later) = delta.steps.split_at(fit);
            let change = Moved {
                verb,
                id,
                kind,
                changed,
                unknown: &delta.unknown,
            };
            self.record_event(change, now, audit, &mut transaction)?;
            for step in now {
                step.write(self, id, &mut transaction)?;
            }
            match transaction.apply(&self.db, &self.table).await? {
                Outcome::Applied => {
                    let version = record.version + 1;
                    self.finish_members(id, &members, later.to_vec(), version, verb, audit)
                        .await?;
                    return Ok(Record {
                        attributes,
                        version,
                        modified: self.now,
                        ..record
                    });
                }
                Outcome::Failed(failed) => {
                    refuse_taken(&failed, &after, kind, id, &attributes)?;
                    self.db.backoff(round).await?;
                    round += 1;
                }
            }
        }
    }

    /// The rest of a change of members that one transaction could not hold.
    ///
    /// Additions and removals go on whatever else happens to the group: what a
    /// later request has said of a member already dealt with stands. Operations
    /// that set the members as a whole go on only from the version they have
    /// made, and start over from the members as they are when they are overtaken:
    /// of two replaces one comes last, whole.
    pub(crate) async fn finish_members(
        &self,
        id: ResourceId,
        ops: &[MemberOp],
        mut steps: Vec<Step>,
        mut version: u64,
        verb: Verb,
        audit: &Audit,
    ) -> Result<()> {
        let kind = Kind::Group;
        let guard = membership::guard(ops, Guard::Exists);
        let mut round = 0;
        while !steps.is_empty() {
            let mut transaction = self.transaction();
            self.move_on(kind, id, guard.expecting(version), None, &mut transaction)?;
            let fit = membership::fit(&steps, transaction.room() - 1);
            let (now, later) = steps.split_at(fit);
            let change = Moved {
                verb,
                id,
                kind,
                changed: Vec::new(),
                unknown: &[],
            };
            self.record_event(change, now, audit, &mut transaction)?;
            for step in now {
                step.write(self, id, &mut transaction)?;
            }
            match transaction.apply(&self.db, &self.table).await? {
                Outcome::Applied => {
                    version += 1;
                    steps = later.to_vec();
                }
                Outcome::Failed(_) => {
                    self.db.backoff(round).await?;
                    round += 1;
                    let group = self
                        .get(kind, id)
                        .await?
                        .ok_or_else(|| not_found(kind, id))?;
                    version = group.version;
                    steps = match guard {
                        Guard::Exists => self.plan_members(id, &membership::rest(&steps)).await?,
                        Guard::Version => self.plan_members(id, ops).await?,
                    }
                    .steps;
                }
            }
        }
        Ok(())
    }

    /// Moves a resource's version on, with a new document when there is one.
    pub(crate) fn move_on(
        &self,
        kind: Kind,
        id: ResourceId,
        condition: Condition,
        document: Option<&Attributes>,
        transaction: &mut Transaction,
    ) -> Result<()> {
        let mut expression = "SET modified = :now, ev = :ev".to_owned();
        let mut values = vec![
            (":now", millis(self.now)),
            (":ev", binary(transaction.event().as_bytes())),
            (":one", n(1)),
        ];
        if let Some(attributes) = document {
            expression.push_str(", doc = :doc");
            values.push((":doc", crate::record::document(attributes)?));
        }
        // An ADD, so that changes which do not compete can each count.
        expression.push_str(" ADD version :one");
        transaction.add(
            self.keys.resource(kind, id),
            Action::Update {
                expression,
                condition: Some(condition),
                values,
            },
        )
    }

    fn record_event(
        &self,
        change: Moved<'_>,
        steps: &[Step],
        audit: &Audit,
        transaction: &mut Transaction,
    ) -> Result<()> {
        let (added, removed) = membership::tally(steps);
        let Moved {
            verb,
            id,
            kind,
            changed,
            unknown,
        } = change;
        Event {
            verb,
            kind,
            id,
            changed,
            added,
            removed,
            unknown,
        }
        .record(&self.keys, self.caller.key(), self.now, audit, transaction)
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
