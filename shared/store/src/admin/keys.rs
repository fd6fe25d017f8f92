//! The keys of a realm: made, read, revoked.

use super::{Admin, no_key, no_realm};
use crate::credentials::{key_item, read_key};
use crate::db::{Consistency, From, Range};
use crate::event::EventAction;
use crate::failure::internal;
use crate::keys::Keys;
use crate::policy::EventPolicy;
use crate::record::{binary, millis};
use crate::transaction::{Action, Condition, Outcome};
use auth::{KeyId, KeyRecord, RealmName};
use scim::Result;

impl Admin {
    /// Keeps a new key.
    ///
    /// # Errors
    /// `NotFound` when there is no such realm.
    pub async fn create_key(&self, realm: &RealmName, key: &KeyRecord) -> Result<()> {
        let keys = Keys::of(realm);
        let policy = self.policy(realm).await?;
        let mut transaction = self.transaction();
        transaction.add(
            keys.realm(),
            Action::Check {
                condition: Condition::exists(),
            },
        )?;
        transaction.add(
            keys.api_key(&key.id),
            Action::Put {
                item: key_item(key)?,
                condition: Some(Condition::absent()),
            },
        )?;
        let event = self.event(EventAction::CreateKey).about(key.id.as_str());
        self.record(event, realm, &policy, &mut transaction)?;
        match transaction.apply(&self.db, &self.table).await? {
            Outcome::Applied => Ok(()),
            Outcome::Failed(failed) if failed.at(&keys.realm()).is_some() => Err(no_realm(realm)),
            Outcome::Failed(_) => Err(internal("a new key's id is taken")),
        }
    }

    /// The keys of a realm, revoked ones too.
    ///
    /// # Errors
    /// `NotFound` when there is no such realm.
    pub async fn keys(&self, realm: &RealmName) -> Result<Vec<KeyRecord>> {
        if self.realm(realm).await?.is_none() {
            return Err(no_realm(realm));
        }
        let mut found = Vec::new();
        let mut after: Option<String> = None;
        loop {
            let range = Range {
                pk: Keys::of(realm).api_keys(),
                from: match &after {
                    Some(id) => From::After(id),
                    None => From::At("0"),
                },
                limit: None,
                consistency: Consistency::Strong,
                only: None,
            };
            let (items, more) = self.db.query(&range).await?;
            for item in items {
                found.push(read_key(item)?);
            }
            after = found.last().map(|key: &KeyRecord| key.id.to_string());
            if !more {
                found.sort_by_key(|key| key.created);
                return Ok(found);
            }
        }
    }

    /// The key of that id.
    ///
    /// # Errors
    /// `NotFound` when there is no such realm or key.
    pub async fn key(&self, realm: &RealmName, id: &KeyId) -> Result<KeyRecord> {
        let item = self
            .db
            .get(&Keys::of(realm).api_key(id), Consistency::Strong)
            .await?;
        item.map(read_key)
            .transpose()?
            .ok_or_else(|| no_key(realm, id))
    }

    /// Revokes a key from the next request on. One that is revoked stays as it is.
    ///
    /// # Errors
    /// `NotFound` when there is no such realm or key.
    pub async fn revoke_key(&self, realm: &RealmName, id: &KeyId) -> Result<KeyRecord> {
        let policy = self.policy(realm).await?;
        let key = Keys::of(realm).api_key(id);
        let mut transaction = self.transaction();
        transaction.add(
            key.clone(),
            Action::Update {
                expression: "SET revoked = :now, ev = :ev".to_owned(),
                condition: Some(Condition::new(
                    "attribute_exists(pk) AND attribute_not_exists(revoked)",
                    [],
                )),
                values: vec![
                    (":now", millis(self.now)),
                    (":ev", binary(transaction.event().as_bytes())),
                ],
            },
        )?;
        let event = self.event(EventAction::RevokeKey).about(id.as_str());
        self.record(event, realm, &policy, &mut transaction)?;
        match transaction.apply(&self.db, &self.table).await? {
            Outcome::Failed(failed)
                if failed.at(&key).is_none_or(|failed| failed.item.is_empty()) =>
            {
                Err(no_key(realm, id))
            }
            Outcome::Applied | Outcome::Failed(_) => self.key(realm, id).await,
        }
    }

    /// How a realm keeps its events.
    async fn policy(&self, realm: &RealmName) -> Result<EventPolicy> {
        let entry = self.realm(realm).await?.ok_or_else(|| no_realm(realm))?;
        Ok(entry.policy.events)
    }
}
