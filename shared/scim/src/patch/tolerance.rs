//! What clients send beside the RFC: where a PATCH asks for each [`Tolerance`].
//!
//! Their sources are with their names. No function here asks who the client is.

use super::target::Place;
use super::undeclared::Undeclared;
use crate::accept;
use crate::error::{Error, ErrorKind, Result};
use crate::filter::ElementFilter;
use crate::json::excerpt;
use crate::message;
use crate::path::{AttrPath, Path};
use crate::resource_type::AttrRef;
use crate::schema::{Attribute, Mutability, Returned};
use crate::tolerance::{Tolerance, Tolerances};
use serde_json::{Map, Value};

/// Takes a message's field whatever the case of its name.
///
/// Fixture `176-generic-lowercase-operations-key`; CLIENTS.md, "What matters
/// most" 12: PascalCase keys arrive.
///
/// # Errors
/// `InvalidSyntax` when the name is given twice in different case.
pub(super) fn field(
    tolerances: Tolerances,
    object: &mut Map<String, Value>,
    name: &str,
) -> Result<Option<Value>> {
    let spelt: Vec<String> = object
        .keys()
        .filter(|key| key.eq_ignore_ascii_case(name))
        .cloned()
        .collect();
    match spelt.as_slice() {
        [] => Ok(None),
        [key] => {
            message::field_case(tolerances, key, name)?;
            Ok(object.shift_remove(key))
        }
        _ => Err(Error::new(
            ErrorKind::InvalidSyntax,
            format!("`{name}` is given twice"),
        )),
    }
}

/// The path, where one is written: a blank one is none, and blanks around it are not meant.
///
/// Serialisers write an absent string as `""`.
///
/// # Errors
/// The missing tolerance.
pub(super) fn written(tolerances: Tolerances, path: &str) -> Result<Option<&str>> {
    let trimmed = path.trim();
    if trimmed.is_empty() || trimmed != path {
        tolerances.require(Tolerance::BlankPath, ErrorKind::InvalidPath, || {
            "the `path` has blanks or is empty: write it without, or leave it out".to_owned()
        })?;
    }
    Ok(Some(trimmed).filter(|path| !path.is_empty()))
}

/// That a URN and an attribute are joined by a colon in `text`, which was read as `path`.
///
/// # Errors
/// The missing tolerance.
pub(super) fn joined_by_colon(tolerances: Tolerances, text: &str, path: &AttrPath) -> Result<()> {
    let joined = |urn: &String| {
        let behind = text.strip_prefix(urn.as_str());
        behind.is_some_and(|behind| behind.starts_with(':'))
    };
    match &path.urn {
        Some(urn) if !joined(urn) => {
            tolerances.require(Tolerance::DottedUrns, ErrorKind::InvalidPath, || {
                format!("`{}` is written `{path}`", excerpt(text))
            })
        }
        _ => Ok(()),
    }
}

/// That a path may be written as it is.
///
/// # Errors
/// The tolerance of `needs`, when it is missing.
pub(super) fn permitted(
    tolerances: Tolerances,
    path: &Path,
    place: &Place,
    needs: Option<Tolerance>,
) -> Result<()> {
    match (needs, place) {
        (None, _) => Ok(()),
        (Some(needed), place) => {
            if let Place::Undeclared(at) = place {
                declared(tolerances, at)?;
            }
            tolerances.require(needed, ErrorKind::InvalidPath, || match place {
                Place::Attribute(at, _) => format!("`{}` is written `{at}`", path.attr),
                Place::Undeclared(at) => format!("`{}` is written `{at}`", path.attr),
                _ => format!("`{}` is no attribute: leave the path out", path.attr),
            })
        }
    }
}

/// That a place of an undeclared extension may be changed.
///
/// # Errors
/// The missing tolerance.
pub(super) fn declared(tolerances: Tolerances, at: &Undeclared) -> Result<()> {
    let needed = Tolerance::UndeclaredExtensions;
    tolerances.require(needed, ErrorKind::InvalidPath, || {
        format!(
            "`{}` is of no schema that the realm has declared",
            excerpt(&at.to_string())
        )
    })
}

/// That a key of a value without a path may be a path.
///
/// # Errors
/// The missing tolerance.
pub(super) fn path_key(tolerances: Tolerances, key: &str) -> Result<()> {
    tolerances.require(Tolerance::PathKeys, ErrorKind::InvalidPath, || {
        format!(
            "`{}` is a path: send it as the `path` of an operation, or nest its value",
            excerpt(key)
        )
    })
}

/// That a key which names nothing is ignored, as in POST.
///
/// # Errors
/// The missing tolerance.
pub(super) fn unknown(tolerances: Tolerances, key: &str) -> Result<()> {
    let needed = Tolerance::UnknownAttributes;
    tolerances.require(needed, ErrorKind::InvalidPath, || {
        format!("`{}` names no attribute: leave it out", excerpt(key))
    })
}

/// That a key which names what the service provider sets is ignored.
///
/// # Errors
/// The missing tolerance.
pub(super) fn skipped(tolerances: Tolerances, at: &AttrRef) -> Result<()> {
    let needed = Tolerance::ReadOnlyIgnored;
    tolerances.require(needed, ErrorKind::Mutability, || {
        format!("attribute `{at}` is readOnly: leave it out")
    })
}

