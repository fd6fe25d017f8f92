//! Members by the company's own names for what it knows of them: the one place
//! where a realm's mappers are applied.

use crate::admin::input::invalid;
use scim::Result;
use serde_json::{Map, Value};
use store::{Record, Tenant};

/// The member as the company's own backend wants it. A realm without mappers
/// gives its members no other names.
pub(in crate::admin) fn flat_profile(_tenant: &Tenant, _record: &Record) -> Map<String, Value> {
    Map::new()
}

/// The SCIM resource that a flat profile stands for.
///
/// # Errors
/// `InvalidValue` when no mapper says what its names mean.
pub(super) fn resource_of(_tenant: &Tenant, _profile: &Value) -> Result<Value> {
    Err(invalid(
        "the realm has no mappers, so the names in `profile` mean nothing; send a SCIM User",
    ))
}
