//! Changing a resource: computed from what is stored, written on the condition
//! that it still is, computed again when it is not.

use crate::change::{Basis, Change, Guard, Touches, Turn};
use crate::create::refuse_taken;
use crate::db::Consistency;
use crate::deletion_guard::{deactivates, has_room};
use crate::draft::Work;
use crate::edge::{Bound, Edge};
use crate::event::{Audit, EventAction, MemberTally, ResourceChange, changed};
use crate::job::{Hold, JobId, Progress, Task};
use crate::kind::{Kind, ResourceId};
use crate::membership::Plan;
use crate::realm::Realm;
use crate::record::{Record, binary, document, millis, n};
use crate::transaction::{Action, MAX_ACTIONS, Outcome, Transaction};
use jiff::{SignedDuration, Timestamp};
use scim::{Attributes, Error, ErrorKind, Result};

/// After how many lost races a change of a whole group keeps the group for itself.
const RACES: u32 = 3;

/// A resource as a change has left it.
#[derive(Debug)]
pub struct Changed {
    /// The record.
    pub record: Record,
    /// A group's members in the order of their ids, at the moment of the record,
    /// when the change has looked at all of them and they are not too many to be
    /// kept: nobody has to read them for the answer.
    pub members: Option<Vec<Edge>>,
}

/// What a write does to a resource's own item.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Move<'a> {
    pub(crate) basis: Basis,
    /// The document, when there is another.
    pub(crate) document: Option<&'a Attributes>,
    /// What becomes of the members.
    pub(crate) plan: Option<&'a Plan>,
    pub(crate) dating: Dating,
}

/// Whether `lastModified` moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dating {
    /// It is this now, if it was not later.
    At(Timestamp),
    /// It stays: the change was made elsewhere, some other time.
    AsItIs,
}

