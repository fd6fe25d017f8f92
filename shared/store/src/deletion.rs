//! How far the deletion of a realm is. It stands on the realm's own item until
//! that goes, too.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The attribute of the realm's item.
pub(crate) const DELETION: &str = "deletion";

/// How far the deletion of a realm is. The numbers are for people: a call that
/// fails does not write its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deletion {
    /// Since when the realm has been being deleted.
    #[serde(serialize_with = "as_millis", deserialize_with = "from_millis")]
    pub since: Timestamp,
    /// How many items are gone.
    pub removed: u64,
    /// How many users and groups are left.
    pub remaining: u64,
}

fn as_millis<S: Serializer>(instant: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_i64(instant.as_millisecond())
}

fn from_millis<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    let millis = i64::deserialize(deserializer)?;
    Timestamp::from_millisecond(millis).map_err(serde::de::Error::custom)
}
