//! A realm's resources as they come from another table: under the ids they had
//! there, as old as they were there.
//!
//! Each goes in one transaction with all that a creation has. What is there
//! already stays as it is, so that an import may be repeated; what is there and
//! is something else is not written over.

use crate::change::{Basis, Touches, Turn};
use crate::counter::{self, Step as Count};
use crate::event::{Audit, EventAction, MemberTally, ResourceChange, changed};
use crate::index::Entries;
use crate::kind::{Kind, ResourceId};
use crate::realm::Realm;
use crate::record::Record;
use crate::state::MemberState;
use crate::transaction::{Action, Condition, MAX_ACTIONS, Outcome};
use crate::update::{Dating, Move, tally};
use auth::Actor;
use jiff::Timestamp;
use scim::accept::Member;
use scim::patch::MemberOp;
use scim::{Attributes, Error, ErrorKind, Result};
use std::collections::BTreeSet;

/// A user, or a group without its members, as another table had it.
#[derive(Debug, Clone, PartialEq)]
pub struct Carried {
    /// User or group.
    pub kind: Kind,
    /// Its identifier there and here.
    pub id: ResourceId,
    /// What its client has set, as it was stored there.
    pub attributes: Attributes,
    /// When it was created.
    pub created: Timestamp,
    /// When it was last changed.
    pub modified: Timestamp,
    /// Who made it. The key of another table names nobody here.
    pub created_by: Option<Actor>,
    /// How far it has come.
    pub state: MemberState,
}

/// What an import came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Import {
    /// It is there now.
    Applied,
    /// It was there already.
    Unchanged,
}

/// What an import of members came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Imported {
    /// Whether any was added.
    pub import: Import,
    /// How many of them the realm does not have, and who are therefore left out.
    pub unknown: usize,
}

impl Realm<'_> {
    /// Brings in a resource.
    ///
    /// Its version begins where no version of any table has come to: an entity-tag
    /// that a client has from there must never fit what it has not seen here.
    ///
    /// # Errors
    /// `Conflict` when the realm holds something else under its id;
    /// `Uniqueness` when another resource holds its name.
    pub async fn import(&self, carried: &Carried, audit: &Audit) -> Result<Import> {
        let mut record = carried.record(self.now);
        let Record { kind, id, .. } = record;
        record.attributes = self.adopted(kind, record.attributes);
        let entries = self.entries(kind, id, &record.attributes)?;
        let other = match kind {
            Kind::User => Kind::Group,
            Kind::Group => Kind::User,
        };
        let mut round = 0;
        loop {
            if let Some(there) = self.get(kind, id).await? {
                return if is_same(&record, &there) {
                    Ok(Import::Unchanged)
                } else {
                    Err(taken(kind, id, "differs"))
                };
            }
            let mut transaction = self.transaction();
            self.put_new(&record, &mut transaction)?;
            // Members are named by ids alone: one id is one resource.
            transaction.add(
                self.keys.resource(other, id),
                Action::Check {
                    condition: Condition::absent(),
                },
            )?;
            Entries::default().change(&entries, id, &mut transaction)?;
            counter::count(&self.keys, kind, id, Count::Up, &mut transaction)?;
            let change = ResourceChange {
                changed: changed(&Attributes::default(), &record.attributes),
                after: Some(&record.attributes),
                ..imported(kind, id)
            };
            self.record_change(change, audit, &mut transaction)?;
            match transaction.apply(&self.db, &self.table).await? {
                Outcome::Applied => return Ok(Import::Applied),
                Outcome::Failed(failed) => {
                    if failed.at(&self.keys.resource(other, id)).is_some() {
                        return Err(taken(other, id, "is in the realm"));
                    }
                    crate::create::refuse_taken(&failed, &entries, kind, id, &record.attributes)?;
                    self.db.backoff(round).await?;
                    round += 1;
                }
            }
        }
    }

    /// Brings in members of a group, which must be there. The group is as old
    /// afterwards as it was before.
    ///
    /// # Errors
    /// `Conflict` when there is no such group; `InvalidValue` when a member is in too many.
    pub async fn import_members(
        &self,
        group: ResourceId,
        members: &[ResourceId],
        audit: &Audit,
    ) -> Result<Imported> {
        let ops = [added(members)];
        let mut round = 0;
        loop {
            let record = self.get(Kind::Group, group).await?;
            let record = record.ok_or_else(|| no_group(group))?;
            if let Some(job) = record.job {
                self.help(group, job).await?;
                continue;
            }
            // Three actions are the group's, the event's and, of many members, the job's.
            let plan = self.plan_members(group, &ops, MAX_ACTIONS - 3).await?;
            let unknown = plan.unknown.len();
            if plan.is_empty() {
                let import = Import::Unchanged;
                return Ok(Imported { import, unknown });
            }
            let mut transaction = self.transaction();
            let moved = Move {
                basis: Basis {
                    version: plan.holds_for_version().then_some(record.version),
                    document: None,
                    members: Touches::Members,
                    turn: Turn::of(Kind::Group, &self.clock, None),
                },
                document: None,
                plan: Some(&plan),
                dating: Dating::AsItIs,
            };
            self.move_on(Kind::Group, group, moved, &mut transaction)?;
            let mut change = imported(Kind::Group, group);
            change.members = tally(&plan);
            self.record_change(change, audit, &mut transaction)?;
            match self.commit(transaction, plan.job()).await? {
                Outcome::Applied => {
                    self.work_on(&plan).await;
                    let import = Import::Applied;
                    return Ok(Imported { import, unknown });
                }
                Outcome::Failed(_) => {
                    self.discard(&plan.work).await;
                    self.db.backoff(round).await?;
                    round += 1;
                }
            }
        }
    }
}

/// What the event of an import says, but for what has changed.
fn imported<'a>(kind: Kind, id: ResourceId) -> ResourceChange<'a> {
    ResourceChange {
        action: EventAction::ImportMember,
        kind,
        id,
        changed: Vec::new(),
        after: None,
        members: MemberTally::default(),
    }
}

impl Carried {
    /// The record that it makes at that instant.
    fn record(&self, now: Timestamp) -> Record {
        Record {
            kind: self.kind,
            id: self.id,
            attributes: self.attributes.clone(),
            // Versions count up from 1, or from the instant of an import: they fall
            // behind the clock unless a resource changes more than once a millisecond.
            version: u64::try_from(now.as_millisecond()).unwrap_or(1),
            document_version: 1,
            membership_version: 0,
            created: self.created,
            modified: self.modified,
            member_of: BTreeSet::new(),
            created_by: self.created_by.clone(),
            state: self.state,
            job: None,
        }
    }
}

/// Whether what is there is what would be made. Its memberships may have moved it since.
fn is_same(made: &Record, there: &Record) -> bool {
    made.attributes == there.attributes
        && made.created == there.created
        && made.state == there.state
}

fn added(members: &[ResourceId]) -> MemberOp {
    let member = |id: &ResourceId| Member {
        value: id.to_string(),
        kind: None,
    };
    MemberOp::Add(members.iter().map(member).collect())
}

fn taken(kind: Kind, id: ResourceId, how: &str) -> Error {
    Error::new(
        ErrorKind::Conflict,
        format!(
            "{} `{id}` {how} and is not written over; delete it first, or import into another realm",
            kind.resource_type().name
        ),
    )
}

fn no_group(group: ResourceId) -> Error {
    Error::new(
        ErrorKind::Conflict,
        format!("there is no group `{group}`; import groups before their members"),
    )
}
