//! Realms: made, read, changed.

use super::{Admin, being_deleted, no_realm};
use crate::credentials::{put_marker, read_realm, realm_item};
use crate::db::{Consistency, From, Item, Range};
use crate::deletion::DELETION;
use crate::event::EventAction;
use crate::keys::{DIRECTORY, Key, Keys, SK};
use crate::record::n;
use crate::tenant::{RealmEntry, Tenant};
use crate::transaction::{Action, Condition, Outcome};
use auth::{RealmName, RealmState};
use scim::{Error, ErrorKind, Result};
use std::sync::Arc;

impl Admin {
    /// Creates a realm and its entry in the directory.
    ///
    /// # Errors
    /// `Conflict` when the name is taken, also by a realm that is being deleted.
    pub async fn create_realm(&self, realm: &RealmEntry) -> Result<()> {
        let name = &realm.record.name;
        let mut transaction = self.transaction();
        transaction.add(
            Keys::of(name).realm(),
            Action::Put {
                item: realm_item(realm)?,
                condition: Some(Condition::absent()),
            },
        )?;
        put_marker(Key::directory(name), &mut transaction)?;
        let event = self.event(EventAction::CreateRealm);
        self.record(event, name, &realm.policy.events, &mut transaction)?;
        match transaction.apply(&self.db, &self.table).await? {
            Outcome::Applied => Ok(()),
            Outcome::Failed(failed)
                if failed
                    .at(&Keys::of(name).realm())
                    .is_some_and(|failed| failed.item.contains_key(DELETION)) =>
            {
                Err(being_deleted(name))
            }
            Outcome::Failed(_) => Err(Error::new(
                ErrorKind::Conflict,
                format!("realm `{name}` already exists; choose another name"),
            )),
        }
    }

    /// The realm of that name.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn realm(&self, name: &RealmName) -> Result<Option<RealmEntry>> {
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
    ) -> Result<(Vec<RealmEntry>, Option<RealmName>)> {
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
        realms.sort_by(|a: &RealmEntry, b| a.record.name.cmp(&b.record.name));
        Ok((realms, if more { names.last().cloned() } else { None }))
    }

    /// The realm of that name, with all that its requests need.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn tenant(&self, name: &RealmName) -> Result<Option<Arc<Tenant>>> {
        match self.realm(name).await? {
            Some(entry) => self.db.store().tenant(entry, &self.db).await.map(Some),
            None => Ok(None),
        }
    }

    /// Changes a realm: `change` is given the entry as it is, says by name what
    /// it changes, and is asked again when another change came between. One that
    /// names nothing writes nothing.
    ///
    /// # Errors
    /// `NotFound`; `PreconditionFailed` when the realm is of none of the versions
    /// that are asked for; `Conflict` while it is being deleted; what `change` refuses.
    pub async fn update_realm(
        &self,
        name: &RealmName,
        versions: Option<&[u64]>,
        action: EventAction,
        change: impl Fn(&mut RealmEntry) -> Result<Vec<String>>,
    ) -> Result<RealmEntry> {
        let mut round = 0;
        loop {
            let mut entry = self.realm(name).await?.ok_or_else(|| no_realm(name))?;
            let read = entry.record.version;
            if versions.is_some_and(|versions| !versions.contains(&read)) {
                return Err(Error::new(
                    ErrorKind::PreconditionFailed,
                    format!("realm `{name}` is of version {read} by now; read it again"),
                ));
            }
            if entry.record.state == RealmState::Deleting {
                return Err(being_deleted(name));
            }
            let guarded = entry.policy.deletion_guard.is_some();
            let changed = change(&mut entry)?;
            if changed.is_empty() {
                return Ok(entry);
            }
            entry.record.version = read + 1;
            let mut transaction = self.transaction();
            if guarded && entry.policy.deletion_guard.is_none() {
                // A guard that is put back one day begins anew.
                let forget = Action::Delete { condition: None };
                transaction.add(Keys::of(name).guard(), forget)?;
            }
            transaction.add(
                Keys::of(name).realm(),
                Action::Put {
                    item: realm_item(&entry)?,
                    condition: Some(Condition::new(
                        "version = :version",
                        [(":version", n(read))],
                    )),
                },
            )?;
            let event = self.event(action).changing(changed);
            self.record(event, name, &entry.policy.events, &mut transaction)?;
            match transaction.apply(&self.db, &self.table).await? {
                Outcome::Applied => return Ok(entry),
                Outcome::Failed(_) => {
                    self.db.backoff(round).await?;
                    round += 1;
                }
            }
        }
    }
}

fn realm_name(item: &Item) -> Option<RealmName> {
    item.get(SK)?.as_s().ok()?.parse().ok()
}
