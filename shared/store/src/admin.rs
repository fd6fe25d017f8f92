//! Administration of realms and keys: reachable only with an [`auth::Operator`].

use crate::credentials::{key_item, put_marker, read_key, read_realm, realm_item};
use crate::db::{Consistency, Db, From, Item, Range};
use crate::failure::internal;
use crate::keys::{DIRECTORY, Key, Keys, SK};
use crate::record::{millis, n};
use crate::transaction::{Action, Condition, Outcome, Transaction};
use auth::{KeyId, KeyRecord, RealmName, RealmRecord, RealmState};
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use scim::{Error, ErrorKind, Result};
use std::sync::Arc;
use uuid::Uuid;

/// Realms and keys, for the operator.
#[derive(Debug, Clone)]
pub struct Admin {
    db: Db,
    table: Arc<str>,
}

impl Admin {
    pub(crate) fn new(db: Db, table: Arc<str>) -> Self {
        Self { db, table }
    }

    /// Creates a realm and its entry in the directory.
    ///
    /// # Errors
    /// `Conflict` when the name is taken.
    pub async fn create_realm(&self, realm: &RealmRecord) -> Result<()> {
        let mut transaction = Transaction::new(Uuid::new_v4());
        transaction.add(
            Keys::of(&realm.name).realm(),
            Action::Put {
                item: realm_item(realm)?,
                condition: Some(Condition::absent()),
            },
        )?;
        put_marker(Key::directory(&realm.name), &mut transaction)?;
        match transaction.apply(&self.db, &self.table).await? {
            Outcome::Applied => Ok(()),
            Outcome::Failed(_) => Err(Error::new(
                ErrorKind::Conflict,
                format!("realm `{}` already exists; choose another name", realm.name),
            )),
        }
    }

    /// The realm of that name.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn realm(&self, name: &RealmName) -> Result<Option<RealmRecord>> {
        let item = self
            .db
            .get(&Keys::of(name).realm(), Consistency::Strong)
            .await?;
        item.map(|item| read_realm(name.clone(), item)).transpose()
    }

    /// Up to `limit` realms in the order of their names after the one given, and
    /// the name to go on after when more follow.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn realms(
        &self,
        after: Option<&RealmName>,
        limit: usize,
    ) -> Result<(Vec<RealmRecord>, Option<RealmName>)> {
        let range = Range {
            pk: DIRECTORY.to_owned(),
            from: match after {
                Some(name) => From::After(name.as_str()),
                // Below every name: they begin with a digit or a letter.
                None => From::At("0"),
            },
            limit: Some(limit),
            consistency: Consistency::Strong,
            only: None,
        };
        let (items, more) = self.db.query(&range).await?;
        let names: Vec<RealmName> = items.iter().filter_map(realm_name).collect();
        let keys: Vec<Key> = names.iter().map(|name| Keys::of(name).realm()).collect();
        let mut realms = Vec::with_capacity(names.len());
        for item in self.db.batch_get(&keys, Consistency::Strong).await? {
            let name = names.iter().find(|name| {
                item.get(crate::keys::PK).and_then(|pk| pk.as_s().ok())
                    == Some(&Keys::of(name).realm().pk)
            });
            if let Some(name) = name {
                realms.push(read_realm(name.clone(), item)?);
            }
        }
        realms.sort_by(|a, b| a.name.cmp(&b.name));
        Ok((realms, if more { names.last().cloned() } else { None }))
    }

    /// Sets the realm's switch, and its display name when one is given.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn update_realm(
        &self,
        name: &RealmName,
        state: Option<RealmState>,
        display_name: Option<&str>,
    ) -> Result<RealmRecord> {
        let mut expression = "SET version = version + :one".to_owned();
        let mut names = Vec::new();
        let mut values = vec![(":one", n(1))];
        if let Some(state) = state {
            expression.push_str(", #state = :state");
            names.push(("#state", "state"));
            values.push((":state", AttributeValue::S(state.as_str().to_owned())));
        }
        if let Some(display_name) = display_name {
            expression.push_str(", displayName = :name");
            values.push((":name", AttributeValue::S(display_name.to_owned())));
        }
        let key = Keys::of(name).realm();
        let exists = self
            .db
            .update(&key, &expression, "attribute_exists(pk)", &names, &values)
            .await?;
        match self.realm(name).await? {
            Some(realm) if exists => Ok(realm),
            _ => Err(no_realm(name)),
        }
    }

    /// Keeps a new key.
    ///
    /// # Errors
    /// `NotFound` when there is no such realm.
    pub async fn create_key(&self, realm: &RealmName, key: &KeyRecord) -> Result<()> {
        let keys = Keys::of(realm);
        let mut transaction = Transaction::new(Uuid::new_v4());
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
    pub async fn revoke_key(
        &self,
        realm: &RealmName,
        id: &KeyId,
        now: Timestamp,
    ) -> Result<KeyRecord> {
        let key = Keys::of(realm).api_key(id);
        let values = [(":now", millis(now))];
        let expression = "SET revoked = if_not_exists(revoked, :now)";
        if !self
            .db
            .update(&key, expression, "attribute_exists(pk)", &[], &values)
            .await?
        {
            return Err(no_key(realm, id));
        }
        self.key(realm, id).await
    }
}

fn realm_name(item: &Item) -> Option<RealmName> {
    item.get(SK)?.as_s().ok()?.parse().ok()
}

fn no_realm(name: &RealmName) -> Error {
    Error::new(ErrorKind::NotFound, format!("there is no realm `{name}`"))
}

fn no_key(realm: &RealmName, id: &KeyId) -> Error {
    Error::new(
        ErrorKind::NotFound,
        format!("realm `{realm}` has no key `{id}`"),
    )
}
