//! What one request came to, as a log may hold it. No member can hold a value
//! or a name that a user has chosen, a secret, or a part of a body or query.

use auth::{KeyId, RealmName};
use scim::Cause;
use std::time::Duration;
use store::Meter;
use uuid::Uuid;

/// What one request came to. Every response carries it among its extensions,
/// for whoever writes the log.
#[derive(Debug, Clone)]
pub struct Served {
    /// The id that the answer's `x-request-id` and the event name.
    pub request_id: Uuid,
    /// What was asked for, such as `PatchGroup`; `Unrouted` for a path that is no endpoint.
    pub operation: &'static str,
    /// The status answered.
    pub status: u16,
    /// The error's `scimType`, where it has one.
    pub scim_type: Option<&'static str>,
    /// The realm, once the caller was proven.
    pub realm: Option<RealmName>,
    /// The key that the caller has proven.
    pub key_id: Option<KeyId>,
    /// Why it failed, for the operator.
    pub cause: Option<Cause>,
    /// What it has cost.
    pub meter: Meter,
    /// How long it took.
    pub duration: Duration,
}

impl Served {
    /// Whether the operator should look: an answer that is the server's own
    /// fault. What is not implemented is no fault.
    pub fn is_fault(&self) -> bool {
        self.status >= 500 && self.status != 501
    }
}
