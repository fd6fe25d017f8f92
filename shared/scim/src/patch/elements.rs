//! The values of one attribute as a list of elements: matched, added, merged, dropped.
//!
//! A single-valued attribute is a list of none or one. Nothing here knows a
//! path, a resource or an operation.

use super::op::Selection;
use crate::accept::{Identity, comparable, identity};
use crate::error::{Error, ErrorKind, Result};
use crate::schema::{Attribute, Mutability, Type};
use serde_json::{Map, Value};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Sub-attributes an element takes; `None` clears one.
pub(super) type Subs = [(Arc<Attribute>, Option<Value>)];

/// Tells which elements are meant.
pub(super) fn selector<'a>(
    attribute: &'a Attribute,
    which: &'a Selection,
) -> impl Fn(&Value) -> bool + use<'a> {
    let listed = which
        .listed
        .as_ref()
        .map(|listed| named_by(attribute, listed));
    move |element| {
        let filter = which.filter.as_ref();
        filter.is_none_or(|filter| filter.matches(element))
            && listed.as_ref().is_none_or(|named| named(element))
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
/// Clearing its `value` leaves nothing of an element that is known by it, and
/// clearing anything else nothing when only labels are left over (fixtures 062
/// to 066). What is `stale` once its `value` is another one goes.
///
/// # Errors
/// `Mutability` when an immutable sub-attribute would change, `missing` for a required one.
pub(super) fn merge(
    attribute: &Attribute,
    element: &mut Map<String, Value>,
    subs: &Subs,
    stale: &[Arc<Attribute>],
    missing: ErrorKind,
) -> Result<bool> {
    let known_as = known_as(attribute, element).filter(|_| !stale.is_empty());
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
    if known_as.is_some_and(|before| Some(before) != self::known_as(attribute, element)) {
        for sub in stale {
            element.shift_remove(&sub.name);
        }
    }
    Ok(stands && !(cleared && is_left_over(attribute, element)))
}

/// What an element's `value` is compared by.
fn known_as(attribute: &Attribute, element: &Map<String, Value>) -> Option<String> {
    Some(comparable(attribute.sub("value")?, element.get("value")?))
}

/// Whether nothing but labels is left of an element: `{"type":"work"}` of an address.
///
/// Where an attribute's schema has no other sub-attributes, or the attribute is
/// a single object without a `value`, the same names are its content.
pub(super) fn is_left_over(attribute: &Attribute, element: &Map<String, Value>) -> bool {
    let is_label = |name: &str| ["type", "primary"].contains(&name);
    let labelled = attribute.kind == Type::Complex
        && (attribute.multi_valued || attribute.sub("value").is_some())
        && attribute
            .sub_attributes
            .iter()
            .any(|sub| !is_label(&sub.name));
    element.is_empty() || (labelled && element.keys().all(|name| is_label(name)))
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

/// Tells which elements a listed one names: by its `value`, and its `type`
/// when it is given; without a `value` by every sub-attribute given.
///
/// The listed ones are sorted by which sub-attributes they name, so that the
/// cost is not the product of both lists.
fn named_by<'a>(
    attribute: &'a Attribute,
    listed: &'a [Value],
) -> impl Fn(&Value) -> bool + use<'a> {
    let mut names: HashMap<Vec<&str>, HashSet<Vec<String>>> = HashMap::new();
    for element in listed {
        let naming = naming(attribute, element);
        if let Some(key) = key(attribute, element, &naming) {
            names.entry(naming).or_default().insert(key);
        }
    }
    move |element| {
        names.iter().any(|(naming, keys)| {
            key(attribute, element, naming).is_some_and(|it| keys.contains(&it))
        })
    }
}

/// The sub-attributes by which a listed element names others; none for a simple value.
fn naming<'a>(attribute: &'a Attribute, listed: &Value) -> Vec<&'a str> {
    let Value::Object(listed) = listed else {
        return Vec::new();
    };
    let by_value = listed.contains_key("value");
    attribute
        .sub_attributes
        .iter()
        .map(|sub| sub.name.as_str())
        .filter(|name| listed.contains_key(*name))
        .filter(|name| !by_value || ["value", "type"].contains(name))
        .collect()
}

/// What an element holds under those names; `None` when it lacks one.
fn key(attribute: &Attribute, element: &Value, named: &[&str]) -> Option<Vec<String>> {
    let Value::Object(object) = element else {
        return Some(vec![comparable(attribute, element)]);
    };
    named
        .iter()
        .map(|name| Some(comparable(attribute.sub(name)?, object.get(*name)?)))
        .collect()
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
