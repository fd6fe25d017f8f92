//! The `schemas` of a client's resource (RFC 7643 section 3).

use super::typed::came;
use crate::error::{Error, ErrorKind, Result};
use crate::json::excerpt;
use crate::resource_type::ResourceType;
use crate::schema::{GROUP, USER};
use crate::tolerance::Tolerance;
use serde_json::Value;

/// The entries of `schemas`; a single one may come without its list.
pub(crate) fn schema_uris(schemas: &Value) -> &[Value] {
    match schemas {
        Value::Array(uris) => uris,
        Value::String(_) => std::slice::from_ref(schemas),
        _ => &[],
    }
}

/// `schemas` says nothing the body does not say itself: clients list foreign
/// URIs (fixture 085), misspelt ones (024) and leave out used ones (031). But a
/// group sent to the users is at the wrong address.
pub(super) fn fit(of: &ResourceType, schemas: &Value) -> Result<()> {
    let uris = schema_uris(schemas);
    if !matches!(schemas, Value::Null | Value::Array(_) | Value::String(_))
        || !uris.iter().all(Value::is_string)
    {
        return Err(Error::new(
            ErrorKind::InvalidValue,
            format!(
                "attribute `schemas` must be an array of strings, not {}",
                came(schemas)
            ),
        ));
    }
    let names = |id: &str| {
        let mut uris = uris.iter().filter_map(Value::as_str);
        uris.any(|uri| uri.eq_ignore_ascii_case(id))
    };
    let own = names(&of.schema.id) || of.extensions.iter().any(|one| names(&one.schema.id));
    if let Some(other) = [USER, GROUP].into_iter().find(|other| names(other))
        && !own
    {
        return Err(Error::new(
            ErrorKind::InvalidValue,
            format!(
                "`schemas` names `{other}`, but this is a {}: expected `{}`",
                of.name, of.schema.id
            ),
        ));
    }
    Ok(())
}

/// That `schemas` names the core schema and the extensions that are `used`, and
/// no foreign ones (RFC 7643 section 3).
pub(super) fn agree(of: &ResourceType, schemas: &Value, used: &[&str]) -> Result<()> {
    let named: Vec<&str> = schema_uris(schemas)
        .iter()
        .filter_map(Value::as_str)
        .collect();
    let is_named =
        |urn: &&str| schemas.is_array() && named.iter().any(|name| name.eq_ignore_ascii_case(urn));
    let mut all = std::iter::once(of.schema.id.as_str()).chain(used.iter().copied());
    if let Some(urn) = all.find(|urn| !is_named(urn)) {
        let needed = Tolerance::MissingSchemas;
        of.tolerances.require(needed, ErrorKind::InvalidValue, || {
            format!("`schemas` must be an array that names `{urn}`")
        })?;
    }
    let is_own = |uri: &&&str| {
        uri.eq_ignore_ascii_case(&of.schema.id)
            || of.extension(uri).is_some()
            || used.iter().any(|urn| urn.eq_ignore_ascii_case(uri))
    };
    match named.iter().find(|uri| !is_own(uri)) {
        None => Ok(()),
        Some(uri) => {
            let needed = Tolerance::ForeignSchemas;
            of.tolerances.require(needed, ErrorKind::InvalidValue, || {
                format!(
                    "`schemas` names `{}`, which is no schema of {} or not used: leave it out",
                    excerpt(uri),
                    of.name
                )
            })
        }
    }
}
