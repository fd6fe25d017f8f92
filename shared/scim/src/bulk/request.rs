//! The bulk request. One operation that cannot be read fails by itself, as it
//! would if it had come alone (RFC 7644 section 3.7: "disregard partial failures").

use crate::error::{Error, ErrorKind, Result};
use crate::json::{distinct_keys, excerpt};
use crate::message::{BULK_REQUEST, field_case, names_message, unknown_field};
use crate::tolerance::Tolerances;
use serde_json::{Map, Value};
use std::fmt;
use std::num::NonZeroUsize;

/// How long a client may make a bulkId, in characters.
const BULK_ID: usize = 256;

/// A bulk request (RFC 7644 section 3.7).
#[derive(Debug)]
pub struct BulkRequest {
    /// `failOnErrors`: after how many errors no more operations are begun.
    pub fail_on_errors: Option<NonZeroUsize>,
    /// `Operations`, each as far as it could be read.
    pub operations: Vec<Result<BulkOperation, Refused>>,
}

/// One operation: a request against an endpoint.
#[derive(Debug, Clone, PartialEq)]
pub struct BulkOperation {
    /// `method`.
    pub method: BulkMethod,
    /// `bulkId`; a POST has one.
    pub bulk_id: Option<BulkId>,
    /// `path`, relative to the Tenant URL; it begins with a slash.
    pub path: String,
    /// `version`: what the resource's must be.
    pub version: Option<String>,
    /// `data`: the body. Every method but DELETE has one.
    pub data: Option<Value>,
}

/// An operation that cannot be read.
#[derive(Debug)]
pub struct Refused {
    /// `method`, where it is one.
    pub method: Option<BulkMethod>,
    /// `bulkId`, where it is one.
    pub bulk_id: Option<BulkId>,
    /// Why.
    pub error: Error,
}

/// What a bulk operation may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BulkMethod {
    /// Creates a resource.
    Post,
    /// Replaces one.
    Put,
    /// Changes one.
    Patch,
    /// Deletes one.
    Delete,
}

/// What a client calls a resource that has no id yet.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BulkId(String);

impl BulkRequest {
    /// Reads the message. Null is absent.
    ///
    /// # Errors
    /// `InvalidSyntax` for what is no such message, `InvalidValue` for a
    /// `failOnErrors` below 1, `PayloadTooLarge` for more than `maximum` operations.
    pub fn read(body: Value, tolerances: Tolerances, maximum: usize) -> Result<Self> {
        let Value::Object(body) = body else {
            return Err(syntax("a bulk request must be a JSON object"));
        };
        let mut fields = Fields::of(body, tolerances, &["schemas", "failOnErrors", "Operations"])?;
        names_message(tolerances, BULK_REQUEST, fields.take("schemas").as_ref())?;
        let fail_on_errors = fields.take("failOnErrors").map(limit).transpose()?;
        let Some(Value::Array(operations)) = fields.take("Operations") else {
            return Err(syntax(
                "a bulk request needs `Operations`, an array of operations",
            ));
        };
        // RFC 7644 section 3.7.4: the answer names the limit.
        if operations.len() > maximum {
            return Err(Error::new(
                ErrorKind::PayloadTooLarge,
                format!(
                    "the bulk request holds {} operations, which exceeds maxOperations \
                     ({maximum}); send them in several requests",
                    operations.len()
                ),
            ));
        }
        let read = |operation| BulkOperation::read(operation, tolerances);
        Ok(Self {
            fail_on_errors,
            operations: operations.into_iter().map(read).collect(),
        })
    }
}

fn limit(value: Value) -> Result<NonZeroUsize> {
    let number = value
        .as_i64()
        .ok_or_else(|| syntax("`failOnErrors` must be an integer"))?;
    // Clients that send 0 mean one of two opposite things by it.
    usize::try_from(number)
        .ok()
        .and_then(NonZeroUsize::new)
        .ok_or_else(|| {
            Error::new(
                ErrorKind::InvalidValue,
                "`failOnErrors` must be 1 or more; leave it out to have every operation tried",
            )
        })
}

