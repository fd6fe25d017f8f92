//! Schemas as data: attributes with their characteristics (RFC 7643 sections 2 and 7).
//!
//! The stock documents are the JSON files beside this one; a realm's own
//! extension schemas are the same type with other data, each in a
//! [`Definition`]. Nothing here knows a resource or a request.

mod change;
mod definition;
mod read;

pub use change::{MAX_BYTES, MAX_SCHEMAS, admit, compatible};
pub use definition::{Definition, MAX_ATTRIBUTES};

use serde::{Deserialize, Serialize};
use std::sync::{Arc, LazyLock};

/// The core User schema (RFC 7643 section 4.1).
pub const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
/// The core Group schema (RFC 7643 section 4.2).
pub const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
/// The enterprise extension of User (RFC 7643 section 4.3).
pub const ENTERPRISE_USER: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// `type` (RFC 7643 section 2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Type {
    /// UTF-8 text.
    String,
    /// `true` or `false`.
    Boolean,
    /// A real number.
    Decimal,
    /// A whole number.
    Integer,
    /// An instant, `xsd:dateTime`.
    DateTime,
    /// Base64 text.
    Binary,
    /// A URI, absolute or relative to the base URI.
    Reference,
    /// An object of sub-attributes.
    Complex,
}

/// `mutability` (RFC 7643 section 7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Mutability {
    /// Set by the service provider; ignored on input.
    ReadOnly,
    /// Set by either side.
    #[default]
    ReadWrite,
    /// Set once.
    Immutable,
    /// Set by the client, never returned.
    WriteOnly,
}

/// `returned` (RFC 7643 section 7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Returned {
    /// In every answer, whatever `excludedAttributes` says.
    Always,
    /// In no answer.
    Never,
    /// Unless excluded or another set is asked for.
    #[default]
    Default,
    /// Only when asked for.
    Request,
}

/// `uniqueness` (RFC 7643 section 7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Uniqueness {
    /// Not unique.
    #[default]
    None,
    /// Unique within the realm.
    Server,
    /// Unique everywhere.
    Global,
}

/// One attribute and its characteristics, as `/Schemas` shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Attribute {
    /// The canonical name.
    pub name: String,
    /// The data type.
    #[serde(rename = "type")]
    pub kind: Type,
    /// Sub-attributes of a complex attribute.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sub_attributes: Vec<Arc<Attribute>>,
    /// Whether the value is a list.
    #[serde(default)]
    pub multi_valued: bool,
    /// For the reader of `/Schemas`.
    #[serde(default)]
    pub description: String,
    /// Whether a resource needs it.
    #[serde(default)]
    pub required: bool,
    /// Suggested values; others are accepted (RFC 7643 section 7: a service provider MAY choose to ignore unsupported values).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub canonical_values: Vec<String>,
    /// Whether strings compare by case.
    #[serde(default)]
    pub case_exact: bool,
    /// Who may set it, and when.
    #[serde(default)]
    pub mutability: Mutability,
    /// When it is in an answer.
    #[serde(default)]
    pub returned: Returned,
    /// Whether two resources may share the value.
    #[serde(default)]
    pub uniqueness: Uniqueness,
    /// What a reference may point to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reference_types: Vec<String>,
}

impl Attribute {
    /// Whether an answer may show the attribute (RFC 7643 section 7).
    pub fn is_readable(&self) -> bool {
        self.returned != Returned::Never && self.mutability != Mutability::WriteOnly
    }

    /// The sub-attribute of that name, whatever its case.
    pub fn sub(&self, name: &str) -> Option<&Arc<Attribute>> {
        self.sub_attributes
            .iter()
            .find(|sub| sub.name.eq_ignore_ascii_case(name))
    }
}

/// A schema document (RFC 7643 section 7).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Schema {
    /// The schema's URN.
    pub id: String,
    /// A name for people.
    pub name: String,
    /// For the reader of `/Schemas`.
    #[serde(default)]
    pub description: String,
    /// The attributes, in the order they are shown.
    pub attributes: Vec<Arc<Attribute>>,
}

impl Schema {
    /// The attribute of that name, whatever its case.
    pub fn attribute(&self, name: &str) -> Option<&Arc<Attribute>> {
        self.attributes
            .iter()
            .find(|attribute| attribute.name.eq_ignore_ascii_case(name))
    }

    /// The core User schema.
    pub fn user() -> Arc<Self> {
        static SCHEMA: LazyLock<Arc<Schema>> = LazyLock::new(|| stock(include_str!("user.json")));
        SCHEMA.clone()
    }

    /// The core Group schema.
    pub fn group() -> Arc<Self> {
        static SCHEMA: LazyLock<Arc<Schema>> = LazyLock::new(|| stock(include_str!("group.json")));
        SCHEMA.clone()
    }

    /// The enterprise extension of User.
    pub fn enterprise_user() -> Arc<Self> {
        static SCHEMA: LazyLock<Arc<Schema>> =
            LazyLock::new(|| stock(include_str!("enterprise_user.json")));
        SCHEMA.clone()
    }

    /// The attributes every resource has beside its schema's own: `schemas`,
    /// `id`, `meta` (RFC 7643 section 3). `externalId` stands in the schemas
    /// themselves, so that clients can discover it.
    pub fn common() -> Arc<Self> {
        static SCHEMA: LazyLock<Arc<Schema>> = LazyLock::new(|| stock(include_str!("common.json")));
        SCHEMA.clone()
    }
}

#[expect(
    clippy::expect_used,
    reason = "the documents are compiled in and a test reads each"
)]
fn stock(json: &str) -> Arc<Schema> {
    Arc::new(serde_json::from_str(json).expect("a stock schema is a schema"))
}
