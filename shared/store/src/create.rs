//! Creating a resource: the document, its claim and index entries, the counter,
//! the event and, for a group, its members.

use crate::counter::{self, Step};
use crate::draft::Work;
use crate::edge::Bound;
use crate::event::{Audit, EventAction, ResourceChange, changed};
use crate::index::{Entries, holder_of};
use crate::job::Task;
use crate::kind::{Kind, ResourceId};
use crate::policy::Invitation;
use crate::realm::Realm;
use crate::record::{Record, binary};
use crate::state::MemberState;
use crate::transaction::{Action, Condition, Failed, MAX_ACTIONS, Outcome, Transaction};
use crate::update::{Changed, tally};
use auth::Actor;
use scim::accept::Draft;
use scim::patch::MemberOp;
use scim::{Attributes, Error, ErrorKind, Result};
use std::collections::BTreeSet;

impl Realm<'_> {
    /// Creates a resource under a new id. Member values that name nothing in the
    /// realm are left out, and named in the event.
    ///
    /// # Errors
    /// `Uniqueness` when another resource holds the userName or displayName;
    /// `Forbidden` when the realm has as many as it may have.
    pub async fn create(
        &self,
        kind: Kind,
        id: ResourceId,
        draft: Draft,
        audit: &Audit,
    ) -> Result<Changed> {
        let room = self.take_room(kind).await?;
        let created = self.make(kind, id, draft, audit).await?;
        room.fill();
        Ok(created)
    }

    async fn make(
        &self,
        kind: Kind,
        id: ResourceId,
        draft: Draft,
        audit: &Audit,
    ) -> Result<Changed> {
        let Draft {
            attributes,
            members,
        } = draft;
        let entries = self.entries(kind, id, &attributes)?;
        let mut record = self.as_created(kind, id, attributes);
        let ops: Vec<MemberOp> = members
            .filter(|members| !members.is_empty())
            .map(MemberOp::Add)
            .into_iter()
            .collect();
        let mut round = 0;
        loop {
            // Four more actions are the resource's, the counter's, the event's and, of a big group, the job's.
            let room = MAX_ACTIONS.saturating_sub(Entries::default().actions(&entries) + 4);
            let plan = self.plan_known_members(id, &ops, room).await?;
            let mut transaction = self.transaction();
            Entries::default().change(&entries, id, &mut transaction)?;
            counter::count(&self.keys, kind, id, Step::Up, &mut transaction)?;
            (record.created, record.modified) = (transaction.at(), transaction.at());
            match &plan.work {
                Work::Steps(steps) => {
                    for step in steps {
                        step.write(&self.keys, id, Bound::Checked, &mut transaction)?;
                    }
                }
                Work::Job(job) => {
                    record.job = Some(*job);
                    self.begin_job(*job, Task::Members { group: id }, &mut transaction)?;
                }
            }
            self.put_new(&record, &mut transaction)?;
            let attributes = &record.attributes;
            let change = ResourceChange {
                action: EventAction::Create,
                kind,
                id,
                changed: changed(&Attributes::default(), attributes),
                after: Some(attributes),
                members: tally(&plan),
            };
            self.record_change(change, audit, &mut transaction)?;
            match self.commit(transaction, plan.job()).await? {
                Outcome::Applied => {
                    record.job = self.work_on(&plan).await;
                    let members = plan.first_members();
                    return Ok(Changed {
                        record,
                        members: members.filter(|_| kind == Kind::Group),
                    });
                }
                Outcome::Failed(failed) => {
                    self.discard(&plan.work).await;
                    record.job = None;
                    refuse_taken(&failed, &entries, kind, id, &record.attributes)?;
                    // A member was deleted, or has just joined too many groups: look again.
                    self.db.backoff(round).await?;
                    round += 1;
                }
            }
        }
    }

    /// Puts a resource that is in no group yet.
    pub(crate) fn put_new(&self, record: &Record, transaction: &mut Transaction) -> Result<()> {
        let mut item = record.new_item()?;
        item.insert("ev".to_owned(), binary(transaction.event().as_bytes()));
        transaction.add(
            self.keys.resource(record.kind, record.id),
            Action::Put {
                item,
                condition: Some(Condition::absent()),
            },
        )
    }

    /// What a new resource is at first. Whom an operator brings in was with the company before.
    fn first_state(&self, kind: Kind) -> MemberState {
        match (kind, self.tenant.policy().invitation, self.caller.actor()) {
            (Kind::User, Invitation::On, Actor::Key(_)) => MemberState::Invited,
            _ => MemberState::Provisioned,
        }
    }

    fn as_created(&self, kind: Kind, id: ResourceId, attributes: Attributes) -> Record {
        Record {
            kind,
            id,
            attributes,
            version: 1,
            document_version: 1,
            membership_version: 0,
            created: self.now,
            modified: self.now,
            member_of: BTreeSet::new(),
            created_by: Some(self.caller.actor().clone()),
            state: self.first_state(kind),
            job: None,
        }
    }
}

/// The 409 when the failed condition is the claim's and another resource holds it.
pub(crate) fn refuse_taken(
    failed: &Failed,
    entries: &Entries,
    kind: Kind,
    id: ResourceId,
    attributes: &Attributes,
) -> Result<()> {
    let Some(claim) = entries.claim().and_then(|claim| failed.at(claim)) else {
        return Ok(());
    };
    if holder_of(&claim.item) == Some(id) {
        return Ok(());
    }
    let name = kind.claimed();
    let value = scim::json::excerpt(attributes.str(name).unwrap_or_default());
    Err(Error::new(
        ErrorKind::Uniqueness,
        format!(
            "another {} already has the {name} `{value}`; find it by filtering on {name} and \
             update it, or choose another {name}",
            kind.resource_type().name
        ),
    ))
}
