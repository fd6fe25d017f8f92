//! References to resources that other operations of the request create: the
//! text `bulkId:` and their bulkId, in the place of an id (RFC 7644 section 3.7.2).
//!
//! A reference is the whole of a string anywhere in an operation's `data`, of a
//! string in the filter of a PATCH's path there, or the last segment of a `$ref`,
//! or of an operation's `path`.

use crate::message::PATCH_OP;
use serde_json::{Deserializer, Map, Value, json};

const PREFIX: &str = "bulkId:";
const REF: &str = "$ref";

/// The bulkIds that `data` refers to, as often as it does.
pub fn references(data: &Value) -> Vec<String> {
    let mut found = Vec::new();
    each_string(data, &mut |key, text| {
        found.extend(of_string(key, text).map(|(_, bulk_id)| bulk_id.to_owned()));
    });
    found
}

/// Gives each string of a value to `visit`, with the key it stands at, which of
/// an array's element is the array's; of a PATCH's path the strings in its filter.
pub fn each_string(value: &Value, visit: &mut impl FnMut(&str, &str)) {
    visit_strings("", value, visit);
}

fn visit_strings(key: &str, value: &Value, visit: &mut impl FnMut(&str, &str)) {
    match value {
        Value::String(text) => visit(key, text),
        Value::Array(items) => items
            .iter()
            .for_each(|item| visit_strings(key, item, visit)),
        Value::Object(members) => {
            for (name, member) in members {
                match member {
                    Value::String(path) if is_patch_path(key, name) => {
                        let mut rest = path.as_str();
                        while let Some((_, text, behind)) = quoted(rest) {
                            visit(name, &text);
                            rest = behind;
                        }
                    }
                    _ => visit_strings(name, member, visit),
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Whether a string is the path of a PATCH's operation, by the key it stands at
/// and that of the object around it.
fn is_patch_path(of: &str, key: &str) -> bool {
    of.eq_ignore_ascii_case("Operations") && key.eq_ignore_ascii_case("path")
}

/// The first string in a path's filter, what stands before it and what behind.
fn quoted(path: &str) -> Option<(&str, String, &str)> {
    let (before, rest) = path.split_at_checked(path.find('"')?)?;
    // RFC 7644 figure 1: it is a string of JSON.
    let mut strings = Deserializer::from_str(rest).into_iter::<String>();
    let text = strings.next()?.ok()?;
    Some((before, text, rest.get(strings.byte_offset()..)?))
}

/// What stands before a reference, and the bulkId.
fn of_string<'t>(key: &str, text: &'t str) -> Option<(&'t str, &'t str)> {
    match key {
        REF => of_path(text),
        _ => text.strip_prefix(PREFIX).map(|bulk_id| ("", bulk_id)),
    }
}

/// A path whose last segment is a reference: what stands before it, up to the
/// slash, and the bulkId.
pub fn of_path(path: &str) -> Option<(&str, &str)> {
    // A bulkId may hold a slash itself.
    let at = match path.strip_prefix(PREFIX) {
        Some(_) => 0,
        None => path.find("/bulkId:")? + 1,
    };
    let (before, reference) = path.split_at_checked(at)?;
    Some((before, reference.strip_prefix(PREFIX)?))
}

/// The path with an id in the place of its reference.
pub fn path_to(path: &str, id: &str) -> String {
    match of_path(path) {
        Some((before, _)) => format!("{before}{id}"),
        None => path.to_owned(),
    }
}

/// Puts ids in the place of the references that `id` knows.
pub fn resolve(data: &mut Value, id: &impl Fn(&str) -> Option<String>) {
    resolve_at("", data, id);
}

fn resolve_at(key: &str, value: &mut Value, id: &impl Fn(&str) -> Option<String>) {
    match value {
        Value::String(text) => {
            let resolved = of_string(key, text)
                .and_then(|(before, bulk_id)| Some(format!("{before}{}", id(bulk_id)?)));
            if let Some(resolved) = resolved {
                *text = resolved;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| resolve_at(key, item, id)),
        Value::Object(members) => {
            for (name, member) in members {
                match member {
                    Value::String(path) if is_patch_path(key, name) => *path = with_ids(path, id),
                    _ => resolve_at(name, member, id),
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn with_ids(path: &str, id: &impl Fn(&str) -> Option<String>) -> String {
    let mut resolved = String::with_capacity(path.len());
    let mut rest = path;
    while let Some((before, text, behind)) = quoted(rest) {
        let known = text.strip_prefix(PREFIX).and_then(id);
        resolved.push_str(before);
        resolved.push_str(&Value::from(known.unwrap_or(text)).to_string());
        rest = behind;
    }
    resolved.push_str(rest);
    resolved
}

/// Takes out of a new resource what refers to resources that cannot be there
/// before it, and answers the PATCH that puts it in afterwards, its references
/// still to be resolved. Elements of a list are taken one by one, other
/// attributes whole. `None` when there are none.
pub fn defer(data: &mut Value, later: &impl Fn(&str) -> bool) -> Option<Value> {
    let mut operations = Vec::new();
    let resource = data.as_object_mut()?;
    for (name, value) in resource.iter_mut() {
        match value {
            // An extension's attributes stand below its URN.
            Value::Object(extension) if is_urn(name) => {
                defer_attributes(extension, &format!("{name}:"), later, &mut operations);
            }
            _ => {}
        }
    }
    defer_attributes(resource, "", later, &mut operations);
    (!operations.is_empty()).then(|| json!({"schemas": [PATCH_OP], "Operations": operations}))
}

fn is_urn(name: &str) -> bool {
    name.get(..4)
        .is_some_and(|start| start.eq_ignore_ascii_case("urn:"))
}

fn defer_attributes(
    attributes: &mut Map<String, Value>,
    before: &str,
    later: &impl Fn(&str) -> bool,
    operations: &mut Vec<Value>,
) {
    let waits = |value: &Value| references(value).iter().any(|bulk_id| later(bulk_id));
    attributes.retain(|name, value| {
        let waiting = match value {
            Value::Array(items) => {
                let (waiting, rest): (Vec<Value>, Vec<Value>) =
                    std::mem::take(items).into_iter().partition(waits);
                *items = rest;
                (!waiting.is_empty()).then_some(Value::Array(waiting))
            }
            _ if waits(value) => Some(value.take()),
            _ => None,
        };
        let taken_whole = value.is_null() && waiting.is_some();
        operations.extend(
            waiting.map(
                |value| json!({"op": "add", "path": format!("{before}{name}"), "value": value}),
            ),
        );
        !taken_whole
    });
}
