//! What happened. An accepted change has its event in its own transaction: one
//! without the other cannot exist. What was refused has its event beside it
//! ([`refusal`]).
//!
//! A write has one event: a change of more members than one transaction holds,
//! too, in the transaction that makes it true, with the sums of what the job that
//! does the rest adds and removes. What a job does has none, nor has what is swept
//! of a deleted resource: it was done with the change.
//!
//! An event is to stay below 1 KiB, a write unit, so its lists and texts are
//! bounded; how much there was is counted beside. Values of attributes are in it
//! only where the realm says so. An event's id is a UUID of version 7: events
//! sort by time, and the id is the ClientRequestToken of its transaction.

mod change;
mod detail;
mod item;
mod refusal;

pub(crate) use change::{MemberTally, ResourceChange, changed};
pub use item::{Event, EventAction, EventKind, MemberCounts};
pub use refusal::{Refusal, Stranger};

use crate::kind::{Kind, ResourceId};
use crate::meter::Meter;
use auth::Actor;
use jiff::Timestamp;
use scim::Error;
use std::sync::atomic::{AtomicU32, Ordering};
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

/// Counts the events of this process.
static COUNT: AtomicU32 = AtomicU32::new(0);

/// The id of an event that happens now: UUIDs of version 7 sort by time, and
/// those of one process at one instant in the order in which they were made
/// (RFC 9562 section 6.2, method 1).
pub(crate) fn event_id(now: Timestamp) -> Uuid {
    let millis = u64::try_from(now.as_millisecond()).unwrap_or_default();
    let count = COUNT.fetch_add(1, Ordering::Relaxed).to_be_bytes();
    let mut random = Uuid::new_v4().into_bytes();
    // What follows the instant: the count's lower 26 bits, around the two of the variant.
    let [a, b, c, d] = (u32::from_be_bytes(count) << 6).to_be_bytes();
    let [first, second, third, fourth, rest @ ..] = &mut random;
    (*first, *second) = (a >> 4, a << 4 | b >> 4);
    (*third, *fourth) = ((b & 0x0f) << 2 | c >> 6, c << 2 | d >> 6);
    let [e, f, g, h, i, j, ..] = *rest;
    let bytes = [*first, *second, *third, *fourth, e, f, g, h, i, j];
    uuid::Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid()
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

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        reason = "tests fail by panicking"
    )]
    use super::event_id;
    use jiff::Timestamp;

    #[test]
    fn ids_sort_by_time_and_then_as_they_are_made() {
        let at = |millis| Timestamp::from_millisecond(millis).unwrap();
        // The count passes several of its bytes on the way.
        for _ in 0..70_000 {
            let (first, second) = (event_id(at(1_000)), event_id(at(1_000)));
            assert!(first < second, "{first} {second}");
            assert!(first.to_string() < second.to_string());
            assert!(second < event_id(at(1_001)));
        }
        let id = event_id(at(1_700_000_000_123));
        assert_eq!(id.get_version_num(), 7);
        assert_eq!(id.get_variant(), uuid::Variant::RFC4122);
        let (seconds, nanos) = id.get_timestamp().unwrap().to_unix();
        assert_eq!((seconds, nanos), (1_700_000_000, 123_000_000));
    }
}
