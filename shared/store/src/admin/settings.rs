//! A realm's extension schemas and mappers: changed together with the realm's version.

use super::{Admin, being_deleted, no_realm};
use crate::counter::Counts;
use crate::credentials::realm_item;
use crate::event::EventAction;
use crate::keys::Keys;
use crate::kind::Kind;
use crate::record::n;
use crate::settings::Settings;
use crate::transaction::{Action, Condition, Outcome};
use auth::{RealmName, RealmState};
use scim::Result;

/// A change of settings.
#[derive(Debug)]
pub struct SettingsChange {
    /// What is done.
    pub action: EventAction,
    /// The schema's URN, or nothing for the mappers.
    pub subject: Option<String>,
    /// The settings as they are to be.
    pub settings: Settings,
}

impl Admin {
    /// Changes a realm's settings: `change` is given them as they are, and asked
    /// again when another change came between; `None` from it changes nothing, and
    /// is answered.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` while the realm is being deleted; what `change` refuses.
    pub async fn update_settings(
        &self,
        name: &RealmName,
        change: impl Fn(&Settings) -> Result<Option<SettingsChange>>,
    ) -> Result<Option<Settings>> {
        let mut round = 0;
        loop {
            let mut entry = self.realm(name).await?.ok_or_else(|| no_realm(name))?;
            if entry.record.state == RealmState::Deleting {
                return Err(being_deleted(name));
            }
            let tenant = self.db.store().tenant(entry.clone(), &self.db).await?;
            let Some(change) = change(tenant.settings())? else {
                return Ok(None);
            };
            let read = entry.record.version;
            entry.record.version = read + 1;
            entry.settings = entry.record.version;
            let keys = Keys::of(name);
            let mut transaction = self.transaction();
            transaction.add(
                keys.realm(),
                Action::Put {
                    item: realm_item(&entry)?,
                    condition: Some(Condition::new(
                        "version = :version",
                        [(":version", n(read))],
                    )),
                },
            )?;
            transaction.add(
                keys.settings(),
                Action::Put {
                    item: change.settings.item(entry.settings)?,
                    condition: None,
                },
            )?;
            let mut event = self.event(change.action);
            if let Some(subject) = change.subject {
                event = event.about(subject);
            }
            self.record(event, name, &entry.policy.events, &mut transaction)?;
            match transaction.apply(&self.db, &self.table).await? {
                Outcome::Applied => return Ok(Some(change.settings)),
                Outcome::Failed(_) => {
                    self.db.backoff(round).await?;
                    round += 1;
                }
            }
        }
    }

    /// How many resources of a kind the realm holds.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn count(&self, name: &RealmName, kind: Kind) -> Result<u64> {
        let counts = Counts::read(&self.db, &Keys::of(name), kind).await?;
        Ok(counts.total())
    }
}
