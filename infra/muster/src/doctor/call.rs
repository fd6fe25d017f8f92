//! One request below the Tenant URL, before it is sent.

use std::fmt;

use reqwest::Method;
use serde_json::{Value, json};

pub(super) const USERS: &str = "Users";
pub(super) const GROUPS: &str = "Groups";

const PATCH_OP: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// How much of a request is quoted.
const QUOTED: usize = 160;

/// With what a request proves itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Credentials {
    /// The Secret Token.
    Token,
    /// A token nobody has made.
    Wrong,
    /// No Authorization header.
    None,
}

/// How the spaces of a filter are written; Entra ID writes both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spaces {
    Plus,
    Percent20,
}

#[derive(Debug, Clone)]
pub(super) struct Call {
    pub(super) method: Method,
    pub(super) endpoint: &'static str,
    pub(super) id: Option<String>,
    pub(super) query: Vec<(&'static str, String)>,
    pub(super) spaces: Spaces,
    pub(super) credentials: Credentials,
    pub(super) body: Option<Value>,
}

impl Call {
    pub(super) fn get(endpoint: &'static str) -> Self {
        Self::new(Method::GET, endpoint)
    }

    pub(super) fn post(endpoint: &'static str, body: Value) -> Self {
        let call = Self::new(Method::POST, endpoint);
        Self {
            body: Some(body),
            ..call
        }
    }

    /// A PATCH; `operations` is the list of them.
    pub(super) fn patch(endpoint: &'static str, id: &str, operations: &Value) -> Self {
        let call = Self::new(Method::PATCH, endpoint).id(id);
        Self {
            body: Some(json!({"schemas": [PATCH_OP], "Operations": operations})),
            ..call
        }
    }

    pub(super) fn delete(endpoint: &'static str, id: &str) -> Self {
        Self::new(Method::DELETE, endpoint).id(id)
    }

    fn new(method: Method, endpoint: &'static str) -> Self {
        Self {
            method,
            endpoint,
            id: None,
            query: Vec::new(),
            spaces: Spaces::Plus,
            credentials: Credentials::Token,
            body: None,
        }
    }

    pub(super) fn id(self, id: &str) -> Self {
        Self {
            id: Some(id.to_owned()),
            ..self
        }
    }

    pub(super) fn query(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }

    pub(super) fn filter(self, filter: impl Into<String>) -> Self {
        self.query("filter", filter)
    }

    pub(super) fn spaces(self, spaces: Spaces) -> Self {
        Self { spaces, ..self }
    }

    pub(super) fn credentials(self, credentials: Credentials) -> Self {
        Self {
            credentials,
            ..self
        }
    }
}

/// As it is quoted to a reader: decoded, and not too long.
impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = format!("{} /{}", self.method, self.endpoint);
        if let Some(id) = &self.id {
            text.push('/');
            text.push_str(id);
        }
        for (index, (name, value)) in self.query.iter().enumerate() {
            text.push(if index == 0 { '?' } else { '&' });
            text.push_str(name);
            if !value.is_empty() {
                text.push('=');
                text.push_str(value);
            }
        }
        f.write_str(&super::compare::shortened(&text, QUOTED))
    }
}