/// Whether a value says that there is none, by the RFC or by tolerance.
///
/// # Errors
/// The missing tolerance.
pub(super) fn cleared(tolerances: Tolerances, value: &Value) -> Result<bool> {
    if !clears(value) {
        return Ok(false);
    }
    let by_the_rfc = match value {
        Value::Array(list) => list.is_empty(),
        other => other.is_null(),
    };
    if !by_the_rfc {
        tolerances.require(Tolerance::EmptyClears, ErrorKind::InvalidValue, || {
            "`value` is empty: send null, or remove the attribute".to_owned()
        })?;
    }
    Ok(true)
}

/// Whether a value sent with `add` or `replace` says that there is no value.
///
/// Fixtures `049-entra-patch-manager-replace-empty`,
/// `062-entra-logicapp-patch-null-phase1-empty-strings` to
/// `065-entra-logicapp-patch-null-pathless-null`. An empty array is null by
/// RFC 7643 section 2.5.
fn clears(value: &Value) -> bool {
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
///
/// # Errors
/// The missing tolerance.
pub(super) fn clears_whole(
    tolerances: Tolerances,
    attribute: &Attribute,
    object: &Map<String, Value>,
) -> Result<bool> {
    let clears = attribute.sub("value").is_some()
        && object
            .iter()
            .any(|(name, value)| name.eq_ignore_ascii_case("value") && clears(value));
    if clears {
        tolerances.require(Tolerance::EmptyClears, ErrorKind::InvalidValue, || {
            format!(
                "the `value` of `{0}` is empty: send null for `{0}`, or remove it",
                attribute.name
            )
        })?;
    }
    Ok(clears)
}

/// The one value of a list that was sent where no list fits.
///
/// Fixtures `053-entra-patch-manager-array-ref`, `068-entra-patch-legacy-array-value`.
///
/// # Errors
/// The missing tolerance.
pub(super) fn single(tolerances: Tolerances, attribute: &Attribute, value: Value) -> Result<Value> {
    match value {
        Value::Array(mut list) if list.len() == 1 => {
            tolerances.require(Tolerance::ListForSingle, ErrorKind::InvalidValue, || {
                format!(
                    "attribute `{}` must be an object, not a list",
                    attribute.name
                )
            })?;
            Ok(list.pop().unwrap_or_default())
        }
        other => Ok(other),
    }
}

/// A complex value from its bare `value`: `manager` as `"id"`.
///
/// CLIENTS.md, "What matters most" 4 and "PATCH, default dialect".
///
/// # Errors
/// `InvalidValue` when it is neither that nor an object.
pub(super) fn object(
    tolerances: Tolerances,
    attribute: &Attribute,
    value: Value,
) -> Result<Map<String, Value>> {
    match value {
        Value::Object(object) => Ok(object),
        Value::String(text) if attribute.sub("value").is_some() => {
            tolerances.require(Tolerance::BareComplexValue, ErrorKind::InvalidValue, || {
                format!(
                    "attribute `{}` must be an object with `value`",
                    attribute.name
                )
            })?;
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

/// The element that `add` and `replace` create where `x[type eq "work"]` matches none:
/// one that a client could send, so neither with what is readOnly nor of the wrong type.
///
/// Fixtures `041-entra-patch-add-email-absent`, `042-entra-patch-replace-email-absent`,
/// `043-entra-patch-add-address-subattrs-absent`. RFC 7644 section 3.5.2.3
/// wants `noTarget` here; that stays the answer where the filter describes no element.
///
/// # Errors
/// `NoTarget`.
pub(super) fn created(
    tolerances: Tolerances,
    attribute: &Attribute,
    filter: &ElementFilter,
) -> Result<Map<String, Value>> {
    tolerances.require(Tolerance::CreateMissingElement, ErrorKind::NoTarget, || {
        format!(
            "no value of `{0}` matches the filter in the path: add one with the path `{0}`",
            attribute.name
        )
    })?;
    let template = filter.template().ok_or_else(|| no_target(attribute))?;
    let parts = template.len();
    match accept::element(tolerances, attribute, Value::Object(template)) {
        Ok(Some(Value::Object(element))) if element.len() == parts => Ok(element),
        _ => Err(no_target(attribute)),
    }
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

/// The elements a `remove` names by its value, where it has one that names any.
///
/// Fixtures `174-jumpcloud-group-remove-value-array`,
/// `101-entra-group-rename-add-remove` for members, and by the same rule for any
/// list. Only a value that is missing or null means all of them: an empty
/// array names none, and none is removed.
///
/// # Errors
/// The missing tolerance.
pub(super) fn listed(tolerances: Tolerances, value: Option<Value>) -> Result<Option<Value>> {
    let value = match value {
        None | Some(Value::Null) => return Ok(None),
        Some(value) => value,
    };
    tolerances.require(Tolerance::RemoveListed, ErrorKind::InvalidValue, || {
        "a remove has no `value`: name what to remove in the path, as `members[value eq \"…\"]`"
            .to_owned()
    })?;
    match clears(&value) {
        true => Ok(Some(Value::Array(Vec::new()))),
        false => Ok(Some(value)),
    }
}

/// Whether values of this attribute are accepted and forgotten, like `password`.
///
/// Fixture `143-okta-patch-password-sync`.
pub(super) fn dropped(attribute: &Attribute) -> bool {
    attribute.returned == Returned::Never || attribute.mutability == Mutability::WriteOnly
}
