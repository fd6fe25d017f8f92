//! What clients send beside the RFC, each tolerance a function that names its source.
//!
//! Sources are fixtures by their file names and CLIENTS.md by its lines. No
//! tolerance asks who the client is.

use crate::error::{Error, ErrorKind, Result};
use crate::filter::ElementFilter;
use crate::resource_type::{AttrRef, ResourceType};
use crate::schema::{Attribute, Mutability, Returned};
use serde_json::{Map, Value};

/// Takes a message's field whatever the case of its name.
///
/// Fixture `176-generic-lowercase-operations-key`; CLIENTS.md, "What matters
/// most" 12: PascalCase keys arrive.
///
/// # Errors
/// `InvalidSyntax` when the name is given twice in different case.
pub(super) fn field(object: &mut Map<String, Value>, name: &str) -> Result<Option<Value>> {
    let spelt: Vec<String> = object
        .keys()
        .filter(|key| key.eq_ignore_ascii_case(name))
        .cloned()
        .collect();
    match spelt.as_slice() {
        [] => Ok(None),
        [key] => Ok(object.shift_remove(key)),
        _ => Err(Error::new(
            ErrorKind::InvalidSyntax,
            format!("`{name}` is given twice"),
        )),
    }
}

/// The path, where one is written: a blank one is none, and blanks around it are not meant.
///
/// Serialisers write an absent string as `""`.
pub(super) fn written(path: &str) -> Option<&str> {
    Some(path.trim()).filter(|path| !path.is_empty())
}

/// Whether a value sent with `add` or `replace` says that there is no value.
///
/// Fixtures `049-entra-patch-manager-replace-empty`,
/// `062-entra-logicapp-patch-null-phase1-empty-strings` to
/// `065-entra-logicapp-patch-null-pathless-null`. An empty array is null by
/// RFC 7643 section 2.5.
pub(super) fn clears(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.iter().all(clears),
        _ => false,
    }
}

/// Whether a complex value clears the whole attribute: `manager` with `{"value":""}`.
///
/// CLIENTS.md, "What matters most" 4.
pub(super) fn clears_whole(attribute: &Attribute, object: &Map<String, Value>) -> bool {
    attribute.sub("value").is_some()
        && object
            .iter()
            .any(|(name, value)| name.eq_ignore_ascii_case("value") && clears(value))
}

/// The one value of a list that was sent where no list fits.
///
/// Fixtures `053-entra-patch-manager-array-ref`, `068-entra-patch-legacy-array-value`.
pub(super) fn single(value: Value) -> Value {
    match value {
        Value::Array(mut list) if list.len() == 1 => list.pop().unwrap_or_default(),
        other => other,
    }
}

/// A complex value from its bare `value`: `manager` as `"id"`.
///
/// CLIENTS.md, "What matters most" 4 and "PATCH, default dialect".
///
/// # Errors
/// `InvalidValue` when it is neither that nor an object.
pub(super) fn object(attribute: &Attribute, value: Value) -> Result<Map<String, Value>> {
    match value {
        Value::Object(object) => Ok(object),
        Value::String(text) if attribute.sub("value").is_some() => {
            Ok(Map::from_iter([("value".to_owned(), Value::String(text))]))
        }
        _ => Err(Error::new(
            ErrorKind::InvalidValue,
            format!(
                "attribute `{}` needs an object of its sub-attributes",
                attribute.name
            ),
        )),
    }
}

/// The element that `add` and `replace` create where `x[type eq "work"]` matches none.
///
/// Fixtures `041-entra-patch-add-email-absent`, `042-entra-patch-replace-email-absent`,
/// `043-entra-patch-add-address-subattrs-absent`. RFC 7644 section 3.5.2.3
/// wants `noTarget` here; that stays the answer where the filter describes no element.
///
/// # Errors
/// `NoTarget`.
pub(super) fn created(attribute: &Attribute, filter: &ElementFilter) -> Result<Map<String, Value>> {
    filter.template().ok_or_else(|| no_target(attribute))
}

/// The RFC's answer to a filter that matches nothing.
pub(super) fn no_target(attribute: &Attribute) -> Error {
    Error::new(
        ErrorKind::NoTarget,
        format!(
            "no value of `{}` matches the filter in the path, and the filter does not describe \
             one that could be created",
            attribute.name
        ),
    )
}

/// Whether a key of a value without a path is skipped: it names what the service provider sets.
///
/// Fixture `147-okta-group-rename-with-id`: `id` comes with every change of a group.
pub(super) fn skipped_without_path(at: &AttrRef) -> bool {
    at.attribute.mutability == Mutability::ReadOnly || at.leaf().mutability == Mutability::ReadOnly
}

/// Whether a key of a value without a path is a filtered path that must not be skipped when it is wrong.
///
/// Unknown plain keys are ignored, as in POST; a filter shows that a path was meant.
pub(super) fn is_filtered_path(key: &str) -> bool {
    key.contains('[')
}

/// Whether a path's last segment is the end of an undeclared extension's URN and no attribute:
/// extensions are named `…:2.0:User` after the type they extend.
///
/// CLIENTS.md, "PATCH, default dialect": `urn:…:CustomExtensionName:2.0:User:tag`.
pub(super) fn ends_urn(of: &ResourceType, urn: &str, last: &str, value: Option<&Value>) -> bool {
    let names_type = |segment: &str| segment.eq_ignore_ascii_case(of.name);
    if names_type(last) {
        return true;
    }
    let in_extension = urn.rsplit(':').next().is_some_and(names_type);
    !in_extension && value.is_some_and(Value::is_object)
}

/// The elements a `remove` names by its value, where it has one that names any.
///
/// Fixtures `174-jumpcloud-group-remove-value-array`,
/// `101-entra-group-rename-add-remove` for members, and by the same rule for any
/// list. Only a value that is missing or null means all of them: an empty
/// array names none, and none is removed.
pub(super) fn listed(value: Option<Value>) -> Option<Value> {
    match value {
        None | Some(Value::Null) => None,
        Some(value) if clears(&value) => Some(Value::Array(Vec::new())),
        Some(value) => Some(value),
    }
}

/// Whether values of this attribute are accepted and forgotten, like `password`.
///
/// Fixture `143-okta-patch-password-sync`.
pub(super) fn dropped(attribute: &Attribute) -> bool {
    attribute.returned == Returned::Never || attribute.mutability == Mutability::WriteOnly
}
