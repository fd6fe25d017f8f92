//! The values of one attribute as a list of elements: matched, added, merged, dropped.
//!
//! A single-valued attribute is a list of none or one. Nothing here knows a
//! path, a resource or an operation.

use crate::accept::{Identity, identity, says_nothing};
use crate::error::{Error, ErrorKind, Result};
use crate::filter::ElementFilter;
use crate::schema::{Attribute, Mutability};
use serde_json::{Map, Value};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Sub-attributes an element takes; `None` clears one.
pub(super) type Subs = [(Arc<Attribute>, Option<Value>)];

/// Whether `filter` selects the element; no filter selects every one.
pub(super) fn selects(filter: Option<&ElementFilter>, element: &Value) -> bool {
    match (filter, element) {
        (None, _) => true,
        (Some(filter), Value::Object(object)) => filter.matches(object),
        (Some(filter), value) => filter.matches_value(value),
    }
}

/// Adds elements, merging one that is there already (RFC 7643 section 2.4:
/// the same `type` and `value`) into it.
///
/// # Errors
/// `Mutability` when an immutable sub-attribute would change.
pub(super) fn append(attribute: &Attribute, list: &mut Vec<Value>, new: &[Value]) -> Result<()> {
    let mut places: HashMap<Identity, usize> = HashMap::with_capacity(list.len() + new.len());
    for (place, element) in list.iter().enumerate() {
        places.entry(identity(attribute, element)).or_insert(place);
    }
    for element in new {
        let place = *places
            .entry(identity(attribute, element))
            .or_insert(list.len());
        match (list.get_mut(place), element) {
            (None, _) => list.push(element.clone()),
            (Some(Value::Object(there)), Value::Object(given)) => {
                for (name, value) in given {
                    if let Some(sub) = attribute.sub(name) {
                        assign(sub, there, value)?;
                    }
                }
            }
            (Some(_), _) => {}
        }
    }
    Ok(())
}

/// Gives an element sub-attributes; whether it still stands for something afterwards.
///
/// Clearing its `value` leaves nothing of an element that is known by it.
///
/// # Errors
/// `Mutability` when an immutable sub-attribute would change, `missing` for a required one.
pub(super) fn merge(
    attribute: &Attribute,
    element: &mut Map<String, Value>,
    subs: &Subs,
    missing: ErrorKind,
) -> Result<bool> {
    let mut stands = true;
    let mut cleared = false;
    for (sub, value) in subs {
        match value {
            Some(value) => assign(sub, element, value)?,
            None if !element.contains_key(&sub.name) => {}
            None => {
                clear(attribute, sub, element, missing)?;
                cleared = true;
                stands &= sub.name != "value";
            }
        }
    }
    Ok(stands && !(cleared && says_nothing(attribute, element)))
}

/// Sees to it that one element is primary: the one made so since `was` was noted
/// (RFC 7644 section 3.5.2); whether there is such a one.
///
/// # Errors
/// `InvalidValue` when there are several.
pub(super) fn settle(attribute: &Attribute, list: &mut [Value], was: &[bool]) -> Result<bool> {
    let now = primaries(list);
    let mut fresh = now
        .iter()
        .enumerate()
        .filter(|(place, primary)| **primary && !was.get(*place).copied().unwrap_or(false))
        .map(|(place, _)| place);
    let Some(chosen) = fresh.next() else {
        return Ok(false);
    };
    if fresh.next().is_some() {
        return Err(two_primaries(attribute));
    }
    for (place, element) in list.iter_mut().enumerate() {
        if place != chosen
            && let Some(primary @ Value::Bool(true)) = element.get_mut("primary")
        {
            *primary = Value::Bool(false);
        }
    }
    Ok(true)
}

/// Which elements are primary.
pub(super) fn primaries(list: &[Value]) -> Vec<bool> {
    list.iter()
        .map(|element| element.get("primary") == Some(&Value::Bool(true)))
        .collect()
}

/// One operation wants several primaries.
pub(super) fn two_primaries(attribute: &Attribute) -> Error {
    Error::new(
        ErrorKind::InvalidValue,
        format!("only one value of `{}` can be `primary`", attribute.name),
    )
}

/// Removes the elements that are the same as a listed one: by `value`, and by
/// `type` when it is given; by everything where there is no `value`.
pub(super) fn without(attribute: &Attribute, list: &mut Vec<Value>, listed: &[Value]) {
    let gone: HashSet<Identity> = listed
        .iter()
        .map(|element| identity(attribute, element))
        .collect();
    list.retain(|element| {
        let identity = identity(attribute, element);
        if gone.contains(&identity) {
            return false;
        }
        match identity {
            Identity::Value { value, .. } => !gone.contains(&Identity::Value { kind: None, value }),
            Identity::Whole(_) => true,
        }
    });
}

fn assign(sub: &Attribute, element: &mut Map<String, Value>, value: &Value) -> Result<()> {
    let there = element.get(&sub.name);
    if there == Some(value) {
        return Ok(());
    }
    if sub.mutability == Mutability::Immutable && there.is_some() {
        return Err(immutable(sub));
    }
    element.insert(sub.name.clone(), value.clone());
    Ok(())
}

fn clear(
    attribute: &Attribute,
    sub: &Attribute,
    element: &mut Map<String, Value>,
    missing: ErrorKind,
) -> Result<()> {
    if sub.mutability == Mutability::Immutable {
        return Err(immutable(sub));
    }
    if sub.required && sub.name != "value" {
        return Err(Error::new(
            missing,
            format!(
                "`{}` of `{}` is required and cannot be removed",
                sub.name, attribute.name
            ),
        ));
    }
    element.shift_remove(&sub.name);
    Ok(())
}

/// That a value, once set, stays.
pub(super) fn immutable(attribute: &Attribute) -> Error {
    Error::new(
        ErrorKind::Mutability,
        format!(
            "attribute `{}` is immutable and already has a value",
            attribute.name
        ),
    )
}
