//! One realm during one request: the only door to its data.

use crate::clock::Clock;
use crate::db::{Db, Item};
use crate::index::Entries;
use crate::keys::Keys;
use crate::kind::{Kind, ResourceId};
use crate::record::Record;
use crate::tenant::Tenant;
use crate::transaction::Transaction;
use auth::Caller;
use jiff::Timestamp;
use scim::{Attributes, Result};

/// The realm of a proven caller. Every key it builds starts with the realm's prefix.
#[derive(Debug, Clone)]
pub struct Realm<'a> {
    pub(crate) db: Db,
    pub(crate) keys: Keys,
    pub(crate) caller: &'a Caller,
    pub(crate) tenant: &'a Tenant,
    pub(crate) now: Timestamp,
    pub(crate) clock: Clock,
    pub(crate) table: std::sync::Arc<str>,
}

impl<'a> Realm<'a> {
    pub(crate) fn new(
        db: Db,
        caller: &'a Caller,
        tenant: &'a Tenant,
        now: Timestamp,
        table: std::sync::Arc<str>,
    ) -> Self {
        Self {
            db,
            keys: Keys::of(caller.realm()),
            caller,
            tenant,
            // Instants are kept in milliseconds: what is answered now must be what is read later.
            now: Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now),
            clock: Clock::told(now),
            table,
        }
    }

    /// A transaction of this moment: a request may have taken its time until here.
    pub(crate) fn transaction(&self) -> Transaction {
        Transaction::new(self.clock.timestamp())
    }

    /// A stored resource as the realm's schemas have it now: what came before its
    /// schema was declared stands where that schema's values stand.
    pub(crate) fn record(&self, kind: Kind, item: Item) -> Result<Record> {
        let mut record = Record::read(kind, item)?;
        record.attributes = self.adopted(kind, record.attributes);
        Ok(record)
    }

    /// A stored document as the realm's schemas have it now.
    pub(crate) fn adopted(&self, kind: Kind, attributes: Attributes) -> Attributes {
        if self.tenant.settings().schemas.is_empty() {
            return attributes;
        }
        attributes.adopt(self.tenant.resource_type(kind))
    }

    pub(crate) fn entries(
        &self,
        kind: Kind,
        id: ResourceId,
        attributes: &Attributes,
    ) -> Result<Entries> {
        Entries::of(&self.keys, self.caller.salt(), kind, id, attributes)
    }
}
