//! Whose turn it is to sweep a realm: one call's at a time.
//!
//! The lease stands on the realm's own item. A call that ends hands it on; one
//! that has failed, or has gone without a word, may still have something under
//! way, so its lease runs until that must have come to its end.

use super::{AFTERMATH, Admin};
use crate::deletion::{DELETION, Deletion};
use crate::event::event_id;
use crate::failure::unreadable;
use crate::keys::Keys;
use crate::record::{binary, millis};
use crate::transaction::Condition;
use auth::RealmName;
use jiff::{SignedDuration, Timestamp};
use scim::Result;
use tokio::time::Instant;
use uuid::Uuid;

/// The right to sweep a realm.
pub(super) struct Lease(Uuid);

/// Whose turn it is.
pub(super) enum Turn {
    /// The caller's.
    Mine(Lease, Deletion),
    /// Another's; how far that is.
    AnothersFor(Deletion),
    /// Nobody's: the realm that was to be deleted is gone.
    Over,
}

impl Lease {
    /// The realm is being deleted, and by whoever has this.
    pub(super) fn held(&self) -> Condition {
        Condition::new(
            format!("attribute_exists({DELETION}) AND sweeper = :me"),
            [(":me", binary(self.0.as_bytes()))],
        )
    }
}

impl Admin {
    /// Takes the turn when nobody else has it.
    pub(super) async fn turn(&self, realm: &RealmName, now: Timestamp) -> Result<Turn> {
        let lease = Lease(event_id(now));
        let deadline = self.db.deadline();
        let longest = deadline.saturating_duration_since(Instant::now()) + AFTERMATH;
        let longest = SignedDuration::try_from(longest).unwrap_or(SignedDuration::MAX);
        let end = now.checked_add(longest).unwrap_or(Timestamp::MAX);
        let key = Keys::of(realm).realm();
        // `sweeper = :me` is an own success whose answer was lost.
        let condition = format!(
            "attribute_exists({DELETION}) AND \
             (attribute_not_exists(sweeper) OR sweeper = :me OR sweeps < :now)"
        );
        let values = [
            (":me", binary(lease.0.as_bytes())),
            (":end", millis(end)),
            (":now", millis(now)),
        ];
        let taken = self
            .db
            .update(
                &key,
                "SET sweeper = :me, sweeps = :end",
                &condition,
                &[],
                &values,
            )
            .await?;
        let entry = self.realm(realm).await?;
        Ok(match entry.and_then(|entry| entry.deletion) {
            // Also when the name has a new realm, which nobody has asked to delete.
            None => Turn::Over,
            Some(deletion) if taken => Turn::Mine(lease, deletion),
            Some(deletion) => Turn::AnothersFor(deletion),
        })
    }

    /// Notes how far it is and ends the turn.
    pub(super) async fn hand_on(
        &self,
        realm: &RealmName,
        lease: &Lease,
        deletion: Deletion,
    ) -> Result<()> {
        let deletion = serde_dynamo::to_attribute_value(deletion).map_err(unreadable)?;
        let values = [(":deletion", deletion), (":me", binary(lease.0.as_bytes()))];
        self.db
            .update(
                &Keys::of(realm).realm(),
                "SET deletion = :deletion REMOVE sweeper, sweeps",
                "sweeper = :me",
                &[],
                &values,
            )
            .await
            .map(drop)
    }
}
