//! Immutable values (RFC 7643 section 7) in a PUT: what was set once stays.

use crate::error::{Error, ErrorKind, Result};
use crate::fold::fold;
use crate::schema::{Attribute, Mutability};
use serde_json::{Map, Value};
use std::sync::Arc;

/// Carries immutable values over, and refuses other ones.
///
/// Elements of a multi-valued attribute come and go whole, so the immutable
/// sub-attributes of one are set anew with it.
pub(super) fn keep(
    within: &str,
    attributes: &[Arc<Attribute>],
    current: &Map<String, Value>,
    next: &mut Map<String, Value>,
) -> Result<()> {
    for attribute in attributes {
        let Some(old) = current.get(&attribute.name) else {
            continue;
        };
        if attribute.mutability == Mutability::Immutable {
            if next
                .get(&attribute.name)
                .is_some_and(|new| !agree(attribute, old, new))
            {
                return Err(Error::new(
                    ErrorKind::Mutability,
                    format!(
                        "attribute `{within}{}` is immutable and already has another value: send \
                         the value it has, or leave it out",
                        attribute.name
                    ),
                ));
            }
            next.insert(attribute.name.clone(), old.clone());
        } else if !attribute.multi_valued
            && let (Value::Object(old), Some(Value::Object(new))) =
                (old, next.get_mut(&attribute.name))
        {
            let path = format!("{within}{}.", attribute.name);
            keep(&path, &attribute.sub_attributes, old, new)?;
        }
    }
    Ok(())
}

fn agree(attribute: &Attribute, a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::String(a), Value::String(b)) if !attribute.case_exact => fold(a) == fold(b),
        _ => a == b,
    }
}
