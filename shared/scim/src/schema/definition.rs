//! A realm's own extension schema: its definition as an administrator writes it.
//!
//! What is read here is sound by itself; whether it fits beside others is for
//! [`super::change`].

use super::read::{Reader, attributes};
use super::{Attribute, ENTERPRISE_USER, Schema};
use crate::error::{Error, ErrorKind, Result};
use crate::json::excerpt;
use crate::resource_type::Extension;
use serde::de;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use std::sync::Arc;

/// How many attributes a definition may have, sub-attributes included.
pub const MAX_ATTRIBUTES: usize = 100;

/// The longest URN, in bytes: more than any known one.
const MAX_URN: usize = 255;

/// The longest name of a schema, in characters.
const MAX_NAME: usize = 255;

/// An extension schema of a realm, and the resource type it extends.
///
/// INVARIANT: its URN is none of the stock ones; its attributes have distinct
/// names, are at most [`MAX_ATTRIBUTES`], and only complex ones have
/// sub-attributes, one level deep. No attribute is unique or readOnly: the
/// store knows no such claim and nobody would set it.
#[derive(Debug, Clone, PartialEq)]
pub struct Definition {
    schema: Arc<Schema>,
    extends: &'static str,
    required: bool,
}

impl Definition {
    /// Reads the JSON of an extension schema, `{id?, name, description?,
    /// resourceType, required?, attributes}`, whose URN is `urn`.
    ///
    /// Attributes are those of RFC 7643 section 7 with its defaults: readWrite,
    /// returned by default, not caseExact, single-valued, not required.
    /// References and binary data are caseExact by their type (RFC 7643 sections
    /// 2.3.6 and 2.3.7), what is writeOnly is never returned.
    ///
    /// # Errors
    /// `InvalidValue` with the attribute's path and what is expected.
    pub fn parse(urn: &str, body: Value) -> Result<Self> {
        let urn = own_urn(urn)?;
        let mut definition = Reader::new("the schema", body)?;
        if let Some(id) = definition.text("id", MAX_URN)?
            && id != urn
        {
            return Err(wrong(format!(
                "`id` is `{}`, but the schema's URN is `{urn}`",
                excerpt(&id)
            )));
        }
        let name = definition.needed_text("name", MAX_NAME)?;
        let description = definition.description()?;
        let extends = match definition.needed_text("resourceType", MAX_NAME)?.as_str() {
            "User" => "User",
            "Group" => "Group",
            other => {
                return Err(wrong(format!(
                    "`resourceType` is `User` or `Group`, not `{}`",
                    excerpt(other)
                )));
            }
        };
        let required = definition.flag("required")?.unwrap_or(false);
        let attributes = attributes(definition.needed("attributes")?, None)?;
        definition.end()?;
        within_limit(&attributes)?;
        Ok(Self {
            schema: Arc::new(Schema {
                id: urn.to_owned(),
                name,
                description,
                attributes,
            }),
            extends,
            required,
        })
    }

    /// The schema.
    pub fn schema(&self) -> &Arc<Schema> {
        &self.schema
    }

    /// The URN.
    pub fn urn(&self) -> &str {
        &self.schema.id
    }

    /// The resource type's name: `User` or `Group`.
    pub fn extends(&self) -> &'static str {
        self.extends
    }

    /// Whether every resource of the type must have it.
    pub fn is_required(&self) -> bool {
        self.required
    }

    /// It as part of a resource type.
    pub fn extension(&self) -> Extension {
        Extension {
            schema: self.schema.clone(),
            required: self.required,
        }
    }
}

/// The JSON that [`Definition::parse`] reads.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown<'a> {
    id: &'a str,
    name: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    description: &'a str,
    resource_type: &'a str,
    required: bool,
    attributes: &'a [Arc<Attribute>],
}

impl Serialize for Definition {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let shown = Shown {
            id: &self.schema.id,
            name: &self.schema.name,
            description: &self.schema.description,
            resource_type: self.extends,
            required: self.required,
            attributes: &self.schema.attributes,
        };
        shown.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Definition {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let body = Value::deserialize(deserializer)?;
        let urn = body.get("id").and_then(Value::as_str).map(str::to_owned);
        let urn = urn.ok_or_else(|| de::Error::missing_field("id"))?;
        Self::parse(&urn, body).map_err(de::Error::custom)
    }
}

/// The error for what a definition says.
pub(super) fn wrong(detail: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidValue, detail)
}

/// `urn`, when a realm may define a schema of that name.
fn own_urn(urn: &str) -> Result<&str> {
    if urn.len() > MAX_URN {
        return Err(wrong(format!(
            "the URN has {} bytes, at most {MAX_URN} are allowed",
            urn.len()
        )));
    }
    if !is_urn(urn) {
        return Err(wrong(format!(
            "`{}` is no URN such as `urn:ietf:params:scim:schemas:extension:acme:2.0:User`",
            excerpt(urn)
        )));
    }
    let lower = urn.to_ascii_lowercase();
    let enterprise = ENTERPRISE_USER.to_ascii_lowercase();
    let behind = lower.strip_prefix(&enterprise);
    if lower.starts_with("urn:ietf:params:scim:schemas:core:")
        || lower.starts_with("urn:ietf:params:scim:api:")
        || behind.is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '.']))
    {
        return Err(wrong(format!(
            "`{urn}` belongs to the SCIM standard: choose a URN of your own, such as \
             `urn:ietf:params:scim:schemas:extension:acme:2.0:User`"
        )));
    }
    Ok(urn)
}

/// `assigned-name` of RFC 8141 section 2, without what a filter or a list of
/// attributes could not hold, parentheses, quotes and commas, and without what
/// no path of a URL can: a slash is taken for its own there, encoded or not.
fn is_urn(text: &str) -> bool {
    let mut parts = text.splitn(3, ':');
    let (Some(scheme), Some(nid), Some(nss)) = (parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    let is_edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    let is_nid = (2..=32).contains(&nid.len())
        && is_edge(nid.chars().next())
        && is_edge(nid.chars().next_back())
        && nid.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    let is_nss = nss.chars().next().is_some()
        && !nss.ends_with(':')
        && nss
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "-._~!$&*+;=:@%".contains(c))
        && nss
            .split('%')
            .skip(1)
            .all(|rest| rest.bytes().take(2).filter(u8::is_ascii_hexdigit).count() == 2);
    scheme.eq_ignore_ascii_case("urn") && is_nid && is_nss
}

fn within_limit(attributes: &[Arc<Attribute>]) -> Result<()> {
    let count: usize = attributes
        .iter()
        .map(|attribute| 1 + attribute.sub_attributes.len())
        .sum();
    if count > MAX_ATTRIBUTES {
        return Err(wrong(format!(
            "the schema has {count} attributes and sub-attributes, at most {MAX_ATTRIBUTES} are \
             allowed"
        )));
    }
    Ok(())
}
