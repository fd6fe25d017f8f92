//! Members as the administration sees them: where each stands, and who holds a name.

use crate::db::Consistency;
use crate::event::{Audit, Event, EventAction, EventKind};
use crate::index::holder_of;
use crate::keys::ValueHash;
use crate::kind::{Kind, ResourceId};
use crate::realm::Realm;
use crate::record::{Record, binary, document, n};
use crate::state::{MemberState, Standing};
use crate::transaction::{Action, Condition, Outcome};
use crate::update::not_found;
use auth::KeyId;
use aws_sdk_dynamodb::types::AttributeValue;
use scim::{Attributes, Error, ErrorKind, Result};
use std::collections::{BTreeMap, BTreeSet};

impl Realm<'_> {
    /// Moves a member along, and answers it as it then is. Its document, its
    /// version and its memberships stay as they are: its clients see nothing.
    /// One that is there already stays so, without an event.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` for a step that is not allowed, which names those that are.
    pub async fn move_member(
        &self,
        kind: Kind,
        id: ResourceId,
        to: MemberState,
        audit: &Audit,
    ) -> Result<Record> {
        let mut round = 0;
        loop {
            let found = self.get(kind, id).await?;
            let mut record = found.ok_or_else(|| not_found(kind, id))?;
            let from = record.state;
            if record.standing() == Standing::Stored(to) {
                return Ok(record);
            }
            if record.standing() == Standing::Deactivated {
                return Err(deactivated(&record));
            }
            if !from.next(kind).any(|next| next == to) {
                return Err(not_allowed(&record, to));
            }
            let mut transaction = self.transaction();
            transaction.add(
                self.keys.resource(kind, id),
                Action::Update {
                    expression: "SET ms = :to, ev = :ev".to_owned(),
                    condition: Some(standing_as(&record)),
                    values: vec![
                        (":to", AttributeValue::S(to.as_str().to_owned())),
                        (":ev", binary(transaction.event().as_bytes())),
                    ],
                },
            )?;
            let actor = Some(self.caller.actor());
            Event::new(
                EventKind::Member,
                EventAction::MoveMember,
                actor,
                self.now,
                audit,
            )
            .status(audit.status)
            .on(kind, id)
            .about(format!("{}→{}", from.as_str(), to.as_str()))
            .record(&self.keys, &self.tenant.policy().events, &mut transaction)?;
            match transaction.apply(&self.db, &self.table).await? {
                Outcome::Applied => {
                    record.state = to;
                    return Ok(record);
                }
                Outcome::Failed(_) => {
                    self.db.backoff(round).await?;
                    round += 1;
                }
            }
        }
    }

    /// Who holds the name of a resource that is to be made, if anybody does.
    ///
    /// # Errors
    /// What would refuse the resource whatever its name is: that it is too large.
    pub async fn holder(&self, kind: Kind, attributes: &Attributes) -> Result<Option<ResourceId>> {
        document(attributes)?;
        self.entries(kind, ResourceId::from_random([0; 16]), attributes)?;
        let Some(name) = attributes.str(kind.claimed()) else {
            return Ok(None);
        };
        let hash = ValueHash::of(self.caller.salt(), name);
        let key = self.keys.claim(kind.claimed(), &hash);
        let claim = self.db.get(&key, Consistency::Strong).await?;
        Ok(claim.as_ref().and_then(holder_of))
    }

    /// What the keys of these ids are called; those that are gone have no name.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn key_names(&self, ids: &BTreeSet<KeyId>) -> Result<BTreeMap<KeyId, String>> {
        let keys: Vec<_> = ids.iter().map(|id| self.keys.api_key(id)).collect();
        let items = self.db.batch_get(&keys, Consistency::Strong).await?;
        let keys = items.into_iter().map(crate::credentials::read_key);
        keys.map(|key| key.map(|key| (key.id, key.name))).collect()
    }
}

/// The member is as it was read: its state, and whether it is active.
fn standing_as(record: &Record) -> Condition {
    let version = (":dv", n(record.document_version));
    match record.state {
        // Members of before there were states have none.
        MemberState::Provisioned => {
            Condition::new("dv = :dv AND attribute_not_exists(ms)", [version])
        }
        state => {
            let state = AttributeValue::S(state.as_str().to_owned());
            Condition::new("dv = :dv AND ms = :from", [version, (":from", state)])
        }
    }
}

fn deactivated(record: &Record) -> Error {
    Error::new(
        ErrorKind::Conflict,
        format!(
            "`{}` is deactivated and cannot be moved along until its client sets `active` to true; \
             it is {} then",
            record.id,
            record.state.as_str()
        ),
    )
}

fn not_allowed(record: &Record, to: MemberState) -> Error {
    let allowed: Vec<&str> = record
        .state
        .next(record.kind)
        .map(MemberState::as_str)
        .collect();
    let allowed = match allowed.as_slice() {
        [] => "a group has no other state".to_owned(),
        allowed => format!("allowed from there: {}", allowed.join(", ")),
    };
    Error::new(
        ErrorKind::Conflict,
        format!(
            "`{}` is {} and cannot become {}; {allowed}",
            record.id,
            record.state.as_str(),
            to.as_str()
        ),
    )
}
