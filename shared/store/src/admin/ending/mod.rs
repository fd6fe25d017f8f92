//! The end of a realm: marked first, then swept call by call until nothing is left.
//!
//! From the mark on its keys are refused. Requests that were let in before may
//! still write, for as long as a request may take, so until then only what
//! nothing else is found by is swept: index entries, claims, events, keys. A
//! membership is found by its group's id, which stands on the group's own item
//! and in its members' `memberOf`, so users and groups stay till the end of that
//! time; then the memberships of each go first, and a call that ends at any point
//! leaves what leads the next one on. When two passes in a row have found
//! nothing, the realm's item, its settings and its entry in the directory go
//! together, and the name is free.

mod lease;
mod sweep;

use super::{Admin, no_realm};
use crate::counter::Counts;
use crate::credentials::realm_item;
use crate::deletion::Deletion;
use crate::event::EventAction;
use crate::keys::{Key, Keys};
use crate::kind::Kind;
use crate::record::{binary, n};
use crate::tenant::RealmEntry;
use crate::transaction::{Action, Condition, Outcome};
use auth::{RealmName, RealmState};
use jiff::{SignedDuration, Timestamp};
use lease::{Lease, Turn};
use scim::{ErrorKind, Result};
use std::time::Duration;
use sweep::{Sweep, Swept};
use tokio::time::{Instant, sleep_until};

/// How long one call sweeps: an administrator is to see progress.
const STRETCH: Duration = Duration::from_secs(5);
/// How long the table may take to finish what a request has sent before its deadline.
const AFTERMATH: Duration = Duration::from_secs(5);
/// How often it looks again while it can only wait.
const LOOK: Duration = Duration::from_millis(500);

impl Admin {
    /// Deletes a realm, as far as one call comes: `None` when nothing of it is
    /// left, else how far it is. `longest` is how long a request may take that
    /// was let in before.
    ///
    /// # Errors
    /// `NotFound` when there is no such realm.
    pub async fn delete_realm(
        &self,
        realm: &RealmName,
        longest: Duration,
    ) -> Result<Option<Deletion>> {
        let begun = Instant::now();
        let now = || self.now + SignedDuration::try_from(begun.elapsed()).unwrap_or_default();
        let mark = self.mark(realm).await?;
        let wait = SignedDuration::try_from(longest + AFTERMATH).unwrap_or(SignedDuration::MAX);
        let quiet_from = mark.since.checked_add(wait).unwrap_or(Timestamp::MAX);
        // Half of the time that is left is for what the last call of the table may take.
        let left = self.db.deadline().saturating_duration_since(begun) / 2;
        let until = begun + left.min(STRETCH);
        let (lease, mut deletion) = loop {
            match self.turn(realm, now()).await? {
                Turn::Mine(lease, deletion) => break (lease, deletion),
                Turn::AnothersFor(deletion) if Instant::now() >= until => {
                    return Ok(Some(deletion));
                }
                Turn::AnothersFor(_) => sleep_until(until.min(Instant::now() + LOOK)).await,
                Turn::Over => return Ok(None),
            }
        };
        let mut sweep = Sweep::new(self.db.clone(), Keys::of(realm), until);
        let swept = sweep.run(|| now() >= quiet_from).await;
        deletion.removed += sweep.removed;
        deletion.remaining = deletion.remaining.saturating_sub(sweep.resources);
        match swept {
            Ok(Swept::Whole) => {
                self.forget(realm, &lease).await?;
                Ok(None)
            }
            Ok(Swept::InPart) => {
                self.hand_on(realm, &lease, deletion).await?;
                Ok(Some(deletion))
            }
            Err(error) => {
                // Of what was not answered nobody knows whether it has ended.
                if error.kind() != ErrorKind::Unavailable {
                    self.hand_on(realm, &lease, deletion).await?;
                }
                Err(error)
            }
        }
    }

    /// Marks the realm as one that is being deleted; it may be already.
    async fn mark(&self, name: &RealmName) -> Result<Deletion> {
        let keys = Keys::of(name);
        let mut round = 0;
        loop {
            let entry = self.realm(name).await?.ok_or_else(|| no_realm(name))?;
            if let Some(deletion) = entry.deletion {
                return Ok(deletion);
            }
            let mut remaining = 0;
            for kind in Kind::ALL {
                remaining += Counts::read(&self.db, &keys, kind).await?.total();
            }
            let deletion = Deletion {
                since: self.now,
                removed: 0,
                remaining,
            };
            let read = entry.record.version;
            let mut marked = RealmEntry {
                deletion: Some(deletion),
                ..entry
            };
            marked.record.state = RealmState::Deleting;
            marked.record.version = read + 1;
            let mut transaction = self.transaction();
            let mut item = realm_item(&marked)?;
            item.insert("ev".to_owned(), binary(transaction.event().as_bytes()));
            transaction.add(
                keys.realm(),
                Action::Put {
                    item,
                    condition: Some(Condition::new(
                        "version = :version",
                        [(":version", n(read))],
                    )),
                },
            )?;
            let event = self
                .event(EventAction::DeleteRealm)
                .changing(vec!["state".to_owned()]);
            self.record(event, name, &marked.policy.events, &mut transaction)?;
            match transaction.apply(&self.db, &self.table).await? {
                Outcome::Applied => return Ok(deletion),
                Outcome::Failed(_) => {
                    self.db.backoff(round).await?;
                    round += 1;
                }
            }
        }
    }

    /// Frees the name. When another call has done so, it is done.
    async fn forget(&self, realm: &RealmName, lease: &Lease) -> Result<()> {
        let keys = Keys::of(realm);
        let mut transaction = self.transaction();
        transaction.add(
            keys.realm(),
            Action::Delete {
                condition: Some(lease.held()),
            },
        )?;
        for key in [keys.settings(), Key::directory(realm)] {
            transaction.add(key, Action::Delete { condition: None })?;
        }
        transaction.apply(&self.db, &self.table).await.map(drop)
    }
}
