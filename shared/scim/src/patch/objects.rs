//! Objects in objects: taken out and put back, without a trace when they are empty.

use serde_json::{Map, Value};

pub(super) fn taken_object(parent: &mut Map<String, Value>, name: &str) -> Map<String, Value> {
    match parent.get_mut(name).map(Value::take) {
        Some(Value::Object(object)) => object,
        _ => Map::new(),
    }
}

pub(super) fn store_object(
    parent: &mut Map<String, Value>,
    name: &str,
    object: Map<String, Value>,
) {
    store(
        parent,
        name,
        (!object.is_empty()).then_some(Value::Object(object)),
    );
}

pub(super) fn store(object: &mut Map<String, Value>, name: &str, value: Option<Value>) {
    match value {
        Some(value) => {
            object.insert(name.to_owned(), value);
        }
        None => {
            object.shift_remove(name);
        }
    }
}