impl Realm<'_> {
    /// Applies what `change` makes of the stored record, whole or not at all,
    /// and answers the resource as it then is. A change that changes nothing
    /// writes nothing.
    ///
    /// A change of more members than one transaction holds is made by one small
    /// transaction and a job: every reader sees all of it from then on.
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
    ) -> Result<Changed> {
        let mut hold = None;
        let updated = self
            .update_or_hold(kind, id, action, audit, change, &mut hold)
            .await;
        if let Some(hold) = hold {
            self.release(id, hold).await;
        }
        updated
    }

    async fn update_or_hold(
        &self,
        kind: Kind,
        id: ResourceId,
        action: EventAction,
        audit: &Audit,
        change: impl Fn(&Record) -> Result<Change>,
        hold: &mut Option<Hold>,
    ) -> Result<Changed> {
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
            if let Some(job) = record.job.filter(|_| !members.is_empty()) {
                self.help(id, job).await?;
                continue;
            }
            let before = self.entries(kind, id, &record.attributes)?;
            let after = self.entries(kind, id, &attributes)?;
            // Three more actions are the resource's, the event's and, of a big change, the job's.
            let room = MAX_ACTIONS.saturating_sub(before.actions(&after) + 3);
            let plan = self.plan_known_members(id, &members, room).await?;
            let changed = changed(&record.attributes, &attributes);
            if changed.is_empty() && plan.is_empty() {
                if plan.is_of_one_moment() || self.has_stayed(&record).await? {
                    return Ok(Changed {
                        record,
                        members: plan.all_members(),
                    });
                }
                self.db.backoff(round).await?;
                round += 1;
                if round >= RACES {
                    *hold = self.hold(id, *hold).await?;
                }
                continue;
            }
            let document = (!changed.is_empty()).then_some(&attributes);
            let competes = guard == Guard::Version || plan.holds_for_version();
            let basis = Basis {
                version: competes.then_some(record.version),
                document: document.map(|_| record.document_version),
                members: if plan.is_empty() {
                    Touches::Nothing
                } else {
                    Touches::Members
                },
                turn: Turn::of(kind, &self.clock, *hold),
            };
            let mut transaction = self.transaction();
            before.change(&after, id, &mut transaction)?;
            let modified = later(transaction.at(), record.modified);
            let moved = Move {
                basis,
                document,
                plan: Some(&plan),
                dating: Dating::At(modified),
            };
            self.move_on(kind, id, moved, &mut transaction)?;
            if deactivates(kind, &record.attributes, &attributes) {
                self.count_loss(audit, &mut transaction).await?;
                has_room(&transaction)?;
            }
            let change = ResourceChange {
                action,
                kind,
                id,
                changed,
                after: document,
                members: tally(&plan),
            };
            self.record_change(change, audit, &mut transaction)?;
            match self.commit(transaction, plan.job()).await? {
                Outcome::Applied => {
                    *hold = None;
                    let record = Record {
                        attributes,
                        version: record.version + 1,
                        modified,
                        job: self.work_on(&plan).await,
                        ..record
                    };
                    return Ok(Changed {
                        record,
                        members: plan.all_members(),
                    });
                }
                Outcome::Failed(failed) => {
                    self.discard(&plan.work).await;
                    // Of a resource that has moved or gone meanwhile the name is no longer the matter.
                    if failed.at(&self.keys.resource(kind, id)).is_none() {
                        refuse_taken(&failed, &after, kind, id, &attributes)?;
                    }
                    self.db.backoff(round).await?;
                    round += 1;
                    if plan.holds_for_version() && round >= RACES {
                        *hold = self.hold(id, *hold).await?;
                    }
                }
            }
        }
    }

    /// Works on the job of a plan that is committed, if it has one; the job when it stays.
    pub(crate) async fn work_on(&self, plan: &Plan) -> Option<JobId> {
        let job = plan.job()?;
        match self.carry_on(job).await {
            Progress::Finished => None,
            Progress::Unfinished => Some(job),
        }
    }

    /// Whether a resource is as it was read.
    async fn has_stayed(&self, record: &Record) -> Result<bool> {
        let now = self.get(record.kind, record.id).await?;
        Ok(now.is_some_and(|now| now.version == record.version))
    }

    /// Moves a resource's version on, with a new document when there is one, and
    /// takes the steps of its members, or names the job that does.
    pub(crate) fn move_on(
        &self,
        kind: Kind,
        id: ResourceId,
        moved: Move<'_>,
        transaction: &mut Transaction,
    ) -> Result<()> {
        let mut set = "SET ev = :ev".to_owned();
        // ADDs, so that changes which do not compete can each count.
        let mut add = "ADD version :one".to_owned();
        let mut remove = "";
        let mut values = vec![
            (":ev", binary(transaction.event().as_bytes())),
            (":one", n(1)),
        ];
        let dated = match moved.dating {
            Dating::At(instant) => Some(instant),
            Dating::AsItIs => None,
        };
        if let Some(dated) = dated {
            set.push_str(", modified = :now");
            values.push((":now", millis(dated)));
        }
        if let Some(attributes) = moved.document {
            set.push_str(", doc = :doc");
            add.push_str(", dv :one");
            values.push((":doc", document(attributes)?));
        }
        if moved.basis.turn == Turn::Keeper {
            remove = " REMOVE held";
        }
        match moved.plan.map(|plan| &plan.work) {
            Some(Work::Job(job)) => {
                set.push_str(", job = :job");
                values.push((":job", job.value()));
                self.begin_job(*job, Task::Members { group: id }, transaction)?;
            }
            Some(Work::Steps(steps)) => {
                for step in steps {
                    step.write(&self.keys, id, Bound::Checked, transaction)?;
                }
            }
            None => {}
        }
        transaction.add(
            self.keys.resource(kind, id),
            Action::Update {
                expression: format!("{set} {add}{remove}"),
                condition: Some(moved.basis.condition(dated)),
                values,
            },
        )
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

/// When a change is dated that is made now of what was last changed then: clocks
/// differ, and whoever asks for what is newer must not miss it.
pub(crate) fn later(now: Timestamp, before: Timestamp) -> Timestamp {
    let next = before.checked_add(SignedDuration::from_millis(1));
    now.max(next.unwrap_or(before))
}

/// What an event says of a plan.
pub(crate) fn tally(plan: &Plan) -> MemberTally<'_> {
    MemberTally {
        added: plan.added,
        removed: plan.removed,
        unknown: &plan.unknown,
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

#[cfg(test)]
mod tests {
    use super::later;
    use jiff::{SignedDuration, Timestamp};

    #[test]
    fn a_change_is_later_than_what_it_changes() {
        let at = |millis| Timestamp::UNIX_EPOCH + SignedDuration::from_millis(millis);
        assert_eq!(later(at(10), at(5)), at(10));
        assert_eq!(later(at(10), at(9)), at(10));
        assert_eq!(later(at(10), at(10)), at(11));
        assert_eq!(later(at(10), at(20)), at(21));
        assert_eq!(later(at(10), Timestamp::MAX), Timestamp::MAX);
    }
}
