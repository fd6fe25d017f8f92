//! What was refused, recorded beside it: nothing has changed, so there is no
//! transaction for the event to be in, and a refusal that cannot be recorded is
//! answered all the same. How much of it is recorded is for the caller to bound.

use super::{Audit, Event, EventAction, EventKind, detail};
use crate::admin::stays;
use crate::keys::Keys;
use crate::kind::{Kind, ResourceId};
use crate::policy::EventPolicy;
use crate::table::Store;
use crate::tenant::Tenant;
use crate::transaction::{Action, Outcome, Transaction};
use auth::{Actor, KeyId, RealmName};
use jiff::Timestamp;
use scim::{Error, Result};
use tokio::time::Instant;

/// A write that was refused.
#[derive(Debug, Clone)]
pub struct Refusal<'a> {
    /// What was asked for.
    pub action: EventAction,
    /// By whom.
    pub actor: Actor,
    /// Of which resource, when the request has named one.
    pub resource: Option<(Kind, ResourceId)>,
    /// Why it was refused.
    pub error: &'a Error,
    /// How many refusals before it were not recorded.
    pub omitted: u64,
}

/// A request that nobody was proven by.
#[derive(Debug, Clone)]
pub struct Stranger<'a> {
    /// The realm that it was meant for; none where its name can be no realm's.
    pub realm: Option<&'a RealmName>,
    /// How the realm keeps its events, where the request has read it.
    pub policy: Option<EventPolicy>,
    /// The key that it claims to hold, when its token is well formed.
    pub key: Option<KeyId>,
    /// What it was told.
    pub error: &'a Error,
    /// How many before it were not recorded.
    pub omitted: u64,
}

impl Store {
    /// Records a refused write: one PutItem.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn record_refusal(
        &self,
        tenant: &Tenant,
        refusal: Refusal<'_>,
        now: Timestamp,
        audit: &Audit,
        deadline: Instant,
    ) -> Result<()> {
        let actor = Some(&refusal.actor);
        let mut event = Event::new(EventKind::Refusal, refusal.action, actor, now, audit)
            .refused(refusal.error);
        event.resource = refusal.resource;
        event.detail = Some(detail::kept(refusal.error.detail(), tenant));
        let event = event.after(refusal.omitted);
        let key = Keys::of(&tenant.record().name).event(event.id);
        let item = event.into_item(&tenant.policy().events)?;
        self.db(deadline, &audit.meter).put(&key, item).await
    }

    /// Records a failed authentication, where there is a realm to record it in.
    /// The table is asked the same in every case, so that a realm that exists
    /// is not told by it from one that does not.
    ///
    /// It is kept as long as the realm's events are, as far as the request or this
    /// process knows the realm, and as long as is the default where it does not: to
    /// ask would cost more than the event.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn record_stranger(
        &self,
        stranger: Stranger<'_>,
        now: Timestamp,
        audit: &Audit,
        deadline: Instant,
    ) -> Result<()> {
        let keys = stranger.realm.map_or_else(Keys::nobody, Keys::of);
        let mut transaction = Transaction::new(now);
        transaction.add(keys.realm(), Action::Check { condition: stays() })?;
        let kept = || Some(self.tenants.policy(stranger.realm?)?.events);
        let policy = stranger.policy.or_else(kept).unwrap_or_default();
        let actor = stranger.key.map(Actor::Key);
        Event::new(
            EventKind::Authentication,
            EventAction::Authenticate,
            actor.as_ref(),
            now,
            audit,
        )
        .refused(stranger.error)
        .after(stranger.omitted)
        .record(&keys, &policy, &mut transaction)?;
        let db = self.db(deadline, &audit.meter);
        match transaction.apply(&db, &self.table).await? {
            // There is no such realm.
            Outcome::Failed(_) | Outcome::Applied => Ok(()),
        }
    }
}

impl Event {
    /// After so many that were not recorded.
    fn after(mut self, omitted: u64) -> Self {
        if omitted > 0 {
            let detail = self.detail.take().unwrap_or_default();
            self.detail = Some(format!("{omitted} before it were not recorded; {detail}"));
        }
        self
    }
}
