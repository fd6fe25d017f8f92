//! What an answer says, without what differs from realm to realm and from time to time.

use jiff::Timestamp;
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use uuid::Uuid;

/// Attributes that are of one moment, one server or one realm.
const PASSING: [&str; 21] = [
    "$ref",
    "created",
    "durationMs",
    "key",
    "lastModified",
    "lastUsed",
    "location",
    "nextCursor",
    "readUnits",
    "remaining",
    "removed",
    "replaces",
    "request",
    "requestId",
    "since",
    "sourceAddress",
    "tenantUrl",
    "time",
    "token",
    "userAgent",
    "writeUnits",
];

/// Who looks: what is known in every realm of a world.
#[derive(Debug)]
pub struct Eye<'a> {
    /// The realm's name.
    pub realm: &'a str,
    /// The ids that are the same in all of them.
    pub known: &'a BTreeSet<Uuid>,
}

impl Eye<'_> {
    /// The face of what is seen.
    pub fn face(&self, value: &Value) -> Value {
        match value {
            Value::Object(object) => Value::Object(self.object(object)),
            Value::Array(list) => list.iter().map(|value| self.face(value)).collect(),
            Value::String(text) => Value::String(self.text(text)),
            other => other.clone(),
        }
    }

    fn object(&self, object: &Map<String, Value>) -> Map<String, Value> {
        // The id of a key is chosen anew each time; it is no UUID.
        let is_key = object.contains_key("pepper") && object.contains_key("scopes")
            || object.get("type").is_some_and(|of| of == "Key");
        object
            .iter()
            .filter(|(name, _)| !PASSING.contains(&name.as_str()))
            .map(|(name, value)| match name.as_str() {
                "id" if is_key => (name.clone(), Value::from("<key>")),
                _ => (name.clone(), self.face(value)),
            })
            .collect()
    }

    fn text(&self, text: &str) -> String {
        if let Ok(id) = text.parse::<Uuid>() {
            return match self.known.contains(&id) {
                true => text.to_owned(),
                false => "<new>".to_owned(),
            };
        }
        if text.parse::<Timestamp>().is_ok() {
            return "<time>".to_owned();
        }
        if is_of_now(text) {
            return "<version>".to_owned();
        }
        let realm = self.realm;
        let fresh = format!("{realm}x");
        match text {
            _ if text == realm => "<realm>".to_owned(),
            _ if text == fresh => "<fresh>".to_owned(),
            // A job that works on a group is seen in its tag.
            _ => text
                .replace(".j\"", "\"")
                .replace(&format!("`{realm}`"), "`<realm>`")
                .replace(&format!(" {realm}`"), " <realm>`")
                .replace(&format!("`{fresh}`"), "`<fresh>`")
                .replace(&format!("/{realm}/"), "/<realm>/")
                .replace(&format!("/{fresh}/"), "/<fresh>/"),
        }
    }
}

/// Whether it is the tag of what was imported: its version is the time of that.
fn is_of_now(text: &str) -> bool {
    let version = text
        .strip_prefix("W/\"")
        .and_then(|tag| tag.split('.').next());
    let version = version.and_then(|version| version.parse::<u64>().ok());
    version.is_some_and(|version| version > 1_000_000_000)
}
