//! What of a realm's choices is too large for its own item: extension schemas
//! and mappers. The item stands beside the realm's, and the realm's says of
//! which version it must be at least: it is read when a process does not have it.

use crate::db::Item;
use crate::failure::unreadable;
use crate::record::FORMAT;
use scim::Result;
use scim::schema::Definition;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A realm's extension schemas and mappers.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Settings {
    /// The schemas that extend its resource types.
    pub schemas: Vec<Definition>,
    /// The rows of its own mappers; the defaults hold without them.
    pub mappers: Option<Vec<Value>>,
}

#[derive(Serialize, Deserialize)]
struct SettingsItem {
    f: u8,
    version: u64,
    /// JSON text: DynamoDB's own types would take more room.
    schemas: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    mappers: Option<String>,
}

impl Settings {
    pub(crate) fn item(&self, version: u64) -> Result<Item> {
        let mappers = self.mappers.as_ref().map(serde_json::to_string);
        serde_dynamo::to_item(SettingsItem {
            f: FORMAT,
            version,
            schemas: serde_json::to_string(&self.schemas).map_err(unreadable)?,
            mappers: mappers.transpose().map_err(unreadable)?,
        })
        .map_err(unreadable)
    }

    pub(crate) fn read(item: Item) -> Result<Self> {
        let item: SettingsItem = serde_dynamo::from_item(item).map_err(unreadable)?;
        let mappers = item.mappers.as_deref().map(serde_json::from_str);
        Ok(Self {
            schemas: serde_json::from_str(&item.schemas).map_err(unreadable)?,
            mappers: mappers.transpose().map_err(unreadable)?,
        })
    }
}
