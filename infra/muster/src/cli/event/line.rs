//! An event as a person reads it: in a line, and as a whole.

use serde_json::Value;

use crate::cli::output::{self, Column, harmless, text};

pub(super) const COLUMNS: [Column; 6] = [
    ("TIME", |event| text(event, "time")),
    ("WHAT", what),
    ("STATUS", |event| text(event, "status")),
    ("RESOURCE", resource),
    ("WHO", who),
    ("DETAIL", detail),
];

/// Widths at which lines that come one by one stand below each other; a longer cell shifts its line.
const WIDTHS: [usize; 6] = [24, 22, 3, 42, 24, 0];

/// One line.
pub(super) fn line(event: &Value) -> String {
    let cells = COLUMNS.iter().zip(WIDTHS);
    let cells: Vec<String> = cells
        .map(|((_, cell), width)| format!("{:<width$}", cell(event)))
        .collect();
    cells.join("  ").trim_end().to_owned()
}

/// All of it, a line for each member in the order in which it came.
pub(super) fn whole(event: &Value) -> String {
    let members: Vec<(&str, String)> = event
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, value)| (name.as_str(), output::value(value)))
        .collect();
    output::fields(&members)
}

fn what(event: &Value) -> String {
    format!("{}/{}", text(event, "kind"), text(event, "action"))
}

fn resource(event: &Value) -> String {
    let resource = event.get("resource").filter(|resource| !resource.is_null());
    resource.map_or_else(
        || "-".to_owned(),
        |resource| format!("{} {}", text(resource, "type"), text(resource, "id")),
    )
}

fn who(event: &Value) -> String {
    let said = |name| event.get(name).and_then(Value::as_str).map(harmless);
    let proven = said("key")
        .map(|key| format!("key {key}"))
        .or_else(|| said("operator"))
        .or_else(|| said("sourceAddress"));
    match (said("client"), proven) {
        (Some(client), Some(proven)) => format!("{client}, {proven}"),
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => "-".to_owned(),
    }
}

fn detail(event: &Value) -> String {
    let mut words: Vec<String> = Vec::new();
    if let Some(detail) = event.get("detail").and_then(Value::as_str) {
        words.push(harmless(detail));
    }
    let changed = event.get("changed").and_then(Value::as_array);
    let names: Vec<&str> = changed
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    if !names.is_empty() {
        words.push(harmless(&names.join(", ")));
    }
    if let Some(members) = event.get("members") {
        for (sign, name) in [("+", "added"), ("-", "removed"), ("unknown ", "unknown")] {
            let count = members.get(name).and_then(Value::as_u64);
            if let Some(count) = count.filter(|count| *count > 0) {
                words.push(format!("members {sign}{count}"));
            }
        }
    }
    words.join("; ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::cli::event::listed;

    #[test]
    fn events() {
        let events = [
            json!({"id": "0197", "time": "2030-01-01T00:00:00.123Z", "realm": "acme", "kind": "write", "action": "patch",
                "key": "0123456789ab", "client": "Entra", "status": 200,
                "resource": {"type": "User", "id": "2819c223-7f76-453a-919d-413861904646"}, "changed": ["active", "name"]}),
            json!({"time": "2030-01-01T00:00:01Z", "kind": "refusal", "action": "create", "client": "Okta",
                "key": "0123456789ab", "status": 409, "scimType": "uniqueness", "detail": "`userName` is taken\u{1b}[2J"}),
            json!({"time": "2030-01-01T00:00:02Z", "kind": "authentication", "action": "token", "client": "other",
                "sourceAddress": "192.0.2.1", "status": 401, "detail": "the key is revoked"}),
            json!({"time": "2030-01-01T00:00:03Z", "kind": "write", "action": "patch", "status": 204, "key": "0123456789ab",
                "resource": {"type": "Group", "id": "acbf3ae7-8463-4692-b4fd-9b4da3f908ce"}, "changed": [],
                "members": {"added": 3, "removed": 1, "unknown": 0, "unknownIds": []}}),
            json!({"time": "2030-01-01T00:00:04Z", "kind": "administration", "action": "update", "operator": "arn:aws:sts::1:x",
                "status": 200, "changed": ["profile"]}),
            json!({}),
        ];
        insta::assert_snapshot!("list", listed(&events));
        let lines: Vec<String> = events.iter().map(line).collect();
        insta::assert_snapshot!("lines", lines.join("\n"));
        insta::assert_snapshot!("whole", whole(&events[0]));
    }
}
