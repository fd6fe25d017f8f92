//! Realms, their settings, and the removal of one.

use reqwest::header::IF_MATCH;
use reqwest::{Method, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::AdminClient;
use super::call::Call;
use super::page::Pages;
use crate::Failure;

/// The states an operator can put a realm into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Switch {
    /// Its keys work.
    Enabled,
    /// Every request is answered with 403.
    Disabled,
}

/// What can be said about a realm, at its making and later; what is not said stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RealmSettings {
    /// What people call it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// Which client's ways its documents are read in, such as `entra`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// The customer's tenant in Entra ID.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entra_tenant_id: Option<Clearable<String>>,
    /// What is kept of what happens.
    #[serde(skip_serializing_if = "EventSettings::is_empty")]
    pub events: EventSettings,
    /// How much it may hold and ask.
    #[serde(skip_serializing_if = "Limits::is_empty")]
    pub limits: Limits,
    /// Whether a provisioned user is invited first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invitation: Option<bool>,
    /// How many deactivations and deletions a window allows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deletion_guard: Option<Clearable<Guard>>,
}

/// A value, or its removal (`null` of RFC 7396).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Clearable<T> {
    /// The value from now on.
    Set(T),
    /// None from now on.
    Clear,
}

/// What a realm's events hold and for how long.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EventSettings {
    /// Days until they are gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retention_days: Option<u32>,
    /// Whether they hold values, beside names of attributes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub values: Option<bool>,
}

/// What a realm may hold and ask for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Limits {
    /// Users at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub users: Option<Clearable<u64>>,
    /// Groups at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub groups: Option<Clearable<u64>>,
    /// Requests a second at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requests_per_second: Option<Clearable<u64>>,
}

/// `maximum` deactivations and deletions in a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Guard {
    /// How many.
    pub maximum: u64,
    /// The window's length.
    pub window_seconds: u64,
}

/// How far a removal has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub struct Deletion {
    /// Items of the table that are gone.
    #[serde(default)]
    pub removed: u64,
    /// Users and groups that are left.
    #[serde(default)]
    pub remaining: u64,
}

/// One step of a removal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Removal {
    /// Data is left; ask again.
    Goes(Deletion),
    /// The last is gone, and the name is free.
    Done,
    /// There is no realm of that name.
    Absent,
}

impl EventSettings {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Limits {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl AdminClient {
    /// Makes a realm.
    ///
    /// # Errors
    /// When there is another of that name, and as every call: see [`Failure`].
    pub async fn create_realm(
        &self,
        name: &str,
        settings: &RealmSettings,
    ) -> Result<Value, Failure> {
        let mut body = settings.body()?;
        if let Some(body) = body.as_object_mut() {
            body.insert("name".to_owned(), json!(name));
        }
        self.send(Call::post(&["realms"], body)).await
    }

    /// One realm.
    ///
    /// # Errors
    /// When there is none of that name.
    pub async fn realm(&self, name: &str) -> Result<Value, Failure> {
        self.send(Call::get(&["realms", name])).await
    }

    /// Every realm, by name.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn realms(&self) -> Result<Vec<Value>, Failure> {
        let pages = Pages::new(self, &["realms"], Vec::new(), "realms");
        pages.all().await
    }

    /// Changes what is said and nothing else.
    ///
    /// # Errors
    /// When there is none of that name.
    pub async fn update_realm(
        &self,
        name: &str,
        settings: &RealmSettings,
    ) -> Result<Value, Failure> {
        let call = Call::new(Method::PATCH, &["realms", name]);
        self.send(call.body(settings.body()?)).await
    }

    /// The same, if the realm still is at `version`.
    ///
    /// # Errors
    /// When it is at another, also when it comes there meanwhile.
    pub async fn update_realm_at(
        &self,
        name: &str,
        version: u64,
        settings: &RealmSettings,
    ) -> Result<Value, Failure> {
        let answer = self.exchange(Call::get(&["realms", name])).await?;
        // The tag is the server's to spell.
        let tag = answer.etag.clone();
        let realm = self.success(answer)?;
        let seen = realm.get("version").and_then(Value::as_u64);
        let moved = || {
            Failure::new(format!(
                "realm `{name}` is no longer at version {version}; look at it with `muster realm show {name}` and decide again"
            ))
        };
        if seen != Some(version) {
            return Err(moved());
        }
        let tag = tag.ok_or_else(|| Failure::new("the deployment answers no ETag; update it"))?;
        let call = Call::new(Method::PATCH, &["realms", name]).body(settings.body()?);
        let answer = self.exchange(call.header(IF_MATCH, &tag)).await?;
        if answer.status == StatusCode::PRECONDITION_FAILED {
            return Err(moved());
        }
        self.success(answer)
    }

    /// Switches a realm on or off.
    ///
    /// # Errors
    /// When there is none of that name.
    pub async fn switch_realm(&self, name: &str, to: Switch) -> Result<Value, Failure> {
        let state = match to {
            Switch::Enabled => "enabled",
            Switch::Disabled => "disabled",
        };
        let call = Call::new(Method::PATCH, &["realms", name]);
        self.send(call.body(json!({ "state": state }))).await
    }

    /// Takes a realm's data away, as much as one request can: repeat it.
    ///
    /// # Errors
    /// As every call; that there is no such realm is none.
    pub async fn delete_realm(&self, name: &str) -> Result<Removal, Failure> {
        let answer = self.exchange(Call::delete(&["realms", name])).await?;
        match answer.status {
            StatusCode::NO_CONTENT => Ok(Removal::Done),
            StatusCode::NOT_FOUND => Ok(Removal::Absent),
            _ => {
                let deletion = self.success(answer)?;
                let deletion = serde_json::from_value(deletion).map_err(|error| {
                    Failure::new(format!(
                        "the deployment's answer is not understood: {error}"
                    ))
                })?;
                Ok(Removal::Goes(deletion))
            }
        }
    }

    /// Lets a realm's deletion guard start anew.
    ///
    /// # Errors
    /// When there is no such realm.
    pub async fn release_guard(&self, name: &str) -> Result<Value, Failure> {
        let path = ["realms", name, "deletion-guard", "release"];
        self.send(Call::new(Method::POST, &path)).await
    }

    /// The profiles a realm can have and their tolerances, as they came.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn profiles(&self) -> Result<Value, Failure> {
        self.send(Call::get(&["profiles"])).await
    }
}

impl RealmSettings {
    fn body(&self) -> Result<Value, Failure> {
        serde_json::to_value(self).map_err(|error| Failure::new(error.to_string()))
    }
}
