//! Sorting (RFC 7644 section 3.4.2.3): what stands for a resource in an order by one attribute.

use crate::filter::value_of;
use crate::fold;
use crate::order::{instant, numbers};
use crate::resource_type::AttrRef;
use crate::schema::{Attribute, Type};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Number, Value};
use std::cmp::Ordering;

/// A resource's place in an ascending order by one attribute; reverse it for a descending one.
///
/// Keys of the same attribute compare by its type, strings by code points,
/// folded unless caseExact, by their first [`LONGEST`] bytes. A resource without
/// the value is last in ascending and first in descending order, as the RFC wants.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SortKey(Key);

/// As much of a text counts in an order: a cursor carries the key where a page ends.
pub const LONGEST: usize = 256;

#[derive(Debug, Clone, Serialize, Deserialize)]
enum Key {
    Boolean(bool),
    Number(Number),
    Instant(Timestamp),
    Text(String),
    Missing,
}

impl SortKey {
    /// The key of a resource's full view.
    ///
    /// Of a multi-valued attribute the primary value counts, else the first;
    /// of a complex one without a sub-attribute its `value`.
    pub fn of(by: &AttrRef, resource: &Map<String, Value>) -> Self {
        let value = match value_of(by, resource) {
            Some(Value::Array(values)) => values
                .iter()
                .find(|value| is_primary(value))
                .or(values.first()),
            single => single,
        };
        let (leaf, value) = match (&by.sub, by.attribute.kind) {
            (Some(sub), _) => (Some(sub), value.and_then(|value| value.get(&sub.name))),
            (None, Type::Complex) => (
                by.attribute.sub("value"),
                value.and_then(|value| value.get("value")),
            ),
            (None, _) => (Some(&by.attribute), value),
        };
        let key = leaf
            .zip(value)
            .and_then(|(leaf, value)| Key::read(leaf, value));
        Self(key.unwrap_or(Key::Missing))
    }

    /// The key of a resource that cannot have the attribute.
    pub fn missing() -> Self {
        Self(Key::Missing)
    }
}

impl Key {
    /// `None` when the value is not of the attribute's type.
    fn read(attribute: &Attribute, value: &Value) -> Option<Self> {
        match (attribute.kind, value) {
            (Type::Boolean, Value::Bool(value)) => Some(Self::Boolean(*value)),
            (Type::Integer | Type::Decimal, Value::Number(value)) => {
                Some(Self::Number(value.clone()))
            }
            (Type::DateTime, Value::String(text)) => instant(text).map(Self::Instant),
            (Type::String | Type::Reference | Type::Binary, Value::String(text)) => {
                let mut key = if attribute.case_exact {
                    text.clone()
                } else {
                    fold(text)
                };
                key.truncate(key.floor_char_boundary(LONGEST));
                Some(Self::Text(key))
            }
            _ => None,
        }
    }

    /// Kinds of key in order; only `Missing` ever meets another.
    fn kind(&self) -> u8 {
        match self {
            Self::Boolean(_) => 0,
            Self::Number(_) => 1,
            Self::Instant(_) => 2,
            Self::Text(_) => 3,
            Self::Missing => 4,
        }
    }
}

impl Ord for SortKey {
    fn cmp(&self, other: &Self) -> Ordering {
        match (&self.0, &other.0) {
            (Key::Boolean(a), Key::Boolean(b)) => a.cmp(b),
            (Key::Number(a), Key::Number(b)) => numbers(a, b),
            (Key::Instant(a), Key::Instant(b)) => a.cmp(b),
            (Key::Text(a), Key::Text(b)) => a.cmp(b),
            (a, b) => a.kind().cmp(&b.kind()),
        }
    }
}

impl PartialOrd for SortKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for SortKey {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for SortKey {}

fn is_primary(value: &Value) -> bool {
    value.get("primary").and_then(Value::as_bool) == Some(true)
}
