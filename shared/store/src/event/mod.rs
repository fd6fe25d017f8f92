//! What happened. An accepted change has its event in its own transaction: one
//! without the other cannot exist.
//!
//! An event is to stay below 1 KiB, a write unit, so its lists and texts are
//! bounded; how much there was is counted beside. Values of attributes are in it
//! only where the realm says so. An event's id is a UUID of version 7: events
//! sort by time, and the id is the ClientRequestToken of its transaction.

mod change;
mod item;

pub(crate) use change::{MemberTally, ResourceChange, changed};
pub use item::{Event, EventAction, EventKind, MemberCounts};

use crate::kind::{Kind, ResourceId};
use crate::meter::Meter;
use auth::Actor;
use jiff::Timestamp;
use scim::Error;
use tokio::time::Instant;
use uuid::Uuid;

/// A request, for the record.
#[derive(Debug, Clone)]
pub struct Audit {
    /// The request's id.
    pub request: Uuid,
    /// The User-Agent.
    pub user_agent: Option<String>,
    /// The source address.
    pub source: Option<String>,
    /// The method.
    pub method: String,
    /// The path, a realm's relative to its Tenant URL. No client's own words stand in it.
    pub path: String,
    /// The status it is answered with when it is accepted.
    pub status: u16,
    /// When it began.
    pub started: Instant,
    /// What it consumes.
    pub meter: Meter,
}

/// The id of an event that happens now: UUIDs of version 7 sort by time.
pub(crate) fn event_id(now: Timestamp) -> Uuid {
    let nanos = u32::try_from(now.subsec_nanosecond()).unwrap_or_default();
    let seconds = u64::try_from(now.as_second()).unwrap_or_default();
    Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, seconds, nanos))
}

impl Event {
    /// An event of a request: what it did is still to be said.
    pub(crate) fn new(
        kind: EventKind,
        action: EventAction,
        actor: Option<&Actor>,
        now: Timestamp,
        audit: &Audit,
    ) -> Self {
        Self {
            id: event_id(now),
            time: now,
            kind,
            action,
            actor: actor.cloned(),
            user_agent: audit.user_agent.clone(),
            source: audit.source.clone(),
            method: audit.method.clone(),
            path: audit.path.clone(),
            status: 0,
            scim_type: None,
            detail: None,
            resource: None,
            subject: None,
            changed: Vec::new(),
            changed_count: 0,
            values: None,
            members: MemberCounts::default(),
            request: audit.request,
            duration_ms: u64::try_from(audit.started.elapsed().as_millis()).unwrap_or(u64::MAX),
            read_units: audit.meter.read_units(),
            write_units: audit.meter.write_units(),
        }
    }

    /// The answer's status.
    pub(crate) fn status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// The resource it is about.
    pub(crate) fn on(mut self, kind: Kind, id: ResourceId) -> Self {
        self.resource = Some((kind, id));
        self
    }

    /// What it is about that is no resource: a key's id, a schema's URN.
    pub(crate) fn about(mut self, subject: impl Into<String>) -> Self {
        self.subject = Some(subject.into());
        self
    }

    /// What there is to say about it, in a sentence.
    pub(crate) fn saying(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// What was changed, by name.
    pub(crate) fn changing(mut self, names: Vec<String>) -> Self {
        self.changed_count = names.len();
        self.changed = names;
        self
    }

    /// Why it was refused.
    pub(crate) fn refused(mut self, error: &Error) -> Self {
        self.status = error.kind().status();
        self.scim_type = error.kind().scim_type().map(str::to_owned);
        self.detail = Some(error.detail().to_owned());
        self
    }
}
