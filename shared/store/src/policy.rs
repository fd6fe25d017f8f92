//! What an operator has decided about a realm. It stands on the realm's own
//! item, so that every request knows it without another read.

use scim::Profile;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Days an event is kept when nothing is said.
const RETENTION_DAYS: u16 = 90;

/// What an operator has decided about a realm.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Policy {
    /// How liberally its clients are read.
    #[serde(serialize_with = "write_profile", deserialize_with = "read_profile")]
    pub profile: Profile,
    /// The Entra tenant that provisions it, as its administrator knows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entra_tenant_id: Option<String>,
    /// What is kept of what happens.
    pub events: EventPolicy,
    /// How much the realm may hold and ask for.
    pub limits: Quotas,
    /// Whether a new user is invited before it counts.
    pub invitation: Invitation,
    /// How many deactivations and deletions a window allows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deletion_guard: Option<DeletionGuard>,
}

/// What is kept of what happens in a realm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct EventPolicy {
    /// For how many days.
    pub retention_days: u16,
    /// What of a change.
    pub detail: EventDetail,
}

/// What an event holds of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EventDetail {
    /// The names of the attributes.
    #[default]
    Names,
    /// Their new values, too; never a password.
    Values,
}

/// How much a realm may hold and ask for; without a number as much as it will.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Quotas {
    /// Users.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub users: Option<u64>,
    /// Groups.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub groups: Option<u64>,
    /// Requests a second, in each process that serves it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requests_per_second: Option<u32>,
}

/// What a new user is at first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Invitation {
    /// Provisioned.
    #[default]
    Off,
    /// Invited.
    On,
}

/// How many deactivations and deletions a window allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeletionGuard {
    /// So many.
    pub maximum: u32,
    /// In so many seconds.
    pub window_seconds: u32,
}

fn write_profile<S: Serializer>(profile: &Profile, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(profile.name())
}

fn read_profile<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Profile, D::Error> {
    let name = String::deserialize(deserializer)?;
    name.parse().map_err(serde::de::Error::custom)
}

impl Default for EventPolicy {
    fn default() -> Self {
        Self {
            retention_days: RETENTION_DAYS,
            detail: EventDetail::default(),
        }
    }
}