impl BulkOperation {
    fn read(operation: Value, tolerances: Tolerances) -> Result<Self, Refused> {
        let mut refused = Refused {
            method: None,
            bulk_id: None,
            error: syntax("a bulk operation must be a JSON object"),
        };
        let Value::Object(operation) = operation else {
            return Err(refused);
        };
        let names = ["method", "bulkId", "path", "version", "data"];
        let mut fields = match Fields::of(operation, tolerances, &names) {
            Ok(fields) => fields,
            Err(error) => return Err(Refused { error, ..refused }),
        };
        let method = fields.method();
        let bulk_id = fields.bulk_id();
        refused.method = method.as_ref().ok().copied();
        refused.bulk_id = bulk_id.as_ref().ok().cloned().flatten();
        let read = method.and_then(|method| fields.operation(method, bulk_id?));
        read.map_err(|error| Refused { error, ..refused })
    }
}

/// The fields of an object by the names that the protocol gives them.
struct Fields(Map<String, Value>);

impl Fields {
    fn of(object: Map<String, Value>, tolerances: Tolerances, names: &[&str]) -> Result<Self> {
        distinct_keys(&object)?;
        let mut fields = Map::new();
        for (key, value) in object.into_iter().filter(|(_, value)| !value.is_null()) {
            match names.iter().find(|name| name.eq_ignore_ascii_case(&key)) {
                Some(name) => {
                    field_case(tolerances, &key, name)?;
                    fields.insert((*name).to_owned(), value);
                }
                None => unknown_field(tolerances, &key)?,
            }
        }
        Ok(Self(fields))
    }

    fn take(&mut self, name: &str) -> Option<Value> {
        self.0.remove(name)
    }

    fn text(&mut self, name: &str) -> Result<Option<String>> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(syntax(format!("`{name}` must be a string"))),
        }
    }

    fn method(&mut self) -> Result<BulkMethod> {
        let text = self.text("method")?.unwrap_or_default();
        BulkMethod::ALL
            .into_iter()
            .find(|method| method.name() == text)
            .ok_or_else(|| {
                syntax(format!(
                    "a bulk operation's `method` is `POST`, `PUT`, `PATCH` or `DELETE`, not `{}`",
                    excerpt(&text)
                ))
            })
    }

    fn bulk_id(&mut self) -> Result<Option<BulkId>> {
        let Some(text) = self.text("bulkId")? else {
            return Ok(None);
        };
        if text.is_empty() || text.chars().count() > BULK_ID {
            return Err(Error::new(
                ErrorKind::InvalidValue,
                format!("a `bulkId` has 1 to {BULK_ID} characters"),
            ));
        }
        Ok(Some(BulkId(text)))
    }

    fn operation(mut self, method: BulkMethod, bulk_id: Option<BulkId>) -> Result<BulkOperation> {
        if method == BulkMethod::Post && bulk_id.is_none() {
            return Err(syntax(
                "a POST in a bulk request needs a `bulkId`, unique within the request",
            ));
        }
        let path = self.text("path")?.filter(|path| path.starts_with('/'));
        let path = path.ok_or_else(|| {
            syntax(
                "a bulk operation needs a `path` relative to the Tenant URL: `/Users` or `/Groups` \
                 for a POST, `/Users/{id}` or `/Groups/{id}` for the other methods",
            )
        })?;
        let version = self.text("version")?;
        let data = match (method, self.take("data")) {
            (BulkMethod::Delete, _) => None,
            (_, Some(data)) => Some(data),
            (_, None) => {
                return Err(syntax(format!(
                    "a {method} in a bulk request needs `data`, the body of the request"
                )));
            }
        };
        Ok(BulkOperation {
            method,
            bulk_id,
            path,
            version,
            data,
        })
    }
}

impl BulkMethod {
    const ALL: [Self; 4] = [Self::Post, Self::Put, Self::Patch, Self::Delete];

    /// The HTTP method.
    pub fn name(self) -> &'static str {
        match self {
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

impl fmt::Display for BulkMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl BulkId {
    /// The client's own word.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for BulkId {
    /// As an error may repeat it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&excerpt(&self.0))
    }
}

fn syntax(detail: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidSyntax, detail)
}
