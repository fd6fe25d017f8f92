//! The PatchOp message (RFC 7644 section 3.5.2, figure 6): from JSON to operations.

use super::op::PatchOp;
use super::target::{self, Set, Written};
use super::{references, tolerance};
use crate::accept;
use crate::error::{Error, ErrorKind, Result};
use crate::json::excerpt;
use crate::message::{self, PATCH_OP};
use crate::resource_type::ResourceType;
use crate::tolerance::{Tolerance, Tolerances};
use serde_json::{Map, Value};

/// How many operations a message may hold, and how many attributes one operation may change.
pub const MAX_OPERATIONS: usize = 1_000;

/// Reads a PATCH message for resources of a type.
///
/// `schemas` is not asked for (fixture `176-generic-lowercase-operations-key`),
/// but must not say that this is another message; unknown keys are ignored (fixtures `102-entra-group-op-extra-fields`,
/// `103-entra-group-patch-id-and-string-value`). An empty `Operations` is a
/// message that changes nothing (CLIENTS.md, "What matters most" 12).
///
/// # Errors
/// `InvalidSyntax` for what is no such message, `InvalidPath`, `InvalidFilter`,
/// `NoTarget`, `Mutability` and `InvalidValue` for what an operation says; the
/// detail starts with `operation N`, counted from 1.
pub fn parse(of: &ResourceType, body: Value) -> Result<Vec<PatchOp>> {
    let Value::Object(mut body) = body else {
        return Err(syntax("a PATCH body must be an object with `Operations`"));
    };
    let tolerances = of.tolerances;
    let schemas = tolerance::field(tolerances, &mut body, "schemas")?;
    if let Some(schemas) = &schemas {
        no_other_message(schemas)?;
    }
    let operations = tolerance::field(tolerances, &mut body, "Operations")?;
    let Some(Value::Array(operations)) = operations else {
        return Err(syntax(
            "a PATCH body needs `Operations`, an array of operations",
        ));
    };
    message::names_message(tolerances, PATCH_OP, schemas.as_ref())?;
    no_more_fields(tolerances, &body)?;
    if operations.is_empty() {
        tolerances.require(Tolerance::EmptyOperations, ErrorKind::InvalidSyntax, || {
            "`Operations` needs one operation or more".to_owned()
        })?;
    }
    if operations.len() > MAX_OPERATIONS {
        return Err(Error::new(
            ErrorKind::InvalidValue,
            format!(
                "`Operations` holds {} operations, at most {MAX_OPERATIONS} are accepted",
                operations.len()
            ),
        ));
    }
    operations
        .into_iter()
        .zip(1..)
        .map(|(operation, number): (Value, usize)| {
            read(of, operation).map_err(|error| error.within(format_args!("operation {number}")))
        })
        .collect()
}

fn no_more_fields(tolerances: Tolerances, rest: &Map<String, Value>) -> Result<()> {
    match rest.keys().next() {
        None => Ok(()),
        Some(key) => message::unknown_field(tolerances, key),
    }
}

fn no_other_message(schemas: &Value) -> Result<()> {
    let is_other = |uri: &Value| {
        let uri = uri.as_str().unwrap_or_default().to_ascii_lowercase();
        uri.starts_with("urn:ietf:params:scim:api:messages:2.0:")
            && !uri.eq_ignore_ascii_case(PATCH_OP)
    };
    let uris = accept::schema_uris(schemas);
    if !uris.is_empty() && uris.iter().all(is_other) {
        return Err(syntax(format!(
            "`schemas` names another message, expected `{PATCH_OP}`"
        )));
    }
    Ok(())
}

fn read(of: &ResourceType, operation: Value) -> Result<PatchOp> {
    let Value::Object(mut operation) = operation else {
        return Err(syntax("an operation must be an object"));
    };
    let tolerances = of.tolerances;
    let op = match tolerance::field(tolerances, &mut operation, "op")? {
        Some(Value::String(op)) => op,
        _ => {
            return Err(syntax(
                "an operation needs `op`, one of `add`, `remove` and `replace`",
            ));
        }
    };
    let path = path(of, &mut operation)?;
    let value = tolerance::field(tolerances, &mut operation, "value")?;
    no_more_fields(tolerances, &operation)?;
    let verb = op.to_ascii_lowercase();
    if verb != op && ["add", "replace", "remove"].contains(&verb.as_str()) {
        tolerances.require(Tolerance::OperationCase, ErrorKind::InvalidSyntax, || {
            format!("the op `{}` is written `{verb}`", excerpt(&op))
        })?;
    }
    match verb.as_str() {
        "add" => sets(of, Set::Add, path, value).map(PatchOp::Add),
        "replace" => sets(of, Set::Replace, path, value).map(PatchOp::Replace),
        "remove" => {
            // RFC 7644 section 3.5.2.2: "If path is unspecified, the operation fails".
            let path = path.ok_or_else(|| {
                Error::new(
                    ErrorKind::NoTarget,
                    "a remove needs a `path` that names what to remove",
                )
            })?;
            let place = target::place(of, &path, None)?;
            target::remove(of, place, value).map(PatchOp::Remove)
        }
        _ => Err(syntax(format!(
            "unknown op `{}`, use `add`, `remove` or `replace`",
            excerpt(&op)
        ))),
    }
}

fn path(of: &ResourceType, operation: &mut Map<String, Value>) -> Result<Option<Written>> {
    match tolerance::field(of.tolerances, operation, "path")? {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(path)) => match tolerance::written(of.tolerances, &path)? {
            None => Ok(None),
            Some(path) => Written::read(of, path).map(Some),
        },
        Some(_) => Err(Error::new(
            ErrorKind::InvalidPath,
            "`path` must be a string",
        )),
    }
}

pub(super) fn sets(
    of: &ResourceType,
    how: Set,
    path: Option<Written>,
    value: Option<Value>,
) -> Result<Vec<super::Change>> {
    // Null is a value that clears (fixture `063-entra-logicapp-patch-null-phase2-null`); none at all is a mistake.
    let value = value.ok_or_else(|| {
        Error::new(
            ErrorKind::InvalidValue,
            "an add or replace needs a `value`, null clears",
        )
    })?;
    let mut changes = match path {
        None => {
            let mut changes = Vec::new();
            target::spread(of, how, None, value, &mut changes)?;
            changes
        }
        Some(path) => {
            let place = target::place(of, &path, Some(&value))?;
            target::set(of, how, place, value)?
        }
    };
    if changes.len() > MAX_OPERATIONS {
        return Err(Error::new(
            ErrorKind::InvalidValue,
            format!(
                "the value changes {} attributes, at most {MAX_OPERATIONS} are accepted",
                changes.len()
            ),
        ));
    }
    references::mark_stale(&mut changes);
    Ok(changes)
}

fn syntax(detail: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidSyntax, detail)
}
