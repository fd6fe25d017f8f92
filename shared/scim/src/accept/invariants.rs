//! The last step of every write: a map of typed values to [`Attributes`], or why it is none.

use super::element::merged;
use super::is_urn;
use super::typed::{is_absent, is_kept};
use crate::attributes::Attributes;
use crate::error::{Error, ErrorKind, Result};
use crate::resource_type::ResourceType;
use crate::schema::{Attribute, Type};
use serde_json::{Map, Value};
use std::sync::Arc;

/// What all undeclared extensions of a resource may hold together, in bytes of JSON.
const UNDECLARED: usize = 16 * 1024;

/// Closes a resource's attributes.
///
/// `map` holds typed values under canonical names. What is empty is
/// dropped, the order becomes the schemas'; then required attributes must be
/// there, at most one element of each attribute be primary (RFC 7643 section
/// 2.4), and what stands under undeclared schemas be within 16 KiB.
///
/// # Errors
/// `InvalidValue`; `PayloadTooLarge` for the undeclared schemas.
pub(crate) fn finish(of: &ResourceType, mut map: Map<String, Value>) -> Result<Attributes> {
    let mut finished = Map::new();
    let core = of
        .schema
        .attributes
        .iter()
        .filter(|attribute| !is_edges(of, attribute));
    let core: Vec<&Arc<Attribute>> = core.collect();
    close(&core, &mut map, &mut finished);
    require(&core, &finished, "")?;
    for extension in &of.extensions {
        let schema = &extension.schema;
        let attributes: Vec<&Arc<Attribute>> = schema.attributes.iter().collect();
        let mut closed = Map::new();
        if let Some(Value::Object(mut object)) = map.shift_remove(&schema.id) {
            close(&attributes, &mut object, &mut closed);
            // What was kept verbatim before the schema was declared.
            object.retain(|name, _| !attributes.iter().any(|known| known.name == *name));
            closed.extend(object);
        }
        if !closed.is_empty() {
            require(&attributes, &closed, "")?;
            finished.insert(schema.id.clone(), Value::Object(closed));
        } else if extension.required {
            return Err(Error::new(
                ErrorKind::InvalidValue,
                format!("extension `{}` is required", schema.id),
            ));
        }
    }
    let undeclared = undeclared(of, map);
    within_bound(&undeclared)?;
    finished.extend(undeclared);
    Ok(Attributes::new(finished))
}

fn is_edges(of: &ResourceType, attribute: &Attribute) -> bool {
    of.edges == Some(attribute.name.as_str())
}

/// Moves what is worth keeping, in the schema's order.
fn close(
    attributes: &[&Arc<Attribute>],
    from: &mut Map<String, Value>,
    to: &mut Map<String, Value>,
) {
    for attribute in attributes.iter().filter(|attribute| is_kept(attribute)) {
        if let Some((name, value)) = from.shift_remove_entry(&attribute.name)
            && let Some(value) = closed(attribute, value)
        {
            to.insert(name, value);
        }
    }
}

fn closed(attribute: &Attribute, value: Value) -> Option<Value> {
    let closed = match value {
        Value::Array(elements) => {
            let elements = elements
                .into_iter()
                .filter_map(|element| closed(attribute, element));
            Value::Array(merged(attribute, elements.collect()))
        }
        other => other,
    };
    (!is_absent(&closed)).then_some(closed)
}

fn require(attributes: &[&Arc<Attribute>], map: &Map<String, Value>, within: &str) -> Result<()> {
    for attribute in attributes.iter().filter(|attribute| is_kept(attribute)) {
        let path = format!("{within}{}", attribute.name);
        let Some(value) = map.get(&attribute.name).filter(|value| !is_blank(value)) else {
            if attribute.required {
                return Err(Error::new(
                    ErrorKind::InvalidValue,
                    format!("attribute `{path}` is required"),
                ));
            }
            continue;
        };
        if attribute.kind != Type::Complex {
            continue;
        }
        let subs: Vec<&Arc<Attribute>> = attribute.sub_attributes.iter().collect();
        let elements = match value {
            Value::Array(elements) => elements.as_slice(),
            one => std::slice::from_ref(one),
        };
        for element in elements.iter().filter_map(Value::as_object) {
            require(&subs, element, &format!("{path}."))?;
        }
        one_primary(&path, elements)?;
    }
    Ok(())
}

/// "non-empty" of `userName` (RFC 7643 section 4.1.1): spaces are no name.
pub(crate) fn is_blank(value: &Value) -> bool {
    matches!(value, Value::String(text) if text.trim().is_empty())
}

fn one_primary(path: &str, elements: &[Value]) -> Result<()> {
    let primary = |element: &&Value| element.get("primary") == Some(&Value::Bool(true));
    match elements.iter().filter(primary).count() {
        0 | 1 => Ok(()),
        count => Err(Error::new(
            ErrorKind::InvalidValue,
            format!("attribute `{path}` has {count} primary values: at most one may be primary"),
        )),
    }
}

/// The objects under URNs that are no schema of the resource type, as they came.
fn undeclared(of: &ResourceType, map: Map<String, Value>) -> Map<String, Value> {
    map.into_iter()
        .filter(|(key, value)| {
            is_urn(key)
                && !key.eq_ignore_ascii_case(&of.schema.id)
                && of.extension(key).is_none()
                && value.as_object().is_some_and(|object| !object.is_empty())
        })
        .collect()
}

fn within_bound(undeclared: &Map<String, Value>) -> Result<()> {
    let size: usize = undeclared
        .iter()
        .map(|(key, value)| key.len() + value.to_string().len())
        .sum();
    if size > UNDECLARED {
        return Err(Error::new(
            ErrorKind::PayloadTooLarge,
            format!(
                "extensions whose schema is not declared hold {size} bytes, at most {UNDECLARED} \
                 are kept: declare their schema for this realm, or send less"
            ),
        ));
    }
    Ok(())
}
