//! Members by the company's own names for what it knows of them: the one place
//! where a realm's mappers are applied to its members.

use crate::admin::input::invalid;
use scim::Result;
use serde_json::{Map, Value};
use store::{Kind, Record, Tenant};

/// The member as the company's own backend wants it. Mappers are of users:
/// groups have no other names.
pub(in crate::admin) fn flat_profile(tenant: &Tenant, record: &Record) -> Map<String, Value> {
    match record.kind {
        Kind::Group => Map::new(),
        Kind::User => {
            let mut view = record.attributes.as_map().clone();
            view.insert("id".to_owned(), record.id.to_string().into());
            tenant.mappers().profile(&view)
        }
    }
}

/// The SCIM resource that a flat profile stands for.
///
/// # Errors
/// `InvalidValue` when no mapper says what a name means.
pub(super) fn resource_of(tenant: &Tenant, profile: &Value) -> Result<Value> {
    match profile {
        Value::Object(profile) => tenant.mappers().draft(profile),
        _ => Err(invalid(
            "`profile` is an object of the realm's own names, see its mappers",
        )),
    }
}
