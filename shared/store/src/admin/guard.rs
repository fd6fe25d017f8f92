//! The deletion guard as its operator sees it: whether it refuses, and its release.

use super::{Admin, being_deleted, no_realm, stays};
use crate::db::Consistency;
use crate::deletion_guard::Window;
use crate::event::{EventAction, EventKind};
use crate::keys::{Key, Keys, PK};
use crate::tenant::RealmEntry;
use crate::transaction::{Action, Condition, Outcome};
use auth::{RealmName, RealmState};
use jiff::Timestamp;
use scim::Result;
use std::collections::BTreeMap;

impl Admin {
    /// Since when the guards of these realms have refused: those that do. Realms
    /// without a guard cost nothing.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn tripped(&self, realms: &[RealmEntry]) -> Result<BTreeMap<RealmName, Timestamp>> {
        let guarded: Vec<&RealmName> = realms
            .iter()
            .filter(|entry| entry.policy.deletion_guard.is_some())
            .map(|entry| &entry.record.name)
            .collect();
        let keys: Vec<Key> = guarded.iter().map(|name| Keys::of(name).guard()).collect();
        let mut tripped = BTreeMap::new();
        for item in self.db.batch_get(&keys, Consistency::Strong).await? {
            let pk = item.get(PK).and_then(|pk| pk.as_s().ok());
            let name = guarded
                .iter()
                .find(|name| pk == Some(&Keys::of(name).guard().pk));
            if let (Some(name), Some(since)) = (name, Window::read(&item)?.tripped) {
                tripped.insert((*name).clone(), since);
            }
        }
        Ok(tripped)
    }

    /// Lets deactivations and deletions go on, in a new window. A guard that
    /// refuses nothing stays as it is.
    ///
    /// # Errors
    /// `NotFound` when there is no such realm; `Conflict` while it is being deleted.
    pub async fn release_guard(&self, realm: &RealmName) -> Result<RealmEntry> {
        let keys = Keys::of(realm);
        let mut round = 0;
        loop {
            let entry = self.realm(realm).await?.ok_or_else(|| no_realm(realm))?;
            if entry.record.state == RealmState::Deleting {
                return Err(being_deleted(realm));
            }
            let item = self.db.get(&keys.guard(), Consistency::Strong).await?;
            let window = item.as_ref().map(Window::read).transpose()?;
            if window.is_none_or(|window| window.tripped.is_none()) {
                return Ok(entry);
            }
            let mut transaction = self.transaction();
            transaction.add(keys.realm(), Action::Check { condition: stays() })?;
            transaction.add(
                keys.guard(),
                Action::Put {
                    item: Window::item(self.now, 0, &transaction),
                    condition: Some(Condition::new("attribute_exists(tripped)", [])),
                },
            )?;
            let mut event = self.event(EventAction::ReleaseGuard);
            event.kind = EventKind::Guard;
            self.record(event, realm, &entry.policy.events, &mut transaction)?;
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
