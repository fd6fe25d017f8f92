//! The last step of every write: a map of typed values to [`Attributes`], or why it is none.

use super::element::merged;
use super::is_urn;
use super::typed::{is_absent, is_kept};
use crate::attributes::Attributes;
use crate::error::{Error, ErrorKind, Result};
use crate::resource_type::ResourceType;
use crate::schema::{Attribute, Type};
use serde_json::{Map, Value};
use std::collections::HashSet;
use std::sync::Arc;

/// What all undeclared extensions of a resource may hold together, in bytes of JSON.
const UNDECLARED: usize = 16 * 1024;

/// Closes a resource's attributes; `before` is what they were, where there was a resource.
///
/// `map` holds typed values under canonical names. What is empty is
/// dropped, the order becomes the schemas'; then required attributes must be
/// there, at most one element of each attribute be primary (RFC 7643 section
/// 2.4), and what stands under undeclared schemas be within 16 KiB.
///
/// What is as it was before is neither changed nor judged: a schema that was
/// declared late or given up does not refuse a write for what that does not touch.
///
/// # Errors
/// `InvalidValue`; `PayloadTooLarge` for the undeclared schemas.
pub(crate) fn finish(
    of: &ResourceType,
    mut map: Map<String, Value>,
    before: Option<&Map<String, Value>>,
) -> Result<Attributes> {
    let mut finished = Map::new();
    let core = of
        .schema
        .attributes
        .iter()
        .filter(|attribute| !is_edges(of, attribute));
    let core: Vec<&Arc<Attribute>> = core.collect();
    close(&core, &mut map, &mut finished, before);
    require(&core, &finished, before, "")?;
    for extension in &of.extensions {
        let schema = &extension.schema;
        let before_in = before.and_then(|before| before.get(&schema.id));
        let before_in = before_in.and_then(Value::as_object);
        let attributes: Vec<&Arc<Attribute>> = schema.attributes.iter().collect();
        let mut closed = Map::new();
        if let Some(Value::Object(mut object)) = map.shift_remove(&schema.id) {
            close(&attributes, &mut object, &mut closed, before_in);
            // What was kept verbatim before the schema was declared.
            object.retain(|name, _| !attributes.iter().any(|known| known.name == *name));
            closed.extend(object);
        }
        if !closed.is_empty() {
            require(&attributes, &closed, before_in, "")?;
            finished.insert(schema.id.clone(), Value::Object(closed));
        } else if extension.required && (before.is_none() || before_in.is_some()) {
            return Err(Error::new(
                ErrorKind::InvalidValue,
                format!("extension `{}` is required", schema.id),
            ));
        }
    }
    map.retain(|key, value| is_undeclared(of, key, value));
    within_bound(of, &map, before)?;
    finished.extend(map);
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
    before: Option<&Map<String, Value>>,
) {
    for attribute in attributes.iter().filter(|attribute| is_kept(attribute)) {
        if let Some((name, value)) = from.shift_remove_entry(&attribute.name) {
            let stays = before.and_then(|before| before.get(&name)) == Some(&value);
            let kept = match stays {
                true => Some(value),
                false => closed(attribute, value),
            };
            to.extend(kept.map(|value| (name, value)));
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

fn require(
    attributes: &[&Arc<Attribute>],
    map: &Map<String, Value>,
    before: Option<&Map<String, Value>>,
    within: &str,
) -> Result<()> {
    for attribute in attributes.iter().filter(|attribute| is_kept(attribute)) {
        let (now, was) = (
            map.get(&attribute.name),
            before.map(|before| before.get(&attribute.name)),
        );
        if was == Some(now) {
            continue;
        }
        let path = format!("{within}{}", attribute.name);
        let Some(value) = now.filter(|value| !is_blank(value)) else {
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
        let within = format!("{path}.");
        match (value, was.flatten()) {
            (Value::Array(elements), was) => {
                let was = was.and_then(Value::as_array).into_iter().flatten();
                let known: HashSet<&Value> = was.collect();
                let fresh = |element: &&Value| !known.contains(element);
                let fresh: Vec<&Value> = elements.iter().filter(fresh).collect();
                for element in fresh.iter().filter_map(|element| element.as_object()) {
                    require(&subs, element, None, &within)?;
                }
                one_primary(&path, elements, &fresh)?;
            }
            (Value::Object(object), was) => {
                require(&subs, object, was.and_then(Value::as_object), &within)?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// "non-empty" of `userName` (RFC 7643 section 4.1.1): spaces are no name.
pub(crate) fn is_blank(value: &Value) -> bool {
    matches!(value, Value::String(text) if text.trim().is_empty())
}

fn one_primary(path: &str, elements: &[Value], fresh: &[&Value]) -> Result<()> {
    let primary = |element: &Value| element.get("primary") == Some(&Value::Bool(true));
    let count = elements.iter().filter(|element| primary(element)).count();
    if count <= 1 || !fresh.iter().any(|element| primary(element)) {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::InvalidValue,
        format!("attribute `{path}` has {count} primary values: at most one may be primary"),
    ))
}

/// Whether an entry is an object under a URN that is no schema of the resource type, kept as it came.
fn is_undeclared(of: &ResourceType, key: &str, value: &Value) -> bool {
    is_urn(key)
        && !key.eq_ignore_ascii_case(&of.schema.id)
        && of.extension(key).is_none()
        && value.as_object().is_some_and(|object| !object.is_empty())
}

fn within_bound(
    of: &ResourceType,
    undeclared: &Map<String, Value>,
    before: Option<&Map<String, Value>>,
) -> Result<()> {
    let size = |map: &Map<String, Value>| -> usize {
        map.iter()
            .filter(|(key, value)| is_undeclared(of, key, value))
            .map(|(key, value)| key.len() + value.to_string().len())
            .sum()
    };
    let now = size(undeclared);
    if now <= UNDECLARED || before.is_some_and(|before| now <= size(before)) {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::PayloadTooLarge,
        format!(
            "extensions whose schema is not declared hold {now} bytes, at most {UNDECLARED} \
             are kept: declare their schema for this realm, or send less"
        ),
    ))
}
