//! A realm carried to another table: all but its keys and events.

use serde_json::{Value, json};

use super::call::Call;
use super::page::Pages;
use super::{AdminClient, RealmSettings};
use crate::Failure;
use reqwest::StatusCode;

impl AdminClient {
    /// A realm's items: first the realm, then users, groups and memberships.
    pub fn export_realm<'a>(&'a self, realm: &'a str) -> Pages<'a> {
        Pages::new(self, &["realms", realm, "export"], Vec::new(), "items")
    }

    /// Makes the realm when it is not there, to be filled by an import.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn ensure_realm(&self, realm: &str) -> Result<(), Failure> {
        let answer = self.exchange(Call::get(&["realms", realm])).await?;
        if answer.status == StatusCode::NOT_FOUND {
            self.create_realm(realm, &RealmSettings::default()).await?;
            return Ok(());
        }
        self.success(answer).map(drop)
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
