//! Changing a resource: computed from what is stored, written on the condition
//! that it still is, computed again when it is not.

use crate::change::{Basis, Change, Guard};
use crate::create::refuse_taken;
use crate::db::Consistency;
use crate::deletion_guard::{deactivates, has_room};
use crate::event::{Audit, EventAction, MemberTally, ResourceChange, changed};
use crate::kind::{Kind, ResourceId};
use crate::membership::{self, Step};
use crate::realm::Realm;
use crate::record::{Record, binary, millis, n};
use crate::transaction::{Action, Condition, Outcome, Transaction};
use aws_sdk_dynamodb::types::AttributeValue;
use scim::patch::MemberOp;
use scim::{Attributes, Error, ErrorKind, Result};

/// What an event says of a change beside its members.
struct Moved<'a> {
    action: EventAction,
    id: ResourceId,
    kind: Kind,
    changed: Vec<String>,
    after: Option<&'a Attributes>,
    unknown: &'a [String],
}

/// How a change of members goes on after its first transaction.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Course {
    /// With what is left of it.
    On,
    /// From the beginning: another setting of the members as a whole came between.
    Anew,
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
    /// `NotFound`; `Uniqueness`; what `change` refuses; `Forbidden` when the
    /// deletion guard does; `Unavailable` at the deadline.
    pub async fn update(
        &self,
        kind: Kind,
        id: ResourceId,
        action: EventAction,
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
            let delta = self.plan_known_members(id, &members).await?;
            let changed = changed(&record.attributes, &attributes);
            if changed.is_empty() && delta.steps.is_empty() {
                return Ok(record);
            }
            let document = (!changed.is_empty()).then_some(&attributes);
            let replaces = membership::needs_all(&members);
            let basis = Basis {
                version: (guard == Guard::Version).then_some(record.version),
                document: document.map(|_| record.document_version),
                replace: replaces.then_some(record.replace_version),
            };
            let before = self.entries(kind, id, &record.attributes)?;
            let after = self.entries(kind, id, &attributes)?;

            let mut transaction = self.transaction();
            before.change(&after, id, &mut transaction)?;
            self.move_on(kind, id, basis, document, &mut transaction)?;
            if deactivates(kind, &record.attributes, &attributes) {
                self.count_loss(audit, &mut transaction).await?;
                has_room(&transaction)?;
            }
            // One action is the event's.
            let fit = membership::fit(&delta.steps, transaction.room() - 1);
            let (now, later) = delta.steps.split_at(fit);
            let change = Moved {
                action,
                id,
                kind,
                changed,
                after: document,
                unknown: &delta.unknown,
            };
            self.record_event(change, now, audit, &mut transaction)?;
            for step in now {
                step.write(self, id, &mut transaction)?;
            }
            match transaction.apply(&self.db, &self.table).await? {
                Outcome::Applied => {
                    let replace = record.replace_version + u64::from(replaces);
                    self.finish_members(id, &members, later.to_vec(), replace, action, audit)
                        .await?;
                    let version = record.version + 1;
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
    /// that set the members as a whole go on while theirs is the last such
    /// setting, and start over from the members as they are when it is not: of
    /// two replaces one comes last, whole.
    pub(crate) async fn finish_members(
        &self,
        id: ResourceId,
        ops: &[MemberOp],
        mut steps: Vec<Step>,
        mut replace: u64,
        action: EventAction,
        audit: &Audit,
    ) -> Result<()> {
        let kind = Kind::Group;
        let whole = membership::needs_all(ops);
        let mut course = Course::On;
        let mut round = 0;
        while !steps.is_empty() {
            let mut transaction = self.transaction();
            let basis = Basis {
                replace: whole.then_some(replace),
                ..Basis::default()
            };
            match course {
                // To start over is another setting of the members as a whole.
                Course::Anew => self.move_on(kind, id, basis, None, &mut transaction)?,
                Course::On => self.touch(id, basis, &mut transaction)?,
            }
            // One action is the event's.
            let fit = membership::fit(&steps, transaction.room() - 1);
            let (now, later) = steps.split_at(fit);
            let change = Moved {
                action,
                id,
                kind,
                changed: Vec::new(),
                after: None,
                unknown: &[],
            };
            self.record_event(change, now, audit, &mut transaction)?;
            for step in now {
                step.write(self, id, &mut transaction)?;
            }
            match transaction.apply(&self.db, &self.table).await? {
                Outcome::Applied => {
                    steps = later.to_vec();
                    replace += u64::from(course == Course::Anew);
                    course = Course::On;
                }
                Outcome::Failed(_) => {
                    self.db.backoff(round).await?;
                    round += 1;
                    let group = self
                        .get(kind, id)
                        .await?
                        .ok_or_else(|| not_found(kind, id))?;
                    if whole && group.replace_version != replace {
                        course = Course::Anew;
                        replace = group.replace_version;
                    }
                    let left = if whole {
                        ops.to_vec()
                    } else {
                        membership::rest(&steps)
                    };
                    steps = self.plan_members(id, &left).await?.steps;
                }
            }
        }
        Ok(())
    }

    /// Moves a resource's version on, with a new document when there is one.
    fn move_on(
        &self,
        kind: Kind,
        id: ResourceId,
        basis: Basis,
        document: Option<&Attributes>,
        transaction: &mut Transaction,
    ) -> Result<()> {
        let mut set = String::new();
        // ADDs, so that changes which do not compete can each count.
        let mut add = String::new();
        let mut values = Vec::new();
        if let Some(attributes) = document {
            set.push_str(", doc = :doc");
            add.push_str(", dv :one");
            values.push((":doc", crate::record::document(attributes)?));
        }
        if basis.replace.is_some() {
            add.push_str(", rv :one");
        }
        self.advance(
            kind,
            id,
            basis.condition(),
            (&set, &add),
            values,
            transaction,
        )
    }

    /// Moves a group's version on for what happens to its members alone.
    pub(crate) fn touch(
        &self,
        group: ResourceId,
        basis: Basis,
        transaction: &mut Transaction,
    ) -> Result<()> {
        self.advance(
            Kind::Group,
            group,
            basis.condition(),
            ("", ""),
            Vec::new(),
            transaction,
        )
    }

    fn advance(
        &self,
        kind: Kind,
        id: ResourceId,
        condition: Condition,
        (set, add): (&str, &str),
        mut values: Vec<(&'static str, AttributeValue)>,
        transaction: &mut Transaction,
    ) -> Result<()> {
        values.extend([
            (":now", millis(self.now)),
            (":ev", binary(transaction.event().as_bytes())),
            (":one", n(1)),
        ]);
        transaction.add(
            self.keys.resource(kind, id),
            Action::Update {
                expression: format!("SET modified = :now, ev = :ev{set} ADD version :one{add}"),
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
        let change = ResourceChange {
            action: change.action,
            kind: change.kind,
            id: change.id,
            changed: change.changed,
            after: change.after,
            members: MemberTally {
                added,
                removed,
                unknown: change.unknown,
            },
        };
        self.record_change(change, audit, transaction)
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
        item.map(|item| self.record(kind, item)).transpose()
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
