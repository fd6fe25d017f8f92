//! The keys of a realm: made, read, replaced, revoked.
//!
//! A key that ends has the warning of its end among the realm's events from the
//! beginning, under the id of the moment when it is due: events of the future
//! are shown to nobody, so no clock has to run for it. The key's item names it,
//! and whatever moves the key's end moves the warning in the same transaction.

use super::{Admin, no_key, no_realm};
use crate::credentials::{key_item, read_key};
use crate::db::{Consistency, From, Item, Range};
use crate::event::{EventAction, EventKind, event_id};
use crate::failure::internal;
use crate::keys::{Key, Keys};
use crate::policy::EventPolicy;
use crate::record::{binary, millis};
use crate::transaction::{Action, Condition, Failed, Outcome, Transaction};
use auth::{KeyId, KeyRecord, KeyState, RealmName, RealmState, near_end};
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use scim::{Error, ErrorKind, Result};
use uuid::Uuid;

/// The attribute of a key's item that names the warning of its end.
const WARNING: &str = "warning";

/// What came of the wish for a key.
#[derive(Debug, Clone)]
pub enum KeyCreation {
    /// It is made.
    Made,
    /// The key that had the id already.
    There(Box<KeyRecord>),
}

impl Admin {
    /// Keeps a new key, unless its id has one already.
    ///
    /// # Errors
    /// `NotFound` when there is no such realm; `Conflict` while it is being deleted.
    pub async fn create_key(&self, realm: &RealmName, key: &KeyRecord) -> Result<KeyCreation> {
        let keys = Keys::of(realm);
        let policy = self.key_policy(realm).await?;
        let mut transaction = self.transaction();
        self.put_key(realm, key, &policy, &mut transaction)?;
        let event = self.event(EventAction::CreateKey).about(key.id.as_str());
        self.record(event, realm, &policy, &mut transaction)?;
        match transaction.apply(&self.db, &self.table).await? {
            Outcome::Applied => Ok(KeyCreation::Made),
            Outcome::Failed(failed) => {
                refuse_realm(realm, &failed)?;
                let there = match failed.at(&keys.api_key(&key.id)) {
                    Some(_) => self.key(realm, &key.id).await?,
                    None => return Err(internal("a key could not be made")),
                };
                Ok(KeyCreation::There(Box::new(there)))
            }
        }
    }

    /// Up to `limit` keys of a realm in the order of their ids after the one
    /// given, revoked ones too, and the id to go on after when more follow.
    ///
    /// # Errors
    /// `NotFound` when there is no such realm.
    pub async fn keys(
        &self,
        realm: &RealmName,
        after: Option<&KeyId>,
        limit: usize,
    ) -> Result<(Vec<KeyRecord>, Option<KeyId>)> {
        if self.realm(realm).await?.is_none() {
            return Err(no_realm(realm));
        }
        let range = Range {
            pk: Keys::of(realm).api_keys(),
            from: match after {
                Some(id) => From::After(id.as_str()),
                None => From::At("0"),
            },
            limit: Some(limit),
            consistency: Consistency::Strong,
            only: None,
        };
        let (items, more) = self.db.query(&range).await?;
        let keys: Vec<KeyRecord> = items.into_iter().map(read_key).collect::<Result<_>>()?;
        let next = keys.last().filter(|_| more).map(|key| key.id.clone());
        Ok((keys, next))
    }

    /// The key of that id.
    ///
    /// # Errors
    /// `NotFound` when there is no such realm or key.
    pub async fn key(&self, realm: &RealmName, id: &KeyId) -> Result<KeyRecord> {
        read_key(self.key_item(realm, id).await?)
    }

