//! A stored document meets a schema that was declared after it was written.

use crate::accept::{self, is_kept};
use crate::attributes::Attributes;
use crate::resource_type::ResourceType;
use crate::schema::{Attribute, ENTERPRISE_USER, Schema, Type};
use crate::tolerance::Tolerances;
use serde_json::{Map, Value};

impl Attributes {
    /// The attributes as they are under the schemas that `of` declares now.
    ///
    /// What an extension's object holds since before its schema was declared is
    /// made canonical: its key, its names, and the values that fit their type.
    /// What fits nothing stays verbatim, so that nothing is lost. Values that
    /// are none, or that are never kept, go away. Attributes without such an
    /// object are returned as they are.
    #[must_use]
    pub fn adopt(self, of: &ResourceType) -> Self {
        let mut map = self.into_map();
        for extension in &of.extensions {
            let schema = &extension.schema;
            // What is stock was declared at all times.
            if schema.id != ENTERPRISE_USER {
                adopt_extension(&mut map, schema);
            }
        }
        Self::new(map)
    }

    /// The path of the first value under the schema's URN, however that is
    /// spelt, that does not fit the schema.
    ///
    /// Names the schema does not have are no misfits.
    pub fn misfit(&self, schema: &Schema) -> Option<String> {
        let objects = self
            .as_map()
            .iter()
            .filter(|(key, _)| key.eq_ignore_ascii_case(&schema.id));
        let mut values = objects
            .filter_map(|(_, value)| value.as_object())
            .flatten()
            .filter_map(|(name, value)| Some((schema.attribute(name)?, value)));
        let (attribute, _) = values.find(|(attribute, value)| {
            accept::value(Tolerances::ALL, attribute, (*value).clone()).is_err()
        })?;
        Some(format!("{}:{}", schema.id, attribute.name))
    }
}

fn adopt_extension(map: &mut Map<String, Value>, schema: &Schema) {
    let found = map
        .iter()
        .find(|(key, _)| key.eq_ignore_ascii_case(&schema.id));
    let Some((key, Value::Object(object))) = found else {
        return;
    };
    if *key == schema.id
        && object
            .iter()
            .all(|(name, value)| settled(schema, name, value))
    {
        return;
    }
    let adopted = adopted(schema, object);
    let key = key.clone();
    // The place among the keys stays: it is the schemas' order, or is made so by the next write.
    let entries = std::mem::take(map).into_iter();
    *map = entries
        .filter_map(|(other, value)| match other == key {
            false => Some((other, value)),
            true if adopted.is_empty() => None,
            true => Some((schema.id.clone(), Value::Object(adopted.clone()))),
        })
        .collect();
}

/// Whether an entry stands as it would be adopted, as nearly all do; told without typing it.
fn settled(schema: &Schema, name: &str, value: &Value) -> bool {
    schema
        .attribute(name)
        .is_none_or(|attribute| attribute.name == name && has_shape(attribute, value))
}

/// Whether a value has the names and types that a stored value of the attribute has.
pub(crate) fn has_shape(attribute: &Attribute, value: &Value) -> bool {
    match value {
        Value::Array(items) if attribute.multi_valued => {
            !items.is_empty() && items.iter().all(|item| element_has_shape(attribute, item))
        }
        one => !attribute.multi_valued && element_has_shape(attribute, one),
    }
}

fn element_has_shape(attribute: &Attribute, value: &Value) -> bool {
    is_kept(attribute)
        && match (attribute.kind, value) {
            (Type::Boolean, Value::Bool(_)) => true,
            (Type::Integer | Type::Decimal, Value::Number(_)) => true,
            (
                Type::String | Type::Reference | Type::Binary | Type::DateTime,
                Value::String(text),
            ) => !text.is_empty(),
            (Type::Complex, Value::Object(object)) => {
                !object.is_empty()
                    && object.iter().all(|(name, value)| {
                        attribute
                            .sub(name)
                            .is_some_and(|sub| sub.name == *name && has_shape(sub, value))
                    })
            }
            _ => false,
        }
}

fn adopted(schema: &Schema, object: &Map<String, Value>) -> Map<String, Value> {
    let mut adopted = Map::with_capacity(object.len());
    for attribute in &schema.attributes {
        if let Some(key) = spelling(object, attribute)
            && let Some(value) = object.get(key)
            && let Some(value) = fitted(attribute, value)
        {
            adopted.insert(attribute.name.clone(), value);
        }
    }
    // A second spelling of a name stands for nothing, and stays what it is.
    for (key, value) in object {
        let taken = schema
            .attribute(key)
            .is_some_and(|attribute| spelling(object, attribute) == Some(key));
        if !taken {
            adopted.insert(key.clone(), value.clone());
        }
    }
    adopted
}

/// The key of the object that stands for the attribute: its canonical name, else the first that is one but for case.
fn spelling<'a>(object: &'a Map<String, Value>, attribute: &Attribute) -> Option<&'a String> {
    let mut keys = object
        .keys()
        .filter(|key| key.eq_ignore_ascii_case(&attribute.name));
    let first = keys.next()?;
    let canonical = object.get_key_value(&attribute.name).map(|(key, _)| key);
    canonical.or(Some(first))
}

/// The value typed, or as it is where it does not fit.
fn fitted(attribute: &Attribute, value: &Value) -> Option<Value> {
    if !is_kept(attribute) {
        return None;
    }
    match accept::value(Tolerances::ALL, attribute, value.clone()) {
        Ok(typed) => typed,
        Err(_) => Some(value.clone()),
    }
}
