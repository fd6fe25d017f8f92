//! When two elements of a multi-valued attribute are the same.

use super::typed::in_order;
use crate::fold::fold;
use crate::schema::Attribute;
use serde_json::{Map, Value};
use std::collections::HashMap;

/// What makes an element itself: elements with equal identities are one.
///
/// RFC 7643 section 2.4: a service provider should not return the same (type,
/// value) combination more than once. Strings count by their attribute's caseExact.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Identity {
    /// An element with a `value`: that, and its `type`.
    Value {
        /// `type`, where it has one.
        kind: Option<String>,
        /// `value`.
        value: String,
    },
    /// Any other: all of it.
    Whole(String),
}

/// The identity of one element of `attribute`.
pub(crate) fn identity(attribute: &Attribute, element: &Value) -> Identity {
    let Value::Object(object) = element else {
        return Identity::Whole(comparable(attribute, element));
    };
    if let (Some(sub), Some(value)) = (attribute.sub("value"), object.get("value")) {
        let kind = attribute.sub("type").zip(object.get("type"));
        return Identity::Value {
            kind: kind.map(|(sub, kind)| comparable(sub, kind)),
            value: comparable(sub, value),
        };
    }
    // The order of keys is no difference.
    let ordered: Map<String, Value> = attribute
        .sub_attributes
        .iter()
        .filter_map(|sub| object.get_key_value(&sub.name))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    Identity::Whole(Value::Object(ordered).to_string())
}

/// What stands for a value where values of `attribute` are compared.
pub(crate) fn comparable(attribute: &Attribute, value: &Value) -> String {
    match value {
        Value::String(text) if attribute.case_exact => text.clone(),
        Value::String(text) => fold(text),
        other => other.to_string(),
    }
}

/// The elements without repetition, each where it came first. A repetition adds
/// what the first one lacks.
pub(crate) fn merged(attribute: &Attribute, elements: Vec<Value>) -> Vec<Value> {
    let mut places: HashMap<Identity, usize> = HashMap::with_capacity(elements.len());
    let mut distinct: Vec<Value> = Vec::with_capacity(elements.len());
    for element in elements {
        let identity = identity(attribute, &element);
        match places
            .get(&identity)
            .and_then(|place| distinct.get_mut(*place))
        {
            Some(first) => add_to(attribute, first, element),
            None => {
                places.insert(identity, distinct.len());
                distinct.push(element);
            }
        }
    }
    distinct
}

fn add_to(attribute: &Attribute, first: &mut Value, repetition: Value) {
    let (Value::Object(first), Value::Object(repetition)) = (first, repetition) else {
        return;
    };
    for (key, value) in repetition {
        if key == "primary" && value == Value::Bool(true) {
            first.insert(key, value);
        } else {
            first.entry(key).or_insert(value);
        }
    }
    *first = in_order(attribute, std::mem::take(first));
}
