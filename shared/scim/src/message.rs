//! The protocol's own messages of fixed shape (RFC 7644 section 3, RFC 7644 section 8.2).
//!
//! The PATCH message is read by [`crate::patch`], the bulk messages by [`crate::bulk`].

use crate::error::{Error, ErrorKind, Result};
use crate::json::{distinct_keys, excerpt};
use crate::tolerance::{Tolerance, Tolerances};
use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};
use serde_json::Value;
use std::str::FromStr;

/// RFC 7644 section 3.4.2.
pub const LIST_RESPONSE: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
/// RFC 7644 section 3.5.2.
pub const PATCH_OP: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
/// RFC 7644 section 3.4.3.
pub const SEARCH_REQUEST: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";
/// RFC 7644 section 3.12.
pub const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";
/// RFC 7644 section 3.7.
pub const BULK_REQUEST: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
/// RFC 7644 section 3.7.
pub const BULK_RESPONSE: &str = "urn:ietf:params:scim:api:messages:2.0:BulkResponse";

/// A page of resources (RFC 7644 section 3.4.2).
#[derive(Debug, Clone, PartialEq)]
pub struct ListResponse<R> {
    /// Which page of how many resources it is.
    pub paging: Paging,
    /// `itemsPerPage`: how many are on this page.
    pub items_per_page: u64,
    /// `Resources`, written also when empty: Entra and Okta look for it (fixtures 001, 133).
    pub resources: Vec<R>,
}

/// What a page says of itself and of the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Paging {
    /// By index (RFC 7644 section 3.4.2.4).
    Index {
        /// `totalResults`: how many match, on all pages.
        total_results: u64,
        /// `startIndex`: the 1-based index of the page's first.
        start_index: u64,
    },
    /// By cursor (RFC 9865 section 2).
    Cursor {
        /// `totalResults`, left out when it is not known: "Service providers
        /// implementing cursor pagination that are unable to estimate
        /// totalResults MAY choose to omit the totalResults attribute".
        total_results: Option<u64>,
        /// `nextCursor`, left out only when there are no more pages.
        next_cursor: Option<String>,
    },
}

impl<R: Serialize> Serialize for ListResponse<R> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (total, start, next) = match &self.paging {
            Paging::Index {
                total_results,
                start_index,
            } => (Some(total_results), Some(start_index), None),
            Paging::Cursor {
                total_results,
                next_cursor,
            } => (total_results.as_ref(), None, next_cursor.as_ref()),
        };
        let left_out = [total.is_none(), start.is_none(), next.is_none()];
        let left_out = left_out.into_iter().filter(|absent| *absent).count();
        let mut message = serializer.serialize_struct("ListResponse", 6 - left_out)?;
        message.serialize_field("schemas", &[LIST_RESPONSE])?;
        if let Some(total) = total {
            message.serialize_field("totalResults", total)?;
        }
        if let Some(start) = start {
            message.serialize_field("startIndex", start)?;
        }
        message.serialize_field("itemsPerPage", &self.items_per_page)?;
        if let Some(next) = next {
            message.serialize_field("nextCursor", next)?;
        }
        message.serialize_field("Resources", &self.resources)?;
        message.end()
    }
}

/// An error answer (RFC 7644 section 3.12). Never holds the cause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorBody {
    kind: ErrorKind,
    detail: String,
}

impl From<&Error> for ErrorBody {
    fn from(error: &Error) -> Self {
        Self {
            kind: error.kind(),
            detail: error.detail().to_owned(),
        }
    }
}

impl Serialize for ErrorBody {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let scim_type = self.kind.scim_type();
        let fields = 3 + usize::from(scim_type.is_some());
        let mut message = serializer.serialize_struct("ErrorBody", fields)?;
        message.serialize_field("schemas", &[ERROR])?;
        // "The HTTP status code expressed as a JSON string" (RFC 7644 section 3.12).
        message.serialize_field("status", &self.kind.status().to_string())?;
        match scim_type {
            Some(scim_type) => message.serialize_field("scimType", scim_type)?,
            None => message.skip_field("scimType")?,
        }
        message.serialize_field("detail", &self.detail)?;
        message.end()
    }
}

/// `sortOrder` (RFC 7644 section 3.4.2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SortOrder {
    /// `ascending`, also when nothing is said.
    #[default]
    Ascending,
    /// `descending`.
    Descending,
}

impl FromStr for SortOrder {
    type Err = Error;

    /// # Errors
    /// `InvalidValue` for any other word. Case does not count.
    fn from_str(text: &str) -> Result<Self> {
        if text.eq_ignore_ascii_case("ascending") {
            return Ok(Self::Ascending);
        }
        if text.eq_ignore_ascii_case("descending") {
            return Ok(Self::Descending);
        }
        Err(Error::new(
            ErrorKind::InvalidValue,
            format!(
                "`sortOrder` is `ascending` or `descending`, not `{}`",
                excerpt(text)
            ),
        ))
    }
}

