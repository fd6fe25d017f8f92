//! Keys of a realm.

use reqwest::header::HeaderName;
use serde_json::{Map, Value, json};

use super::AdminClient;
use super::call::Call;
use super::page::Pages;
use crate::Failure;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// A key to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewKey {
    /// What it is called in lists.
    pub name: String,
    /// `scim`, `scim:read`; empty: the server's default.
    pub scopes: Vec<String>,
    /// When it ends; none: never.
    pub expiry: Option<Expiry>,
}

/// When a key ends. Its words are the server's to understand: its clock counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expiry {
    /// After a while, such as `90d`.
    In(String),
    /// At a moment of RFC 3339.
    At(String),
}

/// A key in another's place.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rotation {
    /// How long the old one keeps working, such as `7d`; none: the server's default.
    pub overlap: Option<String>,
    /// What the new one is called; none: as the old one.
    pub name: Option<String>,
    /// When the new one ends; none: the server's default.
    pub expiry: Option<Expiry>,
}

impl NewKey {
    fn body(&self) -> Value {
        let mut body = Map::new();
        body.insert("name".to_owned(), json!(self.name));
        if !self.scopes.is_empty() {
            body.insert("scopes".to_owned(), json!(self.scopes));
        }
        body.extend(self.expiry.as_ref().map(Expiry::member));
        Value::Object(body)
    }
}

impl Expiry {
    fn member(&self) -> (String, Value) {
        match self {
            Self::In(span) => ("expiresIn".to_owned(), json!(span)),
            Self::At(moment) => ("expires".to_owned(), json!(moment)),
        }
    }
}

impl Rotation {
    fn body(&self) -> Value {
        let mut body = Map::new();
        for (name, said) in [("overlap", &self.overlap), ("name", &self.name)] {
            body.extend(said.as_ref().map(|said| (name.to_owned(), json!(said))));
        }
        body.extend(self.expiry.as_ref().map(Expiry::member));
        Value::Object(body)
    }
}

impl AdminClient {
    /// Makes a key; the answer holds its `token`, which is never shown again.
    ///
    /// # Errors
    /// When there is no such realm.
    pub async fn create_key(&self, realm: &str, key: &NewKey) -> Result<Value, Failure> {
        self.send(Call::post(&["realms", realm, "keys"], key.body()))
            .await
    }

    /// Makes a key unless `request` has made it before; then the answer has no `token`.
    ///
    /// # Errors
    /// When there is no such realm.
    pub async fn create_key_once(
        &self,
        realm: &str,
        key: &NewKey,
        request: &str,
    ) -> Result<Value, Failure> {
        let call = Call::post(&["realms", realm, "keys"], key.body());
        self.send(call.header(IDEMPOTENCY_KEY, request)).await
    }

    /// One key, without its secret.
    ///
    /// # Errors
    /// When there is no such key.
    pub async fn key(&self, realm: &str, key: &str) -> Result<Value, Failure> {
        self.send(Call::get(&["realms", realm, "keys", key])).await
    }

    /// Every key of a realm, without its secret.
    ///
    /// # Errors
    /// When there is no such realm.
    pub async fn keys(&self, realm: &str) -> Result<Vec<Value>, Failure> {
        let pages = Pages::new(self, &["realms", realm, "keys"], Vec::new(), "keys");
        pages.all().await
    }

    /// Makes a key in another's place, which keeps working for a while.
    ///
    /// # Errors
    /// When there is no such key, or it works no more.
    pub async fn rotate_key(
        &self,
        realm: &str,
        key: &str,
        rotation: &Rotation,
    ) -> Result<Value, Failure> {
        let path = ["realms", realm, "keys", key, "rotate"];
        self.send(Call::post(&path, rotation.body())).await
    }

    /// Revokes a key for good.
    ///
    /// # Errors
    /// When there is no such key.
    pub async fn revoke_key(&self, realm: &str, key: &str) -> Result<(), Failure> {
        self.send(Call::delete(&["realms", realm, "keys", key]))
            .await
            .map(|_| ())
    }
}
