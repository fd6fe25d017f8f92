//! Extension schemas beside each other and over time: what collides, and what
//! may change while resources have values.

use super::definition::wrong;
use super::{Attribute, Definition};
use crate::error::{Error, ErrorKind, Result};
use std::sync::Arc;

/// How many extension schemas a realm may have.
pub const MAX_SCHEMAS: usize = 10;

/// How much they may hold together, in bytes of JSON: a realm's settings are
/// one item of the store.
pub const MAX_BYTES: usize = 64 * 1024;

/// Whether a realm with these schemas may have `new`, which takes the place of
/// the one with its URN.
///
/// # Errors
/// `Conflict` when the URN names another's schema or attribute, `InvalidValue`
/// beyond the limits.
pub fn admit(existing: &[Definition], new: &Definition) -> Result<()> {
    let others: Vec<&Definition> = existing
        .iter()
        .filter(|old| old.urn() != new.urn())
        .collect();
    if let Some(old) = existing.iter().find(|old| old.urn() == new.urn())
        && old.extends() != new.extends()
    {
        return Err(conflict(format!(
            "`{}` is declared for {} already",
            old.urn(),
            old.extends()
        )));
    }
    for old in &others {
        if old.urn().eq_ignore_ascii_case(new.urn()) {
            return Err(conflict(format!(
                "the schema is declared as `{}` already: URNs have no case",
                old.urn()
            )));
        }
        for (one, other) in [(*old, new), (new, *old)] {
            if names_attribute(one.urn(), other) {
                return Err(conflict(format!(
                    "`{}` is the path of an attribute of `{}`; declare it as that attribute",
                    one.urn(),
                    other.urn()
                )));
            }
        }
    }
    if others.len() >= MAX_SCHEMAS {
        return Err(wrong(format!(
            "the realm has {MAX_SCHEMAS} extension schemas, no more are allowed"
        )));
    }
    let bytes: usize = others.iter().copied().chain([new]).map(size).sum();
    if bytes > MAX_BYTES {
        return Err(wrong(format!(
            "the realm's extension schemas hold {bytes} bytes together, at most {MAX_BYTES} are \
             allowed"
        )));
    }
    Ok(())
}

/// Whether `new` may take the place of `old` while resources have its values.
///
/// Attributes may be added that are not required; descriptions, canonical
/// values, reference types and the schema's name may change.
///
/// # Errors
/// `Conflict` with the attribute that would go away or mean something else.
pub fn compatible(old: &Definition, new: &Definition) -> Result<()> {
    for (same, what) in [
        (old.urn() == new.urn(), "URN"),
        (old.extends() == new.extends(), "resourceType"),
        (old.is_required() == new.is_required(), "required"),
    ] {
        if !same {
            return Err(conflict(format!(
                "`{what}` of the schema cannot change while resources have values of it"
            )));
        }
    }
    evolved("", &old.schema().attributes, &new.schema().attributes)
}

fn evolved(within: &str, old: &[Arc<Attribute>], new: &[Arc<Attribute>]) -> Result<()> {
    for attribute in old {
        let path = format!("{within}{}", attribute.name);
        let Some(next) = new.iter().find(|next| next.name == attribute.name) else {
            return Err(conflict(format!(
                "attribute `{path}` cannot be removed or spelt anew while resources have values \
                 of the schema"
            )));
        };
        for (same, what) in [
            (attribute.kind == next.kind, "type"),
            (attribute.multi_valued == next.multi_valued, "multiValued"),
            (attribute.case_exact == next.case_exact, "caseExact"),
            (attribute.mutability == next.mutability, "mutability"),
            (attribute.returned == next.returned, "returned"),
            (attribute.required == next.required, "required"),
        ] {
            if !same {
                return Err(conflict(format!(
                    "`{what}` of attribute `{path}` cannot change while resources have values of \
                     the schema"
                )));
            }
        }
        let within = format!("{path}.");
        evolved(&within, &attribute.sub_attributes, &next.sub_attributes)?;
    }
    let added = new
        .iter()
        .find(|next| next.required && !old.iter().any(|one| one.name == next.name));
    match added {
        None => Ok(()),
        Some(next) => Err(conflict(format!(
            "attribute `{within}{}` is new and cannot be required while resources have values of \
             the schema",
            next.name
        ))),
    }
}

/// Whether a URN is read as the path of an attribute of `other`.
fn names_attribute(urn: &str, other: &Definition) -> bool {
    let Some((start, rest)) = urn.split_at_checked(other.urn().len()) else {
        return false;
    };
    let name = rest
        .strip_prefix([':', '.'])
        .and_then(|path| path.split('.').next());
    start.eq_ignore_ascii_case(other.urn())
        && name.is_some_and(|name| other.schema().attribute(name).is_some())
}

fn size(definition: &Definition) -> usize {
    serde_json::to_string(definition).map_or(usize::MAX, |text| text.len())
}

fn conflict(detail: String) -> Error {
    Error::new(ErrorKind::Conflict, detail)
}
