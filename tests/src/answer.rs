//! An answer of the server, and what every answer must be.

use crate::urn;
use reqwest::header::HeaderMap;
use serde_json::Value;
use std::fmt;

/// An HTTP answer, read whole.
pub struct Answer {
    /// What was asked, for the messages of failing tests.
    pub asked: String,
    /// The status code.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as it came.
    pub bytes: Vec<u8>,
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = String::from_utf8_lossy(&self.bytes);
        let shown: String = text.chars().take(2_000).collect();
        write!(f, "{} -> {} {shown}", self.asked, self.status)
    }
}

impl Answer {
    /// A header's text; empty when it is absent.
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// The body as JSON; null when there is none.
    #[track_caller]
    pub fn json(&self) -> Value {
        if self.bytes.is_empty() {
            return Value::Null;
        }
        serde_json::from_slice(&self.bytes)
            .unwrap_or_else(|error| panic!("{self:?}: the body is no JSON: {error}"))
    }

    /// The body of an answer that must have this status. Whatever has a body
    /// is `application/scim+json` (RFC 7644 section 3.1; CLIENTS.md 8).
    #[track_caller]
    pub fn is(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{self:?}");
        if self.bytes.is_empty() {
            assert!(
                matches!(status, 204 | 304),
                "{self:?}: an answer without a body"
            );
            return Value::Null;
        }
        self.is_scim();
        if status >= 400 {
            self.is_error(None)
        } else {
            self.json()
        }
    }

    /// The body of an answer of the administration that must have this status:
    /// JSON that nothing keeps.
    #[track_caller]
    pub fn is_admin(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{self:?}");
        assert_eq!(self.header("cache-control"), "no-store", "{self:?}");
        if !self.bytes.is_empty() {
            assert_eq!(self.header("content-type"), "application/json", "{self:?}");
        }
        self.json()
    }

    /// The sentence of a refusal by the administration, which must have one of these statuses (RFC 9457).
    #[track_caller]
    pub fn is_problem(&self, statuses: &[u16]) -> String {
        assert!(statuses.contains(&self.status), "{self:?}");
        assert_eq!(
            self.header("content-type"),
            "application/problem+json",
            "{self:?}"
        );
        let body = self.json();
        assert_eq!(body["status"], self.status, "{self:?}");
        let detail = body["detail"].as_str().unwrap_or_default();
        assert!(!detail.is_empty(), "{self:?}: no detail");
        detail.to_owned()
    }

    /// A SCIM error with this status and `scimType`.
    #[track_caller]
    pub fn fails(&self, status: u16, scim_type: &str) -> Value {
        assert_eq!(self.status, status, "{self:?}");
        self.is_scim();
        self.is_error(Some(scim_type))
    }

    #[track_caller]
    fn is_scim(&self) {
        let media = self.header("content-type");
        let essence = media.split(';').next().unwrap_or_default().trim();
        assert_eq!(essence, "application/scim+json", "{self:?}");
    }

    /// RFC 7644 section 3.12: the Error schema, the status as a string, and a
    /// sentence for the administrator.
    #[track_caller]
    fn is_error(&self, scim_type: Option<&str>) -> Value {
        let body = self.json();
        assert_eq!(body["schemas"], serde_json::json!([urn::ERROR]), "{self:?}");
        assert_eq!(body["status"], self.status.to_string(), "{self:?}");
        let detail = body["detail"].as_str().unwrap_or_default();
        assert!(!detail.is_empty(), "{self:?}: no detail");
        if let Some(scim_type) = scim_type {
            assert_eq!(body["scimType"], scim_type, "{self:?}");
        }
        body
    }

    /// The resources of a list answer.
    #[track_caller]
    pub fn resources(&self) -> Vec<Value> {
        let body = self.is(200);
        assert_eq!(body["schemas"], serde_json::json!([urn::LIST]), "{self:?}");
        for number in ["totalResults", "startIndex", "itemsPerPage"] {
            assert!(body[number].is_u64(), "{self:?}: `{number}` is no integer");
        }
        let resources = body["Resources"].as_array().cloned();
        let resources = resources.unwrap_or_else(|| panic!("{self:?}: no Resources"));
        assert_eq!(body["itemsPerPage"], resources.len(), "{self:?}");
        resources
    }

    /// The `id` of the resource in a 201 answer.
    #[track_caller]
    pub fn created(&self) -> String {
        let body = self.is(201);
        let id = body["id"]
            .as_str()
            .unwrap_or_else(|| panic!("{self:?}: no id"));
        id.to_owned()
    }
}
