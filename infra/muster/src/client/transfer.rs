//! A realm carried to another table: all but its keys and events.

use serde_json::{Value, json};

use super::AdminClient;
use super::call::Call;
use super::page::Pages;
use crate::Failure;

impl AdminClient {
    /// A realm's items: first the realm, then users, groups and memberships.
    pub fn export_realm<'a>(&'a self, realm: &'a str) -> Pages<'a> {
        Pages::new(self, &["realms", realm, "export"], Vec::new(), "items")
    }

    /// Takes in at most [`super::BATCH`] items; what is there already stays.
    ///
    /// # Errors
    /// When the realm holds another with such an id or name.
    pub async fn import_realm(&self, realm: &str, items: &[Value]) -> Result<Value, Failure> {
        let path = ["realms", realm, "import"];
        self.send(Call::post(&path, json!({ "items": items })))
            .await
    }
}