    /// Keeps a new key in the place of another, which goes on working until
    /// `end`, or its own end when that is earlier. The other one as it then is.
    ///
    /// # Errors
    /// `NotFound` when there is no such realm or key; `Conflict` when the key
    /// works no more, and while the realm is being deleted.
    pub async fn rotate_key(
        &self,
        realm: &RealmName,
        old: &KeyId,
        new: &KeyRecord,
        end: Timestamp,
    ) -> Result<KeyRecord> {
        let keys = Keys::of(realm);
        let policy = self.key_policy(realm).await?;
        let mut round = 0;
        loop {
            let item = self.key_item(realm, old).await?;
            let record = read_key(item.clone())?;
            if matches!(
                record.state(self.now),
                KeyState::Revoked | KeyState::Expired
            ) {
                return Err(Error::new(
                    ErrorKind::Conflict,
                    format!("key `{old}` works no more; make a new one instead"),
                ));
            }
            let end = record.expires.map_or(end, |expires| expires.min(end));
            let mut transaction = self.transaction();
            self.put_key(realm, new, &policy, &mut transaction)?;
            self.call_off(&keys, &item, &mut transaction)?;
            let warning = self.warn(realm, old, end, &policy, &mut transaction)?;
            let (then, named) = match warning {
                Some(warning) => (
                    ", warning = :new",
                    Some((":new", binary(warning.as_bytes()))),
                ),
                None => (" REMOVE warning", None),
            };
            let mut values = vec![
                (":end", millis(end)),
                (":ev", binary(transaction.event().as_bytes())),
            ];
            values.extend(named);
            transaction.add(
                keys.api_key(old),
                Action::Update {
                    expression: format!("SET expires = :end, ev = :ev{then}"),
                    condition: Some(as_read(&item)),
                    values,
                },
            )?;
            let event = self
                .event(EventAction::RotateKey)
                .about(old.as_str())
                .saying(format!(
                    "key `{}` replaces it; it works until {end}",
                    new.id
                ));
            self.record(event, realm, &policy, &mut transaction)?;
            match transaction.apply(&self.db, &self.table).await? {
                Outcome::Applied => {
                    return Ok(KeyRecord {
                        expires: Some(end),
                        ..record
                    });
                }
                Outcome::Failed(failed) => {
                    refuse_realm(realm, &failed)?;
                    if failed.at(&keys.api_key(&new.id)).is_some() {
                        return Err(internal("a new key's id is taken"));
                    }
                    self.db.backoff(round).await?;
                    round += 1;
                }
            }
        }
    }

    /// Revokes a key from the next request on. One that is revoked stays as it is.
    ///
    /// # Errors
    /// `NotFound` when there is no such realm or key; `Conflict` while the realm
    /// is being deleted.
    pub async fn revoke_key(&self, realm: &RealmName, id: &KeyId) -> Result<KeyRecord> {
        let keys = Keys::of(realm);
        let policy = self.key_policy(realm).await?;
        let mut round = 0;
        loop {
            let item = self.key_item(realm, id).await?;
            let record = read_key(item.clone())?;
            if record.revoked.is_some() {
                return Ok(record);
            }
            let mut transaction = self.transaction();
            transaction.add(
                keys.api_key(id),
                Action::Update {
                    expression: "SET revoked = :now, ev = :ev REMOVE warning".to_owned(),
                    condition: Some(as_read(&item)),
                    values: vec![
                        (":now", millis(self.now)),
                        (":ev", binary(transaction.event().as_bytes())),
                    ],
                },
            )?;
            self.call_off(&keys, &item, &mut transaction)?;
            let event = self.event(EventAction::RevokeKey).about(id.as_str());
            self.record(event, realm, &policy, &mut transaction)?;
            match transaction.apply(&self.db, &self.table).await? {
                Outcome::Applied => {
                    return Ok(KeyRecord {
                        revoked: Some(self.now),
                        ..record
                    });
                }
                Outcome::Failed(_) => {
                    self.db.backoff(round).await?;
                    round += 1;
                }
            }
        }
    }

    async fn key_item(&self, realm: &RealmName, id: &KeyId) -> Result<Item> {
        let key = Keys::of(realm).api_key(id);
        let item = self.db.get(&key, Consistency::Strong).await?;
        item.ok_or_else(|| no_key(realm, id))
    }

