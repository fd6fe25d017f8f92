//! Administration: reachable only with an [`auth::Operator`]. Every change has
//! its event in its own transaction.

mod ending;
mod events;
mod guard;
mod keys;
mod realms;
mod settings;
mod usage;

pub use keys::KeyCreation;
pub use settings::SettingsChange;

pub use events::{EventCursor, EventOrder, EventQuery, EventStatus};

use crate::db::Db;
use crate::event::{Audit, Event, EventAction, EventKind};
use crate::keys::Keys;
use crate::policy::EventPolicy;
use crate::transaction::{Condition, Transaction};
use auth::{Actor, KeyId, Operator, RealmName};
use jiff::Timestamp;
use scim::{Error, ErrorKind, Result};
use std::sync::Arc;

/// Administration by one operator, during one request.
#[derive(Debug, Clone)]
pub struct Admin {
    db: Db,
    table: Arc<str>,
    actor: Actor,
    now: Timestamp,
    audit: Audit,
}

impl Admin {
    pub(crate) fn new(
        db: Db,
        table: Arc<str>,
        operator: &Operator,
        now: Timestamp,
        audit: Audit,
    ) -> Self {
        Self {
            db,
            table,
            actor: Actor::Operator(operator.name().to_owned()),
            now,
            audit,
        }
    }

    fn transaction(&self) -> Transaction {
        Transaction::new(self.now)
    }

    /// An event of this request.
    fn event(&self, action: EventAction) -> Event {
        Event::new(
            EventKind::Administration,
            action,
            Some(&self.actor),
            self.now,
            &self.audit,
        )
        .status(self.audit.status)
    }

    fn record(
        &self,
        event: Event,
        realm: &RealmName,
        policy: &EventPolicy,
        transaction: &mut Transaction,
    ) -> Result<()> {
        event.record(&Keys::of(realm), policy, transaction)
    }
}

fn no_realm(name: &RealmName) -> Error {
    Error::new(ErrorKind::NotFound, format!("there is no realm `{name}`"))
}

/// The realm is there, and is not being deleted.
pub(crate) fn stays() -> Condition {
    Condition::new(
        "attribute_exists(pk) AND attribute_not_exists(deletion)",
        [],
    )
}

/// The refusal of what a realm that is being deleted takes no more.
fn being_deleted(name: &RealmName) -> Error {
    Error::new(
        ErrorKind::Conflict,
        format!("realm `{name}` is being deleted; its name is free when all of its data is gone"),
    )
}

fn no_key(realm: &RealmName, id: &KeyId) -> Error {
    Error::new(
        ErrorKind::NotFound,
        format!("realm `{realm}` has no key `{id}`"),
    )
}
