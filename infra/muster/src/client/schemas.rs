//! A realm's extension schemas and mappers.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::AdminClient;
use super::call::Call;
use super::page::take_list;
use crate::Failure;

/// What storing a schema came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stored {
    /// There was none of that URN.
    New,
    /// The one there was is changed.
    Changed,
}

impl AdminClient {
    /// A realm's own schemas.
    ///
    /// # Errors
    /// When there is no such realm.
    pub async fn schemas(&self, realm: &str) -> Result<Vec<Value>, Failure> {
        let mut answer = self.send(Call::get(&["realms", realm, "schemas"])).await?;
        Ok(take_list(&mut answer, "schemas"))
    }

    /// One of them.
    ///
    /// # Errors
    /// When there is none of that URN.
    pub async fn schema(&self, realm: &str, urn: &str) -> Result<Value, Failure> {
        self.send(Call::get(&["realms", realm, "schemas", urn]))
            .await
    }

    /// Declares a schema, or changes it.
    ///
    /// # Errors
    /// When it is malformed, collides with another, or data contradicts it.
    pub async fn put_schema(
        &self,
        realm: &str,
        urn: &str,
        schema: Value,
    ) -> Result<(Value, Stored), Failure> {
        let call = Call::new(Method::PUT, &["realms", realm, "schemas", urn]);
        let answer = self.exchange(call.body(schema)).await?;
        let stored = match answer.status {
            StatusCode::CREATED => Stored::New,
            _ => Stored::Changed,
        };
        Ok((self.success(answer)?, stored))
    }

    /// Takes a schema's declaration back; data that was stored by it stays.
    ///
    /// # Errors
    /// When there is none of that URN.
    pub async fn delete_schema(&self, realm: &str, urn: &str) -> Result<(), Failure> {
        let call = Call::delete(&["realms", realm, "schemas", urn]);
        self.send(call).await.map(|_| ())
    }

    /// `{mappers, custom}`: how SCIM attributes get the company's own names.
    ///
    /// # Errors
    /// When there is no such realm.
    pub async fn mappers(&self, realm: &str) -> Result<Value, Failure> {
        self.send(Call::get(&["realms", realm, "mappers"])).await
    }

    /// Replaces all of them.
    ///
    /// # Errors
    /// When one is malformed.
    pub async fn put_mappers(&self, realm: &str, mappers: Value) -> Result<Value, Failure> {
        let call = Call::new(Method::PUT, &["realms", realm, "mappers"]);
        self.send(call.body(json!({ "mappers": mappers }))).await
    }

    /// The defaults again.
    ///
    /// # Errors
    /// When there is no such realm.
    pub async fn reset_mappers(&self, realm: &str) -> Result<(), Failure> {
        let call = Call::delete(&["realms", realm, "mappers"]);
        self.send(call).await.map(|_| ())
    }

    /// `{profile, missing}`: a sample mapped. `sample` is `{user}` or `{member}`,
    /// beside `mappers` when others than the realm's are to be tried.
    ///
    /// # Errors
    /// When a mapper is malformed or there is no such member.
    pub async fn try_mappers(&self, realm: &str, sample: Value) -> Result<Value, Failure> {
        let path = ["realms", realm, "mappers", "try"];
        self.send(Call::post(&path, sample)).await
    }
}