    /// How a realm whose keys may change keeps its events.
    async fn key_policy(&self, realm: &RealmName) -> Result<EventPolicy> {
        let entry = self.realm(realm).await?.ok_or_else(|| no_realm(realm))?;
        match entry.record.state {
            RealmState::Deleting => Err(super::being_deleted(realm)),
            RealmState::Enabled | RealmState::Disabled => Ok(entry.policy.events),
        }
    }

    /// Puts a new key and the warning of its end into a transaction, which holds
    /// while the realm is there to stay.
    fn put_key(
        &self,
        realm: &RealmName,
        key: &KeyRecord,
        policy: &EventPolicy,
        transaction: &mut Transaction,
    ) -> Result<()> {
        let keys = Keys::of(realm);
        transaction.add(
            keys.realm(),
            Action::Check {
                condition: super::stays(),
            },
        )?;
        let mut item = key_item(key)?;
        item.insert("ev".to_owned(), binary(transaction.event().as_bytes()));
        if let Some(end) = key.expires
            && let Some(warning) = self.warn(realm, &key.id, end, policy, transaction)?
        {
            item.insert(WARNING.to_owned(), binary(warning.as_bytes()));
        }
        transaction.add(
            keys.api_key(&key.id),
            Action::Put {
                item,
                condition: Some(Condition::absent()),
            },
        )
    }

    /// Puts the warning of a key's end into the transaction; its id. There is
    /// none of an end that is now.
    fn warn(
        &self,
        realm: &RealmName,
        key: &KeyId,
        end: Timestamp,
        policy: &EventPolicy,
        transaction: &mut Transaction,
    ) -> Result<Option<Uuid>> {
        let due = near_end(self.now, end);
        if due <= self.now {
            return Ok(None);
        }
        let mut event = self.event(EventAction::ExpireKey).about(key.as_str());
        event.kind = EventKind::Key;
        event.actor = None;
        event.id = event_id(due);
        event.time = due;
        let event = event.saying(format!(
            "the key works until {end}; rotate it, or make another, and give its client the new \
             token"
        ));
        let id = event.id;
        event.put(&Keys::of(realm), policy, transaction)?;
        Ok(Some(id))
    }

    /// Takes the warning of a key's end back, when it is still to come.
    fn call_off(&self, keys: &Keys, key: &Item, transaction: &mut Transaction) -> Result<()> {
        match warning(key).filter(|id| due(id) > Some(self.now)) {
            Some(id) => transaction.add(keys.event(id), Action::Delete { condition: None }),
            None => Ok(()),
        }
    }
}

fn warning(key: &Item) -> Option<Uuid> {
    Uuid::from_slice(key.get(WARNING)?.as_b().ok()?.as_ref()).ok()
}

/// The moment of an event's id.
fn due(id: &Uuid) -> Option<Timestamp> {
    let (seconds, nanos) = id.get_timestamp()?.to_unix();
    Timestamp::new(i64::try_from(seconds).ok()?, i32::try_from(nanos).ok()?).ok()
}

/// A key that is not revoked, with the end and the warning that were read.
fn as_read(key: &Item) -> Condition {
    let mut expression = "attribute_exists(pk) AND attribute_not_exists(revoked)".to_owned();
    let mut values: Vec<(&'static str, AttributeValue)> = Vec::new();
    for (name, placeholder) in [("expires", ":expires"), (WARNING, ":warning")] {
        match key.get(name) {
            Some(value) => {
                expression.push_str(&format!(" AND {name} = {placeholder}"));
                values.push((placeholder, value.clone()));
            }
            None => expression.push_str(&format!(" AND attribute_not_exists({name})")),
        }
    }
    Condition::new(expression, values)
}

/// The refusal when it was the realm's item that did not hold.
fn refuse_realm(realm: &RealmName, failed: &Failed) -> Result<()> {
    let key: Key = Keys::of(realm).realm();
    match failed.at(&key) {
        Some(failed) if failed.item.is_empty() => Err(no_realm(realm)),
        Some(_) => Err(super::being_deleted(realm)),
        None => Ok(()),
    }
}