/// A query by POST (RFC 7644 section 3.4.3, RFC 9865 section 3). What the names
/// and the filter mean is not looked at.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SearchRequest {
    /// `attributes`.
    pub attributes: Vec<String>,
    /// `excludedAttributes`.
    pub excluded_attributes: Vec<String>,
    /// `filter`.
    pub filter: Option<String>,
    /// `sortBy`.
    pub sort_by: Option<String>,
    /// `sortOrder`.
    pub sort_order: Option<SortOrder>,
    /// `startIndex`; below 1 means 1 (RFC 7644 section 3.4.2.4), which is the pager's to say.
    pub start_index: Option<i64>,
    /// `count`; below 0 means 0.
    pub count: Option<i64>,
    /// `cursor`; empty asks for the first page (RFC 9865 section 2, fixture 184).
    pub cursor: Option<String>,
}

impl SearchRequest {
    /// Reads the message with every tolerance. Null is absent.
    ///
    /// # Errors
    /// `InvalidSyntax` when it is no object, names a key twice, or a value has the wrong type.
    pub fn parse(body: Value) -> Result<Self> {
        Self::read(body, Tolerances::ALL)
    }

    /// Reads the message with the tolerances of a realm.
    ///
    /// # Errors
    /// As [`Self::parse`], and with the name of a tolerance that is missing.
    pub fn read(body: Value, tolerances: Tolerances) -> Result<Self> {
        let Value::Object(body) = body else {
            return Err(Error::new(
                ErrorKind::InvalidSyntax,
                "the search must be a JSON object",
            ));
        };
        distinct_keys(&body)?;
        let schemas = body
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case("schemas"));
        names_message(tolerances, SEARCH_REQUEST, schemas.map(|(_, uris)| uris))?;
        let mut search = Self::default();
        for (key, value) in body.into_iter().filter(|(_, value)| !value.is_null()) {
            let name = FIELDS.iter().find(|name| name.eq_ignore_ascii_case(&key));
            let Some(name) = name else {
                unknown_field(tolerances, &key)?;
                continue;
            };
            field_case(tolerances, &key, name)?;
            match *name {
                "attributes" => search.attributes = strings(tolerances, name, value)?,
                "excludedAttributes" => {
                    search.excluded_attributes = strings(tolerances, name, value)?;
                }
                "filter" => search.filter = Some(string(name, value)?),
                "sortBy" => search.sort_by = Some(string(name, value)?),
                "sortOrder" => search.sort_order = Some(string(name, value)?.parse()?),
                "startIndex" => search.start_index = Some(integer(name, &value)?),
                "count" => search.count = Some(integer(name, &value)?),
                "cursor" => search.cursor = Some(string(name, value)?),
                _ => {}
            }
        }
        Ok(search)
    }
}

/// The fields of a search (RFC 7644 section 3.4.3, RFC 9865 section 3).
const FIELDS: [&str; 9] = [
    "schemas",
    "attributes",
    "excludedAttributes",
    "filter",
    "sortBy",
    "sortOrder",
    "startIndex",
    "count",
    "cursor",
];

/// That a message's `schemas` is an array that names it.
pub(crate) fn names_message(
    tolerances: Tolerances,
    urn: &str,
    schemas: Option<&Value>,
) -> Result<()> {
    let named = schemas.and_then(Value::as_array).is_some_and(|uris| {
        let mut uris = uris.iter().filter_map(Value::as_str);
        uris.any(|uri| uri.eq_ignore_ascii_case(urn))
    });
    if named {
        return Ok(());
    }
    let needed = Tolerance::MessageWithoutSchemas;
    tolerances.require(needed, ErrorKind::InvalidSyntax, || {
        format!("the message needs `\"schemas\":[\"{urn}\"]`")
    })
}

/// That a message's field is spelt as the protocol spells it.
pub(crate) fn field_case(tolerances: Tolerances, key: &str, name: &str) -> Result<()> {
    if key == name {
        return Ok(());
    }
    let needed = Tolerance::MessageFieldCase;
    tolerances.require(needed, ErrorKind::InvalidSyntax, || {
        format!("`{}` is written `{name}`", excerpt(key))
    })
}

/// That a message has no field beside those of the protocol.
pub(crate) fn unknown_field(tolerances: Tolerances, key: &str) -> Result<()> {
    let needed = Tolerance::UnknownMessageFields;
    tolerances.require(needed, ErrorKind::InvalidSyntax, || {
        format!(
            "`{}` is no field of the message: leave it out",
            excerpt(key)
        )
    })
}

fn wrong(key: &str, what: &str) -> Error {
    Error::new(ErrorKind::InvalidSyntax, format!("`{key}` must be {what}"))
}

fn string(key: &str, value: Value) -> Result<String> {
    match value {
        Value::String(text) => Ok(text),
        _ => Err(wrong(key, "a string")),
    }
}

/// An array of strings, or one string as the query parameter would be.
fn strings(tolerances: Tolerances, key: &str, value: Value) -> Result<Vec<String>> {
    match value {
        Value::String(text) => {
            let needed = Tolerance::SingleForList;
            tolerances.require(needed, ErrorKind::InvalidSyntax, || {
                format!("`{key}` must be an array of strings")
            })?;
            Ok(vec![text])
        }
        Value::Array(items) => items
            .into_iter()
            .map(|item| string(key, item).map_err(|_| wrong(key, "an array of strings")))
            .collect(),
        _ => Err(wrong(key, "an array of strings")),
    }
}

fn integer(key: &str, value: &Value) -> Result<i64> {
    value.as_i64().ok_or_else(|| wrong(key, "an integer"))
}
