//! Comparisons of JSON that say where two values differ.

use serde_json::{Map, Value};

/// Where `actual` lacks something of `expected`, if anywhere: every key of an
/// expected object must be there, arrays must have the same length.
pub fn lacks(expected: &Value, actual: &Value) -> Option<String> {
    differs("", expected, actual, Objects::MayHoldMore)
}

/// Where the two differ, if anywhere. The order of keys and of elements counts
/// for nothing: multi-valued attributes are sets (RFC 7643 section 2.4).
pub fn unlike(expected: &Value, actual: &Value) -> Option<String> {
    differs("", expected, actual, Objects::AreWhole)
}

#[derive(Clone, Copy)]
enum Objects {
    MayHoldMore,
    AreWhole,
}

fn differs(at: &str, expected: &Value, actual: &Value, objects: Objects) -> Option<String> {
    match (expected, actual) {
        (Value::Object(expected), Value::Object(actual)) => {
            for (name, value) in expected {
                let at = format!("{at}/{name}");
                match actual.get(name) {
                    None => return Some(format!("{at} is absent, expected {value}")),
                    Some(there) => {
                        if let Some(difference) = differs(&at, value, there, objects) {
                            return Some(difference);
                        }
                    }
                }
            }
            match objects {
                Objects::MayHoldMore => None,
                Objects::AreWhole => surplus(at, expected, actual),
            }
        }
        (Value::Array(expected), Value::Array(actual)) => {
            if expected.len() != actual.len() {
                return Some(format!(
                    "{at} has {} elements, expected {}: {actual:?}",
                    actual.len(),
                    expected.len()
                ));
            }
            let mut left: Vec<&Value> = actual.iter().collect();
            for value in expected {
                let found = left
                    .iter()
                    .position(|it| differs(at, value, it, objects).is_none());
                match found {
                    Some(index) => {
                        left.remove(index);
                    }
                    None => return Some(format!("{at} has no element {value}: {actual:?}")),
                }
            }
            None
        }
        _ if expected == actual => None,
        _ => Some(format!("{at} is {actual}, expected {expected}")),
    }
}

fn surplus(at: &str, expected: &Map<String, Value>, actual: &Map<String, Value>) -> Option<String> {
    actual
        .iter()
        .find(|(name, _)| !expected.contains_key(*name))
        .map(|(name, value)| format!("{at}/{name} should be absent but is {value}"))
}

/// The `value`s of a multi-valued attribute, sorted; empty when it is absent.
pub fn values(resource: &Value, attribute: &str) -> Vec<String> {
    let elements = resource
        .get(attribute)
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    let mut values: Vec<String> = elements
        .iter()
        .map(|element| element["value"].as_str().unwrap_or_default().to_owned())
        .collect();
    values.sort_unstable();
    values
}

#[cfg(test)]
mod tests {
    use super::{lacks, unlike};
    use serde_json::{Value, json};

    #[track_caller]
    fn check(
        compare: fn(&Value, &Value) -> Option<String>,
        expected: Value,
        actual: Value,
        same: bool,
    ) {
        let difference = compare(&expected, &actual);
        assert_eq!(difference.is_none(), same, "{difference:?}");
    }

    #[test]
    fn comparisons_see_what_differs() {
        let rows = [
            (json!({"a": 1}), json!({"a": 1, "b": 2}), true, false),
            (json!({"a": 1}), json!({"a": 2}), false, false),
            (json!({"a": 1}), json!({}), false, false),
            (json!({"a": "1"}), json!({"a": 1}), false, false),
            (json!([1, 2]), json!([2, 1]), true, true),
            (json!([1, 1]), json!([1, 2]), false, false),
            (json!([]), json!([1]), false, false),
            (json!([{"a": 1}]), json!([{"a": 1, "b": 1}]), true, false),
            (json!({"a": null}), json!({}), false, false),
        ];
        for (expected, actual, as_subset, as_whole) in rows {
            check(lacks, expected.clone(), actual.clone(), as_subset);
            check(unlike, expected, actual, as_whole);
        }
    }
}
